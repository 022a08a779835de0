"""What the page of each study asks of claims, asked once before all are forked from one process."""

from atopic.evidence.folder import Evidence
from atopic.questions.claims.estimates import verdicts


def ask(evidence: Evidence) -> None:
    """Judge all claims, with the settings that reports have unless they say otherwise."""
    verdicts(evidence)
