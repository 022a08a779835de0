"""Beside placebo: how probable it is that a rate without a control group exceeds placebo's.

Evidence in, a tidy frame of estimates out. The placebo arms are those of other trials; those of
drug trials and of cell-therapy trials are never taken together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import row_dicts
from atopic.evidence.once import once
from atopic.questions.asked import asked
from atopic.questions.benchmarks.estimates import kinds_of_trials
from atopic.questions.response_rates import placebo_arms, placebo_reference
from atopic.review import review_in_use, time_word
from atopic.stats import bayes

_COLUMNS = [
    *("study_id", "arm_id", "outcome", "week", "setting", "label", "agent", "dose", "dose_unit"),
    *("arm_role", "study_role", "combined_arm", "background_topicals", "analysis_set"),
    *(
        "direction",
        "responders",
        "n",
        "basis",
        "rate",
        "measure",
        "reference",
        "reference_estimate",
    ),
    *("reference_lower", "reference_upper", "reference_level", "reference_arms"),
    "reference_rows",
    *("estimate", "estimate_min", "estimate_max", "method", "source_id", "row"),
]


@asked()
def beating_placebo(
    evidence: Evidence,
    rates: pd.DataFrame,
    *,
    within: int | None = None,
    tau_scale: float = 1.0,
) -> pd.DataFrame:
    """Return how probable it is that the true rate of an uncontrolled arm is better than placebo's.

    This sets an arm beside the placebo arms of *other* trials, which had other patients, visits
    and background treatment. It is not a controlled comparison and no effect of treatment.

    Parameters
    ----------
    evidence : Evidence; the evidence that the rates come from.
    rates : from `atopic.questions.response_rates.response_rates`.
    within : int, optional; how far before or after the time of the arm the placebo response may
        lie, in the unit of the review; without it four weeks or one month, else not at all.
    tau_scale : float; scale of the half-normal prior on the standard deviation of log odds between
        trials.

    Returns
    -------
    DataFrame: for each cell-therapy arm that never had a control group and has a count and a week,
        up to three rows, by ``reference``: ``mean`` is the published mean placebo response with its
        printed interval; ``drug`` and ``cell therapy`` are the placebo arm of a new trial of that
        kind, predicted from at least two such arms, one a trial at the week nearest to that of the
        arm. ``reference_estimate`` and its limits are the printed mean, or the median and limits of
        the prediction; ``reference_arms`` how many it comes from (missing for the mean).
        ``estimate`` is the probability, with Jeffreys' prior for the rate of the arm;
        ``estimate_min`` and ``estimate_max`` reach over all counts that fit. Of an outcome of which
        fewer is better (``direction``) it is that of a rate below the placebo response.

    Raises
    ------
    ValueError: if `within` is negative or `tau_scale` not above 0.

    Notes
    -----
    The mean is a beta distribution with the printed limits. The prediction is that of the normal
    random-effects model of log odds, uniform prior on the mean, half-normal on the heterogeneity
    (`atopic.stats.bayes.meta_analysis`); half a patient is added to both cells of an arm with an
    empty one. Arms with and without background topicals enter it together, because the cell trials
    do not say which they were: that they differ is part of the spread. Of arms with several
    possible counts the one that `rates` shows is taken.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import response_rates
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"])
    >>> found = beating_placebo(evidence, rates)
    >>> found.loc[found["reference"].eq("mean"), "estimate"].round(3).to_list()
    [0.838, 0.382]
    """
    within = near_times() if within is None else within
    if within < 0:
        raise ValueError(f"within must be a number of {time_word(2)} from 0 on, not {within}")
    alone = rates[
        rates["setting"].eq("uncontrolled")
        & rates["study_role"].eq("evidence")
        & rates["responders"].notna()
        & rates["week"].notna()
    ]
    found: list[dict[Any, Any]] = []
    known: dict[tuple[str, int], list[_Reference]] = {}
    arms: list[dict[Any, Any]] = row_dicts(alone)
    for arm in arms:
        outcome, week = arm["outcome"], int(arm["week"])
        if (outcome, week) not in known:
            known[outcome, week] = _references(evidence, outcome, week, within, tau_scale)
        pairs = [(arm["responders"], arm["n"])]
        if arm["basis"] == "ambiguous":
            pairs += arm["candidates"]
        rate = bayes.posterior(*np.array(pairs).astype("float64").T)
        for reference in known[outcome, week]:
            probability = bayes.probability_above(rate, reference.distribution)
            if arm["direction"] == "lower-is-better":
                probability = 1.0 - probability
            found.append(
                {
                    **arm,
                    "rate": arm["estimate"],
                    "measure": "probability",
                    "reference": reference.name,
                    "reference_estimate": reference.estimate,
                    "reference_lower": reference.lower,
                    "reference_upper": reference.upper,
                    "reference_level": reference.level,
                    "reference_arms": reference.arms,
                    "reference_rows": reference.rows,
                    "estimate": probability[0],
                    "estimate_min": probability.min(),
                    "estimate_max": probability.max(),
                    "method": reference.method,
                }
            )
    return pd.DataFrame(found, columns=_COLUMNS).astype({"reference_arms": "Int64"})


def near_times() -> int:
    """Return how far apart results that are set beside each other may lie: in hours not at all."""
    return {"week": 4, "month": 1}.get(review_in_use().time_unit, 0)


@dataclass(frozen=True)
class _Reference:
    """A placebo response that is itself uncertain."""

    name: str
    estimate: float
    lower: float
    upper: float
    level: float
    arms: int | None
    rows: str
    method: str
    distribution: bayes.Rate | bayes.RandomEffectsPosterior


@once
def _references(
    evidence: Evidence, outcome: str, week: int, within: int, tau_scale: float
) -> list[_Reference]:
    """Return the placebo responses that an outcome can be set beside at a week."""
    found = []
    mean = placebo_reference(evidence, outcome)
    if mean and abs(mean.week - week) <= within:
        printed = bayes.from_printed(mean.estimate, mean.lower, mean.upper, level=mean.level)
        found.append(
            _Reference(
                name="mean",
                estimate=mean.estimate,
                lower=mean.lower,
                upper=mean.upper,
                level=mean.level,
                arms=None,
                rows=str(mean.row),
                method="Jeffreys posterior above a beta distribution with the printed limits",
                distribution=printed,
            )
        )
    arms = placebo_arms(evidence, outcome, sets=False)
    arms = arms[arms["responders"].notna() & (arms["week"] - week).abs().le(within).fillna(False)]
    kinds = arms["study_role"].map(kinds_of_trials()).astype("str")
    nearest = arms.assign(away=(arms["week"] - week).abs()).sort_values(["away", "row"])
    for trials, group in nearest.drop_duplicates("study_id").groupby(kinds, sort=False):
        if len(group) < 2:
            continue
        x, n = group["responders"].to_numpy("float64"), group["n"].to_numpy("float64")
        empty = 0.5 * ((x == 0) | (x == n))
        yes, no = x + empty, n - x + empty
        fit = bayes.meta_analysis(np.log(yes / no), 1.0 / yes + 1.0 / no, tau_scale=tau_scale)
        found.append(
            _Reference(
                name=str(trials),
                estimate=float(expit(fit.new.median)),
                lower=float(expit(fit.new.lower)),
                upper=float(expit(fit.new.upper)),
                level=fit.level,
                arms=len(group),
                rows=", ".join(str(row) for row in sorted(group["row"])),
                method="Jeffreys posterior above the prediction of a random-effects model of log "
                f"odds, half-normal({tau_scale:g}) heterogeneity",
                distribution=fit,
            )
        )
    return found
