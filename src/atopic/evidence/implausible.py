"""What a data folder may hold, but hardly does: the warnings of the check, and which are accepted.

A row of ``accepted_warnings.csv`` accepts one warning, with a reason; one that accepts nothing is
told itself, so that no acceptance outlives what it was for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row, broken, broken_own
from atopic.evidence.odd_arms import odd_arms
from atopic.evidence.odd_figures import odd_figures
from atopic.evidence.odd_names import odd_names
from atopic.evidence.odd_records import odd_records
from atopic.evidence.odd_sources import odd_sources
from atopic.evidence.odd_text import odd_text
from atopic.evidence.plausibility import same
from atopic.evidence.result_warnings import RESULT_WARNINGS
from atopic.evidence.row_warnings import ROW_WARNINGS

_ACCEPTED = "accepted_warnings"


def implausible(folder: Folder) -> list[Problem]:
    """Find what is implausible in a folder.

    Parameters
    ----------
    folder : Folder

    Returns
    -------
    list of Problem
        Warnings, in no particular order. One that a row of ``accepted_warnings.csv`` accepts has
        the place of that row in `Problem.known`.
    """
    found = chain(
        broken(folder, (*ROW_WARNINGS, *RESULT_WARNINGS), "warning"),
        broken_own(folder, "warning"),
        odd_figures(folder),
        odd_arms(folder),
        odd_records(folder),
        odd_names(folder),
        odd_sources(folder),
        odd_text(folder),
    )
    # Several tables of rules may find the same of one cell.
    once = {(one.file, one.row, one.column, one.rule): one for one in found}
    return _accepted(folder, once.values())


def _accepted(folder: Folder, found: Iterable[Problem]) -> list[Problem]:
    """Mark the warnings that are accepted; add the acceptances of none."""
    names = {table.path: name for name, table in folder.package.tables.items()}
    acceptances = folder.rows(_ACCEPTED, "table", "row_key", "column", "rule", "value")
    waiting = {
        (row["table"], row["row_key"], row["column"], row["rule"]): row for row in acceptances
    }
    keys: dict[tuple[str, int | None], str] = dict(
        _keys(folder, {row["table"] for row in acceptances})
    )
    told, used = [], set()
    for one in found:
        table = names[one.file]
        place = (table, keys.get((table, one.row), ""), one.column, one.rule)
        row = waiting.get(place)
        if row and same(one.value, row["value"]):
            used.add(place)
            one = replace(one, known=f"{folder.package.tables[_ACCEPTED].path}:{row['row']}")
        told.append(one)
    for place, row in waiting.items():
        if place not in used:
            message = "accepts nothing that is still told; remove this row"
            told.append(
                folder.problem(_ACCEPTED, row, "rule", "acceptance-gone", message, "warning")
            )
    return told


def _keys(folder: Folder, tables: set[str]) -> Iterator[tuple[tuple[str, int | None], str]]:
    """Return the key of each row as accepted_warnings.csv writes it: values parted by ``;``."""
    for name in tables & set(folder.package.tables):
        for row in folder.rows(name, *folder.package.tables[name].key):
            yield (name, row["row"]), _key(row, folder.package.tables[name].key)


def _key(row: Row, columns: tuple[str, ...]) -> str:
    return ";".join("" if row[column] is None else str(row[column]) for column in columns)
