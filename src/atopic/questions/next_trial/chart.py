"""Charts for planning a trial: power by size, what to expect, and several doses."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from atopic.display.figures import Drawing
from atopic.display.numbers import percent, points_text, study_name
from atopic.display.row_chart import GRID, draw_legend, narrow_key
from atopic.display.style import COLOURS, GREY, INK, NARROW, styled
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.frames import records
from atopic.review import control_word, words_in_use

_CELLS = COLOURS["experimental"]

_LINE: dict[str, Any] = {"linewidth": 1.6, "markersize": 5, "markeredgewidth": 1.3}
#: Line, marker and colour of each scenario: hollow marks are beliefs without a control group.
_STYLES: dict[str, dict[str, Any]] = {
    "Evidence, next trial": {"color": _CELLS, "linestyle": "-", "marker": "o"},
    "Evidence, one effect": {"color": _CELLS, "linestyle": (0, (5, 2)), "marker": "s"},
    "Sceptical": {"color": GREY, "linestyle": "-", "marker": "^"},
    "Uncontrolled reading": {
        "color": _CELLS, "linestyle": (0, (1, 1.5)), "marker": "o",
        "markerfacecolor": "white",
    },
}  # fmt: skip


# Inches on a phone: the place of an axis from the left, and how wide it is.
_INSET, _AXIS = 0.56, NARROW - 0.81


@drawn_in_two_forms
def draw_power(
    curves: pd.DataFrame,
    *,
    past: pd.DataFrame | None = None,
    powers: tuple[float, ...] = (0.8,),
    narrow: bool = False,
) -> Figure | None:
    """Draw the power of trials by their size, one line a true difference; past trials are marked.

    `narrow` is for a phone.

    >>> from atopic.questions.next_trial import power_by_size
    >>> len(draw_power(power_by_size(0.3, differences=[0.1, 0.2])).axes)
    1
    """
    if curves.empty:
        return None
    width, height, left, across, tall = 9.2, 4.35, 0.65, 8.0, 3.15
    if narrow:
        width, height, left, across, tall = NARROW, 3.5, _INSET, _AXIS, 2.35
    with styled():
        figure = Drawing(figsize=(width, height))
        axes = figure.add_axes((left / width, 0.6 / height, across / width, tall / height))
        low, high = curves["total"].min(), curves["total"].max()
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        ticks = [50, 200, 1000, 4000] if narrow else [50, 100, 200, 500, 1000, 2000, 4000]
        axes.xaxis.set_major_locator(FixedLocator([t for t in ticks if low <= t <= high]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        _shares(axes, "Power, %")
        axes.set_xlabel("Patients in both groups (logarithmic scale)", size=8 if narrow else None)
        for power in powers:
            axes.axhline(100 * power, color="#9aa1ad", linewidth=0.9, zorder=1)
        _sizes(axes, past, across)
        groups = list(curves.groupby("difference", sort=True))
        for at, (difference, curve) in enumerate(groups):
            shade = 1.2 + 1.2 * (at + 1) / len(groups)
            axes.plot(curve["total"], 100 * curve["power"], color=_CELLS, linewidth=shade)
            # Where the lines lie close, their words stand at different heights.
            level = 0.25 + 0.6 * at / len(groups) if narrow else 0.5
            near = curve.iloc[(curve["power"] - level).abs().argmin()]
            axes.annotate(
                f"{points_text(float(str(difference)), tenths=True)} points",
                (near["total"], 100 * near["power"]),
                ha="center",
                va="center",
                size=8.5,
                color=INK,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            )
    return figure


@drawn_in_two_forms
def draw_outlook(expected: pd.DataFrame, *, delta: float, narrow: bool = False) -> Figure | None:
    """Draw the probability of success and of a conclusive null by size, one line a belief.

    Filled marks are beliefs from controlled trials, or from none; hollow ones rest on a study
    without a control group. `delta`, the smallest relevant difference, is for the words. With
    `narrow`, for a phone, the panels stand one below the other, over a key of the beliefs.

    >>> import atopic
    >>> from atopic.questions.next_trial import beliefs_about, expected_results
    >>> beliefs = beliefs_about(atopic.load(), "EASI-50", week=12, delta=0.15)
    >>> found = expected_results(beliefs, patients=[100, 200], replicates=1000)
    >>> len(draw_outlook(found, delta=0.15).axes)
    2
    """
    if expected.empty:
        return None
    panels = {
        "estimate": f"Significant in favour of {words_in_use().treatment}",
        "conclusive_null": f"Rules out {points_text(delta, tenths=True)} points or more",
    }
    lines = {str(one): Line2D([], [], **_LINE, **_STYLES[str(one)]) for one in
             dict.fromkeys(expected["scenario"])}  # fmt: skip
    key, below = narrow_key((line, name) for name, line in lines.items())
    width, height, across, tall = 9.8, 3.9, 2.5, 2.85
    corners = [(0.6, 0.6), (5.35, 0.6)]
    if narrow:
        width, height, across, tall = NARROW, 5.3 + below, _AXIS - 0.2, 1.75
        corners = [(_INSET, height - 2.05), (_INSET, height - 4.65)]
    with styled():
        figure = Drawing(figsize=(width, height))
        for (column, title), (left, bottom) in zip(panels.items(), corners, strict=True):
            axes = figure.add_axes((left / width, bottom / height, across / width, tall / height))
            first = (left, bottom) == corners[0]
            _shares(axes, "Probability, %" if first or narrow else "")
            axes.set_title(title, loc="left", size=9.5, weight="bold")
            axes.set_xlabel("Patients in both groups")
            axes.set_xlim(0, 1.02 * expected["total"].max())
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            ends = []
            for scenario, line in expected.groupby("scenario", sort=False):
                style = _STYLES[str(scenario)]
                ordered = line.sort_values("total")
                axes.plot(
                    ordered["total"], 100 * ordered[column], clip_on=False, **_LINE, **style,
                )  # fmt: skip
                end = float(100 * ordered[column].iloc[-1])
                words = f"{percent(end / 100)}%"
                ends.append((end, words if narrow else f"{scenario}, {words}", style["color"]))
            _label_ends(axes, ends, tall)
        if narrow:
            draw_legend(figure, key, length=3)
    return figure


@drawn_in_two_forms
def draw_doses(arms: pd.DataFrame, powers: pd.DataFrame, *, narrow: bool = False) -> Figure | None:
    """Draw the power of trials of several doses: one panel a shape of the dose response.

    Above is the shape (`dose_arms`), below it the power of the two analyses (`dose_power`). With
    `narrow`, for a phone, the panels stand one below the other.

    >>> from atopic.questions.next_trial import dose_arms, dose_power
    >>> arms = dose_arms(0.3, difference=0.2, doses=2)
    >>> len(draw_doses(arms, dose_power(arms, patients=[90, 150])).axes)
    6
    """
    if arms.empty or powers.empty:
        return None
    shapes = list(arms.groupby("shape", sort=False))
    width, height, across, tall, over = 9.6, 4.9, 2.15, 2.45, 0.8
    corners = [(0.65 + 2.6 * at, 0.6) for at in range(len(shapes))]
    if narrow:
        across, tall, over = _AXIS - 0.45, 1.4, 0.5
        step = tall + over + 1.5
        width, height = NARROW, step * len(shapes)
        corners = [(_INSET, height - step * (at + 1) + 0.55) for at in range(len(shapes))]
    styles: dict[str, dict[str, Any]] = {
        "trend": {"color": _CELLS, "linestyle": "-", "marker": "o"},
        "any dose": {"color": GREY, "linestyle": (0, (5, 2)), "marker": "s"},
    }
    top = 100 * arms["rate"].max()
    with styled():
        figure = Drawing(figsize=(width, height))
        for at, ((shape, group), (left, bottom)) in enumerate(zip(shapes, corners, strict=True)):
            higher = bottom + tall + (0.5 if narrow else 0.65)
            sketch = figure.add_axes((left / width, higher / height, across / width, over / height))
            rates = 100 * group["rate"]
            sketch.plot(group["level"], rates, color=INK, linewidth=1.2, marker="o", markersize=4)
            sketch.set_ylim(0, 1.25 * top)
            sketch.set_xlim(-0.4, group["level"].max() + 0.4)
            dose = "dose " if len(group) <= 4 else ""
            names = [control_word(), *(f"{dose}{one}" for one in group["level"][1:])]
            sketch.set_xticks(group["level"], names)
            sketch.tick_params(axis="x", labelsize=8, length=0)
            sketch.set_yticks([])
            for level, rate in zip(group["level"], rates, strict=True):
                sketch.annotate(
                    points_text(rate / 100, tenths=True), (level, rate), (0, 4),
                    textcoords="offset points", ha="center", size=8, color=INK,
                )  # fmt: skip
            sketch.set_title(str(shape).capitalize(), loc="left", size=9.5, weight="bold")
            if at == 0 or narrow:
                sketch.set_ylabel("True\nrate, %" if narrow else "True rate, %", size=8)
            axes = figure.add_axes((left / width, bottom / height, across / width, tall / height))
            _shares(axes, "Power, %" if at == 0 or narrow else "")
            some = powers[powers["shape"].eq(shape)]
            axes.set_xlim(0, 1.02 * some["total"].max())
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            axes.set_xlabel("Patients in all groups")
            ends = []
            for analysis, line in some.groupby("analysis", sort=False):
                ordered = line.sort_values("total")
                style = styles[str(analysis)]
                axes.plot(
                    ordered["total"], 100 * ordered["estimate"],
                    linewidth=1.6, markersize=4.5, clip_on=False, **style,
                )  # fmt: skip
                ends.append((float(100 * ordered["estimate"].iloc[-1]), analysis, style["color"]))
            if narrow or at == len(shapes) - 1:
                words = {
                    "trend": "test of trend",
                    "any dose": f"any dose\nagainst {control_word()}",
                }
                if narrow:
                    words = {
                        "trend": "test\nof trend",
                        "any dose": f"any dose\nagainst\n{control_word()}",
                    }
                named = [(y, words[str(name)], colour) for y, name, colour in ends]
                _label_ends(axes, named, tall, rows=3 if narrow else 2)
    return figure


def _shares(axes: Axes, label: str) -> None:
    axes.set_ylim(0, 100)
    axes.set_yticks(range(0, 101, 20))
    axes.tick_params(axis="both", length=3, labelsize=8.5)
    axes.set_ylabel(label)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=GRID, linewidth=0.8)


def _sizes(axes: Axes, past: pd.DataFrame | None, inches: float) -> None:
    """Mark the sizes of the trials so far, their names in rows that do not overlap."""
    if past is None or past.empty:
        return
    trials = past.drop_duplicates(["study_id", "arm_id"])
    trials = trials.assign(total=trials["n_active"] + trials["n_control"]).sort_values("total")
    low, high = np.log(axes.get_xlim())
    free: list[float] = []
    for row in records(trials):
        if not low <= np.log(row.total) <= high:
            continue
        name = f"{study_name(row.study_id)}: {row.total}"
        half = 0.034 * len(name)
        at = inches * (np.log(row.total) - low) / (high - low)
        shift = float(np.clip(at, half - 0.4, max(inches + 0.2 - half, half - 0.4)) - at)
        at += shift
        level = next((i for i, end in enumerate(free) if end < at - half), len(free))
        free[level : level + 1] = [at + half + 0.1]
        axes.axvline(row.total, color="#9aa1ad", linewidth=1, zorder=1)
        axes.annotate(
            name, (row.total, 100), (72 * shift, 4 + 12 * level), textcoords="offset points",
            ha="center", va="bottom", size=8, color=GREY, annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip


def _label_ends(
    axes: Axes, ends: list[tuple[float, Any, str]], inches: float, *, rows: int = 1
) -> None:
    """Write beside the right end of each line, moved apart where lines end close together."""
    gap = 100 * (0.17 * rows) / inches
    ordered = sorted(ends, key=lambda end: end[0])
    places: list[float] = []
    for value, _, _ in ordered:
        places.append(max(value, places[-1] + gap) if places else value)
    # What was pushed past the top comes down again.
    for at in reversed(range(len(places))):
        ceiling = 100.0 if at == len(places) - 1 else places[at + 1] - gap
        places[at] = min(places[at], ceiling)
    for (value, words, colour), place in zip(ordered, places, strict=True):
        axes.annotate(
            str(words), (1.0, value), (1.05, place), xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"), va="center", size=8.2, color=colour,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkB": 3},
        )  # fmt: skip
