"""Exact inference on one odds ratio over strata, given the margins of every 2 x 2 table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from atopic.stats.arguments import as_level, one_of
from atopic.stats.pooling.two_arm_counts import single, two_arm_counts
from atopic.stats.results import Result

Floats = NDArray[np.float64]

#: Tables this little more probable than the observed one count as equally probable, as in R.
TIE = 1.0 + 1e-7
#: Sums of responders, and steps to reach them, that the exact test takes at most.
MOST_SUMS, MOST_STEPS = 2_000_000, 5_000_000_000


@dataclass(frozen=True, repr=False)
class ExactStratified(Result):
    """Exact conditional test and odds ratio given the margins of every stratum.

    Attributes
    ----------
    p_value : float; two-sided: probability of all sums no more probable than the observed one.
    odds_ratio : float or None; conditional maximum likelihood, 0 or infinite at the ends; None if
        the margins leave one table only (then the p value is 1 and the limits are 0 and infinity).
    lower, upper : float; limits of the odds ratio by inverting the two one-sided tests; one of them
        is 0 or infinite under a one-sided alternative.
    """

    p_value: float
    odds_ratio: float | None
    lower: float
    upper: float
    alternative: str
    level: float
    _tables: tuple[Floats, ...] = field(repr=False, compare=False)

    def r_call(self) -> str:
        """Return the call in base R that gives the same numbers to its root-finding tolerance."""
        a, n1, c, n0 = self._tables
        cells = np.stack([a, n1 - a, c, n0 - c], axis=-1).ravel()
        numbers = ",".join(f"{value:.17g}" for value in cells)
        side = {"two-sided": "two.sided"}.get(self.alternative, self.alternative)
        return (
            f"mantelhaen.test(array(c({numbers}), c(2, 2, {len(a)})), exact=TRUE, "
            f'alternative="{side}", conf.level={self.level:.15g})'
        )


def exact_conditional_test(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    alternative: Literal["two-sided", "less", "greater"] = "two-sided",
    level: float = 0.95,
) -> ExactStratified:
    """Test and estimate a common odds ratio exactly, given the margins of every stratum.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : as in `mantel_haenszel`; with one stratum this is
        Fisher's test.
    alternative : {"two-sided", "less", "greater"}; of the odds ratio of arm 1 against arm 0.

    Raises
    ------
    ValueError: for invalid counts.

    References
    ----------
    Gart JJ (1970). Point and interval estimation of the common odds ratio in the combination of
    2 x 2 tables with fixed marginals. Biometrika 57, 471-475.
    Mehta CR, Patel NR, Gray R (1985). Computing an exact confidence interval for the common odds
    ratio in several 2 x 2 contingency tables. JASA 80, 969-973.

    Examples
    --------
    >>> result = exact_conditional_test([3, 5], [10, 12], [8, 9], [10, 11])
    >>> round(result.p_value, 5), round(result.odds_ratio, 4)
    (0.00553, 0.1466)
    """
    one_of(alternative, "alternative", ("two-sided", "less", "greater"))
    tables = single(two_arm_counts(responders_1, n_1, responders_0, n_0))
    level = as_level(level)
    a, n1, c, n0 = tables
    hits = a + c
    low, high = np.maximum(0, hits - n0), np.minimum(n1, hits)
    observed, least, most = int(a.sum()), int(low.sum()), int(high.sum())
    if least == most:
        return ExactStratified(1.0, None, 0.0, np.inf, alternative, level, tables)
    _refuse_many(high - low + 1)
    sums = np.arange(least, most + 1)
    centre = _conditional_log_odds(observed, least, most, tables)
    # Convolve near the estimate: there no probability that matters underflows.
    tilt = centre if np.isfinite(centre) else 0.0
    pmf = np.ones(1)
    for i in range(len(a)):
        pmf = np.convolve(pmf, _tilted(low[i], high[i], n1[i], n0[i], hits[i], tilt))
    with np.errstate(divide="ignore"):
        log_pmf = np.log(pmf) - tilt * sums

    def tail(log_odds: float, upper: bool) -> float:
        weight = log_pmf + log_odds * sums
        weight = np.exp(weight - weight.max())
        inside = sums >= observed if upper else sums <= observed
        return float(weight[inside].sum() / weight.sum())

    if alternative == "two-sided":
        null = np.exp(log_pmf - log_pmf.max())
        p_value = float(null[null <= null[observed - least] * TIE].sum() / null.sum())
        error = 0.5 * (1.0 - level)
    else:
        p_value = tail(0.0, alternative == "greater")
        error = 1.0 - level
    lower, upper = 0.0, np.inf
    start = tilt
    if alternative != "less" and observed > least:
        lower = float(np.exp(_root(lambda t: tail(t, True) - error, start)))
    if alternative != "greater" and observed < most:
        upper = float(np.exp(_root(lambda t: error - tail(t, False), start)))
    return ExactStratified(
        min(1.0, p_value), float(np.exp(centre)), lower, upper, alternative, level, tables
    )


def _refuse_many(tables: Floats) -> None:
    """Refuse strata whose sums would take more than a few seconds."""
    sofar = np.concatenate([[1.0], np.cumsum(tables)[:-1]])
    if tables.sum() > MOST_SUMS or np.sum(sofar * tables) > MOST_STEPS:
        raise ValueError(
            f"the exact test would add up strata of {tables.max():,.0f} tables; at most "
            f"{MOST_SUMS:,} in all and {MOST_STEPS:,} pairs of them are taken: use "
            "mantel_haenszel, which is as good for such counts"
        )


def _tilted(low: float, high: float, n1: float, n0: float, hits: float, tilt: float) -> Floats:
    """Noncentral hypergeometric probabilities of low..high at log odds ratio tilt."""
    x = np.arange(low, high + 1)
    log_weight = (
        tilt * x
        - gammaln(x + 1)
        - gammaln(n1 - x + 1)
        - gammaln(hits - x + 1)
        - gammaln(n0 - hits + x + 1)
    )
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _conditional_log_odds(
    observed: int, least: int, most: int, tables: tuple[Floats, ...]
) -> float:
    """Log odds ratio at which the expected sum is the observed one."""
    if observed in (least, most):
        return -np.inf if observed == least else np.inf
    a, n1, c, n0 = tables
    hits = a + c
    low, high = np.maximum(0, hits - n0), np.minimum(n1, hits)
    values = [np.arange(bottom, top + 1) for bottom, top in zip(low, high, strict=True)]

    def excess(log_odds: float) -> float:
        means = (
            float(values[i] @ _tilted(low[i], high[i], n1[i], n0[i], hits[i], log_odds))
            for i in range(len(a))
        )
        return sum(means) - observed

    return _root(excess, 0.0)


def _root(rising: Any, start: float) -> float:
    """Root of an increasing function of a log odds ratio."""
    from scipy.optimize import brentq

    low, high, width = start - 1.0, start + 1.0, 1.0
    while rising(low) > 0:
        width *= 2.0
        low -= width
    while rising(high) < 0:
        width *= 2.0
        high += width
    return float(brentq(rising, low, high, xtol=1e-13, rtol=1e-14))
