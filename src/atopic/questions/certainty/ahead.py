"""What most reports ask of certainty, asked once before they are forked from one process."""

from atopic.evidence.folder import Evidence
from atopic.questions.certainty.estimates import answer_questions


def ask(evidence: Evidence) -> None:
    """Ask all questions, with the settings that reports have unless they say otherwise."""
    answer_questions(evidence)
