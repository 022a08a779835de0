"""The one-stage model against R's glm with study intercepts."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.stats.doseresponse import fit, one_stage

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles" / "doseresponse" / "values.json").read_text()
)["one_stage"]
ROWS = ORACLE["data"]
ARMS = [[row[k] for row in ROWS] for k in ("dose", "responders", "n", "study")]
#: glm's weights lag one iteration behind its coefficients; worst standard error seen 3e-9.
CLOSED, GLM_SE = 1e-10, 1e-7


@pytest.mark.parametrize("model", ["linear", "quadratic", "log-linear"])
def test_one_stage_agrees_with_r_glm(model):
    expected = ORACLE[model]
    found = one_stage(*ARMS, model=model, offset=0.08)
    np.testing.assert_allclose(found.parameters["estimate"], expected["estimate"], rtol=CLOSED)
    np.testing.assert_allclose(found.parameters["se"], expected["se"], rtol=GLM_SE)
    np.testing.assert_allclose(found.intercepts["estimate"], expected["intercepts"], rtol=CLOSED)
    assert found.loglik == pytest.approx(expected["loglik"], rel=CLOSED)
    assert found.deviance == pytest.approx(expected["deviance"], rel=1e-9)
    assert found.likelihood_ratio == pytest.approx(expected["lr"], rel=1e-9)


def test_one_study_is_the_logistic_line():
    one = one_stage([0, 4, 8], [8, 18, 26], 35, ["a"] * 3)
    line = fit([0, 4, 8], [8, 18, 26], 35, model="linear")
    assert one.parameters.loc["dose", "estimate"] == pytest.approx(
        line.parameters.loc["delta", "estimate"], rel=1e-9
    )
    assert one.loglik == pytest.approx(line.loglik, rel=1e-12)


def test_studies_that_say_nothing_of_the_dose_are_named_and_change_nothing():
    base = one_stage(*ARMS)
    dose, x, n, study = ARMS
    more = one_stage(
        [*dose, 3, 0, 9], [*x, 7, 0, 0], [*n, 9, 10, 11], [*study, "single", "nobody", "nobody"]
    )
    assert more.uninformative == {"nobody": "nobody responded", "single": "one dose only"}
    np.testing.assert_allclose(more.parameters, base.parameters, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=6, max_size=6), st.sampled_from([1e-3, 2.5e7]))
def test_invariances(x, unit):
    dose, study = np.array([0, 2, 5, 0, 1, 4.0]), list("aaabbb")
    base = one_stage(dose, x, 10, study).parameters
    scaled = one_stage(dose * unit, x, 10, study).parameters
    others = one_stage(dose, np.subtract(10, x), 10, study).parameters
    turned = one_stage(dose[::-1], x[::-1], 10, study[::-1]).parameters
    np.testing.assert_allclose(scaled * unit, base, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(-others["upper"], base["lower"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(turned, base, rtol=1e-7, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_any_counts_give_finite_results_or_a_documented_refusal(x):
    try:
        found = one_stage([0, 2, 5, 0, 1], x, 4, list("aaabb"))
    except ValueError as reason:
        assert "split by dose" in str(reason) or "no study has" in str(reason)  # noqa: PT017
        return
    assert np.all(np.isfinite(found.parameters))
    assert 0 <= found.p_value <= 1


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 4], [1, 2], 5, ["a", "b"]), {}, "no study has two doses .*a: one dose only"),
        (([0, 4], [0, 5], 5, ["a", "a"]), {}, "split by dose within every study"),
        (([0, 4], [1, 2], 5, ["a"]), {}, "one label for each of the 2 arms, not 1"),
        (([0, 4], [1, 2], 5, ["a", "a"]), {"model": "quadratic"}, "with 3 different doses"),
        (([0, 4], [1, 2], 5, ["a", "a"]), {"model": "emax"}, "model must be one of"),
        (([0, 4], [1, 2], 5, ["a", "a"]), {"offset": -1}, "offset must be a dose above 0"),
    ],
)
def test_refusals_say_what_was_expected_and_found(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        one_stage(*arguments, **options)


def test_an_arm_without_a_study_is_refused():
    study = ["a", "a", "a", None, None, None]
    with pytest.raises(ValueError, match=r"study\[3\] is missing"):
        one_stage([0, 1, 2, 0, 1, 2], [1, 3, 5, 2, 3, 7], [10] * 6, study)
