"""The search page lists all there is on a site, runs one script of its own, and loads nothing."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.paths import bundled
from atopic.reporting.pages.search_page import Group, Item, render_search
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.places import Place, Site
from atopic.reporting.site.search_index import searched
from tests.reporting.test_hostile_text import assert_same_shape, hostile

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
REPORTS = [
    Report(name, name.upper(), Path("none.ipynb"), f"Summary of {name}.", place=Place(Site()))
    for name in ("one", "two")
]


def page_of(heading: str, caption: str = "Rates &amp; limits") -> str:
    return (
        f'<h2 id="section-a">{heading}</h2>\n'
        f'<figcaption>{caption} <a href="x.svg" download>SVG</a></figcaption>\n'
        '<div role="region" aria-label="Table: Every rate"></div>'
    )


def items(groups: list[Group], name: str) -> list[Item]:
    return next(list(one.items) for one in groups if one.name == name)


def test_a_report_is_found_by_its_name_finding_headings_and_captions(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(page_of("Who <b>answered</b>?"))
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "finding.json").write_text(json.dumps({"words": "More answered."}))
    one, two = items(searched(tmp_path, REPORTS, Place(), bundled("data")), "Reports")
    assert one == Item(
        "ONE", "one.html", "More answered.", (("Who answered?", "one.html#section-a"),),
        "Rates & limits. Every rate.",
    )  # fmt: skip
    assert two == Item("TWO", line="Summary of two.")


def test_a_report_built_alone_changes_its_own_entry_only(tmp_path: Path) -> None:
    for report in REPORTS:
        (tmp_path / f"{report.id}.html").write_text(page_of(f"Of {report.id}"))
    before = items(searched(tmp_path, REPORTS, Place(), bundled("data")), "Reports")
    (tmp_path / "two.html").write_text(page_of("Anew"))
    after = items(searched(tmp_path, REPORTS, Place(), bundled("data")), "Reports")
    assert after[0] == before[0]
    assert after[1].parts == (("Anew", "two.html#section-a"),)


def test_the_report_on_the_front_page_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(page_of("A"))
    front = [replace(REPORTS[0], place=Place(Site(front="one")))]
    (one,) = items(searched(tmp_path, front, Place(), bundled("data")), "Reports")
    assert one.address == "index.html"


def test_rows_of_the_tables_are_found_by_name_and_number(tmp_path: Path) -> None:
    place = Place(Site(glossary=(("EASI", "A score"),)), studies=(("kim-2017", "kim.html"),))
    found = searched(tmp_path, [], place, bundled("data"))
    studies = {one.name: one for one in items(found, "Studies")}
    assert studies["FURESTEM-AD phase 1/2a (Kim 2017)"].address == "kim.html"
    adstem = studies["ADSTEM phase 2, 2025"]
    assert adstem.address.startswith("data/studies.html#row-")
    assert "NCT04137562" in adstem.more
    claims = items(found, "Claims")
    assert len(claims) == len((bundled("data") / "claims.csv").read_text("utf-8").splitlines()) - 1
    assert any("FURESTEM-AD phase 1/2a (Kim 2017)" in one.line for one in claims)
    assert items(found, "Words") == [Item("EASI", line="A score")]


def test_tables_of_another_kind_are_passed_over(tmp_path: Path) -> None:
    schema = {"fields": [{"name": "study_id", "type": "string"}]}
    for name in ("studies", "visits"):
        (tmp_path / f"{name}.csv").write_text("study_id\na\n")
    resources = [
        {"name": name, "path": f"{name}.csv", "schema": schema} for name in ("studies", "visits")
    ]
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": resources}))
    found = searched(tmp_path, REPORTS, Place(), tmp_path)
    assert items(found, "Studies") == [Item("a", "data/studies.html#row-2")]
    page = render_search(found, "0")
    assert ">Claims<" not in page
    assert "3 entries." in page


def test_the_page_lets_a_browser_run_its_one_script_and_no_other() -> None:
    page = render_search([Group("Reports", [Item("A", "a.html")])], "0")
    (script,) = SCRIPT.findall(page)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert len(script) < 6_000
    assert not re.search(r"fetch\(|XMLHttp|innerHTML|insertAdjacent|eval\(|document\.write", script)


@given(
    st.lists(hostile | st.sampled_from(["</script>", "\u2028", "\u2029"]), min_size=6, max_size=6)
)
def test_names_stay_text(words: list[str]) -> None:
    def page(words: list[str]) -> str:
        name, line, part, more, group, term = words
        found = Item(name, "a.html", line, ((part, "a.html#section-a"),), more)
        return render_search([Group(group, [found]), Group("Words", [Item(term)])], "0")

    assert_same_shape(page(words), page(["x"] * 6))


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a search page of two reports, one of them hostile, and all tables."""
    out = tmp_path_factory.mktemp("search")
    (out / "one.html").write_text(page_of("Who <b>answered</b>?", "Fl\u00e4che"))
    hostile_one = replace(REPORTS[1], title="</script><script>alert(1)</script>\u2028")
    found = searched(out, [REPORTS[0], hostile_one], Place(), bundled("data"))
    text = render_search(found, "0")
    assert text == render_search(found, "0")
    (out / "search.html").write_text(text, "utf-8")
    return out / "search.html"


def asked(page: Any, words: str) -> tuple[list[str], str]:
    """Type words and return the names that are shown, and what a screen reader is told."""
    page.get_by_role("searchbox").fill(words)
    page.wait_for_timeout(400)  # it is told once typing pauses
    names = page.locator(".hits li:visible > :first-child").all_inner_texts()
    return names, page.get_by_role("status").inner_text()


@pytest.mark.browser
def test_typing_finds_a_trial_and_nothing_is_fetched_or_said_amiss(
    browser: Any, search: Path
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 900})
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    page.on("request", lambda request: trouble.append(request.url))
    page.goto(search.as_uri())
    trouble.remove(search.as_uri())
    every = page.locator(".hits li").count()
    names, said = asked(page, "adstem")
    assert names[0] == "ADSTEM phase 2, 2025"
    assert said == f"{len(names)} entries have all the words of \u201cadstem\u201d."
    assert asked(page, "Kim 2017 Furestem")[0][0] == "FURESTEM-AD phase 1/2a (Kim 2017)"
    assert asked(page, "nct04137562")[0][0] == "ADSTEM phase 2, 2025"
    assert asked(page, "flache")[0] == ["ONE"]  # a caption, without its accent
    assert asked(page, "answered")[0] == ["ONE"]
    names, said = asked(page, "qqqq")
    assert names == []
    assert said.startswith("Nothing has all the words of")
    names, said = asked(page, "")
    assert (names, said) == ([], f"{every} entries.")
    page.get_by_role("heading", name="Claims").click()  # the groups are folded again
    assert 0 < page.locator(".hits li:visible").count() < every
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert trouble == []
    page.close()


@pytest.mark.browser
def test_what_has_the_words_in_its_name_comes_first_and_order_returns(
    browser: Any, search: Path
) -> None:
    page = browser.new_page()
    page.goto(search.as_uri())
    listed = page.locator("section:has(#kind-2) li > :first-child")
    before = listed.all_inner_texts()
    asked(page, "phase 3")
    shown = page.locator("section:has(#kind-2) li:visible > :first-child").all_inner_texts()
    named = ["phase" in one.lower() and "3" in one for one in shown]
    assert any(named)
    assert named == sorted(named, reverse=True)
    asked(page, "")
    assert listed.all_inner_texts() == before
    page.close()


@pytest.mark.browser
def test_without_a_script_the_page_is_a_list_of_all(browser: Any, search: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(search.as_uri())
    assert not page.get_by_role("searchbox").is_visible()
    assert page.get_by_role("link", name="ADSTEM phase 2, 2025").is_visible()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 390)])
def test_axe_finds_no_barrier_in_the_search(
    browser: Any, search: Path, theme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(search.as_uri())
    for words in ("", "adstem"):
        asked(page, words)
        violations = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in violations] == []
    context.close()
