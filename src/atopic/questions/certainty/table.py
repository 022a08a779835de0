"""Tables to be read: the summary of findings, what lowered a level, and what would change it."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import ratio_text, signed
from atopic.evidence.frames import records
from atopic.questions.certainty.estimates import Answer, summary_of_findings
from atopic.questions.certainty.grade import LEVELS
from atopic.review import review_in_use, time_point

_DOMAIN_WORDS = {
    "bias": "risk of bias",
    "inconsistency": "inconsistency",
    "indirectness": "indirectness",
    "imprecision": "imprecision",
    "reporting": "missing results",
}
SPANNERS = {
    "Of 1,000 patients": ("Without", "With"),
    "Effect (interval)": ("Difference", "Ratio"),
}


def dots(level: str) -> str:
    """Return four circles, filled from the left.

    >>> dots("low")
    '\N{BLACK CIRCLE}\N{BLACK CIRCLE}\N{WHITE CIRCLE}\N{WHITE CIRCLE}'
    """
    filled = LEVELS.index(level) + 1
    return "\N{BLACK CIRCLE}" * filled + "\N{WHITE CIRCLE}" * (len(LEVELS) - filled)


def level_text(answer: Answer) -> str:
    """Return a level as a word with its circles."""
    return f"{answer.level.capitalize()} {dots(answer.level)}"


def result_name(outcome: Any, week: Any) -> str:
    """Return a result of a trial as a reader says it.

    >>> result_name("EASI-50", 12), result_name("sae", 24), result_name(None, None)
    ('EASI-50, week 12', 'serious events, week 24', 'all results')
    """
    known = {"sae": "serious events", **review_in_use().names}
    words = "all results" if pd.isna(outcome) else known.get(outcome, outcome)
    return words if pd.isna(week) else f"{words}, {time_point(week)}"


def tabulate_findings(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return the summary of findings as text, one row a question by importance."""
    frame = summary_of_findings(answers)
    rows = [
        (
            row.question,
            f"{row.trials}; {row.patients:,}",
            *(_number(row), _thousand(row)),
            _difference(row),
            _ratio(row),
            f"{row.level.capitalize()} {dots(row.level)}",
            row.row,
        )
        for row in records(frame)
    ]
    names = ["Question", "Trials; patients", "Without", "With", "Difference", "Ratio", "Certainty"]
    return pd.DataFrame(rows, columns=[*names, "Row"])


def finding_footnotes(answers: Sequence[Answer]) -> list[tuple[str, int, str]]:
    """Return what a letter beside each certainty says: every domain that lowered it."""
    order = list(summary_of_findings(answers)["question_id"])
    notes = []
    for answer in answers:
        found = [
            f"{_DOMAIN_WORDS[one.domain]} {signed(one.levels, 'd')}"
            for one in answer.ratings
            if one.levels
        ]
        if answer.override:
            found.append(f"computed {answer.computed}, raised or lowered: {answer.override}")
        if found:
            words = capital("; ".join(found))
            notes.append(("Certainty", order.index(answer.question_id), f"{words}."))
    return sorted(notes, key=lambda one: one[1])


def tabulate_ratings(answer: Answer) -> pd.DataFrame:
    """Return what each domain took away, and what it read."""
    rows = [
        (capital(_DOMAIN_WORDS[one.domain]), signed(one.levels, "d"), one.reason)
        for one in answer.ratings
    ]
    return pd.DataFrame(rows, columns=["Domain", "Levels", "Why"])


def tabulate_levels(levels: pd.DataFrame) -> pd.DataFrame:
    """Return the level of each question as set, and by each setting that changes it.

    `levels` is from `atopic.questions.certainty.levels_by_setting`.
    """
    rows = [
        (
            row.question,
            row.setting,
            row.level,
            f"{-row.sum} {'level' if row.sum == -1 else 'levels'}",
        )
        for row in records(levels)
        if row.changed or row.setting == levels["setting"].iloc[0]
    ]
    names = ["Question", "Setting", "Level", "Taken away"]
    return pd.DataFrame(rows, columns=names)


def setting_clause(setting: str) -> str:
    """Return one of the settings of `levels_by_setting` as the end of a sentence.

    >>> setting_clause("16 points matter"), setting_clause("unread answers at their best")
    ('if 16 points matter', 'with unread answers at their best')
    """
    if setting.startswith("of "):
        return f"as the certainty {setting}"
    whole = any(f" {verb} " in f"{setting} " for verb in ("matter", "count", "is", "must"))
    return f"{'if' if whole else 'with'} {setting}"


def _number(row: Any) -> str:
    if isnan(row.without):
        return str(row.absent) if row.of_shares else "\N{EN DASH}"
    return f"{row.without:,.0f}"


def _thousand(row: Any) -> str:
    if isnan(row.with_treatment):
        return _number(row)
    return f"{row.with_treatment:,.0f} ({row.with_lower:,.0f} to {row.with_upper:,.0f})"


def _difference(row: Any) -> str:
    if isnan(row.estimate):
        return "no estimate"
    scale, unit, form = (
        (10, "in 1,000", "+.0f") if not isnan(row.without) else (1, "points", "+.1f")
    )
    middle, lower, upper = (
        signed(scale * one, form) for one in (row.estimate, row.lower, row.upper)
    )
    return f"{middle} {unit} ({lower} to {upper})"


def _ratio(row: Any) -> str:
    if isnan(row.ratio):
        return "\N{EN DASH}"
    return ratio_text(row.ratio, row.ratio_lower, row.ratio_upper)
