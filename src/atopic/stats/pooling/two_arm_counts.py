"""Counts of two arms in strata: checked and broadcast, strata on the last axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_two_arms

Floats = NDArray[np.float64]
Tables = tuple[Floats, Floats, Floats, Floats]


def two_arm_counts(
    responders_1: ArrayLike, n_1: ArrayLike, responders_0: ArrayLike, n_0: ArrayLike
) -> Tables:
    """Return the four columns of counts as float arrays of one shape, at least one axis."""
    a, n1, c, n0 = (
        np.atleast_1d(each) for each in as_two_arms(responders_1, n_1, responders_0, n_0)
    )
    if a.shape[-1] == 0:
        raise ValueError("there must be at least one stratum")
    return a, n1, c, n0


def single(tables: tuple[Floats, ...]) -> Tables:
    """Return the tables of one meta-analysis, refusing several."""
    if tables[0].ndim > 1:
        raise ValueError(f"one meta-analysis at a time, not counts of shape {tables[0].shape}")
    a, n1, c, n0 = tables
    return a, n1, c, n0
