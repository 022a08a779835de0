"""How wide, high and deep words are, measured once in a process: to shape them is a slow step.

A chart is drawn twice, wide and narrow, and both times every word is measured; what differs is its
size, in which the measures are proportional.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath, text_to_path

__all__ = ["FONT", "measure", "measured_once"]

#: The font of all figures, which comes with matplotlib.
FONT = "DejaVu Sans"
_measured_anew = TextToPath.get_text_width_height_descent


def measure(words: str, font: FontProperties) -> tuple[float, float, float]:
    """Return width, height and descent of a line in points, those that matplotlib gives.

    Examples
    --------
    >>> [round(one, 1) for one in measure("14/59", FontProperties(family=FONT, size=10))]
    [28.8, 8.3, 0.9]
    """
    if font.get_family() != [FONT] or font.get_file():
        return _measured_anew(text_to_path, words, font, False)
    form = (font.get_style(), font.get_variant(), font.get_weight(), font.get_stretch())
    scale = font.get_size_in_points() / TextToPath.FONT_SCALE
    width, height, descent = _measured(words, *form)
    return width * scale, height * scale, descent * scale


@contextmanager
def measured_once() -> Iterator[None]:
    """Have matplotlib draw with measures that are known already, as long as the context lasts."""

    def known(
        self: TextToPath, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        return _measured_anew(self, s, prop, ismath) if ismath else measure(s, prop)

    before = TextToPath.get_text_width_height_descent
    TextToPath.get_text_width_height_descent = known  # type: ignore[method-assign]
    try:
        yield
    finally:
        TextToPath.get_text_width_height_descent = before  # type: ignore[method-assign]


@lru_cache(maxsize=20_000)
def _measured(
    words: str, style: Any, variant: Any, weight: Any, stretch: Any
) -> tuple[float, float, float]:
    font = FontProperties(
        family=FONT, style=style, variant=variant, weight=weight, stretch=stretch,
        size=TextToPath.FONT_SCALE,
    )  # fmt: skip
    return _measured_anew(text_to_path, words, font, False)
