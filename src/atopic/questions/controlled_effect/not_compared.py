"""The placebo-controlled trials of a product that give no number to compare, and why."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atopic.evidence.controls import ACTIVE, control_kinds, controlled_designs
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.selection import as_names, as_whole_numbers, of_studies
from atopic.questions.asked import asked
from atopic.review import control_group, time_word

_COMPARATOR = "active-comparator"


@asked()
def not_compared(
    evidence: Evidence,
    effects: pd.DataFrame,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    agents: Iterable[str],
    background_topicals: str = "",
) -> pd.DataFrame:
    """Return the placebo-controlled trials of some products that are not among effects.

    Parameters
    ----------
    effects : from `atopic.questions.controlled_effect.trial_effects`.
    outcome, weeks, agents, background_topicals : what the effects were asked for; of no agent
        nothing is returned.

    Returns
    -------
    DataFrame: ``study_id`` and ``why``, a clause.

    Examples
    --------
    >>> import atopic
    >>> asked = {"agents": ["dupilumab"], "background_topicals": "no", "weeks": [16]}
    >>> evidence = atopic.load()
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> effects = trial_effects(evidence, "EASI-75", include_benchmarks=True, **asked)
    >>> not_compared(evidence, effects, "EASI-75", **asked)["study_id"].to_list()
    ['dupilumab-m12', 'solo-1', 'dupilumab-2b']
    """
    weeks, agents = as_whole_numbers("weeks", weeks), as_names("agents", agents)
    arms = evidence.joined("arms", "studies")
    arms = arms[
        arms["agent"].isin(agents)
        & controlled_designs(arms["studies.design"])
        & ~arms["study_id"].isin(effects["study_id"])
    ]
    if background_topicals:
        arms = arms[arms["background_topicals"].astype(str).eq(background_topicals)]
    studies = list(dict.fromkeys(arms["study_id"]))
    kinds = control_kinds(evidence.arms, evidence.studies)
    roles = evidence.arms.groupby("study_id")["role"].agg(set)
    rows = of_studies(evidence, "responses", studies, include_benchmarks=True)
    rows = rows[rows["study_id"].isin(studies) & rows["outcome"].eq(outcome)]
    reported: dict[str, set[int]] = {}
    for row in records(rows[rows["week"].notna()]):
        reported.setdefault(row.study_id, set()).add(int(row.week))
    found = [
        (
            study,
            f"no {control_group()}, and none of its treatments is named as the comparator"
            if kinds[study] == ACTIVE and _COMPARATOR not in roles[study]
            else _why(outcome, weeks, reported.get(study, set())),
        )
        for study in studies
    ]
    return pd.DataFrame(found, columns=["study_id", "why"])


def without_comparator(evidence: Evidence, outcome: str) -> list[str]:
    """Return the studies of an outcome that compare treatments and call none the comparator.

    Which of two treatments is the reference nobody but the review can say: the order of their names
    would decide the direction of the effect.

    >>> import atopic
    >>> without_comparator(atopic.load(), "EASI-50")
    []
    """
    kinds = control_kinds(evidence.arms, evidence.studies)
    roles = evidence.arms.groupby("study_id")["role"].agg(set)
    rows = evidence.responses
    reporting = dict.fromkeys(rows.loc[rows["outcome"].eq(outcome), "study_id"])
    return [one for one in reporting if kinds[one] == ACTIVE and _COMPARATOR not in roles[one]]


#: What is said of trials that compare treatments with each other, to who keeps the tables.
NO_COMPARATORS = (
    "compared treatments with each other, and arms.csv calls none the comparator (role "
    "active-comparator)"
)


def _why(outcome: str, weeks: list[int], reported: set[int]) -> str:
    if not reported:
        return f"the sources read give no rate of {outcome}"
    if weeks and not reported & set(weeks):
        given = ", ".join(map(str, sorted(reported)))
        return f"{outcome} is reported at {time_word()} {given} only"
    return "no count of both groups can be had, or another dose is asked for"
