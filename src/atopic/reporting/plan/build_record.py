"""build.json: what went into a build, what came out, and how long it took.

Whether a report is built again is decided in `atopic.reporting.plan.changes`, by a hash of each
thing on which it depends, as `atopic.reporting.plan.make_jobs.parts_of_job` makes them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atopic.display.file_names import is_name, is_path
from atopic.errors import AtopicError
from atopic.paths import ordinary_file

RECORD = "build.json"


@dataclass
class Record:
    """What an output folder knows of itself.

    An entry has ``parameters``, ``inputs`` (one sha256 over the tables it read), ``outputs``
    (sha256 by file), ``seconds``, ``failure``, ``asked``, a hash of what was asked of it, ``key``,
    the hash of all it depends on, and ``parts``, a hash of each thing that it depends on. Only
    ``outputs`` is certain to be there.
    """

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)  # by report
    inputs: dict[str, str] = field(default_factory=dict)  # sha256 of each table, if usable
    code: str = ""  # the digest of the code that found them usable
    key: str = ""  # of what the files of the whole site depend on
    data: str = ""  # of what those of them depend on that are made of the tables
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
        ("data", "data", str), ("outputs", "outputs", dict),
    ):  # fmt: skip
        if isinstance(content.get(name), kind):
            setattr(record, attribute, content[name])
    return record


def failed_reports(record: Record) -> set[str]:
    """Return the reports that could not be built when they last were to be."""
    return {name for name, entry in record.entries.items() if isinstance(entry.get("failure"), str)}


def read_outputs(out: Path) -> set[str]:
    """Return the paths of every file that the last build there wrote, but for its record."""
    record = read_record(out)
    names = set(record.outputs).union(*(entry["outputs"] for entry in record.entries.values()))
    return {name for name in names if is_path(name)}


def is_intact(out: Path, outputs: Mapping[str, str]) -> bool:
    """Return whether files are there, each with its sha256; not if there are none."""
    return bool(outputs) and all(
        is_path(name) and is_same(out / name, value) for name, value in outputs.items()
    )


def is_same(path: Path, digest: object) -> bool:
    """Return whether a file is there and has a sha256."""
    content = bytes_of(path)
    return content is not None and hashlib.sha256(content).hexdigest() == digest


def bytes_of(path: Path) -> bytes | None:
    """Return what a file holds; None if it cannot be read, which is told elsewhere."""
    try:
        return ordinary_file(path).read_bytes()
    except (OSError, ValueError, AtopicError):
        return None


def _has_outputs(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("outputs"), dict)
