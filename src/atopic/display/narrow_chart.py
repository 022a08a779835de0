"""A chart of rows set again for a phone: the words of a row above its mark, the axis as wide as it.

One layout for every chart that `atopic.display.row_chart` made, from what it remembers of the
words; marks, bars and lines are those of the wide chart and only move with their rows.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.text import Text

from atopic.display.row_chart import RowChart, RowFigure, Written, draw_legend, narrow_key
from atopic.display.style import NARROW, styled, text_width, wrapped

# Inches.
_LEFT, _RIGHT = 0.2, 0.2
_ROOM = NARROW - 0.06
#: Of a line of text, of the marks of a row, between rows, of ticks.
_LINE, _MARK, _BETWEEN, _TICKS = 0.165, 0.26, 0.09, 0.26
#: How much of a row, on either side of its middle, its marks may fill.
_REACH = 0.36
#: Between texts, and from a sign to its words.
_GAP, _SIGN = 0.12, 0.3


@contextmanager
def set_narrow(figure: RowFigure) -> Iterator[None]:
    """Set a chart of rows for a phone, for as long as the context lasts.

    Names stand above the marks of their row, then what stood beside the axis; a heading keeps its
    lines, the heads of the columns are one line, and the key has one column.

    Examples
    --------
    >>> from atopic.display.row_chart import row_chart
    >>> chart = row_chart(2, row=0.3, left=2, axis=3, right=2, top=0.4, bottom=0.6)
    >>> chart.name(0, "First")
    >>> with set_narrow(chart.figure):
    ...     print(float(chart.figure.get_figwidth()))
    3.3
    >>> float(chart.figure.get_figwidth())
    7.0
    """
    size, legends = figure.get_size_inches(), list(figure.legends)
    panels = [_Panel(chart) for chart in figure.charts]
    with styled():
        _draw(figure, panels)
    try:
        yield
    finally:
        with styled():
            for legend in [one for one in figure.legends if one not in legends]:
                legend.remove()
            for legend in legends:
                legend.set_visible(True)
            for panel in panels:
                panel.undo()
            figure.set_size_inches(*size)


def _draw(figure: RowFigure, panels: "list[_Panel]") -> None:
    """Set the panels one below the other, and the key under them."""
    key, below = narrow_key(figure.key)
    height = top = sum(panel.height for panel in panels) + below
    figure.set_size_inches(NARROW, height)
    for panel in panels:
        panel.place(top, height)
        top -= panel.height
    for legend in figure.legends:
        legend.set_visible(False)
    draw_legend(figure, key)


class _Panel:
    """One axis of rows: where each text goes, in inches from its top, and where each row lies."""

    def __init__(self, chart: RowChart) -> None:
        self._chart = chart
        axes = chart.axes
        self._before = axes.get_position(), axes.get_ylim(), axes.get_xlabel()
        self._wide = [
            (one.text, one.text.get_transform(), one.text.get_position(), one.text.get_text(),
             one.text.get_horizontalalignment())
            for one in chart.written
        ]  # fmt: skip
        self._signs = [
            (line, line.get_transform(), line.get_data()) for one in chart.written
            for line in one.sign
        ]  # fmt: skip
        self._spans: list[Any] = []
        self._texts: list[tuple[Text, float, float]] = []
        self._signed: list[tuple[Line2D, float, float]] = []
        self._worded: list[tuple[float, float]] = []
        down = self._above(0.02)
        self._start = down
        self._knots: list[tuple[float, float]] = [(-0.5, down)]
        marked = _marked(chart.axes, {line for line, *_ in self._signs})
        for row in range(chart.rows):
            down = self._row(row, down, row in marked)
        self._end = down
        label = wrapped(chart.axes.get_xlabel(), _ROOM, 9)
        chart.axes.set_xlabel(label)
        down += _TICKS if len(chart.axes.get_xticks()) else 0.04
        down += 0.17 * (1 + label.count("\n")) if label else 0
        for one in chart.written:
            if one.y > chart.rows - 0.5:
                down = self._flow([one], down + 0.03)
        self.height = down + 0.1

    def place(self, top: float, height: float) -> None:
        """Place the axis and its texts so many inches above the lower edge of the figure."""
        axes = self._chart.axes
        width = NARROW - _LEFT - _RIGHT
        axes.set_position(
            (_LEFT / NARROW, (top - self._end) / height,
             width / NARROW, (self._end - self._start) / height)
        )  # fmt: skip
        rows, downs = np.array(self._knots, dtype=float).T
        axes.set_yscale(
            "function",
            functions=(lambda y: _along(y, rows, downs), lambda y: _along(y, downs, rows)),
        )
        axes.set_yticks([])
        axes.set_ylim(self._chart.rows - 0.5, -0.5)
        for low, high in self._worded:
            # Neither the grid nor a line through all rows crosses the words.
            span = Rectangle(
                (0, low), 1, high - low, transform=axes.get_yaxis_transform(), color="white",
                linewidth=0, zorder=2.4,
            )  # fmt: skip
            self._spans.append(axes.add_artist(span))
        for text, inches, down in self._texts:
            text.set_transform(axes.figure.dpi_scale_trans)
            text.set_position((inches, top - down))
        for line, inches, down in self._signed:
            line.set_transform(axes.figure.dpi_scale_trans)
            line.set_data([inches], [top - down])

    def undo(self) -> None:
        """Set the axis and its texts as they were."""
        axes = self._chart.axes
        place, ends, label = self._before
        for span in self._spans:
            span.remove()
        axes.set_yscale("linear")
        axes.set_yticks([])
        axes.set_ylim(ends)
        axes.set_position(place)
        axes.set_xlabel(label)
        for text, transform, position, words, side in self._wide:
            text.set(transform=transform, position=position, text=words, ha=side)
        for line, transform, data in self._signs:
            line.set_transform(transform)
            line.set_data(*data)

    def _above(self, down: float) -> float:
        """Set the title and the heads of the columns; what stands over the axis stays there."""
        chart = self._chart
        over = [one for one in chart.written if one.y < -0.5]
        titles = [one for one in over if one.part == "group"]
        inside = [one for one in over if one not in titles and self._is_inside(one)]
        down = self._flow(titles, down)
        down = self._flow([one for one in over if one not in [*titles, *inside]], down, " ")
        if not inside:
            return down + 0.04
        # Heads that would meet stand by turns on a higher line.
        crowded = any(
            _widest(one) + _widest(after)
            > 1.9 * (self._along_axis(after) - self._along_axis(one))
            for one, after in pairwise(inside)
        )  # fmt: skip
        for line in (inside[1::2], inside[::2]) if crowded else (inside,):
            tall = _LINE * (max(one.text.get_text().count("\n") for one in line) + 1)
            for one in line:
                self._texts.append((one.text, self._along_axis(one), down + 0.5 * tall))
            down += tall
        return down + 0.05

    def _row(self, row: int, down: float, marked: bool) -> float:
        """Set the texts of a row, then the place of its marks; return where it ends."""
        written = [one for one in self._chart.written if round(one.y) == row and one.y >= -0.5]
        grouped = any(one.part == "group" for one in written)
        inside = [one for one in written if self._is_inside(one) and self._fits(one)]
        inside = inside if marked or not grouped else []
        others = [one for one in written if one not in inside]
        before = [one for one in others if one.inches < self._chart.axis]
        after = [one for one in others if one.inches >= self._chart.axis]
        down += 1.6 * _BETWEEN if grouped else _BETWEEN
        before.sort(key=lambda one: (one.part != "group", round(one.y, 2)))
        after.sort(key=lambda one: (round(one.y, 2), one.inches))
        down = self._flow(before, down, " ")
        down = self._flow(after, down, "\N{MIDDLE DOT}")
        middle = down + 0.5 * _MARK
        if marked or inside:
            for one in inside:
                self._texts.append((one.text, self._along_axis(one), middle))
            down += _MARK
            self._knots += [(row - _REACH, middle - 0.5 * _MARK), (row + _REACH, down)]
            self._worded.append((row - 0.5, row - _REACH))
        else:
            self._worded.append((row - 0.5, row + 0.5))
        self._knots.append((row + 0.5, down + 0.01))
        return down + 0.01

    def _flow(self, written: Iterable[Written], down: float, between: str = "") -> float:
        """Set texts one beside the other, on as many lines as they need; return where they end."""
        at, begun = 0.03, False
        for one in written:
            text = one.text
            text.set_horizontalalignment("left")
            words = one.alone or text.get_text()
            words = words.replace("-\n", "-").replace("\n", " ").strip()
            size = float(text.get_fontsize())
            bold = 1.12 if text.get_fontweight() == "bold" else 1.0
            if begun and between.strip():
                words = f"{between} {words}"
            sign = _SIGN if one.sign else 0.0
            wide = sign + bold * text_width(words, size)
            if begun and at + wide > _ROOM:
                down, at = down + _LINE, 0.03
            self._signed += [(line, at + 0.5 * sign, down + 0.5 * _LINE) for line in one.sign]
            at, wide = at + sign, wide - sign
            words = wrapped(words, (_ROOM - at) / bold, size)
            text.set_text(words)
            lines = words.count("\n")
            self._texts.append((text, at, down + 0.5 * _LINE * (1 + lines)))
            down += lines * _LINE
            at += wide + _GAP
            begun = True
        return down + _LINE if begun else down

    def _is_inside(self, one: Written) -> bool:
        return one.part != "group" and -0.05 <= one.inches <= self._chart.axis

    def _fits(self, one: Written) -> bool:
        wide = text_width(one.text.get_text(), float(one.text.get_fontsize()))
        wide = 0 if one.text.get_horizontalalignment() == "right" else wide
        return self._along_axis(one) + wide <= _ROOM

    def _along_axis(self, one: Written) -> float:
        return _LEFT + one.inches / self._chart.axis * (NARROW - _LEFT - _RIGHT)


def _along(values: Any, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return values carried from one ladder to another, beyond both ends by the last step."""
    values = np.asarray(values, dtype=float)
    found = np.interp(values, before, after)
    low, high = values < before[0], values > before[-1]
    found = np.where(low, after[0] + values - before[0], found)
    return np.asarray(np.where(high, after[-1] + values - before[-1], found))


def _marked(axes: Axes, signs: set[Line2D]) -> set[int]:
    """Return the rows in which something is drawn, signs beside words left out."""
    spans = [
        (float(np.min(ys)), float(np.max(ys)))
        for ys in (
            np.asarray(line.get_ydata(orig=True), dtype=float)
            for line in axes.lines
            if line not in signs
        )
        if ys.size
    ]
    for patch in axes.patches:
        if isinstance(patch, Polygon):
            heights = np.asarray(patch.get_xy(), dtype=float)[:, 1]
            spans.append((float(heights.min()), float(heights.max())))
        else:
            spans.append((patch.get_y(), patch.get_y() + patch.get_height()))  # type: ignore[attr-defined]
    # A line between two rows parts them and marks neither.
    middles = [(low + high) / 2 for low, high in spans if abs(high - low) < 1]
    return {round(middle) for middle in middles if abs(middle - round(middle)) < 0.45}


def _widest(one: Written) -> float:
    """Return how many inches the longest line of a text is wide."""
    return max(text_width(line, float(one.text.get_fontsize()))
               for line in one.text.get_text().split("\n"))  # fmt: skip
