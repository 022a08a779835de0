"""The engine of papermill that runs each notebook in a fork of the warm process.

The warm process stays for the next notebook of this process. A notebook for another kernel than
``python3``, or a system that cannot fork, gets an ordinary kernel.
"""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import Engine, NBClientEngine
from papermill.log import logger

from atopic.engine.warm_client import Call, WarmProcess, WarmProcessError, ending, shared

__all__ = ["WarmEngine"]

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
    cells = nb_man.nb.cells
    running = None
    try:
        for words in _told(warm, call, limit or float("inf")):
            match words:
                case ("started", index):
                    running = index
                    nb_man.cell_start(cells[index], index)
                case ("done", index, cell, ran):
                    cells[index].update(nbformat.from_dict(json.loads(cell)))
                    _log(cells[index].get("outputs", []), options)
                    if not ran:
                        nb_man.cell_exception(cells[index], cell_index=index)
                    nb_man.cell_complete(cells[index], cell_index=index)
                case ("changed", index, cell):
                    cells[index].update(nbformat.from_dict(json.loads(cell)))
                case ("result", language):
                    nb_man.nb.metadata["language_info"] = language
                case ("broken", trace):
                    raise RuntimeError(trace)
                case ("late",):
                    raise CellTimeoutError.error_from_timeout_and_cell(
                        "Cell execution timed out", limit, cells[running]
                    )
        if call.status:
            where = f"in cell {running}: {ending(call.status)}"
            raise DeadKernelError(f"the notebook's process ended {where}")
    finally:  # also when the user stops it
        warm.end([call])


def _told(warm: WarmProcess, call: Call, limit: float) -> Iterator[tuple[Any, ...]]:
    """Yield what a child tells until it has ended; ``late`` if a cell takes so many seconds."""
    until = float("inf")
    while True:
        left = until - time.monotonic()
        if left <= 0:
            yield ("late",)
        for who, words in warm.wait(min(left, 3600.0)):
            if who is call and words is None:
                return
            if who is call and words:
                until = time.monotonic() + limit if words[0] == "started" else until
                yield words


def _log(outputs: list[Any], options: dict[str, Any]) -> None:
    """Write outputs where papermill was asked to, as it does for a kernel's."""
    logs = options.get("log_output")
    for output in outputs:
        if output.output_type == "stream":
            if logs:
                (logger.info if output.name == "stdout" else logger.warning)(output.text)
            if file := options.get(f"{output.name}_file"):
                file.write(output.text)
                file.flush()
        elif logs and "text/plain" in output.get("data", {}):
            logger.info(output.data["text/plain"])


def _warm(modules: tuple[str, ...], warm_up: str) -> WarmProcess | None:
    try:
        return shared(modules, warm_up)
    except WarmProcessError:
        return None
