"""What is told while a build goes on."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from atopic.reporting import progress
from atopic.reporting.build import Built
from atopic.reporting.progress import Progress
from tests.conftest import REPOSITORY

RUN = "from atopic.cli import main; main()"


def done(name: str, seconds: float) -> Built:
    return Built(name, f"{name}.html", seconds, None)


def test_a_cell_that_hangs_is_named_without_being_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_QUIET", 1.0)
    with Progress(2) as heard:
        heard.planned({"a": None, "b": None}, 2)
        heard.begun("a")
        heard.cell("a", 3)
        heard.begun("b")
        time.sleep(1.8)
        heard.ended(done("b", 1.2))
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"still running: a, cell 3, for \d+ s; b, for \d+ s", lines[0])
    assert lines[-1].startswith("[1/2] built  b (1.2 s)")


def test_reports_that_nobody_begins_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_QUIET", 0.5)
    with Progress(2) as heard:
        heard.planned({"a": 1.0, "b": None}, 1)
        time.sleep(1.2)
    assert capsys.readouterr().err.splitlines()[0] == "still waiting for a, b"


def test_the_rest_is_told_from_the_last_time_and_for_new_reports_from_the_mean(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Progress(4) as heard:
        heard.planned({"a": 10.0, "b": None, "c": None, "d": 20.0}, 2)
        heard.ended(done("a", 12.0))
        heard.ended(done("d", 18.0))
        heard.ended(done("b", 15.0))
    a, d, b = capsys.readouterr().err.splitlines()
    # 20 s of d, and for b and c the mean of 20 and 12 each: 52 s on two cores.
    assert a == "[1/4] built  a (12.0 s), about 26 s left"
    assert d == "[2/4] built  d (18.0 s), about 15 s left"
    assert b == "[3/4] built  b (15.0 s), about 15 s left"
    with Progress(2) as heard:
        heard.planned({"a": None, "b": 600.0}, 1)
        heard.ended(done("a", 1.0))
    assert capsys.readouterr().err == "[1/2] built  a (1.0 s), about 10 min left\n"


def test_a_reader_who_has_gone_does_not_stop_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with Progress(1) as heard:
            heard.ended(done("a", 1.0))
            heard.notice("more")
        monkeypatch.undo()
        with pytest.raises(BrokenPipeError):
            stream.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "terminated"]
)
def test_a_build_that_is_broken_off_says_where_and_leaves_nothing_behind(
    tmp_path: Path, notebook: Callable[..., Path], sent: int, status: int
) -> None:
    notebook("size: int = 1  # one", "size", f"open({str(tmp_path / 'mark')!r}, 'w').close()\n"
             "import time\ntime.sleep(600)")  # fmt: skip
    (tmp_path / "reports.toml").write_text(
        '[[report]]\nid = "slow"\ntitle = "T"\nnotebook = "small.ipynb"\n'
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    build = subprocess.Popen(
        [sys.executable, "-c", RUN, "build", "--manifest", str(tmp_path / "reports.toml"),
         "--out", str(tmp_path / "site"), "--data", str(REPOSITORY / "data")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    end = time.monotonic() + 60
    while not (tmp_path / "mark").exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    build.send_signal(sent)
    out, errors = build.communicate(timeout=30)
    assert (build.returncode, out) == (status, "")
    assert "broken off: slow, cell 3, for " in errors
    assert "Traceback" not in errors
    assert list(temporary.glob("atopic-*")) == []
    assert (tmp_path / "site" / "build.json").is_file()
