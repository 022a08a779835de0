"""Curves, averages and target doses: closed forms, one against the other, and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from atopic.stats.doseresponse import (
    average,
    fit,
    fit_all,
    fit_all_means,
    fit_means,
    predict,
    target_dose,
)

SHR = ([0, 4, 8], [8, 18, 26], 35)
BREEZE = ([0, 2, 4], [16, 26, 34], [109, 109, 111])
FIVE = ([0, 1, 2, 4, 8], [3, 6, 9, 14, 15], 25)
UPA = ([0, 7.5, 15, 30], [-23, -39, -62, -74], [6.4, 6.2, 6.1, 6.1])
#: Limits come from a search that halves a box; the error is the square of the last box.
SOUGHT = 1e-6


def test_curve_at_a_dose_is_the_model():
    found = fit(*SHR, model="linear")
    e0, slope = found.parameters["estimate"]
    curve = predict(found, [0, 4, 8])
    np.testing.assert_allclose(curve["estimate"], expit(e0 + slope * np.array([0, 4, 8])))


def test_band_of_a_line_at_dose_0_is_the_profile_interval_of_e0():
    found = fit(*SHR, model="linear")
    band = predict(found, [0]).iloc[0]
    np.testing.assert_allclose(
        logit(band[["lower", "upper"]].astype(float)),
        found.parameters.loc["e0", ["lower", "upper"]].astype(float),
        rtol=SOUGHT,
    )


@pytest.mark.parametrize("model", ["linear", "log-linear", "emax"])
def test_band_is_the_interval_of_e0_after_moving_the_origin(model):
    """The response at dose d is e0 of the same model written around d; only lines can be moved."""
    found = fit(*FIVE, model=model)
    band = predict(found, [0]).iloc[0]
    expected = found.parameters.loc["e0", ["lower", "upper"]].astype(float)
    np.testing.assert_allclose(logit(band[["lower", "upper"]].astype(float)), expected, rtol=1e-5)
    if model == "linear":
        moved = fit(np.subtract(8, FIVE[0]), FIVE[1], FIVE[2], model="linear")
        at_8 = predict(found, [8]).iloc[0][["lower", "upper"]].astype(float)
        np.testing.assert_allclose(
            logit(at_8), moved.parameters.loc["e0", ["lower", "upper"]].astype(float), rtol=SOUGHT
        )


def test_band_of_means_is_the_closed_form_of_weighted_least_squares():
    found = fit_means(*UPA, model="linear")
    dose, mean, se = map(np.array, UPA)
    x = np.column_stack([np.ones(4), dose])
    covariance = np.linalg.inv(x.T @ np.diag(se**-2.0) @ x)
    points = np.array([[1, 0], [1, 12.0], [1, 30]])
    centre = points @ covariance @ x.T @ (mean / se**2)
    half = 1.959963984540054 * np.sqrt(np.einsum("ia,ab,ib->i", points, covariance, points))
    band = predict(found, [0, 12, 30])
    np.testing.assert_allclose(band["estimate"], centre, rtol=1e-10)
    np.testing.assert_allclose(band["lower"], centre - half, rtol=SOUGHT)
    np.testing.assert_allclose(band["upper"], centre + half, rtol=SOUGHT)


@pytest.mark.parametrize("model", ["linear", "log-linear", "emax", "exponential", "logistic"])
def test_target_dose_limits_are_where_the_band_crosses_the_target(model):
    found = fit(*FIVE, model=model)
    target = target_dose(found, 0.25, up_to=30)
    at = predict(found, [target.estimate, target.lower], over_placebo=True)
    assert at["estimate"][0] == pytest.approx(0.25, rel=1e-9)
    assert at["upper"][1] == pytest.approx(0.25, rel=1e-4)
    if np.isfinite(target.upper):
        end = predict(found, [target.upper], over_placebo=True)
        assert end["lower"][0] == pytest.approx(0.25, rel=1e-4)
    else:
        assert predict(found, [30], over_placebo=True)["lower"][0] < 0.25


def test_target_dose_of_a_line_of_means_is_the_fieller_like_closed_form():
    found = fit_means(*UPA, model="linear")
    slope = found.parameters.loc["delta"]
    target = target_dose(found, -30)
    assert target.estimate == pytest.approx(-30 / slope["estimate"])
    assert target.lower == pytest.approx(-30 / slope["lower"], rel=SOUGHT)
    assert target.upper == pytest.approx(-30 / slope["upper"], rel=SOUGHT)
    assert target.interval == "profile likelihood"


@pytest.mark.parametrize("power", range(0, 40, 5))
def test_a_target_is_not_lost_beside_a_placebo_that_is_barely_known(power):
    """However wide the limits of the slope, the steepest reaches the target first."""
    found = fit_means([0, 1, 2, 4], [0, 1, 2, 5], [10.0**power] * 4, model="linear")
    slope = found.parameters.loc["delta"]
    target = target_dose(found, 1)
    assert target.estimate == pytest.approx(1 / slope["estimate"])
    assert target.lower == pytest.approx(1 / slope["upper"], rel=SOUGHT)


def test_breeze_ad7_target_is_open_and_said_to_be():
    target = target_dose(fit(*BREEZE, model="linear"), 0.15)
    assert target.upper == np.inf
    assert "more than 4" in target.statement


def test_a_target_that_no_curve_reaches_is_said_to_be():
    found = fit(*SHR, model="linear")
    target = target_dose(found, -0.1)
    assert (target.estimate, target.lower, target.upper) == (np.inf, np.inf, np.inf)
    assert "nor by any curve" in target.statement
    assert target_dose(fit(*SHR, model="constant"), 0.1).estimate == np.inf


def test_weights_follow_from_aicc():
    found = fit_all(*FIVE)
    aicc = np.array([f.aicc for f in found.fits])
    raw = np.exp(-(aicc - aicc.min()) / 2)
    np.testing.assert_allclose(found.weights, raw / raw.sum(), rtol=1e-12)
    assert found.table["model"].tolist()[:3] == ["constant", "linear", "log-linear"]


def test_average_of_one_model_is_its_delta_method_band():
    found = fit_all(*SHR, models=["linear"])
    band = predict(average(found), [0, 4])
    one = found.fits[0]
    e0, slope = one.maximum.parameters
    points = np.array([[1, 0], [1, 4.0]])
    se = np.sqrt(np.einsum("ia,ab,ib->i", points, one.covariance, points))
    eta = e0 + slope * np.array([0, 4])
    np.testing.assert_allclose(band["lower"], expit(eta - 1.959963984540054 * se), rtol=1e-9)


def test_average_lies_between_its_models_and_widens_with_their_disagreement():
    found = fit_all(*FIVE)
    doses = np.linspace(0, 8, 9)
    each = np.array([predict(f, [4.0])["estimate"][0] for f in found.fits])
    mean = predict(average(found), [4.0]).iloc[0]
    assert each.min() < mean["estimate"] < each.max()
    assert mean["estimate"] == pytest.approx(float(found.weights @ each))
    band = predict(average(found), doses)
    assert np.all((band["lower"] > 0) & (band["upper"] < 1))


def test_averaged_target_dose_is_where_the_averaged_band_crosses():
    mean = average(fit_all_means(*UPA))
    target = target_dose(mean, -30)
    at = predict(mean, [target.estimate, target.lower, target.upper], over_placebo=True)
    np.testing.assert_allclose(
        [at["estimate"][0], at["lower"][1], at["upper"][2]], [-30, -30, -30], rtol=1e-6
    )
    assert "Buckland" in target.interval


def test_refused_models_are_named_with_the_reason():
    found = fit_all(*SHR)
    assert "needs at least 4 different doses" in found.refused["emax"]
    table = found.table.set_index("model")
    assert isinstance(table, pd.DataFrame)
    assert table.loc["emax", "refused"] == found.refused["emax"]
    with pytest.raises(ValueError, match=r"models must be among .*, not 'cubic'"):
        fit_all(*SHR, bounds={"cubic": {}})
    with pytest.raises(ValueError, match="no model could be fitted: nobody"):
        fit_all([0, 4, 8], [0, 0, 0], 35)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 11), min_size=4, max_size=4), st.floats(0.05, 0.5))
def test_target_dose_lies_within_its_limits(x, target):
    found = fit([0, 2, 4, 8], x, 12, model="emax")
    dose = target_dose(found, target)
    assert dose.lower <= dose.estimate * (1 + 1e-6)
    assert dose.estimate <= dose.upper * (1 + 1e-6)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 11), min_size=4, max_size=4))
def test_bands_hold_the_curve_and_stay_within_0_and_1(x):
    band = predict(fit([0, 2, 4, 8], x, 12, model="emax"), [0, 1, 8])
    assert np.all((band["lower"] >= 0) & (band["upper"] <= 1))
    assert np.all(band["lower"] <= band["estimate"] + 1e-9)
    assert np.all(band["estimate"] <= band["upper"] + 1e-9)


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (0, {}, "between -1 and 1 and not 0"),
        (30, {}, "between -1 and 1"),
        (0.3, {"up_to": 0}, "up_to must be a dose above 0"),
    ],
)
def test_target_refusals(target, options, message):
    with pytest.raises(ValueError, match=message):
        target_dose(fit(*SHR, model="linear"), target, **options)


def test_a_target_over_placebo_needs_placebo():
    with pytest.raises(ValueError, match=r"needs an arm with dose 0; found doses 2\.5e"):
        target_dose(fit([2.5e7, 5e7], [5, 6], [14, 11], model="linear"), 0.1)


@pytest.mark.parametrize("model", ["emax", "exponential", "logistic"])
def test_limits_hold_ten_digits_whatever_the_last_one_of_the_data(model):
    """As processors differ in it; the slope of the likelihood must not make more of that."""
    doses = np.array([0.0, 100, 200, 300, 600])
    means, errors = -np.array([18.1, 44.8, 65.4, 63.5, 73.7]), np.array([5.2, 4.9, 5.1, 4.9, 5.2])
    found = []
    for last in (-3, 0, 2):
        other = 1 + last * np.array([1, -1, 1, 1, -1]) * np.finfo(float).eps
        target = target_dose(fit_means(doses, means * other, errors, model=model), -20)
        found.append([target.estimate, target.lower, target.upper])
    np.testing.assert_allclose(found, [found[1]] * 3, rtol=1e-12)


def test_the_limit_of_a_ridge_is_where_the_likelihood_region_ends():
    """Dupilumab 2b, IGA 0/1; the least of 4,000 points of its edge, refined by Nelder and Mead."""
    weekly = fit(
        [0, 25, 75, 100, 150, 300],
        [1, 8, 14, 17, 19, 21],
        [61, 65, 65, 61, 64, 63],
        model="logistic",
    )
    assert target_dose(weekly, 0.2).lower == pytest.approx(25.22651274109804, rel=1e-10)
