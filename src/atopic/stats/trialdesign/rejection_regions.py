"""Which tables of two arms a test rejects in favour of the active one."""

from __future__ import annotations

from functools import lru_cache
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from atopic.stats import contrasts
from atopic.stats.arguments import as_share, as_whole, one_of
from atopic.stats.contrasts.exact_tests import chi_square, refuse_many_tables
from atopic.stats.trialdesign.designs import Test, as_sides, critical

#: Pairs of counts, (n_1 + 1) (n_0 + 1), that a test is worked out for at most: what fits memory,
#: and for Boschloo's test what takes seconds.
MOST_TABLES: dict[Test, int] = {
    "chi-square": 10_000_000,
    "chi-square-corrected": 10_000_000,
    "fisher": 10_000_000,
    "boschloo": 12_000,
}
#: P values this close to alpha are at alpha.
_TIE = 1e-12


def rejection_region(
    n_1: int, n_0: int, *, alpha: float, sides: int, test: Test
) -> NDArray[np.bool_]:
    """Return which tables (x1 by row, x0 by column) are significant in favour of arm 1."""
    critical(alpha, sides)
    one_of(test, "test", get_args(Test))
    n_1, n_0 = as_whole(n_1, "n_1", least=1), as_whole(n_0, "n_0", least=1)
    tables = (n_1 + 1) * (n_0 + 1)
    if tables > MOST_TABLES[test]:
        raise ValueError(
            f"test {test!r} is worked out for at most {MOST_TABLES[test]:,} pairs of counts, and "
            f"{n_1:,} and {n_0:,} patients make {tables:,}: choose fewer patients or another test"
        )
    return _region(n_1, n_0, as_share(alpha, "alpha"), as_sides(sides), test)


@lru_cache(maxsize=24)
def _region(n_1: int, n_0: int, alpha: float, sides: int, test: Test) -> NDArray[np.bool_]:
    most = min(alpha + _TIE, alpha * (1 + 1e-6))
    if test in ("chi-square", "chi-square-corrected"):
        refuse_many_tables(n_1, n_0)
        region = _by_chi_square(n_1, n_0, most * 2 / sides, test == "chi-square-corrected")
    else:
        # Two-sided p values of `boschloo` double the smaller side; Fisher's do not.
        side = "two-sided" if sides == 2 else "greater"
        p = contrasts.p_values_of_all_tables(
            n_1,
            n_0,
            test=test,
            alternative=cast(contrasts.Alternative, side),
            within=(0.0, alpha * (1 + 1e-6)),
        )
        x1, x0 = np.arange(n_1 + 1)[:, None], np.arange(n_0 + 1)
        region = (p <= most) & (x1 * n_0 > x0 * n_1)
    region.flags.writeable = False
    return np.asarray(region)


def _by_chi_square(n_1: int, n_0: int, most: float, corrected: bool) -> NDArray[np.bool_]:
    """Return where the two-sided p value is at most this, and arm 1 does better.

    While arm 1 does better, each responder more in arm 0 makes the p value larger, so that for each
    x1 bisection finds how many x0 are rejected.
    """
    n1, n0, x1 = np.array(float(n_1)), np.array(float(n_0)), np.arange(n_1 + 1.0)
    low, high = np.zeros(n_1 + 1), np.ceil(x1 * n_0 / n_1)
    while np.any(low < high):
        middle = np.floor((low + high) / 2)
        p = chi_square(x1, n1, middle, n0, corrected=corrected)
        rejected = p <= most
        low = np.where(rejected, np.minimum(middle + 1, high), low)
        high = np.where(rejected, high, middle)
    return np.asarray(np.arange(n_0 + 1) < low[:, None])
