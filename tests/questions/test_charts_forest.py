"""The charts of the page on controlled effects."""

import pytest
from matplotlib.figure import Figure

import atopic
from atopic.questions.controlled_effect import (
    allowed_effects,
    pooled_models,
    trial_effects,
)
from atopic.questions.controlled_effect.chart import draw_effects
from atopic.questions.response_rates import placebo_arms
from atopic.questions.response_rates.chart import draw_rates

image = pytest.mark.mpl_image_compare


@image(filename="forest-easi-50.png", savefig_kwargs={"dpi": 50})
def test_two_trials_their_pool_and_what_a_p_value_allows(evidence: atopic.Evidence) -> Figure:
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    return draw_effects(
        effects, pooled=pooled_models(effects), allowed=allowed_effects(evidence, "EASI-50")
    )


@image(filename="placebo-easi-50.png", savefig_kwargs={"dpi": 50})
def test_placebo_arms_beside_those_of_drug_trials(evidence: atopic.Evidence) -> Figure:
    trials = ["kangstem-2019", "kangstem-2024"]
    return draw_rates(placebo_arms(evidence, "EASI-50", weeks=[12], trials=trials))
