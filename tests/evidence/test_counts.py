"""The counts that printed percentages of the evidence can stand for."""

import pickle
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.evidence import counts

percents = st.integers(0, 3).flatmap(
    lambda places: st.integers(0, 100 * 10**places).map(
        lambda units: f"{Decimal(units).scaleb(-places):.{places}f}"
    )
)


def printed(x, n, places, rounding):
    with localcontext(Context(prec=60)):
        # 100 x / n is exact at a tie, and 60 digits never reach a tie that is not there.
        return str((Decimal(100 * x) / n).quantize(Decimal(1).scaleb(-places), rounding=rounding))


# The codebook of the evidence tables names these counts.
@pytest.mark.parametrize(
    ("percent", "n", "expected"),
    [
        ("35.2", 54, (19,)),
        ("85.5", 55, (47,)),
        ("4.3", 94, (4,)),
        ("17.5", 97, (17,)),
        ("11.8", 51, (6,)),
        ("31.82", 88, (28,)),
        ("27.16", 81, (22,)),
        ("70", 10, (7,)),
        ("67", 9, (6,)),
        ("36", 14, (5,)),
        ("36", 11, (4,)),
        ("12.7", 141, ()),
        ("26.7", 50, ()),
        ("26.7", 51, ()),
        ("26.7", 52, ()),
        ("43.1", 283, (122,)),
        ("0", 35, (0,)),
        ("0.0", 1, (0,)),
        ("100", 9, (9,)),
    ],
)
def test_compatible_gives_the_counts_of_the_codebook(percent, n, expected):
    assert counts.compatible(percent, n) == expected


@pytest.mark.parametrize(
    ("percent", "sizes", "pairs"),
    [
        ("33.0", range(196, 210), {(65, 197), (66, 200), (67, 203), (68, 206), (69, 209)}),
        ("29.3", range(90, 104), {(27, 92), (29, 99)}),
        ("48.05", range(2, 206), {(37, 77), (74, 154)}),
        ("58.06", range(2, 206), {(18, 31), (36, 62), (54, 93), (72, 124), (90, 155), (108, 186)}),
    ],
)
def test_compatible_lists_the_sets_of_the_codebook(percent, sizes, pairs):
    found = {(x, n) for n in sizes for x in counts.compatible(percent, n)}
    assert pairs == found


def test_only_81_patients_up_to_110_can_print_27_16():
    assert [n for n in range(1, 111) if counts.compatible("27.16", n)] == [81]


def test_prints_as_tells_a_count_from_a_contradiction():
    assert counts.prints_as(4, 11, "36")
    assert counts.prints_as(5, 14, "36")
    assert not counts.prints_as(34, 50, "66")


def test_printed_digits_narrow_the_counts():
    assert counts.compatible("33", 200) == (65, 66)
    assert counts.compatible("33.0", 200) == (66,)


def test_a_tie_may_be_rounded_up_or_to_even():
    # 1/8 = 12.5%: half-up prints 13, half-even prints 12. 3/8 = 37.5%: both print 38.
    assert counts.prints_as(1, 8, "13")
    assert counts.prints_as(1, 8, "12")
    assert counts.prints_as(3, 8, "38")
    assert not counts.prints_as(3, 8, "37")


@given(percents, st.integers(1, 120))
def test_compatible_equals_a_scan_with_decimal_rounding(percent, n):
    places = counts.decimals(percent)
    scan = tuple(
        x
        for x in range(n + 1)
        if percent in (printed(x, n, places, ROUND_HALF_UP), printed(x, n, places, ROUND_HALF_EVEN))
    )
    assert counts.compatible(percent, n) == scan
    assert tuple(x for x in range(n + 1) if counts.prints_as(x, n, percent)) == scan


@given(
    st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(0, 6),
    st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]),
)
def test_a_count_is_compatible_with_its_own_print(count, places, rounding):
    x, n = count
    percent = printed(x, n, places, rounding)
    assert counts.prints_as(x, n, percent)
    assert counts.decimals(percent) == places


def test_large_sizes_are_not_scanned():
    n = 10**15
    assert counts.compatible("33.333333333333", n) == tuple(range(333333333333325, 333333333333335))
    assert counts.compatible("50.000", 10**6) == tuple(range(499995, 500006))


@pytest.mark.parametrize(
    "percent", ["", "abc", "1e1", "５０", "-3", "+3", "50%", " 50", "50\n", "5,0", ".5", "5."]
)
def test_text_that_is_no_plain_decimal_is_refused(percent):
    for ask in (lambda: counts.compatible(percent, 10), lambda: counts.decimals(percent)):
        with pytest.raises(ValueError, match=r"printed digits as text.*not ") as caught:
            ask()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("percent", [50, 31.82, None, b"50"])
def test_a_percentage_that_is_not_text_is_refused(percent):
    with pytest.raises(ValueError, match="printed digits as text"):
        counts.compatible(percent, 10)


@pytest.mark.parametrize("percent", ["101", "100.1", "100.00001"])
def test_more_than_100_percent_is_refused(percent):
    with pytest.raises(ValueError, match=f"from 0 to 100, not '{percent}'"):
        counts.compatible(percent, 10)


@pytest.mark.parametrize(
    "n",
    [0, -1, 2.5, float("nan"), float("inf"), np.float64("inf"), True, np.True_, "10", None, [10]],
)
def test_a_size_that_is_no_whole_number_of_at_least_1_is_refused(n):
    with pytest.raises(ValueError, match=r"n must be .*at least 1, not"):
        counts.compatible("50", n)


@pytest.mark.parametrize("responders", [-1, 0.5, True, None])
def test_responders_that_are_no_count_are_refused(responders):
    with pytest.raises(ValueError, match=r"responders must be .*at least 0, not"):
        counts.prints_as(responders, 10, "50")


def test_more_responders_than_patients_are_refused():
    with pytest.raises(ValueError, match="responders = 11 is more than n = 10"):
        counts.prints_as(11, 10, "100")


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8, np.float64])
def test_numpy_whole_numbers_are_accepted_and_plain_integers_returned(kind):
    found = counts.compatible("31.82", kind(88))
    assert found == (28,)
    assert type(found[0]) is int
    assert counts.prints_as(kind(28), kind(88), "31.82")


def test_candidates_are_pairs_in_a_frame_and_text_in_a_csv() -> None:
    pairs = [(65, 197), (66, 197), (66, 200)]
    several, none = counts.Candidates(pairs), counts.Candidates()
    assert (list(several), list(none)) == (pairs, [])
    frame = pd.DataFrame({"n": [1, 2], "candidates": [several, none]})
    assert frame.to_csv(index=False) == "n,candidates\n1,65/197; 66/197; 66/200\n2,\n"
    assert pickle.loads(pickle.dumps(several)) == several
