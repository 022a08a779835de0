""""""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import atopic
from atopic.display.numbers import study_name
from atopic.questions.dose_response import (
    dose_arms,
    dose_contrasts,
    dose_curves,
    same_dose,
    trend_tests,
)
from atopic.questions.dose_response.chart import draw_doses
from atopic.questions.dose_response.table import (
    tabulate_contrasts,
    tabulate_doses,
    tabulate_models,
    tabulate_signal,
    tabulate_trend,
)
from atopic.questions.dose_response.words import (
    describe_doses,
    limits_note,
    per_week_note,
    same_dose_note,
)
from tests.conftest import REPOSITORY
from tests.reviews import change_cells, psoriasis
from tests.running import run


def test_the_doses_of_a_study_lie_on_one_axis(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "breeze-ad7", "EASI-75", week=16)
    frame = arms.frame
    assert (arms.kind, arms.unit, arms.has_placebo, arms.controlled) == ("counts", "mg", True, True)
    assert frame["dose"].to_list() == [0.0, 2.0, 4.0]
    assert frame["responders"].to_list() == [25, 47, 53]
    assert frame["n"].to_list() == [109, 109, 111]


def test_combined_arms_are_not_on_the_axis(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "seo-2024-phase-1", "EASI-50", week=12)
    assert arms.frame["arm_id"].to_list() == ["low", "high"]
    assert arms.left_out == "Not drawn: both doses (contains other groups)."
    assert not arms.has_placebo
    assert arms.unit == "cells/kg"


@pytest.mark.parametrize(
    ("study", "outcome", "week", "why"),
    [
        ("dupilumab-adolescents", "EASI-50", 16, "interval between administrations"),
        ("dupilumab-children", "EASI-75", 16, "interval between administrations"),
        ("solo-continue", "EASI-75-maintained", 36, "differ in more than the dose"),
        ("chronos", "EASI-75", 16, r"\(1 week and 2 weeks\)"),
        ("breeze-ad1", "IGA-0/1", 16, "no dose with a result"),
        ("kim-2017", "any-improvement", 2, r"one dose \(5e\+07 cells\)"),
        ("kim-2017", "EASI-50", 13, "weeks reported: 12"),
        ("nobody", "EASI-50", 12, "There is no study 'nobody'"),
        ("kangstem-2019", "EASI", 12, "has no standard error here"),
    ],
)
def test_what_lies_on_no_axis_is_refused_in_words(
    lenient: atopic.Evidence, study: str, outcome: str, week: int, why: str
) -> None:
    arms = dose_arms(lenient, study, outcome, week=week)
    assert arms.frame.empty
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(arms.refused)
    assert trend_tests(arms).empty
    assert dose_contrasts(arms).empty
    assert dose_curves(arms).refused == arms.refused
    assert same_dose(lenient, arms).empty
    assert limits_note(arms, dose_contrasts(arms)) == ""


def test_doses_in_different_units_or_arms_at_one_dose_are_refused(
    evidence: atopic.Evidence, tmp_path
) -> None:
    import shutil

    from tests.conftest import REPOSITORY

    for old, new, why in (
        ("breeze-ad7,mg-4,4 mg daily with topical corticosteroids,active-comparator,baricitinib,"
         "none,none,oral,4,mg", "breeze-ad7,mg-4,4 mg daily with topical corticosteroids,"
         "active-comparator,baricitinib,none,none,oral,4,cells", "are in different units"),
        ("active-comparator,baricitinib,none,none,oral,2,mg,,,yes",
         "active-comparator,baricitinib,none,none,oral,4,mg,,,yes", "several groups at one dose"),
    ):  # fmt: skip
        folder = tmp_path / why.replace(" ", "-")
        shutil.copytree(REPOSITORY / "data", folder)
        path = folder / "arms.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        arms = dose_arms(atopic.load(folder), "breeze-ad7", "EASI-75", week=16)
        assert why in arms.refused


def test_other_sizes_are_tried_where_n_and_percentage_are_of_two_sources(
    evidence: atopic.Evidence,
) -> None:
    # 36 percent is 5 of 14, and also 4 of 11; 12 and 13 patients cannot print it.
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    assert arms.frame["candidates"].map(str).to_list() == ["4/11; 5/14", "6/11"]
    assert arms.frame["basis"].to_list() == ["ambiguous", "printed"]
    low = arms.frame.iloc[0]
    # binom.test(4, 11) and binom.test(5, 14) of R 4.2.2
    assert low["lower_min"] == pytest.approx(0.1092634, abs=1e-6)
    assert low["upper_max"] == pytest.approx(0.6920953, abs=1e-6)
    assert low["lower"] == pytest.approx(0.1275984, abs=1e-6)
    printed = dose_arms(evidence, "breeze-ad7", "EASI-75", week=16)
    assert set(printed.frame["basis"]) == {"printed"}


def test_the_exact_trend_of_two_doses_is_fishers_test(evidence: atopic.Evidence) -> None:
    # fisher.test of R 4.2.2: 6/11 v 5/14 gives 0.4346601, 6/11 v 4/11 gives 0.6699212
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    exact = trend_tests(arms).set_index("test").loc["exact"]
    assert exact["p_value"] == pytest.approx(0.4346601, abs=1e-6)
    assert exact["p_max"] == pytest.approx(0.6699212, abs=1e-6)
    assert exact["combinations"] == 2
    assert exact["patients"] == 25
    # prop.trend.test(c(6, 7), c(9, 10)): X-squared 0.0243590, p 0.8759748; printed as 0.9
    seo = trend_tests(dose_arms(evidence, "seo-2024-phase-1", "EASI-50", week=12))
    assert seo["p_value"].to_list() == pytest.approx([0.8759748, 1.0], abs=1e-6)


def test_the_slopes_that_two_doses_allow(evidence: atopic.Evidence) -> None:
    # fisher.test(matrix(c(6, 5, 5, 9), 2)) of R 4.2.2: 2.09260774 (0.330509474 to 14.486533445);
    # with 4 of 11: fisher.test(matrix(c(6, 5, 4, 7), 2)): 2.02883036 (0.286706981 to 16.087372750).
    # R searches its limits to a tolerance of about 1e-4.
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    found = dose_contrasts(arms).set_index("measure")
    ratio = found.loc["odds ratio per doubling"]  # the doses are one doubling apart
    assert ratio["estimate"] == pytest.approx(2.09260774, rel=1e-4)
    assert ratio["lower"] == pytest.approx(0.330509474, rel=1e-3)
    assert ratio["lower_min"] == pytest.approx(0.286706981, rel=1e-3)
    assert ratio["upper_max"] == pytest.approx(16.08737275, rel=1e-3)
    difference = found.loc["difference"]
    assert difference["estimate"] == pytest.approx(6 / 11 - 5 / 14)
    assert difference["estimate_min"] == pytest.approx(6 / 11 - 4 / 11)


def test_a_slope_from_dose_zero_has_no_doubling(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "kangstem-2024", "EASI-50", week=12)
    found = dose_contrasts(arms)
    assert found["measure"].to_list() == ["difference", "odds ratio"]
    # 33.0% is one of five counts; of the placebo rates the one with more digits is one of one.
    assert set(found["combinations"]) == {5}
    assert "One dose beside placebo" in limits_note(arms, found)


def test_a_known_dose_effect_is_found_with_counts(evidence: atopic.Evidence) -> None:
    # prop.trend.test(c(25, 47, 53), c(109, 109, 111), c(0, 2, 4)): X-squared 14.3176, p 0.0001544
    arms = dose_arms(evidence, "breeze-ad7", "EASI-75", week=16)
    assert trend_tests(arms)["p_value"].iloc[0] == pytest.approx(0.0001544, rel=1e-3)
    curves = dose_curves(arms)
    weights = curves.models.set_index("model")["weight"].dropna()
    assert weights.drop("average").sum() == pytest.approx(1)
    assert list(weights.index) == ["constant", "linear", "log-linear", "average"]
    assert curves.signal["significant"].all()
    assert curves.average["dose"].agg(["min", "max"]).to_list() == [0, 4]
    target = tabulate_models(curves).set_index("Model")["Interval"]
    assert target["linear"].endswith("to more than 4")
    told = limits_note(arms, dose_contrasts(arms), curves)
    assert told.startswith("Placebo and two doses in 329 patients carry straight lines")
    assert (
        "6 of 6 candidate curves show that the response depends on the dose (one-sided at .025"
        in told
    )


def test_a_known_dose_effect_is_found_with_means(evidence: atopic.Evidence) -> None:
    # lm(mean ~ dose, weights = 1 / se^2) of R 4.2.2: slope -1.703545
    arms = dose_arms(evidence, "upadacitinib-2b", "EASI", week=16)
    assert (arms.kind, arms.lower_is_better) == ("means", True)
    assert arms.frame["se"].to_list() == pytest.approx([6.4, 6.2, 6.1, 6.1])
    curves = dose_curves(arms)
    assert curves.signal["significant"].all()
    line = curves.single["linear"]
    slope = np.diff(line["estimate"]) / np.diff(line["dose"])
    assert slope == pytest.approx(-1.703545, abs=1e-5)
    table = tabulate_models(curves).set_index("Model")
    # 20 points at 1.703545 points a mg
    target = curves.models.set_index("model")["estimate"]["linear"]
    assert target == pytest.approx(20 / 1.703545, abs=1e-2)
    assert table.loc["linear", "Target dose"] == "12"
    assert "needs at least 5 different doses" in table.loc["logistic", "Remark"]
    assert curves.statement.startswith("An improvement of 20 points over placebo is reached at 8.6")


def test_an_empty_cell_gets_half_a_patient_and_says_so(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "shr0302-phase-2", "SCORAD-90", week=12)
    assert arms.frame["responders"].to_list() == [0, 2, 3]
    curves = dose_curves(arms)
    assert "half a patient" in curves.notes
    assert "not reached up to 8 mg" in curves.statement


def test_fewer_responders_are_the_improvement_where_responders_are_failures(
    evidence: atopic.Evidence,
) -> None:
    arms = dose_arms(evidence, "shr0302-phase-2", "EASI-75", week=12)
    rising = dose_curves(arms)
    turned = arms.frame.assign(responders=arms.frame["n"] - arms.frame["responders"])
    from dataclasses import replace

    falling = dose_curves(replace(arms, frame=turned, lower_is_better=True))
    assert falling.signal["statistic"].to_list() == pytest.approx(
        rising.signal["statistic"].to_list()
    )
    assert falling.models["estimate"].to_list() == pytest.approx(
        rising.models["estimate"].to_list(), nan_ok=True, rel=1e-6
    )


def test_two_doses_get_no_curve(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    curves = dose_curves(arms)
    assert curves.refused == "With 2 doses no curve is fitted."
    assert curves.models.empty
    told = limits_note(arms, dose_contrasts(arms))
    assert "no curve can be told from them" in told
    assert "Without a placebo group no slope says" in told
    assert "times" not in told
    arms = dose_arms(evidence, "seo-2024-phase-1", "EASI-50", week=12)
    assert "Each dose was given 3 times." in limits_note(arms, dose_contrasts(arms))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"models": ["parabola"]}, "models must be among constant"),
        ({"models": "emax"}, "models must be a list"),
        ({"delta": 0.0}, "delta must be a difference"),
        ({"delta": 100.0}, "delta must be a difference"),
        ({"level": 95.0}, "level"),
    ],
)
def test_impossible_options_are_refused_for_any_study(
    evidence: atopic.Evidence, options: dict, message: str
) -> None:
    for study, outcome, week in (("breeze-ad7", "EASI-75", 16), ("kim-2017", "EASI-50", 12)):
        arms = dose_arms(evidence, study, outcome, week=week)
        with pytest.raises(ValueError, match=message):
            dose_curves(arms, **options)


def test_impossible_questions_are_refused(evidence: atopic.Evidence) -> None:
    with pytest.raises(ValueError, match="study must be one study id"):
        dose_arms(evidence, ["kim-2017"], "EASI-50", week=12)  # type: ignore[arg-type]


def test_the_same_dose_in_the_trials_that_had_a_control_group(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    again = same_dose(evidence, arms)
    assert set(zip(again["study_id"], again["arm_id"], strict=True)) == {
        ("kim-2017", "phase-2a-high"),
        ("kangstem-2019", "active"), ("kangstem-2019", "placebo"),
        ("kangstem-2024", "active"), ("kangstem-2024", "placebo"),
    }  # fmt: skip
    assert same_dose_note(again, "kim-2017") == (
        "At 50 million cells: 55% (no control group) in FURESTEM-AD phase 1/2a (Kim "
        "2017); 32% against 27% on placebo in "
        "FURESTEM-AD phase 3, 2019; 33% against 30% on placebo in FURESTEM-AD phase 3, 2024."
    )
    seo = dose_arms(evidence, "seo-2024-phase-1", "EASI-50", week=12)
    assert same_dose(evidence, seo).empty


# Charts and tables --------------------------------------------------------------------------------


image = pytest.mark.mpl_image_compare


def drawn(evidence: atopic.Evidence, study: str, outcome: str, week: int) -> Figure:
    arms = dose_arms(evidence, study, outcome, week=week)
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
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    assert describe_doses(arms, curves=dose_curves(arms), contrasts=dose_contrasts(arms)) == (
        "EASI-50 by dose, FURESTEM-AD phase 1/2a (Kim 2017), week 12, no control group: "
        "25 million cells 36% (11 to 69); "
        "50 million cells 55% (23 to 83). Highest minus lowest dose: 19 points "
        "(\N{MINUS SIGN}21 to 50)."
    )
    arms = dose_arms(evidence, "breeze-ad7", "EASI-75", week=16)
    told = describe_doses(arms, curves=dose_curves(arms))
    assert "placebo 23% (15 to 32); 2 mg 43% (34 to 53); 4 mg 48% (38 to 57)" in told
    assert "heaviest model log-linear" in told


def test_what_was_refused_is_not_drawn_told_or_tabulated(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "chronos", "EASI-75", week=16)
    assert arms.refused.startswith("The treated groups of CHRONOS differ in more than the dose")
    assert draw_doses(arms) is None
    assert describe_doses(arms) == ""
    assert tabulate_doses(arms).empty
    assert tabulate_trend(trend_tests(arms)).empty
    assert tabulate_contrasts(dose_contrasts(arms)).empty
    assert tabulate_models(dose_curves(arms)).empty
    assert tabulate_signal(dose_curves(arms)).empty


# The notebook -------------------------------------------------------------------------------------


DOSES = REPOSITORY / "notebooks" / "dose_response.ipynb"

QUESTIONS = [
    ("kim-2017", "EASI-50", 12),
    ("kim-2017", "EASI-50", 13),
    ("kim-2017", "any-improvement", 2),
    ("kim-2017", "SCORAD", 12),
    ("seo-2024-phase-1", "EASI-50", 12),
    ("kangstem-2019", "EASI-50", 12),
    ("kangstem-2024", "EASI-50", 12),
    ("kangstem-2024", "EASI-50", 16),
    ("breeze-ad7", "IGA-0/1", 16),
    ("breeze-ad1", "IGA-0/1", 16),
    ("shr0302-phase-2", "SCORAD-90", 12),
    ("ecztra-6", "EASI-75", 16),
    ("upadacitinib-2b", "EASI", 16),
    ("dupilumab-adolescents", "EASI-50", 16),
    ("dupilumab-children", "EASI", 16),
    ("solo-continue", "EASI-75-maintained", 36),
    ("andreasen-2020", "EASI-50", 12),
    ("nobody", "EASI-50", 12),
    ("kim-2017", "nonsense", 12),
]
#: Placebo and two doses, where curves are fitted.
TRIAL: dict[str, Any] = {"study": "breeze-ad7", "outcome": "EASI-75", "week": 16}
ON_ONE_AXIS = {
    ("kim-2017", "EASI-50", 12), ("seo-2024-phase-1", "EASI-50", 12),
    ("kangstem-2019", "EASI-50", 12), ("kangstem-2024", "EASI-50", 12),
    ("breeze-ad7", "IGA-0/1", 16), ("shr0302-phase-2", "SCORAD-90", 12),
    ("ecztra-6", "EASI-75", 16), ("upadacitinib-2b", "EASI", 16),
}  # fmt: skip


@pytest.mark.parametrize(("study", "outcome", "week"), QUESTIONS)
def test_it_answers_whatever_it_is_asked(
    study: str, outcome: str, week: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(DOSES, {"study": study, "outcome": outcome, "week": week}, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    if (study, outcome, week) in ON_ONE_AXIS:
        figure = next(metadata for metadata, _ in shown if metadata["kind"] == "figure")
        assert figure["alt"].startswith(f"{outcome} by dose, ")
        assert study_name(study) in figure["caption"]
        assert kinds.count("table") >= 3
    else:
        assert kinds == ["finding", "note"]


@pytest.mark.parametrize(
    "values",
    [
        {"level": 0.5}, {"models": ["linear"]}, {"delta": 1.0},
        TRIAL | {"level": 0.99}, TRIAL | {"models": ["constant"]},
        TRIAL | {"models": ["linear", "emax"], "delta": 99.0},
    ],
)  # fmt: skip
def test_any_valid_option_gives_a_page(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"study": "kim-2017", "outcome": "EASI-50", "week": 12, **values}
    shown = run(DOSES, asked, monkeypatch)
    captions = [metadata["caption"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert f"with {100 * asked.get('level', 0.95):g}% intervals" in captions[0]


def test_models_that_the_doses_cannot_carry_are_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"study": "breeze-ad7", "outcome": "EASI-75", "week": 16, "models": ["logistic"]}
    shown = run(DOSES, values, monkeypatch)
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    assert any("No curve is fitted" in note and "5 different doses" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("level", 95.0, "level"),
        ("models", ["parabola"], "models must be among"),
        ("delta", -20.0, "delta must be a difference"),
        ("week", 1.5, "weeks must be whole numbers"),
    ],
)
def test_what_is_no_value_is_refused(
    name: str, value: object, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=message):
        run(DOSES, {name: value}, monkeypatch)


def test_regimens_of_different_intervals_lie_on_an_axis_of_doses_a_week_if_asked(
    evidence: atopic.Evidence,
) -> None:
    for outcome, kind in (("IGA-0/1", "counts"), ("EASI", "means")):
        apart = dose_arms(evidence, "dupilumab-2b", outcome, week=16)
        assert "interval between administrations" in apart.refused
        assert per_week_note(apart) == ""
        arms = dose_arms(evidence, "dupilumab-2b", outcome, week=16, per_week=True)
        assert (arms.kind, arms.unit, arms.has_placebo) == (kind, "mg a week", True)
        by_arm = arms.frame.set_index("arm_id")["dose"].to_dict()
        assert by_arm == {
            "placebo": 0, "mg-100-q4w": 100 / 4, "mg-300-q4w": 300 / 4, "mg-200-q2w": 200 / 2,
            "mg-300-q2w": 300 / 2, "mg-300-qw": 300,
        }  # fmt: skip
        assert "150 mg is 300 mg every 2 weeks" in per_week_note(arms)
        curves = dose_curves(arms)
        assert curves.refused == ""
        # a known dose effect is found: no weight is left to a constant, some shape shows a signal
        weights = curves.models.set_index("model")["weight"]
        assert weights["constant"] < 1e-3
        assert (curves.signal["p_value"] < 0.001).any()


def test_a_weekly_axis_needs_the_interval_of_each_active_arm(evidence: atopic.Evidence) -> None:
    arms = dose_arms(evidence, "breeze-ad7", "EASI-75", week=16, per_week=True)
    assert arms.frame.empty
    assert "has no single dose" in arms.refused


def test_the_same_dose_at_another_interval_is_another_treatment(
    evidence: atopic.Evidence,
) -> None:
    arms = dose_arms(evidence, "dupilumab-2b", "IGA-0/1", week=16, per_week=True)
    again = same_dose(evidence, arms)
    beside = evidence.arms.set_index(["study_id", "arm_id"])["background_topicals"]
    mine = again[again["study_id"].eq("dupilumab-2b") & again["dose"].gt(0)]
    others = again[~again["study_id"].eq("dupilumab-2b") & again["dose"].gt(0)]
    assert set(others["study_id"]) == {"solo-1", "solo-2"}
    for frame in (mine, others):
        assert set(zip(frame["dose"], frame["interval_weeks"], strict=True)) == {(300, 1), (300, 2)}
    topicals = {beside[pair] for pair in zip(others["study_id"], others["arm_id"], strict=True)}
    assert topicals == {"no"}
    assert "At 300 mg every 2 weeks: " in same_dose_note(again, "dupilumab-2b")


@pytest.mark.parametrize("delta", [1, 5, 20, 60, 70, 80, 85, 90])
def test_a_target_dose_below_the_lowest_tried_is_no_number(tmp_path: Path, delta: float) -> None:
    """ERASURE gave 0, 150 and 300 mg: what lies between the first two no group tells."""
    folder = psoriasis(tmp_path / "psoriasis")
    nought = {"dose": "0", "dose_unit": "mg"}
    change_cells(folder, "arms", lambda row: row.update(nought if row["role"] == "placebo" else {}))
    evidence = atopic.load(folder)
    curves = dose_curves(dose_arms(evidence, "erasure", "PASI-75", week=12), delta=delta)
    assert curves.statement
    told = re.findall(r"([0-9.]+) mg", curves.statement)
    assert told
    assert min(map(float, told)) >= 150
    table = tabulate_models(curves)
    for column in ("Target dose", "Interval"):
        for text in table[column]:
            assert all(float(one) >= 150 for one in re.findall(r"[0-9]+(?:\.[0-9]+)?", text))


def test_a_control_group_without_a_stated_dose_stands_at_zero(tmp_path: Path) -> None:
    folder = psoriasis(tmp_path / "psoriasis")
    arms = dose_arms(atopic.load(str(folder)), "erasure", "PASI-75", week=12)
    assert arms.doses == [0.0, 150.0, 300.0]
    assert not arms.left_out
