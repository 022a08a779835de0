import csv
import io
import json
from pathlib import Path

from atopic.reporting.site.estimates import CORE, MORE, every_estimate


def read(text: str) -> list[dict[str, str]]:
    """Return the rows of estimates.csv without their blank cells."""
    rows = csv.DictReader(io.StringIO(text))
    assert rows.fieldnames == [*CORE, MORE]
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def test_rows_are_keyed_by_report_and_what_few_rows_say_is_in_the_last_column(
    tmp_path: Path,
) -> None:
    for report, text in {
        "b": 'estimate,method,n,table,odd\n0.28358206388191055,wilson,5,own,"a, 1"\n',
        "a": 'study_id,estimate,method\nx,1e-05,"a, b"\n',
    }.items():
        (tmp_path / report).mkdir()
        (tmp_path / report / "rates.csv").write_text(text)
    (tmp_path / "a" / "words.csv").write_text("study_id,estimate\nx,1\n")
    first, second = read(every_estimate(tmp_path, ["b", "a", "none"], {}))
    assert json.loads(first.pop(MORE)) == {"table": "own", "odd": "a, 1"}
    assert first == {
        "report": "b", "table": "rates", "estimate": "0.2835820639", "method": "wilson", "n": "5",
    }  # fmt: skip
    assert second == {
        "report": "a", "table": "rates", "study_id": "x", "estimate": "1e-05", "method": "a, b",
    }  # fmt: skip


def test_files_that_the_build_did_not_write_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.csv").write_text("estimate,method\n1,x\n")
    entries = {"a": {"outputs": {"a.html": ""}}}
    assert read(every_estimate(tmp_path, ["a"], entries)) == []


def test_a_row_too_short_or_too_long_does_not_stop_the_build(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "odd.csv").write_text("estimate,method\n1\n1,x,surplus\n")
    first, second = read(every_estimate(tmp_path, ["a"], {}))
    assert first == {"report": "a", "table": "odd", "estimate": "1"}
    assert second == {"report": "a", "table": "odd", "estimate": "1", "method": "x"}
