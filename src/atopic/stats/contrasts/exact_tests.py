"""Tests of two rates: chi-square with and without correction, Fisher, Barnard, Boschloo.

Vocabulary
----------
table
    One pair of counts: x1 responders of n1 and x0 of n0.
tail
    The tables at least as extreme as the observed one, in the order that a test lays down.
nuisance
    The rate that both arms share if they do not differ. Barnard's and Boschloo's p value is the
    largest probability of the tail over every such rate.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc

from atopic.stats.arguments import as_flag, as_pair, as_two_arms, as_whole, one_of
from atopic.stats.arrays import MOST_VALUES
from atopic.stats.contrasts.fisher import TIE, Alternative, fisher, fisher_of_all_tables
from atopic.stats.contrasts.unconditional import Ordering, largest_probability

Array = NDArray[np.float64]
ExactTest = Literal["fisher", "barnard", "boschloo", "boschloo-minlike"]
Test = Literal[
    "chi-square", "chi-square-corrected", "fisher", "barnard", "boschloo", "boschloo-minlike"
]

#: Every test, from the least to the most computing.
TESTS: tuple[Test, ...] = get_args(Test)
#: Patients of two arms all of whose tables are worked out.
MOST_PATIENTS = 20_000
#: Tables of two arm sizes that Barnard's and Boschloo's tests hold at most, in some ten seconds.
MOST_TABLES = 4_000_000


def exact_test(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    test: ExactTest = "fisher",
    alternative: Alternative = "two-sided",
) -> Array:
    """Return the exact p value of the hypothesis that two arms share one rate.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of whole numbers
        Responders and patients of both arms; shapes that broadcast.
    test : {"fisher", "barnard", "boschloo", "boschloo-minlike"}
        ``fisher`` conditions on both margins. The others condition on the arm sizes only:
        ``barnard`` orders tables by the pooled score statistic; ``boschloo`` by Fisher's one-sided
        p, and doubles the smaller side; ``boschloo-minlike`` by Fisher's two-sided p.
    alternative : {"two-sided", "less", "greater"}
        ``greater`` looks for a higher rate in arm 1.

    Returns
    -------
    ndarray
        P values in (0, 1]; 1 for a two-sided test where nobody or everybody responded.

    Raises
    ------
    ValueError
        For counts that are none, an unknown test or alternative, a one-sided
        ``boschloo-minlike``, whose order has two sides, or arms that are too large.

    Notes
    -----
    Tied tables belong to each other's tail. Scores are compared as ratios of whole numbers, so that
    the mirror image of a table is never lost to rounding; Fisher's probabilities are tied within a
    relative 1e-7. Barnard's and Boschloo's tests fix the arm sizes: a table transposed is another
    problem with another answer. They hold all (n_1 + 1) (n_0 + 1) tables in memory, 4,000,000 of
    20,000 patients at most; Fisher's test takes arms of 10**11 patients.

    References
    ----------
    Fisher 1935, J R Stat Soc 98:39; Barnard 1945, Nature 156:177; Boschloo 1970, Stat Neerl
    24:1.

    Examples
    --------
    >>> print(exact_test([9, 6], [40, 20], [3, 0], [20, 8]).round(3))
    [0.734 0.141]
    >>> print(exact_test(7, 15, 12, 15, test="barnard", alternative="less").round(4))
    0.0341
    """
    chosen = one_of(test, "test", get_args(ExactTest))
    side = one_of(alternative, "alternative", get_args(Alternative))
    if chosen == "boschloo-minlike" and side != "two-sided":
        raise ValueError(f"test 'boschloo-minlike' has no alternative {side!r}: use 'boschloo'")
    x1, n1, x0, n0 = as_two_arms(responders_1, n_1, responders_0, n_0)
    tables = np.stack([n1.ravel(), n0.ravel(), x1.ravel(), x0.ravel()], axis=1).astype(np.int64)
    p = np.empty(tables.shape[0])
    sizes, group = np.unique(tables[:, :2], axis=0, return_inverse=True)
    for number, (a, b) in enumerate(sizes.tolist()):
        at = group == number
        p[at] = _p_values(chosen, side, a, b, tables[at, 2], tables[at, 3])
    return p.reshape(x1.shape)


def chi_square_test(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    corrected: bool = False,
) -> Array:
    """Return the two-sided p value of Pearson's chi-square test of two rates.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of whole numbers
        Responders and patients of both arms; shapes that broadcast.
    corrected : bool
        Whether Yates's continuity correction is made, limited so that it never passes 0.

    Returns
    -------
    ndarray
        P values in [0, 1]; 1 where nobody or everybody responded.

    Notes
    -----
    Without the correction this is the score test of the difference with the pooled variance.

    References
    ----------
    Pearson 1900, Philos Mag 50:157; Yates 1934, J R Stat Soc Suppl 1:217.

    Examples
    --------
    >>> print(chi_square_test([15, 14], [36, 59], [6, 4], [36, 55]).round(5))
    [0.01962 0.01605]
    >>> print(chi_square_test(15, 36, 6, 36, corrected=True).round(4))
    0.0381
    """
    arms = as_two_arms(responders_1, n_1, responders_0, n_0)
    return chi_square(*arms, corrected=as_flag(corrected, "corrected"))


def chi_square(x1: Array, n1: Array, x0: Array, n0: Array, *, corrected: bool) -> Array:
    """Return the p values of arms whose shapes broadcast, each of them as short as it is."""
    total, responders = n1 + n0, x1 + x0
    departure = np.abs(x1 * n0 - x0 * n1)
    if corrected:
        departure = np.maximum(departure - total / 2, 0)
    spread = n1 * n0 * responders * (total - responders)
    statistic = total * departure**2 / np.where(spread > 0, spread, 1)
    return np.asarray(erfc(np.sqrt(statistic / 2)))


def p_values_of_all_tables(
    n_1: int,
    n_0: int,
    *,
    test: Test,
    alternative: Alternative = "two-sided",
    within: tuple[float, float] = (0.0, 1.0),
) -> Array:
    """Return the p value of every table that two arm sizes allow.

    Parameters
    ----------
    n_1, n_0 : int
        Patients of both arms.
    test : {"chi-square", "chi-square-corrected", "fisher", "barnard", "boschloo", \
"boschloo-minlike"}
        As in :func:`exact_test` and :func:`chi_square_test`.
    alternative : {"two-sided", "less", "greater"}
        ``greater`` looks for a higher rate in arm 1. A chi-square test has then half its p value
        on the side of the difference.
    within : (float, float)
        P values that are wanted; Barnard's and Boschloo's are worked out for these only.

    Returns
    -------
    ndarray, shape (n_1 + 1, n_0 + 1)
        P value of x1 (row) against x0 (column) responders; nan where it lies outside ``within``.

    Raises
    ------
    ValueError
        For arms that are not whole numbers of patients, an unknown test or alternative, or a
        one-sided ``boschloo-minlike``.

    Examples
    --------
    >>> p_values_of_all_tables(2, 2, test="fisher").round(3)
    array([[1.   , 1.   , 0.333],
           [1.   , 1.   , 1.   ],
           [0.333, 1.   , 1.   ]])
    """
    one_of(test, "test", TESTS)
    side = one_of(alternative, "alternative", get_args(Alternative))
    if test == "boschloo-minlike" and side != "two-sided":
        raise ValueError(f"test 'boschloo-minlike' has no alternative {side!r}: use 'boschloo'")
    within = as_pair(within, "within")
    n_1, n_0 = as_whole(n_1, "n_1", least=1), as_whole(n_0, "n_0", least=1)
    refuse_many_tables(n_1, n_0)
    if test in ("chi-square", "chi-square-corrected"):
        x1, x0 = np.arange(n_1 + 1.0)[:, None], np.arange(n_0 + 1.0)
        n1, n0 = np.array(float(n_1)), np.array(float(n_0))
        p = chi_square(x1, n1, x0, n0, corrected=test == "chi-square-corrected")
        if side != "two-sided":
            towards = np.sign(x1 * n0 - x0 * n1) * (1 if side == "greater" else -1)
            p = np.where(towards >= 0, p / 2, 1 - p / 2)
    elif test == "fisher":
        p = fisher_of_all_tables(n_1, n_0, side)
    elif test == "boschloo" and side == "two-sided":
        half = (within[0] / 2, within[1] / 2 if within[1] < 1 else 1.0)
        sides = [_ordering("boschloo", one, n_1, n_0).p_values(half) for one in ("less", "greater")]
        p = np.minimum(1, 2 * np.minimum(*sides))
    else:
        p = _ordering(test, side, n_1, n_0).p_values(within)
    return np.where((p >= within[0]) & (p <= within[1]), p, np.nan)


def refuse_many_tables(n_1: int, n_0: int) -> None:
    """Refuse two arms of which not every table can be worked out."""
    tables = (n_1 + 1) * (n_0 + 1)
    if tables > MOST_VALUES or n_1 + n_0 > MOST_PATIENTS:
        raise ValueError(
            f"{n_1:,} and {n_0:,} patients make {tables:,} tables: at most {MOST_VALUES:,} of "
            f"{MOST_PATIENTS:,} patients are worked out; use exact_test for one of them"
        )


def _p_values(
    test: ExactTest,
    side: Alternative,
    n1: int,
    n0: int,
    x1: NDArray[np.int64],
    x0: NDArray[np.int64],
) -> Array:
    if test == "fisher":
        p = np.empty(x1.size)
        for total in np.unique(x1 + x0).tolist():
            at = x1 + x0 == total
            p[at] = fisher(n1, n0, total, side, x1[at])
        return p
    _check_size(n1, n0, f"test {test!r}", "use test='fisher' or chi_square_test")
    if test == "boschloo" and side == "two-sided":
        less = _p_values(test, "less", n1, n0, x1, x0)
        greater = _p_values(test, "greater", n1, n0, x1, x0)
        return np.asarray(np.minimum(1, 2 * np.minimum(less, greater)))
    return largest_probability(_ordering(test, side, n1, n0).tails(x1, x0))


@lru_cache(maxsize=8)
def _ordering(test: str, side: Alternative, n1: int, n0: int) -> Ordering:
    if test == "barnard":
        key = _score_key(side, n1, n0)
        return Ordering(key, key)
    key = fisher_of_all_tables(n1, n0, side)
    return Ordering(key, key * (1 + TIE))


def _score_key(side: Alternative, n1: int, n0: int) -> Array:
    x1, x0 = np.indices((n1 + 1, n0 + 1))
    responders = x1 + x0
    departure = x1 * n0 - x0 * n1
    spread = responders * (n1 + n0 - responders)
    # One division of whole numbers: equal scores give equal floats.
    squared = departure.astype(np.float64) ** 2 / np.maximum(spread, 1)
    if side == "two-sided":
        return -squared
    return np.asarray(np.sign(departure) * squared * (1 if side == "less" else -1))


def _check_size(n1: int, n0: int, what: str, instead: str) -> None:
    tables = (n1 + 1) * (n0 + 1)
    if tables > MOST_TABLES or n1 + n0 > MOST_PATIENTS:
        raise ValueError(
            f"{what} would hold {tables:,} tables, and arms of {n1:,} and {n0:,} patients are too "
            f"large for the {MOST_TABLES:,} of {MOST_PATIENTS:,} patients that it takes at most: "
            f"{instead}"
        )
