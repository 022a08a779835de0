"""The four short answers: does it last, is it safe, do more cells do more, and what do drugs do."""

from html import escape
from typing import Any

import pandas as pd

from atopic.display.frequencies import per_100
from atopic.display.numbers import listed, plural, span_text
from atopic.evidence.csv_rows import records
from atopic.questions.answer.words import sentence_case

__all__ = ["describe_short_answers", "short_answers_html"]

_CLASSES = {"biologic": "biologics", "jak-inhibitor": "JAK inhibitors"}


def short_answers_html(found: pd.DataFrame) -> str:
    """Return the four short answers. `found` is from `atopic.questions.answer.short_answers`.

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
        '<section class="block" aria-labelledby="short"><h2 id="short" class="unseen">'
        f'In short</h2>\n<div class="four">\n{cards}\n</div></section>'
    )


def describe_short_answers(found: pd.DataFrame) -> str:
    """Say the four short answers, one line each."""
    return "\n".join(
        f"{question} {verdict}. {words}" for question, verdict, words, _ in _each(found)
    )


def _each(found: pd.DataFrame) -> list[tuple[str, str, str, tuple[str, str]]]:
    rows = {topic: list(records(own)) for topic, own in found.groupby("topic")}
    return [
        ("How long does it last?", *_lasting(rows.get("lasting", []))),
        ("Is it safe?", *_safe(rows.get("safe", []))),
        ("Does a higher dose do more?", *_dose(rows.get("dose", []))),
        ("And drugs?", *_drugs(rows.get("drugs", []))),
    ]


def _lasting(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    link = ("How long a response was seen to last", "durability.html")
    if not rows:
        return "Unknown", "No later rate of patients who were followed up was reported.", link
    row = rows[0]
    words = (
        f"Reported later rates, {_span(row.low, row.high)} of 100, are of patients who came back, "
        "without a control group. If all who were not seen are counted as failures, they are "
        f"{_span(row.other_low, row.other_high)}."
    )
    return ("Partly known" if row.clear else "Unknown"), words, link


def _safe(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    link = ("Side effects", "safety.html")
    if not rows:
        return "Unknown", "No count of serious events was read.", link
    row = rows[0]
    if pd.isna(row.high):
        words = "Serious events of those given cells cannot be taken together."
    else:
        words = (
            f"No serious event was reported in {plural(int(row.n), 'counted patient')} given "
            f"cells, so up to {per_100(row.high)} in 100 is possible."
        )
    if row.others:
        words += (
            f" For {row.others:,.0f} patients of other placebo-controlled trials no count of "
            "serious events by group was read."
        )
    return ("Compared with placebo in part" if row.clear else "Nobody can say yet"), words, link


def _dose(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    if not rows:
        return "Unknown", "No trial compared two doses.", ("The trials", "trials.html")
    link = ("Two doses compared", f"dose-{rows[0].name}.html")
    parts = [
        f"{per_100(row.high)} against {per_100(row.low)} of 100 in {int(row.n)} patients"
        for row in rows
    ]
    clear = [row for row in rows if row.clear]
    words = f"Responders on the higher against the lower dose: {listed(parts)}."
    if not clear:
        words += f" Chance can explain {'this' if len(rows) == 1 else 'each of them'}."
        return "Not shown", words, link
    words += f" In {len(clear)} of {len(rows)} chance can hardly explain it."
    return "Shown in part", words, link


def _drugs(rows: list[Any]) -> tuple[str, str, tuple[str, str]]:
    if not rows:
        words = "No drug trial in these tables reports an outcome that a trial of cells reports."
        return "Not comparable", words, ("The trials", "trials.html")
    first = rows[0]
    parts = [
        f"{_CLASSES[row.name]} {_span(row.low, row.high)} of 100, "
        f"placebo {_span(row.other_low, row.other_high)}"
        for row in rows
    ]
    words = (
        f"{sentence_case(str(first.label))}, week {first.week}, no creams beside: "
        f"{'; '.join(parts)}. Other patients, other trials."
    )
    return "For scale only", words, ("Drug trials", f"benchmarks-{first.outcome.lower()}.html")


def _span(low: float, high: float) -> str:
    return span_text(per_100(low), per_100(high))
