"""The largest probability of a set of tables over every rate that two arms can share.

Given their total s, tables have probabilities that no rate enters. A set is therefore told by the
share a[s] of each total that it holds, and its probability at the rate r is the Bernstein
polynomial sum_s a[s] C(N, s) r^s (1 - r)^(N - s), whose derivatives are of the same form.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Cells of a block of sets by rates; keeps a block under 20 MB.
BLOCK = 2_000_000
#: Different p values times patients that all tables of two arms may take: about ten seconds.
MOST_WORK = 8_000_000
#: The grid is a tenth as wide as a peak, and a step of Newton squares that; flat peaks need more.
NEWTON_STEPS = 6
#: A p value this close to a bound may lie on either side of it once rounding is over.
NEAR = 1e-9


class Ordering:
    """The tables of two arm sizes, from the most to the least extreme.

    Parameters
    ----------
    key : ndarray, shape (n_1 + 1, n_0 + 1)
        Rises from the most extreme table to the least.
    tied : ndarray, same shape
        Tables whose key is at most this belong to a table's tail.
    """

    def __init__(self, key: Array, tied: Array) -> None:
        n1, n0 = (size - 1 for size in key.shape)
        total = np.add.outer(np.arange(n1 + 1), np.arange(n0 + 1))
        each, other, both = (_log_choose(n, np.arange(n + 1)) for n in (n1, n0, n1 + n0))
        weight = np.exp(np.add.outer(each, other) - both[total])
        order = np.argsort(key, axis=None, kind="stable")
        self._totals: Integers = total.ravel()[order]
        self._weights: Array = weight.ravel()[order]
        self._most = n1 + n0
        self._end: Integers = np.searchsorted(key.ravel()[order], tied, side="right")

    def tails(self, x1: Integers, x0: Integers) -> Array:
        """Return the shares, by total, of the tails of the given tables: one row a table."""
        return np.stack([self._shares(0, end) for end in self._end[x1, x0].tolist()])

    def p_values(self, within: tuple[float, float]) -> Array:
        """Return the p values of all tables; -inf below and inf above the wanted ones."""
        ends, which = np.unique(self._end, return_inverse=True)
        # A longer tail is never less probable.
        first = self._count_until(ends, within[0] * (1 - NEAR))
        stop = self._count_until(ends, within[1] * (1 + NEAR))
        p = np.full(ends.size, np.inf)
        p[:first] = -np.inf
        if (stop - first) * (self._most + 1) > MOST_WORK:
            raise ValueError(
                f"{stop - first:,} p values of {self._most:,} patients would take minutes: ask for "
                "those within a narrower range, use exact_test for one table, or test='fisher'"
            )
        rows = max(1, BLOCK // _rates(self._most).size)
        for start in range(first, stop, rows):
            block = ends[start : min(start + rows, stop)]
            before = ends[start - 1] if start else 0
            shares = np.array(
                [
                    self._shares(a, b)
                    for a, b in zip([before, *block[:-1].tolist()], block.tolist(), strict=True)
                ]
            )
            shares[0] += self._shares(0, before)
            p[start : start + block.size] = largest_probability(np.cumsum(shares, axis=0))
        return p[which].reshape(self._end.shape)

    def _shares(self, start: int, end: int) -> Array:
        totals, weights = self._totals[start:end], self._weights[start:end]
        return np.asarray(np.bincount(totals, weights, self._most + 1), dtype=np.float64)

    def _count_until(self, ends: Integers, bound: float) -> int:
        """Return how many of the tails are less probable than the bound."""
        low, high = 0, ends.size
        while low < high:
            middle = (low + high) // 2
            if largest_probability(self._shares(0, int(ends[middle]))[None])[0] < bound:
                low = middle + 1
            else:
                high = middle
        return low


def largest_probability(shares: Array) -> Array:
    """Return the largest probability, over the common rate, of sets of tables.

    A grid, even in the arcsine of the root of the rate and finer than any peak, finds the highest
    peak; a parabola through three points ranks near-equal ones; Newton's method climbs to its top.
    """
    n = shares.shape[1] - 1
    rates = _rates(n)
    columns = max(1, BLOCK // (n + 1))
    on_grid = np.concatenate(
        [
            shares @ _binomial(n, rates[start : start + columns])
            for start in range(0, rates.size, columns)
        ],
        axis=1,
    )
    left, middle, right = on_grid[:, :-2], on_grid[:, 1:-1], on_grid[:, 2:]
    bend = 2 * middle - left - right
    peak = (middle >= left) & (middle >= right) & (bend > 0)
    gain = (right - left) ** 2 / (8 * np.where(peak, bend, 1))
    height = on_grid.copy()
    height[:, 1:-1] += np.where(peak, gain, 0)
    at = np.argmax(height, axis=1)
    low = rates[np.maximum(at - 1, 0)]
    high = rates[np.minimum(at + 1, rates.size - 1)]
    best = np.max(on_grid, axis=1)
    rate = rates[at]
    first, second = n * np.diff(shares), n * (n - 1) * np.diff(shares, 2)
    for _ in range(NEWTON_STEPS):
        slope = np.sum(first * _binomial(n - 1, rate).T, axis=1)
        curve = np.sum(second * _binomial(n - 2, rate).T, axis=1)
        low, high = np.where(slope > 0, rate, low), np.where(slope < 0, rate, high)
        step = rate - slope / np.where(curve < 0, curve, -np.inf)
        inside = (step >= low) & (step <= high) & (curve < 0)
        rate = np.where(inside, step, (low + high) / 2)
        best = np.maximum(best, np.sum(shares * _binomial(n, rate).T, axis=1))
    return np.asarray(np.minimum(best, 1))


@lru_cache(maxsize=8)
def _rates(n: int) -> Array:
    steps = 64 + int(24 * np.sqrt(n))
    return np.asarray(np.sin(np.linspace(0, np.pi / 2, steps)) ** 2)


def _binomial(n: int, rate: Array) -> Array:
    """Return binomial probabilities, one row a count from 0 to n, one column a rate."""
    count = np.arange(n + 1)[:, None]
    return np.asarray(
        np.exp(_log_choose(n, count) + xlogy(count, rate) + xlog1py(n - count, -rate))
    )


def _log_choose(n: int, k: Integers) -> Array:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
