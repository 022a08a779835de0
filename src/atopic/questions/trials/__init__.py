"""Every placebo-controlled trial of cells: what was given, what came out, and was the goal met."""

from atopic.questions.trials.estimates import lights_of, placebo_trials

__all__ = ["lights_of", "placebo_trials"]


def __dir__() -> list[str]:
    return sorted(__all__)
