"""Temporary folders; those of builds that were killed are removed by a later one."""

import contextlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "atopic-run-"
_NAME = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
#: Seconds after which a folder has been locked by its process, if that lives.
_LOCKED_BY = 60.0


class Temporary:
    """A folder that lasts until it is closed.

    It is locked meanwhile, by the system: whoever can lock it knows that its process is gone.

    Examples
    --------
    >>> with Temporary() as folder:
    ...     folder.is_dir()
    True
    >>> folder.is_dir()
    False
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        self._lock = _locked(self.path)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep() -> None:
    """Remove the folders of processes that were killed."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            if not _NAME.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
                continue
            with contextlib.suppress(OSError):
                if time.time() - entry.stat().st_mtime < _LOCKED_BY:
                    continue
                lock = _locked(Path(entry.path))
                if lock is not None:
                    shutil.rmtree(entry.path, ignore_errors=True)
                    os.close(lock)


def _locked(folder: Path) -> int | None:
    """Lock a folder until the descriptor returned is closed; none if that cannot be."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # it is another's, or this file system has no locks
        os.close(descriptor)
        return None
    return descriptor
