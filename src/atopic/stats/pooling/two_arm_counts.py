"""Counts of two arms in strata: checked and broadcast, strata on the last axis."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_counts

__all__ = ["single", "two_arm_counts"]

Floats = NDArray[np.float64]
Tables = tuple[Floats, Floats, Floats, Floats]


def two_arm_counts(
    responders_1: ArrayLike, n_1: ArrayLike, responders_0: ArrayLike, n_0: ArrayLike
) -> Tables:
    """Return the four columns of counts as float arrays of one shape, at least one axis.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of shape (..., k)
        Patients with a response and in all, arms 1 and 0.

    Raises
    ------
    ValueError
        For invalid counts (the message names the arm), shapes that do not broadcast, no stratum.

    Examples
    --------
    >>> two_arm_counts(1, 5, [2, 3], 6)[0]
    array([1., 1.])
    """
    a, n1 = _named(responders_1, n_1, "1")
    c, n0 = _named(responders_0, n_0, "0")
    try:
        a, n1, c, n0 = np.broadcast_arrays(*(np.atleast_1d(each) for each in (a, n1, c, n0)))
    except ValueError:
        raise ValueError(f"arms of shapes {a.shape} and {c.shape} do not broadcast") from None
    if a.shape[-1] == 0:
        raise ValueError("there must be at least one stratum")
    return a, n1, c, n0


def _named(responders: ArrayLike, n: ArrayLike, arm: str) -> tuple[Floats, Floats]:
    try:
        return as_counts(responders, n)
    except ValueError as error:
        raise ValueError(f"arm {arm}: {error}") from None


def single(tables: tuple[Floats, ...]) -> Tables:
    """Return the tables of one meta-analysis, refusing several.

    Parameters
    ----------
    tables : tuple of ndarray
        From `two_arm_counts`.

    Raises
    ------
    ValueError
        If the arrays have more than one axis.
    """
    if tables[0].ndim > 1:
        raise ValueError(f"one meta-analysis at a time, not counts of shape {tables[0].shape}")
    a, n1, c, n0 = tables
    return a, n1, c, n0
