"""Manifests of other reviews: bundled notebooks, a report a study, and reports without tables."""

import json
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from atopic.cli import app
from atopic.errors import ReportError, UsageError
from atopic.paths import bundled
from atopic.reporting.plan.manifest import data_named, read_manifest, reads_tables

EACH = """
[[report]]
id = "study-{study}"
title = "{citation}"
notebook = "atopic:one_study"
for_each = "studies"
"""
STUDIES = "study_id,role,short_citation\nlee-2004,evidence,Lee 2004\nho-1996,,\nx,benchmark,X\n"
ARMS = (
    "study_id,arm_id,agent,dose\n"
    "lee-2004,a,drug,5\nlee-2004,b,drug,10\nlee-2004,c,placebo,\n"
    "ho-1996,a,drug,5\nho-1996,b,other,10\nho-1996,c,drug,some\n"
)
RESPONSES = "study_id,arm_id,outcome,week\n" + "".join(
    f"{study},{arm},nausea,{week}\n"
    for study, arm, week in [("lee-2004", "a", 1), ("lee-2004", "b", 1), ("ho-1996", "a", 1)]
)


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(map(str, words)))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
def review(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "studies.csv").write_text(STUDIES)
    (data / "arms.csv").write_text(ARMS)
    (data / "responses.csv").write_text(RESPONSES)
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "reports.toml"
    path.write_text('data = "data"\n' + text)
    return path


def test_there_is_a_report_for_each_study(review: Path) -> None:
    reports = read_manifest(written(review, EACH))
    assert [one.id for one in reports] == ["study-lee-2004", "study-ho-1996"]
    assert [one.title for one in reports] == ["Lee 2004", "ho-1996"]
    assert [one.parameters for one in reports] == [{"study": "lee-2004"}, {"study": "ho-1996"}]
    assert {one.notebook for one in reports} == {bundled("notebooks") / "one_study.ipynb"}


@pytest.mark.parametrize(("parameters", "found"), [
    ("", ["dose-lee-2004"]),
    ('[report.parameters]\noutcome = "nausea"\nweek = 1\n', ["dose-lee-2004"]),
])  # fmt: skip
def test_only_studies_with_two_doses_of_one_agent_count_as_such(
    review: Path, parameters: str, found: list[str]
) -> None:
    text = EACH.replace('"studies"', '"dose-studies"').replace("study-{", "dose-{") + parameters
    plain = '\n[[report]]\nid = "a"\ntitle = "A"\nnotebook = "atopic:methods"\n'
    reports = read_manifest(written(review, text + plain))
    assert [one.id for one in reports] == [*found, "a"]


@pytest.mark.parametrize(("text", "words"), [
    (EACH.replace('"studies"', '"arms"'), "for_each 'arms' must be studies or dose-studies"),
    (EACH.replace("study-{study}", "study"), "the id must hold {study}"),
    (EACH.replace("one_study", "one_studdy"), "did you mean 'one_study'"),
    (EACH.replace('"studies"', "1"), "for_each 1 must be"),
])  # fmt: skip
def test_what_cannot_be_repeated_or_found_is_refused(review: Path, text: str, words: str) -> None:
    with pytest.raises(ReportError, match=r"reports\.toml") as caught:
        read_manifest(written(review, text))
    assert words in str(caught.value)


def test_the_data_folder_is_named_by_the_manifest_or_else_the_review(review: Path) -> None:
    path = written(review, EACH)
    assert data_named(path) == review / "data"
    path.write_text(EACH)
    assert data_named(path) == review / "data"
    for told in ("review.toml", "datapackage.json"):
        (review / "data" / "studies.csv").unlink(missing_ok=True)
        assert data_named(path) is None
        (review / "data" / told).write_text("")
        assert data_named(path) == review / "data"
        (review / "data" / told).unlink()
    path.write_text("data = false\n" + EACH)
    assert not reads_tables(path)


def test_a_manifest_without_tables_builds_plain_notebooks(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_markdown_cell("# Rain"), nbformat.v4.new_code_cell("print(6 * 7)")]
    (tmp_path / "rain.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    manifest = tmp_path / "reports.toml"
    manifest.write_text(
        'data = false\n[site]\nname = "Rain"\ntitle = "Rain in Bergen"\nlicence = "CC0"\n'
        'cite = "Us"\n[[report]]\nid = "rain"\ntitle = "Rain"\nnotebook = "rain.ipynb"\n'
    )
    out = tmp_path / "site"
    status, told = run("build", "--manifest", manifest, "--out", out)
    assert status == 0, told
    assert "42" in (out / "rain.html").read_text()
    assert not (out / "data").exists()
    assert not (out / "tables.zip").exists()
    assert json.loads((out / "build.json").read_text())["inputs"] == {}
    for page in out.glob("*.html"):
        text = page.read_text()
        assert "Tables read" not in text
        assert "dermatitis" not in text
        assert "tables.zip" not in text
    assert "Rain in Bergen" in (out / "index.html").read_text()
    with pytest.raises(UsageError, match="read no tables"):
        run("build", "--manifest", manifest, "--data", tmp_path, "--out", out)


def test_the_reports_of_atopic_are_refused_for_the_tables_of_another_review(review: Path) -> None:
    manifest = bundled("reports.toml")
    asked = ("build", "--manifest", manifest, "--data", review / "data", "--out", review / "out")
    with pytest.raises(UsageError, match=r"another review.*atopic new"):
        run(*asked)
    assert not (review / "out").exists()
