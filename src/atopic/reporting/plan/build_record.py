"""build.json: what went into a build, what came out, and how long it took.

Whether a report is built again is decided in `atopic.reporting.build`, by the key that
`atopic.reporting.plan.make_jobs.key_of_job` makes of all on which it depends.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atopic.display.file_names import is_name

__all__ = ["RECORD", "Record", "is_intact", "read_outputs", "read_record"]

RECORD = "build.json"


@dataclass
class Record:
    """What an output folder knows of itself.

    An entry has ``parameters``, ``inputs`` (one sha256 over the tables it read), ``outputs``
    (sha256 by file), ``seconds``, ``failure`` and ``key``, the hash of all it depends on. Only
    ``outputs`` is certain to be there.
    """

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)  # by report
    inputs: dict[str, str] = field(default_factory=dict)  # sha256 of each table, if usable
    code: str = ""  # the digest of the code that found them usable
    key: str = ""  # of what the files of the whole site depend on
    outputs: dict[str, str] = field(default_factory=dict)  # their sha256


def read_record(out: Path) -> Record:
    """Return what an earlier build recorded; nothing if it cannot be read."""
    try:
        content = json.loads((out / RECORD).read_text(encoding="utf-8"))
        entries = content["reports"].items()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Record()
    record = Record(
        {name: entry for name, entry in entries if is_name(name) and _has_outputs(entry)}
    )
    for name, attribute, kind in (
        ("inputs", "inputs", dict), ("code", "code", str), ("site", "key", str),
        ("outputs", "outputs", dict),
    ):  # fmt: skip
        if isinstance(content.get(name), kind):
            setattr(record, attribute, content[name])
    return record


def read_outputs(out: Path) -> set[str]:
    """Return the paths of every file that the last build there wrote, but for its record."""
    record = read_record(out)
    return set(record.outputs).union(*(entry["outputs"] for entry in record.entries.values()))


def is_intact(out: Path, outputs: Mapping[str, str]) -> bool:
    """Return whether files are there, each with its sha256; not if there are none."""
    try:
        return bool(outputs) and all(
            hashlib.sha256((out / name).read_bytes()).hexdigest() == value
            for name, value in outputs.items()
        )
    except (OSError, ValueError):
        return False


def _has_outputs(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("outputs"), dict)
