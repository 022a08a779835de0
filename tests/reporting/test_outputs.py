"""No output without a trace: the page holds it, or says what it is."""

import base64
import html
import json
import re
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.display.file_names import NARROW_FIGURE
from atopic.reporting.pages.cells import read_cells
from atopic.reporting.pages.long_outputs import cut_outputs
from atopic.reporting.pages.report_page import render
from atopic.reporting.plan.job import Context, Failure

PIXEL = base64.b64encode(
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
).decode()
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>mark</text></svg>'


def context(failure: Failure | None = None) -> Context:
    return Context("a", "A", "", "a.ipynb", (), (), "", "", "", "0", failure)


def notebook(*outputs: Any, **metadata: Any) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("show()", execution_count=1)
    cell.metadata = nbformat.from_dict(metadata)
    cell.outputs = [nbformat.from_dict(output) for output in outputs]
    made = nbformat.v4.new_notebook()
    made.cells = [cell]  # unchecked
    return made


def display(data: Any, **metadata: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def page(*outputs: Any, **metadata: Any) -> str:
    made = render(notebook(*outputs, **metadata), context())
    return made.partition("<main")[2].partition("</main>")[0]


def said(*outputs: Any) -> list[str]:
    return re.findall(r'<p class="note missing">(.*?)</p>', page(*outputs), re.DOTALL)


def emitted() -> list[str]:
    """Return every MIME type that IPython itself may emit."""
    from IPython.core.interactiveshell import InteractiveShell

    formatters = list(InteractiveShell().display_formatter.formatters)
    assert len(formatters) >= 9
    return formatters


VENDOR = [
    "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json",
    "application/vnd.vegalite.v5+json", "application/vnd.bokehjs_exec.v0+json",
    "application/geo+json", "application/vnd.nobody.knows+json", "video/mp4", "audio/wav",
    "application/octet-stream", "model/gltf+json", "image/tiff", "text/csv", "text/x-yaml",
]  # fmt: skip


@pytest.mark.parametrize("kind", [*emitted(), *VENDOR, "image/gif", "image/webp", "image/avif"])
@pytest.mark.parametrize("content", ["mark", "", {}, {"a": "mark"}, ["mark"], None, 3, PIXEL])
def test_every_type_is_held_or_named(kind: str, content: Any) -> None:
    made = html.unescape(page(display({kind: content})).partition("</pre></div>")[2])
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    held = bool(text) and (text in made or "mark" in made)
    assert held or ("Not on this page: " in made and kind in made)


@pytest.mark.parametrize("kind", ["image/png", "image/gif", "image/jpeg", "image/webp"])
def test_images_of_every_type_are_inside_the_page(kind: str) -> None:
    assert f'<img src="data:image/gif;base64,{PIXEL}" alt="A dot">' in page(
        display({kind: PIXEL, "text/plain": "x"}, **{kind: {"alt": "A dot"}})
    )


words = st.text("ab<&\x00 ", max_size=4)
contents = st.none() | st.booleans() | words | st.lists(words, max_size=2) | st.just({"a": [1]})
bundles = st.dictionaries(st.sampled_from(["text/plain", "text/html", "text/latex", "image/png",
    "image/svg+xml", "text/markdown", *VENDOR]), contents, max_size=4)  # fmt: skip


@given(st.lists(bundles, min_size=1, max_size=3))
@settings(max_examples=80)
def test_no_bundle_is_without_a_trace_or_breaks_the_page(found: list[dict[str, Any]]) -> None:
    empty = render(notebook(*(display({"text/plain": "-"}) for _ in found)), context())
    made = render(notebook(*map(display, found)), context())
    assert made.endswith("</html>\n")
    assert len(re.findall(r"</(section|main|div)>", made)) >= empty.count("</main>")
    for one in found:
        body = page(display(one)).partition("</pre></div>")[2]
        assert re.search(r"<(pre|p|img|section|figure|svg)\b|[^<>\s]", body), one


def test_formulas_are_drawn_also_as_outputs() -> None:
    plain = {"text/plain": "<IPython.core.display.Math object>"}
    for tex in (r"$\displaystyle x^2$", "$$x^2$$", r"\begin{equation}x^2\end{equation}",
                r"\[x^2\]", "the sum $x^2$ of"):  # fmt: skip
        made = page(display({"text/latex": tex, **plain}))
        assert "<msup>" in made, tex
        assert "IPython" not in made
    assert "the sum " in made


def test_a_formula_that_cannot_be_drawn_fails_unless_there_is_another_form() -> None:
    faulty = {"text/latex": r"$\nosuch$"}
    bare = {"text/plain": "<IPython.core.display.Latex object>"}
    failure = read_cells(notebook(display(faulty | bare))).failure
    assert failure is not None
    assert "output of cell" in failure.summary
    assert r"\nosuch" in failure.summary
    other = display(faulty | {"text/plain": "x squared"})
    assert read_cells(notebook(other)).failure is None
    assert r"\nosuch" in said(other)[0]
    assert "x squared" in page(other)


def test_what_needs_a_script_says_so_and_shows_its_text() -> None:
    table = "<table><tr><td>Loading</td></tr></table><script>let rows = [1]</script>"
    made = display({"text/html": table, "text/plain": "a b\n1 2"})
    assert said(made) == ["Not on this page: a script, which a page does not load or run."]
    assert "a b\n1 2</pre>" in page(made)
    assert "Loading" in page(made)
    assert "let rows" not in page(made)
    assert read_cells(notebook(made)).notices == [
        "cell 1 of the notebook: not on this page: a script, which a page does not load or run."
    ]
    for markup, word in (
        ("<iframe src='https://x.org'></iframe>", "a frame (https://x.org)"),
        ("<video src='a.mp4'></video>", "a video (a.mp4)"), ("<audio></audio>", "sound"),
        ("<link rel=stylesheet href=a.css>", "a style sheet (a.css)"),
        ("<meta http-equiv=refresh content='0;url=x'>", "a redirect"),
        ("<object data=a.pdf></object>", "an embedded document (a.pdf)"),
    ):  # fmt: skip
        assert word in said(display({"text/html": markup}))[0]


def test_a_picture_beside_what_needs_a_script_is_shown_in_its_place() -> None:
    chart = {"application/vnd.plotly.v1+json": {}, "image/png": PIXEL, "text/plain": "Figure()"}
    assert said(display(chart)) == []
    assert "data:image/gif" in page(display(chart))


@pytest.mark.parametrize(
    "markup",
    ["<div><b>x", "<!-- x", "<style>b {", "<textarea>x", "</main></div>x", "<plaintext>x",
     "<table><tr>x", "x<div", "</body></html>x"],
)  # fmt: skip
def test_html_that_is_not_closed_swallows_nothing(markup: str) -> None:
    made = page(display({"text/html": markup}), {"output_type": "stream", "name": "stdout",
                                               "text": "after"})  # fmt: skip
    from bs4 import BeautifulSoup

    found = BeautifulSoup(f"<main>{made}</main>", "html.parser")
    (after,) = [one for one in found.find_all("pre") if one.text == "after"]
    assert after.parent.get("class") == ["wrap"]
    assert "<plaintext" not in made


def test_errors_and_streams_are_shown_without_escapes() -> None:
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mE: v"]}
    assert '<pre class="stream warning" tabindex="0">E: v</pre>' in page(error)
    assert "E: v" in page({"output_type": "error", "ename": "E", "evalue": "v", "traceback": []})
    stream = {"output_type": "stream", "name": "stdout", "text": "\x1b[1mbold\x1b[0m <b>\x07"}
    assert "bold &lt;b&gt;␇</pre>" in page(stream)


def test_the_error_that_failed_the_report_is_told_once_and_others_where_they_are() -> None:
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["E: v"]}
    made = render(notebook(error), context(Failure("Cell 1: E", "trace", 0)))
    assert "E: v" not in made


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (None, "<pre"), ("text/html", "<b>x</b>"), ("text/markdown", "<em>y</em>"),
        ("text/latex", "<pre"), ("text/restructuredtext", "<pre"), ("text/x-python", "<pre"),
    ],
)  # fmt: skip
def test_raw_cells_of_every_format_are_shown(form: str | None, shown: str) -> None:
    noted = {"raw_mimetype": form} if form else {}
    cell = nbformat.v4.new_raw_cell("<b>x</b> *y*", metadata=noted)
    made = render(nbformat.v4.new_notebook(cells=[cell]), context())
    assert shown in made.partition("<main")[2]


TEXT = {"output_type": "stream", "name": "stdout", "text": "printed"}


@pytest.mark.parametrize(
    ("noted", "code", "text", "folded"),
    [
        ({}, True, True, False),
        ({"tags": ["remove-input"]}, False, True, False),
        ({"tags": ["remove_input"]}, False, True, False),
        ({"tags": ["remove-output"]}, True, False, False),
        ({"tags": ["remove-stdout"]}, True, False, False),
        ({"tags": ["remove-stderr"]}, True, True, False),
        ({"tags": ["remove-cell"]}, False, False, False),
        ({"tags": ["remove_cell", "hide-cell"]}, False, False, False),
        ({"tags": ["hide-input"]}, True, True, False),
        ({"tags": ["hide-output"]}, True, True, True),
        ({"tags": ["hide_output"]}, True, True, True),
        ({"tags": ["hide-cell"]}, True, True, True),
        ({"jupyter": {"outputs_hidden": True}}, True, True, True),
        ({"jupyter": {"source_hidden": True}}, True, True, False),
        ({"hide_input": True}, False, True, False),
        ({"tags": None, "jupyter": 3}, True, True, False),
    ],
)
def test_tags_do_on_the_page_what_they_do_elsewhere(
    noted: dict[str, Any], code: bool, text: bool, folded: bool
) -> None:
    made = page(TEXT, **noted)
    assert ("show" in made) == code
    assert ("printed" in made) == text
    assert ('<details class="fold">' in made) == folded


@pytest.mark.parametrize("tag", ["remove-cell", "remove-input", "remove-output", "hide-cell"])
def test_a_tag_hides_neither_a_failure_nor_a_notice(tag: str) -> None:
    made = render(notebook(TEXT, tags=[tag]), context(Failure("Cell 1: E", "trace", 0)))
    assert '<div class="code failed"' in made
    assert "printed" in made
    assert read_cells(notebook(display({"application/pdf": "x"}), tags=[tag])).notices
    missing = nbformat.v4.new_markdown_cell("![x](none.png)", metadata={"tags": [tag]})
    assert read_cells(nbformat.v4.new_notebook(cells=[missing])).failure


def test_markdown_cells_can_be_folded_or_removed() -> None:
    def made(tag: str) -> str:
        cell = nbformat.v4.new_markdown_cell("Words", metadata={"tags": [tag]})
        return render(nbformat.v4.new_notebook(cells=[cell]), context())

    assert '<details class="fold"><summary>Text</summary><section' in made("hide-cell")
    assert "Words" not in made("remove-cell")
    assert "Words" not in made("remove-input")
    assert "Words" in made("remove-output")


LONG = "y\n" * 300_000
HUGE = "z" * 30_000_000


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        ([{**TEXT, "text": LONG}], "Of a text of 600,000 characters the page shows the first"),
        ([{**TEXT, "text": HUGE}], "Of a text of 30,000,000 characters"),
        ([display({"text/plain": LONG})], "Of a text of 600,000 characters"),
        ([display({"text/html": HUGE, "text/plain": "p"})], "an output (text/html) of 30 MB"),
        ([display({"image/png": HUGE, "text/plain": "p"})], "an output (image/png) of 30 MB"),
        ([display({"application/json": {"a": [HUGE]}})], "an output (application/json) of 30 MB"),
        ([dict(TEXT) for _ in range(5000)], "Of 5,000 outputs the page shows the first 1,000."),
        (
            [display({"text/html": "w" * 9_000_000}) for _ in range(9)],
            "Of 9 outputs the page shows",
        ),
    ],
)
def test_what_nobody_could_read_is_cut_in_words(outputs: list[Any], sentence: str) -> None:
    made = notebook(*outputs)
    cut_outputs(made.cells[0].outputs)
    once = json.dumps(made)
    cut_outputs(made.cells[0].outputs)
    assert json.dumps(made) == once
    found = read_cells(made)
    assert any(sentence.lower()[1:] in words.lower() for words in found.notices)
    shown = render(made, context(), found)
    assert sentence in shown
    assert len(shown) < 60_000_000
    assert "<p>p</p>" not in shown
    if "text/plain" in str(outputs[0].get("data", {}).keys()) and len(outputs[0]["data"]) > 1:
        assert ">p</pre>" in shown


def test_outputs_that_can_be_read_are_not_cut() -> None:
    made = notebook(TEXT, display({"text/html": "a", "text/plain": LONG}))
    cut_outputs(made.cells[0].outputs)
    assert len(made.cells[0].outputs) == 2
    assert made.cells[0].outputs[0] == TEXT


def test_a_figure_may_bring_a_form_for_phones() -> None:
    narrow = SVG.replace("mark", "slim")
    body = page(display({"image/svg+xml": SVG, NARROW_FIGURE: narrow}))
    assert re.search(r'<figure class="both">.*mark.*<div class="narrow">.*slim', body, re.DOTALL)
    assert said(display({"image/svg+xml": SVG, NARROW_FIGURE: narrow})) == []


@pytest.mark.parametrize("narrow", ["<svg>", "", "no image", None, 3])
def test_of_a_form_for_phones_that_is_none_the_figure_stays(narrow: Any) -> None:
    body = page(display({"image/svg+xml": SVG, NARROW_FIGURE: narrow}))
    assert "mark" in body
    assert 'class="narrow"' not in body


def test_a_form_for_phones_runs_no_script() -> None:
    narrow = SVG.replace("<text>", "<script>alert(1)</script><text>")
    body = page(display({"image/svg+xml": SVG, NARROW_FIGURE: narrow}))
    assert "<script" not in body


def sections(*cells: Any, failure: Failure | None = None) -> str:
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_markdown_cell(one)
        if isinstance(one, str)
        else nbformat.v4.new_code_cell(
            "show()", outputs=[nbformat.v4.new_output("display_data", one)] if one else []
        )
        for one in cells
    ]
    return render(made, context(failure))


def test_a_heading_under_which_nothing_was_shown_is_not_printed() -> None:
    body = sections("# A", "## Full", {"text/plain": "x"}, "## Hollow", {}, {}, "## Last", {}, {
        "text/plain": "y"})  # fmt: skip
    assert re.findall(r"<h2[^>]*>(Full|Hollow|Last)</h2>", body) == ["Full", "Last"]


def test_headings_stay_with_prose_without_code_and_after_a_failure() -> None:
    cells = ("# A", "## Said\n\nIn words.", {}, "## Alone", "## Open", {})
    assert re.findall(r"<h2[^>]*>(Said|Alone|Open)</h2>", sections(*cells)) == ["Said", "Alone"]
    failed = sections(*cells, failure=Failure("It failed", "", None))
    assert re.findall(r"<h2[^>]*>(Said|Alone|Open)</h2>", failed) == ["Said", "Alone", "Open"]
