"""The dose chart: observed responses over the dose, and the curves or the slope they allow."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from atopic.display.alphabet import DOTTED
from atopic.display.figures import Drawing
from atopic.display.finding_words import role_words
from atopic.display.numbers import interval_name, outcome_text
from atopic.display.row_chart import (
    GRID,
    draw_interval,
    draw_key,
    draw_legend,
    draw_mark,
    draw_ring,
    narrow_key,
)
from atopic.display.style import COLOURS, GREY, INK, NARROW, styled, text_width, wrapped
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.controls import CONTROLLED, CONTROLS
from atopic.evidence.frames import records
from atopic.questions.dose_response import DoseArms, DoseCurves
from atopic.questions.dose_response.chart_panels import (
    active_colour,
    draw_slopes,
    draw_weights,
    key_entries,
    slopes_height,
    weights_height,
)
from atopic.questions.dose_response.words import arm_numbers

# Inches.
_LEFT, _GAP, _PANEL, _RIGHT = 1.75, 0.5, 2.7, 0.4
_TOP, _HEIGHT, _TABLE, _KEY = 0.35, 3.1, 0.98, 0.22
#: Room that the words under a dose need, and the widest axis that is made for them.
_COLUMN, _NARROWEST, _WIDEST = 0.95, 4.6, 9.0
#: On a phone: left and right of the axis, its height, its ticks and label, a line of the table.
_INSET, _END, _SHORT, _TICKS, _LINE = 0.4, 0.12, 2.2, 0.5, 0.17
#: There too, where each column of the table ends.
_ENDS = (1.55, 2.46, NARROW - 0.03)


@dataclass(frozen=True)
class _Layout:
    """Places in inches, from the lower left: of the axis, and of what stands beside or below it."""

    width: float
    height: float
    axis: tuple[float, float, float, float]
    panel: tuple[float, float, float, float]

    def share(self, place: tuple[float, float, float, float]) -> tuple[float, ...]:
        """Return a place as the shares of the figure that matplotlib asks for."""
        sides = (self.width, self.height, self.width, self.height)
        return tuple(one / side for one, side in zip(place, sides, strict=True))


@drawn_in_two_forms
def draw_doses(
    arms: DoseArms,
    *,
    curves: DoseCurves | None = None,
    contrasts: pd.DataFrame | None = None,
    narrow: bool = False,
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
    narrow : bool, optional
        Whether to draw it for a phone: what stands beside the axis then stands below it.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> len(draw_doses(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16)).axes)
    1
    """
    if arms.frame.empty:
        return None
    scale = arms.scale
    doses = np.array(arms.doses) / scale
    fitted = curves is not None and not curves.refused
    compared = not fitted and contrasts is not None and len(contrasts) > 0
    entries = key_entries(arms, fitted)
    if narrow:
        key, below = narrow_key(entries)
        tall = 0.0
        if fitted and curves is not None:
            tall = weights_height(curves)
        elif compared and contrasts is not None:
            tall = slopes_height(contrasts)
        layout = _narrow_layout(len(arms.frame), tall, below)
    else:
        layout = _wide_layout(doses, beside=fitted or compared)
    with styled():
        figure = Drawing(figsize=(layout.width, layout.height))
        axes = figure.add_axes(layout.share(layout.axis))  # type: ignore[arg-type]
        axes.set_xlim(-0.06 * doses.max(), 1.1 * doses.max())
        label = _vertical(axes, arms, fitted, curves)
        if narrow:
            words = wrapped(label, NARROW - 0.1)
            axes.set_title(words, loc="left", size=8, color=GREY, x=-_INSET / layout.axis[2], pad=8)
        else:
            axes.set_ylabel(label)
        if fitted and curves is not None:
            _curves(axes, arms, curves, scale)
        if not arms.has_placebo:
            axes.axvline(0, color=GREY, linewidth=1, zorder=1)
            axes.annotate(
                "no group at dose 0", (0, 0.5), xycoords=("data", "axes fraction"),
                xytext=(4, 0), textcoords="offset points", rotation=90, va="center", color=GREY,
                size=8,
            )  # fmt: skip
        for row in records(arms.frame):
            _arm(axes, arms, row, row.dose / scale)
        if narrow:
            _table_below(axes, arms, scale)
        else:
            _words_below(axes, arms, scale)
        place = layout.share(layout.panel)
        if fitted and curves is not None:
            draw_weights(figure, place, curves)
        elif compared and contrasts is not None:
            draw_slopes(figure, place, contrasts, controlled=arms.controlled)
        if narrow:
            draw_legend(figure, key)
        else:
            draw_key(figure, entries, columns=4)
    return figure


def _wide_layout(doses: np.ndarray, *, beside: bool) -> _Layout:
    gap = min(np.diff(doses)) / (1.16 * doses.max())
    axis = float(np.clip(_COLUMN / gap, _NARROWEST, _WIDEST))
    bottom = _KEY + _TABLE
    return _Layout(
        _LEFT + axis + (_GAP + _PANEL if beside else 0.0) + _RIGHT,
        _TOP + _HEIGHT + bottom,
        (_LEFT, bottom, axis, _HEIGHT),
        (_LEFT + axis + _GAP, bottom, _PANEL, _HEIGHT),
    )


def _narrow_layout(rows: int, panel: float, key: float) -> _Layout:
    below = _TICKS + _LINE * (rows + 1) + 0.2
    bottom = key + (panel + 0.15 if panel else 0.0) + below
    return _Layout(
        NARROW,
        _TOP + 0.1 + _SHORT + bottom,
        (_INSET, bottom, NARROW - _INSET - _END, _SHORT),
        (0.15, key + 0.15, NARROW - 0.3, panel),
    )


def _vertical(axes: Axes, arms: DoseArms, fitted: bool, curves: DoseCurves | None) -> str:
    """Set the vertical axis; return what it shows."""
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=GREY, labelsize=8.5)
    if arms.kind == "counts":
        axes.set_ylim(0, 100)
        words = f"Patients with {outcome_text(arms.outcome)}, %"
        if arms.lower_is_better:
            words = f"Patients with {outcome_text(arms.outcome)} (fewer is better), %"
        return words
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
    return f"Change of {outcome_text(arms.outcome)}, {unit} ({better} is improvement)"


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
    filled = row.setting in CONTROLLED
    draw_mark(axes, x, y, colour, filled=filled, size=7, edge=1.5, zorder=4)
    if row.basis in ("derived", "ambiguous"):
        draw_ring(axes, x, y, colour, size=11.5, zorder=4)


def _words_below(axes: Axes, arms: DoseArms, scale: float) -> None:
    """Write under each dose what its arm is, and its numbers, as a small table."""
    rows = list(records(arms.frame))
    axes.set_xticks([row.dose / scale for row in rows])
    labels = ["\n".join([_dose(row, scale), *arm_numbers(arms, row)]) for row in rows]
    axes.set_xticklabels(labels, color=INK, linespacing=1.45)
    axes.tick_params(axis="x", length=4)
    unit = arms.axis_unit
    heads = "\n".join([f"dose, {unit}", *_heads(arms)])
    axes.annotate(
        heads, (0, 0), xycoords="axes fraction", xytext=(-_LEFT * 72 + 4, -7.5),
        textcoords="offset points", va="top", color=GREY, size=8.5, linespacing=1.45,
    )  # fmt: skip


def _table_below(axes: Axes, arms: DoseArms, scale: float) -> None:
    """Write what each arm is, and its numbers, as a table under the axis, one line a dose."""
    rows = list(records(arms.frame))
    low, high = axes.get_xlim()
    inch = axes.get_position().width * NARROW / (high - low)
    free, ticks = -np.inf, []
    for row in sorted(rows, key=lambda row: row.dose):
        half = 0.5 * text_width(f"{row.dose / scale:g}", 8)
        at = inch * row.dose / scale
        ticks.append("" if at - half < free else f"{row.dose / scale:g}")
        free = at + half + 0.04 if ticks[-1] else free
    axes.set_xticks(sorted(row.dose / scale for row in rows), ticks, size=8)
    axes.tick_params(axis="x", length=4)
    axes.set_xlabel(f"Dose, {arms.axis_unit}", size=8, color=GREY)
    lines = [["dose", *_heads(arms)]]
    lines += [[_dose(row, scale), *arm_numbers(arms, row)] for row in rows]
    for number, line in enumerate(lines):
        style: dict[str, Any] = {"size": 8, "va": "top", "color": INK if number else GREY}
        for inches, words in zip((0.03, *_ENDS), line, strict=True):
            axes.annotate(
                words, (0, 0), xycoords="axes fraction", textcoords="offset points",
                xytext=(72 * (inches - _INSET), -72 * (_TICKS + _LINE * number)),
                ha="left" if inches == 0.03 else "right", **style,
            )  # fmt: skip


def _dose(row: Any, scale: float) -> str:
    return (
        f"0 ({role_words()[row.arm_role]})" if row.arm_role in CONTROLS else f"{row.dose / scale:g}"
    )


def _heads(arms: DoseArms) -> list[str]:
    first = ["patients", "share" if arms.kind == "counts" else "mean change"]
    return [*first, interval_name(arms.frame["level"].iloc[0])]
