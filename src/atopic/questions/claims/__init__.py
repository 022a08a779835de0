"""Claims of papers, press and web pages, each with the verdict of the tables.

A claim is read (`reading`), facts are looked up (`facts`), the first rule that applies decides
(`rulebook`), and the numbers it rests on come with it (`finding`). No rule knows a claim by its id.
"""

from atopic.questions.claims.cues import CUES, cues_table
from atopic.questions.claims.estimates import (
    claims_note,
    observations,
    verdict_counts,
    verdicts,
    verdicts_note,
)
from atopic.questions.claims.facts import CONTROL
from atopic.questions.claims.finding import VERDICTS
from atopic.questions.claims.rulebook import rules_table

__all__ = [
    "CONTROL",
    "CUES",
    "VERDICTS",
    "claims_note",
    "cues_table",
    "observations",
    "rules_table",
    "verdict_counts",
    "verdicts",
    "verdicts_note",
]


def __dir__() -> list[str]:
    return sorted(__all__)
