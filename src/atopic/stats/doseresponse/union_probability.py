"""The probability that at least one of several correlated normal (or t) statistics is large.

Contrasts of a few doses are linear combinations of fewer free dimensions than there are contrasts,
so their correlation matrix is (nearly) singular, which general integrators of the multivariate
normal distribution do not survive. Here the event is a union of half-spaces in the free dimensions.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtr, chdtrc, fdtr, fdtrc, gammaln, ndtr, ndtri, owens_t, stdtr, stdtrit

from atopic.stats.doseresponse.arm_data import Floats

SECTORS = "exact (Owen's T function)"
ANGLE = "exact (integral over the angle)"
SAMPLED = "cones of the leading statistic, edges on a seeded lattice"
#: Lattices of points around each direction, and pairs of opposite points in each. The relative
#: standard error is about 1e-5 in three dimensions and below 1e-3 in six.
LATTICES, POINTS = 16, 1024
#: Singular values of the correlation below this share of the largest are rounding.
RANK = 1e-10
#: Directions closer than this are one.
SAME = 1e-12
#: Cells of the angle from a direction, and nodes in each cell.
CELLS, NODES = 512, 5
_RULE = np.polynomial.legendre.leggauss(NODES)


class Probability(NamedTuple):
    """A probability and its standard error over lattices (0 if exact)."""

    value: float
    se: float


def directions(correlation: Floats) -> Floats:
    """Write a correlation matrix as unit vectors in as few dimensions as it needs."""
    values, vectors = np.linalg.eigh(correlation)
    kept = values > RANK * values[-1]
    rows = vectors[:, kept] * np.sqrt(values[kept])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


class Union:
    """The event that the largest of several correlated statistics exceeds a value.

    Space falls into cones in each of which one direction leads. In two dimensions they are
    sectors; the tail over a sector of half-angle a is Owen's T(t, tan a). Otherwise each cone is
    cut into half-planes that start from its direction. A half-plane belongs to the cone up to an
    angle that does not depend on the value, and the tail up to an angle is an integral over the
    angle alone. The half-planes are those of randomly shifted lattices.

    Owen 1956, Annals of Mathematical Statistics 27:1075. Cranley and Patterson 1976, SIAM Journal
    on Numerical Analysis 13:904.

    Parameters
    ----------
    unit : ndarray of shape (m, d)
        Unit vectors, from `directions`.
    df : float
        Degrees of freedom; infinite for normal statistics.
    seed : int
        For the shifts of the lattices.

    Attributes
    ----------
    method : str
        How probabilities are computed.
    """

    def __init__(self, unit: Floats, *, df: float = math.inf, seed: int = 1) -> None:
        self._df = df
        self._unit = unit
        self.method = SECTORS
        self._edges: tuple[NDArray[np.int64], Floats] | None = None
        if len(unit) > 1 and unit.shape[1] > (2 if math.isinf(df) else 1):
            self._unit = _distinct(unit)
            edges = _edges(self._unit, seed) / (np.pi / CELLS)
            cell = np.minimum(edges.astype(np.int64), CELLS - 1)
            self._edges = cell, edges - cell
            self.method = SAMPLED if unit.shape[1] > 2 else ANGLE

    def probability(self, at: float) -> Probability:
        """Probability that the largest statistic exceeds a value."""
        if self._edges is not None:
            return self._over_cones(at)
        tail = float(ndtr(-at) if math.isinf(self._df) else stdtr(self._df, -at))
        if len(self._unit) == 1:
            return Probability(tail, 0.0)
        if self._unit.shape[1] == 1:
            both = bool(np.any(self._unit > 0) and np.any(self._unit < 0))
            return Probability((2 * tail if at > 0 else 1.0) if both else tail, 0.0)
        return Probability(_sectors(self._unit, at), 0.0)

    def threshold(self, level: float) -> float:
        """Value that the largest statistic exceeds with a given probability."""
        from scipy.optimize import brentq  # slow to import

        single, most = (
            -float(ndtri(share) if math.isinf(self._df) else stdtrit(self._df, share))
            for share in (level, level / len(self._unit))
        )

        def excess(x: float) -> float:
            return self.probability(x).value - level

        if excess(single) <= 0:
            return single
        return float(brentq(excess, single, most + 1e-6, xtol=1e-13))

    def _over_cones(self, at: float) -> Probability:
        """Average the tail up to the edge of every half-plane."""
        assert self._edges is not None
        node, weight = _RULE
        width = np.pi / CELLS
        start = np.linspace(0, np.pi, CELLS + 1)
        density = self._density(np.add.outer(start[:-1], width * (node + 1) / 2), at)
        tail = np.append(0, np.cumsum(density @ weight) * width / 2)
        cell, x = self._edges
        # A cubic through the tails at both ends of a cell, with their slopes.
        slope = self._density(start, at) * width
        step, rest = np.diff(tail)[cell], 1 - x
        inside = slope[:-1][cell] * rest - slope[1:][cell] * x + step * (2 * x - 1)
        up_to = tail[cell] + x * (step + rest * inside)
        means = len(self._unit) * up_to.reshape(LATTICES, -1).mean(axis=1)
        se = float(means.std(ddof=1) / math.sqrt(LATTICES))
        return Probability(min(float(means.mean()), 1.0), se)

    def _density(self, angle: Floats, at: float) -> Floats:
        """Density of the angle from a direction where the statistic along it exceeds a value."""
        d = self._unit.shape[1]
        share = math.exp(gammaln(d / 2) - gammaln((d - 1) / 2)) / math.sqrt(np.pi)
        along = np.cos(angle)
        with np.errstate(divide="ignore"):
            squared = np.where(along == 0, np.inf, (at / along) ** 2) if at else 0 * along
        normal = math.isinf(self._df)
        if at < 0:
            below = chdtr(d, squared) if normal else fdtr(d, self._df, squared / d)
            large = np.where(along > 0, 1.0, below)
        else:
            beyond = chdtrc(d, squared) if normal else fdtrc(d, self._df, squared / d)
            large = np.where(along > 0, beyond, 0.0)
        return np.asarray(share * np.sin(angle) ** (d - 2) * large)


def _distinct(unit: Floats) -> Floats:
    """Leave out directions that are the same as an earlier one but for rounding."""
    apart = np.linalg.norm(unit[:, None] - unit, axis=2)
    return np.asarray(unit[~np.any(np.tril(apart < SAME, -1), axis=1)])


def _edges(unit: Floats, seed: int) -> Floats:
    """Angle at which each half-plane from each direction leaves its cone.

    The array has the shape (lattices, directions, half-planes).
    """
    count, d = unit.shape
    shifts = np.random.default_rng(seed).random((LATTICES, count, 1, d - 1))
    away = _sphere((shifts + np.arange(POINTS)[:, None] * _steps(d - 1)) % 1)
    away = np.concatenate([away, -away], axis=2)
    edges = np.empty(away.shape[:-1])
    for i, along in enumerate(unit):
        around = np.linalg.svd(along[None])[2][1:]
        others = np.delete(unit, i, axis=0) - along
        others /= (others**2).sum(axis=1, keepdims=True) / 2
        edges[:, i] = np.arctan2(1, (away[:, i] @ (around @ others.T)).max(axis=-1))
    return edges


def _steps(dimensions: int) -> Floats:
    """Return the steps of a recurrence that fills a cube evenly: powers of a root."""
    root = 2.0  # of x**(dimensions + 1) = x + 1
    for _ in range(64):
        root = (1 + root) ** (1 / (dimensions + 1))
    return np.asarray(root ** -np.arange(1.0, dimensions + 1))


def _sphere(places: Floats) -> Floats:
    """Map a cube onto the sphere around the origin, evenly."""
    d = places.shape[-1]
    if d == 1:
        return np.ones(places.shape)
    around = 2 * np.pi * places[..., 0]
    if d == 2:
        return np.stack([np.cos(around), np.sin(around)], axis=-1)
    if d == 3:
        up = 2 * places[..., 1] - 1
        level = np.sqrt(1 - up**2)
        return np.stack([level * np.cos(around), level * np.sin(around), up], axis=-1)
    normal = ndtri(np.clip(places, 1e-16, 1 - 1e-16))
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))


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
