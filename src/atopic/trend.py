"""The Cochran-Armitage test for a trend of response rates over doses, asymptotic and exact."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from atopic.dosearms import CountArms, Floats, as_count_arms, pool_equal_doses

__all__ = ["TrendTest", "trend_test"]

Alternative = Literal["two-sided", "greater", "less"]
Variance = Literal["N", "N-1"]

#: How the two-sided exact p value counts: as coin and StatXact do, by distance from the mean.
TWO_SIDED_EXACT = "statistic at least as far from its expectation, on either side"
TWO_SIDED_NORMAL = "twice the smaller normal tail"

#: Whole-number scores must leave room for a sum over all patients in 64 bits.
LARGEST_SUM = 2**62
#: Outcomes held at once by the exact test; 30 million take about 1 GB and several seconds.
MOST_OUTCOMES = 30_000_000
#: Scores with no common unit (logarithms of doses) tie when sums agree to this share of the range.
TIE = 1e-9


@dataclass(frozen=True)
class TrendTest:
    """Result of a Cochran-Armitage trend test.

    Attributes
    ----------
    statistic : float
        The standardised statistic z; above 0 when responses rise with the scores.
    p_value : float
        For the `alternative`, exact or by the normal distribution as `exact` says.
    alternative : {"two-sided", "greater", "less"}
        "greater" means that the response rate rises with the scores.
    exact : bool
        Whether the p value comes from the conditional permutation distribution.
    variance : {"N", "N-1"}
        Divisor in the variance of z. The exact p value does not depend on it.
    two_sided : str
        What the two-sided p value adds up.
    scores : ndarray of shape (k,)
        Score of each arm.
    score_kind : str
        "dose", "rank" or "given".
    """

    statistic: float
    p_value: float
    alternative: Alternative
    exact: bool
    variance: Variance
    two_sided: str
    scores: Floats
    score_kind: str


def trend_test(
    dose: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    *,
    scores: Literal["dose", "rank"] | ArrayLike = "dose",
    exact: bool = False,
    variance: Variance = "N",
    alternative: Alternative = "two-sided",
) -> TrendTest:
    r"""Test for a trend of response rates over doses (Cochran-Armitage).

    Parameters
    ----------
    dose : array_like of shape (k,)
        One dose for each arm, in one unit; at least two must differ.
    responders, n : array_like of whole numbers, of shape (k,) or one number for all arms
        Patients with a response, and patients in all. Nothing is added to them.
    scores : {"dose", "rank"} or array_like of shape (k,)
        The doses themselves, their order (1 for the lowest dose, 2 for the next), or own scores.
    exact : bool
        Take the p value from the permutation distribution given the total number of responders.
    variance : {"N", "N-1"}
        The binomial variance (Armitage; R's ``prop.trend.test``), or the permutation variance,
        which is larger by N / (N - 1) (Mantel's extension; R's ``coin``).
    alternative : {"two-sided", "greater", "less"}
        "greater": the rate rises with the scores.

    Returns
    -------
    TrendTest

    Raises
    ------
    ValueError
        For impossible counts or doses, fewer than two distinct doses or scores, a wrong option, or
        an exact test with so many arms of unevenly spaced scores that it cannot be enumerated.

    Notes
    -----
    With scores :math:`s_i` and :math:`\bar p = \sum x_i / N`,

    .. math:: z = \frac{\sum s_i (x_i - n_i \bar p)}
              {\sqrt{\bar p (1 - \bar p) \{\sum n_i s_i^2 - (\sum n_i s_i)^2 / N\}}} .

    If nobody or everybody responded, only one table is possible: z = 0 and p = 1, whatever the
    alternative. The exact test decides ties of the statistic in whole numbers whenever the scores
    are multiples of a common unit (0, 7.5, 15; 2.5e7, 5e7); scores without one, such as
    logarithms, tie when two sums agree to 1e-9 of the range. Two halves of the arms are
    enumerated and matched by their total, so that 400 patients take milliseconds.

    References
    ----------
    Cochran 1954, Biometrics 10:417 (section 6.2). Armitage 1955, Biometrics 11:375.
    Mehta, Patel and Senchaudhuri 1992, Journal of Computational and Graphical Statistics 1:21.

    Examples
    --------
    >>> test = trend_test([0, 1, 2, 3], [0, 1, 3, 6], 50)
    >>> round(test.statistic, 6), round(test.p_value, 6)
    (2.901905, 0.003709)
    >>> round(trend_test([0, 1, 2, 3], [0, 1, 3, 6], 50, exact=True).p_value, 8)
    0.00443287
    """
    if variance not in ("N", "N-1"):
        raise ValueError(f"variance must be 'N' or 'N-1', not {variance!r}")
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(
            f"alternative must be 'two-sided', 'greater' or 'less', not {alternative!r}"
        )
    arms = as_count_arms(dose, responders, n)
    if np.unique(arms.dose).size < 2:
        raise ValueError(
            f"a trend needs at least two different doses, and every arm has dose {arms.dose[0]:g}"
        )
    values, kind = _scores(arms.dose, scores)
    z = _statistic(values, arms, variance)
    total = arms.responders.sum()
    if total in (0, arms.n.sum()):
        p = 1.0
    elif exact:
        p = _exact_p(values, arms, alternative)
    else:
        p = {
            "two-sided": 2 * float(ndtr(-abs(z))),
            "greater": float(ndtr(-z)),
            "less": float(ndtr(z)),
        }[alternative]
    return TrendTest(
        statistic=z,
        p_value=min(p, 1.0),
        alternative=alternative,
        exact=bool(exact),
        variance=variance,
        two_sided=TWO_SIDED_EXACT if exact else TWO_SIDED_NORMAL,
        scores=values,
        score_kind=kind,
    )


def _scores(dose: Floats, scores: Literal["dose", "rank"] | ArrayLike) -> tuple[Floats, str]:
    if isinstance(scores, str):
        if scores == "dose":
            return dose, "dose"
        if scores == "rank":
            return np.unique(dose, return_inverse=True)[1] + 1.0, "rank"
        raise ValueError(f"scores must be 'dose', 'rank' or one number per arm, not {scores!r}")
    try:
        values = np.array(scores, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"scores must be one number per arm, not {scores!r}") from None
    if values.shape != dose.shape or not np.all(np.isfinite(values)):
        raise ValueError(
            f"scores must be one finite number for each of the {dose.size} arms, not {scores!r}"
        )
    if np.unique(values).size < 2:
        raise ValueError(f"scores must differ between arms, and all are {values[0]:g}")
    return values, "given"


def _statistic(scores: Floats, arms: CountArms, variance: Variance) -> float:
    # A trend does not change with origin or unit; removing both keeps 5e7 cells from rounding.
    s = (scores - scores.min()) / np.ptp(scores)
    size = arms.n.sum()
    p = arms.responders.sum() / size
    if p in (0.0, 1.0):
        return 0.0
    centred = s - (arms.n @ s) / size
    spread = p * (1 - p) * (arms.n @ centred**2)
    if variance == "N-1":
        spread *= size / (size - 1)
    return float((centred @ arms.responders) / math.sqrt(spread))


def _exact_p(scores: Floats, arms: CountArms, alternative: Alternative) -> float:
    # The sum of scores cannot tell arms of one score apart.
    arms = pool_equal_doses(CountArms(scores, arms.responders, arms.n))
    scores = arms.dose
    units = _whole_units(scores, int(arms.n.sum()))
    values: NDArray[np.int64] | Floats
    low: float
    high: float
    if units is None:
        values = (scores - scores.min()) / np.ptp(scores)
        observed = float(values @ arms.responders)
        expected = float(values @ arms.n) * arms.responders.sum() / arms.n.sum()
        slack = TIE * arms.responders.sum()
        away = abs(observed - expected)
        low, high = expected - away + slack, expected + away - slack
        at_most, at_least = observed + slack, observed - slack
    else:
        values = np.array(units, dtype=np.int64)
        x, n = [int(v) for v in arms.responders], [int(v) for v in arms.n]
        observed_units = sum(s * v for s, v in zip(units, x, strict=True))
        mean_times_n = sum(s * v for s, v in zip(units, n, strict=True)) * sum(x)
        distance = abs(observed_units * sum(n) - mean_times_n)
        low = (mean_times_n - distance) // sum(n)
        high = -((-mean_times_n - distance) // sum(n))
        at_most = at_least = observed_units
    if alternative == "greater":
        low, high = -math.inf, at_least
    elif alternative == "less":
        low, high = at_most, math.inf
    elif low >= high:
        return 1.0
    return _tails(values, arms, low, high)


def _whole_units(scores: Floats, size: int) -> list[int] | None:
    """Scores as whole multiples of a common unit from the lowest up, or None if none is near."""
    # The shortest decimal that names a float is what was meant: 0.1, not 0.1000000000000000055.
    exact = [Fraction(repr(float(s))) for s in scores]
    shifted = [s - min(exact) for s in exact]
    unit = math.lcm(*(s.denominator for s in shifted))
    whole = [int(s * unit) for s in shifted]
    common = math.gcd(*whole)
    whole = [w // common for w in whole]
    return whole if max(whole) * size * size < LARGEST_SUM else None


def _tails(values: NDArray[np.int64] | Floats, arms: CountArms, low: float, high: float) -> float:
    """Probability, given all responders, that the sum of scores is <= low or >= high."""
    odds = arms.responders.sum() / (arms.n.sum() - arms.responders.sum())
    total = int(arms.responders.sum())
    # Alternating by size keeps the two halves, and so the work, about equal.
    order = np.argsort(arms.n)
    halves = [
        _enumerate(values[part], arms.n[part].astype(np.int64), odds, total)
        for part in (order[::2], order[1::2])
    ]
    (count_a, sum_a, weight_a), (count_b, sum_b, weight_b) = halves
    by_total = np.lexsort((sum_b, count_b))
    count_b, sum_b, weight_b = count_b[by_total], sum_b[by_total], weight_b[by_total]
    inside = everything = 0.0
    for count in np.unique(count_a):
        first, last = np.searchsorted(count_b, [total - count, total - count + 1])
        if first == last:
            continue
        rows = count_a == count
        sums, weights = sum_b[first:last], weight_b[first:last]
        up_to = np.concatenate([[0.0], np.cumsum(weights)])
        from_on = np.concatenate([np.cumsum(weights[::-1])[::-1], [0.0]])
        everything += float(weight_a[rows].sum() * up_to[-1])
        if high < math.inf:
            # An integer array is searched with integers: floats would round large sums.
            wanted = np.asarray(high, dtype=sums.dtype) - sum_a[rows]
            inside += float(weight_a[rows] @ from_on[np.searchsorted(sums, wanted, "left")])
        if low > -math.inf:
            wanted = np.asarray(low, dtype=sums.dtype) - sum_a[rows]
            inside += float(weight_a[rows] @ up_to[np.searchsorted(sums, wanted, "right")])
    return inside / everything


def _enumerate(
    values: NDArray[np.int64] | Floats, n: NDArray[np.int64], odds: float, total: int
) -> tuple[NDArray[np.int64], NDArray[np.int64] | Floats, Floats]:
    """Responders, sum of scores and weight of every outcome of some arms, equal ones merged."""
    counts = np.zeros(1, dtype=np.int64)
    sums = np.zeros(1, dtype=values.dtype)
    weights = np.ones(1)
    for value, size in zip(values, n, strict=True):
        x = np.arange(min(size, total) + 1)
        if counts.size * x.size > MOST_OUTCOMES:
            raise ValueError(
                f"the exact test would enumerate {counts.size * x.size:.1e} outcomes, more than "
                f"{MOST_OUTCOMES:.0e}; use scores='rank' or exact=False"
            )
        counts = (counts[:, None] + x).ravel()
        sums = (sums[:, None] + value * x).ravel()
        weights = (weights[:, None] * _binomial_weights(int(size), odds)[: x.size]).ravel()
        counts, sums, weights = _merge(counts, sums, weights, total)
    return counts, sums, weights


def _merge(
    counts: NDArray[np.int64], sums: NDArray[np.int64] | Floats, weights: Floats, total: int
) -> tuple[NDArray[np.int64], NDArray[np.int64] | Floats, Floats]:
    kept = counts <= total
    counts, sums, weights = counts[kept], sums[kept], weights[kept]
    order = np.lexsort((sums, counts))
    counts, sums, weights = counts[order], sums[order], weights[order]
    apart = 0 if sums.dtype.kind == "i" else TIE / 4
    new = np.concatenate([[True], (np.diff(counts) > 0) | (np.diff(sums) > apart)])
    starts = np.flatnonzero(new)
    return counts[starts], sums[starts], np.add.reduceat(weights, starts)


def _binomial_weights(n: int, odds: float) -> Floats:
    """Binomial probabilities up to a factor, 1 at the mode, so that nothing overflows."""
    x = np.arange(n)
    ratio = (n - x) / (x + 1.0) * odds
    mode = int(np.count_nonzero(ratio >= 1))
    below = np.cumprod(1 / ratio[:mode][::-1])[::-1]
    above = np.cumprod(ratio[mode:])
    return np.concatenate([below, [1.0], above])
