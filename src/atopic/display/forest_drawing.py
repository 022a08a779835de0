"""The drawn cell of a forest plot that is a table: marks and ticks at places in percent."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isnan, nan

__all__ = ["Axis", "axis_html", "drawn_row", "mark_of"]

#: Steps between ticks, in points; the first that needs no more than `_TICKS` of them is taken.
_STEPS = (1, 2, 5, 10, 20, 25, 50)
_TICKS = 8
_LARGEST, _SMALLEST = 13.0, 7.0  # sides of the squares, in pixels
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Axis:
    """Points along the width of a cell."""

    low: float
    high: float
    step: int

    @classmethod
    def of(cls, ends: Iterable[float]) -> "Axis | None":
        """Return the axis that holds these points and zero; None without any."""
        known = [end for end in ends if not isnan(end)]
        if not known:
            return None
        least, most = min(0.0, *known), max(0.0, *known)
        for step in _STEPS:
            low, high = step * floor(least / step), step * ceil(most / step)
            if (high - low) / step <= _TICKS:
                break
        return cls(low, max(high, low + step), step)

    def at(self, value: float) -> str:
        """Return where a value stands, in percent of the width."""
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}%"

    @property
    def ticks(self) -> list[int]:
        """The values that are labelled."""
        return list(range(int(self.low), int(self.high) + 1, self.step))


def drawn_row(axis: Axis, kind: str, values: tuple[float, float, float], share: float = nan) -> str:
    """Return estimate and limits as a mark on a line; the grid alone without limits.

    `kind` is that of `atopic.display.forest_table.ForestRow`, `share` the weight of the estimate as
    a share of the largest.
    """
    estimate, lower, upper = values
    lines = "".join(
        f'<line class="{"zero" if tick == 0 else "grid"}" x1="{at}" x2="{at}" y1="0" y2="100%"/>'
        for tick, at in ((tick, axis.at(tick)) for tick in axis.ticks)
    )
    if isnan(lower) or isnan(upper):
        return f'<svg aria-hidden="true">{lines}</svg>'
    if kind == "pooled" and not isnan(estimate):
        return f'<svg aria-hidden="true">{lines}{_diamond(axis, values)}</svg>'
    style = " unsure" if kind == "only-p" else ""
    line = (
        f'<line class="span{style}" x1="{axis.at(lower)}" x2="{axis.at(upper)}" y1="50%" y2="50%"/>'
    )
    mark = ""
    if not isnan(estimate):
        mark = (
            f'<svg x="{axis.at(estimate)}" y="50%" overflow="visible">'
            f"{mark_of(kind, _side(share))}</svg>"
        )
    return f'<svg aria-hidden="true">{lines}{line}{mark}</svg>'


def _diamond(axis: Axis, values: tuple[float, float, float]) -> str:
    """Return a diamond from the lower to the upper limit, highest at the estimate."""
    estimate, lower, upper = values
    wide = 100 * (upper - lower) / (axis.high - axis.low)
    peak = 100 * (estimate - lower) / (upper - lower) if upper > lower else 50
    return (
        f'<svg x="{axis.at(lower)}" y="50%" width="{wide:.2f}%" height="14" viewBox="0 0 100 14" '
        'preserveAspectRatio="none" overflow="visible"><path class="point together" '
        f'transform="translate(0 -7)" d="M0 7 {peak:.1f} 0 100 7 {peak:.1f} 14z"/></svg>'
    )


def _side(share: float) -> float:
    """Return the side of a square whose area is that share of the largest."""
    return _SMALLEST if isnan(share) else max(_SMALLEST, _LARGEST * float(share) ** 0.5)


def mark_of(kind: str, side: float = 10.0) -> str:
    """Return the mark of a kind of row, around the point 0, 0."""
    if kind == "only-p":
        return '<circle class="point unsure" r="5.5"/>'
    if kind == "pooled":
        return '<path class="point together" d="M-15 0 0-7 15 0 0 7z"/>'
    return (
        f'<rect class="point" x="{-side / 2:.1f}" y="{-side / 2:.1f}" '
        f'width="{side:.1f}" height="{side:.1f}"/>'
    )


def axis_html(axis: Axis, sides: tuple[str, str], width: int) -> str:
    """Return the foot of a table of so many columns: ticks, and what left and right mean."""
    ticks = []
    for tick in axis.ticks:
        kinds = ["tick"]
        # Counted from zero, so that zero stays where every other label is left out.
        if (tick // axis.step) % 2:
            kinds.append("odd")
        sign = "+" if tick > 0 else _MINUS if tick < 0 else ""
        ticks.append(
            f'<text class="{" ".join(kinds)}" x="{axis.at(tick)}" y="16">{sign}{abs(tick)}</text>'
        )
    left, right = map(escape, sides)
    named = (
        f'<text class="tick first" x="0" y="38">\N{LEFTWARDS ARROW} {left}</text>'
        f'<text class="tick last" x="100%" y="38">{right} \N{RIGHTWARDS ARROW}</text>'
    )
    empty = '<td role="cell"></td>'
    after = empty * (width - 4)
    # Of the colour of the words around it, where no sheet of a page colours it, as in notebooks.
    svg = '<svg aria-hidden="true" fill="currentColor">'
    return (
        f'<tfoot role="rowgroup" aria-hidden="true"><tr role="row">{empty * 3}'
        f'<td role="cell" class="plot">{svg}{"".join(ticks)}{named}</svg></td>'
        f"{after}</tr></tfoot>"
    )
