"""`atopic build --watch` as its user has it: a process of its own, files saved, Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atopic.paths import bundled
from atopic.reporting.watch import watched
from tests.conftest import REPOSITORY
from tests.reporting.test_side_by_side import descendants, gone

WATCHES = "watching; Ctrl-C ends it\n"
LAST = "import atopic\nLAST = len(atopic.load().arms)"


class Watching:
    """A project that is watched: its own copy of the source, the tables, and one notebook."""

    def __init__(self, home: Path, write: Callable[..., Path]) -> None:
        self.home, self._write = home, write
        self._others = descendants()
        self.source = home / "library" / "atopic"
        for name, source in (
            ("data", bundled("data")),
            ("library/atopic", REPOSITORY / "src/atopic"),
        ):
            shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        (home / "notebooks").mkdir()
        (home / "temporary").mkdir()
        own = {"PYTHONPATH": str(home / "library"), "TMPDIR": str(home / "temporary")}
        self.notebook("first")
        self.manifest = home / "reports.toml"
        self.manifest.write_text(
            '[[report]]\nid = "r"\ntitle = "R"\nnotebook = "notebooks/n.ipynb"\n'
        )
        arguments = ["--manifest", str(self.manifest), "--data", "data", "--out", "site", "--watch"]
        code = "from atopic.cli import main; main()"
        self._said = home / "said"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, "build", *arguments], cwd=home, stdout=said,
                stderr=said, env=os.environ | own,
            )  # fmt: skip
        self.builds = 0

    def notebook(self, words: str, code: str = "") -> Path:
        code = code or f"print('this is {words}', size, LAST)"
        path = self._write("size: int = 1  # height", LAST, code)
        path.replace(self.home / "notebooks" / "n.ipynb")  # as many editors save
        return self.home / "notebooks" / "n.ipynb"

    def said(self) -> str:
        return self._said.read_text()

    def next(self, words: str) -> str:
        """Wait until it has built once more and said so; return what it said."""
        end = time.monotonic() + 90
        while (said := self._said.read_text()).count(WATCHES) <= self.builds:
            assert time.monotonic() < end, said
            assert self.process.poll() is None, said
            time.sleep(0.05)
        new = said.split(WATCHES)[self.builds]
        self.builds += 1
        return new if words in new else self.next(words)

    def processes(self) -> set[int]:
        return descendants() - self._others

    def page(self) -> str:
        return (self.home / "site" / "r.html").read_text()


@pytest.fixture
def watching(tmp_path: Path, notebook: Callable[..., Path]) -> Iterator[Watching]:
    made = Watching(tmp_path, notebook)
    yield made
    made.process.kill()
    made.process.wait()


@pytest.mark.slow
def test_every_save_is_built_and_ctrl_c_ends_it(watching: Watching) -> None:
    home = watching.home
    watching.next("1 built")
    assert "this is first 1" in watching.page()

    watching.notebook("second")  # by renaming
    watching.next("1 built")
    assert "this is second 1" in watching.page()

    path = home / "notebooks" / "n.ipynb"
    whole = path.read_text()
    path.write_text(whole[:100])  # half saved
    assert "n.ipynb: not a notebook that can be read" in watching.next("1 failed")
    path.write_text(whole.replace("second", "mended"))
    watching.next("1 built")
    assert "this is mended 1" in watching.page()

    table = home / "data" / "arms.csv"
    table.write_text(table.read_text() + "spoilt,row\n")
    assert "arms.csv" in watching.next("atopic: ")
    assert "this is mended 1" in watching.page()
    shutil.copy(bundled("data") / "arms.csv", table)
    watching.next("1 reused")

    manifest = watching.manifest.read_text()
    watching.manifest.write_text(manifest + "[report.parameters]\nsize = 7\n")
    watching.next("1 built")
    assert "this is mended 7" in watching.page()

    (home / "notebooks").rename(home / "away")  # as when another branch is checked out
    assert "there is no such notebook" in watching.next("1 failed")
    (home / "away").rename(home / "notebooks")
    watching.next("1 built")
    watching.notebook("back again")
    watching.next("1 built")
    assert "this is back again 7" in watching.page()

    watching.notebook("", "size / 0")
    assert "ZeroDivisionError" in watching.next("1 failed")

    left = watching.processes()
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(10) == 0
    assert "Traceback" not in watching.said()
    assert gone(left)


@pytest.mark.slow
def test_what_is_saved_while_a_build_goes_on_is_built_after_it(watching: Watching) -> None:
    watching.next("1 built")
    watching.notebook(
        "", "import time\nopen('../begun', 'w').close()\ntime.sleep(3)\nprint('slow')"
    )
    while not (watching.home / "begun").exists():
        time.sleep(0.05)
    watching.notebook("saved meanwhile")
    watching.next("1 built")
    watching.next("1 built")
    assert "this is saved meanwhile" in watching.page()


@pytest.mark.slow
def test_changed_code_of_atopic_is_what_runs(watching: Watching) -> None:
    watching.next("1 built")
    before = watching.processes()
    pid = watching.process.pid
    module, css = (
        watching.source / "paths.py",
        watching.source / "reporting/pages/templates/page.css",
    )
    watching.notebook("", "from atopic.paths import DATA_VARIABLE\nprint('it is', DATA_VARIABLE)")
    watching.next("1 built")

    module.write_text(module.read_text() + "\ndef broken(:\n")
    assert "SyntaxError" in watching.next("the source cannot be used as it is")
    text = module.read_text().removesuffix("\ndef broken(:\n")
    module.write_text(text + '\nANSWER = "forty-two"\n')
    watching.next("1 built")
    watching.notebook("", "from atopic.paths import ANSWER\nprint('it is', ANSWER)")
    watching.next("1 built")
    assert "it is forty-two" in watching.page()

    module.write_text(text + '\nANSWER = "forty-three"\n')
    watching.next("1 built")
    assert "it is forty-three" in watching.page()

    css.write_text(css.read_text() + "\n.mine { color: teal }\n")
    watching.next("1 built")
    assert ".mine { color: teal }" in watching.page()

    assert watching.process.pid == pid
    after = watching.processes()
    assert len(after) == len(before) == 2  # itself and one warm process
    assert len(list((watching.home / "temporary").glob("atopic-*"))) == 1
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(10) == 0
    assert gone(after)
    assert not list((watching.home / "temporary").glob("atopic-*"))


def test_all_that_reports_depend_on_is_watched(tmp_path: Path) -> None:
    shutil.copytree(bundled("data"), tmp_path, dirs_exist_ok=True)
    (tmp_path / "helpers" / "deep").mkdir(parents=True)
    (tmp_path / "drawn").mkdir()
    for path in ("helpers/__init__.py", "helpers/deep/one.py", "n.ipynb", "drawn/cells.png"):
        (tmp_path / path).write_text("")
    (tmp_path / "reports.toml").write_text(
        '[[report]]\nid = "r"\ntitle = "R"\nnotebook = "n.ipynb"\n'
        '[[report]]\nid = "s"\ntitle = "S"\nnotebook = "none/n.ipynb"\n'
    )
    found = watched(tmp_path / "reports.toml", tmp_path)
    here = tmp_path.resolve()
    images = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"}
    assert found[here] == {"reports.toml", ".ipynb", ".py", ".csv", ".json"} | images
    assert found[here / "drawn"] == images
    assert found[here / "helpers" / "deep"] == found[here / "helpers"] == {".py"}
    assert ".ipynb" in found[here / "none"]
    source = REPOSITORY / "src" / "atopic"
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.stat().st_size:
            assert path.suffix in found[path.parent.resolve()], path
    (tmp_path / "reports.toml").write_text("broken")
    tables = watched(tmp_path / "reports.toml", tmp_path)[here]
    assert found[here] - {".ipynb", ".py"} - images == tables
