"""Quantiles of many distributions at once, against those that scipy has in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from atopic.stats.bayes.quantiles import solve_quantiles

#: One mode or none, far tails, a density that is infinite or 0 at an end.
FAMILIES = {
    "normal": stats.norm(),
    "logistic": stats.logistic(),
    "t with 2 degrees of freedom": stats.t(2),
    "exponential": stats.expon(),
    "gamma": stats.gamma(0.3),
    "beta, dense at both ends": stats.beta(0.5, 0.5),
    "beta, one patient": stats.beta(0.5, 1.5),
    "beta, many patients": stats.beta(500, 3000),
    "uniform": stats.uniform(),
    "skew": stats.gumbel_r(),
}

shares = st.floats(1e-6, 1 - 1e-6)
copies = st.tuples(shares, st.floats(-50, 50), st.floats(1e-3, 1e3))


def solved(one, share, move, scale, start=None):
    """Return quantiles of moved and scaled copies of a distribution, one a share."""
    ends = one.ppf(1e-9), one.ppf(1 - 1e-9)
    low, high = (move + scale * end for end in ends)

    def distribution(x):
        at = (x - move) / scale
        return one.cdf(at), one.pdf(at) / scale

    begin = low + (high - low) * (0.5 if start is None else start)
    return solve_quantiles(distribution, share, (low, high), begin)


@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=60, deadline=None)
@given(st.lists(copies, min_size=1, max_size=8), st.floats(-0.5, 1.5))
def test_each_share_lies_below_its_quantile(name, rows, start):
    share, move, scale = (np.array(column) for column in zip(*rows, strict=True))
    found = solved(FAMILIES[name], share, move, scale, start)
    expected = move + scale * FAMILIES[name].ppf(share)
    # What a last bit of the function and of the place moves the quantile by.
    at = (expected - move) / scale
    with np.errstate(divide="ignore"):
        flat = np.minimum(1.0 / FAMILIES[name].pdf(at), 1e12)
    bits = 64 * np.finfo(float).eps * (np.abs(expected) + np.abs(move) + scale * (1 + flat))
    assert np.all(np.abs(found - expected) <= bits)


@given(st.lists(shares, min_size=2, max_size=20))
def test_a_larger_share_has_a_larger_quantile(values):
    share = np.sort(values)
    found = solved(FAMILIES["gamma"], share, np.zeros(len(share)), np.ones(len(share)))
    assert np.all(np.diff(found) >= 0)
    assert np.all(np.diff(found)[np.diff(share) > 1e-9] > 0)


@given(st.floats(0.02, 0.98))
def test_the_others_do_not_matter(share):
    one = FAMILIES["logistic"]
    alone = solved(one, np.array([share]), np.zeros(1), np.ones(1))
    among = solved(one, np.array([0.5, share, 1e-5]), np.zeros(3), np.ones(3))
    assert_allclose(among[1], alone[0], rtol=1e-14, atol=1e-15)


def test_a_share_outside_its_bracket_has_no_quantile():
    low, high = np.full(3, -1.0), np.full(3, 1.0)
    share = np.array([0.5, 0.01, 0.99])
    found = solve_quantiles(
        lambda x: (stats.norm.cdf(x), stats.norm.pdf(x)), share, (low, high), np.zeros(3)
    )
    assert found[0] == pytest.approx(0, abs=1e-15)
    assert np.isnan(found[1:]).all()


@given(st.floats(0.05, 0.95), st.floats(1e-8, 1e-3))
def test_a_step_is_found_by_bisection(share, width):
    # Nearly all of the mass lies in a step that Newton's method from the middle never sees.
    def distribution(x):
        at = (x - 0.9) / width
        return stats.norm.cdf(at), stats.norm.pdf(at) / width

    found = solve_quantiles(
        distribution, np.array([share]), (np.zeros(1), np.ones(1)), np.full(1, 0.3)
    )
    assert_allclose(found, 0.9 + width * stats.norm.ppf(share), atol=1e-14)
