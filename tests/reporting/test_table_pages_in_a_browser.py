"""The pages of the tables on a screen, on a phone and on paper."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from atopic.evidence.core import read_package
from atopic.paths import bundled
from atopic.reporting.pages.table_pages import evidence_files

pytestmark = pytest.mark.browser

TABLES = list(read_package(bundled("data")).tables)
#: What a sheet of A4 on its side has room for between margins of 12 mm, in CSS pixels.
WIDTH = round((297 - 24) / 25.4 * 96)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table, one of whose rows many reports rest on."""
    out = tmp_path_factory.mktemp("tables")
    (out / "data").mkdir()
    used = [(f"A report with a name of some length, {i}", "../index.html") for i in range(20)]
    for name, text in evidence_files(bundled("data"), "0", uses={("responses", 2): used}).items():
        (out / name).write_text(text, "utf-8")
    return out / "data"


def rows_of(table: str) -> list[dict[str, str]]:
    with (bundled("data") / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_on_paper_no_cell_is_cut_and_no_table_is_wider_than_the_sheet(
    browser: Any, pages: Path
) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": 700})
    page.emulate_media(media="print")
    for name in TABLES:
        page.goto((pages / f"{name}.html").as_uri())
        assert page.evaluate("document.querySelectorAll('thead th').length") <= 10
        outside = page.evaluate(
            "[...document.querySelectorAll('.rows table, .rows th, .rows td, .rows dl')]"
            ".filter(one => one.getBoundingClientRect().right > innerWidth + 1"
            " || one.scrollWidth > one.clientWidth + 1 && one.tagName !== 'TABLE')"
            ".map(one => one.outerHTML.slice(0, 120))"
        )
        assert outside == [], name
    page.close()


def test_a_table_prints_on_its_side(browser: Any, pages: Path) -> None:
    page = browser.new_page()
    page.goto((pages / "arms.html").as_uri())
    made = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made)
    assert sizes
    for width, height in sizes:  # in points
        assert (round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) == (297, 210)
    page.close()


@pytest.mark.parametrize("table", ["responses", "missing"])
def test_a_reader_can_choose_the_rows_of_one_value(browser: Any, pages: Path, table: str) -> None:
    page = browser.new_page()
    page.goto((pages / f"{table}.html").as_uri())
    label = page.locator("label[for=only]").inner_text()
    column = label.removeprefix("Only rows with ")
    rows = rows_of(table)
    assert page.locator("tbody:visible").count() == len(rows)
    value = rows[-1][column]
    page.get_by_label(label).select_option(value)
    shown = page.evaluate(
        "[...document.querySelectorAll('tbody')].filter(one => one.checkVisibility())"
        ".map(one => Number(one.id.slice(4)))"
    )
    assert shown == [i for i, row in enumerate(rows, start=2) if row[column] == value]
    assert len(shown) < len(rows)
    page.get_by_label(label).select_option(index=0)
    assert page.locator("tbody:visible").count() == len(rows)
    page.close()


@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_no_barrier_in_a_table(browser: Any, pages: Path, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((pages / "safety.html").as_uri())
    violations = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in violations] == []
    page.close()


def test_headings_and_the_first_columns_stay_in_sight(browser: Any, pages: Path) -> None:
    page = browser.new_page(viewport={"width": 700, "height": 700})
    page.goto((pages / "responses.html").as_uri())
    before = page.locator(".rows").bounding_box()
    page.evaluate("document.querySelector('.rows').scrollTo(300, 900)")
    heading = page.locator("thead th").first.bounding_box()
    assert abs(heading["y"] - before["y"]) <= 2
    study = page.locator("tbody td:nth-child(2)").nth(8).bounding_box()
    assert study["x"] < before["x"] + 80
    page.close()
