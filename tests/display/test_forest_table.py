"""A forest plot that is a table: every number is a cell, and what is drawn stands where it says."""

import re
from math import nan

import pytest

from atopic.display import show
from atopic.display.block_style import as_on_page
from atopic.display.forest_table import ForestRow, Light, forest_table
from atopic.display.marks import LIGHTS, certainty_html, light_html, units_html
from atopic.reporting.pages.outputs import parts

MARKS = {"counts": "counts", "only-p": "only P", "pooled": "together"}


def table(*rows: ForestRow) -> str:
    return forest_table([("Week 12", rows)], caption="All trials", marks=MARKS)


def row(**values: object) -> ForestRow:
    given = {"name": "A", "estimate": 5.0, "lower": -9.0, "upper": 18.0, "difference": "5 more"}
    return ForestRow(**(given | values))  # type: ignore[arg-type]


def test_marks_stand_in_percent_of_an_axis_that_holds_every_limit_and_zero() -> None:
    made = table(row(), row(name="B", estimate=25, lower=4, upper=43))
    ticks = [int(one.replace("\N{MINUS SIGN}", "-")) for one in re.findall(r"16\">([^<]+)<", made)]
    low, high = ticks[0], ticks[-1]
    assert low <= -9
    assert high >= 43
    assert 0 in ticks
    spans = re.findall(r'class="span" x1="([\d.]+)%" x2="([\d.]+)%"', made)
    ends = [(low + (high - low) * float(one) / 100) for pair in spans[:2] for one in pair]
    assert ends == pytest.approx([-9, 18, 4, 43], abs=0.01)


def test_what_is_not_known_is_an_empty_track_and_words() -> None:
    made = table(row(), ForestRow("B"))
    second = made[made.index(">B<") :].partition("</tr>")[0]
    assert second.count("not found") == 3
    read = table(row(), ForestRow("B", absent="not reported"))
    assert read.count("not reported") == 3
    assert 'class="span' not in second
    assert 'class="grid"' in second
    alone = table(ForestRow("B"))
    assert "<svg" not in alone
    assert forest_table([("Week 12", [])], caption="None", marks=MARKS) == ""


def test_only_a_p_value_is_a_triangle_on_a_dashed_line_and_the_key_names_what_occurs() -> None:
    made = table(row(kind="only-p"))
    assert 'class="span unsure"' in made
    assert '<path class="point unsure"' in made
    assert "only P" in made
    assert "together" not in made.partition("<ul")[2]
    assert "only P" not in table(row())


def test_the_area_of_a_square_is_its_weight() -> None:
    made = table(row(weight=400.0), row(weight=200.0), row(weight=nan))
    sides = [float(one) for one in re.findall(r'<rect class="point"[^>]* width="([\d.]+)"', made)]
    assert sides[0] ** 2 == pytest.approx(2 * sides[1] ** 2, rel=0.05)
    assert sides[2] < sides[1]


def test_a_light_says_its_word_and_text_is_escaped() -> None:
    lights = tuple(Light("R", "Randomisation", one) for one in LIGHTS)
    made = table(row(name="<i>&", link='x"y', lights=lights))
    for _, word in LIGHTS.values():
        assert f"Randomisation: {word}. " in made
    assert "<i>" not in made
    assert 'href="x&quot;y"' in made
    assert 'data-letter="R"' in made
    assert "data-letter" not in light_html("", "high")


def test_trials_together_are_a_diamond_from_limit_to_limit() -> None:
    made = table(row(), row(name="B", kind="pooled", estimate=4, lower=-4, upper=12))
    ticks = [int(one.replace("\N{MINUS SIGN}", "-")) for one in re.findall(r"16\">([^<]+)<", made)]
    width = ticks[-1] - ticks[0]
    ((x, wide, path),) = re.findall(
        r'<svg x="([\d.]+)%" y="50%" width="([\d.]+)%"[^>]*><path [^>]*d="([^"]*)"', made
    )
    assert float(x) == pytest.approx(100 * (-4 - ticks[0]) / width, abs=0.01)
    assert float(wide) == pytest.approx(100 * 16 / width, abs=0.01)
    assert path == "M0 7 50.0 0 100 7 50.0 14z"


def test_what_is_pooled_is_cut_with_an_arrow_where_it_leaves_the_axis_of_the_trials() -> None:
    wide = row(name="B", kind="pooled", estimate=4, lower=-80, upper=90, new=(-300.0, 300.0))
    made = table(row(), row(name="C", estimate=2, lower=-5, upper=9), wide)
    ticks = [int(one.replace("\N{MINUS SIGN}", "-")) for one in re.findall(r"16\">([^<]+)<", made)]
    assert ticks[0] > -80
    assert ticks[-1] < 90
    assert made.count('class="point together head"') == 2
    assert made.count('class="point new head"') == 2
    places = re.findall(r'x[12]?="(-?[\d.]+)%"', made.replace('overflow="hidden"><svg x', "<svg z"))
    assert all(0 <= float(one) <= 100 for one in places)
    assert ' head"' not in table(row(), row(name="C"))


def test_small_marks_show_as_much_as_they_say() -> None:
    assert [certainty_html(one).count('"full"') for one in ("very low", "low", "high")] == [1, 2, 4]
    assert 'd="M0 7H33"' in units_html(33, "cells")
    assert "track" in units_html(0, "cells")
    assert "track" not in units_html(None, "cells")


def test_a_notebook_shows_a_block_in_the_light_colours_of_a_page_and_no_page_twice() -> None:
    made = as_on_page("<p>x</p>")
    assert made.count("{") == made.count("}")
    assert re.findall(r"^\s*--paper: *(\S+);", made, re.MULTILINE) == ["#fff"]
    assert "prefers-color-scheme" not in made
    (part,) = parts({"output_type": "display_data", "data": {"text/html": made}}, str, [])
    assert part.content == "<p>x</p>"


def test_a_block_shows_its_html_and_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    monkeypatch.setattr(show, "display", lambda data, **how: shown.append((data, how["metadata"])))
    show.block("<p>x</p>", name="cards", text="x")
    show.block("", name="cards", text="")
    ((data, noted),) = shown
    assert data == {"text/html": as_on_page("<p>x</p>"), "text/plain": "x"}
    assert noted["atopic"] == {"kind": "block", "name": "cards"}
    with pytest.raises(ValueError, match="needs its text"):
        show.block("<p>x</p>", name="cards", text=" ")
    with pytest.raises(ValueError, match="name of a block"):
        show.block("<p>x</p>", name="Two words", text="x")
