"""Tables to be read on risk of bias: the path of a judgement, what it rests on, series by item."""

from typing import Any

import pandas as pd

from atopic.display.numbers import study_name, week_text
from atopic.evidence.bias_form import DOMAINS, QUESTIONS
from atopic.evidence.csv_rows import records
from atopic.questions.certainty.case_series import GROUPS, ITEMS
from atopic.questions.certainty.table import result_name

__all__ = [
    "rule_words",
    "tabulate_bases",
    "tabulate_overrides",
    "tabulate_path",
    "tabulate_paths",
    "tabulate_series",
]

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

    >>> rule_words("1", "1.2 ?")
    '1.2 (was allocation hidden until patients were enrolled): no information'
    >>> rule_words("2", "otherwise; 2.1 Y")[42:]
    '2.1 (did patients know what they were given): yes or probably yes'
    """
    if domain not in map(str, DOMAINS):
        return rule
    parts = []
    for part in rule.split("; "):
        if part == "otherwise":
            parts.append("the last line, as none before it applied")
            continue
        pairs = (one.split() for one in part.split(", "))
        parts.append(
            " and ".join(
                f"{question} ({QUESTIONS[question]}): {_KINDS[kind]}" for question, kind in pairs
            )
        )
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
            *(_group(row, group) for group in GROUPS),
            f"{row['yes']} of {row['of']}",
            "; ".join(f"{item} {row[str(item)].replace('-', ' ')}" for item in ITEMS),
        )
        for row in series.to_dict("records")
    ]
    names = ["Study", *(group.capitalize() for group in GROUPS), "Answered yes", "Items"]
    return pd.DataFrame(rows, columns=names)


def _group(row: dict[Any, Any], group: str) -> str:
    """Return the judgement of a group of items, unless none of them applies."""
    if all(row[str(item)] == "not-applicable" for item in GROUPS[group]):
        return "not applicable"
    return _JUDGEMENTS[row[group]]
