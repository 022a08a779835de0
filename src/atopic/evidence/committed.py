"""Tables that have lost many rows since they were committed to git."""

import csv
import io
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from atopic.evidence.csv_rows import Problem
from atopic.evidence.schema import Package

#: Share of the rows, and number of them, that a table loses unnoticed.
_FEW, _NONE = 0.1, 1

#: Git reads what is there: it asks nobody, fetches nothing and runs nothing of the folder's.
_ALONE = {
    "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}  # fmt: skip


def shrunken_tables(folder: Path, package: Package, counts: Mapping[str, int]) -> Iterator[Problem]:
    """Find tables with fewer rows than the last commit of the folder has.

    Parameters
    ----------
    folder : Path
        A data folder; nothing is said of one that is in no git checkout.
    counts : mapping of str to int
        Rows of each table now.

    Yields
    ------
    Problem
        A warning a table, of no row.
    """
    for name, table in package.tables.items():
        before = _rows_committed(folder, table.path) if name in counts else None
        if before is None and name in counts:
            if not _is_checkout(folder):
                return
            continue
        lost = (before or 0) - counts.get(name, 0)
        if name in counts and lost > _NONE and lost > _FEW * (before or 0):
            message = (
                f"{counts[name]} rows, {lost} fewer than the {before} of the last commit; "
                "commit it if that is meant"
            )
            yield Problem(table.path, None, None, None, "shrunken", message, severity="warning")


def _is_checkout(folder: Path) -> bool:
    return _git(folder, "rev-parse", "--verify", "-q", "HEAD") is not None


def _rows_committed(folder: Path, path: str) -> int | None:
    text = _git(folder, "cat-file", "blob", f"HEAD:./{path}")
    if text is None:
        return None
    try:
        rows = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))
        return max(sum(1 for row in rows if any(cell.strip() for cell in row)) - 1, 0)
    except (UnicodeDecodeError, csv.Error):
        return None


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git answers about the folder; None if there is no git or no answer."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True, check=False, timeout=10, stdin=subprocess.DEVNULL,
            env=keep | _ALONE,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
