"""The one style of all figures: sizes, and colours of the arm roles."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from atopic.display.text_metrics import FONT, measure

#: Inches that the form of a figure for phones is wide: 8 points are then 9.6 px at 320 px.
NARROW = 3.3

INK = "#1f2430"
GREY = "#5b6270"

#: Colour of an arm by its role; told apart by colour-blind readers and, by lightness, in grey.
COLOURS = {
    "experimental": "#0b5fa5", "active-comparator": "#b5470b", "mixed": INK,
    "placebo": "#6f7682", "sham": "#6f7682", "usual-care": "#6f7682", "waiting-list": "#6f7682",
    "no-treatment": "#6f7682", "other-control": "#6f7682",
}  # fmt: skip

_RC: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#9aa1ad",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": GREY,
    "xtick.labelsize": 8.5,
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar in the tables is a dollar
    "figure.dpi": 100,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the project's style, whatever the reader's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


@cache
def text_width(words: str, size: float = 8.5) -> float:
    """Return how many inches to leave for a text in the font of the figures.

    A little more than it is wide, since screens fit letters to their dots.

    Examples
    --------
    >>> round(text_width("14/59"), 2), text_width("")
    (0.36, 0.0)
    """
    if not words:
        return 0.0
    points = measure(words, FontProperties(family=FONT, size=size))[0]
    return 1.05 * float(points) / 72


def wrapped(words: str, room: float, size: float = 8) -> str:
    r"""Return words on as many lines as a width in inches asks for.

    Examples
    --------
    >>> wrapped("hollow: no control group", 1.0)
    'hollow: no\ncontrol group'
    """
    if text_width(words, size) <= room:  # most are: no need to measure word by word
        return words
    lines: list[str] = []
    for word in words.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def write_beside(
    axes: Axes, inches: float, y: float, words: str, *, width: float, **style: Any
) -> Text:
    """Write at row y, so many inches from the left end of an axis that is `width` inches wide."""
    style = {"size": 8.5, "va": "center", "ha": "left", **style}
    return axes.text(
        inches / width, y, words, transform=axes.get_yaxis_transform(), clip_on=False, **style
    )
