"""Power, sample size, assurance: properties; the numbers of R are in tests/oracles/trialdesign."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.stats.contrasts import chi_square_test
from atopic.stats.trialdesign import (
    NormalMixture,
    Scenario,
    TwoArmDesign,
    approximate_power,
    assurance,
    detectable_difference,
    exact_power,
    many_to_one_power,
    sample_size,
    simulate,
    trend_power,
)
from atopic.stats.trialdesign.rejection_regions import rejection_region

CONTROL = NormalMixture.normal(-0.9, 0.3)
BELIEF = Scenario("belief", CONTROL, NormalMixture([0.6, 0.4], [0.04, 0.05], [0.05, 0.15]))


def test_power_of_the_trial_with_printed_percentages() -> None:
    # prop.test of every table, dbinom: R 4.2.2
    power = exact_power(22 / 81 + np.array([0.15, 0.2]), 88, 22 / 81, 81)
    assert power == pytest.approx([0.5384481709, 0.7738114687], abs=1e-10)


def test_sizes_by_power_prop_test() -> None:
    # R 4.2.2
    assert sample_size(0.4, 0.3) == pytest.approx(355.9428, abs=1e-3)
    assert sample_size(0.5, 0.3, power=0.9) == pytest.approx(123.9986, abs=1e-3)
    assert sample_size(0.3, 0.3) == np.inf


@given(
    n=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    rate=st.floats(0, 1),
    sides=st.sampled_from([1, 2]),
    test=st.sampled_from(["fisher", "chi-square-corrected"]),
)
def test_conservative_tests_keep_their_level(n: Any, rate: float, sides: int, test: Any) -> None:
    power = exact_power(rate, n[0], rate, n[1], sides=sides, test=test, alpha=0.05)
    # The corrected test is no exact one, but at these sizes it stays near its level.
    assert power <= 0.05 + (1e-9 if test == "fisher" else 0.02)


@given(
    n=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    low=st.floats(0, 1),
    rates=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_power_rises_with_the_active_rate(n: Any, low: float, rates: Any) -> None:
    one, other = exact_power(sorted(rates), n[0], low, n[1])
    assert one <= other + 1e-12


@given(
    n=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    alpha=st.sampled_from([1e-8, 0.01, 0.05, 0.3, 0.9]),
    sides=st.sampled_from([1, 2]),
    corrected=st.booleans(),
)
def test_chi_square_rejects_where_its_p_value_says_so(
    n: Any, alpha: float, sides: int, corrected: bool
) -> None:
    test: Any = "chi-square-corrected" if corrected else "chi-square"
    region = rejection_region(*n, alpha=alpha, sides=sides, test=test)
    x1, x0 = np.indices((n[0] + 1, n[1] + 1))
    p = chi_square_test(x1, n[0], x0, n[1], corrected=corrected) * sides / 2
    better = x1 * n[1] > x0 * n[0]
    sure = np.abs(p - alpha) > 1e-9 * alpha
    assert np.array_equal(region[sure], (better & (p < alpha))[sure])


def test_boschloo_is_never_less_powerful_than_fisher_at_the_same_one_sided_level() -> None:
    rates = np.linspace(0.2, 0.9, 8)
    for n in ((12, 9), (20, 25)):
        boschloo = exact_power(rates, n[0], 0.2, n[1], test="boschloo", sides=1)
        fisher = exact_power(rates, n[0], 0.2, n[1], test="fisher", sides=1)
        assert np.all(boschloo >= fisher - 1e-12)


def test_approximation_is_near_the_exact_power_of_large_trials() -> None:
    exact = exact_power([0.35, 0.4, 0.45], 400, 0.3, 300)
    assert approximate_power([0.35, 0.4, 0.45], 400, 0.3, 300) == pytest.approx(exact, abs=0.01)


def test_the_detectable_difference_has_that_power() -> None:
    difference = detectable_difference([0.1, 0.3], 50, 40, power=0.7, test="fisher")
    power = exact_power(np.array([0.1, 0.3]) + difference, 50, [0.1, 0.3], 40, test="fisher")
    assert power == pytest.approx([0.7, 0.7])
    assert np.isnan(detectable_difference(0.9, 10, 10))


def test_assurance_of_certainty_is_power() -> None:
    sure = Scenario(
        "sure", NormalMixture.normal(np.log(0.3 / 0.7), 0), NormalMixture.normal(0.2, 0)
    )
    found = assurance(TwoArmDesign(60, 50), sure).success
    assert found == pytest.approx(float(exact_power(0.5, 60, 0.3, 50)), abs=1e-12)


def test_quadrature_and_simulation_agree_within_the_monte_carlo_error() -> None:
    design = TwoArmDesign(90, 60, test="fisher", delta=0.1)
    exact, drawn = assurance(design, BELIEF), simulate(design, BELIEF, replicates=200_000, seed=7)
    for event in ("success", "above_delta", "conclusive_null"):
        error = abs(drawn.share(event) - getattr(exact, event))
        assert error < 4 * drawn.standard_error(event)


def test_counts_do_not_depend_on_who_maps_the_chunks() -> None:
    design = TwoArmDesign(40, 40)

    def backwards(function: Any, chunks: Any) -> list[Any]:
        return [function(pickle.loads(pickle.dumps(chunk))) for chunk in reversed(list(chunks))]

    options: dict[str, Any] = {"replicates": 35_000, "seed": 3}
    plain = simulate(design, BELIEF, **options)
    assert simulate(design, BELIEF, **options, mapper=backwards) == plain
    with ThreadPoolExecutor(3) as pool:
        assert simulate(design, BELIEF, **options, mapper=pool.map) == plain
    assert simulate(design, BELIEF, replicates=35_000, seed=4) != plain
    assert plain.replicates == 35_000


def test_counts_do_not_depend_on_what_was_simulated_before() -> None:
    one, other = TwoArmDesign(40, 40), TwoArmDesign(90, 60)
    options: dict[str, Any] = {"replicates": 15_000, "seed": 3}
    first = simulate(one, BELIEF, **options)
    simulate(other, BELIEF, **options)
    assert simulate(one, BELIEF, **options) == first
    again = Scenario(BELIEF.name, BELIEF.control, BELIEF.effect)
    assert simulate(other, again, **options) == simulate(other, BELIEF, **options)


def test_a_difference_of_exactly_delta_is_not_above_it() -> None:
    sure = Scenario("sure", NormalMixture.normal(0, 0), NormalMixture.normal(0.0, 0))
    # Of the tables of 10 and 10, those whose difference is 2 or more, weighed: dbinom in R 4.2.2
    found = assurance(TwoArmDesign(10, 10, delta=0.1), sure).above_delta
    assert found == pytest.approx(0.2517223358, abs=1e-9)


def test_effects_never_leave_the_rates() -> None:
    edge = Scenario("edge", NormalMixture.normal(-4.0, 0.5), NormalMixture.normal(-0.05, 0.2))
    design = TwoArmDesign(30, 30)
    drawn = simulate(design, edge, replicates=50_000)
    exact = assurance(design, edge)
    assert abs(drawn.share("success") - exact.success) < 4 * drawn.standard_error("success")
    with pytest.raises(ValueError, match="no effect keeps"):
        assurance(design, Scenario("x", NormalMixture.normal(0, 0), NormalMixture.normal(0.9, 0.0)))


def test_two_arms_are_the_simplest_trial_of_doses() -> None:
    many = many_to_one_power([0.3, 0.5], [40, 50])
    assert many.any == pytest.approx(many.each[0])
    assert many.any == pytest.approx(float(exact_power(0.5, 50, 0.3, 40)))
    # With two arms the trend test is the chi-square test.
    assert trend_power([0.3, 0.5], [40, 50]) == pytest.approx(many.any)


def test_trend_does_not_know_the_unit_of_the_scores() -> None:
    rates, n = [0.2, 0.3, 0.5], [20, 25, 30]
    assert trend_power(rates, n, scores=[5, 15, 25]) == pytest.approx(trend_power(rates, n))
    assert trend_power([0.3] * 3, n) < 0.035


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: exact_power(1.2, 10, 0.3, 10), "rate_1"),
        (lambda: exact_power(0.5, 0, 0.3, 10), "n_1"),
        (lambda: exact_power(0.5, 10.5, 0.3, 10), "n_1"),
        (lambda: exact_power(0.5, 10, 0.3, 10, alpha=5), "alpha .*did you mean 0.05"),
        (lambda: exact_power(0.5, 10, 0.3, 10, sides=3), "sides"),
        (lambda: exact_power(0.5, 10, 0.3, 10, test="guess"), "test"),
        (lambda: exact_power(0.5, 600, 0.3, 600, test="boschloo"), "fewer patients"),
        (lambda: approximate_power(0.5, 10, 0.3, 10, variance="x"), "variance"),
        (lambda: approximate_power(0.5, 0, 0.3, 10), "n_1 and n_0"),
        (lambda: sample_size(0.5, 0.3, power=1), "power"),
        (lambda: sample_size(0.5, 0.3, allocation=0), "allocation"),
        (lambda: detectable_difference(0.5, 10, 10, power=2), "power"),
        (lambda: TwoArmDesign(10, 10, delta=15), "delta .*did you mean 0.15"),
        (lambda: TwoArmDesign(10, True), "n_control"),
        (lambda: NormalMixture([1], [0], [-1]), "negative"),
        (lambda: NormalMixture([1, 1], [0, 0], [0, 1]), "stands alone"),
        (lambda: NormalMixture([1], [0, 1], [1]), "one length"),
        (lambda: NormalMixture([1], [np.nan], [1]), "finite"),
        (lambda: simulate(TwoArmDesign(9, 9), BELIEF, replicates=0), "replicates"),
        (lambda: simulate(TwoArmDesign(9, 9), BELIEF, seed=-1), "seed"),
        (lambda: trend_power([0.1, 0.2], [10]), "one length"),
        (lambda: trend_power([0.1, 0.2], [10, 10], scores=[1, 1]), "differ"),
        (lambda: trend_power([0.1, 0.2], [10, 10], scores=[0, 0.5]), "whole number"),
        (lambda: many_to_one_power([0.1], [10]), "at least one dose"),
    ],
)
def test_what_is_none_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_the_reach_of_a_belief_holds_whatever_the_last_digit_of_its_weights():
    """As processors differ in it; a grid that moves would change the sums over it."""
    weight, mean, sd = np.linspace(1, 2, 200), np.linspace(-2, 0.5, 200), np.linspace(0.2, 0.9, 200)
    found = []
    for last in (-3, 0, 2):
        other = 1 + last * np.cos(np.arange(200)) * np.finfo(float).eps
        found.append(NormalMixture(weight * other, mean, sd).reach())
    np.testing.assert_allclose(found, [found[1]] * 3, rtol=1e-13)
