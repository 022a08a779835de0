"""The chart of the comparisons with other software."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.figures import Drawing
from atopic.display.numbers import plural
from atopic.display.row_chart import Key, draw_legend, narrow_key
from atopic.display.style import GREY, INK, NARROW, styled
from atopic.display.two_forms import drawn_in_two_forms
from atopic.questions.validation.comparisons import KINDS
from atopic.questions.validation.table import error_text, power_text

# Inches.
_DOT, _GAP, _LEFT, _AXIS, _RIGHT, _TOP, _BOTTOM = 0.105, 0.16, 1.15, 6.4, 2.15, 0.62, 0.95
#: On a phone: the axis alone across, words of a bar above, a line of words, ticks and label.
_INSET, _WORDS, _LINE, _TICKS = 0.12, 0.44, 0.2, 0.5
#: Where exact equality stands, left of the smallest error that is told apart.
_EXACT, _LEAST, _MOST = -46 / 3, -14, 0.6

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_MARKS: dict[str, dict[str, Any]] = {
    "closed": {"marker": "o", "facecolor": "#0b5fa5", "edgecolor": "#0b5fa5"},
    "iterative": {"marker": "^", "facecolor": "#0b5fa5", "edgecolor": "#0b5fa5"},
    "sampled": {"marker": "p", "facecolor": "#0b5fa5", "edgecolor": "#0b5fa5"},
    "printed": {"marker": "*", "facecolor": GREY, "edgecolor": GREY},
    "loose": {"marker": "X", "facecolor": "#b5470b", "edgecolor": "#b5470b"},
}


@drawn_in_two_forms
def draw_comparisons(frame: pd.DataFrame, *, narrow: bool = False) -> Figure | None:
    """Draw the largest relative error of every comparison, by room of the library.

    One mark a comparison, stacked where several share an error; the lines are the bars that errors
    of the marks of that kind may not pass. With `narrow`, for a phone, what is written beside a
    room stands over it.

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
    # Columns to a power of ten, as errors are rounded: neighbours do not touch.
    parts = 2 if narrow else 3
    column = np.round(frame["place"] * parts) / parts
    frame = frame.assign(column=column, height=frame.groupby(["room", column]).cumcount())
    tall = {room: int(frame.loc[frame["room"].eq(room), "height"].max()) + 1 for room in rooms}
    over = _LINE if narrow else 0.0
    height = sum(_DOT * tall[room] + _GAP + over for room in rooms)
    entries = _key(sorted(set(frame["kind"]), key=order.index))
    width, left, axis, top, bottom = _LEFT + _AXIS + _RIGHT, _LEFT, _AXIS, _TOP, _BOTTOM
    if narrow:
        entries, below = narrow_key(entries)
        width, left, axis, bottom = NARROW, _INSET, NARROW - 2 * _INSET, _TICKS + below
        top = _WORDS * frame.loc[frame["bar"].notna(), "kind"].nunique() + 0.08
    whole = top + height + bottom
    with styled():
        figure = Drawing(figsize=(width, whole))
        axes = figure.add_axes((left / width, bottom / whole, axis / width, height / whole))
        axes.set_xlim(_EXACT - 0.5, _MOST)
        axes.set_ylim(0, height)
        _bars(axes, frame, height, over=_WORDS if narrow else 0.0)
        base = height
        for room in rooms:
            base -= _DOT * tall[room] + _GAP + over
            _room(axes, frame[frame["room"].eq(room)], room, base, tall[room] if narrow else 0)
        axes.set_yticks([])
        powers = range(-12, 0, 4) if narrow else range(_LEAST, 0, 2)
        labels = [f"10{str(power).translate(_RAISED)}" for power in powers]
        axes.set_xticks([_EXACT, *powers, 0], ["exact", *labels, "1"])
        words = "Largest difference from the reference, relative to it"
        axes.set_xlabel(words, size=8 if narrow else 9)
        if narrow:
            draw_legend(figure, entries)
        else:
            draw_legend(figure, entries, columns=3, pad=0.5)
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


def _bars(axes: Axes, frame: pd.DataFrame, height: float, *, over: float) -> None:
    """Draw the bars as lines over all rooms, with what they are for above, `over` one another."""
    held = frame[frame["bar"].notna()].sort_values("bar", kind="stable")
    for number, (kind, rows) in enumerate(held.groupby("kind", sort=False)):
        place = np.log10(rows["bar"].iloc[0])
        y = height + over * number
        style: dict[str, Any] = {"color": GREY, "linewidth": 1.0}
        axes.plot([place, place], [0, y + over], clip_on=False, zorder=0, **style)
        text = "bar for\n" + KINDS[str(kind)].replace(" and ", "\nand ")
        # The bars of the two largest kinds lie close: their words stand to either side.
        side = "right" if kind == "closed" or over else "left"
        shift = -0.08 if side == "right" else 0.08
        axes.text(place + shift, y + 0.04, text, size=8, color=GREY, ha=side, va="bottom")


def _room(axes: Axes, rows: pd.DataFrame, room: str, base: float, tall: int) -> None:
    """Draw the marks of a room, with its words beside them or over so many marks."""
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
    if tall:
        y = base + _GAP + _DOT * tall + _LINE / 2
        words = f"{room}: {count}, {rows['values'].sum():,} values"
        bare = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        axes.text(axes.get_xlim()[0], y, words, color=INK, bbox=bare, **style)
        return
    middle = base + _GAP / 2 + _DOT / 2
    axes.text(axes.get_xlim()[0] - 0.15, middle, room, ha="right", color=INK, **style)
    axes.text(right, middle, f"{count}, {rows['values'].sum():,} values", color=GREY, **style)


def _key(kinds: list[str]) -> Key:
    """Return what each mark is."""
    return [
        (
            Line2D(
                [],
                [],
                linestyle="none",
                marker=_MARKS[kind]["marker"],
                markersize=5.5,
                markerfacecolor=_MARKS[kind]["facecolor"],
                markeredgecolor=_MARKS[kind]["edgecolor"],
            ),
            KINDS[kind],
        )
        for kind in kinds
    ]
