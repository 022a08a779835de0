"""Runs one notebook with papermill and keeps what it shows."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atopic.evidence import DATA_VARIABLE
from atopic.reporting.page import Failure

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Execution", "execute"]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Execution:
    """A notebook after its run.

    Attributes
    ----------
    notebook : NotebookNode
        With the outputs of every cell that ran.
    failure : Failure or None
    """

    notebook: "NotebookNode"
    failure: Failure | None


def execute(path: Path, parameters: Mapping[str, Any], data: Path) -> Execution:
    """Run a notebook in a kernel of its own.

    Parameters
    ----------
    path : Path
        The notebook; it is not changed.
    parameters : mapping
        Values for its tagged cell, already checked.
    data : Path
        The data folder that ``atopic.load()`` reads in the notebook.

    Returns
    -------
    Execution
        A cell that raises, or a kernel that dies, is a failure of the result, not an exception.
    """
    import nbformat
    import papermill

    before = {name: os.environ.get(name) for name in (DATA_VARIABLE, "PYTHONHASHSEED")}
    # The kernel inherits these: no path of this machine need stand in the notebook's parameters.
    os.environ.update({DATA_VARIABLE: str(data.resolve()), "PYTHONHASHSEED": "0"})
    try:
        with tempfile.TemporaryDirectory(prefix="atopic-") as folder:
            output = Path(folder) / "executed.ipynb"
            failure = None
            try:
                papermill.execute_notebook(
                    path,
                    output,
                    parameters=dict(parameters),
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    request_save_on_cell_execute=False,
                    cwd=str(path.parent),
                    **_kernel_options(),
                )
            except papermill.PapermillExecutionError as error:
                failure = Failure(
                    f"{error.ename}: {_ANSI.sub('', error.evalue)}",
                    _ANSI.sub("", "\n".join(error.traceback)),
                )
            except Exception as error:  # a kernel that does not start or dies, in any way it may
                failure = Failure(
                    f"The notebook's process ended: {error}", f"{type(error).__name__}: {error}"
                )
            source = output if output.exists() else path
            notebook = nbformat.read(source, as_version=4)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    # papermill adds banners that the page words itself.
    notebook.cells = [
        cell
        for cell in notebook.cells
        if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    if failure:
        failure = _placed(failure, notebook)
    return Execution(notebook, failure)


def _kernel_options() -> dict[str, Any]:
    """Return how the kernel is talked to and ended.

    Sockets in a folder of the user's instead of TCP ports: nobody else can listen, and two
    kernels that start at once cannot pick the same port. Systems without them, and runtime
    folders too deep for a socket's name (107 bytes), keep TCP on the loopback interface.
    """
    from jupyter_core.paths import jupyter_runtime_dir
    from traitlets.config import Config

    options: dict[str, Any] = {"shutdown_kernel": "immediate"}
    if os.name == "posix" and len(os.fsencode(jupyter_runtime_dir())) < 50:
        options["config"] = Config({"KernelManager": {"transport": "ipc"}})
    return options


def _placed(failure: Failure, notebook: "NotebookNode") -> Failure:
    """Return the failure with the cell that raised it."""
    for number, cell in enumerate(notebook.cells):
        outputs = cell.get("outputs", [])
        if any(output.output_type == "error" for output in outputs):
            words = f"Cell {cell.execution_count}: {failure.summary}"
            return Failure(words, failure.traceback, number)
    return failure
