"""Stratified two-arm effects against metafor, base R and enumeration."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atopic.stats.pooling import cumulative, leave_one_out, strata

CASES = json.loads((Path(__file__).parents[1] / "oracles/strata/values.json").read_text())["cases"]

#: Closed forms; worst seen 4e-14.
RTOL = 1e-12
#: Log factorials near 1e5 cancel; worst seen 2.2e-11, for the BCG trials.
RTOL_EXACT = 1e-10
#: `mantelhaen.test` stops its search for the odds ratio, or its inverse if above 1, here.
ATOL_R_ROOT = 1.3e-4


def tables_of(name):
    return tuple(CASES[name][key] for key in ("a", "n1", "c", "n0"))


def test_the_grid_of_reference_cases_is_complete():
    assert sorted(CASES) == ["bcg", "berkeley", "empty_cells", "rabbits"]


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
@pytest.mark.parametrize("name", sorted(CASES))
def test_mantel_haenszel_equals_metafor(name, measure):
    result = strata.mantel_haenszel(*tables_of(name), measure=measure)
    reference = CASES[name]["mh"][measure]
    assert result.effect == pytest.approx(reference["effect"], rel=RTOL)
    assert result.se == pytest.approx(reference["se"], rel=RTOL)
    assert result.p_value == pytest.approx(reference["p_value"], rel=RTOL)


@pytest.mark.parametrize("name", sorted(CASES))
def test_peto_equals_metafor(name):
    result, reference = strata.peto(*tables_of(name)), CASES[name]["peto"]
    assert result.effect == pytest.approx(reference["effect"], rel=RTOL)
    assert result.se == pytest.approx(reference["se"], rel=RTOL)


@pytest.mark.parametrize("name", sorted(CASES))
def test_exact_conditional_test_equals_r(name):
    tables, reference = tables_of(name), CASES[name]["exact"]
    result = strata.exact_conditional_test(*tables)
    assert result.p_value == pytest.approx(reference["p_value"], rel=RTOL_EXACT)
    for side in ("less", "greater"):
        p_value = strata.exact_conditional_test(*tables, alternative=side).p_value
        assert p_value == pytest.approx(reference[f"p_{side}"], rel=RTOL_EXACT)
    found = [result.odds_ratio, result.lower, result.upper]
    tight = [reference[key] for key in ("odds_ratio", "lower", "upper")]
    np.testing.assert_allclose(found, tight, rtol=RTOL_EXACT)
    for ours, loose in zip(found, reference["loose"], strict=True):
        assert min(ours, 1 / ours) == pytest.approx(min(loose, 1 / loose), abs=ATOL_R_ROOT)


def test_published_values_of_the_bcg_trials():
    tables = tables_of("bcg")
    for measure, effect, se in [
        ("OR", -0.4734110, 0.0410078),
        ("RR", -0.4537096, 0.0393374),
        ("RD", -0.00328818, 0.00028666),
    ]:
        result = strata.mantel_haenszel(*tables, measure=measure)
        assert result.effect == pytest.approx(effect, abs=6e-8)
        assert result.se == pytest.approx(se, abs=6e-8)
    result = strata.peto(*tables)
    assert (result.effect, result.se) == pytest.approx((-0.4744463, 0.0406591), abs=6e-8)


@pytest.mark.parametrize("pool", ["OR", "RR", "RD", "Peto"])
@pytest.mark.parametrize("name", sorted(CASES))
def test_heterogeneity_and_each_left_out_equal_metafor(name, pool):
    tables, case = tables_of(name), CASES[name]
    fit = strata.peto(*tables) if pool == "Peto" else strata.mantel_haenszel(*tables, measure=pool)
    reference = case["peto"] if pool == "Peto" else case["mh"][pool]
    found = [fit.Q, fit.Q_p, fit.I2]
    np.testing.assert_allclose(found, [reference[n] for n in ("Q", "Q_p", "I2")], rtol=1e-10)
    frame = leave_one_out(fit)
    if reference.get("without"):
        columns = ["effect", "se", "p_value", "Q", "Q_p", "I2"]
        np.testing.assert_allclose(
            frame[columns].to_numpy().ravel(), reference["without"], rtol=1e-9
        )
    assert len(frame) == len(tables[0])
    last = cumulative(fit, order=np.arange(len(tables[0])), labels=list("abcdefghijklm")[: fit.k])
    assert last.iloc[-1][["effect", "se", "Q"]].tolist() == pytest.approx(
        [fit.effect, fit.se, fit.Q]
    )


@pytest.mark.parametrize(
    ("treated", "control", "measure", "effect", "who"),
    [
        ((0, 0, 0), (0, 0, 0), "RD", 0, "nobody responded in any stratum"),
        ((10, 12, 20), (11, 12, 19), "RD", 0, "everybody responded in every stratum"),
        ((10, 12, 20), (11, 12, 19), "RR", 1, "everybody responded in every stratum"),
        ((0, 12, 20), (0, 12, 19), "RD", 0, "nobody or everybody responded in every arm"),
        ((0, 12, 20), (0, 12, 19), "RR", 1, "nobody or everybody responded in every arm"),
        ((10, 12, 20), (0, 0, 0), "RD", 1, "nobody or everybody responded in every arm"),
        ((0, 0, 0), (11, 12, 19), "RD", -1, "nobody or everybody responded in every arm"),
    ],
)
def test_an_effect_that_is_certain_comes_without_an_interval(
    treated, control, measure, effect, who
):
    n_1, n_0 = (10, 12, 20), (11, 12, 19)
    fit = strata.mantel_haenszel(treated, n_1, control, n_0, measure=measure)
    assert fit.estimate == effect
    lowest = 0 if measure == "RR" else -np.inf
    assert (fit.se, fit.lower, fit.upper, fit.p_value) == (np.inf, lowest, np.inf, 1)
    assert who in fit.notes[0]
    both = [[each, (1, 2, 3)] for each in (treated, control)]
    many = strata.mantel_haenszel(both[0], n_1, both[1], n_0, measure=measure)
    assert many.estimate[0] == effect
    assert np.isfinite([many.lower[1], many.upper[1]]).all()
    assert many.notes[0].startswith("1 of 2 meta-analyses: ")
    frame = leave_one_out(fit, labels=["a", "b", "c"])
    assert (frame["estimate"] == effect).all()
    assert frame["note"].str.contains("show no standard error").all()


def test_a_ratio_that_leaving_one_out_undoes_is_nan_and_says_so():
    fit = strata.mantel_haenszel([0, 0, 5], [10, 12, 20], [0, 0, 2], [11, 12, 19])
    frame = leave_one_out(fit)
    assert frame["effect"].isna().tolist() == [False, False, True]
    assert frame["note"].iloc[2] == "the effect is undefined"
    assert fit.sums[0] / fit.sums[1] == pytest.approx(fit.estimate)


def test_several_meta_analyses_at_once_equal_one_at_a_time():
    tables = [np.asarray(each) for each in tables_of("bcg")]
    leave_one_out = [np.array([np.delete(each, i) for i in range(13)]) for each in tables]
    for pool in (strata.peto, strata.mantel_haenszel):
        many = pool(*leave_one_out)
        assert many.effect.shape == (13,)
        alone = [pool(*(each[i] for each in leave_one_out)) for i in range(13)]
        np.testing.assert_allclose(many.effect, [one.effect for one in alone], rtol=1e-14)
        np.testing.assert_allclose(many.upper, [one.upper for one in alone], rtol=1e-14)


def test_one_stratum_is_fishers_test():
    from scipy.stats import fisher_exact

    result = strata.exact_conditional_test([3], [10], [8], [10])
    assert result.p_value == pytest.approx(fisher_exact([[3, 7], [8, 2]]).pvalue, rel=1e-12)


def test_a_margin_that_leaves_one_table_gives_p_1_and_no_odds_ratio():
    result = strata.exact_conditional_test([0, 5], [4, 5], [0, 6], [7, 6])
    assert (result.p_value, result.odds_ratio) == (1, None)
    assert (result.lower, result.upper) == (0, np.inf)


def test_the_largest_possible_sum_gives_an_infinite_odds_ratio_with_a_lower_limit():
    result = strata.exact_conditional_test([5, 4], [5, 4], [0, 1], [5, 6])
    assert result.odds_ratio == np.inf
    assert 1 < result.lower < result.upper == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: strata.mantel_haenszel([0], [5], [2], [5]), "the odds ratio is 0, infinite"),
        (
            lambda: strata.mantel_haenszel([0], [5], [0], [5], measure="RR"),
            "the risk ratio is 0, infinite",
        ),
        (lambda: strata.mantel_haenszel([1], [5], [0], [5], measure="HR"), "one of OR, RR, RD"),
        (lambda: strata.peto([5, 0], [5, 4], [3, 0], [3, 5]), "no stratum has both"),
        (lambda: strata.peto([6], [5], [2], [5]), r"responders_1\[0\] = 6 is more"),
        (lambda: strata.peto([2], [5], [6, 1], [5, 2]), r"responders_0\[0\] = 6 is more"),
        (lambda: strata.peto([2, 1, 0], [5, 5, 5], [1, 1], [5, 2]), "do not broadcast"),
        (lambda: strata.peto([], [], [], []), "at least one stratum"),
        (lambda: strata.exact_conditional_test([[1]], [[5]], [[2]], [[5]]), "one meta-analysis"),
        (
            lambda: strata.exact_conditional_test([1], [5], [2], [5], alternative="both"),
            "alternative must be",
        ),
        (
            lambda: strata.peto([[1], [0]], [[5], [5]], [[2], [0]], [[5], [5]]),
            r"meta-analysis \[1\]: no stratum",
        ),
    ],
)
def test_refusals_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_r_calls_hold_the_counts_and_the_level():
    tables = ([1, 4], [10, 12], [3, 6], [10, 11])
    assert strata.mantel_haenszel(*tables, measure="RR", level=0.9).r_call() == (
        'metafor::rma.mh(measure="RR", ai=c(1,4), n1i=c(10,12), ci=c(3,6), n2i=c(10,11), level=90)'
    )
    assert strata.exact_conditional_test(*tables).r_call() == (
        "mantelhaen.test(array(c(1,9,3,7,4,8,6,5), c(2, 2, 2)), exact=TRUE, "
        'alternative="two.sided", conf.level=0.95)'
    )
    many = strata.peto([[1], [2]], [[5], [5]], [[2], [2]], [[5], [5]])
    with pytest.raises(ValueError, match="one meta-analysis at a time"):
        many.r_call()


arm = st.integers(1, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
trials = st.lists(st.tuples(arm, arm), min_size=1, max_size=6)


def columns(pairs):
    return tuple(
        np.array(column) for column in zip(*(one + two for one, two in pairs), strict=True)
    )


@given(trials, st.sampled_from(["OR", "RR", "RD"]))
@settings(max_examples=150, deadline=None)
def test_swapping_arms_flips_the_effect(pairs, measure):
    a, n1, c, n0 = columns(pairs)
    try:
        result = strata.mantel_haenszel(a, n1, c, n0, measure=measure)
    except ValueError as error:
        if "in every stratum" in str(error) or "no stratum" in str(error):
            return
        raise
    swapped = strata.mantel_haenszel(c, n0, a, n1, measure=measure)
    assert swapped.effect == pytest.approx(-result.effect, rel=1e-9, abs=1e-12)
    assert swapped.se == pytest.approx(result.se, rel=1e-9)
    assert result.lower < result.estimate < result.upper
    assert 0 <= result.p_value <= 1
    if measure == "OR":
        relabelled = strata.mantel_haenszel(n1 - a, n1, n0 - c, n0)
        assert relabelled.effect == pytest.approx(-result.effect, rel=1e-9, abs=1e-12)


@given(trials)
@settings(max_examples=60, deadline=None)
def test_exact_limits_hold_the_estimate_and_agree_with_the_one_sided_tests(pairs):
    a, n1, c, n0 = columns(pairs)
    result = strata.exact_conditional_test(a, n1, c, n0)
    assert 0 < result.p_value <= 1
    assume(result.odds_ratio is not None)
    assert result.lower <= result.odds_ratio <= result.upper
    greater = strata.exact_conditional_test(a, n1, c, n0, alternative="greater")
    less = strata.exact_conditional_test(a, n1, c, n0, alternative="less")
    assert greater.p_value + less.p_value >= 1
    if abs(greater.p_value - 0.025) > 1e-6:
        assert (greater.p_value < 0.025) == (result.lower > 1)
    swapped = strata.exact_conditional_test(c, n0, a, n1)
    assert swapped.p_value == pytest.approx(result.p_value, rel=1e-9)
    if 0 < result.odds_ratio < np.inf:
        assert swapped.odds_ratio == pytest.approx(1 / result.odds_ratio, rel=1e-9)


@given(trials)
@settings(max_examples=60, deadline=None)
def test_exact_p_value_equals_enumeration_by_simple_convolution(pairs):
    from math import comb

    a, n1, c, n0 = (np.asarray(each).tolist() for each in columns(pairs))
    ways = {0: 1}
    for x, m, y, k in zip(a, n1, c, n0, strict=True):
        hits, step = x + y, {}
        for total, count in ways.items():
            for i in range(max(0, hits - k), min(m, hits) + 1):
                step[total + i] = step.get(total + i, 0) + count * comb(m, i) * comb(k, hits - i)
        ways = step
    expected = sum(w for w in ways.values() if w <= ways[sum(a)] * (1 + 1e-7))
    p_value = strata.exact_conditional_test(a, n1, c, n0).p_value
    assert p_value == pytest.approx(expected / sum(ways.values()), rel=1e-9)
