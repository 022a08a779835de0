"""Forest plots and charts of rates, of a reader's own frame or of a pooled result."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from atopic.display.own_frame import (
    Row,
    Scale,
    ends_of_axis,
    rows_of_fit,
    rows_of_frame,
    summaries_of,
    texts_of,
)
from atopic.display.row_chart import RowChart, RowFigure, draw_interval, draw_mark, row_chart
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.display.value_axis import set_axis

_ROW, _AXIS, _TOP, _BOTTOM, _GAP = 0.27, 3.2, 0.46, 0.5, 0.22
#: Sides of the squares, in points.
_LARGEST, _SMALLEST = 9.0, 4.0
_HALF = 0.28
_BLUE = COLOURS["experimental"]


def forest(
    data: Any,
    estimate: str = "estimate",
    lower: str = "lower",
    upper: str = "upper",
    *,
    measure: str = "",
    study: str = "study",
    weight: str | None = None,
    left: Sequence[str] = (),
    right: Sequence[str] = (),
    frame: pd.DataFrame | None = None,
    pooled: Any = None,
    axis: tuple[float, float] | None = None,
    sides: tuple[str, str] = ("", ""),
) -> RowFigure:
    """Draw a forest plot.

    Parameters
    ----------
    data : DataFrame, or a result of pooling
        One row a study; or what `atopic.pooling.pool_contrasts` and the like return, of one
        meta-analysis, whose studies, weights, pooled effect and limits for a new study are drawn.
    estimate, lower, upper : str
        Columns of the estimate and its limits, on the scale that is read: ratios as ratios, risk
        differences and rates as shares. Limits may be infinite; blank ones are not drawn.
    measure : str
        ``RR``, ``OR``, ``HR``, ``IRR`` (on an axis of logarithms), ``RD``, ``MD``, ``SMD``,
        ``rate``, or any other name, which stands under the axis; that of a result by default.
    study : str
        Column of the names.
    weight : str, optional
        Column of weights, to which the areas of the squares are proportional.
    left, right : sequence of str
        More columns to be written on either side, under their own names.
    frame : DataFrame, optional
        With a result: where its rows have the columns of `left` and `right`, in the same order.
    pooled : optional
        What the studies pooled to: anything with ``estimate``, ``lower``, ``upper`` and, for a bar,
        ``prediction_lower`` and ``prediction_upper``, on the scale that is read; or a mapping of
        names to several.
    axis : pair of float, optional
        Ends of the axis, on the scale that is read. What lies beyond them ends in an arrow head.
    sides : pair of str
        What the left and the right of no effect mean.

    Returns
    -------
    RowFigure
        A figure of matplotlib, which shows itself at the end of a cell.

    Raises
    ------
    ValueError
        For a column that there is not, with those there are; for a cell that is no number, limits
        in the wrong order and what no such measure can be, by row and column.

    Examples
    --------
    >>> trials = pd.DataFrame(
    ...     {"Trial": ["A", "B"], "RR": [0.7, 1.4], "low": [0.4, 0.3], "high": [1.2, 90.0]}
    ... )
    >>> drawn = forest(trials, "RR", "low", "high", study="Trial", measure="RR", axis=(0.1, 10))
    >>> [tick.get_text() for tick in drawn.axes[0].get_xticklabels()]
    ['0.1', '0.2', '0.5', '1', '2', '5', '10']
    """
    own: Row | None = None
    if isinstance(data, pd.DataFrame):
        scale = Scale(measure or estimate)
        rows = rows_of_frame(data, (estimate, lower, upper), study, weight, scale)
        frame = data
    else:
        rows, scale, own = rows_of_fit(data)
        scale = Scale(measure) if measure else scale
    summaries = [*([own] if own else []), *summaries_of(pooled, scale)]
    columns = _columns(frame, (left, right), len(rows))
    return _chart(rows, summaries, scale, columns, axis, sides)


def rates(
    frame: pd.DataFrame,
    estimate: str = "estimate",
    lower: str = "lower",
    upper: str = "upper",
    *,
    study: str = "study",
    left: Sequence[str] = ("responders", "n"),
    right: Sequence[str] = (),
    pooled: Any = None,
) -> RowFigure:
    """Draw rates of single groups, hollow and from 0 to 100%: no comparison, and no line of one.

    Parameters
    ----------
    frame : DataFrame
        One row a group, as `atopic.proportions.tabulate` returns it.
    estimate, lower, upper : str
        Columns of the rate and its limits, as shares from 0 to 1.
    study, left, right, pooled : as in `forest`.

    Returns
    -------
    RowFigure
        A figure of matplotlib, which shows itself at the end of a cell.

    Raises
    ------
    ValueError
        As `forest`.

    Examples
    --------
    >>> from atopic import proportions
    >>> groups = pd.DataFrame({"Group": ["A", "B"], "Clear": [4, 6], "N": [5, 11]})
    >>> drawn = rates(proportions.tabulate(groups, "Clear", "N", study="Group"))
    >>> drawn.axes[0].get_xlim()
    (np.float64(0.0), np.float64(1.0))
    """
    scale = Scale("rate")
    rows = rows_of_frame(frame, (estimate, lower, upper), study, None, scale)
    columns = _columns(frame, (left, right), len(rows))
    return _chart(rows, summaries_of(pooled, scale), scale, columns, None, ("", ""))


Columns = list[tuple[str, list[str]]]


def _columns(
    frame: pd.DataFrame | None, names: tuple[Sequence[str], Sequence[str]], size: int
) -> tuple[Columns, Columns]:
    """Return the free columns of either side: their heads and their texts."""
    sides = [[one] if isinstance(one, str) else list(one) for one in names]
    if not any(sides):
        return [], []
    if frame is None:
        raise ValueError("left and right name columns: give the frame that has them as frame=")
    if len(frame) != size:
        raise ValueError(f"the frame has {len(frame)} rows; there are {size} studies")
    before, after = ([(name, texts_of(frame, name)) for name in one] for one in sides)
    return before, after


def _chart(
    rows: list[Row],
    summaries: list[Row],
    scale: Scale,
    columns: tuple[Columns, Columns],
    axis: tuple[float, float] | None,
    sides: tuple[str, str],
) -> RowFigure:
    if not rows:
        raise ValueError("there is no study to draw")
    total = sum(row.weight for row in rows)
    shares = [row.weight / total if total > 0 else float("nan") for row in rows]
    before, after = columns
    estimates = [scale.interval(row) for row in [*rows, *summaries]]
    after = [("Estimate (limits)", estimates), *after]
    if not all(map(isnan, shares)):
        after.insert(1, ("Weight", [f"{100 * share:.1f}%" for share in shares]))
    lines = [*rows, *summaries]
    new = [row for row in summaries if row.new]
    names = [row.name for row in lines] + ["New study"] * bool(new)
    left = max(1.12 * text_width(name) for name in names) + 0.3
    places = []
    for head, texts in reversed(before):
        wide = max(text_width(head, 8), *map(text_width, texts)) + _GAP
        places.append((wide, head, texts))
    right = [max(text_width(head, 8), *(1.12 * text_width(t) for t in texts)) + _GAP
             for head, texts in after]  # fmt: skip
    with styled():
        chart = row_chart(
            len(lines) + len(new), row=_ROW, left=left + sum(wide for wide, *_ in places),
            axis=_AXIS, right=sum(right), top=_TOP, bottom=_BOTTOM,
        )  # fmt: skip
        ends = _checked(axis, scale) if axis else ends_of_axis(lines, scale)
        set_axis(chart.axes, scale, ends)
        if scale.nothing is not None and ends[0] <= scale.nothing <= ends[1]:
            chart.axes.axvline(scale.nothing, color=INK, linewidth=1, zorder=1)
        largest = max(shares) if total > 0 else 0.0
        for y, (row, share) in enumerate(zip(rows, shares, strict=True)):
            _study(chart.axes, row, y, scale, ends, share / largest if largest else 0.4)
            chart.name(y, row.name, indent=0.05)
        y, heights = len(rows), list(range(len(rows)))
        for row in summaries:
            heights.append(y)
            y = _summary(chart, row, y, scale, ends)
        _write_columns(chart, places, after, right, heights)
        for inches, words, end in ((0.0, sides[0], "left"), (_AXIS, sides[1], "right")):
            if words:
                chart.heads(-0.95, (inches, words, end))
    return chart.figure


def _checked(axis: tuple[float, float], scale: Scale) -> tuple[float, float]:
    low, high = axis
    if not low < high or (scale.ratio and low <= 0):
        least = " and above 0" if scale.ratio else ""
        raise ValueError(f"axis must be two ends, the lower first{least}, not {axis}")
    return low, high


def _write_columns(
    chart: RowChart,
    before: list[tuple[float, str, list[str]]],
    after: Columns,
    widths: list[float],
    heights: list[int],
) -> None:
    """Write the free columns, those on the left ending and those on the right beginning alike."""
    at = -0.12
    for wide, head, texts in before:
        chart.heads(-0.95, (at, head, "right"))
        for y, words in zip(heights, texts, strict=False):
            if words:
                chart.write(at, y, words, color=GREY, size=8.5, ha="right")
        at -= wide
    at = 0.15
    for (head, texts), wide in zip(after, widths, strict=True):
        chart.heads(-0.95, (chart.axis + at, head, "left"))
        for y, words in zip(heights, texts, strict=False):
            if words:
                chart.beside(at, y, words)
        at += wide


def _study(
    axes: Axes, row: Row, y: float, scale: Scale, ends: tuple[float, float], share: float
) -> None:
    if isnan(row.estimate):
        return
    colour = INK if scale.measure != "rate" else _BLUE
    # Without limits the estimate itself may lie beyond the axis.
    reach = (row.estimate, row.estimate) if isnan(row.lower) else (row.lower, row.upper)
    _limits(axes, reach, y, ends, colour, 1.3)
    if not ends[0] <= row.estimate <= ends[1]:
        return
    if scale.measure == "rate":
        draw_mark(axes, row.estimate, y, _BLUE, filled=False)
        return
    side = max(_SMALLEST, _LARGEST * share**0.5)
    draw_mark(axes, row.estimate, y, _BLUE, filled=True, marker="s", size=side, edge=0)


def _limits(
    axes: Axes,
    limits: tuple[float, float],
    y: float,
    ends: tuple[float, float],
    colour: str,
    width: float,
) -> None:
    """Draw an interval as far as the axis goes, with an arrow head where it goes on."""
    low, high = limits
    if isnan(low) or isnan(high):
        return
    shown = (min(max(low, ends[0]), ends[1]), max(min(high, ends[1]), ends[0]))
    draw_interval(axes, shown, (y, y), colour, width)
    for beyond, marker, end in ((low < ends[0], "<", ends[0]), (high > ends[1], ">", ends[1])):
        if beyond:
            axes.plot(
                [end], [y], marker=marker, markersize=5, color=colour, clip_on=False, zorder=3
            )


def _summary(chart: RowChart, row: Row, y: int, scale: Scale, ends: tuple[float, float]) -> int:
    """Draw a diamond from limit to limit and, under it, the bar for a new study."""
    axes = chart.axes
    chart.name(y, row.name, indent=0.05, weight="bold")
    if not isnan(row.estimate):
        low, high, middle = max(row.lower, ends[0]), min(row.upper, ends[1]), row.estimate
        if ends[0] <= middle <= ends[1]:  # a diamond cut at its middle would be none
            axes.fill(
                [low, middle, high, middle], [y, y - _HALF, y, y + _HALF], color=INK, linewidth=0,
                zorder=3,
            )  # fmt: skip
        _limits(axes, (row.lower, row.upper), y, ends, INK, 0.8)
    if row.new is None:
        return y + 1
    _limits(axes, row.new, y + 1, ends, GREY, 4)
    chart.name(y + 1, "New study", indent=0.17, color=GREY)
    low, high = row.new
    chart.beside(0.15, y + 1, f"{scale.text(low)} to {scale.text(high)}", color=GREY)
    return y + 2
