import csv
import io
import json
from typing import Any

import nbformat
import pytest

from atopic.reporting.pages.report_files import shown_files
from atopic.reporting.pages.safe_csv import safe_csv


def notebook(*outputs: tuple[dict[str, Any], Any]) -> Any:
    cells = [
        nbformat.v4.new_code_cell(
            "", outputs=[nbformat.v4.new_output("display_data", data, metadata={"atopic": shown})]
        )
        for data, shown in outputs
    ]
    return nbformat.v4.new_notebook(cells=cells)


TABLE = {"text/html": "<b>a</b>", "text/csv": "a\n"}
FIGURE = {"image/svg+xml": "<svg/>"}


def test_each_table_and_figure_is_a_file() -> None:
    found, failure = shown_files(
        notebook(
            (TABLE, {"kind": "table", "name": "one"}),
            (FIGURE, {"kind": "figure", "name": "one"}),
            ({"text/html": "n"}, {"kind": "note"}),
        ),
        "r",
    )
    assert (found, failure) == ({"r/one.csv": "a\n", "r/one.svg": "<svg/>"}, None)


RUN = [
    "=1+1", "+x", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "-", "-1,2+3", "+1-1",
    "-5+cmd|'x'!A0", '=HYPERLINK("http://x")',
]  # fmt: skip
KEPT = ["-5", "-0.5", "+3", "-1e-05", "-1,234.5", "-inf", "-5%", "-.5", "a=b", "x", "", "'=1",
        "−3", "1-2"]  # fmt: skip


def test_what_a_spreadsheet_would_run_is_text_in_the_file_beside_the_page() -> None:
    import pandas as pd

    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([cell] for cell in ["=cmd()", *RUN, *KEPT])
    data = TABLE | {"text/csv": buffer.getvalue()}
    found, _ = shown_files(notebook((data, {"kind": "table", "name": "one"})), "r")
    header, *cells = (row[0] for row in csv.reader(io.StringIO(found["r/one.csv"], newline="")))
    assert header == "'=cmd()"
    assert cells == [f"'{cell}" for cell in RUN] + KEPT
    safe = pd.DataFrame({"a": [-1.5, float("-inf"), None]}).to_csv(index=False)
    assert safe_csv(safe) == safe
    assert safe_csv(found["r/one.csv"]) == found["r/one.csv"]


@pytest.mark.parametrize(
    ("data", "shown", "words"),
    [
        (TABLE, "x", "metadata 'atopic' is 'x'"),
        (TABLE, None, "metadata 'atopic' is None"),
        (TABLE, {"kind": ["table"]}, "metadata 'atopic' is {'kind'"),
        (TABLE, {"kind": "table", "name": "../x"}, "name of a table, '../x', must be"),
        (TABLE, {"kind": "table", "name": 3}, "name of a table, 3, must be"),
        (FIGURE, {"kind": "figure", "name": "a" * 81}, "at most 80 characters"),
        (FIGURE, {"kind": "table", "name": "x"}, "The table 'x' has no CSV"),
        (TABLE, {"kind": "figure", "name": "x"}, "The figure 'x' has no SVG"),
    ],
)
def test_what_only_claims_to_be_one_is_a_failure(data: Any, shown: Any, words: str) -> None:
    made = notebook((data, shown))
    found, failure = shown_files(made, "r")
    assert found == {}
    assert failure is not None
    assert words in failure.summary
    assert "atopic" not in made.cells[0].outputs[0].metadata


def test_a_table_that_no_cell_named_is_a_file_too() -> None:
    found, failure = shown_files(notebook((TABLE, {"kind": "table"})), "r")
    assert failure is None
    assert found == {"r/unnamed-table-1.csv": TABLE["text/csv"]}


def test_a_finding_is_a_file_and_stands_once() -> None:
    told = {"kind": "finding", "words": "W", "number": "+4", "unit": "u", "certainty": "low",
            "link": "", "short": "s", "notes": ["n"]}  # fmt: skip
    files, failure = shown_files(notebook(({}, told)), "a")
    assert failure is None
    assert json.loads(files["a/finding.json"]) == {
        name: value for name, value in told.items() if name != "kind"
    }
    _, failure = shown_files(notebook(({}, told), ({}, told)), "a")
    assert failure
    assert failure.summary == "The report states two findings; state one"
    _, failure = shown_files(notebook(({}, told | {"notes": "n"})), "a")
    assert failure
    assert failure.summary.startswith("A finding is not as")
