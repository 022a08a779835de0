"""Tables to be read on risk of bias: the path of a judgement, what it rests on, series by item."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import listed, outcome_text, place_text, study_name
from atopic.evidence.bias_form import DOMAINS
from atopic.evidence.frames import records, row_dicts
from atopic.questions.certainty.alike import alike_domains
from atopic.questions.certainty.case_series import GROUPS, ITEMS
from atopic.questions.certainty.table import result_name

_ANSWERS = {"Y": "yes", "PY": "probably yes", "PN": "probably no", "N": "no",
            "NI": "no information"}  # fmt: skip
_BASES = {
    "read": "stated in a source",
    "reasoned": "inferred from sources",
    "not-read": "in a public source that was not read",
    "not-public": "in no public source",
}
_JUDGEMENTS = {"low": "low", "some-concerns": "some concerns", "high": "high"}


def tabulate_path(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the questions that were asked in one domain; part of `bias_paths`."""
    rows = [
        (
            f"{row.question} {row.words}?",
            _ANSWERS[row.answer] + (", decides" if row.decided else ""),
            f"{row.reason} ({_BASES[row.basis]})",
            place_text(row.source_id, row.locator),
            str(row.row),
        )
        for row in records(answers)
    ]
    return pd.DataFrame(rows, columns=["Question", "Answer", "Why", "Source", "Row"])


def tabulate_paths(
    judgements: pd.DataFrame, paths: pd.DataFrame, study: str
) -> list[tuple[str, pd.DataFrame]]:
    """Return for each domain of a study how it was judged, of which results, and its answers.

    `judgements` is from `bias_judgements`, `paths` from `bias_paths`.
    """
    folds = []
    for one in alike_domains(judgements, paths, study):
        row = one.row
        words = f"{capital(DOMAINS[int(row.domain)])}: {_JUDGEMENTS[row.judgement]}"
        if row.lowest != row.highest:
            words += f", open from {_JUDGEMENTS[row.lowest]} to {_JUDGEMENTS[row.highest]}"
        words += ", a known fault" if row.known_fault else ""
        names = listed(result_name(outcome, week) for outcome, week in one.results)
        folds.append((f"{words} ({names})", tabulate_path(one.answers)))
    return folds


def tabulate_overrides(overrides: pd.DataFrame) -> pd.DataFrame:
    """Return the judgements of readers with the computed ones beside them."""
    rows = [
        (
            study_name(row.study_id),
            result_name(row.outcome, row.week),
            row.domain,
            _JUDGEMENTS[row.judgement],
            _JUDGEMENTS[row.computed] + (" (the same: the row says nothing)" if row.stale else ""),
            row.reason,
            place_text(outcome_text(row.decided_by), row.decided_on),
            row.row,
        )
        for row in records(overrides)
    ]
    names = ["Study", "Result", "Domain", "A reader's", "Computed", "Why", "By, on", "Row"]
    return pd.DataFrame(rows, columns=names)


def tabulate_bases(bases: pd.DataFrame) -> pd.DataFrame:
    """Return how many answers rest on what. `bases` is from `answers_by_basis`."""
    if not bases["answers"].any():
        return pd.DataFrame()
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
        for row in row_dicts(series)
    ]
    names = ["Study", *(group.capitalize() for group in GROUPS), "Answered yes", "Items"]
    return pd.DataFrame(rows, columns=names)


def _group(row: dict[Any, Any], group: str) -> str:
    """Return the judgement of a group of items, unless none of them applies."""
    if all(row[str(item)] == "not-applicable" for item in GROUPS[group]):
        return "not applicable"
    return _JUDGEMENTS[row[group]]
