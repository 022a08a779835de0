from pathlib import Path

import pytest

from atopic.errors import ReportError, UsageError
from atopic.reporting.plan.manifest import read_manifest, selected

GOOD = '[[report]]\nid = "a"\ntitle = "A"\nnotebook = "n.ipynb"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "reports.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_notebooks_lie_beside_the_manifest(tmp_path: Path) -> None:
    (report,) = read_manifest(written(tmp_path, GOOD + "[report.parameters]\nweeks = [12]\n"))
    assert report.notebook == tmp_path / "n.ipynb"
    assert report.parameters == {"weeks": [12]}
    assert report.summary == report.section == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no report"),
        ("x = 1\n" + GOOD, "unknown key 'x'"),
        ("[report\n", "not TOML"),
        (GOOD + GOOD, "two reports have the id 'a'"),
        (GOOD.replace('"a"', '"A b"'), "lower-case"),
        (GOOD.replace('"a"', '"../a"'), "lower-case"),
        (GOOD.replace('"a"', f'"{"a" * 81}"'), "at most 80 characters"),
        (GOOD.replace('"a"', '"index"'), "taken by a file of the site"),
        (GOOD.replace('"a"', '"data"'), "taken by a file of the site"),
        (GOOD + "section = 3\n", "section must be a text"),
        (GOOD.replace('title = "A"\n', ""), "title must be a text"),
        (GOOD.replace('"n.ipynb"', "3"), "notebook must be a text"),
        (GOOD + 'colour = "red"\n', "unknown key 'colour'"),
        (GOOD + "parameters = 3\n", "parameters must be a table"),
        ("report = 3\n", "no report"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ReportError) as caught:
        read_manifest(written(tmp_path, text))
    assert words in str(caught.value)
    assert "reports.toml" in str(caught.value)


def test_a_missing_or_badly_encoded_manifest_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no such manifest"):
        read_manifest(tmp_path / "none.toml")
    with pytest.raises(ReportError, match="cannot be read"):
        read_manifest(tmp_path)
    (tmp_path / "latin.toml").write_bytes("title = 'é'".encode("latin-1"))
    with pytest.raises(ReportError, match="not UTF-8"):
        read_manifest(tmp_path / "latin.toml")


def test_unknown_ids_are_refused_with_those_that_exist(tmp_path: Path) -> None:
    reports = read_manifest(written(tmp_path, GOOD))
    assert selected(reports, []) == reports
    with pytest.raises(UsageError, match="no report 'b'; the reports are a"):
        selected(reports, ["b"])
