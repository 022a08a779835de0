"""The engine of papermill that runs each notebook in a fork of the warm process.

The warm process stays for the next notebook of this process. A notebook for another kernel than
``python3``, or a system that cannot fork, gets an ordinary kernel.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from papermill.engines import Engine, NBClientEngine
from papermill.log import logger

from atopic.engine.cell_outputs import Outputs
from atopic.engine.run_cells import NotebookEndedError
from atopic.engine.shared_process import shared
from atopic.engine.warm_client import Call, WarmProcess, WarmProcessError, ending, wait_for
from atopic.engine.written import Lines

#: If this variable is set, notebooks find around them what is the same for every user.
SAME = "ATOPIC_SAME"

_PYTHON = "python3"
#: Threads take turns: there is one warm process, and it speaks with one at a time.
_turn = threading.Lock()


class WarmEngine(Engine):  # type: ignore[misc]
    """Runs notebooks in forks of a warm process; a subclass names what warms it up."""

    warm_up = ""

    @classmethod
    def vouched(cls) -> tuple[str, ...]:
        """Return the modules that are imported before there is a notebook."""
        return ()

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run a notebook; papermill calls this.

        Of its options those about output and ``execution_timeout`` count here, too.
        """
        with _turn:
            warm = _warm(cls.vouched(), cls.warm_up) if kernel_name == _PYTHON else None
            if warm:
                _run(warm, nb_man, options)
                return
        logger.warning(f"engine atopic: an ordinary kernel {kernel_name!r} is started")
        NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)


def _run(warm: WarmProcess, nb_man: Any, options: dict[str, Any]) -> None:
    text, folder = json.dumps(nb_man.nb), str(Path.cwd())
    call = warm.call("atopic.engine.run_cells:run_and_tell", text, folder)
    limit = options.get("execution_timeout") or options.get("timeout") or None
    cells, outputs, log = nb_man.nb.cells, Outputs(), _Log(options)
    running, number, result = 0, 0, None

    def fail(error: Exception, name: str = "") -> Exception:
        """Leave in the notebook what its cell had shown, and why it ended there."""
        cell = cells[running]
        outputs.settle()
        log.rest()
        if cell.cell_type == "code":
            words = str(error).strip()
            cell.setdefault("outputs", []).append(
                new_output("error", ename=name or type(error).__name__, evalue=words,
                           traceback=words.splitlines())
            )  # fmt: skip
        nb_man.cell_exception(cell, cell_index=running)
        nb_man.cell_complete(cell, cell_index=running)
        return error

    try:
        for words in _told(warm, call, limit or float("inf")):
            match words:
                case ("started", index):
                    running = index
                    nb_man.cell_start(cells[index], index)
                case ("begun", index, number):
                    cells[index].execution_count = number
                    cells[index].outputs = outputs.begin()
                case ("done", index, ran):
                    outputs.settle()
                    log.rest()
                    if not ran:
                        nb_man.cell_exception(cells[index], cell_index=index)
                    nb_man.cell_complete(cells[index], cell_index=index)
                case ("result", language):
                    nb_man.nb.metadata["language_info"] = result = language
                case ("broken", trace):
                    raise fail(RuntimeError(trace))
                case ("ended", place, number):
                    running = place
                    raise fail(NotebookEndedError(place, number), "DeadKernelError")
                case ("late",):
                    raise fail(
                        CellTimeoutError.error_from_timeout_and_cell(
                            "Cell execution timed out", limit, cells[running]
                        )
                    )
                case ("quiet",):
                    log.rest()
                case (kind, *rest):
                    outputs.hear(kind, *rest)
                    log.hear(kind, *rest)
                    nb_man.autosave_cell()
        if call.status or not result:
            where = f"in cell {running}: {ending(call.status or 0)}, at In [{number}]"
            raise fail(DeadKernelError(f"the notebook's process ended {where}"))
    finally:  # also when the user stops it
        warm.end([call])


def _told(warm: WarmProcess, call: Call, limit: float) -> Iterator[tuple[Any, ...]]:
    """Yield what a child tells until it has ended.

    Also ``late`` if a cell takes so many seconds, and ``quiet`` if for a moment it told nothing.
    """
    until = float("inf")
    while True:
        left = until - time.monotonic()
        if left <= 0:
            yield ("late",)
        heard = False
        for who, words in wait_for((warm,), left):
            if who is call and words is None:
                return
            if who is call and words:
                heard = True
                until = time.monotonic() + limit if words[0] == "started" else until
                yield words
        if not heard:
            yield ("quiet",)


class _Log:
    """Writes outputs where papermill was asked to, as it does for a kernel's: by lines."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._logs = options.get("log_output")
        self._files = {name: options.get(f"{name}_file") for name in ("stdout", "stderr")}
        self._lines = Lines()

    def hear(self, kind: str, *words: Any) -> None:
        """Take what `Outputs` hears."""
        match kind, *words:
            case "text", name, text:
                if file := self._files[name]:
                    file.write(text)
                    file.flush()
                self._say(name, self._lines.take(name, text) if self._logs else "")
            case "output", output, _, False:
                self.rest()
                if self._logs and "text/plain" in output.get("data", {}):
                    logger.info(output["data"]["text/plain"])

    def rest(self) -> None:
        """Log also a line that has not ended yet."""
        for name, text in self._lines.rest():
            self._say(name, text)

    def _say(self, name: str, text: str) -> None:
        if text:
            (logger.info if name == "stdout" else logger.warning)(text)


def _warm(modules: tuple[str, ...], warm_up: str) -> WarmProcess | None:
    try:
        return shared(modules, warm_up, users_own=not os.environ.get(SAME))
    except WarmProcessError:
        return None
