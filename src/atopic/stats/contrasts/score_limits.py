"""Confidence limits from score tests: Wilson, Newcombe's hybrid, Miettinen and Nurminen's.

Vocabulary
----------
multiplier
    The Lagrange multiplier of the constraint that fixes the difference (or the ratio) of two
    rates. Both constrained rates, and the score statistic, are closed forms in it, so that a limit
    is the root of one monotone function, and no estimate is nested in the search for another.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Brackets are right in exact arithmetic; this much is added for rounding.
SLACK = 1e-9


def wilson(x: Array, n: Array, z: float) -> tuple[Array, Array]:
    """Return Wilson's score limits of one rate.

    The smaller root of ``(n + z2) p2 - (2 x + z2) p + x2 / n = 0`` is taken as the product of the
    roots over the larger one, so that 0 responders give exactly 0 and all give exactly 1.

    Wilson 1927; Newcombe 1998, Stat Med 17:857, method 3.
    """

    def lower(x: Array) -> Array:
        larger = 2 * x + z**2 + z * np.sqrt(z**2 + 4 * x * (n - x) / n)
        return np.asarray(2 * x**2 / n / larger)

    return lower(x), 1 - lower(n - x)


def newcombe_difference(
    x1: Array, n1: Array, x0: Array, n0: Array, z: float
) -> tuple[Array, Array]:
    """Return Newcombe's hybrid score limits of a difference of two rates.

    Newcombe 1998, Stat Med 17:873, method 10.
    """
    p1, p0 = x1 / n1, x0 / n0
    lower1, upper1 = wilson(x1, n1, z)
    lower0, upper0 = wilson(x0, n0, z)
    difference = p1 - p0
    below = np.sqrt((p1 - lower1) ** 2 + (upper0 - p0) ** 2)
    above = np.sqrt((upper1 - p1) ** 2 + (p0 - lower0) ** 2)
    return np.clip(difference - below, -1, 1), np.clip(difference + above, -1, 1)


def miettinen_nurminen_difference(
    x1: Array, n1: Array, x0: Array, n0: Array, z: float
) -> tuple[Array, Array]:
    """Return Miettinen and Nurminen's score limits of a difference of two rates.

    The limits are the differences D at which ``(d - D)2 = z2 V N / (N - 1)``, with d the observed
    difference, V = p1 q1 / n1 + p0 q0 / n0 at the rates that are most likely given D, and N both
    arms together.

    With the multiplier m these rates solve ``n1 (x1 / n1 - p1) = m p1 q1`` and
    ``n0 (x0 / n0 - p0) = -m p0 q0``. Hence d - D = m V, and m2 V = z2 N / (N - 1) at the limit.

    Miettinen and Nurminen 1985, Stat Med 4:213-226.
    """
    target = z**2 * (n1 + n0) / (n1 + n0 - 1)
    lower = _lowest_difference(x1, n1, x0, n0, target)
    return lower, -_lowest_difference(x0, n0, x1, n1, target)


def miettinen_nurminen_ratio(
    x1: Array, n1: Array, x0: Array, n0: Array, z: float
) -> tuple[Array, Array]:
    """Return Miettinen and Nurminen's score limits of a ratio of two rates.

    The limits are the ratios R at which ``(p1 - R p0)2 = z2 V N / (N - 1)`` for the observed rates,
    with V = p1 q1 / n1 + R2 p0 q0 / n0 at the rates that are most likely given R.

    With the multiplier m these rates are (x1 - m) / (n1 - m) and (x0 + m) / (n0 + m), and the limit
    is where ``m2 ((1 - x1 / n1) / (x1 - m) + (1 - x0 / n0) / (x0 + m)) = z2 N / (N - 1)``.

    Miettinen and Nurminen 1985, Stat Med 4:213-226; Koopman 1984, without N / (N - 1).
    """
    target = z**2 * (n1 + n0) / (n1 + n0 - 1)
    with np.errstate(divide="ignore"):
        return (
            _lowest_ratio(x1, n1, x0, n0, target),
            1 / _lowest_ratio(x0, n0, x1, n1, target),
        )


def _lowest_difference(x1: Array, n1: Array, x0: Array, n0: Array, target: Array) -> Array:
    # With arm 0 counted by its non-responders both arms obey one equation, and the difference is
    # the sum of both shares less 1.
    y0 = n0 - x0
    total = x1 / n1 + y0 / n0
    found = np.full(total.shape, -1.0)
    at = total > 0
    if not at.any():
        return found
    x1, n1, y0, n0, target, total = (a[at] for a in (x1, n1, y0, n0, target, total))

    def excess(m: Array, x1: Array, n1: Array, y0: Array, n0: Array, target: Array) -> Array:
        p1, q0 = _tilted(x1, n1, m), _tilted(y0, n0, m)
        return np.asarray(m**2 * (p1 * (1 - p1) / n1 + q0 * (1 - q0) / n0) - target)

    bracket = (
        target / total * (1 - SLACK),
        (target + x1 + y0) / total * (1 + SLACK),
    )
    m = _root(excess, bracket, (x1, n1, y0, n0, target))
    found[at] = _tilted(x1, n1, m) + _tilted(y0, n0, m) - 1
    return np.asarray(np.clip(found, -1, 1))


def _tilted(x: Array, n: Array, m: Array) -> Array:
    """Return the rate in [0, 1] that solves ``n (x / n - p) = m p (1 - p)``, for m > 0."""
    return np.asarray(2 * x / (n + m + np.sqrt((n - m) ** 2 + 4 * m * (n - x))))


def _lowest_ratio(x1: Array, n1: Array, x0: Array, n0: Array, target: Array) -> Array:
    found = np.zeros(x1.shape)
    everyone = x1 == n1
    found[everyone] = _lowest_ratio_if_everyone_responds(
        n1[everyone], x0[everyone], n0[everyone], target[everyone]
    )
    at = (x1 > 0) & ~everyone
    if not at.any():
        return found
    x1, n1, x0, n0, target = (a[at] for a in (x1, n1, x0, n0, target))

    def excess(m: Array, x1: Array, n1: Array, x0: Array, n0: Array, target: Array) -> Array:
        # The equation times x1 - m, which takes its pole away.
        other = np.where(x0 > 0, m**2 / np.where(x0 > 0, x0 + m, 1), m) * (1 - x0 / n0)
        return np.asarray(m**2 * (1 - x1 / n1) + (x1 - m) * (other - target))

    m = _root(excess, (np.zeros_like(x1), x1), (x1, n1, x0, n0, target))
    found[at] = (x1 - m) / (n1 - m) * (n0 + m) / (x0 + m)
    return found


def _lowest_ratio_if_everyone_responds(n1: Array, x0: Array, n0: Array, target: Array) -> Array:
    # The likeliest rate of arm 1 stays 1 until the multiplier reaches n1, and falls from there on.
    q0 = 1 - x0 / n0
    with np.errstate(divide="ignore", invalid="ignore"):
        m = (target + np.sqrt(target**2 + 4 * q0 * target * x0)) / (2 * q0)
        while_one = (n0 + m) / (x0 + m)
        p0 = (x0 + n1) / (n0 + n1)
        odds_against = n1 * (target / n1**2 - (1 - p0) / (n0 * p0))
        falling = 1 / (1 + odds_against) / p0
    return np.where(m <= n1, while_one, falling)


def _root(
    excess: Callable[..., Array], bracket: tuple[Array, Array], given: tuple[Array, ...]
) -> Array:
    from scipy.optimize.elementwise import find_root  # slow to import

    result = find_root(excess, bracket, args=given)
    if not np.all(result.success):  # pragma: no cover
        raise ArithmeticError("a score limit did not converge")
    return np.asarray(result.x)
