"""How probable a benefit is among the effects that a control rate leaves possible."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from atopic.stats.trialdesign import NormalMixture, Scenario

#: Slices of the control rate, equally probable, over which the probability is averaged.
_SLICES = 64


@lru_cache(maxsize=64)
def possible_benefit(scenario: Scenario) -> float:
    """Return how probable a benefit is among the effects that keep the active rate from 0 to 1.

    >>> import atopic
    >>> from atopic.questions.next_trial import beliefs_about
    >>> beliefs = beliefs_about(atopic.load(), "EASI-50", week=12, delta=0.15)
    >>> [0.5 < possible_benefit(one) < 1 for one in beliefs.scenarios[:2]]
    [True, True]
    """
    rates = _control_rates(scenario.control)
    past = scenario.effect.probability_above(1 - rates)
    possible = scenario.effect.probability_above(-rates) - past
    # As in `assurance`: at each control rate the possible effects share the whole probability.
    with np.errstate(invalid="ignore"):
        return float(np.mean((scenario.effect.probability_above(0.0) - past) / possible))


@lru_cache(maxsize=16)
def _control_rates(belief: NormalMixture) -> NDArray[np.float64]:
    """Return the rates in the middle of the slices: one belief is that of several scenarios."""
    shares = (np.arange(_SLICES) + 0.5) / _SLICES
    return np.asarray(expit([belief.quantile(share) for share in shares]))
