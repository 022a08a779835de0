"""The chart of score changes and its tables."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.evidence.provenance import sources_of
from atopic.questions.severity_reduction import (
    differences_by_method,
    minimal_important_changes,
    reduction_differences,
    score_reductions,
)
from atopic.questions.severity_reduction.chart import describe_reductions, draw_reductions
from atopic.questions.severity_reduction.table import (
    number,
    tabulate_differences,
    tabulate_reductions,
)

SCORES = ["SCORAD", "EASI", "IGA", "pruritus", "insomnia", "BSA"]
MINUS = "\N{MINUS SIGN}"


def drawn(evidence: atopic.Evidence, outcomes: list[str], **options: object) -> Figure:
    arms = score_reductions(evidence, outcomes, **options)
    return draw_reductions(
        arms,
        differences=reduction_differences(arms),
        important=minimal_important_changes(evidence, outcomes),
    )


@pytest.mark.mpl_image_compare(filename="score_changes.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_score_changes(evidence: atopic.Evidence) -> Figure:
    return drawn(evidence, SCORES, assume="sd")


@pytest.mark.mpl_image_compare(filename="score_changes_drugs.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_score_changes_with_drugs(evidence: atopic.Evidence) -> Figure:
    return drawn(evidence, ["EASI"], weeks=[12, 16], include_benchmarks=True)


@pytest.mark.parametrize("benchmarks", [False, True])
@pytest.mark.parametrize("assume", ["sd", None])
def test_the_text_of_the_chart_does_not_overlap(
    evidence: atopic.Evidence, assume: str | None, benchmarks: bool
) -> None:
    outcomes = list(evidence.scores["outcome"].unique())
    figure = drawn(evidence, outcomes, assume=assume, include_benchmarks=benchmarks)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for axes in figure.axes
        for text in axes.texts
        if text.get_text()
    ]
    width, height = figure.bbox.size
    for words, box in boxes:
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
    for place, (words, box) in enumerate(boxes):
        for other, another in boxes[place + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_no_axis_speaks_of_responders(evidence: atopic.Evidence) -> None:
    for axes in drawn(evidence, SCORES, assume="sd", include_benchmarks=True).axes:
        assert "hange" in axes.get_xlabel() or "Difference" in axes.get_xlabel()
        assert "espond" not in axes.get_xlabel()
        assert axes.get_xlim()[1] > 0 > axes.get_xlim()[0]


def test_a_bar_only_where_a_spread_was_printed(evidence: atopic.Evidence) -> None:
    def bars(figure: Figure) -> int:
        return sum(line.get_linewidth() == 2.4 for axes in figure.axes for line in axes.lines)

    assert bars(drawn(evidence, ["SCORAD", "IGA", "pruritus", "insomnia"], assume="sd")) == 0
    # Kangstem 2019: EASI and body surface, two arms and one difference each.
    assert bars(drawn(evidence, ["EASI", "BSA"], assume="sd")) == 6
    assert bars(drawn(evidence, ["EASI", "BSA"])) == 0


def test_the_alt_text_states_the_changes_and_the_differences(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, SCORES, assume="sd")
    words = describe_reductions(arms, differences=reduction_differences(arms))
    for part in (
        "not shares of patients",
        f"SCORAD: Kim 2017 50 million cells, week 12 {MINUS}50 %, no interval.",
        f"Kim 2017 50 million cells, week 12 {MINUS}58 %, no interval; ",
        f"{MINUS}60 %, no interval.",
        f"minus placebo: {MINUS}4.35 points ({MINUS}8.40 to {MINUS}0.29).",
        f"minus placebo: {MINUS}6.72 points, no interval.",
    ):
        assert part in words


def test_drugs_are_summed_up_by_role(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", weeks=[16], include_benchmarks=True)
    words = describe_reductions(arms)
    assert f"EASI in 8 drug arms of drug trials: {MINUS}39 to {MINUS}82.1 %." in words
    assert f"EASI in 4 placebo arms of drug trials: {MINUS}23 to {MINUS}48.6 %." in words


def test_the_tables_say_what_a_number_rests_on(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, ["EASI", "pruritus"], assume="sd")
    table = tabulate_reductions(arms).set_index("Row")
    assert table.loc["7", "Spread"] == "unlabelled, taken as standard deviation"
    assert table.loc["7", "n"] == "88, deduced"
    assert table.loc["5", ["From", "Confidence"]].to_list() == ["news", "low"]
    plain = tabulate_reductions(score_reductions(evidence, "EASI")).set_index("Row")
    assert plain.loc["7", "Spread"] == "printed without a label, not used"
    assert plain.loc["7", "Interval"] == "none"


def test_differences_are_shown_in_each_usual_way(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", assume="sd")
    table = tabulate_differences(differences_by_method(arms))
    kangstem = table[table["Study"].eq("kangstem-2019")].set_index("Method")["Interval"]
    # scipy 1.17: quantiles of t and normal on the standard errors written out by hand
    assert kangstem["welch, t quantile"] == f"{MINUS}8.398 to {MINUS}0.294"
    assert kangstem["welch, normal quantile"] == f"{MINUS}8.368 to {MINUS}0.324"
    assert kangstem["pooled, t quantile"] == f"{MINUS}8.403 to {MINUS}0.289"
    assert table[table["Study"].eq("atmsc-2025")]["Interval"].to_list() == ["none"]


def test_nothing_to_draw_is_said(evidence: atopic.Evidence) -> None:
    with pytest.raises(ValueError, match="no change of a score to draw"):
        draw_reductions(score_reductions(evidence, "EASI-50"))


@pytest.mark.parametrize(("value", "text"), [(-23.0, "23"), (-6.194, "6.194"), (-82.1, "82.1")])
def test_printed_changes_keep_their_digits(value: float, text: str) -> None:
    assert number(value) == f"{MINUS}{text}"


def test_sources_of_changes_say_that_they_give_a_change(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", weeks=[16])
    gives = sources_of(evidence, arms).set_index("source_id")["gives"]
    assert gives.to_dict() == {"dailymedi-2025": "change", "atmsc-2025-abstract": "n"}
