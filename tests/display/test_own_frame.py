"""Charts of a reader's own frame, and of pooled results."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from atopic import pooling, proportions
from atopic.display import forest, funnel, rates
from atopic.display.narrow_chart import set_narrow

TRIALS = pd.DataFrame(
    {
        "Trial": ["Lee 2004", "Ohara 2011", "Smith and others 2015"],
        "Drug": [8, 12, 1],
        "Drug N": [20, 25, 40],
        "Placebo": [4, 6, 0],
        "Placebo N": [20, 24, 41],
        "Dose": [1.5, 2e6, None],
    }
)
COLUMNS = ("Drug", "Drug N", "Placebo", "Placebo N")
SIDES = ("favours placebo", "favours drug")


def pooled(measure: str) -> pooling.Pooled:
    return pooling.pool_contrasts(
        TRIALS, *COLUMNS, study="Trial", measure=measure, continuity="only-zero"
    )


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def ticks(figure: Figure) -> list[str]:
    return [tick.get_text() for tick in figure.axes[0].get_xticklabels()]


def markers(figure: Figure, marker: str) -> list[tuple[float, float]]:
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in figure.axes[0].lines
        if line.get_marker() == marker
    ]


@pytest.mark.mpl_image_compare(filename="own-forest.png", savefig_kwargs={"dpi": 60})
def test_a_forest_of_ratios_is_drawn_as_before() -> Figure:
    return forest(
        pooled("RR"), frame=TRIALS, left=COLUMNS, right=["Dose"], axis=(0.1, 10), sides=SIDES
    )


@pytest.mark.mpl_image_compare(filename="own-rates.png", savefig_kwargs={"dpi": 60})
def test_rates_are_drawn_as_before() -> Figure:
    groups = proportions.tabulate(TRIALS, "Drug", "Drug N", study="Trial")
    return rates(groups, pooled=pooling.pool_proportions(TRIALS, "Drug", "Drug N"))


@pytest.mark.mpl_image_compare(filename="own-funnel.png", savefig_kwargs={"dpi": 60})
def test_a_funnel_is_drawn_as_before() -> Figure:
    se = np.linspace(0.1, 0.7, 12)
    effect = -0.5 + se * np.tile([-1.5, 0.4, 1.0], 4)
    fit = pooling.random_effects(effect, se**2)
    return funnel(pooling.funnel(fit, levels=(0.9, 0.95, 0.99)), measure="RR")


def test_ratios_have_their_ticks_their_line_and_what_was_computed() -> None:
    fit = pooled("RR")
    figure = forest(fit, axis=(0.1, 10))
    axes = figure.axes[0]
    assert ticks(figure) == ["0.1", "0.2", "0.5", "1", "2", "5", "10"]
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "Risk ratio"
    squares = sorted(markers(figure, "s"), key=lambda at: at[1])
    np.testing.assert_allclose([x for x, _ in squares], np.exp(fit.data.effect))
    sizes = [line.get_markersize() for line in axes.lines if line.get_marker() == "s"]
    assert np.argmax(sizes) == np.argmax(fit.weights)
    words = texts(figure)
    assert {"2.00 (0.72 to 5.59)", "Weight", "36.5%", "59.7%", "3.8%"} <= set(words)
    assert "Random effects, 3 studies" in words


def test_a_diamond_spans_its_interval_and_a_bar_the_prediction() -> None:
    summary = {"estimate": -3.0, "lower": -6.0, "upper": 1.0,
               "prediction_lower": -9.0, "prediction_upper": 4.0}  # fmt: skip
    frame = pd.DataFrame({"study": ["A"], "estimate": [-2.0], "lower": [-8.0], "upper": [4.0]})
    figure = forest(frame, measure="MD", pooled={"Random": summary, "Common": summary})
    axes = figure.axes[0]
    for patch in axes.patches:
        assert sorted({float(x) for x in patch.get_xy()[:, 0]}) == [-6.0, -3.0, 1.0]
    bars = [line for line in axes.lines if line.get_linewidth() == 4]
    assert [list(map(float, bar.get_xdata())) for bar in bars] == [[-9.0, 4.0]] * 2
    heights = [text.get_position()[1] for text in axes.texts if "(−6.00" in text.get_text()]
    assert heights == [1, 3]


def test_limits_beyond_the_axis_end_in_arrow_heads() -> None:
    frame = pd.DataFrame(
        {
            "study": ["A", "B", "C", "D"],
            "estimate": [1.0, 2.0, 0.5, np.nan],
            "lower": [0.01, 1.0, 0.3, np.nan],
            "upper": [3.0, np.inf, 0.9, np.nan],
        }
    )
    figure = forest(frame, measure="OR", axis=(0.1, 10))
    assert markers(figure, "<") == [(0.1, 0.0)]
    assert markers(figure, ">") == [(10.0, 1.0)]
    assert {"2.00 (1.00 to ∞)", "no estimate"} <= set(texts(figure))
    assert len(markers(figure, "s")) == 3


def test_risk_differences_are_in_points_and_stay_within_what_can_be() -> None:
    figure = forest(pooled("RD"))
    assert figure.axes[0].get_xlabel() == "Risk difference, percentage points"
    assert "20.0 (−7.7 to 47.7)" in texts(figure)
    assert "−100.0 to 100.0" in texts(figure)


def test_a_rate_is_hollow_has_no_line_of_no_effect_and_an_axis_of_all_rates() -> None:
    groups = proportions.tabulate(TRIALS, "Drug", "Drug N", study="Trial")
    figure = rates(groups)
    axes = figure.axes[0]
    assert axes.get_xlim() == (0, 1)
    assert ticks(figure)[0] == "0"
    assert ticks(figure)[-1] == "100"
    faces = [to_hex(line.get_markerfacecolor()) for line in axes.lines if line.get_marker() == "o"]
    assert faces == ["#ffffff"] * 3
    assert not [line for line in axes.lines if list(line.get_ydata()) == [0, 1]]
    assert {"8", "20", "40.0 (19.1 to 63.9)"} <= set(texts(figure))


@pytest.mark.parametrize("measure", ["RD", "RR", "OR"])
def test_every_word_is_inside_at_both_widths_and_the_figure_shows_itself(measure: str) -> None:
    figure = forest(pooled(measure), frame=TRIALS, left=COLUMNS, right=["Dose"], sides=SIDES)
    shown, _ = figure._repr_mimebundle_()
    assert "Lee 2004" in shown["image/svg+xml"]
    assert_inside(figure)
    with set_narrow(figure):
        assert_inside(figure)


def assert_inside(figure: Figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    wide, high = figure.bbox.size
    for text in figure.axes[0].texts:
        if text.get_text():
            box = text.get_window_extent(canvas.get_renderer())
            assert -1 <= box.x0 < box.x1 <= wide + 1, text.get_text()
            assert -1 <= box.y0 < box.y1 <= high + 1, text.get_text()


FRAME = pd.DataFrame({"study": ["A"], "estimate": [0.5], "lower": [0.2], "upper": [0.9]})
MANY = pd.DataFrame({"effect": np.arange(12) / 10, "se": 0.2})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: forest(FRAME, study="Trial"), "the frame has no column 'Trial'; there are: 's"),
        (lambda: forest(FRAME, "estimat"), "did you mean 'estimate'? There are: 'study'"),
        (lambda: forest(FRAME, right=["Dose"]), "no column 'Dose'"),
        (lambda: forest(FRAME.assign(lower="?")), "row 0, column 'lower': '?' is not a number"),
        (lambda: forest(FRAME.assign(lower=0.95)), "row 0 (A): 'lower' = 0.95 is above 'upper'"),
        (lambda: forest(FRAME.assign(estimate=0.95)), "'estimate' = 0.95 is outside 0.2 to 0.9"),
        (lambda: forest(FRAME.assign(lower=-1.0), measure="RR"),
         "column 'lower': -1 is no risk ratio: give ratios, not their logarithms"),
        (lambda: forest(FRAME.assign(upper=20.0), measure="RD"), "20 is no share: give 0.25"),
        (lambda: rates(FRAME.assign(lower=-0.1), left=()), "-0.1 is no share"),
        (lambda: forest(FRAME, pooled={"estimate": 1, "lower": 0}), "pooled 'Pooled' has no 'upp"),
        (lambda: forest(FRAME, axis=(2, 1)), "axis must be two ends, the lower first"),
        (lambda: forest(FRAME, measure="RR", axis=(0, 1)), "the lower first and above 0"),
        (lambda: forest(FRAME.iloc[:0]), "there is no study to draw"),
        (lambda: forest([1, 2]), "this needs a frame, or a result of pooling"),
        (lambda: forest(pooling.pool_proportions([1, 2], [5, 6])), "give the frame of its studies"),
        (lambda: forest(pooling.random_effects([[0.1, 0.2]], 0.1)), "the result holds several"),
        (lambda: forest(pooled("RR"), left=["Dose"]), "give the frame that has them as frame="),
        (lambda: forest(pooled("RR"), left=["study"], frame=FRAME), "1 rows; there are 3 studies"),
        (lambda: funnel(MANY.head(9)), "a funnel plot needs at least 10 studies, not 9"),
        (lambda: funnel(MANY.assign(se=0.0)), "row 0, column 'se': 0 must be above 0"),
        (lambda: funnel(MANY, "effects"), "did you mean 'effect'?"),
        (lambda: funnel(MANY, levels=[95]), "levels must lie between 0 and 1, not 95"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_by_row_and_column(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        call()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_estimate_beyond_the_axis_leaves_an_arrow_head() -> None:
    """With or without limits of its own, of a study or of all: nothing is left out unseen."""
    frame = pd.DataFrame(
        {
            "study": ["within", "far", "alone", "low"],
            "RR": [1.0, 50.0, 60.0, 0.01],
            "low": [0.8, 30.0, None, None],
            "high": [1.3, 80.0, None, None],
        }
    )
    whole = {"estimate": 40.0, "lower": 20.0, "upper": 70.0}
    drawn = forest(frame, "RR", "low", "high", measure="RR", axis=(0.1, 10), pooled=whole)
    assert markers(drawn, ">") == [(10.0, 1.0), (10.0, 2.0), (10.0, 4.0)]
    assert markers(drawn, "<") == [(0.1, 3.0)]
    assert not drawn.axes[0].patches  # no diamond of what lies elsewhere
