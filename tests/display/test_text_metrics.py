import io
import warnings
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from atopic.display.style import styled
from atopic.display.text_metrics import FONT, measure, measured_once

_WORD = st.text(st.characters(max_codepoint=0x27BF), max_size=5)
_LETTERS = [chr(code) for code in range(ord("!"), ord("~") + 1)]


def by_matplotlib(words: str, font: FontProperties) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(words, font, False)


@given(
    words=st.text(max_size=12)
    | st.text(st.sampled_from(_LETTERS), max_size=12)
    | st.lists(_WORD, max_size=4).map(" ".join),
    size=st.sampled_from([6.5, 8.0, 8.5, 9.2]),
    weight=st.sampled_from(["normal", "bold"]),
)
def test_words_are_as_wide_as_matplotlib_says(words, size, weight):
    font = FontProperties(family=FONT, size=size, weight=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of characters that the font does not have
        assert measure(words, font) == by_matplotlib(words, font)


@pytest.mark.parametrize("style", [{}, {"weight": "bold"}, {"style": "italic"}])
def test_every_pair_of_letters_is_as_wide_as_matplotlib_says(style):
    font = FontProperties(family=FONT, size=10, **style)
    for one in _LETTERS:
        # A word with a ligature of f is not spelt.
        others = [other for other in _LETTERS if "f" not in (one, other) or other not in "fil"]
        word = "".join(one + other for other in others)
        assert measure(word, font) == by_matplotlib(word, font), one
    for word in ("efficacy", "off,", "first", "fluids", "f", "ff", "Suffix", "raffle"):
        assert measure(word, font) == by_matplotlib(word, font), word


def drawn(angle: float, words: str) -> str:
    """Draw words in every place that they can have beside a point, as SVG."""
    with styled():
        figure = Figure(figsize=(2, 2))
        sides = product(["left", "center", "right"], ["top", "center", "baseline", "bottom"])
        for (across, along), size in product(sides, (8, 9.5)):
            style = {"ha": across, "va": along, "size": size, "rotation": angle}
            figure.text(0.5, 0.5, words, **style)
            figure.text(0.5, 0.5, words, linespacing=1.4, rotation_mode="anchor", **style)
            figure.text(0.5, 0.5, words, ma="right", weight="bold", **style)
            figure.text(0.5, 0.5, words, parse_math=True, style="italic", **style)
        made = io.StringIO()
        figure.savefig(made, format="svg", metadata={"Date": None})
    return made.getvalue()


@pytest.mark.parametrize("angle", [0, 30, 90])
@pytest.mark.parametrize("words", ["Patients", "two\nlines of words", "$x^2$ at 5 %"])
def test_a_figure_of_known_layouts_is_the_figure_of_matplotlib(angle, words):
    expected = drawn(angle, words)
    with measured_once():
        assert drawn(angle, words) == expected
        assert drawn(angle, words) == expected
