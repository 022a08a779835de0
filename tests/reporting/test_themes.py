"""What a figure shows can be read on a light page and on a dark one."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest
from great_tables import GT
from hypothesis import given
from hypothesis import strategies as st

import atopic
from atopic.display.figures import as_svg
from atopic.questions.response_rates import response_rates
from atopic.questions.response_rates.chart import draw_rates
from atopic.reporting.pages.themes import Colours, plain_figure, plain_table

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


def test_the_ground_of_a_hatching_is_the_page_s_to_change() -> None:
    colours = Colours()
    svg = colours.named('<pattern id="h"><rect x="0" width="73" fill="#ffffff"/></pattern>')
    assert "fill: var(--cffffff,#ffffff)" in svg
    assert "--cffffff: " in colours.dark


def test_columns_under_a_common_heading_are_called_by_both() -> None:
    frame = pd.DataFrame({"of": ["x"], "n": [1], "with": ["a"], "without": ["b"], "row": [2]})
    html = GT(frame, rowname_col="of").tab_spanner("Of 1,000", columns=["with", "without"])
    sheet = plain_table(html.as_raw_html(), listed=True)
    named = re.findall(r'td:nth-of-type\((\d)\)::before\{content:"([^"]+)"', sheet)
    assert named == [("1", "n"), ("2", "Of 1,000: with"), ("3", "Of 1,000: without"), ("4", "row")]


def test_a_slimmed_figure_says_and_refers_to_the_same() -> None:
    evidence = atopic.load()
    drawing = draw_rates(response_rates(evidence, "EASI-50", weeks=[12]))
    assert drawing is not None
    svg = as_svg(drawing, "a", 'more > fewer, 0.123456 "of" all')
    slim = plain_figure(svg)
    assert len(slim) < 0.7 * len(svg)
    before, after = ElementTree.fromstring(svg), ElementTree.fromstring(slim)
    assert after.get("aria-label") == before.get("aria-label")
    assert [one.tag for one in after.iter()] == [one.tag for one in before.iter()]
    said = [[one.text for one in tree.iter() if one.tag.endswith("}text")]
            for tree in (before, after)]  # fmt: skip
    assert said[0] == said[1]
    named = {one.get("id") for one in after.iter()} - {None}
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', slim))
    assert used
    assert named == used
    for one, other in zip(before.iter(), after.iter(), strict=True):
        for name in ("x", "y", "width", "height"):
            if one is not before and one.get(name):
                assert abs(float(one.get(name, "")) - float(other.get(name, ""))) < 0.01


def test_what_is_no_figure_of_ours_is_left_as_it_is() -> None:
    assert plain_figure("words") == "words"
    spans = "<svg><text>a\n <tspan>b</tspan>\n <tspan>0.12345</tspan></text></svg>"
    assert plain_figure(spans) == spans


def test_a_style_that_a_figure_repeats_is_a_class_of_the_page_and_reads_the_same() -> None:
    made = Colours()
    once, often = 'style="stroke:#0b5fa5"', 'style="fill:#0b5fa5;stroke-width:1"'
    classed = f'<rect class="own" {often}/>'
    shown = made.named(f"<svg><path {once}/><path {often}/><use x='1' {often}/>{classed}</svg>")
    [name] = set(re.findall(r'class="(k\d+)"', shown))
    assert made.classes == f".{name}{{fill:var(--c0b5fa5,#0b5fa5);stroke-width:1}}"
    assert 'style="stroke:var(' in shown
    assert shown.count(f'class="{name}"') == 2
    assert '<rect class="own" style=' in shown


@pytest.mark.parametrize(
    "style", ["fill:red}body{display:none", "a:b</style><i>", "a:url(&quot;x)"]
)
def test_a_style_that_would_leave_its_rule_stays_where_it_is(style: str) -> None:
    made = Colours()
    svg = f'<svg><path style="{style}"/><path style="{style}"/></svg>'
    assert made.named(svg) == svg
    assert made.classes == ""
