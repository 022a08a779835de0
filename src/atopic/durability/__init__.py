"""Durability: how long a response was seen to last, in how many of those who were treated.

Evidence in, tidy frames of estimates out. A follow-up counts those who came back; how many that
could mislead about is bounded by counting everyone lost as a failure.
"""

from atopic.durability.courses import cycle_rates, patient_courses
from atopic.durability.kept import kept_responses, repeated_note
from atopic.durability.lost import worst_case, worst_case_note
from atopic.durability.weeks import all_rates, responses_over_time

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
