import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from atopic.stats import pooling
from atopic.stats.pooling.effect_sizes import contrast_effects
from tests.oracles.pooling.likelihood import log_likelihood

FOLDER = Path(__file__).parents[1] / "oracles/pooling"
ORACLE = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
CALLS = json.loads((FOLDER / "r_calls.json").read_text(encoding="utf-8"))["cases"]
CASES = {case["name"]: case for case in ORACLE["cases"]}
METHODS = ("reml", "pm", "dl", "ml", "eb", "sj")
INTERVALS = {
    "z": "wald",
    "knha": "hartung-knapp",
    "adhoc": "hartung-knapp-safeguarded",
}
CONTINUITY = {"none": "none", "only0": "only-zero", "if0all": "if-any-zero", "all": "all"}

#: Given tau2 all is in closed form; the worst seen is 3e-12, in tail areas of Q.
CLOSED = 1e-8
#: rma.mv has a derivative-free search and stops early: its tau2 is 2e-8 off at worst.
SEARCHED = 1e-6


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    return np.array(CASES[name]["yi"]), np.array(CASES[name]["vi"])


BCG = "dat.bcg, log RR"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("test", INTERVALS)
def test_estimate_and_limits_are_those_of_metafor(name, method, test):
    case = CASES[name]
    reference = case["fits"][method.upper()]
    fit = pooling.random_effects(
        *data(name), tau2_method=method, interval=INTERVALS[test], level=case["level"]
    )
    limits = reference["intervals"][test]
    ours = [fit.estimate, fit.se, fit.lower, fit.upper, fit.p_value]
    theirs = [reference["estimate"], *(limits[part] for part in ("se", "lower", "upper", "p"))]
    assert_allclose(ours, theirs, rtol=CLOSED)
    assert_allclose(fit.weights, reference["weights"], rtol=CLOSED)
    heterogeneity = [fit.tau2, fit.Q, fit.Q_p, fit.I2, fit.H2]
    assert_allclose(
        heterogeneity,
        [reference[part] for part in ("tau2", "Q", "Q_p", "I2", "H2")],
        rtol=CLOSED,
        atol=1e-15,
    )


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", METHODS)
def test_prediction_intervals_are_those_of_the_formulas_in_r(name, method):
    case = CASES[name]
    table = case["fits"][method.upper()]["predictions"]
    names = set(get_args(pooling.Prediction))
    assert set(table) == (names if len(case["yi"]) > 2 else {p for p in names if "k-2" not in p})
    for prediction, limits in table.items():
        fit = pooling.random_effects(
            *data(name), tau2_method=method, prediction=prediction, level=case["level"]
        )
        assert_allclose([fit.prediction_lower, fit.prediction_upper], limits, rtol=CLOSED)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("test", INTERVALS)
def test_the_common_effect_is_that_of_metafor(name, test):
    case = CASES[name]
    fit = pooling.common_effect(*data(name), interval=INTERVALS[test], level=case["level"])
    reference = case["common"][test]
    ours = [fit.estimate, fit.se, fit.lower, fit.upper, fit.p_value, fit.I2]
    theirs = [reference[part] for part in ("estimate", "se", "lower", "upper", "p", "I2")]
    assert_allclose(ours, theirs, rtol=CLOSED, atol=1e-15)
    assert (fit.prediction_lower, fit.prediction_upper) == (fit.lower, fit.upper)


def test_bcg_has_the_published_values():
    fit = pooling.random_effects(*data(BCG))
    assert_allclose(fit.estimate, -0.714532342, rtol=2e-8)
    assert_allclose(fit.se, 0.180791744, rtol=1e-8)
    assert_allclose([fit.lower, fit.upper], [-1.108443714, -0.320620971], rtol=2e-8)
    assert_allclose(pooling.repool(fit, interval="wald").se, 0.179781516, rtol=1e-7)
    limits = fit.tau2_interval()
    assert_allclose([limits.lower, limits.upper], [0.119718361, 1.111479084], rtol=1e-8)


@pytest.mark.parametrize(
    ("prediction", "lower", "upper"),
    [
        ("normal", -1.8667, 0.4376),
        ("k-2", -2.0084, 0.5793),
        ("k-1", -1.9953, 0.5663),
        ("hartung-knapp-k-1", -1.9960, 0.5670),
    ],
)
def test_bcg_has_four_published_prediction_intervals(prediction, lower, upper):
    fit = pooling.random_effects(*data(BCG), prediction=prediction)
    assert_allclose([fit.prediction_lower, fit.prediction_upper], [lower, upper], atol=5e-5)


@pytest.fixture(scope="module")
def repeatable() -> dict[str, pooling.Pooled]:
    spec = importlib.util.spec_from_file_location("make_calls", FOLDER / "make_calls.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.fits()


@pytest.mark.parametrize("case", CALLS, ids=[case["name"] for case in CALLS])
def test_r_printed_the_same_numbers_for_the_call_of_the_result(case, repeatable):
    fit = repeatable[case["name"]]
    number = r"(?<![\w.])\d+\.?\d*(?:e[-+]\d+)?"
    call = fit.r_call()
    assert re.sub(number, "#", call) == re.sub(number, "#", case["call"])
    # Logarithms of counts may differ in their last bit from platform to platform.
    numbers = [[float(x) for x in re.findall(number, text)] for text in (call, case["call"])]
    assert_allclose(numbers[0], numbers[1], rtol=1e-12)
    ours = [fit.effect, fit.tau2, fit.effect_lower, fit.effect_upper]
    new = [fit.effect_prediction_lower, fit.effect_prediction_upper]
    ours += new[: len(case["printed"]) - 4]
    assert_allclose(ours, case["printed"], rtol=SEARCHED)


@pytest.mark.parametrize("effects", ORACLE["effects"], ids=lambda e: f"{e['measure']} {e['to']}")
def test_effects_and_variances_are_those_of_escalc(effects):
    table = ORACLE["counts"]["bcg" if effects["to"] == "none" else "nielweise"]
    counts = [table[part] for part in ("x1", "n1", "x0", "n0")]
    ours = contrast_effects(
        *counts, measure=effects["measure"], continuity=CONTINUITY[effects["to"]]
    )
    assert_allclose(ours.effect, effects["yi"], rtol=CLOSED)
    assert_allclose(ours.variance, effects["vi"], rtol=CLOSED)


@pytest.mark.parametrize("measure", ["RD", "RR", "OR"])
@pytest.mark.parametrize("rho", [0.0, 0.5])
@pytest.mark.parametrize("method", ["REML", "ML", "EE"])
def test_contrasts_with_shared_controls_are_pooled_as_by_rma_mv(measure, rho, method):
    shared = ORACLE["shared"]
    fit = pooling.pool_contrasts(
        *(shared[part] for part in ("x1", "n1", "x0", "n0")),
        measure=measure,
        control=shared["study"],
        effect_correlation=rho,
        model="common" if method == "EE" else "random",
        tau2_method="reml" if method == "EE" else method.lower(),
        interval="wald",
    )
    assert_allclose(fit.data.covariance, shared[measure]["V"], rtol=CLOSED, atol=1e-15)
    reference = shared[measure][f"{method} {rho:g}"]
    ours = [fit.effect, fit.se, fit.tau2, fit.Q]
    theirs = [reference[part] for part in ("estimate", "se", "tau2", "Q")]
    assert_allclose(ours, theirs, rtol=SEARCHED)
    assert_allclose(fit.weights, reference["weights"], rtol=SEARCHED)
    hartung_knapp = pooling.repool(fit, interval="hartung-knapp")
    assert_allclose(hartung_knapp.se, reference["hartung_knapp_se"], rtol=SEARCHED)


def test_trials_without_a_shared_control_need_no_covariance():
    table = ORACLE["counts"]["bcg"]
    counts = [table[part] for part in ("x1", "n1", "x0", "n0")]
    for method in ("reml", "ml", "pm", "dl", "eb"):
        plain = pooling.pool_contrasts(*counts, measure="RR", tau2_method=method)
        general = pooling.pool_contrasts(
            *counts, measure="RR", tau2_method=method, control=range(13)
        )
        for name in ("estimate", "se", "lower", "tau2", "Q", "I2", "H2", "prediction_upper"):
            assert_allclose(getattr(general, name), getattr(plain, name), rtol=1e-11)
        assert_allclose(general.weights, plain.weights, rtol=1e-10)
        limits = [fit.tau2_interval() for fit in (general, plain)]
        assert_allclose(limits[0].upper, limits[1].upper, rtol=1e-11)


def test_two_doses_against_one_control_weigh_less_than_two_trials():
    counts = ([8, 12, 10], [20, 20, 40], [4, 4, 9], [20, 20, 40])
    apart = pooling.pool_contrasts(*counts, model="common")
    together = pooling.pool_contrasts(*counts, model="common", control=["a", "a", "b"])
    assert together.weights[:2].sum() < apart.weights[:2].sum()
    assert together.se > apart.se


def test_a_zero_cell_adds_half_to_every_contrast_of_its_control():
    counts = ([0, 5, 6], [10, 10, 30], [2, 2, 4], [10, 10, 30])
    trials = contrast_effects(
        *counts, measure="OR", continuity="only-zero", control=["a", "a", "b"]
    )
    assert_allclose(trials.effect[1], np.log(5.5 / 5.5) - np.log(2.5 / 8.5), rtol=1e-15)
    assert_allclose(trials.effect[2], np.log(6 / 24) - np.log(4 / 26), rtol=1e-14)


def test_effects_scale_back_to_the_risk_difference():
    trials = contrast_effects(7, 10, [2, 3], [11, 12])
    assert_allclose(trials.effect, [7 / 10 - 2 / 11, 7 / 10 - 3 / 12], rtol=1e-15)


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        (
            ([3, 0], [10, 10], [2, 5], [10, 12]),
            {"measure": "RR"},
            r"study \[1\] has 0/10 v 5/12, which leaves the RR without",
        ),
        (
            ([3, 10], [10, 10], [2, 5], [10, 12]),
            {"measure": "OR"},
            r"study \[1\] has 10/10 v 5/12, which leaves the OR without",
        ),
        (
            ([3, 10], [10, 10], [2, 0], [10, 12]),
            {"measure": "RD"},
            r"study \[1\] has 10/10 v 0/12, which leaves the RD without",
        ),
        (([3], [2], [2], [10]), {}, r"responders_1\[0\] = 3 is more than n_1\[0\] = 2"),
        (([1], [2], [2.5], [10]), {}, r"responders_0\[0\] = 2.5 is not a whole"),
        (([1, 1], [2, 2], [2, 2, 2], 9), {}, "do not broadcast"),
        ((1, 2, 2, 9), {}, "at least one study"),
        (([1], [2], [2], [9]), {"measure": "SMD"}, "measure must be one of RD, RR, OR"),
        (([1], [2], [2], [9]), {"continuity": "half"}, "continuity must be one of none, only-zero"),
        (([1], [2], [2], [9]), {"model": "mixed"}, "model must be 'random' or 'common'"),
        (
            ([1, 1], [2, 2], [2, 3], [9, 9]),
            {"control": ["a", "a"]},
            "studies 0 and 1 share the control 'a' but not its counts",
        ),
        (([1, 1], [2, 2], [2, 3], [9, 9]), {"control": ["a"]}, "control must hold 2 labels"),
    ],
)
def test_impossible_trials_are_refused_by_name_and_place(counts, options, message):
    with pytest.raises(ValueError, match=message):
        pooling.pool_contrasts(*counts, **options)


def test_a_homogeneous_set_gives_the_common_effect_exactly():
    y, v = data("dat.hine1989, RD, homogeneous")
    random = pooling.random_effects(y, v, interval="wald")
    common = pooling.common_effect(y, v)
    assert random.tau2 == 0
    for name in ("estimate", "se", "lower", "upper", "p_value", "Q"):
        assert getattr(random, name) == getattr(common, name)
    assert_array_equal(random.weights, common.weights)


def test_the_safeguard_only_ever_widens_the_limits_and_never_below_wald():
    random = np.random.default_rng(5)
    y, v = random.normal(0, 0.4, (500, 4)), random.uniform(0.05, 0.5, (500, 4))
    plain = pooling.random_effects(y, v)
    safe = pooling.random_effects(y, v, interval="hartung-knapp-safeguarded")
    wald = pooling.random_effects(y, v, interval="wald")
    assert np.all(safe.se >= plain.se)
    assert np.all(safe.se >= wald.se)
    assert np.any(plain.se < wald.se)
    assert any("closer together than chance" in note for note in plain.notes)


def test_one_study_is_its_own_estimate_with_infinite_t_limits_and_a_note():
    fit = pooling.random_effects([0.4], [0.04])
    assert (fit.estimate, fit.se, fit.tau2, fit.k, fit.I2, fit.H2) == (0.4, 0.2, 0, 1, 0, 1)
    assert (fit.lower, fit.upper, fit.p_value) == (-np.inf, np.inf, 1)
    assert (fit.prediction_lower, fit.prediction_upper) == (-np.inf, np.inf)
    assert any(note.startswith("one study: tau2 cannot be estimated") for note in fit.notes)
    wald = pooling.random_effects([0.4], [0.04], interval="wald", prediction="normal")
    assert_allclose([wald.lower, wald.upper], 0.4 + 0.2 * 1.959963984540054 * np.array([-1, 1]))
    assert_allclose(wald.prediction_upper, wald.upper)


def test_two_studies_have_t_with_one_degree_of_freedom_and_a_note():
    fit = pooling.random_effects([0.0, 1.0], [0.1, 0.1])
    assert_allclose(fit.upper - fit.estimate, 12.706204736174694 * fit.se, rtol=1e-12)
    assert (fit.prediction_lower, fit.prediction_upper) == (-np.inf, np.inf)
    assert any(note.startswith("5 or fewer studies") for note in fit.notes)


def test_equal_effects_have_hartung_knapp_limits_without_width_and_a_note():
    fit = pooling.random_effects([0.3, 0.3, 0.3], 0.1)
    assert (fit.se, fit.lower, fit.upper, fit.p_value) == (0, 0.3, 0.3, 0)
    assert any(note.startswith("equal effects") for note in fit.notes)
    safe = pooling.random_effects([0.3, 0.3, 0.3], 0.1, interval="hartung-knapp-safeguarded")
    assert_allclose(safe.se, np.sqrt(0.1 / 3), rtol=1e-15)
    assert pooling.random_effects([0.0, 0.0], 0.1).p_value == 1


def test_notes_of_many_count_those_they_concern():
    fit = pooling.random_effects([[0.1, 0.2], [0.3, 0.3]], 0.1)
    assert any(note.startswith("1 of 2 meta-analyses: equal effects") for note in fit.notes)


def test_thirteen_studies_need_no_note():
    assert pooling.random_effects(*data(BCG)).notes == ()


def test_leading_axes_and_masks_are_separate_meta_analyses():
    random = np.random.default_rng(6)
    y, v = random.normal(size=(3, 4, 5)), random.uniform(0.1, 1, (4, 5))
    keep = random.random((3, 1, 5)) < 0.7
    keep[..., 0] = True
    fit = pooling.random_effects(y, v, mask=keep)
    assert fit.estimate.shape == (3, 4)
    assert fit.weights.shape == (3, 4, 5)
    for at in np.ndindex(3, 4):
        kept = keep[at[0], 0]
        alone = pooling.random_effects(y[at][kept], v[at[1]][kept])
        for name in pooling.NUMBERS:
            assert_allclose(getattr(fit, name)[at], getattr(alone, name), rtol=1e-9, atol=1e-13)
        assert_allclose(fit.weights[at][kept], alone.weights, rtol=1e-9)
        assert fit.weights[at][~kept].sum() == 0
        assert fit.r_call(at) == alone.r_call()


def test_many_covariances_at_once_are_separate_meta_analyses():
    random = np.random.default_rng(7)
    y, root = random.normal(size=(4, 3)), random.normal(size=(4, 3, 3))
    cov = root @ np.swapaxes(root, 1, 2) + 0.2 * np.eye(3)
    together = pooling.random_effects(y, covariance=cov, control=["a", "a", "b"])
    for i in range(4):
        alone = pooling.random_effects(y[i], covariance=cov[i], control=["a", "a", "b"])
        for name in pooling.NUMBERS:
            assert_allclose(getattr(together, name)[i], getattr(alone, name), rtol=1e-8, atol=1e-12)


def test_correlated_effects_have_no_lower_likelihood_than_that_of_rma_mv():
    shared = ORACLE["shared"]
    for measure in ("RD", "RR", "OR"):
        cov = np.array(shared[measure]["V"])
        y = contrast_effects(
            *(shared[part] for part in ("x1", "n1", "x0", "n0")), measure=measure
        ).effect

        def restricted(tau2, y=y, cov=cov):
            inverse = np.linalg.inv(cov + tau2 * np.eye(y.size))
            total = inverse.sum()
            rest = y - (inverse @ y).sum() / total
            return -0.5 * (-np.linalg.slogdet(inverse)[1] + np.log(total) + rest @ inverse @ rest)

        ours = pooling.random_effects(y, covariance=cov)
        assert restricted(ours.tau2) >= restricted(shared[measure]["REML 0"]["tau2"]) - 1e-13


def test_frames_hold_numbers_and_names_of_conventions():
    frame = pooling.random_effects(*data(BCG), tau2_method="pm").to_frame()
    assert frame.loc[
        0, ["tau2_method", "interval", "prediction", "I2_definition", "model"]
    ].tolist() == [
        "pm",
        "hartung-knapp",
        "k-2",
        "tau2",
        "random",
    ]
    assert set(pooling.NUMBERS) < set(frame.columns)
    assert not frame.isna().any(axis=None)


def test_pooled_contrasts_name_measure_continuity_rule_and_variance_form():
    fit = pooling.pool_contrasts([0, 3], 10, [2, 2], 10, measure="RR", continuity="only-zero")
    assert fit.to_frame().loc[0, ["measure", "continuity", "variance"]].tolist() == [
        "log RR",
        "only-zero",
        "large-sample",
    ]
    assert pooling.repool(fit, model="common").conventions.measure == "log RR"


def test_r_calls_say_what_metafor_cannot_do_and_start_at_the_highest_maximum():
    fit = pooling.random_effects([0.1, 0.2], covariance=np.eye(2), tau2_method="pm")
    with pytest.raises(ValueError, match="REML and ML only, not by 'pm'"):
        fit.r_call()
    case = ORACLE["maxima"][0]
    assert "tau2.init = 0.805387," in pooling.random_effects(case["yi"], case["vi"]).r_call()
    assert "tau2.init" not in pooling.random_effects(*data(BCG)).r_call()
    with pytest.raises(ValueError, match="one of the meta-analyses of shape"):
        pooling.random_effects([[0.1, 0.2]], 1).r_call()


def test_a_level_of_80_percent_lies_inside_95_percent():
    wide, narrow = (pooling.random_effects(*data(BCG), level=level) for level in (0.95, 0.8))
    assert wide.lower < narrow.lower < narrow.upper < wide.upper
    assert wide.prediction_lower < narrow.prediction_lower


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tau2_method": "hs"}, "tau2_method must be one of reml, pm, dl, ml, eb, sj, not 'hs'"),
        ({"interval": "t"}, "interval must be one of hartung-knapp, .*, not 't'"),
        ({"prediction": "k-3"}, "prediction must be one of k-2, .*, not 'k-3'"),
        ({"i2": "H"}, "i2 must be 'tau2' or 'Q'"),
        ({"level": 95}, "did you mean 0.95"),
        ({"control": ["a", "a"]}, "control needs a covariance"),
        ({"covariance": np.eye(2)}, "give variance or covariance, not both"),
        ({"variance": None}, "give the variance of each effect, or the covariance"),
    ],
)
def test_unknown_and_conflicting_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        pooling.random_effects([0.1, 0.2], **{"variance": 1.0, **options})


@pytest.mark.parametrize(
    ("covariance", "options", "message"),
    [
        ([[1, 0.5], [0.4, 1]], {}, r"covariance\[0, 1\] = 0.5 differs from the entry across"),
        ([[1, 1], [1, 1]], {}, "must be positive definite"),
        ([[1, 0], [0, -1]], {}, r"variance\[1\] = -1 must be positive"),
        ([1, 1], {}, "one row and one column per effect"),
        (np.eye(3), {}, "one row and one column per effect"),
        (np.eye(2), {"mask": [True, False]}, "mask is for independent effects"),
        (np.eye(2), {"control": ["a"]}, "control must hold 2 labels"),
        (np.eye(2), {"control": ["a", "a"], "effect_correlation": 1}, "at least 0 and less than 1"),
        (np.eye(2), {"tau2_method": "sj"}, "'sj' is defined for independent effects only"),
    ],
)
def test_covariances_that_cannot_be_are_refused(covariance, options, message):
    with pytest.raises(ValueError, match=message):
        pooling.random_effects([0.1, 0.2], covariance=covariance, **options)


@pytest.mark.parametrize("missing", [None, np.nan, ""])
def test_studies_without_a_label_share_no_control(missing):
    with pytest.raises(ValueError, match=r"control\[0\] is missing"):
        pooling.random_effects([0.1, 0.2], covariance=np.eye(2), control=[missing, missing])


def test_control_variances_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="share the control 'a' but not its variance"):
        pooling.shared_control_covariance([1, 1], ["a", "a"], [0.1, 0.2])
    with pytest.raises(ValueError, match=r"control_variance\[1\] = 1 must be at least 0 and less"):
        pooling.shared_control_covariance([1, 1], ["a", "a"], [1, 1] * np.array([0.1, 1]))


def test_repooling_refuses_several_meta_analyses_and_empty_subsets():
    many = pooling.random_effects([[0.1, 0.2]], 1)
    with pytest.raises(ValueError, match="needs one meta-analysis"):
        pooling.repool(many)
    one = pooling.random_effects([0.1, 0.2], 1)
    with pytest.raises(ValueError, match="keep must be of shape"):
        pooling.repool(one, keep=np.zeros((1, 2), dtype=bool))


def test_importing_the_room_does_not_import_scipy_stats():
    code = "import sys, atopic.stats.pooling; print('scipy.stats' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


sets = st.integers(1, 7).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-5, 5), min_size=k, max_size=k),
        st.lists(st.floats(0.01, 10), min_size=k, max_size=k),
        st.permutations(range(k)),
    )
)


@given(sets, st.sampled_from(METHODS), st.sampled_from(list(INTERVALS.values())))
@settings(deadline=None, max_examples=60)
def test_order_unit_and_origin_of_effects_do_not_matter(case, method, interval):
    y, v, order = (np.array(part) for part in case)
    fit = pooling.random_effects(y, v, tau2_method=method, interval=interval)
    moved = pooling.random_effects(
        10 * y[order] + 3, 100 * v[order], tau2_method=method, interval=interval
    )
    for name in ("estimate", "lower", "upper", "prediction_lower", "prediction_upper"):
        # Hartung-Knapp limits of all but equal effects are a root of rounding errors.
        assert_allclose(getattr(moved, name), 10 * getattr(fit, name) + 3, rtol=1e-6, atol=2e-6)
    assert_allclose(moved.weights, fit.weights[order], rtol=1e-6, atol=1e-9)


@given(sets, st.sampled_from(METHODS), st.sampled_from(list(INTERVALS.values())))
@settings(deadline=None, max_examples=60)
def test_limits_are_ordered_and_never_missing(case, method, interval):
    y, v, _ = case
    for prediction in get_args(pooling.Prediction):
        fit = pooling.random_effects(
            y, v, tau2_method=method, interval=interval, prediction=prediction
        )
        assert fit.lower <= fit.estimate <= fit.upper
        assert fit.prediction_lower <= fit.estimate <= fit.prediction_upper
        assert 0 <= fit.p_value <= 1
        assert 0 <= fit.I2 < 1
        assert_allclose(fit.weights.sum(), 1, rtol=1e-12)
        infinite = (len(y) == 1 and interval != "wald", len(y) <= 2 and prediction != "normal")
        assert infinite[0] or np.isfinite([fit.lower, fit.upper]).all()
        assert infinite[1] or np.isfinite([fit.prediction_lower, fit.prediction_upper]).all()


@given(
    st.integers(1, 5).flatmap(
        lambda k: st.tuples(
            st.lists(st.floats(-1e50, 1e50), min_size=k, max_size=k),
            st.lists(st.floats(1e-100, 1e100), min_size=k, max_size=k),
        )
    )
)
@settings(deadline=None, max_examples=60)
def test_any_valid_scale_gives_numbers_and_not_a_missing_value(case):
    fit = pooling.random_effects(*case)
    assert not any(np.isnan(getattr(fit, name)) for name in pooling.NUMBERS)
    assert fit.lower <= fit.upper


def test_hartung_knapp_covers_at_its_level_where_wald_does_not():
    random = np.random.default_rng(8)
    v = random.uniform(0.02, 0.4, (4000, 6))
    y = random.normal(0, np.sqrt(0.2 + v))
    covered = {}
    for interval in INTERVALS.values():
        fit = pooling.random_effects(y, v, interval=interval)
        covered[interval] = np.mean((fit.lower <= 0) & (fit.upper >= 0))
    # Three standard errors of a share of 4,000 are 0.010.
    assert covered["hartung-knapp"] == pytest.approx(0.95, abs=0.012)
    assert covered["hartung-knapp-safeguarded"] >= covered["hartung-knapp"]
    assert covered["wald"] < 0.925


def test_ours_has_the_higher_likelihood_where_metafor_stops_early():
    # metafor's default threshold leaves tau2 = 0.31324333 on these data.
    y, v = data(BCG)
    ours = pooling.random_effects(y, v).tau2
    assert log_likelihood(y, v, ours) > log_likelihood(y, v, 0.31324332598089)


@pytest.mark.parametrize("missing", [None, float("nan"), ""])
def test_a_control_without_a_label_is_refused(missing):
    with pytest.raises(ValueError, match=r"control\[1\] is missing"):
        pooling.pool_contrasts(
            [5, 7, 3], [20, 20, 10], [2, 2, 2], [20, 20, 20], control=["A", missing, missing]
        )


def test_what_is_no_pooled_effect_is_refused_in_one_sentence():
    rate = pooling.pool_proportions([4, 6], [5, 11])
    with pytest.raises(ValueError, match="not PooledRate; for rates of single arms use"):
        pooling.leave_one_out(rate)


@settings(deadline=None, max_examples=60)
@given(st.floats(-50, 50), st.integers(3, 8), st.integers(0, 2**32 - 1), st.booleans())
def test_effects_that_differ_by_rounding_alone_are_equal(effect, k, seed, correlated):
    random = np.random.default_rng(seed)
    effects = effect * (1 + random.integers(-2, 3, k) * np.finfo(float).eps)
    variance = random.uniform(0.01, 4, k)
    data = {"covariance": np.diag(variance)} if correlated else {"variance": variance}
    found = pooling.random_effects(effects, **data)
    assert (found.Q, found.tau2, found.se) == (0, 0, 0)
    assert found.notes[0].startswith("equal effects: hartung-knapp limits have no width")


def test_differences_that_are_small_beside_effects_but_not_beside_their_errors_stay():
    found = pooling.random_effects([1.0, 1.0 + 4e-15, 1.0 - 4e-15], 1e-32)
    assert found.Q > 10
