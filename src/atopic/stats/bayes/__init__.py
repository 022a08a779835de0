"""The Bayesian view of small samples: posteriors of rates, their comparison, pooled effects."""

from atopic.stats.bayes.random_effects import RandomEffectsPosterior, random_effects
from atopic.stats.bayes.rate import (
    JEFFREYS,
    Rate,
    RateSummary,
    from_printed,
    posterior,
    probability_above,
    summarise,
)

__all__ = [
    "JEFFREYS",
    "RandomEffectsPosterior",
    "Rate",
    "RateSummary",
    "from_printed",
    "posterior",
    "probability_above",
    "random_effects",
    "summarise",
]
