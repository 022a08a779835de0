"""How times grow with the evidence: check, load and every report at 1, 10 and 100 times the rows.

Copies the studies under new ids, with all their rows in every table, into a temporary folder, and
prints processor seconds with the ratio of the largest to what is there now. ``--help`` says what
can be left out.
"""

import argparse
import csv
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
#: How much more time than rows, at most: 120 for 100 times as many.
ALLOWED = 1.2

#: What makes a copy another study, by the name of the column.
_IDS = re.compile(
    r"(.*_)?(study_ids?|source_ids?|contradiction_id|missing_id|question_id|judgement_id)"
    r"|shares_patients_with"
)
_REGISTERED = re.compile("NCT([0-9]{8})")
#: These describe outcomes, which are the same for all studies, and rows by their keys.
_SHARED = ("instruments", "accepted_warnings", "important_differences")


def grow(times: int, folder: Path) -> None:
    """Write the evidence so many times over, valid for `atopic check`."""
    data = REPOSITORY / "data"
    folder.mkdir()
    shutil.copy(data / "datapackage.json", folder)
    for path in data.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        with (folder / path.name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            for number in range(1 if path.stem in _SHARED else times):
                for row in rows:
                    writer.writerow(_copied(header, row, number))


def _registered(found: re.Match[str], number: int) -> str:
    return f"NCT{(int(found[1]) + 7919 * number) % 10**8:08}"


def _copied(header: list[str], row: list[str], number: int) -> Iterator[str]:
    for column, cell in zip(header, row, strict=True):
        if not number or not cell:
            yield cell
        elif _IDS.fullmatch(column):
            yield ";".join(f"{one}-copy-{number}" for one in cell.split(";"))
        elif column == "claim_id":
            yield f"{cell}{number:03}"
        elif column in ("short_citation", "short_name"):
            words = _REGISTERED.sub(lambda found: _registered(found, number), cell)
            yield f"{words} (copy {number})"
        elif _REGISTERED.search(cell):  # in a citation, too
            yield _REGISTERED.sub(lambda found: _registered(found, number), cell)
        elif column in ("doi", "pmid", "pmcid", "url"):  # an address ends with its identifier
            bare = cell.rstrip("/")
            yield f"{bare}{number}{cell[len(bare) :]}"
        else:
            yield cell


CHECK = """
import sys, time
from atopic.evidence.checks import check
check()
start = time.process_time()
found = check(sys.argv[1])
print(time.process_time() - start)
assert all(one.known for one in found), found[0]
"""

LOAD = """
import sys, time, atopic
atopic.load()
start = time.process_time()
evidence = atopic.load(sys.argv[1])
evidence.responses
print(time.process_time() - start)
"""

# What a report computes, draws and tabulates, without its page; once before on what is there now.
CELLS = """
import json, os, sys, time
from pathlib import Path
from atopic.display import show
from atopic.reporting.plan.parameters import declared, read_notebook
show.display = lambda *_output, **_more: None
notebook, values = json.loads(sys.argv[2])
content = read_notebook(Path(notebook))
def cells(data):
    os.environ["ATOPIC_DATA"] = data
    scope = {n: p.default for n, p in declared(content, notebook).items()} | values
    start = time.process_time()
    for cell in content:
        if cell["cell_type"] == "code" and "tags" not in cell["metadata"]:
            exec(compile(cell["source"], notebook, "exec"), scope)
    return time.process_time() - start
cells(sys.argv[3])
print(cells(sys.argv[1]))
"""


def seconds(code: str, folder: Path, *arguments: str, limit: float) -> tuple[float, str]:
    """Return the processor seconds that code prints, and why there are none."""

    def stop() -> None:
        whole = int(limit) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))

    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), *arguments],
        cwd=REPOSITORY, text=True, capture_output=True, preexec_fn=stop,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return float("nan"), f"stopped at {limit:.0f} s"
    if done.returncode:
        return float("nan"), done.stderr.strip().splitlines()[-1][:90]
    return float(done.stdout), ""


def measure(name: str, run: Callable[[Path, float], tuple[float, str]],
            folders: dict[int, Path]) -> bool:  # fmt: skip
    """Print one line; return whether the time has grown no more than allowed."""
    sizes = list(folders)
    found: dict[int, float] = {}
    for times, folder in folders.items():
        before = found.get(sizes[0], 0.0)
        # Start and imports beside it, and at least twice what is allowed.
        limit = 60.0 + 2 * ALLOWED * times * before if before else 600.0
        found[times], why = run(folder, limit)
        if why:
            print(f"  {name:24} at {times} times: {why}: MISSED", flush=True)
            return False
    ratio = found[sizes[-1]] / found[sizes[0]]
    met = ratio <= ALLOWED * sizes[-1] / sizes[0]
    columns = "".join(f"{value:10.2f} s" for value in found.values())
    print(f"  {name:24}{columns}{ratio:9.1f}   {'met' if met else 'MISSED'}", flush=True)
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="*", help="ids; all, with check and load, if none")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 100])
    options = parser.parse_args()

    # Python's own statistics is hidden by statistics.py beside this file.
    sys.path[:] = [path for path in sys.path if Path(path).resolve() != Path(__file__).parent]
    from atopic.reporting.plan.manifest import read_manifest

    reports = read_manifest(REPOSITORY / "reports.toml")
    with tempfile.TemporaryDirectory() as name:
        folders = {times: Path(name, f"times-{times}") for times in options.times}
        for times, folder in folders.items():
            grow(times, folder)
        heads = "".join(f"{f'{times} times':>12}" for times in folders)
        bar = ALLOWED * options.times[-1] / options.times[0]
        print(f"  {'processor seconds':24}{heads}    ratio   at most {bar:g}")
        met = []
        if not options.reports:
            for what, code in (("check", CHECK), ("load", LOAD)):
                met.append(measure(what, lambda folder, limit, code=code: seconds(
                    code, folder, limit=limit), folders))  # fmt: skip
        for report in reports:
            if options.reports and report.id not in options.reports:
                continue
            asked = json.dumps([str(report.notebook.resolve()), report.parameters])
            met.append(measure(report.id, lambda folder, limit, asked=asked: seconds(
                CELLS, folder, asked, str(REPOSITORY / "data"), limit=limit), folders))  # fmt: skip
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
