"""Trials in which nobody or everybody responded: no answer may be made of a correction alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.stats import contrasts, doseresponse, pooling

N_1, N_0 = [50, 40, 60], [48, 45, 55]
NONE = [0, 0, 0]
RULES = ["only-zero", "if-any-zero", "all"]


@pytest.mark.parametrize("continuity", RULES)
@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
@pytest.mark.parametrize("model", ["random", "common"])
@pytest.mark.parametrize(
    ("one", "zero"), [(NONE, NONE), (N_1, N_0), ([0, 40, 0], [0, 45, 0])], ids=str
)
def test_trials_that_show_nothing_are_refused(one, zero, model, measure, continuity):
    options = {"measure": measure, "model": model, "continuity": continuity}
    with pytest.raises(ValueError, match="the continuity correction alone; for the risk diff"):
        pooling.pool_contrasts(one, N_1, zero, N_0, **options)
    both = [one, [1, 2, 3]], N_1, [zero, [2, 3, 4]], N_0
    with pytest.raises(ValueError, match=r"\(meta-analysis 0\)"):
        pooling.pool_contrasts(*both, **options)


def test_what_a_correction_adds_is_told():
    some = pooling.pool_contrasts(
        [0, 3, 5], N_1, [0, 1, 2], N_0, measure="RR", continuity="only-zero"
    )
    assert "1 of 3 trials, in which nobody or everybody responded" in some.notes[-1]
    every = pooling.pool_contrasts(
        [0, 0, 5], N_1, [1, 3, 0], N_0, measure="OR", continuity="only-zero"
    )
    assert every.notes[-1].startswith("0.5 was added to the cells of every trial")
    plain = pooling.pool_contrasts([1, 3, 5], N_1, [1, 1, 2], N_0, measure="RR")
    assert not any("0.5" in note for note in plain.notes)


@pytest.mark.parametrize("control", [None, ["a", "b", "c"]])
def test_parts_with_nothing_but_corrections_are_nan_or_refused(control):
    fit = pooling.pool_contrasts(
        [0, 3, 0], N_1, [0, 1, 0], N_0, measure="RR", continuity="only-zero", control=control
    )
    numbers = ["estimate", "se", "lower", "upper", "tau2", "prediction_lower"]
    left = pooling.leave_one_out(fit)
    assert left[numbers].isna().all(axis=1).tolist() == [False, True, False]
    added = pooling.cumulative(fit, order=[1, 3, 2])
    assert added["estimate"].isna().tolist() == [True, True, False]
    robust = pooling.robustness(fit)
    assert (robust["conclusion"] == "not estimable").equals(robust["left_out"] == 1)
    with pytest.raises(ValueError, match="group low: nobody or everybody responded"):
        pooling.subgroups(fit, ["low", "high", "low"])
    part = pooling.repool(fit, keep=np.array([[True, False, True], [True, True, True]]))
    assert "nobody or everybody responded in both arms" in part.notes[-1]
    assert np.isnan(part.estimate).tolist() == [True, False]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(2, 90)), min_size=2, max_size=5), st.data())
def test_single_arms_that_are_all_alike_have_the_exact_interval_by_every_method(arms, data):
    n = [size for _, size in arms]
    everybody = data.draw(st.booleans())
    found = [
        pooling.pool_proportions(n if everybody else [0] * len(n), n, method=method)
        for method in pooling.single_arm.METHODS
    ]
    assert {(one.estimate, one.lower, one.upper) for one in found} == {
        (found[0].estimate, found[0].lower, found[0].upper)
    }
    assert found[0].upper - found[0].lower > 1 / (1 + sum(n))
    assert all("patient responded" in one.notes[0] for one in found)


@pytest.mark.parametrize("share", [0, 1])
def test_no_signal_is_made_of_the_correction(share):
    n = np.array([20, 40, 80])
    with pytest.raises(ValueError, match="would be the continuity correction alone"):
        doseresponse.mcp_mod([0, 1, 2], share * n, n, continuity=0.5)


@pytest.mark.parametrize(("measure", "method"), [("RR", "katz"), ("OR", "woolf")])
@pytest.mark.parametrize("rule", ["haldane-anscombe", "haldane-anscombe-zero-cells"])
def test_a_comparison_made_by_the_correction_alone_says_so(measure, method, rule):
    def notes(*arms, continuity=rule):
        return contrasts.compare(*arms, measure=measure, method=method, continuity=continuity).notes

    (note,) = notes(0, 20, 0, 30)
    assert "trial 1: nobody responded in either arm" in note
    assert note.endswith("are the continuity correction alone")
    assert "trial 2: everybody responded in both arms" in notes([3, 20], 20, [0, 30], 30)[0]
    assert notes([3, 0], 20, [0, 4], 30) == ()
    assert notes(0, 20, 0, 30, continuity=None) == ()
