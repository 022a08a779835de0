"""What has changed is built again, what has not stays to the byte, and nothing is lost."""

import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atopic.errors import ReportError
from atopic.paths import bundled
from atopic.reporting.build import Built, Listener, Options, build, plan
from atopic.reporting.plan import installed, make_jobs
from atopic.reporting.plan.manifest import Report, read_manifest
from atopic.reporting.site import output_folder
from atopic.reporting.verify import verify
from tests.conftest import REPOSITORY

SHOWS = """
import pandas as pd
from atopic.display import show
frame = pd.DataFrame({"study_id": [name], "estimate": [size / 7], "method": ["wilson"]})
show.table(frame, name="numbers", caption="Numbers", data=frame)
"""
PARAMETERS = "size: int = 1  # height\nname: str = 'x'"
RUN = "from atopic.cli import main; main()"


def made(out: Path, *reports: Report, data: Path | None = None, site: Any = None,
         overrides: Any = None, **options: Any) -> list[str]:  # fmt: skip
    """Build, and return what became of each report."""
    results = build(
        plan(reports, overrides), data=data or bundled("data"), out=out, site=site or reports,
        options=Options(**options),
    )  # fmt: skip
    return [state(result) for result in results]


def state(result: Built) -> str:
    return "failed" if result.failure else "reused" if result.reused else "built"


def contents(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }


@pytest.fixture
def pair(notebook: Callable[..., Path]) -> tuple[Report, Report]:
    one = Report("one", "One", notebook(PARAMETERS, SHOWS, name="one.ipynb"))
    return one, Report("two", "Two", notebook(PARAMETERS, SHOWS, name="two.ipynb"))


def test_what_has_not_changed_is_not_touched(tmp_path: Path, pair: Any) -> None:
    out = tmp_path / "site"
    assert made(out, *pair) == ["built", "built"]
    before, times = contents(out), {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert made(out, *pair) == ["reused", "reused"]
    assert contents(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == times
    assert made(out, *pair, force=True) == ["built", "built"]
    after = contents(out)
    assert {name for name in before if before[name] != after[name]} <= {"build.json"}


def test_each_thing_that_a_report_depends_on_has_it_built_again(
    tmp_path: Path, pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, (one, two) = tmp_path / "site", pair
    data = tmp_path / "data"
    shutil.copytree(bundled("data"), data)

    def now(*reports: Report, **more: Any) -> list[str]:
        return made(out, *(reports or pair), data=data, **more)

    assert now() == ["built", "built"]
    content = json.loads(one.notebook.read_text())
    content["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "old"}]
    content["cells"][2]["id"] = "another"
    content["cells"][2]["metadata"]["execution"] = {"iopub.execute_input": "when"}
    content["metadata"]["language_info"] = {"name": "python", "version": "3.99"}
    one.notebook.write_text(json.dumps(content, indent=3))
    os.utime(two.notebook)
    assert now() == ["reused", "reused"]
    content["cells"][2]["source"] += "\nprint(1)"
    one.notebook.write_text(json.dumps(content))
    assert now() == ["built", "reused"]
    content["cells"][0]["source"] = "# Other words"
    one.notebook.write_text(json.dumps(content))
    assert now() == ["built", "reused"]
    assert now(overrides={"size": "2"}) == ["built", "built"]
    assert now() == ["built", "built"]
    assert now(Report("one", "Retitled", one.notebook), two) == ["built", "reused"]
    assert now() == ["built", "reused"]
    (tmp_path / "helper.py").write_text("x = 1")  # a notebook may import it
    assert now() == ["built", "built"]
    (tmp_path / "helpers" / "deep").mkdir(parents=True)
    (tmp_path / "helpers" / "__init__.py").write_text("")
    (tmp_path / "helpers" / "deep" / "one.py").write_text("x = 1")
    assert now() == ["built", "built"]
    (tmp_path / "helpers" / "deep" / "one.py").write_text("x = 2")
    assert now() == ["built", "built"]
    assert now() == ["reused", "reused"]
    table = data / "datapackage.json"
    table.write_text(table.read_text() + "\n")
    assert now() == ["built", "built"]
    assert now(engine="kernel") == ["built", "built"]
    assert now() == ["built", "built"]
    monkeypatch.setattr(make_jobs, "code_digest", lambda: "other code, or other packages")
    assert now() == ["built", "built"]


def test_the_code_is_what_is_read_and_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def digest() -> str:
        make_jobs.code_digest.cache_clear()
        return make_jobs.code_digest()

    first = digest()
    assert digest() == first
    monkeypatch.setattr(installed, "_packages", lambda: {"numpy": "9"})
    assert digest() != first
    monkeypatch.undo()
    read = Path.read_bytes
    changed = {"page.css", "estimates.py", "index.html.j2"}
    for name in changed:
        monkeypatch.setattr(
            Path,
            "read_bytes",
            lambda path, name=name: read(path) + (b" " if path.name == name else b""),
        )
        assert digest() != first
        monkeypatch.undo()
    make_jobs.code_digest.cache_clear()


@pytest.mark.parametrize("name", ["one.html", "one/numbers.csv"])
@pytest.mark.parametrize("harm", ["changed", "half", "gone", "a pipe"])
def test_a_file_that_is_not_as_it_was_written_is_built_again(
    tmp_path: Path, pair: Any, name: str, harm: str
) -> None:
    out = tmp_path / "site"
    made(out, *pair)
    before = contents(out)
    if harm in ("gone", "a pipe"):
        (out / name).unlink()
    if harm == "a pipe":
        os.mkfifo(out / name)
    elif harm != "gone":
        whole = before[name]
        (out / name).write_bytes(whole[: len(whole) // 2] if harm == "half" else whole + b" ")
    assert made(out, *pair) == ["built", "reused"]
    assert {**contents(out), "build.json": b""} == {**before, "build.json": b""}


@pytest.mark.parametrize("text", [b"", b"{", b'{"reports": {"one": {"outputs": {}}}}', b"[" * 9999])
def test_a_record_that_is_broken_is_no_record(tmp_path: Path, pair: Any, text: bytes) -> None:
    out = tmp_path / "site"
    made(out, *pair)
    whole = json.loads((out / "build.json").read_text())
    (out / "build.json").write_bytes(text)
    assert made(out, *pair) == ["built", "built"]
    whole["reports"]["one"]["outputs"] = {"../x": 3}
    (out / "build.json").write_text(json.dumps(whole))
    assert made(out, *pair) == ["built", "reused"]


@pytest.mark.slow
def test_a_record_of_other_things_than_expected_is_mended(tmp_path: Path, pair: Any) -> None:
    """Valid JSON, with a thing of another kind at every place."""
    out = tmp_path / "site"
    made(out, *pair)
    before = contents(out)
    whole = json.loads(before["build.json"])

    def places(thing: Any, way: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        inside = thing.items() if isinstance(thing, dict) else ()
        return [way, *(place for name, one in inside for place in places(one, (*way, name)))]

    spared = ("packages", "inputs", "outputs")  # many of a kind
    for place in [way for way in places(whole) if way[:1] not in {(name,) for name in spared}] + [
        (name,) for name in spared
    ]:
        for strange in (None, 3, "../x", ["x"], {"../x": "y"}, float("inf")):
            content = json.loads(before["build.json"])
            at = content
            for name in place[:-1]:
                at = at[name]
            if place:
                at[place[-1]] = strange
            (out / "build.json").write_text(json.dumps(content if place else strange))
            assert set(made(out, *pair)) <= {"built", "reused"}, (place, strange)
            assert {**contents(out), "build.json": b""} == {**before, "build.json": b""}


def test_the_index_follows_the_manifest_though_nothing_is_built(tmp_path: Path, pair: Any) -> None:
    out = tmp_path / "site"
    made(out, *pair)
    assert made(out, pair[0], site=[pair[0]]) == ["reused"]
    assert "two.html" not in (out / "index.html").read_text()
    (out / "data" / "safety.html").write_text("spoilt")
    assert made(out, *pair) == ["reused", "reused"]
    assert "spoilt" not in (out / "data" / "safety.html").read_text()


def test_a_failed_report_is_tried_again(tmp_path: Path, notebook: Callable[..., Path]) -> None:
    report = Report("r", "R", notebook(PARAMETERS, "1 / 0"))
    assert [made(tmp_path / "site", report) for _ in range(2)] == [["failed"]] * 2


def test_nothing_heavy_is_loaded_when_nothing_has_changed(tmp_path: Path, pair: Any) -> None:
    manifest = tmp_path / "reports.toml"
    manifest.write_text('[[report]]\nid = "one"\ntitle = "One"\nnotebook = "one.ipynb"\n')
    arguments = ["build", "--manifest", str(manifest), "--out", str(tmp_path / "site")]
    code = f"import sys\ntry:\n    {RUN.replace('; ', chr(10) + '    ')}\nexcept SystemExit: pass\n"
    code += "print(*{name.split('.')[0] for name in sys.modules})"
    for words in ("1 built", "1 reused"):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
        )
        assert words in done.stdout, done.stderr
    heavy = {"pandas", "numpy", "scipy", "matplotlib", "papermill", "nbconvert", "nbformat",
             "IPython", "rich.progress"}  # fmt: skip
    assert not (heavy | {"jinja2"}) & set(done.stdout.splitlines()[-1].split())
    manifest.write_text(manifest.read_text() + 'summary = "Of one"\n')
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert "1 built" in done.stdout, done.stderr  # by others, which import all that
    assert not heavy & set(done.stdout.splitlines()[-1].split())
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments, "--format", "json"],
        env=os.environ | {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (entry,) = json.loads(done.stdout)["reports"]
    assert (entry["id"], entry["state"], entry["reason"]) == ("one", "reused", None)
    assert entry["page"] == str(tmp_path / "site" / "one.html")
    assert "| one | reused | " in (tmp_path / "summary").read_text()
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False,
        env=os.environ | {"GITHUB_STEP_SUMMARY": str(tmp_path / "none" / "summary")},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_second_build_proves_the_first(tmp_path: Path, pair: Any) -> None:
    out = tmp_path / "site"
    made(out, *pair)
    before = contents(out)

    def differences() -> list[str]:
        more: dict[str, Any] = {"options": Options(), "listener": Listener()}
        return verify(plan(pair), data=bundled("data"), out=out, site=pair, **more).differences

    assert differences() == []
    assert contents(out) == before
    page = (out / "one.html").read_text()
    (out / "one.html").write_text(page.replace("0.142857", "0.142858", 1))
    (out / "two" / "numbers.csv").unlink()
    (out / "two" / "old.csv").write_text("left")
    one, gone, left = differences()
    assert re.match(rf"{out}/one\.html:\d+: cell 2: differs when built again: '.*0\.142858.*'", one)
    assert gone == f"{out}/two/numbers.csv: missing; a new build makes it"
    assert left == f"{out}/two/old.csv: left over; a new build does not make it"
    with pytest.raises(ReportError, match="no build to compare with"):
        verify(plan(pair), data=bundled("data"), out=tmp_path, site=pair, options=Options(),
               listener=Listener())  # fmt: skip


def test_a_notebook_that_throws_dice_does_not_pass(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    report = Report("r", "R", notebook(PARAMETERS, "import secrets\nprint(secrets.token_hex())"))
    out = tmp_path / "site"
    made(out, report)
    outcome = verify(plan([report]), data=bundled("data"), out=out, site=[report],
                     options=Options(), listener=Listener())  # fmt: skip
    assert len(outcome.differences) == 1
    assert "cell 2: differs" in outcome.differences[0]


def test_two_builds_of_one_folder_take_turns(tmp_path: Path, pair: Any) -> None:
    out = tmp_path / "site"
    out.mkdir()
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from atopic.reporting.site.output_folder import lock\n"
        "with lock(Path(sys.argv[1]), print):\n    print('mine', flush=True)\n    input()\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(out)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == "mine\n"

    class Waits(Listener):
        words = ""

        def notice(self, words: str) -> None:
            self.words = words
            other.kill()

    listener = Waits()
    (result, _) = build(plan(pair), data=bundled("data"), out=out, site=pair, listener=listener)
    assert listener.words == f"{out}: another build is at work here; waiting for it to end"
    assert result.failure is None
    other.communicate()


def test_what_killed_builds_had_begun_to_write_is_removed(tmp_path: Path, pair: Any) -> None:
    out = tmp_path / "site"
    made(out, *pair)
    for folder in (out, out / "one"):
        (folder / ".atopic-x1").write_text("half")
        (folder / ".mine").write_text("mine")
    made(out, *pair)
    assert not list(out.rglob(".atopic-*"))
    assert len(list(out.rglob(".mine"))) == 2


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_no_more_is_one_line_and_the_old_site_stays(
    tmp_path: Path, pair: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    out = tmp_path / "site"
    made(out, *pair)
    before = contents(out)

    def full(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(output_folder.os, "fsync", full)
    with pytest.raises(ReportError, match=f"cannot be written: {os.strerror(code)}") as caught:
        made(out, *pair, force=True)
    assert len(str(caught.value).splitlines()) == 1
    assert contents(out) == before
    monkeypatch.undo()
    assert made(out, *pair) == ["reused", "reused"]


def test_a_limit_on_files_leaves_the_old_site(tmp_path: Path, pair: Any) -> None:
    out = tmp_path / "site"
    manifest = tmp_path / "reports.toml"
    manifest.write_text('[[report]]\nid = "one"\ntitle = "One"\nnotebook = "one.ipynb"\n')
    made(out, *pair[:1])
    before = contents(out)
    code = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n{RUN}"
    )
    arguments = ["build", "--force", "--manifest", str(manifest), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(out) == before


def test_a_build_that_goes_on_long_records_what_it_has(
    tmp_path: Path, pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    monkeypatch.setattr("atopic.reporting.build._CHECKPOINT", 0.0)
    monkeypatch.setattr(
        "atopic.reporting.build.finish", lambda *_: None
    )  # as if it had been killed before
    made(out, *pair)
    monkeypatch.undo()
    assert made(out, *pair) == ["reused", "reused"]
    assert (out / "index.html").is_file()


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_whole_pages(tmp_path: Path, pair: Any) -> None:
    out = tmp_path / "site"
    manifest = tmp_path / "reports.toml"
    manifest.write_text(
        "".join(f'[[report]]\nid = "{name}"\ntitle = "{name}"\nnotebook = "{name}.ipynb"\n'
                for name in ("one", "two"))
    )  # fmt: skip
    arguments = ["build", "--force", "--manifest", str(manifest), "--out", str(out)]
    command = [sys.executable, "-c", RUN, *arguments]
    start = time.monotonic()
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    usual = time.monotonic() - start
    before = contents(out)
    names = set(before)
    chance = random.Random(20)
    for _ in range(30):
        process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)  # fmt: skip
        # Most moments of interest are those when files are written, near the end.
        time.sleep(usual * chance.triangular(0, 1.1, 0.95))
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = contents(out)
        assert names <= set(now)
        assert {name for name in names if now[name] != before[name]} <= {"build.json"}
        json.loads(now["build.json"])
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    assert "2 built" in done.stdout
    assert set(contents(out)) == names


def one_of_each_notebook() -> list[Report]:
    """The first report of the manifest from each notebook; `atopic build --verify` does all."""
    first: dict[Path, Report] = {}
    for report in read_manifest(REPOSITORY / "reports.toml"):
        first.setdefault(report.notebook, report)
    return list(first.values())


@pytest.mark.slow
def test_two_builds_are_the_same_wherever_and_however(tmp_path: Path) -> None:
    """Every notebook of the project, forked and in a kernel, in other folders and orders."""
    reports = one_of_each_notebook()
    first, second = tmp_path / "one", tmp_path / "other folder" / "two"
    made(first, *reports, jobs=1)
    plans = plan(reports[::-1])
    options = Options(jobs=2, engine="kernel")
    results = build(plans, data=bundled("data"), out=second, site=reports, options=options)
    assert [result.failure for result in results] == [None] * len(results)
    one, two = contents(first), contents(second)
    assert set(one) == set(two)
    assert {name for name in one if one[name] != two[name]} == {"build.json"}


@pytest.mark.slow
def test_another_user_elsewhere_gets_the_same_bytes(tmp_path: Path) -> None:
    """Other home, settings, locale, time zone, threads and working folder."""
    home = tmp_path / "home"
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-mine.py").write_text("import matplotlib as m\nm.rcParams['font.size'] = 30\n")
    for folder in (home / ".config" / "matplotlib", tmp_path):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "matplotlibrc").write_text("axes.facecolor: red\nsavefig.facecolor: green\n")
    strange = {
        "HOME": str(home), "LC_ALL": "C", "TZ": "Asia/Seoul", "MPLBACKEND": "svg", "USER": "other",
        "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7", "COLUMNS": "40",
    }  # fmt: skip
    manifest = REPOSITORY / "reports.toml"
    ids = [report.id for report in one_of_each_notebook()]
    for out, more, cwd in (("one", {}, REPOSITORY), ("two", strange, tmp_path)):
        arguments = ["build", *ids, "--manifest", str(manifest), "--data", str(bundled("data"))]
        subprocess.run(
            [sys.executable, "-c", RUN, *arguments, "--out", str(tmp_path / out)],
            cwd=cwd, env=os.environ | more, check=True, capture_output=True,
        )  # fmt: skip
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert set(one) == set(two)
    assert {name for name in one if one[name] != two[name]} <= {"build.json"}
