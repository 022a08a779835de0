"""The Cochran-Armitage test against R's prop.trend.test and against plain enumeration."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.stats.doseresponse import trend_test

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles" / "doseresponse" / "values.json").read_text()
)["trend"]
#: Closed form; the last bits are R's.
CLOSED = 1e-11
#: R sums exp(lchoose) over up to 130,000 tables; worst difference seen is 2e-14.
ENUMERATED = 1e-11

arms = st.lists(
    st.tuples(
        st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 7.5, 15.0, 30.0]),
    ),
    min_size=2,
    max_size=5,
).filter(lambda rows: len({dose for _, dose in rows}) > 1)


def columns(rows):
    return [d for _, d in rows], [x for (x, _), _ in rows], [n for (_, n), _ in rows]


@pytest.mark.parametrize("name", ORACLE)
def test_statistic_squares_to_the_chi_square_of_r_prop_trend_test(name):
    case = ORACLE[name]
    test = trend_test(np.subtract(case["dose"], min(case["dose"])), case["responders"], case["n"])
    assert test.statistic**2 == pytest.approx(case["chi2"], rel=CLOSED)
    assert test.p_value == pytest.approx(case["p"], rel=CLOSED)


@pytest.mark.parametrize("name", ORACLE)
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_exact_p_equals_the_enumeration_of_every_table_in_r(name, alternative):
    case = ORACLE[name]
    test = trend_test(
        np.subtract(case["dose"], min(case["dose"])),
        case["responders"],
        case["n"],
        exact=True,
        alternative=alternative,
    )
    assert test.p_value == pytest.approx(case[alternative.replace("-", "_")], rel=ENUMERATED)


def test_tumours_of_the_statistics_note():
    tumours = ([0, 1, 2, 3], [0, 1, 3, 6], 50)
    assert trend_test(*tumours).statistic == pytest.approx(2.901905, abs=5e-7)
    assert trend_test(*tumours, variance="N-1").statistic == pytest.approx(2.8946, abs=5e-5)
    assert trend_test(*tumours, exact=True).p_value == pytest.approx(0.00443287, abs=5e-9)
    one_sided = trend_test(*tumours, exact=True, alternative="greater")
    assert one_sided.p_value == pytest.approx(0.00221643, abs=5e-9)


def test_conventions_are_named_in_the_result():
    test = trend_test([0, 1], [1, 2], 5, scores="rank", variance="N-1", exact=True)
    assert test.variance == "N-1"
    assert test.score_kind == "rank"
    assert "far from its expectation" in test.two_sided
    assert test.scores.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("responders", [[0, 0, 0], [5, 6, 7]])
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_all_or_none_responding_gives_p_of_one(responders, exact, alternative):
    test = trend_test([0, 4, 8], responders, [5, 6, 7], exact=exact, alternative=alternative)
    assert (test.statistic, test.p_value) == (0.0, 1.0)


def test_rank_scores_of_evenly_spaced_doses_change_nothing():
    by_dose = trend_test([0, 4, 8], [8, 18, 26], 35)
    assert trend_test([0, 4, 8], [8, 18, 26], 35, scores="rank").p_value == by_dose.p_value


@settings(max_examples=60, deadline=None)
@given(arms, st.sampled_from([1.0, 2.5e7, 1e-3, 3.0]), st.sampled_from([0.0, 5.0]))
def test_p_does_not_change_with_unit_and_origin_of_dose(rows, unit, origin):
    dose, x, n = columns(rows)
    moved = [d * unit + origin for d in dose]
    for exact in (False, True):
        expected = trend_test(dose, x, n, exact=exact).p_value
        assert trend_test(moved, x, n, exact=exact).p_value == pytest.approx(expected, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(arms, st.randoms())
def test_p_does_not_change_with_the_order_of_arms_or_the_side_that_is_counted(rows, random):
    dose, x, n = columns(rows)
    mixed = list(rows)
    random.shuffle(mixed)
    for exact in (False, True):
        test = trend_test(dose, x, n, exact=exact)
        shuffled = trend_test(*columns(mixed), exact=exact)
        others = trend_test(dose, np.subtract(n, x), n, exact=exact)
        assert shuffled.p_value == pytest.approx(test.p_value, rel=1e-9)
        assert others.p_value == pytest.approx(test.p_value, rel=1e-9)
        assert others.statistic == pytest.approx(-test.statistic, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(arms)
def test_one_sided_exact_p_values_overlap_in_the_observed_table_only(rows):
    dose, x, n = columns(rows)
    up = trend_test(dose, x, n, exact=True, alternative="greater").p_value
    down = trend_test(dose, x, n, exact=True, alternative="less").p_value
    two = trend_test(dose, x, n, exact=True).p_value
    assert up + down >= 1 - 1e-12
    assert 0 < min(up, down) <= two + 1e-12 <= 1 + 2e-12


@settings(max_examples=30, deadline=None)
@given(arms)
def test_scores_without_a_common_unit_agree_with_those_that_have_one(rows):
    dose, x, n = columns(rows)
    whole = trend_test(dose, x, n, exact=True).p_value
    # Multiplying by pi leaves the test alone and takes the common unit away.
    odd = trend_test(dose, x, n, exact=True, scores=np.pi * np.array(dose)).p_value
    assert odd == pytest.approx(whole, rel=1e-9)


def test_rounded_scores_still_tie():
    table = ([15, 0, 30], [4, 3, 1], [8, 4, 5])
    ties = trend_test(*table, exact=True).p_value
    scores = np.pi * np.array(table[0])
    assert trend_test(*table, exact=True, scores=scores).p_value == pytest.approx(ties, rel=1e-12)


@pytest.mark.parametrize("dose", [[0, 7.5, 15, 30], [0, 1, 2, 3], [0, 2.5e7, 5e7, 1e8]])
def test_exact_test_of_400_patients_takes_less_than_50_ms(dose):
    trend_test(dose, [20, 30, 40, 60], 100, exact=True)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        trend_test(dose, [20, 30, 40, 60], 100, exact=True)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([4, 4], [1, 2], 5), {}, "at least two different doses, and every arm has dose 4"),
        (([0, -1], [1, 2], 5), {}, r"dose\[1\] = -1 is negative"),
        (([0, np.nan], [1, 2], 5), {}, r"dose\[1\] = nan is not a finite number"),
        (([0, 1], [1, 7], 5), {}, r"responders\[1\] = 7 is more than n\[1\] = 5"),
        (([0, 1, 2], [1, 2], 5), {}, "one value for each of the 3 doses"),
        (([0, 1], [1, 2], 5), {"scores": "log"}, "scores must be 'dose', 'rank'"),
        (([0, 1], [1, 2], 5), {"scores": [2, 2]}, "scores must differ"),
        (([0, 1], [1, 2], 5), {"variance": "n"}, "variance must be 'N' or 'N-1'"),
        (([0, 1], [1, 2], 5), {"alternative": "up"}, "alternative must be"),
    ],
)
def test_refusals_say_what_was_expected_and_found(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        trend_test(*arguments, **options)


def test_an_enumeration_that_would_not_fit_in_memory_is_refused():
    dose = np.sqrt([2, 3, 5, 7, 11, 13, 17, 19, 23, 29])
    with pytest.raises(ValueError, match="use scores='rank' or exact=False"):
        trend_test(dose, range(30, 50, 2), 100, exact=True)
