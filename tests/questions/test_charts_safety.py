import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.questions.safety import adverse_events, event_rates, summed_events
from atopic.questions.safety.chart import describe_events, draw_events
from atopic.questions.safety.table import tabulate_event_rates, tabulate_events, tabulate_sums


@pytest.mark.mpl_image_compare(filename="safety.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_adverse_events(evidence: atopic.Evidence) -> Figure:
    adverse = adverse_events(evidence, include_benchmarks=True)
    return draw_events(adverse, summed_events(adverse))


def test_its_words_do_not_overlap(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence, include_benchmarks=True)
    figure = draw_events(adverse, summed_events(adverse))
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        (t.get_text(), t.get_window_extent(renderer)) for t in figure.axes[0].texts if t.get_text()
    ]
    width, height = figure.bbox.size
    for number, (words, box) in enumerate(boxes):
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
        for other, another in boxes[number + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_bars_start_at_zero_and_words_have_none(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence, events=["ae-any"])
    bars = draw_events(adverse).axes[0].patches
    assert len(bars) == 3
    assert {bar.get_x() for bar in bars} == {0.0}
    assert sorted(round(bar.get_width(), 1) for bar in bars) == [30.8, 60.2, 97.5]


def test_the_alt_text_states_the_limits(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence)
    words = describe_events(adverse, summed_events(adverse))
    assert "Atmsc 2025 0 of 59 (up to 6.1 %); together 0 of 98 (up to 3.7 %)." in words
    assert "Seo 2024 phase 2 no count printed" in words
    assert "Ra 2011 patients with atopic dermatitis 0 of 4 (up to 60 %)" in words
    assert words.endswith("No placebo arm to compare.")


def test_the_tables(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence)
    table = tabulate_events(adverse).set_index("Row")
    assert table.loc["8", ["Count", "Two-sided, %", "One-sided, %"]].to_list() == [
        "no count printed", "none", "",
    ]  # fmt: skip
    assert table.loc["7", "In the sum"] == "no: low confidence"
    sums = tabulate_sums(summed_events(adverse)).iloc[0]
    assert sums["Patient-weeks, at most"] == "1,352 of 93 patients"
    assert sums["Events per 100 patient-years"] == "0 to 14.2; one-sided 11.5"
    rates = tabulate_event_rates(event_rates(adverse)).set_index("Row")
    assert rates.loc["12", "Week"] == "61 (converted)"


def test_nothing_to_draw_is_an_error(evidence: atopic.Evidence) -> None:
    with pytest.raises(ValueError, match="no row of safety"):
        draw_events(adverse_events(evidence, studies=["kangstem-2024"]))
