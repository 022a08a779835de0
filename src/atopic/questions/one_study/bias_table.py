"""The risk of bias of each result of a study: a light a domain, and why it was judged so."""

from html import escape
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.forest_table import lights_html
from atopic.display.marks import LIGHTS, light_html
from atopic.display.numbers import as_read, listed
from atopic.display.row_links import row_link
from atopic.evidence.bias_form import DOMAINS
from atopic.evidence.frames import records
from atopic.questions.certainty.alike import Alike, alike_domains
from atopic.questions.certainty.lights import lights_of_result
from atopic.questions.certainty.table import result_name


def bias_html(judgements: pd.DataFrame, paths: pd.DataFrame) -> str:
    """Return the lights of each result of a study, and a table of the answers that decided them.

    `judgements` is from `atopic.questions.certainty.bias_judgements`, `paths` from `bias_paths`,
    both of one study. What was judged alike of several results stands once. Empty without
    judgements.

    >>> import atopic
    >>> from atopic.questions.certainty import bias_judgements, bias_paths
    >>> evidence, asked = atopic.load(), {"studies": ["kangstem-2024"]}
    >>> made = bias_html(bias_judgements(evidence, **asked), bias_paths(evidence, **asked))
    >>> made.count("<li>"), "Nothing on central or sealed allocation" in made
    (2, True)
    """
    if judgements.empty:
        return ""
    results = "".join(
        f"<li>{escape(capital(listed(names)))} "
        f'<span class="lights">{lights_html(lights_of_result(rows))}</span> {_overall(rows)}</li>'
        for names, rows in _with_same_lights(judgements)
    )
    alike = alike_domains(judgements, paths, judgements["study_id"].iloc[0])
    of_each = len(_results(judgements))
    lines = "".join(_line(one, of_each) for one in alike)
    return (
        f'<ul class="bias">{results}</ul>\n'
        '<details class="fold"><summary>The answers that decide each judgement</summary>'
        '<table class="stack reasons" role="table"><thead role="rowgroup"><tr role="row">'
        '<th role="columnheader" scope="col">Domain (RoB 2)</th>'
        '<th role="columnheader" scope="col">Judgement</th>'
        '<th role="columnheader" scope="col">Answers that decide it</th></tr></thead>'
        f'<tbody role="rowgroup">{lines}</tbody></table></details>'
    )


def bias_text(judgements: pd.DataFrame) -> str:
    """Return the judgements in words, one line a result."""
    lines = []
    for outcome, week, rows in _results(judgements):
        said = [f"{_domain(row.domain)} {LIGHTS[str(row.judgement)][1]}" for row in records(rows)]
        lines.append(f"{capital(result_name(outcome, week))}: {'; '.join(said)}.")
    return "\n".join(lines)


def open_note(judgements: pd.DataFrame, publication: Any) -> str:
    """Say which judgements what was not read leaves open; empty if it leaves none.

    `publication` is that of studies.csv.
    """
    domains = judgements[judgements["domain"].ne("overall")]
    may_change = int(domains["lowest"].ne(domains["highest"]).sum())
    if not may_change:
        return ""
    where = "the full paper is" if str(publication) == "journal" else "more public sources are"
    every = len(domains)
    some = f"{may_change} of these {every}" if may_change < every else "All these"
    return f"{some} judgements may change when {where} read."


def _results(judgements: pd.DataFrame) -> list[tuple[Any, Any, pd.DataFrame]]:
    if judgements.empty:
        return []
    grouped = judgements.groupby(["outcome", "week"], dropna=False, sort=False)
    return [(outcome, week, rows) for (outcome, week), rows in grouped]


def _with_same_lights(judgements: pd.DataFrame) -> list[tuple[list[str], pd.DataFrame]]:
    """Return the names of results that are judged alike, and the judgements of the first."""
    found: dict[tuple[object, ...], tuple[list[str], pd.DataFrame]] = {}
    for outcome, week, rows in _results(judgements):
        override = rows["override"].fillna("").astype(str)
        key = (*rows["domain"].astype(str), *rows["judgement"].astype(str), *override)
        found.setdefault(key, ([], rows))[0].append(result_name(outcome, week))
    return list(found.values())


def _overall(rows: pd.DataFrame) -> str:
    """Return the judgement of a whole result in words, and the domains that make it so bad."""
    whole = next(records(rows[rows["domain"].eq("overall")]))
    words = capital(LIGHTS[str(whole.judgement)][1])
    if whole.override:
        return escape(f"{words}, a reader's judgement: {whole.override}")
    worst = rows[rows["domain"].ne("overall") & rows["judgement"].eq(whole.judgement)]
    domains = listed(DOMAINS[int(one)] for one in worst["domain"])
    return escape(words if whole.judgement == "low" else f"{words}: {domains}")


def _line(one: Alike, of_each: int) -> str:
    """Return a row of the table: a domain, its judgement, and what decides it."""
    deciding = one.answers[one.answers["decided"].astype(bool)]
    reasons = as_read("; ".join(dict.fromkeys(deciding["reason"].dropna().astype(str))))
    if one.row.override:
        reasons = (
            f"A reader's judgement: {one.row.override}; computed {one.row.computed}: {reasons}"
        )
    links = ", ".join(row_link("bias_answers", row) for row in deciding["row"])
    links = f' <small class="from">bias_answers {links}</small>' if links else ""
    names = listed(result_name(outcome, week) for outcome, week in one.results)
    of = "" if len(one.results) == of_each else f" <small>{escape(names)}</small>"
    word = capital(LIGHTS[str(one.row.judgement)][1])
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{escape(_domain(one.row.domain))}{of}'
        f'</th><td role="cell">{light_html("", str(one.row.judgement))} {word}</td>'
        f'<td role="cell">{escape(reasons)}{links}</td></tr>'
    )


def _domain(domain: Any) -> str:
    return "Overall" if str(domain) == "overall" else capital(DOMAINS[int(domain)])
