"""The face over all methods of pooling single arms."""

import json
from pathlib import Path

import numpy as np
import pytest

from atopic.stats.pooling import betabinomial, glmm, single_arm
from atopic.stats.pooling.single_arm import METHODS, pool_proportions

TRANSFORMED = json.loads((Path(__file__).parents[1] / "oracles/transforms/values.json").read_text())
PRITZ = (TRANSFORMED["cases"]["pritz1997"]["x"], TRANSFORMED["cases"]["pritz1997"]["n"])

#: The inverse of Freeman and Tukey's transformation subtracts numbers near 1.
RTOL = 1e-9


def test_logistic_model_is_the_default_and_agrees_with_its_room():
    rate, pooled = pool_proportions(*PRITZ), glmm.fit(*PRITZ).pooled
    assert rate.method == "glmm"
    assert (rate.estimate, rate.lower, rate.upper) == (
        pooled.median,
        pooled.median_lower,
        pooled.median_upper,
    )
    assert (rate.mean, rate.prediction_upper) == (pooled.mean, pooled.prediction_upper)
    assert (rate.k, rate.patients, rate.notes) == (14, 326, ())


def test_beta_binomial_agrees_with_its_room():
    rate, fit = pool_proportions(*PRITZ, method="beta-binomial"), betabinomial.fit(*PRITZ)
    assert (rate.estimate, rate.lower, rate.heterogeneity) == (fit.mu, fit.mu_lower, fit.rho)


@pytest.mark.parametrize("method", ["logit", "arcsine", "freeman-tukey"])
@pytest.mark.parametrize("name", sorted(TRANSFORMED["cases"]))
def test_two_steps_equal_metafor(name, method):
    case = TRANSFORMED["cases"][name]
    rate = pool_proportions(
        case["x"],
        case["n"],
        method=method,
        tau2_method="dl",
        interval="wald",
        prediction="normal",
    )
    found = [
        rate.estimate,
        rate.lower,
        rate.upper,
        rate.prediction_lower,
        rate.prediction_upper,
    ]
    np.testing.assert_allclose(found, case[method]["rates"], rtol=RTOL)
    assert rate.heterogeneity == pytest.approx(case[method]["tau2"], rel=RTOL)
    assert "for comparison only" in rate.notes[0]


def test_notes_tell_of_a_half_added_and_of_limits_set_to_1():
    options = {"tau2_method": "dl", "interval": "wald", "prediction": "normal"}
    logit = pool_proportions([9, 12], [9, 13], method="logit", **options)
    assert "0.5 was added to both cells of each arm with an empty cell (1 of 2)" in logit.notes
    arcsine = pool_proportions([9, 12, 20], [9, 12, 21], method="arcsine", **options)
    assert arcsine.upper == 1
    assert any("set to 0 or 1: upper" in note for note in arcsine.notes)


@pytest.mark.parametrize("method", ["glmm", "beta-binomial"])
def test_no_responder_gives_exact_limits_of_the_sum_and_says_so(method):
    rate = pool_proportions([0, 0], [8, 12], method=method)
    # Newcombe 1998: 0 of 20, Clopper-Pearson 0 to .1684.
    assert (rate.estimate, rate.lower) == (0, 0)
    assert rate.upper == pytest.approx(0.1684, abs=5e-5)
    assert rate.prediction_upper is None
    assert "no patient responded" in rate.notes[0]
    mirror = pool_proportions([8, 12], [8, 12], method=method)
    assert (mirror.estimate, mirror.upper) == (1, 1)
    assert mirror.lower == pytest.approx(1 - rate.upper, rel=1e-14)


@pytest.mark.parametrize("method", ["glmm", "beta-binomial"])
def test_notes_tell_of_one_arm_and_of_no_heterogeneity(method):
    assert "cannot show heterogeneity" in pool_proportions([4], [9], method=method).notes[0]
    alike = pool_proportions([4, 5, 4], [9, 11, 9], method=method)
    assert "one common rate" in alike.notes[0]
    assert alike.estimate == pytest.approx(13 / 29)


def test_every_method_says_what_its_estimate_is():
    assert list(METHODS) == list(single_arm.Method.__args__)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "peto"}, "method must be one of glmm"),
        ({"interval": "hartung-knapp"}, "interval of method 'glmm' must be z or"),
        ({"method": "beta-binomial", "interval": "t(k-p)"}, "'beta-binomial' must be z,"),
        ({"prediction": "t"}, "prediction must be k-2"),
        ({"level": 95}, "did you mean 0.95"),
    ],
)
def test_refusals_say_what_is_allowed(options, message):
    with pytest.raises(ValueError, match=message):
        pool_proportions([1, 2], [5, 6], **options)


def test_leaving_an_arm_out_is_pooling_the_others():
    x, n = [4, 6, 13, 2], [5, 11, 19, 9]
    table = single_arm.leave_one_out_rates(x, n, labels=list("abcd"), method="beta-binomial")
    assert table["left_out"].to_list() == ["none", "a", "b", "c", "d"]
    without_b = pool_proportions([4, 13, 2], [5, 19, 9], method="beta-binomial")
    assert table.loc[2, "estimate"] == without_b.estimate
    with pytest.raises(ValueError, match="at least two arms"):
        single_arm.leave_one_out_rates([4], [5])
    with pytest.raises(ValueError, match="labels holds 1 names for 4 arms"):
        single_arm.leave_one_out_rates(x, n, labels=["a"])


@pytest.mark.parametrize(
    ("method", "words"),
    [("glmm", "rma.glmm("), ("beta-binomial", "vglm("), ("logit", "rma("), ("arcsine", "rma(")],
)
def test_a_pooled_rate_prints_the_call_of_its_fit(method, words):
    rate = pool_proportions([4, 6, 13, 2], [5, 11, 19, 9], method=method)
    assert words in rate.r_call()
    frame = rate.to_frame()
    assert frame.loc[0, ["method", "level"]].to_list() == [method, 0.95]
    assert frame.loc[0, "estimate"] == rate.estimate
