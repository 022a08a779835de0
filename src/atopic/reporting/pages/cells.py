"""The cells of an executed notebook as a page shows them, by their tags, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atopic.errors import ReportError
from atopic.reporting.pages.embedding import embed
from atopic.reporting.pages.images import Images
from atopic.reporting.pages.mathematics import markdown
from atopic.reporting.pages.outputs import Part, parts, printed
from atopic.reporting.plan.job import Failure

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Shown:
    """One cell."""

    place: int  # in the notebook
    kind: str  # code, or what its prose is: markdown or raw
    source: str
    number: int | None  # of its execution
    noted: Mapping[str, Any]  # its metadata
    outputs: list[tuple[Mapping[str, Any], list[Part]]]  # metadata of `show`, and what is shown
    hidden: frozenset[str]  # of input, output and cell: folded
    removed: frozenset[str]  # of input, output and cell


@dataclass
class Cells:
    """All cells of a notebook, and what came up while they were read."""

    shown: list[Shown] = field(default_factory=list)
    failure: Failure | None = None  # the first image that is not there, or faulty formula
    notices: list[str] = field(default_factory=list)  # what the page cannot show
    files: dict[str, str] = field(default_factory=dict)  # sha256 of the images, by path


def read_cells(notebook: "NotebookNode", folder: Path | None = None) -> Cells:
    """Read the cells of an executed notebook, its images from a folder."""
    images, found = Images(folder), Cells()
    for place, cell in enumerate(notebook.cells):
        faults: list[ReportError] = []
        attachments = cell.get("attachments")
        address = partial(images.address, attachments=attachments)
        if cell.cell_type == "code":
            outputs = [
                (_noted(output), parts(output, images.address, faults))
                for output in cell.get("outputs") or []
            ]
            source, kind = cell.source, "code"
        else:
            outputs = []
            kind, source, needs = _prose(cell, address, faults)
            if needs:
                words = f"{' and '.join(needs)}, which a page does not load or run"
                outputs = [({}, [Part("missing", f"Not on this page: {words}.")])]
        found.notices += [
            f"cell {place + 1} of the notebook: {part.content.lower()[:1]}{part.content[1:]}"
            for _, made in outputs for part in made if part.kind == "missing"
        ]  # fmt: skip
        if faults and not found.failure:
            called = "markdown cell" if cell.cell_type == "markdown" else "output of cell"
            called = "raw cell" if cell.cell_type == "raw" else called
            words = f"Cell {place + 1} of the notebook ({called}): {faults[0]}"
            found.failure = Failure(words, "", place)
        hidden, removed = _said(cell.get("metadata"))
        found.shown.append(
            Shown(place, kind, source, cell.get("execution_count"), cell.get("metadata") or {},
                  outputs, hidden, removed)
        )  # fmt: skip
    found.files = images.files
    return found


def _noted(output: Mapping[str, Any]) -> Mapping[str, Any]:
    noted = output.get("metadata")
    shown = noted.get("atopic") if isinstance(noted, Mapping) else None
    if not isinstance(shown, Mapping):
        return {}
    rows = shown.get("rows")
    known = rows.items() if isinstance(rows, Mapping) else ()
    return {**shown, "rows": {name: found for name, found in known if isinstance(found, list)}}


def _prose(cell: Any, address: Any, faults: list[ReportError]) -> tuple[str, str, list[str]]:
    """Return what prose a cell is, its HTML, and what is in it that a page cannot show."""
    source = "".join(cell.source)
    if cell.cell_type == "markdown":
        made, needs = embed(markdown(source, faults=faults), address, faults)
        return "markdown", made, needs
    noted = cell.get("metadata") or {}
    form = str(noted.get("raw_mimetype") or noted.get("format") or "").lower()
    if form == "text/html":
        made, needs = embed(source, address, faults)
        return "html", made, needs
    if form in ("text/markdown", "text/x-markdown"):
        made, needs = embed(markdown(source, faults=faults), address, faults)
        return "markdown", made, needs
    return "raw", printed(source), []


def _said(noted: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Return what of a cell its tags fold away, and what they remove.

    The tags are those of Jupyter Book, also as they were written before; beside them count what
    JupyterLab notes of a cell that is folded, and the older ``hide_input`` and ``collapsed``.

    Examples
    --------
    >>> hidden, removed = _said({"tags": ["hide-input", "remove_output"]})
    >>> sorted(hidden), sorted(removed)
    (['input'], ['output'])
    """
    noted = noted if isinstance(noted, Mapping) else {}
    tags = noted.get("tags")
    names = (
        {str(tag).lower().replace("_", "-") for tag in tags} if isinstance(tags, list) else set()
    )
    every = ("input", "output", "cell", "stdout", "stderr")
    hidden = {one for one in every if f"hide-{one}" in names}
    removed = {one for one in every if f"remove-{one}" in names}
    lab = noted.get("jupyter")
    lab = lab if isinstance(lab, Mapping) else {}
    if lab.get("source_hidden") is True:
        hidden.add("input")
    if lab.get("outputs_hidden") is True or noted.get("collapsed") is True:
        hidden.add("output")
    if noted.get("hide_input") is True:
        removed.add("input")
    return frozenset(hidden), frozenset(removed)
