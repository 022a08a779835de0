"""The frame of every chart of rows: an axis in inches, names to its left, texts to its right.

To draw one, open `styled`, call `row_chart` with the number of rows, and go through the rows:
``chart.name(y, ...)`` at the left edge, marks on ``chart.axes``, ``chart.beside(inches, y, ...)``
to the right, ``chart.heads(...)`` over the columns, and `draw_key` under it all. What was written
is remembered, so that `atopic.display.narrow_chart` can set it again for a phone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from atopic.display.alphabet import DOTTED, PERCENT
from atopic.display.figures import Drawing
from atopic.display.style import GREY, INK, NARROW, wrapped, write_beside

#: Colour of lines that only guide the eye.
GRID = "#e4e7ec"

#: Inches that ticks and the label of an axis take below it, and a line of the key.
_LABELS, _ENTRY, _KEY_BOTTOM = 0.52, 0.19, 0.02
#: On a phone: an entry of the key, a further line of it, and the sample beside the words.
_NARROW_ENTRY, _NARROW_LINE, _SAMPLE = 0.175, 0.13, 0.62

#: The entries of a key: a mark, and what it means.
Key = list[tuple[Artist, str]]


@dataclass(frozen=True)
class Written:
    """One text of a chart: its row (less than zero above them), where it begins or ends, its part.

    ``inches`` are from the left end of the axis; ``part`` is ``group``, ``head`` or empty; ``sign``
    are marks that go with it, and ``alone`` what it says where no head stands over it.
    """

    text: Text
    y: float
    inches: float
    part: str = ""
    sign: tuple[Line2D, ...] = ()
    alone: str = ""


class RowFigure(Drawing):
    """A figure that knows its axes of rows and its key; sizes in inches.

    So it can be set again for a phone: nothing of it stands outside the axes but what the methods
    of `RowChart` wrote.
    """

    def __init__(self, width: float, height: float) -> None:
        super().__init__(figsize=(width, height))
        self.charts: list[RowChart] = []
        self.key: Key = []


@dataclass(frozen=True)
class RowChart:
    """An axis of rows and what is written around it; row 0 is the uppermost.

    Attributes
    ----------
    figure, axes
        Of matplotlib.
    left, axis : float
        Inches from the edge of the figure to the axis, and of the axis itself.
    rows : int
    written : list of Written
        Every text that the methods wrote.
    """

    figure: RowFigure
    axes: Axes
    left: float
    axis: float
    rows: int
    written: list[Written] = field(default_factory=list)

    def write(
        self,
        inches: float,
        y: float,
        words: str,
        *,
        part: str = "",
        sign: tuple[Line2D, ...] = (),
        alone: str = "",
        **style: Any,
    ) -> None:
        """Write in row y, so many inches from the left end of the axis."""
        text = write_beside(self.axes, inches, y, words, width=self.axis, **style)
        self.written.append(Written(text, y, inches, part, sign, alone))

    def name(self, y: float, words: str, *, indent: float = 0.12, **style: Any) -> None:
        """Write in row y from the left edge of the figure."""
        self.write(indent - self.left, y, words, **style)

    def detail(self, y: float, words: str) -> None:
        """Write in grey what ends before the axis: the arm, the counts."""
        self.write(-0.1, y, words, color=GREY, size=8, ha="right")

    def beside(self, inches: float, y: float, words: str, **style: Any) -> None:
        """Write in row y, so many inches right of the axis."""
        self.write(self.axis + inches, y, words, **style)

    def group(self, y: float, words: str, *, indent: float = 0.0, **style: Any) -> None:
        """Write what stands over a group of rows."""
        style = {"weight": "bold", "size": 8.8, **style}
        self.name(y, words, indent=indent, part="group", **style)

    def heads(self, y: float, *heads: tuple[float, str, str], size: float = 8) -> None:
        """Write the heads of columns: inches from the left end of the axis, words, side."""
        for inches, words, side in heads:
            self.write(inches, y, words, ha=side, color=GREY, size=size, part="head")


def row_chart(
    rows: int,
    *,
    row: float,
    left: float,
    axis: float,
    right: float,
    top: float,
    bottom: float,
    grid: bool = True,
) -> RowChart:
    """Return a figure with one axis of rows; sizes in inches, of one `row` and around the axis."""
    figure = RowFigure(left + axis + right, top + row * rows + bottom)
    return add_rows(figure, rows, row=row, left=left, axis=axis, bottom=bottom, grid=grid)


def add_rows(
    figure: RowFigure,
    rows: int,
    *,
    row: float,
    left: float,
    axis: float,
    bottom: float,
    grid: bool = True,
) -> RowChart:
    """Add an axis of rows to a figure; sizes in inches, as for `row_chart`."""
    width, height = figure.get_size_inches()
    place = (left / width, bottom / height, axis / width, row * rows / height)
    axes = figure.add_axes(place)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=3)
    if grid:
        axes.set_axisbelow(True)
        axes.grid(axis="x", color=GRID, linewidth=0.8)
    chart = RowChart(figure, axes, left, axis, rows)
    figure.charts.append(chart)
    return chart


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure to draw on in inches, y downwards."""
    figure = Drawing(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    return figure, axes


def end_canvas(figure: Figure, axes: Axes, height: float) -> None:
    """Make a canvas so many inches high, once it is known how far down its content reaches."""
    figure.set_size_inches(figure.get_size_inches()[0], height)
    axes.set_ylim(height, 0)


def draw_interval(
    axes: Axes,
    xs: tuple[float, float],
    ys: tuple[float, float],
    colour: str,
    width: float = 1.6,
    **style: Any,
) -> None:
    """Draw an interval as a line with blunt ends."""
    axes.plot(xs, ys, color=colour, linewidth=width, solid_capstyle="butt", **style)


def draw_mark(
    axes: Axes,
    x: float,
    y: float,
    colour: str,
    *,
    filled: bool,
    marker: str = "o",
    size: float = 6,
    edge: float = 1.4,
    **style: Any,
) -> None:
    """Draw the mark of an estimate: filled if controlled, hollow if not."""
    face = colour if filled else "white"
    axes.plot(
        [x], [y], marker=marker, markersize=size, markerfacecolor=face, markeredgecolor=colour,
        markeredgewidth=edge, **{"zorder": 3, **style},
    )  # fmt: skip


def draw_ring(axes: Axes, x: float, y: float, colour: str, *, size: float, **style: Any) -> None:
    """Draw the ring around the mark of a number that was derived."""
    axes.plot(
        [x], [y], marker="o", markersize=size, markerfacecolor="none", markeredgecolor=colour,
        markeredgewidth=0.8, **{"zorder": 3, **style},
    )  # fmt: skip


def draw_key(
    figure: Figure,
    entries: Iterable[tuple[Artist, str]],
    *,
    columns: int = 3,
) -> None:
    """Write the key at the lower left of a figure.

    Below a chart of rows there is then as much room as its labels and its key take.
    """
    entries = list(entries)
    if isinstance(figure, RowFigure):
        figure.key = entries
        _fit_below(figure, _KEY_BOTTOM + _ENTRY * -(-len(entries) // columns))
    draw_legend(figure, entries, columns=columns, pad=0.2)


def narrow_key(entries: Iterable[tuple[Artist, str]]) -> tuple[Key, float]:
    """Return a key as a phone shows it, in one column, and how many inches high that is."""
    key = [(mark, wrapped(words, NARROW - _SAMPLE)) for mark, words in entries]
    high = sum(_NARROW_ENTRY + _NARROW_LINE * words.count("\n") for _, words in key)
    return key, high + (0.06 if key else 0)


def draw_legend(
    figure: Figure,
    key: Key,
    *,
    columns: int = 1,
    bottom: float = _KEY_BOTTOM,
    length: float = 1.6,
    pad: float = 0.0,
) -> None:
    """Write a key at the lower left, so many inches above the edge, and change nothing else."""
    if key:
        marks, words = zip(*key, strict=True)
        figure.legend(
            marks, words, loc="lower left", ncols=columns, frameon=False, fontsize=8,
            bbox_to_anchor=(0.0, bottom / figure.get_size_inches()[1]), handlelength=length,
            columnspacing=1.4, labelcolor=GREY, borderaxespad=pad,
        )  # fmt: skip


def _fit_below(figure: RowFigure, key: float) -> None:
    """Move the lower edge of a figure to where its labels and a key so many inches high end."""
    wide, high = figure.get_size_inches()
    places = [axes.get_position() for axes in figure.axes]
    extra = min(place.y0 for place in places) * high - _LABELS - key
    for axes, place in zip(figure.axes, places, strict=True):
        lower, height = place.y0 * high - extra, place.height * high
        axes.set_position((place.x0, lower / (high - extra), place.width, height / (high - extra)))
    figure.set_size_inches(wide, high - extra)


def key_mark(marker: str, *, filled: bool = False, size: float = 6, edge: float = 1.4) -> Line2D:
    """Return a mark for the key of a chart, hollow unless it is to be filled."""
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=size,
        markerfacecolor=INK if filled else "none", markeredgecolor=INK, markeredgewidth=edge,
    )  # fmt: skip


def basis_key(bases: Collection[str], dotted: str = "dotted: over all counts that fit") -> Key:
    """Return what a key says of counts that were derived, and of percentages without one."""
    entries: Key = []
    if "derived" in bases or "ambiguous" in bases:
        entries.append((key_mark("o", size=10, edge=0.8), "ring: count derived from a percentage"))
    if "ambiguous" in bases:
        entries.append((Line2D([], [], color=INK, linewidth=1.2, linestyle=DOTTED), dotted))
    if "percent-only" in bases:
        entries.append((key_mark(PERCENT, size=6.2), "cross: percentage without a count"))
    return entries
