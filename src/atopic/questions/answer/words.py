"""The answer in sentences: of all products together, and of each."""

from collections.abc import Collection, Sequence
from math import isnan
from typing import Any

import pandas as pd

from atopic.display.frequencies import limits_per_100, more_per_100
from atopic.display.numbers import interval_name, listed, plural, span_text
from atopic.evidence.frames import records
from atopic.questions.trials.words import p_words
from atopic.review import called, control_word, controlled_word, in_words, time_point, words_in_use

_LEFT_OPEN = "left open whether {treatment} {do} more than {control}"
#: What the largest trials came to, as surely as it is graded.
_FOUND = {
    ("alike", "high"): "showed little or no difference from {control}",
    ("alike", "moderate"): "showed that {treatment} probably {make} little or no difference",
    ("alike", "low"): "suggest that {treatment} may make little or no difference",
    ("alike", ""): "saw little or no difference from {control}",
    ("better", "high"): "showed that {treatment} {help} more patients than {control}",
    ("better", "moderate"): "showed that {treatment} probably {help} more patients than {control}",
    ("better", "low"): "suggest that {treatment} may help more patients than {control}",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TIMES = {"1": "once", "2": "twice", "3": "three times", "4": "four times", "5": "five times"}


def answer_note(products: pd.DataFrame) -> str:
    """Answer the question of the front page from what each product did against placebo.

    `products` is from `atopic.questions.answer.product_answers`.

    >>> import atopic
    >>> from atopic.questions.answer import product_answers
    >>> answer_note(product_answers(atopic.load()))[:73]
    'Not shown so far. Two phase 3 trials of cord-blood cells, with 512 patien'
    """
    if products.empty:
        words = (
            "Nobody can say. No result of {a_controlled} trial of {treatment} is in these "
            "tables, and without {a_control_group} nothing shows what {treatment} {add}."
        )
        return _of_treatment(words)
    rows = list(records(products))
    first, *others = rows
    sentences = [_verdict(rows), _of_largest(first)]
    for direction in ("more", "alike", "fewer", "unclear"):
        some = [row for row in others if row.direction == direction]
        if some:
            sentences.append(_of_others(some, direction, first))
    return " ".join(sentences)


def _verdict(rows: Sequence[Any]) -> str:
    for levels, words in ((("high", "moderate"), "Yes"), (("low",), "Perhaps")):
        helped = [row for row in rows if _toward(row) == "better" and row.certainty in levels]
        if helped:
            return f"{words}, with {listed(row.name for row in helped)}."
    if any(_toward(row) == "better" and not row.certainty for row in rows):
        return "How sure this is has not been rated."
    return "Not shown so far."


def _toward(row: Any) -> str:
    """Return what a difference is to patients: better, worse, alike or unclear."""
    if row.direction not in ("more", "fewer"):
        return str(row.direction)
    return "better" if (row.direction == "fewer") == row.fewer else "worse"


def _saw(rows: Sequence[Any], direction: str) -> str:
    """Say that more, or fewer, patients had what the outcome asks for."""
    first = rows[0]
    same = all(row.had == first.had for row in rows)
    if not any(row.fewer for row in rows):
        return f"saw {direction} patients respond than on {control_word()}"
    had = first.had if same else "had the outcome"
    return f"saw {direction} patients than on {control_word()} who {had}"


def _of_largest(row: Any) -> str:
    trials = f"{sentence_case(trials_words(row))} of {row.name}, with {_patients(row)}, "
    if row.known != "rates":
        return f"{trials}{_of_treatment(_LEFT_OPEN)}, and their rates were not found."
    toward = _toward(row)
    found = _FOUND.get((toward, row.certainty), _FOUND.get((toward, ""), ""))
    if not found and row.direction in ("more", "fewer"):
        found = _saw([row], row.direction)
    return f"{trials}{_of_treatment(found or _LEFT_OPEN)}: {_in_patients(row)}."


def _patients(row: Any) -> str:
    """Return how many patients were enrolled; if no trial says, how many were counted."""
    if pd.notna(row.patients):
        return plural(int(row.patients), "patient")
    return "an unknown number of patients" if pd.isna(row.counted) else _counted(row)


def _counted(row: Any) -> str:
    return f"{plural(int(row.counted), 'patient')} counted"


def _of_treatment(words: str) -> str:
    """Return words with the treatment in them, and verbs as they follow it."""
    treatment = words_in_use().treatment
    verbs = {verb: treatment.verb(verb) for verb in ("add", "do", "help", "make")}
    return in_words(words, **verbs)


def _in_patients(row: Any) -> str:
    """Return a difference as patients in 100 who had what the outcome asks for."""
    size = more_per_100(row.estimate)
    than = "as" if size == "as many" else "than"
    ends = limits_per_100(row.lower, row.upper)
    return f"about {size} in 100 {row.had} {than} on {control_word()} (from {ends})"


def _of_others(rows: Sequence[Any], direction: str, first: Any) -> str:
    trials = len({study for row in rows for study in row.study_ids} - set(first.study_ids))
    if not trials:
        return _of_same(rows, direction)
    # False, too, where a size is not known.
    smaller = "smaller " if all(row.largest < first.smallest for row in rows) else ""
    of = f"other {words_in_use().treatment}" if len(rows) > 1 else rows[0].name
    one = trials == 1
    words = f"{sentence_case(_number(trials))} {smaller}{'trial' if one else 'trials'} of {of} "
    words += {
        "alike": "saw little or no difference",
        "unclear": "left it open",
    }.get(direction) or _saw(rows, direction)
    if direction in ("more", "fewer") and all(row.certainty == "very low" for row in rows):
        words += ", but that is very uncertain"
    return f"{words}."


def _of_same(rows: Sequence[Any], direction: str) -> str:
    """Say it of treatments that the trials of the first one compared with the control, too."""
    words = {"alike": "little or no difference", "unclear": "an open question"}.get(direction)
    saw = f"found {words}" if words else _saw(rows, direction)
    return f"With {listed(row.name for row in rows)} they {saw}."


def counted_note(trials: pd.DataFrame) -> str:
    """Say how many placebo-controlled trials have a result, and how many patients are in them."""
    shown = trials[trials["known"].ne("none")].drop_duplicates("study_id")
    if shown.empty:
        return ""
    patients = shown["n_enrolled"].sum(min_count=1)
    every = plural(trials["study_id"].nunique(), f"{controlled_word()} trial")
    enrolled = "" if pd.isna(patients) else f" ({plural(int(patients), 'patient')})"
    return f"{every}, {len(shown)} with a result{enrolled}."


def grade_sentence(row: Any) -> str:
    """Return what cells do to an outcome in the words that GRADE keeps for its level (GRADE 26)."""
    what = f"how many patients {row.had}"
    what += f" by {time_point(row.week)}" if pd.notna(row.week) else ""
    direction = row.direction
    if direction == "unclear" and not isnan(row.estimate):
        direction = "more" if row.estimate > 0 else "fewer" if row.estimate < 0 else "alike"
    if direction == "unclear":
        return f"The evidence is very uncertain about {what}."
    verb, object_ = {
        "more": ("increase", ""),
        "fewer": ("reduce", ""),
        "alike": ("make", "little or no difference to "),
    }[direction]
    if not row.certainty:
        size, than = (direction, "than") if direction in ("more", "fewer") else ("as many", "as")
        return f"In what was reported, {size} patients {row.had} {than} on {control_word()}."
    start = {
        "high": f"{verb.capitalize()}s",
        "moderate": f"Probably {verb}s",
    }.get(row.certainty, f"May {verb}")
    end = ", but the evidence is very uncertain" if row.certainty == "very low" else ""
    return f"{start} {object_}{what}{end}."


def difference_words(row: Any, level: float) -> tuple[str, str]:
    """Return what cells added to placebo per 100 patients, and how sure the number is.

    `row` is one of `atopic.questions.answer.product_answers`, `level` that of its interval.
    """
    interval = interval_name(level)
    if row.known == "rates":
        limits = limits_per_100(row.lower, row.upper)
        return f"{more_per_100(row.estimate)} per 100", f"{interval}: {limits}"
    said = {"more": "More, size unknown", "fewer": "Fewer, size unknown"}
    detail = f"We found only {p_words(row.p_printed)}."
    if pd.notna(row.lower) and pd.notna(row.counted):
        size = span_text(*map(more_per_100, (row.allowed_low, row.allowed_high)))
        detail += (
            f" If all {int(row.counted)} patients were counted, it means about {size} in 100 "
            f"({limits_per_100(row.lower, row.upper)})."
        )
    return said.get(row.direction, "Size unknown"), detail


def given_words(row: Any, told: Collection[str] = ("dose", "maker")) -> str:
    """Say what was given, how often, where to, and who makes it.

    `told` are those of dose and maker that the review tells of any product.
    """
    parts = [row.brand, *map(called, row.donor)]
    words = ", ".join(part for part in parts if part)
    times = [_TIMES.get(one, f"{one} times") for one in row.administrations]
    routes = [called(one) for one in row.route]
    given = " ".join(filter(None, (listed(times, "or"), listed(routes, "or"))))
    words = ": ".join(filter(None, (words, f"given {given}" if given else "")))
    start = f"{sentence_case(words)}. " if words else ""
    dose = listed(row.dose, "or") if row.dose else "not found"
    maker = listed(one.rstrip(".") for one in row.maker) if row.maker else "not found"
    known = {"dose": f"Dose: {dose}.", "maker": f"Maker: {maker}."}
    return f"{start}{' '.join(known[one] for one in known if one in told)}".strip()


def trials_words(row: Any) -> str:
    """Return how many trials of which phase.

    >>> from types import SimpleNamespace
    >>> trials_words(SimpleNamespace(trials=2, phases=("3",)))
    'two phase 3 trials'
    """
    phase = f"phase {listed(row.phases)} " if row.phases else ""
    return f"{_number(row.trials)} {phase}{'trial' if row.trials == 1 else 'trials'}"


def evidence_words(row: Any) -> str:
    """Return what the result of a product rests on."""
    parts = [trials_words(row), _patients(row)]
    if row.known == "rates" and pd.notna(row.patients) and row.counted != row.patients:
        parts.append(f"{row.counted:,} of them counted")
    if row.single_blind:
        some = (
            "" if row.single_blind == row.trials else f"{_number(row.single_blind)} of the trials "
        )
        parts.append(f"{some}single-blind")
    words = ", ".join(parts)
    if row.without_result:
        words += f"; of {_number(row.without_result)} further we found no result"
    return sentence_case(words)


def goal_words(row: Any) -> tuple[str, str]:
    """Return which mark the primary endpoints get, and what became of them."""
    goals = {"met": row.met, "missed": row.missed, "not known": row.goal_unknown}
    some = {words: count for words, count in goals.items() if count}
    if len(some) == 1:
        ((words, count),) = some.items()
        mark = {"met": "yes", "missed": "no"}.get(words, "unknown")
        in_all = {1: "", 2: " in both trials"}.get(count, f" in all {_number(count)} trials")
        return mark, words + in_all
    parts = [f"{words} in {_number(count)}" for words, count in some.items()]
    return "half" if row.met else "unknown", listed(parts)


def review_words(row: Any) -> str:
    """Say whether the papers are peer-reviewed, and whether they were read in full."""
    if not row.published:
        return "not known where it was published"
    if not row.in_journal:
        return "none: company statements, registry and news only"
    words = "yes" if row.in_journal == row.trials else f"{_number(row.in_journal)} of {row.trials}"
    if row.unread:
        return f"{words}; we read only the abstract{' so far' if row.open_unread else ''}"
    return f"{words}; read in full"


def sentence_case(words: str) -> str:
    """Return words with a capital at their start.

    >>> sentence_case("the patient's own fat cells")
    "The patient's own fat cells"
    """
    return f"{words[:1].upper()}{words[1:]}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
