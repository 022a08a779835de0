"""Whatever the standard streams are, a command does its work and ends in order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SLOW = pytest.mark.slow
MANIFEST = '[[report]]\nid = "gone"\ntitle = "\x1b[31mGone\u2265"\nnotebook = "gone.ipynb"\n'


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "reports.toml"
    path.write_text(MANIFEST.replace("\x1b", "\\u001b"), encoding="utf-8")
    return path


def run(line: str, manifest: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of a shell, in which ``$atopic`` is atopic."""
    atopic = f"{sys.executable} -c 'from atopic.cli import main; main()'"
    return subprocess.run(
        ["bash", "-c", line.replace("$atopic", atopic)], cwd=REPOSITORY, text=True,
        capture_output=True, check=False, timeout=120,
        env={**os.environ, "M": str(manifest), "OUT": str(manifest.parent / "site"), **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$atopic list --manifest $M >&-", 0),
        pytest.param("$atopic list --manifest $M <&- >&- 2>&-", 0, marks=SLOW),
        pytest.param("$atopic --version >&- 2>&-", 0, marks=SLOW),
        pytest.param("$atopic --help >&-", 0, marks=SLOW),
        pytest.param("$atopic check --data none >&- 2>&-", 1, marks=SLOW),
        pytest.param("$atopic check --data none 2>/dev/full", 1, marks=SLOW),
        ("$atopic check --data none --format json >&-", 1),
        pytest.param(
            "$atopic build nobody --manifest $M --out $OUT 2>&-", 2, marks=pytest.mark.slow
        ),
        pytest.param(
            "$atopic build --dry-run --manifest $M --out $OUT >&- 2>&-", 1, marks=pytest.mark.slow
        ),
        ("$atopic list >/dev/full", 1),
        pytest.param("$atopic --help >/dev/full", 1, marks=SLOW),
        ("set -o pipefail; $atopic list | true", 0),
        pytest.param("set -o pipefail; $atopic check | true", 0, marks=SLOW),
        pytest.param(
            "set -o pipefail; { $atopic check --data none 2>&1; } | true", 1, marks=pytest.mark.slow
        ),
        pytest.param(
            "PYTHONIOENCODING=ascii $atopic list --manifest $M", 0, marks=pytest.mark.slow
        ),
        pytest.param(
            "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 $atopic list --manifest $M",
            0,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_streams_that_are_closed_full_or_narrow(line: str, code: int, manifest: Path) -> None:
    done = run(line, manifest)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    if "/dev/full" in line and "2>" not in line:
        assert done.stderr == "atopic: No space left on device\n"
    assert not (manifest.parent / "site").exists()


def test_what_a_manifest_says_does_not_drive_the_terminal(manifest: Path) -> None:
    done = run("$atopic list --manifest $M", manifest)
    assert "\x1b" not in done.stdout
    assert "gone  \\x1b[31mGone≥  (gone.ipynb)" in done.stdout


@pytest.mark.slow
def test_a_build_without_streams_writes_its_files_as_the_umask_says(tmp_path: Path) -> None:
    out = tmp_path / "site"
    line = "umask 077; $atopic build easi-50 --out $OUT <&- >&- 2>&-"
    assert run(line, tmp_path / "reports.toml").returncode == 0
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in out.rglob("*") if path.is_dir()} == {
        "0o700"
    }
    tables = b"".join(path.read_bytes() for path in files if path.suffix == ".csv")
    assert not re.search(rb"^(\d+ built|built)\b", tables, re.MULTILINE)  # what a build prints
