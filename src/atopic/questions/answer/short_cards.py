"""The short answers: does it last, is it safe, do more cells do more, and what do drugs do."""

from html import escape
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.frequencies import per_100
from atopic.display.numbers import plural, span_text
from atopic.evidence.frames import records
from atopic.questions.answer.words import sentence_case
from atopic.review import (
    called,
    control_group,
    control_word,
    controlled_word,
    time_point,
    words_in_use,
)


def short_answers_html(found: pd.DataFrame) -> str:
    """Return the short answers, of doses and drugs if there are any.

    `found` is from `atopic.questions.answer.short_answers`.

    >>> import atopic
    >>> from atopic.questions.answer import short_answers
    >>> short_answers_html(short_answers(atopic.load())).count("<h3>")
    4
    """
    cards = "\n".join(
        f"<div><h3>{escape(question)}</h3><p><b>{escape(verdict)}</b> {escape(words)}</p>"
        f'<p class="fine"><a href="{escape(link)}">{escape(name)}</a></p></div>'
        for question, verdict, words, (name, link) in _each(found)
    )
    return (
        '<section class="block" aria-labelledby="short"><h2 id="short">'
        f'In short</h2>\n<div class="four">\n{cards}\n</div></section>'
    )


def describe_short_answers(found: pd.DataFrame) -> str:
    """Say the short answers, one line each."""
    return "\n".join(
        f"{question} {verdict}. {words}" for question, verdict, words, _ in _each(found)
    )


def _each(found: pd.DataFrame) -> list[tuple[str, str, str, tuple[str, str]]]:
    rows = {topic: list(records(own)) for topic, own in found.groupby("topic")}
    cards = [
        ("How long does it last?", *_lasting(rows.get("lasting", []))),
        ("Is it safe?", *_safe(rows.get("safe", []))),
    ]
    # Nobody asks of doses or of other treatments where the review has none.
    if "dose" in rows:
        cards.append(("Does a higher dose do more?", *_dose(_told(rows["dose"]))))
    if "others" in rows:
        cards.append((f"And {words_in_use().comparator}?", *_drugs(_told(rows["others"]))))
    return cards


def _told(rows: list[Any]) -> list[Any]:
    return [row for row in rows if pd.notna(row.low)]


def _lasting(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    link = ("How long a response was seen to last", "durability.html")
    if not rows:
        return "Unknown", "We found no later rate of patients who were followed up.", link
    row = rows[0]
    words = (
        f"{_span(row.low, row.high)} in 100 of those who came back later had responded; "
        f"{_span(row.other_low, row.other_high)} if those who did not come back count as failures. "
        f"No {control_group()} was left to compare with."
    )
    return ("Partly known" if row.clear else "Unknown"), words, link


def _safe(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    link = ("Side effects", "safety.html")
    if not rows:
        return "Unknown", "We found no count of serious side effects.", link
    row = rows[0]
    if pd.isna(row.high) and pd.notna(row.low):
        words = (
            f"{int(row.low):,} of {plural(int(row.n), 'counted patient')} given "
            f"{words_in_use().treatment} had a serious side effect."
        )
    elif pd.isna(row.high):
        given = f"those given {words_in_use().treatment}"
        words = f"Serious side effects of {given} cannot be taken together."
    else:
        words = (
            f"None of {plural(int(row.n), 'counted patient')} given {words_in_use().treatment} had "
            f"a serious side effect, so up to {per_100(row.high)} in 100 is possible."
        )
    if row.others:
        words += (
            f" For {row.others:,.0f} patients of {controlled_word()} trials we found no count by "
            "group."
        )
    return (
        (f"Compared with {control_word()} in part" if row.clear else "Nobody can say yet"),
        words,
        link,
    )


def _dose(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    if not rows:
        words = "No trial compares doses alone; those with several doses have pages of their own."
        return "Not judged here", words, ("The trials", "trials.html")
    link = ("Two doses compared", f"dose-{rows[0].name}.html")
    words = " ".join(
        f"{capital(row.label)}: {per_100(row.high)} in 100 responded to {row.dose}, "
        f"{per_100(row.low)} to {row.other_dose} ({int(row.n)} patients)."
        for row in rows
    )
    clear = [row for row in rows if row.clear]
    if not clear:
        may = {1: "This gap", 2: "Both gaps"}.get(len(rows), "All of these gaps")
        return "Not shown", f"{words} {may} may be chance.", link
    words += f" In {len(clear)} of {len(rows)} chance can hardly explain it."
    return "Shown in part", words, link


def _drugs(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    if not rows:
        words = (
            f"No {words_in_use().comparator.adjective} trial in these tables reports an outcome "
            f"that a trial of "
            f"{words_in_use().treatment} reports."
        )
        return "Not comparable", words, ("The trials", "trials.html")
    first = rows[0]
    named = [row for row in rows if row.clear]
    parts = [
        f"{'' if row.clear else 'all '}{called(row.name)} {_span(row.low, row.high)} "
        f"({control_word()} {_span(row.other_low, row.other_high)})"
        for row in rows
    ]
    words = (
        f"{sentence_case(str(first.label))}, {time_point(first.week)}, of 100 patients without "
        f"{words_in_use().background}: "
        f"{'; '.join(parts)}. A scale, not a comparison: these are other patients."
    )
    link = f"benchmarks-{first.outcome.lower()}.html"
    if named:
        link = f"effect-{first.name}-{first.outcome.lower().replace('/', '-')}.html"
    return (
        "For scale only",
        words,
        (
            f"{capital(called(first.name))} against {control_word()}"
            if named
            else f"{capital(words_in_use().comparator.adjective)} trials",
            link,
        ),
    )


def _span(low: float, high: float) -> str:
    return span_text(per_100(low), per_100(high))
