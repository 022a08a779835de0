"""A copy of the tables for one build: every report reads, and build.json names, the same bytes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import atopic
from atopic.errors import EvidenceError
from atopic.schema import DESCRIPTOR, read_package

__all__ = ["digest", "take_snapshot"]


def take_snapshot(data: Path, copy: Path) -> dict[str, str]:
    """Copy a data folder and check the copy.

    Parameters
    ----------
    data : Path
        The data folder.
    copy : Path
        A folder that does not exist yet; gets the schema and the files it names.

    Returns
    -------
    dict
        sha256 of each file by its name.

    Raises
    ------
    EvidenceError
        If the tables cannot be used; the message names the data folder, not the copy.
    """
    names = [DESCRIPTOR, *(table.path for table in read_package(data).tables.values())]
    hashes = {}
    for name in names:
        try:
            content = (data / name).read_bytes()
        except OSError as error:
            raise EvidenceError(f"{data}: {name}: cannot be read: {error.strerror}") from None
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    try:
        atopic.load(copy)
    except EvidenceError as error:
        raise EvidenceError(str(error).replace(str(copy), str(data))) from None
    return hashes


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
