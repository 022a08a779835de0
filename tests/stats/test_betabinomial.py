"""Beta-binomial model against base R and the values that VGAM prints."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaln, gammaln

from atopic.stats.pooling import betabinomial
from atopic.stats.pooling.betabinomial_likelihood import Arms, log_likelihood, slopes, tail_sums

VALUES = json.loads((Path(__file__).parents[1] / "oracles/betabinomial/values.json").read_text())
CASES, LARGE = VALUES["cases"], VALUES["large"]

#: Iterative results; worst seen 4e-10, set by finite differences in the R script.
RTOL = 1e-8
#: Log beta functions of counts near 1e5 cancel in R's likelihood, and so in its differences.
RTOL_SE = 1e-5


@pytest.mark.parametrize("name", sorted(CASES))
def test_estimates_equal_base_r(name):
    case = CASES[name]
    result = betabinomial.fit(case["x"], case["n"])
    rtol = RTOL_SE if name == "bcg_treated" else RTOL
    assert result.mu == pytest.approx(case["mu"], rel=rtol)
    assert result.rho == pytest.approx(case["rho"], rel=rtol)
    assert result.mu_se == pytest.approx(case["mu_se"], rel=RTOL_SE)
    assert result.rho_se == pytest.approx(case["rho_se"], rel=RTOL_SE)
    assert result.log_likelihood == pytest.approx(case["log_likelihood"], abs=1e-8)
    assert result.gradient < 1e-8


@pytest.mark.parametrize("name", sorted(LARGE))
def test_large_arms_equal_three_hundred_bits(name):
    case = LARGE[name]
    result = betabinomial.fit(case["x"], case["n"])
    assert result.log_likelihood == pytest.approx(case["log_likelihood"], rel=1e-12)
    assert result.log_likelihood_common == pytest.approx(case["log_likelihood_common"], rel=1e-12)
    for field in ("mu", "rho", "mu_se", "rho_se"):
        assert getattr(result, field) == pytest.approx(case[field], rel=1e-6)


@given(st.integers(0, 60_000), st.integers(0, 60_000), st.floats(-14, 3), st.floats(0.001, 0.999))
@settings(max_examples=30, deadline=None)
def test_a_few_nodes_give_the_sums_over_every_patient(x, more, log10_theta, mu):
    n = np.array([x + more + 1.0])
    r, weights = tail_sums(np.array([float(x)]), n)
    theta = 10**log10_theta
    for weight, end, at in zip(weights, (x, n[0] - x, n[0]), (mu, 1 - mu, 1.0), strict=True):
        every = np.arange(end)
        for power in (1, 2):
            assert weight @ (at + r * theta) ** -power == pytest.approx(
                np.sum((at + every * theta) ** -power), rel=1e-11
            )
            assert weight @ (r / (at + r * theta)) ** power == pytest.approx(
                np.sum((every / (at + every * theta)) ** power), rel=1e-11
            )


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10**9)), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_work_and_memory_do_not_grow_with_the_patients(pairs):
    n = np.array([float(max(pair)) for pair in pairs])
    arms = Arms(np.array([float(min(pair)) for pair in pairs]), n)
    # Terms added up one by one, and a rule for each doubling and each end.
    assert arms.r.size <= 1024 + 12 * (20 + 3 * len(pairs))


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**7)), min_size=1, max_size=4),
    st.floats(-3, 3),
    st.floats(-20, 2),
)
@settings(max_examples=50, deadline=None)
def test_slopes_are_those_of_the_log_likelihood(pairs, logit, log_theta):
    arms = Arms(*np.array([sorted(map(float, pair)) for pair in pairs]).T)
    point = np.array([logit, log_theta])

    def height(at):
        return log_likelihood(
            arms, 1 / (1 + np.exp(-at[0])), 1 / (1 + np.exp(at[0])), np.exp(at[1])
        )

    gradient, _ = slopes(arms, point)
    for axis in np.eye(2):
        step = 1e-4 * axis
        found = (height(point + step) - height(point - step)) / 2e-4
        scale = 1 + np.abs(gradient).max() + abs(height(point))
        assert gradient @ axis == pytest.approx(found, abs=1e-5 * scale)


def test_values_of_vgam_for_pritz_1997():
    case = CASES["pritz1997"]
    result = betabinomial.fit(case["x"], case["n"])
    assert result.mu == pytest.approx(0.7747497, abs=1e-7)
    assert result.rho == pytest.approx(0.0913686, abs=1e-7)
    assert result.log_likelihood == pytest.approx(-32.509606, abs=5e-7)


def test_homogeneous_arms_give_the_common_rate_and_say_so():
    result = betabinomial.fit([5, 6, 4, 7, 5], [20, 22, 19, 24, 18])
    assert result.boundary
    assert (result.rho, result.rho_se, result.rho_lower) == (0, None, None)
    assert result.mu == pytest.approx(27 / 103, rel=1e-14)
    assert result.mu_se == pytest.approx(np.sqrt(27 * 76 / 103**3), rel=1e-12)
    assert result.prediction_lower < result.mu < result.prediction_upper


@pytest.mark.parametrize(("x", "n"), [(4, 10), ([1, 0, 1], [1, 1, 1])])
def test_counts_that_cannot_show_heterogeneity_say_so(x, n):
    result = betabinomial.fit(x, n)
    assert result.boundary
    assert not result.rho_estimable
    assert result.mu == pytest.approx(np.sum(x) / np.sum(n))


@pytest.mark.parametrize(
    ("x", "n", "message"),
    [
        ([0, 0], [5, 6], "0 of 11 patients responded"),
        ([5, 6], [5, 6], "11 of 11 patients responded"),
        ([0, 5, 1], [5, 5, 1], "wholly without or wholly with"),
        ([7], [5], r"responders\[0\] = 7 is more"),
        ([], [], "one row of arms"),
    ],
)
def test_refusals_say_what_is_wrong(x, n, message):
    with pytest.raises(ValueError, match=message):
        betabinomial.fit(x, n)


def test_prediction_limits_are_beta_quantiles_with_the_uncertainty_of_the_mean():
    case = CASES["pritz1997"]
    result = betabinomial.fit(case["x"], case["n"], level=0.9)
    variance = result.mu * (1 - result.mu) * result.rho + result.mu_se**2
    size = result.mu * (1 - result.mu) / variance - 1
    a, b = result.mu * size, (1 - result.mu) * size
    limits = np.array([result.prediction_lower, result.prediction_upper])
    np.testing.assert_allclose(betainc(a, b, limits), [0.05, 0.95], rtol=1e-9)


arms = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=12,
)


def fit_or_refuse(x, n):
    try:
        return betabinomial.fit(x, n)
    except ValueError as error:
        if "patients responded" in str(error) or "wholly without" in str(error):
            return None
        raise


@given(arms)
@settings(max_examples=100, deadline=None)
def test_any_table_is_fitted_or_refused_and_its_likelihood_is_that_of_the_density(table):
    x, n = np.array(table).T
    result = fit_or_refuse(x, n)
    assume(result is not None)
    assert 0 < result.mu_lower < result.mu < result.mu_upper < 1
    assert 0 <= result.prediction_lower < result.prediction_upper <= 1
    assert result.gradient < 1e-7
    # At a rho of 1e-6 the beta functions of the density cancel.
    assume(not result.boundary and result.rho > 1e-3)
    size = 1 / result.rho - 1
    a, b = result.mu * size, (1 - result.mu) * size
    choose = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    density = np.sum(choose + betaln(x + a, n - x + b) - betaln(a, b))
    assert result.log_likelihood == pytest.approx(density, rel=1e-9, abs=1e-9)


@given(arms, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_and_relabelling_do_not_matter(table, random):
    x, n = np.array(table).T
    result = fit_or_refuse(x, n)
    assume(result is not None)
    order = list(range(len(x)))
    random.shuffle(order)
    mirror = betabinomial.fit((n - x)[order], n[order])
    assert mirror.mu == pytest.approx(1 - result.mu, rel=1e-6)
    assert mirror.rho == pytest.approx(result.rho, rel=1e-5, abs=1e-7)
    assert mirror.log_likelihood == pytest.approx(result.log_likelihood, rel=1e-11, abs=1e-11)
