"""Runs a notebook's cells in the process that was forked for it, by hand or under papermill."""

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
from papermill.engines import Engine, NBClientEngine, papermill_engines

__all__ = ["SHELL", "register", "run_cells", "run_notebook"]

#: The shell of this process, if it is one that was forked for a notebook.
SHELL: Any = None

_LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": f"ipython{sys.version_info[0]}",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}

#: Has a kernel seed the shared random generators when its first cell begins, since it draws numbers
#: itself before, forget how it was called, and read no settings of figures where it runs: a fork
#: does not, either. The notebook finds no name of this.
_FIRST = """
from IPython import get_ipython
def seed(*_):
    events.unregister("pre_run_cell", seed)
    import os, random, sys, numpy
    sys.argv = ['']
    if os.path.exists("matplotlibrc"):
        here = os.getcwd()
        os.chdir(os.environ.get("MPLCONFIGDIR", "/"))
        import matplotlib
        os.chdir(here)
    random.seed({0})
    numpy.random.seed({0})
events = get_ipython().events
events.register("pre_run_cell", seed)
"""

Tell = Callable[..., None]


def run_notebook(text: str, folder: str, tell: Tell) -> dict[str, Any]:
    """Run the cells of a notebook in this process, which was forked for it, and tell of each."""
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
    return _LANGUAGE


def run_cells(
    notebook: Any, started: Callable[[int, int | None], None]
) -> Iterator[tuple[int, bool]]:
    """Run the cells of a notebook here; yield the place of each, and whether it ran to its end.

    As nbclient does: it ends at the first error of a cell that is not tagged ``raises-exception``,
    and passes over cells without code or tagged ``skip-execution``.

    Parameters
    ----------
    notebook : NotebookNode
        Gets the outputs.
    started : callable
        Called with the place of a cell before its turn, and again with its number before it runs.
    """
    from atopic.engine.shell import enter, run_cell

    random.seed(_seed(notebook))
    np.random.seed(_seed(notebook))  # noqa: NPY002 (that of notebooks)
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


class _HereEngine(Engine):  # type: ignore[misc]
    """Runs the cells in this process, which was forked for them."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        del kernel_name  # it is this process
        watcher = options["watcher"]
        watcher.begin(nb_man.nb)
        cells = nb_man.nb.cells
        for index, ran in run_cells(nb_man.nb, watcher.start):
            if not ran:
                nb_man.cell_exception(cells[index], cell_index=index)
            nb_man.cell_complete(cells[index], cell_index=index)
            watcher.done(index, cells[index])
        nb_man.nb.metadata["language_info"] = _LANGUAGE


class _KernelEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, with someone watching."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        watcher = options.pop("watcher")
        watcher.begin(nb_man.nb)
        cell_start, cell_complete = nb_man.cell_start, nb_man.cell_complete
        ran = 0

        def start(cell: Any, cell_index: int, **more: Any) -> None:
            nonlocal ran
            skipped = "skip-execution" in cell.metadata.get("tags", [])
            number = None
            if cell.cell_type == "code" and cell.source.strip() and not skipped:
                number = ran = ran + 1
            watcher.start(cell_index, number)
            cell_start(cell, cell_index, **more)

        def complete(cell: Any, cell_index: int, **more: Any) -> None:
            cell_complete(cell, cell_index=cell_index, **more)
            watcher.done(cell_index, cell)

        nb_man.cell_start, nb_man.cell_complete = start, complete
        if kernel_name == "python3":
            line = f"exec({_FIRST.format(_seed(nb_man.nb))!r}, {{}})"
            options["extra_arguments"] = [f"--IPKernelApp.exec_lines={[line]}"]
        super().execute_managed_notebook(nb_man, kernel_name, **options)


def register() -> None:
    """Make the engines of `atopic build` known to papermill, in this process."""
    papermill_engines.register("atopic-here", _HereEngine)
    papermill_engines.register("atopic-kernel", _KernelEngine)


def _seed(notebook: Any) -> int:
    """Return what the shared random generators are seeded by: a notebook and its parameters.

    A fork would else begin them where all others do, and a kernel anywhere. The parameters are a
    cell of the notebook.
    """
    code = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return int.from_bytes(hashlib.sha256(json.dumps(code).encode()).digest()[:4], "big")
