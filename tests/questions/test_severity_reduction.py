""""""

import numpy as np
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
    tabulate_differences,
    tabulate_reductions,
)
from tests.conftest import REPOSITORY
from tests.running import run


def test_an_unlabelled_spread_is_never_guessed(evidence: atopic.Evidence) -> None:
    plain = score_reductions(evidence, "EASI", studies=["kangstem-2019"])
    assert plain["lower"].isna().all()
    assert set(plain["spread_used"]) == {"none"}
    assumed = score_reductions(evidence, "EASI", studies=["kangstem-2019"], assume="sd")
    assert assumed["lower"].notna().all()
    assert set(assumed["spread_used"]) == {"assumed sd"}
    assert plain["estimate"].to_list() == assumed["estimate"].to_list() == [-10.54, -6.194]


def test_a_printed_standard_error_needs_no_assumption(evidence: atopic.Evidence) -> None:
    # t quantile with 40 df from tables: 2.0211
    rows = score_reductions(evidence, "EASI", studies=["upadacitinib-2b"])
    placebo = rows[rows["arm_role"] == "placebo"].iloc[0]
    assert placebo["lower"] == pytest.approx(-23 - 2.0210754 * 6.4, abs=1e-6)
    assert placebo["upper"] == pytest.approx(-23 + 2.0210754 * 6.4, abs=1e-6)
    assert placebo["spread_used"] == "se"


def test_the_score_changes_of_kim_2017_stay_bare_marks(evidence: atopic.Evidence) -> None:
    for outcome, value in (("SCORAD", -50), ("IGA", -33)):
        (row,) = score_reductions(evidence, outcome).to_dict("records")
        assert (row["estimate"], row["unit"], row["setting"]) == (value, "percent", "uncontrolled")
        assert np.isnan(row["lower"])
        assert row["statistic"] == "percent_change"


def test_the_difference_that_the_codebook_computed(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", studies=["kangstem-2019"], assume="sd")
    (found,) = reduction_differences(arms, quantile="normal").to_dict("records")
    assert [round(found[name], 2) for name in ("estimate", "lower", "upper")] == [
        -4.35, -8.37, -0.32,
    ]  # fmt: skip
    assert (found["arm_id"], found["reference_arm_id"]) == ("active", "placebo")
    assert found["spread_used"] == "assumed sd"


def test_a_difference_without_spreads_has_no_interval(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", studies=["atmsc-2025"])
    (found,) = reduction_differences(arms).to_dict("records")
    assert found["estimate"] == pytest.approx(-6.72)
    assert np.isnan(found["lower"])
    assert found["method"] == "none"


def test_arms_without_a_control_group_have_no_difference(evidence: atopic.Evidence) -> None:
    assert reduction_differences(score_reductions(evidence, "SCORAD")).empty


def test_nothing_selected_is_an_empty_frame(lenient: atopic.Evidence) -> None:
    empty = score_reductions(lenient, "EASI-50")
    full = score_reductions(lenient, "EASI")
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert reduction_differences(empty).empty


@pytest.mark.parametrize("options", [{"assume": "iqr"}, {"level": 95}])
def test_what_is_no_option_is_refused(evidence: atopic.Evidence, options: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        score_reductions(evidence, "EASI", **options)
    arms = score_reductions(evidence, "EASI")
    with pytest.raises(ValueError, match="quantile"):
        reduction_differences(arms, quantile="z")


def test_rows_lead_back_to_scores(evidence: atopic.Evidence) -> None:
    for outcome in evidence.scores["outcome"].unique():
        rows = score_reductions(evidence, outcome, include_benchmarks=True)
        back = evidence.scores.loc[rows["row"]]
        assert back["value"].to_list() == rows["estimate"].to_list()
        assert back["locator"].to_list() == rows["locator"].to_list()


def test_several_outcomes_come_in_the_order_asked_for(evidence: atopic.Evidence) -> None:
    rows = score_reductions(evidence, ["IGA", "EASI", "IGA"], studies=iter(["kim-2017"]))
    assert rows["outcome"].to_list() == ["IGA"]
    rows = score_reductions(evidence, ["IGA", "EASI"])
    assert rows["outcome"].to_list() == ["IGA", "EASI", "EASI", "EASI", "EASI"]
    assert rows["source_kind"].iloc[0] == "journal-abstract"
    assert score_reductions(evidence, []).empty


def test_the_important_changes_of_the_table(evidence: atopic.Evidence) -> None:
    found = minimal_important_changes(evidence, ["SCORAD", "POEM", "pruritus-NRS", "IGA"])
    columns = ["outcome", "patients", "unit", "printed", "least", "most"]
    assert found[columns].values.tolist() == [
        ["SCORAD", "", "percent", "35", 35.0, 35.0],
        ["SCORAD", "", "points", "19.9 or 14.9", 14.9, 19.9],
        ["pruritus-NRS", "", "points", "2 to 4", 2.0, 4.0],
        ["POEM", "adults", "points", "4", 4.0, 4.0],
        ["POEM", "children", "points", "3", 3.0, 3.0],
    ]
    assert minimal_important_changes(evidence, []).empty


def test_the_size_of_a_difference_is_as_sure_as_its_less_sure_arm(
    evidence: atopic.Evidence,
) -> None:
    found = reduction_differences(score_reductions(evidence, "EASI")).set_index("study_id")
    assert found["n_basis"].to_dict() == {"kangstem-2019": "inferred", "atmsc-2025": "printed"}


# Charts and tables --------------------------------------------------------------------------------


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
        (
            f"SCORAD: FURESTEM-AD phase 1/2a (Kim 2017) 50 million cells, week 12 {MINUS}50%, "
            f"no interval."
        ),
        f"FURESTEM-AD phase 1/2a (Kim 2017) 50 million cells, week 12 {MINUS}58%, no interval; ",
        f"{MINUS}60%, no interval.",
        f"minus placebo: {MINUS}4.3 points ({MINUS}8.4 to {MINUS}0.3).",
        f"minus placebo: {MINUS}6.7 points, no interval.",
    ):
        assert part in words


def test_drugs_are_summed_up_by_role(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", weeks=[16], include_benchmarks=True)
    words = describe_reductions(arms)
    assert f"EASI in 13 drug groups of drug trials: {MINUS}39 to {MINUS}82.1%." in words
    assert f"EASI in 5 placebo groups of drug trials: {MINUS}18.1 to {MINUS}48.6%." in words
    assert f"EASI in 1 placebo group of drug trials: {MINUS}9.2 points." in words


def test_the_tables_say_what_a_number_rests_on(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, ["EASI", "pruritus"], assume="sd")
    table = tabulate_reductions(arms).set_index("Row")
    assert table.loc["7", "Spread"] == "unlabelled, taken as standard deviation"
    assert table.loc["7", "n"] == "88, deduced"
    assert table.loc["5", ["From", "Source grade"]].to_list() == ["news item", "low"]
    plain = tabulate_reductions(score_reductions(evidence, "EASI")).set_index("Row")
    assert plain.loc["7", "Spread"] == "reported without a label, not used"
    assert plain.loc["7", "Interval"] == "none"


def test_differences_are_shown_in_each_usual_way(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", assume="sd")
    found = differences_by_method(arms)
    kangstem = found[found["study_id"].eq("kangstem-2019")].set_index("method")
    limits = kangstem[["lower", "upper"]].astype("float64").round(3).T.to_dict("list")
    # scipy 1.17: quantiles of t and normal on the standard errors written out by hand
    assert limits["welch, t quantile"] == [-8.398, -0.294]
    assert limits["welch, normal quantile"] == [-8.368, -0.324]
    assert limits["pooled, t quantile"] == [-8.403, -0.289]
    table = tabulate_differences(found)
    assert table[table["Study"].eq("atmsc-2025")]["Interval"].to_list() == ["none"]


def test_nothing_is_drawn_or_told_of_nothing(lenient: atopic.Evidence) -> None:
    nothing = score_reductions(lenient, "EASI-50")
    assert draw_reductions(nothing) is None
    assert describe_reductions(nothing) == ""


def test_sources_of_changes_say_that_they_give_a_change(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", weeks=[16])
    gives = sources_of(evidence, arms).set_index("source_id")["gives"]
    assert gives.to_dict() == {"dailymedi-2025": "change", "atmsc-2025-abstract": "n"}


# The notebook -------------------------------------------------------------------------------------


NOTEBOOK = REPOSITORY / "notebooks" / "severity_reduction.ipynb"


@pytest.mark.parametrize("weeks", [[], [16], [13]])
@pytest.mark.parametrize("studies", [[], ["kangstem-2019", "x"]])
@pytest.mark.parametrize("benchmarks", [False, True])
@pytest.mark.parametrize("outcomes", [["SCORAD"], ["EASI", "BSA"], ["EASI-50"], []])
def test_it_answers_whatever_it_is_asked(
    outcomes: list[str], benchmarks: bool, studies: list[str], weeks: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    values = {
        "outcomes": outcomes, "include_benchmarks": benchmarks, "studies": studies, "weeks": weeks,
    }  # fmt: skip
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    if "figure" in kinds:
        figure = next(metadata for metadata, _ in shown if metadata["kind"] == "figure")
        assert figure["alt"].startswith("Changes of group scores, not shares of patients.")
        assert "not a share of patients" in figure["caption"]
        assert figure["rows"]["scores"]
        assert kinds.count("table") >= 3
    else:
        assert kinds
        assert set(kinds) == {"finding", "note"}


@pytest.mark.parametrize(("assume", "bar"), [("sd", True), ("se", True), (None, False)])
def test_an_assumed_spread_is_asked_for(
    assume: str | None, bar: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, {"outcomes": ["EASI"], "weeks": [12], "assume": assume}, monkeypatch)
    alt = next(metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure")
    assert ("no interval" not in alt) == bar


@pytest.mark.parametrize(
    ("name", "value"), [("level", 95), ("level", 0), ("assume", "iqr"), ("weeks", 12)]
)
def test_it_refuses_what_is_no_option(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {"outcomes": ["EASI"], name: value}, monkeypatch)


def test_an_absent_score_is_named_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _, note = run(NOTEBOOK, {"outcomes": ["SCORED"]}, monkeypatch)
    assert note[1]["text/plain"].startswith("No study reports 'SCORED'; did you mean")
    assert "pruritus" in note[1]["text/plain"]
