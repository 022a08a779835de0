"""Workbooks of the tables: every cell is there, as what it is."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.evidence.core import read_package
from atopic.evidence.csv_rows import Rows, read_rows
from atopic.evidence.schema import Field, Table
from atopic.reporting.site.workbooks import workbook
from tests.conftest import REPOSITORY

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DATA = REPOSITORY / "data"


def cells(content: bytes) -> tuple[dict[str, str | float], str]:
    """Return the cells of the first sheet as a reader of the format has them, and its source."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        words = [
            "".join(part.text or "" for part in one.iter(f"{MAIN}t"))
            for one in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")
        ]
        source = book.read("xl/worksheets/sheet1.xml").decode()
    found: dict[str, str | float] = {}
    for cell in ElementTree.fromstring(source).iter(f"{MAIN}c"):
        value = cell.find(f"{MAIN}v")
        if value is not None and value.text is not None:
            text = cell.get("t") == "s"
            found[str(cell.get("r"))] = words[int(value.text)] if text else float(value.text)
    return found, source


@pytest.mark.parametrize("name", sorted(read_package(DATA).tables))
def test_every_cell_of_ours_is_there_as_what_it_is(name: str) -> None:
    table = read_package(DATA).tables[name]
    rows, _ = read_rows(DATA / table.path)
    assert rows is not None
    found, _ = cells(workbook(table, rows))
    kinds = {field.name: field.type for field in table.fields}
    held = [rows.header, *rows.cells]
    written = [cell for row in held for cell in row if cell != ""]
    assert len(found) == len(written)
    for cell, value in zip(written, found.values(), strict=True):
        assert value == cell or value == float(cell)
    if "integer" in kinds.values() or "number" in kinds.values():
        assert any(isinstance(value, float) for value in found.values())


@given(
    st.lists(
        st.tuples(
            st.text(max_size=8), st.from_regex(r"-?[0-9]{1,17}(\.[0-9]{0,4})?", fullmatch=True)
        ),
        max_size=4,
    )
)
@settings(max_examples=40, deadline=None)
def test_texts_stay_texts_and_numbers_keep_their_value(pairs: list[tuple[str, str]]) -> None:
    fields = (Field("words", "string"), Field("size", "number"))
    table = Table("a", "a.csv", "", "", fields)
    rows = Rows(("words", "size"), tuple(pairs), tuple(range(2, len(pairs) + 2)))
    content = workbook(table, rows)
    assert content == workbook(table, rows)
    found, source = cells(content)
    assert "<f>" not in source  # no cell is a formula
    for number, (words, size) in enumerate(pairs, start=2):
        assert isinstance(found.get(f"A{number}", ""), str)
        assert (f"A{number}" in found) == (words != "")
        value = found[f"B{number}"]
        assert value == size if isinstance(value, str) else value == float(size)


def test_a_number_keeps_the_digits_it_was_printed_with() -> None:
    table = Table("a", "a.csv", "", "", (Field("size", "number"),))
    content = workbook(table, Rows(("size",), (("31.80",),), (2,)))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert 'formatCode="0.00"' in book.read("xl/styles.xml").decode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "{=1}", "http://a.b", "2-3", "1e5"])
def test_no_text_is_taken_for_something_else(text: str) -> None:
    table = Table("a", "a.csv", "", "", (Field("words", "string"),))
    found, source = cells(workbook(table, Rows(("words",), ((text,),), (2,))))
    assert found["A2"] == text
    assert "<f>" not in source
    assert "hyperlink" not in source
