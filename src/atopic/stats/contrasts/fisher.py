"""Fisher's exact test, given both margins, of arms of any size."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Alternative = Literal["two-sided", "less", "greater"]

#: Two probabilities this close to each other are a tie, as in R's fisher.test.
TIE = 1e-7
#: Up to this many tables of both margins Fisher's test adds up all of them; of more it takes those
#: around the likeliest whose probability is not 0 in floating point, and never more than so many.
EVERY_TABLE, MOST_TERMS = 4_096, 30_000_000
#: Logarithm of a probability that is 0 in floating point.
NOTHING = -750.0


def fisher(n1: int, n0: int, total: int, side: Alternative, x1: NDArray[np.int64]) -> Array:
    """Return Fisher's p of some counts of arm 1, given all responders."""
    if min(n1, n0, total, n1 + n0 - total) < EVERY_TABLE:
        return _of_every_count(n1, n0, total, side)[x1 - max(0, total - n0)]
    return _of_large_arms(n1, n0, total, side, x1)


def fisher_of_all_tables(n1: int, n0: int, side: Alternative) -> Array:
    """Return Fisher's p of every table of two arm sizes."""
    p = np.empty((n1 + 1) * (n0 + 1))
    for total in range(n1 + n0 + 1):
        # Tables of one total lie so far apart: a responder more in one arm, one fewer in the other.
        first, last = max(0, total - n0) * n0 + total, min(n1, total) * n0 + total
        p[first : last + 1 : n0] = _of_every_count(n1, n0, total, side)
    return p.reshape(n1 + 1, n0 + 1)


def _of_large_arms(n1: int, n0: int, total: int, side: Alternative, x1: NDArray[np.int64]) -> Array:
    """Return Fisher's p of some counts from the tables around the likeliest alone."""
    mode = (n1 + 1) * (total + 1) // (n1 + n0 + 2)
    below = _log_falls(n1, n0, total, mode, -1)[::-1]
    log_p = np.concatenate([below, [0.0], _log_falls(n1, n0, total, mode, 1)])
    probability = np.exp(log_p)
    at = np.clip(x1 - (mode - below.size), -1, log_p.size)
    return _tails(probability / probability.sum(), side, at)


def _log_falls(n1: int, n0: int, total: int, mode: int, step: int) -> Array:
    """Return log probabilities from the likeliest count outwards, less its own."""
    last = min(n1, total) if step > 0 else max(0, total - n0)
    found, sofar, start, size = [np.empty(0)], 0.0, mode, 1024
    while start != last and sofar > NOTHING:
        # Not further than the end; the ratio is that of a count to the one before it.
        count = min(size, abs(last - start))
        low = start + (np.arange(count) if step > 0 else -np.arange(1.0, count + 1))
        ratio = (n1 - low) / (low + 1) * ((total - low) / (n0 - total + low + 1))
        part = sofar + step * np.cumsum(np.log(ratio))
        found.append(part)
        sofar, start, size = float(part[-1]), start + step * count, 2 * size
        if size > MOST_TERMS:
            raise ValueError(
                f"test 'fisher' would add up more than {MOST_TERMS:,} tables of arms of {n1:,} and "
                f"{n0:,} patients: use chi_square_test, which is as good for such counts"
            )
    return np.concatenate(found)


def _tails(probability: Array, side: Alternative, at: NDArray[np.int64]) -> Array:
    """Return the p values of counts by their place, -1 and the size being beyond the ends."""
    inside = np.clip(at, 0, probability.size - 1)
    if side == "two-sided":
        ascending = np.sort(probability)
        tail = np.searchsorted(ascending, probability[inside] * (1 + TIE), side="right")
        p = np.cumsum(ascending)[tail - 1]
        return np.asarray(np.where(at == inside, np.minimum(p, 1), 0.0))
    if side == "greater":
        probability = probability[::-1]
        at, inside = probability.size - 1 - at, probability.size - 1 - inside
    p = np.minimum(np.cumsum(probability)[inside], 1)
    return np.asarray(np.where(at < 0, 0.0, np.where(at == inside, p, 1.0)))


def _of_every_count(n1: int, n0: int, total: int, side: Alternative) -> Array:
    """Return Fisher's p for every count that both margins allow, the fewest responders first."""
    before = np.arange(max(0, total - n0), min(n1, total), dtype=np.float64)
    ratio = (n1 - before) * (total - before) / ((before + 1) * (n0 - total + before + 1))
    log_p = np.zeros(ratio.size + 1)
    np.cumsum(np.log(ratio), out=log_p[1:])
    probability = np.exp(log_p - log_p.max())
    probability /= probability.sum()
    if side == "less":
        p = np.cumsum(probability)
    elif side == "greater":
        p = np.cumsum(probability[::-1])[::-1]
    else:
        ascending = np.sort(probability)
        tail = np.searchsorted(ascending, probability * (1 + TIE), side="right")
        p = np.cumsum(ascending)[tail - 1]
    return np.asarray(np.minimum(p, 1))
