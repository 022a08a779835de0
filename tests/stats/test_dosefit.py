"""Dose-response models against glm, nlminb and DoseFinding, and the models' own invariances."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import comb, expit

from atopic.stats.doseresponse import fit, fit_means, predict, target_dose
from atopic.stats.doseresponse.arm_data import as_count_arms
from atopic.stats.doseresponse.family import Binomial
from atopic.stats.doseresponse.likelihood import DoseLikelihood
from atopic.stats.doseresponse.models import MODELS, enough_doses, shape

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles" / "doseresponse" / "values.json").read_text()
)
BINOMIAL, MEANS = ORACLE["binomial"], ORACLE["means"]
DATA = tuple(BINOMIAL["data5"][k] for k in ("dose", "responders", "n"))
UPA = tuple(MEANS["upadacitinib"][k] for k in ("dose", "mean", "se"))
#: glm's weights lag one iteration behind its coefficients, which its standard errors show.
GLM, GLM_SE = 1e-9, 1e-7
#: nlminb stops on function values: the worst parameter differs by 2e-8, standard error by 3e-7.
SEARCHED, SEARCHED_SE = 2e-7, 2e-6
#: DoseFinding stops early: 1e-6 in the curve, 3e-7 in the sum of squares (ours is lower).
NLS, RSS = 1e-5, 1e-6

CURVES = ["emax", "sigmoid-emax", "exponential", "logistic"]
counts = st.lists(st.integers(0, 12), min_size=5, max_size=5)


@pytest.mark.parametrize("data", ["lines5", "lines3"])
@pytest.mark.parametrize("model", ["constant", "linear", "log-linear"])
def test_lines_agree_with_r_glm(data, model):
    case = BINOMIAL["data5" if data == "lines5" else "data3"]
    found = fit(case["dose"], case["responders"], case["n"], model=model)
    expected = BINOMIAL[data][model]
    assert found.parameters["estimate"].tolist() == pytest.approx(
        np.atleast_1d(expected["estimate"]).tolist(), rel=GLM
    )
    assert found.parameters["se"].tolist() == pytest.approx(
        np.atleast_1d(expected["se"]).tolist(), rel=GLM_SE
    )
    assert found.loglik == pytest.approx(expected["loglik"], rel=1e-12)
    assert found.converged


@pytest.mark.parametrize("model", CURVES)
def test_curves_reach_the_likelihood_that_r_nlminb_finds_from_60_starts(model):
    expected = BINOMIAL["curves"][model]
    found = fit(*DATA, model=model)
    assert found.loglik >= expected["loglik"] - 1e-12
    assert found.loglik == pytest.approx(expected["loglik"], rel=1e-10)
    assert found.parameters["estimate"].tolist() == pytest.approx(
        expected["estimate"], rel=SEARCHED
    )
    free = np.array(expected["free"])
    assert found.parameters["se"][free].tolist() == pytest.approx(expected["se"], rel=SEARCHED_SE)
    assert np.all(np.isinf(found.parameters["se"][~free]))
    assert (~found.parameters["on_bound"]).tolist() == expected["free"]


@pytest.mark.parametrize("model", CURVES)
def test_profile_limits_of_curves_agree_with_r_uniroot_on_profiles(model):
    limits = fit(*DATA, model=model).parameters[["lower", "upper"]].to_numpy()
    np.testing.assert_allclose(limits, BINOMIAL["curves"][model]["limits"], rtol=SEARCHED)


def test_profile_limits_of_a_line_agree_with_r_uniroot_on_profiles():
    case = BINOMIAL["data3"]
    found = fit(case["dose"], case["responders"], case["n"], model="linear")
    np.testing.assert_allclose(
        found.parameters[["lower", "upper"]].to_numpy(), BINOMIAL["limits3"], rtol=1e-7
    )


@pytest.mark.parametrize("name", MEANS)
@pytest.mark.parametrize("model", [m for m in MODELS if m != "constant"])
def test_means_agree_with_dosefinding_or_fit_better(name, model):
    case = MEANS[name]
    if model not in case["fits"]:
        with pytest.raises(ValueError, match="needs at least 5 different doses"):
            fit_means(case["dose"], case["mean"], case["se"], model=model)
        return
    expected = case["fits"][model]
    found = fit_means(case["dose"], case["mean"], case["se"], model=model)
    values = found.maximum.parameters
    form = found.likelihood.shape
    basis = form.f(np.array(case["dose"]), values[2:])
    residual = (np.array(case["mean"]) - values[0] - values[1] * basis) / np.array(case["se"])
    assert residual @ residual <= expected["rss"] * (1 + 1e-12)
    assert residual @ residual == pytest.approx(expected["rss"], rel=RSS)
    effect = values[1] * (basis - basis[0])
    np.testing.assert_allclose(effect, expected["effect"], rtol=NLS, atol=1e-6)
    if model in ("linear", "log-linear"):
        slope, se = found.parameters.iloc[1][["estimate", "se"]]
        assert slope == pytest.approx(expected["estimate"][1], rel=GLM)
        assert se == pytest.approx(expected["se_expected"][1], rel=GLM)


def test_standard_errors_of_emax_means_are_those_of_dosefinding_with_expected_information():
    found = fit_means(*UPA, model="emax")
    jacobian = found.likelihood.jacobian(found.maximum.parameters, np.array(UPA[0]))
    expected = np.linalg.inv(jacobian.T @ np.diag(np.array(UPA[2]) ** -2.0) @ jacobian)
    np.testing.assert_allclose(
        np.sqrt(np.diag(expected)), MEANS["upadacitinib"]["fits"]["emax"]["se_expected"], rtol=1e-4
    )


@pytest.mark.parametrize("model", MODELS)
def test_information_is_minus_the_second_derivative_of_the_likelihood(model):
    likelihood = fit(*DATA, model=model).likelihood
    point = {"constant": [-0.4], "linear": [-1, 0.3], "log-linear": [-2, 0.5]}.get(
        model, [-1.5, 2.0, 2.0, 1.3][: len(likelihood.shape.names)]
    )

    def gradient(x):
        score = likelihood.family.score(likelihood.eta(x))
        return score @ likelihood.jacobian(x, likelihood.dose)

    numeric = -np.array(
        [
            approx_fprime(np.array(point), lambda x, i=i: gradient(x)[i], 1e-7)
            for i in range(len(point))
        ]
    )
    np.testing.assert_allclose(
        likelihood.information(np.array(point)), numeric, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("model", MODELS)
def test_inverse_undoes_the_shape_function(model):
    form = shape(model, 8.0)
    phi = np.sqrt(form.lower * form.upper)
    doses = np.array([0.5, 2.0, 7.0])
    back = form.inverse(form.f(doses, phi), phi)
    expected = np.full(3, np.inf) if model == "constant" else doses
    np.testing.assert_allclose(back, expected, rtol=1e-9)


def test_shr0302_names_what_would_be_enough_for_an_emax_model():
    with pytest.raises(ValueError, match=r"needs at least 4 different doses .*; found 3: 0, 4, 8"):
        fit([0, 4, 8], [8, 18, 26], 35, model="emax")


def test_kim_2017_two_doses_carry_a_line_but_no_curve():
    line = fit([2.5e7, 5e7], [5, 6], [14, 11], model="linear")
    assert line.parameters.loc["delta", "estimate"] == pytest.approx(
        (np.log(6 / 5) - np.log(5 / 9)) / 2.5e7
    )
    for model in CURVES:
        with pytest.raises(ValueError, match=r"found 2: 2\.5e\+07, 5e\+07"):
            fit([2.5e7, 5e7], [5, 6], [14, 11], model=model)


def test_a_fit_on_a_bound_is_flagged_where_r_is_silent():
    found = fit(*DATA, model="exponential")
    assert found.on_bound == ("delta",)
    assert found.parameters.loc["delta", "estimate"] == pytest.approx(16.0)
    assert found.parameters.loc["delta", "upper"] == pytest.approx(16.0)
    assert np.isinf(found.parameters.loc["delta", "se"])


@pytest.mark.parametrize("model", CURVES)
@pytest.mark.parametrize("x", [5, 19])
def test_flat_data_put_shape_parameters_on_their_lower_bounds_and_say_so(model, x):
    for found in (
        fit([0, 1, 2, 4, 8], [x] * 5, 20, model=model),
        fit([0, 1, 2, 4, 8], np.multiply(x, [2, 1, 2, 1, 2]), [40, 20, 40, 20, 40], model=model),
        fit_means([0, 1, 2, 4, 8], [x / 7] * 5, 0.5, model=model),
    ):
        table, names = found.parameters, found.likelihood.shape.names[2:]
        assert found.on_bound == names
        assert found.converged
        assert table["estimate"].iloc[2:].tolist() == [found.bounds[name][0] for name in names]
        assert np.all(np.isinf(table["se"].iloc[1:]))
        assert table["estimate"].iloc[1] == 0
        assert np.isfinite(found.covariance).all()
        assert "no dose differs" in found.notes[0]
        assert np.isinf(target_dose(found, 0.1).estimate)
        assert np.ptp(predict(found, [0, 3, 8])["estimate"]) < 1e-12


@pytest.mark.parametrize(
    ("model", "x", "notes"),
    [
        ("emax", [0, 5, 10, 15, 13], "e0 = -288 logits is a rate of nobody"),
        ("emax", [20, 15, 10, 5, 7], "e0 = 288 logits is a rate of everybody"),
        ("emax", [0, 5, 8, 10, 11], None),
        ("logistic", [20, 10, 9, 8, 7], None),
    ],
)
def test_an_empty_placebo_arm_leaves_no_limit(model, x, notes):
    found = fit([0, 1, 2, 4, 8], x, 20, model=model)
    lower, upper = found.parameters["lower"], found.parameters["upper"]
    rising = x[0] == 0
    assert (lower["e0"] if rising else upper["e0"]) == (-np.inf if rising else np.inf)
    assert (upper["eMax"] if rising else lower["eMax"]) == (np.inf if rising else -np.inf)
    assert np.isfinite(upper["e0"] if rising else lower["e0"])
    assert f"e0 has no {'lower' if rising else 'upper'} limit" in found.notes
    assert (notes in found.notes) if notes else len(found.notes) == 2
    assert not predict(found, [0, 1, 8]).isna().any().any()


def test_aicc_counts_patients():
    found = fit([0, 4, 8], [8, 18, 26], 35, model="linear")
    assert found.aicc == pytest.approx(-2 * found.loglik + 4 + 12 / 102)
    assert fit_means(*UPA, model="linear", n=[41, 42, 42, 42]).aicc < np.inf


@pytest.mark.parametrize("model", ["linear", "log-linear", "emax", "exponential"])
def test_unit_of_dose_changes_parameters_but_not_the_fit(model):
    dose, x, n = DATA
    small, large = fit(dose, x, n, model=model), fit(np.multiply(dose, 2.5e7), x, n, model=model)
    assert large.loglik == pytest.approx(small.loglik, rel=1e-10)
    # Only the slope of the straight line is per unit of dose.
    unit = np.array([[1.0], [1 / 2.5e7 if model == "linear" else 1.0]])
    columns = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(
        large.parameters[columns].iloc[:2], small.parameters[columns].iloc[:2] * unit, rtol=1e-5
    )


@pytest.mark.parametrize("model", ["linear", "emax", "exponential"])
def test_unit_of_the_outcome_changes_nothing_but_the_unit(model):
    dose, mean, se = UPA
    base = fit_means(dose, mean, se, model=model).parameters.iloc[:2]
    large = fit_means(dose, np.multiply(mean, 1e9), np.multiply(se, 1e9), model=model)
    columns = ["estimate", "se", "lower", "upper"]
    np.testing.assert_allclose(large.parameters.iloc[:2][columns], base[columns] * 1e9, rtol=1e-6)


@pytest.mark.parametrize("model", ["linear", "emax"])
def test_counting_non_responders_mirrors_the_fit(model):
    dose, x, n = DATA
    yes, no = fit(dose, x, n, model=model), fit(dose, np.subtract(n, x), n, model=model)
    np.testing.assert_allclose(
        -no.parameters["estimate"].iloc[:2], yes.parameters["estimate"].iloc[:2], rtol=1e-6
    )
    np.testing.assert_allclose(
        -no.parameters["upper"].iloc[:2], yes.parameters["lower"].iloc[:2], rtol=1e-5
    )


def test_order_of_arms_and_splitting_an_arm_change_nothing_but_constants():
    base = fit([0, 4, 8], [8, 18, 26], 35, model="linear")
    turned = fit([8, 0, 4, 4], [26, 8, 10, 8], [35, 35, 20, 15], model="linear")
    np.testing.assert_allclose(
        turned.parameters.iloc[:, :4].astype(float),
        base.parameters.iloc[:, :4].astype(float),
        rtol=1e-7,
    )


@pytest.mark.parametrize("model", ["emax", "sigmoid-emax", "exponential"])
def test_doses_of_very_different_size_converge_or_end_on_a_bound(model):
    found = fit([0.1, 4, 8, 2.5e7, 5e7], [12, 29, 28, 21, 30], [28, 50, 48, 39, 41], model=model)
    assert found.converged
    assert not found.parameters.isna().any().any()


@settings(max_examples=15, deadline=None)
@given(counts, st.sampled_from(MODELS))
def test_any_counts_give_ordered_limits_or_a_documented_refusal(x, model):
    try:
        found = fit([0, 1, 2, 4, 8], x, 12, model=model)
    except ValueError as reason:
        assert any(w in str(reason) for w in ("responded", "split by dose", "no finite size"))  # noqa: PT017
        return
    table = found.parameters
    assert np.all(np.isfinite(table["estimate"]))
    assert not table.isna().any().any()
    # On a bound exactly if it says so, and then without a standard error; nor is one beyond sense.
    for name, (low, high) in found.bounds.items():
        row = table.loc[name]
        assert row["on_bound"] == (row["estimate"] in (low, high))
        assert not row["on_bound"] or np.isinf(row["se"])
        assert np.isinf(row["se"]) or row["se"] <= 1e3 * (high - low)
    assert not (
        len(table) > 2 and (table.loc["e0", ["lower", "upper"]].abs().between(30, 1e300)).any()
    )
    slack = 1e-6 * (1 + table["estimate"].abs())
    assert np.all(table["lower"] <= table["estimate"] + slack)
    assert np.all(table["estimate"] <= table["upper"] + slack)


@settings(max_examples=15, deadline=None)
@given(counts)
def test_larger_models_never_fit_worse_than_those_they_contain(x):
    if sum(x) in (0, 60):
        return
    arms = as_count_arms([0, 1, 2, 4, 8], x, 12)
    heights = {}
    for model in ("constant", "linear", "emax", "sigmoid-emax"):
        likelihood = DoseLikelihood(shape(model, 8.0), Binomial(arms), arms.dose)
        heights[model] = likelihood.maximum().loglik
    assert heights["constant"] <= min(heights["linear"], heights["emax"]) + 1e-9
    assert heights["emax"] <= heights["sigmoid-emax"] + 1e-7


def test_profile_limits_of_a_line_cover_at_their_level():
    """Coverage of the slope over every table of three arms of 10, weighted by its probability."""
    slope, hits, mass = 0.5, 0.0, 0.0
    dose, counts = np.array([0, 1, 2.0]), np.arange(11)
    p = expit(slope * dose - 0.7)[:, None]
    pmf = comb(10, counts) * p**counts * (1 - p) ** (10 - counts)
    for table in np.ndindex(11, 11, 11):
        weight = pmf[[0, 1, 2], table].prod()
        if weight < 1e-5:
            continue
        arms = as_count_arms(dose, table, 10)
        likelihood = DoseLikelihood(shape("linear", 2.0), Binomial(arms), arms.dose)
        best = likelihood.maximum()
        e0 = np.linspace(-6, 6, 2001)[:, None]
        at_truth = likelihood.family.loglik(e0 + slope * dose).max()
        mass += weight
        hits += weight * (2 * (best.loglik - at_truth) <= 3.841458820694124)
    assert mass > 0.998
    # The chi-square cutoff is asymptotic: with ten patients an arm it covers a little less.
    assert hits / mass == pytest.approx(0.935, abs=0.002)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 4, 8], [0, 0, 0], 35), {}, "nobody of 105 patients responded"),
        (([0, 4, 8], [35, 35, 35], 35), {"model": "constant"}, "everybody of 105 patients"),
        (([0, 4, 8], [0, 0, 5], 35), {}, "split by dose .0/35 at 0, 0/35 at 4, 5/35 at 8."),
        (
            ([0, 1, 2, 4, 8], [0, 0, 5, 5, 5], 10),
            {"model": "sigmoid-emax"},
            "no finite size; a model with fewer parameters",
        ),
        (([0, 4], [1, 2], 5), {"model": "cubic"}, "model must be one of"),
        (([4, 4], [1, 2], 5), {}, "the linear model has 2 parameters and needs at least 2"),
        (([0, 4], [1, 2], 5), {"level": 95}, "did you mean 0.95"),
        (([0, 4], [1, 2], 5), {"offset": 0, "model": "log-linear"}, "offset must be a dose above"),
        (([0, 4], [1, 2], 5), {"bounds": {"ed50": (1, 2)}}, "is not a shape parameter of the lin"),
        (
            ([0, 1, 2, 4], [1, 2, 3, 4], 5),
            {"model": "emax", "bounds": {"ed50": (2, 1)}},
            "must be 0 < lower < upper",
        ),
    ],
)
def test_refusals_say_what_was_expected_and_found(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        fit(*arguments, **options)


def test_refusals_of_means():
    with pytest.raises(ValueError, match=r"se\[1\] = 0 must be above 0"):
        fit_means([0, 1], [1, 2], [1, 0])
    with pytest.raises(ValueError, match=r"mean\[0\] = inf is not a finite number"):
        fit_means([0, 1], [np.inf, 2], [1, 1])


def test_doses_needed_grow_with_the_parameters():
    assert [enough_doses(m) for m in MODELS] == [1, 2, 2, 4, 5, 4, 5]
