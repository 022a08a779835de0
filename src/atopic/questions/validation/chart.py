"""The chart of the comparisons with other software."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.figures import Drawing
from atopic.display.numbers import plural
from atopic.display.style import GREY, INK, styled
from atopic.questions.validation.comparisons import KINDS
from atopic.questions.validation.table import error_text, power_text

__all__ = ["describe_comparisons", "draw_comparisons"]

# Inches.
_DOT, _GAP, _LEFT, _AXIS, _RIGHT, _TOP, _BOTTOM = 0.105, 0.16, 1.15, 6.4, 2.15, 0.62, 0.95
#: Where exact equality stands, left of the smallest error that is told apart.
_EXACT, _LEAST, _MOST = -46 / 3, -14, 0.6

_MARKS: dict[str, dict[str, Any]] = {
    "closed": {"marker": "o", "facecolor": "#0b5fa5", "edgecolor": "#0b5fa5"},
    "iterative": {"marker": "o", "facecolor": "white", "edgecolor": "#0b5fa5"},
    "sampled": {"marker": "s", "facecolor": "white", "edgecolor": "#0b5fa5"},
    "printed": {"marker": "D", "facecolor": "white", "edgecolor": GREY},
    "loose": {"marker": "X", "facecolor": "#b5470b", "edgecolor": "#b5470b"},
}


def draw_comparisons(frame: pd.DataFrame) -> Figure | None:
    """Draw the largest relative error of every comparison, by room of the library.

    One mark a comparison, stacked where several share an error; the lines are the bars that errors
    of the marks of that kind may not pass.

    >>> from atopic.questions.validation.comparisons import comparisons
    >>> len(draw_comparisons(comparisons(["proportions"])).axes)
    1
    """
    if frame.empty:
        return None
    order = list(KINDS)
    frame = frame.assign(
        place=np.where(
            frame["error"] > 0,
            np.log10(np.maximum(frame["error"], 10.0**_LEAST)),
            _EXACT,
        ),
        rank=frame["kind"].map(order.index),
    ).sort_values("rank", kind="stable")
    rooms = list(dict.fromkeys(frame.sort_index()["room"]))
    # Three columns to a power of ten, as errors are rounded: neighbours do not touch.
    column = np.round(frame["place"] * 3) / 3
    frame = frame.assign(column=column, height=frame.groupby(["room", column]).cumcount())
    tall = {room: int(frame.loc[frame["room"].eq(room), "height"].max()) + 1 for room in rooms}
    height = sum(_DOT * tall[room] + _GAP for room in rooms)
    whole = _TOP + height + _BOTTOM
    width = _LEFT + _AXIS + _RIGHT
    with styled():
        figure = Drawing(figsize=(width, whole))
        axes = figure.add_axes((_LEFT / width, _BOTTOM / whole, _AXIS / width, height / whole))
        axes.set_xlim(_EXACT - 0.5, _MOST)
        axes.set_ylim(0, height)
        _bars(axes, frame, height)
        base = height
        for room in rooms:
            base -= _DOT * tall[room] + _GAP
            _room(axes, frame[frame["room"].eq(room)], room, base)
        axes.set_yticks([])
        axes.set_xticks([_EXACT, *range(_LEAST, 1, 2)])
        labels = ["exact", *(f"$10^{{{power}}}$" for power in range(_LEAST, 0, 2)), "1"]
        axes.set_xticklabels(labels, parse_math=True)
        axes.set_xlabel("Largest difference from the reference, relative to it", size=9)
        _key(axes, sorted(set(frame["kind"]), key=order.index), whole)
    return figure


def describe_comparisons(frame: pd.DataFrame) -> str:
    """Say what the chart of errors shows, for readers who cannot see it.

    >>> from atopic.questions.validation.comparisons import comparisons
    >>> describe_comparisons(comparisons(["proportions"]))[:68]
    'Largest relative differences of 7 comparisons of 2,290 values in all'
    """
    if frame.empty:
        return ""
    held = frame[frame["bar"].notna()]
    over = int((held["error"] > held["bar"]).sum())
    parts = [
        f"Largest relative differences of {len(frame)} comparisons of "
        f"{frame['values'].sum():,} values in all with other software and print, by room."
    ]
    if len(held):
        worst = held.iloc[int((held["error"] / held["bar"]).to_numpy().argmax())]
        passed = "none passes its bar" if not over else f"{over} pass their bar"
        parts.append(
            f"Of {len(held)} held to a bar {passed}; nearest to it is {worst['function']} "
            f"({worst['what']}), {power_text(worst['error'])} of {power_text(worst['bar'])} "
            "allowed."
        )
    for kind in ("printed", "loose"):
        count = int(frame["kind"].eq(kind).sum())
        if count:
            parts.append(f"{count}: {KINDS[kind]}.")
    rooms = [
        f"{room} {len(rows)}, {error_text(rows['error'].max())}"
        for room, rows in held.groupby("room", sort=False)
    ]
    return " ".join(parts) + (f" By room: {'; '.join(rooms)}." if rooms else "")


def _bars(axes: Axes, frame: pd.DataFrame, height: float) -> None:
    """Draw the bars as lines over all rooms, with what they are for above."""
    for kind, rows in frame[frame["bar"].notna()].groupby("kind"):
        place = np.log10(rows["bar"].iloc[0])
        axes.axvline(place, color=GREY, linewidth=1.0, linestyle=(0, (4, 2)), zorder=0)
        text = "bar for\n" + KINDS[str(kind)].replace(" and ", "\nand ")
        # The bars of the two largest kinds lie close: their words stand to either side.
        side = "right" if kind == "closed" else "left"
        shift = -0.08 if side == "right" else 0.08
        axes.text(place + shift, height + 0.04, text, size=8, color=GREY, ha=side, va="bottom")


def _room(axes: Axes, rows: pd.DataFrame, room: str, base: float) -> None:
    axes.axhline(base + _GAP / 4, color="#d9dde4", linewidth=0.8, zorder=0)
    for kind, same in rows.groupby("kind"):
        axes.scatter(
            same["column"],
            base + _GAP / 2 + _DOT * (same["height"] + 0.5),
            s=30 if kind != "printed" else 22,
            linewidth=1.0,
            zorder=2,
            clip_on=False,
            **_MARKS[str(kind)],
        )
    count = plural(len(rows), "comparison")
    right = axes.get_xlim()[1] + 0.15
    style: dict[str, Any] = {"size": 8.5, "va": "center"}
    middle = base + _GAP / 2 + _DOT / 2
    axes.text(axes.get_xlim()[0] - 0.15, middle, room, ha="right", color=INK, **style)
    axes.text(right, middle, f"{count}, {rows['values'].sum():,} values", color=GREY, **style)


def _key(axes: Axes, kinds: list[str], whole: float) -> None:
    """Write under the axis what each mark is."""
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=_MARKS[kind]["marker"],
            markersize=5.5,
            markerfacecolor=_MARKS[kind]["facecolor"],
            markeredgecolor=_MARKS[kind]["edgecolor"],
            label=KINDS[kind],
        )
        for kind in kinds
    ]
    axes.figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.01, 0.02 / whole),
        ncols=3,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.2,
        columnspacing=1.4,
    )
