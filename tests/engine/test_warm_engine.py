"""The warm engine: what a kernel would give, from processes that share nothing."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import papermill_engines

from atopic.engine.cell_outputs import _merged
from atopic.engine.warm_client import WarmProcess, wait_for
from atopic.reporting.run.papermill_entry_point import AtopicEngine
from atopic.reporting.run.warm_up import WARM_UP
from tests.conftest import REPOSITORY

papermill_engines.register("atopic", AtopicEngine)

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
    "a bar": "print('10%\\r20%\\rdone')",
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
    "a wide frame": "pd.DataFrame([range(30)])",
    "a wide frame as text": "print(pd.DataFrame([range(10**6, 10**6 + 30)]))",
    "what libraries look for": "ip = get_ipython()\n"
    "hasattr(ip, 'kernel'), 'IPKernelApp' in ip.config, pd.get_option('display.max_columns')",
    "a breakpoint": "breakpoint()\n'went on'",
    "no streams": "import os\nkept = os.dup(1), os.dup(2)\nos.close(1)\nos.close(2)\nprint('x')",
    "the streams again": "os.dup2(kept[0], 1)\nos.dup2(kept[1], 2)\nprint('y')",
    "exit": "import builtins\nprint(__builtins__ is builtins)",
    "an earlier display updated": "handle.update('much later')",
    "a loop that runs": "asyncio.get_running_loop().is_running()",
    "a task": "task = asyncio.create_task(asyncio.sleep(0.01, 'slept'))",
    "a task of another cell": "await task",
    "tasks": "async def numbers():\n    for i in range(2):\n        yield i\n"
    "async for i in numbers():\n    print(i)\n"
    "await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))",
    "a forked process": "import os\nif not (pid := os.fork()):\n    print('child', flush=True)\n"
    "    os._exit(0)\nprint('parent', os.waitpid(pid, 0)[1])",
    "a pool": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
    "    print(pool.map(abs, [-1, -2]))",
    "a thread": "import threading\nthread = threading.Thread(target=print, args=('threaded',))\n"
    "thread.start()\nthread.join()",
    "no representation": "class D:\n    def __repr__(self):\n        raise ValueError('no')\nD()",
    "a measured cell": "%%capture measured\n%time 1",
    "what it measured": "measured.stdout.split()[0]",
    "reloading": "%load_ext autoreload\n%autoreload 2",
    "the context": "import contextvars, decimal\nimport numpy as np\n"
    "v = contextvars.ContextVar('v', default=0)\nv.set(1)\nnp.set_printoptions(precision=2)\n"
    "decimal.getcontext().prec = 5\nprinting = np.printoptions(suppress=True)\n"
    "_ = printing.__enter__()",
    "the context in the next cell": "v.get(), np.array([1 / 3, 1e-9]), decimal.Decimal(1) / 3",
    "a context left in a later cell": "printing.__exit__(None, None, None)\nnp.array([1e-9])",
    "a context set while waiting": "v.set(2)\nawait asyncio.sleep(0)\nv.get()",
    "a context after that": "v.get()",
    "a context set by magics": "%timeit -n1 -r1 -q v.set(3)\n%precision 3\nv.get(), 1 / 3",
    "a context set by a file": "_ = open('sets.py', 'w').write('v.set(4)')\n"
    "%run -i sets.py\nv.get()",
    "a context set while shown": "class S:\n    def _repr_html_(self):\n        v.set(9)\n"
    "    def __repr__(self):\n        return 'S'\nS()",
    "a context set by a hook": "v.get()\nhook = lambda *_: v.set(v.get() + 1) and None\n"
    "get_ipython().events.register('post_run_cell', hook)",
    "what the hook has set": "get_ipython().events.unregister('post_run_cell', hook)\nv.get()",
    "a context set before an error": "v.set(20)\n1 / 0",
    "a context of tasks and threads": "task = asyncio.create_task(asyncio.sleep(0, v.get()))\n"
    "asyncio.get_running_loop().call_soon(v.set, 30)\n"
    "thread = threading.Thread(target=lambda: print(v.get(-1)))\nthread.start()\nthread.join()",
    "a context after them": "v.get(), await task",
    "one name shown again": "display('first', display_id='two')\ndisplay('x', display_id='two')",
    "a name shown again later": "display('second', display_id='two')",
    "a display that was cleared": "display('gone', display_id='three')\nclear_output()",
    "a cleared display shown again": "display('back', display_id='three')",
    "saving": "%autosave 60\n%autosave 0",
    "magics of windows": "%gui\n%gui asyncio\n%matplotlib notebook\n%matplotlib agg\n"
    "%matplotlib inline\n%matplotlib --list",
    "an unknown window": "%gui nonsense",
    "settings of figures": "%config InlineBackend.rc = {}\n"
    "%config InlineBackend.close_figures = True\n%config InlineBackend.print_figure_kwargs",
    "pages": "%less sets.py\n%more sets.py\n%edit sets.py\n%ed sets.py\n%clear\n%man ls",
    "scripts of browsers": "%%javascript\nalert(1)",
    "pages of others": "%%html\n<b>x</b>",
    "an exit that keeps the kernel": "exit(3)\nquit(keep_kernel=True)",
    "after it": "get_ipython().exit_now",
    "a figure as SVG": "os.environ['SOURCE_DATE_EPOCH'] = '0'\nplt.rcParams['svg.hashsalt'] = 'x'\n"
    "%config InlineBackend.figure_formats = ['svg']\nplt.plot([1, 2]);",
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


def test_an_error_while_a_result_is_shown_ends_the_run(tmp_path: Path) -> None:
    path = write(tmp_path / "shown.ipynb", [CELLS["no representation"], "print('lost')"])
    warm, kernel = (
        [cell for cell in ran(path, engine).cells if cell.cell_type == "code"]
        for engine in ("atopic", "nbclient")
    )
    assert [comparable(cell) for cell in warm] == [comparable(cell) for cell in kernel]
    assert [cell.execution_count for cell in warm] == [1, None]


def test_a_cell_that_quits_ends_the_run(tmp_path: Path) -> None:
    path = write(tmp_path / "quits.ipynb", ["print('all')", "quit()\nprint('so far')", "'lost'"])
    with pytest.raises(DeadKernelError, match=r"by exit\(\) or quit\(\) in cell 1, In \[2\]"):
        ran(path, "atopic")
    cells = nbformat.read(path.with_suffix(".atopic.ipynb"), as_version=4).cells
    assert [cell.execution_count for cell in cells] == [1, 2, None]
    text, error = cells[1].outputs
    assert (text.text, error.ename) == ("so far\n", "DeadKernelError")
    last = write(tmp_path / "last.ipynb", ["print('all')", "quit()", "", "  "])
    assert [cell.execution_count for cell in ran(last, "atopic").cells] == [1, 2, None, None]


def test_half_a_character_is_written_out(tmp_path: Path) -> None:
    path = write(tmp_path / "half.ipynb", ["print('a\\ud800b')", "'a\\ud800b'", "'naïve 😀'"])
    printed, shown, whole = (cell.outputs[0] for cell in ran(path, "atopic").cells)
    assert printed.text == "a\\ud800b\n"
    assert shown.data["text/plain"] == "'a\\ud800b'"
    assert whole.data["text/plain"] == "'naïve 😀'"


def test_threads_that_print_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    code = (
        "import os, threading\ndef say(name):\n    for n in range(200):\n"
        "        print(f'<{name} {n}>')\n        os.write(1, f'[{name} {n}]\\n'.encode())\n"
        "threads = [threading.Thread(target=say, args=(name,)) for name in 'abcd']\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()"
    )
    (output,) = ran(write(tmp_path / "threads.ipynb", [code]), "atopic").cells[0].outputs
    said = re.findall(r"[<\[]\w \d+[>\]]", output.text)
    assert len(said) == len(set(said)) == 1600


def test_much_is_printed_in_little_time(tmp_path: Path) -> None:
    path = write(tmp_path / "much.ipynb", ["for n in range(100_000):\n    print('x' * 100)"])
    start = time.monotonic()
    (output,) = ran(path, "atopic").cells[0].outputs
    assert len(output.text) == 10_100_000
    assert time.monotonic() - start < 30


def test_what_is_written_past_python_is_an_output_in_its_place(tmp_path: Path) -> None:
    code = "import os\nprint('a')\nos.write(1, b'b\\n')\nos.system('echo c')\nprint('d')"
    path = write(tmp_path / "past.ipynb", [code])
    assert ran(path, "atopic").cells[0].outputs[0].text == "a\nb\nc\nd\n"


AWAY = """
kept, file = os.dup(1), os.open("away.txt", os.O_RDWR | os.O_CREAT)
os.dup2(file, 1)
os.system("echo away")
print("python")
os.dup2(kept, 1)
os.write(1, b"back\\n")
"""


def test_a_stream_that_a_cell_leads_elsewhere_for_a_while_is_read_once(tmp_path: Path) -> None:
    cells = ["import os\nos.write(1, b'past\\n');", AWAY + AWAY, "print(open('away.txt').read())"]
    path = write(tmp_path / "away.ipynb", cells)
    before, away, after = (cell.outputs[0].text for cell in ran(path, "atopic").cells)
    assert (before, away) == ("past\n", "python\nback\n" * 2)
    assert after == "away\n\n"


def test_an_endless_recursion_is_told_of_soon(tmp_path: Path) -> None:
    path = write(tmp_path / "endless.ipynb", ["def f():\n    f()\nf()"])
    start = time.monotonic()
    (output,) = ran(path, "atopic").cells[-1].outputs
    assert output.ename == "RecursionError"
    assert time.monotonic() - start < 15


@given(st.text("a\r\n"))
def test_what_is_written_over_goes_as_by_nbclient(text: str) -> None:
    assert written(text) == re.sub(r".*\r(?=[^\n])", "", text)


def test_a_line_may_be_of_any_length() -> None:
    assert written("x" * 3_000_000) == "x" * 3_000_000  # by nbclient's pattern it takes an hour


def written(text: str) -> str:
    stream = nbformat.from_dict({"output_type": "stream", "name": "stdout", "text": [text]})
    return str(_merged([stream])[0].text)


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


def test_the_user_s_world_is_left_alone_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = (
        "import os, sys, time, locale\nnames = ('TZ', 'OMP_NUM_THREADS', 'TQDM_DISABLE', 'LC_ALL',"
        " 'MPL_IGNORE_SYSTEM_FONTS', 'PYTHONHASHSEED', 'SOURCE_DATE_EPOCH', 'MINE', 'PAGER',\n"
        " 'MPLCONFIGDIR', 'NO_COLOR')\n"
        "print([os.environ.get(name) for name in names], time.tzname, hash('a'))\n"
        "import matplotlib.font_manager as fonts\nprint(len(fonts.fontManager.ttflist))"
    )
    mine = {"TZ": "Asia/Seoul", "OMP_NUM_THREADS": "2", "MINE": "1", "PYTHONHASHSEED": "7"}
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    path = write(tmp_path / "world.ipynb", [look])
    warm, kernel = (ran(path, engine).cells[0].outputs[0].text for engine in ("atopic", "nbclient"))
    assert warm == kernel
    assert "Asia/Seoul" in warm
    monkeypatch.setenv("ATOPIC_SAME", "1")
    assert "['UTC', '1', '1', 'C.UTF-8'" in ran(path, "atopic").cells[0].outputs[0].text
    monkeypatch.undo()
    time.tzset()


def test_the_hash_seed_and_the_threads_are_fixed_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATOPIC_SAME", "1")
    code = "import os\nprint(hash('atopic'), os.environ['OPENBLAS_NUM_THREADS'])"
    first, second = (write(tmp_path / f"{name}.ipynb", [code]) for name in "ab")
    texts = {ran(path, "atopic").cells[0].outputs[0].text for path in (first, second)}
    assert len(texts) == 1


def test_a_process_that_ends_is_told_with_its_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "dies.ipynb", ["1", "import os\nos._exit(3)"])
    with pytest.raises(RuntimeError, match="process ended in cell 1: exit code 3"):
        ran(path, "atopic")


def test_a_cell_that_takes_longer_than_it_may_is_ended(tmp_path: Path) -> None:
    path = write(tmp_path / "late.ipynb", ["print('so far')", "import time\ntime.sleep(600)"])
    out = tmp_path / "out.ipynb"
    with pytest.raises(CellTimeoutError, match=r"after 1 seconds(.|\n)*time\.sleep"):
        papermill.execute_notebook(
            path, out, engine_name="atopic", progress_bar=False, execution_timeout=1
        )
    assert nbformat.read(out, as_version=4).cells[0].outputs[0].text == "so far\n"


def test_output_is_logged_where_papermill_is_told_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cells = ["import sys\nprint('said')\nprint('careful', file=sys.stderr)", "40 + 2"]
    path = write(tmp_path / "says.ipynb", cells)
    logged = []
    for engine in ("atopic", "nbclient"):
        files = io.StringIO(), io.StringIO()
        caplog.clear()
        with caplog.at_level("INFO", logger="papermill"):
            papermill.execute_notebook(
                path, None, engine_name=engine, progress_bar=False, log_output=True,
                stdout_file=files[0], stderr_file=files[1],
            )  # fmt: skip
        said = {one.message for one in caplog.records if "Executing notebook" not in one.message}
        logged.append((said, *(file.getvalue() for file in files)))
    assert logged[0] == logged[1]
    assert {"said\n", "careful\n", "42"} <= logged[0][0]
    assert logged[0][1:] == ("said\n", "careful\n")


def test_threads_that_run_notebooks_get_each_their_own(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"n{n}.ipynb", [f"print({n})"]) for n in range(4)]

    def run(path: Path) -> str:
        notebook = papermill.execute_notebook(
            path, None, engine_name="atopic", progress_bar=False, kernel_name="python3"
        )
        text: str = notebook.cells[0].outputs[0].text
        return text

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, paths)) == ["0\n", "1\n", "2\n", "3\n"]


def test_papermill_finds_the_engine_by_its_entry_point(tmp_path: Path) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["papermill.engine"]
    assert points == {"atopic": "atopic.reporting.run.papermill_entry_point:AtopicEngine"}
    # As an installation would write it, should this one be older.
    info = tmp_path / "site" / "atopic_engine-0.dist-info"
    info.mkdir(parents=True)
    lines = ["[papermill.engine]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: atopic-engine\nVersion: 0\n")
    path = write(tmp_path / "small.ipynb", ["x = 1", "print(x + 1, get_ipython().kernel)"])
    arguments = ["-m", "papermill", "--engine", "atopic", str(path), str(tmp_path / "out.ipynb")]
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *sys.path])}
    done = subprocess.run(
        [sys.executable, *arguments, "-p", "x", "2"], env=os.environ | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outputs = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs
    assert outputs[0].text == "2 None\n"


def test_other_kernels_are_ordinary_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("atopic.engine.warm_client.can_fork", lambda: False)
    path = write(tmp_path / "small.ipynb", ["print(type(get_ipython()).__name__)"])
    assert ran(path, "atopic").cells[0].outputs[0].text == "ZMQInteractiveShell\n"
    assert "an ordinary kernel 'python3' is started" in caplog.text


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmProcess]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), *sys.path]))
    made = WarmProcess(["json"], WARM_UP)
    yield made
    made.close()


def ended(warm: WarmProcess, call: Any) -> list[Any]:
    told: list[Any] = []
    while call.status is None or not told or told[-1] is not None:
        told += [words for who, words in wait_for((warm,), 60) if who is call]
    return told


def test_the_warm_process_has_one_thread_and_has_drawn_a_page(warm: WarmProcess) -> None:
    call = warm.call("tests.engine.test_warm_engine:what_is_warm")
    (_, (threads, modules)), _ = ended(warm, call)
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
    made = WarmProcess(["threaded"], WARM_UP)
    try:
        call = made.call("tests.engine.test_warm_engine:what_is_warm")
        (_, (threads, modules)), _ = ended(made, call)
    finally:
        made.close()
    assert threads == 1
    assert "threaded" not in modules


def test_what_a_child_leaves_behind_ends_with_it(warm: WarmProcess) -> None:
    call = warm.call("tests.engine.test_warm_engine:leaves_a_process")
    (_, pid), _ = ended(warm, call)
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


def test_what_the_process_is_prepared_with_every_later_child_has(warm: WarmProcess) -> None:
    warm.prepare("tests.engine.test_warm_engine:no_such_function")
    warm.prepare("tests.engine.test_warm_engine:remember", "x" * 3_000_000)
    for _ in range(2):
        (_, length), _ = ended(warm, warm.call("tests.engine.test_warm_engine:what_is_remembered"))
        assert length == 3_000_000
    assert not REMEMBERED


REMEMBERED: list[str] = []


def remember(text: str) -> None:
    REMEMBERED.append(text)


def what_is_remembered(tell: Callable[..., None]) -> int:
    return len(REMEMBERED.pop())


def test_an_answer_of_many_bytes_arrives_whole(warm: WarmProcess) -> None:
    call = warm.call("tests.engine.test_warm_engine:many_bytes", b"x" * 3_000_000)
    (_, length), _ = ended(warm, call)
    assert len(length) == 6_000_000


def many_bytes(content: bytes, tell: Callable[..., None]) -> bytes:
    return content * 2


def test_the_engine_names_nothing_of_atopic_but_itself_and_the_errors() -> None:
    # The linter sees imports; this sees names in strings, too.
    named = {
        (path.name, found)
        for path in (REPOSITORY / "src" / "atopic" / "engine").glob("*.py")
        for found in re.findall(r"\batopic\.(\w+)|\bimport atopic\b", path.read_text("utf-8"))
        if found not in ("engine", "errors")
    }
    assert not named
