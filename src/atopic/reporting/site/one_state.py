"""What a build replaces, kept until all of it stands there, so that pages and index agree."""

import os
import secrets
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from atopic.display.file_names import is_path
from atopic.reporting.site.output_folder import PREFIX


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Have a request to end wait until this is done; a second one does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears of requests to end
        return
    known = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    handlers = {one: before for one in known if one and callable(before := signal.getsignal(one))}
    held: list[tuple[int, FrameType | None]] = []

    def put_back() -> None:
        for number, before in handlers.items():
            signal.signal(number, before)

    def hold(number: int, frame: FrameType | None) -> None:
        put_back()
        held.append((number, frame))

    for one in handlers:
        signal.signal(one, hold)
    try:
        yield
    finally:
        put_back()
    for number, frame in held:
        handlers[signal.Signals(number)](number, frame)


class Before:
    """The files of an output folder as they were before a build touched them.

    Each is kept beside itself under another name, as a link, which takes no room. What a killed
    build leaves is removed by the next.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._kept: dict[str, Path | None] = {}  # by name; None for what was not there

    def keep(self, names: Iterable[str]) -> None:
        """Keep files that are about to be written or removed, each as it was at first."""
        for name in filter(is_path, names):
            path = self._out / name
            if name in self._kept or path.parent.is_symlink() or path.is_dir():
                continue
            if not os.path.lexists(path):
                self._kept[name] = None
                continue
            beside = path.with_name(f"{PREFIX}{secrets.token_hex(8)}")
            with suppress(OSError):  # what cannot be kept cannot be replaced either
                try:
                    os.link(path, beside, follow_symlinks=False)
                except OSError:  # a file system without links
                    shutil.copy2(path, beside)
                self._kept[name] = beside

    def restore(self) -> None:
        """Put everything back as it was, as far as the system lets it."""
        for name, beside in self._kept.items():
            path = self._out / name
            with suppress(OSError):
                if beside is None:
                    path.unlink(missing_ok=True)
                    if path.parent != self._out:
                        path.parent.rmdir()
                else:
                    beside.replace(path)

    def forget(self) -> None:
        """Remove what is kept: the build stands, or what it replaced is back."""
        for beside in filter(None, self._kept.values()):
            with suppress(OSError):
                beside.unlink(missing_ok=True)
                if beside.parent != self._out:
                    beside.parent.rmdir()  # if nothing is left of the report in it
        self._kept = {}
