"""A state of a review: its tables and estimates, from a folder, an archive or a git revision."""

import contextlib
import csv
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from atopic.errors import EvidenceError, UsageError
from atopic.paths import ordinary_file
from atopic.review import REVIEW, review_of, use_review

#: Git reads what is there: it asks nobody and fetches nothing.
_ALONE = {
    "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}  # fmt: skip
#: As large as an archive gets when it is unpacked.
_LARGEST = 2**28
SCHEMA = "datapackage.json"
ESTIMATES = "estimates.csv"

Row = dict[str, str]


@dataclass(frozen=True)
class State:
    """What a review said at one time.

    Attributes
    ----------
    name : str
        As it was asked for: a folder or a revision.
    tables : dict of str to list of dict
        The cells of each table by column, in the order of its file.
    keys : dict of str to tuple of str
        The columns that name a row of a table, where its schema has such.
    estimates : list of dict
        The cells of estimates.csv that are not blank, those of its column ``more`` among them.
    """

    name: str
    tables: dict[str, list[Row]] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    estimates: list[Row] = field(default_factory=list)


def read_state(name: str, repository: Path) -> State:
    """Read the tables and estimates of a site, a project, an archive, or a git revision.

    Parameters
    ----------
    name : str
        A folder that `atopic build` wrote, the ``tables.zip`` of one, the folder of a project
        (``data/`` and ``reports/estimates.csv``), or a revision of `repository`, as ``v0.1.0`` or
        ``main~3``, of which the committed files are read. What lies at that path goes before a
        revision.
    repository : Path
        A folder in the git checkout that revisions are of.

    Raises
    ------
    UsageError
        If it is none of these, or has no estimates.
    """
    folder = Path(name)
    if folder.is_dir():
        files = {
            str(path.relative_to(folder)): path.read_bytes
            for place in (".", "data", "reports")
            for path in sorted((folder / place).glob("*"))
            if path.is_file()
        }
    elif folder.is_file():
        files = _archived(folder)
    else:
        files = _committed(name, repository)
    return state_of(name, files)


def state_of(name: str, files: Mapping[str, Callable[[], bytes]]) -> State:
    r"""Return the state that some files hold, told how to read each by its path.

    Raises
    ------
    UsageError
        If there are no estimates among them, or one cannot be read.

    Examples
    --------
    >>> state_of("mine", {"estimates.csv": lambda: b"report,estimate\nsafety,0"}).estimates
    [{'report': 'safety', 'estimate': '0'}]
    """
    estimates = next((one for one in (ESTIMATES, f"reports/{ESTIMATES}") if one in files), None)
    if estimates is None:
        raise UsageError(
            f"{name}: holds no {ESTIMATES}; name a folder that atopic build wrote, its tables.zip, "
            f"a project with reports/{ESTIMATES}, or a revision that has it"
        )
    if (words := f"data/{REVIEW}") in files:
        with contextlib.suppress(EvidenceError):  # of another release, which knew other keys
            use_review(review_of(files[words](), Path(name, words)))
    tables, keys = _tables(files)
    return State(name, tables, keys, [_flat(row) for row in _rows(files[estimates](), estimates)])


def _archived(path: Path) -> dict[str, Callable[[], bytes]]:
    """Return how to read the files of an archive."""
    try:
        with zipfile.ZipFile(ordinary_file(path)) as archive:
            large = sum(one.file_size for one in archive.infolist()) > _LARGEST
            held = {} if large else {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise UsageError(f"{path}: cannot be read as a ZIP file: {error}") from None
    if large:
        raise UsageError(f"{path}: no record of a review is larger than {_LARGEST >> 20} MB")
    return {name: lambda content=content: content for name, content in held.items()}  # type: ignore[misc]


def _committed(revision: str, repository: Path) -> dict[str, Callable[[], bytes]]:
    """Return how to read the files of a revision."""
    top = _git(repository, "rev-parse", "--show-toplevel")
    if top is None:
        raise UsageError(f"{revision}: no such folder, and {repository} is in no git checkout")
    root = Path(top.decode().strip())
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None or revision.startswith("-"):
        raise UsageError(f"{revision}: neither a folder nor a revision of {root}")
    sha = commit.decode().strip()
    listed = _git(root, "ls-tree", "-z", "--name-only", sha, "data/", "reports/") or b""
    return {
        path: lambda path=path: _git(root, "show", f"{sha}:{path}") or b""  # type: ignore[misc]
        for path in listed.decode("utf-8", "surrogateescape").split("\0")
        if path
    }


def _git(folder: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True, check=False, timeout=60, env={**os.environ, **_ALONE},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _tables(
    files: Mapping[str, Callable[[], bytes]],
) -> tuple[dict[str, list[Row]], dict[str, tuple[str, ...]]]:
    """Return the tables beside a schema, or all CSV of ``data/`` where there is none."""
    keys: dict[str, tuple[str, ...]] = {}
    if f"data/{SCHEMA}" in files:
        try:
            schema = json.loads(files[f"data/{SCHEMA}"]())
            resources = {one["name"]: one for one in schema["resources"]}
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"data/{SCHEMA}: cannot be read as a data package: {error}") from None
        paths = {name: f"data/{one['path']}" for name, one in resources.items()}
        for name, one in resources.items():
            key = one.get("schema", {}).get("primaryKey") or ()
            keys[name] = (key,) if isinstance(key, str) else tuple(key)
    else:
        paths = {
            Path(path).stem: path
            for path in files
            if path.startswith("data/") and path.endswith(".csv")
        }
    return {name: _rows(files[path](), path) for name, path in paths.items() if path in files}, keys


def _rows(content: bytes, path: str) -> list[Row]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return [{name: cell or "" for name, cell in row.items() if name} for row in reader]
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as CSV: {error}") from None


def _flat(row: Row) -> Row:
    """Return an estimate with what its column ``more`` holds beside its other cells."""
    try:
        more = json.loads(row.get("more") or "{}")
    except ValueError:
        more = {}
    cells: Iterable[tuple[str, object]] = [*more.items(), *row.items()]
    return {name: str(cell) for name, cell in cells if name != "more" and cell not in ("", None)}
