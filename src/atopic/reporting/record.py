"""build.json: what went into a build, what came out, and how long it took."""

import json
from pathlib import Path
from typing import Any

from atopic.reporting.names import is_name

__all__ = ["RECORD", "read_entries", "read_outputs"]

RECORD = "build.json"


def read_entries(out: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of an earlier build, by report; none if they cannot be read.

    Returns
    -------
    dict
        For each report its ``parameters``, ``inputs`` (one sha256 over the tables it read),
        ``outputs`` (sha256 by file), ``seconds`` and ``failure``. Only ``outputs`` is certain to
        be there.
    """
    try:
        entries = json.loads((out / RECORD).read_text(encoding="utf-8"))["reports"].items()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: entry for name, entry in entries if is_name(name) and _has_outputs(entry)}


def read_outputs(out: Path) -> set[str]:
    """Return the paths of every file that the last build there wrote, but for its record."""
    try:
        common = set(json.loads((out / RECORD).read_text(encoding="utf-8"))["outputs"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        common = set()
    return common.union(*(entry["outputs"] for entry in read_entries(out).values()))


def _has_outputs(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("outputs"), dict)
