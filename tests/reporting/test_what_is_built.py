"""Which reports a build takes, why, and for how long: ids, inputs, --dry-run, --only-failed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from atopic.cli import main
from atopic.errors import ReportError, UsageError
from atopic.reporting.plan.inputs import input_hashes, is_inside
from atopic.reporting.plan.manifest import Report, read_manifest, selected
from atopic.reporting.watch import watched

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line here, in the folder of a test."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["atopic", *arguments])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def project(tmp_path: Path, notebook: Callable[..., Path]) -> Path:
    """Two reports, of which one reads other files, and one takes its time if it is told to."""
    notebook("import os\nx = 1", "print(sorted(os.listdir('extra')))", name="reads.ipynb")
    notebook("wait = 0.0", "import time\ntime.sleep(wait)", name="waits.ipynb")
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "a.csv").write_text("1")
    (tmp_path / "reports.toml").write_text(
        '[[report]]\nid = "reads"\ntitle = "R"\nnotebook = "reads.ipynb"\n'
        'inputs = ["extra/*.csv", "one.txt"]\n'
        '[[report]]\nid = "waits"\ntitle = "W"\nnotebook = "waits.ipynb"\ntimeout = 60\n'
    )
    return tmp_path


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def test_a_build_says_what_it_would_do_and_does_only_that(run: Run, project: Path) -> None:
    def why(*more: str) -> dict[str, tuple[str, list[str]]]:
        before = everything(project)
        code, out, _ = run("build", "--out", "site", "--dry-run", "--format", "json", *more)
        assert (code, everything(project)) == (0, before)
        return {one["id"]: (one["state"], one["why"]) for one in json.loads(out)["reports"]}

    new = ("build", ["it has not been built there"])
    assert why() == {"reads": new, "waits": new}
    assert run("build", "--out", "site")[0] == 0
    assert why() == {"reads": ("reuse", []), "waits": ("reuse", [])}
    assert why("--force", "w*") == {"waits": ("build", ["--force"])}
    for change, undo in (
        (lambda: (project / "extra" / "a.csv").write_text("2"),
         lambda: (project / "extra" / "a.csv").write_text("1")),
        (lambda: (project / "extra" / "b.csv").write_text("2"),
         lambda: (project / "extra" / "b.csv").unlink()),
        (lambda: (project / "one.txt").write_text("2"), lambda: (project / "one.txt").unlink()),
        (lambda: (project / "extra" / "a.csv").unlink(),
         lambda: (project / "extra" / "a.csv").write_text("1")),
    ):  # fmt: skip
        change()
        assert why() == {"reads": ("build", ["changed: other inputs"]), "waits": ("reuse", [])}
        undo()
        assert why()["reads"] == ("reuse", [])
    assert why("-p", "wait", "0", "waits")["waits"] == ("build", ["changed: the parameters"])
    text = (project / "waits.ipynb").read_text()
    (project / "waits.ipynb").write_text(text.replace("time.sleep(wait)", "time.sleep(wait / 2)"))
    assert why()["waits"] == ("build", ["changed: the notebook"])
    (project / "waits.ipynb").write_text(text)
    (project / "site" / "waits.html").write_text("mine")
    assert why()["waits"] == ("build", ["not as it was written: waits.html"])
    code, out, _ = run("build", "--out", "site", "--dry-run")
    assert (code, out.splitlines()) == (0, [
        "build  waits: not as it was written: waits.html",
        "1 would be built, 1 reused, 0 refused: site/index.html",
    ])  # fmt: skip


@pytest.mark.slow
def test_the_limit_of_a_report_and_what_failed_is_tried_again(run: Run, project: Path) -> None:
    manifest = project / "reports.toml"
    manifest.write_text(manifest.read_text().replace("timeout = 60", "timeout = 4"))
    code, _, err = run("build", "--out", "site", "waits", "-p", "wait", "99")
    assert (code, "Stopped after 4 s in cell 3; --timeout gives more" in err) == (1, True)
    code, out, _ = run("build", "--out", "site", "--only-failed", "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "build  waits: it failed the last time")
    code, out, _ = run("build", "--out", "site", "--only-failed", "--timeout", "50")
    assert (code, out.startswith("1 built, 0 failed in ")) == (0, True)
    code, out, _ = run("build", "--out", "site", "--only-failed")
    assert (code, out) == (0, "nothing failed in the last build: site\n")
    assert not (project / "site" / "reads.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["zz*"], "no report 'zz*'; the reports are reads, waits"),
        (["raeds"], "; did you mean 'reads'?"),
        (["wait*", "waiths*"], "; did you mean 'waits'?"),
        (["--out", ""], "--out is empty"),
        (["--out", "  "], "--out is empty"),
        (["--dry-run", "--verify"], "give --verify or --dry-run, not both"),
        (["--dry-run", "--watch"], "give --watch or --dry-run, not both"),
        (["--only-failed", "--verify"], "give --verify or --only-failed, not both"),
        (["--data", ""], "'' is no path"),
        (["--manifest", " "], "' ' is no path"),
        (["--timeout", "0"], "--timeout"),
        (["--timeout", "nan"], "--timeout"),
        (["--timeout", "inf"], "--timeout"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_written(
    run: Run, project: Path, arguments: list[str], words: str
) -> None:
    before = everything(project)
    code, _, err = run("build", *arguments)
    assert (code, words in " ".join(err.replace("│", " ").split())) == (2, True)
    assert everything(project) == before


def test_patterns_name_reports_in_the_order_of_the_manifest() -> None:
    reports = tuple(Report(name, name, Path(name)) for name in ("dose-b", "easi", "dose-a"))
    for ids, found in ((["dose-*"], "dose-b dose-a"), (["*"], "dose-b easi dose-a"),
                       (["easi", "dose-?"], "dose-b easi dose-a"), (["[de]*-a"], "dose-a"),
                       (["dose-a", "dose-a"], "dose-a")):  # fmt: skip
        assert " ".join(report.id for report in selected(reports, ids)) == found
    with pytest.raises(UsageError, match=r"no report 'Dose-\*'"):
        selected(reports, ["Dose-*"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("inputs = 3", "inputs must be a list of texts"),
        ("inputs = [3]", "inputs must be a list of texts"),
        ('inputs = ["../a.csv"]', "must be a path below the folder of the manifest"),
        ('inputs = ["a/../../b"]', "must be a path below the folder of the manifest"),
        ('inputs = ["/etc/passwd"]', "must be a path below the folder of the manifest"),
        ('inputs = ["C:/x"]', "must be a path below the folder of the manifest"),
        ('inputs = ["a\\\\b"]', "must be a path below the folder of the manifest"),
        ('inputs = ["\\u0000"]', "must be a path below the folder of the manifest"),
        ('inputs = [""]', "must be a path below the folder of the manifest"),
        ("timeout = 0", "timeout 0 must be a number of seconds above 0"),
        ("timeout = -1.5", "timeout -1.5 must be"),
        ("timeout = true", "timeout True must be"),
        ('timeout = "60"', "timeout '60' must be"),
        ("timeout = inf", "timeout inf must be"),
        ("timeout = nan", "timeout nan must be"),
        ('notebook = "a\\u0000"', "can be no path"),
        ("timeot = 3", "did you mean 'timeout'?"),
    ],
)
def test_what_a_manifest_cannot_say_is_refused(tmp_path: Path, line: str, words: str) -> None:
    text = '[[report]]\nid = "a"\ntitle = "A"\n'
    text += "" if line.startswith("notebook") else 'notebook = "n.ipynb"\n'
    (tmp_path / "reports.toml").write_text(f"{text}{line}\n")
    with pytest.raises(ReportError) as caught:
        read_manifest(tmp_path / "reports.toml")
    assert words in str(caught.value)


def test_a_manifest_may_have_a_mark_and_windows_line_ends(tmp_path: Path) -> None:
    text = '[[report]]\r\nid = "a"\r\ntitle = "A"\r\nnotebook = "n.ipynb"\r\n'
    (tmp_path / "reports.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [report.id for report in read_manifest(tmp_path / "reports.toml")] == ["a"]
    for text in ("a = " + "[" * 100_000, "a = " + "9" * 5000, "a = 1979-99-99", "\0"):
        (tmp_path / "reports.toml").write_text(text)
        with pytest.raises(ReportError, match="not TOML"):
            read_manifest(tmp_path / "reports.toml")


def test_inputs_are_files_of_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "extra" / "deep").mkdir(parents=True)
    (project / "extra" / "deep" / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("2")
    assert list(input_hashes(project, ("extra", "none", "**/*.csv"))) == ["extra/deep/a.csv"]
    (project / "b.csv").symlink_to(tmp_path / "b.csv")
    with pytest.raises(ReportError, match=r"inputs '\*\.csv': .* leads out of"):
        input_hashes(project, ("*.csv",))
    assert is_inside("./extra/[a-z]*.csv")


def test_inputs_are_watched(project: Path) -> None:
    found = watched(project / "reports.toml", project / "data")
    assert {"a.csv", ".csv"} <= found[project / "extra"]
    assert "one.txt" in found[project]
