"""MCP-Mod against DoseFinding, exact integrals, and scipy where that is accurate."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from atopic.stats.doseresponse import mcp_mod, mcp_mod_means, optimal_contrasts
from atopic.stats.doseresponse.union_probability import SECTORS, Union, directions

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles" / "doseresponse" / "values.json").read_text()
)["mcp"]
UPA = ([0, 7.5, 15, 30], [-23, -39, -62, -74], [6.4, 6.2, 6.1, 6.1])
UPA_MODELS = {
    "linear": None,
    "emax": {"ed50": 6},
    "exponential": {"delta": 8.4},
    "sigmoid-emax": {"ed50": 15, "h": 3},
    "logistic": {"ed50": 15, "delta": 3},
    "log-linear": None,
}
THREE = {
    "shr0302": ([0, 4, 8], [8, 18, 26], 35),
    "breeze": ([0, 2, 4], [16, 26, 34], [109, 109, 111]),
}
#: Closed forms.
CLOSED = 1e-10
#: DoseFinding's own p moves with its seed; beyond 1e-8 only its order of magnitude holds.
DOSEFINDING_P = 0.05
#: The angular integral in make.R is a composite rule across kinks; worst difference 4e-8.
ANGULAR = 1e-6


def three_doses(name):
    top = THREE[name][0][-1]
    models = {"linear": None, "emax": {"ed50": 0.2 * top}, "exponential": {"delta": 0.28 * top}}
    return mcp_mod(*THREE[name], models=models)


def test_upadacitinib_contrasts_and_statistics_equal_dosefinding():
    expected = ORACLE["upadacitinib"]
    found = mcp_mod_means(*UPA, models=UPA_MODELS, alternative="less", offset=0.3)
    np.testing.assert_allclose(-found.contrasts.to_numpy(), expected["contrasts"], atol=CLOSED)
    np.testing.assert_allclose(found.correlation, expected["correlation"], atol=CLOSED)
    np.testing.assert_allclose(found.table["statistic"], expected["statistic"], rtol=CLOSED)
    assert found.critical_value == pytest.approx(expected["critical"], abs=1e-3)
    assert found.fits is not None
    assert "needs at least 5 different doses" in found.not_fitted["logistic"]


@pytest.mark.parametrize("name", THREE)
def test_three_doses_equal_dosefinding_and_the_exact_integral(name):
    expected, found = ORACLE[name], three_doses(name)
    np.testing.assert_allclose(found.contrasts.to_numpy(), expected["contrasts"], atol=CLOSED)
    np.testing.assert_allclose(found.table["statistic"], expected["statistic"], rtol=CLOSED)
    np.testing.assert_allclose(found.table["p_value"], expected["p_exact"], rtol=ANGULAR)
    np.testing.assert_allclose(found.table["p_value"], expected["p"], rtol=DOSEFINDING_P)
    assert found.critical_value == pytest.approx(expected["critical_exact"], rel=1e-9)
    assert found.p_method == SECTORS
    assert found.table["significant"].all()


def test_half_planes_of_a_cone_agree_with_the_exact_probability():
    flat = directions(three_doses("shr0302").correlation)
    # A third dimension, which no statistic depends on.
    turned = np.column_stack([flat, np.zeros(len(flat))])
    for at in (-1.0, 0.0, 1.5, 2.2, 4.0, 8.0):
        exact, found = Union(flat).probability(at), Union(turned).probability(at)
        assert exact.se == 0
        assert found.value == pytest.approx(exact.value, rel=1e-4)
        assert abs(found.value - exact.value) <= 5 * found.se + 1e-9 * exact.value


@pytest.mark.parametrize("dimensions", [3, 4, 5, 7])
def test_probability_agrees_with_one_of_independent_statistics(dimensions):
    for at in (-0.5, 0.0, 1.0, 2.0, 3.5):
        found = Union(np.eye(dimensions)).probability(at)
        exact = 1 - ndtr(at) ** dimensions
        assert found.value == pytest.approx(exact, abs=5 * found.se)
        assert 0 < found.se / found.value < 2e-3


@pytest.mark.parametrize("dimensions", [2, 3])
def test_t_statistics_agree_with_numerical_integration_over_the_common_scale(dimensions):
    at, df = 2.5, 9
    from scipy.stats import chi

    scale = np.linspace(1e-4, 12, 200_001)
    density = chi.pdf(scale, df)
    given_scale = 1 - ndtr(at * scale / np.sqrt(df)) ** dimensions
    exact = np.trapezoid(density * given_scale, scale)
    found = Union(np.eye(dimensions), df=df).probability(at)
    assert found.value == pytest.approx(exact, rel=1e-5 if dimensions == 3 else 1e-9)


def test_singular_correlations_that_defeat_general_integrators():
    # Two contrasts that are the same but for rounding, and a third; in two dimensions and in more.
    for apart in (0.0, 1e-14, 1e-9):
        unit = np.array([[1.0, 0.0], [1.0, apart], [0.6, 0.8]])
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        two = Union(unit[[0, 2]]).probability(3.3).value
        assert Union(unit).probability(3.3).value == pytest.approx(two, rel=1e-8)
        unit = np.vstack([np.column_stack([unit, np.zeros(3)]), [0, 0, 1]])
        three = Union(unit[[0, 2, 3]]).probability(3.3).value
        assert Union(unit).probability(3.3).value == pytest.approx(three, rel=1e-4)


def test_probability_is_the_same_every_time():
    unit = directions(np.array(ORACLE["upadacitinib"]["correlation"]))
    first, again = (Union(unit, seed=5).probability(3.0) for _ in range(2))
    assert first == again
    assert first.se / first.value < 1e-4


@pytest.mark.parametrize("df", [np.inf, 12.0])
def test_critical_value_is_exceeded_at_its_level(df):
    unit = directions(np.array(ORACLE["upadacitinib"]["correlation"]))
    critical = Union(unit, df=df).threshold(0.025)
    assert Union(unit, df=df, seed=99).probability(critical).value == pytest.approx(0.025, rel=4e-4)


def test_two_doses_are_one_z_test():
    found = mcp_mod([2.5e7, 5e7], [5, 6], [14, 11])
    log_ratio = np.log(6 / 5) - np.log(5 / 9)
    z = log_ratio / np.sqrt(1 / 5 + 1 / 9 + 1 / 6 + 1 / 5)
    np.testing.assert_allclose(found.table["statistic"], z, rtol=1e-12)
    np.testing.assert_allclose(found.table["p_value"], ndtr(-z), rtol=1e-12)
    assert found.critical_value == pytest.approx(1.959963984540054)
    assert found.fits is None


def test_two_sided_p_is_twice_the_one_sided_of_one_candidate():
    models = {"linear": None}
    one = mcp_mod(*THREE["shr0302"], models=models).table["p_value"][0]
    two = mcp_mod(*THREE["shr0302"], models=models, alternative="two-sided").table["p_value"][0]
    assert two == pytest.approx(2 * one)


def test_mod_step_weighs_the_models_with_a_signal():
    found = three_doses("shr0302")
    assert [f.model for f in found.fits.fits] == ["linear"]
    assert set(found.not_fitted) == {"emax", "exponential"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 11), min_size=3, max_size=3), st.sampled_from([1.0, 2.5e7, 1e-3]))
def test_signal_does_not_change_with_the_unit_of_dose(x, unit):
    base = mcp_mod([0, 2, 8], x, 12)
    scaled = mcp_mod([0, 2 * unit, 8 * unit], x, 12)
    np.testing.assert_allclose(scaled.table["statistic"], base.table["statistic"], atol=1e-9)
    np.testing.assert_allclose(scaled.table["p_value"], base.table["p_value"], rtol=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 11), min_size=3, max_size=3))
def test_counting_non_responders_turns_greater_into_less(x):
    up = mcp_mod([0, 2, 8], x, 12)
    down = mcp_mod([0, 2, 8], np.subtract(12, x), 12, alternative="less")
    np.testing.assert_allclose(down.table["statistic"], up.table["statistic"], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-5, 5), min_size=4, max_size=4),
    st.lists(st.floats(0.1, 3), min_size=4, max_size=4),
)
def test_optimal_contrast_has_the_largest_statistic_of_all(means, variance):
    means = np.array(means)
    if np.ptp(means) < 0.1:
        return
    best = optimal_contrasts([means], variance)[0]
    power = best @ means / np.sqrt(best**2 @ variance)
    assert best.sum() == pytest.approx(0, abs=1e-12)
    for other in np.eye(4) - 0.25:
        assert abs(other @ means) / np.sqrt(other**2 @ variance) <= power + 1e-9


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 4, 8], [0, 5, 9], 35), {}, "logit of 0/35 at dose 0 is infinite; continuity=0.5"),
        (([4, 4], [1, 2], 5), {}, "at least two different doses"),
        (([0, 4], [1, 2], 5), {"models": {"emax": None}}, "must give ed50 above 0, not None"),
        (([0, 4], [1, 2], 5), {"models": {"linear": {"ed50": 1}}}, "must give no shape parameters"),
        (([0, 4], [1, 2], 5), {"models": {"constant": None}}, "is the null hypothesis"),
        (([0, 4], [1, 2], 5), {"models": {}}, "at least one candidate"),
        (([0, 4], [1, 2], 5), {"continuity": -1}, "at least 0, not -1"),
        (([0, 4], [1, 2], 5), {"alternative": "up"}, "alternative must be"),
        (([0, 4], [1, 2], 5), {"level": 2.5}, "level must lie strictly between 0 and 1"),
    ],
)
def test_refusals_say_what_was_expected_and_found(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        mcp_mod(*arguments, **options)


def test_continuity_is_off_unless_asked_and_named():
    assert mcp_mod([0, 4, 8], [1, 5, 9], 35).continuity == 0.0
    assert mcp_mod([0, 4, 8], [0, 5, 9], 35, continuity=0.5).continuity == 0.5
    with pytest.raises(ValueError, match="df must be above 0"):
        mcp_mod_means(*UPA, df=0)


def test_a_confidence_level_is_no_significance_level():
    with pytest.raises(ValueError, match=r"did you mean 0\.025"):
        mcp_mod([0, 1, 2], [1, 3, 6], [10, 10, 10], level=0.95)
