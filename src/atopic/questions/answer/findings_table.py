"""The summary of findings as a table to be read, product by product."""

from html import escape
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.frequencies import limits_per_100, more_per_100, per_100
from atopic.display.marks import certainty_html
from atopic.display.numbers import listed, ratio_text, signed
from atopic.evidence.frames import records
from atopic.questions.answer.reasons import rating_reasons
from atopic.questions.answer.words import sentence_case
from atopic.questions.certainty.words import PAGE, anchor_of
from atopic.review import control_word, time_point, words_in_use

_SAID = {
    "significant": "called significant; no numbers",
    "not-significant": "called not significant; no numbers",
}
_DASH = "\N{EN DASH}"
_NONE = '<span class="hole">cannot be computed</span>'
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def findings_html(findings: pd.DataFrame) -> str:
    """Return the summary of findings as a section; empty without a rated comparison.

    Comparisons of which no difference is known are a table of their own, folded. `findings` is from
    `atopic.questions.answer.findings_by_product`.

    >>> import atopic
    >>> from atopic.questions.answer import findings_by_product
    >>> findings_html(findings_by_product(atopic.load())).count("<table")
    2
    """
    if findings.empty:
        return ""
    told = [(row, _heading(row.product), _told(row)) for row in records(findings)]
    common = [one for one in told[0][2] if len(told) > 1 and all(one in own for *_, own in told)]
    lines = [_line("Every rating", "", common)] if common else []
    for row, heading, own in told:
        lines.append(_reasons(row, heading, [one for one in own if one not in common]))
    empty = findings["estimate"].isna()
    caption = "Certainty by GRADE"
    sizes = _table(findings[~empty], caption) if not empty.all() else ""
    others = _table(findings[empty], "Comparisons of which no difference is known")
    without = f"{_number(int(empty.sum()))} without a known difference"
    return (
        '<section class="block" aria-labelledby="findings">'
        '<h2 id="findings">Summary of findings</h2>\n'
        f'<p class="sub">{escape(_sub(findings))}</p>\n{sizes}\n'
        + (_fold(capital(without), others) if empty.any() else "")
        + _fold("Reasons for each rating", f"<ul>{''.join(lines)}</ul>")
        + "</section>"
    )


def _heading(product: object) -> str:
    return sentence_case(str(product)) if product else "Several products"


def _fold(summary: str, content: str) -> str:
    summary = escape(summary)
    return f'<details class="fold"><summary>{summary}</summary><div>{content}</div></details>'


def _table(findings: pd.DataFrame, caption: str) -> str:
    """Return findings as a table, headed by product."""
    names = _heads()
    heads = "".join(
        f'<th role="columnheader" scope="col"{_align(place)}>{head}</th>'
        for place, head in enumerate(names)
    )
    bodies = []
    for product, own in findings.groupby("product", sort=False):
        rows = "\n".join(_row(row) for row in records(own))
        bodies.append(
            '<tbody role="rowgroup"><tr class="group" role="row"><th role="columnheader" '
            f'scope="colgroup" colspan="{len(names)}">{escape(_heading(product))}</th></tr>\n'
            f"{rows}</tbody>"
        )
    return (
        f'<table class="stack sof" role="table"><caption>{escape(caption)}</caption>\n'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>\n'
        + "\n".join(bodies)
        + "</table>"
    )


def describe_findings(findings: pd.DataFrame) -> str:
    """Say each finding in one line."""
    return "\n".join(
        f"{row.question}: certainty {row.level}. {row.sentence}" for row in records(findings)
    )


def _sub(findings: pd.DataFrame) -> str:
    counts = findings["level"].value_counts()
    levels = [
        f"{level} for {_number(counts[level])}"
        for level in ("very low", "low", "moderate", "high")
        if level in counts
    ]
    if len(findings) == 1:
        return f"The certainty is {findings['level'].iloc[0]}."
    return (
        f"Of {_number(len(findings))} comparisons with {control_word()}, the certainty is "
        f"{listed(levels)}."
    )


def _number(count: int) -> str:
    return _COUNTS[count] if count < len(_COUNTS) else str(count)


def _align(place: int) -> str:
    return ' class="n"' if place in (1, 2, 3) else ""


def _row(row: Any) -> str:
    outcome, _, short = _name(row).partition(" (")
    week = time_point(row.week) if pd.notna(row.week) else ""
    small = ", ".join(filter(None, (short.removesuffix(")"), week)))
    cells = [
        f"{row.patients:,} ({row.trials})" + (" <small>enrolled</small>" if _unknown(row) else ""),
        _rate(row.without, row),
        _rate(row.with_treatment, row),
        _difference(row),
        _ratio(row),
        certainty_html(row.level) + _sentence(row),
    ]
    kinds = ["n pair", "n pair", "n pair", "pair wide", "pair", "pair full"]
    shown = "".join(
        f'<td role="cell" class="{kind}{" blank" if cell == _DASH else ""}">'
        f'<span class="lab">{head.partition(",")[0]} </span><span>{cell}</span></td>'
        for head, cell, kind in zip(_heads()[1:], cells, kinds, strict=True)
    )
    small = f" <small>{escape(small)}</small>" if small else ""
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{escape(sentence_case(outcome))}{small}'
        f"</th>{shown}</tr>"
    )


def _unknown(row: Any) -> bool:
    """Whether nothing was compared, so that the patients are those enrolled."""
    return bool(pd.isna(row.estimate))


def _sentence(row: Any) -> str:
    """Return the finding in words where no number says it and it is not very uncertain."""
    said = _unknown(row) and row.level != "very low"
    return f" <small>{escape(row.sentence)}</small>" if said else ""


def _name(row: Any) -> str:
    if pd.notna(row.label):
        return str(row.label)
    return {"sae": "serious side effects"}.get(row.outcome, str(row.outcome))


def _rate(value: float, row: Any) -> str:
    if not row.of_shares:
        return _DASH
    return _hole(row) if pd.isna(value) else per_100(value / 1000)


def _hole(row: Any) -> str:
    return f'<span class="hole">{escape(row.absent)}</span>'


def _difference(row: Any) -> str:
    if pd.isna(row.estimate):
        if pd.notna(row.p_printed):
            return f"size unknown <small>P = {row.p_printed}</small>"
        said = _SAID.get(str(row.reported))
        return f"<small>{said}</small>" if said else _hole(row)
    if row.of_shares:
        limits = limits_per_100(row.lower / 100, row.upper / 100)
        return f"<b>{more_per_100(row.estimate / 100)}</b> <small>{limits}</small>"
    side = "lower" if row.estimate < 0 else "higher"
    turn = -1 if row.estimate < 0 else 1
    ends = sorted(turn * end for end in (row.lower, row.upper))
    limits = f"{signed(ends[0], '.1f')} to {signed(ends[1], '.1f')}"
    told = f"; {_other_reading(row)}" if row.assumed else ""
    return f"<b>{abs(row.estimate):.1f} points {side}</b> <small>{limits}{told}</small>"


def _other_reading(row: Any) -> str:
    """Say that limits rest on an assumption, and what they are if it is wrong."""
    if pd.isna(row.other_lower):
        return "limits rest on an assumption"
    ends = f"{signed(row.other_lower, '.1f')} to {signed(row.other_upper, '.1f')}"
    return f"if \N{PLUS-MINUS SIGN} was a standard error, a change of {ends}"


def _ratio(row: Any) -> str:
    if pd.isna(row.ratio):
        return _NONE if row.of_shares else _DASH
    middle, _, limits = ratio_text(row.ratio, row.ratio_lower, row.ratio_upper).partition(" ")
    return f"{middle} <small>{limits.strip('()')}</small>"


def _told(row: Any) -> list[tuple[str, str]]:
    return rating_reasons(
        row.ratings,
        (row.estimate, row.lower, row.upper),
        minimal=row.minimal,
        unit="in 100" if row.of_shares else "points",
        patients=row.patients,
        needed=row.needed,
        better=row.better,
    )


def _reasons(row: Any, heading: str, told: list[tuple[str, str]]) -> str:
    name = f"{sentence_case(_name(row))}, {heading[:1].lower()}{heading[1:]}"
    link = f"{PAGE}#{anchor_of(row.question_id)}"
    return _line(f'<a href="{escape(link)}">{escape(name)}</a>', f"{row.level}.", told)


def _line(name: str, level: str, told: list[tuple[str, str]]) -> str:
    words = " ".join(f"{head} {reason}" for head, reason in told)
    level = f" <b>{level}</b>" if level else ""
    return f"<li>{name}:{level} {escape(words)}</li>"


def _heads() -> tuple[str, ...]:
    words = words_in_use()
    rates = (f"{capital(one.many)}, per 100" for one in (words.control, words.treatment))
    return (
        *("Outcome", "Patients (trials)", *rates),
        *("Difference per 100", "Relative effect", "Certainty"),
    )
