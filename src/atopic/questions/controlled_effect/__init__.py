"""Controlled effects: each active arm against the placebo arm of its own trial, and their pool.

Evidence in, a tidy frame of estimates out. Only placebo-controlled periods enter. Where several
counts fit what a source printed, every effect carries the range over all of them.

=============================================  =======================================
question                                       function
=============================================  =======================================
what did the active arm add in each trial?     `trial_effects`
the same as ratios and numbers to treat        `effect_measures`, `in_measure`
what does a printed P value allow?             `allowed_effects`
on how few patients does a P value hang?       `fragile_results`
what do the trials pool to, and on which       `pooled_effect`, `pooled_models`,
trial does that hang?                          `leave_one_out_effects`
what do they pool to by every choice, and      `robust_effects`,
trial after trial?                             `cumulative_effects`
how far does a difference reach over counts?   `over_all_counts`
which trials give no number to compare?        `not_compared`
why may some not be pooled?                    `pooling_refusal`
=============================================  =======================================
"""

from atopic.questions.controlled_effect.allowed_by_p import allowed_effects
from atopic.questions.controlled_effect.fragile_results import fragile_results
from atopic.questions.controlled_effect.hangs_on import cumulative_effects, robust_effects
from atopic.questions.controlled_effect.in_measure import in_measure
from atopic.questions.controlled_effect.measures import effect_measures
from atopic.questions.controlled_effect.not_compared import not_compared
from atopic.questions.controlled_effect.pooled import (
    leave_one_out_effects,
    pooled_effect,
    pooled_models,
    pooling_refusal,
)
from atopic.questions.controlled_effect.trial_effects import over_all_counts, trial_effects

__all__ = [
    "allowed_effects",
    "cumulative_effects",
    "effect_measures",
    "fragile_results",
    "in_measure",
    "leave_one_out_effects",
    "not_compared",
    "over_all_counts",
    "pooled_effect",
    "pooled_models",
    "pooling_refusal",
    "robust_effects",
    "trial_effects",
]


def __dir__() -> list[str]:
    return sorted(__all__)
