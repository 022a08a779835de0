"""Effects and variances of studies, checked, and laid out to fit many meta-analyses at once.

Vocabulary
----------
study
    One effect with its sampling variance; the last axis of every array that users pass.
meta-analysis
    One set of studies; the leading axes. Inside, studies are the *first* axis, because sums over
    studies are then sums of long contiguous rows.
design
    The coefficient of the mean in each row: 1 for independent studies. Correlated effects are
    turned into independent ones, and the mean then enters with other coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_flags, as_numbers, broadcast, first, index, refuse

Floats = NDArray[np.float64]

#: Squares of effects and products of three weights stay inside double precision within these.
LARGEST_EFFECT = 1e50
SMALLEST_VARIANCE, LARGEST_VARIANCE = 1e-100, 1e100
#: Differences are rounding if they are this share of the numbers they are differences of, and of no
#: weight beside a standard error of which they are that share.
ROUNDING, NEGLIGIBLE = 1e-14, 1e-7


def as_effects(effect: ArrayLike, variance: ArrayLike) -> tuple[Floats, Floats]:
    """Return effects and variances as broadcast float arrays with studies on the last axis."""
    y, v = as_numbers(effect, "effect", largest=inf), as_numbers(variance, "variance", largest=inf)
    refuse(np.abs(y) > LARGEST_EFFECT, "effect", y, "must lie within 1e50 of 0: change the unit")
    refuse(v <= 0, "variance", v, "must be positive")
    beyond = (v < SMALLEST_VARIANCE) | (v > LARGEST_VARIANCE)
    refuse(beyond, "variance", v, "must lie between 1e-100 and 1e100: change the unit")
    y, v = broadcast(
        (y, v), f"effect of shape {y.shape} and variance of shape {v.shape} do not broadcast"
    )
    if y.ndim == 0 or y.shape[-1] == 0:
        raise ValueError(f"effect must hold at least one study on its last axis, not {y.shape}")
    return y, v


def as_covariance(effect: ArrayLike, covariance: ArrayLike) -> tuple[Floats, Floats]:
    """Return effects and their sampling covariance matrices as broadcast float arrays."""
    y = as_numbers(effect, "effect")
    cov = as_numbers(covariance, "covariance", largest=LARGEST_VARIANCE)
    if cov.ndim < 2 or y.ndim == 0 or cov.shape[-2:] != (y.shape[-1], y.shape[-1]):
        raise ValueError(
            f"covariance must end in one row and one column per effect, "
            f"but effect is of shape {y.shape} and covariance of shape {cov.shape}"
        )
    try:
        shape = np.broadcast_shapes(y.shape[:-1], cov.shape[:-2])
    except ValueError:
        raise ValueError(
            f"effect of shape {y.shape} and covariance of shape {cov.shape} do not broadcast"
        ) from None
    as_effects(y, np.diagonal(cov, axis1=-2, axis2=-1))
    transposed = np.swapaxes(cov, -1, -2)
    # A matrix computed as a product is symmetric to rounding only.
    skew = np.abs(cov - transposed) > 1e-10 * (np.abs(cov) + np.abs(transposed))
    refuse(skew, "covariance", cov, "differs from the entry across the diagonal")
    cov = (cov + transposed) / 2
    scale = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    correlation = cov / (scale[..., :, None] * scale[..., None, :])
    smallest = np.linalg.eigvalsh(correlation)[..., 0]
    if np.any(smallest <= 1e-12):
        at = index(first(smallest <= 1e-12))
        raise ValueError(
            f"covariance{at} must be positive definite, but its correlations have "
            f"smallest eigenvalue {smallest.min():.3g}"
        )
    return np.broadcast_to(y, (*shape, y.shape[-1])), np.broadcast_to(cov, shape + cov.shape[-2:])


def as_mask(mask: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which studies take part in which meta-analysis, broadcast against the effects."""
    if mask is None:
        return np.broadcast_to(np.True_, shape)
    keep = as_flags(mask, "mask")
    try:
        keep = np.broadcast_to(keep, np.broadcast_shapes(keep.shape, shape))
    except ValueError:
        raise ValueError(
            f"mask of shape {keep.shape} and effects of shape {shape} do not broadcast"
        ) from None
    if keep.shape[-1] != shape[-1]:
        raise ValueError(f"mask of shape {keep.shape} must end in the {shape[-1]} studies")
    empty = ~keep.any(axis=-1)
    if np.any(empty):
        raise ValueError(f"mask{index(first(empty))} keeps no study")
    return keep


@dataclass(frozen=True, eq=False)
class Weighted:
    """The weighted mean of each meta-analysis for given tau2, and what follows from it.

    Weights are kept relative to ``scale``, the variance of the most precise study plus tau2: they
    lie in (0, 1], so that no power of them leaves double precision.

    Parameters
    ----------
    scale : ndarray, shape (..., n)
    weight : ndarray, shape (k, ..., n)
    residual : ndarray, shape (k, ..., n); effect minus the design times the mean.
    information : ndarray, shape (..., n); sum of weight times squared design.
    mean : ndarray, shape (..., n)
    """

    scale: Floats
    weight: Floats
    residual: Floats
    information: Floats
    mean: Floats

    @property
    def q(self) -> Floats:
        """Sum of squared residuals over variance plus tau2 (Cochran's Q at tau2 = 0)."""
        return over_studies(self.weight * self.residual**2) / self.scale


@dataclass(frozen=True, eq=False)
class Studies:
    """Studies of n meta-analyses, the most precise first, effects counted from that study's.

    Parameters
    ----------
    effect, variance : ndarray, shape (k, n); absent studies have effect 0 and infinite variance.
    design : ndarray, shape (k, n), or None; coefficients of the mean; None for ones.
    origin : ndarray, shape (n,); effect from which the others are counted. Precise and imprecise
        studies can differ by many orders of magnitude: this keeps the residual of the precise one
        from drowning in rounding.
    first : ndarray of int, shape (n,); which study stands first; it has changed places with study
        0.
    size : ndarray, shape (n,); studies that take part.
    back : ndarray, shape (n, k, k), or None; turns independent rows into the effects they came from
        (correlated effects only).
    spectrum : ndarray, shape (m, n), or None; variances whose logarithms the likelihood sums, where
        moderators were projected out of the rows: those of all m studies.
    crude : ndarray, shape (n,), or None; mean square of all studies around their mean, there.
    """

    effect: Floats
    variance: Floats
    design: Floats | None
    origin: Floats
    first: NDArray[np.intp]
    size: Floats
    back: Floats | None = None
    spectrum: Floats | None = None
    crude: Floats | None = None

    @classmethod
    def independent(cls, effect: Floats, variance: Floats, keep: NDArray[np.bool_]) -> Studies:
        """Lay out independent studies, given as checked arrays of shape (..., k)."""
        shape = np.broadcast_shapes(effect.shape, keep.shape)
        k = shape[-1]
        y = np.array(np.broadcast_to(effect, shape).reshape(-1, k).T, order="C")
        v = np.array(np.broadcast_to(variance, shape).reshape(-1, k).T, order="C")
        size = np.full(y.shape[1], float(k))
        if not keep.all():
            absent = ~np.broadcast_to(keep, shape).reshape(-1, k).T
            size -= absent.sum(axis=0)
            v[absent] = np.inf
        first = np.argmin(v, axis=0)
        _swap(y, first)
        _swap(v, first)
        origin = y[0].copy()
        y -= origin
        y[np.isinf(v) | _is_rounding(y, origin, v)] = 0.0
        return cls(y, v, None, origin, first, size)

    @classmethod
    def correlated(cls, effect: Floats, covariance: Floats, between: Floats) -> Studies:
        """Lay out correlated studies as independent ones.

        With V the sampling covariance and R the correlation of the true effects, C C' = R and
        U L U' the eigendecomposition of C^-1 V C^-T, the rows of U'C^-1 y are independent with
        variances L + tau2 and means (U'C^-1 1) times the mean.
        """
        k = effect.shape[-1]
        y = effect.reshape(-1, k)
        cov = covariance.reshape(-1, k, k)
        inverse = np.linalg.inv(np.linalg.cholesky(between))
        values, vectors = np.linalg.eigh(inverse @ cov @ np.swapaxes(inverse, -1, -2))
        turn = np.swapaxes(vectors, -1, -2) @ inverse
        origin = y[np.arange(len(y)), np.argmin(np.diagonal(cov, axis1=1, axis2=2), axis=1)]
        apart = y - origin[:, None]
        apart[_is_rounding(apart, origin[:, None], np.diagonal(cov, axis1=1, axis2=2))] = 0.0
        z = np.einsum("nij,nj->in", turn, apart)
        design = turn.sum(axis=-1).T
        first = np.zeros(len(y), dtype=np.intp)
        size = np.full(len(y), float(k))
        return cls(z, values.T.copy(), design.copy(), origin, first, size, turn)

    @property
    def smallest_variance(self) -> Floats:
        """Variance of the most precise study, shape (n,)."""
        smallest: Floats = self.variance[0] if self.spectrum is None else self.spectrum[0]
        return smallest

    def take(self, columns: NDArray[np.intp]) -> Studies:
        """Return the meta-analyses at these positions."""
        return Studies(
            self.effect[:, columns],
            self.variance[:, columns],
            None if self.design is None else self.design[:, columns],
            self.origin[columns],
            self.first[columns],
            self.size[columns],
            None if self.back is None else self.back[columns],
            None if self.spectrum is None else self.spectrum[:, columns],
            None if self.crude is None else self.crude[columns],
        )

    def weighted(self, tau2: Floats) -> Weighted:
        """Return means and residuals for tau2 of shape (..., n)."""
        k, n = self.effect.shape
        spread = (k, *(1,) * (tau2.ndim - 1), n)
        y, v = self.effect.reshape(spread), self.variance.reshape(spread)
        scale = self.smallest_variance + tau2
        weight = scale / (v + tau2)
        if self.design is None:
            information = over_studies(weight)
            mean = over_studies(weight * y) / information
            return Weighted(scale, weight, y - mean, information, mean)
        x = self.design.reshape(spread)
        information = over_studies(weight * x**2)
        mean = over_studies(weight * x * y) / information
        return Weighted(scale, weight, y - x * mean, information, mean)

    def shares(self, fit: Weighted) -> Floats:
        """Return the weight of each study in the mean, shape (n, k), each row summing to 1."""
        if self.design is None or self.back is None:
            weight = fit.weight / fit.information
            _swap(weight, self.first)
            return weight.T
        independent = fit.weight * self.design / fit.information
        share: Floats = np.einsum("in,nij->nj", independent, self.back)
        return share


def _is_rounding(apart: Floats, origin: Floats, variance: Floats) -> NDArray[np.bool_]:
    """Return where effects differ by rounding alone, which no estimate of a spread may hang on."""
    most = np.minimum(ROUNDING * np.abs(origin), NEGLIGIBLE * np.sqrt(variance))
    return np.asarray(np.abs(apart) <= most)


def over_studies(values: Floats) -> Floats:
    """Return the sum over the first axis."""
    total: Floats = np.add.reduce(values, axis=0)
    return total


def _swap(rows: Floats, first: NDArray[np.intp]) -> None:
    columns = np.arange(rows.shape[1])
    held = rows[first, columns]
    rows[first, columns] = rows[0]
    rows[0] = held
