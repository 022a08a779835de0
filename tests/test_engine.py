"""The warm engine: what a kernel would give, from processes that share nothing."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.engines import papermill_engines

from atopic.reporting.capture import _merged
from atopic.reporting.engine import WarmEngine
from atopic.reporting.forks import Zygote, imported_names
from tests.conftest import REPOSITORY

papermill_engines.register("atopic", WarmEngine)

#: Cells that show what a kernel and its client do with outputs; each is run by both.
CELLS = {
    "text": "print('out')\nimport sys\nprint('err', file=sys.stderr)\nprint('out again')",
    "a result": "1 + 1",
    "a frame": "import pandas as pd\nframe = pd.DataFrame({'a': [0.1], 'b': ['x']})\nframe",
    "a series": "frame['a']",
    "nothing": "_ = 3; None",
    "an underscore": "_",
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "a figure left open": "fig, ax = plt.subplots()\nax.plot([2, 1]);",
    "an inline magic": "%matplotlib inline\nplt.plot([1]);",
    "displays": "from IPython.display import display, HTML, SVG, Markdown, Image, Math, JSON\n"
    "display(HTML('<b>x</b>'), SVG('<svg/>'), Markdown('*x*'), Math('x^2'), JSON({'a': (1, 2)}))\n"
    "display({'text/plain': 'raw'}, metadata={'atopic': {'rows': (1, 2)}}, raw=True)",
    "an updated display": "handle = display('before', display_id='one')\nhandle.update('after')",
    "bytes": "display({'image/png': b'abc'}, raw=True)",
    "cleared": "from IPython.display import clear_output\nprint('a')\nclear_output()\nprint('b')",
    "cleared in time": "print('a')\nclear_output(wait=True)\nprint('b')",
    "a bar": "print('10 %\\r20 %\\rdone')",
    "a shell command": "!echo shelled",
    "a shell value": "files = !echo one; echo two\nfiles",
    "bash": "%%bash\necho bashed",
    "a line magic": "%pwd\nNone",
    "help": "len?",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "waiting": "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "an error": "def f():\n    1 / 0\nf()",
    "a chain": "try:\n    {}['x']\nexcept KeyError as e:\n    raise ValueError('a\\nb') from e",
    "syntax": "def :",
    "a library's error": "frame['none']",
    "an unknown magic": "%nonsense",
    "a question": "input('name? ')",
    "a password": "import getpass\ngetpass.getpass()",
    "main": "class C: pass\nC.__module__, __name__, type(get_ipython()).__name__[:3]",
    "pickled": "import pickle\npickle.loads(pickle.dumps(C())).__class__ is C",
    "the folder": "from pathlib import Path\nPath.cwd().name, sys.path[0]",
    "a long frame": "pd.DataFrame({'a': range(100)})",
    "exit": "import builtins\nprint(__builtins__ is builtins)",
}  # fmt: skip


def write(path: Path, cells: list[str], *, go_on: bool = False) -> Path:
    content = nbformat.v4.new_notebook()
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    content.metadata["kernelspec"] = kernel
    content.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    for cell in content.cells if go_on else ():
        cell.metadata["tags"] = ["raises-exception"]
    nbformat.write(content, path)
    return path


def ran(path: Path, engine: str, **parameters: object) -> Any:
    """Run a notebook and return it, whatever became of it."""
    out = path.with_suffix(f".{engine}.ipynb")
    options: dict[str, Any] = {} if engine == "atopic" else {"coalesce_streams": True}
    with contextlib.suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            path, out, parameters, engine_name=engine, kernel_name="python3", progress_bar=False,
            cwd=path.parent, **options,
        )  # fmt: skip
    return nbformat.read(out, as_version=4)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Any]]:
    folder = tmp_path_factory.mktemp("both")
    path = write(folder / "cells.ipynb", list(CELLS.values()), go_on=True)
    pairs = [ran(path, engine).cells for engine in ("atopic", "nbclient")]
    code = [[cell for cell in cells if cell.cell_type == "code"] for cells in pairs]
    return dict(zip(CELLS, zip(*code, strict=True), strict=True))


def comparable(cell: Any) -> str:
    text = json.dumps([cell.execution_count, cell.outputs], sort_keys=True, indent=1)
    text = re.sub(r"ipykernel_\d+/\d+\.py", "ipykernel_N/N.py", text)
    return re.sub(r"\\u001b\[[\d;]*m", "", text)


@pytest.mark.parametrize("what", CELLS)
def test_a_cell_gives_what_it_gives_in_a_kernel(
    what: str, both: dict[str, tuple[Any, Any]]
) -> None:
    warm, kernel = both[what]
    if what in ("a question", "a password"):  # refused in other words of another file
        for cell in both[what]:
            del cell.outputs[0]["traceback"]
    assert comparable(warm) == comparable(kernel)


def test_what_is_written_past_python_is_an_output_in_its_place(tmp_path: Path) -> None:
    code = "import os\nprint('a')\nos.write(1, b'b\\n')\nos.system('echo c')\nprint('d')"
    path = write(tmp_path / "past.ipynb", [code])
    assert ran(path, "atopic").cells[0].outputs[0].text == "a\nb\nc\nd\n"


@given(st.text("a\r\n"))
def test_what_is_written_over_goes_as_by_nbclient(text: str) -> None:
    (stream,) = _merged([{"output_type": "stream", "name": "stdout", "text": text}])
    assert stream["text"] == re.sub(r".*\r(?=[^\n])", "", text)


def test_a_long_line_takes_no_longer_than_many_short_ones() -> None:
    text = "x" * 3_000_000  # by nbclient's pattern it takes an hour
    (stream,) = _merged([{"output_type": "stream", "name": "stdout", "text": text}])
    assert stream["text"] == text


def test_a_run_ends_where_a_kernel_s_would(tmp_path: Path) -> None:
    cells = ["import sys", "  ", "sys.exit(0)", "print('lost')"]
    path = write(tmp_path / "exits.ipynb", cells)
    warm, kernel = (ran(path, engine).cells for engine in ("atopic", "nbclient"))
    assert [cell.execution_count for cell in warm] == [1, None, 2, None]
    assert [comparable(cell) for cell in warm] == [comparable(cell) for cell in kernel]


LEAK = """
import os, sys, types, random, builtins, warnings
import matplotlib, numpy, pandas, atopic
matplotlib.rcParams["font.size"] = 99
pandas.set_option("display.precision", 1)
numpy.set_printoptions(precision=1)
sys.modules["leaked"] = types.ModuleType("leaked")
os.environ["LEAKED"] = "1"
os.chdir("/")
atopic.leaked = atopic.paths.leaked = builtins.leaked = 1
random.seed(1); numpy.random.seed(1)
warnings.simplefilter("error")
sys.path.append("/leaked")
left = 1
"""
LOOK = """
import os, sys, random, builtins, warnings
import matplotlib, numpy, pandas, atopic, atopic.paths
print(matplotlib.rcParams["font.size"], pandas.get_option("display.precision"))
print(numpy.get_printoptions()["precision"], "leaked" in sys.modules, "LEAKED" in os.environ)
print(os.getcwd() == "/", hasattr(atopic, "leaked"), hasattr(atopic.paths, "leaked"))
print(hasattr(builtins, "leaked"), "left" in globals(), "/leaked" in sys.path)
print(random.random(), numpy.random.random(), warnings.filters[0][0])
"""


def test_nothing_of_one_notebook_reaches_the_next(tmp_path: Path) -> None:
    look, leak = write(tmp_path / "look.ipynb", [LOOK]), write(tmp_path / "leak.ipynb", [LEAK])
    before = ran(look, "atopic").cells[0].outputs[0].text
    assert "99" not in before
    ran(leak, "atopic")
    assert ran(look, "atopic").cells[0].outputs[0].text == before


def test_random_numbers_are_those_of_the_notebook_and_its_parameters(tmp_path: Path) -> None:
    code = "import random, numpy\nprint(random.random(), numpy.random.random())"
    path = write(tmp_path / "random.ipynb", [code])

    def drawn(**parameters: object) -> str:
        text: str = ran(path, "atopic", **parameters).cells[-1].outputs[0].text
        return text

    assert drawn(a=1) == drawn(a=1)
    assert drawn(a=1) != drawn(a=2)


def test_the_hash_seed_and_the_threads_are_fixed(tmp_path: Path) -> None:
    code = "import os\nprint(hash('atopic'), os.environ['OPENBLAS_NUM_THREADS'])"
    first, second = (write(tmp_path / f"{name}.ipynb", [code]) for name in "ab")
    texts = {ran(path, "atopic").cells[0].outputs[0].text for path in (first, second)}
    assert len(texts) == 1


def test_a_process_that_ends_is_told_with_its_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "dies.ipynb", ["1", "import os\nos._exit(3)"])
    with pytest.raises(RuntimeError, match="process ended in cell 1: exit code 3"):
        ran(path, "atopic")


def test_papermill_finds_the_engine_by_its_entry_point(tmp_path: Path) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["papermill.engine"]
    assert points == {"atopic": "atopic.reporting.engine:WarmEngine"}
    # As an installation would write it, should this one be older.
    info = tmp_path / "site" / "atopic_engine-0.dist-info"
    info.mkdir(parents=True)
    lines = ["[papermill.engine]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: atopic-engine\nVersion: 0\n")
    path = write(tmp_path / "small.ipynb", ["x = 1", "print(x + 1, type(get_ipython()))"])
    arguments = ["-m", "papermill", "--engine", "atopic", str(path), str(tmp_path / "out.ipynb")]
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *sys.path])}
    done = subprocess.run(
        [sys.executable, *arguments, "-p", "x", "2"], env=os.environ | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outputs = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs
    assert "ZMQLikeShell" in outputs[0].text


def test_other_kernels_are_ordinary_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("atopic.reporting.forks.can_fork", lambda: False)
    path = write(tmp_path / "small.ipynb", ["print(type(get_ipython()).__name__)"])
    assert ran(path, "atopic").cells[0].outputs[0].text == "ZMQInteractiveShell\n"
    assert "an ordinary kernel 'python3' is started" in caplog.text


@pytest.fixture
def zygote(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zygote]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), *sys.path]))
    made = Zygote(["json"])
    yield made
    made.close()


def ended(zygote: Zygote, call: Any) -> list[Any]:
    told: list[Any] = []
    while call.status is None or not told or told[-1] is not None:
        told += [words for who, words in zygote.wait(60) if who is call]
    return told


def test_the_warm_process_has_one_thread_and_has_drawn_a_page(zygote: Zygote) -> None:
    call = zygote.call("tests.test_engine:what_is_warm")
    (_, (threads, modules)), _ = ended(zygote, call)
    assert threads == 1
    assert {"matplotlib.backends.backend_svg", "nbconvert.exporters.html", "great_tables",
            "pygments.formatters.html", "mistune"} <= set(modules)  # fmt: skip


def what_is_warm(tell: Callable[..., None]) -> tuple[int, list[str]]:
    return len(list(Path("/proc/self/task").iterdir())), list(sys.modules)


def test_a_module_that_starts_a_thread_is_not_shared(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "threaded.py").write_text(
        "from threading import Timer\ntimer = Timer(60, print)\ntimer.daemon = True\ntimer.start()"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(REPOSITORY), *sys.path]))
    made = Zygote(["threaded"])
    try:
        call = made.call("tests.test_engine:what_is_warm")
        (_, (threads, modules)), _ = ended(made, call)
    finally:
        made.close()
    assert threads == 1
    assert "threaded" not in modules


def test_what_a_child_leaves_behind_ends_with_it(zygote: Zygote) -> None:
    call = zygote.call("tests.test_engine:leaves_a_process")
    (_, pid), _ = ended(zygote, call)
    end = time.monotonic() + 5
    while is_running(pid):  # it has been killed, and may take a moment to die
        assert time.monotonic() < end


def leaves_a_process(tell: Callable[..., None]) -> int:
    return subprocess.Popen(["sleep", "60"]).pid


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_an_answer_of_many_bytes_arrives_whole(zygote: Zygote) -> None:
    call = zygote.call("tests.test_engine:many_bytes", b"x" * 3_000_000)
    (_, length), _ = ended(zygote, call)
    assert len(length) == 6_000_000


def many_bytes(content: bytes, tell: Callable[..., None]) -> bytes:
    return content * 2


def test_imports_are_found_in_code_that_runs() -> None:
    assert imported_names(["%x\nimport a", "def :", "from .b import c", "import d.e as f"]) == [
        "d.e"
    ]
