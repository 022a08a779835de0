"""Sums over strata behind Mantel-Haenszel's and Peto's effects, and how the strata differ."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Half of a patient, added to each cell of a stratum with an empty one, for Q alone.
HALF = 0.5
#: A variance of this share of what it is made of is rounding.
ROUNDING = 1e-12


class Sums(NamedTuple):
    """Two sums over strata, and what they give; NaN where the effect is undefined.

    For the odds and the risk ratio `top` / `bottom` is the ratio and `effect` its logarithm; for
    the risk difference and by Peto it is the effect. A variance of 0 is one that the strata do
    not show.
    """

    top: Floats
    bottom: Floats
    effect: Floats
    variance: Floats


def mantel_haenszel_sums(tables: tuple[Floats, ...], measure: str) -> Sums:
    """Mantel and Haenszel's sums, by the variance of Robins, Breslow, Greenland or Sato."""
    a, n1, c, n0 = tables
    total, b, d = n1 + n0, n1 - a, n0 - c
    if measure == "RD":
        bottom = (n1 * n0 / total).sum(-1)
        top = ((a * n0 - c * n1) / total).sum(-1)
        effect = top / bottom
        p = (n1**2 * c - n0**2 * a + 0.5 * n1 * n0 * (n0 - n1)) / total**2
        q = 0.5 * (a * d + c * b) / total
        variance = effect * p.sum(-1) + q.sum(-1)
        scale = np.abs(effect * p.sum(-1)) + q.sum(-1)
        return Sums(top, bottom, effect, _cleared(variance, scale) / bottom**2)
    if measure == "OR":
        r, s = a * d / total, b * c / total
    else:
        r, s = a * n0 / total, c * n1 / total
    top, bottom = r.sum(-1), s.sum(-1)
    defined = (top > 0) & (bottom > 0)
    above, below = np.where(defined, top, np.nan), np.where(defined, bottom, np.nan)
    if measure == "OR":
        agree, differ = (a + d) / total, (b + c) / total
        variance = (
            (agree * r).sum(-1) / (2.0 * above**2)
            + (agree * s + differ * r).sum(-1) / (2.0 * above * below)
            + (differ * s).sum(-1) / (2.0 * below**2)
        )
    else:
        parts = n1 * n0 * (a + c) / total**2
        variance = _cleared((parts - a * c / total).sum(-1), parts.sum(-1)) / (above * below)
    return Sums(top, bottom, np.log(above / below), variance)


def peto_sums(tables: tuple[Floats, ...]) -> Sums:
    """Observed less expected responders of arm 1, and their hypergeometric variance."""
    a = tables[0]
    expected, spread = _hypergeometric(tables)
    top, bottom = (a - expected).sum(-1), spread.sum(-1)
    information = np.where(bottom > 0, bottom, np.nan)
    return Sums(top, bottom, top / information, 1.0 / information)


def heterogeneity(
    tables: tuple[Floats, ...], measure: str, effect: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return Cochran's Q around the effect, how many strata it has, and how many of them got 0.5.

    As in metafor's ``rma.mh`` and ``rma.peto``: strata in which nobody or everybody responded take
    no part, and of a Mantel-Haenszel effect those with an empty cell get 0.5 in each.
    """
    a, n1, c, n0 = tables
    part = (a + c > 0) & (a + c < n1 + n0)
    if measure == "Peto":
        expected, spread = _hypergeometric(tables)
        own = (a - expected) / np.where(part, spread, 1.0)
        weight, halved = np.where(part, spread, 0.0), np.zeros(part.shape, dtype=np.bool_)
    else:
        halved = part & ((a == 0) | (c == 0) | (a == n1) | (c == n0))
        half = np.where(halved, HALF, np.where(part, 0.0, 1.0))
        w, x, y, z = a + half, n1 - a + half, c + half, n0 - c + half
        if measure == "RD":
            own = w / (w + x) - y / (y + z)
            variance = w * x / (w + x) ** 3 + y * z / (y + z) ** 3
        elif measure == "RR":
            own = np.log(w / (w + x)) - np.log(y / (y + z))
            variance = 1 / w - 1 / (w + x) + 1 / y - 1 / (y + z)
        else:
            own = np.log(w / x) - np.log(y / z)
            variance = 1 / w + 1 / x + 1 / y + 1 / z
        # Of arms of 10^15 patients a half is lost to rounding, and the variance with it.
        weight = np.where(part & (variance > 0), 1.0 / np.where(variance > 0, variance, 1.0), 0.0)
    q = (weight * (own - np.asarray(effect)[..., None]) ** 2).sum(-1)
    return q, part.sum(-1), halved.sum(-1)


def _hypergeometric(tables: tuple[Floats, ...]) -> tuple[Floats, Floats]:
    """Mean and variance of the responders of arm 1 given the margins."""
    a, n1, c, n0 = tables
    total, hits = n1 + n0, a + c
    return n1 * hits / total, n1 * n0 * hits * (total - hits) / (total**2 * (total - 1.0))


def _cleared(variance: Floats, scale: Floats) -> Floats:
    """Return a variance, 0 where it is no more than the rounding of what it is made of."""
    return np.asarray(np.where(variance > ROUNDING * scale, variance, 0.0))
