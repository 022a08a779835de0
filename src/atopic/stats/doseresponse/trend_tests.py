"""The Cochran-Armitage test for a trend of response rates over doses, asymptotic and exact."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from atopic.stats.arguments import LARGEST, as_flag, shown
from atopic.stats.arrays import read_floats
from atopic.stats.doseresponse.arm_data import CountArms, Floats, as_count_arms, pool_equal_doses
from atopic.stats.results import Result, number

Alternative = Literal["two-sided", "greater", "less"]
Variance = Literal["N", "N-1"]

#: How the two-sided exact p value counts: as coin and StatXact do, by distance from the mean.
TWO_SIDED_EXACT = "statistic at least as far from its expectation, on either side"
TWO_SIDED_NORMAL = "twice the smaller normal tail"

#: Whole-number scores must leave room for a sum over all patients in 64 bits.
LARGEST_SUM = 2**62
#: Scores that need more units than this are no multiples of one, but rounded (log 2, pi).
MOST_UNITS = 10**10
#: Outcomes held at once by the exact test; 10 million take about 1 GB and half a minute at worst.
MOST_OUTCOMES = 10_000_000
#: Scores with no common unit (logarithms of doses) tie when sums agree to this share of the range.
TIE = 1e-9
STEPS_PER_TIE = 100


@dataclass(frozen=True, repr=False)
class TrendTest(Result):
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

    def to_frame(self) -> pd.DataFrame:
        """Return the test as one row."""
        row = {name: value for name, value in self._values().items() if name != "scores"}
        return pd.DataFrame([{**row, "scores": ", ".join(map(number, self.scores))}])

    def _first(self) -> str:
        way = "rises" if self.statistic > 0 else "falls" if self.statistic < 0 else "is level"
        test = f"z = {number(self.statistic)}, P = {number(self.p_value, 2)}"
        return f"The rate {way} with the scores: {test}"

    def _model(self) -> str:
        kind = "exact" if self.exact else "normal"
        return f"Cochran-Armitage, {kind} P value, {self.alternative}; variance {self.variance}."


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
    if not isinstance(variance, str) or variance not in ("N", "N-1"):
        raise ValueError(f"variance must be 'N' or 'N-1', not {shown(variance)}")
    if not isinstance(alternative, str) or alternative not in ("two-sided", "greater", "less"):
        raise ValueError(
            f"alternative must be 'two-sided', 'greater' or 'less', not {shown(alternative)}"
        )
    exact = as_flag(exact, "exact")
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
            ranks = np.unique(dose, return_inverse=True)[1] + 1
            return np.asarray(ranks, dtype=np.float64), "rank"
        raise ValueError(
            f"scores must be 'dose', 'rank' or one number per arm, not {shown(scores)}"
        )
    values = read_floats(scores, "scores", "one number per arm")
    if values.shape != dose.shape or not np.all(np.abs(values) <= LARGEST):
        raise ValueError(
            f"scores must be one finite number for each of the {dose.size} arms, "
            f"not {shown(scores)}"
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
    pooled = pool_equal_doses(CountArms(scores, arms.responders, arms.n))
    x, n = ([int(v) for v in column] for column in (pooled.responders, pooled.n))
    units, tie = _units(pooled.dose, sum(n))
    slack = tie * sum(x)
    observed = sum(s * v for s, v in zip(units, x, strict=True))
    low: int | None
    high: int | None
    if alternative == "two-sided":
        centre = sum(s * v for s, v in zip(units, n, strict=True)) * sum(x)
        away = abs(observed * sum(n) - centre)
        low, high = (centre - away) // sum(n) + slack, -((-centre - away) // sum(n)) - slack
        if low >= high:
            return 1.0
    else:
        low = observed + slack if alternative == "less" else None
        high = observed - slack if alternative == "greater" else None
    return _tails(units, x, n, low, high)


def _units(scores: Floats, size: int) -> tuple[list[int], int]:
    """Scores as whole multiples of a unit from the lowest up, and how many of them make a tie."""
    # The shortest decimal that names a float is what was meant: 0.1, not 0.1000000000000000055.
    exact = [Fraction(repr(float(s))) for s in scores]
    shifted = [s - min(exact) for s in exact]
    denominator = math.lcm(*(s.denominator for s in shifted))
    whole = [int(s * denominator) for s in shifted]
    whole = [w // math.gcd(*whole) for w in whole]
    if max(whole) < MOST_UNITS and max(whole) * size * size < LARGEST_SUM:
        return whole, 0
    fine = min(STEPS_PER_TIE / TIE, LARGEST_SUM / 2 / size**2)
    return [round(float(s / max(shifted)) * fine) for s in shifted], max(1, round(TIE * fine))


def _tails(
    units: list[int], x: list[int], n: list[int], low: int | None, high: int | None
) -> float:
    """Probability, given all responders, that the sum of scores is <= low or >= high."""
    total = sum(x)
    odds = total / (sum(n) - total)
    width = max(units) * total + 1
    # Alternating by size keeps the two halves, and so the work, about equal.
    order = sorted(range(len(n)), key=lambda i: n[i])
    halves = [
        _enumerate([units[i] for i in part], [n[i] for i in part], odds, total, width)
        for part in (order[::2], order[1::2])
    ]
    (count_a, sum_a, weight_a), (count_b, sum_b, weight_b) = sorted(halves, key=lambda h: h[0].size)
    # Outcomes of the smaller half lie in blocks of one count, by rising sum; each outcome of the
    # larger half looks up those that complete it.
    key = count_a * width + sum_a
    by_key = np.argsort(key)
    key, weight_a = key[by_key], weight_a[by_key]
    wanted = total - count_b
    block = wanted * width
    bounds = np.searchsorted(key, np.arange(total + 2) * width)
    starts, ends = bounds[wanted], bounds[wanted + 1]
    edges = bounds[(bounds > np.roll(bounds, 1)) & (bounds < key.size)]  # bounds rise from 0
    up_to = _running_sums(weight_a, edges)
    from_on = _running_sums(weight_a[::-1], key.size - edges[::-1])[::-1]
    some = ends > starts
    everything = weight_b[some] @ up_to[ends[some] - 1]
    inside = 0.0
    if high is not None:
        at = np.searchsorted(key, block + np.clip(high - sum_b, 0, width))
        hit = at < ends
        inside += float(weight_b[hit] @ from_on[at[hit]])
    if low is not None:
        at = np.searchsorted(key, block + np.clip(low - sum_b, -1, width - 1), side="right")
        hit = at > starts
        inside += float(weight_b[hit] @ up_to[at[hit] - 1])
    return inside / float(everything)


def _running_sums(weights: Floats, edges: NDArray[np.int64]) -> Floats:
    """Cumulative sums that start anew at each edge, so that no small sum is left of a large one."""
    starts = np.concatenate([[0], edges])
    lengths = np.diff(starts, append=weights.size)
    sums = weights.copy()
    for length in np.flatnonzero(np.bincount(lengths)[2:]) + 2:  # all blocks of one length at once
        places = starts[lengths == length][:, None] + np.arange(length)
        sums[places] = np.cumsum(weights[places], axis=1)
    return sums


def _enumerate(
    units: list[int], n: list[int], odds: float, total: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Responders, sum of scores and weight of every outcome of some arms, equal ones merged."""
    counts = np.zeros(1, dtype=np.int64)
    sums = np.zeros(1, dtype=np.int64)
    weights = np.ones(1)
    for unit, size in zip(units, n, strict=True):
        counts, sums, weights = _merge(counts, sums, weights, width)
        outcomes = max(counts.size * (min(size, total) + 1), size)
        if outcomes > MOST_OUTCOMES:
            raise ValueError(
                f"the exact test would enumerate {outcomes:.1e} outcomes, more than "
                f"{MOST_OUTCOMES:.0e}; use scores='rank' or exact=False"
            )
        x = np.arange(min(size, total) + 1)
        counts = (counts[:, None] + x).ravel()
        sums = (sums[:, None] + unit * x).ravel()
        weights = (weights[:, None] * _binomial_weights(size, odds)[: x.size]).ravel()
        if counts[-1] > total:
            kept = counts <= total
            counts, sums, weights = counts[kept], sums[kept], weights[kept]
    return counts, sums, weights


def _merge(
    counts: NDArray[np.int64], sums: NDArray[np.int64], weights: Floats, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    key = counts * width + sums
    order = np.argsort(key)
    key = key[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(key) > 0]))
    kept = order[starts]
    return counts[kept], sums[kept], np.add.reduceat(weights[order], starts)


def _binomial_weights(n: int, odds: float) -> Floats:
    """Binomial probabilities up to a factor, 1 at the mode, so that nothing overflows."""
    x = np.arange(n)
    ratio = (n - x) / (x + 1.0) * odds
    mode = int(np.count_nonzero(ratio >= 1))
    below = np.cumprod(1 / ratio[:mode][::-1])[::-1]
    above = np.cumprod(ratio[mode:])
    return np.concatenate([below, [1.0], above])
