"""Imports and uses once what every report may use: it is then there for all."""

import importlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import atopic
from atopic.engine.temporary_folders import Temporary
from atopic.reporting.plan.table_files import TableFiles

#: What may be imported before there is a notebook, since to import it changes nothing else, says
#: nothing and warns of nothing. Whatever else a notebook imports is imported in its own process:
#: else it would change the pages of others.
VOUCHED = (
    "numpy", "pandas", "scipy.optimize.elementwise", "scipy.special",
    "matplotlib.figure", "matplotlib.pyplot",
    "great_tables", "latex2mathml.converter",
)  # fmt: skip
#: The same, of what takes long to import and `atopic` does without: where a notebook names it.
VOUCHED_IF_NAMED = ("scipy.stats",)
#: The rooms of atopic that notebooks call.
_ROOMS = ("display", "evidence", "questions", "stats")
#: As `atopic.engine` takes them.
WARM_UP, READ = f"{__name__}:exercise", f"{__name__}:read_before"
WARM_UP_PAGES = f"{__name__}:exercise_pages"
ASK, IMPORT = f"{__name__}:ask_before", f"{__name__}:import_before"
SHOW = "atopic.reporting.pages.highlighting:show_as"
#: From so many reports on it takes less time to import, use and answer beforehand what most of them
#: need.
MANY = 3
_IMPORTED = re.compile(r"\batopic\.questions\.([a-z_]+)")


def read_before(tables: TableFiles | Path) -> None:
    """Read tables once for all reports forked from here, each of which may alter its own copy."""
    from atopic.evidence.folder import remember

    if isinstance(tables, Path):
        remember(tables)
        return
    with Temporary() as folder:
        tables.unpack(folder / "data")
        remember(folder / "data")


def named_by(notebooks: Iterable[str]) -> list[str]:
    """Return what of `VOUCHED_IF_NAMED` any notebook imports, by its name or from its package.

    Examples
    --------
    >>> named_by(["from scipy import special, stats"]), named_by(["import scipy"])
    (['scipy.stats'], [])
    """
    texts = set(notebooks)
    return [
        name
        for name in VOUCHED_IF_NAMED
        for package, _, module in [name.rpartition(".")]
        # In JSON a line ends with a backslash, a cell with a quotation mark.
        if any(re.search(rf'\b{package}\b[^"\\]*\b{module}\b', text) for text in texts)
    ]


def import_before(names: Iterable[str]) -> None:
    """Import modules for all reports forked from here."""
    for name in names:
        importlib.import_module(name)


def asked_by_many(notebooks: Iterable[str]) -> list[str]:
    """Return the questions, of those that can be asked ahead, that many notebooks import.

    Examples
    --------
    >>> asked_by_many(["from atopic.questions.certainty import Settings"] * 4)
    ['certainty']
    """
    texts = Counter(notebooks)
    known = {text: set(_IMPORTED.findall(text)) for text in texts}
    return [
        name
        for name in _asked_ahead()
        if sum(number for text, number in texts.items() if name in known[text]) >= MANY
    ]


def ask_before(questions: Iterable[str]) -> None:
    """Ask questions of what `read_before` read, so that no report need compute the answers."""
    from atopic.evidence.folder import answer_ahead

    for name in questions:
        question = importlib.import_module(f"atopic.questions.{name}")
        answer_ahead(getattr(question, _asked_ahead()[name]))


def _asked_ahead() -> dict[str, str]:
    found: dict[str, str] = importlib.import_module("atopic.questions.ahead").ASKED
    return found


def beginning(notebooks: Collection[str] = ()) -> tuple[tuple[str, ...], str]:
    """Return the modules that the warm process begins with, and what warms it up then.

    `notebooks` are all that it is for, as far as is known. If they are few, that is what they name
    and nothing more: it would take longer to import and use the rest than to do without.

    Examples
    --------
    >>> beginning(["from atopic.questions.safety import events"])
    (('atopic.display.show', 'atopic.questions.safety'), '')
    """
    if not 0 < len(notebooks) < MANY:
        return vouched(), WARM_UP
    named = {name for text in notebooks for name in _IMPORTED.findall(text)}
    every = (f"atopic.questions.{name}" for name in sorted(named))
    return ("atopic.display.show", *(name for name in every if name in vouched())), ""


@cache
def vouched() -> tuple[str, ...]:
    """Return the modules that may be imported before there is a notebook.

    Examples
    --------
    >>> {"pandas", "atopic.stats.proportions", "atopic.display.show"} <= set(vouched())
    True
    """
    # By their files: to walk packages is to import each of them here, where nobody needs them.
    own = [
        ".".join(("atopic", *found.relative_to(folder).with_suffix("").parts))
        for folder in map(Path, atopic.__path__)
        for room in _ROOMS
        for found in sorted((folder / room).rglob("*.py"))
    ]
    own = [name.removesuffix(".__init__") for name in own]
    return (*VOUCHED, *own)


class _Shown(list[Any]):
    """Stands in for the capture of a cell's outputs."""

    def show(self, output: Any, _name: object, _update: object) -> None:
        self.append(output)


def exercise(shell: Any) -> None:
    """Read tables, draw a figure, make a table, and write a page of them, all for nothing."""
    import nbformat
    import pandas as pd
    from matplotlib.figure import Figure
    from papermill.parameterize import parameterize_notebook

    from atopic.display import show
    from atopic.display.style import styled
    from atopic.evidence.folder import remember
    from atopic.paths import bundled
    from atopic.reporting.run import run_job, run_notebook  # noqa: F401 (each report's)

    outputs = shell.capture = _Shown()
    remember(bundled("data"))
    with styled():
        drawing = Figure()
        axes = drawing.add_subplot(title="exercise")
        axes.plot([1, 2], [1, 2], "o", label="exercise")
        letters = "".join(map(chr, range(ord("!"), ord("~"))))  # each is measured once
        axes.text(1, 1, letters)
        axes.text(1, 1, letters, fontweight="bold")
        axes.text(1, 1, letters, fontstyle="italic")
        axes.legend()
        show.figure(drawing, name="exercise", alt="exercise", caption="exercise")
    frame = pd.DataFrame({"study_id": ["x"], "url": ["https://x"], "row": [2]})
    show.table(frame, name="exercise", caption="exercise", links=("url",), rows="responses")
    shell.capture = None
    notebook = parameterize_notebook(_notebook(), {"x": 2})
    notebook.cells[-1].outputs = [nbformat.from_dict(output) for output in outputs]
    _exercise_page(notebook)


def exercise_pages(_shell: None) -> None:
    """Write a page for nothing, in a process that makes pages and runs no cells."""
    from atopic.reporting.run import run_job  # noqa: F401

    _exercise_page(_notebook())


def _exercise_page(notebook: Any) -> None:
    import nbformat

    from atopic.reporting.pages import report_files  # noqa: F401 (each report's)
    from atopic.reporting.pages.report_page import render
    from atopic.reporting.plan.job import Context
    from atopic.reporting.plan.places import Place, Site

    nbformat.validate(notebook)
    notebook = nbformat.reads(json.dumps(notebook), as_version=4)
    place = Place(Site(glossary=(("sentence", "It says one thing"),)))
    render(notebook, Context("x", "x", "x", "x", (), (), "x", "x", "x", "x", place=place))


def _notebook() -> Any:
    import nbformat

    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": ""}
    notebook.metadata["papermill"] = {}
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Exercise\n\n*One* sentence."),
        nbformat.v4.new_code_cell("x: int = 1  # one", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("def f(x):\n    return x"),
    ]
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])  # as papermill does when it reads a notebook
    return notebook
