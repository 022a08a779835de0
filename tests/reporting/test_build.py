import csv
import errno
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from atopic.errors import EvidenceError, ReportError, UsageError
from atopic.paths import bundled
from atopic.reporting.build import Built, Listener, Options, build, plan
from atopic.reporting.pages import report_page
from atopic.reporting.pages.table_pages import evidence_files
from atopic.reporting.plan.job import Context
from atopic.reporting.plan.manifest import Report
from atopic.reporting.site import output_folder

SHOWS = """
import pandas as pd
from matplotlib.figure import Figure
from atopic.display import show
figure = Figure()
figure.add_subplot().plot([0, size])
show.figure(figure, name="line", alt="A line that rises.", caption="A <line>.")
frame = pd.DataFrame({"study_id": ["a"], "estimate": [0.123456789], "method": ["wilson"]})
show.table(frame.round(2), name="numbers", caption="Numbers & more", data=frame)
show.note("A <note>." if name else "")
"""
PARAMETERS = "size: int = 1  # height\nname: str = 'x'"


def made(out: Path, *reports: Report, **overrides: str) -> list[Built]:
    return build(plan(reports, overrides), data=bundled("data"), out=out, site=reports)


@pytest.fixture
def good(notebook: Callable[..., Path]) -> Report:
    return Report("good", "Good & <true>", notebook(PARAMETERS, SHOWS), parameters={"size": 3})


def failing(notebook: Callable[..., Path]) -> Report:
    cells = (PARAMETERS, "print('before')", "1 / (size - size)", "print('after')")
    return Report("bad", "Bad", notebook(*cells, name="bad.ipynb"))


def test_a_report_is_a_page_with_its_tables_and_figures_beside_it(
    tmp_path: Path, good: Report
) -> None:
    out = tmp_path / "site"
    (result,) = made(out, good)
    assert (result.failure, result.page) == (None, "good.html")
    page = (out / "good.html").read_text()
    assert "<title>Good &amp; &lt;true&gt; | Reports</title>" in page
    assert page.count("<h1>") == 1
    assert "A &lt;line&gt;." in page
    assert 'aria-label="A line that rises."' in page
    assert "Numbers &amp; more" in page
    assert "A &lt;note&gt;." in page
    assert "<code>size = 3</code>" in page
    assert (out / "good" / "line.svg").read_text().startswith("<svg")
    assert (out / "good" / "numbers.csv").read_text() == (
        "study_id,estimate,method\na,0.123456789,wilson\n"
    )
    (row,) = csv.DictReader(io.StringIO((out / "estimates.csv").read_text()))
    assert {name: cell for name, cell in row.items() if cell} == {
        "report": "good", "table": "numbers", "study_id": "a", "estimate": "0.123456789",
        "method": "wilson",
    }  # fmt: skip
    assert 'href="good.html"' in (out / "index.html").read_text()
    assert not list(out.glob(".atopic-*"))


def test_build_json_names_the_bytes_that_went_in_and_came_out(tmp_path: Path, good: Report) -> None:
    out = tmp_path / "site"
    made(out, good)
    record = json.loads((out / "build.json").read_text())
    (entry,) = record["reports"].values()
    assert (entry["parameters"], entry["failure"]) == ({"size": 3, "name": "x"}, None)
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(record["inputs"].items()))
    assert entry["inputs"] == hashlib.sha256(lines.encode()).hexdigest()
    assert f"sha256 {entry['inputs'][:12]} over all" in (out / "good.html").read_text()
    for name, digest in (record["outputs"] | entry["outputs"]).items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    for name, digest in record["inputs"].items():
        assert hashlib.sha256((bundled("data") / name).read_bytes()).hexdigest() == digest
    assert set(entry["outputs"]) == {"good.html", "good/line.svg", "good/numbers.csv"}
    tables = {f"data/{name}" for name in record["inputs"] if name.endswith(".csv")}
    pages = {name.replace(".csv", ".html") for name in tables}
    away = {"tables.zip", "citations.bib", "citations.ris", "data/datapackage.json", "search.html"}
    assert set(record["outputs"]) == {
        "index.html",
        "search.html",
        "estimates.csv",
        *away,
        *tables,
        *pages,
        *(name.replace(".csv", ".xlsx") for name in tables),
    }
    assert "responses.csv" in record["inputs"]


def test_the_tables_are_pages_whose_rows_can_be_linked_to(tmp_path: Path, good: Report) -> None:
    out = tmp_path / "site"
    made(out, good)
    assert (out / "data/safety.csv").read_bytes() == (bundled("data") / "safety.csv").read_bytes()
    page = (out / "data/safety.html").read_text()
    lines = (bundled("data") / "safety.csv").read_text().splitlines()
    assert page.count('<tbody id="row-') == len(lines) - 1
    first = re.search(r'<tbody id="row-2".*?</tbody>', page, re.DOTALL)
    assert first
    assert '<td><a href="studies.html#row-2">kim-2017</a></td>' in first[0]
    sources = (out / "data/sources.html").read_text()
    assert 'href="https://doi.org/' in sources


def test_a_blank_line_counts_as_a_row_and_is_not_shown(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(bundled("data"), folder)
    lines = (folder / "safety.csv").read_text().splitlines(keepends=True)
    (folder / "safety.csv").write_text("".join([lines[0], "\n", *lines[1:]]))
    page = evidence_files(folder, "0")["data/safety.html"]
    assert 'id="row-2"' not in page
    first = re.search(r'<tbody id="row-3".*?</tbody>', page, re.DOTALL)
    assert first
    assert '<td><a href="studies.html#row-2">kim-2017</a></td>' in first[0]


def test_the_site_is_not_built_over_the_tables(tmp_path: Path, good: Report) -> None:
    folder = tmp_path / "project" / "data"
    shutil.copytree(bundled("data"), folder)
    with pytest.raises(ReportError, match="the files of 'data' would land in"):
        build(plan([good]), data=folder, out=folder.parent, site=[good])


def test_a_failing_notebook_gets_a_page_and_the_others_are_built(
    tmp_path: Path, notebook: Callable[..., Path], good: Report
) -> None:
    out = tmp_path / "site"
    bad, fine = made(out, failing(notebook), good)
    assert bad.failure == "Cell 3: ZeroDivisionError: division by zero"
    assert fine.failure is None
    page = (out / "bad.failed.html").read_text()
    assert "This report could not be built" in page
    assert "ZeroDivisionError" in page
    assert "1 / (size - size)" in re.sub(r"<[^>]+>", "", page)
    assert "before" in page
    assert "\x1b" not in page
    assert page.count('<div class="code failed"') == 1
    assert not (out / "bad.html").exists()
    index = (out / "index.html").read_text()
    assert 'href="bad.failed.html"' in index
    assert 'href="good.html"' in index


def test_the_last_good_page_outlives_a_failure_and_the_failure_a_repair(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    out = tmp_path / "site"
    cells = (PARAMETERS, "assert size < 5, 'too large'\nprint('all well')")
    report = Report("r", "R", notebook(*cells))
    made(out, report)
    before = (out / "r.html").read_bytes()
    (result,) = made(out, report, size="7")
    assert result.failure == "Cell 3: AssertionError: too large"
    assert (out / "r.html").read_bytes() == before
    assert "the page above is the last good one" in (out / "index.html").read_text()
    made(out, report)
    assert (out / "r.html").read_bytes() == before
    assert not (out / "r.failed.html").exists()


def test_a_kernel_that_dies_is_a_failed_report(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    report = Report("dead", "Dead", notebook(PARAMETERS, "import os\nos._exit(3)"))
    (result,) = made(tmp_path / "site", report)
    assert result.failure is not None
    assert "process ended" in result.failure
    assert (tmp_path / "site" / "dead.failed.html").exists()


def test_two_things_of_one_name_are_a_failed_report(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    twice = 'show.note("x")\nshow.table(frame, name="numbers", caption="Again")'
    report = Report("twice", "Twice", notebook(PARAMETERS, SHOWS, twice))
    (result,) = made(tmp_path / "site", report)
    assert result.failure == "The report shows two things called numbers.csv; rename one"


def test_parameters_are_refused_before_anything_runs(tmp_path: Path, good: Report) -> None:
    with pytest.raises(ReportError, match="it declares: size, name"):
        plan([good], {"sise": "3"})
    with pytest.raises(ReportError, match="is not of type int"):
        plan([good], {"size": "x"})
    with pytest.raises(ReportError, match="no such notebook"):
        plan([Report("r", "R", tmp_path / "none.ipynb")])


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path, good: Report) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ReportError, match="this is a file; give a folder"):
        made(tmp_path / "file", good)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("place", ["file", "file/below", "locked", "locked/below/it"])
def test_an_output_folder_is_refused_before_anything_is_started(
    tmp_path: Path, good: Report, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "locked").mkdir()

    def make(dir: Path, prefix: str) -> Any:
        if dir.name == "locked":  # root may always
            raise PermissionError(errno.EACCES, "Permission denied")
        return tempfile.TemporaryFile(dir=dir, prefix=prefix)

    monkeypatch.setattr(output_folder, "tempfile", SimpleNamespace(TemporaryFile=make))
    monkeypatch.setattr("atopic.reporting.build._Warm.start", lambda _self: pytest.fail("started"))
    words = "this is a file; give a folder" if "file" in place else "written to: Permission denied"
    with pytest.raises(ReportError, match=words):
        made(tmp_path / place, good)
    assert not list((tmp_path / "locked").iterdir())


def test_what_a_notebook_does_to_its_tables_no_other_sees(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    harm = (
        "import atopic\nevidence = atopic.load()\n(evidence.path / 'arms.csv').write_text('bad')\n"
    )
    # What lies behind the tables, too: it has been read once for both.
    harm += "for frame in [*evidence._frames.values(), *evidence._joined.values()]:\n"
    harm += "    frame['study_id' if 'study_id' in frame else frame.columns[0]] = 'spoilt'\n"
    harm += "evidence.package.tables.clear()\natopic.Evidence.table = None"
    look = "import atopic, hashlib\nevidence = atopic.load()\n"
    look += "print(hashlib.sha256((evidence.path / 'arms.csv').read_bytes()).hexdigest())\n"
    look += "assert 'spoilt' not in set(evidence.arms['study_id'])\n"
    look += (
        "assert 'spoilt' not in set(evidence.joined('responses', 'arms', 'studies')['study_id'])"
    )
    reports = [
        Report("harm", "Harm", notebook(PARAMETERS, harm, name="harm.ipynb")),
        Report("look", "Look", notebook(PARAMETERS, look, name="look.ipynb")),
    ]
    for engine in ("warm", "kernel"):
        build(plan(reports), data=bundled("data"), out=tmp_path / engine, site=reports,
              options=Options(jobs=1, engine=engine))  # fmt: skip
        digest = hashlib.sha256((bundled("data") / "arms.csv").read_bytes()).hexdigest()
        assert digest in (tmp_path / engine / "look.html").read_text()


def test_half_a_character_fails_at_most_its_report(
    tmp_path: Path, notebook: Callable[..., Path], good: Report
) -> None:
    path = notebook(PARAMETERS, "print('half: \\ud800')", "print('HALF')", name="half.ipynb")
    path.write_text(path.read_text().replace("HALF", "\\ud800"))
    half, fine = made(tmp_path / "site", Report("half", "Half", path), good)
    assert half.failure is not None
    assert half.failure.startswith("Cell 3: UnicodeEncodeError: ")
    assert fine.failure is None
    assert "half: \\ud800" in (tmp_path / "site" / "half.failed.html").read_text()


@pytest.mark.parametrize("forks", [True, False])
def test_a_report_that_breaks_atopic_fails_alone(
    tmp_path: Path, notebook: Callable[..., Path], good: Report, forks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    cell = "import atopic.reporting.run.run_job as worker\nworker.Result = worker.Executed = None"
    broken = Report("broken", "Broken", notebook(PARAMETERS, cell, name="broken.ipynb"))
    if not forks:  # the kernel is another process, so it is broken here
        monkeypatch.setattr("atopic.engine.warm_client.can_fork", lambda: False)
        real = report_page.render

        def render(shown: object, context: Context, cells: object) -> str:
            if context.id == "broken" and not context.failure:
                raise TypeError("'NoneType' object is not callable")
            return real(shown, context, cells)

        monkeypatch.setattr(report_page, "render", render)
    bad, fine = made(tmp_path / "site", broken, good)
    words = "atopic could not make the page: TypeError: 'NoneType' object is not callable"
    assert (bad.failure, fine.failure) == (words, None)
    text = (tmp_path / "site" / "broken.failed.html").read_text()
    assert "Traceback" in text
    assert str(Path.home()) not in text
    assert not re.search(r'File "/', text)


def test_a_data_folder_that_is_not_there_is_refused(tmp_path: Path, good: Report) -> None:
    with pytest.raises(EvidenceError, match="no such folder"):
        build(plan([good]), data=tmp_path / "none", out=tmp_path / "site", site=[good])
    assert not (tmp_path / "site").exists()


def test_files_of_the_user_stay_and_those_of_an_earlier_build_go(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    out = tmp_path / "site"
    shows = SHOWS.replace('name="line"', "name=name").replace('name="numbers"', "name=name")
    report = Report("r", "R", notebook(PARAMETERS.replace("'x'", "'one'"), shows))
    (out / "r").mkdir(parents=True)
    (out / "r" / "notes.txt").write_text("mine")
    (out / "r" / "mine.csv").write_text("estimate,method\n1,guess\n")
    (out / "r" / "bad.csv").write_bytes(b"\xff")
    made(out, report)
    made(out, report, name="two")
    assert {path.name for path in (out / "r").iterdir()} == {
        "notes.txt", "mine.csv", "bad.csv", "two.svg", "two.csv",
    }  # fmt: skip
    assert "guess" not in (out / "estimates.csv").read_text()
    shutil.rmtree(out / "r")
    (tmp_path / "elsewhere").mkdir()
    (out / "r").symlink_to(tmp_path / "elsewhere")
    (result,) = made(out, report)
    assert result.failure is not None
    assert "a link stands where files are to be written" in result.failure
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_an_error_that_a_cell_may_raise_fails_no_report(
    tmp_path: Path, notebook: Callable[..., Path], engine: str
) -> None:
    path = notebook(PARAMETERS, "int('so')", "print('goes on')", "1 / (size - size)")
    content = nbformat.read(path, 4)
    content.cells[2].metadata["tags"] = ["raises-exception"]
    nbformat.write(content, path)
    report, options = Report("r", "R", path), Options(engine=engine)

    def failure(out: str) -> str | None:
        (one,) = build(plan([report]), data=bundled("data"), out=tmp_path / out, site=[report],
                       options=options)  # fmt: skip
        return one.failure

    assert failure("a") == "Cell 4: ZeroDivisionError: division by zero"
    del content.cells[4]
    nbformat.write(content, path)
    assert failure("b") is None
    page = (tmp_path / "b" / "r.html").read_text()
    assert "ValueError" in page
    assert "goes on" in page


def test_a_report_without_tables_and_figures_has_no_folder(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    out = tmp_path / "site"
    made(out, Report("r", "R", notebook(PARAMETERS, SHOWS)))
    assert (out / "r").is_dir()
    made(out, Report("r", "R", notebook(PARAMETERS, "1")))
    assert not (out / "r").exists()


def test_files_among_the_data_or_the_notebooks_are_refused(tmp_path: Path, good: Report) -> None:
    data = tmp_path / "data"
    shutil.copytree(bundled("data"), data)
    before = sorted(data.iterdir())
    for out, name in ((data, "r"), (tmp_path, "data"), (tmp_path.parent, tmp_path.name)):
        report = Report(name, "R", good.notebook)
        with pytest.raises(ReportError, match=r"with --out$"):
            build(plan([report]), data=data, out=out, site=[report])
    assert sorted(data.iterdir()) == before
    assert not (tmp_path / "index.html").exists()


def test_the_data_folder_is_no_parameter(notebook: Callable[..., Path]) -> None:
    path = notebook("data: str | None = None")
    with pytest.raises(UsageError, match="report 'r': give the data folder with --data"):
        plan([Report("r", "R", path)], {"data": "mine"})
    with pytest.raises(ReportError, match="give the data folder with --data") as caught:
        plan([Report("r", "R", path, parameters={"data": "mine"})])
    assert not isinstance(caught.value, UsageError)


def test_all_reports_read_the_tables_as_they_were_at_the_start(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(bundled("data"), data)
    digest = hashlib.sha256((data / "arms.csv").read_bytes()).hexdigest()
    cell = (
        "import atopic, hashlib, pathlib\n"
        f"pathlib.Path({str(data / 'arms.csv')!r}).write_text('broken')\n"
        "evidence = atopic.load()\n"
        "print(hashlib.sha256((evidence.path / 'arms.csv').read_bytes()).hexdigest())\n"
        "print('read from', evidence.path)\n"
        "evidence.table('nobody')"
    )
    report = Report("r", "R", notebook(PARAMETERS, cell))
    (result,) = build(plan([report]), data=data, out=tmp_path / "site", site=[report])
    page = (tmp_path / "site" / "r.failed.html").read_text()
    assert digest in page
    assert (
        json.loads((tmp_path / "site" / "build.json").read_text())["inputs"]["arms.csv"] == digest
    )
    assert "read from data\n" in page
    assert result.failure is not None
    assert result.failure.startswith("Cell 2: EvidenceError: data: no table 'nobody'")
    with pytest.raises(EvidenceError, match=r"data: arms\.csv") as caught:
        build(plan([report]), data=data, out=tmp_path / "second", site=[report])
    assert str(caught.value).startswith(f"{data}: ")
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("import sys\nsys.exit()", "1"), "The run ended in code cell 2"),
        (("1", "import sys\nsys.exit(0)\nprint('lost')"), "The run ended in code cell 3"),
    ],
)
def test_a_run_that_ends_early_is_a_failed_report(
    tmp_path: Path, notebook: Callable[..., Path], cells: tuple[str, ...], words: str
) -> None:
    (result,) = made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, *cells)))
    assert result.failure is not None
    assert result.failure == words
    assert not (tmp_path / "site" / "r.html").exists()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%nonsense", "UsageError: Line magic function `%nonsense` not found."),
        ("%%nonsense\nx", "UsageError: Cell magic `%%nonsense` not found."),
        ("raise ExceptionGroup('both', [ValueError(1), TypeError(2)])",
         "ExceptionGroup: both (2 sub-exceptions)"),
        ("import asyncio\nasync def f(): 1 / 0\nasync with asyncio.TaskGroup() as group:\n"
         "    group.create_task(f())",
         "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)"),
    ],
)  # fmt: skip
def test_an_error_that_is_written_and_not_shown_is_told_in_its_own_words(
    tmp_path: Path, notebook: Callable[..., Path], cell: str, words: str
) -> None:
    (result,) = made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, cell, "'lost'")))
    assert result.failure == f"Cell 2: {words}"


def test_cells_without_code_or_tagged_to_be_skipped_do_not_end_a_run(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    path = notebook(PARAMETERS, "1 / 0", "  ", "print('all well')")
    content = json.loads(path.read_text())
    content["cells"][2]["metadata"]["tags"] = ["skip-execution"]
    path.write_text(json.dumps(content))
    (result,) = made(tmp_path / "site", Report("r", "R", path))
    assert result.failure is None


def test_braces_in_paths_are_only_braces(
    tmp_path: Path, good: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    folder = tmp_path / "{size} of {"
    folder.mkdir()
    shutil.copy(good.notebook, folder / "n{0}.ipynb")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (result,) = made(tmp_path / "site", Report("r", "R", folder / "n{0}.ipynb"))
    assert result.failure is None


def test_trouble_before_the_process_is_told_apart(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = notebook(PARAMETERS, "1")
    plans = plan([Report("r", "R", path)])
    path.unlink()
    (result,) = build(plans, data=bundled("data"), out=tmp_path / "site", site=[])
    assert result.failure is not None
    assert result.failure.startswith("papermill failed: FileNotFoundError: ")
    assert (tmp_path / "site" / "r.failed.html").is_file()


def test_what_only_claims_to_be_a_figure_is_a_failed_report(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    cell = (
        "from IPython.display import display\n"
        "shown = {'kind': 'figure', 'name': '../x', 'caption': 'c'}\n"
        "display({'image/svg+xml': '<svg/>'}, metadata={'atopic': shown}, raw=True)"
    )
    (result,) = made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, cell)))
    assert result.failure is not None
    assert result.failure.startswith("The name of a figure, '../x', must be lower-case letters")
    assert "<svg/>" in (tmp_path / "site" / "r.failed.html").read_text()
    assert not (tmp_path / "x.svg").exists()


def test_a_place_that_is_taken_fails_one_report(
    tmp_path: Path, notebook: Callable[..., Path], good: Report
) -> None:
    out = tmp_path / "site"
    for folder in ("good.html", "bad.failed.html", "plain.failed.html"):
        (out / folder).mkdir(parents=True)
    (out / "filed").write_text("mine")
    plain = Report("plain", "Plain", notebook(PARAMETERS, "1", name="plain.ipynb"))
    filed = Report("filed", "Filed", good.notebook)
    failures = [built.failure for built in made(out, good, failing(notebook), filed, plain)]
    assert failures == [
        f"{out}/good.html: a folder stands where a file is to be written; move it away",
        "Cell 3: ZeroDivisionError: division by zero",
        f"{out}/filed: a file stands where a folder is needed; move it away",
        None,
    ]
    assert not (out / "good").exists()
    assert (out / "good.failed.html").is_file()
    assert (out / "filed").read_text() == "mine"
    assert "division by zero" in (out / "index.html").read_text()
    assert len(json.loads((out / "build.json").read_text())["reports"]) == 4
    assert not list(out.rglob(".atopic-*"))


def test_a_build_that_is_stopped_records_what_it_made(tmp_path: Path, good: Report) -> None:
    out = tmp_path / "site"

    class Stop(Listener):
        def ended(self, _built: Built) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(plan([good]), data=bundled("data"), out=out, site=[good], listener=Stop())
    assert 'href="good.html"' in (out / "index.html").read_text()
    assert "good" in json.loads((out / "build.json").read_text())["reports"]


def test_what_is_printed_is_the_same_in_every_build_and_names_no_folder(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    cells = (
        "import warnings, os, sys, atopic, pandas, json, pathlib\n"
        "warnings.warn('careful')\n"
        "warnings.warn_explicit('old', UserWarning, pandas.__file__, 3)\n"
        "print(pandas.__file__, json.__file__, atopic.__file__, os.getcwd())\n"
        "print(os.path.expanduser('~/x'), 'https://x.org' + os.path.expanduser('~/x'))\n"
        "print('\\x1b]8;;https://x.org\\x07link\\x1b]8;;\\x1b\\\\ \\x1b[1mbold\\x1b[0m')",
        "pandas.DataFrame({'a': [1]})['b']",
    )
    report = Report("r", "R", notebook(PARAMETERS, *cells))
    made(tmp_path / "one", report)
    made(tmp_path / "two", report)
    page = (tmp_path / "one" / "r.failed.html").read_text()
    assert page == (tmp_path / "two" / "r.failed.html").read_text()
    assert "&lt;cell&gt;:2: UserWarning: careful" in page
    assert "\npandas/__init__.py:3: UserWarning: old" in page
    assert f"pandas/__init__.py json/__init__.py atopic/__init__.py {tmp_path.name}\n" in page
    assert "File pandas/core/frame.py:" in page
    assert f"~/x https://x.org{Path.home()}/x\n" in page
    assert "link bold\n" in page
    assert not re.search(r"\x1b|ipykernel_\d|site-packages", page)


def test_a_failure_is_one_line(tmp_path: Path, notebook: Callable[..., Path]) -> None:
    report = Report("r", "R", notebook(PARAMETERS, "raise ValueError('one\\ntwo')"))
    (result,) = made(tmp_path / "site", report)
    assert result.failure == "Cell 2: ValueError: one"
    assert "two" in (tmp_path / "site" / "r.failed.html").read_text()


def test_overrides_are_told_by_the_page(tmp_path: Path, good: Report) -> None:
    made(tmp_path / "site", good, size="5", name="a 'b'")
    page = (tmp_path / "site" / "good.html").read_text()
    words = (
        "Built with size = 5, name = &#34;a &#39;b&#39;&#34;; the title and the summary describe"
    )
    assert words in page
    assert "atopic build good -p size 5 -p name &#39;a &#39;&#34;" in page
    made(tmp_path / "site", good)
    page = (tmp_path / "site" / "good.html").read_text()
    assert "Built with" not in page
    assert "<code>atopic build good</code>" in page


def test_overrides_are_read_by_the_types_of_each_notebook(notebook: Callable[..., Path]) -> None:
    one = Report("one", "One", notebook("week: int = 1", "print(week)", name="one.ipynb"))
    two = Report("two", "Two", notebook("week: list[str] = []", "week", name="two.ipynb"))
    assert [p.values for p in plan([one, two], {"week": "12"})] == [{"week": 12}, {"week": ["12"]}]
    with pytest.raises(UsageError, match="report 'one': parameter 'week': 'x' is not of type int"):
        plan([one, two], {"week": "x"})


def test_a_value_that_no_cell_reads_is_refused_before_anything_runs(
    notebook: Callable[..., Path],
) -> None:
    path = notebook("weeks: int = 1\nlevel: float = 0.9", "weeks = 2\nprint(level)")
    with pytest.raises(ReportError, match="report 'r': no cell after the parameters reads 'weeks'"):
        plan([Report("r", "R", path, parameters={"weeks": 3})])
    with pytest.raises(UsageError, match="no cell after the parameters reads 'weeks'"):
        plan([Report("r", "R", path)], {"weeks": "3"})
    assert plan([Report("r", "R", path, parameters={"level": 0.8})])[0].values == {"level": 0.8}


def test_a_cell_before_the_parameters_does_not_read_them(notebook: Callable[..., Path]) -> None:
    path = notebook("level: float = 0.9", "1")
    content = json.loads(path.read_text())
    content["cells"].insert(0, {**content["cells"][2], "source": "print(level)"})
    path.write_text(json.dumps(content))
    words = r"small\.ipynb: report 'r': no cell after the parameters reads 'level'"
    with pytest.raises(ReportError, match=words):
        plan([Report("r", "R", path, parameters={"level": 0.8})])


def test_build_json_keeps_what_was_not_built_now(tmp_path: Path, good: Report) -> None:
    out = tmp_path / "site"
    others = [Report(name, name, good.notebook) for name in ("kept", "gone")]

    def entries() -> dict[str, object]:
        reports: dict[str, object] = json.loads((out / "build.json").read_text())["reports"]
        return reports

    made(out, good, *others)
    before = entries()
    (out / "gone" / "line.svg").unlink()
    build(plan([good]), data=bundled("data"), out=out, site=[good, *others])
    assert set(entries()) == {"good", "kept"}
    assert entries()["kept"] == before["kept"]
    assert "kept,numbers,a," in (out / "estimates.csv").read_text()


def test_a_picture_without_words_says_so(tmp_path: Path, notebook: Callable[..., Path]) -> None:
    cell = (
        "from IPython.display import Image, display\nimport base64\n"
        "png = base64.b64decode('iVBORw0KGgo=')\n"
        "display(Image(png), Image(png, alt='A dot'))"
    )
    made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, cell)))
    page = (tmp_path / "site" / "r.html").read_text()
    assert 'alt="Figure without a description"' in page
    assert 'alt="A dot"' in page


def test_a_run_leaves_nothing_in_the_folder_of_its_notebook(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    path = notebook(PARAMETERS, "import os\nprint(sorted(os.listdir()))")
    made(tmp_path / "site", Report("r", "R", path))
    shown = (tmp_path / "site" / "r.html").read_text()
    assert "[&#39;site&#39;, &#39;small.ipynb&#39;]" in shown  # as it is during the run, too
    assert {file.name for file in tmp_path.iterdir()} == {"site", "small.ipynb"}


def test_the_environment_is_left_as_it_was(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATOPIC_DATA", "mine")
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)

    made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, "1")))
    assert os.environ["ATOPIC_DATA"] == "mine"
    assert "PYTHONHASHSEED" not in os.environ


def test_the_real_reports_print_the_intervals_of_the_two_small_studies(site: Path) -> None:
    page = (site / "easi-50.html").read_text()
    for words in ("4/5", "28.4 to 99.5%", "6/11", "23.4 to 83.3%", "28/88", "68/206"):
        assert words in page
    rows = list(csv.DictReader(io.StringIO((site / "estimates.csv").read_text())))
    assert {row["report"] for row in rows} == {"easi-50", "controlled-easi-50", "easi-75"}
    shin = next(row for row in rows if row["study_id"] == "shin-2021")
    assert (shin["responders"], shin["n"]) == ("4", "5")
    assert float(shin["lower"]) == pytest.approx(0.28358206, abs=1e-8)
    assert "14/59" in (site / "easi-75.html").read_text()


def test_pages_load_nothing_and_name_no_path(site: Path) -> None:
    for path in site.glob("*.html"):
        page = path.read_text()
        if path.name == "search.html":  # the one page with a script, which it names by its hash
            page = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.DOTALL)
        # Browsers do not load an alternate: it names the feed.
        page = re.sub(r'<link rel="alternate" [^>]*>', "", page)
        assert not re.findall(r'<(?:script|link|iframe)\b|src="(?!data:)|@import|url\(http', page)
        assert str(Path.home()) not in page.replace("home/", "")
        assert str(bundled("data")) not in page
        assert not re.search(r"\b0x[0-9a-f]{6,}", page)


def test_every_style_that_figures_share_is_on_their_page(site: Path) -> None:
    shared = 0
    for path in site.glob("*.html"):
        page = path.read_text()
        used = set(re.findall(r'class="(k\d+)"', page))
        shared += len(used)
        assert used == set(re.findall(r"\.(k\d+)\{", page)), path.name
    assert shared > 9


def test_ids_on_a_page_are_unique(site: Path) -> None:
    for path in site.glob("*.html"):
        ids = re.findall(r'\bid="([^"]+)"', path.read_text())
        assert len(ids) == len(set(ids))
