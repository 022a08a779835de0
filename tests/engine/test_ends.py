"""What a cell has written and shown is kept however its process ends, and known before it does."""

import io
import logging
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from atopic.engine.cell_outputs import Outputs
from atopic.engine.written import Lines, Written
from tests.engine.test_warm_engine import write

SAID = """
import ctypes, os, sys, subprocess
from IPython.display import display
print("said", end="")
display("shown", display_id="d")
os.write(1, b"past Python, ")
subprocess.run(["echo", "by a program"])
print("warned", file=sys.stderr)
ctypes.CDLL(None).write(2, b"by C\\n", 5)
display("shown again", display_id="d")
"""
#: Ways to end, with what is told of them.
ENDS = {
    "os._exit(3)": "exit code 3",
    "os._exit(0)": "exit code 0",
    "os.kill(os.getpid(), 9)": "SIGKILL",
    "ctypes.string_at(0)": "SIGSEGV",
    "os.abort()": "SIGABRT",
    "import time; time.sleep(600)": "timed out",
}


@pytest.mark.parametrize("end", ENDS)
def test_what_a_cell_has_said_is_kept_however_it_ends(tmp_path: Path, end: str) -> None:
    path = write(tmp_path / "ends.ipynb", ["'before'", f"{SAID}\n{end}", "'lost'"])
    out, log = tmp_path / "out.ipynb", io.StringIO()
    with pytest.raises((DeadKernelError, CellTimeoutError), match=ENDS[end]):
        papermill.execute_notebook(
            path, out, engine_name="atopic", progress_bar=False, stdout_file=log,
            execution_timeout=2 if "sleep" in end else None,
        )  # fmt: skip
    _, cell, after = nbformat.read(out, as_version=4).cells
    outputs = [one.get("text") or one.get("data", {}).get("text/plain") for one in cell.outputs]
    texts = "".join(one for one in outputs if one)
    assert "said" in texts
    assert "past Python, by a program\n" in texts
    assert "warned\nby C\n" in texts
    assert outputs.count("'shown again'") == 2
    assert ENDS[end] in cell.outputs[-1].evalue
    assert "past Python, by a program\n" in log.getvalue()
    assert cell.metadata.papermill.status == "failed"
    assert (after.execution_count, after.metadata.papermill.status) == (None, "pending")


def test_text_comes_while_the_cell_runs(tmp_path: Path, caplog: Any) -> None:
    code = (
        "import os, time, subprocess\nprint('first')\nos.write(1, b'second\\n')\n"
        "subprocess.run(['sh', '-c', 'echo third'])\nprint('fourth', end='')\n"
        "while not os.path.exists('go'):\n    time.sleep(0.05)\nprint('last')"
    )
    path = write(tmp_path / "slow.ipynb", [code])
    out = tmp_path / "out.ipynb"
    seen = []

    class Log(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    def run() -> None:
        papermill.execute_notebook(
            path, out, engine_name="atopic", progress_bar=False, log_output=True,
            autosave_cell_every=0.01, cwd=tmp_path,
        )  # fmt: skip

    handler = Log()
    logging.getLogger("papermill").addHandler(handler)
    with caplog.at_level("INFO", logger="papermill"):
        thread = threading.Thread(target=run)
        thread.start()
        try:
            end = time.monotonic() + 60
            while "fourth" not in "".join(seen) or "third" not in saved(out):
                assert time.monotonic() < end, (seen, saved(out))
                time.sleep(0.05)
            assert "last" not in "".join(seen)
        finally:
            (tmp_path / "go").touch()
            thread.join()
            logging.getLogger("papermill").removeHandler(handler)
    said = [one for one in seen if one.startswith(("first", "second", "third", "fourth", "last"))]
    assert "".join(said) == "first\nsecond\nthird\nfourthlast\n"
    assert nbformat.read(out, 4).cells[0].outputs[0].text == "first\nsecond\nthird\nfourthlast\n"


def saved(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def test_a_program_that_empties_the_stream_takes_nothing_along(tmp_path: Path) -> None:
    code = "import subprocess\nprint('one')\nsubprocess.run('echo two > /dev/stdout', shell=True)\n"
    path = write(tmp_path / "opens.ipynb", [f"{code}print('three')"])
    notebook = papermill.execute_notebook(path, None, engine_name="atopic", progress_bar=False)
    assert notebook.cells[0].outputs[0].text == "one\ntwo\nthree\n"


@given(st.lists(st.binary(max_size=5)))
def test_what_is_written_is_read_once_and_whole(parts: list[bytes]) -> None:
    import tempfile

    with tempfile.TemporaryFile() as file:
        written, text = Written(file.fileno()), ""
        for part in parts:
            file.write(part)
            file.flush()
            text += written.read()
    assert text == _decoded(b"".join(parts), text)


def _decoded(content: bytes, text: str) -> str:
    whole = content.decode("utf-8", "replace")
    return text if whole.startswith(text) and len(whole) - len(text) <= 1 else whole


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text("a\n", max_size=4))))
def test_lines_are_whole_and_all_there(parts: list[tuple[str, str]]) -> None:
    lines = Lines()
    said = {"stdout": "", "stderr": ""}
    for name, text in parts:
        whole = lines.take(name, text)
        assert not whole or whole.endswith("\n")
        said[name] += whole
    for name, rest in lines.rest():
        said[name] += rest
    assert said == {name: "".join(t for n, t in parts if n == name) for name in said}


def test_text_that_arrives_after_a_cell_is_the_cell_s() -> None:
    outputs = Outputs()
    cell = outputs.begin()
    outputs.hear("text", "stdout", "a")
    outputs.settle()
    outputs.hear("text", "stdout", "b")
    outputs.settle()
    assert [one.text for one in cell] == ["ab"]


def test_the_time_of_outputs_does_not_grow_with_their_square() -> None:
    outputs = Outputs()
    start = time.monotonic()
    shown = outputs.begin()
    for number in range(20_000):
        outputs.hear("text", "stdout", f"{number}\n")
        outputs.hear("text", "stderr", f"{number}\n")
        outputs.hear("output", display(number), "name", False)
    outputs.settle()
    said, warned, *displays = shown
    assert said.text == warned.text == "".join(f"{number}\n" for number in range(20_000))
    assert {one.data["text/plain"] for one in displays} == {"19999"}  # as the last of this name
    outputs.begin()
    outputs.hear("output", display(0), "name", True)
    outputs.settle()
    assert {one.data["text/plain"] for one in displays} == {"0"}
    assert time.monotonic() - start < 60  # by the square: many minutes


def display(number: int) -> dict[str, Any]:
    data = {"text/plain": str(number)}
    return {"output_type": "display_data", "data": data, "metadata": {}}
