"""Takes what the cells of this process write and show, and passes it on at once.

Nothing waits here: should the process be killed, what it has written is known already.
"""

import fcntl
import io
import os
import threading
from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode

from atopic.engine.cell_outputs import Outputs, encodable
from atopic.engine.written import Written

#: Descriptors of the files that standard output and error go to; whoever called reads them, too.
_files: list[int] = []
#: From where on descriptors are this process's own.
_HIGH = 500


def lead_into(*descriptors: int) -> None:
    """Name the files that what is written past Python goes to."""
    _files[:] = descriptors


class Capture:
    """Collects what a cell prints and shows; has the `stdout` and `stderr` to stand in for sys'.

    Making one redirects the standard output and error of the process: what C code and other
    programs write there becomes an output too. `heard` is called with what `Outputs` hears, but
    of what is written past Python with ``"raw"``, the stream, and the place it was read up to.
    """

    def __init__(self, heard: Callable[..., None]) -> None:
        self._heard = heard
        self._outputs = Outputs()
        self._process = os.getpid()
        self._lock = threading.RLock()  # cells may start threads that print
        for descriptor, file in zip((1, 2), _files, strict=True):
            os.dup2(file, descriptor)
            os.close(file)
        _files.clear()
        # Descriptors of its own: cells may close the others, or lead them elsewhere for a while.
        self._written = {"stdout": Written(_aside(1)), "stderr": Written(_aside(2))}
        self.stdout, self.stderr = _Stream(self, "stdout", 1), _Stream(self, "stderr", 2)

    def begin(self) -> list[NotebookNode]:
        """Begin a cell; return the list that its outputs will be in."""
        with self._lock:
            self.drain()  # what arrived between cells belongs to the cell before
            return self._outputs.begin()

    def end(self) -> None:
        """End a cell."""
        with self._lock:
            self.drain()
            self._outputs.settle()

    def show(self, output: dict[str, Any], name: str | None = None, update: bool = False) -> None:
        """Take an output, after whatever was written before it; a display may have a name."""
        self._hear("output", encodable(output), name, update)

    def clear(self, wait: bool) -> None:
        """Drop the outputs of the cell, now or when the next one comes."""
        self._hear("clear", bool(wait))

    def write(self, name: str, text: str) -> None:
        """Take text that Python code wrote to a stream."""
        text = encodable(text)
        if os.getpid() != self._process:
            # What a cell has forked writes to a copy of this object, but to the same files.
            content = text.encode()
            while content:
                content = content[os.write(1 if name == "stdout" else 2, content) :]
            return
        self._hear("text", name, text)

    def drain(self) -> None:
        """Take what was written past Python since the last time."""
        if os.getpid() != self._process:
            return
        with self._lock:
            for name, file in self._written.items():
                if file.size() != file.position and (text := file.read()):
                    self._outputs.hear("text", name, text)
                    self._heard("raw", name, file.position)

    def _hear(self, *words: Any) -> None:
        if os.getpid() != self._process:
            return
        with self._lock:
            self.drain()
            self._outputs.hear(*words)
            self._heard(*words)


def _aside(descriptor: int) -> int:
    """Return another descriptor of a file, past those that programs close on their way."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    except OSError:  # fewer are allowed
        return os.dup(descriptor)


class _Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a cell."""

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, capture: Capture, name: str, descriptor: int) -> None:
        self._capture = capture
        self._descriptor = descriptor
        self.name = f"<{name}>"
        self._name = name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._capture.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        self._capture.drain()
