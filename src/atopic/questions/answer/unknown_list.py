"""What is not known, as a short list."""

from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from atopic.display.numbers import plural, study_name
from atopic.display.web_addresses import is_web_address
from atopic.evidence.frames import records
from atopic.questions.answer.words import sentence_case
from atopic.questions.unknown.words import free_note

#: What bears on the comparison with placebo, of one trial or of all.
_GROUPS = ("controlled", "several")


def unknown_html(unknown: pd.DataFrame) -> str:
    """Return what is not known of the placebo-controlled trials as a section; empty if nothing is.

    `unknown` is from `atopic.questions.unknown.unknown_things`.

    >>> import atopic
    >>> from atopic.questions.unknown import unknown_things
    >>> made = unknown_html(unknown_things(atopic.load()))
    >>> made.count("Free to read") > 0
    True
    """
    shown = unknown[unknown["group"].isin(_GROUPS)]
    if shown.empty:
        return ""
    own = shown[shown["study_id"].notna()]
    items = [
        _study(str(study), records(rows)) for study, rows in own.groupby("study_id", sort=False)
    ]
    others = [f"<li>{_sentence(row.what)}</li>" for row in records(shown[shown["study_id"].isna()])]
    fold = (
        f'<details class="fold"><summary>Of several trials: {plural(len(others), "gap")}</summary>'
        f'<ul class="unknowns">\n{chr(10).join(others)}\n</ul></details>\n'
    )
    note = free_note(shown)
    first = f'<p class="sub">{escape(note)}</p>\n' if note else ""
    return (
        '<section class="block" aria-labelledby="not-known">'
        f'<h2 id="not-known">What we do not know</h2>\n{first}'
        f'<ul class="unknowns">\n{chr(10).join(items)}\n</ul>\n{fold if others else ""}'
        '<p><a href="unknown.html">Everything that is missing, and where it could be found</a></p>'
        "</section>"
    )


def describe_unknown(unknown: pd.DataFrame) -> str:
    """Say what is not known, one line each."""
    shown = unknown[unknown["group"].isin(_GROUPS)]
    return "\n".join(
        f"{study_name(row.study_id) + ': ' if pd.notna(row.study_id) else ''}{row.what}."
        for row in records(shown)
    )


def _study(study: str, rows: Iterable[Any]) -> str:
    """Return what is missing of one study, with a link where it is free to read."""
    every = list(rows)
    joined = " ".join(_sentence(row.what) for row in every)
    free = [row for row in every if row.free == "yes" and is_web_address(str(row.address))]
    link = f' <a href="{escape(str(free[0].address))}">Free to read</a>' if free else ""
    return f"<li><b>{escape(study_name(study))}.</b> {joined}{link}</li>"


def _sentence(words: object) -> str:
    return escape(f"{sentence_case(str(words)).rstrip('.')}.")
