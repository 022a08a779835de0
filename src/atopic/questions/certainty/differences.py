"""The differences that count as important, and where each comes from."""

from collections.abc import Sequence

import pandas as pd

from atopic.display.numbers import listed, place_text
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.certainty.estimates import Answer
from atopic.questions.certainty.settings import Settings
from atopic.questions.certainty.table import result_name

_SIZES = {"minimal": "smallest that matters", "moderate": "moderate from", "large": "large from"}
_UNITS = {"percentage-points": "percentage points", "points": "points"}
_KINDS = {
    "benchmark": "the effect of another treatment",
    "planning": "what a trial was planned to find",
    "patient-change": "a change within patients, not a difference between groups",
}


def differences_used(evidence: Evidence, answers: Sequence[Answer]) -> pd.DataFrame:
    """Return the rows of important_differences that the rules and sentences of answers read.

    All columns of the table, the marks of imprecision (``size`` minimal) first, and ``row``.

    >>> import atopic
    >>> from atopic.questions.certainty import answer_questions
    >>> evidence = atopic.load()
    >>> answers = answer_questions(evidence, questions=["cord-blood-easi"])
    >>> found = differences_used(evidence, answers)
    >>> found[["outcome", "size", "value", "kind"]].values.tolist()
    [['EASI', 'minimal', 14.0, 'patient-change']]
    """
    table = evidence.important_differences.rename_axis("row").reset_index()
    asked = [(one.outcome, one.measure) for one in answers]
    pairs = pd.Series(list(zip(table["outcome"], table["measure"], strict=True)), dtype="object")
    used = table[pairs.isin(asked) & table["role"].eq("default")]
    order = used["size"].astype(str).map(list(_SIZES).index)
    return used.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def tabulate_differences(used: pd.DataFrame) -> pd.DataFrame:
    """Return `differences_used` as text."""
    rows = [
        (
            result_name(row.outcome, None),
            _SIZES[row.size],
            f"{row.value:g} {_UNITS[row.unit]}",
            _KINDS[row.kind],
            row.reason,
            place_text(row.source_id, row.locator),
            row.row,
        )
        for row in records(used)
    ]
    names = ["Outcome", "Size", "Difference", "Basis", "Why", "Source", "Row"]
    return pd.DataFrame(rows, columns=names)


def differences_note(used: pd.DataFrame, settings: Settings) -> str:
    """Say what became of the rows: replaced by a setting, or a change within patients."""
    if settings.target == "any":
        return "As set, the certainty is of any difference: none of these is read for imprecision."
    words = []
    if settings.minimal is not None:
        words.append(
            f"As set, {settings.minimal:g} percentage points stand in place of the smallest that "
            "matters for shares of patients."
        )
    within = used[used["kind"].eq("patient-change") & used["size"].eq("minimal")]
    if len(within):
        marks = [
            f"{row.value:g} points for {result_name(row.outcome, None)}" for row in records(within)
        ]
        are = "is a change" if len(marks) == 1 else "are changes"
        words.append(
            f"{listed(marks)} {are} within patients, taken here for a difference between groups."
        )
    return " ".join(words)
