"""The changes of a review joined: each estimate that moved with the rows that moved it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from atopic.reporting.compare.estimates import PAGES, Change, changed_estimates, distinct
from atopic.reporting.compare.names import Names, names_of
from atopic.reporting.compare.rows import RowChange, changed_rows
from atopic.reporting.compare.state import State

Row = dict[str, str]

#: Tables that numbers are computed from; what stands in others is told, asked or judged.
_COUNTED = frozenset(
    {"studies", "arms", "responses", "scores", "contrasts", "patients", "safety", "denominators"}
)  # fmt: skip
#: Cells of these tables that say where a number stands, how sure it is, or what it is called.
_TELLING = frozenset(
    {"notes", "locator", "source_id", "count_source_id", "n_source_id", "supporting_source_ids",
     "primary_source_id", "confidence", "label", "short_citation", "short_name", "product_words",
     "title", "doi", "pmid", "registry_id", "publication", "population", "country", "reason",
     "donor", "cell_source", "intervention_class", "related_study_ids"}
)  # fmt: skip


class Part(IntEnum):
    """What an estimate is of, in the order in which readers ask."""

    ANSWERS = 0
    CLAIMS = 1
    POOLED = 2
    STUDIES = 3
    SCALE = 4  # studies that are there for scale
    OTHER = 5  # over several studies, but not what they say together: plans, variants


class Section(NamedTuple):
    """The changes of what stands under one heading."""

    part: Part
    name: str  # a heading, or the report of estimates over several studies
    changes: list[Change]


@dataclass(frozen=True)
class Difference:
    """What changed from one state to another."""

    old: str
    new: str
    rows: list[RowChange]
    estimates: list[Change]  # each once, however many reports show it
    names: Names = field(default_factory=Names)
    asked: dict[str, Row] = field(default_factory=dict)  # rows of certainty_questions
    unrecorded: str = ""  # the state that has claims and did not record their verdicts

    def cause(self, change: Change) -> list[RowChange]:
        """Return the changed rows that an estimate can have moved by; none if it is the method.

        Those of its study, groups and outcome; of an estimate over several studies those that moved
        the studies shown with it; of a claim or a question its own row, too. Those that agree in
        most come first. A row of which only words changed moves no number.
        """
        if id(change.row) not in self._causes:
            self._causes[id(change.row)] = self._cause(change.row)
        return self._causes[id(change.row)]

    @cached_property
    def _causes(self) -> dict[int, list[RowChange]]:
        return {}

    def _cause(self, about: Row) -> list[RowChange]:
        if about.get("verdict"):
            own = [one for one in self.rows if one.row.get("claim_id") == about["claim_id"]]
            new = any(one.kind != "changed" for one in own)
            return own if new or not about.get("study_id") else [*own, *self._of_study(about)]
        if not about.get("study_id") and not about.get("question_id"):
            found = [row for one in self._beside(about) for row in self.cause(one)]
            found = list({id(row): row for row in found}.values())
        elif about.get("question_id"):
            asked = self.asked.get(about["question_id"], {})
            studies = asked.get("study_ids", "").replace(",", ";").split(";")
            found = [one for one in self.rows if one.row.get("question_id") == about["question_id"]]
            found += [row for study in studies if study.strip() for row in self._of_study(
                {"study_id": study.strip(), "outcome": about.get("outcome", "")})]  # fmt: skip
        else:
            found = self._of_study(about)
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

    @cached_property
    def sections(self) -> list[Section]:
        """The changes that a reader sees, by what they are of, each once, under a heading.

        Levels of certainty come first, then verdicts, estimates over several studies by report,
        studies of the question, and those that are there for scale.
        """
        found: dict[tuple[Part, str], list[Change]] = {}
        for one in self.estimates:
            if one.shows:
                found.setdefault(self._place(one.row), []).append(one)
        return [Section(part, name, found[part, name])
                for part, name in sorted(found, key=lambda key: key[0])]  # fmt: skip

    def _place(self, row: Row) -> tuple[Part, str]:
        if row.get("question_id"):
            return Part.ANSWERS, "Answers and their certainty"
        if row.get("verdict"):
            return Part.CLAIMS, "Claims"
        if not row.get("study_id"):
            return Part.POOLED if is_pooled(row) else Part.OTHER, row.get("report", "")
        scale = row["study_id"] in self.names.benchmarks
        return Part.SCALE if scale else Part.STUDIES, self.names.study(row)

    def _beside(self, about: Row) -> list[Change]:
        """Return the changed estimates of studies that a page shows with one over several."""
        pages = set(about.get(PAGES, "").split())
        return [
            one for one in self.estimates
            if one.row.get("study_id") and pages & set(one.row.get(PAGES, "").split())
            and _agrees(one.row, about, ("outcome", "event"))
        ]  # fmt: skip

    def _of_study(self, about: Row) -> list[RowChange]:
        return [one for one in self._counted.get(about["study_id"], ()) if _may_move(one, about)]

    @cached_property
    def _counted(self) -> dict[str, list[RowChange]]:
        """The changed rows that numbers are computed from, by study."""
        found: dict[str, list[RowChange]] = {}
        for one in self.rows:
            told = one.kind == "changed" and not set(one.cells) - _TELLING
            if one.table in _COUNTED and not told:
                found.setdefault(one.row.get("study_id", ""), []).append(one)
        return found


def is_pooled(row: Row) -> bool:
    """Return whether an estimate is what several studies say together."""
    return not row.get("study_id") and row.get("table") == "pooled"


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
    asked = {row.get("question_id", ""): row for state in (old, new)
             for row in state.tables.get("certainty_questions", ())}  # fmt: skip
    unrecorded = next((one.name for one in (old, new) if not _records_verdicts(one)), "")
    estimates = [
        [row for row in distinct(state.estimates) if not (unrecorded and row.get("verdict"))]
        for state in (old, new)
    ]
    return Difference(
        old.name, new.name, rows, changed_estimates(*estimates),
        names_of((old.tables, new.tables)), asked, unrecorded,
    )  # fmt: skip


def _records_verdicts(state: State) -> bool:
    """Return whether a state has the verdicts on its claims."""
    return not state.tables.get("claims") or any(row.get("verdict") for row in state.estimates)


def _may_move(one: RowChange, about: Row) -> bool:
    """Return whether a row of the study of an estimate is of its groups and outcome."""
    row = one.row
    groups = [about[name] for name in ("arm_id", "reference_arm_id") if about.get(name)]
    alone = about.get("reference_arm_id") or not about.get("measure")  # it names all its groups
    if groups and alone and row.get("arm_id") and row["arm_id"] not in groups:
        return False
    of_outcome = "outcome" in row or "event" in row
    named = ("outcome", "week") if "outcome" in row else ("event",)
    if of_outcome and not row.get(named[0]) and about.get(named[0]):
        return False
    other = "event" if "outcome" in row else "outcome"
    return _agrees(row, about, named) and not (of_outcome and about.get(other))


def _agreeing(row: Row, about: Row) -> int:
    """Return in how many of the cells that name an estimate a row agrees with it."""
    names = ("study_id", "arm_id", "outcome", "event", "week")
    return sum(bool(row.get(name)) and row.get(name) == about.get(name) for name in names)


def _agrees(row: Row, about: Row, names: Iterable[str]) -> bool:
    return all(
        not row.get(name) or not about.get(name) or row[name] == about[name] for name in names
    )
