"""Runs one notebook with papermill and keeps what it shows."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atopic.paths import DATA_VARIABLE
from atopic.reporting.page import Failure
from atopic.reporting.plain import plainer

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Execution", "execute"]

_WORDS = ("text/plain", "text/html", "text/markdown", "text/csv", "image/svg+xml")


@dataclass(frozen=True)
class Execution:
    """A notebook after its run.

    Attributes
    ----------
    notebook : NotebookNode
        With the outputs of every cell that ran, free of paths of this machine.
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
        The data folder that ``atopic.load()`` reads in the notebook; ``data`` in what it prints.

    Returns
    -------
    Execution
        A cell that raises, a kernel that dies or is told to end before the last cell, or a
        notebook that papermill cannot run is a failure of the result, not an exception.
    """
    import papermill
    from nbclient.exceptions import DeadKernelError

    before = {name: os.environ.get(name) for name in (DATA_VARIABLE, "PYTHONHASHSEED")}
    # The kernel inherits these: no path of this machine need stand in the notebook's parameters.
    os.environ.update({DATA_VARIABLE: str(data.resolve()), "PYTHONHASHSEED": "0"})
    notebook = failure = None
    try:
        with tempfile.TemporaryDirectory(prefix="atopic-") as folder:
            output = Path(folder) / "executed.ipynb"
            try:
                papermill.execute_notebook(
                    _unformatted(path),
                    _unformatted(output),
                    parameters=dict(parameters),
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    request_save_on_cell_execute=False,
                    cwd=str(path.parent),
                    **_kernel_options(Path(folder)),
                )
            finally:
                notebook = _read(output)
    except papermill.PapermillExecutionError as error:
        failure = Failure(f"{error.ename}: {error.evalue}", "\n".join(error.traceback))
    except DeadKernelError as error:
        failure = Failure(f"The notebook's process ended: {error}", _trace(error))
    except Exception as error:  # whatever papermill, Jupyter or the system may meet
        failure = Failure(f"papermill failed: {_trace(error)}", _trace(error))
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    notebook = notebook or _unexecuted(path)
    # papermill adds banners that the page words itself.
    notebook.cells = [
        cell
        for cell in notebook.cells
        if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    failure = _placed(failure, notebook) if failure else _cut_short(notebook)
    home = path.parent.resolve()
    plain = plainer({data.resolve(): "data", home: home.name})
    _make_plain(notebook, plain)
    if failure:
        summary = plain(failure.summary).strip().splitlines()[0]
        failure = replace(failure, summary=summary, traceback=plain(failure.traceback))
    return Execution(notebook, failure)


def _kernel_options(folder: Path) -> dict[str, Any]:
    """Return how the kernel is talked to and ended.

    Sockets in a folder of this run's own instead of TCP ports: nobody else can listen, and two
    kernels that start at once cannot pick the same one. The connection file is named because
    Jupyter else puts the sockets into the working folder, which all notebooks share. Systems
    without them, and folders too deep for a socket's name (107 bytes), keep TCP on the loopback
    interface.
    """
    from traitlets.config import Config

    # Where a stream is cut into messages depends on the moment.
    options: dict[str, Any] = {"shutdown_kernel": "immediate", "coalesce_streams": True}
    if os.name == "posix" and len(os.fsencode(folder)) < 80:
        file = str(folder / "kernel.json")
        options["config"] = Config({"KernelManager": {"transport": "ipc", "connection_file": file}})
    return options


def _placed(failure: Failure, notebook: "NotebookNode") -> Failure:
    """Return the failure with the cell that raised it."""
    for number, cell in enumerate(notebook.cells):
        outputs = cell.get("outputs", [])
        if any(output.output_type == "error" for output in outputs):
            words = f"Cell {cell.execution_count}: {failure.summary}"
            return Failure(words, failure.traceback, number)
    return failure


def _cut_short(notebook: "NotebookNode") -> Failure | None:
    """Return a failure if the run ended too early without an error, as by ``sys.exit()``."""
    cells = [
        (index, cell)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        and cell.source.strip()
        and "skip-execution" not in cell.metadata.get("tags", [])
    ]
    for number, (index, cell) in enumerate(cells, start=1):
        if cell.execution_count is None:
            return Failure(f"The run ended before code cell {number}", "", index)
        if any(output.output_type == "error" for output in cell.outputs):
            return Failure(f"The run ended in code cell {number}", "", index)
    return None


def _unformatted(path: Path) -> str:
    """Return a path that papermill, which formats it with the parameters, leaves as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _trace(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _read(path: Path) -> "NotebookNode | None":
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except Exception:  # nbformat has no base for what it raises on JSON that is no notebook
        return None
    return notebook


def _unexecuted(path: Path) -> "NotebookNode":
    """Return a notebook without outputs; one without cells if it cannot be read."""
    import nbformat

    notebook = _read(path) or nbformat.v4.new_notebook()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return notebook


def _make_plain(notebook: "NotebookNode", plain: Callable[[str], str]) -> None:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = plain(output.text)
            for kind, content in output.get("data", {}).items():
                if kind in _WORDS and isinstance(content, str):
                    output.data[kind] = plain(content)
