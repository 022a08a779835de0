"""The plan of the next trial: numbers by hand from the tables, or from R."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import atopic
from atopic.display.numbers import percent_text
from atopic.questions.controlled_effect import trial_effects
from atopic.questions.next_trial import (
    beliefs_about,
    dose_arms,
    dose_power,
    expected_results,
    frame_of_beliefs,
    past_trials,
    planned_sizes,
    planning_note,
    power_by_size,
    sizes_needed,
    sizes_to_rule_out,
    uncontrolled_arms,
)
from atopic.questions.next_trial.chart import draw_doses, draw_outlook, draw_power
from atopic.questions.next_trial.table import (
    tabulate_beliefs,
    tabulate_outlook,
    tabulate_past,
    tabulate_sizes,
)
from atopic.questions.next_trial.words import (
    answer_in_words,
    describe_doses,
    describe_outlook,
    describe_power,
)
from tests.conftest import REPOSITORY
from tests.reviews import psoriasis
from tests.running import run


def test_the_scenarios_of_the_two_phase_3_trials(evidence: atopic.Evidence) -> None:
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15)
    assert beliefs is not None
    frame = frame_of_beliefs(beliefs).set_index("scenario")
    # inverse variance by hand: 28/88 v 22/81 and 68/206 v 28/94
    d = np.array([28 / 88 - 22 / 81, 68 / 206 - 28 / 94])
    v = np.array(
        [p * (1 - p) / n + q * (1 - q) / m
         for p, n, q, m in ((28 / 88, 88, 22 / 81, 81), (68 / 206, 206, 28 / 94, 94))]
    )  # fmt: skip
    common = frame.loc["Evidence, one effect"]
    assert common["estimate"] == pytest.approx(np.average(d, weights=1 / v))
    assert common["sd"] == pytest.approx(1 / np.sqrt((1 / v).sum()))
    assert frame.loc["Evidence, next trial", "sd"] > common["sd"]
    sceptic = frame.loc["Sceptical"]
    assert sceptic["probability_relevant"] == pytest.approx(0.05)
    reading = frame.loc["Uncontrolled reading"]
    assert reading["estimate"] == pytest.approx(6 / 11 - 0.399)
    # 36.7 to 43.2 is the printed 95% interval
    se = (0.432 - 0.367) / 2 / 1.959964
    assert reading["sd"] == pytest.approx(np.sqrt(6 * 5 / 11**3 + se**2), rel=1e-5)
    assert frame["controlled"].to_list() == [True, True, True, False]
    assert beliefs.rows == (6, 11, 7, 227, 2, 146)
    assert 22 / 81 < beliefs.control_rate < 29 / 99


def test_a_given_control_rate_is_held_fixed(evidence: atopic.Evidence) -> None:
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15, control_rate=0.4)
    assert beliefs is not None
    assert beliefs.control_rate == 0.4
    assert all(one.control.fixed for one in beliefs.scenarios)


def test_one_trial_is_enough_for_a_belief_but_not_for_its_scatter(
    evidence: atopic.Evidence,
) -> None:
    beliefs = beliefs_about(evidence, "EASI-75", week=16, delta=0.15)
    assert beliefs is not None
    assert [one.name for one in beliefs.scenarios] == [
        "Evidence, next trial", "Evidence, one effect", "Sceptical",
    ]  # fmt: skip
    assert beliefs.scenarios[1].effect.expectation == pytest.approx(14 / 59 - 4 / 55)
    assert "prior alone" in planning_note(evidence, "EASI-75", week=16)


@pytest.mark.parametrize(
    ("outcome", "week", "words"),
    [
        ("EASI-90", 12, "give a control_rate"),
        ("EASI-50", 13, "give a control_rate"),
        ("nonsense", 12, "no outcome that counts responders"),
        ("EASI", 12, "no outcome that counts responders"),
    ],
)
def test_what_cannot_be_planned_is_said(
    lenient: atopic.Evidence, outcome: str, week: int, words: str
) -> None:
    assert beliefs_about(lenient, outcome, week=week, delta=0.15) is None
    assert words in planning_note(lenient, outcome, week=week)


def test_without_a_trial_only_the_sceptic_is_left(evidence: atopic.Evidence) -> None:
    beliefs = beliefs_about(evidence, "EASI-90", week=12, delta=0.2, control_rate=0.1)
    assert beliefs is not None
    assert [one.name for one in beliefs.scenarios] == ["Sceptical"]
    assert beliefs.rows == ()


def test_the_best_uncontrolled_arm_has_a_printed_count(evidence: atopic.Evidence) -> None:
    arms = uncontrolled_arms(evidence, "EASI-50", week=12)
    assert arms[["study_id", "responders", "n"]].to_numpy().tolist() == [["kim-2017", 6, 11]]


def test_past_trials_by_r(evidence: atopic.Evidence) -> None:
    # prop.test of every table, dbinom: R 4.2.2; the second over 65/197 to 69/209 v 28/94
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    first, second, third = past.to_dict("records")
    assert first["estimate"] == pytest.approx(0.5384481709)
    assert (first["n_active"], first["n_control"]) == (88, 81)
    assert second["estimate"] == pytest.approx(0.701335635658)
    assert second["estimate_min"] == pytest.approx(0.69680923434)
    assert second["estimate_max"] == pytest.approx(0.706428641159)
    assert second["combinations"] == 5
    assert (third["study_id"], third["rates_printed"]) == ("seo-2024-phase-2", False)
    assert (third["n_active"], third["n_control"], third["control_rate"]) == (36, 36, 0.3)


def test_sizes_are_those_of_power_prop_test() -> None:
    # power.prop.test of 0.3 against 0.4 and 0.5: 355.9428 and 123.9986 in R 4.2.2
    needed = sizes_needed(0.3, differences=[0.1, 0.2, 0.8], powers=[0.8, 0.9])
    assert needed["n_control"].iloc[[0, 3]].to_list() == [356, 124]
    assert needed["total"].iloc[4:].isna().all()
    assert needed["exact_power"].iloc[:4].between(0.79, 0.92).all()


def test_unequal_arms_and_conservative_tests_need_more() -> None:
    def total(**options) -> int:
        return sizes_needed(0.3, differences=[0.2], powers=[0.8], **options)["total"].iloc[0]

    assert total(allocation=2) > total()
    assert total(test="fisher") > total()
    assert planned_sizes(300, 2) == (200, 100)


def test_ruling_out_by_r() -> None:
    # Newcombe from prop.test, dbinom over every table: 79 + 80 pass 0.8, 79 + 79 do not; R 4.2.2
    (row,) = sizes_to_rule_out(0.3, delta=0.2, powers=[0.8]).to_dict("records")
    assert (row["n_active"], row["n_control"]) == (79, 80)
    assert row["probability"] == pytest.approx(0.8031793177)
    assert sizes_to_rule_out(0.3, delta=0.02, powers=[0.9])["total"].isna().all()


def test_power_curves_rise() -> None:
    for _, curve in power_by_size(0.3, differences=[0.1, 0.2]).groupby("difference"):
        assert curve["power"].is_monotonic_increasing
    assert power_by_size(0.95, differences=[0.1]).empty


def test_assurance_rises_to_its_ceiling(evidence: atopic.Evidence) -> None:
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15)
    assert beliefs is not None
    found = expected_results(beliefs, patients=[100, 400, 900], replicates=10_000)
    for _, line in found.groupby("scenario"):
        assert line["estimate"].is_monotonic_increasing
        assert (line["estimate"] < line["ceiling"]).all()
        assert line["conclusive_null"].is_monotonic_increasing
    assert (abs(found["simulated"] - found["estimate"]) < 4.5 * found["monte_carlo_se"]).all()


def test_shapes_of_doses() -> None:
    arms = dose_arms(0.3, difference=0.2, doses=3)
    plateau = arms[arms["shape"].eq("plateau")]["rate"].to_list()
    assert plateau == pytest.approx([0.3, 0.5, 0.5, 0.5])
    powers = dose_power(arms, patients=[202]).set_index(["shape", "analysis"])["estimate"]
    assert powers["linear", "trend"] > powers["linear", "any dose"]
    assert powers["plateau", "any dose"] > powers["plateau", "trend"]
    assert set(dose_power(arms, patients=[202])["total"]) == {200}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"delta": 15}, "delta .*did you mean 0.15"),
        ({"control_rate": 30}, "control_rate .*did you mean 0.3"),
        ({"control_rate": 0}, "control_rate"),
        ({"scatter": 0}, "scatter"),
    ],
)
def test_beliefs_refuse_what_is_none(evidence: atopic.Evidence, options, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        beliefs_about(evidence, "EASI-50", **{"week": 12, "delta": 0.15, **options})


# Charts and tables --------------------------------------------------------------------------------


SIZES = [100, 300, 900]


@pytest.fixture(scope="module")
def expected(evidence: atopic.Evidence):
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15)
    assert beliefs is not None
    return expected_results(beliefs, patients=SIZES, replicates=2000)


@pytest.mark.mpl_image_compare(filename="planning-power.png", savefig_kwargs={"dpi": 50})
def test_power_chart(evidence: atopic.Evidence) -> Figure:
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    curves = power_by_size(0.3, differences=[0.05, 0.1, 0.15, 0.2])
    return draw_power(curves, past=past, powers=(0.8, 0.9))


@pytest.mark.mpl_image_compare(filename="planning-outlook.png", savefig_kwargs={"dpi": 50})
def test_outlook_chart(expected) -> Figure:
    return draw_outlook(expected, delta=0.15)


@pytest.mark.mpl_image_compare(filename="planning-doses.png", savefig_kwargs={"dpi": 50})
def test_dose_chart() -> Figure:
    arms = dose_arms(0.3, difference=0.15, doses=3)
    return draw_doses(arms, dose_power(arms, patients=SIZES))


def test_hollow_marks_have_no_control_group(expected) -> None:
    for axes in draw_outlook(expected, delta=0.15).axes:
        hollow = [line.get_markerfacecolor() == "white" for line in axes.lines]
        assert hollow == [False, False, False, True]


def test_words_carry_the_numbers(evidence: atopic.Evidence, expected) -> None:
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    needed = sizes_needed(0.3, differences=[0.15], powers=[0.8])
    out = sizes_to_rule_out(0.3, delta=0.2, powers=[0.8])
    text = answer_in_words(out, expected, past, delta=0.15)
    assert "ruling out a 15-point benefit takes 159 patients for a chance of 80%" in text
    assert (
        "a chance of 54% (FURESTEM-AD phase 3, 2019) and 70% (FURESTEM-AD phase 3, 2024) "
        "to find one" in text
    )
    alt = describe_power(needed, control_rate=0.3, past=past)
    assert "FURESTEM-AD phase 3, 2024 (300)" in alt
    assert "Uncontrolled reading (no control group), from 100 to 900" in describe_outlook(expected)
    arms = dose_arms(0.3, difference=0.2, doses=2)
    # prop.trend.test of every table is too long here; the oracle has it for small arms.
    assert describe_doses(dose_power(arms, patients=[150])).startswith("Power with 150 patients.")


def test_one_probability_has_one_value_and_one_form_in_the_text_and_in_the_tables(
    evidence: atopic.Evidence, expected: pd.DataFrame
) -> None:
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15)
    assert beliefs is not None
    frame = frame_of_beliefs(beliefs)
    cells = tabulate_beliefs(frame).set_index("Scenario")
    named = cells.loc["Evidence, next trial"]
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    out = sizes_to_rule_out(0.3, delta=0.15, powers=[0.8])
    text = answer_in_words(out, expected, past, delta=0.15)
    (ceiling,) = re.findall(r"chance of success is at most (\d+)%", text)
    share = frame.set_index("scenario").loc["Evidence, next trial", "probability_possible"]
    assert percent_text(share) == f"{ceiling}%"
    assert percent_text(share, tenths=True) == named["A benefit, possible rates only"]
    # the two differ by what is possible, and so have names of their own
    assert named["A benefit"] != named["A benefit, possible rates only"]
    (power,) = re.findall(r"(\d+)% \(FURESTEM-AD phase 3, 2024", text)
    second = past["estimate"].iloc[1]
    assert percent_text(second) == f"{power}%"
    assert tabulate_past(past)["15 points"].iloc[1].startswith(percent_text(second, tenths=True))
    beliefs_alone = cells.drop(columns=["Mean, points", "Limits"])
    for table in (tabulate_outlook(expected), tabulate_past(past), beliefs_alone):
        bare = table.astype(str).apply(lambda one: one.str.contains(r"\b0\.\d{3}"))
        assert not bare.to_numpy().any()


def test_tables_say_what_cannot_be() -> None:
    cells = tabulate_sizes(sizes_needed(0.95, differences=[0.1], powers=[0.8]))
    assert cells["Treated rate"].to_list() == ["above 100%"]
    assert cells["Patients"].to_list() == ["none"]


def test_ranges_are_shown_where_counts_are_ambiguous(evidence: atopic.Evidence) -> None:
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    assert tabulate_past(past)["15 points"].to_list()[:2] == ["53.8%", "70.1% (69.7% to 70.6%)"]


def test_nothing_is_drawn_or_told_of_nothing(evidence: atopic.Evidence, expected: Any) -> None:
    assert draw_power(power_by_size(0.95, differences=[0.1])) is None
    needed = sizes_needed(0.3, differences=[0.1], powers=[0.8])
    assert describe_power(needed.iloc[:0], control_rate=0.3) == ""
    assert draw_outlook(expected.iloc[:0], delta=0.15) is None
    assert describe_outlook(expected.iloc[:0]) == ""
    arms = dose_arms(0.3, difference=0.2, doses=2)
    powers = dose_power(arms, patients=[90])
    assert draw_doses(arms.iloc[:0], powers) is None
    assert draw_doses(arms, powers.iloc[:0]) is None
    assert describe_doses(powers.iloc[:0]) == ""
    past = past_trials(evidence, "EASI-90", week=12, differences=[0.1], control_rate=0.3)
    assert tabulate_past(past).empty


# The notebook -------------------------------------------------------------------------------------


NOTEBOOK = REPOSITORY / "notebooks" / "next_trial.ipynb"
QUICK: dict[str, Any] = {"replicates": 500, "patients": [60, 120], "differences": [0.15, 0.3]}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"outcome": "EASI-75", "week": 16, "scatter": 0.02, "seed": 0, "patients": [500]},
        {"outcome": "EASI-90", "control_rate": 0.05, "delta": 0.1},
        {"week": 13, "control_rate": 0.3},
        {"control_rate": 0.6, "allocation": 3.0, "sides": 1, "alpha": 0.025},
        {"test": "fisher", "doses": 2, "powers": [0.7]},
        {"test": "chi-square-corrected", "doses": 6, "level": 0.9},
        {"delta": 0.05, "differences": [0.05]},
    ],
    ids=str,
)
def test_a_plan_has_its_figures_and_tables(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, QUICK | values, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert names == ["power", "outlook", "doses"]
    alts = [metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert not any("nan" in alt for alt in alts)
    assert any(data["text/plain"].startswith("Placebo rate") for _, data in shown)


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "nonsense"},
        {"outcome": "EASI-90"},
        {"week": 13},
        {"week": -1},
    ],
    ids=str,
)
def test_what_cannot_be_planned_is_a_note(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, QUICK | values, monkeypatch)
    assert [metadata["kind"] for metadata, _ in shown] == ["note", "finding"]


def test_fewer_of_what_is_better_rare_are_planned_for(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"outcome": "IGA-above-1", "week": 16, "control_rate": 0.8}
    shown = run(NOTEBOOK, QUICK | values, monkeypatch)
    (words,) = (str(data) for metadata, data in shown if metadata["kind"] == "finding")
    assert "patients without IGA-above-1" in words
    assert "20 of 100 are without it on placebo" in words


def test_a_rate_near_100_percent_leaves_what_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, QUICK | {"control_rate": 0.9}, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert names == ["outlook"]
    assert "no doses to plan" in " ".join(data["text/plain"] for _, data in shown)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("test", "boschloo"),
        ("delta", 15.0), ("control_rate", 30.0), ("differences", []), ("differences", [10.0]),
        ("powers", [80.0]), ("powers", []), ("allocation", 0.0), ("alpha", 5.0), ("sides", 3),
        ("test", "guess"), ("patients", []), ("patients", [1]), ("patients", [100000]),
        ("doses", 1), ("scatter", 0.0), ("level", 95.0), ("replicates", 0), ("seed", -1),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name.rstrip("s")):
        run(NOTEBOOK, QUICK | {name: value}, monkeypatch)


def test_a_plan_rests_on_the_trials_of_one_agent(tmp_path: Path) -> None:
    evidence = atopic.load(psoriasis(tmp_path / "psoriasis"))
    effects = trial_effects(evidence, "PASI-75", weeks=[12])
    most = effects.groupby("agent")["study_id"].nunique().idxmax()
    asked: dict[str, Any] = {"week": 12, "delta": 0.2}
    plan = beliefs_about(evidence, "PASI-75", **asked)
    named = beliefs_about(evidence, "PASI-75", **asked, agents=[most])
    assert plan is not None
    assert named is not None
    assert plan.rows == named.rows
    assert plan.control_rate == named.control_rate
    own = effects[effects["agent"].eq(most)]
    assert set(own["row"]) >= set(plan.rows) - set(own["reference_row"])
    past = past_trials(evidence, "PASI-75", week=12, differences=[0.2], control_rate=0.05)
    assert set(past["study_id"]) == set(own["study_id"])
    note = planning_note(evidence, "PASI-75", week=12)
    assert f"plans with the trials of {most}" in note
    assert "plans with" not in planning_note(evidence, "PASI-75", week=12, agents=["ixekizumab"])


def test_results_of_no_stated_week_can_be_planned_with(lenient: atopic.Evidence) -> None:
    raw = lenient._frames
    rows = raw["responses"].copy()
    mine = rows["outcome"].eq("EASI-50")
    rows = rows[~mine | rows["week"].eq(12)]
    rows["week"] = rows["week"].mask(rows["outcome"].eq("EASI-50"))
    blank = replace(lenient, _frames={**raw, "responses": rows})
    effects = trial_effects(blank, "EASI-50")
    assert effects["week"].isna().all()
    plan = beliefs_about(blank, "EASI-50", week=None, delta=0.15)
    assert plan is not None
    assert all(study in plan.control_words for study in effects["study_id"])
    past = past_trials(blank, "EASI-50", week=None, differences=[0.15], control_rate=0.3)
    assert set(effects["study_id"]) <= set(past["study_id"])
    assert "week" not in planning_note(blank, "EASI-50", week=None)
