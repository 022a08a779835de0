"""The next controlled trial: what the evidence says of its rates, and what a trial would need."""

from atopic.questions.next_trial.beliefs import (
    Beliefs,
    beliefs_about,
    frame_of_beliefs,
    planning_note,
    uncontrolled_arms,
)
from atopic.questions.next_trial.expected_results import (
    dose_arms,
    dose_power,
    expected_results,
    sizes_to_rule_out,
)
from atopic.questions.next_trial.sizes import (
    past_trials,
    planned_sizes,
    power_by_size,
    sizes_needed,
)

__all__ = [
    "Beliefs",
    "beliefs_about",
    "dose_arms",
    "dose_power",
    "expected_results",
    "frame_of_beliefs",
    "past_trials",
    "planned_sizes",
    "planning_note",
    "power_by_size",
    "sizes_needed",
    "sizes_to_rule_out",
    "uncontrolled_arms",
]


def __dir__() -> list[str]:
    return sorted(__all__)
