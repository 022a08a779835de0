"""The risk of bias of each result of a study: a light a domain, and why it was judged so."""

from html import escape
from typing import Any

import pandas as pd

from atopic.display.marks import LIGHTS, light_html
from atopic.display.row_links import row_link
from atopic.evidence.bias_form import DOMAINS
from atopic.evidence.csv_rows import records
from atopic.questions.certainty.table import result_name

__all__ = ["bias_html", "bias_text"]


def bias_html(judgements: pd.DataFrame, paths: pd.DataFrame) -> str:
    """Return a fold a result, with its lights; it opens a table of the reasons. The first is open.

    `judgements` is from `atopic.questions.certainty.bias_judgements`, `paths` from `bias_paths`.
    Empty without judgements.

    >>> import atopic
    >>> from atopic.questions.certainty import bias_judgements, bias_paths
    >>> evidence, asked = atopic.load(), {"studies": ["kangstem-2024"]}
    >>> made = bias_html(bias_judgements(evidence, **asked), bias_paths(evidence, **asked))
    >>> made.count("<details"), "Nothing on central or sealed allocation" in made
    (2, True)
    """
    folds: list[str] = []
    for outcome, week, rows in _results(judgements):
        lights = "".join(
            light_html(_domain(row.domain), str(row.judgement), note=_open(row))
            for row in records(rows)
        )
        lines = "".join(_line(row, _of(paths, outcome, week, row.domain)) for row in records(rows))
        folds.append(
            f'<details class="fold bias"{"" if folds else " open"}><summary>'
            f"{escape(_capital(result_name(outcome, week)))} "
            f'<span class="lights">{lights}</span></summary>\n'
            '<table class="stack reasons" role="table"><thead role="rowgroup"><tr role="row">'
            '<th role="columnheader" scope="col">Domain (RoB 2)</th>'
            '<th role="columnheader" scope="col">Judgement</th>'
            '<th role="columnheader" scope="col">Why</th></tr></thead>'
            f'<tbody role="rowgroup">{lines}</tbody></table></details>'
        )
    return "\n".join(folds)


def bias_text(judgements: pd.DataFrame) -> str:
    """Return the judgements in words, one line a result."""
    lines = []
    for outcome, week, rows in _results(judgements):
        said = [f"{_domain(row.domain)} {LIGHTS[str(row.judgement)][1]}" for row in records(rows)]
        lines.append(f"{_capital(result_name(outcome, week))}: {'; '.join(said)}.")
    return "\n".join(lines)


def _results(judgements: pd.DataFrame) -> list[tuple[Any, Any, pd.DataFrame]]:
    if judgements.empty:
        return []
    grouped = judgements.groupby(["outcome", "week"], dropna=False, sort=False)
    return [(outcome, week, rows) for (outcome, week), rows in grouped]


def _of(paths: pd.DataFrame, outcome: Any, week: Any, domain: Any) -> pd.DataFrame:
    """Return the answers that decided a domain of a result; all of it where no single one did."""
    if str(domain) == "overall" or paths.empty:
        return paths.iloc[:0]
    same = paths["domain"].astype(str).eq(str(domain))
    for name, value in (("outcome", outcome), ("week", week)):
        same &= paths[name].isna() if pd.isna(value) else paths[name].eq(value).fillna(False)
    deciding = paths[same & paths["decided"].astype(bool)]
    return deciding if len(deciding) else paths[same]


def _line(row: Any, answers: pd.DataFrame) -> str:
    reasons = "; ".join(dict.fromkeys(answers["reason"].dropna().astype(str)))
    if str(row.domain) == "overall":
        reasons = "The worst of the five" if row.rule == "the worst domain" else str(row.rule)
    if row.override:
        reasons = "; ".join([f"A reader's judgement: {row.override}", reasons]).rstrip("; ")
    numbers = dict.fromkeys(int(one) for one in answers["row"])
    links = ", ".join(row_link("bias_answers", one) for one in numbers)
    links = f' <small class="from">bias_answers {links}</small>' if links else ""
    light = light_html("", str(row.judgement))
    word = _capital(LIGHTS[str(row.judgement)][1])
    note = f" <small>{escape(_open(row))}</small>" if _open(row) else ""
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{escape(_domain(row.domain))}</th>'
        f'<td role="cell">{light} {word}{note}</td>'
        f'<td role="cell">{escape(reasons)}{links}</td></tr>'
    )


def _domain(domain: Any) -> str:
    return "Overall" if str(domain) == "overall" else _capital(DOMAINS[int(domain)])


def _open(row: Any) -> str:
    """Say which judgements what was not read leaves open; empty if it leaves none."""
    if row.lowest == row.highest:
        return ""
    ends = " to ".join(LIGHTS[str(one)][1] for one in (row.lowest, row.highest))
    return f"{ends} once all is read"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
