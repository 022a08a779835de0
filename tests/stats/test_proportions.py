"""Limits for a proportion against base R, Newcombe 1998 and statsmodels, and their coverage."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from atopic.stats.proportions import METHODS, Interval, interval

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/proportions/values.json").read_text())

#: Worst difference seen is 3e-11, for mid-P limits near 4e-6, where 1 - p keeps 11 digits of p;
#: next 9e-12, where R rounds 1 - tail at the level 0.999999.
RTOL = 1e-10
#: Rounding of two evaluations that should agree.
ULPS = 1e-14
#: Beta quantiles of 10^6 patients, the largest tried, keep 11 digits.
LARGE = 1e-10

pairs = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.01, 0.9999)
methods = st.sampled_from(METHODS)


@pytest.mark.parametrize("method", [m for m in METHODS if m != "agresti-coull"])
def test_limits_equal_those_of_base_r(method):
    rows = [row for row in ORACLE["rows"] if row["method"] == method]
    assert len(rows) == 224
    for level in {row["level"] for row in rows}:
        same = [row for row in rows if row["level"] == level]
        x, n, lower, upper = (
            np.array([row[name] for row in same], float)
            for name in ("responders", "n", "lower", "upper")
        )
        found = interval(x, n, level, method)
        np.testing.assert_allclose(found.lower, lower, rtol=RTOL, atol=0)
        np.testing.assert_allclose(found.upper, upper, rtol=RTOL, atol=0)


# Newcombe 1998, methods 3 to 6; four digits printed.
@pytest.mark.parametrize(
    ("method", "responders", "n", "lower", "upper"),
    [
        ("wilson", 81, 263, 0.2553, 0.3662),
        ("clopper-pearson", 81, 263, 0.2527, 0.3676),
        ("wilson-cc", 81, 263, 0.2535, 0.3682),
        ("mid-p", 81, 263, 0.2544, 0.3658),
        ("clopper-pearson", 15, 148, 0.0578, 0.1617),
        ("wilson", 15, 148, 0.0624, 0.1605),
        ("wilson", 0, 20, 0.0, 0.1611),
        ("clopper-pearson", 0, 20, 0.0, 0.1684),
        ("mid-p", 0, 20, 0.0, 0.1391),
        ("clopper-pearson", 1, 29, 0.0009, 0.1776),
    ],
)
def test_limits_equal_the_table_of_newcombe_1998(method, responders, n, lower, upper):
    found = interval(responders, n, method=method)
    assert (found.lower.round(4), found.upper.round(4)) == (lower, upper)


@pytest.mark.parametrize(
    ("responders", "n", "lower", "upper"), [(4, 5, 0.2836, 0.9949), (6, 11, 0.2338, 0.8325)]
)
def test_clopper_pearson_limits_of_small_arms(responders, n, lower, upper):
    found = interval(responders, n)
    assert (found.lower.round(4), found.upper.round(4)) == (lower, upper)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("agresti-coull", "agresti_coull"),
        ("clopper-pearson", "beta"),
        ("wilson", "wilson"),
        ("jeffreys", "jeffreys"),
    ],
)
def test_limits_equal_those_of_statsmodels_where_both_groups_are_seen(method, name, level):
    from statsmodels.stats.proportion import proportion_confint

    # With nobody or everybody responding, statsmodels leaves the Jeffreys limit off its bound.
    n = np.array([3, 10, 29, 263, 5000])
    x = np.array([1, 9, 1, 81, 17])
    lower, upper = proportion_confint(x, n, alpha=1 - level, method=name)
    found = interval(x, n, level, method)
    np.testing.assert_allclose(found.lower, lower, rtol=RTOL, atol=ULPS)
    np.testing.assert_allclose(found.upper, upper, rtol=RTOL, atol=ULPS)


@pytest.mark.parametrize(
    ("method", "share"), [("clopper-pearson", 1.0), ("mid-p", 2.0)], ids=["exact", "mid-p"]
)
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999999])
def test_the_limit_without_responders_has_its_closed_form(method, share, level):
    # (1 - p)^n = tail. At the level 0.999999 and n = 10^6, R is off by 8e-12 here.
    n = np.array([1, 20, 10**6])
    log_share = np.log(share * (1 - level) / 2) / n
    upper, lower = interval(0, n, level, method).upper, interval(n, n, level, method).lower
    np.testing.assert_allclose(upper, -np.expm1(log_share), rtol=ULPS)
    np.testing.assert_allclose(lower, np.exp(log_share), rtol=ULPS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 11, 1000])
def test_nobody_and_everybody_responding_reach_the_bounds(method, n):
    nobody, everybody = interval(0, n, method=method), interval(n, n, method=method)
    assert nobody.lower == 0.0
    assert 0.0 < nobody.upper < 1.0
    assert 0.0 < everybody.lower < 1.0
    assert everybody.upper == 1.0


def test_mid_p_limits_solve_their_equation():
    n = np.repeat([2, 7, 30, 400], 399)
    x = np.concatenate([np.resize(np.arange(1, size), 399) for size in (2, 7, 30, 400)])
    for level in (0.8, 0.95, 0.9999):
        tail = (1 - level) / 2
        lower, upper = interval(x, n, level, "mid-p")
        above = special.betainc(x, n - x + 1, lower) + special.betainc(x + 1, n - x, lower)
        below = special.betaincc(x, n - x + 1, upper) + special.betaincc(x + 1, n - x, upper)
        # An upper limit within 1e-7 of 1 keeps nine digits of what is left.
        np.testing.assert_allclose(above / 2, tail, rtol=1e-9)
        np.testing.assert_allclose(below / 2, tail, rtol=1e-9)


def coverage(n, level, method, shares):
    x = np.arange(n + 1)
    log_choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    p = shares[:, np.newaxis]
    probability = np.exp(log_choose + special.xlogy(x, p) + special.xlog1py(n - x, -p))
    lower, upper = interval(x, n, level, method)
    return np.where((lower <= p) & (p <= upper), probability, 0.0).sum(axis=1)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_clopper_pearson_coverage_is_never_below_its_level(level):
    for n in (*range(1, 41), 88, 150):
        # Coverage is lowest just outside a limit, where one count stops being covered.
        limits = np.concatenate(interval(np.arange(n + 1), n, level))
        near = np.concatenate([limits - 1e-12, limits, limits + 1e-12])
        shares = np.concatenate([np.linspace(0, 1, 201), near[(near > 0) & (near < 1)]])
        assert coverage(n, level, "clopper-pearson", shares).min() >= level - 1e-10


@pytest.mark.parametrize("method", ["wilson", "jeffreys", "agresti-coull", "mid-p"])
def test_coverage_of_the_approximate_methods_is_near_the_level_on_average(method):
    shares = np.linspace(0.0005, 0.9995, 1000)
    for n in (10, 20, 36, 50, 100):
        covered = coverage(n, 0.95, method, shares)
        assert 0.949 < covered.mean() < 0.97
        # Wilson is the lowest, near 0 and 1.
        assert covered.min() > 0.83


@given(pairs, levels, methods)
def test_limits_are_finite_and_ordered(pair, level, method):
    lower, upper = interval(*pair, level, method)
    assert 0.0 <= lower <= upper <= 1.0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", [5e-324, 1e-16, 1e-9, 0.5, 1 - 1e-12, 1 - 2**-53])
def test_limits_are_finite_and_ordered_at_extreme_levels_and_sizes(method, level):
    for n in (1, 2, 3, 50, 999, 10**6, 10**9):
        few = np.arange(min(n, 40) + 1)
        x = np.concatenate([few, n - few, np.floor(n * np.linspace(0, 1, 17))])
        lower, upper = interval(x, n, level, method)
        assert np.all((lower >= 0) & (lower <= upper) & (upper <= 1))


@given(pairs, st.floats(0.5, 0.9999), methods)
def test_limits_enclose_the_observed_share(pair, level, method):
    x, n = pair
    lower, upper = interval(x, n, level, method)
    assert lower * (1 - ULPS) <= x / n <= upper * (1 + ULPS)


@given(pairs, levels, methods)
def test_relabelling_responders_mirrors_the_limits(pair, level, method):
    x, n = pair
    lower, upper = interval(x, n, level, method)
    mirrored = interval(n - x, n, level, method)
    np.testing.assert_allclose(1 - lower, mirrored.upper, rtol=LARGE, atol=ULPS)
    np.testing.assert_allclose(1 - upper, mirrored.lower, rtol=LARGE, atol=ULPS)


@given(pairs, levels, levels, methods)
def test_a_higher_level_encloses_a_lower_one(pair, level, other, method):
    inner = interval(*pair, min(level, other), method)
    outer = interval(*pair, max(level, other), method)
    assert outer.lower <= inner.lower * (1 + LARGE)
    assert outer.upper * (1 + LARGE) >= inner.upper


@given(pairs, levels)
def test_mid_p_limits_lie_within_those_of_clopper_pearson(pair, level):
    exact, mid = interval(*pair, level), interval(*pair, level, "mid-p")
    assert exact.lower <= mid.lower * (1 + LARGE)
    assert mid.upper <= exact.upper * (1 + LARGE)


@given(pairs, levels)
def test_agresti_coull_limits_enclose_those_of_wilson(pair, level):
    # Shown by Brown, Cai and DasGupta 2001.
    score, adjusted = interval(*pair, level, "wilson"), interval(*pair, level, "agresti-coull")
    assert adjusted.lower <= score.lower * (1 + ULPS) + ULPS
    assert score.upper <= adjusted.upper * (1 + ULPS)


@pytest.mark.parametrize("method", METHODS)
def test_arrays_broadcast_and_agree_with_single_calls(method):
    x, n = np.array([[0], [3], [8]]), np.array([8, 20, 31, 1000])
    found = interval(x, n, 0.9, method)
    assert isinstance(found, Interval)
    assert found.lower.shape == found.upper.shape == (3, 4)
    for i, j in np.ndindex(3, 4):
        single = interval(x[i, 0], n[j], 0.9, method)
        assert isinstance(single.lower, np.ndarray)
        assert (single.lower, single.upper) == (found.lower[i, j], found.upper[i, j])


@pytest.mark.parametrize("method", METHODS)
def test_no_counts_give_no_limits(method):
    lower, upper = interval([], [], method=method)
    assert lower.shape == upper.shape == (0,)


@pytest.mark.parametrize(
    ("responders", "n", "message"),
    [
        ([1, 5], [4, 3], r"responders\[1\] = 5 is more than n\[1\] = 3"),
        (0, 0, "n = 0 must be at least 1"),
        (-1, 10, "responders = -1 must be at least 0"),
        (3.5, 10, "responders = 3.5 is not a whole number"),
        ([1, np.nan], 10, r"responders\[1\] = nan is not a whole number"),
        (1, np.inf, "n = inf is not a whole number"),
    ],
)
def test_impossible_counts_are_refused(responders, n, message):
    with pytest.raises(ValueError, match=message):
        interval(responders, n)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan"), "high"])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match="level must"):
        interval(1, 2, level)


@pytest.mark.parametrize("method", ["wald", "", None, "Wilson"])
def test_an_unknown_method_is_refused_with_those_known(method):
    known = "clopper-pearson, wilson, wilson-cc, jeffreys, agresti-coull, mid-p"
    with pytest.raises(ValueError, match=f"method must be one of {known}, not {method!r}"):
        interval(1, 2, method=method)


def test_importing_the_room_does_not_import_scipy_stats():
    check = "import sys, atopic.stats.proportions; sys.exit('scipy.stats' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)
