import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


def run(*arguments: str, cwd: Path = REPOSITORY, **environment: str) -> subprocess.CompletedProcess:
    import os

    return subprocess.run(
        [sys.executable, "-c", "from atopic.cli import main; main()", *arguments],
        cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", [[], ["check"], ["list"], ["build"], ["import"], ["new"], ["template"]]
)
def test_every_command_has_help(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_the_version_is_printed() -> None:
    import atopic

    assert run("--version").stdout == f"atopic {atopic.__version__}\n"


@pytest.mark.parametrize("arguments", [["nonsense"], ["build", "--nonsense"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_real_data_pass_with_the_declared_contradiction() -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("responses.csv:9: ")
    assert "known: kangstem-2019-follow-up-year-2" in done.stdout
    assert done.stdout.endswith("no new problem found\n")


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(REPOSITORY / "data", folder)
    responses = folder / "responses.csv"
    text = responses.read_text(encoding="utf-8")
    old = "shin-2021,all,EASI-50,,,4,5,printed"
    assert old in text
    responses.write_text(text.replace(old, "shin-2021,all,EASI-50,,,7,5,printed"), encoding="utf-8")
    return folder


def test_a_fault_is_named_by_file_row_and_column(faulty: Path) -> None:
    done = run("check", "--data", str(faulty))
    assert done.returncode == 1
    assert done.stderr.startswith("responses.csv:15: responders: 7 is more than n = 5")


def test_problems_are_printed_as_json_on_request(faulty: Path) -> None:
    done = run("check", "--data", str(faulty), "--format", "json")
    assert done.returncode == 1
    new = [problem for problem in json.loads(done.stdout) if not problem["known"]]
    assert (new[0]["file"], new[0]["row"], new[0]["column"]) == ("responses.csv", 15, "responders")


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = run("check", "--data", str(tmp_path / "none"))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "no such folder" in done.stderr


def test_the_reports_are_listed_with_their_parameters() -> None:
    done = run("list")
    assert done.returncode == 0
    assert "easi-50  How many had their eczema score halved at week 12?" in done.stdout
    assert "weeks: list[int] | None = None, here [12]  weeks after the first dose" in done.stdout
    assert "weeks: list[int] | None = None, here [16]  weeks after the first dose" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nobody"], 2, "no report 'nobody'; the reports are answer, "),
        (["easi-50", "-p", "colour", "red"], 2, "it declares: outcome, weeks, level, method, "),
        (["easi-50", "-p", "level"], 2, "-p level has no value"),
        (["easi-50", "-p", "level=0.9", "-p", "level", "0.8"], 2, "-p level is given twice"),
        (["easi-50", "-p", "data", "mine"], 2, "give the data folder with --data"),
        (["easi-50", "-p", "weeks", "twelve"], 2, "'twelve' is not of type list[int]"),
        (["--manifest", "none.toml"], 1, "no such manifest"),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    done = run("build", "--out", str(tmp_path / "site"), *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["build", "nobody", "--format", "json"], 2),
        (["build", "--format=json", "--manifest", "none.toml"], 1),
        (["check", "--format", "json", "--data", "none"], 1),
    ],
)
def test_where_json_is_asked_for_it_comes_also_when_nothing_could_be_done(
    tmp_path: Path, arguments: list[str], code: int
) -> None:
    done = run(*arguments, *(["--out", str(tmp_path / "site")] if "build" in arguments else []))
    assert done.returncode == code
    assert done.stderr == f"atopic: {json.loads(done.stdout)['error']}\n"


def test_a_build_in_json_prints_nothing_else_and_the_reason_of_each_failure(tmp_path: Path) -> None:
    out = tmp_path / "site"
    done = run("build", "easi-50", "--out", str(out), "-p", "method", "guess", "--format", "json")
    content = json.loads(done.stdout)
    assert (done.returncode, set(content)) == (1, {"out", "seconds", "reports"})
    (report,) = content["reports"]
    assert set(report) == {"id", "state", "seconds", "page", "reason"}
    assert (report["id"], report["state"]) == ("easi-50", "failed")
    assert report["page"] == str(out / "easi-50.failed.html")
    assert report["reason"].startswith("Cell 3: ValueError: ")


def test_a_build_elsewhere_prints_plain_lines_and_reads_the_given_folder(
    tmp_path: Path, faulty: Path
) -> None:
    text = (faulty / "responses.csv").read_text(encoding="utf-8")
    (faulty / "responses.csv").write_text(
        text.replace("all,EASI-50,,,7,5,printed,80", "all,EASI-50,,,3,5,printed,60"),
        encoding="utf-8",
    )
    arguments = ["build", "easi-50", "--data", "data", "--out", "site", "-p", "method", "wilson"]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("[1/1] built  easi-50 (")
    assert "\x1b" not in done.stderr
    page = (tmp_path / "site" / "easi-50.html").read_text()
    assert "3/5" in page
    assert "23.1 to 88.2%" in page  # Wilson for 3 of 5, by prop.test of R
    assert str(tmp_path) not in page


def test_faulty_tables_are_one_line_and_nothing_is_built(tmp_path: Path, faulty: Path) -> None:
    done = run("build", "--data", str(faulty), "--out", str(tmp_path / "site"))
    assert done.returncode == 1
    assert done.stderr == (
        f"atopic: {faulty}: responses.csv:15: responders: 7 is more than n = 5; "
        "correct one of them\n"
    )
    assert not (tmp_path / "site").exists()


def test_a_failed_report_exits_with_1(tmp_path: Path) -> None:
    done = run("build", "easi-50", "--out", str(tmp_path / "site"), "-p", "method", "guess")
    assert done.returncode == 1
    assert "easi-50.failed.html: Cell 3: ValueError: " in done.stderr
    assert "0 built, 1 failed" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A data folder whose placebo has a dose: implausible, not impossible."""
    folder = tmp_path / "odd"
    shutil.copytree(REPOSITORY / "data", folder)
    arms = folder / "arms.csv"
    text = arms.read_text(encoding="utf-8")
    old = "upadacitinib-2b,placebo,placebo,placebo,placebo,none,none,oral,0,mg"
    assert old in text
    arms.write_text(text.replace(old, old.replace(",0,mg", ",15,mg")), encoding="utf-8")
    return folder


def test_a_warning_is_told_and_does_not_fail_the_check(odd: Path) -> None:
    done = run("check", "--data", str(odd))
    assert done.returncode == 0
    assert done.stderr.startswith("warning: arms.csv:33: dose: 15 mg, but the role is placebo")
    assert done.stderr.endswith("[placebo-with-dose]\n")
    assert done.stdout.endswith("1 warning, no new problem found\n")


def test_warnings_are_told_apart_in_json(odd: Path) -> None:
    done = run("check", "--data", str(odd), "--format", "json")
    assert done.returncode == 0
    found = {(one["rule"], one["severity"], one["known"]) for one in json.loads(done.stdout)}
    assert found == {
        ("placebo-with-dose", "warning", None),
        ("count-against-percent", "error", "kangstem-2019-follow-up-year-2"),
        ("change-to-the-worse", "warning", "accepted_warnings.csv:2"),
    }
