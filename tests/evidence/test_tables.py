"""CSV files as rows with the numbers of a spreadsheet, and as typed values."""

import csv
import io
import math
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atopic.evidence.csv_rows import Problem, Rows, parse_number, read_rows, typed_columns
from atopic.evidence.frames import typed_frame
from atopic.evidence.schema import Field, Table

# A NUL is refused, and a lone surrogate has no UTF-8.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
tricky = st.sampled_from(["", " ", '"', ",", "\n", "\r\n", "\r", ";", "\t", "a\nb", '""', "\ufeff"])
one_cell = texts | tricky
names = st.lists(
    texts.filter(str.strip).filter(lambda name: not name.startswith("\ufeff")),
    min_size=2,
    max_size=5,
    unique=True,
)

# One folder serves all examples of a test; each writes its file anew.
relaxed = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def tables(draw):
    header = draw(names)
    row = st.lists(one_cell, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(row, max_size=6))


def read(folder, raw):
    path = folder / "table.csv"
    path.write_bytes(raw)
    return read_rows(path)


@relaxed
@given(tables(), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_whatever_is_written_is_read_back_with_its_row(tmp_path, table, ending, marked, quoted):
    header, body = table
    stream = io.StringIO(newline="")
    # Before Python 3.13 the writer leaves a carriage return bare, which then ends the row.
    bare = any("\r" in cell for cells in [header, *body] for cell in cells)
    quoting = csv.QUOTE_ALL if quoted or bare else csv.QUOTE_MINIMAL
    csv.writer(stream, lineterminator=ending, quoting=quoting).writerows([header, *body])
    rows, problems = read(
        tmp_path, (b"\xef\xbb\xbf" if marked else b"") + stream.getvalue().encode()
    )
    assert problems == []
    # A line break inside a cell adds no row; a row of nothing is none, but it is counted.
    kept = [
        (number, tuple(cells))
        for number, cells in enumerate(body, start=2)
        if any(cell.strip() for cell in cells)
    ]
    assert rows == Rows(
        tuple(header), tuple(cells for _, cells in kept), tuple(number for number, _ in kept)
    )


@relaxed
@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail(tmp_path, raw):
    rows, problems = read(tmp_path, raw)
    assert rows is not None or problems
    assert all(isinstance(problem, Problem) and problem.message for problem in problems)


@relaxed
@given(st.text(st.sampled_from('a",;\t\r\n \0é\ufeff'), max_size=40).map(str.encode))
def test_no_quotes_and_breaks_make_the_reader_fail(tmp_path, raw):
    rows, problems = read(tmp_path, raw)
    assert rows is not None or problems
    if rows is not None:
        assert all(len(cells) == len(rows.header) for cells in rows.cells)
        assert len(rows.numbers) == len(rows.cells)
        assert list(rows.numbers) == sorted(set(rows.numbers))


@pytest.mark.parametrize(
    ("raw", "row", "rule"),
    [
        (b'a,b\n"x\ny",1\n"z",\xff\n', 3, "encoding"),
        (b'a,b\n"x\ny",1\n"z",\0\n', 3, "encoding"),
        (b'a,b\n"x\ny\xff",1\n', 2, "encoding"),
        (b"\xff", 1, "encoding"),
        (b"\xef\xbb\xbfa\xff", 1, "encoding"),
        (b'a,b\n"x\ny",1\n1,2,3\n', 3, "ragged-row"),
        (b'a,b\n"x\ny",1\n"z,2\n3,4\n', 3, "quoting"),
        (b'a,b\n\n"z"x,2\n', 3, "quoting"),
        (b"a;b\n1;2\n", 1, "delimiter"),
        (b"\n\na,a\n1,2\n", 3, "duplicate-column"),
        (b"a,\n1,2\n", 1, "blank-column"),
    ],
)
def test_the_row_is_that_of_a_spreadsheet(tmp_path, raw, row, rule):
    _, (problem, *_) = read(tmp_path, raw)
    assert (problem.file, problem.row, problem.rule) == ("table.csv", row, rule)


def test_ragged_rows_are_left_out_and_all_reported(tmp_path):
    rows, problems = read(tmp_path, b"a,b\n1\n1,2\n1,2,3\n3,4\n")
    assert rows == Rows(("a", "b"), (("1", "2"), ("3", "4")), (3, 5))
    assert [problem.row for problem in problems] == [2, 4]


def test_blank_lines_before_the_header(tmp_path):
    rows, problems = read(tmp_path, b"\n,,\na,b\n1,2\n")
    assert problems == []
    assert rows == Rows(("a", "b"), (("1", "2"),), (4,), header_number=3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a matter of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "table.csv")
    _, (problem,) = read_rows(tmp_path / "table.csv")
    assert problem.rule == "not-a-file"


@pytest.mark.parametrize("name", ["a\0b.csv", "file.csv/inside.csv", "x" * 300 + ".csv"])
def test_a_path_that_cannot_be_opened(tmp_path, name):
    (tmp_path / "file.csv").write_text("a\n1\n", encoding="utf-8")
    rows, (problem,) = read_rows(tmp_path / name, "named.csv")
    assert rows is None
    assert problem.file == "named.csv"
    assert problem.rule in {"unreadable", "missing-file"}


def test_a_problem_is_one_line():
    assert str(Problem("a.csv", 12, "n", "7", "rule", "7 is more")) == "a.csv:12: n: 7 is more"
    assert str(Problem("a.csv", 12, None, None, "rule", "odd")) == "a.csv:12: odd"
    assert str(Problem("a.csv", 1, "a\nb", "a\nb", "rule", "odd")) == r"a.csv:1: 'a\nb': odd"
    assert str(Problem("a.csv", None, None, None, "rule", "gone")) == "a.csv: gone"


@pytest.mark.parametrize(
    ("text", "whole", "number"),
    [
        ("0", True, 0),
        ("+12", True, 12),
        ("-3", True, -3),
        ("9" * 18, True, 10**18 - 1),
        ("9" * 19, True, None),
        ("1_0", True, None),
        ("١", True, None),
        ("12.5", True, None),
        ("1e3", True, None),
        ("", True, None),
        ("2.5e7", False, 2.5e7),
        (".5", False, 0.5),
        ("5.", False, 5.0),
        ("-1E-3", False, -0.001),
        ("1e999", False, None),
        ("nan", False, None),
        ("inf", False, None),
        ("1,5", False, None),
        (" 1", False, None),
        ("1\n", False, None),
        ("0x10", False, None),
    ],
)
def test_numbers_are_plain_digits(text, whole, number):
    assert parse_number(text, whole=whole) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_exactly(number):
    read = parse_number(repr(number), whole=False)
    assert read == number
    assert math.copysign(1, read) == math.copysign(1, number)


FIELDS = (
    Field("name", "string", required=True, pattern="[a-z]+"),
    Field("n", "integer", minimum=1, maximum=9),
    Field("dose", "number"),
    Field("role", "string", enum=("yes", "no")),
    Field("level", "number", enum=(90, 95)),
)
TABLE = Table("t", "t.csv", "T", "", FIELDS)
GOOD = {"name": "a", "n": "2", "dose": "2.5e7", "role": "no", "level": "95"}


def rows(**cells):
    values = {**GOOD, **cells}
    return Rows(tuple(values), (tuple(values.values()),), (2,))


@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        ({}, True),
        ({"n": "", "dose": "", "role": "", "level": ""}, True),
        ({"name": ""}, False),
        ({"name": "A"}, False),
        ({"name": "a\n"}, False),
        ({"n": "0"}, False),
        ({"n": "10"}, False),
        ({"n": "two"}, False),
        ({"dose": "much"}, False),
        ({"role": "maybe"}, False),
        ({"level": "99"}, False),
        ({"level": "95.0"}, True),
        ({"more": "1"}, False),
    ],
)
def test_a_cell_fits_its_schema_or_not(cells, fits):
    assert typed_columns(TABLE, rows(**cells))[1] is fits


def test_columns_are_typed_and_in_the_order_of_the_schema():
    given_rows = Rows(
        ("level", "role", "dose", "n", "name"),
        (("95", "no", "2.5e7", "2", "a"), ("", "", "", "", "b")),
        (2, 5),
    )
    columns, fits = typed_columns(TABLE, given_rows)
    frame = typed_frame(TABLE, given_rows, columns)
    assert fits
    assert frame.index.to_list() == [2, 5]
    assert frame.index.name == "row"
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "name": "str",
        "n": "Int64",
        "dose": "float64",
        "role": "category",
        "level": "float64",
    }
    assert frame["role"].cat.categories.to_list() == ["yes", "no"]
    assert frame.loc[2].to_list() == ["a", 2, 2.5e7, "no", 95.0]
    assert frame.loc[5].isna().to_list() == [False, True, True, True, True]


def test_a_missing_column_is_blank():
    columns, fits = typed_columns(TABLE, Rows(("name",), (("a",),), (2,)))
    assert not fits
    assert columns == {"name": ["a"], "n": [None], "dose": [None], "role": [None], "level": [None]}


def test_a_table_without_rows_keeps_its_types():
    empty = Rows(tuple(GOOD), (), ())
    columns, fits = typed_columns(TABLE, empty)
    frame = typed_frame(TABLE, empty, columns)
    assert fits
    assert frame.shape == (0, 5)
    assert str(frame["n"].dtype) == "Int64"
