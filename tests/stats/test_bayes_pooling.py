"""Bayesian random effects against R's adaptive quadrature, and invariances."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc, betaln, expit, log_expit, ndtr

from atopic.stats.bayes import meta_analysis, posterior, probability_above
from tests.oracles.bayes_pooling.rows import rates_above

VALUES = json.loads((Path(__file__).parents[1] / "oracles/bayes_pooling/values.json").read_text())
CASES = VALUES["cases"]

#: Worst seen is 3e-15: means and standard deviations are sums on both sides.
MOMENT_RTOL = 1e-12
#: Worst seen is 2e-10, from uniroot stopping at 1e-11 on a median near 0.
QUANTILE_RTOL = 1e-8

studies = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 4)), min_size=2, max_size=6).map(
    lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True))
)
priors = st.sampled_from(["half-normal", "half-cauchy"])


def numbers(found):
    overall = [[m.mean, m.median, m.lower, m.upper] for m in (found.mu, found.tau, found.new)]
    return np.array(overall), found.studies[["mean", "sd", "median", "lower", "upper"]].to_numpy()


@pytest.mark.parametrize("name", CASES)
def test_posteriors_agree_with_adaptive_quadrature_in_r(name):
    case = CASES[name]
    found = meta_analysis(
        np.atleast_1d(case["effect"]),
        np.atleast_1d(case["variance"]),
        tau_prior=case["tau_prior"],
        tau_scale=case["tau_scale"],
        mu_prior=case["mu_prior"] or None,
        level=case["level"],
    )
    for quantity in ("mu", "tau", "new"):
        for column, expected in case[quantity].items():
            rtol = MOMENT_RTOL if column in ("mean", "sd") else QUANTILE_RTOL
            value = getattr(getattr(found, quantity), column)
            assert value == pytest.approx(expected, rel=rtol), (quantity, column)
    for column, expected in case["studies"].items():
        np.testing.assert_allclose(found.studies[column], expected, rtol=QUANTILE_RTOL)
    assert float(found.probability_above(0)) == pytest.approx(case["mu_above_0"], rel=1e-10)
    assert float(found.probability_above(0, of="new")) == pytest.approx(
        case["new_above_0"], rel=1e-10
    )


@settings(max_examples=25, deadline=None)
@given(studies, priors, st.floats(-3, 3), st.floats(0.01, 100), st.sampled_from([-1, 1]))
def test_shifting_and_scaling_the_effects_shifts_and_scales_the_posterior(
    data, prior, shift, factor, sign
):
    y, v = data
    overall, each = numbers(meta_analysis(y, v, tau_scale=1, tau_prior=prior))
    moved, each_moved = numbers(
        meta_analysis(factor * (sign * y + shift), factor**2 * v, tau_scale=factor, tau_prior=prior)
    )
    width = factor * (overall[:, 3] - overall[:, 2])
    if sign < 0:
        overall[[0, 2]] = -overall[[0, 2]][:, [0, 1, 3, 2]]
        each[:, [0, 2, 3, 4]] = -each[:, [0, 2, 4, 3]]
    overall[[0, 2]] += shift
    each[:, [0, 2, 3, 4]] += shift
    assert (np.abs(moved - factor * overall) < 1e-8 * width[:, None]).all()
    np.testing.assert_allclose(each_moved, factor * each, rtol=1e-8, atol=1e-8 * factor)


@settings(max_examples=15, deadline=None)
@given(studies, priors, st.randoms())
def test_the_order_of_the_studies_does_not_matter(data, prior, random):
    y, v = data
    order = random.sample(range(len(y)), len(y))
    overall, each = numbers(meta_analysis(y, v, tau_scale=0.5, tau_prior=prior))
    shuffled, each_shuffled = numbers(
        meta_analysis(y[order], v[order], tau_scale=0.5, tau_prior=prior)
    )
    np.testing.assert_allclose(shuffled, overall, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(each_shuffled, each[order], rtol=1e-8, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(studies, priors, st.floats(0.05, 5), st.floats(0.5, 0.99))
def test_limits_are_ordered_finite_and_hold_their_probability(data, prior, scale, level):
    y, v = data
    found = meta_analysis(y, v, tau_scale=scale, tau_prior=prior, level=level)
    for quantity in ("mu", "tau", "new"):
        one = getattr(found, quantity)
        assert -np.inf < one.lower < one.median < one.upper < np.inf
    assert found.tau.lower > 0
    assert found.new.upper - found.new.lower > found.mu.upper - found.mu.lower
    for quantity in ("mu", "new"):
        one = getattr(found, quantity)
        above = found.probability_above([one.lower, one.median, one.upper], of=quantity)
        np.testing.assert_allclose(above, [(1 + level) / 2, 0.5, (1 - level) / 2], atol=1e-9)
    assert np.isfinite(found.studies.to_numpy()).all()
    assert found.last_change < 1e-9


@settings(max_examples=25, deadline=None)
@given(studies)
def test_a_study_is_drawn_towards_the_others_and_never_widened_beyond_its_own_error(data):
    y, v = data
    found = meta_analysis(y, v, tau_scale=0.5).studies
    assert (found["mean"] >= y.min() - 1e-9).all()
    assert (found["mean"] <= y.max() + 1e-9).all()


def test_almost_no_heterogeneity_allowed_is_the_common_effect():
    y, v = np.array([-0.4, 0.1, 0.3]), np.array([0.02, 0.05, 0.04])
    found = meta_analysis(y, v, tau_scale=1e-7)
    assert found.mu.mean == pytest.approx((y / v).sum() / (1 / v).sum(), rel=1e-10)
    assert found.mu.sd == pytest.approx((1 / v).sum() ** -0.5, rel=1e-10)


def test_a_wide_prior_on_the_mean_is_the_uniform_one():
    y, v = np.array([-0.4, 0.1, 0.3]), np.array([0.02, 0.05, 0.04])
    flat = meta_analysis(y, v, tau_scale=0.5)
    wide = meta_analysis(y, v, tau_scale=0.5, mu_prior=(7.0, 1e6))
    assert wide.mu.lower == pytest.approx(flat.mu.lower, rel=1e-9)
    assert wide.tau.upper == pytest.approx(flat.tau.upper, rel=1e-9)


def test_one_study_leaves_the_half_normal_prior_as_the_posterior_of_tau():
    found = meta_analysis([0.7], [0.1], tau_scale=2.0)
    assert found.tau.mean == pytest.approx(2.0 * (2 / np.pi) ** 0.5, rel=1e-12)
    assert found.tau.median == pytest.approx(2.0 * 0.6744897501960817, rel=1e-12)
    assert found.mu.mean == pytest.approx(0.7, rel=1e-12)


def test_standard_deviations_that_do_not_exist_are_infinite_and_intervals_remain():
    found = meta_analysis([0.1, 0.5], [0.04, 0.05], tau_scale=0.5, tau_prior="half-cauchy")
    assert (found.mu.sd, found.tau.sd, found.new.sd) == (np.inf, np.inf, np.inf)
    assert np.isfinite([found.mu.lower, found.mu.upper, found.new.upper]).all()
    assert np.isfinite(found.studies.to_numpy()).all()
    informed = meta_analysis([0.1], [0.04], tau_scale=0.5, tau_prior="half-cauchy", mu_prior=(0, 1))
    assert np.isfinite(informed.mu.sd)
    assert (informed.tau.sd, informed.new.sd) == (np.inf, np.inf)


def test_a_thousand_studies_with_a_narrow_posterior_converge():
    random = np.random.default_rng(11)
    v = random.uniform(0.01, 0.4, 1000)
    y = random.normal(0.3, np.sqrt(v + 0.09))
    found = meta_analysis(y, v, tau_scale=0.5)
    assert found.tau.lower < 0.3 < found.tau.upper
    assert found.tau.upper - found.tau.lower < 0.1


def test_conventions_are_carried_in_the_result():
    found = meta_analysis([0, 1], [1, 1], tau_scale=0.5, mu_prior=(0, 2), level=0.9)
    assert (found.tau_prior, found.tau_scale, found.mu_prior) == ("half-normal", 0.5, (0.0, 2.0))
    assert (found.level, found.interval) == (0.9, "equal-tailed")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 1], [1, 0]), {}, r"variance\[1\] = 0 must be above 0"),
        (([0, np.nan], [1, 1]), {}, r"effect\[1\] = nan is not a finite number"),
        (([0, 1], [1]), {}, r"one length, at least 1, not of shapes \(2,\) and \(1,\)"),
        (([], []), {}, r"at least 1"),
        (([0, 1], [1, 1]), {"tau_scale": 0}, r"tau_scale = 0 must be above 0"),
        (([0, 1], [1, 1]), {"tau_prior": "uniform"}, r"tau_prior must be one of half-normal"),
        (([0, 1], [1, 1]), {"mu_prior": (0, -1)}, r"mu_prior sd = -1 must be above 0"),
        (([0, 1], [1, 1]), {"level": 95}, r"did you mean 0.95"),
        (([0], [1]), {"tau_prior": "half-cauchy"}, r"one study with a half-cauchy prior"),
    ],
)
def test_impossible_input_is_refused_in_one_sentence(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        meta_analysis(*arguments, **({"tau_scale": 0.5} | options))


def test_probability_of_an_unknown_quantity_is_refused():
    found = meta_analysis([0, 1], [1, 1], tau_scale=0.5)
    with pytest.raises(ValueError, match="of must be one of mu, new, not 'tau'"):
        found.probability_above(0, of="tau")


@pytest.mark.parametrize("name", VALUES["beside"])
def test_a_rate_beside_a_new_study_agrees_with_nested_quadrature_in_r(name):
    case = VALUES["beside"][name]
    np.testing.assert_allclose(rates_above(case), case["rates"]["above"], rtol=1e-11, atol=1e-14)


def log_odds_above(x, n, fit):
    """Return how probable it is that a rate exceeds a new study's, by quadrature where both are."""
    a, b = x + 0.5, n - x + 0.5
    weight, mean, sd = fit.mixture("new")

    def density(t):
        return float(np.exp(a * log_expit(t) + b * log_expit(-t) - betaln(a, b)))

    def at(t):
        return density(t) * float(ndtr((t - mean) / sd) @ weight)

    mode, spread = np.log(a / b), np.sqrt(1 / a + 1 / b)
    away = np.array([0, 0.5, 1, 2, 4, 8, 16, 32, 64])
    cuts = [mode + spread * away, mode - spread * away, fit.new.median + sd.min() * away]
    cuts = np.unique(np.concatenate([*cuts, fit.new.median - sd.min() * away]))
    return sum(quad(at, *ends, epsabs=1e-13, epsrel=1e-11, limit=200)[0] for ends in pairwise(cuts))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.lists(st.floats(-4, 4), min_size=2, max_size=4),
    st.floats(-9, 3),
    st.floats(-7, 2),
)
def test_a_rate_beside_a_new_study_however_narrow_either_is(one, effects, log_variance, log_scale):
    fit = meta_analysis(effects, [np.exp(log_variance)] * len(effects), tau_scale=np.exp(log_scale))
    found = float(probability_above(posterior(*one), fit))
    assert found == pytest.approx(log_odds_above(*one, fit), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.floats(-6, 6),
    st.floats(1e-5, 3e-5),
)
def test_a_new_study_without_spread_is_a_fixed_rate(one, effect, sd):
    rate = posterior(*one)
    fit = meta_analysis([effect, effect], [sd**2, sd**2], tau_scale=sd)
    fixed = float(probability_above(rate, expit(effect)))
    assert float(probability_above(rate, fit)) == pytest.approx(fixed, abs=1e-4)
    assert fixed == pytest.approx(1 - betainc(rate.alpha, rate.beta, expit(effect)), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    studies,
    st.floats(0.01, 3),
)
def test_relabelling_responders_mirrors_a_rate_beside_a_new_study(one, data, scale):
    (x, n), (effect, variance) = one, data
    above = probability_above(posterior(x, n), meta_analysis(effect, variance, tau_scale=scale))
    below = probability_above(
        posterior(n - x, n), meta_analysis(-effect, variance, tau_scale=scale)
    )
    assert float(above + below) == pytest.approx(1, abs=1e-10)


def test_of_many_rates_each_is_set_beside_the_new_study():
    fit = meta_analysis([-0.6, -1.1], [0.05, 0.12], tau_scale=1.0)
    found = probability_above(posterior([[0, 1, 2], [3, 4, 5]], 5), fit)
    assert found.shape == (2, 3)
    alone = [float(probability_above(posterior(x, 5), fit)) for x in range(6)]
    np.testing.assert_allclose(found.ravel(), alone, rtol=1e-12)


@pytest.mark.parametrize("seen", [0.1, 0.01, 0.001, 1e-7])
def test_a_faint_prior_is_set_beside_a_new_study(seen):
    fit = meta_analysis([-0.6, -1.1], [0.05, 0.12], tau_scale=1.0)
    weight, mean, sd = fit.mixture("new")
    # Beta(seen, 5 + seen): below the cut by the leading term, above it by quadrature.
    a, b, cut = seen, 5 + seen, -60.0
    above = quad(
        lambda t: float(
            np.exp(a * log_expit(t) + b * log_expit(-t) - betaln(a, b))
            * (ndtr((t - mean) / sd) @ weight)
        ),
        cut, 40, epsabs=1e-14, limit=500, points=np.linspace(-20, 10, 31),
    )[0]  # fmt: skip
    rate = posterior(0, 5, prior=(seen, 2 * seen))
    assert float(probability_above(rate, fit)) == pytest.approx(above, abs=1e-11)


def test_a_prior_too_faint_beside_a_study_that_may_be_anywhere_is_refused():
    fit = meta_analysis([-0.6, -1.1], [1e10, 1e10], tau_scale=1.0)
    with pytest.raises(ValueError, match="no convergence: a prior of so few patients"):
        probability_above(posterior(0, 5, prior=(1e-6, 2e-6)), fit)
