"""Bayesian random-effects meta-analysis by numerical integration over the heterogeneity tau.

Given tau everything is normal, so every posterior is a mixture of normals over one dimension. The
integral over log tau runs by the trapezoidal rule, which converges exponentially here because the
integrand is smooth and falls off exponentially at both ends; no sampling is involved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, sici

from atopic.stats.arguments import (
    LARGEST,
    ONE_PER_STUDY,
    as_labels,
    as_level,
    as_number,
    as_numbers,
    as_pair,
    one_of,
)
from atopic.stats.bayes.quantiles import solve_quantiles
from atopic.stats.results import Result, number, with_limits

Floats: TypeAlias = NDArray[np.float64]

# Log tau runs from here below the smallest scale of the problem to as much above the largest:
# outside lies less than 1e-17 of any moment that exists.
_REACH = np.log(1e18)
# Log density below the highest at which a node is left out.
_NEGLIGIBLE = 46.0
_FIRST_STEP = 0.25
_MOST_NODES = 2**17
# Tails further out need more nodes than there are.
_MOST_LEVEL = 0.999999
# Halving the step squares the error of the sums: a last change of this size leaves rounding error.
_LAST_CHANGE = 1e-9
# Weight times variance, as a share of that of the mean, that no sum notices.
_TOO_SMALL = 1e-18


@dataclass(frozen=True)
class Marginal:
    """Posterior of one quantity: mean, standard deviation, median and equal-tailed limits."""

    mean: float
    sd: float
    median: float
    lower: float
    upper: float


@dataclass(frozen=True, repr=False)
class RandomEffectsPosterior(Result):
    """Posterior of a random-effects meta-analysis.

    Attributes
    ----------
    mu : Marginal
        Mean effect of the population of studies.
    tau : Marginal
        Standard deviation of the studies' true effects.
    new : Marginal
        True effect of a new study (prediction).
    studies : DataFrame
        One row a ``study``: ``effect``, ``variance`` and the posterior of its true effect, drawn
        towards the mean effect, as ``mean``, ``sd``, ``median``, ``lower``, ``upper``.
    level : float
        Probability in each interval.
    tau_prior : str
        ``half-normal`` or ``half-cauchy``.
    tau_scale : float
        Its scale, in the unit of the effects.
    mu_prior : tuple of (mean, sd), or None
        Normal prior of the mean effect; None is the uniform prior.
    interval : str
        Kind of every interval.
    nodes : int
        Values of tau in the sums.
    last_change : float
        Largest change of any reported number when the nodes were last doubled, in units of that
        quantity's interval; the error left is far smaller.
    """

    mu: Marginal
    tau: Marginal
    new: Marginal
    studies: pd.DataFrame
    level: float
    tau_prior: str
    tau_scale: float
    mu_prior: tuple[float, float] | None
    interval: str
    nodes: int
    last_change: float
    _grid: _Grid

    def probability_above(self, reference: ArrayLike, *, of: Literal["mu", "new"] = "mu") -> Floats:
        """Posterior probability that the mean effect, or that of a new study, exceeds a value.

        Parameters
        ----------
        reference : array_like
            Values on the scale of the effects, such as 0 for no effect.
        of : {"mu", "new"}, optional
            Mean effect or true effect of a new study.

        Returns
        -------
        ndarray of float64
            Probabilities of the shape of `reference`.

        Raises
        ------
        ValueError
            If a reference is not a finite number or `of` is unknown.
        """
        one_of(of, "of", ("mu", "new"))
        at = as_numbers(reference, "reference")
        grid = self._grid
        sd = grid.mu_sd if of == "mu" else np.hypot(grid.mu_sd, grid.tau)
        return np.asarray(ndtr((grid.mu_mean - at[..., None]) / sd) @ grid.weight)

    def mixture(self, of: Literal["mu", "new"] = "mu") -> tuple[Floats, Floats, Floats]:
        """Return the posterior as the mixture of normal distributions that it is.

        Parameters
        ----------
        of : {"mu", "new"}, optional
            Mean effect or true effect of a new study.

        Returns
        -------
        weight, mean, sd : ndarray
            One component a value of tau, and one for all too small to matter; the weights sum to 1.

        Raises
        ------
        ValueError
            If `of` is unknown.
        """
        one_of(of, "of", ("mu", "new"))
        grid = self._grid
        sd = grid.mu_sd if of == "mu" else np.hypot(grid.mu_sd, grid.tau)
        return grid.weight.copy(), grid.mu_mean.copy(), sd.copy()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a quantity: mean effect, its spread, effect of a new study."""
        rows = {"mu": self.mu, "tau": self.tau, "new": self.new}
        frame = pd.DataFrame([{"quantity": name, **vars(one)} for name, one in rows.items()])
        return frame.rename(columns={"median": "estimate"}).assign(level=self.level)

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the quantities, and the studies drawn towards the mean."""
        return {"quantities": self.to_frame(), "studies": self.studies}

    def _first(self) -> str:
        ends = map(number, (self.mu.median, self.mu.lower, self.mu.upper))
        return f"Mean effect {with_limits(ends, self.level)}; {len(self.studies)} studies"

    def _model(self) -> str:
        mean = "uniform" if self.mu_prior is None else f"normal{self.mu_prior}"
        return (
            f"Normal random effects; prior of tau {self.tau_prior}({number(self.tau_scale)}), of "
            f"the mean {mean}; tau = {number(self.tau.median)} ({number(self.tau.lower)} to "
            f"{number(self.tau.upper)})."
        )

    def _next(self) -> str:
        lower, upper = number(self.new.lower), number(self.new.upper)
        return f"A new study may truly have {lower} to {upper} (probability {number(self.level)})."


def meta_analysis(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    tau_scale: float,
    tau_prior: Literal["half-normal", "half-cauchy"] = "half-normal",
    mu_prior: tuple[float, float] | None = None,
    level: float = 0.95,
    study: ArrayLike | None = None,
) -> RandomEffectsPosterior:
    """Random-effects meta-analysis with a weakly informative prior on the heterogeneity.

    Parameters
    ----------
    effect : array_like, shape (k,)
        Estimated effects, such as log risk ratios or risk differences.
    variance : array_like, shape (k,)
        Their sampling variances, above 0.
    tau_scale : float
        Scale of the prior on tau in the unit of the effects. For log odds ratios 0.5 is cautious
        and 1 wide: half of the half-normal's probability lies below 0.67 of its scale, half of
        the half-Cauchy's below its scale.
    tau_prior : {"half-normal", "half-cauchy"}, optional
        Form of the prior on tau.
    mu_prior : (float, float), optional
        Mean and standard deviation of a normal prior on the mean effect; uniform if left out.
    level : float, optional
        Probability inside the intervals.
    study : array_like, shape (k,), optional
        Names of the studies; their places by default.

    Returns
    -------
    RandomEffectsPosterior
        Posterior of the mean effect, tau, a new study's effect and each study's effect. With a
        half-Cauchy prior and two studies (one with a normal prior on the mean) some standard
        deviations do not exist and are infinite; the intervals remain.

    Raises
    ------
    ValueError
        If an effect is not finite, a variance, scale or prior sd is not above 0, the shapes
        differ, there is no study, or there is one study under a half-Cauchy and a uniform prior,
        where not even the means exist.

    References
    ----------
    Model: Röver 2020, J Stat Softw 93(6):1-51. Heterogeneity priors: Röver et al. 2021, Res Synth
    Methods 12:448-474. Distribution function of tau by sinc quadrature: Haber 1993, Math Comp
    60:279-296.

    Examples
    --------
    Two trials, where other intervals explode:

    >>> found = meta_analysis([0.25, 0.55], [0.04, 0.06], tau_scale=0.5)
    >>> round(found.mu.median, 3), round(found.mu.lower, 3), round(found.mu.upper, 3)
    (0.382, -0.268, 1.058)
    >>> found.probability_above(0.0).round(3)
    np.float64(0.918)
    """
    y, v = _studies(effect, variance)
    one_of(tau_prior, "tau_prior", ("half-normal", "half-cauchy"))
    scale = as_number(tau_scale, "tau_scale", "one number")
    as_numbers(scale, "tau_scale", positive=True)
    level = as_level(level)
    if level > _MOST_LEVEL:
        raise ValueError(f"level must be at most {_MOST_LEVEL}, not {level!r}")
    if mu_prior is not None:
        mean, sd = as_pair(mu_prior, "mu_prior")
        as_numbers(sd, "mu_prior sd", positive=True)
        mu_prior = (mean, sd)
    # How fast the tail of tau falls decides which moments exist.
    informative = len(y) - (mu_prior is None)
    if tau_prior == "half-cauchy" and informative == 0:
        raise ValueError(
            "one study with a half-cauchy prior on tau and a uniform prior on mu has no posterior "
            "mean: choose half-normal or give mu_prior"
        )
    finite_variance = tau_prior == "half-normal" or informative > 1
    model = _Model(y, v, tau_prior, scale, mu_prior)
    low, high = _support(model)
    step, last_change = min(_FIRST_STEP, (high - low) / 32.0), np.inf
    table = np.full((3, 5), np.inf)
    # Too few nodes give no quantile, hence no last change, and the loop goes on.
    while not last_change <= _LAST_CHANGE:
        if (high - low) / step > _MOST_NODES:
            raise ValueError(f"no convergence with {_MOST_NODES} values of tau for these variances")
        grid = _grid(model, np.arange(low, high + step, step))
        before, table = table, _overall(grid, step, level)
        # The standard deviations are left out: the other four columns always exist.
        change = np.abs(table - before)[:, [0, 2, 3, 4]].max(axis=1)
        last_change = float(np.max(change / (table[:, 4] - table[:, 3])))
        step /= 2.0
    if not finite_variance:
        table[1 if mu_prior else 0 :, 1] = np.inf
    nodes, grid = len(grid.tau), _without_doubles(grid)
    names = range(y.size) if study is None else as_labels(study, "study", y.size, ONE_PER_STUDY)
    studies = pd.DataFrame({"study": names, "effect": y, "variance": v})
    studies[["mean", "sd", "median", "lower", "upper"]] = _each_study(grid, y, v, level)
    return RandomEffectsPosterior(
        mu=Marginal(*table[0].tolist()),
        tau=Marginal(*table[1].tolist()),
        new=Marginal(*table[2].tolist()),
        studies=studies,
        level=level,
        tau_prior=tau_prior,
        tau_scale=scale,
        mu_prior=mu_prior,
        interval="equal-tailed",
        nodes=nodes,
        last_change=last_change,
        _grid=grid,
    )


@dataclass(frozen=True)
class _Model:
    effect: Floats
    variance: Floats
    tau_prior: str
    tau_scale: float
    mu_prior: tuple[float, float] | None


@dataclass(frozen=True)
class _Grid:
    """Values of tau with their posterior weights, and the posterior of mu at each."""

    log_tau: Floats
    tau: Floats
    weight: Floats
    mu_mean: Floats
    mu_sd: Floats


def _studies(effect: ArrayLike, variance: ArrayLike) -> tuple[Floats, Floats]:
    y = as_numbers(effect, "effect")
    v = as_numbers(variance, "variance", positive=True, largest=LARGEST**2)
    if y.ndim != 1 or y.shape != v.shape or not y.size:
        raise ValueError(
            "effect and variance must be of one length, at least 1, not of shapes "
            f"{y.shape} and {v.shape}"
        )
    return y, v


def _log_density(model: _Model, log_tau: Floats) -> tuple[Floats, Floats, Floats]:
    """Log density of log tau up to a constant, and mean and sd of mu, at each log tau."""
    tau = np.exp(log_tau)
    total = model.variance + tau[:, None] ** 2
    weight = 1.0 / total
    effect = np.broadcast_to(model.effect, weight.shape)
    log_likelihood = -0.5 * np.log(total).sum(axis=1)
    if model.mu_prior is not None:
        # A normal prior on mu is one more study without heterogeneity.
        mean, sd = model.mu_prior
        weight = np.column_stack([weight, np.full(len(tau), sd**-2)])
        effect = np.column_stack([effect, np.full(len(tau), mean)])
    precision = weight.sum(axis=1)
    mu = (weight * effect).sum(axis=1) / precision
    residual = (weight * (effect - mu[:, None]) ** 2).sum(axis=1)
    log_likelihood -= 0.5 * (np.log(precision) + residual)
    relative = tau / model.tau_scale
    log_prior = -0.5 * relative**2 if model.tau_prior == "half-normal" else -np.log1p(relative**2)
    return log_likelihood + log_prior + log_tau, mu, 1.0 / np.sqrt(precision)


def _support(model: _Model) -> tuple[float, float]:
    y, v = model.effect, model.variance
    smallest = min(model.tau_scale, float(np.sqrt(v.min() / len(y))))
    largest = max(model.tau_scale, float(np.sqrt(v.max())), float(np.ptp(y)))
    if model.mu_prior is not None:
        largest = max(largest, float(np.abs(y - model.mu_prior[0]).max()))
    log_tau = np.arange(np.log(smallest) - _REACH, np.log(largest) + _REACH, _FIRST_STEP)
    density = _log_density(model, log_tau)[0]
    # The variance of a new effect weighs the upper tail with tau squared.
    weighed = density + 2.0 * np.maximum(log_tau - log_tau[np.argmax(density)], 0.0)
    kept = np.flatnonzero(weighed > density.max() - _NEGLIGIBLE)
    if not kept.size:
        raise ValueError("no convergence: effects and variances differ by too many digits")
    # A narrow peak can hide between two coarse nodes.
    return float(log_tau[kept[0]] - _FIRST_STEP), float(log_tau[kept[-1]] + _FIRST_STEP)


def _grid(model: _Model, log_tau: Floats) -> _Grid:
    density, mean, sd = _log_density(model, log_tau)
    weight = np.exp(density - density.max())
    return _Grid(log_tau, np.exp(log_tau), weight / weight.sum(), mean, sd)


def _without_doubles(grid: _Grid) -> _Grid:
    """Return the grid with one value for all of tau that are too small to tell from 0."""
    change = np.cumsum(grid.weight) * (grid.tau / grid.mu_sd.min()) ** 2
    first = max(int(np.searchsorted(change, _TOO_SMALL)) - 1, 0)
    kept = _Grid(*(column[first:].copy() for column in vars(grid).values()))
    kept.weight[0] = grid.weight[: first + 1].sum()
    return kept


def _overall(grid: _Grid, step: float, level: float) -> Floats:
    """Mean, sd, median and limits of mu, tau and the effect of a new study."""
    few = _without_doubles(grid)
    means = np.column_stack([few.mu_mean, few.mu_mean])
    sds = np.column_stack([few.mu_sd, np.hypot(few.mu_sd, few.tau)])
    mu, new = _mixtures(few.weight, means, sds, level)
    tau_mean = grid.weight @ grid.tau
    tau_sd = np.sqrt(grid.weight @ (grid.tau - tau_mean) ** 2)
    return np.array([mu, [tau_mean, tau_sd, *_tau_quantiles(grid, step, level)], new])


def _each_study(grid: _Grid, y: Floats, v: Floats, level: float) -> Floats:
    # Share of the way from a study's own estimate to the mean effect.
    drawn = v / (v + grid.tau[:, None] ** 2)
    mean = (1.0 - drawn) * y + drawn * grid.mu_mean[:, None]
    variance = v * (1.0 - drawn) + (drawn * grid.mu_sd[:, None]) ** 2
    return _mixtures(grid.weight, mean, np.sqrt(variance), level)


def _mixtures(weight: Floats, means: Floats, sds: Floats, level: float) -> Floats:
    """Mean, sd, median and limits of mixtures of normals; one column of `means` each."""
    mean = weight @ means
    sd = np.sqrt(weight @ (sds**2 + (means - mean) ** 2))
    outside = 1.0 - level
    # Leaving out a mass d of wide components, the p / (1 - d) quantile of the others is a bound.
    left_out = outside / 4.0
    kept = np.cumsum(weight) < 1.0 - left_out
    kept[min(int(kept.sum()), len(kept) - 1)] = True
    reach = ndtri((1.0 - outside / 2.0) / (1.0 - left_out)) + 1e-3
    low = (means - reach * sds)[kept].min(axis=0)
    high = (means + reach * sds)[kept].max(axis=0)

    shares, columns = np.array([0.5, outside / 2.0, 1.0 - outside / 2.0]), means.shape[1]
    # One place of each distribution after the other, for each share in turn.
    low, high, mean_of, sd_of = (np.tile(one, 3) for one in (low, high, mean, sd))
    means, sds, share = np.tile(means, 3).T, np.tile(sds, 3).T, np.repeat(shares, columns)

    def distribution(x: Floats) -> tuple[Floats, Floats]:
        z = (x[:, None] - means) / sds
        return ndtr(z) @ weight, np.exp(-0.5 * z**2) / sds @ weight / np.sqrt(2.0 * np.pi)

    start = mean_of + sd_of * ndtri(share)
    found = solve_quantiles(distribution, share, (low, high), start)
    return np.column_stack([mean, sd, *found.reshape(3, -1)])


def _tau_quantiles(grid: _Grid, step: float, level: float) -> list[float]:
    def distribution(log_tau: Floats) -> tuple[Floats, Floats]:
        # The indefinite integral of the sinc series through the nodes, and the series.
        nodes = (log_tau[:, None] - grid.log_tau) / step
        below = 0.5 + sici(np.pi * nodes)[0] / np.pi
        return below @ grid.weight, np.sinc(nodes) @ grid.weight / step

    outside = 1.0 - level
    shares = np.array([0.5, outside / 2.0, 1.0 - outside / 2.0])
    bracket = np.full(3, grid.log_tau[0]), np.full(3, grid.log_tau[-1])
    start = np.interp(shares, np.cumsum(grid.weight), grid.log_tau)
    return [float(x) for x in np.exp(solve_quantiles(distribution, shares, bracket, start))]
