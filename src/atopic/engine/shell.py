"""Runs the cells of a notebook in this very process, with the outputs that a kernel would give.

Meant for a process of its own, forked for one notebook (`atopic.engine.warm_process`): what the
cells change stays changed. Outputs are taken where IPython publishes them, so no sockets, threads
or messages are needed; the cells, their numbering, tracebacks and displays are IPython's own.
"""

import asyncio
import binascii
import builtins
import contextvars
import getpass
import inspect
import io
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ipykernel.compiler import XCachingCompiler
from ipykernel.eventloops import loop_map
from ipykernel.zmqshell import KernelMagics
from IPython.core import page
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_magic, magics_class
from traitlets import Instance, Type, default
from traitlets.config import Config

from atopic.engine.capture import Capture

if TYPE_CHECKING:
    from nbformat import NotebookNode


class _Hook(DisplayHook):
    """The value of a cell's last expression becomes its result."""

    def write_output_prompt(self) -> None:
        """Write nothing: the number is part of the output."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        _capture(self.shell).show(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": _as_json(format_dict),
                "metadata": _as_json(md_dict or {}),
            }
        )

    def finish_displayhook(self) -> None:
        """Leave the state of the hook as before the display."""
        self._is_active = False


class _Publisher(DisplayPublisher):
    """What is displayed becomes an output of the cell."""

    def publish(
        self, data: Any, metadata: Any = None, source: Any = None, *, transient: Any = None,  # noqa: ARG002
        update: bool = False, **_more: Any,
    ) -> None:  # fmt: skip
        output = {
            "output_type": "display_data",
            "data": _as_json(data),
            "metadata": _as_json(metadata or {}),
        }
        _capture(self.shell).show(output, (transient or {}).get("display_id"), update)

    def clear_output(self, wait: bool = False) -> None:
        _capture(self.shell).clear(wait)


class _Compiler(XCachingCompiler):
    """Names the code of cells as a kernel does."""

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """Note that the code is of no module, too.

        inspect would else look through all that are imported for each line of a traceback: one of
        an endless recursion, which has thousands, took half a minute.
        """
        name = str(super().cache(transformed_code, number, raw_code))
        inspect.modulesbyfile[name] = ""
        return name


@magics_class
class _KernelMagics(Magics):
    """Those of a kernel's magics that speak of its connections: there are none."""

    @line_magic
    def connect_info(self, _line: str) -> None:
        """Tell no connection: there is none."""

    @line_magic
    def qtconsole(self, _line: str) -> None:
        """Open none."""

    @line_magic
    def subshell(self, _line: str) -> None:
        """Say what a kernel without them says."""
        print("Kernel does not support subshells")


class ZMQInteractiveShell(InteractiveShell):
    """An IPython shell that looks like a kernel's to libraries.

    To tell a notebook from a terminal some look at the name of the class, and pandas whether there
    is an attribute ``kernel``, too.
    """

    kernel = None

    compiler_class = Type(_Compiler)
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    capture: Capture | None = None
    context: contextvars.Context | None = None
    shows_error = False
    keepkernel_on_exit = None
    exiter = Instance(ZMQExitAutocall)

    def init_environment(self) -> None:
        """Leave it: `atopic.engine.environment` has what ipykernel sets."""

    def init_hooks(self) -> None:
        """Open no pager."""
        super().init_hooks()  # type: ignore[no-untyped-call]
        pager = page.as_hook(lambda *_page, **_more: None)
        self.set_hook("show_in_pager", pager, 99)  # type: ignore[no-untyped-call]

    def init_virtualenv(self) -> None:
        """Leave ``sys.path`` alone, as ipykernel does."""

    @default("exiter")  # type: ignore[untyped-decorator]
    def _exiter_default(self) -> ZMQExitAutocall:
        return ZMQExitAutocall(self)

    def init_magics(self) -> None:
        """Offer the magics of a kernel, too."""
        super().init_magics()  # type: ignore[no-untyped-call]
        self.register_magics(KernelMagics, _KernelMagics)
        self.magics_manager.register_alias("ed", "edit")

    def enable_gui(self, gui: Any = None) -> None:
        """Accept what ``%matplotlib inline`` and ``%gui`` ask for, and start no event loop."""
        if gui not in loop_map:
            known = f"valid ones are:{loop_map.keys()}"
            raise UsageError(f"Invalid GUI request {gui!r}, {known}")

    def ask_exit(self) -> None:
        """Do what ``quit()`` in a cell asks for: no cell follows."""
        self.exit_now = not self.keepkernel_on_exit

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        # An error while a result is shown fails the cell, as in a kernel.
        self.shows_error |= bool(self.displayhook._is_active)
        _capture(self).show(
            {
                "output_type": "error",
                "ename": str(etype.__name__),
                "evalue": str(evalue),
                "traceback": list(stb),
            }
        )


def make_shell(folder: Path) -> InteractiveShell:
    """Make the shell of this process; it reads and writes nothing of the user's own."""
    config = Config()
    # No history: it would be kept in a file by a thread, and a forked thread is a dead one.
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.IPKernelApp.connection_file = ""  # tqdm, for one, looks whether there is such a section
    shell: InteractiveShell = ZMQInteractiveShell.instance(config=config, ipython_dir=str(folder))
    shell.run_line_magic("load_ext", "storemagic")
    return shell


def enter(shell: InteractiveShell, heard: Callable[..., None]) -> None:
    """Prepare the process of one notebook: streams, input and module path as in a kernel.

    `heard` is as for `Capture`.
    """
    capture = Capture(heard)
    shell.capture = capture
    # What it stores is its own.
    shell.db = type(shell.db)(Path(shell.ipython_dir) / f"db-{os.getpid()}")
    shell.context = contextvars.copy_context()
    asyncio.set_event_loop(asyncio.new_event_loop())
    sys.stdout, sys.stderr = capture.stdout, capture.stderr
    sys.stdin = io.StringIO()
    builtins.input = partial(_refuse, "raw_input")
    getpass.getpass = partial(_refuse, "getpass")
    sys.breakpointhook = _go_on
    # Behind the standard library, where ipykernel puts the working folder, too.
    packages = ("site-packages", "dist-packages")
    places = [place for place, path in enumerate(sys.path) if Path(path).name in packages]
    sys.path.insert(min(places, default=len(sys.path)), "")
    sys.argv = [""]
    shell.user_ns["_dh"][:] = [Path.cwd()]


def run_cell(shell: InteractiveShell, cell: "NotebookNode", begun: Callable[[int], None]) -> bool:
    """Run one code cell and give it its outputs; return whether it ran to its end.

    `begun` is called with the number of the cell before it runs.
    """
    cell.execution_count = shell.execution_count
    begun(shell.execution_count)
    capture = _capture(shell)
    cell.outputs = capture.begin()
    shell.shows_error = False
    loop = asyncio.get_event_loop()
    # One context for all cells: what one sets there, such as numpy's way of printing, the next has.
    task = loop.create_task(_run(shell, cell.source), context=shell.context)
    result = loop.run_until_complete(task)
    capture.end()
    return bool(result.success) and not shell.shows_error


async def _run(shell: InteractiveShell, source: str) -> Any:
    """Run code where an event loop runs, as in a kernel: cells may start tasks, and await them."""
    await asyncio.sleep(0)  # what earlier cells started goes on
    plain, fault = source, None
    try:
        plain = shell.transform_cell(source)
    except Exception:  # of a line magic, say; the shell shows it
        fault = sys.exc_info()
    if not shell.should_run_async(source, transformed_cell=plain, preprocessing_exc_tuple=fault):
        return shell.run_cell(source, store_history=True)
    result = None
    try:
        # A task of its own, as in a kernel: what it sets in the context ends with it.
        result = await asyncio.ensure_future(
            shell.run_cell_async(
                source, store_history=True, transformed_cell=plain, preprocessing_exc_tuple=fault
            )
        )
    finally:
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
    return result


def _capture(shell: Any) -> Capture:
    capture: Capture = shell.capture
    return capture


def _refuse(what: str, *_prompt: Any, **_more: Any) -> NoReturn:
    raise StdinNotImplementedError(
        f"{what} was called, but this frontend does not support input requests."
    )


def _go_on(*_more: Any, **_options: Any) -> None:
    """Stop at no ``breakpoint()``, as a kernel to which no debugger is attached."""


def _as_json(value: Any) -> Any:
    """Return what a message to Jupyter would carry."""

    def other(thing: Any) -> Any:
        if isinstance(thing, bytes):
            return binascii.b2a_base64(thing, newline=False).decode("ascii")
        if hasattr(thing, "item"):
            return thing.item()
        return list(thing) if hasattr(thing, "__iter__") else repr(thing)

    return json.loads(json.dumps(value, default=other))
