"""How wide, high and deep words are, measured once in a process: to shape them is a slow step.

A chart is drawn twice, wide and narrow, and both times every word is measured; what differs is its
size, in which the measures are proportional. Lines share most of their words, and words all of
their letters. Where a text stands beside the point that it is written at is found once, too: to
draw a chart matplotlib asks for it up to five times.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import matplotlib.text
from matplotlib.font_manager import FontManager, FontProperties, fontManager, get_font
from matplotlib.ft2font import FaceFlags, FT2Font, Kerning
from matplotlib.text import Text
from matplotlib.textpath import TextToPath, text_to_path

#: The font of all figures, which comes with matplotlib.
FONT = "DejaVu Sans"
#: What matplotlib asks for each text it draws; of its own, so it may be gone in another version.
_FONTS, _LAYOUT, _OPENED = "_find_fonts_by_props", "_get_layout", "get_font"
#: Lines that are shaped word by word: no letter of them changes with one beyond a blank.
_SHAPED_APART = re.compile(
    "[ -~\u00a1-\u02ff\u0370-\u03ff\u2010-\u2027\u2030-\u205e\u2190-\u27bf]+"
)
#: Words that are shaped letter by letter but for pairs that are moved: without ligatures of f.
_SPELT = re.compile("(?!.*f[fil])[!-~]{2,}")
#: Where texts stand beside their points, by all that this depends on; and how many are kept.
_layouts: dict[tuple[Any, ...], Any] = {}
_KEPT = 20_000
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

    own: list[tuple[Any, str, Any]] = [(TextToPath, "get_text_width_height_descent", known)]
    if laid_out := vars(Text).get(_LAYOUT):

        def stands(text: Text, renderer: Any) -> Any:
            asked = _layout_of(text, renderer)
            if asked is None:
                return laid_out(text, renderer)
            if asked not in _layouts:
                if len(_layouts) >= _KEPT:
                    _layouts.clear()
                _layouts[asked] = laid_out(text, renderer)
            return _layouts[asked]

        own.append((Text, _LAYOUT, stands))
    if looked_up := vars(FontManager).get(_FONTS):
        files = cache(looked_up)

        def found(fonts: FontManager, font: Any, **more: Any) -> Any:
            form = _form(font)  # the file is the same whatever the size
            return files(fonts, _of_form(form) if form else font, **more)

        own.append((FontManager, _FONTS, found))
    if opened := vars(matplotlib.text).get(_OPENED):
        read = cache(lambda files: _Font(opened(files)))
        own.append((matplotlib.text, _OPENED, lambda files: read(tuple(files))))
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in own]
    for owner, name, ours in own:
        setattr(owner, name, ours)
    try:
        yield
    finally:
        for owner, name, theirs in before:
            setattr(owner, name, theirs)


class _Font:
    """A font whose tables are read once: the height of each line follows from them."""

    def __init__(self, font: FT2Font) -> None:
        self._font = font
        self.get_sfnt_table = cache(font.get_sfnt_table)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._font, name)


def _layout_of(text: Text, renderer: Any) -> tuple[Any, ...] | None:
    """Return what the layout of a text depends on; None of one that is not as all of figures."""
    form, figure = _form(font := text.get_fontproperties()), text.get_figure(root=True)
    if not form or not figure or text.get_parse_math() or text.get_usetex() or text.get_wrap():
        return None
    return (
        text.get_text(), form, font.get_size_in_points(), figure.dpi,
        text.get_rotation(), text.get_rotation_mode(), text.get_linespacing(),
        text.get_horizontalalignment(), text.get_verticalalignment(),
        text._multialignment,  # type: ignore[attr-defined]
        renderer.get_text_width_height_descent.__func__,
    )  # fmt: skip


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
        (blank, *widths), height, descent = _each(parts, form, hinting)
        return sum(widths) + blank * words.count(" "), height, descent
    if _SPELT.fullmatch(words):
        moved = [pair for pair in pairwise(words) if _are_moved(*pair, form)]
        if len(words) > 2 or not moved:
            widths, height, descent = _each(words, form, hinting)
            moves = (_move(*pair, form, hinting) for pair in moved)
            return sum(widths) + sum(moves), height, descent
    return _measured_anew(text_to_path, words, _of_form(form), False)


def _each(
    parts: Iterable[str], form: tuple[Any, ...], hinting: tuple[Any, Any]
) -> tuple[list[float], float, float]:
    """Return the width of each part, and height and descent of a line of them."""
    measures = [_measured(part, form, hinting) for part in parts]
    descent = max(deep for _, _, deep in measures)
    height = descent + max(high - deep for _, high, deep in measures)
    return [width for width, _, _ in measures], height, descent


def _move(one: str, other: str, form: tuple[Any, ...], hinting: tuple[Any, Any]) -> float:
    """Return how much further than its width a letter moves the next one."""
    (first, second), _, _ = _each((one, other), form, hinting)
    return _measured(one + other, form, hinting)[0] - first - second


@cache
def _are_moved(one: str, other: str, form: tuple[Any, ...]) -> bool:
    font = _font(form)
    if FaceFlags.KERNING not in font.face_flags:
        return True  # it may say so elsewhere
    left, right = font.get_char_index(ord(one)), font.get_char_index(ord(other))
    return font.get_kerning(left, right, Kerning.UNSCALED) != 0


@cache
def _font(form: tuple[Any, ...]) -> FT2Font:
    return get_font(fontManager.findfont(_of_form(form)))
