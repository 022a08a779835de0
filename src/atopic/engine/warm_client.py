"""Starts the warm process and has it fork one child for each call: the side that calls."""

import contextlib
import os
import pickle
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from atopic.engine import warm_process
from atopic.engine.environment import ONE_THREAD, as_in_a_kernel, at_start, surroundings
from atopic.engine.temporary_folders import Temporary
from atopic.engine.warm_process import (
    DIED,
    FORK,
    FORKED,
    FRAME,
    KILL,
    MESSAGE,
    PREPARE,
    READY,
    write_frame,
)
from atopic.engine.written import Written

#: What a child frees it soon asks for again: each page given back is another to be cleared. (Read
#: by the C library of GNU; the variables of notebooks are their own.)
_KEPT = {"MALLOC_TRIM_THRESHOLD_": str(1 << 28), "MALLOC_MMAP_THRESHOLD_": str(1 << 25)}
#: Seconds between two looks at what children write past Python.
_LOOK = 0.2


class WarmProcessError(Exception):
    """The warm process cannot be used; kernels can."""


def _growing(folder: Path) -> IO[bytes]:
    """Return a file without a name; whoever writes to it adds to its end."""
    import fcntl

    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (open until the call ends)
    fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)
    return file


def can_fork() -> bool:
    """Return whether this system can fork a warm process and hand it sockets."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


def ending(status: int) -> str:
    """Say how a process ended.

    Examples
    --------
    >>> ending(3), ending(-9)
    ('exit code 3', 'signal 9 (SIGKILL), as when memory runs out')
    """
    if status >= 0:
        return f"exit code {status}"
    name = signal.Signals(-status).name
    why = ", as when memory runs out" if name == "SIGKILL" else ""
    return f"signal {-status} ({name}){why}"


class Call:
    """One child: what it tells, and how it ended.

    `status` is None while it runs, then its exit code, or minus the signal that ended it; `folder`
    is for its temporary files alone.
    """

    def __init__(
        self, pid: int, channel: socket.socket, files: list[IO[bytes]], folder: str | None
    ) -> None:
        self.pid = pid
        self._files = files
        streams = zip(("stdout", "stderr"), files, strict=True)
        self._written = {name: Written(file.fileno()) for name, file in streams}
        self.folder = folder
        self.status: int | None = None
        self.channel = channel
        self._buffer = bytearray()

    def told(self) -> Iterator[tuple[Any, ...]]:
        """Yield what it has told and written since the last time.

        What C code and other programs write is ``"text"`` like that of Python, in its place.
        """
        # First: what is in the files by now was written after what it tells before that.
        sizes = {name: file.size() for name, file in self._written.items()}
        for words in self._arrived():
            if words[0] == "raw":
                yield from self._text(words[1], words[2])
            else:
                yield words
        for name, size in sizes.items():
            yield from self._text(name, size)

    def close(self) -> None:
        """Close what it wrote to; its temporary files are gone then."""
        self.channel.close()
        for file in self._files:
            file.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _text(self, name: str, upto: int) -> Iterator[tuple[Any, ...]]:
        if text := self._written[name].read(upto):
            yield "text", name, text

    def _arrived(self) -> list[tuple[Any, ...]]:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while part := self.channel.recv(1 << 20):
                self._buffer += part
        words = []
        while len(self._buffer) >= FRAME.size:
            (length,) = FRAME.unpack_from(self._buffer)
            if len(self._buffer) < FRAME.size + length:
                break
            words.append(pickle.loads(self._buffer[FRAME.size : FRAME.size + length]))
            del self._buffer[: FRAME.size + length]
        return words


class WarmProcess:
    """A process that has imported modules beforehand, to call functions in forks of.

    `warm_up` names a function, ``module:name``, that it calls with the shell of the cells: what
    that imports and fills is there for all. Notebooks see what is the same for every user, or if
    `users_own` what they would see in a kernel. If it is not for `cells`, there is no shell.

    Attributes
    ----------
    warm_up : str
        As it was given.
    control : socket
        To speak with the process.
    calls : dict of int to Call
        Its children, by their process.
    """

    def __init__(
        self, modules: Iterable[str], warm_up: str = "", *, users_own: bool = False,
        cells: bool = True,
    ) -> None:  # fmt: skip
        self.warm_up = warm_up
        self._users_own = users_own
        self._began_with = at_start(os.environ)
        self._temporary = Temporary()
        self._folder = self._temporary.path
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self.calls: dict[int, Call] = {}
        self._ready = self._broken = self._closed = False
        self.control, theirs = socket.socketpair()
        arguments = (
            f"{theirs.fileno()}, {list(modules)!r}, {str(self._folder)!r}, {warm_up!r}, {cells}"
        )
        # This very package, wherever it was imported from.
        source = str(Path(__file__).resolve().parents[__name__.count(".")])
        code = (
            f"import sys; {source!r} in sys.path or sys.path.insert(0, {source!r})\n"
            f"from {warm_process.__name__} import main; main({arguments})"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            pass_fds=[theirs.fileno()],
            env=self._variables() | ONE_THREAD | _KEPT,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for us; we tell it
        )
        theirs.close()

    def is_alive(self) -> bool:
        """Return whether it can still be called."""
        return not self._broken and self._process.poll() is None

    def is_as_now(self) -> bool:
        """Return whether one that is started now would be alike, or this is at work."""
        return bool(self.calls) or self._began_with == at_start(os.environ)

    def prepare(self, function: str, *arguments: object) -> None:
        """Call a function, named ``module:name``, in the process itself, before the next child.

        What it leaves there, such as tables that it has read, each later child has from the start.
        It is not waited for; one that fails changes nothing.
        """
        ours, theirs = socket.socketpair()
        with ours:
            try:
                with theirs:  # closed before anything is written: else nobody would hear it end
                    given = [theirs.fileno()]
                    socket.send_fds(self.control, [MESSAGE.pack(PREPARE, 0, 0)], given)
                write_frame(ours, (function, arguments))
            except OSError as error:
                raise WarmProcessError(str(error)) from None

    def call(self, function: str, *arguments: object, apart: bool = False) -> Call:
        """Call a function, named ``module:name``, in a new child; it gets a ``tell`` as well.

        If `apart`, its temporary files are in a folder of their own, which ends with it.
        """
        ours, theirs = socket.socketpair()
        files = [_growing(self._folder) for _ in range(2)]
        try:
            while not self._ready:
                self._hear()
            given = [theirs.fileno(), *(file.fileno() for file in files)]
            socket.send_fds(self.control, [MESSAGE.pack(FORK, 0, 0)], given)
            while (pid := self._hear()) is None:
                pass
        except OSError as error:
            raise WarmProcessError(str(error)) from None
        finally:
            theirs.close()
        folder = tempfile.mkdtemp(dir=self._folder) if apart else None
        call = self.calls[pid] = Call(pid, ours, files, folder)
        variables = self._variables() | ({"TMPDIR": folder} if folder else {})
        with contextlib.suppress(OSError):  # a child that is gone is told of by its status
            write_frame(ours, (function, arguments, variables))
        ours.setblocking(False)
        return call

    def _variables(self) -> dict[str, str]:
        if self._users_own:
            return as_in_a_kernel(os.environ)
        return surroundings(self._folder, os.environ)

    def kill(self, call: Call) -> None:
        """End a child and its process group, if it is one of this process's."""
        if self.calls.get(call.pid) is not call:
            return
        with contextlib.suppress(OSError):
            self.control.sendall(MESSAGE.pack(KILL, call.pid, 0))

    def end(self, calls: Iterable[Call]) -> None:
        """End children, and wait until they have."""
        ending = set(calls)
        while left := ending & set(self.calls.values()):
            for call in left:
                self.kill(call)
            for _told in wait_for((self,)):
                pass

    def close(self) -> None:
        """End the process and all its children."""
        if self._closed:
            return
        self._closed = True
        self.control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._kill_groups()
            self._process.kill()
            self._process.wait()
        for call in self.calls.values():
            call.close()
        self._errors.close()
        self._temporary.close()

    def told(self, ready: Container[object]) -> Iterator[tuple[Call, tuple[Any, ...] | None]]:
        """Yield what children have told; `ready` has its socket if it has told something itself."""
        if self.control in ready:
            self._hear()
        for call in list(self.calls.values()):
            for words in call.told():
                yield call, words
            if call.status is not None:
                del self.calls[call.pid]
                call.close()
                yield call, None

    def _hear(self) -> int | None:
        """Take one message of the process; return the child it forked, if it did."""
        content = b""
        while len(content) < MESSAGE.size:
            part = self.control.recv(MESSAGE.size - len(content))
            if not part:
                self._broken = True
                self._kill_groups()
                raise WarmProcessError(self._last_words())
            content += part
        letter, process, status = MESSAGE.unpack(content)
        if letter == READY:
            self._ready = True
            if status > 1:
                self._broken = True
                raise WarmProcessError(f"it has {status} threads")
        elif letter == DIED and process in self.calls:
            self.calls[process].status = status
        return process if letter == FORKED else None

    def _kill_groups(self) -> None:
        """End what the children have started, if the process can no longer do so."""
        for pid in self.calls:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "the process that reports are forked from has ended"


def wait_for(
    processes: Iterable[WarmProcess], timeout: float | None = None
) -> Iterator[tuple[Call, tuple[Any, ...] | None]]:
    """Wait until children of some processes tell something; yield it, and None for one's end.

    It may yield nothing, after a moment: what they write past Python is looked for.
    """
    timeout = _LOOK if timeout is None else min(timeout, _LOOK)
    some = tuple(processes)
    with selectors.DefaultSelector() as selector:
        for one in some:
            selector.register(one.control, selectors.EVENT_READ)
            for call in one.calls.values():
                selector.register(call.channel, selectors.EVENT_READ)
        ready = {key.fileobj for key, _ in selector.select(timeout)}
    for one in some:
        yield from one.told(ready)
