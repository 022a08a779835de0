"""A report that `atopic new-report` begins builds as it stands."""

from pathlib import Path

import pytest

from atopic.additions.report import write_report
from atopic.errors import ReportError, UsageError
from atopic.paths import bundled
from atopic.reporting.build import build
from atopic.reporting.plan.manifest import read_manifest
from atopic.reporting.plan.plan import plan


def test_it_builds_with_its_figure_and_its_table(tmp_path: Path) -> None:
    assert "atopic build --manifest my-question.toml" in write_report(tmp_path, "my-question")
    reports = read_manifest(tmp_path / "my-question.toml")
    out = tmp_path / "site"
    built = build(plan(reports), data=bundled("data"), out=out, site=reports)
    assert [one.failure for one in built] == [None]
    assert (out / "my-question" / "rates.svg").is_file()
    assert (out / "my-question" / "rates.csv").is_file()


@pytest.mark.parametrize("name", ["", "My report", "../up", "a/b"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="the name of a report"):
        write_report(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("kept")
    with pytest.raises(ReportError, match=r"mine\.toml: is there already"):
        write_report(tmp_path, "mine")
    assert [one.name for one in tmp_path.iterdir()] == ["mine.toml"]
