"""The judgements of every appraised result and case series of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from atopic.errors import EvidenceError
from atopic.evidence.bias_form import QUESTIONS, Key, results_of, rows_of
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import row_dicts
from atopic.evidence.once import once
from atopic.evidence.selection import of_choice
from atopic.questions.asked import asked
from atopic.questions.certainty.case_series import GROUPS, ITEMS, roll_up
from atopic.questions.certainty.risk_of_bias import ResultJudgement, judge_result
from atopic.review import time_point


@asked()
@once
def judged_results(evidence: Evidence, study: str) -> dict[Key, ResultJudgement]:
    """Return the judgement of each appraised result of a trial; none if it was not appraised.

    By (outcome, week), blanks None.
    """
    answers, rows = (
        _plain(table[table["study_id"].eq(study)])
        for table in (evidence.bias_answers, evidence.certainty_judgements)
    )
    return {
        key: judge_result(key, rows_of(answers, key), _overrides(rows, key))
        for key in results_of(answers)
    }


@asked()
def bias_judgements(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
) -> pd.DataFrame:
    """Return the judgement of each domain of each appraised result.

    Parameters
    ----------
    studies, exclude : iterable of str; study ids; none given means all, and none left out.
    controlled : bool; whether only placebo-controlled trials are kept.

    Returns
    -------
    DataFrame: six rows a result, ``domain`` 1 to 5 and overall: ``judgement``, which is that of an
        ``override`` where there is a reason of one, ``computed``, ``lowest`` and ``highest`` over
        what was not read, ``known_fault``, the ``rule`` that decided, and ``readers``.

    Examples
    --------
    >>> import atopic
    >>> found = bias_judgements(atopic.load(), studies=["kangstem-2019"])
    >>> found.loc[found["known_fault"], ["outcome", "domain"]].values.tolist()
    [['EASI-50', '3'], ['EASI-50', 'overall'], ['EASI', '5'], ['EASI', 'overall']]
    """
    names = ["study_id", "outcome", "week", "domain", "judgement", "computed", "lowest", "highest"]
    names += ["known_fault", "rule", "override", "readers"]
    rows = []
    for study in _studies(evidence, "bias_answers", studies, exclude, controlled):
        for (outcome, week), result in judged_results(evidence, study).items():
            readers = ", ".join(sorted({row["reader"] for row in result.rows.values()}))
            for one in result.domains:
                rule = "; ".join(line or "otherwise" for line in one.rules)
                own = (one.judgement, one.computed, one.lowest, one.highest, one.known_fault, rule)
                place = (study, outcome, week, str(one.domain))
                rows.append((*place, *own, one.override, readers))
            worst = (result.judgement, result.computed, result.lowest, result.highest)
            whole = (*worst, result.known_faults > 0, "the worst domain", result.override, readers)
            rows.append((study, outcome, week, "overall", *whole))
    return pd.DataFrame(rows, columns=names).astype({"week": "Int64"})


@asked()
def bias_paths(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
) -> pd.DataFrame:
    """Return every question that was asked of a result, its answer and what it rests on.

    One row a question: ``domain``, ``question``, ``words``, ``answer``, ``basis``, ``reason``,
    ``source_id``, ``locator``, ``decided`` (whether it is one of the answers that alone give the
    judgement) and ``row`` of bias_answers.csv.

    >>> import atopic
    >>> found = bias_paths(atopic.load(), studies=["kangstem-2019"])
    >>> found.query("outcome == 'EASI-50' and domain == 3")["answer"].to_list()
    ['N', 'N', 'PY', 'PY']
    """
    names = ["study_id", "outcome", "week", "domain", "question", "words", "answer", "basis"]
    names += ["reason", "source_id", "locator", "decided", "row"]
    rows = []
    for study in _studies(evidence, "bias_answers", studies, exclude, controlled):
        for (outcome, week), result in judged_results(evidence, study).items():
            for one in result.domains:
                for question in (name for name in one.path if name in result.rows):
                    row = result.rows[question]
                    rows.append(
                        (
                            *(study, outcome, week, one.domain, question, QUESTIONS[question]),
                            *(row["answer"], row["basis"], row["reason"], row["source_id"]),
                            *(row["locator"], question in one.deciding, row["row"]),
                        )
                    )
    return pd.DataFrame(rows, columns=names).astype({"week": "Int64"})


@asked()
def bias_overrides(evidence: Evidence) -> pd.DataFrame:
    """Return the judgements that stand in place of computed ones, with those beside them.

    One row an override: ``domain``, ``judgement``, ``computed``, ``stale`` (both are the same, so
    that the row says nothing), ``reason``, ``decided_by``, ``decided_on`` and ``row`` of
    certainty_judgements.csv.
    """
    rows = []
    for row in _plain(evidence.table("certainty_judgements")):
        if row["kind"] != "bias-override":
            continue
        for key, result in judged_results(evidence, row["study_id"]).items():
            if not _fits(row, key):
                continue
            whole = row["domain"] == "overall"
            computed = result.computed if whole else result.domains[int(row["domain"]) - 1].computed
            kept = {name: row[name] for name in ("study_id", "outcome", "week", "domain")}
            rows.append(
                {
                    **kept,
                    "judgement": row["value"],
                    "computed": computed,
                    "stale": computed == row["value"],
                    **{name: row[name] for name in ("reason", "decided_by", "decided_on", "row")},
                }
            )
    names = ["study_id", "outcome", "week", "domain", "judgement", "computed", "stale", "reason"]
    return pd.DataFrame(rows, columns=[*names, "decided_by", "decided_on", "row"])


@asked()
def case_series_judgements(evidence: Evidence) -> pd.DataFrame:
    """Return the ten answers of each case series and what they come to.

    One row a study: the answers under ``1`` to ``10``, a judgement for each group of items, and
    ``yes`` of so many items that apply, ``of``.

    >>> import atopic
    >>> found = case_series_judgements(atopic.load()).set_index("study_id")
    >>> found.loc[["shin-2021"], ["selection", "analysis", "yes", "of"]].values.tolist()
    [['some-concerns', 'high', 4, 10]]
    """
    rows = []
    table = evidence.table("case_series_answers")
    for study in _studies(evidence, "case_series_answers"):
        every = _plain(table[table["study_id"].eq(study) & table["reader"].ne("second")])
        every.sort(key=lambda row: row["reader"] == "agreed")
        answers = {int(row["item"]): str(row["answer"]) for row in every}
        found = roll_up(answers)
        items = {str(item): answers.get(item, "unclear") for item in ITEMS}
        rows.append({"study_id": study, **items, **found.groups, "yes": found.yes, "of": found.of})
    return pd.DataFrame(rows, columns=["study_id", *map(str, ITEMS), *GROUPS, "yes", "of"])


@asked()
def answers_by_basis(evidence: Evidence) -> pd.DataFrame:
    """Return how many answers on risk of bias rest on what, and how many say no information.

    One row a ``basis``: ``answers``, and of these ``no_information``.
    """
    table = evidence.bias_answers
    rows = [
        (basis, int(which.sum()), int((which & table["answer"].eq("NI")).sum()))
        for basis in ("read", "reasoned", "not-read", "not-public")
        for which in [table["basis"].eq(basis)]
    ]
    return pd.DataFrame(rows, columns=["basis", "answers", "no_information"])


def result_for(evidence: Evidence, study: str, outcome: str, week: Any) -> ResultJudgement:
    """Return the judgement of the result of a trial that answers a question.

    A question without a week takes the latest result of its outcome.
    """
    every = judged_results(evidence, study)
    fitting = [
        key for key in every if key[0] in (outcome, None) and (pd.isna(week) or key[1] == week)
    ]
    if not fitting:
        when = "" if pd.isna(week) else f" at {time_point(week)}"
        raise EvidenceError(
            f"bias_answers.csv appraises no result of {study} for {outcome}{when}, which "
            "certainty_questions.csv asks about; add its answers or take the study out there"
        )
    return every[max(fitting, key=lambda key: (key[0] is not None, key[1] or 0))]


def _overrides(rows: Iterable[Mapping[str, Any]], key: Key) -> dict[str, tuple[str, str]]:
    return {
        row["domain"]: (row["value"], row["reason"])
        for row in rows
        if row["kind"] == "bias-override" and _fits(row, key)
    }


def _fits(row: Mapping[str, Any], key: Key) -> bool:
    return row["outcome"] in (key[0], None) and row["week"] in (key[1], None)


def _studies(
    evidence: Evidence,
    name: str,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
) -> list[str]:
    every = evidence.table(name)["study_id"].drop_duplicates()
    choice = {"studies": studies, "exclude": exclude}
    return list(every[of_choice(evidence, every, **choice, controlled=controlled)])


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as mappings, blanks None, with the spreadsheet row."""
    rows = frame.rename_axis("row").reset_index().astype(object)
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in row_dicts(rows)
    ]
