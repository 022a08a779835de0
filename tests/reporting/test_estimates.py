from pathlib import Path

from atopic.reporting.site.estimates import every_estimate


def test_rows_are_keyed_by_report_and_columns_are_joined(tmp_path: Path) -> None:
    for report, text in {
        "b": "estimate,method,n\n0.28358206388191055,wilson,5\n",
        "a": 'study_id,estimate,method\nx,1e-05,"a, b"\n',
    }.items():
        (tmp_path / report).mkdir()
        (tmp_path / report / "rates.csv").write_text(text)
    (tmp_path / "a" / "words.csv").write_text("study_id,estimate\nx,1\n")
    assert every_estimate(tmp_path, ["b", "a", "none"], {}) == (
        'report,estimate,method,n,study_id\nb,0.2835820639,wilson,5,\na,1e-05,"a, b",,x\n'
    )


def test_files_that_the_build_did_not_write_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.csv").write_text("estimate,method\n1,x\n")
    entries = {"a": {"outputs": {"a.html": ""}}}
    assert every_estimate(tmp_path, ["a"], entries) == "report\n"


def test_a_row_too_short_or_too_long_does_not_stop_the_build(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "odd.csv").write_text("estimate,method\n1\n1,x,surplus\n")
    assert every_estimate(tmp_path, ["a"], {}) == "report,estimate,method\na,1,\na,1,x\n"
