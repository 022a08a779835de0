"""Standard deviations, and means, from what a source prints in their place.

Each result names its method: a standard deviation that was computed back from a P value, or that
was estimated from quartiles, is not one that was printed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from atopic.stats.arguments import LARGEST, as_level, as_numbers, as_sizes, one_of, refuse, together
from atopic.stats.results import Result, number

__all__ = [
    "Spread",
    "from_five_numbers",
    "from_interval",
    "from_p",
    "from_quartiles",
    "from_range",
    "from_se",
    "from_t",
]


def __dir__() -> list[str]:
    return sorted(__all__)


Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Spread(Result):
    """Standard deviations with the name of their method.

    Attributes
    ----------
    sd : ndarray
        Standard deviation of patients, in the unit of the input.
    mean : ndarray or None
        Mean, where the method estimates one.
    method : str
        How both were found, with its source.
    """

    sd: Floats
    mean: Floats | None
    method: str

    def _first(self) -> str:
        if np.size(self.sd) != 1:
            return f"{np.size(self.sd):,} standard deviations, of shape {np.shape(self.sd)}"
        mean = "" if self.mean is None else f"; mean {number(float(np.ravel(self.mean)[0]))}"
        return f"Standard deviation {number(float(np.ravel(self.sd)[0]))}{mean}"

    def _model(self) -> str:
        return f"{self.method[:1].upper()}{self.method[1:]}."


def from_se(se: ArrayLike, n: ArrayLike) -> Spread:
    """Return the standard deviation from the standard error of a mean.

    Parameters
    ----------
    se : array_like
        Standard error, above 0.
    n : array_like of whole numbers
        Patients, at least 2.

    Raises
    ------
    ValueError
        For a standard error that is not above 0, fewer than 2 patients, or shapes that do not fit.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.2.

    Examples
    --------
    >>> from_se(1.45, 88).sd.round(1), from_se(1.45, 88).method
    (np.float64(13.6), 'standard error times the root of n')
    """
    error, size = together(se=as_numbers(se, "se", positive=True), n=as_sizes(n, least=2))
    return Spread(error * np.sqrt(size), None, "standard error times the root of n")


def from_interval(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    *,
    level: float = 0.95,
    quantile: str = "t",
) -> Spread:
    """Return the standard deviation from the confidence interval of one group's mean.

    Parameters
    ----------
    lower, upper : array_like
        Limits of the mean.
    n : array_like of whole numbers
        Patients, at least 2.
    level : float
        Confidence level of the limits.
    quantile : {"t", "normal"}
        What the source multiplied the standard error with: t with n - 1 df, or normal.

    Raises
    ------
    ValueError
        If the lower limit is not below the upper, or n is below 2.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.2.

    Examples
    --------
    >>> from_interval(-13.41, -7.67, 88).sd.round(1)
    np.float64(13.5)
    """
    one_of(quantile, "quantile", ("t", "normal"))
    low, high, size = together(
        lower=as_numbers(lower, "lower"),
        upper=as_numbers(upper, "upper"),
        n=as_sizes(n, least=2),
    )
    refuse(low >= high, "lower", low, "is not below upper")
    share = (1 + as_level(level)) / 2
    times = stdtrit(size - 1, share) if quantile == "t" else ndtri(share)
    name = "t with n - 1 df" if quantile == "t" else "the normal quantile"
    return Spread(
        np.sqrt(size) * (high - low) / (2 * times), None, f"{100 * level:g}% interval by {name}"
    )


def from_t(difference: ArrayLike, t: ArrayLike, n_1: ArrayLike, n_0: ArrayLike) -> Spread:
    """Return the standard deviation of either group from the t statistic of their difference.

    Parameters
    ----------
    difference : array_like
        Difference of the means of two groups; not 0.
    t : array_like
        The statistic of Student's test of it; its sign does not count.
    n_1, n_0 : array_like of whole numbers
        Patients of the groups, at least 2.

    Returns
    -------
    Spread
        The pooled standard deviation, taken to be that of both groups.

    Raises
    ------
    ValueError
        For a difference or a statistic of 0, from which none follows.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.3.

    Examples
    --------
    >>> from_t(3.8, 2.78, 25, 22).sd.round(2)
    np.float64(4.68)
    """
    gap, statistic, size_1, size_0 = together(
        difference=as_numbers(difference, "difference"),
        t=as_numbers(t, "t"),
        n_1=as_sizes(n_1, least=2, name="n_1"),
        n_0=as_sizes(n_0, least=2, name="n_0"),
    )
    refuse(gap == 0, "difference", gap, "says nothing of the spread")
    refuse(np.abs(statistic) < 1 / LARGEST, "t", statistic, "says nothing of the spread")
    se = np.abs(gap / statistic)
    return Spread(
        se / np.sqrt(1 / size_1 + 1 / size_0), None, "pooled, from t of the difference of two means"
    )


def from_p(difference: ArrayLike, p_value: ArrayLike, n_1: ArrayLike, n_0: ArrayLike) -> Spread:
    """Return the standard deviation of either group from the P value of their difference.

    Parameters
    ----------
    difference : array_like
        Difference of the means of two groups; not 0.
    p_value : array_like
        Two-sided and exact, of Student's t test, between 0 and 1. Of ``P < 0.05`` only a largest
        standard deviation follows: that of 0.05.
    n_1, n_0 : array_like of whole numbers
        Patients of the groups, at least 2.

    Returns
    -------
    Spread
        The pooled standard deviation, taken to be that of both groups.

    Raises
    ------
    ValueError
        For a P value outside the open interval (0, 1), or a difference of 0.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.3.

    Examples
    --------
    >>> from_p(3.8, 0.008, 25, 22).sd.round(2)
    np.float64(4.68)
    """
    gap, p, size_1, size_0 = together(
        difference=as_numbers(difference, "difference"),
        p_value=as_numbers(p_value, "p_value"),
        n_1=as_sizes(n_1, least=2, name="n_1"),
        n_0=as_sizes(n_0, least=2, name="n_0"),
    )
    refuse((p <= 0) | (p >= 1), "p_value", p, "must lie strictly between 0 and 1")
    t = -stdtrit(size_1 + size_0 - 2, p / 2)
    found = from_t(gap, t, size_1, size_0)
    return Spread(found.sd, None, "pooled, from P of the t test of two means")


def from_quartiles(q1: ArrayLike, median: ArrayLike, q3: ArrayLike, n: ArrayLike) -> Spread:
    """Estimate mean and standard deviation from the median and the quartiles.

    Parameters
    ----------
    q1, median, q3 : array_like
        First quartile, median and third quartile of roughly normal values.
    n : array_like of whole numbers
        Patients, at least 4.

    Raises
    ------
    ValueError
        If they are not in ascending order, the quartiles coincide, or n is below 4.

    Notes
    -----
    sd = (q3 - q1) / (2 z((0.75 n - 0.125) / (n + 0.25))), z the normal quantile; mean =
    w (q1 + q3) / 2 + (1 - w) median with w = 0.7 + 0.39 / n. Of skewed values both are biased: a
    median far from the middle of the quartiles is a warning.

    References
    ----------
    Wan et al. (2014), BMC Medical Research Methodology 14:135, equation 16.
    Luo et al. (2018), Statistical Methods in Medical Research 27:1785-1805, equation 15.

    Examples
    --------
    >>> found = from_quartiles(12.1, 17.5, 24.0, 40)
    >>> found.mean.round(2), found.sd.round(2)
    (np.float64(17.89), np.float64(9.15))
    """
    low, middle, high, size = _ordered(4, n, q1=q1, median=median, q3=q3)
    weight = 0.7 + 0.39 / size
    return Spread(
        (high - low) / (2 * _z_of_quartiles(size)),
        weight * (low + high) / 2 + (1 - weight) * middle,
        "from quartiles: sd of Wan 2014, mean of Luo 2018",
    )


def from_range(minimum: ArrayLike, median: ArrayLike, maximum: ArrayLike, n: ArrayLike) -> Spread:
    """Estimate mean and standard deviation from the median and the range.

    Parameters
    ----------
    minimum, median, maximum : array_like
        Smallest value, median and largest value of roughly normal values.
    n : array_like of whole numbers
        Patients, at least 2.

    Raises
    ------
    ValueError
        If they are not in ascending order, all are equal, or n is below 2.

    Notes
    -----
    sd = (maximum - minimum) / (2 z((n - 0.375) / (n + 0.25))), z the normal quantile; mean =
    w (minimum + maximum) / 2 + (1 - w) median with w = 4 / (4 + n**0.75). The range hangs on two
    patients: quartiles are better where they are printed.

    References
    ----------
    Wan et al. (2014), BMC Medical Research Methodology 14:135, equation 9.
    Luo et al. (2018), Statistical Methods in Medical Research 27:1785-1805, equation 7.

    Examples
    --------
    >>> found = from_range(1, 4, 10, 30)
    >>> found.mean.round(3), found.sd.round(6)
    (np.float64(4.357), np.float64(2.205578))
    """
    low, middle, high, size = _ordered(2, n, minimum=minimum, median=median, maximum=maximum)
    weight = 4 / (4 + size**0.75)
    return Spread(
        (high - low) / (2 * _z_of_range(size)),
        weight * (low + high) / 2 + (1 - weight) * middle,
        "from the range: sd of Wan 2014, mean of Luo 2018",
    )


def from_five_numbers(
    minimum: ArrayLike,
    q1: ArrayLike,
    median: ArrayLike,
    q3: ArrayLike,
    maximum: ArrayLike,
    n: ArrayLike,
) -> Spread:
    """Estimate mean and standard deviation from median, quartiles and range together.

    Parameters
    ----------
    minimum, q1, median, q3, maximum : array_like
        Of roughly normal values.
    n : array_like of whole numbers
        Patients, at least 4.

    Raises
    ------
    ValueError
        If they are not in ascending order, the quartiles coincide, or n is below 4.

    Notes
    -----
    sd is the mean of those of `from_range` and `from_quartiles`; mean =
    w (minimum + maximum) / 2 + v (q1 + q3) / 2 + (1 - w - v) median with
    w = 2.2 / (2.2 + n**0.75) and v = 0.7 - 0.72 / n**0.55.

    References
    ----------
    Wan et al. (2014), BMC Medical Research Methodology 14:135, equation 13.
    Luo et al. (2018), Statistical Methods in Medical Research 27:1785-1805, equation 17.

    Examples
    --------
    >>> found = from_five_numbers(2, 12.1, 17.5, 24.0, 41, 40)
    >>> found.mean.round(2), found.sd.round(2)
    (np.float64(18.32), np.float64(9.1))
    """
    low, first, middle, third, high, size = _ordered(
        4, n, minimum=minimum, q1=q1, median=median, q3=q3, maximum=maximum
    )
    refuse(first >= third, "q1", first, "is not below q3")
    outer, inner = 2.2 / (2.2 + size**0.75), 0.7 - 0.72 / size**0.55
    return Spread(
        (high - low) / (4 * _z_of_range(size)) + (third - first) / (4 * _z_of_quartiles(size)),
        outer * (low + high) / 2 + inner * (first + third) / 2 + (1 - outer - inner) * middle,
        "from quartiles and range: sd of Wan 2014, mean of Luo 2018",
    )


def _ordered(least: int, n: ArrayLike, **numbers: ArrayLike) -> list[Floats]:
    """Return numbers in ascending order, the first below the last, and the sizes."""
    found: list[Floats] = together(
        **{name: as_numbers(values, name) for name, values in numbers.items()},
        n=as_sizes(n, least=least),
    )
    names = list(numbers)
    for place in range(len(names) - 1):
        above = found[place] > found[place + 1]
        refuse(above, names[place], found[place], f"is above {names[place + 1]}")
    refuse(found[0] >= found[-2], names[0], found[0], f"is not below {names[-1]}")
    return found


def _z_of_range(n: Floats) -> Floats:
    return np.asarray(ndtri((n - 0.375) / (n + 0.25)))


def _z_of_quartiles(n: Floats) -> Floats:
    return np.asarray(ndtri((0.75 * n - 0.125) / (n + 0.25)))
