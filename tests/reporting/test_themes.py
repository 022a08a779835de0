"""What a figure shows can be read on a light page and on a dark one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.reporting.pages.themes import Colours, plain_table

colours = st.from_regex("[0-9a-f]{6}", fullmatch=True)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def twin(colour: str) -> str:
    made = Colours()
    made.named(f'<path style="fill: #{colour}"/>')
    (found,) = re.findall(r": #([0-9a-f]{6});", made.dark)
    return str(found)


@given(colours)
def test_what_can_be_read_on_white_can_be_read_on_dark_paper(colour: str) -> None:
    if contrast(colour, "ffffff") >= 4.5:  # text, by WCAG 2.2
        assert contrast(twin(colour), "12181d") >= 4.5


@given(colours, colours)
def test_the_darker_of_two_greys_is_the_lighter_one_on_a_dark_page(one: str, other: str) -> None:
    one, other = one[:2] * 3, other[:2] * 3
    if luminance(one) < luminance(other) and other != "ffffff":
        assert luminance(twin(one)) >= luminance(twin(other))


def test_only_styles_are_touched_and_every_colour_has_its_twin() -> None:
    made = Colours()
    svg = '<text style="font: 9px x; fill: #0b5fa5; stroke: #FFFFFF">#0b5fa5</text>'
    shown = made.named(svg)
    assert shown == (
        '<text style="font: 9px x; fill: var(--c0b5fa5,#0b5fa5); '
        'stroke: var(--cffffff,#ffffff)">#0b5fa5</text>'
    )
    assert set(re.findall(r"--c(\w{6}):", made.dark)) == {"0b5fa5", "ffffff"}


@pytest.mark.parametrize("cell", ["<td>", "a < b", '<td headers="x">', "style"])
def test_a_table_loses_its_sheet_and_no_words(cell: str) -> None:
    import pandas as pd
    from bs4 import BeautifulSoup
    from great_tables import GT

    html = GT(pd.DataFrame({"a": ["row"], "b": [cell]}), rowname_col="a", id="x").as_raw_html()
    made = plain_table(html)
    assert "<style>" not in made
    text = BeautifulSoup(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL), "html.parser")
    assert BeautifulSoup(made, "html.parser").get_text() == text.get_text()
