import numpy as np
import pandas as pd
import pytest

from atopic.display import numbers
from atopic.review import Review, use_review


@pytest.mark.parametrize(
    ("share", "n", "words"),
    [(0.125, 8, "13"), (0.005, 200, "1"), (0.0049, 200, "0"), (0.1234, pd.NA, "12"),
     (0.12345, 1000, "12.3"), (1.0, 5, "100")],
)  # fmt: skip
def test_halves_of_a_percentage_go_up(share: float, n: float, words: str) -> None:
    assert numbers.percent(share, n) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.0094, "0.9%"), (0.0095, "1%"), (0.995, "99.5%"), (0.9996, "100%"),
     (1.0, "100%")],
)  # fmt: skip
def test_a_few_patients_are_not_rounded_to_none_or_all(share: float, words: str) -> None:
    assert numbers.percent_text(share, small=True) == words


def test_a_zero_has_no_sign() -> None:
    assert numbers.points_text(-0.004) == "0"
    assert numbers.points_text(-0.0004, tenths=True) == "0"
    assert numbers.change_text(-0.001, "points") == "0 points"


def test_an_interval_that_is_missing_is_not_written() -> None:
    assert numbers.percent_with_limits(0.4, np.nan, np.nan) == "40%"
    assert numbers.rate_limits(np.nan, np.nan) == "none"
    assert numbers.points_limits(np.nan, np.nan) == "none"


@pytest.mark.parametrize(
    ("study", "name"),
    [
        ("breeze-ad7", "Breeze AD7"),
        ("shr0302-phase-2", "SHR0302 phase 2"),
        ("kim-2017", "Kim 2017"),
    ],
)
def test_a_code_in_the_name_of_a_trial_is_in_capitals(study: str, name: str) -> None:
    assert numbers.study_name(study) == name


def test_a_dose_that_is_not_one_number_has_no_label() -> None:
    assert numbers.dose_text(np.nan, "cells") == numbers.dose_text(0, "cells") == ""
    assert numbers.dose_text(300, pd.NA) == ""


def test_lists_end_with_a_word() -> None:
    assert numbers.listed(iter("ab")) == "a and b"
    assert numbers.listed("abc", "or") == "a, b or c"


def test_studies_are_called_by_their_short_name_once_it_is_read(evidence) -> None:
    assert numbers.study_name("kangstem-2024") == "Kangstem 2024"
    use_review(evidence.review)
    assert numbers.study_name("kangstem-2024") == "FURESTEM-AD phase 3, 2024"
    assert numbers.study_name("of-another-folder") == "Of another folder"
    use_review(Review())
    assert numbers.study_name("kangstem-2024") == "Kangstem 2024"
