"""Power of two arms: exact by enumerating every pair of counts, and by normal approximation."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr, ndtri, xlog1py, xlogy

from atopic.stats.arguments import (
    as_flag,
    as_number,
    as_numbers,
    as_rates,
    as_share,
    one_of,
    refuse,
    shown,
    together,
)
from atopic.stats.trialdesign.designs import Test, critical
from atopic.stats.trialdesign.rejection_regions import rejection_region

Floats: TypeAlias = NDArray[np.float64]
Variance = Literal["pooled", "unpooled"]

#: Probabilities of counts held at once, of one arm under many rates.
_BLOCK = 5_000_000
#: Halvings of an interval of rates: what is left is below rounding.
_HALVINGS = 50


def exact_power(
    rate_1: ArrayLike,
    n_1: int,
    rate_0: ArrayLike,
    n_0: int,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    test: Test = "chi-square",
) -> Floats:
    """Return the probability of a significant test in favour of arm 1, without approximation.

    Parameters
    ----------
    rate_1, rate_0 : array_like
        True rates of the active and the control arm, 0 to 1; shapes that broadcast.
    n_1, n_0 : int
        Patients of the arms.
    alpha : float, optional
        Level of the test.
    sides : {1, 2}, optional
        A test with two sides counts only where it favours arm 1.
    test : {"chi-square", "chi-square-corrected", "fisher", "boschloo"}, optional
        As in `atopic.stats.contrasts`; ``boschloo`` for small trials only, see `MOST_TABLES`.

    Returns
    -------
    ndarray
        Probabilities of the shape that the rates broadcast to.

    Raises
    ------
    ValueError
        For rates, sizes, a level, sides or a test that are none, and for more pairs of counts
        than `MOST_TABLES`.

    Notes
    -----
    The sum of the binomial probabilities of every table that the test rejects.

    Examples
    --------
    >>> print(exact_power([0.3, 0.5], 50, 0.3, 50).round(4))
    [0.0249 0.5455]
    """
    p1, p0 = together(rate_1=as_rates(rate_1, "rate_1"), rate_0=as_rates(rate_0, "rate_0"))
    region = rejection_region(n_1, n_0, alpha=alpha, sides=sides, test=test).T.astype(np.float64)
    size_0, size_1 = (size - 1 for size in region.shape)
    power = np.empty(p1.size)
    step = max(1, _BLOCK // max(region.shape))
    for start in range(0, p1.size, step):
        part = slice(start, start + step)
        active = binomial_probabilities(p1.ravel()[part], size_1)
        control = binomial_probabilities(p0.ravel()[part], size_0)
        power[part] = np.einsum("ri,ri->r", active, control @ region)
    return np.minimum(power, 1.0).reshape(p1.shape)


def approximate_power(
    rate_1: ArrayLike,
    n_1: ArrayLike,
    rate_0: ArrayLike,
    n_0: ArrayLike,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    variance: Variance = "pooled",
) -> Floats:
    """Return the power of the comparison of two rates by normal approximation.

    Parameters
    ----------
    rate_1, n_1, rate_0, n_0 : array_like
        True rates and patients of the active and the control arm; shapes that broadcast.
    alpha, sides
        As for `exact_power`.
    variance : {"pooled", "unpooled"}, optional
        Variance of the difference where the test is decided: with the pooled rate, as in the
        uncorrected chi-square test (and in Farrington and Manning's test of no difference), or
        with the rates of the arms.

    Returns
    -------
    ndarray
        Probabilities of significance in favour of arm 1.

    Raises
    ------
    ValueError
        For rates, sizes, a level, sides or a variance that are none.

    References
    ----------
    Fleiss, Tytun and Ury 1980, Biometrics 36:343; Farrington and Manning 1990, Stat Med 9:1447.

    Examples
    --------
    >>> print(approximate_power(0.45, [100, 170], 0.3, [100, 170]).round(4))
    [0.5924 0.8179]
    """
    one_of(variance, "variance", get_args(Variance))
    p1, n1, p0, n0 = together(
        rate_1=as_rates(rate_1, "rate_1"),
        n_1=as_numbers(n_1, "n_1"),
        rate_0=as_rates(rate_0, "rate_0"),
        n_0=as_numbers(n_0, "n_0"),
    )
    if np.any(n1 < 1) or np.any(n0 < 1):
        raise ValueError(f"n_1 and n_0 must be at least 1, not {shown(n_1)} and {shown(n_0)}")
    pooled = (n1 * p1 + n0 * p0) / (n1 + n0)
    there = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    null = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0)) if variance == "pooled" else there
    margin = p1 - p0 - critical(alpha, sides) * null
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(there > 0, ndtr(margin / there), margin > 0), dtype=np.float64)


def sample_size(
    rate_1: ArrayLike,
    rate_0: ArrayLike,
    *,
    power: ArrayLike = 0.8,
    alpha: float = 0.05,
    sides: int = 2,
    allocation: float = 1.0,
    corrected: bool = False,
    variance: Variance = "pooled",
) -> Floats:
    """Return how many control patients two rates need, unrounded.

    Parameters
    ----------
    rate_1, rate_0 : array_like
        True rates of the active and the control arm; shapes that broadcast.
    power : array_like, optional
        Wanted probability of significance, between 0 and 1.
    alpha, sides
        As for `exact_power`.
    allocation : float, optional
        Active patients for each control patient.
    corrected : bool, optional
        With the continuity correction of Casagrande, Pike and Smith, for Fisher's test and the
        corrected chi-square test.
    variance : {"pooled", "unpooled"}, optional
        As for `approximate_power`.

    Returns
    -------
    ndarray
        Control patients; times `allocation`, active patients. Infinite where the rates are equal.

    Raises
    ------
    ValueError
        For rates, a power, a level, sides, an allocation or a variance that are none.

    References
    ----------
    Casagrande, Pike and Smith 1978, Biometrics 34:483; Fleiss, Tytun and Ury 1980, Biometrics
    36:343.

    Examples
    --------
    >>> print(sample_size(0.7, 0.6).round(1), sample_size(0.7, 0.6, corrected=True).round(1))
    355.9 375.7
    >>> print(sample_size(0.2, 0.15, variance="unpooled").round(1))
    902.6
    """
    one_of(variance, "variance", get_args(Variance))
    p1, p0, wanted = together(
        rate_1=as_rates(rate_1, "rate_1"),
        rate_0=as_rates(rate_0, "rate_0"),
        power=as_rates(power, "power"),
    )
    refuse((wanted == 0) | (wanted == 1), "power", wanted, "must lie strictly between 0 and 1")
    corrected = as_flag(corrected, "corrected")
    ratio = as_number(allocation, "allocation", "a number above 0", above=0)
    pooled = (ratio * p1 + p0) / (ratio + 1)
    each = np.sqrt(p1 * (1 - p1) / ratio + p0 * (1 - p0))
    same = np.sqrt((1 + 1 / ratio) * pooled * (1 - pooled))
    null = critical(alpha, sides) * (same if variance == "pooled" else each)
    there = ndtri(wanted) * each
    difference = np.abs(p1 - p0)
    # Rates that all but agree need more patients than a float can count.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        n = (np.maximum(null + there, 0) / difference) ** 2
        if corrected:
            # Where a chance so small needs nobody, only the correction is left.
            alone = (ratio + 1) / (2 * ratio * difference)
            more = n / 4 * (1 + np.sqrt(1 + 2 * (ratio + 1) / (n * ratio * difference))) ** 2
            n = np.where(n > 0, more, alone)
    return np.asarray(np.where(difference > 0, n, np.inf))


def detectable_difference(
    rate_0: ArrayLike,
    n_1: int,
    n_0: int,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    sides: int = 2,
    test: Test = "chi-square",
) -> Floats:
    """Return the difference that a trial of given size detects with given (exact) power.

    Parameters
    ----------
    rate_0 : array_like
        True rates of the control arm.
    n_1, n_0 : int
        Patients of the active and the control arm.
    power : float, optional
        Wanted probability of significance.
    alpha, sides, test
        As for `exact_power`.

    Returns
    -------
    ndarray
        Active rate minus control rate, as a share; nan where no rate up to 1 has that power.

    Raises
    ------
    ValueError
        As `exact_power`.

    Examples
    --------
    >>> print(detectable_difference([0.1, 0.3], 100, 100).round(4))
    [0.1465 0.1917]
    """
    control = as_rates(rate_0, "rate_0")
    wanted = as_share(power, "power")
    low, high = control.copy(), np.ones_like(control)
    reached = exact_power(high, n_1, control, n_0, alpha=alpha, sides=sides, test=test) >= wanted
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        short = exact_power(middle, n_1, control, n_0, alpha=alpha, sides=sides, test=test) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(np.where(reached, (low + high) / 2 - control, np.nan))


def binomial_probabilities(rates: Floats, n: int) -> Floats:
    """Return the probabilities of 0 to n responders: one row a rate."""
    x = np.arange(n + 1)
    p = np.asarray(rates)[..., None]
    with np.errstate(invalid="ignore"):  # no responders at a rate of 0, or all at 1: 0 times inf
        responders, others = x * xlogy(1.0, p), (n - x) * xlog1py(1.0, -p)
    responders[..., 0] = others[..., n] = 0.0
    responders += _log_ways(n)  # in place: the tables are large
    responders += others
    return np.asarray(np.exp(responders, out=responders))


@lru_cache(maxsize=64)
def _log_ways(n: int) -> Floats:
    """Return the logarithms of how many ways there are to choose 0 to n of n."""
    x = np.arange(n + 1)
    return np.asarray(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1))
