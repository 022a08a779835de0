"""At most ten columns stand beside one another, those that say what a row is about first."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.evidence.core import read_package
from atopic.evidence.csv_rows import Rows, read_rows
from atopic.evidence.schema import Field, Table
from atopic.paths import bundled
from atopic.reporting.pages.table_columns import lay_out

TABLES = read_package(bundled("data")).tables


def read(folder: Path, table: Table) -> Rows:
    rows, problems = read_rows(folder / table.path, table.path)
    assert rows
    assert not problems
    return rows


@pytest.mark.parametrize("name", TABLES)
def test_each_column_has_one_place_and_nine_at_most_stand_beside_one_another(name: str) -> None:
    table = TABLES[name]
    layout = lay_out(table, read(bundled("data"), table))
    parts = (layout.beside, layout.below, layout.texts)
    assert Counter(column for part in parts for column in part) == Counter(table.columns)
    assert 1 <= len(layout.beside) <= 9
    assert set(table.key) <= set(layout.beside)
    for part in parts:
        assert list(part) == [column for column in table.columns if column in part]


def test_what_a_reader_looks_for_is_in_the_row_and_notes_are_below() -> None:
    layout = lay_out(TABLES["responses"], read(bundled("data"), TABLES["responses"]))
    assert {"outcome", "week", "responders", "n", "percent_printed"} <= set(layout.beside)
    assert layout.texts == ("notes",)
    assert layout.filter
    assert layout.filter.column == "study_id"
    assert len(layout.filter.values) == len({*layout.filter.values})


def columns(*cells: tuple[str, ...], key: tuple[str, ...] = (), required: str = "") -> Table:
    fields = [Field(f"c{i}", "string", required=f"c{i}" == required) for i in range(len(cells[0]))]
    return Table("t", "t.csv", "", "", tuple(fields), key=key)


def rows(table: Table, *cells: tuple[str, ...]) -> Rows:
    return Rows(table.columns, cells, tuple(range(2, 2 + len(cells))))


def test_the_key_comes_before_what_tells_more_rows_apart() -> None:
    cells = [("same", *(f"{row}{column}" for column in range(11))) for row in range(4)]
    table = columns(*cells, key=("c0", "c11"))
    assert lay_out(table, rows(table, *cells)).beside == (
        "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c11"
    )  # fmt: skip


def test_of_two_columns_alike_the_required_one_comes_first() -> None:
    cells = [tuple("abcdefghij")]
    table = columns(*cells, required="c9")
    layout = lay_out(table, rows(table, *cells))
    assert "c9" in layout.beside
    assert layout.below == ("c8",)


def test_a_table_of_long_texts_alone_has_one_in_the_row() -> None:
    cells = [("why " * 20, "because " * 20)]
    table = columns(*cells)
    layout = lay_out(table, rows(table, *cells))
    assert (layout.beside, layout.texts, layout.filter) == (("c0",), ("c1",), None)


@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from(["", "a", "b"]), st.text())))
def test_a_filter_offers_each_value_of_its_column_once(cells: list[tuple[str, ...]]) -> None:
    table = columns(("", "", ""))
    found = lay_out(table, rows(table, *cells)).filter
    if found:
        held = [row[table.columns.index(found.column)] for row in cells]
        assert list(found.values) == list(dict.fromkeys(held))
        assert 2 <= len(found.values) <= len(held) / 2
