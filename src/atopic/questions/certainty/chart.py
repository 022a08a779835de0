"""How the level of each question moves with the settings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from atopic.display.row_chart import GRID, canvas, end_canvas, row_chart
from atopic.display.style import GREY, INK, NARROW, styled, wrapped
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.frames import records
from atopic.questions.certainty.table import setting_clause

_LETTERS = {"very low": "VL", "low": "L", "moderate": "M", "high": "H"}
_SHADES = {"very low": "#ffffff", "low": "#cfe0ee", "moderate": "#74a9d8", "high": "#0b5c9e"}


@drawn_in_two_forms
def draw_levels(levels: pd.DataFrame, *, narrow: bool = False) -> Figure | None:
    """Draw the level of each question under each setting, as letters; a change is framed.

    `levels` is from `levels_by_setting`. With `narrow`, for a phone, a question has its level as
    set, and the settings that change it.
    """
    if levels.empty:
        return None
    settings = list(dict.fromkeys(levels["setting"]))
    questions = levels.drop_duplicates("question_id")
    if narrow:
        return _narrow_levels(levels, questions)
    with styled():
        chart = row_chart(
            len(questions), row=0.32, left=4.9, axis=0.42 * len(settings), right=1.1, top=2.5,
            bottom=0.3, grid=False,
        )  # fmt: skip
        axes = chart.axes
        axes.set_xlim(-0.5, len(settings) - 0.5)
        axes.set_xticks(range(len(settings)), settings, rotation=60, ha="left", size=8)
        axes.tick_params(axis="x", top=True, bottom=False, labeltop=True, labelbottom=False)
        axes.spines["bottom"].set_visible(False)
        places = {one: x for x, one in enumerate(settings)}
        rows = list(questions["question_id"])
        for y, question in enumerate(questions["question"]):
            chart.name(y, str(question), size=8)
        cells = [
            (float(places[row.setting]), float(rows.index(row.question_id)), row)
            for row in records(levels)
        ]
        _level_boxes(axes, cells, (0.46, 0.56))
        words = _level_words(levels)
        words += "; framed: another level than as set" if levels["changed"].any() else ""
        chart.name(len(questions) - 0.2, words, color=GREY, size=8)
    return chart.figure


def _narrow_levels(levels: pd.DataFrame, questions: pd.DataFrame) -> Figure:
    settings = list(dict.fromkeys(levels["setting"]))
    cells: list[tuple[float, float, Any]] = []
    with styled():
        figure, axes = canvas(NARROW, 1)
        y = 0.03
        for question in records(questions):
            words = wrapped(str(question.question), (NARROW - 0.1) / 1.12, 8.5)
            axes.text(0.03, y, words, size=8.5, weight="bold", va="top", linespacing=1.15)
            y += 0.15 * (1 + words.count("\n")) + 0.12
            own = levels[levels["question_id"].eq(question.question_id)]
            for row in records(own[own["setting"].eq(settings[0]) | own["changed"]]):
                cells.append((0.2, y, row))
                clause = setting_clause(row.setting) if row.changed else settings[0]
                words = wrapped(f"{row.level} {clause}", NARROW - 0.5)
                axes.text(0.42, y, words, size=8, va="center", linespacing=1.15)
                y += 0.24 + 0.12 * words.count("\n")
            y += 0.05
        _level_boxes(axes, cells, (0.22, 0.19))
        others = len(settings) - 1
        words = (
            f"Of {others} other settings, each changed alone, those are named that change a level."
        )
        words = wrapped(words, NARROW - 0.1)
        axes.text(0.03, y, words, size=8, color=GREY, va="top", linespacing=1.15)
        end_canvas(figure, axes, y + 0.14 * (1 + words.count("\n")) + 0.02)
    return figure


def _level_boxes(
    axes: Axes, cells: Sequence[tuple[float, float, Any]], size: tuple[float, float]
) -> None:
    """Draw the letters of levels, each in a box of its shade: one path for all that look alike."""
    alike: dict[tuple[str, bool], list[tuple[float, float]]] = {}
    for x, y, row in cells:
        alike.setdefault((row.level, bool(row.changed)), []).append((x, y))
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * np.array(size) / 2
    for (level, changed), places in sorted(alike.items()):
        boxes = Path.make_compound_path(*(Path(square + place, closed=True) for place in places))
        axes.add_patch(
            PathPatch(
                boxes, facecolor=_SHADES[level], edgecolor=INK if changed else GRID,
                linewidth=1.6 if changed else 0.6, clip_on=False,
            )
        )  # fmt: skip
        for x, y in places:
            axes.text(
                x, y, _LETTERS[level], ha="center", va="center_baseline", size=8,
                color="white" if level == "high" else INK,
            )  # fmt: skip


def _level_words(levels: pd.DataFrame) -> str:
    found = set(levels["level"])
    return ", ".join(f"{sign} {one}" for one, sign in _LETTERS.items() if one in found)


def describe_levels(levels: pd.DataFrame) -> str:
    """Say which settings change which level."""
    if levels.empty:
        return ""
    changed = levels[levels["changed"]]
    others = len(set(levels["setting"])) - 1
    if changed.empty:
        return f"None of {others} other settings changes the level of any question."
    words = [
        f"{row.question} becomes {row.level} {setting_clause(row.setting)}"
        for row in records(changed)
    ]
    return f"Of {others} other settings, changes: {'; '.join(words)}."
