"""The evidence map as a phone shows it: study by study, an outcome a line, weeks side by side."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from atopic.display.numbers import outcome_text, study_name
from atopic.display.row_chart import canvas, end_canvas
from atopic.display.style import GREY, NARROW, styled, text_width, wrapped
from atopic.questions.evidence_map import KINDS
from atopic.questions.evidence_map.chart_panels import MapColumn, panels_of
from atopic.questions.evidence_map.map_marks import (
    Marks,
    draw_kind,
    draw_underline,
    filling_lines,
    silent_words,
    unread_words,
)
from atopic.review import time_word

# Inches: a row, a line of words, a mark, what is between weeks, where they begin.
_ROW, _LINE, _MARK, _GAP, _LEFT = 0.24, 0.15, 0.17, 0.16, 1.45


def draw_map_list(
    kinds: pd.DataFrame, characteristics: pd.DataFrame, marks: Marks, silent: Iterable[str]
) -> Figure:
    """Draw the map of `draw_map` for a phone; `marks` are its rows by study, outcome and week."""
    with styled():
        figure, axes = canvas(NARROW, 1)
        y = 0.0
        for panel in panels_of(kinds, characteristics, content=float("inf")):
            y = _words(axes, y + 0.06, panel.title, weight="bold", size=9)
            for column in panel.columns:
                y = _study(axes, y + 0.08, column, panel.outcomes, marks)
            y = _words(axes, y + 0.06, unread_words(panel), color=GREY)
            y += 0.12
        for kind, words in KINDS.items():
            if kinds["kind"].eq(kind).any():
                draw_kind(axes, 0.13, y + _LINE / 2, kind, filled=True)
                y = _words(axes, y, words, left=0.28, color=GREY) + 0.03
        number = f"number: the {time_word()}; with none, it differs or is not stated"
        filled = filling_lines(kinds)
        lines = [*filled[0].split(";  ")[:2], number, *filled[1:], silent_words(silent)]
        for words in lines:
            y = _words(axes, y, words, color=GREY)
        end_canvas(figure, axes, y + 0.04)
    return figure


def _study(
    axes: Axes, y: float, column: MapColumn, outcomes: tuple[str, ...], marks: Marks
) -> float:
    """Draw the outcomes of one study under its name; return where they end."""
    y = _words(axes, y, study_name(column.study), weight="bold", size=8.5)
    y = _words(axes, y, column.below.replace("\n", ", "), color=GREY) + 0.04
    shaded = True
    for outcome in outcomes:
        found = [(week, marks[column.study, outcome, week]) for week in column.weeks
                 if (column.study, outcome, week) in marks]  # fmt: skip
        if not found:
            continue
        lines = _in_lines(found)
        # Long names break behind a hyphen.
        name = wrapped(outcome_text(outcome).replace("-", "- "), _LEFT - 0.1, 8.5).replace(
            "- ", "-"
        )
        tall = max(_ROW * len(lines), _LINE * (1 + name.count("\n")) + 0.06)
        if shaded:
            axes.add_artist(Rectangle((0, y), NARROW, tall, color="#f4f5f7", zorder=0))
        shaded = not shaded
        axes.text(0.05, y + tall / 2, name, va="center", size=8.5, linespacing=1.1)
        for number, line in enumerate(lines):
            middle = y + _ROW * (number + 0.5)
            for x, week, rows in line:
                for place, row in enumerate(rows):
                    at = x + _MARK * (place + 0.5)
                    draw_kind(axes, at, middle, row.kind, filled=row.controlled)
                    if row.press_only:
                        draw_underline(axes, at, middle)
                words = "" if week is None else str(week)
                end = x + _MARK * len(rows) + 0.03
                axes.text(end, middle, words, va="center", size=8, color=GREY)
        y += tall
    return y


def _in_lines(found: list[tuple[Any, list[Any]]]) -> list[list[tuple[float, Any, list[Any]]]]:
    """Return the weeks with their marks and where they begin, on as many lines as they need."""
    lines: list[list[tuple[float, Any, list[Any]]]] = [[]]
    x = _LEFT
    for week, rows in found:
        wide = _MARK * len(rows) + 0.03 + text_width("" if week is None else str(week), 8)
        if lines[-1] and x + wide > NARROW:
            lines.append([])
            x = _LEFT
        lines[-1].append((x, week, rows))
        x += wide + _GAP
    return lines


def _words(axes: Axes, y: float, words: str, *, left: float = 0.05, **style: Any) -> float:
    """Write words on as many lines as they need; return where they end."""
    if not words:
        return y
    size = style.pop("size", 8)
    bold = 1.12 if style.get("weight") == "bold" else 1.0
    words = wrapped(words, (NARROW - left - 0.03) / bold, size)
    axes.text(left, y, words, size=size, va="top", linespacing=1.1, **style)
    return y + _LINE * (1 + words.count("\n"))
