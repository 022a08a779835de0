"""What cannot stand in the tables on risk of bias and certainty.

What a judgement comes to is no matter of the check: it is computed by `atopic.questions.certainty`.
"""

from collections import defaultdict
from collections.abc import Iterator

from atopic.evidence.bias_form import DOMAINS, QUESTIONS, UNKNOWN_BASES, asked, results_of, rows_of
from atopic.evidence.controls import control_kind, is_randomised, kind_of_design
from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row, Rule, broken
from atopic.review import CONTROL_KINDS, time_point

__all__ = ["CERTAINTY_RULES", "certainty_problems"]

#: What each kind of judgement needs to be told, and which values it may have.
_NEEDS = {
    "indirectness": ("question_id", "levels"),
    "missing-result": ("question_id", "study_id"),
    "words-only": ("question_id", "study_id"),
    "bias-override": ("study_id", "domain"),
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

CERTAINTY_RULES = (
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


def certainty_problems(folder: Folder) -> Iterator[Problem]:
    """Find what does not hold in a row, or between rows, of these tables."""
    yield from broken(folder, CERTAINTY_RULES)
    yield from _answers(folder)
    yield from _questions(folder)
    yield from _compared(folder)
    yield from _appraised(folder)
    yield from _judgements(folder)
    yield from _differences(folder)


def _answers(folder: Folder) -> Iterator[Problem]:
    """Find questions that are asked and not answered, and answers to what is not asked."""
    table = "bias_answers"
    columns = ("study_id", "outcome", "week", "question", "reader", "answer", "basis")
    rows = folder.rows(table, *columns)
    # A row with a broken cell may be meant for anything: its trial is passed over.
    broken_off = {
        row["study_id"]
        for row in rows
        if any(folder.is_unsure(table, {row["row"]}, one) for one in columns)
        or any(row[one] is None for one in columns if one not in ("outcome", "week"))
    }
    trials: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        trials[row["study_id"]].append(row)
    for study, answers in trials.items():
        if study in broken_off or study is None:
            continue
        reached: set[int] = set()
        for result in results_of(answers):
            found = rows_of(answers, result)
            given = {question: str(row["answer"]) for question, row in found.items()}
            for domain in DOMAINS:
                wanted = asked(domain, given)
                reached |= {found[one]["row"] for one in wanted if one in found}
                missing = [one for one in wanted if one not in found]
                if missing:
                    place = _nearest(missing[0], found, answers)
                    outcome, week = result
                    of = f"{outcome or 'any outcome'}, {time_point(week or 'any')}"
                    message = (
                        f"the answers lead to question {missing[0]} ({QUESTIONS[missing[0]]}) for "
                        f"{of}, which has no row; answer it"
                    )
                    yield folder.problem(table, place, "question", "unanswered", message)
        for row in answers:
            if row["row"] not in reached and row["reader"] in ("first", "agreed"):
                message = (
                    f"no result of {study} leads to this answer to {row['question']}; remove it, "
                    "or correct the answer before it"
                )
                yield folder.problem(table, row, "question", "answer-of-nothing", message)


def _nearest(question: str, found: object, answers: list[Row]) -> Row:
    """Return the row of the question before, else the first of the trial."""
    rows = dict(found)  # type: ignore[call-overload]
    before = [one for one in rows if one < question and one[0] == question[0]]
    return rows[before[-1]] if before else answers[0]


def _questions(folder: Folder) -> Iterator[Problem]:
    judged = defaultdict(list)
    for row in folder.rows("certainty_judgements", "kind", "question_id"):
        if row["kind"] == "indirectness":
            judged[row["question_id"]].append(row)
    for row in folder.rows("certainty_questions", "question_id"):
        if row["question_id"] is None:
            continue
        found = judged[row["question_id"]]
        if not found:
            message = (
                "no row of certainty_judgements.csv says how directly this question is answered, "
                "which no rule can decide; add one of the kind indirectness"
            )
            yield folder.problem(
                "certainty_questions", row, "question_id", "no-indirectness", message
            )
        for other in found[1:]:
            message = f"a second row on the indirectness of {row['question_id']!r}; keep one"
            yield folder.problem(
                "certainty_judgements", other, "question_id", "two-judgements", message
            )


def _compared(folder: Folder) -> Iterator[Problem]:
    """Find trials of a question whose control is of another kind than its design says."""
    roles: dict[str, set[str]] = defaultdict(set)
    for row in folder.rows("arms", "study_id", "role"):
        roles[row["study_id"]].add(str(row["role"]))
    trials = folder.rows("studies", "study_id", "design")
    designs = {row["study_id"]: row["design"] for row in trials}
    for row in folder.rows("certainty_questions", "design", "study_ids"):
        wanted = kind_of_design(row["design"])
        if not wanted or row["study_ids"] is None:
            continue
        for study in row["study_ids"].split(";"):
            kind = control_kind(roles[study], designs.get(study)) if study in designs else wanted
            if kind != wanted:
                found = CONTROL_KINDS[kind] if kind else "nothing"
                message = (
                    f"{row['design']}, but the control of {study} is {found}; write the design of "
                    "its control, and ask of each kind by itself"
                )
                yield folder.problem("certainty_questions", row, "design", "other-control", message)


def _appraised(folder: Folder) -> Iterator[Problem]:
    """Find trials of a question whose result nobody appraised."""
    trials: dict[str, list[Row]] = defaultdict(list)
    for row in folder.rows("bias_answers", "study_id", "outcome", "week"):
        trials[row["study_id"]].append(row)
    table = "certainty_questions"
    for row in folder.rows(table, "outcome", "week", "design", "study_ids"):
        if row["design"] == "uncontrolled" or row["study_ids"] is None:
            continue
        for study in row["study_ids"].split(";"):
            fits = any(
                outcome in (row["outcome"], None) and row["week"] in (week, None)
                for outcome, week in results_of(trials[study])
            )
            if not fits:
                message = (
                    f"bias_answers.csv appraises no result of {study} for {row['outcome']}, "
                    f"{time_point(row['week'] or 'any')}; add its answers or take the study out"
                )
                yield folder.problem(table, row, "study_ids", "unappraised", message)


def _judgements(folder: Folder) -> Iterator[Problem]:
    table = "certainty_judgements"
    for row in folder.rows(table, "kind", "question_id", "study_id", "domain", "levels"):
        for column in _NEEDS.get(row["kind"], ()):
            if folder.blank(table, row, column):
                message = f"blank, but a row of the kind {row['kind']} needs it; fill it in"
                yield folder.problem(table, row, column, "judgement-of-nothing", message)


def _differences(folder: Folder) -> Iterator[Problem]:
    table = "important_differences"
    first: dict[tuple[object, ...], int] = {}
    for row in folder.rows(table, "outcome", "measure", "size", "role"):
        if row["role"] != "default":
            continue
        key = (row["outcome"], row["measure"], row["size"])
        if key in first:
            message = (
                f"a second default of the {row['size']} difference in {row['outcome']}, after row "
                f"{first[key]}; make one of them an alternative"
            )
            yield folder.problem(table, row, "role", "two-defaults", message)
        first.setdefault(key, row["row"])
