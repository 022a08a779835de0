"""Response rates: which share of an arm responded, how sure that is, and what placebo alone did."""

from atopic.questions.response_rates.estimates import (
    PlaceboReference,
    placebo_arms,
    placebo_reference,
    response_rates,
)
from atopic.questions.response_rates.together import rates_together

__all__ = [
    "PlaceboReference",
    "placebo_arms",
    "placebo_reference",
    "rates_together",
    "response_rates",
]


def __dir__() -> list[str]:
    return sorted(__all__)
