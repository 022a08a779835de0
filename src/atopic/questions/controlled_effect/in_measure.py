"""Trial effects in the measure that the review shows first."""

from typing import Any

import pandas as pd

from atopic.errors import did_you_mean
from atopic.evidence.folder import Evidence
from atopic.questions.asked import asked
from atopic.questions.controlled_effect.by_measure import NAMES
from atopic.questions.controlled_effect.pooled import pooled_models
from atopic.questions.controlled_effect.trial_effects import trial_effects
from atopic.stats import contrasts


@asked()
def in_measure(
    evidence: Evidence,
    outcome: str,
    effects: pd.DataFrame,
    pooled: pd.DataFrame,
    measure: contrasts.Measure,
    **as_asked: Any,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return effects and what they pool to in a measure, the difference of shares beside ratios.

    Parameters
    ----------
    effects, pooled : from `trial_effects` with ``measure="RD"`` and `pooled_models`.
    measure : {"RD", "RR", "OR"}
    **as_asked : as `trial_effects` was asked for `effects`, but for its method.

    Returns
    -------
    tuple of DataFrame: the same two for RD; else those of the ratio with ``difference``,
        ``difference_lower_min`` and ``difference_upper_max``, each pooled by itself.

    Raises
    ------
    ValueError: if `measure` is none of these.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import in_measure, pooled_models, trial_effects
    >>> evidence, asked = atopic.load(), {"weeks": [16]}
    >>> effects = trial_effects(evidence, "EASI-75", **asked)
    >>> found, _ = in_measure(evidence, "EASI-75", effects, pooled_models(effects), "RR", **asked)
    >>> found[["estimate", "difference"]].round(2).values.tolist()
    [[3.26, 0.16]]
    """
    if measure not in NAMES:
        near = did_you_mean(measure, NAMES)
        raise ValueError(f"measure must be one of {', '.join(NAMES)}, not {measure!r}{near}")
    if measure == "RD" or effects.empty:
        return effects, pooled
    ratios = trial_effects(evidence, outcome, **as_asked, measure=measure)
    together = pooled_models(ratios)
    keys = ["agents", "control", "method", "interval"]
    if len(together) and len(pooled):
        pooled = together[keys].merge(pooled, on=keys, how="left")
    return _beside(ratios, effects), _beside(together, pooled)


def _beside(ratios: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """Put the differences beside ratios of the same rows in the same order."""
    if ratios.empty or differences.empty:
        return ratios
    names = ("estimate", "lower_min", "upper_max")
    new = ("difference", "difference_lower_min", "difference_upper_max")
    return ratios.assign(
        **{one: differences[name].to_numpy() for one, name in zip(new, names, strict=True)}
    )
