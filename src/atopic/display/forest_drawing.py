"""The drawn cell of a forest plot that is a table: marks and ticks at places in percent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, isnan, log, nan

from atopic.display.value_axis import ratio_ticks

#: Steps between ticks, in points; the first that needs no more than `_TICKS` of them is taken.
_STEPS = (1, 2, 5, 10, 20, 25, 50)
_TICKS = 8
#: Ticks of an axis of ratios whose round ones pass over 1.
_NEAR_ONE = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
_LARGEST, _SMALLEST = 13.0, 7.0  # sides of the squares, in pixels
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Axis:
    """Points along the width of a cell."""

    low: float
    high: float
    step: float = nan
    #: The value at which nothing differs.
    nothing = 0.0

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
        return f"{100 * self.share(min(max(value, self.low), self.high)):.2f}%"

    def share(self, value: float) -> float:
        """Return where a value stands, as a share of the width."""
        return (value - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> Sequence[float]:
        """The values that are labelled."""
        return range(int(self.low), int(self.high) + 1, int(self.step))

    def is_odd(self, tick: float) -> bool:
        """Say whether a label is left out where there is little room; that of no effect stays."""
        return bool((tick // self.step) % 2)

    def label(self, tick: float) -> str:
        """Return what stands under a tick."""
        sign = "+" if tick > 0 else _MINUS if tick < 0 else ""
        return f"{sign}{abs(tick)}"


@dataclass(frozen=True)
class RatioAxis(Axis):
    """Ratios along the width of a cell, by their logarithms.

    >>> axis = RatioAxis.of([0.4, 3.0])
    >>> list(axis.ticks), axis.at(1.0), axis.at(0.0)
    ([0.5, 1.0, 2.0], '45.48%', '0.00%')
    """

    nothing = 1.0

    @classmethod
    def of(cls, ends: Iterable[float]) -> "RatioAxis | None":
        """Return the axis that holds these ratios and 1; None without any."""
        known = [end for end in ends if isfinite(end) and end > 0]
        if not known:
            return None
        low, high = min(1.0, *known), max(1.0, *known)
        return cls(low, high) if low < high else cls(0.5, 2.0)

    def share(self, value: float) -> float:
        """Return where a ratio stands, as a share of the width."""
        return log(max(value, 1e-9) / self.low) / log(self.high / self.low)

    @property
    def ticks(self) -> Sequence[float]:
        """The ratios that are labelled, 1 among them."""
        ticks = ratio_ticks(self.low, self.high)
        return ticks if 1.0 in ticks else [t for t in _NEAR_ONE if self.low <= t <= self.high]

    def is_odd(self, tick: float) -> bool:
        """Say whether a label is left out where there is little room; that of 1 stays."""
        ticks = list(self.ticks)
        middle = ticks.index(1.0) if 1.0 in ticks else 0
        return bool((ticks.index(tick) - middle) % 2)

    def label(self, tick: float) -> str:
        """Return what stands under a tick."""
        return f"{tick:g}"


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
        f'<line class="{kind}" x1="{at}" x2="{at}" y1="0" y2="100%"/>'
        for kind, at in (
            ("zero" if tick == axis.nothing else "grid", axis.at(tick)) for tick in axis.ticks
        )
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
    x, middle, right = (100 * axis.share(one) for one in (drawn.lower, drawn.estimate, drawn.upper))
    width = right - x
    peak = 100 * (middle - x) / width if width > 0 else 50
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
        if axis.is_odd(tick):
            kinds.append("odd")
        text = axis.label(tick)
        ticks.append(f'<text class="{" ".join(kinds)}" x="{axis.at(tick)}" y="16">{text}</text>')
    left, right = map(escape, sides)
    named = ""  # a side that the axis does not reach has no name
    if axis.low < axis.nothing:
        named += f'<text class="tick first" x="0" y="38">\N{LEFTWARDS ARROW} {left}</text>'
    if axis.high > axis.nothing:
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
