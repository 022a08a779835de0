"""Durability: how long a response was seen to last, in how many of those who were treated.

Evidence in, tidy frames of estimates out. A follow-up counts those who came back; how many that
could mislead about is bounded by counting everyone lost as a failure.
"""

from atopic.questions.durability.kept_responses import kept_responses, repeated_note
from atopic.questions.durability.over_time import all_rates, responses_over_time
from atopic.questions.durability.patient_courses import cycle_rates, patient_courses
from atopic.questions.durability.worst_case import worst_case, worst_case_note

__all__ = [
    "all_rates",
    "cycle_rates",
    "kept_responses",
    "patient_courses",
    "repeated_note",
    "responses_over_time",
    "worst_case",
    "worst_case_note",
]


def __dir__() -> list[str]:
    return sorted(__all__)
