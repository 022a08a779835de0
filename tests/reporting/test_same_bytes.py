"""Each thing that makes two builds differ: dealt with, or found by `atopic build --verify`."""

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest

from atopic.engine.environment import surroundings
from atopic.engine.warm_client import WarmProcess, wait_for
from atopic.paths import bundled
from atopic.reporting.build import Listener, Options, build, plan
from atopic.reporting.plan.manifest import Report
from atopic.reporting.run.warm_up import WARM_UP
from atopic.reporting.verify import verify
from tests.conftest import REPOSITORY

RUN = "from atopic.cli import main; main()"

#: Cells whose outputs differ from build to build, from user to user, or between the engines, unless
#: something is done about it.
SOURCES = {
    "SVG ids and dates": "import io, matplotlib.pyplot as plt\nfrom IPython.display import SVG\n"
    "figure = plt.figure()\nfigure.gca().fill_between([1, 2], [1, 2], hatch='/')\n"
    "buffer = io.StringIO()\nfigure.savefig(buffer, format='svg')\nplt.close(figure)\n"
    "SVG(buffer.getvalue())",
    "a figure": "plt.plot([1, 2])\nplt.title('Words')\nplt.show()",
    "settings of matplotlib": "import matplotlib as mpl\n"
    "print(mpl.rcParams['font.size'], mpl.rcParams['axes.facecolor'], mpl.get_backend())",
    "fonts": "import matplotlib.font_manager as fonts\n"
    "print(sorted({one.name for one in fonts.fontManager.ttflist}))\n"
    "print(fonts.findfont('No Such Font').rpartition('/')[2])",
    "temporary paths": "import tempfile\nwith tempfile.NamedTemporaryFile() as file:\n"
    "    print(tempfile.gettempdir(), file.name)\n"
    "print(tempfile.mkdtemp(), tempfile.mkdtemp() + '/x')",
    "folders": "import os, sys\nprint(os.getcwd(), os.path.expanduser('~'), sys.argv)",
    "hash seeds": "print(hash('a'))",
    "order of sets": "print({'b', 'a', 'cc', 'd'}, set('mnopq'))",
    "float formatting": "import locale, numpy as np\nlocale.setlocale(locale.LC_ALL, '')\n"
    "print(f'{1234.5:n}', np.float64(0.1) + 0.2, 1e16, locale.getlocale())",
    "thread counts": "print([os.environ[name] for name in "
    "('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS')])\n"
    "a = np.random.default_rng(1).random((300, 300))\nprint((a @ a @ a).sum().hex())",
    "random": "import random\nprint(random.random(), random.choice(range(100)))",
    "random of numpy": "print(np.random.random(), np.random.permutation(5))",
    "addresses": "[object(), plt.plot([1])[0]]",
    "a repr with an address": "print(object(), lambda: 1)",
    "ids of pandas": "import pandas as pd\n"
    "pd.DataFrame({'a': [1]}).style.highlight_max(axis=0)",
    "ids of great_tables": "from great_tables import GT\nGT(pd.DataFrame({'a': [1]}))",
    "ids of animations": "from matplotlib import animation\nfrom IPython.display import HTML\n"
    "figure, axes = plt.subplots()\n(line,) = axes.plot([1, 2])\nplt.close(figure)\n"
    "moving = animation.FuncAnimation(figure, lambda number: [line], frames=2)\n"
    "HTML(moving.to_jshtml())",
    "ids of charts": "import uuid\none = uuid.uuid4()\n"
    "HTML(f'<div id=\"{one}\"></div><a href=\"#{one}\">a</a> <p id=\"map_{one.hex}\">b</p>')",
    "progress bars": "import tqdm, time\n"
    "for _ in tqdm.tqdm(range(3)):\n    time.sleep(0.01)",
    "locale": "print(os.environ.get('LANG'), sys.getfilesystemencoding())\n!locale",
    "time zone": "print(time.tzname, time.localtime(0).tm_hour)\n!date -d @0 +%H",
    "the terminal": "print(shutil_size := __import__('shutil').get_terminal_size())\n"
    "print({name: os.environ.get(name) for name in ('TERM', 'NO_COLOR', 'FORCE_COLOR', 'PAGER')})",
    "width of frames": "frame = pd.DataFrame({letter * 9: [1.5] for letter in 'abcdefghijklmno'})\n"
    "print(frame)\nprint(pd.get_option('display.max_columns'))",
    "a wide frame": "pd.DataFrame([range(30)])",
    "warnings": "import warnings\nwarnings.warn('one')\nwarnings.warn('two', DeprecationWarning)\n"
    "print(sys.warnoptions)",
    "how Python runs": "print(__debug__, sys.flags.dev_mode, sys.flags.utf8_mode)",
    "startup files": "print('of_user' in globals(), sys.modules.get('mine'))",
    "tasks that go on": "import asyncio\nasync def tick():\n    for number in range(3):\n"
    "        await asyncio.sleep(0.01)\n        print('tick', number)\n        display(number)\n"
    "ticking = asyncio.create_task(tick())",
    "what they say in a later cell": "await ticking\nprint('done')",
    "widgets that hold outputs": "import ipywidgets\nheld = ipywidgets.Output()\n"
    "with held:\n    print('inside')\n    display('shown')\nheld",
    "widgets that call": "ipywidgets.interact(lambda size=3: print('size is', size));",
    "a traceback": "def f():\n    1 / 0\ntry:\n    f()\nexcept ZeroDivisionError:\n"
    "    import traceback\n    traceback.print_exc()",
}  # fmt: skip
#: What only --verify finds: the clock, and dice that nothing seeds.
FOUND = {
    "the clock": "import time\nprint(time.time_ns())",
    "execution times": "%time sum(range(10))",
    "uuid4": "import uuid\nprint(uuid.uuid4())",
    "default_rng": "import numpy as np\nprint(np.random.default_rng().random())",
    "a system's dice": "import random\nprint(random.SystemRandom().random())",
}


def write(folder: Path, cells: list[str], name: str = "sources") -> Path:
    content = nbformat.v4.new_notebook()
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    content.cells = [nbformat.v4.new_code_cell("size: int = 1", metadata={"tags": ["parameters"]})]
    content.cells += [nbformat.v4.new_code_cell(cell) for cell in [*cells, "size"]]
    path = folder / f"{name}.ipynb"
    nbformat.write(content, path)
    (folder / "reports.toml").write_text(
        f'[[report]]\nid = "r"\ntitle = "R"\nnotebook = "{path.name}"\n'
    )
    return path


def another_user(folder: Path) -> dict[str, str]:
    """Return variables of a user who has set everything that can be set."""
    home = folder / "home"
    startup = home / ".ipython" / "profile_default" / "startup"
    settings, cache = home / ".config" / "matplotlib", home / ".cache" / "matplotlib"
    for place in (startup, settings, cache):
        place.mkdir(parents=True)
    mine = "import sys, matplotlib as m\nm.rcParams['font.size'] = 30\n"
    mine += "sys.modules['mine'] = of_user = 1\n"
    (startup / "00-mine.py").write_text(mine)
    (folder / "startup.py").write_text(mine)
    for place in (settings, folder):
        (place / "matplotlibrc").write_text("axes.facecolor: red\nfont.family: Other Sans\n")
    # A list of fonts as matplotlib keeps it, of files that are gone.
    import matplotlib.font_manager as fonts

    entry = fonts.FontEntry("/gone/Other.ttf", 0, "DejaVu Sans")
    manager = fonts.FontManager.__new__(fonts.FontManager)
    manager.__dict__.update(fonts.fontManager.__dict__, ttflist=[entry], afmlist=[])
    fonts.json_dump(manager, cache / f"fontlist-v{fonts.FontManager.__version__}.json")
    kernels = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernels.mkdir(parents=True)
    kernel = {"argv": ["/none", "{connection_file}"], "display_name": "x", "language": "python"}
    (kernels / "kernel.json").write_text(json.dumps(kernel))
    return {
        "HOME": str(home), "USER": "other", "LC_ALL": "ko_KR.UTF-8", "LANG": "de_DE",
        "TZ": "Asia/Seoul", "COLUMNS": "40", "LINES": "7", "TERM": "dumb", "NO_COLOR": "1",
        "FORCE_COLOR": "3", "PAGER": "more", "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "7",
        "PYTHONOPTIMIZE": "1", "PYTHONDEVMODE": "", "PYTHONSTARTUP": str(folder / "startup.py"),
        "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "MPLBACKEND": "svg",
        "MATPLOTLIBRC": str(folder / "matplotlibrc"), "SOURCE_DATE_EPOCH": "5",
        "PANDAS_FUTURE_INFER_STRING": "0", "NPY_DISABLE_CPU_FEATURES": "",
    }  # fmt: skip


def outputs(page: Path) -> dict[str, str]:
    """Return what a page shows of each cell, by source."""
    parts = re.split(r'<div class="code" data-cell="\d+">', page.read_text())[2:]
    return dict(zip(SOURCES, parts, strict=False))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The same notebook, built by one user and another, in forks and in kernels."""
    folder = tmp_path_factory.mktemp("sources")
    write(folder, list(SOURCES.values()))
    strange = another_user(folder)
    found = {}
    for name, engine, more, umask in (
        ("warm", "warm", {}, 0o22), ("kernel", "kernel", {}, 0o22),
        ("another's warm", "warm", strange, 0o77), ("another's kernel", "kernel", strange, 0o77),
    ):  # fmt: skip
        out = folder / name
        day = ["faketime", "2031-03-04 05:06:07"] if more and shutil.which("faketime") else []
        arguments = ["build", "--manifest", str(folder / "reports.toml"), "--engine", engine]
        arguments += ["--data", str(bundled("data")), "--out", str(out)]
        done = subprocess.run(
            [*day, sys.executable, "-c", RUN, *arguments], env=os.environ | more, umask=umask,
            cwd=folder if more else REPOSITORY, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found[name] = outputs(out / "r.html")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("other", ["kernel", "another's warm", "another's kernel"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_of_difference_is_dealt_with(
    source: str, other: str, pages: dict[str, dict[str, str]]
) -> None:
    assert pages[other][source] == pages["warm"][source]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("temporary paths", "<temporary> <temporary>\n<temporary> <temporary>/x\n"),
        ("addresses", "<object at 0x…>"),
        ("ids of pandas", 'id="table-'),
        ("time zone", "('UTC', 'UTC') 0\n00\n"),
        ("fonts", "DejaVuSans.ttf"),
        ("startup files", "False None\n"),
        ("what they say in a later cell", "tick 2\ndone\n"),
        ("widgets that hold outputs", "inside\n"),
        ("widgets that call", "size is 3\n"),
    ],
)
def test_what_pages_say_instead(source: str, words: str, pages: dict[str, dict[str, str]]) -> None:
    assert words in unescape(pages["warm"][source])
    assert "Other Sans" not in "".join(pages["another's kernel"].values())


@pytest.mark.slow
@pytest.mark.parametrize("source", FOUND)
def test_what_nothing_can_make_the_same_is_found_and_named(tmp_path: Path, source: str) -> None:
    report = Report("r", "R", write(tmp_path, ["print('before')", FOUND[source]]))
    more: dict[str, Any] = {"data": bundled("data"), "out": tmp_path / "site", "site": [report]}
    build(plan([report]), **more)
    outcome = verify(plan([report]), **more, options=Options(), listener=Listener())
    (line,) = outcome.differences
    assert re.fullmatch(
        rf"{tmp_path}/site/r\.html:\d+: cell 3: differs when built again: '.+' is now '.+'", line
    )


def test_versions_are_on_the_page_and_in_what_a_report_depends_on(tmp_path: Path) -> None:
    """Another version is another page, said and built again: two of one version are the same."""
    import platform
    from importlib.metadata import version

    report = Report("r", "R", write(tmp_path, ["1"]))
    build(plan([report]), data=bundled("data"), out=tmp_path / "site", site=[report])
    page = (tmp_path / "site" / "r.html").read_text()
    assert f"Python {platform.python_version()}, numpy {version('numpy')}, " in page


def test_cell_ids_and_the_times_of_a_run_are_on_no_page(tmp_path: Path) -> None:
    path = write(tmp_path, ["1"])
    ids = [cell["id"] for cell in json.loads(path.read_text())["cells"]]
    report = Report("r", "R", path, parameters={"size": 2})
    build(plan([report]), data=bundled("data"), out=tmp_path / "site", site=[report])
    page = (tmp_path / "site" / "r.html").read_text()
    assert not [name for name in ids if name in page]
    assert not re.search(r"cell-id|start_time|duration|\d{4}-\d\d-\d\dT", page)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "atopic"


def listed(warm: WarmProcess) -> list[str]:
    try:
        call = warm.call("tests.reporting.test_same_bytes:fonts_here")
        told: list[Any] = []
        while call.status is None or not told or told[-1] is not None:
            told += [words for who, words in wait_for((warm,), 60) if who is call]
        return list(told[-2][1])
    finally:
        warm.close()


def fonts_here(tell: Any) -> list[str]:
    from matplotlib.font_manager import fontManager

    return sorted({entry.name for entry in fontManager.ttflist + fontManager.afmlist})


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["none", "half", "other", "no cache can be written"])
def test_the_list_of_fonts_is_that_of_matplotlib_whatever_became_of_its_cache(
    cache: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), *sys.path]))
    if harm == "no cache can be written":
        cache.parent.write_text("a file")
    first = listed(WarmProcess([], WARM_UP))
    assert "DejaVu Sans" in first
    assert "Helvetica" in first
    if harm == "no cache can be written":
        return
    (path,) = cache.rglob("fontlist-*.json")
    content = path.read_text()
    if harm == "half":
        path.write_text(content[: len(content) // 2])
    if harm == "other":
        path.write_text(content.replace("DejaVu", "Other"))
    assert listed(WarmProcess([], WARM_UP)) == first
    assert path.read_text() == content


def test_variables_of_the_user_that_say_nothing_of_looks_stay(tmp_path: Path) -> None:
    given = {"MINE": "1", "PATH": "/bin", "PYTHONHOME": "/x", "PYTHONPATH": "a:/b", "LC_TIME": "ko"}
    found = surroundings(tmp_path, given)
    assert [found[name] for name in ("MINE", "PATH", "PYTHONHOME")] == ["1", "/bin", "/x"]
    assert found["PYTHONPATH"] == f"{Path('a').resolve()}:/b"
    assert "LC_TIME" not in found


def test_a_user_without_a_home_gets_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", none)
    assert surroundings(tmp_path, {})["HOME"] == str(tmp_path)
