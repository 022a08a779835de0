"""Reads what is written while it is written: files that grow, and texts in lines."""

import codecs
import mmap
import os
import time

#: Seconds in which a text that lies across two pages of memory has long been written.
_WHOLE = 0.001


class Written:
    """The end of a file that others write to, from where it was read last."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.position = 0

    def size(self) -> int:
        """Return how much there is."""
        return os.fstat(self._descriptor).st_size

    def read(self, upto: int | None = None) -> str:
        """Return what has been added, up to a place."""
        size = self.size()
        if upto is None and size and size % mmap.PAGESIZE == 0:
            # A system writes page by page: what another thread writes may be half there, and what
            # is written next would stand in its middle.
            time.sleep(_WHOLE)
            size = self.size()
        if size < self.position:  # emptied, as by a program that opens /dev/stdout
            self.position = 0
        content = b""
        while self.position < (end := size if upto is None else min(upto, size)):
            # Not by seeking: the position is that of the writers.
            part = os.pread(self._descriptor, end - self.position, self.position)
            if not part:
                break
            self.position += len(part)
            content += part
        return self._decoder.decode(content)


class Lines:
    """Cuts what is written to streams into lines, as they become whole."""

    def __init__(self) -> None:
        self._rest: dict[str, str] = {}

    def take(self, name: str, text: str) -> str:
        """Return the whole lines that there are with this text."""
        whole, end, rest = (self._rest.get(name, "") + text).rpartition("\n")
        self._rest[name] = rest
        return whole + end

    def rest(self) -> list[tuple[str, str]]:
        """Return what is left without an end of line, by stream, and forget it."""
        left = [(name, text) for name, text in self._rest.items() if text]
        self._rest.clear()
        return left
