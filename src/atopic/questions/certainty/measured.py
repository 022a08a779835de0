"""The numbers of the summary of findings as the other pages give them, with measure and method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import row_dicts
from atopic.questions.asked import asked
from atopic.questions.certainty.estimates import Answer, summary_of_findings

_ENDS = ("estimate", "lower", "upper", "estimate_min", "estimate_max")
_PLACE = ("study_id", "arm_id", "reference_arm_id", "method")


@asked()
def measured_findings(
    evidence: Evidence, answers: Sequence[Answer], *, level: float = 0.95
) -> pd.DataFrame:
    """Return the summary of findings with the measure, method and arms of each estimate.

    Parameters
    ----------
    answers : from `answer_questions`.
    level : float
        Confidence level of their intervals.

    Returns
    -------
    DataFrame: the rows of `summary_of_findings`, its level as ``certainty``; ``estimate``,
        ``lower`` and ``upper`` as shares where they are of shares (``measure`` RD), else in the
        points of a score; ``study_id``, ``arm_id`` and ``reference_arm_id`` where the estimate is
        of one trial, and the ``method`` of its interval; ``level`` is that of the interval. Empty
        cells where there is no estimate.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.certainty import answer_questions
    >>> evidence = atopic.load()
    >>> answers = answer_questions(evidence, questions=["cord-blood-dose"])
    >>> found = measured_findings(evidence, answers)
    >>> found[["arm_id", "measure", "method"]].values.tolist()
    [['phase-2a-high', 'RD', 'newcombe']]
    """
    frame = summary_of_findings(answers).rename(columns={"level": "certainty"})
    if frame.empty:
        return frame
    by_id = {answer.question_id: answer for answer in answers}
    asked = evidence.certainty_questions.set_index("question_id")
    rows = []
    for row in row_dicts(frame):
        answer = by_id[row["question_id"]]
        known = answer.effect is not None
        if of_shares := bool(row["of_shares"]):
            row |= {name: row[name] / 100 for name in _ENDS}
        kind = {"measure": "RD"}
        if not of_shares:
            kind = {"statistic": "mean_change", "unit": "points"}
        own: dict[Any, Any] = {**row, "week": asked.loc[row["question_id"], "week"]}
        rows.append({**own, **_of(answer), **({**kind, "level": level} if known else {})})
    return pd.DataFrame(rows).astype({"week": "Int64"})


def _of(answer: Answer) -> dict[str, Any]:
    trials = answer.found.trials
    if len(trials) == 1:
        return {name: trials[name].iloc[0] for name in _PLACE}
    pooled = answer.effect is not None
    return {"method": "inverse variance"} if pooled else {}
