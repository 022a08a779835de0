"""Transformed proportions and their inverses against metafor, and what the inverses may not do."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.stats.pooling import transforms

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/transforms/values.json").read_text())
CASES = ORACLE["cases"]
FORWARD = {
    "logit": transforms.logit,
    "arcsine": transforms.arcsine,
    "freeman-tukey": transforms.freeman_tukey,
}

#: Closed forms; worst seen 3e-15.
RTOL = 1e-13
#: Both sides subtract numbers near 1 under a root; worst seen 2e-13.
RTOL_INVERSE = 1e-11


@pytest.mark.parametrize("method", sorted(FORWARD))
@pytest.mark.parametrize("name", sorted(CASES))
def test_effects_and_variances_equal_escalc(name, method):
    case = CASES[name]
    effect, variance = FORWARD[method](case["x"], case["n"])
    np.testing.assert_allclose(effect, case[method]["effect"], rtol=RTOL)
    np.testing.assert_allclose(variance, case[method]["variance"], rtol=RTOL)


@pytest.mark.parametrize("name", sorted(CASES))
def test_pooled_values_are_taken_back_as_by_metafor(name):
    case = CASES[name]
    inverse = {
        "logit": transforms.back_logit,
        "arcsine": transforms.back_arcsine,
        "freeman-tukey": lambda t: transforms.back_freeman_tukey(
            t, transforms.harmonic_mean(case["n"])
        ),
    }
    for method, back in inverse.items():
        rates = back(case[method]["scale"])
        np.testing.assert_allclose(rates, case[method]["rates"], rtol=RTOL_INVERSE)


@pytest.mark.parametrize("size", [8, 250])
def test_millers_inverse_equals_metafor_within_and_beyond_its_range(size):
    angle = ORACLE["inverse"]["angle"]
    rates = transforms.back_freeman_tukey(angle, size)
    np.testing.assert_allclose(rates, ORACLE["inverse"][f"n{size}"], rtol=RTOL_INVERSE)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_inverses_return_the_proportion(arm):
    x, n = arm
    assert transforms.back_arcsine(transforms.arcsine(x, n)[0]) == pytest.approx(x / n)
    taken_back = transforms.back_freeman_tukey(transforms.freeman_tukey(x, n)[0], n)
    assert taken_back == pytest.approx(x / n, abs=1e-7)
    if 0 < x < n:
        assert transforms.back_logit(transforms.logit(x, n)[0]) == pytest.approx(x / n)


@given(st.floats(-10, 10), st.floats(1, 1e5))
def test_millers_inverse_stays_between_0_and_1_and_rises(t, n):
    rates = transforms.back_freeman_tukey(np.linspace(-0.5, 2.0, 60), n)
    assert np.all((rates >= 0) & (rates <= 1))
    assert np.all(np.diff(rates) >= -1e-7)
    assert 0 <= transforms.back_freeman_tukey(t, n) <= 1


def test_angles_past_n_in_n_give_1_where_millers_formula_has_no_value():
    t, n = 1.65, 5
    sine = np.sin(2 * t)
    assert 1 - (sine + (sine - 1 / sine) / n) ** 2 < 0
    assert transforms.back_freeman_tukey(t, n) == 1


def test_stand_in_size_can_put_the_pooled_rate_outside_the_observed_rates():
    # The fault described by Schwarzer and others (2019): here every arm has a rate of 10%.
    n = np.array([10, 10, 1000, 100000])
    effect, variance = transforms.freeman_tukey(n // 10, n)
    pooled = np.sum(effect / variance) / np.sum(1 / variance)
    rate = transforms.back_freeman_tukey(pooled, transforms.harmonic_mean(n))
    assert rate < 0.082


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transforms.logit([1, 0], [5, 5], continuity=0), r"responders\[1\] = 0 of 5"),
        (lambda: transforms.logit([1], [5], continuity=-1), "continuity must be 0 or more"),
        (lambda: transforms.arcsine([6], [5]), "is more than"),
        (lambda: transforms.back_logit(np.nan), "must be a number"),
        (lambda: transforms.back_freeman_tukey(1.0, 0.5), "n must be at least 1, not 0.5"),
    ],
)
def test_refusals_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
