"""The flow of studies: known to the tables, left out and why, used in the synthesis.

The stages follow the PRISMA 2020 flow diagram (Page and others, BMJ 2021;372:n71), as far as they
can be filled: the tables record no search, hence no number of records found or screened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from atopic.display.numbers import plural, study_name
from atopic.evidence.controls import controlled_designs
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.asked import asked
from atopic.questions.evidence_map.characteristics import study_characteristics
from atopic.questions.evidence_map.cohorts import PAPER, SHARED, patient_groups, patients_of
from atopic.review import called, review_in_use
from atopic.stats.results import Result

#: What a reason code means in words, in the order in which reasons are listed.
REASONS = {
    "wrong-species": "animals, not patients",
    "wrong-intervention": "another treatment",
    "wrong-population": "other participants",
    "no-results": "no result made public",
    "no-extractable-outcome": "no outcome that could be extracted",
    "single-case-narrative": "narrative of a single case without scores",
    "other": "for a reason given in studies.csv",
}


def patients_words(patients: int | None) -> str:
    """Return how many patients there are in words, also where nobody says it.

    >>> patients_words(34), patients_words(None)
    ('34 patients', 'an unknown number of patients')
    """
    return "an unknown number of patients" if patients is None else plural(patients, "patient")


@dataclass(frozen=True, repr=False)
class FlowStudy(Result):
    """A study of the synthesis, its patients and what is printed of its primary endpoint."""

    study_id: str
    #: Patients enrolled; None if not known.
    n: int | None
    publication: str
    result: str
    #: The study whose patients it counts again; empty for patients of its own.
    shares_with: str
    row: int

    def _first(self) -> str:
        number = "unknown" if self.n is None else f"{self.n:,}"
        return f"{study_name(self.study_id)}, patients enrolled: {number}; {self.result}"


@dataclass(frozen=True, repr=False)
class FlowGroup(Result):
    """Studies of the synthesis with, or without, a control group.

    Its cohorts and patients are those that no group before it has counted; `controls` are the kinds
    of its control groups. The patients are None where no study says how many it had.
    """

    controlled: bool
    studies: tuple[FlowStudy, ...]
    cohorts: int
    patients: int | None
    controls: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a study."""
        return pd.DataFrame([vars(study) for study in self.studies])

    def _first(self) -> str:
        kind = "with a control group" if self.controlled else "without a control group"
        studies = plural(len(self.studies), "study", "studies")
        return f"{studies} {kind}, {patients_words(self.patients)} that no group before counts"


@dataclass(frozen=True, repr=False)
class StudyFlow(Result):
    """The numbers of the flow.

    Attributes
    ----------
    in_studies, in_excluded, in_both : int; cell-therapy records of studies.csv, records of
        excluded_studies.csv, and those in both.
    known : int; records known to the tables, each counted once.
    papers : int; records of a paper as a whole, which is counted by its phases instead.
    studies, cohorts : int; studies after that, and the groups of patients they report.
    reasons : tuple of (str, str, int); code, words and number of studies for each reason for which
        one was left out.
    excluded : int; their sum.
    included, included_cohorts, patients : int; studies of the synthesis, their cohorts, and the
        patients enrolled in these, None where that is known of none.
    groups : tuple of FlowGroup; controlled first.
    benchmarks : int; benchmark trials of studies.csv, which are no part of the flow.
    """

    in_studies: int
    in_excluded: int
    in_both: int
    known: int
    papers: int
    studies: int
    cohorts: int
    reasons: tuple[tuple[str, str, int], ...]
    excluded: int
    included: int
    included_cohorts: int
    patients: int | None
    groups: tuple[FlowGroup, ...]
    benchmarks: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row a step, from what is known to what is used."""
        steps = [
            ("records known", self.known),
            ("records of a paper as a whole", self.papers),
            ("studies", self.studies),
            *((f"left out: {words}", number) for _, words, number in self.reasons),
            ("studies used", self.included),
            ("cohorts used", self.included_cohorts),
            ("patients enrolled in these", self.patients),
        ]
        return pd.DataFrame(steps, columns=["step", "number"])

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the steps, and the studies that are used."""
        used = [group.to_frame().assign(controlled=group.controlled) for group in self.groups]
        studies = pd.concat(used, ignore_index=True) if used else pd.DataFrame()
        return {"steps": self.to_frame(), "studies used": studies}

    def _first(self) -> str:
        used = f"{self.included} used, with {patients_words(self.patients)}"
        return f"{plural(self.studies, 'study', 'studies')} known: {used}; {self.excluded} left out"


@asked()
def study_flow(evidence: Evidence) -> StudyFlow:
    """Count the studies from the records known to the tables down to the synthesis.

    >>> import atopic
    >>> flow = study_flow(atopic.load())
    >>> flow.known, flow.studies, flow.excluded, flow.included
    (32, 31, 23, 8)
    """
    groups = patient_groups(evidence)
    excluded = evidence.excluded_studies.rename_axis("row").reset_index()
    out = left_out(evidence)
    elsewhere = set(excluded["study_id"]) - set(groups["study_id"])
    papers = int(groups["relation"].eq(PAPER).sum())
    used = groups[groups["in_synthesis"].eq("yes")]
    codes = out["reason_code"].value_counts()
    reasons = tuple(
        (code, _reason(code), int(codes[code]))
        for code in sorted(codes.index, key=lambda code: (-codes[code], _place(code)))
    )
    return StudyFlow(
        in_studies=len(groups),
        in_excluded=len(excluded),
        in_both=len(excluded) - len(elsewhere),
        known=len(groups) + len(elsewhere),
        papers=papers,
        studies=len(groups) + len(elsewhere) - papers,
        cohorts=groups["cohort"].nunique() + len(elsewhere),
        reasons=reasons,
        excluded=len(out),
        included=len(used),
        included_cohorts=used["cohort"].nunique(),
        patients=patients_of(used),
        groups=_groups(evidence, used),
        benchmarks=int(evidence.studies["role"].eq("benchmark").sum()),
    )


@asked()
def left_out(evidence: Evidence) -> pd.DataFrame:
    """Return every study that is known to the tables and not used, with the reason.

    Columns ``study_id``, ``short_citation``, ``year``, ``species``, ``intervention``, ``n``,
    ``reason_code``, ``reason``, ``key_result`` and ``direction`` (blank where only studies.csv has
    it), ``row`` (of excluded_studies.csv) and ``studies_row`` (of studies.csv), by reason in the
    order of the flow. Records of a paper as a whole are not studies and not listed.

    >>> import atopic
    >>> frame = left_out(atopic.load())
    >>> len(frame), frame["studies_row"].notna().sum().item()
    (23, 7)
    """
    groups = patient_groups(evidence)
    studies = evidence.studies.rename_axis("studies_row").reset_index()
    excluded = evidence.excluded_studies.rename_axis("row").reset_index()
    # A study that is used is not left out, whatever the other table says.
    used = set(groups.loc[groups["in_synthesis"].eq("yes"), "study_id"])
    papers = set(groups.loc[groups["relation"].eq(PAPER), "study_id"])
    excluded = excluded[~excluded["study_id"].isin(used | papers)]
    known = studies[studies["study_id"].isin(set(groups["study_id"]) - used - papers)]
    frame = excluded.merge(known[["study_id", "studies_row"]], on="study_id", how="left")
    only = known[~known["study_id"].isin(excluded["study_id"])]
    only = only.rename(columns={"exclusion_reason": "reason", "n_enrolled": "n"})
    columns = [
        *("study_id", "short_citation", "year", "species", "intervention", "n", "reason_code"),
        *("reason", "key_result", "direction", "row", "studies_row"),
    ]
    if len(only):
        only = only.assign(reason_code="other", species="human").reindex(columns=columns)
        frame = pd.concat([frame.astype("object"), only.astype("object")], ignore_index=True)
    codes = frame["reason_code"].astype("str")
    size = codes.map(codes.value_counts())
    year = frame["year"].astype("Int64")
    keys = pd.DataFrame({"size": -size, "code": codes.map(_place), "year": year})
    order = keys.sort_values(["size", "code", "year"], kind="stable").index
    frame = frame.loc[order, columns].reset_index(drop=True)
    return frame.astype({"reason_code": "str", "row": "Int64", "studies_row": "Int64"})


def _groups(evidence: Evidence, used: pd.DataFrame) -> tuple[FlowGroup, ...]:
    if used.empty:
        return ()
    results = study_characteristics(evidence, studies=used["study_id"]).set_index("study_id")
    found = []
    counted: set[str] = set()
    for controlled in (True, False):
        some = used[controlled_designs(used["design"]).eq(controlled)]
        studies = tuple(
            FlowStudy(
                study_id=row.study_id,
                n=int(row.n_enrolled) if pd.notna(row.n_enrolled) else None,
                publication="" if pd.isna(row.publication) else str(row.publication),
                result=str(results.loc[row.study_id, "result"]),
                shares_with=str(row.parent_study_id) if row.relation == SHARED else "",
                row=int(row.row),
            )
            for row in records(some)
        )
        new = some[~some["cohort"].isin(counted)]
        counted |= set(new["cohort"])
        kinds = tuple(sorted(set(used["control"]) - {""}))
        found.append(
            FlowGroup(controlled, studies, new["cohort"].nunique(), patients_of(new), kinds)
        )
    return tuple(found)


def _place(code: str) -> int:
    return list(REASONS).index(code) if code in REASONS else len(REASONS)


def _reason(code: str) -> str:
    return review_in_use().names.get(code) or REASONS.get(code) or called(code)
