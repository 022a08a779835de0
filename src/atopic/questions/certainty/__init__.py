"""How sure each answer is: risk of bias by trial, and certainty by question, computed from tables.

Answers of readers are data; judgements, levels and sentences come of rules that know no trial by
its id, and each says the numbers it read. `atopic.questions.certainty.risk_of_bias` is RoB 2,
`atopic.questions.certainty.grade` is GRADE.

=============================================  =======================================
question                                       function
=============================================  =======================================
how biased may a result be, and by what?       `bias_judgements`, `bias_paths`
which judgements are a reader's own?           `bias_overrides`, `answers_by_basis`
what of studies without a control group?       `case_series_judgements`
how sure is each answer?                       `answer_questions`, `certainty_levels`,
                                               `summary_of_findings`, `measured_findings`
what would change it?                          `levels_by_setting`, `levels_by_minimal`
=============================================  =======================================
"""

from atopic.questions.certainty.appraisals import (
    answers_by_basis,
    bias_judgements,
    bias_overrides,
    bias_paths,
    case_series_judgements,
    judged_results,
)
from atopic.questions.certainty.estimates import (
    Answer,
    answer_questions,
    certainty_levels,
    summary_of_findings,
)
from atopic.questions.certainty.measured import measured_findings
from atopic.questions.certainty.sensitivity import (
    levels_by_minimal,
    levels_by_setting,
    minimal_note,
)
from atopic.questions.certainty.settings import Settings

__all__ = [
    "Answer",
    "Settings",
    "answer_questions",
    "answers_by_basis",
    "bias_judgements",
    "bias_overrides",
    "bias_paths",
    "case_series_judgements",
    "certainty_levels",
    "judged_results",
    "levels_by_minimal",
    "levels_by_setting",
    "measured_findings",
    "minimal_note",
    "summary_of_findings",
]


def __dir__() -> list[str]:
    return sorted(__all__)
