"""Random-intercept logistic model against R (lme4, metafor, direct integration) and its limits."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from atopic.stats.pooling import glmm

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/glmm/values.json").read_text())
CASES = ORACLE["cases"]
DIRECT = sorted(name for name, case in CASES.items() if "direct" in case)

#: Iterative results; worst seen 1e-9, set by the finite differences of the R script.
RTOL = 1e-8
#: The covariance is that one step of at most 1.4e-7 standard errors before the estimate.
RTOL_SE = 3e-7
#: The slope, per standard error, before that step.
GRADIENT = 1.5e-7
#: lme4 stops its simplex and its numerical Hessian about here.
RTOL_LME4 = 1e-3
#: Log binomial coefficients of n near 1e5 cancel to about 1e-10.
ATOL_LIKELIHOOD = 1e-9

PRITZ = (CASES["pritz1997"]["x"], CASES["pritz1997"]["n"])


def fit_case(name, **options):
    case = CASES[name]
    return glmm.fit(case["x"], case["n"], moderators=case["X"], group=case["group"], **options)


def test_the_grid_of_reference_cases_is_complete():
    assert sorted(CASES) == [
        "bcg_both_arms",
        "bcg_controls_latitude",
        "dose_response",
        "dose_response_alike",
        "empty_arms",
        "homogeneous",
        "large_tau",
        "pritz1997",
    ]
    assert len(DIRECT) == 6


@pytest.mark.parametrize("name", DIRECT)
def test_estimates_equal_direct_integration_in_r(name):
    result, reference = fit_case(name), CASES[name]["direct"]
    np.testing.assert_allclose(result.beta, reference["beta"], rtol=RTOL)
    np.testing.assert_allclose(result.tau2, reference["tau2"], rtol=RTOL)
    np.testing.assert_allclose(result.se, reference["se"], rtol=RTOL_SE)
    np.testing.assert_allclose(result.tau2_se, reference["tau2_se"], rtol=RTOL_SE)
    assert result.log_likelihood == pytest.approx(reference["log_likelihood"], abs=ATOL_LIKELIHOOD)


@pytest.mark.parametrize("name", sorted(CASES))
def test_likelihood_is_at_least_that_of_lme4_and_estimates_are_near(name):
    result, reference = fit_case(name), CASES[name]["lme4"]
    assert result.log_likelihood >= reference["log_likelihood"] - ATOL_LIKELIHOOD
    np.testing.assert_allclose(result.beta, reference["beta"], rtol=RTOL_LME4)
    np.testing.assert_allclose(result.se, reference["se"], rtol=2 * RTOL_LME4)
    np.testing.assert_allclose(result.tau2, reference["tau2"], rtol=3 * RTOL_LME4, atol=1e-9)


@pytest.mark.parametrize("name", sorted(CASES))
def test_common_effect_equals_glm_in_r(name):
    result, reference = fit_case(name), CASES[name]["common"]
    assert result.log_likelihood_common == pytest.approx(reference["log_likelihood"], rel=1e-9)
    assert result.deviance.statistic == pytest.approx(reference["deviance"], rel=1e-9)


@pytest.mark.parametrize("name", ["homogeneous", "dose_response_alike"])
def test_boundary_fit_is_plain_logistic_regression_and_says_so(name):
    result, reference = fit_case(name), CASES[name]["common"]
    assert result.boundary
    assert result.tau2 == 0
    assert result.tau2_se is None
    assert result.likelihood_ratio.p_value == 1
    np.testing.assert_allclose(result.beta, reference["beta"], rtol=1e-8)
    np.testing.assert_allclose(result.se, reference["se"], rtol=1e-7)


def test_published_values_of_pritz_1997():
    result = glmm.fit(*PRITZ)
    assert result.beta[0] == pytest.approx(1.3765943, abs=5e-7)
    assert result.se[0] == pytest.approx(0.2883798, abs=5e-7)
    assert result.tau2 == pytest.approx(0.5893090, abs=1e-6)


def test_tests_and_information_criteria_equal_metafor():
    reference = CASES["pritz1997"]["metafor"]
    result = glmm.fit(*PRITZ)
    assert result.deviance.statistic == pytest.approx(reference["QE.LRT"], rel=1e-8)
    assert result.deviance.df == reference["QE.df"]
    # metafor leaves out a constant of the likelihood, which cancels in the correction.
    correction = reference["aicc"] - reference["aic"]
    assert result.aicc - result.aic == pytest.approx(correction, rel=1e-9)
    assert result.aic == pytest.approx(4 - 2 * result.log_likelihood)


def test_median_proportion_and_normal_prediction_interval_equal_metafor():
    reference = CASES["pritz1997"]["metafor"]["predict"]
    pooled = glmm.fit(*PRITZ, prediction="z").pooled
    found = [
        pooled.median,
        pooled.median_lower,
        pooled.median_upper,
        pooled.prediction_lower,
        pooled.prediction_upper,
    ]
    np.testing.assert_allclose(found, reference, rtol=1e-5)


@pytest.mark.parametrize("name", ["pritz1997", "empty_arms", "large_tau"])
def test_marginal_mean_equals_integrate_in_r(name):
    assert fit_case(name).pooled.mean == pytest.approx(CASES[name]["mean"], rel=1e-9)


@pytest.mark.parametrize("name", DIRECT)
def test_more_nodes_change_nothing(name):
    # 200 Gauss-Hermite nodes carry a between-study deviation of 4.5 only to 1e-5.
    rtol = 1e-4 if name == "large_tau" else 1e-8
    default, many = fit_case(name), fit_case(name, nodes=200)
    np.testing.assert_allclose(default.beta, many.beta, rtol=rtol)
    np.testing.assert_allclose(default.tau2, many.tau2, rtol=rtol)


@pytest.mark.parametrize("name", sorted(CASES))
def test_gradient_vanishes_at_the_estimate(name):
    assert fit_case(name).gradient < GRADIENT


def test_arms_of_one_group_share_one_intercept():
    # Splitting an arm in two of one group is the same data, up to the binomial coefficients.
    whole = glmm.fit([4, 6, 9, 1], [5, 11, 20, 9])
    split = glmm.fit([3, 1, 6, 9, 1], [3, 2, 11, 20, 9], group=["a", "a", "b", "c", "d"])
    np.testing.assert_allclose(split.beta, whole.beta, rtol=1e-9)
    np.testing.assert_allclose(split.tau2, whole.tau2, rtol=1e-8)


def test_order_of_arms_and_labels_of_groups_do_not_matter():
    case = CASES["dose_response"]
    order = np.array([13, 2, 7, 0, 9, 4, 1, 12, 5, 11, 3, 8, 10, 6])
    x, n, dose, group = (np.asarray(case[key])[order] for key in ("x", "n", "X", "group"))
    shuffled = glmm.fit(x, n, moderators=dose, group=[f"study {g}" for g in group])
    np.testing.assert_allclose(shuffled.beta, fit_case("dose_response").beta, rtol=1e-9)


def test_scale_and_origin_of_a_dose_do_not_matter():
    case = CASES["dose_response"]
    cells = 1e8 * np.asarray(case["X"]) + 5e7
    scaled = glmm.fit(case["x"], case["n"], moderators=cells, group=case["group"])
    plain = fit_case("dose_response")
    assert scaled.beta[1] * 1e8 == pytest.approx(plain.beta[1], rel=1e-8)
    assert scaled.se[1] * 1e8 == pytest.approx(plain.se[1], rel=1e-8)
    pd.testing.assert_frame_equal(scaled.at(2e8 + 5e7), plain.at(2.0), rtol=1e-8)


def test_moderators_keep_their_names_and_are_read_by_name():
    x, n = [2, 5, 9, 3], [10, 12, 11, 9]
    frame = pd.DataFrame({"dose": [0, 1, 2, 0], "adult": [1, 0, 1, 0]})
    result = glmm.fit(x, n, moderators=frame)
    assert result.names == ("intercept", "dose", "adult")
    assert list(result.coefficients.index) == ["intercept", "dose", "adult"]
    one = result.at({"adult": [1.0], "dose": [2.0]})
    pd.testing.assert_frame_equal(one, result.at([[2.0, 1.0]]))
    with pytest.raises(ValueError, match="moderators lack adult"):
        result.at({"dose": 1.0})
    with pytest.raises(ValueError, match="depends on dose, adult"):
        _ = result.pooled


def test_mean_lies_between_the_median_and_one_half():
    pooled = fit_case("pritz1997").pooled
    assert 0.5 < pooled.mean < pooled.median
    assert pooled.mean_lower < pooled.mean < pooled.mean_upper


def test_mean_equals_median_without_heterogeneity():
    pooled = fit_case("homogeneous").pooled
    assert pooled.mean == pytest.approx(pooled.median, rel=1e-14)
    assert pooled.mean_lower == pytest.approx(pooled.median_lower, rel=1e-12)


def test_one_arm_is_its_own_rate():
    result = glmm.fit(4, 10)
    assert not result.tau2_estimable
    assert result.boundary
    assert result.pooled.median == pytest.approx(0.4)
    assert result.se[0] == pytest.approx(np.sqrt(1 / 4 + 1 / 6))
    assert (result.pooled.prediction_lower, result.pooled.prediction_upper) == (0, 1)


def test_two_arms_are_fitted_and_leave_no_degree_of_freedom_to_predict():
    result = glmm.fit([1, 9], [10, 10])
    assert not result.boundary
    assert result.pooled.median == pytest.approx(0.5)
    assert result.prediction_df == 0
    assert (result.pooled.prediction_lower, result.pooled.prediction_upper) == (0, 1)


def test_one_patient_a_group_cannot_show_heterogeneity():
    result = glmm.fit([1, 0, 1, 1], [1, 1, 1, 1])
    assert not result.tau2_estimable
    assert result.pooled.mean == pytest.approx(0.75)


def test_t_quantiles_widen_limits_by_the_named_degrees_of_freedom():
    z, t = glmm.fit(*PRITZ), glmm.fit(*PRITZ, interval="t(k-p)", prediction="t(k-p)")
    assert (z.interval_df, t.interval_df, t.prediction_df) == (np.inf, 13, 13)
    assert t.lower[0] < z.lower[0]
    # qt(0.975, 13)
    assert (t.upper[0] - t.beta[0]) / t.se[0] == pytest.approx(2.160368656461013)


def test_half_the_chi_square_probability_tests_tau2():
    test = glmm.fit(*PRITZ).likelihood_ratio
    # pchisq(12.12184178810702, 1, lower.tail = FALSE) / 2
    assert test.p_value == pytest.approx(0.0002491732963976585, rel=1e-6)


def test_r_calls_name_the_package_that_fits_the_same_model():
    assert glmm.fit([4, 6], [5, 11], level=0.9, interval="t(k-p)").r_call() == (
        'metafor::rma.glmm(measure="PLO", xi=c(4,6), ni=c(5,11), test="t", level=90, nAGQ=25)'
    )
    call = glmm.fit(
        [4, 6, 3, 9], [5, 11, 9, 12], moderators={"dose": [0, 1, 0, 2]}, group=list("aabb")
    ).r_call()
    assert "lme4::glmer(cbind(x, n - x) ~ `dose` + (1 | study)" in call
    assert "study=c(1,1,2,2)" in call


@pytest.mark.parametrize(
    ("x", "n", "options", "message"),
    [
        ([0, 0, 0], [5, 6, 7], {}, r"no arm has a responder \(0 of 18\)"),
        ([5, 6], [5, 6], {}, r"every patient responded \(11 of 11\)"),
        ([0, 5, 0], [5, 5, 6], {}, "between-group variance has no finite estimate"),
        ([0, 3, 9, 0], [5, 6, 9, 5], {"moderators": [0, 1, 1, 0]}, "separated by intercept"),
        ([1, 3], [5, 6], {"moderators": [2, 2]}, "moderator is the same in every arm"),
        (
            [1, 3, 4],
            [5, 6, 7],
            {"moderators": [[0, 0], [1, 2], [2, 4]]},
            "linearly dependent",
        ),
        ([1, 3], [5, 6], {"moderators": [[0, 0], [1, 2]]}, "2 arms cannot carry 3"),
        ([1, 3], [5, 6], {"moderators": [1, 2, 3]}, "3 rows; there are 2 arms"),
        ([1, 3], [5, 6], {"moderators": [1, np.nan]}, r"moderator\[1\] = nan"),
        ([1, 3], [5, 6], {"moderators": {"dose": ["low", "high"]}}, "dose must be numbers"),
        ([1, 3], [5, 6], {"group": ["a"]}, "group has 1 labels; there are 2 arms"),
        ([1, 3], [5, 6], {"group": ["a", None]}, r"group\[1\] is missing"),
        ([1, 3], [5, 6], {"nodes": 0}, "nodes must be a whole number from 5 to 200"),
        ([1, 3], [5, 6], {"interval": "t"}, "interval must be one of"),
        ([1, 3], [5, 6], {"prediction": "t"}, "prediction must be one of"),
        ([1], [5], {"interval": "t(k-p)"}, "no degree of freedom"),
        ([1, 3], [5, 6], {"level": 95}, "did you mean 0.95"),
        ([7], [5], {}, r"responders\[0\] = 7 is more than n\[0\] = 5"),
        ([[1, 2]], [[3, 4]], {}, "one row of arms"),
        ([], [], {}, "one row of arms"),
    ],
)
def test_refusals_say_what_is_wrong(x, n, options, message):
    with pytest.raises(ValueError, match=message):
        glmm.fit(x, n, **options)


def test_a_likelihood_that_rises_with_tau_for_ever_is_refused():
    dose = [0.07964465, 1.43296152, 0.27746023, 0.28319503]
    with pytest.raises(ValueError, match="keeps rising as the between-group variance grows"):
        glmm.fit([0, 0, 0, 1], [1, 1, 3, 1], moderators=dose, group=[1, 2, 1, 2])


def test_a_number_of_nodes_is_kept():
    few = glmm.fit(*PRITZ, nodes=7)
    assert (few.nodes, few.quadrature) == (7, "adaptive Gauss-Hermite")
    assert few.tau2 == pytest.approx(glmm.fit(*PRITZ).tau2, rel=1e-3)


def test_too_few_nodes_are_refused_rather_than_trusted():
    case = CASES["large_tau"]
    with pytest.raises(ValueError, match="no maximum found with nodes=5"):
        glmm.fit(case["x"], case["n"], nodes=5)


arms = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=12,
)


def fit_or_refuse(x, n, **options):
    """None for the documented refusals; any other error is a failure."""
    try:
        return glmm.fit(x, n, **options)
    except ValueError as error:
        known = (
            "no arm has",
            "every patient",
            "wholly without",
            "separated",
            "same in every",
            "keeps rising",
            "all but separate",
        )
        if any(words in str(error) for words in known):
            return None
        raise


@given(arms)
@settings(max_examples=60, deadline=None)
def test_any_table_is_fitted_or_refused(table):
    x, n = np.array(table).T
    result = fit_or_refuse(x, n)
    if result is None:
        return
    pooled = result.pooled
    assert 0 < pooled.median_lower < pooled.median < pooled.median_upper < 1
    assert 0 < pooled.mean_lower < pooled.mean < pooled.mean_upper < 1
    assert 0 <= pooled.prediction_lower <= pooled.median <= pooled.prediction_upper <= 1
    assert np.isfinite([result.tau2, result.se[0], result.aicc]).all()
    assert result.gradient < GRADIENT
    assert result.log_likelihood >= result.log_likelihood_common - 1e-12


@given(arms)
@settings(max_examples=40, deadline=None)
def test_relabelling_responders_flips_the_sign(table):
    x, n = np.array(table).T
    result = fit_or_refuse(x, n)
    assume(result is not None)
    mirror = glmm.fit(n - x, n)
    assert mirror.beta[0] == pytest.approx(-result.beta[0], rel=1e-6, abs=1e-7)
    assert mirror.tau2 == pytest.approx(result.tau2, rel=1e-5, abs=1e-6)
    assert mirror.pooled.mean == pytest.approx(1 - result.pooled.mean, rel=1e-7)


@given(arms, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_random_moderators_and_groups_are_fitted_or_refused(table, random):
    x, n = np.array(table).T
    dose = [random.choice([0, 1, 2, 5]) for _ in x]
    group = [random.randrange(1 + len(x) // 2) for _ in x]
    assume(len(x) > 1)
    result = fit_or_refuse(x, n, moderators=dose, group=group)
    if result is not None:
        assert np.isfinite(result.covariance).all()
        assert np.linalg.eigvalsh(result.covariance).min() > 0
        limits = result.at([0, 5])
        assert ((limits >= 0) & (limits <= 1)).all(axis=None)


@pytest.mark.slow
def test_no_start_finds_a_higher_maximum():
    rng = np.random.default_rng(20)
    compared = 0
    for _ in range(300):
        k = rng.integers(2, 14)
        n = rng.integers(1, rng.choice([4, 12, 60, 2000]), size=k, endpoint=True)
        tau = rng.choice([0, 0.3, 1, 3])
        x = rng.binomial(n, expit(rng.normal(0, 2) + tau * rng.normal(size=k)))
        result = fit_or_refuse(x, n)
        if result is None or not result.tau2_estimable:
            continue
        alone = np.arange(k)
        data = glmm.Arms(x * 1.0, (n - x) * 1.0, np.ones((k, 1)), alone, alone)
        common = glmm.fit_logistic(x * 1.0, n * 1.0, data.design)
        gain = result.log_likelihood - result.log_likelihood_common
        for tau in (0.1, 0.5, 1, 2, 4, 8):
            other = glmm.maximise(data, np.append(common.beta, tau), nodes=None)
            if other.converged:
                compared += 1
                assert other.kernel - common.kernel <= gain + 1e-8
    assert compared > 500
