"""Reports side by side: time limits, deaths, order, and nothing left behind."""

import contextlib
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from atopic.engine.shared_process import end_shared, shared
from atopic.engine.warm_client import WarmProcess
from atopic.paths import bundled
from atopic.reporting.build import Built, Listener, Options, build, plan
from atopic.reporting.plan.make_jobs import job_of
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.table_files import read_tables
from atopic.reporting.run import warm_up
from atopic.reporting.run.side_by_side import run_jobs
from atopic.reporting.run.warm_up import WARM_UP, vouched
from tests.conftest import REPOSITORY

PARAMETERS = "size: int = 1  # height"


class Heard(Listener):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.begins: list[str] = []
        self.cells: list[tuple[str, int]] = []
        self.notices: list[str] = []

    def begun(self, report: str) -> None:
        self.begins.append(report)

    def cell(self, report: str, number: int) -> None:
        self.cells.append((report, number))

    def notice(self, words: str) -> None:
        self.notices.append(words)


def made(
    out: Path, *reports: Report, listener: Listener | None = None, **options: Any
) -> list[Built]:
    return build(
        plan(reports), data=bundled("data"), out=out, site=reports,
        options=Options(**options), listener=listener,
    )  # fmt: skip


def descendants() -> set[int]:
    """Return the processes under this one, without zombies."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            parents[int(folder.name)] = int(fields[1])
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def gone(pids: set[int], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(Path(f"/proc/{pid}").exists() and _lives(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_report_that_does_not_end_is_stopped_and_shows_where(
    tmp_path: Path, notebook: Callable[..., Path], engine: str
) -> None:
    slow = notebook(
        PARAMETERS, "print('so far')", "import time\ntime.sleep(600)", name="slow.ipynb"
    )
    quick = notebook(PARAMETERS, "1", name="quick.ipynb")
    before = descendants()
    reports = Report("slow", "Slow", slow), Report("quick", "Quick", quick)
    heard = Heard()
    late, fine = made(tmp_path / "site", *reports, timeout=6, engine=engine, listener=heard)
    assert late.failure == "Stopped after 6 s in cell 3; --timeout gives more"
    assert late.seconds > 6
    assert fine.failure is None
    page = (tmp_path / "site" / "slow.failed.html").read_text()
    assert "so far" in page
    assert page.count('<div class="code failed"') == 1
    assert "time.sleep" in re.sub(r"<[^>]+>", "", page.partition("code failed")[2])
    assert ("slow", 3) in heard.cells
    left = {pid for pid in descendants() - before if b"warm_process" not in _command(pid)}
    assert gone(left)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b"warm_process"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os\nos._exit(3)", "exit code 3"),
        ("import os\nos.kill(os.getpid(), 9)", "signal 9 (SIGKILL), as when memory runs out"),
        ("import ctypes\nctypes.string_at(0)", "signal 11 (SIGSEGV)"),
    ],
)
def test_a_process_that_dies_fails_its_report_alone(
    tmp_path: Path, notebook: Callable[..., Path], code: str, words: str
) -> None:
    dead = Report("dead", "Dead", notebook(PARAMETERS, "print('so far')", code, name="dead.ipynb"))
    fine = Report("fine", "Fine", notebook(PARAMETERS, "1"))
    results = made(tmp_path / "site", dead, fine)
    assert [result.failure for result in results] == [
        f"The notebook's process ended in cell 3: {words}", None,
    ]  # fmt: skip
    assert "so far" in (tmp_path / "site" / "dead.failed.html").read_text()


def test_memory_that_runs_out_fails_its_report_alone(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    code = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1, 1))\nx = bytearray(10**9)"
    (result,) = made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, code)))
    assert result.failure is not None
    assert "MemoryError" in result.failure or "process ended" in result.failure


def test_a_warm_process_that_is_killed_is_replaced_by_kernels(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    code = (
        "import os, time\nif not os.path.exists('killed'):\n    open('killed', 'w').close()\n"
        "    os.kill(os.getppid(), 9)\n    time.sleep(60)"
    )
    heard = Heard()
    (result,) = made(
        tmp_path / "site", Report("r", "R", notebook(PARAMETERS, code)), listener=heard
    )
    assert result.failure is None
    assert "each report gets a kernel of its own" in heard.notices[0]
    (again,) = made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, "1")))
    assert again.failure is None


def test_without_fork_each_report_gets_a_kernel(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atopic.engine.warm_client.can_fork", lambda: False)
    code = "print(type(get_ipython()).__name__)"
    heard = Heard()
    made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, code)), listener=heard)
    assert "ZMQInteractiveShell" in (tmp_path / "site" / "r.html").read_text()
    assert heard.notices == [
        "nothing can be forked (this system cannot fork); "
        "each report gets a kernel of its own, one after another"
    ]
    assert heard.cells == [("r", 1), ("r", 2)]


def test_a_kernel_that_does_not_end_is_ended_too(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atopic.engine.warm_client.can_fork", lambda: False)
    before = descendants()
    cells = (PARAMETERS, "print('so far')", "import time\ntime.sleep(600)")
    slow = Report("slow", "Slow", notebook(*cells, name="slow.ipynb"))
    quick = Report("quick", "Quick", notebook(PARAMETERS, "1", name="quick.ipynb"))
    late, fine = made(tmp_path / "site", slow, quick, timeout=8)
    assert late.failure == "Stopped after 8 s in cell 3; --timeout gives more"
    assert late.seconds < 20
    assert fine.failure is None
    page = (tmp_path / "site" / "slow.failed.html").read_text()
    assert "so far" in page
    assert page.count('<div class="code failed"') == 1
    assert gone(descendants() - before)


def test_the_longest_of_last_time_are_begun_first(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    def report(name: str, seconds: float) -> Report:
        code = f"import time\ntime.sleep({seconds})"
        return Report(name, name, notebook(PARAMETERS, code, name=f"{name}.ipynb"))

    reports = [report("short", 0), report("long", 1.0), report("middle", 0.5)]
    first, second = Heard(), Heard()
    made(tmp_path / "site", *reports, jobs=1, listener=first)
    assert first.begins == ["short", "long", "middle"]
    made(tmp_path / "site", *reports, jobs=1, listener=second, force=True)
    assert second.begins == ["long", "middle", "short"]


def test_no_more_run_at_once_than_asked(tmp_path: Path, notebook: Callable[..., Path]) -> None:
    code = (
        "import os, time\nopen(f'on-{os.getpid()}', 'w').close()\ntime.sleep(0.3)\n"
        "print('at once:', len([n for n in os.listdir() if n.startswith('on-')]))\n"
        "os.remove(f'on-{os.getpid()}')"
    )
    reports = [
        Report(f"r{number}", "R", notebook(PARAMETERS, code, name=f"n{number}.ipynb"))
        for number in range(4)
    ]
    made(tmp_path / "one", *reports, jobs=1)
    made(tmp_path / "three", *reports, jobs=3)
    counts = [
        [int(re.search(r"at once: (\d)", (tmp_path / out / f"r{number}.html").read_text())[1])
         for number in range(4)]
        for out in ("one", "three")
    ]  # fmt: skip
    assert counts[0] == [1] * 4
    assert max(counts[1]) in (2, 3)


RUN = "from atopic.cli import main; main()"


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_runs_on_when_a_build_is_stopped(
    tmp_path: Path, notebook: Callable[..., Path], signal_sent: int
) -> None:
    path = notebook(
        PARAMETERS, "import subprocess, os\nchild = subprocess.Popen(['sleep', '600'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {os.getppid()} {child.pid} ')\nchild.wait()",
    )  # fmt: skip
    manifest = tmp_path / "reports.toml"
    manifest.write_text(f'[[report]]\nid = "r"\ntitle = "R"\nnotebook = "{path.name}"\n')
    arguments = ["build", "--manifest", str(manifest), "--out", str(tmp_path / "site")]
    build = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text().endswith(" "):
            assert time.monotonic() < end
            time.sleep(0.05)
        pids = {int(pid) for pid in (tmp_path / "pids").read_text().split()}
        build.send_signal(signal_sent)
        _, errors = build.communicate(timeout=20)
    finally:
        build.kill()
    assert gone(pids)
    assert build.returncode not in (0, None)
    if signal_sent == signal.SIGINT:
        assert build.returncode == 130
        assert "Traceback" not in errors
        assert (tmp_path / "site" / "index.html").exists()


def test_a_job_can_be_sent_elsewhere(tmp_path: Path, notebook: Callable[..., Path]) -> None:
    """As a cluster does: pickled, to a place without the notebook's folder and the tables."""
    code = "import atopic, pathlib\nprint(size, len(atopic.load().arms), pathlib.Path.cwd().name)"
    report = Report("r", "R", notebook(PARAMETERS, code), parameters={"size": 2})
    made(tmp_path / "site", report)
    (one,) = plan([report])
    job = job_of(one, read_tables(bundled("data")), "warm")
    away = replace(job, folder=f"/nowhere/{tmp_path.name}")
    for sent in (away, replace(away, engine="kernel")):
        sent = pickle.loads(pickle.dumps(sent))
        warm = shared(vouched(), WARM_UP)
        results = run_jobs(
            [sent], warm, data=None, side_by_side=1, timeout=60, watch=lambda *_: None
        )
        ((_, result),) = results
        assert result.failure is None
        assert result.files["r.html"] == (tmp_path / "site" / "r.html").read_bytes()


def test_a_report_built_alone_is_as_among_others(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    """Alone it gets a process that has imported little, and another one makes its page."""
    code = (
        "from atopic.display import show\nfrom matplotlib.figure import Figure\n"
        "import pandas as pd\ndrawing = Figure()\ndrawing.subplots().plot([1, size])\n"
        "show.figure(drawing, name='line', alt='A line', caption='A line')\n"
        "show.table(pd.DataFrame({'n': [size]}), name='n', caption='Numbers')"
    )
    text = "from IPython.display import Markdown\nMarkdown('## Of $x^2$\\n\\nand *words*')"
    path = notebook(PARAMETERS, code, text, "1/0 if size == 2 else size")
    reports = [Report(f"r{size}", "R", path, parameters={"size": size}) for size in range(4)]
    for report in reports[1:3]:  # one of them fails
        build(plan([report]), data=bundled("data"), out=tmp_path / "few", site=reports)
    made(tmp_path / "many", *reports)
    few, many = (
        {
            file.relative_to(tmp_path / where).as_posix(): file.read_bytes()
            for file in [*(tmp_path / where).glob("r[12]*.html"), *(tmp_path / where).glob("r1/*")]
        }
        for where in ("few", "many")
    )
    assert few == many
    assert {"r1.html", "r1/line.svg", "r1/n.csv", "r2.failed.html"} <= few.keys()


def test_without_the_process_that_makes_pages_there_are_pages(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    end_shared()
    monkeypatch.setattr(warm_up, "WARM_UP_PAGES", "sys:exit")
    heard = Heard()
    (built,) = made(tmp_path, Report("r", "R", notebook(PARAMETERS, "size")), listener=heard)
    assert built.failure is None
    assert "each report gets a kernel of its own" in heard.notices[0]


def test_a_page_that_cannot_be_made_is_told_as_any_other(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    (one,) = plan([Report("r", "R", notebook(PARAMETERS, "print('shown')\nsize"))])
    job = job_of(one, read_tables(bundled("data")), "warm")
    broken = replace(job, context=replace(job.context, place=None))  # type: ignore[arg-type]
    with contextlib.closing(WarmProcess((), cells=False)) as process:
        for pages in (None, process):
            results = run_jobs(
                [broken], shared(vouched(), WARM_UP), pages=pages, side_by_side=1, timeout=60,
                watch=lambda *_: None,
            )  # fmt: skip
            ((_, result),) = results
            assert "atopic could not make the page" in (result.failure or "")


@pytest.mark.slow
def test_memory_stays_flat_over_many_reports(tmp_path: Path, notebook: Callable[..., Path]) -> None:
    path = notebook(PARAMETERS, "x = bytearray(50_000_000)\nprint(size)")
    reports = [Report(f"r{size}", "R", path, parameters={"size": size}) for size in range(60)]
    peaks = []

    class Memory(Listener):
        def ended(self, _built: Built) -> None:
            lasting = {pid for pid in descendants() if os.getpid() == _parent(pid)}
            peaks.append(sum(_memory(pid) for pid in lasting | {os.getpid()}))

    made(tmp_path / "site", *reports, jobs=2, listener=Memory())
    assert max(peaks[40:]) < max(peaks[5:20]) + 10_000_000


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return 0


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))
