"""Traffic lights of risk of bias, and how the level of each question moves with the settings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from atopic.display.numbers import listed, plural, study_name
from atopic.display.row_chart import GRID, RowChart, canvas, end_canvas, row_chart
from atopic.display.style import GREY, INK, NARROW, styled, wrapped
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.bias_form import DOMAINS
from atopic.evidence.csv_rows import records
from atopic.questions.certainty.table import result_name, setting_clause

__all__ = ["describe_levels", "describe_lights", "draw_levels", "draw_lights"]

_COLUMNS = [*map(str, DOMAINS), "overall"]
#: Letter, shape, fill, and ink of the letter on it, of a judgement.
_LIGHTS = {
    "low": ("L", "o", "#1c6e55", "white"),
    "some-concerns": ("S", "^", "#f0b429", INK),
    "high": ("H", "s", "#a3261c", "white"),
}
_WORDS = {"low": "low", "some-concerns": "some concerns", "high": "high"}
_SIZES: dict[str, Any] = {
    "row": 0.34, "left": 3.3, "axis": 5.1, "right": 0.2, "top": 0.55,
}  # fmt: skip
_HEADS = ["order and\nallocation", "departures", "missing\ndata", "measuring", "what is\nreported",
          "all"]  # fmt: skip
_LETTERS = {"very low": "VL", "low": "L", "moderate": "M", "high": "H"}
_SHADES = {"very low": "#ffffff", "low": "#cfe0ee", "moderate": "#74a9d8", "high": "#0b5c9e"}


def draw_lights(judgements: pd.DataFrame) -> Figure | None:
    """Draw the judgement of each domain, one row a result, by trial.

    A letter and a shape beside the colour; hollow where what was not read leaves more than one
    judgement open, a star for a fault that is known, a pencil where a reader's judgement stands.
    `judgements` is from `bias_judgements`.

    >>> import atopic
    >>> from atopic.questions.certainty import bias_judgements
    >>> len(draw_lights(bias_judgements(atopic.load(), studies=["kangstem-2019"])).axes)
    1
    """
    lines = _lines(judgements)
    if not lines:
        return None
    with styled():
        bottom = 0.36 + 0.26 * (len(_key_lines(judgements)) - 1)
        chart = row_chart(len(lines), **_SIZES, bottom=bottom, grid=False)
        axes = chart.axes
        axes.set_xlim(-0.5, len(_COLUMNS) - 0.5)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        step = chart.axis / len(_COLUMNS)
        for number, words in enumerate(_HEADS):
            chart.write((number + 0.5) * step, -1.0, words, ha="center", color=GREY, size=8)
        for y, (name, cells) in enumerate(lines):
            if cells is None:
                chart.group(y, name)
                continue
            chart.name(y, name)
            axes.axhline(y + 0.5, color=GRID, linewidth=0.6, zorder=0)
            for x, column in enumerate(_COLUMNS):
                _light(axes, x, y, cells[column])
        _key(chart, len(lines), judgements)
    return chart.figure


def describe_lights(judgements: pd.DataFrame) -> str:
    """Say what the traffic lights show, one sentence for all and one for each result.

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
        f"risk over all, {int(whole['known_fault'].sum())} with a known fault; for "
        f"{int(open_.sum())}, what was not read leaves the judgement open."
    )
    sentences = []
    for (study, outcome, week), rows in judgements.groupby(
        ["study_id", "outcome", "week"], dropna=False, sort=False
    ):
        cells = [_cell_words(row) for row in records(rows)]
        sentences.append(
            f"{study_name(str(study))}, {result_name(outcome, week)}: {'; '.join(cells)}."
        )
    return " ".join([first, *sentences])


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


def _lines(judgements: pd.DataFrame) -> list[tuple[str, dict[str, Any] | None]]:
    lines: list[tuple[str, dict[str, Any] | None]] = []
    for study, of_study in judgements.groupby("study_id", sort=False):
        lines.append((study_name(str(study)), None))
        for (outcome, week), rows in of_study.groupby(
            ["outcome", "week"], dropna=False, sort=False
        ):
            cells = {row.domain: row for row in records(rows)}
            lines.append((result_name(outcome, week), cells))
    return lines


def _light(axes: Any, x: float, y: float, cell: Any) -> None:
    letter, shape, colour, ink = _LIGHTS[cell.judgement]
    hollow = cell.lowest != cell.highest
    axes.plot(
        [x], [y], marker=shape, markersize=15 if shape == "^" else 13, linestyle="none",
        markerfacecolor="white" if hollow else colour, markeredgecolor=colour, markeredgewidth=1.6,
        clip_on=False,
    )  # fmt: skip
    lower = 0.06 if shape == "^" else 0.0
    axes.text(
        x, y + lower, letter, ha="center", va="center", size=8, weight="bold",
        color=INK if hollow else ink,
    )  # fmt: skip
    if cell.known_fault:
        axes.text(x + 0.34, y, "\N{BLACK STAR}", ha="center", va="center", size=8, color=INK)
    if cell.override:
        axes.text(x - 0.36, y, "\N{LOWER RIGHT PENCIL}", ha="center", va="center", size=10)


def _key(chart: RowChart, rows: int, judgements: pd.DataFrame) -> None:
    """Write under the lights what those mean that occur."""
    for number, line in enumerate(_key_lines(judgements)):
        chart.name(rows + 0.2 + 0.75 * number, line, indent=0.0, color=GREY, size=8)


def _key_lines(judgements: pd.DataFrame) -> list[str]:
    found = set(judgements["judgement"])
    letters = [f"{_LIGHTS[one][0]} {words}" for one, words in _WORDS.items() if one in found]
    open_ = judgements["lowest"].ne(judgements["highest"])
    lines = [f"{', '.join(letters)} risk of bias."]
    if not open_.all():
        lines[0] += " Filled: nothing that was not read could change it."
    more = []
    if open_.any():
        more.append("Hollow: what was not read leaves another judgement open.")
    if judgements["known_fault"].any():
        more.append("\N{BLACK STAR} known fault: high whatever is not known.")
    lines += [" ".join(more)] if more else []
    if judgements["override"].ne("").any():
        lines.append("\N{LOWER RIGHT PENCIL} a reader's judgement in place of the computed one.")
    return lines


def _cell_words(row: Any) -> str:
    where = "over all" if row.domain == "overall" else f"domain {row.domain}"
    words = f"{where} {_WORDS[row.judgement]}"
    extra = []
    if row.lowest != row.highest:
        extra.append(f"open from {_WORDS[row.lowest]} to {_WORDS[row.highest]}")
    if row.known_fault and row.domain != "overall":
        extra.append("a known fault")
    if row.override:
        extra.append(f"a reader's, computed {_WORDS[row.computed]}")
    return f"{words} ({listed(extra)})" if extra else words
