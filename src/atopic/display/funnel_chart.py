"""Funnel plots: effects of studies against their standard errors."""

from collections.abc import Sequence
from math import exp, isfinite, log
from statistics import NormalDist
from typing import Any

import pandas as pd
from matplotlib.ticker import FixedFormatter, FixedLocator

from atopic.display.figures import Drawing
from atopic.display.own_frame import Scale, numbers_of
from atopic.display.style import COLOURS, GREY, INK, styled
from atopic.display.value_axis import ratio_ticks, set_axis

#: Sterne et al. (2011), BMJ 343:d4002, recommendation 1.
_FEWEST = 10
_SHADES = ("#eef1f5", "#dfe5ec", "#ced7e2")


def funnel(
    data: Any,
    effect: str = "effect",
    se: str = "se",
    *,
    centre: float | None = None,
    levels: Sequence[float] = (0.95,),
    measure: str = "effect",
) -> Drawing:
    """Draw a funnel plot: precise studies above, and where they would lie by chance alone.

    Parameters
    ----------
    data : DataFrame, or what `atopic.pooling.funnel` returns
        One row a study; at least ten.
    effect, se : str
        Columns of the effects, of ratios their logarithms, and of their standard errors.
    centre : float, optional
        Where the funnel stands, in the unit of the effects; by default the mean by inverse variance
        or, of a funnel, its own.
    levels : sequence of float
        Shares of studies that the shaded regions hold.
    measure : str
        As in `atopic.display.forest`; the axis of a ratio is labelled in ratios.

    Returns
    -------
    Drawing
        A figure of matplotlib, which shows itself at the end of a cell.

    Raises
    ------
    ValueError
        For a column that there is not, a standard error that is not above 0, or fewer than ten
        studies: with so few, a funnel cannot tell an asymmetry from chance.

    References
    ----------
    Sterne and Egger (2001), Journal of Clinical Epidemiology 54:1046-1055.

    Examples
    --------
    >>> studies = pd.DataFrame({"effect": [0.1 * i for i in range(10)], "se": [0.2, 0.4] * 5})
    >>> drawn = funnel(studies, measure="RR")
    >>> drawn.axes[0].get_ylabel()
    'Standard error'
    """
    points = data if isinstance(data, pd.DataFrame) else getattr(data, "points", None)
    if points is None:
        raise ValueError(
            f"this needs a frame, or what pooling.funnel returns, not {type(data).__name__}"
        )
    x, y = numbers_of(points, effect), numbers_of(points, se)
    for label, place, error in zip(points.index, x, y, strict=True):
        if not isfinite(place):
            raise ValueError(f"row {label}, column {effect!r}: {place} is not a finite number")
        if not (isfinite(error) and error > 0):
            raise ValueError(f"row {label}, column {se!r}: {error:g} must be above 0")
    if len(x) < _FEWEST:
        raise ValueError(f"a funnel plot needs at least {_FEWEST} studies, not {len(x)}")
    if centre is None:
        centre = None if points is data else data.centre
    if centre is None:
        centre = sum(a / b**2 for a, b in zip(x, y, strict=True)) / sum(b**-2 for b in y)
    return _draw(x, y, float(centre), sorted(levels, reverse=True), Scale(measure))


def _draw(
    x: list[float], y: list[float], centre: float, levels: list[float], scale: Scale
) -> Drawing:
    deep = 1.08 * max(y)
    widths = []
    for level in levels:
        if not 0 < level < 1:
            raise ValueError(f"levels must lie between 0 and 1, not {level:g}")
        widths.append(NormalDist().inv_cdf((1 + level) / 2) * deep)
    with styled():
        figure = Drawing(figsize=(5.6, 4.2))
        axes = figure.add_axes((0.13, 0.14, 0.84, 0.82))
        for step, (width, level) in enumerate(zip(widths, levels, strict=True)):
            shade = _SHADES[min(step, len(_SHADES) - 1)]
            axes.fill(
                [centre - width, centre, centre + width], [deep, 0, deep], color=shade, linewidth=0
            )
            # At the edge of its region, each a line lower than that of the next wider one.
            down = 1 - 0.06 * (len(levels) - step)
            axes.text(
                centre + width * down, deep * down, f" {100 * level:g}%", color=GREY, size=8,
                va="center",
            )  # fmt: skip
        axes.plot([centre, centre], [0, deep], color=INK, linewidth=1)
        axes.plot(x, y, "o", markersize=5, color=COLOURS["experimental"], alpha=0.85)
        reach = 1.05 * max([*widths, *(abs(value - centre) for value in x)])
        ends = (centre - reach, centre + reach)
        if scale.ratio:
            # The rows are logarithms already: the axis is straight, its labels are ratios.
            ticks = ratio_ticks(exp(ends[0]), exp(ends[1]))
            set_axis(axes, Scale(scale.label), ends)
            axes.xaxis.set_major_locator(FixedLocator([log(tick) for tick in ticks]))
            axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
        else:
            set_axis(axes, scale, ends)
        axes.set_ylim(deep, 0)
        axes.set_ylabel("Standard error")
        axes.spines["left"].set_visible(True)
        axes.tick_params(axis="y", labelsize=8.5, colors=GREY)
    return figure
