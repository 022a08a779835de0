import json
import subprocess
import sys
import time
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, ndtri, xlog1py, xlogy

from atopic.stats.contrasts import (
    CONTINUITIES,
    METHODS,
    chi_square_test,
    compare,
    exact_test,
    fragility_index,
    number_needed_to_treat,
    p_value_bounds,
)
from atopic.stats.contrasts.exact_tests import TESTS, p_values_of_all_tables
from atopic.stats.contrasts.printed_p import CompatibleCounts

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/contrasts/values.json").read_text())
ROWS = ORACLE["tables"]
TABLES = np.array([row["table"] for row in ROWS], dtype=float).T

#: Closed forms, and roots that both sides find to the last bits; the largest seen is 1e-14.
RTOL = 1e-12
#: Limits near 0 lose digits to the subtraction of two rates, which leaves this much.
ATOL = 1e-14
#: Largest probability over the common rate: both sides climb the same peaks; 4e-14 seen.
RTOL_PEAK = 1e-10
#: Published to four decimals.
PRINTED = 5e-5

INTERVALS = [(measure, method) for measure, methods in METHODS.items() for method in methods]
EXACT_TESTS = ["fisher", "barnard", "boschloo", "boschloo-minlike"]


#: Few, since every example runs several methods; no deadline, since machines differ.
examples = settings(max_examples=50, deadline=None)


def number(value) -> float:
    return float({"NA": "nan"}.get(value, value))


def column(name) -> np.ndarray:
    return np.array([[number(v) for v in np.ravel(row[name])] for row in ROWS]).T.squeeze()


def limits(result) -> np.ndarray:
    return np.array([result.lower, result.upper])


def every_table(most):
    sizes = [(a, b) for a in range(1, most + 1) for b in range(1, most + 1)]
    return np.array(
        [(x1, a, x0, b) for a, b in sizes for x1 in range(a + 1) for x0 in range(b + 1)]
    ).T


@st.composite
def tables(draw, most=60):
    n1, n0 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n0)), n0


# Intervals against other software


def test_newcombe_agrees_with_r():
    np.testing.assert_allclose(limits(compare(*TABLES)), column("newcombe"), RTOL, ATOL)


def test_miettinen_nurminen_difference_agrees_with_its_definition_in_r():
    result = compare(*TABLES, method="miettinen-nurminen")
    np.testing.assert_allclose(limits(result), column("mn_difference"), RTOL, ATOL)


def test_miettinen_nurminen_ratio_agrees_with_its_definition_in_r():
    result = compare(*TABLES, measure="RR", method="miettinen-nurminen")
    np.testing.assert_allclose(limits(result), column("mn_ratio"), RTOL)


def test_conditional_exact_agrees_with_its_definition_in_r():
    result = compare(*TABLES, measure="OR", method="conditional-exact")
    ours = [result.estimate, result.lower, result.upper, result.se]
    np.testing.assert_allclose(ours, column("conditional"), RTOL)


def test_conditional_exact_is_nearer_the_root_than_fisher_test():
    # The upper limit for 9/10 v 3/10, where fisher.test is off by 0.8%: tail (1 - level) / 2.
    row = next(row for row in ROWS if row["table"] == [9, 10, 3, 10])
    ours = float(compare(9, 10, 3, 10, measure="OR").upper)

    def tail_error(odds_ratio):
        weights = np.array([comb(10, k) * comb(10, 12 - k) * odds_ratio**k for k in range(2, 11)])
        return abs(weights[: 9 - 2 + 1].sum() / weights.sum() - 0.025)

    assert tail_error(ours) < 1e-13
    assert tail_error(row["fisher_test_limits"][1]) > 1e-5


@pytest.mark.parametrize(
    ("measure", "method", "name"), [("RR", "katz", "log_rr"), ("OR", "woolf", "log_or")]
)
@pytest.mark.parametrize(
    ("continuity", "suffix"),
    [(None, ""), ("haldane-anscombe", "_all"), ("haldane-anscombe-zero-cells", "_only0")],
)
def test_log_ratio_and_its_error_agree_with_metafor(measure, method, name, continuity, suffix):
    result = compare(*TABLES, measure=measure, method=method, continuity=continuity)
    expected = column(name + suffix)
    # metafor has no value at a zero cell, and a standard error of 0 where all responded.
    comparable = np.isfinite(expected).all(axis=0) & (expected[1] > 0)
    assert comparable.sum() >= 13
    ours = np.array([np.log(result.estimate[comparable]), result.se[comparable]])
    np.testing.assert_allclose(ours, expected[:, comparable], RTOL, ATOL)
    spread = ndtri(0.975) * ours[1]
    np.testing.assert_allclose(np.log(result.lower[comparable]), ours[0] - spread, RTOL, ATOL)
    np.testing.assert_allclose(np.log(result.upper[comparable]), ours[0] + spread, RTOL, ATOL)


def test_risk_difference_and_its_error_agree_with_metafor():
    result = compare(*TABLES)
    np.testing.assert_allclose([result.estimate, result.se], column("rd"), RTOL, ATOL)


@pytest.mark.parametrize(
    ("table", "method", "lower", "upper"),
    [
        ((56, 70, 48, 80), "miettinen-nurminen", 0.0528, 0.3382),
        ((56, 70, 48, 80), "newcombe", 0.0524, 0.3339),
        ((0, 10, 0, 20), "miettinen-nurminen", -0.1658, 0.2844),
        ((0, 10, 0, 20), "newcombe", -0.1611, 0.2775),
        ((10, 10, 0, 20), "miettinen-nurminen", 0.7156, 1),
        ((10, 10, 0, 20), "newcombe", 0.6791, 1),
        ((4, 11, 6, 11), "miettinen-nurminen", -0.5407, 0.2329),
    ],
)
def test_differences_published_by_newcombe_1998(table, method, lower, upper):
    result = compare(*table, method=method)
    assert limits(result) == pytest.approx([lower, upper], abs=PRINTED)


def test_newcombe_agrees_with_statsmodels():
    from statsmodels.stats.proportion import confint_proportions_2indep

    for table in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 0, 20), (14, 59, 4, 55)]:
        expected = confint_proportions_2indep(*table, method="newcomb", compare="diff")
        assert limits(compare(*table)) == pytest.approx(expected, rel=RTOL, abs=ATOL)


# Intervals: what must hold whatever the counts


@pytest.mark.parametrize(("measure", "method"), INTERVALS)
def test_every_table_up_to_12_has_ordered_limits_around_its_estimate(measure, method):
    x1, n1, x0, n0 = every_table(12)
    result = compare(x1, n1, x0, n0, measure=measure, method=method)
    none = 0 if measure == "RD" else 1
    undefined = (
        np.zeros(x1.size, dtype=bool)
        if measure == "RD"
        else (x1 + x0 == 0) | ((measure == "OR") & (x1 + x0 == n1 + n0))
    )
    assert np.array_equal(np.isnan(result.estimate), undefined)
    assert not np.isnan(limits(result)).any()
    assert (result.lower <= result.upper).all()
    estimate = np.where(undefined, none, result.estimate)
    # The sample's odds ratio may lie a rounding off a limit that it equals.
    assert (result.lower <= estimate + ATOL).all()
    assert (estimate <= result.upper + ATOL).all()
    low, high = (-1, 1) if measure == "RD" else (0, np.inf)
    assert (result.lower >= low).all()
    assert (result.upper <= high).all()
    assert not np.isnan(result.se).any()


@pytest.mark.parametrize("method", ["miettinen-nurminen", "conditional-exact"])
def test_a_ratio_has_no_lower_limit_only_where_arm_1_has_no_responder(method):
    x1, n1, x0, n0 = every_table(8)
    measure = "RR" if method == "miettinen-nurminen" else "OR"
    result = compare(x1, n1, x0, n0, measure=measure, method=method)
    fewest = np.maximum(0, x1 + x0 - n0) if measure == "OR" else 0
    most = np.minimum(n1, x1 + x0) if measure == "OR" else x1 + x0
    assert np.array_equal(result.lower == 0, x1 == fewest)
    assert np.array_equal(result.upper == np.inf, x1 == most)


@pytest.mark.parametrize("method", ["katz", "woolf"])
def test_large_sample_ratios_at_a_zero_cell_run_from_0_to_infinity(method):
    measure = "RR" if method == "katz" else "OR"
    result = compare([0, 2, 0, 5], [10, 35, 9, 5], [3, 0, 0, 5], [10, 35, 9, 5], measure=measure,
                     method=method)  # fmt: skip
    assert result.estimate[:2].tolist() == [0, np.inf]
    assert np.isnan(result.estimate[2])
    assert result.lower.tolist() == [0] * 4
    assert result.upper.tolist() == [np.inf] * 4
    assert result.se.tolist() == [np.inf] * 4


def test_katz_sets_limits_where_everybody_responded_in_one_arm():
    result = compare(5, 5, 3, 6, measure="RR", method="katz")
    assert float(result.se) == pytest.approx(np.sqrt(1 / 3 - 1 / 6))


@examples
@given(tables())
def test_swapping_arms_flips_differences_exactly(table):
    x1, n1, x0, n0 = table
    for method in METHODS["RD"]:
        result = compare(x1, n1, x0, n0, method=method)
        swapped = compare(x0, n0, x1, n1, method=method)
        assert result.estimate == -swapped.estimate
        assert result.lower == -swapped.upper
        assert result.upper == -swapped.lower
        assert result.se == swapped.se


@examples
@given(tables())
def test_swapping_arms_inverts_ratios(table):
    x1, n1, x0, n0 = table
    for measure in ("RR", "OR"):
        for method in METHODS[measure]:
            result = compare(x1, n1, x0, n0, measure=measure, method=method)
            swapped = compare(x0, n0, x1, n1, measure=measure, method=method)
            with np.errstate(divide="ignore"):
                np.testing.assert_allclose(result.estimate, 1 / swapped.estimate, RTOL)
                np.testing.assert_allclose(result.lower, 1 / swapped.upper, 1e-10)
                np.testing.assert_allclose(result.upper, 1 / swapped.lower, 1e-10)


@examples
@given(tables())
def test_counting_non_responders_flips_differences_and_inverts_odds_ratios(table):
    x1, n1, x0, n0 = table
    for method in METHODS["RD"]:
        result = compare(x1, n1, x0, n0, method=method)
        other = compare(n1 - x1, n1, n0 - x0, n0, method=method)
        np.testing.assert_allclose(limits(result), -limits(other)[::-1], RTOL, 1e-13)
    for method in METHODS["OR"]:
        result = compare(x1, n1, x0, n0, measure="OR", method=method)
        other = compare(n1 - x1, n1, n0 - x0, n0, measure="OR", method=method)
        with np.errstate(divide="ignore"):
            np.testing.assert_allclose(limits(result), 1 / limits(other)[::-1], 1e-10)


@examples
@given(tables(), st.floats(0.5, 0.98))
def test_a_higher_level_never_narrows_an_interval(table, level):
    for measure, method in INTERVALS:
        narrow = compare(*table, measure=measure, method=method, level=level)
        wide = compare(*table, measure=measure, method=method, level=level + 0.01)
        assert wide.lower <= narrow.lower + ATOL
        assert wide.upper * (1 + RTOL) >= narrow.upper - ATOL


@examples
@given(tables())
def test_miettinen_nurminen_leaves_no_difference_out_as_the_score_test_does(table):
    x1, n1, x0, n0 = table
    pooled = (x1 + x0) / (n1 + n0)
    total = n1 + n0
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n0) * total / (total - 1)
    score = 0 if variance == 0 else abs(x1 / n1 - x0 / n0) / np.sqrt(variance)
    significant = score > ndtri(0.975)
    difference = compare(*table, method="miettinen-nurminen")
    assert ((difference.lower > 0) | (difference.upper < 0)) == significant
    ratio = compare(*table, measure="RR", method="miettinen-nurminen")
    assert ((ratio.lower > 1) | (ratio.upper < 1)) == significant


@pytest.mark.parametrize("n", [3, 10**5])
@pytest.mark.parametrize(("measure", "method"), INTERVALS)
def test_extreme_levels_and_sizes_stay_in_order(n, measure, method):
    for level in (1e-6, 1 - 1e-12):
        x1 = np.array([0, 1, n // 2, n - 1, n])
        result = compare(x1, n, x1[:, None], n, measure=measure, method=method, level=level)
        assert (result.lower <= result.upper + ATOL).all()


def binomial(n, p):
    k = np.arange(n + 1)[:, None]
    return np.exp(
        gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlog1py(n - k, -p)
    )


@pytest.mark.parametrize(
    ("measure", "method", "least", "mean"),
    [
        # Lowest coverage over 25 x 25 pairs of rates, and the mean, at 95%, by enumeration.
        ("RD", "newcombe", 0.88, 0.95),
        ("RD", "miettinen-nurminen", 0.93, 0.95),
        ("RR", "miettinen-nurminen", 0.85, 0.95),
        ("RR", "katz", 0.81, 0.95),
        ("OR", "woolf", 0.94, 0.95),
        ("OR", "conditional-exact", 0.95, 0.95),
    ],
)
@pytest.mark.parametrize(("n1", "n0"), [(10, 10), (8, 15), (20, 20)])
def test_coverage_by_enumeration(measure, method, least, mean, n1, n0):
    rates = np.linspace(0.02, 0.98, 25)
    p1, p0 = rates[:, None], rates[None, :]
    truth = {"RD": p1 - p0, "RR": p1 / p0, "OR": p1 / (1 - p1) * (1 - p0) / p0}[measure]
    result = compare(
        np.arange(n1 + 1)[:, None], n1, np.arange(n0 + 1), n0, measure=measure, method=method
    )
    lower, upper = (a[:, :, None, None] for a in (result.lower - 1e-12, result.upper + 1e-12))
    covered = (lower <= truth) & (truth <= upper)
    chance1, chance0 = binomial(n1, rates), binomial(n0, rates)
    coverage = np.einsum("ai,bj,abij->ij", chance1, chance0, covered.astype(float), optimize=True)
    assert coverage.min() >= least
    assert coverage.mean() >= mean


# Shapes, conventions, refusals


def test_trials_broadcast_and_equal_one_at_a_time():
    x1, n1, x0, n0 = every_table(3)
    for measure, method in INTERVALS:
        together = compare(x1, n1, x0, n0, measure=measure, method=method)
        for i in range(0, x1.size, 7):
            alone = compare(x1[i], n1[i], x0[i], n0[i], measure=measure, method=method)
            assert alone.estimate.shape == ()
            np.testing.assert_allclose(together.lower[i], alone.lower, RTOL)
            np.testing.assert_allclose(together.upper[i], alone.upper, RTOL)
    grid = compare(np.arange(4)[:, None], 5, np.arange(3), 6)
    assert grid.lower.shape == (4, 3)


def test_conditional_exact_is_the_same_in_blocks(monkeypatch):
    from atopic.stats.contrasts import conditional_odds

    x1, n1, x0, n0 = every_table(4)
    whole = compare(x1, n1, x0, n0, measure="OR")
    monkeypatch.setattr(conditional_odds, "BLOCK", 50)
    parts = compare(x1, n1, x0, n0, measure="OR")
    np.testing.assert_allclose(limits(parts), limits(whole), RTOL)
    np.testing.assert_allclose(parts.estimate, whole.estimate, RTOL)


def test_no_trials_give_no_rows():
    for measure, method in INTERVALS:
        assert compare([], [], [], [], measure=measure, method=method).to_frame().empty
    assert exact_test([], [], [], []).shape == (0,)


def test_result_names_its_conventions():
    result = compare([1, 2], 9, [0, 3], 9, measure="OR", method="woolf",
                     continuity="haldane-anscombe-zero-cells", level=0.9)  # fmt: skip
    frame = result.to_frame()
    assert list(frame.columns) == [
        "estimate", "lower", "upper", "se", "measure", "method", "level", "continuity",
    ]  # fmt: skip
    assert frame.loc[1, "measure":].tolist() == ["OR", "woolf", 0.9, "haldane-anscombe-zero-cells"]


def test_continuity_is_off_unless_asked_and_then_only_where_named():
    tables = ([0, 3], 10, [2, 4], 10)
    plain = compare(*tables, measure="RR", method="katz")
    zero_cells = compare(*tables, measure="RR", method="katz", continuity=CONTINUITIES[1])
    everywhere = compare(*tables, measure="RR", method="katz", continuity=CONTINUITIES[0])
    assert plain.continuity is None
    assert plain.estimate[0] == 0
    assert zero_cells.estimate.tolist() == pytest.approx([0.5 / 2.5, 3 / 4])
    assert everywhere.estimate.tolist() == pytest.approx([0.5 / 2.5, 3.5 / 4.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: compare([1, 7], [3, 5], 1, 3),
            r"^responders_1\[1\] = 7 is more than n_1\[1\] = 5$",
        ),
        (lambda: compare(1, 3, 1, 0), r"^n_0 = 0 must be at least 1$"),
        (lambda: compare(1, 3, 1.5, 3), r"^responders_0 = 1\.5 is not a whole number$"),
        (lambda: compare([1, 2], 3, [1, 2, 3], 3), r"^arm 1 of shape \(2,\) and arm 0 of shape"),
        (
            lambda: compare(1, 3, 1, 3, measure="HR"),
            "^measure must be one of RD, RR, OR, not",
        ),
        (lambda: compare(1, 3, 1, 3, method="katz"), "^method of RD must be one of newcombe, "),
        (lambda: compare(1, 3, 1, 3, continuity="half"), "^continuity must be one of haldane-"),
        (lambda: compare(1, 3, 1, 3, continuity=CONTINUITIES[0]), "^method 'newcombe' needs no "),
        (lambda: compare(1, 3, 1, 3, level=95), "did you mean 0.95"),
        (lambda: number_needed_to_treat(1, 3, 1, 3, response="ill"), "^response must be one of"),
        (lambda: number_needed_to_treat(1, 3, 1, 3, method="katz"), "^method of RD must be one of"),
        (lambda: exact_test(1, 3, 1, 3, test="mid-p"), "^test must be one of fisher, "),
        (lambda: exact_test(1, 3, 1, 3, alternative="up"), "^alternative must be one of"),
        (
            lambda: exact_test(1, 3, 1, 3, test="boschloo-minlike", alternative="less"),
            "^test 'boschloo-minlike' has no alternative 'less': use 'boschloo'$",
        ),
        (lambda: p_value_bounds(0.038, 36, 36), "^p_printed must be text, with the digits"),
        (
            lambda: p_value_bounds("ns", 36, 36),
            "^p_printed must be a number from 0 to 1, not 'ns'$",
        ),
        (
            lambda: p_value_bounds("38", 36, 36),
            "^p_printed must be a number from 0 to 1, not '38'$",
        ),
        (lambda: p_value_bounds("nan", 36, 36), "^p_printed must be a number from 0 to 1, not"),
        (lambda: p_value_bounds("<.05", 36, 36, operator=">"), "has another sign than operator"),
        (lambda: p_value_bounds("<0", 36, 36), "^no p value is < 0$"),
        (lambda: p_value_bounds(">1", 36, 36), "^no p value is > 1$"),
        (lambda: p_value_bounds(".05", 36, 0), "^n_0 = 0 must be at least 1$"),
        (lambda: p_value_bounds(".05", [36, 40], 36), r"^n_1 must be one number, not \[36, 40\]$"),
        (lambda: p_values_of_all_tables(3, 3, test="z"), "^test must be one of chi-square, "),
        (
            lambda: p_value_bounds(".05", 36, 36, tests=["z"]),
            "^tests must be one of chi-square, ",
        ),
        (lambda: p_value_bounds(".05", 36, 36, tests=[]), "^tests must name at least one test"),
        (lambda: p_value_bounds(".05", 36, 36, favours="arm"), "^favours must be one of 1, 0"),
        (lambda: p_value_bounds(".05", 36, 36, operator="~"), "^operator must be one of =, "),
    ],
)
def test_invalid_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_importing_contrasts_does_not_import_scipy_stats():
    code = "import sys, atopic.stats.contrasts; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ten_thousand_score_intervals_take_well_under_a_second():
    rng = np.random.default_rng(1)
    n1, n0 = rng.integers(5, 100, (2, 10_000))
    x1, x0 = rng.binomial(n1, 0.5), rng.binomial(n0, 0.3)
    started = time.perf_counter()
    compare(x1, n1, x0, n0, method="miettinen-nurminen")
    compare(x1, n1, x0, n0, measure="RR")
    assert time.perf_counter() - started < 1


# Number needed to treat


def test_number_needed_to_treat_inverts_the_difference():
    risk = compare(56, 70, 48, 80)
    needed = number_needed_to_treat(56, 70, 48, 80)
    assert not needed.through_infinity
    assert [float(v) for v in (needed.estimate, needed.best, needed.worst)] == pytest.approx(
        [1 / risk.estimate, 1 / risk.upper, 1 / risk.lower]
    )
    assert needed.text() == ["NNTB 5.0 (3.0 to 19.1)"]


def test_number_needed_to_treat_runs_through_infinity_when_the_difference_crosses_zero():
    needed = number_needed_to_treat(9, 40, 3, 20)
    assert needed.through_infinity
    assert needed.best > 0 > needed.worst
    assert needed.text(digits=0) == ["NNTB 13 (NNTB 4 to ∞ to NNTH 6)"]


def test_number_needed_to_treat_without_a_difference():
    needed = number_needed_to_treat(5, 10, 5, 10)
    assert needed.estimate == np.inf
    assert needed.text() == ["no difference (NNTB 2.7 to ∞ to NNTH 2.7)"]


def test_number_needed_to_treat_with_a_limit_of_zero_ends_at_infinity():
    from atopic.stats.contrasts.needed_to_treat import from_difference

    edges = np.array([0.1, -0.1]), np.array([0.0, -0.2]), np.array([0.2, 0.0])
    needed = from_difference(*edges, 0.95, "newcombe")
    assert needed.text() == ["NNTB 10.0 (5.0 to ∞)", "NNTH 10.0 (5.0 to ∞)"]


@examples
@given(tables())
def test_numbers_needed_to_benefit_and_to_harm_mirror_each_other(table):
    x1, n1, x0, n0 = table
    good = number_needed_to_treat(x1, n1, x0, n0)
    bad = number_needed_to_treat(x1, n1, x0, n0, response="bad")
    swapped = number_needed_to_treat(x0, n0, x1, n1)
    assert bad.text() == swapped.text()
    assert good.through_infinity == bad.through_infinity
    if good.estimate != np.inf:
        assert good.estimate == -bad.estimate
        assert good.text()[0].startswith("NNTB" if x1 / n1 > x0 / n0 else "NNTH")


def test_number_needed_to_treat_frame_carries_text_and_conventions():
    frame = number_needed_to_treat([56, 9], [70, 40], [48, 3], [80, 20]).to_frame()
    assert frame["method"].tolist() == ["newcombe"] * 2
    assert frame["through_infinity"].tolist() == [False, True]
    assert frame["text"].str.startswith("NNTB").all()


# Tests


@pytest.mark.parametrize("corrected", [False, True])
def test_chi_square_agrees_with_r(corrected):
    expected = column("chi_square_corrected" if corrected else "chi_square")
    ours = chi_square_test(*TABLES, corrected=corrected)
    np.testing.assert_allclose(ours, expected, RTOL)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_fisher_agrees_with_r(alternative):
    name = "fisher" if alternative == "two-sided" else f"fisher_{alternative}"
    ours = exact_test(*TABLES, alternative=alternative)
    np.testing.assert_allclose(ours, column(name), RTOL)


@pytest.mark.parametrize(
    ("test", "alternative"),
    [
        ("barnard", "two-sided"),
        ("barnard", "less"),
        ("barnard", "greater"),
        ("boschloo", "two-sided"),
        ("boschloo", "less"),
        ("boschloo", "greater"),
        ("boschloo-minlike", "two-sided"),
    ],
)
def test_unconditional_tests_agree_with_their_definition_in_r(test, alternative):
    suffix = "" if alternative == "two-sided" else f"_{alternative}"
    rows = [row for row in ROWS if row["unconditional"]]
    assert len(rows) >= 29
    expected = [row["unconditional"][test.replace("-", "_") + suffix] for row in rows]
    arms = np.array([row["table"] for row in rows]).T
    ours = exact_test(*arms, test=test, alternative=alternative)
    np.testing.assert_allclose(ours, expected, RTOL_PEAK)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((2, 35, 0, 35), 0.493),
        ((3, 35, 0, 35), 0.239),
        ((9, 40, 3, 20), 0.734),
        ((6, 20, 0, 8), 0.141),
        ((14, 59, 4, 55), 0.0204),
    ],
)
def test_fisher_gives_p_values_printed_in_trials(table, p):
    assert exact_test(*table) == pytest.approx(p, abs=5e-4 if p > 0.1 else PRINTED)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_scipy_agrees_on_fisher_and_boschloo_and_never_exceeds_barnard(alternative):
    from scipy.stats import barnard_exact, boschloo_exact, fisher_exact

    for x1, n1, x0, n0 in [(1, 7, 4, 4), (5, 9, 3, 8), (7, 15, 12, 15), (2, 5, 1, 3), (0, 6, 5, 6)]:
        table = [[x1, x0], [n1 - x1, n0 - x0]]
        arms = (x1, n1, x0, n0)
        fisher = fisher_exact(table, alternative=alternative).pvalue
        assert exact_test(*arms, alternative=alternative) == pytest.approx(fisher, rel=RTOL)
        boschloo = boschloo_exact(table, alternative=alternative).pvalue
        ours = exact_test(*arms, test="boschloo", alternative=alternative)
        assert ours == pytest.approx(boschloo, rel=RTOL_PEAK)
        # scipy compares rounded scores, and so may drop tables that tie with the observed one.
        barnard = barnard_exact(table, alternative=alternative).pvalue
        assert exact_test(*arms, test="barnard", alternative=alternative) >= barnard * (1 - 1e-9)


def test_barnard_counts_the_mirror_image_of_a_table():
    # 1/7 v 4/4 ties with 6/7 v 0/4; with the more extreme 0/7 v 4/4 and 7/7 v 0/4 the tail holds
    # 16 of 2^11 outcomes at a common rate of one half, where it is largest.
    assert exact_test(1, 7, 4, 4, test="barnard") == pytest.approx(1 / 128, rel=RTOL)


def test_barnard_agrees_with_exact_fractions():
    # The tail laid down in fractions, its probability maximised over a grid of fractions.
    n1, n0 = 5, 4

    def squared_score(x1, x0):
        spread = (x1 + x0) * (n1 + n0 - x1 - x0)
        return Fraction((x1 * n0 - x0 * n1) ** 2, spread) if spread else Fraction(0)

    every = [(a, b) for a in range(n1 + 1) for b in range(n0 + 1)]
    rates = [Fraction(k, 400) for k in range(401)]
    for x1, x0 in every:
        tail = [t for t in every if squared_score(*t) >= squared_score(x1, x0)]
        shares = [0] * (n1 + n0 + 1)
        for a, b in tail:
            shares[a + b] += comb(n1, a) * comb(n0, b)
        largest = max(
            float(sum(c * r**s * (1 - r) ** (n1 + n0 - s) for s, c in enumerate(shares)))
            for r in rates
        )
        ours = exact_test(x1, n1, x0, n0, test="barnard")
        # The grid may miss the top of a peak, by no more than this.
        assert largest * (1 - RTOL) <= ours <= largest * (1 + 1e-4)


@pytest.mark.parametrize("test", EXACT_TESTS)
def test_exact_p_values_are_1_where_a_margin_is_0(test):
    assert exact_test([0, 5, 1, 0], [4, 5, 1, 1], [0, 3, 1, 0], [6, 3, 1, 1], test=test) == (
        pytest.approx(np.ones(4))
    )


def test_chi_square_p_values_are_1_where_a_margin_is_0():
    assert chi_square_test([0, 5], [4, 5], [0, 3], [6, 3]).tolist() == [1, 1]


@examples
@given(tables(most=12))
def test_tests_do_not_depend_on_the_names_of_arms_or_outcomes(table):
    x1, n1, x0, n0 = table
    for test in EXACT_TESTS:
        p = exact_test(*table, test=test)
        assert 0 < p <= 1
        assert p == pytest.approx(float(exact_test(x0, n0, x1, n1, test=test)), rel=1e-9)
        relabelled = exact_test(n1 - x1, n1, n0 - x0, n0, test=test)
        assert p == pytest.approx(float(relabelled), rel=1e-9)
    for test in ("fisher", "barnard", "boschloo"):
        less = exact_test(*table, test=test, alternative="less")
        greater = exact_test(x0, n0, x1, n1, test=test, alternative="greater")
        assert less == pytest.approx(float(greater), rel=1e-9)


@examples
@given(tables(most=12))
def test_boschloo_is_never_above_fisher(table):
    # Boschloo 1970: uniformly more powerful; for the doubled test, than Fisher's one-sided doubled.
    for side in ("less", "greater"):
        fisher = exact_test(*table, alternative=side)
        assert exact_test(*table, test="boschloo", alternative=side) <= fisher * (1 + 1e-9)
    minlike = exact_test(*table, test="boschloo-minlike")
    assert minlike <= exact_test(*table) * (1 + 1e-6)


@pytest.mark.parametrize("test", EXACT_TESTS)
@pytest.mark.parametrize(("n1", "n0"), [(10, 10), (8, 15), (21, 4)])
def test_exact_tests_keep_their_size_by_enumeration(test, n1, n0):
    rejected = p_values_of_all_tables(n1, n0, test=test) <= 0.05
    rates = np.linspace(0, 1, 201)
    size = np.einsum(
        "ai,bi,ab->i", binomial(n1, rates), binomial(n0, rates), rejected.astype(float)
    )
    assert size.max() <= 0.05


@pytest.mark.parametrize("test", TESTS)
def test_all_tables_at_once_equal_one_at_a_time(test):
    for n1, n0 in [(1, 1), (6, 4), (9, 9)]:
        p = p_values_of_all_tables(n1, n0, test=test)
        x1, x0 = np.indices(p.shape)
        if test in EXACT_TESTS:
            alone = exact_test(x1, n1, x0, n0, test=test)
        else:
            alone = chi_square_test(x1, n1, x0, n0, corrected=test.endswith("corrected"))
        np.testing.assert_allclose(p, alone, 1e-9)
        part = p_values_of_all_tables(n1, n0, test=test, within=(0.1, 0.6))
        np.testing.assert_allclose(part, np.where((p >= 0.1) & (p <= 0.6), p, np.nan), 1e-9)


def test_blocks_of_tails_equal_the_whole(monkeypatch):
    from atopic.stats.contrasts import unconditional

    whole = p_values_of_all_tables(9, 8, test="barnard")
    monkeypatch.setattr(unconditional, "BLOCK", 1000)
    np.testing.assert_allclose(p_values_of_all_tables(9, 8, test="barnard"), whole, 1e-12)


# Printed p values


def pairs(found: CompatibleCounts, test: str):
    rows = found.tables[found.tables["test"] == test]
    return list(zip(rows["responders_1"], rows["responders_0"], strict=True))


def test_p_038_of_36_against_36_is_the_corrected_chi_square_only():
    found = p_value_bounds(".038", 36, 36, favours="1")
    assert pairs(found, "chi-square-corrected") == [(15, 6), (30, 21)]
    assert set(found.tables["test"]) == {"chi-square-corrected"}
    assert found.within == pytest.approx((0.0375, 0.0385))
    summary = found.by_test.set_index("test")
    assert summary["tables"].to_dict() == {
        test: 2 if test == "chi-square-corrected" else 0 for test in TESTS
    }
    assert summary.loc["chi-square-corrected", "difference_min":].tolist() == pytest.approx(
        [0.25] * 4
    )
    assert summary.drop("chi-square-corrected").loc[:, "difference_min":].isna().all(axis=None)


def test_p_016_of_14_of_59_against_4_of_55_names_its_test():
    found = p_value_bounds("0.016", 59, 55, favours="1")
    fitting = {test for test in TESTS if (14, 4) in pairs(found, test)}
    # Boschloo by Fisher's two-sided p gives .0162; doubled, .0204, as Fisher's own.
    assert fitting == {"chi-square", "boschloo-minlike"}
    row = found.tables.query("test == 'chi-square' and responders_1 == 14").iloc[0]
    assert row["p"] == pytest.approx(0.01605, abs=5e-6)
    assert row["difference"] == pytest.approx(14 / 59 - 4 / 55)


@examples
@given(
    tables(most=10),
    st.sampled_from(TESTS),
    st.integers(1, 4),
    st.sampled_from(["ROUND_HALF_UP", "ROUND_HALF_EVEN"]),
)
def test_the_true_counts_are_always_among_the_compatible(table, test, decimals, rounding):
    from decimal import Decimal

    x1, n1, x0, n0 = table
    p = p_values_of_all_tables(n1, n0, test=test)[x1, x0]
    printed = str(Decimal(float(p)).quantize(Decimal(1).scaleb(-decimals), rounding=rounding))
    assert (x1, x0) in pairs(p_value_bounds(printed, n1, n0, tests=test), test)


def test_both_ways_of_rounding_a_half_are_accepted():
    assert exact_test(1, 1, 0, 7) == pytest.approx(1 / 8)
    assert (1, 0) in pairs(p_value_bounds("0.12", 1, 7, tests="fisher"), "fisher")
    assert (1, 0) in pairs(p_value_bounds("0.13", 1, 7, tests="fisher"), "fisher")


def test_signs_bound_the_p_value_strictly():
    below = p_value_bounds("<0.125", 1, 7, tests="fisher")
    above = p_value_bounds("0.125", 1, 7, tests="fisher", operator=">")
    at = p_value_bounds("0.125", 1, 7, tests="fisher")
    assert (below.operator, below.printed) == ("<", "0.125")
    assert (1, 0) not in pairs(below, "fisher")
    assert (1, 0) not in pairs(above, "fisher")
    assert (1, 0) in pairs(at, "fisher")
    assert len(below.tables) + len(above.tables) + len(at.tables) == 2 * 8
    below_1 = p_value_bounds("<1", 1, 7, tests="fisher")
    certain = p_value_bounds("1.0000000", 1, 7, tests="fisher")
    assert len(below_1.tables) + len(certain.tables) == 2 * 8


def test_leading_zero_and_sign_do_not_matter_but_digits_do():
    short, long = (p_value_bounds(text, 20, 20, tests="fisher") for text in (".05", "= 0.05"))
    assert short.tables.equals(long.tables)
    assert len(p_value_bounds("0.050", 20, 20, tests="fisher").tables) < len(short.tables)


def test_favours_keeps_one_direction():
    both = p_value_bounds(".02", 30, 28, tests="chi-square")
    towards_1 = p_value_bounds(".02", 30, 28, tests="chi-square", favours="1")
    towards_0 = p_value_bounds(".02", 30, 28, tests="chi-square", favours="0")
    assert (towards_1.tables["difference"] > 0).all()
    assert (towards_0.tables["difference"] < 0).all()
    assert len(towards_1.tables) + len(towards_0.tables) == len(both.tables)


def test_p_1_holds_the_tables_without_a_departure():
    found = pairs(p_value_bounds("1.00", 6, 6, tests="fisher"), "fisher")
    assert {(k, k) for k in range(7)} <= set(found)


def test_the_grid_of_reference_tables_is_complete():
    zero_cells = ((TABLES[0] == 0) | (TABLES[0] == TABLES[1])) & (
        (TABLES[2] == 0) | (TABLES[2] == TABLES[3])
    )
    assert TABLES.shape == (4, 31)
    assert zero_cells.sum() >= 10
    assert set(ORACLE["software"]) == {"R", "metafor"}


def test_counts_too_large_for_the_conditional_odds_ratio_are_refused():
    with pytest.raises(ValueError, match="use method='woolf'"):
        compare(10**8, 10**9, 10**8 + 5000, 10**9, measure="OR")


# Counted by R 4.2.2 in tests/oracles/contrasts; the first is Walsh 2014, J Clin Epidemiol 67:622.
@pytest.mark.parametrize(
    ("table", "index", "arm"),
    [
        ((1, 100, 9, 100), 1, "1"),
        ((14, 59, 4, 55), 2, "0"),
        ((13, 506, 28, 499), 3, "1"),
        ((20, 200, 15, 50), 15, "1"),  # fewer events in arm 0, which has the higher rate
        ((28, 88, 22, 81), 0, ""),
        ((0, 10, 0, 20), 0, ""),
    ],
)
def test_fragility_counts_patients_of_the_arm_with_the_lower_rate(table, index, arm):
    found = fragility_index(*table)
    assert (found.index, found.arm) == (index, arm)
    assert (found.p < 0.05) == (index > 0)
    assert found.p_after >= 0.05
    if index:
        x1, n1, x0, n0 = table
        more = [x1 + index - 1, n1, x0, n0] if arm == "1" else [x1, n1, x0 + index - 1, n0]
        assert exact_test(*more) < 0.05


def test_fragility_is_the_same_with_the_arms_swapped():
    tables = np.array([(1, 100, 9, 100), (14, 59, 4, 55), (35, 35, 1, 35), (20, 200, 15, 50)]).T
    one = fragility_index(*tables)
    other = fragility_index(*tables[[2, 3, 0, 1]])
    assert one.index.tolist() == other.index.tolist()
    assert [{"1": "0", "0": "1"}[arm] for arm in one.arm] == other.arm.tolist()


def test_a_difference_that_stays_significant_has_no_fragility_index():
    # chi-square of 1 of 1 against 500 of 1000: 0.317, and of 0 of 1 the same.
    found = fragility_index(0, 1, 500, 1000, test="chi-square", alpha=0.4)
    assert np.isnan(found.index)
    assert found.arm == ""
    assert np.isnan(found.p_after)


def test_fragility_of_arms_too_large_is_refused():
    with pytest.raises(ValueError, match="20,000 patients at most"):
        fragility_index(1, 10_001, 100, 10_000)
