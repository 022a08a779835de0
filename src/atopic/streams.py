"""Standard streams that a command can rely on, whatever they were given to it as."""

import io
import os
import re
import sys
from contextlib import suppress
from typing import Any, TextIO

#: What a terminal obeys rather than shows, but for the ends of lines and tabs; and what turns or
#: hides the words beside it.
_DRIVING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Return a text whose control characters are written out: shown by a terminal, not obeyed.

    Examples
    --------
    >>> visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _DRIVING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class _Unheard(io.FileIO):
    """A file to which writing goes on when nobody reads it any more, as behind ``| head``."""

    def __init__(self, descriptor: int, *, whatever: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._whatever = whatever  # also where nothing can be written at all

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            if isinstance(error, BrokenPipeError) or self._whatever:
                return len(memoryview(data).cast("B"))
            raise


def stand_in() -> None:
    """Give streams that were closed, as under cron, a place; hold the others open to the end.

    A descriptor that is closed would be that of the next file opened, into which words for the
    user would then go. A pipe whose reader has gone takes what is written and loses it; a character
    that the encoding of the terminal lacks is written out. Standard error never fails.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free: this one
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None or sys.stdout is sys.__stdout__:
        sys.stdout = _held(1, sys.stdout, whatever=False)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = _held(2, sys.stderr, whatever=True)


def _held(descriptor: int, stream: TextIO | None, *, whatever: bool) -> TextIO:
    if stream is not None:
        with suppress(OSError):
            stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Unheard(descriptor, whatever=whatever)),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )


def flush() -> None:
    """Write what is still to be written on standard output; OSError if that cannot be."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):  # nor when Python ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise
