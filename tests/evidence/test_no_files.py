"""What is no file is refused in one line before it is opened, wherever atopic reads the data."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import atopic
from atopic.errors import AtopicError
from atopic.evidence.checks import check
from atopic.evidence.codebook import out_of_step
from atopic.paths import bundled
from atopic.reporting.plan.table_files import read_tables

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a matter of POSIX")


def _socket(place: Path) -> None:
    here = Path.cwd()
    os.chdir(place.parent)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(place.name)
    finally:
        os.chdir(here)


def _huge(place: Path) -> None:
    with place.open("wb") as stream:
        stream.truncate(2**40)  # takes no room


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a socket": _socket,
    "a device": lambda place: place.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
    "symbolic links": lambda place: place.symlink_to(place),
    "a file of the system": lambda place: place.symlink_to("/proc/self/maps"),
    "larger than 1 GiB": _huge,
}


@pytest.mark.parametrize("file", ["arms.csv", "datapackage.json", "README.md"])
@pytest.mark.parametrize("kind", NO_FILES)
def test_it_is_named(tmp_path: Path, file: str, kind: str) -> None:
    folder = tmp_path / "data"
    shutil.copytree(bundled("data"), folder)
    (folder / file).unlink()
    NO_FILES[kind](folder / file)
    readers: list[Callable[[Path], object]] = [check, atopic.load, read_tables]
    for reader in [out_of_step] if file == "README.md" else readers:
        try:
            said = [str(problem) for problem in reader(folder)]  # type: ignore[attr-defined]
        except AtopicError as error:
            said = [str(error)]
        (line, *_) = [one for one in said if file in one]
        assert kind in line
        assert "\n" not in line
