""""""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

import atopic
from atopic.errors import EvidenceError
from atopic.questions.controlled_effect import (
    allowed_effects,
    effect_measures,
    fragile_results,
    leave_one_out_effects,
    pooled_effect,
    pooled_models,
    pooling_refusal,
    trial_effects,
)
from atopic.questions.controlled_effect.forest import describe_effects, effects_html
from atopic.questions.controlled_effect.table import (
    describe_placebo,
    heterogeneity_note,
    phases_note,
    tabulate_effects,
    tabulate_left_out,
    tabulate_measures,
    tabulate_pooled,
)
from atopic.questions.controlled_effect.words import fragility_note
from atopic.questions.response_rates import placebo_arms
from atopic.questions.response_rates.chart import draw_rates


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
    placebo = [(28, 94)]  # of 29.3 and 29.79 the one with more digits
    differences = [x / n - y / m for x, n in active for y, m in placebo]
    assert row["combinations"] == len(differences)
    assert row["estimate_min"] == pytest.approx(min(differences))
    assert row["estimate_max"] == pytest.approx(max(differences))
    assert row["estimate"] == pytest.approx(68 / 206 - 28 / 94)
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
    assert pooled["combinations"] == 5


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
        study_id=[f"trial-{number}" for number in range(4)],
        patients_of=[f"trial-{number}" for number in range(4)],
        reference_arm_id="placebo",
    )
    apart = pooled_effect(independent, model="common").iloc[0]
    assert pooled["upper"] - pooled["lower"] > 1.1 * (apart["upper"] - apart["lower"])


def test_one_trial_is_not_pooled(evidence: atopic.Evidence) -> None:
    with pytest.raises(EvidenceError, match="one trial only, atmsc-2025"):
        pooled_effect(trial_effects(evidence, "EASI-75"))


def test_what_must_not_be_pooled_is_refused(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    mixed = trial_effects(evidence, "EASI-75", weeks=[16], include_benchmarks=True)
    with pytest.raises(EvidenceError, match="different roles of studies are never pooled"):
        pooled_effect(mixed)
    with pytest.raises(EvidenceError, match="no controlled effect to pool"):
        pooled_effect(trial_effects(lenient, "SCORAD-50"))
    twice = trial_effects(evidence, "EASI-50")
    with pytest.raises(EvidenceError, match="is there twice"):
        pooled_effect(twice.iloc[[0, 0, 1]])
    combined = twice.assign(combined_arm="yes")
    with pytest.raises(EvidenceError, match="contains other groups"):
        pooled_effect(combined)


def test_what_a_printed_p_value_allows(evidence: atopic.Evidence) -> None:
    # chisq.test of R 4.2.2 with its correction: 15 v 6 and 30 v 21 of 36 both give 0.0380559
    (row,) = allowed_effects(evidence, "EASI-50").to_dict("records")
    assert (row["study_id"], row["n_1"], row["n_0"]) == ("seo-2024-phase-2", 36, 36)
    assert (row["tests"], row["pairs"]) == ("chi-square-corrected", 2)
    assert row["lower"] == row["upper"] == pytest.approx(9 / 36)
    # 36 of an arm is half of the 72 randomised; with scipy.stats over all tables of 33 to 36
    # patients the least is that of 34 v 36 and the greatest that of 33 v 34
    assert (row["sizes"], row["fewer"]) == ("inferred", 3)
    assert row["tests_fewer"] == "chi-square, chi-square-corrected, fisher"
    assert (row["lower_fewer"], row["upper_fewer"]) == pytest.approx((0.148693, 0.283422), abs=1e-6)
    assert evidence.contrasts.loc[row["row"], "value"] == 0.038


def test_the_interval_of_a_difference_of_which_only_p_is_known(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    (row,) = allowed_effects(evidence, "EASI-50").to_dict("records")
    # Newcombe's method 10 on the Wilson limits of prop.test(x, 36, correct = FALSE) in R 4.2.2,
    # x = 15, 6, 30 and 21: the outermost limits of 15 v 6 and of 30 v 21
    assert row["interval_lower"] == pytest.approx(0.0395761948277, abs=1e-6)
    assert row["interval_upper"] == pytest.approx(0.4337524957604, abs=1e-6)
    assert row["interval_lower"] < row["lower"] == row["upper"] < row["interval_upper"]
    assert row["interval_lower_fewer"] < row["interval_lower"]
    wider = allowed_effects(evidence, "EASI-50", level=0.99).iloc[0]
    assert wider["interval_lower"] < row["interval_lower"]
    impossible = allowed_effects(evidence, "EASI-50").assign(
        interval_lower=np.nan, interval_upper=np.nan, lower=np.nan, upper=np.nan
    )
    made = effects_html(evidence, trial_effects(lenient, "EASI-90"), allowed=impossible)
    assert "none that gives P" in made
    assert 'class="span' not in made


def test_a_trial_with_counts_needs_no_guess(evidence: atopic.Evidence) -> None:
    assert allowed_effects(evidence, "EASI-75").empty


def test_the_choice_of_interval_is_shown_not_made(evidence: atopic.Evidence) -> None:
    pooled = pooled_models(trial_effects(evidence, "EASI-50"))
    width = (pooled["upper"] - pooled["lower"]).to_list()
    assert max(width) == width[1] > 5 * width[0]
    assert len(set(width)) == 3
    assert all(pooled["notes"][1:].str.len() > 20)
    assert pooled_models(trial_effects(evidence, "EASI-75")).empty


def test_the_forest_plot_is_drawn_and_told(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50")
    pooled, allowed = pooled_models(effects), allowed_effects(evidence, "EASI-50")
    made = effects_html(evidence, effects, pooled=pooled, allowed=allowed)
    for words in ("28/88 against 22/81, derived", "5 more", "25 more?", "4 to 43 more, from P"):
        assert words in made
    # The weights of the common effect, by inverse variance: 0.00496 and 0.00327 are the variances.
    assert re.findall(r"weight (\d+)%", made) == ["40", "60"]
    assert "common effect, Wald interval" in made
    assert "random effects, safeguarded Hartung-Knapp interval" in made
    told = describe_effects(effects, pooled=pooled)
    assert "FURESTEM-AD phase 3, 2019 5 points (\N{MINUS SIGN}9 to 18)" in told
    assert "Neither trial differs clearly from placebo" in told
    assert len(tabulate_effects(effects)) == 2


def test_nothing_is_drawn_told_or_tabulated_of_nothing(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    effects = trial_effects(lenient, "EASI-90")
    allowed = allowed_effects(lenient, "EASI-90")
    assert effects_html(evidence, effects, pooled=pooled_models(effects), allowed=allowed) == ""
    assert describe_effects(effects, pooled=pooled_models(effects), allowed=allowed) == ""
    printed = allowed_effects(evidence, "EASI-50")
    assert effects_html(evidence, effects, allowed=printed).count('scope="row"') == 1
    told = describe_effects(effects, allowed=printed)
    assert told.startswith("No counts of both groups were read. SCM-AGH phase 2, 2024: only P = ")
    assert describe_placebo(placebo_arms(lenient, "nonsense")) == ""
    assert tabulate_pooled(pooled_models(effects)).empty
    assert tabulate_left_out(leave_one_out_effects(effects)).empty


def test_ratios_and_patients_to_treat_of_the_trial_with_printed_counts(
    evidence: atopic.Evidence,
) -> None:
    found = effect_measures(evidence, trial_effects(evidence, "EASI-75")).set_index("measure")
    assert found.loc["RR", "estimate"] == pytest.approx((14 / 59) / (4 / 55))
    # fisher.test(matrix(c(14, 4, 45, 51), 2)) of R 4.2.2: 3.92164094 (1.12420541 to
    # 17.550833), limits searched to a tolerance of about 1e-4
    ratio = found.loc["OR", ["estimate", "lower", "upper"]].astype(float).to_list()
    assert ratio == pytest.approx([3.92164094, 1.12420541, 17.550833], rel=1e-3)
    # the reciprocals of Newcombe's limits, from the Wilson limits of prop.test in R 4.2.2
    p1, l1, u1 = 14 / 59, 0.1469461859, 0.3597489071
    p0, l0, u0 = 4 / 55, 0.02864406023, 0.17259940072
    difference = p1 - p0
    needed = found.loc["NNT", ["estimate", "lower", "upper"]].astype(float).to_list()
    assert needed == pytest.approx(
        [
            1 / difference,
            1 / (difference + np.hypot(u1 - p1, p0 - l0)),
            1 / (difference - np.hypot(p1 - l1, u0 - p0)),
        ],
        rel=1e-6,
    )
    assert found.loc["NNT", "text"] == "NNTB 6.1 (3.4 to 33.5)"


def test_a_number_to_treat_runs_over_infinity_where_no_difference_is_included(
    evidence: atopic.Evidence,
) -> None:
    effects = trial_effects(evidence, "EASI-50")
    found = effect_measures(evidence, effects)
    needed = found[found["measure"].eq("NNT")].set_index("study_id")
    assert needed.loc["kangstem-2019", "estimate"] == pytest.approx(1 / (28 / 88 - 22 / 81))
    for _, row in needed.iterrows():
        assert "to \N{INFINITY} to NNTH" in row["text_over_all"]
        assert row["lower"] > 0 > row["upper"]
    later = needed.loc["kangstem-2024"]
    assert later["lower_min"] < later["lower"]  # more benefit over all counts that fit
    with pytest.raises(ValueError, match="must be risk differences"):
        effect_measures(evidence, trial_effects(evidence, "EASI-50", measure="RR"))


def test_fewer_who_fail_are_a_benefit(evidence: atopic.Evidence) -> None:
    # IGA-above-1 counts failures: 69 of 84 against 83 of 85
    effects = trial_effects(evidence, "IGA-above-1", studies=["dupilumab-adolescents"])
    found = effect_measures(evidence, effects)
    row = found[found["measure"].eq("NNT") & found["arm_id"].eq("mg-300-q4w")].iloc[0]
    assert row["estimate"] == pytest.approx(1 / (83 / 85 - 69 / 84))
    assert row["text"].startswith("NNTB 6.4 (")


def test_without_one_of_two_trials_the_other_stands_alone(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50")
    left = leave_one_out_effects(effects).set_index("left_out")
    assert left["pooled"].to_list() == ["no", "no"]
    assert left.loc["kangstem-2024", "estimate"] == pytest.approx(28 / 88 - 22 / 81)
    assert left.loc["kangstem-2019", "combinations"] == 5
    assert leave_one_out_effects(trial_effects(evidence, "EASI-75")).empty


def test_without_one_of_three_trials_two_are_pooled(evidence: atopic.Evidence) -> None:
    effects = trial_effects(
        evidence,
        "EASI-75",
        studies=["shr0302-phase-2", "breeze-ad7", "ecztra-6"],
        weeks=[12, 16],
        pool_by="all",
    )
    left = leave_one_out_effects(effects).set_index("left_out")
    assert left["pooled"].to_list() == ["yes"] * 3
    rest = effects[~effects["study_id"].eq("ecztra-6")]
    # the same call by hand: what is left, pooled
    alone = pooled_effect(rest, model="common").iloc[0]
    assert left.loc["ecztra-6", "estimate"] == pytest.approx(alone["estimate"])
    assert left.loc["ecztra-6", "studies"] == 2


def test_what_is_not_pooled_says_why(evidence: atopic.Evidence) -> None:
    mixed = trial_effects(evidence, "EASI-50", studies=["kangstem-2019", "shr0302-phase-2"])
    assert "different roles of studies" in pooling_refusal(mixed)
    assert pooled_models(mixed).empty
    assert leave_one_out_effects(mixed).empty
    assert pooling_refusal(trial_effects(evidence, "EASI-50")) == ""


def test_cochrans_q_and_what_it_cannot_say(evidence: atopic.Evidence) -> None:
    # rma(measure="RD", ai=c(28,68), n1i=c(88,206), ci=c(22,28), n2i=c(81,94), method="EE") of
    # metafor: Q(df = 1) = 0.0251, p-val = 0.8741
    pooled = pooled_models(trial_effects(evidence, "EASI-50"))
    assert pooled["Q"].iloc[0] == pytest.approx(0.0251, abs=5e-5)
    assert pooled["Q_p"].iloc[0] == pytest.approx(0.8741, abs=5e-5)
    note = heterogeneity_note(pooled)
    assert "from too few trials to tell" in note
    assert note.endswith("The next trial cannot be predicted.")
    assert heterogeneity_note(pooled_models(trial_effects(evidence, "EASI-75"))) == ""


def test_the_phase_3_trials_are_told_first(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    told = phases_note(trial_effects(evidence, "EASI-50"))
    assert told.startswith("Neither phase 3 trial differs clearly from placebo: 5 points ")
    assert "double-blind" in told
    assert phases_note(trial_effects(lenient, "SCORAD-50")) == ""


def test_placebo_arms_are_context(evidence: atopic.Evidence) -> None:
    arms = placebo_arms(evidence, "EASI-50", weeks=[12], trials=["kangstem-2019", "kangstem-2024"])
    assert set(arms["arm_role"]) == {"placebo"}
    assert arms["study_id"].to_list() == [
        "kangstem-2019", "kangstem-2024", "kangstem-2024", "dupilumab-m12", "shr0302-phase-2",
        "andreasen-2020",
    ]  # fmt: skip
    assert describe_placebo(arms) == (
        "EASI-50 in placebo groups: FURESTEM-AD phase 3, 2019 27% (18 to 38); FURESTEM-AD phase "
        "3, 2024 29% (20 to 40); FURESTEM-AD phase 3, 2024 30% (21 to 40). Drug trials, 2 "
        "placebo groups: 35 to 43%. Andreasen 2020, pooled: 40%."
    )
    assert "EASI-75" not in set(arms["outcome"])


# Charts and tables --------------------------------------------------------------------------------


image = pytest.mark.mpl_image_compare


def test_a_prediction_for_another_trial_is_a_bar_and_words(evidence: atopic.Evidence) -> None:
    chosen = {"agents": ["dupilumab"], "arms": ["mg-300-q2w"], "background_topicals": "no"}
    effects = trial_effects(evidence, "IGA-0/1", weeks=[16], include_benchmarks=True, **chosen)
    pooled = pooled_models(effects)
    made = effects_html(evidence, effects, pooled=pooled)
    finite = np.isfinite(pooled["prediction_lower_min"]) & pooled["method"].ne("common")
    assert finite.any()
    assert made.count("; in another trial") == finite.sum()
    assert made.count('class="span new"') == finite.sum() + 1  # and one in the key
    assert 'class="point drug"' in made


@image(filename="placebo-easi-50.png", savefig_kwargs={"dpi": 50})
def test_placebo_arms_beside_those_of_drug_trials(evidence: atopic.Evidence) -> Figure:
    trials = ["kangstem-2019", "kangstem-2024"]
    return draw_rates(placebo_arms(evidence, "EASI-50", weeks=[12], trials=trials))


def test_two_more_responders_on_placebo_would_undo_the_one_significant_result(
    evidence: atopic.Evidence,
) -> None:
    # 14/59 v 4/55 in R 4.2.2: chisq.test 0.0161, as printed; fisher.test 0.0204. With 6 of 55
    # on placebo chisq.test gives 0.0721 and fisher.test 0.0876.
    effects = trial_effects(evidence, "EASI-75", weeks=[16])
    found = fragile_results(evidence, effects, allowed_effects(evidence, "EASI-75"))
    assert found["test"].to_list() == ["chi-square", "fisher"]
    assert found["index"].to_list() == [2, 2]
    assert found["arm"].to_list() == ["placebo", "placebo"]
    assert found["p"].round(4).to_list() == [0.0161, 0.0204]
    assert found["p_after"].round(4).to_list() == [0.0721, 0.0876]
    note = fragility_note(found)
    assert "if two more placebo patients had responded, P would be .072" in note


def test_a_printed_p_is_fragile_over_every_pair_of_counts_that_gives_it(
    evidence: atopic.Evidence,
) -> None:
    # 15 v 6 and 30 v 21 of 36 print .038 by chisq.test with correction; 7 and 22 do not.
    allowed = allowed_effects(evidence, "EASI-50", weeks=[12])
    found = fragile_results(evidence, trial_effects(evidence, "EASI-50").iloc[:0], allowed)
    (row,) = found.to_dict("records")
    assert (row["test"], row["index_min"], row["index_max"]) == ("chi-square-corrected", 1, 1)
    assert (row["arm"], row["counted"], np.isnan(row["index"])) == ("placebo", False, True)
    assert "one more responder on placebo would have made this result" in fragility_note(found)


def test_what_is_not_significant_has_no_fragility(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    found = fragile_results(evidence, effects, allowed_effects(evidence, "EASI-75"))
    assert found.empty
    assert fragility_note(found) == ""
    # At a laxer limit the same trials have one.
    assert len(fragile_results(evidence, effects, effects.iloc[:0], alpha=0.9)) == 2


def test_the_p_value_of_a_mean_allows_no_difference_of_shares(evidence: atopic.Evidence) -> None:
    rows = evidence.contrasts
    assert (rows["outcome"].eq("EASI") & rows["measure"].eq("p_value")).any()
    assert allowed_effects(evidence, "EASI").empty


def test_ratios_name_the_groups_as_readers_do(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-75", weeks=[16], include_benchmarks=True)
    groups = set(tabulate_measures(effect_measures(evidence, effects))["Group"])
    assert groups == set(effects["label"])
    assert not groups & set(effects["arm_id"])
