"""What cannot stand in one row of the tables on risk of bias and certainty."""

from datetime import date

from atopic.evidence.bias_form import UNKNOWN_BASES
from atopic.evidence.controls import is_controlled_design, is_randomised
from atopic.evidence.lines import Line, Rule
from atopic.evidence.result_rules import is_measure_of_another_kind

_OF_RESULT = ("study_id", "outcome", "week")
#: What each kind of judgement may be told, which values it has, and the levels of each.
_TOLD = {
    "indirectness": ("question_id", "levels"),
    "missing-result": ("question_id", *_OF_RESULT),
    "words-only": ("question_id", *_OF_RESULT),
    "bias-override": (*_OF_RESULT, "domain"),
    "grade-override": ("question_id",),
}
_VALUES = {
    "indirectness": ("none", "serious", "very-serious"),
    "missing-result": ("not-public", "not-read"),
    "words-only": ("favours-arm", "favours-reference"),
    "bias-override": ("low", "some-concerns", "high"),
    "grade-override": ("very low", "low", "moderate", "high"),
}
_LEVELS = {"none": 0, "serious": -1, "very-serious": -2}


def _is_no_date(line: Line) -> bool:
    try:
        date.fromisoformat(line["decided_on"])
    except ValueError:
        return True
    return False


CERTAINTY_RULES = (
    Rule(
        "appraised-design", "case_series_answers", "study_id",
        lambda r: is_controlled_design(r["studies/design"]),
        "{study_id!r} is {studies/design}, but these questions are for studies without a control "
        "group; answer those of bias_answers.csv",
    ),
    Rule(
        "no-such-date", "certainty_judgements", "decided_on",
        _is_no_date,
        "{decided_on!r} is no day of the calendar; correct it",
    ),
    *(
        Rule(
            "told-of-nothing", "certainty_judgements", column,
            lambda r, column=column: (  # type: ignore[misc]
                r[column] is not None and column not in _TOLD[r["kind"]]
            ),
            f"{{{column}}}, but a row of the kind {{kind}} has no {column}; leave it blank",
        )
        for column in ("question_id", *_OF_RESULT, "domain")
    ),
    Rule(
        "measure-of-another-kind", "certainty_questions important_differences", "measure",
        is_measure_of_another_kind,
        "{measure}, but {outcome} is a {instruments/kind} in instruments.csv; correct one of them",
    ),
    Rule(
        "better-of-another-direction", "certainty_questions", "better",
        lambda r: not r["instruments/direction"].startswith(r["better"]),
        "{better}, but {outcome} is {instruments/direction} in instruments.csv; correct one",
    ),
    Rule(
        "unit-of-measure", "important_differences", "unit",
        lambda r: (r["measure"] == "mean_difference") != (r["unit"] == "points"),
        "{unit}, but the measure is {measure}; correct one of them",
    ),
    Rule(
        "difference-out-of-range", "important_differences", "value",
        lambda r: r["value"] == 0 or (r["unit"] == "percentage-points" and r["value"] > 100),
        "{value:g} {unit} is no difference that there can be; correct it",
    ),
    Rule(
        "difference-out-of-range", "important_differences", "value",
        lambda r: (
            r["unit"] == "points"
            and r["value"] > r["instruments/range_max"] - r["instruments/range_min"]
        ),
        "{value:g} points are more than the range of {outcome}, {instruments/range_min:g} to "
        "{instruments/range_max:g}, allows; correct it",
    ),
    Rule(
        "appraised-design", "bias_answers", "study_id",
        lambda r: not is_randomised(r["studies/design"]),
        "{study_id!r} is {studies/design}, but these questions are for randomised trials; answer "
        "those of case_series_answers.csv",
    ),
    Rule(
        "no-information-known", "bias_answers", "basis",
        lambda r: r["answer"] == "NI" and r["basis"] not in UNKNOWN_BASES,
        "{basis}, but the answer is NI; write not-read or not-public, or answer the question",
    ),
    Rule(
        "known-of-nothing", "bias_answers", "basis",
        lambda r: r["answer"] in ("Y", "N") and r["basis"] in UNKNOWN_BASES,
        "{basis}, but the answer is {answer}; write PY or PN for a guess, or what it rests on",
    ),
    Rule(
        "known-of-nothing", "case_series_answers", "basis",
        lambda r: r["answer"] == "yes" and r["basis"] in UNKNOWN_BASES,
        "{basis}, but the answer is yes; write unclear, or what it rests on",
    ),
    Rule(
        "no-information-allowed", "bias_answers", "answer",
        lambda r: r["answer"] == "NI" and r["question"] == "3.2",
        "NI, which question 3.2 of the form does not have; write PN where nothing was found",
    ),
    Rule(
        "value-of-judgement", "certainty_judgements", "value",
        lambda r: r["value"] not in _VALUES[r["kind"]],
        "{value!r} is no value of a row of the kind {kind}; see the codebook",
    ),
    Rule(
        "levels-of-judgement", "certainty_judgements", "levels",
        lambda r: r["kind"] == "indirectness" and r["levels"] != _LEVELS[r["value"]],
        "{levels}, but {value} takes away as many levels as its name says: none 0, serious -1, "
        "very-serious -2",
    ),
    Rule(
        "levels-of-nothing", "certainty_judgements", "levels",
        lambda r: r["kind"] != "indirectness" and r["levels"] is not None,
        "{levels}, but only indirectness has levels of its own; leave it blank",
    ),
    Rule(
        "comparator-of-nothing", "certainty_questions", "comparator",
        lambda r: (r["design"] == "uncontrolled") != (r["comparator"] == "none"),
        "{comparator!r}, but the design is {design}; write none exactly where nothing is compared",
    ),
    Rule(
        "measure-of-nothing", "certainty_questions", "measure",
        lambda r: (r["design"] == "uncontrolled") != (r["measure"] == "none"),
        "{measure}, but the design is {design}; write none exactly where nothing is compared",
    ),
)  # fmt: skip
