"""Runs the cells of a notebook in this very process, which was forked for them."""

import hashlib
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import nbformat
import numpy as np

__all__ = ["LANGUAGE", "SHELL", "run_and_tell", "run_cells", "seed_of"]

#: The shell of this process, if it is one that was forked for a notebook.
SHELL: Any = None

#: What a kernel of this Python says of itself, as notebooks hold it.
LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": f"ipython{sys.version_info[0]}",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}

Tell = Callable[..., None]


def run_and_tell(text: str, folder: str, tell: Tell) -> dict[str, Any]:
    """Run the cells of a notebook, and tell the process that called of each, with its outputs."""
    os.chdir(folder)
    notebook = nbformat.reads(text, as_version=4)
    told: dict[int, str] = {}

    def started(index: int, number: int | None) -> None:
        if number is None:
            tell("started", index)

    def outcome(index: int) -> str:
        cell = notebook.cells[index]
        names = ("execution_count", "outputs")
        return json.dumps({name: cell[name] for name in names if name in cell})

    for index, ran in run_cells(notebook, started):
        told[index] = outcome(index)
        tell("done", index, told[index], ran)
    for index, was in told.items():
        if outcome(index) != was:  # a later cell updated a display of this one
            tell("changed", index, outcome(index))
    return LANGUAGE


def run_cells(
    notebook: Any, started: Callable[[int, int | None], None]
) -> Iterator[tuple[int, bool]]:
    """Run the cells of a notebook here; yield the place of each, and whether it ran to its end.

    As nbclient does: it ends at the first error of a cell that is not tagged ``raises-exception``,
    and passes over cells without code or tagged ``skip-execution``. `started` is called with the
    place of a cell before its turn, and again with its number before it runs.
    """
    from atopic.engine.shell import enter, run_cell

    random.seed(seed_of(notebook))
    np.random.seed(seed_of(notebook))  # noqa: NPY002 (that of notebooks)
    enter(SHELL)
    for index, cell in enumerate(notebook.cells):
        started(index, None)
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
            yield index, True
            continue
        ran = run_cell(SHELL, cell, partial(started, index))
        yield index, ran or "raises-exception" in tags
        if SHELL.exit_now or not (ran or "raises-exception" in tags):
            return


def seed_of(notebook: Any) -> int:
    """Return what the shared random generators are seeded by: a notebook and its parameters.

    A fork would else begin them where all others do, and a kernel anywhere. The parameters are a
    cell of the notebook.
    """
    code = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return int.from_bytes(hashlib.sha256(json.dumps(code).encode()).digest()[:4], "big")
