"""The difference of mean score changes that a question asks about, with what its limits rest on."""

from math import nan
from typing import Any

import pandas as pd
from scipy.special import ndtri

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.certainty.body import Effect, Found
from atopic.questions.certainty.settings import Settings
from atopic.questions.severity_reduction import reduction_differences, score_reductions
from atopic.stats import pooling

_LIMITS = ["estimate", "lower", "upper"]
#: Columns of the trials of a `Found`.
TRIALS = ["study_id", *_LIMITS, "weight", "n", "counts", "basis"]
TRIALS += ["arm_id", "reference_arm_id", "method"]


def effect_of_scores(
    evidence: Evidence, outcome: str, weeks: list[int], studies: list[str], settings: Settings
) -> Found:
    """Return a difference of mean changes; what its interval rests on is told with it.

    The arguments are those of a row of certainty_questions, its studies and weeks as lists.
    """
    if not evidence.scores["outcome"].eq(outcome).any():
        return Found(None, pd.DataFrame(columns=TRIALS))
    arms = score_reductions(
        evidence, outcome, weeks=weeks, studies=studies, assume="sd", level=settings.level
    )
    differences = reduction_differences(arms[arms["unit"].eq("points")])
    rows, assumed = [], []
    for row in records(differences):
        lower, upper, se, words, method = row.lower, row.upper, row.se, "", row.method
        if pd.isna(se):
            se, words = _se_of_p(evidence, row)
            if pd.isna(se):
                continue
            reach = ndtri(0.5 + settings.level / 2) * se
            lower, upper = row.estimate - reach, row.estimate + reach
            method = "normal quantile, widest error that P allows"
        else:
            words = "a spread without a label read as a standard deviation"
            words = words if str(row.spread_used).startswith("assumed") else ""
            if row.n_basis == "inferred":
                words = ", ".join(filter(None, [words, "sizes of another outcome"]))
        n = int(row.n + row.n_reference) if pd.notna(row.n) and pd.notna(row.n_reference) else 0
        rows.append(
            (
                *(row.study_id, row.estimate, lower, upper, 1 / se**2, n, "", "printed"),
                *(row.arm_id, row.reference_arm_id, method),
            )
        )
        assumed.append(words)
    trials = pd.DataFrame(rows, columns=TRIALS)
    if trials.empty:
        return Found(None, trials)
    words = "; ".join(dict.fromkeys(filter(None, assumed)))
    if len(trials) == 1:
        middle, lower, upper = (float(trials[one].iloc[0]) for one in _LIMITS)
        extra: dict[str, float] = {}
    else:
        wald: Any = {"hartung-knapp": "hartung-knapp-safeguarded"}.get(settings.pooling, "wald")
        pooled = pooling.random_effects(
            trials["estimate"], 1 / trials["weight"], interval=wald, level=settings.level
        )
        middle, lower, upper = (float(one) for one in (pooled.estimate, pooled.lower, pooled.upper))
        extra = spread(pooled, 1)
    effect = Effect(middle, lower, upper, int(trials["n"].sum()), assumed=words, **extra)
    return Found(effect, trials, lowest=middle, highest=middle)


def _se_of_p(evidence: Evidence, row: Any) -> tuple[float, str]:
    """Return the widest standard error that a printed P value allows a difference (normal)."""
    every = evidence.contrasts
    mine = every[
        every["study_id"].eq(row.study_id)
        & every["arm_id"].eq(row.arm_id)
        & every["outcome"].eq(row.outcome)
        & every["week"].eq(row.week)
        & every["measure"].eq("p_value")
        & every["value_operator"].isin(["<", "="])
    ]
    if mine.empty:
        return nan, ""
    p, operator = float(mine["value"].iloc[0]), str(mine["value_operator"].iloc[0])
    se = abs(row.estimate) / float(ndtri(1 - p / 2))
    return se, f"no spread was read; the widest that P {operator} {p:g} allows"


def spread(pooled: Any, scale: float) -> dict[str, float]:
    """Return what a pooled result, of differences times `scale`, says of how much trials differ."""
    return {
        "tau2": float(pooled.tau2),
        "i2": float(pooled.I2),
        "prediction_lower": scale * float(pooled.prediction_lower),
        "prediction_upper": scale * float(pooled.prediction_upper),
    }
