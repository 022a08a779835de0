"""The drawn cell of a forest plot that is a table: marks and ticks at places in percent."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, isnan, nan

__all__ = ["Axis", "Drawn", "axis_html", "drawn_row", "mark_of"]

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
        known = [end for end in ends if isfinite(end)]
        if not known:
            return None
        least, most = min(0.0, *known), max(0.0, *known)
        for step in _STEPS:
            low, high = step * floor(least / step), step * ceil(most / step)
            if (high - low) / step <= _TICKS:
                break
        return cls(low, max(high, low + step), step)

    def at(self, value: float) -> str:
        """Return where a value stands, in percent of the width; at an end what lies beyond it."""
        inside = min(max(value, self.low), self.high)
        return f"{100 * (inside - self.low) / (self.high - self.low):.2f}%"

    @property
    def ticks(self) -> list[int]:
        """The values that are labelled."""
        return list(range(int(self.low), int(self.high) + 1, self.step))


@dataclass(frozen=True)
class Drawn:
    """What one cell shows: `kind` and `role` are those of `atopic.display.forest_table.ForestRow`.

    `share` is the weight as a share of the largest, `new` the limits for a new trial.
    """

    kind: str
    estimate: float
    lower: float
    upper: float
    share: float = nan
    role: str = "experimental"
    new: tuple[float, float] | None = None


def drawn_row(axis: Axis, drawn: Drawn) -> str:
    """Return estimate and limits as a mark on a line; the grid alone without limits.

    A line that goes on beyond the axis ends in an arrow head.
    """
    lines = "".join(
        f'<line class="{"zero" if tick == 0 else "grid"}" x1="{at}" x2="{at}" y1="0" y2="100%"/>'
        for tick, at in ((tick, axis.at(tick)) for tick in axis.ticks)
    )
    if isnan(drawn.lower) or isnan(drawn.upper):
        return f'<svg aria-hidden="true">{lines}</svg>'
    parts = [lines]
    if drawn.new:
        parts.append(_line(axis, drawn.new, "span new", "point new", "80%"))
    role = "" if drawn.role == "experimental" else f" {drawn.role}"
    limits = drawn.lower, drawn.upper
    if drawn.kind == "pooled" and not isnan(drawn.estimate):
        parts += [_diamond(axis, drawn), _heads(axis, limits, "point together", "50%")]
        return f'<svg aria-hidden="true">{"".join(parts)}</svg>'
    style = " unsure" if drawn.kind == "only-p" else ""
    parts.append(_line(axis, limits, f"span{role}{style}", f"point{role}", "50%"))
    if axis.low <= drawn.estimate <= axis.high:
        parts.append(
            f'<svg x="{axis.at(drawn.estimate)}" y="50%" overflow="visible">'
            f"{mark_of(drawn.kind, _side(drawn.share), role)}</svg>"
        )
    return f'<svg aria-hidden="true">{"".join(parts)}</svg>'


def _line(axis: Axis, limits: tuple[float, float], style: str, head: str, y: str) -> str:
    lower, upper = limits
    line = f'<line class="{style}" x1="{axis.at(lower)}" x2="{axis.at(upper)}" y1="{y}" y2="{y}"/>'
    return line + _heads(axis, limits, head, y)


def _heads(axis: Axis, limits: tuple[float, float], style: str, y: str) -> str:
    """Return the arrow heads at those ends of the axis beyond which a line goes on."""
    beyond = [(limits[0] < axis.low, "0", -1), (limits[1] > axis.high, "100%", 1)]
    return "".join(
        f'<svg x="{x}" y="{y}" overflow="visible"><path class="{style} head" '
        f'd="M{-5 * way} -5.5 {4 * way} 0 {-5 * way} 5.5z"/></svg>'
        for is_beyond, x, way in beyond
        if is_beyond
    )


def _diamond(axis: Axis, drawn: Drawn) -> str:
    """Return a diamond from the lower to the upper limit, cut where the axis ends."""
    wide = drawn.upper - drawn.lower
    x, width = (100 * part / (axis.high - axis.low) for part in (drawn.lower - axis.low, wide))
    peak = 100 * (drawn.estimate - drawn.lower) / wide if wide > 0 else 50
    return (
        '<svg width="100%" height="100%" overflow="hidden">'
        f'<svg x="{x:.2f}%" y="50%" width="{width:.2f}%" height="14" viewBox="0 0 100 14" '
        'preserveAspectRatio="none" overflow="visible"><path class="point together" '
        f'transform="translate(0 -7)" d="M0 7 {peak:.1f} 0 100 7 {peak:.1f} 14z"/></svg></svg>'
    )


def _side(share: float) -> float:
    """Return the side of a square whose area is that share of the largest."""
    return _SMALLEST if isnan(share) else max(_SMALLEST, _LARGEST * float(share) ** 0.5)


def mark_of(kind: str, side: float = 10.0, role: str = "") -> str:
    """Return the mark of a kind of row, around the point 0, 0."""
    if kind == "only-p":
        return f'<path class="point{role} unsure" d="M-7-5.5H7L0 7z"/>'
    if kind == "pooled":
        return '<path class="point together" d="M-15 0 0-7 15 0 0 7z"/>'
    return (
        f'<rect class="point{role}" x="{-side / 2:.1f}" y="{-side / 2:.1f}" '
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
    named = ""  # a side that the axis does not reach has no name
    if axis.low < 0:
        named += f'<text class="tick first" x="0" y="38">\N{LEFTWARDS ARROW} {left}</text>'
    if axis.high > 0:
        named += f'<text class="tick last" x="100%" y="38">{right} \N{RIGHTWARDS ARROW}</text>'
    empty = '<td role="cell"></td>'
    after = empty * (width - 4)
    # Of the colour of the words around it, where no sheet of a page colours it, as in notebooks.
    svg = '<svg aria-hidden="true" fill="currentColor">'
    return (
        f'<tfoot role="rowgroup" aria-hidden="true"><tr role="row">{empty * 3}'
        f'<td role="cell" class="plot">{svg}{"".join(ticks)}{named}</svg></td>'
        f"{after}</tr></tfoot>"
    )
