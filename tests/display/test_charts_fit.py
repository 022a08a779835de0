"""No word of a chart leaves its figure, and no chart is much wider than a page."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.questions.benchmarks import benchmark_rates
from atopic.questions.benchmarks.chart import draw_benchmarks
from atopic.questions.response_rates import placebo_arms, placebo_reference, response_rates
from atopic.questions.response_rates.chart import draw_rates
from atopic.questions.severity_reduction import reduction_differences, score_reductions
from atopic.questions.severity_reduction.chart import draw_reductions


def rates(evidence: atopic.Evidence, outcome: str, *weeks: int, drugs: bool = False) -> Figure:
    frame = response_rates(evidence, outcome, weeks=weeks, include_benchmarks=drugs)
    return draw_rates(frame, reference=placebo_reference(evidence, outcome))


def scores(evidence: atopic.Evidence, *outcomes: str, drugs: bool = False) -> Figure:
    arms = score_reductions(evidence, outcomes, include_benchmarks=drugs, assume="sd")
    return draw_reductions(arms, differences=reduction_differences(arms))


@pytest.mark.parametrize(
    ("draw", "asked", "drugs"),
    [
        (rates, ("EASI-50", 12), False),
        (rates, ("EASI-50", 16, 24, 52, 104, 156), False),
        (rates, ("EASI-75", 16), True),
        (rates, ("EASI-50", 12, 16), True),
        (scores, ("EASI", "BSA"), False),
        (scores, ("SCORAD", "IGA", "pruritus", "insomnia"), False),
        (scores, ("EASI",), True),
    ],
)
def test_all_words_are_inside(evidence: atopic.Evidence, draw, asked, drugs: bool) -> None:
    assert_inside(draw(evidence, *asked, drugs=drugs))


@pytest.mark.parametrize("outcome", ["EASI-50", "EASI-75", "IGA-0/1", "SCORAD-50"])
def test_all_words_of_benchmarks_are_inside(evidence: atopic.Evidence, outcome: str) -> None:
    assert_inside(draw_benchmarks(benchmark_rates(evidence, outcome, weeks=[12, 16])))


def test_all_words_of_placebo_arms_as_context_are_inside(evidence: atopic.Evidence) -> None:
    trials = ["kangstem-2019", "kangstem-2024"]
    assert_inside(draw_rates(placebo_arms(evidence, "EASI-50", weeks=[12], trials=trials)))


def assert_inside(figure: Figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # a key finds its place only then
    renderer = canvas.get_renderer()
    wide, high = figure.bbox.size
    texts = [text for axes in figure.axes for text in axes.texts]
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    for text in texts:
        if text.get_text():
            box = text.get_window_extent(renderer)
            assert -1 <= box.x0 < box.x1 <= wide + 1, text.get_text()
            assert -1 <= box.y0 < box.y1 <= high + 1, text.get_text()
    assert figure.get_figwidth() <= 11.6
