import numpy as np
import pytest

import atopic
from atopic.charts.forest import describe_effects, draw_effects, tabulate_effects
from atopic.controlled import allowed_effects, pooled_effect, pooled_models, trial_effects
from atopic.errors import EvidenceError


def test_only_controlled_periods_enter(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50")
    assert effects["study_id"].to_list() == ["kangstem-2019", "kangstem-2024"]
    assert effects["week"].to_list() == [12, 12]


def test_newcombe_interval_of_the_one_trial_with_printed_counts(evidence: atopic.Evidence) -> None:
    # 14/59 - 4/55 by Newcombe's method 10, from the Wilson limits of prop.test in R 4.2.2
    (row,) = trial_effects(evidence, "EASI-75").to_dict("records")
    p1, l1, u1 = 14 / 59, 0.1469461859, 0.3597489071
    p0, l0, u0 = 4 / 55, 0.02864406023, 0.17259940072
    difference = p1 - p0
    assert row["estimate"] == pytest.approx(difference)
    assert row["lower"] == pytest.approx(difference - np.hypot(p1 - l1, u0 - p0), abs=1e-9)
    assert row["upper"] == pytest.approx(difference + np.hypot(u1 - p1, p0 - l0), abs=1e-9)
    assert (row["basis"], row["combinations"]) == ("printed", 1)
    assert (row["lower_min"], row["upper_max"]) == (row["lower"], row["upper"])


def test_every_pair_of_possible_counts_is_tried(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50", studies=["kangstem-2024"])
    (row,) = effects.to_dict("records")
    active = [(65, 197), (66, 200), (67, 203), (68, 206), (69, 209)]
    placebo = [(27, 92), (29, 99)]
    differences = [x / n - y / m for x, n in active for y, m in placebo]
    assert row["combinations"] == len(differences)
    assert row["estimate_min"] == pytest.approx(min(differences))
    assert row["estimate_max"] == pytest.approx(max(differences))
    assert row["estimate"] == pytest.approx(68 / 206 - 29 / 99)
    assert row["basis"] == "ambiguous"


def test_the_common_effect_is_weighted_by_inverse_variance(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50")
    pooled = pooled_effect(effects, model="common").iloc[0]
    weights = []
    for row in effects.to_dict("records"):
        p1, p0 = row["responders"] / row["n"], row["reference_responders"] / row["reference_n"]
        weights.append(1 / (p1 * (1 - p1) / row["n"] + p0 * (1 - p0) / row["reference_n"]))
    assert pooled["estimate"] == pytest.approx(np.average(effects["estimate"], weights=weights))
    assert pooled["estimate_min"] <= pooled["estimate"] <= pooled["estimate_max"]
    assert pooled["combinations"] == 10


def test_two_trials_leave_the_prediction_open(evidence: atopic.Evidence) -> None:
    pooled = pooled_effect(trial_effects(evidence, "EASI-50")).iloc[0]
    assert (pooled["prediction_lower"], pooled["prediction_upper"]) == (-np.inf, np.inf)


def test_ratios_come_back_as_ratios(evidence: atopic.Evidence) -> None:
    pooled = pooled_effect(trial_effects(evidence, "EASI-50", measure="RR"), model="common").iloc[0]
    assert 1.0 < pooled["estimate"] < 1.3
    assert pooled["lower"] < 1.0 < pooled["upper"]


def test_arms_that_share_a_placebo_are_not_counted_as_independent(
    evidence: atopic.Evidence,
) -> None:
    effects = trial_effects(
        evidence, "EASI-75", studies=["shr0302-phase-2", "breeze-ad7"], weeks=[12, 16]
    )
    pooled = pooled_effect(effects, model="common").iloc[0]
    assert (pooled["k"], pooled["studies"], pooled["weeks"]) == (4, 2, "12, 16")
    independent = effects.assign(
        study_id=[f"trial-{number}" for number in range(4)], reference_arm_id="placebo"
    )
    apart = pooled_effect(independent, model="common").iloc[0]
    assert pooled["upper"] - pooled["lower"] > 1.1 * (apart["upper"] - apart["lower"])


def test_one_trial_is_not_pooled(evidence: atopic.Evidence) -> None:
    with pytest.raises(EvidenceError, match="one trial only, atmsc-2025"):
        pooled_effect(trial_effects(evidence, "EASI-75"))


def test_what_must_not_be_pooled_is_refused(evidence: atopic.Evidence) -> None:
    mixed = trial_effects(evidence, "EASI-75", weeks=[16], include_benchmarks=True)
    with pytest.raises(EvidenceError, match="different study_role are never pooled"):
        pooled_effect(mixed)
    with pytest.raises(EvidenceError, match="no controlled effect to pool"):
        pooled_effect(trial_effects(evidence, "SCORAD-50"))
    twice = trial_effects(evidence, "EASI-50")
    with pytest.raises(EvidenceError, match="is there twice"):
        pooled_effect(twice.iloc[[0, 0, 1]])
    combined = twice.assign(combined_arm="yes")
    with pytest.raises(EvidenceError, match="contains other arms"):
        pooled_effect(combined)


def test_what_a_printed_p_value_allows(evidence: atopic.Evidence) -> None:
    # chisq.test of R 4.2.2 with its correction: 15 v 6 and 30 v 21 of 36 both give 0.0380559
    (row,) = allowed_effects(evidence, "EASI-50").to_dict("records")
    assert (row["study_id"], row["n_1"], row["n_0"]) == ("seo-2024-phase-2", 36, 36)
    assert (row["tests"], row["pairs"]) == ("chi-square-corrected", 2)
    assert row["lower"] == row["upper"] == pytest.approx(9 / 36)
    assert evidence.contrasts.loc[row["row"], "value"] == 0.038


def test_a_trial_with_counts_needs_no_guess(evidence: atopic.Evidence) -> None:
    assert allowed_effects(evidence, "EASI-75").empty


def test_the_choice_of_interval_is_shown_not_made(evidence: atopic.Evidence) -> None:
    pooled = pooled_models(trial_effects(evidence, "EASI-50"))
    width = (pooled["upper"] - pooled["lower"]).to_list()
    assert width[2] < width[0] < width[1]
    assert all(pooled["notes"][1:].str.len() > 20)
    assert pooled_models(trial_effects(evidence, "EASI-75")).empty


def test_the_forest_plot_is_drawn_and_told(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50")
    pooled, allowed = pooled_models(effects), allowed_effects(evidence, "EASI-50")
    figure = draw_effects(effects, pooled=pooled, allowed=allowed)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert {"28/88 against 22/81", "68/206 against 29/99", "allowed: 25"} <= set(words)
    told = describe_effects(effects, pooled=pooled)
    assert "Kangstem 2019 5 points (\N{MINUS SIGN}9 to 18)" in told
    assert "0 of 2 exclude no difference" in told
    assert len(tabulate_effects(effects)) == 2
    with pytest.raises(ValueError, match="no controlled effect to draw"):
        draw_effects(effects.iloc[:0])
