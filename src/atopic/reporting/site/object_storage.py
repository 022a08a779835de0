"""An output folder in object storage: built beside the caller, then put there file by file."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from atopic.engine.temporary_folders import Temporary
from atopic.errors import ReportError, UsageError
from atopic.reporting.plan.build_record import RECORD, read_outputs

#: Written and removed, to see whether anything can be written there.
_PROBE = ".atopic-probe"


def is_remote(out: str) -> bool:
    """Return whether an output is an address rather than a folder of this machine.

    Examples
    --------
    >>> is_remote("s3://bucket/reports"), is_remote("reports"), is_remote("file:///srv/reports")
    (True, False, False)
    """
    return "://" in out and not out.startswith("file://")


def local_folder(out: str) -> Path:
    """Return the folder of this machine that an output names, by its path or as ``file://``.

    Examples
    --------
    >>> local_folder("file:///srv/our%20reports").name
    'our reports'
    """
    if not out.startswith("file://"):
        return Path(out)
    parts = urlsplit(out)
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise UsageError(f"{out}: names no folder of this machine; write file:///PATH")
    path = unquote(parts.path)
    return Path(path[1:] if os.name == "nt" else path)


@contextmanager
def mirrored(address: str, *, write: bool = True) -> Iterator[Path]:
    """Give a local copy of a remote output folder, and put back what changed in it if `write`.

    The copy has the files that the record of the last build there names, so that a build reuses
    what is still right. Each file appears there whole; pages come before the index that links
    them, and the record comes last. A `UsageError` says that nothing installed can write to such
    an address, a `ReportError` that the storage cannot be read or written, or that another build
    has written there meanwhile.
    """
    files, root = _storage(address)
    with Temporary() as own:
        folder = own / "site"  # the build locks it
        folder.mkdir()
        before = _fetched(files, root, folder, address)
        if not write:
            yield folder
            return
        if RECORD not in before:
            _probe(files, root, address)  # before a long build rather than after it
        try:
            yield folder
        except BaseException:  # also when the user stops it: what was built is put there
            with suppress(ReportError):
                _put(files, root, folder, before, address)
            raise
        _put(files, root, folder, before, address)


def _storage(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            f"{address}: writing to object storage needs fsspec; pip install 'atopic[s3]'"
        ) from None
    try:
        files, root = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{address}: {error}") from None
    except Exception as error:  # some connect at once
        raise ReportError(f"{address}: {_line(error)}") from None
    if not str(root).strip("/"):
        raise UsageError(f"{address}: names no place; write s3://BUCKET/FOLDER")
    return files, str(root).rstrip("/")


def _probe(files: Any, root: str, address: str) -> None:
    """Refuse a place that nothing can be written to, as one without a bucket."""
    try:
        files.pipe_file(f"{root}/{_PROBE}", b"")
    except Exception as error:
        raise ReportError(f"{address}: cannot be written: {_line(error)}") from None
    with suppress(Exception):  # who may write may not always remove
        files.rm_file(f"{root}/{_PROBE}")


def _record_there(files: Any, root: str) -> bytes | None:
    try:
        content: bytes = files.cat_file(f"{root}/{RECORD}")
    except FileNotFoundError:
        return None
    return content


def _fetched(files: Any, root: str, folder: Path, address: str) -> dict[str, str]:
    """Copy what the last build wrote there, and return the sha256 of each file by its path."""
    try:
        record = _record_there(files, root)
        if record is None:
            return {}
        (folder / RECORD).write_bytes(record)
        names = [name for name in read_outputs(folder) if _is_inside(folder, name)]
        paths = {f"{root}/{name}": name for name in names}
        found = files.cat(list(paths), on_error="omit") if paths else {}
        for path, content in found.items():
            target = folder / paths[path]
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content)
    except Exception as error:  # every storage has errors of its own
        raise ReportError(f"{address}: cannot be read: {_line(error)}") from None
    return _hashes(folder)


def _put(files: Any, root: str, folder: Path, before: dict[str, str], address: str) -> None:
    """Write the files that are new or changed, and remove those that the build removed."""
    after = _hashes(folder)
    changed = [name for name in after if before.get(name) != after[name]]
    try:
        for _step, names in groupby(sorted(changed, key=_step_of), key=_step_of):
            # No lock is to be had there; this leaves the moment of writing alone.
            record = _record_there(files, root)
            if (hashlib.sha256(record).hexdigest() if record else None) != before.get(RECORD):
                raise ReportError(
                    f"{address}: another build has written there meanwhile; build again"
                )
            ours = list(names)
            # Files rather than bytes: what kind a file is goes by its name.
            files.put([str(folder / name) for name in ours], [f"{root}/{name}" for name in ours])
        for name in set(before) - set(after):
            files.rm_file(f"{root}/{name}")
    except ReportError:
        raise
    except Exception as error:
        raise ReportError(f"{address}: cannot be written: {_line(error)}") from None


def _step_of(name: str) -> int:
    """Return when a file is written: what is linked to comes first."""
    return {"index.html": 1, "search.html": 1, "estimates.csv": 1, RECORD: 2}.get(name, 0)


def _is_inside(folder: Path, name: str) -> bool:
    """Return whether a path of a record, which anyone may have written, stays in the folder."""
    return (folder / name).resolve().is_relative_to(folder) and name.count("/") <= 1


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".atopic")
    }


def _line(error: Exception) -> str:
    words = str(error).strip().splitlines() or [type(error).__name__]
    return f"{type(error).__name__}: {words[0]}"
