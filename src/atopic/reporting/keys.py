"""What a report depends on, as one hash: it is built again when that changes, and only then."""

import hashlib
import json
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

import atopic

__all__ = ["code_digest", "key_of"]


def key_of(*parts: Any) -> str:
    """Return one sha256 over values that JSON can hold, the code, and what is installed.

    Examples
    --------
    >>> key_of("a", 1) == key_of("a", 1), key_of("a", 1) == key_of("a", 2)
    (True, False)
    """
    return _hash([*parts, code_digest()])


@cache
def code_digest() -> str:
    """Return one sha256 over the source of atopic, Python, the platform and every package.

    The packages are those installed now, by name and version, which is what a lock file fixes.
    """
    home = Path(atopic.__file__).parent
    files = [
        [path.relative_to(home).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()]
        for path in sorted(home.rglob("*"))
        if path.is_file() and not {"__pycache__", "bundled"} & set(path.relative_to(home).parts)
    ]
    return _hash([files, sys.version, sysconfig.get_platform(), _installed()])


def _installed() -> list[str]:
    """Return the names of what describes each installed package: its name and version."""
    found = set()
    for folder in map(Path, filter(None, sys.path)):
        if folder.is_dir():
            found |= {path.name for path in folder.glob("*.dist-info")}
    return sorted(found)


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
