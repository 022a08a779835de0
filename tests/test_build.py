import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from atopic.errors import EvidenceError, ReportError
from atopic.paths import bundled
from atopic.reporting.build import Built, build, plan
from atopic.reporting.manifest import Report

SHOWS = """
import pandas as pd
from matplotlib.figure import Figure
from atopic.reporting import show
figure = Figure()
figure.add_subplot().plot([0, size])
show.figure(figure, name="line", alt="A line that rises.", caption="A <line>.")
frame = pd.DataFrame({"study_id": ["a"], "estimate": [0.123456789], "method": ["wilson"]})
show.table(frame.round(2), name="numbers", caption="Numbers & more", data=frame)
show.note("A <note>.")
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
    assert "<title>Good &amp; &lt;true&gt;</title>" in page
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
    assert (out / "estimates.csv").read_text() == (
        "report,study_id,estimate,method\ngood,a,0.123456789,wilson\n"
    )
    assert 'href="good.html"' in (out / "index.html").read_text()
    assert not list(out.glob(".atopic-*"))


def test_build_json_names_the_bytes_that_went_in_and_came_out(tmp_path: Path, good: Report) -> None:
    import hashlib

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
    assert set(record["outputs"]) == {"index.html", "estimates.csv"}
    assert "responses.csv" in record["inputs"]


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
    assert page.count('<details class="code" open>') == 1
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


def test_a_data_folder_that_is_not_there_is_refused(tmp_path: Path, good: Report) -> None:
    with pytest.raises(EvidenceError, match="no such folder"):
        build(plan([good]), data=tmp_path / "none", out=tmp_path / "site", site=[good])
    assert not (tmp_path / "site").exists()


def test_the_environment_is_left_as_it_was(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATOPIC_DATA", "mine")
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    import os

    made(tmp_path / "site", Report("r", "R", notebook(PARAMETERS, "1")))
    assert os.environ["ATOPIC_DATA"] == "mine"
    assert "PYTHONHASHSEED" not in os.environ


def test_the_real_reports_print_the_intervals_of_the_two_small_studies(site: Path) -> None:
    page = (site / "easi-50.html").read_text()
    for words in ("4/5", "0.2836 to 0.9949", "6/11", "0.2338 to 0.8325", "28/88", "68/206"):
        assert words in page
    rows = list(csv.DictReader(io.StringIO((site / "estimates.csv").read_text())))
    assert {row["report"] for row in rows} == {"easi-50", "easi-75"}
    shin = next(row for row in rows if row["study_id"] == "shin-2021")
    assert (shin["responders"], shin["n"]) == ("4", "5")
    assert float(shin["lower"]) == pytest.approx(0.28358206, abs=1e-8)
    assert "14/59" in (site / "easi-75.html").read_text()


def test_pages_load_nothing_and_name_no_path(site: Path) -> None:
    for path in site.glob("*.html"):
        page = path.read_text()
        assert not re.findall(r'<(?:script|link|iframe)\b|src="(?!data:)|@import|url\(http', page)
        assert str(Path.home()) not in page.replace("home/", "")
        assert str(bundled("data")) not in page
        assert not re.search(r"\b0x[0-9a-f]{6,}", page)


def test_ids_on_a_page_are_unique(site: Path) -> None:
    for path in site.glob("*.html"):
        ids = re.findall(r'\bid="([^"]+)"', path.read_text())
        assert len(ids) == len(set(ids))
