"""Exact tests of very large arms: worked out, or refused with what to use instead."""

import time
import tracemalloc

import numpy as np
import pytest
from scipy.stats import fisher_exact

from atopic.stats.contrasts import chi_square_test, exact_test
from atopic.stats.pooling import (
    contrast_effects,
    glmm,
    leave_one_out_rates,
    mantel_haenszel,
    shared_control_covariance,
)
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


def test_the_memory_of_shared_arms_grows_with_studies_not_with_their_square():
    k = 100_000
    trials = ([3] * k, [10] * k, [0, 0] * (k // 2), [10] * k)
    tracemalloc.start()
    found = contrast_effects(
        *trials, measure="OR", continuity="only-zero", control=[i // 2 for i in range(k)]
    )
    assert tracemalloc.get_traced_memory()[1] < 2000 * k
    tracemalloc.stop()
    assert found.corrected.all()
    with pytest.raises(ValueError, match="covariance of 100,000 contrasts has more than"):
        shared_control_covariance([2.0] * k, range(k), 1.0)


def test_the_memory_of_a_logistic_model_grows_with_arms_not_with_their_square():
    k = 2000
    x, n = [i % 7 for i in range(k)], [9 + i % 4 for i in range(k)]
    tracemalloc.start()
    glmm.fit(x, n, moderators=[i % 3 for i in range(k)])
    assert tracemalloc.get_traced_memory()[1] < 10_000 * k
    tracemalloc.stop()
    with pytest.raises(ValueError, match="10,000 studies are too many to leave out each"):
        leave_one_out_rates([1] * 10_000, [9] * 10_000)


@pytest.mark.parametrize("n", [10**6, 10**15, 2**53 - 1])
@pytest.mark.parametrize("measure", ["RR", "RD"])
def test_strata_in_which_all_respond_have_no_heterogeneity(measure, n):
    found = mantel_haenszel([n - 1, n], [n, n], [n, n - 1], [n, n], measure=measure)
    assert np.isfinite([found.estimate, found.Q, found.Q_p]).all()
