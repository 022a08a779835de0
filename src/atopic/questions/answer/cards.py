"""One card a product: what was given, what it did against placebo, and how sure that is."""

from collections.abc import Collection
from html import escape
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital, short_treatment
from atopic.display.frequencies import per_100
from atopic.display.marks import certainty_html, mark_html, units_html
from atopic.display.numbers import listed
from atopic.evidence.frames import records
from atopic.questions.answer.reasons import rating_reasons
from atopic.questions.answer.words import (
    difference_words,
    evidence_words,
    given_words,
    goal_words,
    grade_sentence,
    review_words,
    sentence_case,
)
from atopic.questions.certainty.words import PAGE, anchor_of
from atopic.review import control_word

_GOAL = "Primary endpoint: the one result that the trial was planned to show"
_NOTE = (
    "Each tick is one patient in 100. Differences are computed before rounding and can be one off."
)


def cards_html(products: pd.DataFrame, *, level: float = 0.95) -> str:
    """Return the products as cards.

    Parameters
    ----------
    products : from `atopic.questions.answer.product_answers`.
    level : float, optional
        Of the intervals.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.answer import product_answers
    >>> cards_html(product_answers(atopic.load())).count("<article")
    3
    """
    if products.empty:
        return ""
    told = [name for name in ("dose", "maker") if products[name].map(bool).any()]
    cards = "\n".join(_card(row, level, told) for row in records(products))
    several = " The products were not compared with each other." if len(products) > 1 else ""
    return (
        '<section class="block answer" aria-labelledby="products">'
        '<h2 id="products">Product by product</h2>\n'
        f'<div class="cards">\n{cards}\n</div>\n'
        f'<p class="fine">{_NOTE}{_scales(products)}{several}</p></section>'
    )


def describe_cards(products: pd.DataFrame, *, level: float = 0.95) -> str:
    """Say what the cards show, one line a product."""
    lines = []
    for row in records(products):
        difference, limits = difference_words(row, level)
        sure = f"Certainty {row.certainty}." if row.certainty else "Certainty not rated."
        lines.append(
            f"{sentence_case(row.name)}: {grade_sentence(row)} {difference} ({limits}). {sure}"
        )
    return "\n".join(lines)


def _card(row: Any, level: float, told: Collection[str]) -> str:
    difference, limits = difference_words(row, level)
    given = escape(given_words(row, told))
    given = f'<p class="fine">{given}</p>' if given else ""
    parts = [
        '<article class="card">',
        f"<div><h3>{escape(sentence_case(row.name))}</h3>{given}</div>",
        f'<p class="say">{escape(grade_sentence(row))}</p>',
        f'<dl class="units">{_bar(capital(control_word()), row.placebo, row, "placebo")}'
        f"{_bar(capital(short_treatment(row.name)), row.treated, row, 'treated')}</dl>",
        f'<div><p class="diff"><b>{escape(difference)}</b> <span>{escape(limits)}</span></p>'
        f"{_certainty(row)}</div>",
        _facts(row),
        "</article>",
    ]
    return "\n".join(parts)


def _bar(name: str, share: float, row: Any, kind: str) -> str:
    count = None if pd.isna(share) else int(per_100(share))
    words = f'<span class="hole">rate {escape(row.absent)}</span>'
    if count is not None:
        words = f"<span><b>{count}</b> of\N{NO-BREAK SPACE}100</span>"
    return f"<dt>{escape(name)} {words}</dt><dd>{units_html(count, kind)}</dd>"


def _certainty(row: Any) -> str:
    if not row.certainty:
        return '<p class="sure">Certainty: not rated yet</p>'
    reasons = "".join(
        f"<li><b>{escape(head)}</b> {escape(words)}</li>"
        for head, words in rating_reasons(
            row.ratings,
            (100 * row.estimate, 100 * row.lower, 100 * row.upper),
            minimal=100 * row.minimal,
            unit="in 100",
            patients=row.counted,
            needed=row.needed,
        )
    )
    link = f"{PAGE}#{anchor_of(row.question_id)}"
    return (
        f'<details class="sure"><summary>Certainty: <b>{certainty_html(row.certainty)}</b> '
        f'<span class="ask">why?</span></summary><ul>{reasons}</ul>'
        f'<p><a href="{escape(link)}">How it was rated: {escape(row.name)}</a></p></details>'
    )


def _facts(row: Any) -> str:
    goal, goal_said = goal_words(row)
    facts = [
        ("Evidence", escape(evidence_words(row))),
        (f'<abbr title="{_GOAL}">Main goal</abbr>', mark_html(goal) + escape(goal_said)),
        ("Peer review", escape(review_words(row))),
    ]
    shown = "".join(f"<div><dt>{name}</dt><dd>{words}</dd></div>" for name, words in facts)
    return f'<dl class="facts">{shown}</dl>'


def _scales(products: pd.DataFrame) -> str:
    """Say which scores the outcomes are of, and how far they reach."""
    known = dict.fromkeys(products["scale"].dropna())
    return f" The score is the {escape(listed(known, 'or the'))}." if known else ""
