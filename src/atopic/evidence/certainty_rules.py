"""What cannot be true of several rows of the tables on risk of bias and certainty.

What a judgement comes to is no matter of the check: it is computed by `atopic.questions.certainty`.
"""

from collections import defaultdict
from collections.abc import Iterator

from atopic.evidence.bias_form import DOMAINS, QUESTIONS, asked, results_of, rows_of
from atopic.evidence.certainty_row_rules import CERTAINTY_RULES
from atopic.evidence.controls import control_kind, kind_of_design
from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row, broken
from atopic.review import CONTROL_KINDS, time_point

#: What each kind of judgement needs to be told.
_NEEDS = {
    "indirectness": ("question_id", "levels"),
    "missing-result": ("question_id", "study_id"),
    "words-only": ("question_id", "study_id"),
    "bias-override": ("study_id", "domain"),
    "grade-override": ("question_id",),
}
#: Sizes of differences, rising.
_SIZES = ("minimal", "moderate", "large")


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
    studies = {
        row["question_id"]: str(row["study_ids"]).split(";")
        for row in folder.rows("certainty_questions", "question_id", "study_ids")
        if row["study_ids"] is not None
    }
    for row in folder.rows(table, "kind", "question_id", "study_id"):
        asked_of = studies.get(row["question_id"], [row["study_id"]])
        if row["kind"] == "words-only" and row["study_id"] not in (*asked_of, None):
            message = (
                f"{row['study_id']!r} is no study of the question {row['question_id']!r} in "
                "certainty_questions.csv; correct one of them"
            )
            yield folder.problem(table, row, "study_id", "judgement-of-nothing", message)


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
    yield from _sizes(folder)


def _sizes(folder: Folder) -> Iterator[Problem]:
    """Find differences that are not as much as a smaller one."""
    table = "important_differences"
    rows = folder.rows(table, "outcome", "measure", "size", "role", "value")
    usual = [row for row in rows if row["role"] == "default" and row["value"] is not None]
    known = {(row["outcome"], row["measure"], row["size"]): row for row in usual}
    for row in usual:
        for size in _SIZES[: _SIZES.index(row["size"])] if row["size"] in _SIZES else ():
            other = known.get((row["outcome"], row["measure"], size))
            if other and other["value"] >= row["value"]:
                message = (
                    f"{row['value']:g} is called {row['size']}, but the {size} difference is "
                    f"{other['value']:g} (row {other['row']}); correct one of them"
                )
                yield folder.problem(table, row, "value", "sizes-order", message)
                break
