"""Comparisons with a sham, or with another treatment, are graded as those with placebo are."""

import json
from pathlib import Path

import pytest

import atopic
from atopic.evidence.checks import check
from atopic.evidence.controls import COMPARED, kind_of_design
from atopic.evidence.core import core_tables
from atopic.questions.certainty import answer_questions
from atopic.questions.certainty.words import graded
from atopic.questions.controlled_effect import not_compared, trial_effects
from atopic.questions.controlled_effect.finding import effects_finding
from tests.reviews import change_cells, ours, psoriasis

TRIALS = {"kangstem-2019", "kangstem-2024"}
ROLES = {"sham": "sham", "usual-care": "usual-care", "active": "active-comparator"}


def with_control(folder: Path, kind: str) -> Path:
    """Return our tables as if the control of two trials had been of another kind."""
    ours(folder)
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            known = field.get("constraints", {}).get("enum", [])
            if "randomised-placebo" in known:
                known.append(f"randomised-{kind}")
            if field["name"] == "role" and "placebo" in known and ROLES[kind] not in known:
                known.append(ROLES[kind])
    path.write_text(json.dumps(package), encoding="utf-8")

    def arm(row: dict[str, str]) -> None:
        if row["study_id"] in TRIALS and row["role"] == "placebo":
            row |= {"role": ROLES[kind], "dose": "", "dose_unit": ""}

    def study(row: dict[str, str]) -> None:
        if row["study_id"] in TRIALS:
            row["design"] = f"randomised-{kind}"

    change_cells(folder, "arms", arm)
    change_cells(folder, "studies", study)
    return folder


def ask(folder: Path, kind: str) -> None:
    def question(row: dict[str, str]) -> None:
        if set(row["study_ids"].split(";")) <= TRIALS and row["design"] == "randomised-placebo":
            row["design"] = f"randomised-{kind}"

    change_cells(folder, "certainty_questions", question)


def test_the_designs_of_questions_are_those_of_controls() -> None:
    field = core_tables()["certainty_questions"].field("design")
    assert set(field.enum) == {*COMPARED, "randomised-dose", "uncontrolled"}
    assert all(f"randomised-{kind_of_design(one)}" == one for one in COMPARED)


@pytest.mark.parametrize("kind", ROLES)
def test_another_control_is_graded_alike(
    kind: str, tmp_path: Path, evidence: atopic.Evidence
) -> None:
    folder = with_control(tmp_path / kind, kind)
    faults = [str(one) for one in check(folder) if one.fails]
    assert faults
    assert all("the control of kangstem" in one for one in faults)
    ask(folder, kind)
    assert [str(one) for one in check(folder) if one.fails] == []
    other = atopic.load(folder)
    (mine,) = answer_questions(other, questions=["cord-blood-easi-50"])
    (ours_,) = answer_questions(evidence, questions=["cord-blood-easi-50"])
    assert mine.found.effect == ours_.found.effect
    assert mine.level == ours_.level
    found = graded(other, outcomes=["EASI-50"], designs=COMPARED)
    assert frozenset(TRIALS) in found


def test_treatments_without_a_comparator_are_not_compared(tmp_path: Path) -> None:
    evidence = atopic.load(psoriasis(tmp_path / "psoriasis"))
    effects = trial_effects(evidence, "PASI-75", studies=["accept"])
    assert effects.empty
    nothing = effects
    words = effects_finding(evidence, "PASI-75", effects, nothing, nothing, {})["words"]
    assert "ACCEPT" in words
    assert "role active-comparator" in words
    why = not_compared(evidence, effects, "PASI-75", agents=["ustekinumab"])
    reasons = dict(zip(why["study_id"], why["why"], strict=True))
    assert "none of its treatments is named as the comparator" in reasons["accept"]

    def named(row: dict[str, str]) -> None:
        if row["study_id"] == "accept" and row["agent"] == "etanercept":
            row["role"] = "active-comparator"

    change_cells(tmp_path / "psoriasis", "arms", named)
    told = trial_effects(atopic.load(tmp_path / "psoriasis"), "PASI-75", studies=["accept"])
    assert set(told["reference_arm_id"]) == {"etanercept-50-mg-biw"}
