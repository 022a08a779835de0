import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from atopic.stats import pooling
from atopic.stats.pooling import sensitivity
from atopic.stats.pooling.influence_measures import influence
from atopic.stats.pooling.small_studies import egger, funnel

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles/pooling/values.json").read_text(encoding="utf-8")
)
REPEATS = ORACLE["sensitivity"]
COUNTS = ORACLE["counts"]["bcg"]

#: All repeats converge as the first fit does: the worst seen is 3e-13, in Cook's distance.
CLOSED = 1e-8


def bcg(**options) -> pooling.Pooled:
    counts = (COUNTS[part] for part in ("x1", "n1", "x0", "n0"))
    return pooling.pool_contrasts(*counts, measure="RR", **{"interval": "wald", **options})


def small(**options) -> pooling.Pooled:
    return pooling.random_effects([0.1, 0.3, 0.8, 0.2], [0.01, 0.02, 0.02, 0.04], **options)


@pytest.mark.parametrize("part", ["estimate", "se", "tau2", "I2", "Q"])
def test_leave_one_out_is_metafor_without_each_trial(part):
    frame = sensitivity.leave_one_out(bcg())
    frame["estimate"] = np.log(frame["estimate"])  # metafor gives the logarithm
    assert_allclose(frame[part], [row[part] for row in REPEATS["leave_one_out"]], rtol=CLOSED)


@pytest.mark.parametrize("part", ["estimate", "se", "tau2"])
def test_cumulative_is_metafor_with_the_trials_so_far(part):
    frame = sensitivity.cumulative(bcg(), order=COUNTS["year"])
    frame["estimate"] = np.log(frame["estimate"])
    assert_allclose(frame[part], [row[part] for row in REPEATS["cumulative"]], rtol=CLOSED)
    assert frame["order"].is_monotonic_increasing
    assert frame["k"].tolist() == list(range(1, 14))


def test_the_last_cumulative_step_is_the_whole():
    fit = small()
    last = sensitivity.cumulative(fit, order=[4, 3, 2, 1]).iloc[-1]
    assert_allclose(last["estimate"], fit.estimate, rtol=1e-12)
    assert last["added"] == 0


def test_equal_orders_keep_the_order_given():
    frame = sensitivity.cumulative(small(), order=[2020] * 4, labels=list("abcd"))
    assert frame["added"].tolist() == list("abcd")


def test_subgroups_and_their_test_are_those_of_metafor():
    reference = REPEATS["subgroups"]
    ours = sensitivity.subgroups(bcg(), COUNTS["alloc"])
    assert ours.frame["group"].tolist() == reference["names"]
    assert_allclose(np.log(ours.frame["estimate"]), reference["estimate"], rtol=CLOSED)
    assert_allclose(ours.frame["tau2"], reference["tau2"], rtol=CLOSED)
    assert_allclose([ours.Q, ours.p_value], [reference["Q"], reference["p"]], rtol=CLOSED)
    assert ours.df == 2


def test_the_test_between_groups_does_not_depend_on_the_interval():
    groups = COUNTS["alloc"]
    by_t = sensitivity.subgroups(bcg(interval="hartung-knapp"), groups)
    assert by_t.Q == sensitivity.subgroups(bcg(), groups).Q
    assert set(by_t.frame["interval"]) == {"hartung-knapp"}


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("rstudent", "rstudent"),
        ("dffits", "dffits"),
        ("cook", "cook.d"),
        ("covariance_ratio", "cov.r"),
        ("tau2", "tau2.del"),
        ("Q", "QE.del"),
        ("hat", "hat"),
        ("dfbetas", "dfbetas"),
    ],
)
def test_influence_is_that_of_metafor(number, ours, theirs):
    reference = REPEATS["influence"][number]
    frame = influence(pooling.random_effects(reference["yi"], reference["vi"]))
    assert_allclose(frame[ours], reference[theirs], rtol=CLOSED)
    assert frame["influential"].tolist() == reference["influential"]


def test_all_subsets_of_six_trials_are_those_of_metafor():
    whole = bcg()
    six = pooling.random_effects(whole.data.effect[:6], whole.data.variance[:6])
    ours = sensitivity.all_subsets(six)
    reference = REPEATS["gosh"]
    assert len(ours) == 63

    def sort(k, estimate):
        return np.lexsort((np.round(estimate, 8), k))

    mine = sort(ours["k"], ours["estimate"])
    theirs = sort(reference["k"], reference["estimate"])
    for part in ("k", "estimate", "tau2", "I2", "Q"):
        ordered = np.array(reference[part])[theirs]
        assert_allclose(ours[part].to_numpy()[mine], ordered, rtol=CLOSED, atol=1e-12)


def test_all_subsets_of_thirteen_trials_are_8191_and_say_who_is_in():
    frame = sensitivity.all_subsets(bcg(), labels=[f"T{i}" for i in range(13)])
    members = frame.filter(like="includes ")
    assert frame.shape[0] == 8191
    assert members.columns[0] == "includes T0"
    assert (members.sum(axis=1) == frame["k"]).all()
    assert not members.duplicated().any()
    assert_allclose(frame["estimate"].iloc[-1], bcg().estimate, rtol=1e-12)


def test_a_sample_of_subsets_is_reproducible_and_without_repeats():
    fit = pooling.random_effects(np.arange(30) / 10, 0.5)
    first = sensitivity.all_subsets(fit, sample=200, seed=1)
    again = sensitivity.all_subsets(fit, sample=200, seed=1)
    assert first.equals(again)
    assert not first.filter(like="includes ").duplicated().any()
    assert not first.equals(sensitivity.all_subsets(fit, sample=200, seed=2))
    most = sensitivity.all_subsets(small(), sample=14)
    assert len(most.filter(like="includes ").drop_duplicates()) == 14


def test_correlated_effects_are_repeated_with_their_covariance():
    cov = np.array([[0.3, 0.1, 0.0], [0.1, 0.4, 0.0], [0.0, 0.0, 0.2]])
    fit = pooling.random_effects([0.1, 0.9, -0.7], covariance=cov, control=["a", "a", "b"])
    frame = sensitivity.leave_one_out(fit)
    alone = pooling.random_effects([0.1, 0.9], covariance=cov[:2, :2], control=["a", "a"])
    assert_allclose(frame.loc[2, "estimate"], alone.estimate, rtol=1e-12)
    assert_allclose(frame.loc[2, "tau2"], alone.tau2, rtol=1e-10, atol=1e-14)
    subsets = sensitivity.all_subsets(fit)
    assert_allclose(subsets["estimate"].iloc[-1], fit.estimate, rtol=1e-12)
    assert len(sensitivity.robustness(fit)) == (5 * 3 + 3) * 4
    groups = sensitivity.subgroups(fit, ["x", "x", "y"])
    assert groups.df == 1
    with pytest.raises(ValueError, match="effects in different groups correlate"):
        sensitivity.subgroups(fit, ["x", "y", "y"])


def test_repeats_of_a_subset_of_correlated_effects_carry_its_r_call():
    cov = np.array([[0.3, 0.1, 0.0], [0.1, 0.4, 0.0], [0.0, 0.0, 0.2]])
    fit = pooling.random_effects([0.1, 0.9, -0.7], covariance=cov)
    pair = pooling.repool(fit, keep=np.array([[True, True, False]]))
    assert pair.r_call(0) == pooling.random_effects([0.1, 0.9], covariance=cov[:2, :2]).r_call()
    with pytest.raises(ValueError, match="take one subset at a time"):
        pair.tau2_interval()


def test_masked_studies_take_no_part_in_repeats():
    y, v = small().data.effect, small().data.variance
    masked = pooling.random_effects(y, v, mask=[True, False, True, True])
    frame = sensitivity.leave_one_out(masked, labels=list("abcd"))
    assert frame["left_out"].tolist() == ["a", "c", "d"]
    plain = pooling.random_effects(y[[0, 2, 3]], v[[0, 2, 3]])
    assert_allclose(frame["estimate"], sensitivity.leave_one_out(plain)["estimate"], rtol=1e-12)


def test_robustness_holds_every_convention_with_and_without_each_study():
    frame = sensitivity.robustness(bcg())
    # (6 estimators + the common effect) x 3 intervals x (all + 13 left out)
    assert len(frame) == 7 * 3 * 14
    keys = ["model", "tau2_method", "interval", "left_out"]
    assert not frame.duplicated(keys).any()
    own = frame.query("tau2_method == 'reml' and interval == 'wald' and left_out == ''").iloc[0]
    assert_allclose(own["estimate"], bcg().estimate, rtol=1e-14)
    assert not own["flips"]


def test_robustness_names_the_cases_in_which_the_conclusion_flips():
    fit = pooling.random_effects([0.5, 0.6, 0.4, 0.9], 0.03, interval="wald")
    frame = sensitivity.robustness(fit)
    assert (frame["flips"] == (frame["conclusion"] != "above")).all()
    # Three studies by t with 2 degrees of freedom are not enough when the fourth stands out.
    flipped = frame[frame["flips"]]
    assert set(flipped["interval"]) <= {"hartung-knapp", "hartung-knapp-safeguarded"}
    assert not flipped.empty


def test_robustness_against_another_null():
    fit = small(interval="wald")
    frame = sensitivity.robustness(fit, null=-1.0)
    assert (frame["conclusion"] == "above").all()
    assert not frame["flips"].any()


def test_robustness_of_one_study_has_nothing_to_leave_out():
    frame = sensitivity.robustness(pooling.random_effects([0.5], [0.01], interval="wald"))
    assert set(frame["left_out"]) == {""}
    assert frame.groupby("interval")["flips"].all()["hartung-knapp"]


def test_robustness_of_a_common_effect_includes_random_effects():
    frame = sensitivity.robustness(pooling.common_effect([0.1, 0.5, 0.9], 0.02))
    assert set(frame["model"]) == {"random", "common"}


@pytest.mark.parametrize("number", [0, 1])
def test_egger_is_the_regression_of_metafor(number):
    case = ORACLE["egger"][number]
    ours = egger(pooling.random_effects(case["yi"], case["vi"]))
    assert_allclose(
        [ours.bias, ours.se, ours.t, ours.df, ours.p_value, ours.limit, ours.limit_se],
        [case[part] for part in ("bias", "se", "t", "df", "p", "limit", "limit_se")],
        rtol=CLOSED,
    )
    assert_allclose([ours.lower, ours.upper], case["confint"], rtol=CLOSED)


def test_egger_of_effects_on_a_line_is_certain_and_of_a_flat_line_is_not():
    # Powers of two, so that the line has no residual from rounding.
    se = 2.0 ** -np.arange(10)
    assert egger(pooling.random_effects(np.zeros(10), se**2)).p_value == 1
    assert egger(pooling.random_effects(2 * se, se**2)).p_value < 1e-9
    for intercept, slope in ((1 / 3, 0), (1 / 3, 0.1), (0, -7), (0.1 + 0.2, 1e3)):
        found = egger(pooling.random_effects(intercept + slope * se, se**2))
        assert (found.se, found.lower) == (0, found.bias)
        assert found.p_value == (slope == 0)
        assert "limits have no width" in found.notes[0]


def test_a_funnel_region_holds_its_share_around_the_pooled_effect():
    fit = bcg()
    plot = funnel(fit, levels=[0.95])
    widest = plot.region.iloc[-1]
    assert widest["se"] == plot.points["se"].max()
    assert_allclose(widest["upper"] - plot.centre, 1.959963984540054 * widest["se"], rtol=1e-12)
    assert_allclose(plot.points["weight"].sum(), 1, rtol=1e-12)


@pytest.mark.parametrize("function", [egger, funnel])
def test_below_ten_studies_egger_and_funnel_are_refused_with_the_reason(function):
    nine = pooling.random_effects(np.arange(9.0), np.arange(1, 10))
    with pytest.raises(ValueError, match=r"at least 10 studies, but there are 9: .* from chance"):
        function(nine)
    with pytest.raises(ValueError, match="there is 1"):
        function(pooling.random_effects([1.0], 1))
    correlated = pooling.random_effects(np.arange(10.0), covariance=np.eye(10) + 0.1)
    with pytest.raises(ValueError, match="independent effects"):
        function(correlated)


def test_egger_needs_standard_errors_that_differ():
    with pytest.raises(ValueError, match="but all are equal"):
        egger(pooling.random_effects(np.arange(10.0), 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sensitivity.leave_one_out(pooling.random_effects([1.0], 1)), "at least 2 studies"),
        (
            lambda: sensitivity.leave_one_out(pooling.random_effects([[1.0, 2.0]], 1)),
            r"one meta-analysis, but the result holds those of shape \(1,\)",
        ),
        (lambda: sensitivity.leave_one_out(small(), labels=["a"]), "labels must hold one value"),
        (
            lambda: sensitivity.cumulative(small(), order=[1, 2, np.nan, 4]),
            r"order\[2\] is missing",
        ),
        (lambda: sensitivity.subgroups(small(), ["a"] * 4), "at least 2 of them, not 1"),
        (lambda: sensitivity.subgroups(small(), ["a", None, "b", "b"]), r"groups\[1\] is missing"),
        (lambda: influence(pooling.random_effects([1.0, 2.0], 1)), "at least 3 studies, not 2"),
        (
            lambda: influence(pooling.random_effects([1, 2, 3], covariance=np.eye(3))),
            "independent effects",
        ),
        (
            lambda: sensitivity.all_subsets(pooling.random_effects(np.arange(18.0), 1)),
            "18 studies have 262143 subsets: ask for a sample",
        ),
        (lambda: sensitivity.all_subsets(small(), sample=16), "sample must be from 1 to 15"),
        (lambda: sensitivity.robustness(small(), intervals=["t"]), "interval must be one of"),
        *(
            (lambda no=no: sensitivity.robustness(small(), labels=["a", no, "b", no]), "is missing")
            for no in (None, np.nan, pd.NA)
        ),
    ],
)
def test_what_cannot_be_repeated_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@given(
    st.integers(3, 6).flatmap(
        lambda k: st.tuples(
            st.lists(st.floats(-3, 3), min_size=k, max_size=k),
            st.lists(st.floats(0.05, 2), min_size=k, max_size=k),
            st.permutations(range(k)),
        )
    )
)
@settings(deadline=None, max_examples=40)
def test_the_order_of_studies_only_orders_the_repeats(case):
    y, v, order = (np.array(part) for part in case)
    frame = sensitivity.leave_one_out(pooling.random_effects(y, v))
    again = sensitivity.leave_one_out(pooling.random_effects(y[order], v[order]))
    for part in ("estimate", "tau2", "I2"):
        assert_allclose(again[part], frame[part].to_numpy()[order], rtol=1e-6, atol=1e-9)
