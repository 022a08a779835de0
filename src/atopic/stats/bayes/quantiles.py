"""Quantiles of many smooth distributions at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST_STEPS = 400
_EPSILON = float(np.finfo("float64").eps)


def solve_quantiles(
    distribution: Callable[[Floats], tuple[Floats, Floats]],
    share: Floats,
    bracket: tuple[Floats, Floats],
    start: Floats,
) -> Floats:
    """Return where each distribution function has its share; NaN where the bracket has none.

    `distribution` gives the function and its density at one value of each. Newton's steps, and
    bisection where a step leaves the bracket or does not halve the one before it: so each step
    halves one of the two (Press et al. 2007, Numerical Recipes, section 9.4).
    """
    low, high = bracket
    below, above = distribution(low)[0] <= share, distribution(high)[0] >= share
    x, last = np.clip(start, low, high), high - low
    found = np.zeros(x.shape, dtype=bool)
    for _ in range(_MOST_STEPS):
        at, density = distribution(x)
        excess = at - share
        low, high = np.where(excess < 0.0, x, low), np.where(excess > 0.0, x, high)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = -excess / density
        # Rounding alone moves what is as near as this.
        found |= (np.abs(excess) <= 2.0 * _EPSILON * share) | (high - low <= _EPSILON * np.abs(x))
        # A density of 0 fails every comparison; where it is infinite the step is none.
        newton = (x + step >= low) & (x + step <= high) & (np.abs(step) <= np.abs(last) / 2.0)
        newton &= step != 0.0
        last = np.where(found, 0.0, np.where(newton, step, (low + high) / 2.0 - x))
        if found.all():
            break
        found |= np.abs(last) <= _EPSILON * np.abs(x)
        x = x + last
    return np.where(below & above, x, np.nan)
