"""Changes of a score from baseline, from the means and spreads that a source prints.

Vocabulary: a *change* is follow-up minus baseline, so with scores in which lower is better an
improvement is negative; *spread* is the printed number after the plus-minus sign, which is a
standard deviation (of patients) or a standard error (of their mean) and is never guessed.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from atopic.stats.arguments import (
    as_a,
    as_level,
    as_numbers,
    as_sizes,
    as_words,
    index,
    one_of,
    refuse,
    shown,
    together,
)
from atopic.stats.arrays import read_floats
from atopic.stats.results import Result

__all__ = [
    "Change",
    "Difference",
    "difference",
    "from_limits",
    "from_spread",
    "two_sided_quantile",
]

Floats: TypeAlias = NDArray[np.float64]
#: How far a mean may lie off the middle of its limits, as a share of their half width.
_OFF_MIDDLE = 0.1
Quantile: TypeAlias = Literal["t", "normal"]


@dataclass(frozen=True, repr=False)
class Change(Result):
    """Mean change of patients with its interval.

    Attributes
    ----------
    estimate, se, lower, upper : ndarray
        Mean change, its standard error and its limits, in the unit of the input.
    n : ndarray
        Patients.
    level : float
        Confidence level of the limits.
    spread : ndarray of str
        What the standard error comes from: ``sd``, ``se``, ``ci by t``, ``ci by normal``, ``sd of
        baseline and follow-up``, or ``assumed sd`` / ``assumed se`` where the source does not say.
    correlation : ndarray or None
        Assumed correlation of baseline and follow-up, where the change is made of two means.
    method : str
        How the limits are made.
    """

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    n: Floats
    level: float
    spread: NDArray[np.str_]
    correlation: Floats | None = None
    method: str = "t interval with n - 1 df"

    @classmethod
    def from_se(
        cls,
        estimate: Floats,
        se: Floats,
        n: Floats,
        *,
        spread: ArrayLike,
        level: float,
        correlation: Floats | None = None,
    ) -> Self:
        """Put a t interval about an estimate.

        Parameters
        ----------
        estimate, se, n : ndarray
            Mean change, standard error and patients, of one shape.
        spread : array_like of str
            What the standard error comes from.
        level : float
            Confidence level.
        correlation : ndarray, optional
            Assumed correlation, where there is one.

        Returns
        -------
        Change
            With limits ``estimate -+ t se``.
        """
        estimate, se, n = together(
            estimate=as_numbers(estimate, "estimate"),
            se=as_numbers(se, "se", positive=True),
            n=as_sizes(n, least=2),
        )
        half = two_sided_quantile(n - 1.0, level) * se
        return cls(
            estimate=np.asarray(estimate),
            se=np.asarray(se),
            lower=np.asarray(estimate - half),
            upper=np.asarray(estimate + half),
            n=n,
            level=as_level(level),
            spread=np.broadcast_to(np.asarray(spread, dtype=np.str_), n.shape),
            correlation=correlation,
        )

    @property
    def sd(self) -> Floats:
        """Standard deviation of the patients' changes."""
        return np.asarray(self.se * np.sqrt(self.n))


@dataclass(frozen=True, repr=False)
class Difference(Result):
    """Difference of two arms' mean changes.

    Attributes
    ----------
    estimate, se, lower, upper : ndarray
        First arm minus second arm, its standard error and its limits.
    df, statistic, p_value : ndarray
        Degrees of freedom (infinite for the normal quantile), estimate / se, two-sided p value.
    level : float
        Confidence level of the limits.
    spread : tuple of ndarray of str
        What the standard errors of the first and of the second arm come from.
    variance : str
        ``welch`` (each arm its own variance) or ``pooled``.
    quantile : str
        ``t`` or ``normal``.
    """

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    df: Floats
    statistic: Floats
    p_value: Floats
    level: float
    spread: tuple[NDArray[np.str_], NDArray[np.str_]]
    variance: str
    quantile: str


def from_spread(
    mean: ArrayLike,
    spread: ArrayLike,
    n: ArrayLike,
    *,
    kind: ArrayLike,
    assume: Literal["sd", "se"] | None = None,
    level: float = 0.95,
) -> Change:
    """Interval of a printed mean change from its printed spread.

    Parameters
    ----------
    mean : array_like
        Mean absolute or percent change.
    spread : array_like
        The printed spread, in the unit of `mean`.
    n : array_like of whole numbers
        Patients, at least 2.
    kind : str or array_like of str
        What the source says `spread` is: ``sd``, ``se`` or ``unlabelled``.
    assume : {"sd", "se"}, optional
        What to take an unlabelled spread for; used for those only, and carried in the result.
    level : float, optional
        Confidence level.

    Returns
    -------
    Change
        Of the broadcast shape, with a t interval.

    Raises
    ------
    ValueError
        If a spread is unlabelled and nothing is assumed, a kind is unknown, a spread is not above
        0, n is below 2, a value is missing, or the shapes do not broadcast.

    Examples
    --------
    >>> kangstem = from_spread(-10.54, 13.56, 88, kind="unlabelled", assume="sd")
    >>> kangstem.lower.round(2), kangstem.upper.round(2), str(kangstem.spread)
    (np.float64(-13.41), np.float64(-7.67), 'assumed sd')
    """
    centre, width, size, kinds = together(
        mean=as_numbers(mean, "mean"),
        spread=as_numbers(spread, "spread", positive=True),
        n=as_sizes(n, least=2),
        kind=as_words(kind, "kind", ("sd", "se", "unlabelled")),
    )
    if assume is not None and (not isinstance(assume, str) or assume not in ("sd", "se")):
        raise ValueError(f"assume must be 'sd' or 'se', not {shown(assume)}")
    unlabelled = kinds == "unlabelled"
    if assume is None:
        refuse(
            unlabelled, "spread", width, "is unlabelled: assume='sd' or assume='se' must be said"
        )
    meant = np.where(unlabelled, assume or "", kinds)
    labels = np.where(unlabelled, f"assumed {assume}", kinds)
    se = np.where(meant == "sd", width / np.sqrt(size), width)
    return Change.from_se(centre, se, size, spread=labels, level=level)


def from_limits(
    mean: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    *,
    printed_level: float = 0.95,
    printed_quantile: Quantile = "t",
    level: float = 0.95,
) -> Change:
    """Interval, standard error and SD of a mean change from its printed confidence interval.

    Parameters
    ----------
    mean, lower, upper : array_like
        Mean change and printed limits.
    n : array_like of whole numbers
        Patients, at least 2.
    printed_level : float, optional
        Confidence level of the printed limits.
    printed_quantile : {"t", "normal"}, optional
        Quantile that the source multiplied the standard error with: t with n - 1 df, or normal.
    level : float, optional
        Confidence level of the result.

    Returns
    -------
    Change
        Symmetrical about `mean`; its standard error is half the printed width over the quantile.

    Raises
    ------
    ValueError
        If the mean is not between the limits, the limits coincide or lie far from symmetric about
        the mean, n is below 2, a value is missing, or the shapes do not broadcast.

    Notes
    -----
    Limits that a t or normal quantile makes are symmetric about the mean. The mean may lie off
    their middle by what printing with these digits can do, or by a tenth of the half width; beyond
    that one of the three is misprinted, or the interval is of another kind (of a ratio, or by
    bootstrap), from which no standard error of the mean follows.

    Examples
    --------
    >>> from_limits(-10.54, -13.41, -7.67, 88).sd.round(1)
    np.float64(13.5)
    """
    one_of(printed_quantile, "printed_quantile", ("t", "normal"))
    centre, low, high, size = together(
        mean=as_numbers(mean, "mean"),
        lower=as_numbers(lower, "lower"),
        upper=as_numbers(upper, "upper"),
        n=as_sizes(n, least=2),
    )
    refuse(low >= high, "lower", low, "is not below upper")
    refuse((centre < low) | (centre > high), "mean", centre, "is outside its limits")
    _refuse_asymmetry(centre, low, high)
    printed_level = as_level(printed_level)
    df = size - 1.0 if printed_quantile == "t" else np.full(size.shape, np.inf)
    se = (high - low) / (2.0 * two_sided_quantile(df, printed_level))
    return Change.from_se(centre, se, size, spread=f"ci by {printed_quantile}", level=level)


def _refuse_asymmetry(mean: Floats, lower: Floats, upper: Floats) -> None:
    """Refuse limits that are no mean -+ quantile x se, whatever was rounded in printing."""
    half, off = (upper - lower) / 2.0, np.abs((upper + lower) / 2.0 - mean)
    for place in np.argwhere(off > half * _OFF_MIDDLE).tolist():
        at = tuple(place)
        low, centre, high = (float(values[at]) for values in (lower, mean, upper))
        # Each of the three may be off by half a unit of the last digit.
        if off[at] <= _printed_unit(low, centre, high) * (1.0 + 1e-9):
            continue
        mend = "look for a misprint, or a limit without its minus sign"
        if low > 0 and abs(np.log(low * high / centre**2)) < _OFF_MIDDLE * np.log(high / low):
            mend = "as ratios they are symmetric: give the logarithms of all three"
        raise ValueError(
            f"mean{index(at)} = {centre:g} is far from the middle of its limits {low:g} and "
            f"{high:g}: {mend}"
        )


def _printed_unit(*printed: float) -> float:
    """Return one unit of the last digit of the number that has most of them."""
    # The shortest text that reads as this number: 2.5, not 2.49999.
    places = [Decimal(repr(value)).normalize().as_tuple().exponent for value in printed]
    return 10.0 ** min(0, *(int(place) for place in places))


def difference(
    one: Change,
    other: Change,
    *,
    variance: Literal["welch", "pooled"] = "welch",
    quantile: Quantile = "t",
    level: float = 0.95,
) -> Difference:
    """Difference of the mean changes of two independent arms.

    Parameters
    ----------
    one, other : Change
        First and second arm; they broadcast.
    variance : {"welch", "pooled"}, optional
        Whether each arm keeps its own variance.
    quantile : {"t", "normal"}, optional
        Student's t with the degrees of freedom of `variance`, or the normal quantile.
    level : float, optional
        Confidence level.

    Returns
    -------
    Difference
        First minus second arm: negative favours the first where lower is better.

    Raises
    ------
    ValueError
        If an option is unknown or the shapes do not broadcast.

    References
    ----------
    Welch 1947, Biometrika 34:28-35.

    Examples
    --------
    >>> active = from_spread(-10.54, 13.56, 88, kind="unlabelled", assume="sd")
    >>> placebo = from_spread(-6.194, 13.11, 81, kind="unlabelled", assume="sd")
    >>> found = difference(active, placebo)
    >>> found.estimate.round(2), found.lower.round(2), found.upper.round(2)
    (np.float64(-4.35), np.float64(-8.4), np.float64(-0.29))
    """
    one_of(variance, "variance", ("welch", "pooled"))
    one_of(quantile, "quantile", ("t", "normal"))
    arms = {"one": as_a(one, Change, "one"), "other": as_a(other, Change, "other")}
    mean_1, se_1, n_1, mean_0, se_0, n_0 = together(
        **{
            f"{name} {part}": getattr(arm, part)
            for name, arm in arms.items()
            for part in ("estimate", "se", "n")
        }
    )
    if variance == "welch":
        square = se_1**2 + se_0**2
        df = square**2 / (se_1**4 / (n_1 - 1.0) + se_0**4 / (n_0 - 1.0))
    else:
        df = n_1 + n_0 - 2.0
        squares = n_1 * (n_1 - 1.0) * se_1**2 + n_0 * (n_0 - 1.0) * se_0**2
        square = squares / df * (1.0 / n_1 + 1.0 / n_0)
    if quantile == "normal":
        df = np.full(df.shape, np.inf)
    estimate, se = mean_1 - mean_0, np.sqrt(square)
    half = two_sided_quantile(df, level) * se
    statistic = estimate / se
    tail = np.where(np.isinf(df), ndtr(-np.abs(statistic)), stdtr(df, -np.abs(statistic)))
    return Difference(
        estimate=np.asarray(estimate),
        se=np.asarray(se),
        lower=np.asarray(estimate - half),
        upper=np.asarray(estimate + half),
        df=np.asarray(df),
        statistic=np.asarray(statistic),
        p_value=np.asarray(2.0 * tail),
        level=as_level(level),
        spread=(one.spread, other.spread),
        variance=variance,
        quantile=quantile,
    )


def two_sided_quantile(df: Floats, level: float) -> Floats:
    """Quantile by which a standard error is multiplied for a two-sided interval.

    Parameters
    ----------
    df : ndarray
        Degrees of freedom of Student's t; infinite for the normal distribution.
    level : float
        Confidence level.

    Returns
    -------
    ndarray of float64
        Of the shape of `df`.

    Examples
    --------
    >>> two_sided_quantile(np.array([9.0, np.inf]), 0.95).round(4)
    array([2.2622, 1.96  ])
    """
    share = (1.0 + as_level(level)) / 2.0
    df = read_floats(df, "df")
    refuse(~(df > 0.0), "df", df, "must be above 0")
    # stdtrit has no value at infinitely many degrees of freedom.
    finite = np.where(np.isinf(df), 1.0, df)
    return np.where(np.isinf(df), ndtri(share), stdtrit(finite, share))
