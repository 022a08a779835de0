"""All placebo-controlled trials of cells on one plot."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from atopic.display.numbers import interval_name, plural
from atopic.display.row_chart import RowChart, draw_interval, draw_mark, row_chart
from atopic.display.style import COLOURS, DASHED, GREY, INK, styled
from atopic.evidence.csv_rows import records
from atopic.questions.trials.words import GOALS, arms_words, difference_words

__all__ = ["draw_trials"]

_SIZES: dict[str, Any] = {
    "row": 0.52, "left": 5.7, "axis": 3.2, "right": 2.6, "top": 0.5, "bottom": 0.48,
}  # fmt: skip
_CELLS = COLOURS["experimental"]
_GOAL_MARKS = {"yes": "\N{CHECK MARK}", "no": "\N{MULTIPLICATION SIGN}", "unknown": "?"}


def draw_trials(trials: pd.DataFrame) -> Figure | None:
    """Draw the difference of each trial, with what was given, to how many, and its goal.

    A square is a trial with rates of both arms, its area by the patients counted; a hollow circle
    on a dashed line a trial of which only a P value is known; a trial without a result has no mark.
    Nothing is pooled: products and outcomes differ.

    >>> import atopic
    >>> from atopic.questions.trials import placebo_trials
    >>> len(draw_trials(placebo_trials(atopic.load())).axes)
    1
    """
    if trials.empty:
        return None
    rows = list(records(trials))
    ends = np.array([abs(value) for row in rows for value in (row.lower_min, row.upper_max)])
    ends = ends[np.isfinite(ends)]
    limit = float(np.ceil((100 * ends.max(initial=0.08) + 2) / 10) * 10)
    patients = (trials["n"] + trials["reference_n"]).where(trials["known"].eq("rates"))
    most = float(patients.max()) if patients.notna().any() else 1.0
    with styled():
        chart = row_chart(len(rows), **_SIZES)
        axes = chart.axes
        axes.set_xlim(-limit, limit)
        axes.axvline(0, color=INK, linewidth=1, zorder=1)
        axes.set_xlabel("More responders with cells than with placebo, percentage points")
        chart.heads(
            -0.78,
            (-chart.left, "Trial", "left"),
            (-0.1, "outcome; cells against placebo", "right"),
            (0.0, "placebo better", "left"),
            (chart.axis, "cells better", "right"),
            (chart.axis + 0.15, f"points ({interval_name(rows[0].level)}); goal", "left"),
        )
        for y, row in enumerate(rows):
            _trial(chart, y, row, most)
    return chart.figure


def _trial(chart: RowChart, y: int, row: Any, most: float) -> None:
    axes, small = chart.axes, {"size": 8, "color": GREY}
    chart.name(y - 0.17, row.short_name, indent=0.05)
    patients = "" if pd.isna(row.n_enrolled) else f", {plural(int(row.n_enrolled), 'patient')}"
    planned = " planned" if row.n_enrolled_basis == "planned" else ""
    given = row.product_words if pd.notna(row.product_words) else f"product {row.absent}"
    chart.name(y + 0.19, f"{given}, {row.routes}{patients}{planned}", indent=0.05, **small)
    if row.known != "none":
        chart.write(-0.1, y - 0.17, f"{row.outcome}, week {row.week}", ha="right", size=8)
        chart.detail(y + 0.19, arms_words(row))
    if pd.notna(row.lower_min):
        low, high = 100 * row.lower_min, 100 * row.upper_max
        if row.known == "rates":
            draw_interval(axes, (low, high), (y, y), _CELLS, 1.8)
            size = 4 + 7 * float(np.sqrt((row.n + row.reference_n) / most))
            draw_mark(axes, 100 * row.estimate, y, _CELLS, filled=True, marker="s", size=size)
        else:
            # No one count is known, so nothing here is filled.
            axes.plot((low, high), (y, y), color=_CELLS, linewidth=1.4, linestyle=DASHED)
            for end in dict.fromkeys((row.difference_low, row.difference_high)):
                draw_mark(axes, 100 * end, y, _CELLS, filled=False, size=7)
    chart.beside(0.15, y - 0.17, difference_words(row))
    goal = str(row.primary_met)
    chart.beside(0.15, y + 0.19, f"{_GOAL_MARKS[goal]} goal {GOALS[goal]}", **small)
