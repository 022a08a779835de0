"""Runs one notebook with papermill and keeps what it shows."""

import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atopic.display.file_names import NARROW_FIGURE
from atopic.paths import DATA_VARIABLE
from atopic.reporting.pages.long_outputs import cut_outputs
from atopic.reporting.plan.job import Failure, Job
from atopic.reporting.plan.kernels import how_to_get, kernel_of
from atopic.reporting.plan.value_code import Source, injected
from atopic.reporting.run.plain_text import plainer, with_ids

if TYPE_CHECKING:
    from nbformat import NotebookNode

_WORDS = ("text/plain", "text/html", "text/markdown", "text/csv", "image/svg+xml", NARROW_FIGURE)
#: A line that names an error, also one of several.
_ERROR = re.compile(r"^[ |]*((?:\w+\.)*\w*(?:Error|Exception|Group)(?:: .*)?)$", re.MULTILINE)


@dataclass(frozen=True)
class Execution:
    """A notebook after its run."""

    notebook: "NotebookNode"  # with outputs, free of paths of this machine
    failure: Failure | None


def run_notebook(
    job: Job, data: Path, tell: Callable[..., None], timeout: float | None = None
) -> Execution:
    """Run the notebook of a job with a data folder, which is called ``data`` in what it prints.

    A cell that raises, a kernel that dies, takes too long or is told to end before the last cell,
    or a notebook that papermill cannot run is a failure of the result, no exception. `tell` is as
    for `run_job`, `timeout` the seconds after which a kernel is ended.
    """
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from atopic.engine.run_cells import NotebookEndedError
    from atopic.engine.watched_engines import register

    register()
    _register_translator()
    before = {name: os.environ.get(name) for name in (DATA_VARIABLE, "PYTHONHASHSEED")}
    # The kernel inherits these: no path of this machine need stand in the notebook's parameters.
    os.environ.update({DATA_VARIABLE: str(data.resolve()), "PYTHONHASHSEED": "0"})
    watcher = _Watcher(tell)
    until = time.monotonic() + timeout if timeout else float("inf")
    failure = None
    names = {data.resolve(): "data", Path(job.folder): Path(job.folder).name}
    # Beside the tables it is removed also if this process is killed. The sockets of a kernel need
    # a short path.
    place = data.parent if job.engine == "warm" else None
    try:
        with tempfile.TemporaryDirectory(prefix="atopic-", dir=place) as folder:
            notebook = _parsed(job.notebook)
            kernel = kernel_of(notebook.metadata)
            home = _home(job, Path(folder).resolve())
            names[home] = home.name
            papermill.execute_notebook(
                notebook,
                None,
                parameters={
                    name: injected(value, kernel.language) for name, value in job.values.items()
                },
                engine_name=f"atopic-{'here' if job.engine == 'warm' else 'kernel'}",
                progress_bar=False,
                request_save_on_cell_execute=False,
                cwd=str(home),
                watcher=watcher,
                kernel_name=kernel.name,
                language=kernel.language or None,
                **(_kernel_options(Path(folder), until) if job.engine == "kernel" else {}),
            )
    except papermill.PapermillExecutionError as error:
        failure = Failure(f"{error.ename}: {error.evalue}", "\n".join(error.traceback))
        if watcher.notebook and all(map(_may_raise, _raising(watcher.notebook))):
            failure = None  # papermill looks at no tags
    except Exception as error:  # whatever papermill, Jupyter or the system may meet
        where = f" in cell {watcher.number}" if watcher.number else ""
        if isinstance(error, NotebookEndedError):
            words = f"Cell {error.number}: the notebook ended itself by exit() or quit()"
            failure = Failure(f"{words}; the cells after it did not run", "", error.place)
        elif isinstance(error, DeadKernelError):
            words = f"The notebook's process ended{where}: {error}"
            failure = Failure(words, _trace(error), watcher.place)
        elif isinstance(error, CellTimeoutError) and time.monotonic() >= until:
            words = late(timeout or 0).format(where=where)
            failure = Failure(words, "", watcher.place)
        elif isinstance(error, NoSuchKernel):
            failure = Failure(how_to_get(kernel), "")
        else:
            failure = Failure(f"papermill failed: {_trace(error)}", _trace(error))
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    notebook = watcher.notebook or unexecuted(job.notebook).notebook
    # papermill adds banners that the page words itself.
    notebook.cells = [
        cell
        for cell in notebook.cells
        if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    failure = _placed(failure, notebook) if failure else _cut_short(notebook)
    plain = plainer(names)
    for cell in notebook.cells:
        cut_outputs(cell.get("outputs", []))  # again: a later cell may have changed them
    _make_plain(notebook, plain)
    if failure:
        summary = plain(failure.summary).strip().splitlines()[0]
        failure = replace(failure, summary=summary, traceback=plain(failure.traceback))
    return Execution(notebook, failure)


def late(timeout: float) -> str:
    """Say that a report was stopped, with room for where.

    Examples
    --------
    >>> late(600)
    'Stopped after 600 s{where}; --timeout gives more'
    """
    return f"Stopped after {timeout:g} s{{where}}; --timeout gives more"


def unexecuted(text: str, failure: Failure | None = None) -> Execution:
    """Return a notebook as it is, without cells if it cannot be read."""
    import nbformat

    try:
        notebook = _parsed(text)
    except Exception:  # nbformat has no base for what it raises on JSON that is no notebook
        notebook = nbformat.v4.new_notebook()
    return Execution(notebook, failure)


class _Watcher:
    """Hears from the engine how far the notebook is, and passes it on."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self.notebook: NotebookNode | None = None
        self.place: int | None = None
        self.number: int | None = None

    def begin(self, notebook: "NotebookNode") -> None:
        """Take note of the notebook with its parameters."""
        self.notebook = notebook
        self._tell("notebook", json.dumps(notebook))

    def start(self, place: int, number: int | None) -> None:
        """Take note of the cell whose turn it is, and of its number if it is code."""
        self.place = place
        if number is not None:
            self.number = number
            self._tell("cell", place, number)

    def heard(self, kind: str, *words: Any) -> None:
        """Take note of what a cell writes and shows."""
        self._tell(kind, *words)

    def done(self, place: int, cell: "NotebookNode") -> None:
        """Take note of a cell that has run."""
        del place
        if cell.cell_type == "code":
            cut_outputs(cell.get("outputs", []))
            self._tell("done")


def _home(job: Job, folder: Path) -> Path:
    """Return where the cells run: the notebook's folder, or an empty one of its name."""
    home = Path(job.elsewhere or job.folder)
    if not home.is_dir():
        home = folder / (home.name or "notebooks")
        home.mkdir()
    return home


def _register_translator() -> None:
    """Have papermill write values of Python that it knows no code for as the code that they are."""
    from papermill.translators import PythonTranslator, papermill_translators

    class Translator(PythonTranslator):  # type: ignore[misc]
        @classmethod
        def translate_str(cls, val: str) -> str:
            return str(val) if isinstance(val, Source) else str(super().translate_str(val))

    papermill_translators.register("python", Translator)


def _parsed(text: str) -> "NotebookNode":
    import nbformat

    notebook: NotebookNode = nbformat.reads(text, as_version=4)
    return notebook


def _kernel_options(folder: Path, until: float) -> dict[str, Any]:
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
    if until < float("inf"):
        # Each cell may take what is left of the time of all.
        options["timeout_func"] = lambda _cell: max(0.001, until - time.monotonic())
    if os.name == "posix" and len(os.fsencode(folder)) < 80:
        file = str(folder / "kernel.json")
        options["config"] = Config({"KernelManager": {"transport": "ipc", "connection_file": file}})
    return options


def _placed(failure: Failure, notebook: "NotebookNode") -> Failure:
    """Return the failure with the cell that raised it."""
    for number, cell in enumerate(notebook.cells):
        if _shows_error(cell) and not _may_raise(cell):
            words = f"Cell {cell.execution_count}: {failure.summary}"
            return Failure(words, failure.traceback, number)
    for number, cell in enumerate(notebook.cells):
        if cell.metadata.get("papermill", {}).get("exception"):  # and no output that tells of it
            words = _written(cell) or "an error that cannot be shown, as when memory runs out"
            return Failure(f"Cell {cell.execution_count}: {words}", failure.traceback, number)
    return failure


def _written(cell: "NotebookNode") -> str:
    """Return the error that a cell wrote, not showed: of a magic, or of several at once."""
    text = "".join(
        output.text for output in cell.get("outputs", []) if output.get("name") == "stderr"
    )
    _, group, last = text.rpartition("Exception Group Traceback")
    found = _ERROR.findall(last)
    return str(found[0 if group else -1]) if found else ""


def _raising(notebook: "NotebookNode") -> Iterator["NotebookNode"]:
    """Yield the cells that have raised an error."""
    for cell in notebook.cells:
        if _shows_error(cell) or cell.metadata.get("papermill", {}).get("exception"):
            yield cell


def _shows_error(cell: "NotebookNode") -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _may_raise(cell: "NotebookNode") -> bool:
    return "raises-exception" in cell.metadata.get("tags", [])


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
        if _shows_error(cell) and not _may_raise(cell):
            return Failure(f"The run ended in code cell {number}", "", index)
    return None


def _trace(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _make_plain(notebook: "NotebookNode", plain: Callable[[str], str]) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        for place, output in enumerate(cell.get("outputs", []), start=1):
            if output.output_type == "stream":
                output.text = plain(output.text)
            for kind, content in output.get("data", {}).items():
                if kind in _WORDS and isinstance(content, str):
                    output.data[kind] = plain(content)
            # The tables of `show` have ids by their names.
            if "text/html" in output.get("data", {}) and "atopic" not in output.metadata:
                prefix = f"table-{number}-{place}"
                output.data["text/html"] = with_ids(output.data["text/html"], prefix)
