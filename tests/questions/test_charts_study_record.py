"""The chart of the rates of one study against its baseline."""

import pytest
from matplotlib.figure import Figure

import atopic
from atopic.questions.one_study import study_rates
from atopic.questions.one_study.chart import describe_study_rates, draw_study_rates


@pytest.mark.mpl_image_compare(filename="study_rates.png", savefig_kwargs={"dpi": 50})
def test_the_rates_of_one_study() -> Figure:
    return draw_study_rates(study_rates(atopic.load(), "kim-2017"))


def test_every_outcome_is_described() -> None:
    words = describe_study_rates(study_rates(atopic.load(), "shin-2021"))
    assert "EASI-50 by arm, 1 row." in words
    assert "maintained-good-response by arm, 1 row. No control group: 40 %." in words


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(ValueError, match="no response rate"):
        draw_study_rates(study_rates(atopic.load(), "ra-2011"))
