"""Many studies: pooled effects and rates, their heterogeneity, and what they hang on.

Effects with variances, and two-arm counts
    `random_effects`, `common_effect`, `pool_contrasts`, `pool_means`, `mantel_haenszel`, `peto`.
Rates of single arms
    `pool_proportions`, `leave_one_out_rates`; the model behind it is `atopic.stats.pooling.glmm`.
What effects go with
    `meta_regression`, on moderators of the studies.
What the answer hangs on
    `leave_one_out`, `cumulative`, `subgroups`, `influence`, `all_subsets`, `robustness`; `egger`
    and `funnel` from ten studies on; `atopic.stats.pooling.missing` for patients without outcome.
"""

from typing import TYPE_CHECKING

from atopic.stats.lazy import lazy

if TYPE_CHECKING:
    from atopic.stats.pooling.compute import repool
    from atopic.stats.pooling.effect_sizes import contrast_effects, shared_control_covariance
    from atopic.stats.pooling.heterogeneity import I2Definition, Tau2Method
    from atopic.stats.pooling.influence_measures import influence
    from atopic.stats.pooling.inverse_variance import common_effect, pool_contrasts, random_effects
    from atopic.stats.pooling.means import MeanMeasure, pool_means
    from atopic.stats.pooling.regression import meta_regression
    from atopic.stats.pooling.regression_result import MetaRegression
    from atopic.stats.pooling.result import (
        NUMBERS,
        Conventions,
        Data,
        IntervalMethod,
        Model,
        Pooled,
        Prediction,
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
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "compute": "repool",
            "effect_sizes": "contrast_effects shared_control_covariance",
            "heterogeneity": "I2Definition Tau2Method",
            "influence_measures": "influence",
            "inverse_variance": "common_effect pool_contrasts random_effects",
            "means": "MeanMeasure pool_means",
            "regression": "meta_regression",
            "regression_result": "MetaRegression",
            "result": "NUMBERS Conventions Data IntervalMethod Model Pooled Prediction",
            "sensitivity": "all_subsets cumulative leave_one_out robustness subgroups",
            "single_arm": "PooledRate leave_one_out_rates pool_proportions",
            "small_studies": "egger funnel",
            "strata": "mantel_haenszel peto",
        },
        modules="betabinomial glmm heterogeneity missing single_arm strata transforms",
    )

__all__ = [
    "NUMBERS",
    "Conventions",
    "Data",
    "I2Definition",
    "IntervalMethod",
    "MeanMeasure",
    "MetaRegression",
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
    "meta_regression",
    "peto",
    "pool_contrasts",
    "pool_means",
    "pool_proportions",
    "random_effects",
    "repool",
    "robustness",
    "shared_control_covariance",
    "subgroups",
]
