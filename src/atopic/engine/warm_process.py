"""The warm process: it has imported and used everything once, and each notebook runs in a fork.

`atopic.engine.warm_client` starts it and speaks with it. It has one thread, since a fork keeps no
other, and runs no notebook itself: each call is a child, in a process group of its own, so that
whatever a notebook starts ends with it. When the process that started it is gone, so are it and
its children.
"""

import array
import contextlib
import ctypes
import gc
import importlib
import io
import os
import pickle
import selectors
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from atopic.engine.environment import list_fonts

#: What is said between the two: a letter, a process, an exit status.
MESSAGE = struct.Struct("!cii")
READY, PREPARE, FORK, FORKED, KILL, DIED = b"R", b"P", b"F", b"f", b"K", b"D"
#: At most so many descriptors come with it: of a child, its socket and the files it writes to.
_GIVEN = 3
#: Length of what a call and its child tell one another.
FRAME = struct.Struct("!Q")

#: Imports that jsonschema and papermill try, for formats that no notebook's schema has and for
#: storage that no report is on; the first alone takes most of a second.
_UNNEEDED = ("rfc3987_syntax", "rfc3986_validator", "isoduration", "webcolors", "boto3")

#: How much comes to be before a child looks for garbage: it lives for seconds, and a frame or a
#: figure of thousands of parts is none.
_RARELY = (50_000, 20, 100)

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(
    descriptor: int, modules: list[str], folder: str, warm_up: str, cells: bool = True
) -> None:
    """Import modules, use once what every notebook uses, and fork whenever asked to.

    The descriptor is that of the socket to the process that started this one, the folder for
    IPython's files. `warm_up` names a function, ``module:name``, to be called with the shell. There
    is one if forks are to run `cells`.
    """
    gc.disable()  # what is imported stays: to look for garbage in it takes time
    if not cells:
        os.nice(5)  # what runs cells goes first
    _warm(descriptor, modules, Path(folder), warm_up, cells)
    if modules and _threads() > 1:
        # A module that starts a thread when imported cannot be shared: begin again without them.
        call = f"import sys; sys.path[:] = {sys.path!r}\n"
        arguments = f"{descriptor}, [], {folder!r}, {warm_up!r}, {cells}"
        call += f"from {__name__} import main; main({arguments})"
        os.execv(sys.executable, [sys.executable, "-P", "-c", call])
    gc.freeze()
    gc.enable()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    children: set[int] = set()
    try:
        _serve(socket.socket(fileno=descriptor), children)
    finally:  # whatever it was: what children have started would outlive them
        _end(children, folder)


def _warm(descriptor: int, modules: list[str], folder: Path, warm_up: str, cells: bool) -> None:
    with _without_unneeded():
        import nbformat  # noqa: F401 (tries most of them)

        shell = _make_shell(folder) if cells else None
    # Where cells find get_ipython: pandas looks at it when it is imported.
    trap = shell.builtin_trap if shell else contextlib.nullcontext()
    for name in modules:
        if _is_alone(descriptor):  # all of them may take ten seconds on a busy machine
            _end(set(), str(folder))
        with contextlib.suppress(BaseException), _silence(), trap:
            importlib.import_module(name)
    if warm_up:
        with contextlib.suppress(Exception), _silence(), trap:
            _named(warm_up)(shell)
    with warnings.catch_warnings():
        pass  # forgets what has been warned of so far: for each notebook it is the first time


def _make_shell(folder: Path) -> Any:
    if "MPL_IGNORE_SYSTEM_FONTS" in os.environ:
        list_fonts(Path(os.environ["MPLCONFIGDIR"]))
    from atopic.engine import run_cells, watched_engines
    from atopic.engine.shell import make_shell

    watched_engines.register()
    run_cells.SHELL = make_shell(folder)
    return run_cells.SHELL


@contextlib.contextmanager
def _without_unneeded() -> Any:
    unneeded = [name for name in _UNNEEDED if name not in sys.modules]
    for name in unneeded:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in unneeded:
            del sys.modules[name]


def _is_alone(descriptor: int) -> bool:
    """Return whether the process that started this one is gone."""
    with socket.socket(fileno=os.dup(descriptor)) as control:
        try:
            return not control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


def _named(function: str) -> Any:
    """Return the function that ``module:name`` names."""
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)


@contextlib.contextmanager
def _silence() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _threads() -> int:
    try:
        return len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return threading.active_count()


def _serve(control: socket.socket, children: set[int]) -> None:
    """Fork a child whenever asked to, until the process that asks is gone."""
    ended, woken = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    control.sendall(MESSAGE.pack(READY, os.getpid(), _threads()))
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == ended:
                    with contextlib.suppress(BlockingIOError):
                        os.read(ended, 4096)
                    _reap(children, control)
                    continue
                message, given = _receive(control)
                if len(message) < MESSAGE.size:
                    return
                letter, process, _status = MESSAGE.unpack(message)
                if letter == KILL and process in children:
                    _kill(process)
                elif letter == KILL:  # whoever asks has not heard of its end
                    control.sendall(MESSAGE.pack(DIED, process, -signal.SIGKILL))
                if letter == PREPARE:
                    _prepare(socket.socket(fileno=given[0]))
                    control.sendall(MESSAGE.pack(READY, os.getpid(), _threads()))
                if letter == FORK:
                    pid = os.fork()
                    if pid == 0:
                        _child(given, [control.fileno(), ended, woken], os.getppid())
                    with contextlib.suppress(OSError):
                        os.setpgid(pid, pid)  # here too: whoever is first
                    for descriptor in given:
                        os.close(descriptor)
                    children.add(pid)
                    control.sendall(MESSAGE.pack(FORKED, pid, 0))


def _prepare(channel: socket.socket) -> None:
    """Call a function in this process, so that each later child finds what it leaves here.

    Whether it fails is of no matter: children then do what they need themselves.
    """
    with channel, contextlib.suppress(Exception), _silence():
        function, arguments = read_frame(channel)
        _named(function)(*arguments)
    gc.freeze()


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    size = _GIVEN * array.array("i").itemsize
    try:
        message, ancillary, _, _ = control.recvmsg(MESSAGE.size, socket.CMSG_SPACE(size))
    except OSError:
        return b"", []
    for _level, _kind, content in ancillary:
        given = array.array("i")
        given.frombytes(content[: len(content) - len(content) % given.itemsize])
        for descriptor in given:
            os.set_inheritable(descriptor, False)
        return message, list(given)
    return message, []


def _child(given: list[int], not_mine: list[int], parent: int) -> None:
    """Do what one call asks for, tell what it tells and what it returns, and end."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for descriptor in not_mine:
            os.close(descriptor)
        channel, files = socket.socket(fileno=given[0]), given[1:]
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        gc.set_threshold(*_RARELY)
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        _die_with_parent(parent)
        # What the notebook leaves behind is its own while it runs, then the warm process's.
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        function, arguments, environment = read_frame(channel)
        os.environ.clear()
        os.environ.update(environment)
        if hasattr(time, "tzset"):
            time.tzset()
        tempfile.tempdir = None  # to be looked up there
        from atopic.engine.capture import lead_into

        lead_into(*files)
        me, lock = os.getpid(), threading.RLock()  # threads of a notebook tell, too

        def tell(*words: Any) -> None:
            if os.getpid() == me:  # not in what a notebook forks
                with lock:
                    write_frame(channel, words)

        try:
            result = _named(function)(*arguments, tell=tell)
            tell("result", result)
            status = 0
        except Exception:
            import traceback

            tell("broken", traceback.format_exc())
    finally:
        os._exit(status)


def _die_with_parent(parent: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(option, value)


def read_frame(channel: socket.socket) -> Any:
    """Read one object from a socket."""
    with channel.makefile("rb") as stream:
        (length,) = FRAME.unpack(stream.read(FRAME.size))
        return pickle.loads(stream.read(length))


def write_frame(channel: socket.socket, thing: object) -> None:
    """Write one object to a socket."""
    content = pickle.dumps(thing)
    channel.sendall(FRAME.pack(len(content)) + content)


def _kill(process: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(process, signal.SIGKILL)


def _reap(children: set[int], control: socket.socket) -> None:
    for process in sorted(children):
        # Not collected yet, so that its number cannot have passed on to another.
        state = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if state is None:
            continue
        _kill(process)  # what it left behind
        _, status = os.waitpid(process, 0)
        children.discard(process)
        _end_orphans(children)
        with contextlib.suppress(OSError):
            control.sendall(MESSAGE.pack(DIED, process, os.waitstatus_to_exitcode(status)))


def _end_orphans(children: set[int]) -> None:
    """End what a child left behind in other process groups: it is this process's now."""
    while others := _own() - children:
        for process in others:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(process, 0)


def _own() -> set[int]:
    me = os.getpid()
    try:
        return set(map(int, Path(f"/proc/{me}/task/{me}/children").read_text().split()))
    except OSError:  # not Linux, or one without it
        return set()


def _end(children: set[int], folder: str) -> None:
    for process in children:
        _kill(process)
    for process in children:
        with contextlib.suppress(OSError):
            os.waitpid(process, 0)
    _end_orphans(set())
    shutil.rmtree(folder, ignore_errors=True)  # whoever else would may have been killed
    os._exit(0)
