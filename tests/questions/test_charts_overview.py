import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.questions import evidence_map
from atopic.questions.evidence_map.chart import describe_map, draw_map
from atopic.questions.evidence_map.chart_panels import name_lines
from atopic.questions.evidence_map.cohorts_chart import describe_cohorts, draw_cohorts
from atopic.questions.evidence_map.flow_chart import describe_flow, draw_flow


def drawn_map(evidence: atopic.Evidence, **asked: object) -> Figure:
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence, **asked))
    asked.pop("outcomes", None)
    characteristics = evidence_map.study_characteristics(evidence, **asked)
    silent = evidence_map.unplaced_studies(evidence, kinds, **asked)
    return draw_map(kinds, characteristics, silent=silent)


@pytest.mark.mpl_image_compare(filename="flow.png", savefig_kwargs={"dpi": 50})
def test_the_flow(evidence: atopic.Evidence) -> Figure:
    return draw_flow(evidence_map.study_flow(evidence))


@pytest.mark.mpl_image_compare(filename="evidence-map.png", savefig_kwargs={"dpi": 50})
def test_the_map(evidence: atopic.Evidence) -> Figure:
    return drawn_map(evidence)


@pytest.mark.mpl_image_compare(filename="cohorts.png", savefig_kwargs={"dpi": 50})
def test_the_cohorts(evidence: atopic.Evidence) -> Figure:
    return draw_cohorts(evidence_map.patient_groups(evidence))


@pytest.mark.parametrize(
    "asked",
    [{"include_benchmarks": True}, {"outcomes": ["EASI"]}, {"studies": ["shin-2021", "xu-2017"]}],
)  # fmt: skip
def test_the_text_of_the_map_does_not_overlap(
    evidence: atopic.Evidence, asked: dict[str, object]
) -> None:
    apart(drawn_map(evidence, **asked))


def test_the_text_of_the_other_charts_does_not_overlap(evidence: atopic.Evidence) -> None:
    apart(draw_flow(evidence_map.study_flow(evidence)))
    apart(draw_cohorts(evidence_map.patient_groups(evidence)))


def apart(figure: Figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # places the label of the axis
    renderer = canvas.get_renderer()
    axes = figure.axes[0]
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in axes.texts
        if text.get_text()
    ]
    boxes.append((axes.get_xlabel(), axes.xaxis.label.get_window_extent(renderer)))
    boxes = [(words, box) for words, box in boxes if words]
    width, height = figure.bbox.size
    for words, box in boxes:
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
    for number, (words, box) in enumerate(boxes):
        for other, another in boxes[number + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_controlled_marks_are_filled_and_others_hollow(evidence: atopic.Evidence) -> None:
    lines = drawn_map(evidence, studies=["kangstem-2024"]).axes[0].lines
    faces = [line.get_markerfacecolor() for line in lines if line.get_markersize() == 6.2]
    # Weeks 12, 16 and 24, and the key.
    assert [face == "white" for face in faces] == [False, True, True, False]


def test_the_alt_texts_state_the_findings(evidence: atopic.Evidence) -> None:
    flow = describe_flow(evidence_map.study_flow(evidence))
    assert "29 records are known to the tables: 28 studies of 26 cohorts" in flow
    assert "8 studies in the synthesis: 7 cohorts, 757 patients." in flow
    assert "Placebo-controlled: 4 studies, 698 patients" in flow
    assert "Kangstem 2024, n = 315, press, primary endpoint EASI-50" in flow
    cohorts = describe_cohorts(evidence_map.patient_groups(evidence))
    assert "Placebo-controlled, press only: 512 of 698 patients" in cohorts
    assert "counts 69 patients of Kangstem 2019 again" in cohorts
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence))
    words = describe_map(kinds, silent=["ra-2011"])
    assert (
        "Placebo-controlled periods: count of responders 1, percentage without a count 2" in words
    )
    assert "Of the 23 marks of placebo-controlled periods of cell trials, 14 rest on news" in words
    assert "Seo 2024 phase 2: no rate in either arm." in words
    assert "Atmsc 2025: rates for EASI-75 week 16." in words


def test_nothing_to_draw_is_said_in_words(evidence: atopic.Evidence) -> None:
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence, studies=["x"]))
    with pytest.raises(ValueError, match="no printed result to map"):
        draw_map(kinds, evidence_map.study_characteristics(evidence))
    groups = evidence_map.patient_groups(evidence)
    with pytest.raises(ValueError, match="no cohort to draw"):
        draw_cohorts(groups[groups["in_synthesis"].eq("no")])


def test_a_long_name_stands_in_lines_over_its_weeks() -> None:
    assert name_lines("kangstem-2019-follow-up") == ["Kangstem 2019", "follow up"]
