"""Exact confidence limits for a rate of events over time at risk, many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from atopic.stats.arguments import as_level, as_numbers, as_whole_numbers, together
from atopic.stats.interval import Interval

__all__ = ["Interval", "interval"]


def __dir__() -> list[str]:
    return sorted(__all__)


def interval(events: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> Interval:
    """Return two-sided exact confidence limits for rates of events.

    Parameters
    ----------
    events : array_like of whole numbers
        Events seen; patients may have several.
    exposure : array_like of float
        Time at risk, summed over patients, in any unit; more than 0. The shapes broadcast.
    level : float, default 0.95
        Confidence level as a share, between 0 and 1. The upper limit alone is a one-sided limit
        at ``(1 + level) / 2``.

    Returns
    -------
    Interval
        ``lower`` and ``upper``, events per unit of `exposure`, arrays of the broadcast shape;
        ``lower`` is 0 where no event was seen.

    Raises
    ------
    ValueError
        For events that are no whole numbers of at least 0, an exposure that is not more than 0
        and finite, or a level outside the open interval (0, 1).

    Notes
    -----
    Events are taken as a Poisson count, at a rate that is the same for all. The lower limit solves
    P(X >= x) = tail and the upper one P(X <= x) = tail, through the incomplete gamma function [1]_.

    References
    ----------
    .. [1] Garwood F (1936), Biometrika 28:437-442.

    Examples
    --------
    >>> lower, upper = interval([0, 3], 26.0)
    >>> lower.round(4), upper.round(4)
    (array([0.    , 0.0238]), array([0.1419, 0.3372]))
    """
    x, time = together(
        events=as_whole_numbers(events, "events"),
        exposure=as_numbers(exposure, "exposure", positive=True),
    )
    tail = (1.0 - as_level(level)) / 2.0
    # The gamma function refuses a shape of 0, where the limit is 0.
    lower = np.where(x == 0, 0.0, special.gammaincinv(np.maximum(x, 1.0), tail))
    # The upper limit asks for the tail itself, since 1 - tail would lose its last digits.
    upper = special.gammainccinv(x + 1.0, tail)
    return Interval(lower / time, np.asarray(upper / time, dtype=np.float64))
