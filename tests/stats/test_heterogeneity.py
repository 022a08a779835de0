import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from atopic.stats import pooling
from atopic.stats.pooling import heterogeneity as het
from tests.oracles.pooling.likelihood import log_likelihood

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles/pooling/values.json").read_text(encoding="utf-8")
)
CASES = {case["name"]: case for case in ORACLE["cases"]}
METHODS = get_args(het.Tau2Method)

#: Closed forms and fully converged searches: the worst seen is 3e-12, in tail areas of Q.
CLOSED = 1e-8
#: metafor's REML and ML, run to 1e-13 of the spread: the worst seen is 1.5e-12.
ITERATED = 1e-9
#: Log likelihoods near 100, computed in another order of summation.
LIKELIHOOD = 1e-9


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    return np.array(CASES[name]["yi"]), np.array(CASES[name]["vi"])


def test_the_oracle_holds_every_method_for_every_data_set():
    assert len(CASES) == 13
    assert all(set(case["fits"]) == {m.upper() for m in METHODS} for case in CASES.values())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", METHODS)
def test_tau2_is_that_of_metafor(name, method):
    ours = het.tau2(*data(name), method=method)
    assert_allclose(ours, CASES[name]["fits"][method.upper()]["tau2"], rtol=ITERATED, atol=1e-15)


def test_reml_on_bcg_is_the_published_value():
    assert_allclose(het.tau2(*data("dat.bcg, log RR")), 0.313243258, rtol=1e-8)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", ["reml", "ml"])
def test_the_likelihood_is_that_of_metafor_and_not_lower(name, method):
    y, v = data(name)
    reference = CASES[name]["fits"][method.upper()]
    ours = het.tau2(y, v, method=method)
    restricted = method == "reml"
    at_theirs = log_likelihood(y, v, reference["tau2"], restricted=restricted)
    assert_allclose(at_theirs, reference["log_likelihood"], rtol=LIKELIHOOD)
    assert log_likelihood(y, v, ours, restricted=restricted) >= at_theirs - LIKELIHOOD


@pytest.mark.parametrize("number", [0, 1])
def test_of_two_maxima_the_higher_is_taken_where_metafor_takes_the_lower(number):
    case = ORACLE["maxima"][number]
    y, v = case["yi"], case["vi"]
    ours = het.tau2(y, v)
    gain = log_likelihood(y, v, ours) - case["log_likelihood"]
    assert gain > 1.5
    # Both likelihoods agree on the heights: metafor, given tau2, reports the same values.
    assert_allclose(log_likelihood(y, v, case["at"]), case["log_likelihood_at"], rtol=LIKELIHOOD)


@pytest.mark.parametrize("restricted", [True, False])
def test_no_tau2_on_a_fine_grid_has_a_higher_likelihood(restricted):
    random = np.random.default_rng(20)
    v = 10 ** random.uniform(-4, 2, (2000, 5))
    y = random.normal(0, 3, (2000, 5)) * np.sqrt(v)
    ours = het.tau2(y, v, method="reml" if restricted else "ml")
    best = log_likelihood(y, v, ours, restricted=restricted)
    for tau2 in [0.0, *np.geomspace(1e-6, 1e5, 300)]:
        assert np.all(log_likelihood(y, v, tau2, restricted=restricted) <= best + 1e-10)


def test_paule_mandel_solves_its_equation():
    y, v = data("dat.bcg, log RR")
    w = 1 / (v + het.tau2(y, v, method="pm"))
    mean = np.sum(w * y) / np.sum(w)
    assert_allclose(np.sum(w * (y - mean) ** 2), y.size - 1, rtol=1e-13)


def test_with_equal_variances_reml_and_the_moment_estimators_are_the_sample_variance_minus_v():
    y = np.array([0.1, 0.9, 1.4, 2.2])
    for method in ("reml", "pm", "dl", "eb"):
        assert_allclose(het.tau2(y, 0.2, method=method), np.var(y, ddof=1) - 0.2, rtol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_q_profile_is_that_of_metafor(name):
    case = CASES[name]
    limits = het.q_profile(*data(name), level=case["level"])
    assert_allclose([limits.lower, limits.upper], case["q_profile"], rtol=CLOSED, atol=1e-15)


def test_q_profile_limits_solve_their_equation():
    y, v = data("dat.bcg, log RR")
    limits = het.q_profile(y, v)
    for tau2, tail in ((limits.lower, 0.025), (limits.upper, 0.975)):
        assert_allclose(pooling.common_effect(y, v + tau2).Q_p, tail, rtol=1e-12)


def test_q_profile_of_too_close_effects_is_zero_to_zero():
    limits = het.q_profile([1.0, 1.0, 1.0], 1.0)
    assert (limits.lower, limits.upper) == (0.0, 0.0)


def test_i2_by_q_on_bcg_is_the_published_value():
    assert_allclose(pooling.common_effect(*data("dat.bcg, log RR"), i2="Q").I2, 0.92117, atol=5e-6)


def test_the_two_definitions_of_i2_agree_for_dersimonian_laird():
    y, v = data("dat.li2007, log OR")
    by_tau2, by_q = (pooling.random_effects(y, v, tau2_method="dl", i2=i2) for i2 in ("tau2", "Q"))
    assert_allclose(by_tau2.I2, by_q.I2, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_one_study_has_no_tau2_and_an_open_interval(method):
    assert het.tau2([0.5], [0.1], method=method) == 0
    limits = het.q_profile([0.5], [0.1])
    assert (limits.lower, limits.upper) == (0, np.inf)
    alone = pooling.common_effect([0.5], [0.1])
    assert (alone.Q, alone.Q_p) == (0, 1)


@pytest.mark.parametrize("method", METHODS)
def test_equal_effects_have_no_tau2(method):
    assert het.tau2([0.3, 0.3, 0.3], [0.1, 0.2, 0.3], method=method) == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_mask_is_the_same_as_leaving_studies_out(method):
    y, v = data("dat.bcg, log RR")
    keep = np.random.default_rng(3).random((40, 13)) < 0.6
    keep[:, 0] = True
    together = het.tau2(y, v, method=method, mask=keep)
    alone = [het.tau2(y[row], v[row], method=method) for row in keep]
    assert_allclose(together, alone, rtol=1e-10, atol=1e-14)


def test_leading_axes_are_separate_meta_analyses():
    random = np.random.default_rng(4)
    y, v = random.normal(size=(2, 3, 6)), random.uniform(0.1, 2, (3, 6))
    together = het.tau2(y, v)
    assert together.shape == (2, 3)
    assert_allclose(together[1, 2], het.tau2(y[1, 2], v[2]), rtol=1e-12)


def test_variances_that_differ_by_forty_orders_of_magnitude_are_no_obstacle():
    y, v = np.array([0.0, 3.0, -3.0, 1.0]), np.array([1e-30, 1.0, 1e10, 2.0])
    for method in METHODS:
        tau2 = het.tau2(y, v, method=method)
        assert np.isfinite(tau2)
        assert tau2 >= 0
    ours = het.tau2(y, v)
    grid = log_likelihood(y, v, np.geomspace(1e-31, 1e11, 2000))
    assert log_likelihood(y, v, ours) >= grid.max() - 1e-10


@pytest.mark.parametrize(
    ("effect", "variance", "message"),
    [
        ([0.1, np.nan], [1, 1], r"effect\[1\] = nan is not a finite number"),
        ([0.1, 0.2], [1, np.inf], r"variance\[1\] = inf is not a finite number"),
        ([0.1, 0.2], [0, 1], r"variance\[0\] = 0 must be positive"),
        ([[0.1, 0.2], [0.1, 0.2]], [[1, 1], [1, -1]], r"variance\[1, 1\] = -1 must be positive"),
        ([1e60, 0.2], [1, 1], r"effect\[0\] = 1e\+60 must lie within 1e50 of 0"),
        ([0.1, 0.2], [1e-120, 1], r"variance\[0\] = 1e-120 must lie between"),
        ([0.1, 0.2, 0.3], [1, 1], r"effect of shape \(3,\) and variance of shape \(2,\)"),
        ([], [], r"at least one study"),
        (["a", "b"], [1, 1], r"effect must be numbers"),
    ],
)
def test_impossible_data_are_refused_by_name_and_place(effect, variance, message):
    with pytest.raises(ValueError, match=message):
        het.tau2(effect, variance)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="tau2_method must be one of reml, pm"):
        het.tau2([0.1, 0.2], 1, method="hs")
    with pytest.raises(ValueError, match="i2 must be 'tau2' or 'Q'"):
        pooling.random_effects([0.1, 0.2], 1, i2="H")
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        het.q_profile([0.1, 0.2], 1, level=95)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([1, 0], "mask must be of dtype bool, not int64"),
        ([[True, True], [False, False]], r"mask\[1\] keeps no study"),
        ([True, True, True], "do not broadcast"),
    ],
)
def test_masks_that_mean_nothing_are_refused(mask, message):
    with pytest.raises(ValueError, match=message):
        het.tau2([0.1, 0.2], 1, mask=mask)


studies = st.integers(2, 8).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-5, 5), min_size=k, max_size=k),
        st.lists(st.floats(0.01, 10), min_size=k, max_size=k),
        st.permutations(range(k)),
    )
)


@given(studies, st.sampled_from(METHODS))
@settings(deadline=None, max_examples=80)
def test_tau2_does_not_depend_on_the_order_of_studies(case, method):
    y, v, order = (np.array(part) for part in case)
    ours = het.tau2(y, v, method=method)
    again = het.tau2(y[order], v[order], method=method)
    assert_allclose(again, ours, rtol=1e-8, atol=1e-10)


@given(studies, st.sampled_from(METHODS), st.floats(0.01, 100), st.floats(-50, 50))
@settings(deadline=None, max_examples=80)
def test_tau2_scales_with_the_square_of_the_unit_and_ignores_a_shift(case, method, unit, shift):
    y, v, _ = (np.array(part) for part in case)
    ours = het.tau2(y, v, method=method)
    again = het.tau2(unit * (y + shift), unit**2 * v, method=method)
    assert_allclose(again, unit**2 * ours, rtol=1e-7, atol=unit**2 * 1e-9)


@given(
    st.integers(1, 6).flatmap(
        lambda k: st.tuples(
            st.lists(st.floats(-1e50, 1e50), min_size=k, max_size=k),
            st.lists(st.floats(1e-100, 1e100), min_size=k, max_size=k),
        )
    ),
    st.sampled_from(METHODS),
)
@settings(deadline=None, max_examples=120)
def test_any_valid_data_give_a_finite_tau2_that_is_not_negative(case, method):
    y, v = case
    tau2 = het.tau2(y, v, method=method)
    assert np.isfinite(tau2)
    assert tau2 >= 0
    limits = het.q_profile(y, v)
    assert 0 <= limits.lower <= limits.upper
