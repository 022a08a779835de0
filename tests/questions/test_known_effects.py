"""The pool of a drug whose effect is known, beside metafor, and what it hangs on."""

import json
import tomllib

import numpy as np
import pandas as pd
import pytest

import atopic
from atopic.questions.controlled_effect import (
    cumulative_effects,
    leave_one_out_effects,
    not_compared,
    pooled_effect,
    robust_effects,
    trial_effects,
)
from atopic.questions.controlled_effect.hangs_on_table import (
    not_compared_note,
    robust_note,
    tabulate_cumulative,
    tabulate_robust,
    tabulate_robust_left_out,
)
from tests.conftest import REPOSITORY

VALUES = json.loads(
    (REPOSITORY / "tests" / "oracles" / "known_effects" / "values.json").read_text("utf-8")
)
REPORTS = {
    "iga": "effect-dupilumab-iga",
    "easi75": "effect-dupilumab-easi-75",
    "topicals_iga": "effect-dupilumab-topicals-iga",
    "topicals_easi75": "effect-dupilumab-topicals-easi-75",
}


def effects_of(evidence: atopic.Evidence, report: str) -> pd.DataFrame:
    """Return the effects of a report as its parameters in reports.toml ask for them."""
    manifest = tomllib.loads((REPOSITORY / "reports.toml").read_text("utf-8"))
    asked = next(one["parameters"] for one in manifest["report"] if one["id"] == report)
    return trial_effects(
        evidence,
        asked["outcome"],
        weeks=asked["weeks"],
        include_benchmarks=asked["include_benchmarks"],
        agents=asked["agents"],
        arms=asked["arms"],
        background_topicals=asked["topicals"],
    )


@pytest.mark.parametrize("name", list(REPORTS))
def test_a_report_pools_the_trials_and_counts_that_metafor_was_given(
    evidence: atopic.Evidence, name: str
) -> None:
    effects = effects_of(evidence, REPORTS[name])
    assert effects["study_id"].to_list() == VALUES["studies"][name]
    counts = effects[["responders", "n", "reference_responders", "reference_n"]]
    assert counts.to_numpy().tolist() == VALUES["counts"][name]


@pytest.mark.parametrize("name", list(REPORTS))
def test_the_pool_by_every_choice_is_that_of_metafor(evidence: atopic.Evidence, name: str) -> None:
    robust = robust_effects(effects_of(evidence, REPORTS[name]), fewest=2)
    fits = VALUES["fits"][name]
    compared = 0
    for row in robust.to_dict("records"):
        kept = fits.get(row["left_out"] or "all")
        if kept is None:  # of two trials one is left
            continue
        tau2 = "ee" if row["model"] == "common" else row["tau2_method"]
        theirs = kept[tau2][row["interval"]]
        for number in ("estimate", "lower", "upper"):
            assert row[number] == pytest.approx(theirs[number], abs=2e-8), (row, number)
        assert row["tau2"] == pytest.approx(theirs["tau2"], abs=1e-8)
        compared += 1
    assert compared == 21 * len(fits)


def test_prediction_and_steps_are_those_of_metafor(evidence: atopic.Evidence) -> None:
    effects = effects_of(evidence, REPORTS["iga"])
    pooled = pooled_effect(effects).iloc[0]
    ends = [pooled["prediction_lower"], pooled["prediction_upper"]]
    assert ends == pytest.approx(VALUES["prediction_iga"], abs=1e-8)
    common = VALUES["fits"]["iga"]["all"]["ee"]["wald"]
    assert pooled_effect(effects, model="common").iloc[0]["Q"] == pytest.approx(common["Q"])
    steps = cumulative_effects(effects)
    assert steps["patients"].is_monotonic_decreasing
    for (_, row), theirs in zip(steps.iloc[1:].iterrows(), VALUES["cumulative_iga"], strict=True):
        for number in ("estimate", "lower", "upper"):
            assert row[number] == pytest.approx(theirs[number], abs=1e-8)
    assert not np.isfinite(steps["lower"].iloc[0])
    assert tabulate_cumulative(steps)["Effect"].iloc[0].endswith("(no interval)")


@pytest.mark.parametrize(
    ("name", "model", "how"),
    [
        ("iga", "common", ("ee", "wald")),  # two are left, as where two are all there are
        ("two_antibodies", "random", ("reml", "hartung-knapp-safeguarded")),
    ],
)
def test_without_each_trial_the_rest_pool_as_metafor_does_by_the_model_of_the_headline(
    evidence: atopic.Evidence, name: str, model: str, how: tuple[str, str]
) -> None:
    if name in REPORTS:
        effects = effects_of(evidence, REPORTS[name])
    else:
        effects = trial_effects(
            evidence, "IGA-0/1", weeks=[16], studies=VALUES["studies"][name],
            arms=["mg-300-q2w"], include_benchmarks=True, pool_by="all",
        )  # fmt: skip
        counts = effects[["responders", "n", "reference_responders", "reference_n"]]
        assert counts.to_numpy().tolist() == VALUES["counts"][name]
    left = leave_one_out_effects(effects)
    assert left["left_out"].to_list() == VALUES["studies"][name]
    for row in left.to_dict("records"):
        theirs = VALUES["fits"][name][row["left_out"]][how[0]][how[1]]
        ours = [row["estimate"], row["lower"], row["upper"]]
        assert ours == pytest.approx([theirs["estimate"], theirs["lower"], theirs["upper"]])
        assert row["method"].startswith(f"{model} effect, ")


def test_the_answer_that_flips_is_told_with_the_choice_that_flips_it(
    evidence: atopic.Evidence,
) -> None:
    robust = robust_effects(effects_of(evidence, REPORTS["iga"]))
    whole, rest = robust[robust["left_out"].eq("")], robust[robust["left_out"].ne("")]
    assert len(whole) == 21
    assert not whole["flips"].any()
    flips = rest[rest["flips"]]
    assert set(flips["interval"]) == {"hartung-knapp-safeguarded"}
    assert ((flips["lower"] < 0) & (flips["upper"] > 0)).all()
    told = robust_note(robust)
    assert told.startswith("With all 3 trials each of 21 choices gives the same answer")
    each = len(flips[flips["left_out"].eq("solo-1")])
    some = (
        f"Without Dupilumab phase 2b, SOLO 1 or SOLO 2, {each} of 21 choices give another answer, "
    )
    assert f"{some}by the safeguarded Hartung-Knapp interval" in told
    table = tabulate_robust(robust)
    assert len(table) == 7
    assert table["Hartung-Knapp"].str.startswith("27.7 (").all()
    by_trial = tabulate_robust_left_out(robust).set_index("Without")
    assert by_trial.loc["none", "Another answer"] == "0"
    assert robust_note(robust.assign(flips=False)).endswith("each still gives it.")


def test_two_trials_of_cells_have_no_robustness_table_and_three_would(
    evidence: atopic.Evidence,
) -> None:
    effects = trial_effects(evidence, "EASI-50")
    assert robust_effects(effects).empty
    assert cumulative_effects(effects).empty
    assert robust_note(robust_effects(effects)) == ""
    assert tabulate_robust(robust_effects(effects)).empty
    third = effects.iloc[[0]].assign(study_id="a-third", patients_of="a-third")
    three = robust_effects(pd.concat([effects, third], ignore_index=True))
    assert set(three["left_out"]) == {"", *effects["study_id"], "a-third"}


def test_ratios_come_back_as_ratios(evidence: atopic.Evidence) -> None:
    asked = {"agents": ["dupilumab"], "arms": ["mg-300-q2w"], "background_topicals": "no"}
    ratios = trial_effects(
        evidence, "IGA-0/1", weeks=[16], include_benchmarks=True, measure="RR", **asked
    )
    robust = robust_effects(ratios)
    assert robust["estimate"].between(ratios["estimate"].min(), ratios["estimate"].max()).all()
    assert tabulate_robust(robust)["Wald"].str.match(r"\d\.\d\d \(\d").all()


def test_arms_are_chosen_by_product_id_and_topicals(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    every = trial_effects(evidence, "IGA-0/1", weeks=[16], include_benchmarks=True)
    some = trial_effects(
        evidence, "IGA-0/1", weeks=[16], include_benchmarks=True, agents=["dupilumab"]
    )
    assert set(some["agent"]) == {"dupilumab"}
    assert 0 < len(some) < len(every)
    for topicals in ("yes", "no"):
        part = trial_effects(
            evidence, "IGA-0/1", weeks=[16], include_benchmarks=True, agents=["dupilumab"],
            background_topicals=topicals,
        )  # fmt: skip
        assert set(part["background_topicals"]) == {topicals}
    with pytest.raises(ValueError, match="agents must be a list"):
        trial_effects(lenient, "IGA-0/1", agents="dupilumab")


def test_trials_without_a_number_to_compare_are_named_with_the_reason(
    evidence: atopic.Evidence,
) -> None:
    effects = effects_of(evidence, REPORTS["iga"])
    asked = {"weeks": [16], "agents": ["dupilumab"], "background_topicals": "no"}
    missing = not_compared(evidence, effects, "IGA-0/1", **asked)
    assert "dupilumab-adolescents" in set(missing["study_id"])
    assert not set(missing["study_id"]) & set(effects["study_id"])
    assert "the sources read give no rate of IGA-0/1" in not_compared_note(missing)
    later = not_compared(evidence, effects.iloc[:0], "EASI-50", **{**asked, "weeks": [16]})
    why = later.set_index("study_id")["why"]
    assert why["dupilumab-m12"] == "EASI-50 is reported at week 12 only"
    assert not_compared(evidence, effects, "IGA-0/1", agents=[]).empty
    assert not_compared_note(missing.iloc[:0]) == ""
