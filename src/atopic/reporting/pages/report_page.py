"""One executed notebook as one page: self-contained, offline, readable without a script."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from markupsafe import Markup

from atopic.display.file_names import TABLES_FOLDER
from atopic.reporting.pages.cells import Cells, read_cells
from atopic.reporting.pages.glossary import explained
from atopic.reporting.pages.highlighting import highlighted
from atopic.reporting.pages.outputs import Part
from atopic.reporting.pages.page_template import DOWNLOADS, render_page
from atopic.reporting.pages.themes import Colours, plain_figure, plain_table
from atopic.reporting.plan.job import Context
from atopic.reporting.plan.places import CHANGES, FRONT, SEARCH

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: Where the template leaves room for the list of sections, and from how many there is one.
_CONTENTS, _SECTIONS = "<!-- contents -->", 3
#: A heading and nothing else.
_BARE = re.compile(r"<h2\b[^>]*>(?:(?!<h2\b|</h2>).)*</h2>", re.DOTALL)
#: Where it leaves room for the words that the page uses.
_WORDS = "<!-- words -->"
#: And what leads there.
_TO_WORDS = ' <a href="#words">What the words mean</a>'


def render(notebook: "NotebookNode", context: Context, cells: Cells | None = None) -> str:
    """Return the HTML page of an executed notebook, which is not changed.

    It loads nothing: styles and images are inside, formulas are MathML, and there is no script.
    It is headed by the title of the report in place of the notebook's first heading, and lists
    its sections if there are three or more. `cells` are those of the notebook, if they have been
    read; a formula or image that is not to be had is missing, for the page tells of it.
    """
    shown = list(_shown(cells or read_cells(notebook), context))
    found = None if context.failure else _found(shown)
    shown = shown if context.failure else list(_filled(shown))
    colours = Colours()
    made = render_page(
        "cells.html.j2", page=context, cells=shown, highlighted=highlighted,
        coloured=colours.named, plain=plain_table, slim=plain_figure,
    )  # fmt: skip
    place = context.place
    front = context.id == place.site.front
    here = FRONT if front else f"{context.id}.html"
    page = render_page(
        "report.html.j2", page=context, found=found, cells=Markup(made), version=context.version,
        dark=Markup(colours.dark), classes=Markup(colours.classes), place=place, root="", here=here,
        front=front, name=context.name, code='<div class="code"' in made,
        data_as_of=context.data_as_of, downloads=DOWNLOADS,
    )  # fmt: skip
    pages = {study: page for study, page in place.studies if page != f"{context.id}.html"}
    page = _with_contents(_without_dead_links(_linked(page, pages), place.pages))
    linked, used = explained(page, dict(place.site.glossary))
    if not used:
        return linked.replace(_WORDS, "", 1).replace(_TO_WORDS, "", 1)
    return linked.replace(_WORDS, render_page("words.html.j2", words=used), 1)


def _found(cells: list[dict[str, Any]]) -> Mapping[str, Any] | None:
    """Take the finding out of the cells of a page: it stands at the head."""
    for cell in cells:
        for noted, part in cell["parts"]:
            if noted.get("kind") == "finding":
                cell["parts"].remove((noted, part))
                return cast(Mapping[str, Any], noted)
    return None


def _filled(cells: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the cells without headings under which code showed nothing."""
    for place, cell in enumerate(cells):
        under: list[dict[str, Any]] = []
        for after in cells[place + 1 :]:
            if after["kind"] != "code":
                break
            under.append(after)
        bare = cell["kind"] == "markdown" and re.fullmatch(_BARE, str(cell["source"]).strip())
        told = any(noted.get("kind") != "pointer" for one in under for noted, _ in one["parts"])
        if told or not (bare and under):
            yield cell


def _shown(cells: Cells, context: Context) -> Iterator[dict[str, Any]]:
    """Yield what the template asks for of each cell that is not removed."""
    failed = context.failure.cell if context.failure else None
    titled = False
    for cell in cells.shown:
        source = cell.source
        if cell.kind == "markdown" and not titled and source.startswith("<h1>"):
            titled, source = True, source.partition("</h1>\n")[2]
        if not source.strip():
            continue
        # What is removed must not hide why a report failed.
        removed = cell.removed if cell.place != failed else frozenset()
        hidden = cell.hidden if cell.place != failed else frozenset()
        if "cell" in removed or (cell.kind != "code" and "input" in removed):
            continue
        parts = [
            (noted, part)
            for noted, made in cell.outputs
            for part in made
            if not (part.kind == "error" and cell.place == failed)  # it is told at the top
        ]
        yield {
            "kind": cell.kind,
            "source": source if cell.kind in ("code", "raw") else Markup(source),
            "number": cell.number,
            "noted": cell.noted,
            "failed": cell.place == failed,
            "input": "input" not in removed,
            "method": _method(source) if cell.kind == "markdown" else "",
            "parts": [one for one in parts if _stays(one[1], removed)],
            "folded": "cell" in hidden or (cell.kind != "code" and "input" in hidden),
            "outputs_folded": "output" in hidden,
        }


def _method(source: str) -> str:
    """Return the heading of prose that is looked up rather than read: it is folded.

    >>> _method('<h2 id="section-method">Method</h2>'), _method("<h2>The method</h2>")
    ('Method', '')
    """
    found = re.match(r"\s*<h2[^>]*>(Method)</h2>", source)
    return found[1] if found else ""


def _stays(part: Part, removed: frozenset[str]) -> bool:
    streams = {"text": "stdout", "warning": "stderr"}
    return "output" not in removed and streams.get(part.kind, "") not in removed


def _with_contents(html: str) -> str:
    """Tell sections of one name apart, and list them under the title.

    Examples
    --------
    >>> _with_contents('<h2 id="section-a">A</h2><h2 id="section-a">A</h2>')
    '<h2 id="section-a">A</h2><h2 id="section-a-2">A</h2>'
    """
    seen: dict[str, int] = {}
    links = []

    def number(found: re.Match[str]) -> str:
        name, words = found.groups()
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name}-{seen[name]}"
        plain = re.sub(r"</?a\b[^>]*>", "", words)
        links.append(f'<li><a href="#{name}">{plain}</a></li>')
        return f'<h2 id="{name}">{words}</h2>'

    html = re.sub(r'<h2 id="(section[a-z0-9-]*)">(.*?)</h2>', number, html)
    contents = ""
    if len(links) >= _SECTIONS:
        items = "\n".join(links)
        contents = f'<nav class="contents" aria-label="On this page"><ul>\n{items}\n</ul></nav>'
    return html.replace(_CONTENTS, contents, 1)


#: A link to a page of the same folder, alone in a sentence or not; prose of notebooks is passed by.
_TO_A_PAGE = re.compile(
    r'<(?:section class="prose">[^<]*(?:<(?!/section>)[^<]*)*|'
    r'(p class="note pointer">(?:(?!</p>).)*?<)?'
    r'a (?:[^<>]* )?href="([\w.-]+\.html)(?:#[^"]*)?"[^<>]*>((?:(?!</a>).)*)</a>(?(1)\s*</p>))',
    re.DOTALL,
)


def _without_dead_links(html: str, pages: Sequence[str]) -> str:
    """Leave the words alone of links to pages that the site has not.

    What questions show leads to reports that a list of one's own need not hold. A note that only
    leads there goes with its link. Links that somebody wrote into a notebook are theirs.

    Examples
    --------
    >>> _without_dead_links('<a href="a.html#b">A</a> <a class="c" href="d.html">D</a>', ["d.html"])
    'A <a class="c" href="d.html">D</a>'
    >>> _without_dead_links('<p class="note pointer">See: <a href="a.html">A</a></p>', ["d.html"])
    ''
    """
    known = {*pages, FRONT, SEARCH, CHANGES, None}

    def kept(found: re.Match[str]) -> str:
        note, page, words = found.groups()
        return found[0] if page in known else "" if note else words

    return _TO_A_PAGE.sub(kept, html) if pages else html


def _linked(html: str, studies: Mapping[str, str]) -> str:
    """Lead the links to rows, which JupyterLab follows to the CSVs, to the pages of the tables.

    And the names of studies to the pages of those that have one.

    Examples
    --------
    >>> _linked('<a data-row="safety 2" href="../data/safety.csv#row=0">2</a>', {})
    '<a href="data/safety.html#row-2">2</a>'
    >>> _linked('<span data-study="a">A</span> <span data-study="b">B</span>', {"a": "a.html"})
    '<a href="a.html">A</a> B'
    """

    def named(found: re.Match[str]) -> str:
        study, words = found.groups()
        return f'<a href="{studies[study]}">{words}</a>' if study in studies else words

    html = re.sub(r'<span data-study="([^"<>]*)">([^<>]*)</span>', named, html)
    to_csv = r'data-row="([a-z_]+) (\d+)" href="[^"<>]*"'
    return re.sub(to_csv, rf'href="{TABLES_FOLDER}/\1.html#row-\2"', html)
