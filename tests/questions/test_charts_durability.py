import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.questions.durability import (
    cycle_rates,
    kept_responses,
    patient_courses,
    responses_over_time,
    worst_case,
)
from atopic.questions.durability.chart import describe_over_time, draw_over_time
from atopic.questions.durability.swimmer_chart import describe_courses, draw_courses
from atopic.questions.durability.table import tabulate_courses, tabulate_cycles, tabulate_worst_case
from atopic.questions.durability.words import arm_names, tabulate_kept
from atopic.questions.durability.worst_case_chart import describe_worst_case, draw_worst_case


@pytest.mark.mpl_image_compare(filename="durability-over-time.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_response_over_time(evidence: atopic.Evidence) -> Figure:
    return draw_over_time(responses_over_time(evidence, "EASI-50"))


@pytest.mark.mpl_image_compare(filename="durability-worst-case.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_the_lost(evidence: atopic.Evidence) -> Figure:
    return draw_worst_case(worst_case(evidence, responses_over_time(evidence, "EASI-50")))


@pytest.mark.mpl_image_compare(filename="durability-patients.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_single_patients(evidence: atopic.Evidence) -> Figure:
    return draw_courses(patient_courses(evidence, "EASI-50"))


@pytest.mark.parametrize("which", ["over-time", "drugs", "lost", "patients"])
def test_no_words_overlap_or_leave_the_figure(evidence: atopic.Evidence, which: str) -> None:
    over_time = responses_over_time(evidence, "EASI-50")
    drugs = responses_over_time(evidence, "EASI-75", studies=["chronos", "breeze-ad7", "ecztra-6"])
    figure = {
        "over-time": lambda: draw_over_time(over_time),
        "drugs": lambda: draw_over_time(drugs),
        "lost": lambda: draw_worst_case(worst_case(evidence, over_time)),
        "patients": lambda: draw_courses(patient_courses(evidence, "EASI-50")),
    }[which]()
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, height = figure.bbox.size
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    for number, (words, box) in enumerate(boxes):
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
        for other, another in boxes[number + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_only_controlled_weeks_are_filled(evidence: atopic.Evidence) -> None:
    figure = draw_over_time(responses_over_time(evidence, "EASI-50"))
    faces = [
        [line.get_markerfacecolor() for line in axes.lines if line.get_markersize() == 6.5]
        for axes in figure.axes
    ]
    assert [[face != "white" for face in panel] for panel in faces] == [
        [True, True, False, False, False],
        [True, True, False, False],
        [False, False],
        [False, False, False],
    ]
    dashed = [sum(line.get_linewidth() == 1.1 for line in axes.lines) for axes in figure.axes]
    assert dashed == [1, 1, 0, 0]


def test_presumed_weeks_look_otherwise_than_printed_ones(evidence: atopic.Evidence) -> None:
    first, second = draw_courses(patient_courses(evidence, "EASI-50")).axes
    lanes = [[x for x in axes.lines if x.get_linewidth() == 2.4] for axes in (first, second)]
    assert [lane.get_linestyle() for lane in lanes[0]] == ["--"] * 5
    assert [lane.get_linestyle() for lane in lanes[1]] == ["-"]
    assert [max(lane.get_xdata()) for lane in lanes[1]] == [17]


def test_the_alt_texts_state_the_findings(evidence: atopic.Evidence) -> None:
    over_time = responses_over_time(evidence, "EASI-50")
    words = describe_over_time(over_time)
    assert "week 12, placebo-controlled, cells 32 % (28/88), placebo 27 % (22/81)" in words
    assert "week 156, no control, cells 75 % (39/52)" in words
    assert "week 16, no control, cells 48 % (one of several counts)" in words
    words = describe_worst_case(worst_case(evidence, over_time))
    assert "week 156, 39 of 52 seen (75 %), of all 98 40 % (30 to 50)" in words
    courses = patient_courses(evidence, "EASI-50")
    words = describe_courses(courses, cycle_rates(courses))
    assert "1 or 2 of 5 after one cycle, 4 of 5 within 2 cycles" in words
    assert "4 of 5 were treated again" in words
    assert "The week was printed for 1 of 9 responses" in words


def test_a_printed_contradiction_stands_in_the_chart(evidence: atopic.Evidence) -> None:
    over_time = responses_over_time(evidence, "EASI-50")
    words = [text.get_text() for text in draw_over_time(over_time).axes[0].texts]
    assert "cells\n68 %\n34/50\nprinted: 66 %" in words
    figure = draw_worst_case(worst_case(evidence, over_time))
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "† week 104, printed: 66 %" in key


def test_a_count_that_was_not_printed_does_not_stand_there(evidence: atopic.Evidence) -> None:
    figure = draw_over_time(responses_over_time(evidence, "EASI-50"))
    words = [text.get_text() for text in figure.axes[1].texts]
    assert "cells\n58 % *\nn = ?" in words


def test_arms_of_one_dose_are_told_apart(evidence: atopic.Evidence) -> None:
    frame = responses_over_time(evidence, "EASI-75", studies=["chronos"])
    assert arm_names(frame).nunique() == 3


def test_the_tables(evidence: atopic.Evidence) -> None:
    worst = worst_case(evidence, responses_over_time(evidence, "EASI-50"))
    table = tabulate_worst_case(worst).set_index("Row")
    assert table.loc["10", ["Seen", "All", "% at worst"]].to_list() == [
        "39/52", "39/98", "40 (30 to 50)",
    ]  # fmt: skip
    assert table.loc["9", "Count"] == "printed, contradicted"
    assert table.loc["18", "Count"] == "x, n derived"
    kept = tabulate_kept(kept_responses(evidence, "EASI-50")).set_index("Row")
    assert kept.loc["16", ["Responders", "Of"]].to_list() == ["2/5", "all patients of the set"]
    assert kept.loc["16", "% (interval)"] == "40 (5 to 85)"
    # Three reports of one group of patients are told apart by where they stand.
    assert kept.loc[["20", "21", "22"], "Arm"].nunique() == 3
    within = tabulate_cycles(cycle_rates(patient_courses(evidence, "EASI-50")))
    assert within["Interval over these counts, %"].to_list() == ["1 to 85", "28 to 99"]
    weeks = tabulate_courses(patient_courses(evidence, "EASI-50"))["Week"]
    assert set(weeks) == {"16 (presumed)", "17", "not printed"}


def test_nothing_to_draw_is_an_error(evidence: atopic.Evidence) -> None:
    nothing = responses_over_time(evidence, "EASI-90")
    with pytest.raises(ValueError, match="no response at a printed week"):
        draw_over_time(nothing)
    with pytest.raises(ValueError, match="no arm"):
        draw_worst_case(worst_case(evidence, nothing))
    with pytest.raises(ValueError, match="no patient"):
        draw_courses(patient_courses(evidence, "EASI-90"))
