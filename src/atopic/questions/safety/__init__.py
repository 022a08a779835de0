"""Safety: how many patients had an adverse event, and how common one that nobody had can still be.

Evidence in, a tidy frame of estimates out. No event among n patients is an upper limit on the
risk, never a risk of nought; words without a count are no count.
"""

from atopic.questions.safety.events import EVENTS, adverse_events, event_rates
from atopic.questions.safety.summed_arms import summed_events

__all__ = [
    "EVENTS",
    "adverse_events",
    "event_rates",
    "summed_events",
]


def __dir__() -> list[str]:
    return sorted(__all__)
