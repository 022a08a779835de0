"""The pages as a reader meets them: in a browser, on a phone, on paper, without a network."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGES = ["index", "easi-50", "controlled-easi-50", "easi-75", "search"]


def opened(browser: Any, site: Path, name: str, width: int = 1200) -> tuple[Any, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900})
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: trouble.append(request.url) if "://" in request.url
            and not request.url.startswith(("file:", "data:")) else None)  # fmt: skip
    page.goto(f"file://{site}/{name}.html")
    return page, trouble


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1200, 390])
def test_a_page_is_quiet_and_as_wide_as_its_window(
    browser: Any, site: Path, name: str, width: int
) -> None:
    page, trouble = opened(browser, site, name, width)
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_no_barrier(browser: Any, site: Path, name: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, _ = opened(browser, site, name, width)
    violations = Axe().run(page).response["violations"]
    found = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in violations]
    assert found == []
    page.close()


def test_the_figure_shows_its_text_and_has_an_alternative(browser: Any, site: Path) -> None:
    page, _ = opened(browser, site, "easi-50")
    figure = page.get_by_role("img")
    assert figure.count() == 1
    assert "cells 32% (22 to 43) against placebo 27%" in figure.get_attribute("aria-label")
    assert figure.get_by_text("68/206").count() == 1
    box = figure.bounding_box()
    assert box["width"] > 900
    page.close()


def test_one_switch_shows_the_code(browser: Any, site: Path) -> None:
    page, _ = opened(browser, site, "easi-50")
    code = page.locator(".code pre")
    assert code.count() > 3
    assert not any(one.is_visible() for one in code.all())
    page.get_by_label("Show the code of this page").check()
    assert all(one.is_visible() for one in code.all())
    page.close()


def test_the_files_beside_the_page_are_there(browser: Any, site: Path) -> None:
    page, _ = opened(browser, site, "easi-50")
    links = page.eval_on_selector_all("main a[download]", "links => links.map(a => a.href)")
    assert len(links) == 6
    for link in links:
        assert Path(link.removeprefix("file://")).is_file()
    page.close()


def test_a_page_prints_whole(browser: Any, site: Path, tmp_path: Path) -> None:
    page, _ = opened(browser, site, "easi-50")
    page.emulate_media(media="print")
    assert page.evaluate(
        "[...document.querySelectorAll('.gt_table, figure svg')]"
        ".every(part => part.getBoundingClientRect().right <= innerWidth)"
    )
    assert not page.locator(".code").first.is_visible()
    page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    assert (tmp_path / "page.pdf").stat().st_size > 20_000
    page.close()
