"""The answer in sentences: of all products together, and of each."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import pandas as pd

from atopic.display.frequencies import limits_per_100, more_per_100, per_100
from atopic.display.numbers import interval_name, listed, plural, span_text
from atopic.display.p_values import with_p_values
from atopic.evidence.csv_rows import records

__all__ = [
    "answer_note",
    "counted_note",
    "difference_words",
    "evidence_words",
    "given_words",
    "goal_words",
    "grade_sentence",
    "review_words",
    "sentence_case",
    "trials_words",
]

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TIMES = {"1": "once", "2": "twice", "3": "three times", "4": "four times", "5": "five times"}
_ROUTES = {
    "subcutaneous": "under the skin",
    "intravenous": "into a vein",
    "intradermal": "into the skin",
    "topical": "on the skin",
}
_DONORS = {"allogeneic": "from donors"}
#: What a responder outcome counts; the end of a sentence.
_COUNTED = {
    "EASI-50": "how many patients have their eczema score at least halved",
    "EASI-75": "how many patients have their eczema score fall by three quarters",
    "EASI-90": "how many patients have their eczema score fall by nine tenths",
    "IGA-0/1": "how many patients get clear or almost clear skin",
}


def answer_note(products: pd.DataFrame) -> str:
    """Answer the question of the front page from what each product did against placebo.

    `products` is from `atopic.questions.answer.product_answers`.

    >>> import atopic
    >>> from atopic.questions.answer import product_answers
    >>> answer_note(product_answers(atopic.load()))[:73]
    'Not shown so far. Two phase 3 trials of cord-blood cells, with 512 patien'
    """
    if products.empty:
        return (
            "Nobody can say. No result of a placebo-controlled trial of cells is in these tables, "
            "and without a placebo group nothing shows what cells add."
        )
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
        helped = [row for row in rows if row.direction == "more" and row.certainty in levels]
        if helped:
            return f"{words}, with {listed(row.name for row in helped)}."
    return "Not shown so far."


def _of_largest(row: Any) -> str:
    found = {
        "alike": "found little or no difference from placebo",
        "more": "found more responders than on placebo",
        "fewer": "found fewer responders than on placebo",
        "unclear": "left open whether cells do more than placebo",
    }[row.direction]
    ends = limits_per_100(row.lower, row.upper)
    rates = (
        f": {per_100(row.cells)} against {per_100(row.placebo)} responders in 100 ({ends})"
        if row.known == "rates"
        else ", of which no rates were read"
    )
    return (
        f"{sentence_case(trials_words(row))} of {row.name}, with {row.patients:,} patients, "
        f"{found}{rates}."
    )


def _of_others(rows: Sequence[Any], direction: str, first: Any) -> str:
    trials = sum(row.trials for row in rows)
    smaller = "smaller " if all(row.patients < first.patients for row in rows) else ""
    of = "other cells" if len(rows) > 1 else rows[0].name
    one = trials == 1
    words = f"{sentence_case(_number(trials))} {smaller}{'trial' if one else 'trials'} of {of} "
    words += {
        "more": "saw more responders than on placebo",
        "alike": "saw little or no difference",
        "fewer": "saw fewer responders than on placebo",
        "unclear": "left it open",
    }[direction]
    if direction in ("more", "fewer") and all(row.certainty == "very low" for row in rows):
        words += ", but the size of that effect is very uncertain"
    return f"{words}."


def counted_note(trials: pd.DataFrame) -> str:
    """Say how many placebo-controlled trials have a result, and how many patients are in them."""
    shown = trials[trials["known"].ne("none")].drop_duplicates("study_id")
    if shown.empty:
        return ""
    patients = int(shown["n_enrolled"].fillna(0).sum())
    of = plural(len(shown), "placebo-controlled trial")
    return f"{of} with a result, {plural(patients, 'patient')}. Not medical advice."


def grade_sentence(row: Any) -> str:
    """Return what cells do to an outcome in the words that GRADE keeps for its level (GRADE 26)."""
    what = _COUNTED.get(row.outcome, f"how many patients reach {row.outcome}")
    what += f" by week {row.week}" if pd.notna(row.week) else ""
    direction = row.direction
    if direction == "unclear" and not isnan(row.estimate):
        direction = "more" if row.estimate > 0 else "fewer"
    if direction == "unclear":
        return f"The evidence is very uncertain about {what}."
    verb, object_ = {
        "more": ("increase", ""),
        "fewer": ("reduce", ""),
        "alike": ("make", "little or no difference to "),
    }[direction]
    if not row.certainty:
        seen = {"more": "more patients than", "fewer": "fewer patients than"}
        return f"In what was reported {seen.get(direction, 'as many patients as')} on placebo."
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
    detail = with_p_values(f"P = {row.p_printed}")
    if pd.notna(row.lower) and pd.notna(row.counted):
        size = span_text(*map(more_per_100, (row.allowed_low, row.allowed_high)))
        detail += (
            f"; if {int(row.counted)} patients were counted, this fits about {size} "
            f"({limits_per_100(row.lower, row.upper)})"
        )
    return said.get(row.direction, "Size unknown"), detail


def given_words(row: Any) -> str:
    """Say what was given, how often, where to, and who makes it."""
    parts = [row.brand, *(_DONORS[one] for one in row.donor if one in _DONORS)]
    words = ", ".join(part for part in parts if part)
    times = [_TIMES.get(one, f"{one} times") for one in row.administrations]
    routes = [_ROUTES.get(one, one) for one in row.route]
    given = " ".join(filter(None, (listed(times, "or"), listed(routes, "or"))))
    words = ": ".join(filter(None, (words, f"given {given}" if given else "")))
    maker = f" Maker: {listed(one.rstrip('.') for one in row.maker)}." if row.maker else ""
    return f"{words[:1].upper()}{words[1:]}.{maker}"


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
    parts = [trials_words(row), plural(row.patients, "patient")]
    if row.known == "rates" and row.counted != row.patients:
        parts.append(f"{row.counted:,} of them counted")
    if row.single_blind:
        some = "" if row.single_blind == row.trials else f"{_number(row.single_blind)} of them "
        parts.append(f"{some}single-blind")
    words = ", ".join(parts)
    if row.without_result:
        words += f"; of {plural(row.without_result, 'further trial')} no result was read"
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


def review_words(row: Any) -> tuple[str, str]:
    """Return which mark peer review gets, and whether the papers were read in full."""
    if not row.in_journal:
        return "no", "none: company statements, registry and news only"
    words = "yes" if row.in_journal == row.trials else f"{_number(row.in_journal)} of {row.trials}"
    if row.open_unread:
        words += "; free to read, but only the abstract was read"
    elif row.unread:
        words += "; only the abstract was read"
    else:
        words += "; read in full"
    return "yes" if row.in_journal == row.trials else "half", words


def sentence_case(words: str) -> str:
    """Return words with a capital at their start.

    >>> sentence_case("the patient's own fat cells")
    "The patient's own fat cells"
    """
    return f"{words[:1].upper()}{words[1:]}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
