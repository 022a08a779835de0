"""Tables to be read: the summary of findings, what lowered a level, the path of a judgement."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import pandas as pd

from atopic.display.numbers import signed, study_name, week_text
from atopic.evidence.bias_form import DOMAINS
from atopic.evidence.csv_rows import records
from atopic.questions.certainty.case_series import GROUPS, ITEMS
from atopic.questions.certainty.estimates import Answer, summary_of_findings
from atopic.questions.certainty.grade import LEVELS

__all__ = [
    "SPANNERS",
    "dots",
    "finding_footnotes",
    "level_text",
    "result_name",
    "rule_words",
    "tabulate_bases",
    "tabulate_findings",
    "tabulate_minimal",
    "tabulate_overrides",
    "tabulate_path",
    "tabulate_paths",
    "tabulate_ratings",
    "tabulate_series",
]

_NOT_REPORTED = "not reported"
_DOMAIN_WORDS = {
    "bias": "risk of bias",
    "inconsistency": "inconsistency",
    "indirectness": "indirectness",
    "imprecision": "imprecision",
    "reporting": "missing results",
}
_ANSWERS = {"Y": "yes", "PY": "probably yes", "PN": "probably no", "N": "no",
            "NI": "no information"}  # fmt: skip
_BASES = {
    "read": "stated in what was read",
    "reasoned": "reasoned from what was read",
    "not-read": "a public source was not read",
    "not-public": "no source is public",
}
_KINDS = {"Y": "yes or probably yes", "N": "no or probably no", "?": "no information"}
_JUDGEMENTS = {"low": "low", "some-concerns": "some concerns", "high": "high"}

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

    >>> result_name("EASI-50", 12), result_name("sae", 24), result_name("DLQI", None)
    ('EASI-50, week 12', 'serious events, week 24', 'quality of life')
    """
    known = {"sae": "serious events", "pruritus-NRS": "itch", "DLQI": "quality of life"}
    words = "all results" if pd.isna(outcome) else known.get(outcome, outcome)
    return words if pd.isna(week) else f"{words}, week {week}"


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
            row.sentence,
            row.row,
        )
        for row in records(frame)
    ]
    names = ["Question", "Trials; patients", "Without", "With", "Difference", "Ratio", "Certainty"]
    return pd.DataFrame(rows, columns=[*names, "What it comes to", "Row"])


def finding_footnotes(answers: Sequence[Answer]) -> list[tuple[str, int, str]]:
    """Return what a letter beside each certainty says: every rule that lowered it."""
    order = list(summary_of_findings(answers)["question_id"])
    notes = []
    for answer in answers:
        found = [
            f"{_DOMAIN_WORDS[one.domain]} {signed(one.levels, 'd')}: {one.reason}"
            for one in answer.ratings
            if one.levels
        ]
        if answer.override:
            found.append(f"computed {answer.computed}, raised or lowered: {answer.override}")
        if found:
            words = "; ".join(found)
            notes.append(("Certainty", order.index(answer.question_id), f"{words}."))
    return sorted(notes, key=lambda one: one[1])


def tabulate_ratings(answer: Answer) -> pd.DataFrame:
    """Return what each domain took away, and what it read."""
    rows = [
        (_DOMAIN_WORDS[one.domain], signed(one.levels, "d"), one.reason) for one in answer.ratings
    ]
    return pd.DataFrame(rows, columns=["Domain", "Levels", "What the rule read"])


def tabulate_path(paths: pd.DataFrame) -> pd.DataFrame:
    """Return the questions that were asked of one result; part of `bias_paths`."""
    rows = [
        (
            f"{row.question} {row.words}?",
            _ANSWERS[row.answer],
            _BASES[row.basis],
            row.reason,
            f"{row.source_id}, {row.locator}",
            str(row.row),
        )
        for row in records(paths)
    ]
    names = ["Question", "Answer", "Basis", "Why", "Source", "Row of bias_answers.csv"]
    return pd.DataFrame(rows, columns=names)


def tabulate_paths(
    judgements: pd.DataFrame, paths: pd.DataFrame, study: str
) -> list[tuple[str, pd.DataFrame]]:
    """Return for each domain of each result of a study what decided it, and its path as a table.

    `judgements` is from `bias_judgements`, `paths` from `bias_paths`.
    """
    folds = []
    mine = judgements[judgements["study_id"].eq(study) & judgements["domain"].ne("overall")]
    for row in records(mine):
        same = paths["study_id"].eq(study) & paths["domain"].eq(int(row.domain))
        for name, value in (("outcome", row.outcome), ("week", row.week)):
            same &= paths[name].isna() if pd.isna(value) else paths[name].eq(value).fillna(False)
        words = f"{result_name(row.outcome, row.week)}, {DOMAINS[int(row.domain)]}: "
        words += _JUDGEMENTS[row.judgement]
        if row.lowest != row.highest:
            words += f", open from {_JUDGEMENTS[row.lowest]} to {_JUDGEMENTS[row.highest]}"
        words += ", a known fault" if row.known_fault else ""
        words += f"; decided by {rule_words(row.domain, row.rule)}"
        folds.append((words, tabulate_path(paths[same])))
    return folds


def rule_words(domain: str, rule: str) -> str:
    """Return the line that decided a domain in words.

    >>> rule_words("1", "1.2 ?, 1.3 Y")
    '1.2 no information and 1.3 yes or probably yes'
    >>> rule_words("2", "otherwise; 2.6 Y")
    'the last line, as none before it applied; 2.6 yes or probably yes'
    """
    if domain not in map(str, DOMAINS):
        return rule
    parts = []
    for part in rule.split("; "):
        if part == "otherwise":
            parts.append("the last line, as none before it applied")
            continue
        pairs = (one.split() for one in part.split(", "))
        parts.append(" and ".join(f"{question} {_KINDS[kind]}" for question, kind in pairs))
    return "; ".join(parts)


def tabulate_overrides(overrides: pd.DataFrame) -> pd.DataFrame:
    """Return the judgements of readers with the computed ones beside them."""
    rows = [
        (
            study_name(row.study_id),
            f"{row.outcome}, week {week_text(row.week, 'printed')}",
            row.domain,
            _JUDGEMENTS[row.judgement],
            _JUDGEMENTS[row.computed] + (" (the same: the row says nothing)" if row.stale else ""),
            row.reason,
            f"{row.decided_by}, {row.decided_on}",
            row.row,
        )
        for row in records(overrides)
    ]
    names = ["Study", "Result", "Domain", "A reader's", "Computed", "Why", "By, on", "Row"]
    return pd.DataFrame(rows, columns=names)


def tabulate_bases(bases: pd.DataFrame) -> pd.DataFrame:
    """Return how many answers rest on what. `bases` is from `answers_by_basis`."""
    rows = [(_BASES[row.basis], row.answers, row.no_information) for row in records(bases)]
    return pd.DataFrame(rows, columns=["Basis", "Answers", "Of these no information"])


def tabulate_series(series: pd.DataFrame) -> pd.DataFrame:
    """Return the ten items of each study without a control group, and what they come to."""
    rows = [
        (
            study_name(row["study_id"]),
            *(_JUDGEMENTS[row[group]] for group in GROUPS),
            f"{row['yes']} of {row['of']}",
            "; ".join(f"{item} {row[str(item)]}" for item in ITEMS),
        )
        for row in series.to_dict("records")
    ]
    names = ["Study", *(group.capitalize() for group in GROUPS), "Answered yes", "Items"]
    return pd.DataFrame(rows, columns=names)


def tabulate_minimal(stretches: dict[str, str]) -> pd.DataFrame:
    """Return at which smallest important difference the level of a question changes."""
    rows = list(stretches.items())
    return pd.DataFrame(rows, columns=["Question", "Level by the smallest difference that matters"])


def _number(row: Any) -> str:
    if isnan(row.without):
        return _NOT_REPORTED if row.of_shares else "\N{EN DASH}"
    return f"{row.without:.0f}"


def _thousand(row: Any) -> str:
    if isnan(row.with_cells):
        return _number(row)
    return f"{row.with_cells:.0f} ({row.with_lower:.0f} to {row.with_upper:.0f})"


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
    return f"{row.ratio:.2f} ({row.ratio_lower:.2f} to {row.ratio_upper:.2f})"
