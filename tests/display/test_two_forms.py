"""Figures drawn a second time for a phone: as wide as it, whole, and large enough to be read."""

from collections.abc import Callable
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import atopic
from atopic.display.row_chart import canvas
from atopic.display.style import NARROW
from atopic.display.two_forms import narrow_form
from atopic.questions.certainty import levels_by_setting
from atopic.questions.certainty.chart import draw_levels
from atopic.questions.claims import verdicts
from atopic.questions.claims.sources_chart import draw_sources
from atopic.questions.dose_response import dose_arms, dose_contrasts, dose_curves
from atopic.questions.dose_response.chart import draw_doses
from atopic.questions.durability import patient_courses, responses_over_time
from atopic.questions.durability.chart import draw_over_time
from atopic.questions.durability.swimmer_chart import draw_courses
from atopic.questions.evidence_map import (
    printed_items,
    printed_kinds,
    study_characteristics,
    study_flow,
)
from atopic.questions.evidence_map.chart import draw_map
from atopic.questions.evidence_map.flow_chart import draw_flow
from atopic.questions.next_trial import (
    beliefs_about,
    dose_power,
    expected_results,
    past_trials,
    power_by_size,
)
from atopic.questions.next_trial import chart as plans
from atopic.questions.next_trial import dose_arms as planned_arms
from atopic.questions.validation.chart import draw_comparisons
from atopic.questions.validation.comparisons import comparisons

Draw = Callable[[atopic.Evidence], Figure | None]


def slopes(evidence: atopic.Evidence) -> Figure | None:
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    return draw_doses(arms, contrasts=dose_contrasts(arms))


def curves(evidence: atopic.Evidence) -> Figure | None:
    arms = dose_arms(evidence, "dupilumab-2b", "EASI", week=16, per_week=True)
    return draw_doses(arms, curves=dose_curves(arms))


def weeks(evidence: atopic.Evidence) -> Figure | None:
    return draw_over_time(responses_over_time(evidence, "EASI-50"))


def drugs(evidence: atopic.Evidence) -> Figure | None:
    studies = ["chronos", "breeze-ad7", "ecztra-6"]
    return draw_over_time(responses_over_time(evidence, "EASI-75", studies=studies))


def courses(evidence: atopic.Evidence) -> Figure | None:
    return draw_courses(patient_courses(evidence, "EASI-50"))


def power(evidence: atopic.Evidence) -> Figure | None:
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    sizes = power_by_size(0.3, differences=[0.05, 0.1, 0.15, 0.2])
    return plans.draw_power(sizes, past=past, powers=(0.8, 0.9))


def outlook(evidence: atopic.Evidence) -> Figure | None:
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15)
    found = expected_results(beliefs, patients=[100, 400, 1200], replicates=1000)
    return plans.draw_outlook(found, delta=0.15)


def doses(_: atopic.Evidence) -> Figure | None:
    arms = planned_arms(0.3, difference=0.15, doses=3)
    return plans.draw_doses(arms, dose_power(arms, patients=[100, 400, 1200]))


def sources(evidence: atopic.Evidence) -> Figure | None:
    return draw_sources(verdicts(evidence))


def map_of_kinds(evidence: atopic.Evidence) -> Figure | None:
    kinds = printed_kinds(printed_items(evidence, include_benchmarks=True))
    return draw_map(kinds, study_characteristics(evidence), silent=["ra-2011", "kim-2017"])


def flow(evidence: atopic.Evidence) -> Figure | None:
    return draw_flow(study_flow(evidence))


def levels(evidence: atopic.Evidence) -> Figure | None:
    return draw_levels(levels_by_setting(evidence))


def errors(evidence: atopic.Evidence) -> Figure | None:
    return draw_comparisons(comparisons())


DRAWN = [
    slopes, curves, weeks, drugs, courses, power, outlook, doses, sources, map_of_kinds, flow,
    levels, errors,
]  # fmt: skip


@pytest.mark.parametrize("draw", DRAWN)
def test_words_are_whole_apart_and_large_enough_on_a_phone(
    evidence: atopic.Evidence, draw: Draw
) -> None:
    wide = draw(evidence)
    assert wide is not None
    with narrow_form(wide) as figure:
        assert figure is not None
        assert figure.get_figwidth() == NARROW < wide.get_figwidth()
        drawn = FigureCanvasAgg(figure)
        drawn.draw()
        texts = [text for text in figure.findobj(Text) if shown(text)]
        boxes = [
            (text.get_text(), Text.get_window_extent(text, drawn.get_renderer())) for text in texts
        ]
        width, height = figure.bbox.size
        assert min(text.get_fontsize() for text in texts) >= 8
        for words, box in boxes:
            assert -1 <= box.x0 < box.x1 <= width + 1, words
            assert -1 <= box.y0 < box.y1 <= height + 1, words
        for (words, box), (others, beside) in combinations(boxes, 2):
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            assert across < 2 or down < 3, (words, others)


def shown(text: Text) -> bool:
    """Return whether a text is seen: not blank, and no tick beyond the ends of its axis."""
    if not text.get_text().strip() or not text.get_visible():
        return False
    axes = text.axes
    if axes is not None and not axes.axison:
        return text in axes.texts
    if axes is None or text not in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        legends = [key for key in text.figure.legends if text in key.get_texts()]
        return all(key.get_visible() for key in legends)
    ends = axes.get_xlim() if text in axes.get_xticklabels() else axes.get_ylim()
    place = text.get_position()[0 if text in axes.get_xticklabels() else 1]
    return min(ends) <= place <= max(ends)


def test_a_figure_that_is_drawn_once_has_no_second_form() -> None:
    figure, _ = canvas(7, 1)
    with narrow_form(figure) as narrow:
        assert narrow is None
