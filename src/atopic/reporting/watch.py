"""Builds again whenever something that reports depend on is saved."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import atopic
from atopic.engine.shared_process import end_shared
from atopic.errors import AtopicError
from atopic.reporting.plan.inputs import input_files
from atopic.reporting.plan.make_jobs import modules_beside
from atopic.reporting.plan.manifest import read_manifest

_HOME = Path(atopic.__file__).resolve().parent
#: What is saved where: in the data folder, among notebooks, in the source of atopic.
_TABLES, _IMAGES = {".csv", ".json"}, {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"}
_NOTEBOOKS = {".ipynb", ".py"} | _IMAGES
_SOURCE = {".py", ".csv", ".json", ".css", ".j2", ".js"}
#: Milliseconds after which a group of saves is over, and between two looks.
_GROUP, _LOOK = 200, 100


def watched(manifest: Path, data: Path | None) -> dict[Path, set[str]]:
    """Return the folders to watch, which need not exist, with the endings that count in each.

    They hold the manifest (of which the whole name counts), its notebooks with their
    modules and images, the other inputs, the tables, and atopic.
    """
    found: dict[Path, set[str]] = {}

    def add(folder: Path, endings: set[str]) -> None:
        found[folder] = found.get(folder, set()) | endings

    manifest = manifest.resolve()
    add(manifest.parent, {manifest.name})
    if data:
        add(data.resolve(), _TABLES)
    for folder in (_HOME, *(path for path in _HOME.rglob("*") if path.is_dir())):
        if not {"__pycache__", "bundled"} & set(folder.relative_to(_HOME).parts):
            add(folder, _SOURCE)
    try:
        reports = read_manifest(manifest, data)
        notebooks = {report.notebook.resolve() for report in reports}
        for report in reports:
            for pattern, files in input_files(report.folder, report.inputs).items():
                for path in (manifest.parent / pattern, *files):
                    if not set("*?[") & set(f"{path.parent}{path.suffix}"):
                        add(path.parent, {path.name, path.suffix or path.name})
    except (AtopicError, OSError, ValueError):
        notebooks = set()  # the build says what is wrong with it
    for folder in {path.parent for path in notebooks}:
        add(folder, _NOTEBOOKS)
        for image in (one for one in folder.glob("*/*") if one.suffix in _IMAGES):
            add(image.parent, _IMAGES)
        for module in modules_beside(folder):
            add((folder / module).parent, {".py"})
    return found


def watch(manifest: Path, data: Path | None, build: Callable[[], object]) -> None:
    """Build now, and again after every save, until the user stops it.

    What `build` raises is printed, and watching goes on.
    """
    try:
        while True:
            saves = _saves(watched(manifest, data))
            next(saves)  # what is saved from here on, while a build goes on, is seen after it
            _try(build)
            sys.stderr.write("watching; Ctrl-C ends it\n")
            sys.stderr.flush()
            while not (files := next(saves)):
                pass
            if any(_HOME in file.parents for file in files):
                _begin_again()
    except KeyboardInterrupt:
        sys.stderr.write("\n")


def _try(build: Callable[[], object]) -> None:
    try:
        build()
    except (AtopicError, OSError) as error:
        sys.stderr.write(f"atopic: {error}\n")
    except Exception:  # as of atopic's own source, half edited
        traceback.print_exc()


def _saves(folders: dict[Path, set[str]]) -> Iterator[set[Path]]:
    """Yield the files saved since the last time, or none, a few times a second."""
    import watchfiles

    def counts(_change: object, name: str) -> bool:
        path = Path(name)
        if path in folders or any(path in folder.parents for folder in folders):
            return not path.is_dir() or path in appearing  # a folder came or went
        endings = folders.get(path.parent, set())
        return path.name in endings or (path.suffix in endings and path.name[0] != ".")

    # Where a folder is not there, its nearest parent tells when it comes.
    present = {next(one for one in (folder, *folder.parents) if one.is_dir()) for folder in folders}
    missing = {folder for folder in folders if not folder.is_dir()}
    appearing = missing | {parent for folder in missing for parent in folder.parents}
    for changes in watchfiles.watch(
        *sorted(present), watch_filter=counts, recursive=False, raise_interrupt=True,
        debounce=_GROUP, rust_timeout=_LOOK, yield_on_timeout=True,
    ):  # fmt: skip
        yield {Path(path) for _, path in changes}


def _begin_again() -> None:
    """Begin anew as this very process: code that has been imported stays as it was.

    Not if the code cannot be imported: then what is wrong is printed, and the next save awaited.
    """
    check = "import atopic.cli, atopic.reporting.build_command, atopic.evidence.folder"
    check += ", atopic.reporting.watch"
    tried = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    if tried.returncode:
        sys.stderr.write(f"{tried.stderr.strip()}\natopic: the source cannot be used as it is\n")
        return
    end_shared()
    os.execv(sys.executable, sys.orig_argv)
