"""Lights of risk of bias: one disc a domain and a square for all, the same on every page."""

from collections.abc import Iterator
from html import escape
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.forest_table import Light, lights_html, lights_key
from atopic.display.marks import LIGHTS
from atopic.display.numbers import listed, plural, study_name
from atopic.evidence.bias_form import DOMAINS
from atopic.evidence.frames import records
from atopic.questions.certainty.table import result_name

#: What stands over the lights of the five domains, and over that of all.
_LETTERS = ("R", "D", "M", "O", "S")
_ALL = "\N{GREEK CAPITAL LETTER SIGMA}"


def lights_of_result(judgements: pd.DataFrame) -> tuple[Light, ...]:
    """Return the lights of one result, domain by domain and over all.

    >>> import atopic
    >>> from atopic.questions.certainty import bias_judgements
    >>> found = bias_judgements(atopic.load(), studies=["kangstem-2019"])
    >>> [one.letter for one in lights_of_result(found[found["outcome"].eq("EASI-50")])]
    ['R', 'D', 'M', 'O', 'S', 'Σ']
    """
    own = {str(row.domain): row for row in records(judgements)}
    lights = [
        Light(letter, capital(DOMAINS[number]), str(own[str(number)].judgement))
        for number, letter in zip(DOMAINS, _LETTERS, strict=True)
        if str(number) in own
    ]
    if "overall" in own:
        lights.append(Light(_ALL, "Overall", str(own["overall"].judgement)))
    return tuple(lights)


def lights_table(judgements: pd.DataFrame) -> str:
    """Return the lights of every result as a table, trial by trial; empty without judgements.

    `judgements` is from `atopic.questions.certainty.bias_judgements`.

    >>> import atopic
    >>> from atopic.questions.certainty import bias_judgements
    >>> made = lights_table(bias_judgements(atopic.load(), studies=["kangstem-2019"]))
    >>> made.count('scope="row"')
    2
    """
    parts: list[str] = []
    every: list[Light] = []
    for study, of_study in judgements.groupby("study_id", sort=False):
        parts.append(
            '<tbody role="rowgroup"><tr class="group" role="row"><th role="columnheader" '
            f'scope="colgroup" colspan="2">{escape(study_name(str(study)))}</th></tr>'
        )
        for name, rows in _results(of_study):
            lights = lights_of_result(rows)
            every += lights
            told = _by_a_reader(rows)
            small = f"<small>{escape(told)}</small>" if told else ""
            parts.append(
                f'<tr role="row"><th role="rowheader" scope="row">{escape(name)}{small}</th>'
                f'<td role="cell" class="lights">{lights_html(lights)}</td></tr>'
            )
        parts.append("</tbody>")
    if not parts:
        return ""
    return (
        '<table class="stack lit" role="table"><caption>Risk of bias by RoB 2 of each result.'
        f"</caption>\n{''.join(parts)}</table>\n{lights_key(every)}"
    )


def describe_lights(judgements: pd.DataFrame) -> str:
    """Say what the lights show, one sentence for all and one for each result.

    >>> import atopic
    >>> from atopic.questions.certainty import bias_judgements
    >>> found = bias_judgements(atopic.load(), studies=["kangstem-2019"])
    >>> describe_lights(found)[:71]
    'Risk of bias by RoB 2: 2 of 2 results are at high risk over all, 2 with'
    """
    if judgements.empty:
        return ""
    whole = judgements[judgements["domain"].eq("overall")]
    high = whole["judgement"].eq("high")
    open_ = whole["lowest"].ne(whole["highest"])
    first = (
        f"Risk of bias by RoB 2: {int(high.sum())} of {plural(len(whole), 'result')} are at high "
        f"risk over all, {int(whole['known_fault'].sum())} with a known fault; "
        f"{int(open_.sum())} may be judged otherwise when the full sources are read."
    )
    sentences = []
    for study, of_study in judgements.groupby("study_id", sort=False):
        for name, rows in _results(of_study):
            cells = [_cell_words(row) for row in records(rows)]
            sentences.append(f"{study_name(str(study))}, {name}: {'; '.join(cells)}.")
    return " ".join([first, *sentences])


def _results(judgements: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    grouped = judgements.groupby(["outcome", "week"], dropna=False, sort=False)
    for (outcome, week), rows in grouped:
        yield result_name(outcome, week), rows


def _by_a_reader(rows: pd.DataFrame) -> str:
    """Say which judgements are a reader's, and what the rules make of the answers."""
    told = [
        f"{_where(row)}: a reader's judgement; computed {LIGHTS[str(row.computed)][1]}"
        for row in records(rows)
        if row.override
    ]
    return "; ".join(told)


def _where(row: Any) -> str:
    return "over all" if str(row.domain) == "overall" else f"domain {row.domain}"


def _cell_words(row: Any) -> str:
    words = f"{_where(row)} {LIGHTS[str(row.judgement)][1]}"
    extra = []
    if row.lowest != row.highest:
        ends = (LIGHTS[str(one)][1] for one in (row.lowest, row.highest))
        extra.append(f"open from {' to '.join(ends)}")
    if row.known_fault and row.domain != "overall":
        extra.append("a known fault")
    if row.override:
        extra.append(f"a reader's, computed {LIGHTS[str(row.computed)][1]}")
    return f"{words} ({listed(extra)})" if extra else words
