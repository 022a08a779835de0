"""What the flow of studies is drawn of: stages, boxes, arrows; in inches, y downwards."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from atopic.display.style import GREY, INK

#: Of a line in a box, and between its edge and its lines.
LINE, PAD = 0.19, 0.11
_EDGE, _FILL = "#9aa1ad", "#f6f7f9"


def box_height(lines: list[Any]) -> float:
    """Return how high a box with so many lines is."""
    return LINE * len(lines) + 2 * PAD


def draw_stage(
    axes: Axes, span: tuple[float, float], top: float, bottom: float, words: str
) -> None:
    """Draw the bar of a stage of the flow."""
    draw_frame(axes, span, top, bottom - top, facecolor="#e9ecf1", edgecolor="none")
    axes.text(
        sum(span) / 2, (top + bottom) / 2, words, rotation=90, ha="center", va="center",
        color=GREY, weight="bold", size=8.8,
    )  # fmt: skip


def draw_frame(
    axes: Axes, span: tuple[float, float], top: float, height: float, **style: Any
) -> None:
    """Draw the frame of a box."""
    axes.add_artist(
        FancyBboxPatch(
            (span[0], top), span[1] - span[0], height, boxstyle="round,pad=0,rounding_size=0.05",
            **{"linewidth": 1.0, **style},
        )
    )  # fmt: skip


def draw_box(
    axes: Axes,
    span: tuple[float, float],
    top: float,
    lines: list[str],
    *,
    dashed: bool = False,
) -> None:
    """Draw a box with its lines, the first of them bold."""
    fill = "white" if dashed else _FILL
    style = {"linestyle": (0, (4, 3))} if dashed else {}
    draw_frame(axes, span, top, box_height(lines), facecolor=fill, edgecolor=_EDGE, **style)
    for number, line in enumerate(lines):
        first = number == 0
        axes.text(
            span[0] + 0.13, top + PAD + LINE * (number + 0.5), line, va="center",
            weight="bold" if first else "normal", color=INK if first else GREY,
            size=9.2 if first else 8.8,
        )  # fmt: skip


def draw_arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], *, dashed: bool = False
) -> None:
    """Draw an arrow from box to box."""
    axes.annotate(
        "",
        end,
        start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": GREY,
            "linewidth": 1.0,
            "linestyle": "--" if dashed else "-",
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
