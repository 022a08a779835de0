"""What the four short answers of the front page rest on: lasting, safety, dose, drugs."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from typing import Any

import pandas as pd

from atopic.display.numbers import dose_text
from atopic.evidence.controls import CONTROLS, is_control, is_controlled
from atopic.evidence.folder import Evidence
from atopic.questions.asked import asked
from atopic.questions.benchmarks import benchmark_rates
from atopic.questions.choices import has_doses, usual_doses, usual_outcome
from atopic.questions.dose_response import dose_arms, dose_contrasts
from atopic.questions.durability import responses_over_time, worst_case
from atopic.questions.safety import adverse_events, summed_events
from atopic.questions.trials import placebo_trials

_COLUMNS = [
    *("topic", "name", "low", "high", "other_low", "other_high", "n", "others"),
    *("clear", "outcome", "label", "week", "dose", "other_dose"),
]


@asked()
def short_answers(
    evidence: Evidence, *, trials: pd.DataFrame | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return the numbers of the four short answers.

    Parameters
    ----------
    trials : from `atopic.questions.trials.placebo_trials`; computed if not given.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame: rows by ``topic``; ``low``, ``high``, ``other_low`` and ``other_high`` are shares.
        ``lasting``: rates of follow-ups without a control group, and what they become if everyone
        not seen failed; ``clear`` says whether later rates of a placebo-controlled period exist.
        ``safe``: serious events among ``n`` counted patients, with their exact upper limit in
        ``high``; ``others`` are patients of placebo-controlled trials of which no count was read,
        ``clear`` says whether a placebo arm was counted. ``dose``, one row a study: rates on the
        lowest and on the highest dose, ``dose`` and ``other_dose``; ``clear`` where zero is outside
        the interval. ``others``, one row for the comparator of most
        trials, ``clear`` there, and one a class: rates on them and, in
        ``other``, of their placebo, without background topicals, at the outcome and week of the
        strictest result of cells. A topic of which nothing is known has no row, or, where the
        review has doses or comparators of which nothing can be said here, one without rates. Of
        serious events that some patients had, ``low`` counts them among ``n``.

    Examples
    --------
    >>> import atopic
    >>> found = short_answers(atopic.load())
    >>> found.loc[found["topic"].eq("lasting"), ["low", "high"]].round(2).values.tolist()
    [[0.58, 0.75]]
    """
    trials = placebo_trials(evidence, level=level) if trials is None else trials
    rows = [
        *_lasting(evidence, level),
        *_safe(evidence, trials, level),
        *_held("dose", _dose(evidence, level), held=has_doses(evidence)),
        *_held("others", _drugs(evidence, trials, level), held=len(_benchmarks(evidence)) > 0),
    ]
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"week": "Int64", "n": "Int64"})


def _held(topic: str, rows: Iterator[dict[str, Any]], *, held: bool) -> list[dict[str, Any]]:
    """Return the rows of a topic; a blank one where the review holds it and nothing can be said."""
    return list(rows) or [{"topic": topic}] * held


def _lasting(evidence: Evidence, level: float) -> Iterator[dict[str, Any]]:
    outcome = usual_outcome(evidence)
    over_time = responses_over_time(evidence, outcome, level=level)
    worst = worst_case(evidence, over_time)
    worst = worst[worst["setting"].eq("follow-up") & worst["arm_role"].eq("experimental")]
    if len(worst):
        later = is_controlled(over_time) & over_time["week"].ge(worst["week"].min())
        yield {
            "topic": "lasting",
            "low": worst["observed"].min(),
            "high": worst["observed"].max(),
            "other_low": worst["estimate"].min(),
            "other_high": worst["estimate"].max(),
            "clear": bool(later.any()),
            "outcome": outcome,
            "week": worst["week"].max(),
        }


def _safe(evidence: Evidence, trials: pd.DataFrame, level: float) -> Iterator[dict[str, Any]]:
    events = adverse_events(evidence, events=["sae"], level=level)
    summed = summed_events(events).sort_values("n", ascending=False, kind="stable")
    every = evidence.joined("safety", "arms", "studies")
    counted = every[
        every["event"].eq("sae")
        & every["count"].notna()
        & every["studies.role"].eq("evidence")
        & every["arms.combined_arm"].ne("yes")
    ]
    silent = trials[trials["known"].ne("none") & ~trials["study_id"].isin(counted["study_id"])]
    others = int(silent.drop_duplicates("study_id")["n_enrolled"].fillna(0).sum())
    common = {
        "topic": "safe",
        "others": others,
        "clear": bool(counted["arms.role"].isin(CONTROLS).any()),
    }
    if len(summed):
        yield common | {
            "low": summed["estimate"].iloc[0],
            "high": summed["upper"].iloc[0],
            "n": summed["n"].iloc[0],
        }
    elif others or len(counted):
        entering = events[events["enters"]]
        seen = entering["count"].sum() if len(entering) else nan
        yield common | {"low": seen, "high": nan, "n": entering["n"].sum() or None}


def _dose(evidence: Evidence, level: float) -> Iterator[dict[str, Any]]:
    studies = evidence.studies
    own = studies["role"].eq("evidence") & studies["design"].eq("randomised-dose")
    for study in studies.loc[own & studies["in_synthesis"].eq("yes"), "study_id"]:
        _, outcome, week = usual_doses(evidence, study, None, None)
        arms = dose_arms(evidence, study, outcome, week=week, level=level)
        contrasts = dose_contrasts(arms, level=level)
        if contrasts.empty:
            continue
        row = contrasts[contrasts["measure"].eq("difference")].iloc[0]
        yield {
            "topic": "dose",
            "name": study,
            "label": _product(evidence, study),
            "dose": dose_text(row["dose"], row["dose_unit"]),
            "other_dose": dose_text(row["reference_dose"], row["dose_unit"]),
            "low": row["reference_responders"] / row["reference_n"],
            "high": row["responders"] / row["n"],
            "n": row["n"] + row["reference_n"],
            "clear": bool(row["lower_min"] > 0 or row["upper_max"] < 0),
            "outcome": outcome,
            "week": row["week"],
        }


def _product(evidence: Evidence, study: str) -> str:
    """Return what a study gave, in words without the brand."""
    words = evidence.studies.set_index("study_id")["product_words"][study]
    return study if pd.isna(words) else str(words).partition(" (")[0]


def _benchmarks(evidence: Evidence) -> pd.Series:
    studies = evidence.studies
    return studies.loc[studies["role"].eq("benchmark"), "study_id"]


def _drugs(evidence: Evidence, trials: pd.DataFrame, level: float) -> Iterator[dict[str, Any]]:
    known = trials[trials["known"].eq("rates")]
    instruments = evidence.instruments.drop_duplicates("outcome").set_index("outcome")
    strictness = known["outcome"].map(instruments["threshold_percent"])
    if known.empty or strictness.isna().all():
        return
    order = strictness.astype("float64").sort_values(ascending=False, kind="stable").index
    result = known.loc[order].to_dict("records")[0]
    rates = benchmark_rates(
        evidence, result["outcome"], weeks=[int(result["week"])], topicals=["no"], level=level
    )
    rates = rates[rates["study_role"].eq("benchmark") & is_controlled(rates)]
    active = rates[~is_control(rates)]
    every = evidence.arms[evidence.arms["study_id"].isin(_benchmarks(evidence))]
    trials_of = every.groupby("agent")["study_id"].nunique()  # at any time, of any outcome
    best_known = min(
        active["agent"].unique(), key=lambda agent: (-trials_of[agent], agent), default=""
    )
    own = active.loc[active["agent"].eq(best_known), "study_id"]
    groups = [(str(best_known), True, rates[rates["study_id"].isin(own)])]
    groups += [
        (str(name), False, group)
        for name, group in rates.groupby("intervention_class", sort=False, observed=True)
        if name != "unknown"
    ]
    for name, named, group in groups:
        on_placebo = group[is_control(group)]
        on_drug = group.drop(on_placebo.index)
        if len(on_drug) and len(on_placebo):
            yield {
                "topic": "others",
                "name": name,
                "clear": named,
                "low": on_drug["estimate"].min(),
                "high": on_drug["estimate"].max(),
                "other_low": on_placebo["estimate"].min(),
                "other_high": on_placebo["estimate"].max(),
                "n": on_drug["study_id"].nunique(),
                "outcome": result["outcome"],
                "label": result["label"],
                "week": result["week"],
            }
