"""What is installed here, so that two builds or two machines can tell whether they are alike."""

import hashlib
import json
import sys
import sysconfig
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import atopic

_SOURCE = "atopic/"
#: So many differences are named; the others are counted.
_NAMED = 3


def installed() -> dict[str, str]:
    """Return what decides what atopic computes here, as it is on the disk now.

    ``atopic/<path>`` has the sha256 of each source file, ``Python`` and ``platform`` theirs, and
    every package its version, which is what a lock file fixes.

    Examples
    --------
    >>> here = installed()
    >>> here == installed(), here["Python"] == sys.version, "atopic/evidence/counts.py" in here
    (True, True, True)
    """
    home = Path(atopic.__file__).parent
    files = {
        _SOURCE + path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not {"__pycache__", "bundled"} & set(path.relative_to(home).parts)
    }
    return {"Python": sys.version, "platform": sysconfig.get_platform(), **_packages(), **files}


@cache
def loaded() -> dict[str, str]:
    """Return what was installed when this was first asked in this process."""
    return installed()


def fingerprint(found: Mapping[str, str]) -> str:
    """Return one sha256 over what `installed` returned."""
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Say in what another installation differs from this one; nothing if it does not.

    Examples
    --------
    >>> ours = {"numpy": "2.4.6", "ruff": "0.15", "atopic/cli.py": "a1"}
    >>> differences({"numpy": "2.4.5", "atopic/cli.py": "b2"}, ours)
    'another source of atopic (cli.py); numpy 2.4.5, here 2.4.6; ruff none, here 0.15'
    >>> differences(ours, ours)
    ''
    """
    names = [name for name in sorted({*theirs, *ours}) if theirs.get(name) != ours.get(name)]
    files = [name.removeprefix(_SOURCE) for name in names if name.startswith(_SOURCE)]
    found = [f"another source of atopic ({_some(files, ', ')})"] if files else []
    others = [
        f"{name} {_short(theirs.get(name))}, here {_short(ours.get(name))}"
        for name in names
        if not name.startswith(_SOURCE)
    ]
    return "; ".join(found + ([_some(others, "; ")] if others else []))


def _packages() -> dict[str, str]:
    """Return the versions of the installed packages, from the names of what describes each."""
    found: dict[str, set[str]] = {}
    for folder in map(Path, filter(None, sys.path)):
        if folder.is_dir():
            for path in folder.glob("*.dist-info"):
                name, _, number = path.name.removesuffix(".dist-info").partition("-")
                found.setdefault(name, set()).add(number)
    return {name: " and ".join(sorted(numbers)) for name, numbers in sorted(found.items())}


def _short(value: str | None) -> str:
    return value.partition(" (")[0] if value else "none"


def _some(words: list[str], between: str) -> str:
    rest = len(words) - _NAMED
    return between.join(words[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
