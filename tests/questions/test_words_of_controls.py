"""Sentences call control groups what they were, also where trials have them of several kinds."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import atopic
from atopic.evidence.controls import setting_of
from atopic.questions import evidence_map
from atopic.questions.controlled_effect import (
    cumulative_effects,
    not_compared,
    robust_effects,
    trial_effects,
)
from atopic.questions.controlled_effect.finding import effects_finding
from atopic.questions.controlled_effect.forest import effects_html
from atopic.questions.controlled_effect.table import phases_note, tabulate_effects
from atopic.questions.controlled_effect.words import differing_words
from atopic.questions.dose_response import dose_arms
from atopic.questions.durability import responses_over_time
from atopic.questions.durability.chart import describe_over_time
from atopic.questions.evidence_map.chart_panels import panels_of
from atopic.questions.evidence_map.cohorts_chart import describe_cohorts
from atopic.questions.evidence_map.finding import map_finding
from atopic.questions.evidence_map.flow_chart import describe_flow
from atopic.questions.evidence_map.table import tabulate_publications
from atopic.questions.response_rates import response_rates
from atopic.questions.response_rates.finding import rates_finding
from atopic.review import (
    CONTROL_KINDS,
    Noun,
    Review,
    Words,
    control_group,
    control_word,
    controlled_word,
    use_review,
)
from tests.reviews import psoriasis

PASI = {"weeks": [12]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 23 trials against placebo and 5 of treatments against each other."""
    return psoriasis(tmp_path_factory.mktemp("controls") / "data")


@pytest.fixture
def drugs(folder: Path) -> atopic.Evidence:
    evidence = atopic.load(folder)
    use_review(evidence.review)
    return evidence


@pytest.mark.parametrize("own", ["placebo", "vehicle", "sham", "control", "usual care"])
def test_each_kind_has_one_name_and_two_kinds_a_common_one(own: str) -> None:
    use_review(Review(words=Words(control=Noun(own, own))))
    assert control_word() == own
    for kind, plain in CONTROL_KINDS.items():
        takes_own = kind in ("placebo", "other-control") and own in (plain, "vehicle")
        assert control_word(kind) == (own if takes_own else plain)
        assert control_word(kind, kind) == control_word(kind)
    several = {control_word(kind) for kind in ("sham", "no-treatment")}
    assert len(several) == 2
    assert control_word("sham", "no-treatment") == "control"
    assert control_group("sham", "active") == "control group"
    assert controlled_word("sham", "active") == "controlled"


def test_a_trial_of_two_treatments_is_no_trial_against_placebo(drugs: atopic.Evidence) -> None:
    groups = evidence_map.patient_groups(drugs)
    counts = evidence_map.publication_counts(groups)
    found = map_finding(counts, groups)["words"]
    assert "all of them with a control group" in found
    assert "placebo" not in found
    characteristics = evidence_map.study_characteristics(drugs)
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(drugs))
    titles = {panel.title for panel in panels_of(kinds, characteristics)}
    assert titles == {"Controlled trials of treatments"}
    flow = describe_flow(evidence_map.study_flow(drugs))
    assert "Controlled: 28 studies" in flow
    assert "Placebo-controlled" not in flow
    rates = response_rates(drugs, "PASI-75", **PASI)  # type: ignore[arg-type]
    said = rates_finding(drugs, "PASI-75", rates, {})["words"]
    assert said.startswith("In 28 controlled trials")
    assert "with placebo" in said  # what the control groups that have rates were given


def test_of_trials_of_one_kind_that_kind_is_named(drugs: atopic.Evidence) -> None:
    effects = trial_effects(drugs, "PASI-75", **PASI, agents=["ustekinumab"])  # type: ignore[arg-type]
    assert len(effects)
    for kind, word in (("sham", "sham"), ("usual-care", "usual care"), ("placebo", "placebo")):
        other = effects.assign(control=kind)
        nothing = effects.iloc[:0]
        said = effects_finding(drugs, "PASI-75", other.iloc[:1], nothing, nothing, {})["words"]
        assert f"than with {word}: " in said
        assert f"of 100 with {word}." in said
        assert word.capitalize() in tabulate_effects(other)
        assert f"one comparison with {word}<" in effects_html(drugs, other)
        assert phases_note(other).endswith(f"differ clearly from {word}.")


def test_what_was_given_is_named(drugs: atopic.Evidence) -> None:
    effects = trial_effects(drugs, "PASI-75", **PASI, agents=["ustekinumab"])  # type: ignore[arg-type]
    nothing = effects.iloc[:0]
    said = effects_finding(drugs, "PASI-75", effects.iloc[:1], nothing, nothing, {})["words"]
    assert said.startswith("More patients responded with ustekinumab than")


def test_why_a_trial_is_not_compared(drugs: atopic.Evidence) -> None:
    effects = trial_effects(drugs, "PASI-75", **PASI, agents=["ustekinumab"])  # type: ignore[arg-type]
    missing = not_compared(drugs, effects, "PASI-75", **PASI, agents=["ustekinumab"])  # type: ignore[arg-type]
    assert set(missing["why"]) == {
        "no placebo group, and none of its treatments is named as the comparator"
    }


def test_patients_that_nobody_counted_are_not_nought(drugs: atopic.Evidence) -> None:
    assert drugs.studies["n_enrolled"].isna().all()
    groups = evidence_map.patient_groups(drugs)
    assert evidence_map.patients_of(groups) is None
    assert tabulate_publications(evidence_map.publication_counts(groups)).empty  # nobody says where
    told = evidence_map.publication_counts(groups.assign(publication="journal"))
    table = tabulate_publications(told).set_index("Published")
    assert table.loc["all", ["Patients", "Patients in these"]].to_list() == ["not known"] * 2
    said = f"{describe_flow(evidence_map.study_flow(drugs))} {describe_cohorts(groups)}"
    assert "28 cohorts, an unknown number of patients" in said
    raw = drugs._frames
    studies = raw["studies"].copy()
    studies["n_enrolled"] = pd.array([7, *[pd.NA] * (len(studies) - 1)], dtype="Int64")
    one = replace(drugs, _frames={**raw, "studies": studies})
    assert evidence_map.patients_of(evidence_map.patient_groups(one)) == 7


def test_the_arms_of_a_trial_come_and_go_together(drugs: atopic.Evidence) -> None:
    effects = trial_effects(drugs, "PASI-75", **PASI, agents=["ustekinumab"])  # type: ignore[arg-type]
    trials = set(effects["study_id"])
    assert len(trials) < len(effects)
    robust = robust_effects(effects)
    left = robust[robust["left_out"].ne("")]
    assert set(left["left_out"]) == trials
    assert set(left["studies"]) == {len(trials) - 1}
    for trial, some in left.groupby("left_out"):
        assert set(some["k"]) == {int(effects["study_id"].ne(trial).sum())}
        alone = robust_effects(effects[effects["study_id"].ne(trial)])
        whole = alone[alone["left_out"].eq("")]
        assert some["estimate"].to_list() == pytest.approx(whole["estimate"].to_list())
    steps = cumulative_effects(effects)
    assert steps["studies"].to_list() == list(range(1, len(trials) + 1))
    assert set(steps["added"]) == trials
    assert steps["patients"].is_monotonic_decreasing
    controls = effects.drop_duplicates(["study_id", "reference_arm_id"])["reference_n"].sum()
    assert steps["patients"].sum() == effects["n"].sum() + controls


@pytest.mark.parametrize(
    ("study", "product"),
    [("fixture", "secukinumab"), ("amagine-2", "brodalumab"), ("accept", "ustekinumab")],
)
def test_doses_of_one_product_are_compared_beside_another(
    drugs: atopic.Evidence, study: str, product: str
) -> None:
    arms = dose_arms(drugs, study, "PASI-75", week=12)
    assert not arms.refused
    treated = arms.frame[arms.frame["dose"].gt(0)]
    assert set(treated["agent"]) == {product}
    assert len(treated) == 2
    assert "(another product)" in arms.left_out


def test_single_doses_of_two_products_are_not(drugs: atopic.Evidence) -> None:
    assert "product" in dose_arms(drugs, "uncover-2", "PASI-75", week=12).refused


def test_a_trial_of_which_one_group_differs_is_named_with_that_group() -> None:
    """Doses of one trial against one control, of which the lower one may do nothing."""
    effects = pd.DataFrame(
        {
            "study_id": ["a", "a", "b"],
            "label": ["5 mg", "10 mg", "5 mg"],
            "control": "active",
            "lower_min": [-0.1, 0.05, 0.1],
            "upper_max": [0.2, 0.3, 0.4],
        }
    )
    assert differing_words(effects) == (
        "Of 2 trials A (10 mg) and B differ clearly from another treatment"
    )
    assert differing_words(effects.head(2)) == "A (10 mg) differs clearly from another treatment"
    both = differing_words(effects.assign(lower_min=0.1))
    assert both == "Both trials differ clearly from another treatment"


def test_a_chart_over_time_calls_each_control_what_it_is(drugs: atopic.Evidence) -> None:
    over_time = responses_over_time(drugs, "PASI-75")
    for kind, word in (("sham", "sham-controlled"), ("usual-care", "usual-care-controlled")):
        said = describe_over_time(over_time.assign(setting=setting_of(kind)))
        assert f", {word}, " in said
        assert "placebo-controlled" not in said
