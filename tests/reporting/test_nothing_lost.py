"""Whatever ends a build, or meets it: old pages stay whole, nothing runs on, nothing is left."""

import contextlib
import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from atopic.engine import temporary_folders
from atopic.engine.temporary_folders import Temporary, sweep
from atopic.engine.warm_client import WarmProcess
from atopic.paths import bundled
from atopic.reporting.build import Built, Listener, Options, build, plan
from atopic.reporting.plan.manifest import Report
from tests.conftest import REPOSITORY

RUN = "from atopic.cli import main; main()"
PARAMETERS = "size: int = 1  # height"


def alive(name: str) -> list[int]:
    """Return the processes whose command or environment has a name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if name.encode() in words and state not in "ZX" and folder.name != str(os.getpid()):
                found.append(int(folder.name))
    return found


def soon(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Site:
    """A manifest of notebooks, built by the command line with a temporary folder of its own."""

    def __init__(self, folder: Path, notebook: Callable[..., Path]) -> None:
        self.folder, self._notebook = folder, notebook
        self.out = folder / "site"
        self.temporary = folder / "T"
        self.temporary.mkdir()
        self.lines = ""

    def add(self, name: str, *cells: str) -> Path:
        path = self._notebook(PARAMETERS, *cells, name=f"{name}.ipynb")
        self.lines += f'[[report]]\nid = "{name}"\ntitle = "{name}"\nnotebook = "{name}.ipynb"\n'
        (self.folder / "reports.toml").write_text(self.lines)
        return path

    def command(self, *more: str) -> dict[str, Any]:
        arguments = ["build", "--manifest", str(self.folder / "reports.toml")]
        arguments += ["--data", str(bundled("data")), "--out", str(self.out), *more]
        return {
            "args": [sys.executable, "-c", RUN, *arguments],
            "env": os.environ | {"TMPDIR": str(self.temporary)}, "cwd": REPOSITORY, "text": True,
            "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
            # These tests may run under nohup.
            "preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        }  # fmt: skip

    def build(self, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(**self.command(*more), check=False)

    def start(self, *more: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(**self.command(*more), **options)

    def contents(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in self.out.rglob("*")
            if path.is_file()
        }

    def still_running(self) -> list[int]:
        return alive(str(self.temporary))

    def left(self) -> list[str]:
        return [path.name for path in self.temporary.iterdir()]


@pytest.fixture
def site(tmp_path: Path, notebook: Callable[..., Path]) -> Iterator[Site]:
    made = Site(tmp_path, notebook)
    yield made
    for pid in made.still_running():
        os.kill(pid, signal.SIGKILL)


#: Cells that do not end by themselves, or leave processes behind that nobody can reach.
ENDLESS = {
    "loop": "while True: pass",
    "in C": "import ctypes\nctypes.CDLL(None).sleep(600)",
    "in C, all threads": "import ctypes\nctypes.PyDLL(None).sleep(600)",
    "deaf": "import signal, time\nfor one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n"
    "    signal.signal(one, signal.SIG_IGN)\nwhile True:\n    try:\n        time.sleep(600)\n"
    "    except BaseException:\n        pass",
    "stopped": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "daemons": "import subprocess, time\nsubprocess.Popen(['sleep', '600'], "
    "start_new_session=True)\nsubprocess.Popen(['sh', '-c', 'setsid sleep 601 &'])\n"
    "time.sleep(600)",
}
LEAVING = (
    "import os, subprocess, tempfile, time\nsubprocess.Popen(['sleep', '600'], "
    "start_new_session=True)\nsubprocess.Popen(['sh', '-c', 'setsid sleep 601 & exit'])\n"
    "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(602)\n"
    "    os._exit(0)\ntempfile.mkdtemp()\ntempfile.mkstemp()\ntime.sleep(0.3)"
)
DYING = {
    "exits": ("import os\nos._exit(3)", "process ended in cell 3"),
    "is killed": ("import os\nos.kill(os.getpid(), 9)", "process ended in cell 3"),
    "has no memory": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (10**8, 10**8))\n"
        "x = bytearray(10**10)",
        "ell 3: ",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_no_notebook_outlives_its_report(site: Site, engine: str) -> None:
    for number, code in enumerate(ENDLESS.values()):
        site.add(f"endless-{number}", "import tempfile\ntempfile.mkdtemp()\nprint('so far')", code)
    for number, (code, _) in enumerate(DYING.values()):
        site.add(f"dying-{number}", "print('so far')", code)
    site.add("leaving", LEAVING)
    done = site.build("--engine", engine, "--timeout", "25", "--jobs", "4")
    assert done.returncode == 1
    reasons = dict(re.findall(r"site/([a-z0-9-]+)\.failed\.html: (.*)", done.stderr))
    for number, name in enumerate(ENDLESS):
        reason = reasons.pop(f"endless-{number}")
        assert reason == "Stopped after 25 s in cell 3; --timeout gives more", name
        assert "so far" in (site.out / f"endless-{number}.failed.html").read_text()
    for number, (name, (_, words)) in enumerate(DYING.items()):
        assert words in reasons.pop(f"dying-{number}"), name
    assert reasons == {}
    assert soon(lambda: not site.still_running())
    assert site.left() == []


@pytest.mark.slow
def test_a_kernel_meets_the_time_limit_where_nothing_can_be_forked(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atopic.engine.warm_client.can_fork", lambda: False)
    code = ENDLESS["deaf"].replace("while", "print('so far')\nwhile")
    report = Report("r", "R", notebook(PARAMETERS, "print(1)", code))
    before = time.monotonic()
    (result,) = build(
        plan([report]), data=bundled("data"), out=tmp_path / "site", site=[report],
        options=Options(timeout=6),
    )  # fmt: skip
    assert result.failure == "Stopped after 6 s in cell 3; --timeout gives more"
    assert time.monotonic() - before < 30


WAITS = (
    "import subprocess, os\nchild = subprocess.Popen(['sleep', '600'])\n"
    "subprocess.Popen(['sleep', '601'], start_new_session=True)\n"
    "open('begun', 'w').close()\nchild.wait()"
)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["warm", "kernel"])
@pytest.mark.parametrize(
    ("how", "status"),
    [("INT", 130), ("INT INT", None), ("TERM", 143), ("HUP", 129), ("TERM TERM", None),
     ("KILL", -9), ("STOP CONT TERM", 143)],
)  # fmt: skip
def test_nothing_runs_on_whatever_ends_a_build(
    site: Site, engine: str, how: str, status: int | None
) -> None:
    site.add("quick", "1")
    site.add("waits", WAITS)
    going = site.start("--jobs", "1", "--engine", engine)
    assert soon((site.folder / "begun").exists, 60)
    assert soon((site.out / "quick.html").is_file, 60)  # it may be written after the next begins
    for name in how.split():
        going.send_signal(getattr(signal, f"SIG{name}"))
        time.sleep(0.1)
    _, errors = going.communicate(timeout=30)
    assert going.returncode == status or status is None
    assert going.returncode != 0
    if how not in ("INT INT", "TERM TERM"):
        assert "Traceback" not in errors
    assert soon(lambda: not site.still_running())
    assert (site.out / "quick.html").is_file()
    if how in ("INT", "TERM", "HUP"):
        assert 'href="quick.html"' in (site.out / "index.html").read_text()
        assert site.left() == []
    if how in ("INT INT", "TERM TERM"):  # the second ends it while it writes, as KILL would
        assert site.build("quick").returncode == 0
    assert list(site.out.rglob(".atopic-*")) == []


@pytest.mark.slow
def test_a_terminal_that_is_closed_ends_the_build(site: Site) -> None:
    site.add("waits", WAITS)
    ours, theirs = pty.openpty()
    command = site.command()
    code = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n" + RUN
    command["args"][2] = code
    going = subprocess.Popen(
        **{**command, "stdout": theirs, "stderr": theirs}, stdin=theirs, start_new_session=True
    )
    os.close(theirs)
    assert soon((site.folder / "begun").exists, 60)
    os.close(ours)
    assert going.wait(30) != 0
    assert soon(lambda: not site.still_running())
    assert site.left() == []


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["warm process", "child", "all at once"])
def test_whichever_process_is_killed_nothing_runs_on(site: Site, whom: str) -> None:
    site.add("waits", WAITS + "\n" if whom == "all at once" else f"if size:\n    {LEAVING!r}\n")
    site.add(
        "kills",
        "import os, signal, time, pathlib\n"
        "if not pathlib.Path('done').exists():\n"
        "    pathlib.Path('done').touch()\n"
        "    pid = os.getppid() if " + repr(whom == "warm process") + " else os.getpid()\n"
        "    os.kill(pid, 9) if " + repr(whom != "all at once") + " else time.sleep(600)\n"
        "    time.sleep(30)",
    )
    going = site.start("--jobs", "2")
    if whom == "all at once":
        assert soon((site.folder / "begun").exists, 60)
        for pid in site.still_running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        going.communicate(timeout=20)
    else:
        _, errors = going.communicate(timeout=90)
        if whom == "child":
            assert "kills.failed.html: The notebook's process ended in cell 2: signal 9" in errors
        else:
            assert going.returncode == 0, errors
            assert "each report gets a kernel of its own" in errors
        assert site.left() == []
    assert soon(lambda: not site.still_running())


def test_a_warm_process_that_still_imports_ends_with_the_one_that_began_it(tmp_path: Path) -> None:
    modules = [f"slow{number}" for number in range(40)]
    for name in modules:
        (tmp_path / f"{name}.py").write_text(
            f"import pathlib, time\npathlib.Path({str(tmp_path / 'begun')!r}).touch()\n"
            "time.sleep(1)\n"
        )
    code = "from atopic.engine.warm_client import WarmProcess\nimport time\n"
    code += f"warm = WarmProcess({modules})\ntime.sleep(600)"
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path}
    going = subprocess.Popen([sys.executable, "-c", code], env=environment)
    assert soon((tmp_path / "begun").exists, 60)
    assert len(alive(str(tmp_path))) > 1
    going.kill()
    going.wait()
    assert soon(lambda: not alive(str(tmp_path)), 20)


def test_what_a_call_began_ends_though_nobody_hears_of_the_next(tmp_path: Path) -> None:
    """As when a build is killed while it asks for a child: the answer finds nobody."""
    (tmp_path / "begins.py").write_text(
        "import pathlib, subprocess, time\ndef run(folder, tell):\n"
        "    subprocess.Popen(['sleep', '600'])\n"
        "    pathlib.Path(folder, 'begun').touch()\n    time.sleep(600)\n"
    )
    code = (
        "import os, signal, socket, sys, time\n"
        "from atopic.engine.warm_client import WarmProcess\n"
        "from atopic.engine.warm_process import FORK, MESSAGE\n"
        "warm = WarmProcess([])\n"
        "warm.call('begins:run', str(warm._folder))\n"
        "while not (warm._folder / 'begun').exists():\n    time.sleep(0.05)\n"
        "os.kill(warm._process.pid, signal.SIGSTOP)\n"
        "socket.send_fds(warm.control, [MESSAGE.pack(FORK, 0, 0)], [0, 1, 2])\n"
        "warm.control.close()\n"
        "os.kill(warm._process.pid, signal.SIGCONT)\n"
        "os._exit(0)\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", code], env=environment, timeout=60, check=True)
    assert soon(lambda: not alive(str(tmp_path)))


def test_a_child_whose_end_was_not_heard_is_not_waited_for() -> None:
    """As when Ctrl-C comes between the message and its reader."""
    warm = WarmProcess([])
    try:
        call = warm.call("builtins:dict")
        while warm._hear() != call.pid and call.status is None:
            pass
        call.status = None  # it was told, and is forgotten
        start = time.monotonic()
        warm.end([call])
        assert call.status is not None
        assert time.monotonic() - start < 20
    finally:
        warm.close()


def test_a_warm_process_that_dies_before_it_takes_the_tables_is_not_waited_for(
    tmp_path: Path,
) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(600)\n")
    code = (
        "import os, signal, threading\n"
        "from atopic.engine.warm_client import WarmProcess, WarmProcessError\n"
        "warm = WarmProcess(['slow'])\n"
        "threading.Timer(1, os.kill, (warm._process.pid, signal.SIGKILL)).start()\n"
        "try:\n    warm.prepare('builtins:len', b' ' * 10_000_000)\n"
        "except WarmProcessError as error:\n    print('told', error)\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, timeout=60,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("told")


@pytest.mark.slow
def test_builds_killed_at_many_moments_lose_nothing(site: Site) -> None:
    """Any process of the build, by any signal, and at last all is as if nothing had happened."""
    code = "import tempfile, subprocess\ntempfile.mkdtemp()\nsubprocess.Popen(['sleep', '600'])\n"
    for name in ("one", "two", "three"):
        site.add(name, code + "from IPython.display import display\nprint(size)")
    start = time.monotonic()
    assert site.build().returncode == 0
    usual = time.monotonic() - start
    before = site.contents()
    chance = random.Random(5)
    for _ in range(25):
        going = site.start("--force", start_new_session=True)
        time.sleep(usual * chance.triangular(0, 1.1, 0.9))
        signs = chance.choice(["KILL", "KILL", "TERM", "INT", "HUP", "INT INT", "STOP KILL"])
        whom = chance.choice(["it", "group", "one of all"])
        for name in signs.split():
            sign = getattr(signal, f"SIG{name}")
            with contextlib.suppress(ProcessLookupError):
                if whom == "one of all" and name == "KILL" and (all_ := site.still_running()):
                    os.kill(chance.choice(all_), sign)
                elif whom == "group":
                    os.killpg(going.pid, sign)
                else:
                    going.send_signal(sign)
        going.send_signal(signal.SIGCONT)  # where another than the stopped one was killed
        # One that lost a child, not itself, goes on to its end, which takes what it takes.
        with contextlib.suppress(subprocess.TimeoutExpired):
            going.communicate(timeout=120)
        now = site.contents()
        assert set(before) <= set(now)
        assert {name for name in before if now[name] != before[name]} <= {"build.json"}
        json.loads(now["build.json"])
        # One that is importing looks up after each module.
        assert soon(lambda: not site.still_running(), 30)
    for path in site.temporary.iterdir():
        os.utime(path, (0, 0))  # as if a minute had passed
    done = site.build("--force")
    assert (done.returncode, done.stdout[:7]) == (0, "3 built")
    now = site.contents()
    assert {name for name in now if now[name] != before.get(name)} == {"build.json"}
    assert site.left() == []


@pytest.mark.slow
def test_builds_of_one_folder_at_once_take_turns(site: Site) -> None:
    for name in ("one", "two"):
        site.add(name, "import time\ntime.sleep(1)")
    many = [site.start("--force", *ids) for ids in (["one"], ["one", "two"], ["two"])]
    for going in many:
        _, errors = going.communicate(timeout=120)
        assert going.returncode == 0, errors
    before = site.contents()
    verifying, building = site.start("--verify"), site.start("--force")
    for going in (verifying, building):
        _words, errors = going.communicate(timeout=120)
        assert going.returncode == 0, errors
    now = site.contents()
    assert {name for name in now if now[name] != before.get(name)} <= {"build.json"}
    assert json.loads(now["build.json"])["reports"].keys() == {"one", "two"}


@pytest.mark.slow
def test_a_build_meets_make_clean(site: Site) -> None:
    for name in ("one", "two"):
        site.add(name, f"import time\nopen('begun-{name}', 'w').close()\ntime.sleep(1)")
    assert site.build().returncode == 0
    before = site.contents()
    for path in site.folder.glob("begun-*"):
        path.unlink()
    going = site.start("--force", "--jobs", "1")
    assert soon((site.folder / "begun-two").exists, 60)
    # As in the Makefile.
    subprocess.run(["find", str(site.out), "-mindepth", "1", "-delete"], check=False)
    _, errors = going.communicate(timeout=60)
    assert "Traceback" not in errors
    assert site.build().returncode == 0
    now = site.contents()
    assert {name for name in now if now[name] != before.get(name)} == {"build.json"}
    going = site.start("--force", "--jobs", "1")
    time.sleep(0.7)
    shutil.rmtree(site.out)
    _, errors = going.communicate(timeout=60)
    assert "Traceback" not in errors
    assert site.build().returncode == 0
    assert set(site.contents()) == set(before)


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """Mount a small disk there, which takes root."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full_leaves_the_old_site(site: Site) -> None:
    site.add("one", "print(size)")
    with mounted(site.out, "8m"):  # the site twice, while the new one replaces the old
        assert site.build().returncode == 0
        before = site.contents()
        with contextlib.suppress(OSError), (site.out / "mine").open("wb") as stream:
            while True:
                stream.write(b"0" * 4096)
        done = site.build("--force", "-p", "size", "2")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        assert {name: site.contents()[name] for name in before} == before
        assert not list(site.out.rglob(".atopic-*"))
        (site.out / "mine").unlink()
        assert site.build("--force").returncode == 0
    with mounted(site.temporary, "40k"):
        done = site.build("--force")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_folder_that_is_read_only_is_one_line(site: Site) -> None:
    site.add("one", "print(size)")
    with mounted(site.out, "3m"):
        assert site.build().returncode == 0
        before = site.contents()
        subprocess.run(["mount", "-o", "remount,ro", str(site.out)], check=True)
        done = site.build("--force")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == (
            f"atopic: {site.out}: cannot be written to: Read-only file system"
        )
        assert site.contents() == before


class Meanwhile(Listener):
    """Does something when the first report is begun."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act: Callable[[], object] | None = act

    def begun(self, _report: str) -> None:
        if self._act:
            self._act()
            self._act = None


@pytest.mark.parametrize("harm", ["deleted", "half", "changed", "folder deleted", "notebook"])
def test_what_happens_to_the_inputs_meanwhile_changes_nothing(
    tmp_path: Path, notebook: Callable[..., Path], harm: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(bundled("data"), data)
    code = "import atopic\nprint(len(atopic.load().table('responses')))"
    path = notebook(PARAMETERS, code, name="r.ipynb")
    report = Report("r", "R", path)

    def made(listener: Listener) -> Built:
        more: dict[str, Any] = {"data": data, "out": tmp_path / "site", "site": [report]}
        return build(plan([report]), **more, options=Options(force=True), listener=listener)[0]

    assert made(Listener()).failure is None
    before = {one: one.read_bytes() for one in (tmp_path / "site").rglob("*.*") if one.is_file()}
    table = data / "responses.csv"

    def act() -> None:
        match harm:
            case "deleted":
                table.unlink()
            case "half":
                table.write_bytes(table.read_bytes()[:500])
            case "changed":
                table.write_text("x")
            case "folder deleted":
                shutil.rmtree(data)
            case "notebook":
                path.unlink()

    assert made(Meanwhile(act)).failure is None
    now = {one: one.read_bytes() for one in before}
    assert {one.name for one in before if now[one] != before[one]} <= {"build.json"}


def test_a_table_that_cannot_be_read_is_one_line(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "arms.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    report = Report("r", "R", notebook(PARAMETERS, "1"))
    from atopic.errors import EvidenceError

    with pytest.raises(EvidenceError, match=r"arms\.csv: cannot be read: Permission denied"):
        build(plan([report]), data=bundled("data"), out=tmp_path / "site", site=[report])
    assert not (tmp_path / "site").exists()


def test_folders_of_killed_processes_are_swept_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporary_folders.tempfile, "tempdir", str(tmp_path))
    code = (
        "import os\nfrom atopic.engine.temporary_folders import Temporary\n"
        "(Temporary().path / 'x').write_text('x')\nos._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"TMPDIR": str(tmp_path)},
                   check=False)  # fmt: skip
    (dead,) = tmp_path.iterdir()
    for name in ("atopic-run-notes", "atopic-run", "atopic-run-abcdefgh.txt"):
        (tmp_path / name).mkdir()
    (tmp_path / "atopic-run-12345678").symlink_to(tmp_path / "atopic-run")
    with Temporary() as living:
        sweep()
        assert dead.exists()  # so young that its process may not have locked it yet
        for path in tmp_path.iterdir():
            os.utime(path, (0, 0))
        sweep()
        assert not dead.exists()
        assert {path.name for path in tmp_path.iterdir()} == {
            "atopic-run-notes", "atopic-run", "atopic-run-abcdefgh.txt", "atopic-run-12345678",
            living.name,
        }  # fmt: skip
    assert not living.exists()
