"""The outputs of a running cell, in the form and order that nbclient gives them."""

import io
import os
import tempfile
import threading
from itertools import pairwise
from typing import Any

from nbformat import NotebookNode, from_dict

__all__ = ["Capture"]


class Capture:
    """Collects what a cell prints and shows; has the `stdout` and `stderr` to stand in for sys'.

    Making one redirects the standard output and error of the process: what C code and other
    programs write there becomes an output too.
    """

    def __init__(self) -> None:
        self._outputs: list[NotebookNode] = []
        self._clear_next = False
        self._by_id: dict[str, list[NotebookNode]] = {}
        self._process = os.getpid()
        self._lock = threading.RLock()  # cells may start threads that print
        self._files = {"stdout": _Redirected(1), "stderr": _Redirected(2)}
        self.stdout, self.stderr = _Stream(self, "stdout", 1), _Stream(self, "stderr", 2)

    def begin(self) -> list[NotebookNode]:
        """Begin a cell; return the list that its outputs will be in.

        When a later cell updates a display of this one, it changes in this list.
        """
        self.drain()  # what arrived between cells belongs to the cell before
        self._outputs = []
        self._clear_next = False
        return self._outputs

    def end(self) -> None:
        """End a cell: each stream becomes one output, as it would look on a terminal."""
        with self._lock:
            self.drain()
            self._outputs[:] = _merged(self._outputs)

    def add(self, output: dict[str, Any]) -> NotebookNode:
        """Take an output, after whatever was written before it."""
        with self._lock:
            self.drain()
            return self._append(_node(output))

    def show(self, output: dict[str, Any], name: str | None, update: bool) -> None:
        """Take a display, which may be named; all displays of that name become what it is."""
        for shown in self._by_id.get(name or "", []):
            shown.update(_node(output))
        if update:
            return
        shown = self.add(output)
        if name:
            self._by_id.setdefault(name, []).append(shown)

    def clear(self, wait: bool) -> None:
        """Drop the outputs of the cell, now or when the next one comes."""
        self.drain()
        if wait:
            self._clear_next = True
        else:
            self._outputs.clear()

    def write(self, name: str, text: str) -> None:
        """Take text that Python code wrote to a stream."""
        text = _encodable(text)
        if os.getpid() != self._process:
            # What a cell has forked writes to a copy of this object, but to the same files.
            self._files[name].write(text)
            return
        with self._lock:
            self.drain()
            self._stream(name, text)

    def drain(self) -> None:
        """Take what was written past Python since the last time."""
        if os.getpid() != self._process:
            return
        with self._lock:
            for name, file in self._files.items():
                text = file.read()
                if text:
                    self._stream(name, text)

    def _stream(self, name: str, text: str) -> None:
        last = self._outputs[-1] if self._outputs and not self._clear_next else None
        if last and last.output_type == "stream" and last.name == name:
            last.text.append(text)
        else:
            self._append(NotebookNode(output_type="stream", name=name, text=[text]))

    def _append(self, output: NotebookNode) -> NotebookNode:
        if self._clear_next:
            self._outputs.clear()
            self._clear_next = False
        self._outputs.append(output)
        return output


class _Redirected:
    """A file descriptor of the process, led into a file without a name."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (open until the process ends)
        self._read = 0
        os.dup2(self._file.fileno(), descriptor)

    def read(self) -> str:
        if os.fstat(self._file.fileno()).st_size == self._read:
            return ""
        # Not by seeking: the position is that of the writers.
        content = os.pread(self._file.fileno(), 1 << 30, self._read)
        self._read += len(content)
        return content.decode("utf-8", "replace")

    def write(self, text: str) -> None:
        content = text.encode()
        while content:
            content = content[os.write(self._descriptor, content) :]


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


def _node(output: dict[str, Any]) -> NotebookNode:
    """Return an output as notebooks hold it."""
    node: NotebookNode = from_dict(_encodable(output))
    return node


def _encodable(thing: Any) -> Any:
    r"""Return the same with ``\ud800`` written out, half a character that no file can hold."""
    if isinstance(thing, str) and not thing.isascii():
        return thing.encode("utf-8", "backslashreplace").decode()
    if isinstance(thing, dict):
        return {_encodable(name): _encodable(value) for name, value in thing.items()}
    return [_encodable(one) for one in thing] if isinstance(thing, list) else thing


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs with the texts of each stream joined, as nbclient's ``coalesce_streams``."""
    merged: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type == "stream" and output.name in streams:
            streams[output.name].text += output.text
        else:
            merged.append(output)
            if output.output_type == "stream":
                streams[output.name] = output
    for stream in streams.values():
        stream.text = "\n".join(map(_overwritten, "".join(stream.text).split("\n")))
    for place, (first, second) in enumerate(pairwise(merged)):
        if (first.get("name"), second.get("name")) == ("stderr", "stdout"):
            merged[place : place + 2] = [second, first]
    return merged


def _overwritten(line: str) -> str:
    """Return what is left of a line whose beginning was written over, as by a progress bar.

    nbclient's pattern for this takes time with the square of the length.
    """
    return line[line.rfind("\r", 0, -1) + 1 :]
