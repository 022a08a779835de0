"""No printed percentage may stand for more counts than can be carried through a report."""

from collections.abc import Iterator, Mapping
from typing import Any

from atopic.evidence import counts
from atopic.evidence.derivation import is_unsure_of_size

Row = dict[str, Any]

_OF_SIZE = ("n", "n_basis", "source_id", "n_source_id")


def too_many_counts(tables: Mapping[str, list[Row]]) -> Iterator[tuple[str, Row, str, str]]:
    """Yield the table, row and column of each size that leaves too many counts, and why.

    `tables` is as of `atopic.evidence.plausibility.domain_problems`. A percentage that cannot be
    read is passed over: that is a problem of its own.

    Examples
    --------
    >>> row = {"row": 2, "percent_printed": "33", "n": 2_000_000}
    >>> [(table, column) for table, _, column, _ in too_many_counts({"responses": [row]})]
    [('responses', 'n')]
    """
    planned = {_key(row): row for row in tables.get("denominators", ())}
    for row in tables.get("responses", ()):
        percent, n = row.get("percent_printed"), row.get("n")
        if percent is None or row.get("responders") is not None:
            continue
        other = planned.get(_key(row))
        if n is not None:
            place, low, high = ("responses", row, "n"), n, n
        if other is not None and is_unsure_of_size(*(row.get(name) for name in _OF_SIZE)):
            place = ("denominators", other, "n_max")
            low, high = other.get("n_min"), other.get("n_max")
        elif n is None:
            continue
        if low is None or high is None or not 1 <= low <= high:
            continue
        try:
            counts.decimals(percent)
        except ValueError:
            continue
        try:
            counts.candidates(percent, range(low, high + 1))
        except ValueError as error:
            yield (*place, f"{error}; narrow or correct it")


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("study_id", "arm_id", "outcome", "week"))
