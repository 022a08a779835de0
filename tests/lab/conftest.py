"""A JupyterLab as `make lab` starts it, in a folder of its own, with a study that was added."""

import fcntl
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "tests" / "additions" / "demo-2026.csv"
TOKEN = "a-token"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(folder: Path, *command: str, ready: str) -> Iterator[None]:
    """Run a server in a terminal until Ctrl-C, which must end it quietly, with all its kernels."""
    terminal, inside = pty.openpty()
    log = folder / "server.log"
    own = {name: str(folder / name) for name in ("JUPYTERLAB_WORKSPACES_DIR",
           "JUPYTERLAB_SETTINGS_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR")}  # fmt: skip
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=folder, stdin=inside, stdout=stream, stderr=stream,
            env={**os.environ, **own}, preexec_fn=_take_terminal,
        )  # fmt: skip
    os.close(inside)
    try:
        for _ in range(300):
            if process.poll() is not None:
                pytest.fail(log.read_text())
            try:
                with urllib.request.urlopen(ready, timeout=5):
                    break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail(f"{ready} does not answer: {log.read_text()}")
        yield
    finally:
        started = _descendants(process.pid)
        os.write(terminal, b"\x03")
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            pytest.fail(f"Ctrl-C did not end it: {log.read_text()}")
        finally:
            os.close(terminal)
    assert "Traceback" not in log.read_text(), log.read_text()
    for _ in range(20):
        left = [one for one in started if Path(f"/proc/{one}/exe").exists()]  # no zombie has one
        if not left:
            break
        time.sleep(0.2)
    assert left == []


def _take_terminal() -> None:
    """Make standard input the terminal of a session, as a shell does for a command."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _descendants(pid: int) -> list[int]:
    """Return what a process started, and what that started, kernels above all."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(words[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    for one in parents.get(pid, []):
        found += [one, *_descendants(one)]
    return found


@pytest.fixture(scope="package")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user has: notebooks, tables, and tables of their own with one more study."""
    folder = tmp_path_factory.mktemp("workplace")
    for name in ("notebooks", "data", ".jupyter"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("reports.toml", "Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy2(REPOSITORY / name, folder / name)
    shutil.copytree(REPOSITORY / "data", folder / "mydata")
    subprocess.run(
        [sys.executable, "-c", "from atopic.cli import main; main()", "add-study", str(DEMO),
         "--data", str(folder / "mydata"), "--yes"],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".installed").touch()  # `make` has nothing to set up
    return folder


@pytest.fixture(scope="package")
def lab(workplace: Path) -> Iterator[str]:
    """The address of a JupyterLab that `make lab` started."""
    port = free_port()
    options = (
        f"--no-browser --ip 127.0.0.1 --port {port} --IdentityProvider.token={TOKEN} "
        "--LabApp.expose_app_in_browser=True"
    )
    bin_ = Path(sys.prefix) / "bin"
    address = f"http://127.0.0.1:{port}"
    ready = f"{address}/api/status?token={TOKEN}"
    with served(workplace, "make", "lab", f"BIN={bin_}", f"LAB={options}", ready=ready):
        yield address


@pytest.fixture(scope="package")
def app(workplace: Path) -> Iterator[str]:
    """The address of the explorer that `make app` serves."""
    port = free_port()
    bin_ = Path(sys.prefix) / "bin"
    options = f"--no-browser --port {port} --Voila.token=''"
    address = f"http://127.0.0.1:{port}/voila/static/voila.js"
    with served(workplace, "make", "app", f"BIN={bin_}", f"APP={options}", ready=address):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="package")
def outside() -> list[str]:
    """What pages asked of anyone but their own server."""
    return []


@pytest.fixture(scope="package")
def page(browser: Any, outside: list[str]) -> Iterator[Any]:
    """A page for which there is no network but this machine."""
    context = browser.new_context(viewport={"width": 1500, "height": 1300})

    def local_only(route: Any) -> None:
        if re.match(r"(http|ws)://127\.0\.0\.1[:/]", route.request.url):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route(re.compile("^(http|ws)"), local_only)
    yield context.new_page()
    context.close()
