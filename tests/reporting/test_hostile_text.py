"""Whatever stands in a table stays text: no page gets an element or attribute by it."""

import csv
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from atopic.display import show
from atopic.display.style import styled
from atopic.display.web_addresses import is_web_address
from atopic.evidence.checks import check
from atopic.evidence.core import read_package
from atopic.paths import bundled
from atopic.reporting.build import build, plan
from atopic.reporting.pages.index_page import Entry, render_index
from atopic.reporting.pages.page_template import render_page
from atopic.reporting.pages.table_pages import evidence_files
from atopic.reporting.plan.job import Context, Failure
from atopic.reporting.plan.manifest import read_manifest, selected
from atopic.reporting.plan.places import Place, Site
from tests.conftest import REPOSITORY

HOSTILE = [
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", "</style><style>*{display:none}",
    "</title><base href=//evil.example/>", "<!-- never closed", "--><form action=//evil.example>",
    "<![CDATA[<b>x</b>]]>", "&lt;b&gt;&#60;i&#62;&amp;lt;", "javascript:alert(1)",
    "[x](javascript:alert(1))", "data:text/html,<script>alert(1)</script>", "</pre></td></table>",
    "{{ 7*7 }} {% raw %}", "$x^{$ $\\frac{1}$", "\u202egnp.exe\u2066", "<textarea>", "<plaintext>",
    "`\" onmouseover='x'", "**b** _i_ ![x](https://evil.example/x.png)", "\x1b[31m\x9b2J\x08",
    "<a href='https://evil.example'>x</a>", "https://evil.example/\"onclick=\"x", "=1+1|cmd",
]  # fmt: skip
hostile = st.sampled_from(HOSTILE) | st.text(
    st.sampled_from("<>\"'&;/=!-[]{}$`\\ abx:\u202e"), min_size=1, max_size=20
)


class _Skeleton(HTMLParser):
    """The elements of a page with their attributes, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.links: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))


def assert_same_shape(page: str, harmless: str) -> None:
    made = _Skeleton(page)
    assert made.found == _Skeleton(harmless).found
    for link in made.links:
        assert is_web_address(link) or re.fullmatch(r"[a-z0-9._/-]*(#[\w.=-]+)?", link), link


def place(words: str) -> Place:
    """Return a place in a site that says nothing but this, and leads to pages alone."""
    link = (words, "a.html")
    site = Site(words, words, "", words, words, words)
    return Place(site, (link, link), words, link, link, (link,), (("a", "a.html"),))


def whole(context: Context) -> Context:
    return replace(context, failure=None)


def table_html(text: str) -> str:
    caught: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(show, "display", lambda data, **_: caught.append(data["text/html"]))
        frame = pd.DataFrame({"study": [text], "url": [text], "rows": ["2"], "b": [text]})
        show.table(
            frame, name="t", caption=text, links=("url",), rows="safety", notes=(text,),
            labels={"study": text, "url": text},
        )  # fmt: skip
        show.note(text)
    return "\n".join(caught)


@given(hostile)
@settings(max_examples=60)
def test_a_table_shows_hostile_text_and_does_nothing_else(text: str) -> None:
    if text.strip():
        assert_same_shape(table_html(text), table_html("x"))


def test_only_what_is_an_address_becomes_a_link() -> None:
    assert 'href="https://doi.org/1?a&amp;b"' in table_html("https://doi.org/1?a&b")
    for text in HOSTILE:
        assert "<a" not in table_html(text).replace('<a data-row="safety 2" ', "")


@given(hostile)
@settings(max_examples=40)
def test_titles_reasons_and_values_stay_text_on_every_kind_of_page(text: str) -> None:
    def pages(words: str) -> list[str]:
        context = Context(
            "a", words, words, words, ((words, words),), ((words, words),), words, words, words,
            "0", Failure(words, words), words, words, place(words), words,
        )  # fmt: skip
        entries = [Entry("a", words, words, True, True, words, words, words)]
        found = {"words": words, "number": words, "unit": words, "certainty": "low", "link": "",
                 "notes": [words]}  # fmt: skip
        held = {"page": context, "cells": "", "version": "0", "place": place(words), "root": ""}
        return [
            render_page("report.html.j2", **held),
            render_page("report.html.j2", **held | {"found": found, "page": whole(context)}),
            render_index(entries, "0", place=place(words), data_as_of=words),
        ]

    for page, harmless in zip(pages(text), pages("x"), strict=True):
        assert_same_shape(page, harmless)
        assert "base-uri 'none'; form-action 'none'" in page


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("text", HOSTILE)
def test_a_figure_draws_hostile_text_as_text(text: str) -> None:
    def drawn(words: str) -> str:
        caught: list[str] = []
        with pytest.MonkeyPatch.context() as patch, styled():
            patch.setattr(
                show, "display",
                lambda data, **_: caught.extend(filter(None, [data.get("image/svg+xml")])),
            )  # fmt: skip
            figure = Figure()
            figure.text(0, 0, words)
            show.figure(figure, name="f", alt=words, caption="c")
        ElementTree.fromstring(caught[0].replace("xlink:", ""))  # a file of its own, too
        return caught[0]

    def elements(svg: str) -> list[tuple[str, ...]]:  # matplotlib repeats a text as a comment
        assert not re.search(r"<!--[^>]*-->[^<]*-->", svg)
        return [one for one in _Skeleton(svg).found if one[0] != "comment"]

    assert elements(drawn(text)) == elements(drawn("x"))


#: What rules hold to other cells: another text there is refused before a page is made.
TOLD = {"printed", "expected", "column", "unit", "exclusion_reason"}


def with_text(folder: Path, text: str) -> Path:
    """Copy the tables with a text in the first three rows that may hold any, of every column."""
    shutil.copytree(bundled("data"), folder)
    for table in read_package(folder).tables.values():
        tied = {name for key in table.foreign_keys for name in key.fields}
        free = [
            field.name for field in table.fields
            if field.type == "string" and not (field.pattern or field.enum or field.list_of)
            and field.name not in tied | TOLD and not (field.references or field.blank_with)
        ]  # fmt: skip
        longest = {field.name: int(field.max_length or 10_000) for field in table.fields}
        path = folder / table.path
        with path.open(newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        for name in free:
            # A value in another unit is a number or a date.
            words = name == "value" and "unit" in header
            some = [row for row in rows if not words or row[header.index("unit")] == "text"]
            for row in some[:3]:
                row[header.index(name)] = text[: longest[name]]
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return folder


VISIBLE = [text for text in HOSTILE if text.isprintable()]


@pytest.mark.parametrize("text", ["".join(VISIBLE), VISIBLE[0]])
def test_the_pages_of_tables_have_the_shape_of_harmless_ones(tmp_path: Path, text: str) -> None:
    made = evidence_files(with_text(tmp_path / "a", text), "0")
    # As long: which columns stand below a row goes by how long their cells are.
    harmless = evidence_files(with_text(tmp_path / "b", "x" * len(text)), "0")
    for name in made:
        if name.endswith(".html"):
            assert_same_shape(made[name], harmless[name])


def test_an_address_with_markup_is_refused_by_the_schema(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(bundled("data"), folder)
    path = folder / "sources.csv"
    for bad in ('https://doi.org/1"><meta', "https://doi.org/<b>", "https://doi.org/1'x"):
        text = (bundled("data") / "sources.csv").read_text("utf-8")
        quoted = '"' + bad.replace('"', '""') + '"'
        found = re.sub(r"https://doi\.org/[^,]*", lambda _: quoted, text, count=1)  # noqa: B023
        path.write_text(found, "utf-8")
        assert any("url" in str(problem) for problem in check(folder))


@pytest.mark.slow
@pytest.mark.browser
def test_reports_of_hostile_tables_load_nothing_and_move_nowhere(
    browser: Any, tmp_path: Path
) -> None:
    reports = read_manifest(REPOSITORY / "reports.toml")
    chosen = selected(reports, ["evidence-map", "easi-50", "study-kim-2017", "claims"])
    pages: dict[str, dict[str, str]] = {}
    for name, text in (("made", "".join(VISIBLE)), ("harmless", "x")):
        data = with_text(tmp_path / f"data-{name}", text)
        built = build(plan(chosen), data=data, out=tmp_path / name, site=reports)
        assert [one.failure for one in built] == [None] * len(chosen)
        pages[name] = {
            path.name: path.read_text("utf-8") for path in (tmp_path / name).glob("*.html")
        }
    for name, made in pages["made"].items():
        ours = [one for one in _Skeleton(made).found if one[0] != "comment"]
        theirs = set(_Skeleton(pages["harmless"][name]).found)
        assert {one for one in ours if one[0] not in ("tspan", "g", "text", "use")} <= theirs
    for path in sorted((tmp_path / "made").rglob("*.html")):
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("dialog", lambda dialog, asked=asked: asked.append(dialog.message))
        page.goto(path.as_uri())
        page.wait_for_timeout(300)
        assert page.url == path.as_uri()
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
        page.close()
