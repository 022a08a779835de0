"""Change of the same patients from two printed means, which needs a correlation nobody printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_level
from atopic.stats.changes import Change, two_sided_quantile
from atopic.stats.measurements import as_numbers, as_sizes, one_of, refuse, together

__all__ = ["PercentChange", "between_means", "correlation_sweep", "percent_between_means"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class PercentChange:
    """Percent change of a mean, not the mean of the patients' percent changes.

    Attributes
    ----------
    estimate, lower, upper : ndarray
        ``100 (follow-up / baseline - 1)`` and its limits, in percent.
    log_ratio_se : ndarray
        Standard error of the logarithm of the ratio of means.
    n : ndarray
        Patients.
    level : float
        Confidence level of the limits.
    correlation : ndarray
        Assumed correlation of baseline and follow-up.
    method : str
        How the limits are made.
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    log_ratio_se: Floats
    n: Floats
    level: float
    correlation: Floats
    method: str = "log ratio of means by the delta method, t with n - 1 df"


def between_means(
    baseline: ArrayLike,
    follow_up: ArrayLike,
    sd_baseline: ArrayLike,
    sd_follow_up: ArrayLike,
    n: ArrayLike,
    *,
    correlation: ArrayLike,
    level: float = 0.95,
) -> Change:
    """Mean change of the same patients from two means and a stated correlation.

    Parameters
    ----------
    baseline, follow_up : array_like
        Mean scores.
    sd_baseline, sd_follow_up : array_like
        Their standard deviations, above 0.
    n : array_like of whole numbers
        Patients seen at both times, at least 2.
    correlation : array_like
        Correlation of the two scores between patients, from -1 to below 1. Sources rarely print
        it: see :func:`correlation_sweep`.
    level : float, optional
        Confidence level.

    Returns
    -------
    Change
        With the correlation in it.

    Raises
    ------
    ValueError
        If an input is out of range or missing, or the shapes do not broadcast.

    Notes
    -----
    The variance of the change is ``sd1^2 + sd2^2 - 2 r sd1 sd2``.

    References
    ----------
    Cochrane Handbook for Systematic Reviews of Interventions, version 6, section 6.5.2.8.

    Examples
    --------
    >>> change = between_means(28.0, 17.5, 11.0, 12.0, 40, correlation=0.5)
    >>> change.estimate, change.lower.round(2), change.upper.round(2)
    (array(-10.5), np.float64(-14.19), np.float64(-6.81))
    """
    one, two, sd_one, sd_two, size, r = _pairs(
        baseline, follow_up, sd_baseline, sd_follow_up, n, correlation
    )
    variance = sd_one**2 + sd_two**2 - 2.0 * r * sd_one * sd_two
    return Change.from_se(
        two - one,
        np.sqrt(variance / size),
        size,
        spread="sd of baseline and follow-up",
        level=level,
        correlation=r,
    )


def percent_between_means(
    baseline: ArrayLike,
    follow_up: ArrayLike,
    sd_baseline: ArrayLike,
    sd_follow_up: ArrayLike,
    n: ArrayLike,
    *,
    correlation: ArrayLike,
    level: float = 0.95,
) -> PercentChange:
    """Percent change of the mean from two means and a stated correlation.

    Parameters
    ----------
    baseline, follow_up : array_like
        Mean scores, above 0.
    sd_baseline, sd_follow_up, n, correlation, level
        As in :func:`between_means`.

    Returns
    -------
    PercentChange
        The change of the mean; the mean of the patients' own percent changes is another number.

    Raises
    ------
    ValueError
        If an input is out of range or missing, or the shapes do not broadcast.

    Notes
    -----
    With the coefficients of variation c1 and c2 the variance of the log ratio is
    ``(c1^2 + c2^2 - 2 r c1 c2) / n``.

    References
    ----------
    Lajeunesse 2011, Ecology 92:2049-2055: the log response ratio of dependent means.

    Examples
    --------
    >>> change = percent_between_means(28.0, 17.5, 11.0, 12.0, 40, correlation=0.5)
    >>> change.estimate, change.lower.round(1), change.upper.round(1)
    (array(-37.5), np.float64(-48.3), np.float64(-24.4))
    """
    one, two, sd_one, sd_two, size, r = _pairs(
        baseline, follow_up, sd_baseline, sd_follow_up, n, correlation
    )
    refuse(one <= 0.0, "baseline", one, "must be above 0 for a percent change")
    refuse(two <= 0.0, "follow_up", two, "must be above 0 for a percent change")
    cv_one, cv_two = sd_one / one, sd_two / two
    se = np.sqrt((cv_one**2 + cv_two**2 - 2.0 * r * cv_one * cv_two) / size)
    ratio = np.log(two / one)
    half = two_sided_quantile(size - 1.0, level) * se
    return PercentChange(
        estimate=np.asarray(100.0 * (two / one - 1.0)),
        lower=np.asarray(100.0 * np.expm1(ratio - half)),
        upper=np.asarray(100.0 * np.expm1(ratio + half)),
        log_ratio_se=np.asarray(se),
        n=size,
        level=as_level(level),
        correlation=r,
    )


def correlation_sweep(
    baseline: ArrayLike,
    follow_up: ArrayLike,
    sd_baseline: ArrayLike,
    sd_follow_up: ArrayLike,
    n: ArrayLike,
    *,
    correlations: Sequence[float] = (0.0, 0.3, 0.5, 0.7, 0.9),
    scale: Literal["points", "percent"] = "points",
    level: float = 0.95,
) -> pd.DataFrame:
    """Show how the interval of a change depends on the correlation that nobody printed.

    Parameters
    ----------
    baseline, follow_up, sd_baseline, sd_follow_up, n, level
        As in :func:`between_means`; scalars or one value a row.
    correlations : sequence of float, optional
        Correlations to try.
    scale : {"points", "percent"}, optional
        Absolute change (:func:`between_means`) or :func:`percent_between_means`.

    Returns
    -------
    DataFrame
        One row a position and correlation: ``position``, ``correlation``, ``estimate``,
        ``lower``, ``upper``, ``level``, ``method``.

    Raises
    ------
    ValueError
        As the function of the scale.

    Examples
    --------
    >>> sweep = correlation_sweep(28.0, 17.5, 11.0, 12.0, 40, correlations=[0, 0.9])
    >>> sweep[["correlation", "estimate", "lower", "upper"]].round(2)
       correlation  estimate  lower  upper
    0          0.0     -10.5 -15.71  -5.29
    1          0.9     -10.5 -12.17  -8.83
    """
    one_of(scale, ("points", "percent"), "scale")
    rows = [
        np.atleast_1d(np.asarray(values, dtype=np.float64))[..., None]
        for values in (baseline, follow_up, sd_baseline, sd_follow_up, n)
    ]
    change = between_means if scale == "points" else percent_between_means
    found = change(*rows, correlation=np.asarray(correlations, dtype=np.float64), level=level)
    shape = found.estimate.shape
    return pd.DataFrame(
        {
            "position": np.repeat(np.arange(shape[0]), shape[1]),
            "correlation": np.broadcast_to(np.asarray(correlations, float), shape).ravel(),
            "estimate": found.estimate.ravel(),
            "lower": found.lower.ravel(),
            "upper": found.upper.ravel(),
            "level": found.level,
            "method": found.method,
        }
    )


def _pairs(
    baseline: ArrayLike,
    follow_up: ArrayLike,
    sd_baseline: ArrayLike,
    sd_follow_up: ArrayLike,
    n: ArrayLike,
    correlation: ArrayLike,
) -> list[Floats]:
    r = as_numbers(correlation, "correlation")
    refuse((r < -1.0) | (r >= 1.0), "correlation", r, "must be from -1 to below 1")
    return together(
        baseline=as_numbers(baseline, "baseline"),
        follow_up=as_numbers(follow_up, "follow_up"),
        sd_baseline=as_numbers(sd_baseline, "sd_baseline", positive=True),
        sd_follow_up=as_numbers(sd_follow_up, "sd_follow_up", positive=True),
        n=as_sizes(n, least=2),
        correlation=r,
    )
