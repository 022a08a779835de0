"""Files beside the tables that a report depends on, as the manifest names them."""

import hashlib
import re
from pathlib import Path, PurePosixPath

from atopic.errors import ReportError


def is_inside(pattern: str) -> bool:
    """Return whether a pattern names something below the folder of the manifest.

    Examples
    --------
    >>> is_inside("extra/*.csv"), is_inside("../extra/*.csv"), is_inside("/etc/hosts")
    (True, False, False)
    """
    path = PurePosixPath(pattern)
    return (
        pattern.strip() not in ("", ".")
        and not path.is_absolute()
        and ".." not in path.parts
        and not re.search(r"[\0\\]|^[A-Za-z]:", pattern)
    )


def input_files(folder: Path, patterns: tuple[str, ...]) -> dict[str, list[Path]]:
    """Return the files below a folder that each pattern names, or a `ReportError`.

    A folder stands for all files in it. A link that leads out of the folder is refused.
    """
    found = {}
    for pattern in patterns:
        try:
            paths = sorted(folder.glob(pattern))
            paths += [inner for path in paths if path.is_dir() for inner in path.rglob("*")]
            files = sorted({path for path in paths if path.is_file()})
        except (OSError, ValueError, NotImplementedError, RecursionError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ReportError(f"inputs {pattern!r} cannot be looked for: {reason}") from None
        for path in files:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ReportError(
                    f"inputs {pattern!r}: {path} leads out of {folder}; copy it there"
                )
        found[pattern] = files
    return found


def input_hashes(folder: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    """Return the sha256 of each file that patterns name, by its path from a folder."""
    hashes = {}
    for files in input_files(folder, patterns).values():
        for path in files:
            try:
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
            hashes[path.relative_to(folder).as_posix()] = digest
    return hashes
