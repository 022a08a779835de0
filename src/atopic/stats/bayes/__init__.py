"""The Bayesian view of small samples: posteriors of rates, their comparison, pooled effects."""

from typing import TYPE_CHECKING

from atopic.stats.lazy import lazy

if TYPE_CHECKING:
    from atopic.stats.bayes.hierarchical_model import RandomEffectsPosterior, meta_analysis
    from atopic.stats.bayes.rate import (
        JEFFREYS,
        Rate,
        RateSummary,
        from_printed,
        posterior,
        probability_above,
        summarise,
    )
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "hierarchical_model": "RandomEffectsPosterior meta_analysis",
            "rate": "JEFFREYS Rate RateSummary from_printed posterior probability_above summarise",
        },
    )

__all__ = [
    "JEFFREYS",
    "RandomEffectsPosterior",
    "Rate",
    "RateSummary",
    "from_printed",
    "meta_analysis",
    "posterior",
    "probability_above",
    "summarise",
]
