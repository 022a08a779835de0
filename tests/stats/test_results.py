"""What results say of themselves: short, an answer first, the same in R."""

import html
import importlib
import inspect
import json
import re
import typing

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from atopic.stats import ambiguity, bayes, contrasts, doseresponse, pooling, spreads, trialdesign
from atopic.stats.results import Result
from tests.conftest import REPOSITORY
from tests.oracles.r_code.make_calls import TRIALS, numbers, results

FOLDER = REPOSITORY / "tests" / "oracles" / "r_code"
VALUES = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
DOSES = ([0, 1, 2], [1, 4, 9], [10, 10, 10])
RESULTS = {
    **results(),
    "difference": pooling.pool_contrasts(*TRIALS),
    "mantel_haenszel": pooling.mantel_haenszel(*TRIALS),
    "rates": pooling.pool_proportions([4, 6, 9], [5, 11, 20]),
    "beta_binomial": pooling.pool_proportions([4, 6, 9], [5, 11, 20], method="beta-binomial"),
    "glmm": pooling.glmm.fit([4, 6, 9], [5, 11, 20]),
    "bayes": bayes.meta_analysis([0.1, 0.3, 0.2], [0.01, 0.02, 0.02], tau_scale=0.5),
    "summary": bayes.summarise(bayes.posterior([4, 5], [5, 9])),
    "trend": doseresponse.trend_test(*DOSES),
    "average": doseresponse.average(doseresponse.fit_all(*DOSES)),
    "mcp_mod": doseresponse.mcp_mod(*DOSES),
    "design": trialdesign.TwoArmDesign(100, 50),
    "contrast": contrasts.compare([28, 3], [88, 9], [22, 4], [81, 9]),
    "effects": pooling.contrast_effects(*TRIALS, measure="OR"),
    "spread": spreads.from_se([1.45, 1.2], 88),
    "mixture": trialdesign.NormalMixture([1, 1], [0.0, 0.1], [0.05, 0.05]),
    "fixed": trialdesign.NormalMixture.normal(0.3, 0.0),
    "counts": contrasts.p_value_bounds("0.038", 36, 36),
    "ambiguous": ambiguity.over_candidates(
        lambda x, n: {"rate": x[:, 0] / n[:, 0]}, [[(65, 197), (66, 200)]], central=[0]
    ),
    "many": pooling.random_effects(np.ones((40, 30, 3)), 1.0),
}


def ends(fit):
    found = (fit.estimate, fit.lower, fit.upper, fit.prediction_lower, fit.prediction_upper)
    return [float(one) for one in found]


@pytest.mark.parametrize("name", ["risk_ratio", "odds_ratio"])
def test_a_pooled_ratio_is_the_ratio_that_metafor_gives_back(name):
    fit = RESULTS[name]
    assert_allclose(ends(fit), VALUES[name], rtol=1e-9)
    frame = fit.to_frame()
    assert_allclose(np.exp(frame[["log_estimate", "log_lower", "log_upper"]].iloc[0]),
                    VALUES[name][:3], rtol=1e-9)  # fmt: skip


#: How near R's own search comes to the maximum, where that is what it does.
NEAR = {"glmm": 1e-3, "rate_glmm": 1e-3, "glmm_moderator": 1e-4, "glmm_groups": 1e-3,
        "rate_beta_binomial": 1e-3, "exact_strata": 1e-3}  # fmt: skip


@pytest.mark.parametrize("name", list(results()))
def test_r_gives_the_numbers_of_the_result_that_shows_the_call(name):
    ours = numbers(name, results()[name])
    assert_allclose(ours, VALUES[name], rtol=NEAR.get(name, 1e-9))


def test_no_kind_of_result_shows_a_call_that_r_did_not_run():
    """Of each class with a call of its own one is among those that R ran."""
    rooms = [f"atopic.stats.{room}" for room in ("pooling", "bayes", "doseresponse", "contrasts")]
    for room in [*rooms, "atopic.stats.trialdesign", "atopic.stats.changes"]:
        for name in importlib.import_module(room).__all__:
            getattr(importlib.import_module(room), name)
    with_call = {
        one for one in _below(Result)
        if hasattr(one, "r_call") or one.r_code is not Result.r_code
    }  # fmt: skip
    run = results().values()
    assert with_call <= {type(part) for one in run for part in (one, getattr(one, "fit", None))}


def _below(parent):
    return {deeper for one in parent.__subclasses__() for deeper in {one, *_below(one)}}


def test_r_ran_the_calls_that_the_results_carry_today():
    """Logarithms of counts may differ in their last bit from platform to platform."""
    number = r"(?<![\w.])\d+\.?\d*(?:e[-+]\d+)?"
    kept = (FOLDER / "calls.R").read_text(encoding="utf-8")
    for one in results().values():
        shape = re.sub(number, "#", one.r_code())
        assert shape in re.sub(number, "#", kept)


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_short_and_tells_the_same_everywhere(name):
    one = RESULTS[name]
    shown = repr(one)
    assert len(shown) < 400
    assert "array" not in shown
    assert "\n" not in shown
    first = one.summary().splitlines()[0]
    assert shown == f"<{type(one).__name__}: {first}>"
    page = one._repr_html_()
    assert html.escape(first) in page
    assert "<script" not in page
    assert isinstance(one.to_frame(), pd.DataFrame)
    assert len(one.to_frame()) > 0
    for frame in one.frames().values():
        assert isinstance(frame, pd.DataFrame)
    assert "Computed with atopic" in one.methods()


def test_the_first_line_counts_trials_and_patients():
    ratio, lower, upper, *_ = VALUES["risk_ratio"]
    first = RESULTS["risk_ratio"].summary().splitlines()[0]
    assert first.startswith(f"Risk ratio {ratio:.3g} ({lower:.3g} to {upper:.3g}), 95% interval;")
    assert "3 studies, 583 patients" in repr(RESULTS["difference"])
    assert "points" in repr(RESULTS["difference"])


def test_what_is_left_out_is_told_with_the_reason():
    fit = pooling.random_effects([0.1, 0.3, 9.0], 0.01, mask=[True, True, False])
    assert fit.frames()["left out"]["study"].to_list() == [2]
    assert fit.frames()["studies"]["study"].to_list() == [0, 1]
    wide = pooling.pool_contrasts([0, 3, 5], [9, 9, 9], [0, 1, 2], [9, 9, 9], measure="RR",
                                  continuity="only-zero")  # fmt: skip
    told = wide.frames()["studies"]["known_by"].to_list()
    assert told == ["continuity correction alone", "counts", "counts"]


def test_cautions_stand_beside_the_result():
    fit = RESULTS["difference"]
    for note in fit.notes:
        assert note in fit.summary()
        assert html.escape(note) in fit._repr_html_()


ROOMS = ["ambiguity", "bayes", "changes", "contrasts", "doseresponse", "incidence", "pooling",
         "proportions", "spreads", "trialdesign"]  # fmt: skip
#: What is no result: a pair that is unpacked, and the parts of results.
NO_RESULTS = {"Interval", "Conventions", "Data"}


def returned_by_public_functions():
    """Return the classes of ours that are public, or that a public function says it returns."""
    for room in ROOMS:
        module = importlib.import_module(f"atopic.stats.{room}")
        for one in (getattr(module, name) for name in module.__all__):
            found = [one]
            if inspect.isfunction(one):
                names = {**vars(inspect.getmodule(inspect.unwrap(one))), "pd": pd}
                hints = typing.get_type_hints(inspect.unwrap(one), names)
                found = [hints["return"], *typing.get_args(hints["return"])]
            yield from (
                one for one in found
                if inspect.isclass(one) and one.__module__.startswith("atopic")
            )  # fmt: skip


def test_every_result_that_a_room_offers_is_one():
    found = {one for one in returned_by_public_functions() if one.__name__ not in NO_RESULTS}
    assert len(found) > 25
    assert {one for one in found if not issubclass(one, Result)} == set()
    generated = [one for one in found if one.__repr__ is not Result.__repr__]
    assert generated == []


@pytest.mark.parametrize("name", [*RESULTS])
def test_an_estimate_is_on_the_scale_of_the_reader_and_log_names_the_logarithm(name):
    frame = RESULTS[name].to_frame()
    assert "log_estimate" not in frame or "estimate" in frame
    logs = [column for column in frame if column.startswith("log_")]
    for log in logs:
        natural = log.removeprefix("log_")
        if natural in frame:
            assert_allclose(np.log(frame[natural].astype(float)), frame[log].astype(float))
    measure = str(frame["measure"].iloc[0]) if "measure" in frame else ""
    if measure.removeprefix("log ") in ("RR", "OR", "risk ratio", "odds ratio"):
        assert frame["estimate"].min() > 0
        assert "log_estimate" in frame


NAMES = ["Ahn", "Berg", "Cole"]


@pytest.mark.parametrize(
    "fit",
    [
        pooling.random_effects([0.1, 0.3, 0.2], 0.01, study=NAMES),
        pooling.common_effect(pd.Series([0.1, 0.3, 0.2], index=NAMES), 0.01),
        pooling.pool_contrasts(*TRIALS, measure="RR", study=NAMES),
        pooling.random_effects(pd.DataFrame({"y": [0.1, 0.3, 0.2], "v": 0.01, "who": NAMES}),
                               "y", "v", study="who"),
    ],
)  # fmt: skip
def test_names_of_studies_are_shown_wherever_studies_are(fit):
    assert fit.frames()["studies"]["study"].to_list() == NAMES
    assert all(name in fit._repr_html_() for name in NAMES)
    assert pooling.leave_one_out(fit)["left_out"].to_list() == NAMES
    assert pooling.influence(fit)["study"].to_list() == NAMES
    part = pooling.random_effects(
        fit.data.effect, fit.data.variance, study=NAMES, mask=[True, False, True]
    )
    assert part.frames()["left out"]["study"].to_list() == ["Berg"]


def test_bayesian_studies_have_their_names():
    fit = bayes.meta_analysis([0.1, 0.3, 0.2], [0.1] * 3, tau_scale=0.5, study=NAMES)
    assert fit.frames()["studies"]["study"].to_list() == NAMES
    with pytest.raises(ValueError, match="study must hold one value for each of 3 studies"):
        bayes.meta_analysis([0.1, 0.3, 0.2], [0.1] * 3, tau_scale=0.5, study=["Ahn"])


def test_names_that_name_nothing_are_refused():
    with pytest.raises(ValueError, match="one value for each of 2 studies"):
        pooling.random_effects([0.1, 0.2], 0.01, study=NAMES)
    with pytest.raises(ValueError, match="names nothing"):
        pooling.random_effects([0.1, 0.2], 0.01, study="Trial")
    with pytest.raises(ValueError, match="names nothing"):
        pooling.peto([1, 4], [10, 12], [3, 6], [10, 11], study=["Ahn", "Berg"])
