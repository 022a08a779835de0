"""How many patients of another outcome would take a difference of two rates its significance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_share, as_two_arms, one_of
from atopic.stats.contrasts.exact_tests import (
    MOST_PATIENTS,
    TESTS,
    Test,
    chi_square_test,
    exact_test,
)
from atopic.stats.results import Result

Array = NDArray[np.float64]

#: Patients changed in the first round of the search; each round takes twice as many.
_FIRST = 8


@dataclass(frozen=True, eq=False, repr=False)
class Fragility(Result):
    """Fragility of significant differences.

    Attributes
    ----------
    index : ndarray
        Patients whose outcome must change; 0 where the p value is alpha or more as it is, nan where
        it stays below alpha whatever changes.
    arm : ndarray of str
        The arm whose patients change from no response to response, ``"1"`` or ``"0"``: that with
        the lower rate. Empty where the index is 0 or nan.
    p, p_after : ndarray
        P value of the counts, and of the counts after the change, nan where the index is.
    alpha : float
    test : str
    """

    index: Array
    arm: NDArray[np.str_]
    p: Array
    p_after: Array
    alpha: float
    test: str


def fragility_index(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    alpha: float = 0.05,
    test: Test = "fisher",
) -> Fragility:
    """Return how few more responders in the worse arm would undo a significant difference.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of whole numbers
        Responders and patients of both arms; shapes that broadcast.
    alpha : float
        A p value below it is significant.
    test : {"chi-square", "chi-square-corrected", "fisher", "barnard", "boschloo", \
"boschloo-minlike"}
        Two-sided, as in :func:`exact_test` and :func:`chi_square_test`. Walsh's is ``fisher``;
        where a trial decided by another test, that is the one to count with.

    Returns
    -------
    Fragility
        Of the shape that the counts broadcast to.

    Raises
    ------
    ValueError
        For counts that are none, an ``alpha`` that is no share, an unknown test, or arms of more
        than 20,000 patients together.

    Notes
    -----
    Patients change one by one, from no response to response, in the arm with the lower rate; those
    of the arm stay as many. Walsh names the arm with fewer events instead, which is the same arm
    unless the arms differ in size and the smaller one has the higher rate: there, events added to
    it would widen the difference. The index says nothing of a result that is not significant.

    References
    ----------
    Walsh et al. 2014, J Clin Epidemiol 67:622.

    Examples
    --------
    >>> found = fragility_index([14, 1], [59, 100], [4, 9], [55, 100])
    >>> found.index, found.arm
    (array([2., 1.]), array(['0', '1'], dtype='<U1'))
    >>> print(found.p.round(3), found.p_after.round(3))
    [0.02  0.018] [0.088 0.058]
    """
    alpha, chosen = as_share(alpha, "alpha"), one_of(test, "test", TESTS)
    arms = as_two_arms(responders_1, n_1, responders_0, n_0)
    shape = arms[0].shape
    x1, n1, x0, n0 = (one.ravel() for one in arms)
    many = n1 + n0 > MOST_PATIENTS
    if many.any():
        at = int(many.argmax())
        raise ValueError(
            f"arms of {n1[at]:,.0f} and {n0[at]:,.0f} patients are too large: a fragility index is "
            f"counted for {MOST_PATIENTS:,} patients at most"
        )
    p = _p_values(chosen, x1, n1, x0, n0)
    index, p_after = np.zeros(p.shape), p.copy()
    for at in np.flatnonzero(p < alpha).tolist():
        index[at], p_after[at] = _undone(chosen, alpha, x1[at], n1[at], x0[at], n0[at])
    lower = np.where(x1 * n0 < x0 * n1, "1", "0")
    return Fragility(
        index=index.reshape(shape),
        arm=np.where(index > 0, lower, "").reshape(shape),
        p=p.reshape(shape),
        p_after=p_after.reshape(shape),
        alpha=alpha,
        test=chosen,
    )


def _undone(
    test: Test, alpha: float, x1: float, n1: float, x0: float, n0: float
) -> tuple[float, float]:
    """Return how many must change, with the p value then; nan if none are enough."""
    first = x1 * n0 < x0 * n1
    left = int(n1 - x1 if first else n0 - x0)
    done, round_ = 0, _FIRST
    while done < left:
        changed = np.arange(done + 1, min(done + round_, left) + 1, dtype=np.float64)
        p = _p_values(test, *((x1 + changed, n1, x0, n0) if first else (x1, n1, x0 + changed, n0)))
        enough = np.flatnonzero(p >= alpha)
        if enough.size:
            return float(changed[enough[0]]), float(p[enough[0]])
        done, round_ = done + changed.size, 2 * round_
    return np.nan, np.nan


def _p_values(test: Test, *arms: Any) -> Array:
    if test == "chi-square" or test == "chi-square-corrected":
        return chi_square_test(*arms, corrected=test == "chi-square-corrected")
    return exact_test(*arms, test=test)
