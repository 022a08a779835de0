"""The axis of a chart of estimates: its ends, its ticks, and what lies beyond it."""

from collections.abc import Iterable
from math import ceil, floor, isfinite, log10

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from atopic.display.own_frame import Row, Scale

__all__ = ["ends_of_axis", "ratio_ticks", "set_axis"]

#: How far limits may reach beyond the estimates before they are cut: a factor, or widths of them.
_FACTOR, _WIDTHS = 10.0, 2.0
_TICKS = 8


def ends_of_axis(rows: Iterable[Row], scale: Scale) -> tuple[float, float]:
    """Return the ends of an axis that holds all estimates and no value of no effect left out.

    Limits far beyond all estimates do not stretch it.

    >>> rows = [Row("A", 0.5, 0.2, 1.2), Row("B", 0.8, 0.001, 640.0)]
    >>> [round(end, 3) for end in ends_of_axis(rows, Scale("RR"))]
    [0.04, 12.361]
    """
    rows = list(rows)
    points = [row.estimate for row in rows if isfinite(row.estimate)]
    points = [point for point in points if point > 0 or not scale.ratio]
    limits = [end for row in rows for end in row.ends if isfinite(end)]
    if scale.measure == "rate":
        return 0.0, 1.0
    nothing = scale.nothing or 0.0
    low, high = min([nothing, *points]), max([nothing, *points])
    if scale.ratio:
        least = max(min([low, *(end for end in limits if end > 0)]), low / _FACTOR)
        most = min(max([high, *limits]), high * _FACTOR)
        room = (most / least) ** 0.04 if most > least else 1.5
        return least / room, most * room
    halves = sorted((row.upper - row.lower) / 2 for row in rows if isfinite(row.upper - row.lower))
    reach = max(high - low, halves[len(halves) // 2] if halves else 0.0) * _WIDTHS
    least, most = max(min([low, *limits]), low - reach), min(max([high, *limits]), high + reach)
    room = 0.04 * (most - least) or 1.0
    return least - room, most + room


def ratio_ticks(low: float, high: float) -> list[float]:
    """Return ticks of an axis of ratios: 1, 2 and 5 times powers of ten, or fewer.

    >>> ratio_ticks(0.09, 11)
    [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
    >>> ratio_ticks(0.0004, 300)
    [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]
    >>> ratio_ticks(0.8, 1.3)
    [0.8, 0.9, 1.0, 1.1, 1.2, 1.3]
    """
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in ((1, 2, 5), (1,)):
        ticks = [float(f"{step}e{power}") for power in powers for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= _TICKS:
            break
    ticks = ticks[:: ceil(len(ticks) / _TICKS)] if len(ticks) > _TICKS else ticks
    if len(ticks) >= 3:
        return ticks
    between = [round(float(tick), 10) for tick in MaxNLocator(6).tick_values(low, high)]
    return [tick for tick in between if 0 < low <= tick <= high]


def set_axis(axes: Axes, scale: Scale, ends: tuple[float, float]) -> None:
    """Give an axis its ends, its ticks and its label."""
    low, high = ends
    if scale.ratio:
        axes.set_xscale("log")
        ticks = ratio_ticks(low, high)
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        places = MaxNLocator(6).tick_values(low * scale.factor, high * scale.factor)
        ticks = [place for place in map(float, places) if low <= place / scale.factor <= high]
        axes.xaxis.set_major_locator(FixedLocator([tick / scale.factor for tick in ticks]))
        labels = [f"{round(tick, 10) + 0.0:g}".replace("-", "\N{MINUS SIGN}") for tick in ticks]
        axes.xaxis.set_major_formatter(FixedFormatter(labels))
    axes.set_xlim(low, high)
    axes.set_xlabel(scale.label)
