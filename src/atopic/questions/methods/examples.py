"""Which rows of the evidence show a method at work, chosen by rule and not by name."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.once import once
from atopic.questions.controlled_effect import trial_effects

#: A study, or none, and one of its outcomes.
Example = tuple[str, str]
_NOTHING: Example = ("", "")


@dataclass(frozen=True)
class Examples:
    """The rows that are worked through; blank names where there are none.

    Attributes
    ----------
    series : tuple of str
        Study and outcome of the smallest series without control group, where intervals differ most.
    trial : tuple of str
        Study and outcome of the smallest controlled trial.
    pooled : tuple of str and int
        Outcome and week of the most controlled trials; the first of several.
    doses : tuple of str
        Study and outcome with the most doses, and the fewest patients; the pooled outcome if it is
        among them.
    no_event : tuple of str
        Study and outcome of the first group in which nobody responded.
    scores : tuple of str
        Study and outcome of the first mean percent change with a reported standard error.
    """

    series: Example = _NOTHING
    trial: Example = _NOTHING
    pooled: tuple[str, int | None] = ("", None)
    doses: Example = _NOTHING
    no_event: Example = _NOTHING
    scores: Example = _NOTHING


@once
def chosen_examples(evidence: Evidence) -> Examples:
    """Choose what is worked through.

    >>> import atopic
    >>> chosen = chosen_examples(atopic.load())
    >>> chosen.series, chosen.trial, chosen.pooled
    (('shin-2021', 'EASI-50'), ('atmsc-2025', 'EASI-75'), ('EASI-50', 12))
    """
    rows = evidence.joined("responses", "arms", "studies")
    counted = rows[rows["basis"].eq("printed")]
    effects = _effects(evidence)
    pooled = _most_trials(effects)
    return Examples(
        series=_series(counted),
        trial=_smallest(effects.assign(patients=effects["n"] + effects["reference_n"]), "patients"),
        pooled=pooled,
        doses=_most_doses(counted, pooled[0]),
        no_event=_first(counted[counted["responders"].eq(0)]),
        scores=_first(_with_errors(evidence)),
    )


def _effects(evidence: Evidence) -> pd.DataFrame:
    outcomes = dict.fromkeys(evidence.responses["outcome"])
    parts = [trial_effects(evidence._within(), outcome) for outcome in outcomes]
    known = [part for part in parts if len(part)]
    if not known:
        return pd.DataFrame(columns=["study_id", "outcome", "week", "n", "reference_n"])
    return pd.concat(known, ignore_index=True)


def _series(counted: pd.DataFrame) -> Example:
    alone = counted[
        counted["studies.role"].eq("evidence")
        & counted["studies.in_synthesis"].eq("yes")
        & ~counted["controlled"].eq("yes")
        & counted["responders"].between(1, counted["n"] - 1)
    ]
    return _smallest(alone, "n")


def _smallest(rows: pd.DataFrame, size: str) -> Example:
    return _first(rows.sort_values(size, kind="stable"))


def _first(rows: pd.DataFrame) -> Example:
    if rows.empty:
        return _NOTHING
    row = rows.iloc[0]
    return str(row["study_id"]), str(row["outcome"])


def _most_trials(effects: pd.DataFrame) -> tuple[str, int | None]:
    sizes = effects.groupby(["outcome", "week"], sort=False)["study_id"].nunique()
    if sizes.empty:
        return "", None
    most: Any = sizes.idxmax()
    return str(most[0]), int(most[1])


def _most_doses(counted: pd.DataFrame, outcome: str) -> Example:
    known = counted[counted["arms.dose"].notna()]
    groups = known.groupby(["study_id", "outcome", "week"], sort=False)
    sizes = groups.agg(doses=("arms.dose", "nunique"), n=("n", "sum")).reset_index()
    sizes = sizes[sizes["doses"].gt(1)].assign(other=~sizes["outcome"].eq(outcome))
    order = ["doses", "n", "other"]
    return _first(sizes.sort_values(order, ascending=[False, True, True], kind="stable"))


def _with_errors(evidence: Evidence) -> pd.DataFrame:
    if "scores" not in evidence:
        return pd.DataFrame()
    scores = evidence.scores
    return scores[
        scores["unit"].eq("percent")
        & scores["spread_kind"].eq("se")
        & scores["n_basis"].eq("printed")
    ]
