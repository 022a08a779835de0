"""The plan of the next trial: numbers by hand from the tables, or from R."""

import numpy as np
import pytest

import atopic
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


def test_the_scenarios_of_the_two_phase_3_trials(evidence: atopic.Evidence) -> None:
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15)
    assert beliefs is not None
    frame = frame_of_beliefs(beliefs).set_index("scenario")
    # inverse variance by hand: 28/88 v 22/81 and 68/206 v 29/99
    d = np.array([28 / 88 - 22 / 81, 68 / 206 - 29 / 99])
    v = np.array(
        [p * (1 - p) / n + q * (1 - q) / m
         for p, n, q, m in ((28 / 88, 88, 22 / 81, 81), (68 / 206, 206, 29 / 99, 99))]
    )  # fmt: skip
    common = frame.loc["Evidence, one effect"]
    assert common["estimate"] == pytest.approx(np.average(d, weights=1 / v))
    assert common["sd"] == pytest.approx(1 / np.sqrt((1 / v).sum()))
    assert frame.loc["Evidence, next trial", "sd"] > common["sd"]
    sceptic = frame.loc["Sceptical"]
    assert sceptic["probability_relevant"] == pytest.approx(0.05)
    reading = frame.loc["Uncontrolled reading"]
    assert reading["estimate"] == pytest.approx(6 / 11 - 0.399)
    # 36.7 to 43.2 is the printed 95 % interval
    se = (0.432 - 0.367) / 2 / 1.959964
    assert reading["sd"] == pytest.approx(np.sqrt(6 * 5 / 11**3 + se**2), rel=1e-5)
    assert frame["controlled"].to_list() == [True, True, True, False]
    assert beliefs.rows == (6, 11, 7, 12, 2, 146)
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
        ("IGA-above-1", 16, "no outcome that counts responders"),
        ("nonsense", 12, "no outcome that counts responders"),
        ("EASI", 12, "no outcome that counts responders"),
    ],
)
def test_what_cannot_be_planned_is_said(
    evidence: atopic.Evidence, outcome: str, week: int, words: str
) -> None:
    assert beliefs_about(evidence, outcome, week=week, delta=0.15) is None
    assert words in planning_note(evidence, outcome, week=week)


def test_without_a_trial_only_the_sceptic_is_left(evidence: atopic.Evidence) -> None:
    beliefs = beliefs_about(evidence, "EASI-90", week=12, delta=0.2, control_rate=0.1)
    assert beliefs is not None
    assert [one.name for one in beliefs.scenarios] == ["Sceptical"]
    assert beliefs.rows == ()


def test_the_best_uncontrolled_arm_has_a_printed_count(evidence: atopic.Evidence) -> None:
    arms = uncontrolled_arms(evidence, "EASI-50", week=12)
    assert arms[["study_id", "responders", "n"]].values.tolist() == [["kim-2017", 6, 11]]


def test_past_trials_by_r(evidence: atopic.Evidence) -> None:
    # prop.test of every table, dbinom: R 4.2.2; the second over 65/197 to 69/209, 27/92 or 29/99
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    first, second, third = past.to_dict("records")
    assert first["estimate"] == pytest.approx(0.5384481709)
    assert (first["n_active"], first["n_control"]) == (88, 81)
    assert second["estimate"] == pytest.approx(0.7217825175)
    assert second["estimate_min"] == pytest.approx(0.6925230681)
    assert second["estimate_max"] == pytest.approx(0.7217825175)
    assert second["combinations"] == 10
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
