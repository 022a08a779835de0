"""The tables of one build: every report reads, and build.json names, the same bytes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from atopic.engine.temporary_folders import Temporary
from atopic.errors import EvidenceError
from atopic.evidence.core import read_package
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.paths import ordinary_file
from atopic.review import REVIEW

#: Written out, since `date` says them in the user's language.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class TableFiles:
    """The files of a data folder, by name: its schema and words, if it has any, and its tables."""

    files: Mapping[str, bytes]

    @cached_property
    def hashes(self) -> dict[str, str]:
        """The sha256 of each file."""
        return {name: hashlib.sha256(file).hexdigest() for name, file in self.files.items()}

    @cached_property
    def digest(self) -> str:
        """One sha256 over all files, as `digest` makes it."""
        return digest(self.hashes)

    @cached_property
    def day(self) -> str:
        """The date that the package says its tables are of, as 2026-11-27; empty if none."""
        try:
            told = json.loads(self.files[DESCRIPTOR]).get("created", "")
            return date.fromisoformat(told).isoformat()
        except (AttributeError, KeyError, TypeError, ValueError):
            return ""

    @cached_property
    def as_of(self) -> str:
        """The same date in words."""
        if not self.day:
            return ""
        return day_in_words(self.day)

    def unpack(self, folder: Path) -> None:
        """Write the files into a folder that does not exist yet."""
        for name, content in self.files.items():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise EvidenceError(f"{name!r}: the path of a table leads out of the data folder")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def day_in_words(day: str) -> str:
    """Return a day as pages say it, whatever the user's language.

    >>> day_in_words("2026-11-27")
    '27 November 2026'
    """
    of = date.fromisoformat(day)
    return f"{of.day} {_MONTHS[of.month - 1]} {of.year}"


def read_tables(data: Path | None) -> TableFiles:
    """Read the files of a data folder as they are now, none of None.

    Raises
    ------
    EvidenceError
        If one cannot be read.
    """
    if data is None:
        return TableFiles({})
    files = {}
    names = [table.path for table in read_package(data).tables.values()]
    names = [*(name for name in (DESCRIPTOR, REVIEW) if (data / name).exists()), *names]
    for name in names:
        try:
            files[name] = ordinary_file(data / name).read_bytes()
        except OSError as error:
            raise EvidenceError(f"{data}: {name}: cannot be read: {error.strerror}") from None
    return TableFiles(files)


def check_tables(tables: TableFiles, data: Path | None) -> None:
    """Refuse tables that cannot be used, by an `EvidenceError` that names their folder."""
    if data is None:
        return
    import atopic

    with Temporary() as folder:
        copy = folder / "data"
        tables.unpack(copy)
        try:
            atopic.load(copy)
        except EvidenceError as error:
            raise EvidenceError(str(error).replace(str(copy), str(data))) from None


def digest(hashes: Mapping[str, str]) -> str:
    """Return one sha256 over those of several files.

    It is the sha256 of what ``sha256sum`` prints for the files in the order of their names: a line
    ``<sha256>  <name>`` for each.

    Examples
    --------
    >>> digest({"b.csv": "12", "a.csv": "ab"})[:12]
    '38656aeaae89'
    """
    lines = "".join(f"{value}  {name}\n" for name, value in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
