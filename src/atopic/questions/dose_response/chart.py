"""The dose chart: observed responses over the dose, and the curves or the slope they allow."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from atopic.display.figures import Drawing
from atopic.display.numbers import interval_name
from atopic.display.row_chart import GRID, draw_interval, draw_mark, draw_ring
from atopic.display.style import COLOURS, DOTTED, GREY, INK, styled
from atopic.evidence.csv_rows import records
from atopic.questions.dose_response import DoseArms, DoseCurves
from atopic.questions.dose_response.chart_panels import (
    active_colour,
    draw_key,
    draw_slopes,
    draw_weights,
)
from atopic.questions.dose_response.words import arm_numbers, axis_unit, dose_scale

__all__ = ["draw_doses"]

# Inches.
_LEFT, _GAP, _PANEL, _RIGHT = 1.75, 0.5, 2.7, 0.4
_TOP, _HEIGHT, _TABLE, _KEY = 0.35, 3.1, 0.98, 0.22
#: Room that the words under a dose need, and the widest axis that is made for them.
_COLUMN, _NARROWEST, _WIDEST = 0.95, 4.6, 9.0


def draw_doses(
    arms: DoseArms,
    *,
    curves: DoseCurves | None = None,
    contrasts: pd.DataFrame | None = None,
) -> Figure | None:
    """Draw the response of each arm over its dose, with what the doses allow beside it.

    Filled marks are from a placebo-controlled period, hollow ones are not; a ring marks a derived
    count, a dotted extension reaches over every count that fits.

    Parameters
    ----------
    curves : DoseCurves, optional
        The averaged curve with its band, single models as thin lines, the darker the heavier, and
        the weights of the models on the right.
    contrasts : DataFrame, optional
        From `dose_contrasts`: drawn on the right where there is no curve.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> len(draw_doses(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16)).axes)
    1
    """
    if arms.frame.empty:
        return None
    scale = dose_scale(arms)
    doses = np.array(arms.doses) / scale
    fitted = curves is not None and not curves.refused
    compared = not fitted and contrasts is not None and len(contrasts) > 0
    span = 1.16 * doses.max()
    gap = min(np.diff(doses)) / span
    axis = float(np.clip(_COLUMN / gap, _NARROWEST, _WIDEST))
    panel = _GAP + _PANEL if fitted or compared else 0.0
    width, height = _LEFT + axis + panel + _RIGHT, _TOP + _HEIGHT + _TABLE + _KEY
    with styled():
        figure = Drawing(figsize=(width, height))
        axes = figure.add_axes(
            (_LEFT / width, (_KEY + _TABLE) / height, axis / width, _HEIGHT / height)
        )
        axes.set_xlim(-0.06 * doses.max(), 1.1 * doses.max())
        _vertical(axes, arms, fitted, curves)
        if fitted and curves is not None:
            _curves(axes, arms, curves, scale)
        if not arms.has_placebo:
            axes.axvline(0, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            axes.annotate(
                "no arm at dose 0", (0, 0.5), xycoords=("data", "axes fraction"),
                xytext=(4, 0), textcoords="offset points", rotation=90, va="center", color=GREY,
                size=8,
            )  # fmt: skip
        for row in records(arms.frame):
            _arm(axes, arms, row, row.dose / scale)
        _words_below(axes, arms, scale)
        place = (
            (_LEFT + axis + _GAP) / width,
            (_KEY + _TABLE) / height,
            _PANEL / width,
            _HEIGHT / height,
        )
        if fitted and curves is not None:
            draw_weights(figure, place, curves)
        elif compared and contrasts is not None:
            draw_slopes(figure, place, contrasts, controlled=arms.controlled)
        draw_key(figure, arms, fitted)
    return figure


def _vertical(axes: Axes, arms: DoseArms, fitted: bool, curves: DoseCurves | None) -> None:
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=GREY, labelsize=8.5)
    if arms.kind == "counts":
        axes.set_ylim(0, 100)
        words = f"Patients with {arms.outcome}, %"
        if arms.lower_is_better:
            words = f"Patients with {arms.outcome} (these did not respond), %"
        axes.set_ylabel(words)
        return
    values = [*arms.frame["lower"], *arms.frame["upper"], 0.0]
    if fitted and curves is not None:
        values += [*curves.average["lower"], *curves.average["upper"]]
    low, high = np.nanmin(values), np.nanmax(values)
    room = 0.05 * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.set_yticks([tick for tick in axes.get_yticks() if low - room <= tick <= high + room])
    axes.axhline(0, color="#9aa1ad", linewidth=1, zorder=0.6)
    unit = str(arms.frame["unit"].iloc[0]).replace("-", " ")
    better = "down" if arms.lower_is_better else "up"
    axes.set_ylabel(f"Change of {arms.outcome}, {unit} ({better} is improvement)")


def _factor(arms: DoseArms) -> float:
    return 100.0 if arms.kind == "counts" else 1.0


def _curves(axes: Axes, arms: DoseArms, curves: DoseCurves, scale: float) -> None:
    colour, factor = active_colour(arms), _factor(arms)
    band = curves.average
    x = band["dose"] / scale
    axes.fill_between(
        x, factor * band["lower"], factor * band["upper"], color=colour, alpha=0.13, linewidth=0
    )
    weights = curves.models.set_index("model")["weight"]
    for model, line in curves.single.items():
        shade = 0.15 + 0.6 * float(weights[model])
        axes.plot(
            line["dose"] / scale, factor * line["estimate"], color=INK, alpha=shade, linewidth=0.9
        )
    axes.plot(x, factor * band["estimate"], color=colour, linewidth=2)


def _arm(axes: Axes, arms: DoseArms, row: Any, x: float) -> None:
    factor, colour = _factor(arms), COLOURS[row.arm_role]
    y = factor * row.estimate
    if pd.notna(row.lower):
        limits = (factor * row.lower, factor * row.upper)
        draw_interval(axes, (x, x), limits, colour, 1.7, zorder=3)
        if row.basis == "ambiguous":
            reach = [factor * row.lower_min, factor * row.upper_max]
            axes.plot([x, x], reach, color=colour, linewidth=1.2, linestyle=DOTTED, zorder=3)
    filled = row.setting == "controlled"
    draw_mark(axes, x, y, colour, filled=filled, size=7, edge=1.5, zorder=4)
    if row.basis in ("derived", "ambiguous"):
        draw_ring(axes, x, y, colour, size=11.5, zorder=4)


def _words_below(axes: Axes, arms: DoseArms, scale: float) -> None:
    """Write under each dose what its arm is, and its numbers, as a small table."""
    rows = list(records(arms.frame))
    axes.set_xticks([row.dose / scale for row in rows])
    labels = []
    for row in rows:
        name = "0 (placebo)" if row.arm_role == "placebo" else f"{row.dose / scale:g}"
        labels.append("\n".join([name, *arm_numbers(arms, row)]))
    axes.set_xticklabels(labels, color=INK, linespacing=1.45)
    axes.tick_params(axis="x", length=4)
    unit = axis_unit(arms)
    first = ["responders", "share"] if arms.kind == "counts" else ["patients", "mean change"]
    heads = "\n".join([f"dose, {unit}", *first, interval_name(arms.frame["level"].iloc[0])])
    axes.annotate(
        heads, (0, 0), xycoords="axes fraction", xytext=(-_LEFT * 72 + 4, -7.5),
        textcoords="offset points", va="top", color=GREY, size=8.5, linespacing=1.45,
    )  # fmt: skip
