"""The axis of a chart of estimates: its ticks and its label."""

from math import ceil, floor, log10

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from atopic.display.own_frame import Scale

_TICKS = 8


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
