"""Builds again whenever something that reports depend on is saved."""

import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import atopic
from atopic.errors import AtopicError

__all__ = ["watch", "watched"]


def watched(manifest: Path, data: Path) -> list[Path]:
    """Return the folders to watch: manifest, its notebooks, tables, and the code of atopic."""
    home = Path(atopic.__file__).parent
    folders = {manifest.resolve().parent, data.resolve(), home}
    folders |= {path.parent for path in home.rglob("*.py")}
    try:
        reports = tomllib.loads(manifest.read_text(encoding="utf-8")).get("report", [])
        folders |= {(manifest.parent / str(one["notebook"])).resolve().parent for one in reports}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass  # the build says what is wrong with it
    return sorted(folder for folder in folders if folder.is_dir())


def watch(manifest: Path, data: Path, build: Callable[[], object]) -> None:
    """Build now, and again after every save, until the user stops it.

    Parameters
    ----------
    manifest, data : Path
    build : callable
        Builds what has changed. What it raises for users is printed, and watching goes on.
    """
    import watchfiles

    home = Path(atopic.__file__).parent

    def counts(_change: object, path: str) -> bool:
        file = Path(path)
        if file.parent == manifest.resolve().parent and file != manifest.resolve():
            return file.suffix in (".ipynb", ".py") and file.parent in notebooks
        return file.suffix in (".ipynb", ".py", ".csv", ".json", ".toml", ".css", ".j2")

    while True:
        folders = watched(manifest, data)
        notebooks = {folder for folder in folders if any(folder.glob("*.ipynb"))}
        try:
            build()
        except AtopicError as error:
            sys.stderr.write(f"atopic: {error}\n")
        sys.stderr.write("watching; Ctrl-C ends it\n")
        sys.stderr.flush()
        try:
            changes = next(
                watchfiles.watch(*folders, watch_filter=counts, recursive=False,
                                 raise_interrupt=True, debounce=200)
            )  # fmt: skip
        except KeyboardInterrupt:
            return
        if any(home in Path(path).parents for _, path in changes):
            # Code that has been imported stays as it was: begin again as a new process.
            os.execv(sys.executable, sys.orig_argv)
