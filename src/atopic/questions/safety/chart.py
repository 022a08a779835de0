"""The chart of adverse events: how common one that nobody had can still be, arm by arm."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.finding_words import role_words
from atopic.display.numbers import dose_text, percent, study_name
from atopic.display.row_chart import (
    RowChart,
    draw_interval,
    draw_key,
    draw_mark,
    key_mark,
    row_chart,
)
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.evidence.controls import CONTROLLED, CONTROLS, is_controlled
from atopic.evidence.frames import records
from atopic.questions.safety.table import agents_of, count_of, event_name
from atopic.review import control_group, control_word, time_point, time_word, with_article

# Inches.
_SIZES: dict[str, Any] = {
    "row": 0.29,
    "axis": 2.6,
    "right": 4.2,
    "top": 0.5,
    "bottom": 1.02,
}
#: What stands left of the axis, unless names are longer.
_LEFT = 3.4
#: Where the columns beside the axis stand.
_X, _LIMITS, _ONE, _THREE, _REMARK = 0.6, 0.74, 1.7, 2.2, 2.68


def draw_events(adverse: pd.DataFrame, summed: pd.DataFrame | None = None) -> Figure | None:
    """Draw the shares of patients with an event that the printed counts leave possible.

    The mark of each arm is the share of its patients with the event, the line around it reaches
    from the lower to the upper two-sided limit, and a tick across it is the one-sided limit. Filled
    where the placebo arm of the trial was counted too, hollow where no count of it was read. Rows
    of words, and counts of events, have neither; `summed` are drawn under the arms of their event.

    >>> import atopic
    >>> from atopic.questions.safety import adverse_events
    >>> len(draw_events(adverse_events(atopic.load(), events=["sae"])).axes)
    1
    """
    if adverse.empty:
        return None
    lines = _lines(adverse, summed)
    with styled():
        chart = row_chart(len(lines), left=_left(lines), **_SIZES)
        axes = chart.axes
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 20))
        axes.axvline(0, color=INK, linewidth=1, zorder=1)
        axes.set_xlabel("Patients with the event, and how many are still possible, %")
        level = 100 * float(adverse["level"].iloc[0])
        beside = chart.axis
        chart.heads(
            -1.0,
            (-chart.left, "Event, study and group", "left"),
            (beside + _X, "count\nof n", "right"),
            (beside + _LIMITS, f"{level:g}% limits,\n% of patients", "left"),
            (beside + _ONE, "one-\nsided", "left"),
            (beside + _THREE, "3/n,\n%", "left"),
            (beside + _REMARK, "remark", "left"),
        )
        for y, line in enumerate(lines):
            if isinstance(line, str):
                chart.group(y + 0.1, line)
            else:
                _row(chart, y, line)
        draw_key(chart.figure, _key(adverse, level, summed))
    return chart.figure


def describe_events(adverse: pd.DataFrame, summed: pd.DataFrame | None = None) -> str:
    """Say what the chart of adverse events shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.safety import adverse_events
    >>> describe_events(adverse_events(atopic.load(), events=["sae"], studies=["kim-2017"]))
    'Serious adverse event: FURESTEM-AD phase 1/2a (Kim 2017) 0 of 34 (up to 10.3%). No count of a \
placebo group was read.'
    """
    if adverse.empty:
        return ""
    sentences = []
    for event, rows in adverse.groupby("event", sort=False, observed=True):
        parts = [
            f"{study_name(row.study_id)} {_alt_arm(row, rows)}{_alt_words(row)}"
            for row in records(rows)
        ]
        for row in _sums(summed, str(event)):
            parts.append(f"together{_given(row)} 0 of {row.n} (up to {_fine(row.upper)}%)")
        sentences.append(f"{event_name(event)}: {'; '.join(parts)}.")
    if not is_controlled(adverse).any():
        sentences.append(f"No count of {with_article(control_group())} was read.")
    return " ".join(sentences)


def _lines(adverse: pd.DataFrame, summed: pd.DataFrame | None) -> list[Any]:
    lines: list[Any] = []
    for event, rows in adverse.groupby("event", sort=False, observed=True):
        lines.append(event_name(event))
        # Arms of one study are told apart by their labels, which may share a dose.
        several = rows["study_id"].duplicated(keep=False)
        lines += list(records(rows.assign(dose=rows["dose"].mask(several))))
        lines += _sums(summed, str(event))
    return lines


def _left(lines: list[Any]) -> float:
    arms = [row for row in lines if not isinstance(row, str) and row.study_id != "sum"]
    widths = [text_width(study_name(row.study_id)) + text_width(_arm(row), 8) for row in arms]
    sums = [row for row in lines if not isinstance(row, str) and row.study_id == "sum"]
    widths += [1.12 * text_width(_together(row)) for row in sums]
    return max(_LEFT, max(widths, default=0) + 0.42)


def _sums(summed: pd.DataFrame | None, event: str) -> list[Any]:
    if summed is None or summed.empty:
        return []
    some = summed[summed["event"].astype(str).eq(event)]
    return list(records(some.assign(alone=len(some) == 1)))


def _given(row: Any) -> str:
    """Return what the patients of a sum were given, where there are sums of other treatments."""
    return "" if row.alone else f", {agents_of(row)},"


def _row(chart: RowChart, y: int, row: Any) -> None:
    axes = chart.axes
    together = row.study_id == "sum"
    if together:
        colour, filled = INK, False
        chart.name(y, _together(row), weight="bold")
    else:
        colour = COLOURS[row.arm_role]
        filled = row.setting in CONTROLLED
        chart.name(y, study_name(row.study_id))
        chart.detail(y, _arm(row))
    weight = "bold" if together else "normal"
    chart.beside(_X, y, count_of(row), ha="right", weight=weight)
    remark = _remark(row)
    if remark:
        chart.beside(_REMARK, y, remark, color=GREY, size=8)
    if pd.isna(row.upper):
        words = "no count read" if row.basis == "words-only" else "events, no share of patients"
        chart.write(0.08, y, words, color=GREY, size=8, style="italic")
        return
    draw_interval(axes, (100 * row.lower, 100 * row.upper), (y, y), colour)
    draw_mark(axes, 100 * row.estimate, y, colour, filled=filled, clip_on=False)
    if not row.count:
        axes.plot([100 * row.upper_one_sided] * 2, [y - 0.2, y + 0.2], color=colour, zorder=3)
        chart.beside(_ONE, y, _fine(row.upper_one_sided), weight=weight)
        chart.beside(_THREE, y, _fine(row.rule_of_three), weight=weight)
    chart.beside(_LIMITS, y, _limits(row), weight=weight)


def _together(row: Any) -> str:
    return f"Together{_given(row) or ','} {row.studies.count(';') + 1} independent groups"


def _weak(row: Any) -> bool:
    return getattr(row, "confidence", "") == "low"


def _remark(row: Any) -> str:
    words = []
    if _weak(row):
        words.append("weak source")
    if getattr(row, "n_basis", "") == "inferred":
        words.append("n deduced")
    return ", ".join(words)


def _arm(row: Any) -> str:
    arm = (
        role_words()[row.arm_role]
        if row.arm_role in CONTROLS
        else dose_text(row.dose, row.dose_unit)
    )
    arm = arm or str(row.label)
    return f"{arm}, {time_point(row.week) if pd.notna(row.week) else f'no {time_word()}'}"


def _alt_arm(row: Any, rows: pd.DataFrame) -> str:
    if row.arm_role in CONTROLS:
        return f"{role_words()[row.arm_role]} "
    return f"{row.label} " if rows["study_id"].eq(row.study_id).sum() > 1 else ""


def _alt_words(row: Any) -> str:
    if row.basis == "words-only":
        return "no count read"
    if row.basis == "events":
        return f"{row.count} events, no share of patients"
    limits = _limits(row) if row.count else f"up to {_fine(row.upper)}"
    return f"{row.count} of {row.n} ({limits}%)"


def _fine(share: float) -> str:
    """Return a share as a percentage with the digit that tells one limit from another."""
    return "0" if share == 0 else f"{100 * share:.1f}" if share < 0.2 else percent(share)


def _limits(row: Any) -> str:
    low = _fine(row.lower) if row.upper < 0.2 else percent(row.lower)
    return f"{low} to {_fine(row.upper)}"


def _key(adverse: pd.DataFrame, level: float, summed: pd.DataFrame | None) -> list[tuple[Any, str]]:
    drawn = adverse[adverse["upper"].notna()]
    by_colour: dict[str, list[str]] = {}
    given = role_words()
    given["mixed"] = f"{given['experimental']} and {given['placebo']} together"
    for role, words in given.items():
        if drawn["arm_role"].eq(role).any():
            by_colour.setdefault(COLOURS[role], []).append(words)
    if summed is not None and len(summed):
        by_colour.setdefault(INK, []).append("independent groups taken together")
    entries: list[tuple[Any, str]] = [
        (Line2D([], [], color=colour, linewidth=3), ", or ".join(words))
        for colour, words in by_colour.items()
    ]
    if is_controlled(drawn).any():
        entries.append(
            (key_mark("o", filled=True), f"filled: the {control_group()} was counted too")
        )
    if (~is_controlled(drawn)).any():
        entries.append((key_mark("o"), f"hollow: no {control_word()} count read"))
    if drawn["count"].eq(0).any():
        tick = Line2D([], [], color=INK, marker="|", markersize=9, linestyle="none")
        entries.append((tick, f"tick: one-sided {level:g}% limit"))
    return entries
