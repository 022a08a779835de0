"""The changes of a review joined: each estimate that moved with the rows that moved it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from atopic.reporting.compare.estimates import Change, changed_estimates
from atopic.reporting.compare.rows import RowChange, changed_rows
from atopic.reporting.compare.state import State

__all__ = ["Difference", "compare"]

Row = dict[str, str]


@dataclass(frozen=True)
class Difference:
    """What changed from one state to another."""

    old: str
    new: str
    rows: list[RowChange]
    estimates: list[Change]
    names: dict[str, str]  # of studies

    def cause(self, change: Change) -> list[RowChange]:
        """Return the changed rows that an estimate can have moved by.

        Those of its study, groups and outcome; of an estimate over several studies those of its
        outcome and week; of a claim or a question its own row. Those that agree in most come first.
        """
        about = change.row
        found = [one for one in self.rows if _may_move(one.row, about)]
        return sorted(found, key=lambda one: -_agreeing(one.row, about))

    def beyond(self, threshold: float) -> list[Change]:
        """Return the estimates that are new, gone, judged otherwise, or moved by more than this.

        The threshold is in the unit of each estimate: 0.01 is one point of a share or of a
        difference of shares. Of one that has no two values any change counts; with 0 all do.
        """

        def counts(one: Change) -> bool:
            moved = abs(one.moved)
            if one.kind != "changed" or threshold <= 0:
                return True
            judged = {"verdict", "certainty"} & set(one.values)
            return bool(judged) or moved > threshold or (math.isnan(moved) and one.shows)

        return [one for one in self.estimates if counts(one)]


def compare(old: State, new: State) -> Difference:
    """Return what changed from one state of a review to another.

    Examples
    --------
    >>> before = State("a", estimates=[{"report": "r", "estimate": "0.04", "certainty": "low"}])
    >>> after = State("b", estimates=[{"report": "r", "estimate": "0.06", "certainty": "low"}])
    >>> difference = compare(before, after)
    >>> [(one.kind, round(one.moved, 2)) for one in difference.estimates]
    [('changed', 0.02)]
    >>> len(difference.beyond(0.01)), len(difference.beyond(0.05))
    (1, 0)
    """
    rows = changed_rows(old.tables, new.tables, {**old.keys, **new.keys})
    studies = [*old.tables.get("studies", ()), *new.tables.get("studies", ())]
    names = {row["study_id"]: row.get("short_name") or row["study_id"] for row in studies
             if row.get("study_id")}  # fmt: skip
    return Difference(old.name, new.name, rows, changed_estimates(old.estimates, new.estimates),
                      names)  # fmt: skip


def _may_move(row: Row, about: Row) -> bool:
    for name in ("claim_id", "question_id"):
        if name in about and name in row:
            return row[name] == about[name]
    if about.get("study_id"):
        groups = (about.get("arm_id", ""), about.get("reference_arm_id", ""))
        return (
            row.get("study_id") == about["study_id"]
            and _agrees(row, about, ("outcome", "event"))
            and (not any(groups) or row.get("arm_id", "") in ("", *groups))
        )
    return bool(row.get("outcome")) and _agrees(row, about, ("outcome", "week"))


def _agreeing(row: Row, about: Row) -> int:
    """Return in how many of the cells that name an estimate a row agrees with it."""
    names = ("study_id", "arm_id", "outcome", "event", "week")
    return sum(bool(row.get(name)) and row.get(name) == about.get(name) for name in names)


def _agrees(row: Row, about: Row, names: Iterable[str]) -> bool:
    return all(
        not row.get(name) or not about.get(name) or row[name] == about[name] for name in names
    )
