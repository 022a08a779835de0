"""What is released: the same bytes wherever it is built; it works with only what it asks for."""

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import atopic
from tests.conftest import REPOSITORY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="no checkout"),
]

NAME = f"atopic-{atopic.__version__}"
WHEEL, ARCHIVE = f"{NAME}-py3-none-any.whl", f"{NAME}.tar.gz"


def call(*command: object, cwd: Path, **settings: str) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, **settings},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(source: Path, out: Path, *, umask: str, zone: str) -> Path:
    words = f"umask {umask} && exec {sys.executable} -m hatchling build -d {out}"
    call("sh", "-c", words, cwd=source, SOURCE_DATE_EPOCH="1700000000", TZ=zone)
    return out


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the source archive of what is committed."""
    folder = tmp_path_factory.mktemp("released")
    call("git", "clone", "-q", REPOSITORY, folder / "clone", cwd=folder)
    return built(folder / "clone", folder / "dist", umask="022", zone="UTC")


def test_another_folder_umask_time_zone_and_day_give_the_same_bytes(
    released: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "somewhere else"
    call("sh", "-c", f"umask 077; git clone -q {REPOSITORY} '{clone}'", cwd=tmp_path)
    for path in clone.rglob("*.py"):
        os.utime(path, (946684800, 946684800))  # 2000
    again = built(clone, tmp_path / "dist", umask="077", zone="Asia/Tokyo")
    for name in (WHEEL, ARCHIVE):
        assert (again / name).read_bytes() == (released / name).read_bytes(), name


def test_the_archive_gives_the_same_wheel(released: Path, tmp_path: Path) -> None:
    with tarfile.open(released / ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    again = built(tmp_path / NAME, tmp_path / "dist", umask="022", zone="UTC")
    assert (again / WHEEL).read_bytes() == (released / WHEEL).read_bytes()


def test_the_index_would_take_them(released: Path) -> None:
    told = call(sys.executable, "-m", "twine", "check", "--strict", released / WHEEL,
                released / ARCHIVE, cwd=released)  # fmt: skip
    assert told.count("PASSED") == 2


def test_the_wheel_holds_the_package_and_what_people_edit_and_nothing_else(released: Path) -> None:
    names = zipfile.ZipFile(released / WHEEL).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"atopic", f"{NAME}.dist-info"}
    bundled = [name.removeprefix("atopic/bundled/") for name in names if "/bundled/" in name]
    listed = call(
        "git", "ls-files", "data", "notebooks", "releases", "reports.toml", cwd=REPOSITORY
    )
    assert sorted(bundled) == sorted(listed.split())
    kinds = {Path(name).suffix for name in names if "/bundled/" not in name and "-info" not in name}
    assert kinds <= {".py", ".css", ".js", ".j2", ".csv", ".json", ".toml", ".typed"}
    assert not [name for name in names if re.search(r"(^|/)(tests?|baseline|__pycache__)/", name)]


def asked_for(name: str) -> dict[str, Distribution]:
    """Return the distributions that a package needs here, with all that those need."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(name)]
    while waiting:
        wanted = waiting.pop()
        key = canonicalize_name(wanted.name) + "".join(sorted(wanted.extras))
        if key in found:
            continue
        found[key] = distribution(wanted.name)
        for line in found[key].requires or []:
            need = Requirement(line)
            extras = wanted.extras or {""}
            if not need.marker or any(need.marker.evaluate({"extra": one}) for one in extras):
                waiting.append(need)
    return found


@pytest.fixture
def bare(released: Path, tmp_path: Path) -> Path:
    """The python of an environment with the wheel and only what it asks for; no network is used."""
    venv.create(tmp_path / "bare", symlinks=True)
    (site,) = (tmp_path / "bare" / "lib").glob("python*/site-packages")
    for needed in asked_for("atopic").values():
        if canonicalize_name(needed.name) == "atopic":
            continue
        for file in needed.files or []:
            there = site / file.parts[0]
            here = Path(str(needed.locate_file(file.parts[0])))
            if file.parts[0] in ("..", "__pycache__") or there.is_symlink():
                continue
            there.symlink_to(here)
    zipfile.ZipFile(released / WHEEL).extractall(site)
    return tmp_path / "bare" / "bin" / "python"


def test_the_wheel_works_outside_the_repository_with_only_what_it_asks_for(
    bare: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    clean = {"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}
    start = "from atopic.cli import main; main()"

    def run(code: str, *words: object) -> str:
        return call(bare, "-c", code, *words, cwd=elsewhere, **clean)

    where = Path(run("import atopic; print(atopic.__file__)").strip())
    assert where.is_relative_to(tmp_path / "bare")
    assert run("import importlib.util as u; print(u.find_spec('pytest'))").strip() == "None"
    assert "Usage" in run(start, "--help")
    assert run("import atopic; print(len(atopic.load().responses) > 100)").strip() == "True"
    assert "1 built, 0 failed" in run(start, "build", "easi-50", "--out", "site")
    assert (elsewhere / "site" / "easi-50.html").is_file()
    assert sorted(path.name for path in elsewhere.iterdir()) == ["site"]
