"""Many studies: pooled effects and rates, their heterogeneity, and what they hang on.

Effects with variances, and two-arm counts
    `random_effects`, `common_effect`, `pool_contrasts`, `mantel_haenszel`, `peto`.
Rates of single arms
    `pool_proportions`, `leave_one_out_rates`; the model behind it is `atopic.stats.pooling.glmm`.
What the answer hangs on
    `leave_one_out`, `cumulative`, `subgroups`, `influence`, `all_subsets`, `robustness`; `egger`
    and `funnel` from ten studies on; `atopic.stats.pooling.missing` for patients without outcome.
"""

from atopic.stats.pooling.effect_sizes import contrast_effects
from atopic.stats.pooling.heterogeneity import I2Definition, Tau2Method
from atopic.stats.pooling.influence import influence
from atopic.stats.pooling.inverse_variance import (
    NUMBERS,
    Conventions,
    Data,
    Interval,
    Model,
    Pooled,
    Prediction,
    common_effect,
    pool_contrasts,
    random_effects,
    repool,
    shared_control_covariance,
)
from atopic.stats.pooling.sensitivity import (
    all_subsets,
    cumulative,
    leave_one_out,
    robustness,
    subgroups,
)
from atopic.stats.pooling.single_arm import PooledRate, leave_one_out_rates, pool_proportions
from atopic.stats.pooling.small_studies import egger, funnel
from atopic.stats.pooling.strata import mantel_haenszel, peto

__all__ = [
    "NUMBERS",
    "Conventions",
    "Data",
    "I2Definition",
    "Interval",
    "Model",
    "Pooled",
    "PooledRate",
    "Prediction",
    "Tau2Method",
    "all_subsets",
    "common_effect",
    "contrast_effects",
    "cumulative",
    "egger",
    "funnel",
    "influence",
    "leave_one_out",
    "leave_one_out_rates",
    "mantel_haenszel",
    "peto",
    "pool_contrasts",
    "pool_proportions",
    "random_effects",
    "repool",
    "robustness",
    "shared_control_covariance",
    "subgroups",
]
