"""Greenland-Longnecker against dosresmeta's published results, own equations in R, and metafor."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.stats.doseresponse import gl_covariance, two_stage
from atopic.stats.doseresponse.random_slopes import Evidence, pool

FOLDER = Path(__file__).parents[1] / "oracles" / "doseresponse"
ORACLE = json.loads((FOLDER / "values.json").read_text())["two_stage"]
PUBLISHED = json.loads((FOLDER / "published.json").read_text())
with (FOLDER / "alcohol_cvd.csv").open() as lines:
    ROWS = list(csv.DictReader(lines))
COLUMNS = [[float(r[k]) for r in ROWS] for k in ("dose", "log_rr", "se", "cases", "n")]
STUDY, DESIGN = [r["study"] for r in ROWS], [r["design"] for r in ROWS]
#: Closed forms and a bracketed root.
CLOSED = 1e-10
#: dosresmeta solves its fitted counts to 1e-5, which reaches the covariance and the slopes.
DOSRESMETA, FITTED = 1e-6, 1e-5
#: metafor's BFGS over variances stops early, at a lower likelihood (asserted below).
METAFOR = 1e-3


def study(name):
    at = [i for i, s in enumerate(STUDY) if s == name]
    return [np.array(c)[at] for c in COLUMNS[1:]], DESIGN[at[0]]


def alcohol(**options):
    return two_stage(*COLUMNS, STUDY, design=DESIGN, fitted_by="odds", **options)


@pytest.mark.parametrize("name", ["1", "2", "3", "4", "5", "6"])
def test_fitted_counts_and_covariance_solve_the_equations_as_r_does(name):
    columns, design = study(name)
    found = gl_covariance(*columns, design=design, fitted_by="odds")
    np.testing.assert_allclose(found.cases, ORACLE["cases"][name], rtol=CLOSED)
    np.testing.assert_allclose(found.covariance, ORACLE["cov"][name], rtol=CLOSED)
    matched = gl_covariance(*columns, design=design)
    np.testing.assert_allclose(matched.cases, ORACLE["matched"][name], rtol=CLOSED)


@pytest.mark.parametrize("name", ["1", "5", "6"])
def test_covariance_equals_that_of_dosresmeta(name):
    columns, design = study(name)
    found = gl_covariance(*columns, design=design, fitted_by="odds")
    np.testing.assert_allclose(found.covariance, PUBLISHED["covariance"][name], rtol=DOSRESMETA)
    if name in PUBLISHED["cases"]:
        np.testing.assert_allclose(found.cases, PUBLISHED["cases"][name], rtol=FITTED)


def test_worked_example_of_greenland_and_longnecker():
    case = PUBLISHED["cc_ex"]
    se = np.log(np.array(case["upper"]) / case["lower"]) / (2 * 1.959963984540054)
    found = two_stage(
        case["dose"], case["log_effect"], se, case["cases"], case["n"], ["rohan"] * 4,
        design="case-control", method="fixed",
    ).parameters.loc["dose"]  # fmt: skip
    assert found["estimate"] == pytest.approx(case["slope"], abs=5e-5)
    assert found["se"] == pytest.approx(case["se"], abs=5e-5)
    assert np.exp(found["estimate"]) == pytest.approx(case["ratio_per_unit"], abs=5e-7)
    assert np.exp(found["lower"]) == pytest.approx(case["ratio_lower"], abs=5e-7)
    assert np.exp(found["upper"]) == pytest.approx(case["ratio_upper"], abs=5e-7)


def test_linear_trend_equals_dosresmeta_and_metafor():
    found = alcohol()
    slope = found.parameters.loc["dose"]
    assert slope["estimate"] == pytest.approx(PUBLISHED["linear"]["estimate"], rel=DOSRESMETA)
    assert slope["se"] == pytest.approx(PUBLISHED["linear"]["se"], rel=DOSRESMETA)
    assert found.between[0, 0] == pytest.approx(PUBLISHED["linear"]["tau2"], rel=DOSRESMETA)
    assert found.q == pytest.approx(PUBLISHED["linear"]["q"], abs=1e-4)
    assert slope["estimate"] == pytest.approx(ORACLE["linear"]["estimate"], rel=1e-6)
    assert found.loglik >= ORACLE["linear"]["loglik"] - 1e-10
    np.testing.assert_allclose(found.studies["dose"], ORACLE["study_linear"], rtol=CLOSED)
    np.testing.assert_allclose(
        found.studies["se dose"], np.sqrt(ORACLE["study_variance"]), rtol=CLOSED
    )


def test_common_slope_equals_dosresmeta_and_metafor():
    slope = alcohol(method="fixed").parameters.loc["dose"]
    assert slope["estimate"] == pytest.approx(ORACLE["linear_fixed"]["estimate"], rel=CLOSED)
    assert slope["se"] == pytest.approx(PUBLISHED["linear_fixed"]["se"], rel=DOSRESMETA)


def test_quadratic_trend_equals_dosresmeta_and_beats_the_likelihood_of_both():
    found = alcohol(model="quadratic")
    np.testing.assert_allclose(
        found.parameters["estimate"], PUBLISHED["quadratic"]["estimate"], rtol=DOSRESMETA
    )
    np.testing.assert_allclose(
        found.parameters["se"], PUBLISHED["quadratic"]["se"], rtol=DOSRESMETA
    )
    np.testing.assert_allclose(
        found.parameters["estimate"], ORACLE["quadratic"]["estimate"], rtol=METAFOR
    )
    assert found.q == pytest.approx(PUBLISHED["quadratic"]["q"], abs=5e-5)
    assert found.loglik > PUBLISHED["quadratic"]["loglik"]
    # make.R divides squared doses by 100, which shifts metafor's log-likelihood by a constant.
    shift = (6 - 1) * np.log(100)
    assert found.loglik > ORACLE["quadratic"]["loglik"] + shift


def test_one_stage_is_two_stage_when_every_study_has_its_own_curve():
    one, two = alcohol(model="quadratic", procedure="one-stage"), alcohol(model="quadratic")
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-6)
    np.testing.assert_allclose(one.between, two.between, rtol=1e-5)
    np.testing.assert_allclose(
        one.parameters["estimate"], ORACLE["one_stage"]["estimate"], rtol=METAFOR
    )
    assert one.loglik > ORACLE["one_stage"]["loglik"]


def test_one_stage_takes_a_study_with_too_few_doses():
    seventh = [[0, 12], [0, -0.2], [0, 0.2], [50, 40], [200, 190]]
    columns = [column + more for column, more in zip(COLUMNS, seventh, strict=True)]
    names, designs = [*STUDY, "7", "7"], [*DESIGN, "case-control", "case-control"]
    with pytest.raises(ValueError, match="study 7 has too few doses besides its reference"):
        two_stage(*columns, names, design=designs, model="quadratic")
    found = two_stage(*columns, names, design=designs, model="quadratic", procedure="one-stage")
    assert np.all(np.isfinite(found.parameters))
    assert found.studies.loc["7"].isna().all()


def test_fitted_counts_keep_the_margins_and_the_effects():
    columns, _ = study("5")
    effect, _, cases, n = columns
    for design, by in (("cumulative-incidence", "measure"), ("case-control", "odds")):
        a = gl_covariance(*columns, design=design, fitted_by=by).cases
        assert a.sum() == pytest.approx(cases.sum())
        ratio = a / (n - a) if by == "odds" else a / n
        np.testing.assert_allclose(np.log(ratio / ratio[0]), effect, atol=1e-10)
    rates = gl_covariance(effect, columns[1], cases, n * 0.37, design="incidence-rate").cases
    np.testing.assert_allclose(np.log(rates / n / (rates[0] / n[0])), effect, atol=1e-10)


def test_crude_effects_give_the_crude_covariance():
    """With unadjusted odds ratios and their Woolf errors the covariance is 1/a0 + 1/b0."""
    cases, n = np.array([30, 25, 40.0]), np.array([100, 90, 110.0])
    odds = cases / (n - cases)
    se = np.sqrt(1 / cases + 1 / (n - cases) + 1 / 30 + 1 / 70)
    found = gl_covariance(np.log(odds / odds[0]), se, cases, n, design="case-control")
    np.testing.assert_allclose(found.cases, cases, rtol=1e-9)
    assert found.covariance[0, 1] == pytest.approx(1 / 30 + 1 / 70)
    np.testing.assert_allclose(np.diag(found.covariance), se[1:] ** 2)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-2, 2), min_size=3, max_size=8),
    st.floats(0.01, 1.0),
)
def test_pooling_without_heterogeneity_is_the_common_effect(effects, variance):
    one = np.eye(1)
    studies = [Evidence(np.array([y]), one, one * variance) for y in effects]
    random, fixed = pool(studies, "reml"), pool(studies, "fixed")
    spread = np.var(effects, ddof=1) - variance
    assert random.between[0, 0] == pytest.approx(max(spread, 0), abs=1e-6 * (1 + variance))
    assert random.estimate[0] == pytest.approx(fixed.estimate[0], abs=1e-9)


def test_unit_of_dose_changes_nothing_but_the_unit():
    base = alcohol(model="quadratic")
    scaled = two_stage(
        np.multiply(COLUMNS[0], 1000), *COLUMNS[1:], STUDY, design=DESIGN,
        fitted_by="odds", model="quadratic",
    )  # fmt: skip
    np.testing.assert_allclose(
        scaled.parameters.to_numpy() * np.array([[1e3], [1e6]]), base.parameters, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({1: (0, 0.5)}, {}, "study 1: log_effect must be finite and start with 0"),
        ({2: (1, -1.0)}, {}, r"study 1: se\[1\] = -1 must be above 0"),
        ({3: (1, 300.0)}, {}, r"study 1: responders\[1\] = 300 is more than n\[1\] = 261"),
        ({}, {"model": "cubic"}, "model must be one of linear, quadratic"),
        ({}, {"method": "ml"}, "method must be one of reml, fixed"),
        ({}, {"design": "cohort"}, "design must be one of case-control"),
        ({}, {"fitted_by": "rr"}, "fitted_by must be 'measure' or 'odds'"),
    ],
)
def test_refusals_name_the_study(change, options, message):
    columns = [list(c) for c in COLUMNS]
    for column, (row, value) in change.items():
        columns[column][row] = value
    with pytest.raises(ValueError, match=message):
        two_stage(*columns, STUDY, **{"design": DESIGN, **options})


def test_other_refusals():
    with pytest.raises(ValueError, match="random coefficients need at least two studies"):
        two_stage([0, 2, 4], [0, 0.1, 0.2], [0, 0.1, 0.1], [9, 9, 9], [30] * 3, ["a"] * 3,
                  design="case-control")  # fmt: skip
    with pytest.raises(ValueError, match="fitted_by='odds' reads them as odds ratios"):
        gl_covariance([0, 2.5], [0, 0.3], [20, 28], [30, 30], design="cumulative-incidence")
