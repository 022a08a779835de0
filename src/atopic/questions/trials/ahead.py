"""What pages ask of controlled trials, asked once before they are forked from one process."""

from atopic.evidence.folder import Evidence
from atopic.questions.trials.estimates import placebo_trials


def ask(evidence: Evidence) -> None:
    """Ask for all trials, with the interval that reports have unless they say otherwise."""
    placebo_trials(evidence)
