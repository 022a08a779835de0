"""A control of another kind is a setting of its own: the same numbers, never pooled with others."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import atopic
from atopic.display.finding_words import role_words
from atopic.display.style import COLOURS
from atopic.evidence.controls import (
    ACTIVE,
    CONTROLLED,
    CONTROLS,
    control_kind,
    kind_of,
    setting_of,
    with_controls,
)
from atopic.evidence.core import core_tables
from atopic.evidence.selection import SETTINGS, selected
from atopic.questions.controlled_effect import pooled_models, pooling_refusal, trial_effects
from atopic.questions.controlled_effect.forest import effects_html
from atopic.questions.controlled_effect.table import tabulate_pooled
from atopic.questions.response_rates import response_rates
from atopic.questions.response_rates.words import arm_words
from atopic.questions.safety import adverse_events
from atopic.questions.severity_reduction import reduction_differences, score_reductions
from atopic.questions.trials import placebo_trials
from atopic.review import use_review
from tests.reviews import psoriasis

OUTCOME, WEEK = "EASI-50", 12
KINDS = [*CONTROLS, ACTIVE]


def with_kind(evidence: atopic.Evidence, kind: str, studies: list[str]) -> atopic.Evidence:
    """Return evidence in which the placebo arms of some studies are controls of another kind."""
    raw = evidence._frames
    arms, designs = raw["arms"].copy(), raw["studies"].copy()
    role = "active-comparator" if kind == ACTIVE else kind
    mine = arms["study_id"].isin(studies) & arms["role"].eq("placebo")
    arms["role"] = arms["role"].astype("str").mask(mine, role)
    own = designs["study_id"].isin(studies)
    designs["design"] = designs["design"].astype("str").mask(own, f"randomised-{kind}")
    return replace(evidence, _frames={**raw, "arms": arms, "studies": designs})


@pytest.fixture(scope="module")
def two(lenient: atopic.Evidence) -> list[str]:
    return sorted(trial_effects(lenient, OUTCOME, weeks=[WEEK])["study_id"])


def test_every_role_has_a_place_a_colour_and_a_word() -> None:
    (role,) = (one for one in core_tables()["arms"].fields if one.name == "role")
    assert set(role.enum) == {"experimental", "active-comparator", "mixed", *CONTROLS}
    assert set(role.enum) <= set(COLOURS)
    assert set(role.enum) - {"mixed"} == set(role_words())
    assert set(CONTROLLED) <= set(SETTINGS)
    assert [kind_of(setting_of(kind)) for kind in KINDS] == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_is_compared_with_its_own_control(
    lenient: atopic.Evidence, two: list[str], kind: str
) -> None:
    other = with_kind(lenient, kind, two)
    asked = {"weeks": [WEEK], "studies": two}
    before, after = (trial_effects(one, OUTCOME, **asked) for one in (lenient, other))  # type: ignore[arg-type]
    assert set(after["control"]) == {kind}
    same = [name for name in before if name != "control"]
    pd.testing.assert_frame_equal(pd.DataFrame(before[same]), pd.DataFrame(after[same]))
    pools = [pooled_models(one)["estimate"].to_list() for one in (before, after)]
    assert pools[0] == pools[1]
    rates = response_rates(other, OUTCOME, **asked, controlled=True)  # type: ignore[arg-type]
    assert set(rates["setting"]) == {setting_of(kind)}
    assert set(two) <= set(placebo_trials(other)["study_id"])


@pytest.mark.parametrize("kind", KINDS[1:])
def test_controls_of_two_kinds_are_never_pooled(
    lenient: atopic.Evidence, two: list[str], kind: str
) -> None:
    effects = trial_effects(with_kind(lenient, kind, two[:1]), OUTCOME, weeks=[WEEK])
    assert "control" in pooling_refusal(effects)
    assert pooled_models(effects).empty


@pytest.mark.parametrize("kind", KINDS[1:])
def test_scores_and_events_have_their_control_too(lenient: atopic.Evidence, kind: str) -> None:
    studies = sorted(lenient.studies["study_id"])
    other = with_kind(lenient, kind, studies)
    scores = [score_reductions(one, "EASI") for one in (lenient, other)]
    found = [reduction_differences(one) for one in scores]
    assert len(found[0])
    assert found[0]["estimate"].to_list() == found[1]["estimate"].to_list()
    events = [adverse_events(one, include_benchmarks=True) for one in (lenient, other)]
    told = [one["setting"].ne("uncontrolled").to_list() for one in events]
    if kind != ACTIVE:  # among drugs alone no arm is experimental
        assert told[0] == told[1]


def test_an_extension_and_a_trial_of_doses_have_no_control(lenient: atopic.Evidence) -> None:
    rows = selected(lenient, "responses", OUTCOME)
    alone = rows[rows["studies.design"].isin(["follow-up", "randomised-dose", "single-arm"])]
    assert len(alone)
    assert not set(alone["setting"]) & set(CONTROLLED)


def test_the_strongest_of_several_controls_is_the_reference() -> None:
    roles = ["experimental", "no-treatment", "sham", "active-comparator"]
    assert control_kind(roles, "randomised-controlled") == "sham"
    rows = pd.DataFrame(
        {"study_id": "a", "arm_id": roles, "arm_role": roles, "setting": "sham-controlled"}
    )
    pairs = with_controls(rows, ["study_id"], ["arm_id"])
    assert pairs[["arm_id", "arm_id_of_reference"]].to_numpy().tolist() == [
        ["experimental", "sham"], ["active-comparator", "sham"],
    ]  # fmt: skip


def test_two_treatments_without_a_named_reference_are_not_compared() -> None:
    rows = pd.DataFrame({
        "study_id": "a", "arm_id": ["one", "other"], "arm_role": "experimental",
        "setting": "active-controlled",
    })  # fmt: skip
    assert with_controls(rows, ["study_id"], ["arm_id"]).empty


def test_agents_are_pooled_apart_unless_all_are_asked_for(tmp_path: Path) -> None:
    """Of a review of eight drugs no effect is that of all, and trials are counted as trials."""
    evidence = atopic.load(psoriasis(tmp_path / "psoriasis"))
    effects = trial_effects(evidence, "PASI-75", weeks=[12])
    assert "agents" in pooling_refusal(effects)
    pooled = pooled_models(effects)
    counted = effects.groupby("agent")["study_id"].nunique()
    assert dict(zip(pooled["agents"], pooled["studies"], strict=True)) == {
        agent: trials for agent, trials in counted.items() if trials > 1
    }
    for row in pooled.itertuples():
        alone = trial_effects(evidence, "PASI-75", weeks=[12], agents=[row.agents])
        own = pooled_models(alone).set_index("interval").loc[row.interval]
        assert (row.estimate, row.lower, row.upper) == (own.estimate, own.lower, own.upper)
    table = tabulate_pooled(pooled)
    assert set(table["Agents"].str.lower()) == set(pooled["agents"])
    assert table["Trials"].iloc[0] == "6 (9 comparisons)"
    everything = pooled_models(trial_effects(evidence, "PASI-75", weeks=[12], pool_by="all"))
    assert set(everything["agents"].str.count(";")) == {effects["agent"].nunique() - 1}
    assert set(everything["studies"]) == {23}
    made = effects_html(evidence, effects, pooled=pooled)
    names = re.findall(r'<span data-study="[^"]*">([^<]*)<', made)
    assert len(set(names)) == 47  # the arms of a trial are told apart


@pytest.mark.parametrize("by", ["agents", "", "everything"])
def test_pooling_by_something_else_is_refused(lenient: atopic.Evidence, by: str) -> None:
    if by:
        with pytest.raises(ValueError, match="pool_by must be one of agent, class, all"):
            trial_effects(lenient, OUTCOME, pool_by=by)
    else:
        effects = trial_effects(lenient, OUTCOME, weeks=[WEEK], pool_by=by)
        assert set(effects["pooled_with"]) == {"mesenchymal-stromal-cells"}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_control_is_called_what_it_is(
    lenient: atopic.Evidence, two: list[str], kind: str
) -> None:
    rates = response_rates(with_kind(lenient, kind, two), OUTCOME, weeks=[WEEK], studies=two)
    given = dict(zip(rates["arm_role"], arm_words(rates), strict=True))
    if kind == ACTIVE:
        labels = set(rates.loc[rates["arm_role"].eq("active-comparator"), "label"])
        assert given["active-comparator"] in labels
    else:
        assert given[kind] == ("placebo" if kind == "other-control" else CONTROLS[kind])


def test_of_several_agents_each_is_named(tmp_path: Path) -> None:
    evidence = atopic.load(psoriasis(tmp_path / "psoriasis"))
    use_review(evidence.review)
    rates = response_rates(evidence, "PASI-75", weeks=[12])
    treated = rates["arm_role"].eq("experimental").to_list()
    words = arm_words(rates)
    for row, told, mine in zip(rates.itertuples(), words, treated, strict=True):
        assert not mine or row.agent in told.lower()
