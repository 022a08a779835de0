"""Which values the controls of the explorer offer: those that the evidence has."""

import pandas as pd

from atopic.display.numbers import study_name
from atopic.evidence.folder import Evidence
from atopic.evidence.once import once

__all__ = [
    "dose_questions",
    "outcomes",
    "placebo_outcomes",
    "studies_about",
    "weeks_of",
]


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
    """Return the weeks at which several doses of a study were reported, by study and outcome.

    Whether they lie on one axis is for `atopic.questions.dose_response.dose_arms` to say.

    >>> import atopic
    >>> dose_questions(atopic.load())["kim-2017"]
    {'EASI-50': [12]}
    """
    found: dict[str, dict[str, list[int]]] = {}
    question = ["study_id", "outcome", "week"]
    for table in ("responses", "scores"):
        every = evidence.joined(table, "arms")
        own = every[every["arms.combined_arm"].ne("yes")].dropna(subset=["week", "arms.dose"])
        doses = own.groupby(question, observed=True)["arms.dose"].nunique()
        for study, outcome, week in doses[doses.gt(1)].index:
            found.setdefault(study, {}).setdefault(outcome, []).append(int(week))
    return found


def _by_studies(evidence: Evidence, rows: pd.DataFrame) -> list[str]:
    """Return outcomes by the studies of cells that report them, then by all studies."""
    cells = rows[_role(evidence, rows, benchmarks=False)].groupby("outcome")["study_id"].nunique()
    every = rows.groupby("outcome")["study_id"].nunique()
    return sorted(every.index, key=lambda one: (-cells.get(one, 0), -every[one], one))


def _role(evidence: Evidence, rows: pd.DataFrame, benchmarks: bool) -> pd.Series:
    roles = rows["study_id"].map(evidence.studies.set_index("study_id")["role"].astype(str))
    return roles.eq("evidence") | benchmarks
