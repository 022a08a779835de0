"""Standard deviations from what is printed, and numbers needed to treat from a ratio."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from atopic.stats import changes, contrasts, spreads


@given(st.floats(0.01, 100), st.integers(2, 500), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_an_interval_and_its_standard_error_give_one_spread(sd, n, level) -> None:
    se = sd / np.sqrt(n)
    half = float(changes.two_sided_quantile(np.array(n - 1.0), level)) * se
    assert_allclose(spreads.from_se(se, n).sd, sd)
    assert_allclose(spreads.from_interval(3 - half, 3 + half, n, level=level).sd, sd, rtol=1e-9)


@given(st.floats(-50, 50), st.floats(0.1, 9), st.integers(4, 400))
def test_estimates_move_and_stretch_with_the_scale(shift, stretch, n) -> None:
    numbers = np.array([1.0, 4.0, 5.0, 7.5, 20.0])
    for function, kept in (
        (spreads.from_five_numbers, [0, 1, 2, 3, 4]),
        (spreads.from_quartiles, [1, 2, 3]),
        (spreads.from_range, [0, 2, 4]),
    ):
        plain = function(*numbers[kept], n)
        moved = function(*(numbers[kept] * stretch + shift), n)
        assert_allclose(moved.sd, plain.sd * stretch, rtol=1e-9)
        assert_allclose(moved.mean, plain.mean * stretch + shift, rtol=1e-9, atol=1e-9)
        assert numbers[kept][0] <= plain.mean <= numbers[kept][-1]


def test_normal_samples_of_many_give_back_what_made_them() -> None:
    draws = np.random.default_rng(7).normal(12, 3, (400, 200))
    low, q1, middle, q3, high = np.quantile(draws, [0, 0.25, 0.5, 0.75, 1], axis=1)
    for found in (
        spreads.from_quartiles(q1, middle, q3, 200),
        spreads.from_range(low, middle, high, 200),
        spreads.from_five_numbers(low, q1, middle, q3, high, 200),
    ):
        assert_allclose(found.sd.mean(), 3, rtol=0.02)
        assert found.mean is not None
        assert_allclose(found.mean.mean(), 12, rtol=0.005)
        assert "Wan 2014" in found.method
        assert "Luo 2018" in found.method


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: spreads.from_se(0, 20), "se = 0 must be above 0"),
        (lambda: spreads.from_se([1, 1], [20, 1]), r"n\[1\] = 1 must be a whole number of at"),
        (lambda: spreads.from_interval(2, 1, 20), "lower = 2 is not below upper"),
        (lambda: spreads.from_interval(1, 2, 20, quantile="z"), "quantile must be one of"),
        (lambda: spreads.from_t(0, 2, 20, 20), "difference = 0 says nothing of the spread"),
        (lambda: spreads.from_p(1, 0, 20, 20), "p_value = 0 must lie strictly between 0 and 1"),
        (lambda: spreads.from_p(1, [0.5, 5], 20, 20), r"p_value\[1\] = 5 must lie strictly"),
        (lambda: spreads.from_quartiles(3, 2, 4, 20), "q1 = 3 is above median"),
        (lambda: spreads.from_quartiles(3, 3, 3, 20), "q1 = 3 is not below q3"),
        (lambda: spreads.from_five_numbers(1, 3, 3, 3, 4, 20), "q1 = 3 is not below q3"),
        (lambda: spreads.from_range(1, 2, 3, 1), "n = 1 must be a whole number of at least 2"),
    ],
)
def test_what_gives_no_spread_is_refused(call, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


@given(st.floats(0.05, 0.95), st.floats(0.2, 5), st.sampled_from(["RR", "OR"]))
def test_a_ratio_at_its_own_baseline_is_the_difference(baseline, ratio, measure) -> None:
    if measure == "RR":
        other = baseline * ratio
    else:
        odds = ratio * baseline / (1 - baseline)
        other = odds / (1 + odds)
    if other > 1:
        return
    found = contrasts.from_ratio(ratio, ratio * 0.9, ratio * 1.1, baseline, measure=measure)
    with np.errstate(divide="ignore"):
        expected = 1 / (other - baseline) if other != baseline else np.inf
    assert_allclose(1 / found.estimate, 1 / expected, atol=1e-12)
    bad = contrasts.from_ratio(
        ratio, ratio * 0.9, ratio * 1.1, baseline, measure=measure, response="bad"
    )
    assert_allclose(1 / bad.estimate, -1 / found.estimate, atol=1e-12)
    # A number of patients below one is none.
    assert np.all(np.abs([found.estimate, found.best, found.worst]) >= 1)


def test_limits_through_one_go_through_infinity_and_none_needs_a_risk_above_one() -> None:
    wide = contrasts.from_ratio(1.5, 0.9, 4.0, 0.4)
    assert bool(wide.through_infinity)
    assert_allclose(wide.best, 1 / 0.6)
    for call, said in (
        (lambda: contrasts.from_ratio(3, 2, 4, 0.5), "makes of this baseline a risk above 1"),
        (lambda: contrasts.from_ratio(3, 2, 2.5, 0.1), "ratio = 3 is outside its limits"),
        (lambda: contrasts.from_ratio(1, 0.5, 2, 0), "must lie strictly between 0 and 1"),
        (lambda: contrasts.from_ratio(1, 0.5, 2, 30), "must be a rate from 0 to 1"),
        (lambda: contrasts.from_ratio(1, 0, 2, 0.3), "lower = 0 must be above 0"),
    ):
        with pytest.raises(ValueError, match=said):
            call()
