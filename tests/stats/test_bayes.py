"""Beta posteriors and their comparisons against R, exact fractions and hypergeometric tails."""

import json
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaincinv, xlog1py, xlogy

from atopic.stats import bayes
from atopic.stats.bayes import from_printed, posterior, probability_above, summarise

VALUES = json.loads((Path(__file__).parents[1] / "oracles/bayes/values.json").read_text())

#: Worst seen is 2e-14, from two inversions of the incomplete beta function.
RTOL = 1e-12
#: R's root of the density difference moves a limit near 0 by up to 2e-10.
HDI_RTOL = 1e-9
#: Worst seen is 6e-14, at n = 1e5.
PROBABILITY_ATOL = 1e-12

UNIFORM = (1, 2)
counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
many = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.01, 0.999)


def columns(name):
    return {key: np.array(value) for key, value in VALUES[name].items()}


def test_summaries_agree_with_r():
    table = columns("rates")
    for prior in [(0.5, 1.0), (1.0, 2.0), (4.0, 10.0)]:
        for level in (0.5, 0.95, 0.99):
            rows = (
                (table["seen"] == prior[0])
                & (table["patients"] == prior[1])
                & (table["level"] == level)
            )
            assert rows.sum() > 15
            rate = posterior(table["x"][rows], table["n"][rows], prior=prior)
            found = summarise(rate, level=level)
            for name in ("mean", "median", "lower", "upper"):
                np.testing.assert_allclose(getattr(found, name), table[name][rows], rtol=RTOL)
            for name in ("hdi_lower", "hdi_upper"):
                np.testing.assert_allclose(getattr(found, name), table[name][rows], rtol=HDI_RTOL)
            np.testing.assert_allclose(
                probability_above(rate, 0.399), table["above_0.399"][rows], atol=1e-14
            )


def test_jeffreys_comparisons_agree_with_adaptive_quadrature_in_r():
    table = columns("pairs")
    found = probability_above(
        posterior(table["x1"], table["n1"]), posterior(table["x0"], table["n0"])
    )
    np.testing.assert_allclose(found, table["above"], atol=PROBABILITY_ATOL)


def test_uniform_comparisons_up_to_100_000_patients_agree_with_r_hypergeometric_tails():
    table = columns("whole")
    found = probability_above(
        posterior(table["x1"], table["n1"], prior=UNIFORM),
        posterior(table["x0"], table["n0"], prior=UNIFORM),
    )
    np.testing.assert_allclose(found, table["above"], atol=PROBABILITY_ATOL)


def test_uniform_comparisons_agree_with_exact_fractions_for_every_small_pair():
    n_1, n_0 = 6, 5
    x_1, x_0 = np.meshgrid(np.arange(n_1 + 1), np.arange(n_0 + 1), indexing="ij")
    found = probability_above(
        posterior(x_1, n_1, prior=UNIFORM), posterior(x_0, n_0, prior=UNIFORM)
    )
    for i, j in np.ndindex(found.shape):
        # Hypergeometric tail of Altham 1969 in whole numbers.
        draws, total = i + j + 1, n_1 + n_0 + 2
        ways = sum(
            comb(n_0 + 1, k) * comb(n_1 + 1, draws - k)
            for k in range(j + 1, min(draws, n_0 + 1) + 1)
        )
        exact = Fraction(ways, comb(total, draws))
        assert found[i, j] == pytest.approx(float(exact), abs=1e-14)


@settings(deadline=None)
@given(many, many)
def test_the_two_directions_of_a_comparison_add_up_to_one(one, other):
    first, second = posterior(*one), posterior(*other)
    forwards, backwards = probability_above(first, second), probability_above(second, first)
    assert 0 <= forwards <= 1
    # Worst seen is 1e-12, where all of 34 464 respond.
    assert forwards + backwards == pytest.approx(1, abs=1e-11)


@settings(deadline=None)
@given(counts, counts)
def test_relabelling_responders_reverses_a_comparison(one, other):
    (x_1, n_1), (x_0, n_0) = one, other
    found = probability_above(posterior(x_1, n_1), posterior(x_0, n_0))
    mirrored = probability_above(posterior(n_0 - x_0, n_0), posterior(n_1 - x_1, n_1))
    assert float(found) == pytest.approx(float(mirrored), abs=1e-11)


@settings(deadline=None)
@given(counts)
def test_one_more_responder_makes_superiority_more_likely(one):
    x, n = one
    other = posterior(10, 30)
    if x < n:
        assert probability_above(posterior(x + 1, n), other) >= probability_above(
            posterior(x, n), other
        )


@settings(deadline=None)
@given(counts)
def test_a_rate_exceeds_itself_half_the_time_and_the_ends_never_or_always(one):
    rate = posterior(*one)
    assert float(probability_above(rate, rate)) == pytest.approx(0.5, abs=1e-12)
    assert probability_above(rate, [0.0, 1.0]).tolist() == [1.0, 0.0]


def test_an_almost_certain_benchmark_is_a_fixed_reference():
    benchmark = from_printed(0.4, 0.4 - 1e-6, 0.4 + 1e-6)
    rate = posterior(12, 40)
    assert float(probability_above(rate, benchmark)) == pytest.approx(
        float(probability_above(rate, 0.4)), abs=1e-8
    )


@pytest.mark.parametrize("prior", [(0.01, 0.02), (0.001, 0.5), (1e-3, 2e-3), (300, 1000)])
def test_faint_and_strong_priors_converge(prior):
    rate = posterior([0, 5, 3], 5, prior=prior)
    assert probability_above(rate, rate) == pytest.approx(0.5, abs=1e-9)


def test_a_prior_too_faint_to_integrate_is_refused():
    rate = posterior(0, 5, prior=(1e-7, 2e-7))
    with pytest.raises(ValueError, match=r"no convergence for Beta\(1e-07, 5\)"):
        probability_above(rate, rate)


@settings(deadline=None)
@given(counts, levels)
def test_intervals_hold_their_probability_and_the_highest_density_one_is_shortest(one, level):
    rate = posterior(*one)
    found = summarise(rate, level=level)
    a, b = rate.alpha, rate.beta
    assert 0 <= found.lower < found.median < found.upper <= 1
    for low, high in ((found.lower, found.upper), (found.hdi_lower, found.hdi_upper)):
        assert betainc(a, b, high) - betainc(a, b, low) == pytest.approx(level, abs=1e-9)
    assert found.hdi_upper - found.hdi_lower <= found.upper - found.lower + 1e-12


@settings(deadline=None)
@given(counts, levels)
def test_density_is_the_same_at_both_ends_unless_one_is_a_bound(one, level):
    rate = posterior(*one)
    found = summarise(rate, level=level)
    a, b = rate.alpha, rate.beta
    density = [
        float(xlogy(a - 1, x) + xlog1py(b - 1, -x)) for x in (found.hdi_lower, found.hdi_upper)
    ]
    x, n = one
    if x == 0:
        assert found.hdi_lower == 0
    elif x == n:
        assert found.hdi_upper == 1
    else:
        assert density[0] == pytest.approx(density[1], abs=1e-7)


def test_zero_and_all_responders_with_the_uniform_prior_end_at_the_bound():
    found = summarise(posterior([0, 9], 9, prior=UNIFORM))
    np.testing.assert_allclose(found.hdi_upper, [1 - 0.05**0.1, 1])
    np.testing.assert_allclose(found.hdi_lower, [0, 0.05**0.1], atol=1e-300)


def test_a_prior_counts_like_patients_that_were_seen():
    one = posterior(3, 10, prior=(4, 20))
    other = posterior(5, 20, prior=(2, 10))
    assert (one.alpha, one.beta) == (other.alpha, other.beta) == (7, 23)
    assert one.origin == "3/10 with a prior of 4/20"


def test_printed_limits_give_the_beta_that_r_finds():
    table = columns("printed")
    for level in np.unique(table["level"]):
        rows = table["level"] == level
        found = from_printed(*(table[k][rows] for k in ("estimate", "lower", "upper")), level=level)
        np.testing.assert_allclose(found.alpha, table["alpha"][rows], rtol=RTOL)
        np.testing.assert_allclose(found.beta, table["beta"][rows], rtol=RTOL)


def test_andreasen_2020_placebo_benchmark_is_met_by_both_matchings():
    # EASI-50 of placebo: 39.9% (36.7 to 43.2).
    for match in ("limits", "mean-and-width"):
        benchmark = from_printed(0.399, 0.367, 0.432, match=match)
        found = summarise(benchmark)
        np.testing.assert_allclose(
            [found.mean, found.lower, found.upper], [0.399, 0.367, 0.432], atol=5e-4
        )
        assert benchmark.origin == f"beta matched to printed {match}"
        # 28 of 88, the active arm of kangstem-2019, against it.
        assert float(probability_above(posterior(28, 88), benchmark)) == pytest.approx(
            0.068, abs=5e-4
        )


@settings(deadline=None)
@given(st.floats(1.01, 1e5), st.floats(1.01, 1e5), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_limits_of_a_beta_give_that_beta_back(a, b, level):
    low, high = betaincinv(a, b, [(1 - level) / 2, (1 + level) / 2])
    if 1e-9 < low < a / (a + b) < high < 1 - 1e-9:
        found = from_printed(a / (a + b), low, high, level=level)
        again = summarise(found, level=level)
        assert float(again.lower) == pytest.approx(low, rel=1e-9)
        assert float(again.upper) == pytest.approx(high, rel=1e-9)


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3, unique=True))
def test_any_printed_interval_is_matched_or_refused_in_words(values):
    low, middle, high = sorted(values)
    for match in ("limits", "mean-and-width"):
        try:
            rate = from_printed(middle, low, high, match=match)
        except ValueError as error:
            assert "no beta distribution" in str(error)  # noqa: PT017
        else:
            assert 0 < rate.alpha < np.inf
            assert 0 < rate.beta < np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: posterior(6, 5), r"responders = 6 is more than n = 5"),
        (lambda: posterior(1, 5, prior=(0, 1)), r"prior must be responders above 0 and below"),
        (lambda: posterior(1, 5, prior=(2, 2)), r"not 2 of 2"),
        (lambda: from_printed(0.4, 0, 0.5), r"lower = 0 must be above 0"),
        (lambda: from_printed(0.4, 0.3, 1), r"upper = 1 must be below 1"),
        (lambda: from_printed([0.4, 0.6], 0.3, 0.5), r"estimate\[1\] = 0.6 is not between"),
        (lambda: from_printed(39.9, 36.7, 43.2), r"upper = 43.2 must be below 1"),
        (lambda: from_printed(0.4, 0.3, 0.5, match="mode"), r"match must be one of limits"),
        (lambda: probability_above(posterior(1, 5), 39.9), r"reference = 39.9 must be from 0 to 1"),
        (
            lambda: probability_above(posterior([1, 2], 5), posterior([1, 2, 3], 5)),
            r"shapes do not broadcast",
        ),
        (lambda: summarise(posterior(1, 5), level=1), r"level must lie strictly between"),
        (
            lambda: summarise(bayes.Rate(np.array(0.5), np.array(0.5), "U")),
            r"alpha = 0.5 and beta are both at most 1",
        ),
    ],
)
def test_impossible_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
