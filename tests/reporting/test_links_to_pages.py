"""What a page leads to is there: links to reports that a site has not are words alone."""

from dataclasses import replace

import nbformat
import pytest

from atopic.reporting.pages.report_page import render
from atopic.reporting.plan.job import Context
from atopic.reporting.plan.places import Site, Standing, places

SHOWN = (
    '<p class="note pointer">How this page is computed: <a href="methods.html#a">Methods</a></p>',
    '<p class="note">Rated low. <a href="certainty.html#q">Why?</a></p>',
    '<div class="cards"><a class="more" href="study-a.html">The study</a></div>',
)


def page(*pages: str) -> str:
    reports = [Standing(name, name, "", {}) for name in pages]
    context = Context("a", "A", "", "a.ipynb", (), (), "", "", "", "0")
    context = replace(context, place=places(Site(), [Standing("a", "A", "", {}), *reports])["a"])
    cells = [nbformat.v4.new_markdown_cell("## What the sources say\n\n[Mine](mine.html)")]
    for kind, html in zip(("pointer", "note", "block"), SHOWN, strict=True):
        cell = nbformat.v4.new_code_cell("show()", execution_count=1)
        cell.outputs = [
            nbformat.v4.new_output(
                "display_data", {"text/html": html}, metadata={"atopic": {"kind": kind}}
            )
        ]
        cells.append(cell)
    made = render(nbformat.v4.new_notebook(cells=cells), context)
    return made.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("glossary", [{}, {"sheep": "animals"}, {"report": "a page"}])
def test_the_front_page_leads_to_its_list_of_words_where_it_has_one(
    glossary: dict[str, str],
) -> None:
    site = Site(front="a", glossary=glossary)
    context = Context("a", "A report", "", "a.ipynb", (), (), "", "", "", "0")
    context = replace(context, place=places(site, [Standing("a", "A report", "", {})])["a"])
    cell = nbformat.v4.new_code_cell("show()", execution_count=1)
    found = {"kind": "finding", "words": "What the report found."}
    cell.outputs = [
        nbformat.v4.new_output(
            "display_data", {"text/html": "x", "text/plain": "x"}, metadata={"atopic": found}
        )
    ]
    made = render(nbformat.v4.new_notebook(cells=[cell]), context)
    assert "Not medical advice." in made
    assert ('href="#words"' in made) == ('id="words"' in made) == ("report" in glossary)


@pytest.mark.parametrize(
    "there", [(), ("methods",), ("certainty", "study-a"), ("methods", "study-a")]
)
def test_only_pages_of_the_site_are_led_to(there: tuple[str, ...]) -> None:
    main = page("b", *there)
    for name in ("methods", "certainty", "study-a"):
        assert (f'href="{name}.html' in main) == (name in there)
    assert ("How this page is computed" in main) == ("methods" in there)
    assert "Rated low." in main
    assert "Why?" in main
    assert "The study" in main
    assert 'href="mine.html"' in main  # a link that somebody wrote is theirs
