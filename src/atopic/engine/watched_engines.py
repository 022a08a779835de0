"""Two engines of papermill that tell a watcher of each cell: in this process, and in a kernel.

``atopic-here`` is for a process that was forked for one notebook, ``atopic-kernel`` for any other.
Their option ``watcher`` is an object with four methods: ``begin`` gets the notebook, ``start`` the
place of a cell whose turn it is and the number that it runs under, ``done`` its place and the cell,
and ``heard`` what the cell writes and shows, as `atopic.engine.cell_outputs.Outputs` hears it.
"""

import asyncio
import time
from typing import Any

from nbclient.exceptions import CellExecutionComplete
from nbclient.util import ensure_async, run_sync
from nbformat.v4 import output_from_msg
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine, papermill_engines
from papermill.log import logger

from atopic.engine.run_cells import LANGUAGE, NotebookEndedError, run_cells, seed_of

#: Seconds that a kernel may take until it answers, and how often it is started if it ends before.
_STARTUP, _STARTS = 60, 3
#: Seconds that it may take to tell its language at the end, and after a cell that failed: one that
#: has no memory may have none for the answer either.
_ANSWER, _ANSWER_OF_FAILED = 60, 3
#: The messages that are outputs, or change them.
_SHOWN = {"stream", "display_data", "error", "update_display_data", "clear_output"}
#: Has a kernel seed the shared random generators when its first cell begins, since it draws numbers
#: itself before, forget how it was called, and read no settings of figures where it runs: a fork
#: does not, either. The notebook finds no name of this.
_FIRST = """
from IPython import get_ipython
def seed(*_):
    events.unregister("pre_run_cell", seed)
    import os, random, sys, numpy
    sys.argv = ['']
    ip = get_ipython()
    def ask_exit():  # the caller does it, in time: this only says so
        kept = ip.keepkernel_on_exit
        ip.payload_manager.write_payload(dict(source="ask_exit", keepkernel=kept))
    ip.ask_exit = ask_exit
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


class _HereEngine(Engine):  # type: ignore[misc]
    """Runs the cells in this process, which was forked for them."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        del kernel_name  # it is this process
        watcher = options["watcher"]
        watcher.begin(nb_man.nb)
        cells = nb_man.nb.cells
        for index, ran in run_cells(nb_man.nb, watcher.start, watcher.heard):
            if not ran:
                nb_man.cell_exception(cells[index], cell_index=index)
            nb_man.cell_complete(cells[index], cell_index=index)
            watcher.done(index, cells[index])
        nb_man.nb.metadata["language_info"] = LANGUAGE


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's own client, with someone watching."""

    def __init__(self, nb_man: Any, watcher: Any, **options: Any) -> None:
        super().__init__(nb_man, on_cell_executed=self._look_for_exit, **options)
        self._watcher = watcher
        self._by_name: dict[str, list[Any]] = {}
        self._asked: set[str] = set()  # the messages by which cells were run so far
        self.has_ended = False

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        """Take what a cell does, and what tasks that earlier ones began do meanwhile.

        nbclient passes over what has another parent: it would be on no page.
        """
        while True:
            msg = await ensure_async(self.kc.iopub_channel.get_msg(timeout=None))
            parent = msg["parent_header"].get("msg_id")
            if parent == parent_msg_id or (parent in self._asked and msg["msg_type"] in _SHOWN):
                try:
                    self.process_message(msg, cell, cell_index)
                except CellExecutionComplete:
                    self._asked.add(parent_msg_id)
                    return

    def register_output_hook(self, msg_id: str, hook: Any) -> None:
        """Lead nothing into a widget: it is on no page, and what is printed there would be lost."""

    def remove_output_hook(self, msg_id: str, hook: Any) -> None:
        """There is none."""

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Pass on what a cell does."""
        output = super().process_message(msg, cell, cell_index)
        content = msg["content"]
        name = (content.get("transient") or {}).get("display_id")
        match msg["msg_type"]:
            case "stream":
                self._watcher.heard("text", content["name"], content["text"])
            case "clear_output":
                self._watcher.heard("clear", bool(content.get("wait")))
            case "update_display_data":
                self._watcher.heard("output", dict(output_from_msg(_display(msg))), name, True)
            case _ if output:
                self._watcher.heard("output", dict(output), name, False)
        return output

    async def async_wait_for_reply(self, msg_id: str, cell: Any = None) -> Any:
        """Wait for the language of the kernel, which papermill asks last, but not for ever."""
        failed = any(
            one.metadata.get("papermill", {}).get("exception") for one in self.nb_man.nb.cells
        )
        seconds = _ANSWER_OF_FAILED if failed else _ANSWER
        try:
            return await asyncio.wait_for(super().async_wait_for_reply(msg_id, cell), seconds)
        except TimeoutError:
            return {"content": {"language_info": self.nb.metadata.get("language_info", {})}}

    wait_for_reply = run_sync(async_wait_for_reply)

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Remember a display itself: its place changes when texts are joined."""
        output = super().output(outs, msg, None, cell_index)
        if display_id and output:
            self._by_name.setdefault(display_id, []).append(output)
        return output

    def _update_display_id(self, display_id: str, msg: Any) -> None:
        new = output_from_msg(_display(msg))
        for output in self._by_name.get(display_id, []):
            output["data"], output["metadata"] = new["data"], new["metadata"]

    def _look_for_exit(self, execute_reply: Any, **_more: Any) -> None:
        for payload in execute_reply["content"].get("payload", []):
            if payload.get("source") == "ask_exit" and not payload.get("keepkernel"):
                self.has_ended = True


class _KernelEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, with someone watching.

    A kernel that ends before it answers, as happens on a busy machine, is started again: no cell
    has run yet.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        watcher = options.pop("watcher")
        watcher.begin(nb_man.nb)
        cell_start, cell_complete = nb_man.cell_start, nb_man.cell_complete
        ran = last = 0
        begun = False

        def start(cell: Any, cell_index: int, **more: Any) -> None:
            nonlocal ran, last, begun
            begun = True
            skipped = "skip-execution" in cell.metadata.get("tags", [])
            number = None
            if cell.cell_type == "code" and cell.source.strip() and not skipped:
                if client.has_ended:
                    raise NotebookEndedError(last, ran)
                number = ran = ran + 1
                last = cell_index
            watcher.start(cell_index, number)
            cell_start(cell, cell_index, **more)

        def complete(cell: Any, cell_index: int, **more: Any) -> None:
            cell_complete(cell, cell_index=cell_index, **more)
            watcher.done(cell_index, cell)

        nb_man.cell_start, nb_man.cell_complete = start, complete
        if kernel_name == "python3":
            line = f"exec({_FIRST.format(seed_of(nb_man.nb))!r}, {{}})"
            options["extra_arguments"] = (f"--IPKernelApp.exec_lines={[line]}",)
        for name in ("input_path", "start_timeout", "stdout_file", "stderr_file"):
            options.pop(name, None)
        options |= {"kernel_name": kernel_name, "startup_timeout": _STARTUP, "log": logger}
        for left in reversed(range(_STARTS)):
            client = _Client(nb_man, watcher, **options)
            started = time.monotonic()
            try:
                client.execute()
                return
            except RuntimeError:
                if begun or not left or time.monotonic() - started > _STARTUP:
                    raise


def _display(msg: Any) -> Any:
    """Return a message as if it showed what it updates."""
    return {**msg, "header": {**msg["header"], "msg_type": "display_data"}}


def register() -> None:
    """Make both known to papermill, in this process."""
    papermill_engines.register("atopic-here", _HereEngine)
    papermill_engines.register("atopic-kernel", _KernelEngine)
