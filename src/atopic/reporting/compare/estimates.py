"""Estimates that are new, gone or moved, each once however many pages show it."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Row = dict[str, str]

#: Numbers closer than this, relative to the larger, are the same: processors differ in the order
#: in which they add, which moves the ninth digit of what is found by search or quadrature.
_SAME = 1e-6

#: What an estimate is of; two rows that agree in all of these are one estimate.
_IDENTITY = (
    "report", "table", "claim_id", "question_id", "study_id", "arm_id", "reference_arm_id",
    "outcome", "week", "event", "role", "measure", "statistic", "model", "interval", "method",
    "level", "analysis_set", "source_id", "scenario", "shape", "total", "analysis", "cycles",
    "background_topicals", "added", "difference",
)  # fmt: skip
#: Of these, what a better method or source may change without making it another estimate.
_HOW = frozenset({"table", "role", "statistic", "interval", "method", "source_id"})
#: What a reader looks at first: numbers, and the words that judge them.
VALUES = (
    "estimate", "lower", "upper", "responders", "n", "k", "verdict", "certainty",
)  # fmt: skip


#: The reports that show an estimate, in one cell.
PAGES = "pages"
#: What an estimate of a study is of, wherever it is shown. Rows that agree in this and in their
#: numbers say one thing.
_SUBJECT = (
    "claim_id", "question_id", "study_id", "arm_id", "reference_arm_id", "outcome", "week", "event",
    "measure", "level", "scenario",
)  # fmt: skip
_NUMBERS = ("estimate", "lower", "upper", "verdict", "certainty")
#: What only tells where a number of a study stands.
_PLACE = frozenset({"report", "table", "role", "row", "rows"})


def distinct(rows: Iterable[Row]) -> list[Row]:
    """Return estimates once each, with the reports that show them under `PAGES`.

    What is over several studies is of the report that chose them, and stays apart. So do verdicts
    and levels of certainty, of which each is on one claim or question.

    Examples
    --------
    >>> one = {"report": "easi-50", "study_id": "a", "outcome": "EASI-50", "estimate": "0.5"}
    >>> distinct([one, one | {"report": "durability", "n": "10"}])
    [{'study_id': 'a', 'outcome': 'EASI-50', 'estimate': '0.5', 'n': '10', \
'pages': 'easi-50 durability'}]
    """
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        if not any(row.get(name) for name in _NUMBERS):
            continue  # it says that there is none
        judged = row.get("verdict") or row.get("question_id")
        of_study = bool(row.get("study_id")) or bool(judged)
        kept = {name: cell for name, cell in row.items() if not (of_study and name in _PLACE)}
        if kept.get("measure") == "share":  # as a rate is without a word
            del kept["measure"]
        if not judged:  # a number that a claim is held against is not of the claim
            kept.pop("claim_id", None)
        key = [_plain(kept.get(name, "")) for name in (*_SUBJECT, *_NUMBERS)]
        key += [] if of_study else [*_identity(kept, frozenset())]
        first = found.setdefault(tuple(key), {})
        pages = dict.fromkeys([*first.pop(PAGES, "").split(), row.get("report", "")])
        first.update({name: cell for name, cell in kept.items() if name not in first})
        first[PAGES] = " ".join(filter(None, pages))
    return list(found.values())


@dataclass(frozen=True)
class Change:
    """An estimate that is new (`old` is None), gone (`new` is None) or changed.

    `values` are the cells in which the two differ, but for the rows of tables that they name, which
    move when a row is put in above them.
    """

    old: Row | None
    new: Row | None
    values: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """``new``, ``gone`` or ``changed``."""
        return "new" if self.old is None else "gone" if self.new is None else "changed"

    @property
    def row(self) -> Row:
        """The estimate as it is now, or as it was if it is gone."""
        return self.new if self.new is not None else self.old or {}

    @property
    def shows(self) -> bool:
        """Whether it is new, gone, or differs in what a reader looks at first."""
        return self.kind != "changed" or any(name in VALUES for name in self.values)

    @property
    def moved(self) -> float:
        """By how much the estimate moved, in its own unit; nan if it has no two values."""
        return _number(self.new, "estimate") - _number(self.old, "estimate")


def changed_estimates(old: Sequence[Row], new: Sequence[Row]) -> list[Change]:
    """Pair the estimates of two states, and return those that differ by more than a millionth.

    Estimates are one if they are of the same report, study, group, outcome, week, measure, model
    and level; where several are, by method and source too, and then in their order.

    Examples
    --------
    >>> before = [{"report": "r", "study_id": "a", "method": "wald", "estimate": "0.5"}]
    >>> after = [{"report": "r", "study_id": "a", "method": "newcombe", "estimate": "0.52"}]
    >>> [one] = changed_estimates(before, after)
    >>> one.kind, one.values, round(one.moved, 3)
    ('changed', ('method', 'estimate'), 0.02)
    >>> changed_estimates(before, [before[0] | {"estimate": "0.5000000001"}])
    []
    """
    pairs, left_old, left_new = _paired(old, new, lambda row: _identity(row, frozenset()))
    more, left_old, left_new = _paired(left_old, left_new, lambda row: _identity(row, _HOW))
    changes = [
        Change(was, row, values) for was, row in [*pairs, *more] if (values := _different(was, row))
    ]
    changes += [Change(None, row) for row in left_new]
    changes += [Change(row, None) for row in left_old]
    order = {id(row): place for place, row in enumerate([*new, *old])}
    return sorted(changes, key=lambda one: order[id(one.row)])


def _paired(
    old: Iterable[Row], new: Iterable[Row], key: Callable[[Row], tuple[str, ...]]
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Return pairs of rows with the same key, equal ones first, and the rows left of each side."""
    before: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in old:
        before[key(row)].append(row)
    pairs, left, waiting = [], [], []
    for row in new:
        same = next((was for was in before[key(row)] if not _different(was, row)), None)
        if same is None:
            waiting.append(row)
        else:
            _remove(before[key(row)], same)
            pairs.append((same, row))
    for row in waiting:
        if before[key(row)]:
            pairs.append((before[key(row)].pop(0), row))
        else:
            left.append(row)
    return pairs, [row for rows in before.values() for row in rows], left


def _remove(rows: list[Row], one: Row) -> None:
    del rows[next(place for place, row in enumerate(rows) if row is one)]


def _identity(row: Row, without: frozenset[str]) -> tuple[str, ...]:
    return tuple("" if name in without else _plain(row.get(name, "")) for name in _IDENTITY)


def _plain(cell: str) -> str:
    """Return a number as one text, however it was written: 12.0 is 12."""
    try:
        return f"{float(cell):.6g}"
    except ValueError:
        return cell


def _different(old: Row, new: Row) -> tuple[str, ...]:
    """Return the names of the values in which two estimates differ."""
    return tuple(
        name
        for name in {**old, **new}
        if not _is_reference(name) and not _alike(old.get(name, ""), new.get(name, ""))
    )


def _is_reference(name: str) -> bool:
    return name in ("row", "rows", PAGES) or name.endswith(("_row", "_rows"))


def _alike(old: str, new: str) -> bool:
    if old == new:
        return True
    try:
        return math.isclose(float(old), float(new), rel_tol=_SAME, abs_tol=_SAME**2)
    except ValueError:
        return False


def _number(row: Row | None, name: str) -> float:
    try:
        return float((row or {}).get(name, ""))
    except ValueError:
        return math.nan
