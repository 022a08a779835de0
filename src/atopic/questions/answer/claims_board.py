"""The claims that tell most, each with its verdict, and how all claims fared."""

import re
from html import escape
from typing import Any

import pandas as pd

from atopic.display.marks import mark_html
from atopic.display.numbers import as_read, plural
from atopic.display.row_links import row_link
from atopic.evidence.frames import records
from atopic.questions.answer.words import sentence_case
from atopic.questions.claims import VERDICTS
from atopic.questions.evidence_map.words import source_kind

#: Mark and fill of each verdict, in the order of `VERDICTS`.
_LOOKS = dict(
    zip(
        VERDICTS,
        (
            ("yes", "held"),
            ("half", "wide"),
            ("not", "open"),
            ("no", "against"),
            ("unknown", "none"),
        ),
        strict=True,
    )
)
#: How a count came, and limits: the page of claims has both.
_ASIDE = re.compile(
    r" \((?:such as \d+ of \d+|\d+ of \d+, derived)\)"
    r"| \(95% interval [^)]*\)"
    r"|, 95% interval [\d.\N{MINUS SIGN}]+ to [\d.\N{MINUS SIGN}]+ ?(?:%|points)"
)


def claims_html(telling: pd.DataFrame, totals: pd.DataFrame) -> str:
    """Return the verdicts as a section; empty without a claim.

    `telling` and `totals` are from `atopic.questions.answer.telling_claims` and `verdict_totals`.

    >>> import atopic
    >>> from atopic.questions.answer import telling_claims, verdict_totals
    >>> evidence = atopic.load()
    >>> claims_html(telling_claims(evidence), verdict_totals(evidence)).count('class="said"')
    5
    """
    if totals.empty or not totals["claims"].sum():
        return ""
    items = "\n".join(_claim(row) for row in records(telling))
    return (
        '<section class="block" aria-labelledby="claimed"><h2 id="claimed">What is claimed</h2>\n'
        f'<p class="sub">{escape(_sub(totals))}</p>\n{_board(totals)}\n'
        f'<ul class="verdicts">\n{items}\n</ul>\n'
        '<p><a href="claims.html">All claims and their verdicts</a></p></section>'
    )


def describe_claims(telling: pd.DataFrame, totals: pd.DataFrame) -> str:
    """Say how the claims fared, and each of the telling ones."""
    if totals.empty or not totals["claims"].sum():
        return ""
    lines = [_sub(totals)]
    lines += [f"{sentence_case(row.verdict)}: {as_read(row.claim)}." for row in records(telling)]
    return "\n".join(lines)


def _sub(totals: pd.DataFrame) -> str:
    whole, first = int(totals["claims"].sum()), totals.iloc[0]
    held = int(first["claims"])
    verb = "holds" if held == 1 else "hold"
    return (
        f"Of {plural(whole, 'claim')} in papers, company statements and news, "
        f"{held or 'none'} {verb} without reservation."
    )


def _board(totals: pd.DataFrame) -> str:
    whole = int(totals["claims"].sum())
    some = [row for row in records(totals) if row.claims]
    at, bars = 0.0, []
    for row in some:
        width = 100 * row.claims / whole
        bars.append(
            f'<rect class="{_LOOKS[row.verdict][1]}" x="{at:.2f}%" y="1" width="{width:.2f}%" '
            'height="32"/>'
        )
        at += width
    names = "".join(f"<li><b>{row.claims}</b> {escape(row.verdict)}</li>" for row in some)
    columns = " ".join(f"{row.claims}fr" for row in some)
    return (
        f'<div class="board"><svg aria-hidden="true">{"".join(bars)}</svg>'
        f'<ul style="grid-template-columns:{columns}">{names}</ul></div>'
    )


def _claim(row: Any) -> str:
    mark, _ = _LOOKS[row.verdict]
    colour = {"yes": " good", "half": " good", "no": " bad"}.get(mark, "")
    link = row_link("claims", row.row, escape(sentence_case(source_kind(row.source_kind))))
    return (
        f'<li><p class="verdict{colour}">{mark_html(mark)}{escape(sentence_case(row.verdict))}</p>'
        f'<div><p class="said">{escape(as_read(row.claim))}.</p><p class="fine">'
        f"{link}</p></div>"
        f'<p class="because">{escape(_because(row.reason))}</p></li>'
    )


def _because(reason: str) -> str:
    """Return the first sentence of a reason, short of what only its own page needs.

    >>> _because("6 of 11 (55%), 95% interval 23 to 83%. Fisher P = 1. It is printed.")
    '6 of 11 (55%).'
    """
    # A point within a number or a name ends no sentence.
    sentences = re.split(r"(?<=[a-z)%0-9])\. (?=[A-Z0-9])", reason.rstrip("."))
    kept = [one for one in sentences if not re.search(r"chi-square|Fisher", one)][:1]
    return as_read(_ASIDE.sub("", "".join(kept))).replace("printed", "reported") + "."
