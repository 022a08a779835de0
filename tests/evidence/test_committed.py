"""Tables that lost rows since the last commit of their folder."""

import shutil
import subprocess
from pathlib import Path

import pytest

from atopic.evidence.checks import check
from atopic.paths import bundled

DATA = bundled("data")


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "checkout" / "data")
    return tmp_path / "checkout" / "data"


def shrunken(folder: Path) -> list[tuple[str, int | None, str]]:
    return [
        (one.file, one.row, one.message)
        for one in check(folder, warnings=True)
        if one.rule == "shrunken"
    ]


def keep(path: Path, rows: int) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: rows + 1]), encoding="utf-8")


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_table_that_lost_many_rows_since_the_last_commit_is_told(folder: Path) -> None:
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", "data")
    assert shrunken(folder) == []  # no commit yet
    git(folder.parent, "commit", "-q", "-m", "data")
    assert shrunken(folder) == []
    keep(folder / "biomarkers.csv", 3)
    claims = (folder / "claims.csv").read_text(encoding="utf-8").count("\n") - 1
    keep(folder / "claims.csv", claims - 1)  # one of some fifty is not many
    message = "3 rows, 8 fewer than the 11 of the last commit; commit it if that is meant"
    assert shrunken(folder) == [("biomarkers.csv", None, message)]
    git(folder.parent, "commit", "-q", "-a", "-m", "fewer")
    assert shrunken(folder) == []


def test_outside_of_a_checkout_nothing_is_said(folder: Path) -> None:
    keep(folder / "biomarkers.csv", 3)
    assert shrunken(folder) == []


def test_a_table_that_is_new_to_git_has_lost_nothing(folder: Path) -> None:
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", "data/studies.csv")
    git(folder.parent, "commit", "-q", "-m", "one")
    keep(folder / "biomarkers.csv", 3)
    assert shrunken(folder) == []
