"""Trials in which nobody, or everybody, of both arms responded."""

import pytest

import atopic
from atopic.evidence.counts import Candidates
from atopic.questions.controlled_effect import (
    effect_measures,
    pooled_models,
    pooling_refusal,
    trial_effects,
)


@pytest.mark.parametrize(("everybody", "undefined"), [(0, ["RR", "OR"]), (1, ["OR"])])
def test_ratios_that_are_not_defined_are_said_to_be_so(
    everybody: int, undefined: list[str]
) -> None:
    evidence = atopic.load()
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    for side in ("", "reference_"):
        n = effects[f"{side}n"]
        effects[f"{side}responders"] = n * everybody
        effects[f"{side}candidates"] = [Candidates([(int(one) * everybody, int(one))]) for one in n]
    found = effect_measures(evidence, effects)
    said = found.loc[found["text"].eq("not defined"), "measure"]
    assert list(dict.fromkeys(said)) == undefined
    assert "nobody or everybody" in pooling_refusal(effects)
    assert pooled_models(effects).empty
