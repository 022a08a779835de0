"""An output folder in object storage: built beside the caller, then put there file by file."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from atopic.errors import ReportError, UsageError
from atopic.reporting.record import RECORD, read_outputs
from atopic.reporting.temporary import Temporary

__all__ = ["is_remote", "mirrored"]


def is_remote(out: str) -> bool:
    """Return whether an output is an address rather than a folder.

    Examples
    --------
    >>> is_remote("s3://bucket/reports"), is_remote("reports")
    (True, False)
    """
    return "://" in out


@contextmanager
def mirrored(address: str) -> Iterator[Path]:
    """Give a local copy of a remote output folder, and put back what changed in it.

    Parameters
    ----------
    address : str
        As fsspec reads it: ``s3://bucket/folder``, ``gs://...``, ``file:///...``.

    Yields
    ------
    Path
        A temporary folder with the files that the record of the last build there names, so that
        a build reuses what is still right.

    Raises
    ------
    UsageError
        If nothing installed can write to such an address.
    ReportError
        If the storage cannot be read or written. Each file appears there whole; pages come
        before the index that links them, and the record of the build comes last.
    """
    files, root = _storage(address)
    with Temporary() as own:
        folder = own / "site"  # the build locks it
        folder.mkdir()
        before = _fetched(files, root, folder, address)
        try:
            yield folder
        finally:
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
    return files, str(root).rstrip("/")


def _fetched(files: Any, root: str, folder: Path, address: str) -> dict[str, str]:
    """Copy what the last build wrote there, and return the sha256 of each file by its path."""
    try:
        if not files.exists(f"{root}/{RECORD}"):
            return {}
        (folder / RECORD).write_bytes(files.cat_file(f"{root}/{RECORD}"))
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
        for name in sorted(changed, key=_order):
            files.pipe_file(f"{root}/{name}", (folder / name).read_bytes())
        for name in set(before) - set(after):
            files.rm_file(f"{root}/{name}")
    except Exception as error:
        raise ReportError(f"{address}: cannot be written: {_line(error)}") from None


def _order(name: str) -> tuple[int, str]:
    """Return the place of a file among those to be written: what is linked to comes first."""
    last = {"index.html": 1, "estimates.csv": 1, RECORD: 2}
    return last.get(name, 0), name


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
