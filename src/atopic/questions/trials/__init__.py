"""Every placebo-controlled trial of cells: what was given, what came out, and was the goal met."""

from atopic.questions.trials.estimates import placebo_trials

__all__ = ["placebo_trials"]
