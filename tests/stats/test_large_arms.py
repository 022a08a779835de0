"""Exact tests of very large arms: worked out, or refused with what to use instead."""

import time

import pytest
from scipy.stats import fisher_exact

from atopic.stats.contrasts import chi_square_test, exact_test
from atopic.stats.pooling.strata import exact_conditional_test


@pytest.mark.parametrize("side", ["two-sided", "less", "greater"])
@pytest.mark.parametrize(
    ("a", "n1", "c", "n0"),
    [(2000, 6000, 2100, 6500), (300_000, 10**6, 299_000, 10**6), (5000, 10**6, 5200, 10**6)],
)
def test_fisher_of_large_arms_equals_scipy(a, n1, c, n0, side):
    theirs = fisher_exact([[a, n1 - a], [c, n0 - c]], side)[1]
    # SciPy's log factorials of a million cancel to about ten digits.
    assert exact_test(a, n1, c, n0, alternative=side) == pytest.approx(theirs, rel=2e-9)


@pytest.mark.parametrize("n", [11_600_000, 10**9])
def test_fisher_of_very_large_arms_is_quick_and_near_chi_square(n):
    began = time.process_time()
    p = exact_test(n // 3, n, n // 3 + 3000, n)
    assert time.process_time() - began < 2
    corrected = chi_square_test(n // 3, n, n // 3 + 3000, n, corrected=True)
    assert p == pytest.approx(float(corrected), rel=1e-3)
    assert exact_test(n // 3, n, 2 * n // 3, n) == 0
    assert exact_test(n // 3, n, 2 * n // 3, n, alternative="greater") == pytest.approx(1)


@pytest.mark.parametrize("test", ["barnard", "boschloo", "boschloo-minlike"])
@pytest.mark.parametrize("n", [10**6, 10**9])
def test_unconditional_tests_of_large_arms_name_what_to_use(test, n):
    with pytest.raises(ValueError, match="use test='fisher' or chi_square_test"):
        exact_test(5, n, 5, n, test=test)
    with pytest.raises(ValueError, match="use chi_square_test, which is as good"):
        exact_test(10**15 // 3, 10**15, 10**15 // 3, 10**15)


@pytest.mark.parametrize("n", [10**6, 10**9])
def test_exact_strata_of_large_arms_name_what_to_use(n):
    with pytest.raises(ValueError, match="use mantel_haenszel, which is as good"):
        exact_conditional_test([n // 3] * 2, [n] * 2, [n // 3] * 2, [n] * 2)
