"""The probability that at least one of several correlated normal (or t) statistics is large.

Contrasts of a few doses are linear combinations of fewer free dimensions than there are contrasts,
so their correlation matrix is (nearly) singular, which general integrators of the multivariate
normal distribution do not survive. Here the event is a union of half-spaces in the free dimensions.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, owens_t, stdtr, stdtrit

from atopic.stats.doseresponse.arm_data import Floats

__all__ = ["EXACT", "SAMPLED", "Probability", "directions", "threshold", "union_probability"]

EXACT = "exact (Owen's T function)"
SAMPLED = "importance sampling of the union of half-spaces, seeded"
#: Draws; the relative standard error is at most 0.5 / sqrt(DRAWS), that is 0.08 %.
DRAWS = 400_000
#: Singular values of the correlation below this share of the largest are rounding.
RANK = 1e-10


class Probability(NamedTuple):
    """A probability and its Monte Carlo standard error (0 if exact)."""

    value: float
    se: float


def directions(correlation: Floats) -> Floats:
    """Write a correlation matrix as unit vectors in as few dimensions as it needs."""
    values, vectors = np.linalg.eigh(correlation)
    kept = values > RANK * values[-1]
    rows = vectors[:, kept] * np.sqrt(values[kept])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def union_probability(
    unit: Floats, at: float, *, df: float = math.inf, seed: int = 1, draws: int = DRAWS
) -> Probability:
    """Probability that the largest of several correlated statistics exceeds a value.

    In two dimensions the plane is cut into sectors in which one direction leads; the tail over a
    sector of half-angle a is Owen's T(t, tan a). Otherwise a statistic is drawn beyond `at`, the
    rest given it, and the reciprocal of the number of statistics beyond `at` is averaged: the
    relative error stays below 0.5 / sqrt(draws) however small the probability.

    Owen 1956, Annals of Mathematical Statistics 27:1075. Owen, Maximov and Chertkov 2019,
    Electronic Journal of Statistics 13:231 (the ALOE estimator).
    """
    count, dimensions = unit.shape
    tail = _upper_tail(at, df)
    if count == 1:
        return Probability(tail, 0.0)
    if dimensions == 1:
        both = bool(np.any(unit > 0) and np.any(unit < 0))
        if not both:
            return Probability(tail, 0.0)
        return Probability(2 * tail if at > 0 else 1.0, 0.0)
    if dimensions == 2 and math.isinf(df):
        return Probability(_sectors(unit, at), 0.0)
    return _sample(unit, at, tail, df, seed, draws)


def threshold(unit: Floats, level: float, *, df: float = math.inf, seed: int = 1) -> float:
    """Value that the largest of several correlated statistics exceeds with a given probability."""
    single = -float(ndtri(level) if math.isinf(df) else stdtrit(df, level))
    share = level / len(unit)
    most = -float(ndtri(share) if math.isinf(df) else stdtrit(df, share))

    def excess(x: float) -> float:
        # The same random numbers at every x make this smooth enough to solve.
        return union_probability(unit, x, df=df, seed=seed, draws=DRAWS // 4).value - level

    if excess(single) <= 0:
        return single
    return float(brentq(excess, single, most + 1e-6, xtol=1e-6 if unit.shape[1] > 2 else 1e-13))


def _upper_tail(at: float, df: float) -> float:
    return float(ndtr(-at) if math.isinf(df) else stdtr(df, -at))


def _sectors(unit: Floats, at: float) -> float:
    angles = np.unique(np.arctan2(unit[:, 1], unit[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    if at > 0:
        return float(2 * owens_t(at, _tangent(gaps / 2)).sum())
    # All statistics are below a negative value only in a sector opposite to all directions.
    arc = 2 * np.pi - gaps.max()
    none = 2 * (owens_t(-at, np.inf) - owens_t(-at, _tangent(np.array(arc / 2))))
    return float(1 - none) if arc < np.pi else 1.0


def _tangent(angle: Floats) -> Floats:
    beyond = angle >= np.pi / 2
    return np.where(beyond, np.inf, np.tan(np.where(beyond, 0.0, angle)))


def _sample(unit: Floats, at: float, tail: float, df: float, seed: int, draws: int) -> Probability:
    count, dimensions = unit.shape
    rng = np.random.default_rng(seed)
    each = max(draws // count, 1)
    sums, squares = 0.0, 0.0
    for i, along in enumerate(unit):
        # One draw in each of `each` equal slices of the tail leaves only the rest to chance.
        share = (np.arange(each) + rng.random(each)) / each * tail
        beyond = -(ndtri(share) if math.isinf(df) else stdtrit(df, share))
        rest = rng.standard_normal((each, dimensions))
        rest -= (rest @ along)[:, None] * along
        if not math.isinf(df):
            rest *= np.sqrt((df + beyond**2) / rng.chisquare(df + 1, each))[:, None]
        large = beyond[:, None] * (unit @ along) + rest @ unit.T > at
        large[:, i] = True
        reciprocal = 1 / np.count_nonzero(large, axis=1)
        sums += float(reciprocal.sum())
        squares += float((reciprocal**2).sum())
    size = each * count
    mean = sums / size
    spread = math.sqrt(max(squares / size - mean**2, 0.0) / size)
    return Probability(min(count * tail * mean, 1.0), count * tail * spread)
