"""The front page of a review of several products, of unknown sizes, or of a harm."""

from pathlib import Path

import pandas as pd
import pytest

import atopic
from atopic.questions.answer import product_answers
from atopic.questions.answer.cards import cards_html, describe_cards
from atopic.questions.answer.forest import trials_html
from atopic.questions.answer.words import answer_note, counted_note
from atopic.questions.controlled_effect import pooled_models, trial_effects
from atopic.questions.trials import lights_of, placebo_trials
from atopic.questions.trials.finding import trials_finding
from tests.reviews import psoriasis, write


@pytest.fixture(scope="module")
def biologics(tmp_path_factory: pytest.TempPathFactory) -> atopic.Evidence:
    return atopic.load(psoriasis(tmp_path_factory.mktemp("biologics") / "data"))


@pytest.fixture(scope="module")
def products(biologics: atopic.Evidence) -> pd.DataFrame:
    return product_answers(biologics)


@pytest.fixture
def harms(tmp_path: Path) -> atopic.Evidence:
    """Two trials in which fewer had nausea than without the bands, whose doses share a control."""
    counts = {"a": (("low", 10, 50), ("high", 5, 50), ("none", 20, 50)), "b": (
        ("high", 8, 60), ("none", 22, 60))}  # fmt: skip
    trials = [(study, *arm) for study, arms in counts.items() for arm in arms]
    write(tmp_path / "studies.csv", [{"study_id": one, "design": "controlled"} for one in counts])
    write(
        tmp_path / "arms.csv",
        [
            {
                "study_id": study, "arm_id": arm, "label": arm,
                "role": "no-treatment" if arm == "none" else "experimental",
                "agent": "none" if arm == "none" else "bands",
            }
            for study, arm, _, _ in trials
        ],
    )  # fmt: skip
    write(
        tmp_path / "responses.csv",
        [
            {"study_id": study, "arm_id": arm, "outcome": "nausea", "week": 1,
             "responders": responders, "n": n}
            for study, arm, responders, n in trials
        ],
    )  # fmt: skip
    (tmp_path / "review.toml").write_text('[words]\ncontrol = ["control", "controls"]\n')
    write(tmp_path / "instruments.csv", [
        {"outcome": "nausea", "label": "nausea", "direction": "lower-is-better"},
    ])  # fmt: skip
    return atopic.load(tmp_path)


def test_a_product_is_one_agent_though_its_trials_tried_others(
    biologics: atopic.Evidence, products: pd.DataFrame
) -> None:
    agents = set(biologics.arms.loc[biologics.arms["role"].eq("experimental"), "agent"])
    assert set(products["product"]) <= agents
    assert products["product"].is_unique
    arms = biologics.arms.set_index(["study_id", "arm_id"])["agent"]
    trials = placebo_trials(biologics)
    compared = trials[trials["known"].eq("rates")]
    pairs = list(zip(compared["study_id"], compared["arm_id"], strict=True))
    assert compared["product_words"].to_list() == arms.loc[pairs].to_list()


def test_a_product_adds_what_its_own_page_says(
    biologics: atopic.Evidence, products: pd.DataFrame
) -> None:
    """Doses that share a placebo group are pooled as such, and its patients count once."""
    rows = biologics.joined("responses", "arms")
    for row in products.itertuples():
        effects = trial_effects(biologics, row.outcome, weeks=[row.week], agents=[row.product])
        assert set(effects["study_id"]) == set(row.study_ids)
        sizes = effects["n"].sum() + effects.drop_duplicates("study_id")["reference_n"].sum()
        assert row.counted == sizes
        placebo = rows[
            rows["study_id"].isin(row.study_ids) & rows["arms.role"].eq("placebo")
            & rows["outcome"].eq(row.outcome) & rows["week"].eq(row.week)
        ]  # fmt: skip
        assert row.placebo == pytest.approx(placebo["responders"].sum() / placebo["n"].sum())
        if row.trials > 1:
            pooled = pooled_models(effects)
            same = pooled[pooled["method"].eq("random")]
            assert row.estimate == pytest.approx(same["estimate"].iloc[0], abs=1e-9)


def test_what_no_table_says_is_not_said(biologics: atopic.Evidence, products: pd.DataFrame) -> None:
    assert products["patients"].isna().all()
    note = answer_note(products)
    assert note.startswith("How sure this is has not been rated.")
    cards = cards_html(products) + describe_cards(products)
    for wrong in (" 0 patients", "Not shown", "company statements", ">. Dose", "nan"):
        assert wrong not in note + cards
    trials = placebo_trials(biologics)
    assert counted_note(trials) == "23 placebo-controlled trials, 23 with a result."


def test_trials_of_two_treatments_against_each_other_are_none_against_placebo(
    biologics: atopic.Evidence,
) -> None:
    roles = biologics.arms.groupby("study_id")["role"].agg(set)
    trials = placebo_trials(biologics)
    assert all("placebo" in roles[study] for study in trials["study_id"])
    words = trials_finding(trials, {})
    assert "There are 23 placebo-controlled trials" in " ".join(words["notes"])


def test_fewer_is_better_where_the_outcome_is_a_harm(harms: atopic.Evidence) -> None:
    trials, products = placebo_trials(harms), product_answers(harms)
    row = products.iloc[0]
    assert (row["direction"], bool(row["fewer"]), row["trials"]) == ("fewer", True, 2)
    assert row["counted"] == 50 + 50 + 50 + 60 + 60
    assert row["placebo"] == pytest.approx(42 / 110)
    note = answer_note(products)
    assert "saw fewer patients than on" in note
    assert "respond" not in note
    assert trials_finding(trials, {})["unit"].startswith("patients per 100, fewer is better:")
    forest = trials_html(trials, products, lights_of(harms, trials))
    assert "Every controlled trial" in forest
    assert "each light" not in forest
