"""Images are inside the page, or the report fails and names them."""

import base64
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest

from atopic.paths import bundled
from atopic.reporting.build import build, plan
from atopic.reporting.pages import images
from atopic.reporting.pages.cells import read_cells
from atopic.reporting.pages.report_page import render
from atopic.reporting.plan.job import Context
from atopic.reporting.plan.manifest import Report
from tests.reporting.test_outputs import PIXEL

GIF = base64.b64decode(PIXEL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project/notebooks/sub").mkdir(parents=True)
    (tmp_path / "project/reports.toml").touch()
    folder = tmp_path / "project/notebooks"
    for name in ("near.png", "a b.PNG", "sub/deep.gif", "ä.png", "50%.png", "q?x.png", "../up.png"):
        (folder / name).write_bytes(GIF)
    (folder / "draw.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "outside.png").write_bytes(GIF)
    for name, inside in (
        ("far", '<image href="https://example.org/x.png"/>'), ("parts", '<use href="draw.svg#a"/>'),
        ("ring", '<image href="ring.svg"/>'),
    ):  # fmt: skip
        (folder / f"{name}.svg").write_text(f"<svg>{inside}</svg>")
    (folder / "wrong.png").write_text("<!doctype html><p>Not found")
    (folder / "empty.png").touch()
    return folder


def markdown(source: str, **attachments: Any) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_markdown_cell(source)
    if attachments:
        cell["attachments"] = attachments
    return nbformat.v4.new_notebook(cells=[cell])


def html(source: str, kind: str = "text/html") -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("display_data", {kind: source})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])


def page(made: nbformat.NotebookNode, folder: Path) -> str:
    found = read_cells(made, folder)
    assert found.failure is None, found.failure
    context = Context("a", "A", "", "a.ipynb", (), (), "", "", "", "0")
    return render(made, context, found).partition("<main")[2]


NAMED = [
    "![x](near.png)", "![x][r]\n\n[r]: near.png", "![x](./near.png?v=1#f)", "![x](a%20b.PNG)",
    "![x](<a b.PNG>)", "![x](sub/deep.gif)", "![x](../up.png)", "![x](%C3%A4.png)", "![x](ä.png)",
    "![x](50%25.png)", "[![x](near.png)](https://doi.org/1)", "| a |\n|-|\n| ![x](near.png) |",
    "![x](files/near.png)", "![x](q%3Fx.png)",
]  # fmt: skip
MARKUP = [
    '<img src="near.png">', "<img src=near.png>", "<IMG SRC='near.png'/>",
    '<img srcset="near.png 1x, sub/deep.gif 2x">', '<img src="a b.PNG">',
    '<picture><source srcset="near.png"><img src="near.png"></picture>',
    '<div style="background-image: url(near.png)">x</div>',
    "<style>p { background: url('near.png') }</style><p>x</p>",
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" fill="url(near.png#a)"/></svg>',
    '<svg><image href="near.png"/></svg>', '<svg><image xlink:href="near.png"></image></svg>',
    '<object data="near.png" type="image/png"></object>', '<input type="image" src="near.png">',
    '<embed src="near.png">', '<table background="near.png"><tr><td>x</td></tr></table>',
    "<p style='content: image-set(\"near.png\" 1x)'>x</p>", "<image src='near.png'>",
    "<input type=' IMAGE' src=near.png>", r"<p style='background: \75 r\6c(near.png)'>x</p>",
    r"<style>p { background: u\000072L('near.png') }</style><p>x</p>",
]  # fmt: skip


@pytest.mark.parametrize("source", NAMED + MARKUP)
def test_an_image_named_in_a_cell_is_inside_the_page(source: str, folder: Path) -> None:
    made = page(markdown(source), folder)
    assert PIXEL in made
    assert not re.search(r"(near|deep|up)\.(png|gif)", made)


@pytest.mark.parametrize("source", MARKUP)
def test_an_image_named_in_an_output_is_inside_the_page(source: str, folder: Path) -> None:
    assert PIXEL in page(html(source), folder)


def test_images_in_markdown_outputs_and_a_poster_too(folder: Path) -> None:
    assert PIXEL in page(html("![x](near.png)", "text/markdown"), folder)
    made = page(html('<video poster="near.png" src="a.mp4"></video>'), folder)
    assert PIXEL in made
    assert "a video (a.mp4)" in made
    assert "data:image/svg+xml;base64," in page(markdown("![x](draw.svg)"), folder)


#: A drawing that names an image, from where it lies.
DRAWINGS = [
    '<image href="deep.gif"/>', '<image xlink:href=" deep.gif "/>',
    "<image width='1' href='deep.gif'></image>",
    '<filter id="f"><feImage href="deep.gif"/></filter>', '<image href="../near.png"/>',
    '<rect style="fill: url(deep.gif)"/>', "<style>rect { fill: url('deep.gif') }</style>",
    '<image href="within.svg"/>',
]  # fmt: skip


@pytest.mark.parametrize("drawn", DRAWINGS)
@pytest.mark.parametrize("held", [False, True])
def test_an_image_named_in_a_drawing_is_inside_the_drawing(
    drawn: str, held: bool, folder: Path
) -> None:
    xlink = ' xmlns:xlink="http://www.w3.org/1999/xlink"' if "xlink" in drawn else ""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"{xlink} viewBox="0 0 1 1">{drawn}</svg>'
    (folder / "sub/within.svg").write_text('<svg><image href="./deep.gif"/></svg>')
    (folder / "sub/names.svg").write_text(svg)
    source = "![x](sub/names.svg)"
    if held:
        near = re.sub(r"(?<=[\"'( ])(deep.gif|within.svg)", r"sub/\1", svg).replace("../", "")
        source = f"<img src='data:image/svg+xml;base64,{base64.b64encode(near.encode()).decode()}'>"
    made = page(markdown(source), folder)
    for _ in range(2):
        (content,) = re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", made)
        made = base64.b64decode(content).decode()
        ElementTree.fromstring(made)
        assert 'xmlns="http://www.w3.org/2000/svg"' in made
        if "data:image/svg" not in made:
            break
    assert PIXEL in made
    assert "deep.gif" not in made


@pytest.mark.parametrize(
    "name",
    [
        "bare.svg", "data:image/svg+xml,<svg width='9' height='9'/>",
        "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' fill='#f00'/>",
        f"data:image/svg+xml;base64,{PIXEL}", f"data:application/octet-stream;base64,{PIXEL}",
        f"data:;base64,{PIXEL}", f"data:IMAGE/PNG;BASE64,{PIXEL}",
    ],
)  # fmt: skip
def test_what_holds_an_image_is_said_to_be_what_it_is(name: str, folder: Path) -> None:
    """Browsers take a drawing by its type and its namespace, and # for the end of an address."""
    (folder / "bare.svg").write_text("<svg width='9' height='9'/>")
    found = images.Images(folder).address(name)
    about, _, content = found.partition(",")
    assert re.fullmatch("data:image/[a-z+]+;base64", about, re.IGNORECASE)
    decoded = base64.b64decode(content)
    assert ("svg" in about) == decoded.startswith(b"<svg")
    assert b"<svg" not in decoded or b"http://www.w3.org/2000/svg" in decoded


def test_attachments_are_inside_the_page(folder: Path) -> None:
    held = {"x y.png": {"image/png": PIXEL}}
    for source in ("![x](attachment:x%20y.png)", '<img src="attachment:x y.png">',
                   "![x][r]\n\n[r]: <attachment:x y.png>"):  # fmt: skip
        assert PIXEL in page(markdown(source, **held), folder)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none.png", "there is no image 'none.png'"),
        ("neer.png", "did you mean 'near.png'"),
        ("https://example.org/x.png", "is remote, and a page loads nothing"),
        ("//example.org/x.png", "is remote"),
        ("/etc/passwd", "is not named by a path from the notebook's folder"),
        ("file:///etc/passwd", "is not named by a path"),
        ("C:/x.png", "is not named by a path"),
        ("../../outside.png", "lies outside the project"),
        ("wrong.png", "is no image that a browser shows: it begins with '<!doctype"),
        ("empty.png", "it is empty"),
        ("sub", "is no file"),
        ("link.png", "is a link"),
        ("linked/deep.gif", "is a link"),
        ("pipe.png", "is no file"),
        ("big.png", "at most 20 fit into a page"),
        ("attachment:x.png", "has no attachment 'x.png'"),
        ("data:text/html,x", "holds no image"),
        ("data:image/png;base64,", "holds no image"),
        ("data:image/png;base64,AAAA", "holds no image"),
        ("data:image/svg+xml,<p>", "holds no image"),
        ("data:,", "holds no image"),
        ("far.svg", "the image 'https://example.org/x.png' is remote"),
        ("parts.svg", "is named by <use>"),
        ("ring.svg", "the image 'ring.svg' is in itself"),
    ],
)
def test_what_cannot_be_inside_fails_the_report_and_names_its_cell(
    name: str, why: str, folder: Path
) -> None:
    (folder / "link.png").symlink_to(folder / "near.png")
    (folder / "linked").symlink_to(folder / "sub")
    os.mkfifo(folder / "pipe.png")
    with (folder / "big.png").open("wb") as stream:
        stream.truncate(images.LIMIT + 1)
    for made, called in ((markdown(f"<img src='{name}'>"), "markdown cell"),
                         (html(f"<img src='{name}'>"), "output of cell")):  # fmt: skip
        failure = read_cells(made, folder).failure
        assert failure is not None
        assert failure.summary.startswith(f"Cell 1 of the notebook ({called}): ")
        assert why in failure.summary
        assert "\n" not in failure.summary
        assert failure.cell == 0


@pytest.mark.parametrize("held", [None, 3, {"x": None}, {"x": {}}, {"x": {"image/png": "!"}}, []])
def test_malformed_attachments_fail_in_words(held: Any, folder: Path) -> None:
    made = markdown("![x](attachment:x)")
    made.cells[0]["attachments"] = held
    failure = read_cells(made, folder).failure
    assert failure is not None
    assert "attachment 'x'" in failure.summary


def test_code_and_plain_links_name_no_image(folder: Path) -> None:
    page(
        markdown("`![x](none.png)` [a](none.png) \\![x](none.png)\n\n    <img src=none.png>"),
        folder,
    )


def test_an_image_counts_for_what_has_changed(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    path = notebook(
        "x: int = 1  # one", "from IPython.display import HTML; HTML('<img src=b.gif>')"
    )
    content = nbformat.read(path, 4)
    content.cells[0].source = "# T\n\n![x](<a b.GIF>)"
    nbformat.write(content, path)
    for name in ("a b.GIF", "b.gif"):
        (tmp_path / name).write_bytes(GIF)
    report = Report(id="r", title="R", notebook=path)

    def reused() -> bool:
        (one,) = build(plan([report]), data=bundled("data"), out=tmp_path / "out", site=[report])
        assert one.failure is None
        return one.reused

    assert [reused(), reused()] == [False, True]
    for name in ("a b.GIF", "b.gif"):
        (tmp_path / name).write_bytes(GIF + b"\0")
        assert [reused(), reused()] == [False, True]
