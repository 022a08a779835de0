"""What a pooled effect hangs on: each choice of the analyst, each trial, and their order."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atopic.evidence.frames import records
from atopic.evidence.pooling_groups import for_each_group
from atopic.questions.controlled_effect.pooled import pooling_refusal
from atopic.stats import pooling

#: With two trials each choice is told one by one, and without one of them nothing is pooled.
_FEWEST = 3
_KEPT = ["k", "estimate", "lower", "upper", "tau2", "I2", "level", "model", "tau2_method"]


@for_each_group
def robust_effects(effects: pd.DataFrame, *, fewest: int = _FEWEST) -> pd.DataFrame:
    """Pool by every estimator of tau2, interval and model, with all trials and without each.

    Parameters
    ----------
    effects : from `atopic.questions.controlled_effect.trial_effects`; where several counts fit, the
        ones used there.
    fewest : trials below which the frame is empty.

    Returns
    -------
    DataFrame: one row a choice and a trial left out (``left_out`` is empty for none): ``estimate``,
        ``lower``, ``upper``, ``tau2``, ``I2``, the names of the choice, and the ``conclusion``:
        ``below``, ``includes`` or ``above`` no difference. ``flips`` says whether that is another
        than by random effects with REML, the safeguarded Hartung-Knapp interval and all trials.
        Ratios are returned as ratios. Empty where
        `atopic.questions.controlled_effect.pooling_refusal` says why.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> asked = {"agents": ["dupilumab"], "arms": ["mg-300-q2w"], "background_topicals": "no"}
    >>> effects = trial_effects(
    ...     atopic.load(), "IGA-0/1", weeks=[16], include_benchmarks=True, **asked
    ... )
    >>> found = robust_effects(effects)
    >>> len(found), found["conclusion"].unique().tolist()
    (84, ['above', 'includes'])
    """
    if pooling_refusal(effects) or effects["study_id"].nunique() < fewest:
        return pd.DataFrame()
    # The arms of a trial leave together: without one of them the trial is still there.
    table = pooling.robustness(_fit(effects), labels=effects["study_id"].to_list())
    frame = table[["left_out", *_KEPT, "interval", "conclusion", "flips"]]
    return frame.assign(
        studies=effects["study_id"].nunique() - frame["left_out"].ne("").astype(int),
        outcome=effects["outcome"].iloc[0],
        measure=effects["measure"].iloc[0],
        method=frame["model"] + " effect, " + frame["tau2_method"] + ", " + frame["interval"],
    )


@for_each_group
def cumulative_effects(effects: pd.DataFrame, *, fewest: int = _FEWEST) -> pd.DataFrame:
    """Pool again with one trial more each time, from the largest to the smallest.

    By size and not by year, since the tables do not hold the year of every trial; what small
    trials would add to large ones is then seen at the end.

    Parameters
    ----------
    effects, fewest : as in `robust_effects`.

    Returns
    -------
    DataFrame: one row a step: the trial ``added``, its ``patients``, ``k`` comparisons of so many
        ``studies`` so far, and by
        random effects (REML, safeguarded Hartung-Knapp) ``estimate``, ``lower`` and ``upper``,
        which for one trial alone are infinite. Empty as in `robust_effects`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> asked = {"agents": ["dupilumab"], "arms": ["mg-300-q2w"], "background_topicals": "no"}
    >>> effects = trial_effects(
    ...     atopic.load(), "IGA-0/1", weeks=[16], include_benchmarks=True, **asked
    ... )
    >>> cumulative_effects(effects)[["added", "patients"]].values.tolist()
    [['solo-2', 469], ['solo-1', 448], ['dupilumab-2b', 125]]
    """
    if pooling_refusal(effects) or effects["study_id"].nunique() < fewest:
        return pd.DataFrame()
    controls = effects.drop_duplicates(["study_id", "reference_arm_id"])
    patients = effects.groupby("study_id", sort=False)["n"].sum()
    patients += controls.groupby("study_id", sort=False)["reference_n"].sum()
    largest = patients.sort_values(ascending=False, kind="stable").index
    table = pooling.cumulative(
        _fit(effects),
        order=effects["study_id"].map({study: place for place, study in enumerate(largest)}),
        labels=effects["study_id"].to_list(),
    )
    # All arms of a trial enter at once: the step of its last one has them.
    steps = table.drop_duplicates("added", keep="last").reset_index(drop=True)
    frame = steps[["added", *_KEPT, "interval"]]
    frame.insert(1, "patients", frame["added"].map(patients).astype(int))
    return frame.assign(
        studies=range(1, len(frame) + 1),
        outcome=effects["outcome"].iloc[0],
        measure=effects["measure"].iloc[0],
        method=frame["model"] + " effect, " + frame["tau2_method"] + ", " + frame["interval"],
    )


def _fit(effects: pd.DataFrame) -> pooling.Pooled:
    """Pool the counts used, by random effects with the interval that all pages show first."""
    studies = effects["study_id"].to_list()
    counts: list[Any] = [
        effects[name].astype("float64").to_numpy()
        for name in ("responders", "n", "reference_responders", "reference_n")
    ]
    first: Any = next(records(effects))
    return pooling.pool_contrasts(
        *counts,
        measure=first.measure,
        control=studies if len(set(studies)) < len(studies) else None,
        interval="hartung-knapp-safeguarded",
        level=float(first.level),
    )
