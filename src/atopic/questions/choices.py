"""Which outcomes, weeks and studies the evidence has: what to offer, and what to take unasked."""

from collections.abc import Iterable

import pandas as pd

from atopic.display.numbers import study_name
from atopic.evidence.folder import Evidence
from atopic.evidence.once import once


@once
def outcomes(evidence: Evidence) -> list[str]:
    """Return the responder outcomes with a row, those with most studies of cells first.

    >>> import atopic
    >>> outcomes(atopic.load())[0]
    'EASI-50'
    """
    return _by_studies(evidence, evidence.responses)


@once
def placebo_outcomes(evidence: Evidence) -> list[str]:
    """Return those with a row from a placebo-controlled period, in the same order."""
    rows = evidence.responses
    return _by_studies(evidence, rows[rows["controlled"].eq("yes")])


@once
def weeks_of(
    evidence: Evidence, outcome: str, *, benchmarks: bool = False, controlled: bool = False
) -> list[int]:
    """Return the weeks at which an outcome was reported, ascending.

    >>> import atopic
    >>> weeks_of(atopic.load(), "EASI-75")
    [16, 52]
    """
    rows = evidence.responses
    rows = rows[rows["outcome"].eq(outcome) & _role(evidence, rows, benchmarks)]
    if controlled:
        rows = rows[rows["controlled"].eq("yes")]
    return sorted(map(int, rows["week"].dropna().unique()))


def has_doses(evidence: Evidence) -> bool:
    """Say whether any group of the review was given a dose that is stated in numbers.

    >>> import atopic
    >>> has_doses(atopic.load())
    True
    """
    return bool(evidence.arms["dose"].gt(0).any())


def studies_about(
    evidence: Evidence, outcome: str, *, benchmarks: bool = False
) -> list[tuple[str, str]]:
    """Return name and id of the studies with a rate or a comparison on an outcome."""
    return sorted((study_name(one), one) for one in _ids_about(evidence, outcome, benchmarks))


@once
def _ids_about(evidence: Evidence, outcome: str, benchmarks: bool) -> list[str]:
    tables = (evidence.responses, evidence.contrasts)
    about = [table[table["outcome"].eq(outcome)] for table in tables]
    return sorted({one for rows in about
                   for one in rows.loc[_role(evidence, rows, benchmarks), "study_id"]})  # fmt: skip


@once
def dose_questions(evidence: Evidence) -> dict[str, dict[str, list[int]]]:
    """Return the weeks at which several doses of a study were counted, by study and outcome.

    Reviewed studies come first. Whether doses lie on one axis is for
    `atopic.questions.dose_response.dose_arms` to say.

    >>> import atopic
    >>> dose_questions(atopic.load())["kim-2017"]
    {'EASI-50': [12]}
    """
    found: dict[str, dict[str, list[int]]] = {}
    question = ["study_id", "outcome", "week"]
    for table in ("responses", "scores"):
        needed = ["week", "arms.dose", *(["responders_used"] if table == "responses" else [])]
        columns = list(dict.fromkeys([*question, *needed, "arms.combined_arm"]))
        every = evidence.joined(table, "arms", "studies")[columns]
        own = every[every["arms.combined_arm"].ne("yes")].dropna(subset=needed)
        doses = own.groupby(question, observed=True)["arms.dose"].nunique()
        for study, outcome, week in doses[doses.gt(1)].index:
            found.setdefault(study, {}).setdefault(outcome, []).append(int(week))
    studies = evidence.studies.sort_values(
        "role", key=lambda role: role.astype(str).ne("evidence"), kind="stable"
    )
    return {study: found[study] for study in studies["study_id"] if study in found}


def usual_outcome(
    evidence: Evidence, outcome: str | None = None, *, benchmarks: bool = False
) -> str:
    """Return an outcome, or of None the one that most studies report; empty if there is none.

    >>> import atopic
    >>> usual_outcome(atopic.load()), usual_outcome(atopic.load(), "EASI-75")
    ('EASI-50', 'EASI-75')
    """
    if outcome is not None:
        return outcome
    rows = evidence.responses
    return next(iter(_by_studies(evidence, rows[_role(evidence, rows, benchmarks)])), "")


def usual_weeks(
    evidence: Evidence,
    outcome: str,
    weeks: Iterable[int] | None = None,
    *,
    benchmarks: bool = False,
) -> Iterable[int]:
    """Return weeks, or of None the one at which most studies report an outcome; none if unknown.

    >>> import atopic
    >>> usual_weeks(atopic.load(), "EASI-50"), usual_weeks(atopic.load(), "EASI-50", [])
    ([12], [])
    """
    if weeks is not None:
        return weeks
    rows = evidence.responses
    rows = rows[rows["outcome"].eq(outcome) & _role(evidence, rows, benchmarks)]
    studies = rows.dropna(subset=["week"]).groupby("week")["study_id"].nunique()
    return [int(one) for one in sorted(studies.index, key=lambda one: (-studies[one], one))[:1]]


def usual_study(evidence: Evidence, study: str | None = None) -> str:
    """Return a study, or of None the first that is reviewed; empty if there is none.

    >>> import atopic
    >>> usual_study(atopic.load(), "shin-2021")
    'shin-2021'
    """
    if study is not None:
        return study
    studies = evidence.studies
    own = studies[studies["role"].eq("evidence") & studies["in_synthesis"].eq("yes")]
    return str(next(iter(own["study_id"]), ""))


def usual_doses(
    evidence: Evidence, study: str | None, outcome: str | None, week: int | None
) -> tuple[str, str, int]:
    """Return a study, outcome and week; of None those of the first study of several doses.

    >>> import atopic
    >>> usual_doses(atopic.load(), "kim-2017", None, None)
    ('kim-2017', 'EASI-50', 12)
    """
    known = dose_questions(evidence)
    study = next(iter(known), "") if study is None else study
    own = known.get(study, {})
    outcome = next(iter(own), "") if outcome is None else outcome
    return study, outcome, next(iter(own.get(outcome, [])), 0) if week is None else week


def _by_studies(evidence: Evidence, rows: pd.DataFrame) -> list[str]:
    """Return outcomes by the studies of cells that report them, then by all studies."""
    cells = rows[_role(evidence, rows, benchmarks=False)].groupby("outcome")["study_id"].nunique()
    every = rows.groupby("outcome")["study_id"].nunique()
    return sorted(every.index, key=lambda one: (-cells.get(one, 0), -every[one], one))


def _role(evidence: Evidence, rows: pd.DataFrame, benchmarks: bool) -> pd.Series:
    roles = rows["study_id"].map(evidence.studies.set_index("study_id")["role"].astype(str))
    return roles.eq("evidence") | benchmarks
