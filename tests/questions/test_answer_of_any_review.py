"""The front page of a review of several products, of unknown sizes, or of a harm."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def review(folder: Path, trials: dict[str, list[tuple[str, str, int, int]]]) -> atopic.Evidence:
    """Write trials of a harm, of each its arms: their agent, dose, patients with it, and of all."""
    arms = [(study, *arm) for study, arms in trials.items() for arm in arms]
    write(folder / "studies.csv", [{"study_id": one, "design": "controlled"} for one in trials])
    of_arms, responses = [], []
    for study, agent, dose, responders, n in arms:
        key = {"study_id": study, "arm_id": f"{agent}-{dose}"}
        role = "no-treatment" if agent == "none" else "experimental"
        of_arms.append({**key, "label": f"{agent} {dose}", "role": role, "agent": agent})
        responses.append({**key, "outcome": "nausea", "week": 1, "responders": responders, "n": n})
    write(folder / "arms.csv", of_arms)
    write(folder / "responses.csv", responses)
    harm = {"outcome": "nausea", "label": "nausea", "direction": "lower-is-better"}
    write(folder / "instruments.csv", [harm])
    (folder / "review.toml").write_text('[words]\ncontrol = ["control", "controls"]\n')
    return atopic.load(folder)


@pytest.fixture
def harms(tmp_path: Path) -> atopic.Evidence:
    """Two trials in which fewer had nausea than without the bands; two doses share a control."""
    low, high = ("bands", "low", 10, 50), ("bands", "high", 5, 50)
    return review(
        tmp_path,
        {
            "a": [low, high, ("none", "0", 20, 50)],
            "b": [("bands", "high", 8, 60), ("none", "0", 22, 60)],
        },
    )


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


def test_trials_of_treatments_of_which_none_is_the_comparator_are_none_against_placebo(
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


@st.composite
def arm(draw: st.DrawFn, agent: str, dose: str) -> tuple[str, str, int, int]:
    n = draw(st.integers(1, 12))
    return agent, dose, draw(st.sampled_from([0, n, draw(st.integers(0, n))])), n


TRIAL = st.tuples(arm("bands", "low"), arm("bands", "high"), arm("herbs", "one"), arm("none", "0"))


@settings(max_examples=40)
@given(st.lists(st.tuples(TRIAL, st.sets(st.integers(0, 2), min_size=1)), min_size=1, max_size=4))
def test_the_front_page_answers_whatever_the_counts_are(drawn: list[tuple]) -> None:
    """Also where nobody, or everybody, had the outcome in arms that cannot be pooled then."""
    trials = {
        f"t{number}": [*(trial[place] for place in sorted(chosen)), trial[3]]
        for number, (trial, chosen) in enumerate(drawn)
    }
    with TemporaryDirectory() as folder:
        evidence = review(Path(folder), trials)
    compared = placebo_trials(evidence)
    found = product_answers(evidence, trials=compared)
    assert set(found["product"]) == {arm[0] for arms in trials.values() for arm in arms} - {"none"}
    for row in found.itertuples():
        assert -1 <= row.lower <= row.estimate <= row.upper <= 1
    said = [
        answer_note(found), counted_note(compared), cards_html(found), describe_cards(found),
        trials_html(compared, found, lights_of(evidence, compared)),
        str(trials_finding(compared, {})["words"]),
    ]  # fmt: skip
    assert all(said)
    assert not any("nan" in text.lower().split() for text in said)
