"""When a build hears of a request to end: not amid an import, nor while its last files appear.

A handler of a signal raises wherever the main thread happens to be. Two places cannot bear that.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_IMPORT = "<frozen importlib._bootstrap>"
#: Seconds after which one that came amid an import is heard again.
_AGAIN = 0.02


@contextmanager
def between_imports() -> Iterator[None]:
    """Have a request to end wait until the main thread imports nothing.

    What raises amid an import leaves locks behind that nobody frees, and another thread that
    imports anything waits for ever.
    """
    before = _imports()  # this may itself be called by a module that is being imported
    waiting: dict[int, threading.Timer] = {}

    def hear(number: int, frame: FrameType | None) -> None:
        if _imports() == before:
            waiting.pop(number, None)
            handlers[number](number, frame)
        elif number not in waiting or not waiting[number].is_alive():
            waiting[number] = threading.Timer(_AGAIN, _tell_main_thread, [number])
            waiting[number].daemon = True
            waiting[number].start()

    handlers: dict[int, Any] = {}
    with _heard_by(hear, handlers):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Have a request to end wait until this is done; a second one does not wait."""
    held: list[tuple[int, FrameType | None]] = []
    handlers: dict[int, Any] = {}

    def hold(number: int, frame: FrameType | None) -> None:
        for one, handler in handlers.items():
            signal.signal(one, handler)
        held.append((number, frame))

    with _heard_by(hold, handlers):
        yield
    for number, frame in held:
        handlers[number](number, frame)


@contextmanager
def _heard_by(
    hear: Callable[[int, FrameType | None], None], handlers: dict[int, Any]
) -> Iterator[None]:
    """Have requests to end go to a function; fill in who heard of them before, by their number."""
    if threading.current_thread() is threading.main_thread():  # no other hears of them
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number and callable(before := signal.getsignal(number)):
                handlers[number] = before
                signal.signal(number, hear)
    try:
        yield
    finally:
        for number, before in handlers.items():
            if signal.getsignal(number) is hear:  # one that was heard may not be wanted again
                signal.signal(number, before)


def _imports() -> int:
    """Return how many imports the caller is in."""
    frame: FrameType | None = sys._getframe()
    found = 0
    while frame:
        found += frame.f_code.co_filename == _IMPORT
        frame = frame.f_back
    return found


def _tell_main_thread(number: int) -> None:
    if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident):
        signal.pthread_kill(main, number)  # what it waits for may be long in coming
    else:
        signal.raise_signal(number)
