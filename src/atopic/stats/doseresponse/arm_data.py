"""Checks of the arms of a dose-response study: one dose, one count and one size for each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_counts, as_numbers, refuse

Floats = NDArray[np.float64]

#: A mean in units of its standard error, and one standard error in units of another: beyond, sums
#: of squares keep no digit.
MOST_ERRORS = 1e12


class CountArms(NamedTuple):
    """Arms with counts of responders; three one-dimensional arrays of one length."""

    dose: Floats
    responders: Floats
    n: Floats


class MeanArms(NamedTuple):
    """Arms with a mean and its standard error; three one-dimensional arrays of one length."""

    dose: Floats
    mean: Floats
    se: Floats


def as_doses(dose: ArrayLike) -> Floats:
    """Return doses as a one-dimensional array, refusing what cannot be a dose."""
    array = as_numbers(dose, "dose")
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"dose must be a list of one dose per arm, not of shape {array.shape}")
    refuse(array < 0, "dose", array, "is negative")
    return array


def as_count_arms(dose: ArrayLike, responders: ArrayLike, n: ArrayLike) -> CountArms:
    """Return doses, responders and denominators as three arrays of one length."""
    doses = as_doses(dose)
    x, size = as_counts(responders, n)
    return CountArms(doses, _per_arm(x, doses, "responders"), _per_arm(size, doses, "n"))


def as_mean_arms(dose: ArrayLike, mean: ArrayLike, se: ArrayLike) -> MeanArms:
    """Return doses, means and standard errors as three arrays of one length."""
    doses = as_doses(dose)
    means = _per_arm(as_numbers(mean, "mean"), doses, "mean")
    errors = _per_arm(as_numbers(se, "se", positive=True), doses, "se")
    beyond = np.abs(means) > MOST_ERRORS * errors
    refuse(beyond, "mean", means, f"is more than {MOST_ERRORS:g} standard errors from 0")
    beyond = errors > MOST_ERRORS * errors.min()
    refuse(beyond, "se", errors, f"is more than {MOST_ERRORS:g} times another")
    return MeanArms(doses, means, errors)


def pool_equal_doses(arms: CountArms) -> CountArms:
    """Add up the arms of each dose, in order of dose."""
    dose, where = np.unique(arms.dose, return_inverse=True)
    added = [np.bincount(where, weights=counts) for counts in (arms.responders, arms.n)]
    return CountArms(dose, *(np.asarray(counts, dtype=np.float64) for counts in added))


def _per_arm(values: Floats, dose: Floats, name: str) -> Floats:
    if values.ndim > 1 or values.size not in (1, dose.size):
        raise ValueError(
            f"{name} must have one value for each of the {dose.size} doses, "
            f"not an array of shape {values.shape}"
        )
    return np.array(np.broadcast_to(values, dose.shape))
