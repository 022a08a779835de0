"""How a verdict looks: one shape and colour each, filled where there was a placebo arm."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from atopic.display.style import GREY
from atopic.questions.claims import VERDICTS
from atopic.questions.claims.facts import PLACEBO_CONTROLLED

_SUPPORTED, _WIDE, _NOT, _CONTRADICTED, UNTESTED = VERDICTS

#: Colour of a verdict; in grey the shapes and the words tell them apart.
VERDICT_COLOURS = {
    _SUPPORTED: "#084a85",
    _WIDE: "#2f78b7",
    _NOT: "#a8651a",
    _CONTRADICTED: "#a3260f",
    UNTESTED: GREY,
}

_SHAPES = {_SUPPORTED: "o", _WIDE: "o", _NOT: "^", _CONTRADICTED: "X", UNTESTED: "p"}
_SIZES = {_SUPPORTED: 7.0, _WIDE: 6.0, _NOT: 7.0, _CONTRADICTED: 8.0, UNTESTED: 5.0}


def fill_of(control: str, colour: str) -> str:
    """Return the face colour of a mark: filled only where there was a placebo arm."""
    return colour if control == PLACEBO_CONTROLLED else "white"


def verdict_mark(
    axes: Axes, x: float, y: float, verdict: str, control: str, **more: Any
) -> tuple[Line2D, ...]:
    """Draw the mark of a verdict: its shape and colour, hollow without a control group."""
    colour = VERDICT_COLOURS[verdict]
    style: dict[str, Any] = {"clip_on": False, "zorder": 3, "linestyle": "none", **more}
    lines = []
    if verdict == _WIDE:
        lines += axes.plot(
            [x], [y], marker="_", markersize=17, color=colour, markeredgewidth=1.5, **style
        )
    lines += axes.plot(
        [x],
        [y],
        marker=_SHAPES[verdict],
        markersize=_SIZES[verdict],
        markerfacecolor=fill_of(control, colour),
        markeredgecolor=colour,
        markeredgewidth=1.3,
        **style,
    )
    return tuple(lines)
