"""Intervals of changes against base R and metafor."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.stats import changes

VALUES = json.loads((Path(__file__).parents[1] / "oracles/changes/values.json").read_text())
ARMS = {name: np.array(column) for name, column in VALUES["arms"].items()}

#: Worst seen is 1e-13; R's samples hold their mean and SD to the last few bits only.
RTOL = 1e-11

means = st.floats(-100, 100)
spreads = st.floats(0.01, 100)
sizes = st.integers(2, 5000)


def arms(**options):
    one = changes.from_spread(ARMS["mean_1"], ARMS["sd_1"], ARMS["n_1"], kind="sd", **options)
    other = changes.from_spread(ARMS["mean_0"], ARMS["sd_0"], ARMS["n_0"], kind="sd", **options)
    return one, other


def from_r(case, name):
    return np.array([two[case][name] for two in VALUES["two"]])


def test_one_arm_interval_agrees_with_r_t_test():
    one, _ = arms()
    for name in ("lower", "upper", "se"):
        np.testing.assert_allclose(getattr(one, name), from_r("one", name), rtol=RTOL)


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("welch", {}),
        ("pooled", {"variance": "pooled"}),
        ("welch_90", {"level": 0.9}),
    ],
)
def test_difference_agrees_with_r_t_test(case, options):
    found = changes.difference(*arms(), **options)
    for name in ("lower", "upper", "df", "statistic", "p_value", "se"):
        np.testing.assert_allclose(getattr(found, name), from_r(case, name), rtol=RTOL)


def test_difference_with_the_normal_quantile_agrees_with_metafor():
    found = changes.difference(*arms(), quantile="normal")
    for name in ("lower", "upper", "p_value", "se"):
        np.testing.assert_allclose(getattr(found, name), from_r("normal", name), rtol=RTOL)
    assert np.isinf(found.df).all()


@pytest.mark.parametrize("variance", ["welch", "pooled"])
def test_kangstem_difference_of_easi_changes_is_the_normal_interval(variance):
    # Quoted as -4.35 (-8.37 to -0.32): both variances print so with 1.96, neither with t.
    active = changes.from_spread(-10.54, 13.56, 88, kind="unlabelled", assume="sd")
    placebo = changes.from_spread(-6.194, 13.11, 81, kind="unlabelled", assume="sd")
    found = changes.difference(active, placebo, variance=variance, quantile="normal")
    printed = [found.estimate, found.lower, found.upper]
    np.testing.assert_array_equal(np.round(printed, 2), [-4.35, -8.37, -0.32])
    student = changes.difference(active, placebo, variance=variance)
    assert np.round(student.upper, 2) == -0.29
    assert [str(label) for label in found.spread] == ["assumed sd", "assumed sd"]


@given(means, spreads, sizes, st.floats(0.5, 0.999))
def test_printed_limits_give_back_the_spread_they_were_made_of(mean, sd, n, level):
    made = changes.from_spread(mean, sd, n, kind="sd", level=level)
    back = changes.from_limits(mean, made.lower, made.upper, n, printed_level=level)
    # The limits lose digits against a mean that is large beside the spread.
    assert float(back.sd) == pytest.approx(sd, rel=1e-9 * max(1, abs(mean) / (sd / n**0.5)))
    assert back.spread == "ci by t"


def test_limits_made_with_the_normal_quantile_are_read_with_it():
    found = changes.from_limits(-5, -5 - 1.959963984540054, -5 + 1.959963984540054, 10,
                                printed_quantile="normal")  # fmt: skip
    assert found.se == pytest.approx(1.0, rel=1e-14)
    assert found.upper - found.estimate > 2.26
    assert found.spread == "ci by normal"


@given(means, spreads, sizes, st.floats(0.01, 0.99))
def test_intervals_are_finite_ordered_and_widen_with_the_level(mean, spread, n, level):
    narrow = changes.from_spread(mean, spread, n, kind="se", level=level * 0.9)
    wide = changes.from_spread(mean, spread, n, kind="se", level=level)
    assert -np.inf < wide.lower <= narrow.lower <= mean <= narrow.upper <= wide.upper < np.inf


@given(means, spreads, sizes, means, spreads, sizes, st.sampled_from(["welch", "pooled"]))
def test_difference_changes_sign_when_the_arms_swap(mean, sd, n, mean_0, sd_0, n_0, variance):
    one = changes.from_spread(mean, sd, n, kind="sd")
    other = changes.from_spread(mean_0, sd_0, n_0, kind="sd")
    found = changes.difference(one, other, variance=variance)
    swapped = changes.difference(other, one, variance=variance)
    assert float(found.lower) == pytest.approx(-float(swapped.upper), rel=1e-9, abs=1e-9)
    assert float(found.p_value) == pytest.approx(float(swapped.p_value), rel=1e-9, abs=1e-300)
    assert min(n, n_0) - 1 - 1e-9 <= found.df <= n + n_0 - 2 + 1e-9


def test_kinds_may_differ_by_row_and_only_unlabelled_ones_are_assumed():
    found = changes.from_spread(
        [-5, -5, -5], [12, 2, 12], 36, kind=["sd", "se", "unlabelled"], assume="sd"
    )
    np.testing.assert_allclose(found.se, 2.0)
    assert found.spread.tolist() == ["sd", "se", "assumed sd"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], 3, 10), {"kind": ["sd", "unlabelled"]}, r"spread\[1\] = 3 is unlabelled"),
        ((1, 3, 10), {"kind": "range"}, r"kind = 'range' is not one of sd, se, unlabelled"),
        ((1, 3, 10), {"kind": "unlabelled", "assume": "iqr"}, r"assume must be 'sd' or 'se'"),
        ((1, 0, 10), {"kind": "sd"}, r"spread = 0 must be above 0"),
        ((1, [3, -1], 10), {"kind": "sd"}, r"spread\[1\] = -1 must be above 0"),
        ((1, 3, 1), {"kind": "sd"}, r"n = 1 must be a whole number of at least 2"),
        ((1, 3, 2.5), {"kind": "sd"}, r"n = 2.5 must be a whole number"),
        ((np.nan, 3, 5), {"kind": "sd"}, r"mean = nan is not a finite number"),
        (("low", 3, 5), {"kind": "sd"}, r"mean must be numbers"),
        (([1, 2], [1, 2, 3], 5), {"kind": "sd"}, r"shapes do not broadcast: mean \(2,\)"),
        ((1, 3, 5), {"kind": "sd", "level": 95}, r"level must lie strictly between 0 and 1"),
    ],
)
def test_from_spread_refuses_in_one_sentence(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        changes.from_spread(*arguments, **options)


def test_impossible_limits_and_options_are_refused():
    with pytest.raises(ValueError, match=r"mean = 5 is outside its limits"):
        changes.from_limits(5, -1, 1, 10)
    with pytest.raises(ValueError, match=r"lower = 1 is not below upper"):
        changes.from_limits(1, 1, 1, 10)
    with pytest.raises(ValueError, match="printed_quantile must be one of t, normal"):
        changes.from_limits(0, -1, 1, 10, printed_quantile="z")
    with pytest.raises(ValueError, match="variance must be one of welch, pooled"):
        changes.difference(*arms(), variance="equal")
