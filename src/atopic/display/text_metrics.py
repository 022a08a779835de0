"""How wide, high and deep words are, measured once in a process: to shape them is a slow step.

A chart is drawn twice, wide and narrow, and both times every word is measured; what differs is its
size, in which the measures are proportional.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import FontManager, FontProperties
from matplotlib.textpath import TextToPath, text_to_path

__all__ = ["FONT", "measure", "measured_once"]

#: The font of all figures, which comes with matplotlib.
FONT = "DejaVu Sans"
#: What matplotlib asks for each text it draws; of its own, so it may be gone in another version.
_FONTS = "_find_fonts_by_props"
_measured_anew = TextToPath.get_text_width_height_descent


def measure(words: str, font: FontProperties) -> tuple[float, float, float]:
    """Return width, height and descent of a line in points, those that matplotlib gives.

    Examples
    --------
    >>> width, height, descent = measure("14/59", FontProperties(family=FONT, size=10))
    >>> round(width, 1), height > descent > 0
    (28.8, True)
    """
    if font.get_family() != [FONT] or font.get_file():
        return _measured_anew(text_to_path, words, font, False)
    form = (font.get_style(), font.get_variant(), font.get_weight(), font.get_stretch())
    scale = font.get_size_in_points() / TextToPath.FONT_SCALE
    hinting = (mpl.rcParams["text.hinting"], mpl.rcParams["text.hinting_factor"])
    width, height, descent = _measured(words, *form, hinting)
    return width * scale, height * scale, descent * scale


@contextmanager
def measured_once() -> Iterator[None]:
    """Have matplotlib draw with measures and fonts that are known already, inside the context."""

    def known(
        self: TextToPath, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        return _measured_anew(self, s, prop, ismath) if ismath else measure(s, prop)

    before, looked_up = TextToPath.get_text_width_height_descent, vars(FontManager).get(_FONTS)
    TextToPath.get_text_width_height_descent = known  # type: ignore[method-assign]
    if looked_up:
        setattr(FontManager, _FONTS, cache(looked_up))
    try:
        yield
    finally:
        TextToPath.get_text_width_height_descent = before  # type: ignore[method-assign]
        if looked_up:
            setattr(FontManager, _FONTS, looked_up)


@lru_cache(maxsize=20_000)
def _measured(
    words: str, style: Any, variant: Any, weight: Any, stretch: Any, _hinting: tuple[Any, Any]
) -> tuple[float, float, float]:
    font = FontProperties(
        family=FONT, style=style, variant=variant, weight=weight, stretch=stretch,
        size=TextToPath.FONT_SCALE,
    )  # fmt: skip
    return _measured_anew(text_to_path, words, font, False)
