"""Bayesian view of response rates: beta posteriors, and exact comparisons between them.

The Bayesian meta-analysis is written in :mod:`atopic.stats.bayes.meta_analysis` and offered here
too.

Vocabulary: a prior is an *equivalent sample*, responders among patients that count as if they had
been seen; the Jeffreys prior is half a responder in one patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincc, betainccinv, betaincinv, expit

from atopic.stats.arguments import (
    as_a,
    as_counts,
    as_level,
    as_numbers,
    as_pair,
    as_text,
    one_of,
    refuse,
    together,
)
from atopic.stats.bayes.beta_comparison import probability_above_normals, probability_greater
from atopic.stats.results import Result, number, percent, with_limits

Floats: TypeAlias = NDArray[np.float64]

#: Jeffreys' prior for a rate as an equivalent sample: responders, patients.
JEFFREYS = (0.5, 1.0)

# Range in which a matching alpha + beta is looked for, as its logarithm.
_LOG_SIZES = (-5.0, 30.0)


#: Share of the width of an interval; exact limits of one in ten put their rate a tenth off.
_FAR = 0.25


#: Median and limits that a rate shows.
_SHOWN = np.array([0.5, 0.025, 0.975])


@dataclass(frozen=True, repr=False)
class Rate(Result):
    """What is known of a response rate, as a beta distribution.

    Attributes
    ----------
    alpha, beta : ndarray
        Shape parameters: the mean is ``alpha / (alpha + beta)``.
    origin : str
        What the distribution comes from.
    """

    alpha: Floats
    beta: Floats
    origin: str

    def __post_init__(self) -> None:
        shapes = together(
            alpha=as_numbers(self.alpha, "alpha", positive=True),
            beta=as_numbers(self.beta, "beta", positive=True),
        )
        for name, values in zip(("alpha", "beta"), shapes, strict=True):
            object.__setattr__(self, name, np.asarray(values))
        as_text(self.origin, "origin")

    def r_code(self) -> str:
        """Return the call in base R for the median and the 95% limits."""
        if np.size(self.alpha) != 1:
            return ""
        alpha, beta = (repr(float(np.ravel(one)[0])) for one in (self.alpha, self.beta))
        return f"qbeta(c(0.5, 0.025, 0.975), {alpha}, {beta})"

    def _first(self) -> str:
        if np.size(self.alpha) != 1:
            return f"{np.size(self.alpha):,} rates, of shape {np.shape(self.alpha)}"
        ends = betaincinv(float(np.ravel(self.alpha)[0]), float(np.ravel(self.beta)[0]), _SHOWN)
        return with_limits(map(percent, ends), 0.95)

    def _model(self) -> str:
        if np.size(self.alpha) != 1:
            return f"Beta distributions, {self.origin}."
        return f"Beta({number(self.alpha)}, {number(self.beta)}), {self.origin}."


@dataclass(frozen=True, repr=False)
class RateSummary(Result):
    """Mean, median and intervals of a rate.

    Attributes
    ----------
    mean, median : ndarray
        Rates, 0 to 1.
    lower, upper : ndarray
        Equal-tailed interval.
    hdi_lower, hdi_upper : ndarray
        Highest-density interval: the shortest with that probability.
    level : float
        Probability in each interval.
    origin : str
        As in :class:`Rate`.
    """

    mean: Floats
    median: Floats
    lower: Floats
    upper: Floats
    hdi_lower: Floats
    hdi_upper: Floats
    level: float
    origin: str

    def _first(self) -> str:
        if np.size(self.median) != 1:
            return f"{np.size(self.median):,} rates, of shape {np.shape(self.median)}"
        ends = (float(np.ravel(one)[0]) for one in (self.median, self.lower, self.upper))
        return with_limits(map(percent, ends), self.level)

    def _model(self) -> str:
        return f"{self.origin[:1].upper()}{self.origin[1:]}; median and equal-tailed limits."


def posterior(
    responders: ArrayLike, n: ArrayLike, *, prior: tuple[float, float] = JEFFREYS
) -> Rate:
    """Posterior of a response rate.

    Parameters
    ----------
    responders, n : array_like of whole numbers
        Patients with a response, and patients in all; they broadcast.
    prior : (float, float), optional
        Equivalent sample of the prior as (responders, patients), not necessarily whole:
        ``(1, 2)`` is the uniform prior. Neither all nor none of them may respond.

    Returns
    -------
    Rate
        ``Beta(responders + prior responders, non-responders + prior non-responders)``.

    Raises
    ------
    ValueError
        If a count is impossible, or the prior is not above 0 and below its patients.

    References
    ----------
    Gelman et al. 2013, Bayesian Data Analysis, 3rd edition, section 2.4.

    Examples
    --------
    >>> posterior(7, 10)
    <Rate: 69% (39 to 91), 95% interval>
    """
    x, size = as_counts(responders, n)
    seen, patients = as_pair(prior, "prior")
    if not 0.0 < seen < patients:
        raise ValueError(
            f"prior must be responders above 0 and below the patients, not {seen:g} of {patients:g}"
        )
    what = f"{x:g}/{size:g}" if x.ndim == 0 else "counts"
    return Rate(
        alpha=np.asarray(x + seen),
        beta=np.asarray(size - x + (patients - seen)),
        origin=f"{what} with a prior of {seen:g}/{patients:g}",
    )


def from_printed(
    estimate: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    level: float = 0.95,
    match: Literal["limits", "mean-and-width"] = "limits",
) -> Rate:
    """Beta distribution that stands for a printed rate with its interval.

    Parameters
    ----------
    estimate, lower, upper : array_like
        Printed rate and limits as shares, 0 to 1.
    level : float, optional
        Level of the printed interval.
    match : {"limits", "mean-and-width"}, optional
        ``limits``: the equal-tailed interval of the distribution is the printed one, and its
        mean follows. ``mean-and-width``: its mean is the printed rate and its equal-tailed
        interval is as wide as the printed one.

    Returns
    -------
    Rate
        With the matching named in its origin; also said there is an estimate that lies, by more
        than a quarter of the width of its limits, off the mean of the distribution that has them.

    Raises
    ------
    ValueError
        If the values are not ``0 < lower < estimate < upper < 1``, or no distribution matches.

    Examples
    --------
    Pooled placebo response of 24 trials, 39.9% (36.7 to 43.2):

    >>> placebo = from_printed(0.399, 0.367, 0.432)
    >>> placebo.alpha.round(1), placebo.beta.round(1)
    (np.float64(347.7), np.float64(523.2))
    """
    one_of(match, "match", ("limits", "mean-and-width"))
    tail = (1.0 - as_level(level)) / 2.0
    middle, low, high = together(
        estimate=as_numbers(estimate, "estimate"),
        lower=as_numbers(lower, "lower"),
        upper=as_numbers(upper, "upper"),
    )
    refuse(low <= 0.0, "lower", low, "must be above 0")
    refuse(high >= 1.0, "upper", high, "must be below 1")
    refuse((middle <= low) | (middle >= high), "estimate", middle, "is not between its limits")
    shapes = np.empty((2, *middle.shape))
    for at in np.ndindex(middle.shape):
        if match == "limits":
            shapes[:, *at] = _with_limits(low[at], high[at], tail)
        else:
            shapes[:, *at] = _with_mean_and_width(middle[at], high[at] - low[at], tail)
    alpha, beta = shapes
    mean = alpha / (alpha + beta)
    far = np.any(np.abs(mean - middle) > _FAR * (high - low))
    note = ", but its mean is far from the printed rate: look for a misprint" if far else ""
    return Rate(np.asarray(alpha), np.asarray(beta), f"beta matched to printed {match}{note}")


def summarise(rate: Rate, *, level: float = 0.95) -> RateSummary:
    """Mean, median, equal-tailed and highest-density interval of a rate.

    Parameters
    ----------
    rate : Rate
        Distribution, from :func:`posterior` or :func:`from_printed`.
    level : float, optional
        Probability inside the intervals.

    Returns
    -------
    RateSummary
        Arrays of the shape of the rate.

    Raises
    ------
    ValueError
        If neither shape parameter is above 1, so that no single interval has highest density.

    Notes
    -----
    Where the density falls from 0 on (no responders with the Jeffreys prior) the highest-density
    interval starts at 0; where it rises up to 1 it ends at 1.

    Examples
    --------
    >>> found = summarise(posterior(7, 10))
    >>> [float(x.round(4)) for x in (found.mean, found.median, found.lower, found.upper)]
    [0.6818, 0.6932, 0.3942, 0.9073]
    >>> float(found.hdi_lower.round(4)), float(found.hdi_upper.round(4))
    (0.4205, 0.9255)
    """
    as_a(rate, Rate, "rate")
    a, b = rate.alpha, rate.beta
    level = as_level(level)
    outside = 1.0 - level
    hdi_lower, hdi_upper = _highest_density(a, b, outside)
    return RateSummary(
        mean=np.asarray(a / (a + b)),
        median=np.asarray(betaincinv(a, b, 0.5)),
        lower=np.asarray(betaincinv(a, b, outside / 2.0)),
        upper=np.asarray(betainccinv(a, b, outside / 2.0)),
        hdi_lower=hdi_lower,
        hdi_upper=hdi_upper,
        level=level,
        origin=rate.origin,
    )


def probability_above(rate: Rate, other: Result | ArrayLike) -> Floats:
    """Probability that one rate exceeds another, that of a new study, or a fixed reference.

    Parameters
    ----------
    rate : Rate
        The rate in question.
    other : Rate, RandomEffectsPosterior or array_like
        An independent rate, such as that of the other arm or an uncertain benchmark; a
        meta-analysis of log odds, of which the true rate of a new study is taken; or fixed
        references as shares, 0 to 1.

    Returns
    -------
    ndarray of float64
        Probabilities of the broadcast shape.

    Raises
    ------
    ValueError
        If a reference is not a share, the shapes do not broadcast, or a shape parameter is so near
        0 (a prior of a thousandth of a patient) that the integral does not converge.

    Notes
    -----
    Against another rate by quadrature with an absolute error below 1e-11 up to n = 1e5; see
    :func:`atopic.stats.bayes.beta_comparison.probability_greater`. Against a meta-analysis by the
    same rule for each normal distribution of its mixture.

    Examples
    --------
    >>> active, placebo = posterior(28, 88), posterior(22, 81)
    >>> float(probability_above(active, placebo).round(4))
    0.746
    >>> float(probability_above(active, 0.399).round(4))
    0.0593
    """
    as_a(rate, Rate, "rate")
    if isinstance(other, Result) and not isinstance(other, Rate):
        # Loaded with what makes it alone: who compares two rates need not wait for it.
        from atopic.stats.bayes.hierarchical_model import RandomEffectsPosterior

        normals = as_a(other, RandomEffectsPosterior, "other").mixture("new")
        shapes = zip(rate.alpha.flat, rate.beta.flat, strict=True)
        found = [probability_above_normals(a, b, *normals) for a, b in shapes]
        return np.array(found).reshape(rate.alpha.shape)
    if not isinstance(other, Rate):
        share = as_numbers(other, "reference")
        refuse((share < 0.0) | (share > 1.0), "reference", share, "must be from 0 to 1")
        a, b, share = together(rate=rate.alpha, beta=rate.beta, reference=share)
        return np.asarray(betaincc(a, b, share))
    a, b, c, d = together(rate=rate.alpha, beta=rate.beta, other=other.alpha, other_beta=other.beta)
    return probability_greater(a, b, c, d)


def _highest_density(a: Floats, b: Floats, outside: float) -> tuple[Floats, Floats]:
    refuse(
        (a <= 1.0) & (b <= 1.0),
        "alpha",
        a,
        "and beta are both at most 1: no highest-density interval",
    )
    low, high = np.zeros(a.shape), np.full(a.shape, outside)
    # Bisection for the probability below the interval: at its two ends the density is the same.
    # A shape of exactly 1 gives 0 times infinity; those intervals end at 0 or 1 whatever is found.
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(60):
            below = (low + high) / 2.0
            left, right = betaincinv(a, b, below), betainccinv(a, b, outside - below)
            excess = (a - 1.0) * (np.log(left) - np.log(right)) + (b - 1.0) * (
                np.log1p(-left) - np.log1p(-right)
            )
            low, high = np.where(excess < 0.0, below, low), np.where(excess < 0.0, high, below)
    below = np.where(a <= 1.0, 0.0, np.where(b <= 1.0, outside, (low + high) / 2.0))
    return np.asarray(betaincinv(a, b, below)), np.asarray(betainccinv(a, b, outside - below))


def _with_limits(low: float, high: float, tail: float) -> Floats:
    from scipy.optimize import brentq  # slow to import

    def shapes(log_size: float) -> tuple[float, float]:
        """Find the one beta of this size that has the lower limit."""

        def excess(log_odds: float) -> float:
            size = np.exp(log_size)
            return float(betainc(size * expit(log_odds), size * expit(-log_odds), low) - tail)

        log_odds = brentq(excess, -200.0, 200.0, xtol=1e-15, rtol=1e-15)
        size = np.exp(log_size)
        return size * expit(log_odds), size * expit(-log_odds)

    def excess(log_size: float) -> float:
        return float(betaincc(*shapes(log_size), high) - tail)

    # A larger size is a narrower distribution, so the share above the upper limit falls.
    try:
        return np.array(shapes(brentq(excess, *_LOG_SIZES, xtol=1e-15, rtol=1e-15)))
    except ValueError:
        raise ValueError(f"no beta distribution has the limits {low:g} and {high:g}") from None


def _with_mean_and_width(mean: float, width: float, tail: float) -> Floats:
    from scipy.optimize import brentq  # slow to import

    def excess(log_size: float) -> float:
        a, b = mean * np.exp(log_size), (1.0 - mean) * np.exp(log_size)
        return float(betainccinv(a, b, tail) - betaincinv(a, b, tail) - width)

    # From large samples down, because very small ones are U-shaped and can be narrow again.
    for log_size in np.arange(_LOG_SIZES[1], _LOG_SIZES[0], -0.25):
        if excess(log_size) > 0.0:
            size = np.exp(brentq(excess, log_size, log_size + 0.25, xtol=1e-15, rtol=1e-15))
            return np.array([mean * size, (1.0 - mean) * size])
    raise ValueError(f"no beta distribution with mean {mean:g} is as wide as {width:g}")
