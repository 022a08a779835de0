"""Overrides that say what the rules compute anyway, for `atopic check`."""

from collections.abc import Iterator

from atopic.evidence.csv_rows import Problem
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.certainty.appraisals import bias_overrides
from atopic.questions.certainty.estimates import answer_questions


def stale_overrides(evidence: Evidence) -> list[Problem]:
    """Return a warning for each row of certainty_judgements that stands for the same value.

    It is no error: what was computed when the row was written may have been another.

    >>> import atopic
    >>> stale_overrides(atopic.load())
    []
    """
    if not {"certainty_judgements", "certainty_questions"} <= set(evidence):
        return []
    return sorted(_stale(evidence), key=lambda one: one.row or 0)


def _stale(evidence: Evidence) -> Iterator[Problem]:
    overrides = bias_overrides(evidence)
    for row, same in overrides.groupby("row"):
        if same["stale"].all():
            yield _problem(evidence, int(str(row)), str(same["judgement"].iloc[0]))
    table = evidence.certainty_judgements
    raised = table[table["kind"].eq("grade-override")]
    asked = list(dict.fromkeys(raised["question_id"]))
    answers = answer_questions(evidence, questions=asked) if asked else []
    computed = {answer.question_id: answer.computed for answer in answers}
    for one in records(raised):
        if computed[one.question_id] == one.value:
            yield _problem(evidence, int(one.Index), str(one.value))


def _problem(evidence: Evidence, row: int, value: str) -> Problem:
    file = evidence.package.tables["certainty_judgements"].path
    message = f"{value!r} is what the rules compute; remove this row, which overrides nothing"
    return Problem(file, row, "value", value, "stale-override", message, severity="warning")
