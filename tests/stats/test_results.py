"""What results say of themselves: short, an answer first, the same in R."""

import dataclasses
import html
import importlib
import json
import re

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from atopic.stats import bayes, contrasts, doseresponse, pooling, trialdesign
from atopic.stats.results import Result
from tests.conftest import REPOSITORY
from tests.oracles.r_code.make_calls import TRIALS, results

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


def test_a_posterior_rate_and_a_line_are_those_of_r():
    found = bayes.summarise(RESULTS["rate"], level=0.95)
    ours = [found.median, found.lower, found.upper]
    assert_allclose(np.ravel(ours), VALUES["rate"], rtol=1e-10)
    assert_allclose(RESULTS["line"].parameters["estimate"], VALUES["line"], rtol=1e-7)


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


@pytest.mark.parametrize(
    "room", ["pooling", "doseresponse", "bayes", "trialdesign", "contrasts", "changes"]
)
def test_every_result_that_a_room_offers_is_one(room):
    """A dataclass of a room that holds estimates, limits or power shows itself."""
    module = importlib.import_module(f"atopic.stats.{room}")
    for name in module.__all__:
        one = getattr(module, name)
        if isinstance(one, type) and dataclasses.is_dataclass(one):
            fields = {field.name for field in dataclasses.fields(one)}
            if fields & {"estimate", "lower", "success", "any", "mu", "p_value"}:
                assert issubclass(one, Result), one
