"""How long reports take: `atopic build` beside papermill and nbconvert as people use them.

Prints medians over rounds in which all take turns, on the project's own reports and on 24 parameter
sets of one notebook, each with its HTML; then memory, and the time for up to 500 reports.
``--help`` says what can be left out.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from numpy import median  # Python's own is hidden by statistics.py beside this file

REPOSITORY = Path(__file__).parents[1]
PYTHON = sys.executable
BUILD = [PYTHON, "-c", "from atopic.cli import main; main()", "build"]

Sets = list[tuple[str, Path, dict[str, Any]]]


def own_reports() -> Sets:
    from atopic.reporting.plan.manifest import read_manifest

    reports = read_manifest(REPOSITORY / "reports.toml")
    return [(report.id, report.notebook.resolve(), report.parameters) for report in reports]


def many_sets(number: int) -> Sets:
    """Return parameter sets of one notebook, all different."""
    notebook = REPOSITORY / "notebooks" / "response_rates.ipynb"
    weeks = [[12], [16], [12, 16], []]
    return [
        (
            f"set-{place}",
            notebook,
            {"weeks": weeks[place % 4], "level": round(0.5 + 0.49 * place / number, 6)},
        )
        for place in range(number)
    ]


def write_manifest(folder: Path, sets: Sets) -> Path:
    lines = []
    for name, notebook, values in sets:
        lines += ["[[report]]", f'id = "{name}"', f'title = "{name}"', f'notebook = "{notebook}"']
        lines += ["[report.parameters]"]
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    path = folder / "reports.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value: Any) -> str:
    """Write one parameter as TOML reads it: JSON but for its tables."""
    if isinstance(value, dict):
        inner = [f"{json.dumps(key)} = {_toml(under)}" for key, under in value.items()]
        return "{" + ", ".join(inner) + "}"
    return json.dumps(value)


def run(*command: str) -> None:
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def by_command_line(sets: Sets, folder: Path) -> None:
    """Give the two commands for each report, one after another: (a)."""
    for name, notebook, values in sets:
        out = str(folder / f"{name}.ipynb")
        options = ["-y", json.dumps(values), "-k", "python3"]
        run(PYTHON, "-m", "papermill", str(notebook), out, *options)
        run(PYTHON, "-m", "jupyter", "nbconvert", "--to", "html", out)


ONE_PROCESS = """
import json, sys, papermill
from pathlib import Path
from nbconvert.exporters import HTMLExporter
exporter = HTMLExporter()
for name, notebook, values in json.load(sys.stdin):
    out = Path(sys.argv[1]) / name
    ran = papermill.execute_notebook(notebook, f"{out}.ipynb", values, progress_bar=False,
                                     kernel_name="python3")
    out.with_suffix(".html").write_text(exporter.from_notebook_node(ran)[0])
"""

CELLS = """
import json, sys, time
from atopic.display import show
from atopic.reporting.plan.parameters import declared, read_notebook
from pathlib import Path
show.display = lambda *_output, **_more: None
def cells(notebook, values):
    content = read_notebook(Path(notebook))
    scope = {n: p.default for n, p in declared(content, notebook).items()} | values
    start = time.perf_counter()
    for cell in content:
        if cell["cell_type"] == "code" and "tags" not in cell["metadata"]:
            exec(compile(cell["source"], notebook, "exec"), scope)
    return time.perf_counter() - start
sets = json.load(sys.stdin)
for notebook in {notebook for _, notebook, _ in sets}:
    cells(notebook, next(values for _, other, values in sets if other == notebook))
print(sum(cells(notebook, values) for _, notebook, values in sets))
"""


def python(code: str, sets: Sets, *arguments: str) -> str:
    content = json.dumps([(name, str(notebook), values) for name, notebook, values in sets])
    done = subprocess.run(
        [PYTHON, "-c", code, *arguments], input=content, cwd=REPOSITORY, text=True, check=True,
        capture_output=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    return done.stdout


def compare(title: str, sets: Sets, rounds: int, part: int, ways: str) -> None:
    """Print one table of some ways; papermill's two run `part` of the sets, scaled up."""
    cores = len(os.sched_getaffinity(0))
    scale = len(sets) / part
    times = "1 round" if rounds == 1 else f"{rounds} rounds"
    print(f"\n{title}: {len(sets)} reports, {times}, {cores} cores", flush=True)
    names = {
        "a": f"papermill + nbconvert, two commands for each{_scaled(part, len(sets))}",
        "b": f"papermill + nbconvert in one process{_scaled(part, len(sets))}",
        "c": "atopic build --jobs 1 --force",
        "d": "atopic build --force",
        "e": "atopic build, nothing changed",
        "f": "the cells alone, all imported, one after another",
    }
    if alone := _of_one_report(sets):
        names["g"] = f"atopic build, one notebook changed: mean of {len(alone)}"
        names["h"] = "papermill + nbconvert, two commands for that one: mean"
        names["i"] = "atopic build --watch, from the save to the page: mean"
    names = {name: words for name, words in names.items() if name in ways}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, value in _round(sets, sets[:part], names).items():
            seconds[name].append(value * (scale if name in "ab" else 1))
    middle = {name: float(median(values)) for name, values in seconds.items()}
    for name, words in names.items():
        low, high = min(seconds[name]), max(seconds[name])
        print(f"  ({name}) {words:62} {middle[name]:7.2f} s  ({low:.2f} to {high:.2f})")
    if {"a", "d"} <= names.keys():
        ratios = [a / d for a, d in zip(seconds["a"], seconds["d"], strict=True)]
        span = f"{min(ratios):.1f} to {max(ratios):.1f}"
        _bar("(a) / (d)", float(median(ratios)), 20, "at least", span)
    if {"d", "f"} <= names.keys():
        bar = 1.5 * middle["f"] / cores + 1
        _bar("(d) in s", middle["d"], bar, "at most", "1.5 (f) / cores + 1")
    if "e" in names:
        _bar("(e) in s", middle["e"], 1, "at most", "")
    if {"g", "h"} <= names.keys():
        _bar("(g) / (h)", middle["g"] / middle["h"], 1 / 3, "at most", "")
    if {"i", "h"} <= names.keys():
        _bar("(i) / (h)", middle["i"] / middle["h"], 1 / 3, "at most", "")


def _of_one_report(sets: Sets) -> Sets:
    """Return the reports whose notebook is of no other."""
    notebooks = [notebook for _, notebook, _ in sets]
    return [one for one in sets if notebooks.count(one[1]) == 1]


def _changed(notebook: Path) -> None:
    content = json.loads(notebook.read_text())
    cells = [cell for cell in content["cells"] if cell.get("id") != "more"]
    more = {"cell_type": "markdown", "id": "more", "metadata": {}, "source": str(time.time())}
    notebook.write_text(json.dumps(content | {"cells": [*cells, more]}))


def _round(sets: Sets, some: Sets, ways: Iterable[str]) -> dict[str, float]:
    """Return the seconds of some ways, papermill's two for some of the sets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = _of_one_report(sets)
        shutil.copytree(REPOSITORY / "notebooks", folder / "notebooks")
        copied = {one[1]: folder / "notebooks" / one[1].name for one in alone}
        sets = [
            (report, copied.get(notebook, notebook), values) for report, notebook, values in sets
        ]
        manifest = write_manifest(folder, sets)
        build = [*BUILD, "--manifest", str(manifest), "--out", str(folder / "site")]

        @cache
        def one_changed() -> dict[str, float]:
            """Change one notebook after another, each built by both ways; return their means."""
            run(*build)
            seconds: dict[str, list[float]] = {"g": [], "h": []}
            for one in alone:
                _changed(copied[one[1]])
                own = timed(lambda: run(*build))
                other = timed(lambda one=one: by_command_line([one], folder))
                seconds["g"].append(own)
                seconds["h"].append(other)
                words = f"{one[0]:20} {own:5.2f} s, {other:5.2f} s: {own / other:.2f}"
                print(f"    {words}", flush=True)
            return {way: sum(all_) / len(all_) for way, all_ in seconds.items()}

        every: dict[str, Callable[[], float]] = {
            "a": lambda: timed(lambda: by_command_line(some, folder)),
            "b": lambda: timed(lambda: python(ONE_PROCESS, some, str(folder))),
            "c": lambda: timed(lambda: run(*build, "--force", "--jobs", "1")),
            "d": lambda: timed(lambda: run(*build, "--force")),
            "e": lambda: timed(lambda: run(*build)),
            "f": lambda: float(python(CELLS, sets)),
            "g": lambda: one_changed()["g"],
            "h": lambda: one_changed()["h"],
            "i": lambda: _while_watching(build, [copied[one[1]] for one in alone]),
        }
        return {name: way() for name, way in every.items() if name in ways}


def _while_watching(build: list[str], notebooks: list[Path]) -> float:
    """Return the mean seconds from the save of a notebook to the line that says it is built."""
    run(*build)
    with subprocess.Popen(
        [*build, "--watch"], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as watching:  # fmt: skip
        assert watching.stdout
        watching.stdout.readline()
        total = 0.0
        for notebook in notebooks:
            time.sleep(3)  # as long as it takes to look at a page: it has begun to watch by then
            _changed(notebook)
            total += timed(watching.stdout.readline)
        watching.terminate()
    return total / len(notebooks)


def _scaled(part: int, whole: int) -> str:
    return "" if part == whole else f", {part} scaled up"


def _bar(what: str, value: float, bar: float, side: str, words: str) -> None:
    met = value >= bar if side == "at least" else value <= bar
    remark = f"; {words}" if words else ""
    print(
        f"  {what:10} {value:6.2f}, {side} {bar:.2f}{remark}: {'met' if met else 'MISSED'}",
        flush=True,
    )


def memory(number: int) -> None:
    """Print what each further report takes, and the whole, while reports are built."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest = write_manifest(folder, many_sets(number))
        build = subprocess.Popen(
            [*BUILD, "--manifest", str(manifest), "--out", str(folder / "site"), "--force"],
            cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        peaks = {"a report, private": 0, "a report, resident": 0, "the whole build": 0}

        def look() -> None:
            while build.poll() is None:
                tree = dict(_tree(build.pid))
                children = [found for depth, found in tree.values() if depth == 2]
                for found in children:
                    peaks["a report, private"] = max(peaks["a report, private"], found["Private"])
                    peaks["a report, resident"] = max(peaks["a report, resident"], found["Rss"])
                whole = sum(found["Pss"] for _, found in tree.values())
                peaks["the whole build"] = max(peaks["the whole build"], whole)
                time.sleep(0.02)

        thread = threading.Thread(target=look)
        thread.start()
        build.wait()
        thread.join()
    print(f"\npeak memory over {number} reports")
    for words, size in peaks.items():
        print(f"  {words:20} {size / 2**20:6.0f} MiB")
    _bar("private", peaks["a report, private"] / 2**20, 150, "at most", "MiB for an extra report")


def _tree(root: int) -> Iterator[tuple[int, tuple[int, dict[str, int]]]]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    level, depth = {root}, 0
    while level:
        for pid in level:
            found = _sizes(pid)
            if found:
                yield pid, (depth, found)
        level, depth = {pid for pid, parent in parents.items() if parent in level}, depth + 1


def _sizes(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    values = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    if not values:
        return {}
    values["Private"] = values["Private_Clean"] + values["Private_Dirty"]
    return values


def line(numbers: list[int]) -> None:
    """Print the time for more and more reports."""
    print("\ntime for many reports")
    for number in numbers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            manifest = write_manifest(folder, many_sets(number))
            build = [*BUILD, "--manifest", str(manifest), "--out", str(folder / "site")]
            first, again = (timed(lambda build=build: run(*build)) for _ in range(2))
        each = 1000 * first / number
        print(f"  {number:4} reports {first:7.1f} s, {each:5.0f} ms each; unchanged {again:.2f} s",
              flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", type=int, default=4, help="sets of 24 that (a) and (b) run")
    parser.add_argument("--many", type=int, default=500, help="reports of the last part; 0: none")
    parser.add_argument("--ways", default="abcdefghi", help="which ways are timed, such as ade")
    options = parser.parse_args()
    own, sets = own_reports(), many_sets(24)
    compare("the project's reports", own, options.rounds, len(own), options.ways)
    compare(
        "24 parameter sets of one notebook",
        sets,
        options.rounds,
        min(options.part, 24),
        options.ways,
    )
    memory(24)
    if options.many:
        line([number for number in (25, 100, options.many) if number <= options.many])


if __name__ == "__main__":
    main()
