"""What a build replaces, kept until all of it stands there, so that pages and index agree."""

import os
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from atopic.display.file_names import is_path
from atopic.reporting.site.output_folder import PREFIX


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
