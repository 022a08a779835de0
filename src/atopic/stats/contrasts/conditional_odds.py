"""The odds ratio given both margins: conditional maximum likelihood and exact tail limits.

Given the responders of both arms together, those of arm 1 follow Fisher's noncentral
hypergeometric distribution, whose only parameter is the odds ratio.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Cells of a block of trials by possible counts; a block and its few copies stay under 100 MB.
BLOCK = 1_000_000
#: A trial with more tables of its margins takes seconds, and its exact limits are Woolf's.
MOST_TABLES = 5e6
#: On the log odds ratio. Newton's error after a step is about the square of the step.
STEP = 1e-8
#: A longer step would leave the range in which the tangent says anything.
LONGEST_STEP = 4.0


def conditional_odds_ratio(
    x1: Array, n1: Array, x0: Array, n0: Array, level: float
) -> tuple[Array, Array, Array, Array]:
    """Return the conditional odds ratio, its limits, and the standard error of its logarithm.

    The estimate is the ratio at which the expected count is the observed one. Each limit is the
    ratio at which the tail from the observed count on holds (1 - level) / 2. The standard error is
    1 / sqrt(variance of the count at the estimate). At the fewest or most responders that the
    margins allow the estimate is 0 or inf and its standard error inf; where they allow one table
    only it is nan, with limits 0 and inf.

    Cornfield 1956; Breslow and Day 1980, section 4.2.
    """
    shape = np.shape(x1)
    x1, n1, x0, n0 = (np.ravel(a) for a in (x1, n1, x0, n0))
    tables = np.minimum(np.minimum(n1, n0), np.minimum(x1 + x0, n1 + n0 - x1 - x0))
    if np.any(tables > MOST_TABLES):
        raise ValueError(
            f"conditional-exact would sum over {tables.max():.0f} tables; at most "
            f"{MOST_TABLES:.0f} are taken: use method='woolf', which is as good for such counts"
        )
    fewest = np.maximum(0, x1 - n0 + x0)
    most = np.minimum(n1, x1 + x0)
    estimate = np.select([fewest == most, x1 == fewest, x1 == most], [np.nan, 0.0, np.inf], 1.0)
    lower, upper = np.zeros(x1.size), np.full(x1.size, np.inf)
    se = np.full(x1.size, np.inf)
    # Trials of similar support share a block, so that little of it is padding.
    order = np.argsort(most - fewest, kind="stable")
    start = 0
    while start < order.size:
        widths = (most - fewest)[order[start:]] + 1
        take = max(1, int(np.sum(widths * np.arange(1, widths.size + 1) <= BLOCK)))
        at = order[start : start + take]
        counts, log_weights = _distribution(x1[at], n1[at], x0[at], n0[at])
        first = np.log((x1 + 0.5) * (n0 - x0 + 0.5) / ((n1 - x1 + 0.5) * (x0 + 0.5)))[at]
        inside = (x1[at] > fewest[at]) & (x1[at] < most[at])
        if inside.any():
            block = counts[inside], log_weights[inside]
            log_estimate = _root(_mean_logit(*block), first[inside])
            estimate[at[inside]] = np.exp(log_estimate)
            se[at[inside]] = 1 / np.sqrt(_variance(block[0], _tilted(*block, log_estimate)[1]))
        above = x1[at] > fewest[at]
        if above.any():
            tail = _log_tail(counts[above], log_weights[above], (1 - level) / 2)
            lower[at[above]] = np.exp(_root(tail, first[above]))
        below = x1[at] < most[at]
        if below.any():
            tail = _log_tail(-counts[below], log_weights[below], (1 - level) / 2)
            upper[at[below]] = np.exp(-_root(tail, -first[below]))
        start += take
    return (
        estimate.reshape(shape),
        lower.reshape(shape),
        upper.reshape(shape),
        se.reshape(shape),
    )


def _distribution(x1: Array, n1: Array, x0: Array, n0: Array) -> tuple[Array, Array]:
    """Return possible counts less the observed one, and log weights; -inf pads."""
    total = x1 + x0
    fewest = np.maximum(0, total - n0)
    most = np.minimum(n1, total)
    count = fewest[:, None] + np.arange(int(np.max(most - fewest)) + 1)
    possible = count <= most[:, None]
    before = count[:, :-1]
    chosen = (n1[:, None] - before) * (total[:, None] - before)
    left = (before + 1) * (n0[:, None] - total[:, None] + before + 1)
    ratio = np.where(possible[:, 1:], chosen, 1) / np.where(possible[:, 1:], left, 1)
    log_weights = np.zeros(count.shape)
    np.cumsum(np.log(ratio), axis=1, out=log_weights[:, 1:])
    return count - x1[:, None], np.where(possible, log_weights, -np.inf)


def _tilted(counts: Array, log_weights: Array, theta: Array) -> tuple[Array, Array]:
    """Return the log of the summed weights, and their shares, at log odds ratio theta."""
    log_p = log_weights + theta[:, None] * counts
    top = np.max(log_p, axis=1, keepdims=True)
    p = np.exp(log_p - top)
    total = p.sum(axis=1, keepdims=True)
    return (top + np.log(total))[:, 0], p / total


def _variance(counts: Array, p: Array) -> Array:
    mean = np.sum(p * counts, axis=1, keepdims=True)
    return np.asarray(np.sum(p * (counts - mean) ** 2, axis=1))


Function = Callable[[Array], tuple[Array, Array]]


def _mean_logit(counts: Array, log_weights: Array) -> Function:
    """Return the logit of the expected count less that of the observed one, and its slope.

    On the logit scale it is nearly a straight line, so that Newton's steps hardly overshoot.
    """
    above_fewest = counts - counts[:, :1]
    most = np.max(np.where(np.isfinite(log_weights), counts, -np.inf), axis=1, keepdims=True)
    below_most = most - counts
    observed = np.log(-counts[:, 0] / most[:, 0])

    def function(theta: Array) -> tuple[Array, Array]:
        _, p = _tilted(counts, log_weights, theta)
        above, below = np.sum(p * above_fewest, axis=1), np.sum(p * below_most, axis=1)
        slope = _variance(counts, p) * (1 / above + 1 / below)
        return np.log(above / below) - observed, slope

    return function


def _log_tail(counts: Array, log_weights: Array, share: float) -> Function:
    """Return the log probability of the observed count or more, less that of a share, and slope.

    The logarithm of this tail is concave and rises, so that Newton's steps come to the root from
    the left and never pass it.
    """
    tail_weights = np.where(counts >= 0, log_weights, -np.inf)

    def function(theta: Array) -> tuple[Array, Array]:
        tail, p_tail = _tilted(counts, tail_weights, theta)
        every, p_every = _tilted(counts, log_weights, theta)
        return tail - every - np.log(share), np.sum((p_tail - p_every) * counts, axis=1)

    return function


def _root(function: Function, theta: Array) -> Array:
    for _ in range(500):
        value, slope = function(theta)
        with np.errstate(divide="ignore"):
            step = np.clip(-value / slope, -LONGEST_STEP, LONGEST_STEP)
        theta = theta + step
        if np.all(np.abs(step) <= STEP):
            return theta
    raise ArithmeticError("the conditional odds ratio did not converge")  # pragma: no cover
