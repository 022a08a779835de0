"""How wide, high and deep words are, measured once in a process: to shape them is a slow step.

A chart is drawn twice, wide and narrow, and both times every word is measured; what differs is its
size, in which the measures are proportional. Lines share most of their words.
"""

import operator
import re
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
#: Lines that are shaped word by word: no letter of them changes with one beyond a blank.
_SHAPED_APART = re.compile(
    "[ -~\u00a1-\u02ff\u0370-\u03ff\u2010-\u2027\u2030-\u205e\u2190-\u27bf]+"
)
_measured_anew = TextToPath.get_text_width_height_descent


def measure(words: str, font: FontProperties) -> tuple[float, float, float]:
    """Return width, height and descent of a line in points, those that matplotlib gives.

    Examples
    --------
    >>> width, height, descent = measure("14/59", FontProperties(family=FONT, size=10))
    >>> round(width, 1), height > descent > 0
    (28.8, True)
    """
    if not (form := _form(font)):
        return _measured_anew(text_to_path, words, font, False)
    scale = font.get_size_in_points() / TextToPath.FONT_SCALE
    hinting = (mpl.rcParams["text.hinting"], mpl.rcParams["text.hinting_factor"])
    width, height, descent = _measured(words, form, hinting)
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
        files = cache(looked_up)

        def found(fonts: FontManager, font: Any, **more: Any) -> Any:
            form = _form(font)  # the file is the same whatever the size
            return files(fonts, _of_form(form) if form else font, **more)

        setattr(FontManager, _FONTS, found)
    try:
        yield
    finally:
        TextToPath.get_text_width_height_descent = before  # type: ignore[method-assign]
        if looked_up:
            setattr(FontManager, _FONTS, looked_up)


def _form(font: Any) -> tuple[Any, ...] | None:
    """Return what a font has besides its size; None of one that is not that of all figures."""
    if not isinstance(font, FontProperties) or font.get_family() != [FONT] or font.get_file():
        return None
    return font.get_style(), font.get_variant(), font.get_weight(), font.get_stretch()


@cache
def _of_form(form: tuple[Any, ...]) -> FontProperties:
    style, variant, weight, stretch = form
    return FontProperties(
        family=FONT, style=style, variant=variant, weight=weight, stretch=stretch,
        size=TextToPath.FONT_SCALE,
    )  # fmt: skip


@lru_cache(maxsize=20_000)
def _measured(
    words: str, form: tuple[Any, ...], hinting: tuple[Any, Any]
) -> tuple[float, float, float]:
    if " " in words and words != " " and _SHAPED_APART.fullmatch(words):
        parts = [" ", *filter(None, words.split(" "))]
        widths, heights, descents = zip(
            *(_measured(part, form, hinting) for part in parts), strict=True
        )
        descent = max(descents)
        height = descent + max(map(operator.sub, heights, descents))
        return sum(widths[1:]) + widths[0] * words.count(" "), height, descent
    return _measured_anew(text_to_path, words, _of_form(form), False)
