"""The charts of a trial plan, against their baselines, and their words."""

import pytest
from matplotlib.figure import Figure

import atopic
from atopic.questions.next_trial import (
    beliefs_about,
    dose_arms,
    dose_power,
    expected_results,
    past_trials,
    power_by_size,
    sizes_needed,
    sizes_to_rule_out,
)
from atopic.questions.next_trial.chart import draw_doses, draw_outlook, draw_power
from atopic.questions.next_trial.table import tabulate_past, tabulate_sizes
from atopic.questions.next_trial.words import (
    answer_in_words,
    describe_doses,
    describe_outlook,
    describe_power,
)

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
    text = answer_in_words(needed, out, expected, past, delta=0.15)
    assert "15 points, a trial needs 326 patients for 80 % power" in text
    assert "takes 159 for a probability of 80 %" in text
    assert "Kangstem 2019, with 88 against 81 patients, had 54 % power for it." in text
    assert "had 72 % power for it (69 % to 72 % over all counts that fit)" in text
    alt = describe_power(needed, control_rate=0.3, past=past)
    assert "Kangstem 2024 (305)" in alt
    assert "Uncontrolled reading (no control group), from 100 to 900" in describe_outlook(expected)
    arms = dose_arms(0.3, difference=0.2, doses=2)
    # prop.trend.test of every table is too long here; the oracle has it for small arms.
    assert describe_doses(dose_power(arms, patients=[150])).startswith("Power with 150 patients.")


def test_tables_say_what_cannot_be() -> None:
    cells = tabulate_sizes(sizes_needed(0.95, differences=[0.1], powers=[0.8]))
    assert cells["Active rate"].to_list() == ["above 100 %"]
    assert cells["Patients"].to_list() == ["none"]


def test_ranges_are_shown_where_counts_are_ambiguous(evidence: atopic.Evidence) -> None:
    past = past_trials(evidence, "EASI-50", week=12, differences=[0.15], control_rate=0.3)
    assert tabulate_past(past)["15 points"].to_list()[:2] == ["0.538", "0.722 (0.693 to 0.722)"]


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="100 %"):
        draw_power(power_by_size(0.95, differences=[0.1]))
