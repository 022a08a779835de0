"""Missing responders against Higgins, White and Wood (2008) and numerical delta methods in R."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atopic.stats.pooling import missing

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/missing/values.json").read_text())
HALOPERIDOL = tuple(ORACLE["higgins2008"][key] for key in ("r1", "f1", "m1", "r0", "f0", "m0"))
#: The trials with most missing patients (Beasley, Selman), as in the R script.
TWO = tuple([column[1], column[12]] for column in HALOPERIDOL)

#: Closed forms.
RTOL = 1e-12
#: Variances by fourth-order finite differences; worst seen 1e-12.
RTOL_DIFFERENCES = 1e-9


def common_risk_ratio(scenario):
    """Inverse-variance pooling with 0.5 added to all cells of trials with an empty one."""
    a, n1, c, n0 = scenario.responders_1, scenario.n_1, scenario.responders_0, scenario.n_0
    add = 0.5 * ((a == 0) | (c == 0) | (a == n1) | (c == n0))
    a, n1, c, n0 = a + add, n1 + 2 * add, c + add, n0 + 2 * add
    effect = np.log(a / n1 * n0 / c)
    weight = 1 / (1 / a - 1 / n1 + 1 / c - 1 / n0)
    pooled, se = np.sum(weight * effect) / np.sum(weight), np.sum(weight) ** -0.5
    return np.exp(pooled + se * 1.959963984540054 * np.array([0, -1, 1]))


@pytest.mark.parametrize("name", list(missing.SCENARIOS))
def test_scenarios_pool_to_the_values_of_metafor(name):
    scenario = next(s for s in missing.scenarios(*HALOPERIDOL) if s.name == name)
    np.testing.assert_allclose(common_risk_ratio(scenario), ORACLE["scenarios"][name], rtol=RTOL)


def test_scenarios_pool_to_the_published_risk_ratios():
    published = {"available": 1.567, "non-responder": 1.898, "best": 2.416, "worst": 0.944}
    for scenario in missing.scenarios(*HALOPERIDOL):
        assert common_risk_ratio(scenario)[0] == pytest.approx(published[scenario.name], abs=5e-4)


@pytest.mark.parametrize("case", ORACLE["effects"], ids=str)
def test_effects_under_an_imor_equal_the_numerical_delta_method(case):
    result = missing.imor_effect(
        *TWO,
        imor_1=case["imor_1"],
        imor_0=case["imor_0"],
        log_imor_sd=case["sd"],
        measure=case["measure"],
    )
    np.testing.assert_allclose(result.effect, case["effect"], rtol=RTOL)
    np.testing.assert_allclose(result.variance, case["variance"], rtol=RTOL_DIFFERENCES)


def test_an_imor_of_1_is_the_available_cases():
    r1, f1, _, r0, f0, _ = (np.array(column, dtype=float) for column in TWO)
    result = missing.imor_effect(*TWO, measure="RR")
    np.testing.assert_allclose(result.effect, np.log(r1 / (r1 + f1) * (r0 + f0) / r0), rtol=RTOL)
    variance = 1 / r1 - 1 / (r1 + f1) + 1 / r0 - 1 / (r0 + f0)
    np.testing.assert_allclose(result.variance, variance, rtol=RTOL)


def test_imors_of_0_and_infinity_are_failure_and_response():
    r1, f1, m1 = HALOPERIDOL[:3]
    for odds, strategy in ((0.0, "non-responder"), (np.inf, "responder")):
        x, n = missing.impute(r1, f1, m1, strategy)
        np.testing.assert_allclose(missing.imor_rate(r1, f1, m1, odds)[0], x / n, rtol=RTOL)


def test_a_sweep_has_one_row_and_column_for_each_pair():
    grid = missing.imor_sweep(*TWO, imor_1=[0, 1, np.inf], imor_0=[0, np.inf], measure="RD")
    assert grid.effect.shape == grid.variance.shape == (3, 2, 2)
    best, worst = (missing.scenarios(*TWO)[i] for i in (2, 3))
    for place, scenario in (((2, 0), best), ((0, 1), worst)):
        difference = scenario.responders_1 / scenario.n_1 - scenario.responders_0 / scenario.n_0
        np.testing.assert_allclose(grid.effect[place], difference, rtol=RTOL)
    assert np.all(np.diff(grid.effect, axis=0) > 0)
    assert np.all(np.diff(grid.effect, axis=1) < 0)


arms = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)).filter(
    lambda arm: arm[0] + arm[1] > 0
)


@given(arms, st.floats(0, 1e6), st.floats(0, 2))
@example((1, 0, 0), 3.005629669930616e-305, 0.0)
@example((1, 0, 2), 5e-324, 1.0)
def test_rates_lie_between_failure_and_response_of_all_missing(arm, odds, sd):
    r, f, m = arm
    rate, variance = missing.imor_rate(r, f, m, odds, log_imor_sd=sd)
    total = r + f + m
    assert r / total - 1e-12 <= rate <= (r + m) / total + 1e-12
    assert np.isfinite(variance)
    assert variance >= 0
    mirrored, _ = missing.imor_rate(f, r, m, 1 / odds if odds else np.inf, log_imor_sd=sd)
    assert mirrored == pytest.approx(1 - rate, abs=1e-9)


@given(arms, arms, st.floats(0.01, 100), st.floats(0.01, 100))
def test_swapping_arms_flips_the_effect(one, two, odds_1, odds_0):
    options = {"measure": "OR", "continuity": 0.5}
    result = missing.imor_effect(*one, *two, imor_1=odds_1, imor_0=odds_0, **options)
    swapped = missing.imor_effect(*two, *one, imor_1=odds_0, imor_0=odds_1, **options)
    assert swapped.effect == pytest.approx(-result.effect, rel=1e-9, abs=1e-9)
    assert swapped.variance == pytest.approx(result.variance, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: missing.impute(1, 2, 3, "locf"), "strategy must be available"),
        (lambda: missing.impute([1, 2.5], [2, 2], 0, "available"), r"responders\[1\] = 2.5"),
        (lambda: missing.impute(1, 2, np.nan, "available"), "missing = nan is not"),
        (lambda: missing.impute([1, 0], [2, 0], [3, 4], "available"), r"arm\[1\]: no patient"),
        (lambda: missing.impute([1, 0], [2, 1, 1], 0, "available"), "do not broadcast"),
        (lambda: missing.imor_rate(1, 2, 3, -1), "imor must be an odds ratio"),
        (lambda: missing.imor_rate(1, 2, 3, 1, log_imor_sd=-1), "log_imor_sd must be 0 or more"),
        (lambda: missing.imor_effect(1, 2, 3, 1, 2, 3, measure="HR"), "measure must be"),
        (lambda: missing.imor_effect(1, 2, 3, 1, 2, 3, continuity=-1), "continuity must be"),
        (
            lambda: missing.imor_effect([1, 0], [2, 3], 0, [1, 1], [2, 2], 0, measure="RR"),
            r"trial \[1\]: rates 0 and 0.333333 give no finite RR",
        ),
        (lambda: missing.imor_sweep(1, 2, 3, 1, 2, 3, imor_1=[[1.0]]), "one row of values"),
    ],
)
def test_refusals_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
