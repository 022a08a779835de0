"""The dose chart: two doses without placebo, three with counts, four with means."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import atopic
from atopic.questions.dose_response import dose_arms, dose_contrasts, dose_curves
from atopic.questions.dose_response.chart import draw_doses
from atopic.questions.dose_response.words import describe_doses

image = pytest.mark.mpl_image_compare


def drawn(evidence: atopic.Evidence, study: str, outcome: str, week: int) -> Figure:
    arms = dose_arms(evidence, study, outcome, week=week, sizes=[11])
    return draw_doses(arms, curves=dose_curves(arms), contrasts=dose_contrasts(arms))


@image(filename="dose-two.png", savefig_kwargs={"dpi": 50})
def test_two_doses_without_placebo(evidence: atopic.Evidence) -> Figure:
    return drawn(evidence, "kim-2017", "EASI-50", 12)


@image(filename="dose-counts.png", savefig_kwargs={"dpi": 50})
def test_three_doses_with_counts(evidence: atopic.Evidence) -> Figure:
    return drawn(evidence, "breeze-ad7", "EASI-75", 16)


@image(filename="dose-means.png", savefig_kwargs={"dpi": 50})
def test_four_doses_with_means(evidence: atopic.Evidence) -> Figure:
    return drawn(evidence, "upadacitinib-2b", "EASI", 16)


@pytest.mark.parametrize(
    ("study", "outcome", "week"),
    [
        ("kim-2017", "EASI-50", 12),
        ("seo-2024-phase-1", "EASI-50", 12),
        ("kangstem-2024", "EASI-50", 12),
        ("shr0302-phase-2", "SCORAD-90", 12),
        ("upadacitinib-2b", "EASI", 16),
        ("ecztra-6", "IGA-0/1", 16),
    ],
)
def test_no_words_overlap_or_leave_the_figure(
    evidence: atopic.Evidence, study: str, outcome: str, week: int
) -> None:
    figure = drawn(evidence, study, outcome, week)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    words = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.texts]
    for axes in figure.axes:
        texts = [text for text in axes.findobj(Text) if text.get_visible()]
        words += [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    words = [(text, box) for text, box in words if text.strip()]
    width, height = figure.bbox.size
    for number, (text, box) in enumerate(words):
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, text
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, text
        for other, another in words[number + 1 :]:
            assert not box.overlaps(another), (text, other)


def test_the_alt_text_has_the_numbers(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12, sizes=[11])
    assert describe_doses(arms, curves=dose_curves(arms), contrasts=dose_contrasts(arms)) == (
        "EASI-50 by dose, Kim 2017, week 12, no control group: 25 million cells 36 % (11 to 69); "
        "50 million cells 55 % (23 to 83). Highest minus lowest dose: 19 points "
        "(\N{MINUS SIGN}21 to 50)."
    )
    arms = dose_arms(evidence, "breeze-ad7", "EASI-75", week=16)
    told = describe_doses(arms, curves=dose_curves(arms))
    assert "placebo 23 % (15 to 32); 2 mg 43 % (34 to 53); 4 mg 48 % (38 to 57)" in told
    assert "heaviest model log-linear" in told


def test_what_was_refused_is_not_drawn(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "chronos", "EASI-75", week=16)
    with pytest.raises(ValueError, match="no dose to draw: The active arms of chronos"):
        draw_doses(arms)
