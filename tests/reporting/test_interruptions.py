"""When a request to end is heard, and what it may not break."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from atopic.reporting.interruptions import between_imports, uninterrupted
from tests.conftest import REPOSITORY

SLOW = """import time
until = time.monotonic() + {seconds}
while time.monotonic() < until:
    time.sleep(0.01)
whole = True
"""


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = "slow_to_import"
    (tmp_path / f"{name}.py").write_text(SLOW.format(seconds=0.6))
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    sys.modules.pop(name, None)


def ask(number: int, *seconds: float) -> None:
    for after in seconds:
        threading.Timer(after, os.kill, [os.getpid(), number]).start()


@pytest.mark.parametrize("times", [(0.1,), (0.1, 0.2, 0.3)])
def test_an_import_is_whole_before_a_request_to_end_is_heard(
    slow: str, times: tuple[float, ...]
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    start = time.monotonic()

    def run() -> None:
        with between_imports():
            ask(signal.SIGINT, *times)
            __import__(slow)
            time.sleep(30)  # not one moment of this

    with pytest.raises(KeyboardInterrupt):
        run()
    assert sys.modules[slow].whole
    assert time.monotonic() - start < 20
    assert signal.getsignal(signal.SIGINT) == handler


def test_what_waits_hears_it_though_it_came_amid_an_import(slow: str) -> None:
    nobody = threading.Lock()
    nobody.acquire()
    start = time.monotonic()

    def run() -> None:
        with between_imports():
            ask(signal.SIGINT, 0.1)
            __import__(slow)
            nobody.acquire(timeout=30)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert time.monotonic() - start < 20


def test_a_build_begun_by_a_module_that_is_imported_can_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "begins_a_build.py").write_text(
        "import time\nfrom atopic.reporting.interruptions import between_imports\n"
        "with between_imports():\n    time.sleep(30)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    ask(signal.SIGINT, 0.2)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        __import__("begins_a_build")
    assert time.monotonic() - start < 20


def test_what_may_not_be_interrupted_is_done_first(slow: str) -> None:
    done = []

    def run() -> None:
        with between_imports(), uninterrupted():
            ask(signal.SIGINT, 0.1)
            __import__(slow)
            time.sleep(0.2)
            done.append("all")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert done == ["all"]


def test_other_threads_have_no_say() -> None:
    found = []

    def run() -> None:
        with between_imports(), uninterrupted():
            found.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]


#: Two threads that import the same, one of which is asked to end at some moment.
TWO = """import importlib, signal, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from atopic.reporting.interruptions import between_imports, uninterrupted
signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
names = [f"part_{one}" for one in range(150)]

def bring(names):
    for name in names:
        importlib.import_module(name)

with between_imports():
    helper = ThreadPoolExecutor(1)
    found = helper.submit(bring, names[::-1])
    try:
        print("begun", flush=True)
        bring(names)
        time.sleep(60)
    finally:
        with uninterrupted():
            found.result()
            print("whole", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_no_moment_of_an_import_holds_up_another_thread(tmp_path: Path, number: int) -> None:
    for one in range(150):
        path = tmp_path / f"part_{one}.py"
        path.write_text(f"import part_{one + 1}\n" if one % 10 < 9 else "x = list(range(9_999))\n")
    source = os.pathsep.join([str(tmp_path), str(REPOSITORY / "src")])
    for moment in range(25):
        with subprocess.Popen(
            [sys.executable, "-c", TWO], env=os.environ | {"PYTHONPATH": source},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        ) as going:  # fmt: skip
            assert going.stdout
            assert going.stdout.readline() == "begun\n"
            time.sleep(moment / 500)
            going.send_signal(number)
            words, _ = going.communicate(timeout=50)
        assert words == "whole\n", moment
        assert going.returncode == (128 + number if number == signal.SIGTERM else -number)
