"""Does one job: runs its notebook and makes the files of its report."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atopic.reporting.plan.job import Failure, Job, Result
from atopic.reporting.plan.table_files import TableFiles

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from atopic.reporting.run.run_notebook import Execution


def run_job(
    job: Job,
    data: Path | None = None,
    tell: Callable[..., None] = lambda *_words: None,
    timeout: float | None = None,
) -> Result:
    """Build a report: run its notebook and make its page and the files beside it.

    Whatever the notebook does is a failure of the result, never an exception. A job with the
    engine ``"warm"`` is for a fork of the warm process: its cells run right here.

    Parameters
    ----------
    data : Path, optional
        A folder that holds the job's tables already, for this job alone; else a temporary one.
    tell : callable, optional
        Called with ``"notebook"`` and the notebook that is about to run, as JSON, ``"cell"``, a
        place in it and the number of the cell that begins there, what the cell writes and shows
        as `atopic.engine.cell_outputs.Outputs` hears it, and ``"done"`` at its end.
    timeout : float, optional
        Seconds that the notebook may take in a kernel, if nobody else ends this process.
    """
    start = time.perf_counter()
    run = _run(job, data, tell, timeout)
    return _page(job, run.notebook, run.failure, start)


@dataclass(frozen=True)
class Executed:
    """A job whose notebook has run, and of which there is no page yet."""

    notebook: str  # as JSON, with outputs
    failure: Failure | None
    seconds: float


def execute(job: Job, data: Path | None, tell: Callable[..., None]) -> Executed:
    """Run the notebook of a job, as `run_job` does."""
    start = time.perf_counter()
    run = _run(job, data, tell)
    return Executed(json.dumps(run.notebook), run.failure, time.perf_counter() - start)


def make_page(job: Job, run: Executed, tell: Callable[..., None]) -> Result:
    """Make the page of an executed job and the files beside it, as `run_job` does."""
    from nbformat import from_dict

    del tell  # there is nothing to tell
    start = time.perf_counter() - run.seconds
    return _page(job, from_dict(json.loads(run.notebook)), run.failure, start)


def _run(
    job: Job, data: Path | None, tell: Callable[..., None], timeout: float | None = None
) -> "Execution":
    from atopic.reporting.run.run_notebook import run_notebook, unexecuted

    if job.failure:
        return unexecuted(job.notebook, job.failure)
    with nullcontext(data) if data else _unpacked(job.tables) as folder:
        return run_notebook(job, Path(folder), tell, timeout)


def _page(job: Job, notebook: "NotebookNode", failure: Failure | None, start: float) -> Result:
    from atopic.reporting.pages.cells import read_cells
    from atopic.reporting.pages.report_files import shown_files
    from atopic.reporting.pages.report_page import render

    beside, fault = shown_files(notebook, job.id)
    cells = read_cells(notebook, Path(job.elsewhere or job.folder))
    failure = failure or fault or cells.failure
    if failure:
        context = replace(job.context, failure=failure)
        files = {f"{job.id}.failed.html": render(notebook, context, cells)}
    else:
        files = {**beside, f"{job.id}.html": render(notebook, job.context, cells)}
    return Result(
        # Half a character, which JSON can hold and UTF-8 cannot, is written out.
        {name: text.encode("utf-8", "backslashreplace") for name, text in files.items()},
        failure.summary if failure else None,
        time.perf_counter() - start,
        tuple(cells.notices),
        cells.files,
    )


class _unpacked(tempfile.TemporaryDirectory[str]):
    """A temporary data folder with the tables of a job: what it changes there, no other reads."""

    def __init__(self, tables: TableFiles) -> None:
        super().__init__(prefix="atopic-")
        tables.unpack(Path(self.name).resolve() / "data")

    def __enter__(self) -> str:
        return str(Path(self.name).resolve() / "data")


class Seen:
    """What a job told before its process ended, for the page that says so."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._told: list[tuple[Any, ...]] = []
        self._place: int | None = None
        self.number: int | None = None

    def hear(self, kind: str, *words: Any) -> None:
        """Take what `run_job` tells."""
        self._told.append((kind, *words))
        if kind == "cell":
            self._place, number = words
            self.number = number or self.number

    def failed(self, how: str) -> Job:
        """Return a job for the page of a report that ended like this."""
        where = f" in cell {self.number}" if self.number else ""
        failure = Failure(how.format(where=where), "", self._place)
        notebook = self._notebook() or self._job.notebook
        return replace(self._job, notebook=notebook, failure=failure)

    def _notebook(self) -> str:
        """Return the notebook with what its cells have shown, if it had begun."""
        # Only here: its imports take seconds, in which a build would hear of nothing.
        from atopic.engine.cell_outputs import Outputs

        notebook: Any = None
        outputs = Outputs()
        for kind, *words in self._told:
            match kind, *words:
                case "notebook", text:
                    notebook = json.loads(text)
                case "cell", place, number:
                    cell = notebook["cells"][place]
                    cell["execution_count"], cell["outputs"] = number, outputs.begin()
                case ("done",):
                    outputs.settle()
                case (("text" | "output" | "clear"), *_):
                    outputs.hear(kind, *words)
        outputs.settle()
        return json.dumps(notebook) if notebook else ""
