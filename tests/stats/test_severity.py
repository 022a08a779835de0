"""Scores against their published maxima and R, and bands against their own text."""

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.stats import severity

VALUES = json.loads((Path(__file__).parents[1] / "oracles/severity/values.json").read_text())

LESHEM = (
    "clear=0;almost-clear=0.1-1.0;mild=1.1-7.0;"
    "moderate=7.1-21.0;severe=21.1-50.0;very-severe=50.1-72.0"
)
CHOPRA = "clear=0;mild=0.1-5.9;moderate=6.0-22.9;severe=23.0-72"
KADA = "moderate=16-<23;severe=>=23"
CLASSIC = "mild=<25;moderate=25-50;severe=>50"

#: Sums of a dozen products of short decimals: only the last bits can differ.
RTOL = 1e-14

signs = st.lists(
    st.lists(st.integers(0, 6).map(lambda x: x / 2), min_size=4, max_size=4),
    min_size=4,
    max_size=4,
)
areas = st.lists(st.integers(0, 6), min_size=4, max_size=4)


def test_easi_agrees_with_r_on_random_patients():
    case = VALUES["easi"]
    found = severity.easi(case["signs"], case["area"], age=case["age"])
    np.testing.assert_allclose(found, case["score"], rtol=RTOL)


def test_scorad_and_oscorad_agree_with_r_on_random_patients():
    case = VALUES["scorad"]
    found = severity.scorad(case["extent"], case["intensity"], case["subjective"])
    np.testing.assert_allclose(found, case["scorad"], rtol=RTOL)
    found = severity.oscorad(case["extent"], case["intensity"])
    np.testing.assert_allclose(found, case["oscorad"], rtol=RTOL)


@pytest.mark.parametrize("age", [0, 7, 7.9, 8, 80])
def test_worst_easi_is_exactly_72_at_every_age(age):
    assert severity.easi(np.full((4, 4), 3), np.full(4, 6), age=age) == 72.0


def test_worst_scorad_is_103_and_worst_oscorad_83():
    assert severity.scorad(100, 18, 20) == 103.0
    assert severity.oscorad(100, 18) == 83.0


def test_weights_change_on_the_eighth_birthday():
    one_region = np.eye(4)
    found = severity.easi(np.ones((4, 4, 4)), one_region, age=8) / 4
    np.testing.assert_allclose(found, [0.1, 0.2, 0.3, 0.4])
    found = severity.easi(np.ones((4, 4, 4)), one_region, age=7.9) / 4
    np.testing.assert_allclose(found, [0.2, 0.2, 0.3, 0.3])


def test_area_score_follows_the_published_bands_at_every_whole_percent():
    expected = [0] + [1] * 9 + [2] * 20 + [3] * 20 + [4] * 20 + [5] * 20 + [6] * 11
    np.testing.assert_array_equal(severity.area_score(np.arange(101)), expected)


@given(signs, areas, st.integers(0, 100))
def test_easi_lies_within_its_range_and_is_a_multiple_of_a_twentieth(sign, area, age):
    score = float(severity.easi(sign, area, age=age))
    assert 0 <= score <= 72
    assert score * 20 == pytest.approx(round(score * 20), abs=1e-9)


@given(signs, areas)
def test_easi_never_falls_when_a_sign_worsens(sign, area):
    worse = np.minimum(np.array(sign) + 0.5, 3)
    assert severity.easi(worse, area, age=30) >= severity.easi(sign, area, age=30)


def test_easi_broadcasts_patients_by_ages():
    found = severity.easi(np.ones((5, 1, 4, 4)), np.ones(4), age=[5, 50])
    assert found.shape == (5, 2)


@pytest.mark.parametrize(
    ("sign", "area", "age", "message"),
    [
        (np.full((4, 4), 3.5), np.ones(4), 9, r"signs\[0, 0\] = 3.5 must be from 0 to 3"),
        (np.full((4, 4), 0.3), np.ones(4), 9, r"signs\[0, 0\] = 0.3 .* in steps of 0.5"),
        (np.ones((4, 4)), [1, 7, 1, 1], 9, r"area\[1\] = 7 must be from 0 to 6 in steps of 1"),
        (np.ones((4, 4)), [1, 1.5, 1, 1], 9, r"area\[1\] = 1.5"),
        (np.ones((4, 4)), np.ones(4), -1, r"age = -1 must be from 0 to 130"),
        (np.ones((4, 4)), np.ones(4), np.nan, r"age = nan"),
        (np.ones((4, 3)), np.ones(4), 9, r"4 regions x 4 signs, not in shape \(4, 3\)"),
        (np.ones((4, 4)), np.ones(3), 9, r"area must end in 4 regions"),
        (np.ones((2, 4, 4)), np.ones(4), [1, 2, 3], r"do not broadcast"),
        ("severe", np.ones(4), 9, r"signs must be numbers"),
    ],
)
def test_easi_refuses_what_the_form_does_not_allow(sign, area, age, message):
    with pytest.raises(ValueError, match=message):
        severity.easi(sign, area, age=age)


def test_scorad_refuses_a_component_out_of_range_by_name():
    with pytest.raises(ValueError, match=r"extent = 101 must be from 0 to 100"):
        severity.scorad(101, 1, 1)
    with pytest.raises(ValueError, match=r"intensity_sum\[1\] = 18.5"):
        severity.oscorad(1, [1, 18.5])
    with pytest.raises(ValueError, match=r"subjective_sum = 21"):
        severity.scorad(1, 1, 21)
    with pytest.raises(ValueError, match="do not broadcast"):
        severity.oscorad([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="do not broadcast"):
        severity.scorad([1, 2], [1, 2], [1, 2, 3])


@pytest.mark.parametrize(
    ("scheme", "score", "name"),
    [
        (LESHEM, 0, "clear"),
        (LESHEM, 0.04, "clear"),
        (LESHEM, 0.05, "almost-clear"),
        (LESHEM, 21.0, "moderate"),
        (LESHEM, 21.04, "moderate"),
        (LESHEM, 21.05, "severe"),
        (LESHEM, 0.1 + 0.2 + 0.7, "almost-clear"),
        (LESHEM, 72, "very-severe"),
        (CHOPRA, 22.95, "severe"),
        (CHOPRA, 21.05, "moderate"),
        (KADA, 22.99, "moderate"),
        (KADA, 23, "severe"),
        (KADA, 15.9, severity.UNNAMED),
        (KADA, 0, severity.UNNAMED),
        (CLASSIC, 24.99, "mild"),
        (CLASSIC, 25, "moderate"),
        (CLASSIC, 50.0, "moderate"),
        (CLASSIC, 50.001, "severe"),
        ("clear=0;almost-clear=1", 3, severity.UNNAMED),
    ],
)
def test_a_score_gets_the_band_that_the_scheme_prints(scheme, score, name):
    highest = None if "72" in scheme else 103
    assert severity.band(score, scheme, highest=highest) == name


def test_schemes_disagree_and_the_band_follows_the_scheme():
    assert severity.band(6.5, LESHEM) == "mild"
    assert severity.band(6.5, CHOPRA) == "moderate"


@given(st.integers(0, 72_000))
def test_every_easi_score_has_the_band_of_its_decimal_rounding(thousandths):
    score = thousandths / 1000
    tenth = Decimal(thousandths).scaleb(-3).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    for scheme in (LESHEM, CHOPRA):
        name = str(severity.band(score, scheme))
        assert name != severity.UNNAMED
        assert name == str(severity.band(float(tenth), scheme))


@given(st.floats(0, 72))
def test_no_score_falls_between_the_bands_of_a_whole_scheme(score):
    assert severity.band(score, LESHEM) != severity.UNNAMED
    assert severity.band(score, CLASSIC) != severity.UNNAMED


def test_names_keep_the_shape_of_the_scores():
    assert severity.band(np.full((2, 3), 10.0), CHOPRA).shape == (2, 3)
    assert severity.band(np.empty((0,)), CHOPRA).shape == (0,)


@pytest.mark.parametrize(
    ("score", "scheme", "message"),
    [
        ([1, 72.1], LESHEM, r"score\[1\] = 72.1 must be from 0 to 72"),
        (-0.1, CLASSIC, r"score = -0.1 must be at least 0"),
        (np.nan, CLASSIC, r"score = nan"),
        (np.inf, CLASSIC, r"score = inf"),
        (1, "", r"bands: '' is not of the form name=range"),
        (1, "mild", r"bands: 'mild' is not of the form"),
        (1, "mild=1-x", r"bands: 'mild=1-x' is not of the form"),
        (1, "mild=0-5;mild=6-7", r"bands: 'mild' comes twice"),
        (1, "mild=0-5;severe=5-9", r"bands: 'severe=5-9' falls or overlaps"),
        (1, "severe=5-9;mild=0-4", r"bands: 'mild=0-4' falls or overlaps"),
        (1, "mild=5-1", r"bands: 'mild=5-1' falls or overlaps"),
    ],
)
def test_band_refuses_impossible_scores_and_unreadable_schemes(score, scheme, message):
    with pytest.raises(ValueError, match=message):
        severity.band(score, scheme)


def test_parsed_bands_tell_which_ends_belong_to_them():
    moderate, severe = severity.parse_bands(KADA)
    assert (moderate.lower, moderate.lower_closed) == (16.0, True)
    assert (moderate.upper, moderate.upper_closed) == (23.0, False)
    assert (severe.lower_closed, severe.upper) == (True, np.inf)
    below, above = severity.parse_bands("low=<=5;high=>5")
    assert below.upper_closed
    assert not above.lower_closed
