"""Builds on a Dask cluster: the same bytes, whatever becomes of the workers."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

import atopic
from atopic.errors import ReportError, UsageError
from atopic.reporting.plan import installed, make_jobs
from atopic.reporting.plan.manifest import read_manifest
from atopic.reporting.run import dask_connection
from tests.conftest import REPOSITORY
from tests.reporting.test_side_by_side import descendants, gone

PARAMETERS = "size: int = 1  # height\nmark: str = ''  # a file outside"
RUN = "from atopic.cli import main; main()"
#: Waits until someone has been there, so that a test can do something meanwhile.
SLOW = """
import os, pathlib, time
with open(mark, "a") as file:
    file.write(f"{os.getpid()}\\n")
end = time.monotonic() + 120
while not pathlib.Path(mark + ".go").exists() and time.monotonic() < end:
    time.sleep(0.05)
print("waited", size)
"""


#: Keeps a Python process from the files of the caller, as on another machine.
ELSEWHERE = """
import os, sys
hidden = tuple(os.environ["HIDDEN"].split(os.pathsep))
def hide(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "os.chdir") and isinstance(arguments[0], str):
        if os.path.abspath(arguments[0]).startswith(hidden):
            raise PermissionError(13, "not on this machine", arguments[0])
sys.addaudithook(hide)
"""


class Dask:
    """A scheduler and its workers: real processes, each with a folder and a home of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self._before = descendants()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self._start(
            "scheduler", "dask_scheduler", "--host", "127.0.0.1", "--port", "0",
            "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(self._file),
            **environment,
        )  # fmt: skip

    @cached_property
    def address(self) -> str:
        """Where the scheduler listens, as soon as it has written that down."""
        wait(lambda: self._file.exists() and self._file.read_text().endswith("}"))
        return str(json.loads(self._file.read_text())["address"])

    def _start(self, name: str, module: str, *arguments: str, **environment: str) -> Path:
        folder = self.folder / name
        for place in ("work", "home", "scratch"):
            (folder / place).mkdir(parents=True)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
                cwd=folder / "work", stdout=log, stderr=log,
                env=os.environ | {"HOME": str(folder / "home")} | environment,
            )  # fmt: skip
        self._processes.append(process)
        return folder / "log"

    def worker(self, name: str, *arguments: str, **environment: str) -> None:
        """Start a worker and wait until it has joined."""
        scratch = str(self.folder / name / "scratch")
        log = self._start(
            name, "dask_worker", self.address, "--name", name, "--host", "127.0.0.1",
            "--no-dashboard", "--local-directory", scratch, *(arguments or ("--nthreads", "1")),
            **environment,
        )  # fmt: skip
        wait(lambda: "Registered to:" in log.read_text())

    def close(self) -> None:
        """End all, and see that nothing is left."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert gone(descendants() - self._before, 10)


def wait(until: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Dask]]:
    started: list[Dask] = []

    def start(**environment: str) -> Dask:
        started.append(Dask(tmp_path_factory.mktemp("dask"), **environment))
        assert started[-1].address
        return started[-1]

    yield start
    for one in started:
        one.close()


def begun(*arguments: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "build", *map(str, arguments)], cwd=REPOSITORY,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def built(*arguments: Any) -> tuple[int, str, str]:
    process = begun(*arguments)
    out, errors = process.communicate(timeout=600)
    return process.returncode, out, errors


def contents(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != "build.json"
    }


@pytest.fixture
def manifest(tmp_path: Path, notebook: Callable[..., Path]) -> Callable[..., Path]:
    """Write a manifest of small notebooks, each of the code of its cells."""

    def write(**cells: list[str]) -> Path:
        text = ""
        for name, code in cells.items():
            path = notebook(PARAMETERS, *code, "size, mark", name=f"{name}.ipynb")
            text += f'[[report]]\nid = "{name}"\ntitle = "T"\nnotebook = "{path.name}"\n'
            text += f"[report.parameters]\nmark = '{tmp_path / f'{name}.mark'}'\n"
        (tmp_path / "reports.toml").write_text(text)
        return tmp_path / "reports.toml"

    return write


# What is refused, without a cluster.


def connect(address: str) -> None:
    with dask_connection.connected(address):
        pass


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'atopic\[cluster\]'"):
        connect("tcp://127.0.0.1:8786")


def test_a_differing_installation_is_told_in_one_line() -> None:
    ours = installed.installed()
    assert installed.differences(ours, ours) == ""
    theirs = ours | {"atopic/cli.py": "other", "numpy": "1.0", "ruff": ours.get("ruff", "0")}
    del theirs["pandas"]
    words = installed.differences(theirs, ours)
    assert words.startswith("another source of atopic (cli.py); numpy 1.0, here ")
    assert f"pandas none, here {ours['pandas']}" in words
    assert make_jobs.code_digest() == installed.fingerprint(ours) != installed.fingerprint(theirs)


def test_a_worker_is_told_from_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = installed.installed()
    answers = {
        "same": (ours, ours),
        "gone": OSError("connection lost"),
        "none": ModuleNotFoundError("No module named 'atopic'"),
        "old": (ours | {"numpy": "1.0"}, ours),
        "stale": (ours, ours | {"atopic/cli.py": "before"}),
    }

    class Client:
        def run(self, function: Any, asked: str, on_error: str) -> dict[str, Any]:
            assert on_error == "return"
            assert function(asked) == (ours, installed.loaded())
            return answers

    found = dask_connection.strangers(Client())  # type: ignore[arg-type]
    assert set(found) == {"none", "old", "stale"}
    assert found["none"] == "it has no such atopic (No module named 'atopic')"
    assert found["old"].startswith("numpy 1.0, here ")
    assert "start it again" in found["stale"]


def test_a_call_on_a_worker_that_joined_later_is_refused() -> None:
    code = installed.fingerprint(installed.loaded())
    assert dask_connection._call(code, pow, [(2, 3), (3, 2)]) == [8, 9]
    with pytest.raises(ReportError, match="joined later"):
        dask_connection._call("other", pow, [(2, 3)])


def test_the_cluster_is_imported_only_when_asked_for() -> None:
    code = (
        "import sys, atopic.cli\n"
        "import atopic.reporting.build_command, atopic.reporting.run.dask_cluster\n"
        "print(sorted(name for name in sys.modules if name.startswith(('distributed', 'dask'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("", 2, "atopic: the address of the scheduler is empty; write tcp://HOST:PORT"),
        ("nonsense", 2, "atopic: nonsense: no address of a Dask scheduler: missing port"),
        ("foo://x:1", 2, "atopic: foo://x:1: no address of a Dask scheduler: unknown address"),
        ("tls://127.0.0.1:1", 2, "atopic: tls://127.0.0.1:1: no address of a Dask scheduler: TLS"),
        ("tcp://127.0.0.1:1", 1, "atopic: tcp://127.0.0.1:1: no scheduler answers within 10 s"),
    ],
)
def test_where_there_is_no_scheduler_nothing_is_touched(
    tmp_path: Path, address: str, status: int, words: str
) -> None:
    code, out, errors = built("--scheduler", address, "--out", tmp_path / "site")
    assert (code, out) == (status, "")
    assert errors.startswith(words)
    assert errors.count("\n") == 1
    assert not (tmp_path / "site").exists()


@pytest.mark.slow
def test_a_cluster_without_workers_is_refused(tmp_path: Path, dask: Callable[..., Dask]) -> None:
    cluster = dask()
    code = (
        "from atopic.reporting.run import dask_connection; dask_connection.PATIENCE = 1.0; " + RUN
    )
    arguments = ["build", "--scheduler", cluster.address, "--out", str(tmp_path / "site")]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=REPOSITORY, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    words = f"atopic: {cluster.address}: no worker joined the scheduler within 1 s\n"
    assert (done.returncode, done.stderr) == (1, words)
    assert not (tmp_path / "site").exists()


# What is built.


@pytest.mark.slow
def test_the_files_equal_those_of_a_local_build(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, dask: Callable[..., Dask]
) -> None:
    cluster = dask()
    ours = [REPOSITORY / "data", REPOSITORY / "notebooks", REPOSITORY / "reports.toml", tmp_path]
    odd = tmp_path_factory.mktemp("odd")
    (odd / "sitecustomize.py").write_text(ELSEWHERE)
    other = {
        "HIDDEN": os.pathsep.join(map(str, ours)),
        "PYTHONPATH": os.pathsep.join([str(odd), os.environ.get("PYTHONPATH", "")]),
        "TMPDIR": str(odd), "TZ": "Asia/Seoul", "LC_ALL": "C", "COLUMNS": "30", "NO_COLOR": "1",
    }  # fmt: skip
    cluster.worker("nanny", **other)
    cluster.worker("alone", "--no-nanny", "--nthreads", "2", **other)
    here, there = tmp_path / "here", tmp_path / "there"
    on = ("--scheduler", cluster.address)
    assert built("--out", here)[0] == 0
    code, out, errors = built("--out", there, *on, "-v", "--format", "json")
    assert code == 0, errors
    assert {report["state"] for report in json.loads(out)["reports"]} == {"built"}
    assert re.search(r"^easi-50: cell 1$", errors, re.MULTILINE)
    assert contents(there) == contents(here)
    pages = {f"{report.id}.html" for report in read_manifest(REPOSITORY / "reports.toml")}
    every = {"index.html", "search.html", "changes.html"}
    assert {page.name for page in here.glob("*.html")} == pages | every
    # The record of either serves the other.
    code, out, errors = built("--out", there)
    assert " reused" in out
    assert "0 built" in out
    code, out, errors = built("--out", there, "--verify", *on)
    assert (code, "the same when built again" in out) == (0, True), errors
    code, out, errors = built("easi-50", "--out", there, "--force", "--jobs", 1, *on)
    assert out.startswith("1 built")
    code, out, errors = built("easi-50", "--out", there, "--engine", "kernel", *on)
    assert out.startswith("1 built"), errors
    assert contents(there) == contents(here)


@pytest.mark.slow
def test_where_nothing_has_changed_no_connection_is_made(
    tmp_path: Path, manifest: Callable[..., Path]
) -> None:
    path = manifest(one=["1"])
    assert built("--manifest", path, "--out", tmp_path / "site")[0] == 0
    on = ("--scheduler", "tcp://127.0.0.1:1")
    code, out, errors = built("--manifest", path, "--out", tmp_path / "site", *on)
    assert (code, errors) == (0, "")
    assert "1 reused" in out
    before = contents(tmp_path / "site")
    code, out, errors = built("--manifest", path, "--out", tmp_path / "site", "--force", *on)
    assert code == 1
    assert contents(tmp_path / "site") == before


@pytest.mark.slow
@pytest.mark.parametrize("nanny", [True, False])
def test_the_job_of_a_lost_worker_is_done_elsewhere(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path], nanny: bool
) -> None:
    cluster = dask()
    for name in ("one", "two"):
        cluster.worker(name, "--nthreads", "1", *([] if nanny else ["--no-nanny"]))
    path = manifest(a=[SLOW], b=[SLOW], c=["print('quick')"])
    mark = tmp_path / "a.mark"
    build = begun("--manifest", path, "--out", tmp_path / "there", "--scheduler", cluster.address)
    wait(lambda: mark.exists() and mark.read_text().endswith("\n"))
    job = int(mark.read_text())
    warm = parent(job)
    os.kill(parent(warm), signal.SIGKILL)
    (tmp_path / "b.mark.go").touch()
    wait(lambda: mark.read_text().count("\n") > 1)
    assert gone({job, warm})
    (tmp_path / "a.mark.go").touch()
    out, errors = build.communicate(timeout=120)
    assert build.returncode == 0, errors
    assert out.startswith("3 built, 0 failed")
    assert built("--manifest", path, "--out", tmp_path / "here")[0] == 0
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


@pytest.mark.slow
def test_the_job_of_a_worker_that_does_not_answer_is_done_elsewhere(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path]
) -> None:
    cluster = dask(DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="8s")
    cluster.worker("one", "--no-nanny", "--nthreads", "1")
    path = manifest(a=[SLOW], b=["print('quick')"])
    mark = tmp_path / "a.mark"
    build = begun("--manifest", path, "--out", tmp_path / "there", "--scheduler", cluster.address)
    wait(lambda: mark.exists() and mark.read_text().endswith("\n"))
    stopped = cluster._processes[-1]
    stopped.send_signal(signal.SIGSTOP)
    try:
        cluster.worker("late", "--no-nanny", "--nthreads", "1")
        wait(lambda: mark.read_text().count("\n") > 1)
        (tmp_path / "a.mark.go").touch()
        out, errors = build.communicate(timeout=60)
    finally:
        stopped.send_signal(signal.SIGCONT)
    assert build.returncode == 0, errors
    assert out.startswith("2 built, 0 failed")
    assert built("--manifest", path, "--out", tmp_path / "here")[0] == 0
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


@pytest.mark.slow
def test_where_all_workers_are_lost_the_build_ends_with_one_line(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path]
) -> None:
    cluster = dask()
    cluster.worker("one", "--no-nanny", "--nthreads", "1")
    path = manifest(a=[SLOW], b=["print('quick')"])
    code = (
        "from atopic.reporting.run import dask_cluster as cluster; cluster.PATIENCE = 3.0; " + RUN
    )
    build = subprocess.Popen(
        [sys.executable, "-c", code, "build", "--manifest", str(path), "--scheduler",
         cluster.address, "--out", str(tmp_path / "site"), "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    wait((tmp_path / "a.mark").exists)
    cluster._processes[-1].kill()
    out, errors = build.communicate(timeout=60)
    words = f"{cluster.address}: there has been no worker for 3 s; reports not built: 2"
    assert build.returncode == 1
    assert errors.splitlines()[-1] == f"atopic: {words}"
    assert re.match(r"broken off: a, cell 3, for \d+ s", errors)
    assert json.loads(out) == {"error": words}


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.slow
def test_a_job_that_fails_for_its_own_reason_is_done_once(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path]
) -> None:
    cluster = dask()
    cluster.worker("one")
    cluster.worker("two")
    count = "with open(mark, 'a') as file:\n    file.write('ran\\n')"
    path = manifest(
        raises=[count, "def f():\n    raise ValueError('no')\nf()"],
        endless=[count, "import time\nprint('so far')\ntime.sleep(600)"],
        dies=[count, "import os\nos._exit(3)"],
        fine=["import os\nos.listdir()"],
    )
    arguments = ("--manifest", path, "--timeout", 6)
    code, out, errors = built(
        *arguments, "--out", tmp_path / "there", "--scheduler", cluster.address
    )
    assert code == 1
    assert out.startswith("1 built, 3 failed")
    assert "ValueError: no" in errors
    assert "Stopped after 6 s in cell 4; --timeout gives more" in errors
    assert "The notebook's process ended in cell 4: exit code 3" in errors
    for name in ("raises", "endless", "dies"):
        assert (tmp_path / f"{name}.mark").read_text() == "ran\n"
    assert "[]" in (tmp_path / "there" / "fine.html").read_text()  # an empty folder
    assert built(*arguments, "--out", tmp_path / "here")[0] == 1
    here, there = contents(tmp_path / "here"), contents(tmp_path / "there")
    del here["fine.html"], there["fine.html"]  # here the cells see the folder of the notebook
    assert there == here


@pytest.mark.slow
def test_the_modules_beside_a_notebook_travel_with_it_and_no_other_file(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path]
) -> None:
    cluster = dask()
    cluster.worker("one", "--nthreads", "2")
    (tmp_path / "helper.py").write_text("import other\ndef f():\n    return other.VALUE\n")
    (tmp_path / "other.py").write_text("VALUE = 'of another module'\n")
    (tmp_path / "beside.csv").write_text("a,b\n")
    path = manifest(
        imports=["import helper\nprint(helper.f())"],
        raises=["import helper\ndel helper.other\nhelper.f()"],
        opens=["open('beside.csv').read()"],
    )
    arguments = ("--manifest", path)
    on = ("--scheduler", cluster.address)
    code, out, errors = built("imports", "raises", *arguments, "--out", tmp_path / "there", *on)
    assert (code, out[:17]) == (1, "1 built, 1 failed"), errors
    assert "of another module" in (tmp_path / "there" / "imports.html").read_text()
    assert "no other file" not in errors
    assert built("imports", "raises", *arguments, "--out", tmp_path / "here")[0] == 1
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    # Their bytes are those of the moment of the build.
    (tmp_path / "other.py").write_text("VALUE = 'of a changed module'\n")
    code, out, errors = built("imports", *arguments, "--out", tmp_path / "there", *on)
    assert "of a changed module" in (tmp_path / "there" / "imports.html").read_text()
    code, out, errors = built("opens", *arguments, "--out", tmp_path / "there", *on)
    assert "opens.failed.html: Cell 3: FileNotFoundError: " in errors
    assert "atopic: on a worker a notebook has the tables, the modules in its own folder" in errors


@pytest.mark.slow
def test_the_images_and_inputs_of_a_notebook_travel_with_it(
    tmp_path: Path, dask: Callable[..., Dask], notebook: Callable[..., Path]
) -> None:
    cluster = dask()
    cluster.worker("one", "--nthreads", "2")
    for name in ("notebooks/near.png", "figures/far.png", "notebooks/shown.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + name.encode())
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "more.csv").write_text("of an input\n")
    shown = "from IPython.display import HTML\nHTML('<img src=\"shown.png\">')"
    prose = "![near](near.png) ![far](../figures/far.png)"
    source = notebook("size: int = 1  # height", shown, "print(open('../extra/more.csv').read())")
    content = json.loads(source.read_text())
    content["cells"].append({"cell_type": "markdown", "metadata": {}, "source": prose, "id": "p"})
    (tmp_path / "notebooks" / "n.ipynb").write_text(json.dumps(content))
    path = tmp_path / "reports.toml"
    path.write_text(
        '[[report]]\nid = "r"\ntitle = "R"\nnotebook = "notebooks/n.ipynb"\n'
        'inputs = ["extra/*.csv"]\n'
    )
    on = ("--scheduler", cluster.address)
    code, _, errors = built("--manifest", path, "--out", tmp_path / "there", *on)
    assert code == 0, errors
    page = (tmp_path / "there" / "r.html").read_text()
    assert "of an input" in page
    assert page.count("data:image/png") == 3
    assert built("--manifest", path, "--out", tmp_path / "here")[0] == 0
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


@pytest.mark.slow
def test_a_report_that_kills_its_workers_is_told_as_such(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path]
) -> None:
    cluster = dask(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1")
    cluster.worker("one")
    code = (
        "import os, time\nwith open(mark, 'a') as file:\n    file.write('ran\\n')\n"
        "warm = open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1]\n"
        "os.kill(int(warm), 9)\ntime.sleep(60)"
    )
    path = manifest(killer=["1", code], fine=["1"])
    status, out, errors = built(
        "--manifest", path, "--out", tmp_path / "site", "--scheduler", cluster.address
    )
    assert status == 1
    assert out.startswith("1 built, 1 failed"), errors
    # The last words of a worker may be lost with it, so that the cell before is named.
    assert re.search(r"KilledWorker: 2 workers were lost while they ran it in cell [34]", errors)
    assert (tmp_path / "killer.mark").read_text() == "ran\n" * 2
    assert "KilledWorker" in (tmp_path / "site" / "killer.failed.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_nothing_runs_on_when_a_build_is_stopped(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path], sent: int
) -> None:
    cluster = dask()
    cluster.worker("one")
    path = manifest(a=[SLOW], b=[SLOW])
    mark = tmp_path / "a.mark"
    build = begun("--manifest", path, "--out", tmp_path / "site", "--scheduler", cluster.address)
    wait(lambda: mark.exists() and mark.read_text().endswith("\n"))
    build.send_signal(sent)
    _, errors = build.communicate(timeout=30)
    assert gone({int(mark.read_text())})
    time.sleep(1)
    assert not (tmp_path / "b.mark").exists()
    if sent == signal.SIGINT:
        assert build.returncode == 130
        assert "Traceback" not in errors
        assert (tmp_path / "site" / "index.html").exists()


@pytest.mark.slow
def test_a_worker_with_another_atopic_is_refused_also_when_it_joins_later(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path]
) -> None:
    source = tmp_path / "other"
    shutil.copytree(Path(atopic.__file__).parent, source / "atopic")
    with (source / "atopic" / "evidence" / "counts.py").open("a") as file:
        file.write("# another\n")
    path = manifest(a=[SLOW], b=["print('quick')"], c=["print('quick')"])
    cluster = dask()
    cluster.worker("good")
    arguments = ("--manifest", path, "--out", tmp_path / "site", "--scheduler", cluster.address)
    build = begun(*arguments)
    wait((tmp_path / "a.mark").exists)
    cluster.worker("odd", PYTHONPATH=str(source))
    time.sleep(2)
    (tmp_path / "a.mark.go").touch()
    out, errors = build.communicate(timeout=120)
    assert build.returncode == 0, errors
    assert out.startswith("3 built")
    differs = "another source of atopic (evidence/counts.py)"
    assert re.search(rf"atopic: worker tcp://\S+ is not used: {re.escape(differs)}\n", errors)
    status, out, errors = built(*arguments[:2], "--out", tmp_path / "new", *arguments[4:])
    assert (status, out) == (1, "")
    assert re.fullmatch(rf"atopic: worker tcp://\S+: {re.escape(differs)}; a worker .*\n", errors)
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_a_scheduler_that_is_lost_ends_the_build_with_one_line(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path]
) -> None:
    cluster = dask(DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="5s")
    cluster.worker("one", "--no-nanny")
    path = manifest(a=["1"], b=[SLOW])
    build = begun("--manifest", path, "--out", tmp_path / "site", "--scheduler", cluster.address)
    wait(lambda: (tmp_path / "b.mark").exists() and (tmp_path / "site" / "a.html").exists())
    cluster._processes[0].kill()
    _, errors = build.communicate(timeout=120)
    assert build.returncode == 1
    last = f"atopic: {cluster.address}: the scheduler was lost; reports not built: 1\n"
    broken = r"broken off: b, cell 3, for \d+ s\n"
    assert re.fullmatch(rf"\[1/2\] built  a .*\n{broken}{last}", errors)
    assert (tmp_path / "site" / "a.html").exists()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_certificates_come_from_the_configuration_of_dask(
    tmp_path: Path, dask: Callable[..., Dask], manifest: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=atopic", "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    comm = "DASK_DISTRIBUTED__COMM__"
    monkeypatch.setenv(f"{comm}DEFAULT_SCHEME", "tls")
    monkeypatch.setenv(f"{comm}REQUIRE_ENCRYPTION", "true")
    monkeypatch.setenv(f"{comm}TLS__CA_FILE", certificate)
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        monkeypatch.setenv(f"{comm}TLS__{role}__CERT", certificate)
        monkeypatch.setenv(f"{comm}TLS__{role}__KEY", key)
    cluster = dask()
    cluster.worker("one")
    assert cluster.address.startswith("tls://")
    path = manifest(a=["1"])
    on = ("--scheduler", cluster.address)
    code, out, errors = built("--manifest", path, "--out", tmp_path / "site", *on)
    assert (code, out[:8]) == (0, "1 built,"), errors


@pytest.mark.slow
def test_the_example_of_the_guide_gives_the_numbers_of_the_page(dask: Callable[..., Dask]) -> None:
    cluster = dask()
    cluster.worker("one")
    cluster.worker("two", "--nthreads", "2")
    page = (REPOSITORY / "docs" / "cluster.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (example,) = [block for block in blocks if "mapper=spread" in block]
    code = example.replace("tcp://192.168.0.7:8786", cluster.address) + (
        "here = expected_results(beliefs, patients=[300], replicates=1_000_000)\n"
        "assert found.equals(here), (found, here)\n"
        "assert set(found['replicates']) == {1_000_000} and found['simulated'].gt(0).all()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_simulation_has_the_same_total_on_a_cluster(dask: Callable[..., Dask]) -> None:
    cluster = dask()
    cluster.worker("one")
    cluster.worker("two", "--nthreads", "2")
    code = (
        "import sys\nfrom atopic.reporting.run.dask_connection import mapper\n"
        "with mapper(sys.argv[1]) as spread:\n"
        "    assert list(spread(pow, [2, 3], [5, 2])) == list(map(pow, [2, 3], [5, 2]))\n"
        "    try:\n        list(spread(int, ['1', 'x']))\n"
        "    except ValueError as error:\n        print(error)\n"
        "    try:\n        from atopic.stats import trialdesign as design\n"
        "    except ImportError:\n        sys.exit()\n"
        "    normal = design.NormalMixture.normal\n"
        "    belief = design.Scenario('x', normal(-0.85, 0.2), normal(0.1, 0.05))\n"
        "    two = design.TwoArmDesign(100, 100)\n"
        "    here = design.simulate(two, belief, replicates=300_000)\n"
        "    there = design.simulate(two, belief, replicates=300_000, mapper=spread)\n"
        "    assert here == there and here.success, (here, there)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, cluster.address], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "invalid literal for int()" in done.stdout
