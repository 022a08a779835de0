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
from nbclient.exceptions import DeadKernelError

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


class NotebookEndedError(DeadKernelError):  # type: ignore[misc]
    """A cell has ended the notebook, as by ``exit()``, and others would follow."""

    def __init__(self, place: int, number: int) -> None:
        self.place, self.number = place, number
        where = f"cell {place}, In [{number}]"
        super().__init__(f"the notebook ended itself by exit() or quit() in {where}")


def run_and_tell(text: str, folder: str, tell: Tell) -> dict[str, Any]:
    """Run the cells of a notebook, and tell the process that called all that comes of them."""
    os.chdir(folder)
    notebook = nbformat.reads(text, as_version=4)

    def started(index: int, number: int | None) -> None:
        tell("started", index) if number is None else tell("begun", index, number)

    try:
        for index, ran in run_cells(notebook, started, tell):
            tell("done", index, ran)
    except NotebookEndedError as error:
        tell("ended", error.place, error.number)
    return LANGUAGE


def run_cells(
    notebook: Any, started: Callable[[int, int | None], None], heard: Callable[..., None]
) -> Iterator[tuple[int, bool]]:
    """Run the cells of a notebook here; yield the place of each, and whether it ran to its end.

    As nbclient does: it ends at the first error of a cell that is not tagged ``raises-exception``,
    and passes over cells without code or tagged ``skip-execution``. `started` is called with the
    place of a cell before its turn, and again with its number before it runs, `heard` with what it
    writes and shows, as `Capture` does. If a cell has ended the notebook and another would run,
    that is a `NotebookEndedError`.
    """
    from atopic.engine.shell import enter, run_cell

    random.seed(seed_of(notebook))
    np.random.seed(seed_of(notebook))  # noqa: NPY002 (that of notebooks)
    enter(SHELL, heard)
    last = 0
    for index, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        runs = cell.cell_type == "code" and cell.source.strip() and "skip-execution" not in tags
        if runs and SHELL.exit_now:
            raise NotebookEndedError(last, notebook.cells[last].execution_count)
        started(index, None)
        if not runs:
            yield index, True
            continue
        last = index
        ran = run_cell(SHELL, cell, partial(started, index)) or "raises-exception" in tags
        yield index, ran
        if not ran:
            return


def seed_of(notebook: Any) -> int:
    """Return what the shared random generators are seeded by: a notebook and its parameters.

    A fork would else begin them where all others do, and a kernel anywhere. The parameters are a
    cell of the notebook.
    """
    code = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return int.from_bytes(hashlib.sha256(json.dumps(code).encode()).digest()[:4], "big")
