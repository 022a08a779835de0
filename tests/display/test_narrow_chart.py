"""Charts of rows set for a phone: everything said stays said, inside the figure, and goes back."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.display.figures import as_svg
from atopic.display.narrow_chart import set_narrow
from atopic.display.row_chart import RowFigure
from atopic.display.style import NARROW
from atopic.questions.claims import observations, verdicts
from atopic.questions.claims.chart import draw_claims
from atopic.questions.durability import responses_over_time, worst_case
from atopic.questions.durability.worst_case_chart import draw_worst_case
from atopic.questions.evidence_map import patient_groups
from atopic.questions.evidence_map.cohorts_chart import draw_cohorts
from atopic.questions.response_rates import placebo_reference, response_rates
from atopic.questions.response_rates.chart import draw_rates
from atopic.questions.safety import adverse_events
from atopic.questions.safety.chart import draw_events
from atopic.questions.severity_reduction import reduction_differences, score_reductions
from atopic.questions.severity_reduction.chart import draw_reductions


def rates(evidence: atopic.Evidence) -> Figure | None:
    frame = response_rates(evidence, "EASI-50", weeks=[12])
    return draw_rates(frame, reference=placebo_reference(evidence, "EASI-50"))


def drugs(evidence: atopic.Evidence) -> Figure | None:
    return draw_rates(response_rates(evidence, "EASI-75", weeks=[16], include_benchmarks=True))


def scores(evidence: atopic.Evidence) -> Figure | None:
    arms = score_reductions(evidence, ["EASI", "BSA"], assume="sd")
    return draw_reductions(arms, differences=reduction_differences(arms))


def events(evidence: atopic.Evidence) -> Figure | None:
    return draw_events(adverse_events(evidence))


def seen(evidence: atopic.Evidence) -> Figure | None:
    return draw_worst_case(worst_case(evidence, responses_over_time(evidence, "EASI-50")))


def cohorts(evidence: atopic.Evidence) -> Figure | None:
    return draw_cohorts(patient_groups(evidence))


def claims(evidence: atopic.Evidence) -> Figure | None:
    return draw_claims(verdicts(evidence), observations(evidence))


DRAWN = [rates, drugs, scores, events, seen, cohorts, claims]
Draw = Callable[[atopic.Evidence], Figure | None]


def row_figure(draw: Draw, evidence: atopic.Evidence) -> RowFigure:
    figure = draw(evidence)
    assert isinstance(figure, RowFigure)
    return figure


def words(figure: Figure) -> list[str]:
    """Return every word of a figure, whatever lines and dots part them.

    What a value is, which else a head over its column says, stands beside it on a phone.
    """
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    texts += [axes.get_xlabel() for axes in figure.axes]
    texts += [one.get_text() for key in figure.legends for one in key.get_texts()
              if key.get_visible()]  # fmt: skip
    joined = " ".join(texts).replace("-\n", "-")
    return sorted(word for word in joined.split() if word not in ("\N{MIDDLE DOT}", "claimed"))


@pytest.mark.parametrize("draw", DRAWN)
def test_every_word_is_there_and_inside(evidence: atopic.Evidence, draw: Draw) -> None:
    figure = row_figure(draw, evidence)
    wide = words(figure)
    with set_narrow(figure):
        assert figure.get_figwidth() == NARROW
        assert words(figure) == wide
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        width, height = figure.bbox.size
        texts = [text for axes in figure.axes for text in [*axes.texts, axes.xaxis.label]]
        texts += [one for key in figure.legends for one in key.get_texts() if key.get_visible()]
        for text in texts:
            if text.get_text():
                box = text.get_window_extent(canvas.get_renderer())
                assert -1 <= box.x0 < box.x1 <= width + 1, text.get_text()
                assert -1 <= box.y0 < box.y1 <= height + 1, text.get_text()


@pytest.mark.parametrize("draw", DRAWN)
def test_no_words_of_rows_overlap(evidence: atopic.Evidence, draw: Draw) -> None:
    figure = row_figure(draw, evidence)
    with set_narrow(figure):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        boxes = [
            (one.text.get_text(), one.text.get_window_extent(canvas.get_renderer()))
            for chart in figure.charts
            for one in chart.written
        ]
        for number, (said, box) in enumerate(boxes):
            for other, beside in boxes[number + 1 :]:
                across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
                down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
                assert across < 2 or down < 3, (said, other)


def test_a_verdict_has_its_mark_beside_it(evidence: atopic.Evidence) -> None:
    figure = row_figure(claims, evidence)
    with set_narrow(figure):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        signed = [one for one in figure.charts[0].written if one.sign]
        found = verdicts(evidence)
        shares = found["measure"].eq("share") & found["estimate"].notna()
        assert len(signed) == (found["verdict"].ne("cannot be tested") & shares).sum() > 0
        for one in signed:
            words = one.text.get_window_extent(canvas.get_renderer())
            for line in one.sign:
                ((x, y),) = line.get_transform().transform(line.get_xydata())
                assert words.x0 - 30 < x < words.x0
                assert words.y0 < y < words.y1


@pytest.mark.parametrize("draw", [rates, scores, claims])
def test_it_goes_back_to_what_it_was(evidence: atopic.Evidence, draw: Draw) -> None:
    figure = row_figure(draw, evidence)
    before = as_svg(figure, "a", "b")
    with set_narrow(figure):
        narrow = as_svg(figure, "a", "b")
    assert narrow != before
    assert as_svg(figure, "a", "b") == before


def test_marks_stay_at_their_values_and_in_the_order_of_their_rows(
    evidence: atopic.Evidence,
) -> None:
    figure = row_figure(rates, evidence)
    (axes,) = figure.axes
    marks = [line for line in axes.lines if line.get_marker() in ("o", "D")]
    with set_narrow(figure):
        shown = [axes.transData.transform(line.get_xydata())[0] for line in marks]
        names = {
            round(one.y): one.text.get_window_extent().y0
            for one in figure.charts[0].written
            if 0 <= one.y == round(one.y)
        }
        for line, (x, y) in zip(marks, shown, strict=True):
            ends = axes.transData.transform([(0, line.get_ydata()[0]), (100, 0)])[:, 0]
            assert np.isclose((x - ends[0]) / (ends[1] - ends[0]), line.get_xdata()[0] / 100)
            row = round(line.get_ydata()[0])
            assert y < names[row]
            below = [other for at, other in names.items() if at > row]
            assert all(other < y for other in below)


@pytest.fixture
def narrow(evidence: atopic.Evidence) -> Iterator[Figure]:
    figure = row_figure(rates, evidence)
    with set_narrow(figure):
        yield figure


@pytest.mark.mpl_image_compare(filename="narrow-rates.png", savefig_kwargs={"dpi": 60})
def test_rates_on_a_phone(narrow: Figure) -> Figure:
    return narrow
