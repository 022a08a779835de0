import csv
import io
import re
import shutil
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import atopic
from atopic.display import show
from atopic.display.show import _as_csv
from atopic.paths import bundled
from atopic.reporting.pages.themes import plain_table
from atopic.review import use_review


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """What would have been displayed: the data and its metadata."""
    caught: list[tuple[dict[str, str], dict[str, Any]]] = []

    def display(data: dict[str, str], *, metadata: dict[str, Any], raw: bool) -> None:
        assert raw
        caught.append((data, metadata["atopic"]))

    monkeypatch.setattr(show, "display", display)
    return caught


def drawing() -> Figure:
    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([0, 1], clip_on=True)
    axes.set_title("x < y")
    return figure


def test_a_figure_is_svg_with_real_text_and_ids_of_its_own(shown: list[Any]) -> None:
    for name in ("one", "two"):
        show.figure(
            drawing(), name=name, alt='Rises & "falls"', caption="A line.", rows={"scores": [3, 2]}
        )
    (first, metadata), (under, kind), (second, _), _ = shown
    assert kind == {"kind": "caption"}
    links = re.findall(
        r'data-row="(scores \d)" href="[^"]*/scores.csv#row=(\d)"', under["text/html"]
    )
    assert links == [("scores 2", "0"), ("scores 3", "1")]
    svg = first["image/svg+xml"]
    assert svg.startswith('<svg role="img" aria-label="Rises &amp; &quot;falls&quot;" ')
    assert "x &lt; y</text>" in svg
    assert 'id="one-figure_1"' in svg
    assert "url(#one-" in svg
    assert 'id="two-figure_1"' in second["image/svg+xml"]
    assert metadata == {
        "kind": "figure", "name": "one", "alt": 'Rises & "falls"', "caption": "A line.",
        "rows": {"scores": [2, 3]},
    }  # fmt: skip


def test_a_figure_is_the_same_bytes_each_time(shown: list[Any]) -> None:
    for _ in range(2):
        show.figure(drawing(), name="one", alt="Rises.", caption="A line.")
    assert shown[:2] == shown[2:]


def test_a_table_says_that_it_is_folded_only_if_it_is(shown: list[Any]) -> None:
    frame = pd.DataFrame({"study_id": ["a"]})
    show.table(frame, name="open", caption="Open.")
    show.table(frame, name="folded", caption="Folded.", folded=True)
    assert [metadata.get("folded") for _, metadata in shown] == [None, True]
    opened, folded = (data["text/html"] for data, _ in shown)
    assert "<details" not in opened
    assert re.match(r"<details[^>]*><summary>Folded.</summary>", folded)
    assert folded.endswith("</details>")
    assert plain_table(folded) == plain_table(opened).replace("Open.", "Folded.").replace(
        "open", "folded"
    )


def test_a_table_brings_the_colours_under_its_text(shown: list[Any]) -> None:
    show.table(pd.DataFrame({"a": [1]}), name="t", caption="c")
    assert "#t tbody tr{background-color:#fff!important}" in shown[0][0]["text/html"]


def test_links_lead_to_the_tables_that_were_read(shown: list[Any], tmp_path, monkeypatch) -> None:
    shutil.copytree(bundled("data"), tmp_path / "mine")
    (tmp_path / "books").mkdir()
    monkeypatch.chdir(tmp_path / "books")
    atopic.load("../mine")
    show.table(pd.DataFrame({"a": ["x"], "row": [7]}), name="t", caption="c", rows="safety")
    (link,) = re.findall(r'<a data-row="safety 7" href="([^"]*)">7</a>', shown[0][0]["text/html"])
    assert link == "../mine/safety.csv#row=5"
    # The viewer of JupyterLab counts the rows of data from zero on; a spreadsheet all from one on.
    with (tmp_path / "mine" / "safety.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:][5] == rows[7 - 1]


@pytest.mark.parametrize(("alt", "caption"), [("", "c"), ("a", " ")])
def test_a_figure_without_words_is_refused(alt: str, caption: str) -> None:
    with pytest.raises(ValueError, match="figure 'x' needs an alt text and a caption"):
        show.figure(drawing(), name="x", alt=alt, caption=caption)


@pytest.mark.parametrize("name", ["", "A b", "../x", "a" * 81, None])
def test_a_name_that_cannot_be_a_file_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match=r"the name of a figure, .* must be lower-case letters"):
        show.figure(drawing(), name=name, alt="a", caption="c")
    with pytest.raises(ValueError, match=r"the name of a figure, .* must be lower-case letters"):
        show.figure(None, name=name, alt="", caption="c")
    with pytest.raises(ValueError, match=r"the name of a table, .* must be lower-case letters"):
        show.table(pd.DataFrame({"a": [1]}), name=name, caption="c")


def test_readers_without_the_font_get_one_as_wide(shown: list[Any]) -> None:
    from atopic.display.style import styled

    with styled():
        show.figure(drawing(), name="one", alt="a", caption="c")
    fonts = set(re.findall('font-family: ([^;"]+)', shown[0][0]["image/svg+xml"]))
    assert fonts == {"'DejaVu Sans', Verdana, Arial, sans-serif"}


def test_a_table_has_headers_for_screen_readers_and_a_csv(shown: list[Any]) -> None:
    frame = pd.DataFrame(
        {"study": ["<b>", "c"], "rate": [0.5, None], "url": ["https://doi.org/1", ""]}
    )
    show.table(frame, name="t", caption="Rates", labels={"study": "Study"}, links=("url",))
    html = shown[0][0]["text/html"]
    assert 'aria-labelledby="t-title"' in html
    assert '<th scope="row" id="t-stub-1" class="gt_row gt_left gt_stub">&lt;b&gt;</th>' in html
    assert 'scope="col" id="t-rate"' in html
    assert ">Study</th>" in html
    assert 'href="https://doi.org/1"' in html
    assert ">doi.org/1</a>" in html
    assert ">no public address known</td>" in html
    assert "nan" not in html
    assert shown[0][0]["text/csv"] == "study,rate,url\n<b>,0.5,https://doi.org/1\nc,,\n"


def test_two_tables_of_one_name_are_the_same_bytes(shown: list[Any]) -> None:
    for _ in range(2):
        show.table(pd.DataFrame({"a": [1]}), name="t", caption="c")
    assert shown[0] == shown[1]


def test_an_empty_note_shows_nothing(shown: list[Any]) -> None:
    show.note("")
    assert shown == []
    show.note("a < b")
    assert shown[0][0]["text/html"] == '<p class="note">a &lt; b</p>'


def test_a_note_may_end_in_a_link(shown: list[Any]) -> None:
    show.note("a < b.", link=("Why & how", "certainty.html#question-a"))
    link = '<a href="certainty.html#question-a">Why &amp; how</a>'
    assert shown[0][0]["text/html"] == f'<p class="note">a &lt; b. {link}</p>'


def test_a_section_has_an_address_and_folds(shown: list[Any]) -> None:
    table = pd.DataFrame({"Question": ["<1>"], "Answer": [None]})
    show.article(
        "question-a", "A < B", ["One.", ""], items=["x & y"],
        folds=[("Path", table), ("Nothing", table.iloc[:0])],
    )  # fmt: skip
    data, metadata = shown[0]
    page = data["text/html"]
    assert page.startswith('<section class="article" id="question-a">\n<h3>A &lt; B</h3>\n<p>One.')
    assert page.count("<p>") == page.count("<details") == 1
    assert "<li>x &amp; y</li>" in page
    assert '<th scope="col">Answer</th>' in page
    assert '<tr><th scope="row">&lt;1&gt;</th><td></td></tr>' in page
    assert data["text/plain"] == "A < B\nOne.\nx & y"
    assert metadata == {"kind": "article", "anchor": "question-a"}
    with pytest.raises(ValueError, match="the name of a section"):
        show.article("Question A", "A", [])


def test_a_table_may_have_headings_over_columns_and_footnotes(shown: list[Any]) -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1, 2], "c": [3, 4]})
    show.table(
        frame, name="t", caption="c", spanners={"Both": ("b", "c")},
        footnotes=[("c", 1, "why <4>")],
    )  # fmt: skip
    page = shown[0][0]["text/html"]
    assert re.search(r'colspan="2" scope="colgroup" id="[^"]*Both"', page)
    assert re.search(r'class="gt_footnote_marks"[^>]*>(<[^>]*>)?a<', page)
    assert "why &lt;4&gt;" in page


def test_in_place_of_no_figure_stands_a_note_or_nothing(shown: list[Any]) -> None:
    show.figure(None, name="one", alt="", caption="A.", rows={"scores": []}, empty="None.")
    show.figure(None, name="one", alt="", caption="A.", rows={"scores": []})
    assert [data["text/plain"] for data, _ in shown] == ["None."]


def test_a_figure_that_is_drawn_may_rest_on_no_row(shown: list[Any]) -> None:
    show.figure(drawing(), name="one", alt="Rises.", caption="A.", rows={"scores": []})
    (_, metadata), _ = shown
    assert metadata["rows"] == {"scores": []}


def test_in_place_of_a_table_of_no_rows_stands_a_note_or_nothing(shown: list[Any]) -> None:
    for nothing in (pd.DataFrame({"study_id": []}), pd.DataFrame()):
        show.table(nothing, name="one", caption="A.", data=nothing, empty="None.")
        show.table(nothing, name="one", caption="A.", data=nothing)
    assert [data["text/plain"] for data, _ in shown] == ["None.", "None."]


@given(st.lists(st.lists(st.text() | st.text("a\r\n\",'"), min_size=2, max_size=2), min_size=1))
def test_a_csv_holds_cells_of_any_text(cells: list[list[str]]) -> None:
    frame = pd.DataFrame(cells, columns=["a\r", 'b"\n'])
    text = _as_csv(frame)
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a\r", 'b"\n'], *cells]
    if "\r" not in "".join(map("".join, cells)):
        plain = frame.rename(columns={"a\r": "a"})
        assert _as_csv(plain) == plain.to_csv(index=False, lineterminator="\n")


def test_a_table_calls_studies_by_name_and_its_csv_by_id(shown, evidence):
    use_review(evidence.review)
    show.table(
        pd.DataFrame({"Study": ["seo-2024-phase-2", "x"], "n": [72, 1]}), name="t", caption="T"
    )
    ((bundle, _),) = shown
    assert "SCM-AGH phase 2, 2024" in bundle["text/html"]
    # The id marks which study is meant, and no reader sees it.
    assert 'data-study="seo-2024-phase-2">SCM-AGH phase 2, 2024<' in bundle["text/html"]
    assert bundle["text/html"].count("seo-2024-phase-2") == 1
    assert "seo-2024-phase-2" in bundle["text/csv"]


def test_a_table_with_sentences_or_common_headings_is_a_list_on_phones(shown):
    for cell, spanners in (("word", None), ("word " * 20, None), ("word " * 20, {"A": ["n"]})):
        frame = pd.DataFrame({"of": ["a"], "n": [cell]})
        show.table(frame, name="t", caption="T", notes=("Said.", ""), spanners=spanners)
    marked = [metadata for _, metadata in shown]
    assert ["listed" in one for one in marked] == [False, True, True]
    assert all(one["notes"] == ["Said."] for one in marked)
