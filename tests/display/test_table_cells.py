"""Tables drawn from quick cells are those that great_tables draws from any frame."""

import html

import pandas as pd
import pytest
from great_tables import GT, loc
from great_tables._tbl_data import _get_cell, _set_cell

from atopic.display.table_cells import Cells, cells_of

TEXTS = {
    "name": ["a & b", "<c>", "", "d"],
    "n": ["1", "2", "", "−4"],
    "address": ["x", "y", "", "z"],
}
FRAME = pd.DataFrame(TEXTS)
CELLS = cells_of(TEXTS, FRAME.index)


def drawn(frame: pd.DataFrame) -> str:
    table = GT(frame, rowname_col="name", id="t").fmt(
        lambda cell: f"<b>{html.escape(cell)}</b>", columns="address", rows=[0, 3]
    )
    table = table.tab_header(title="T").tab_footnote("f", locations=loc.body("n", rows=[1]))
    return str(table.as_raw_html())


def test_the_same_table_is_drawn() -> None:
    plain = drawn(FRAME)
    assert drawn(CELLS) == drawn(Cells(FRAME)) == plain
    pd.testing.assert_frame_equal(pd.DataFrame(CELLS).astype("str"), FRAME)  # as it was
    assert "a &amp; b" in plain
    assert "<b>z</b>" in plain


def test_what_is_written_is_kept_in_quick_cells() -> None:
    body = GT(CELLS)._body.body
    assert type(body) is Cells
    assert body.isna().all(axis=None)


@pytest.mark.parametrize("cells", [CELLS, Cells(FRAME)])
def test_one_cell_is_read_and_written_as_in_any_frame(cells: Cells) -> None:
    cells, plain = cells.copy(), FRAME.copy()
    for frame in (cells, plain):
        _set_cell(frame, 1, "n", "two")
    pd.testing.assert_frame_equal(pd.DataFrame(cells).astype("str"), plain)
    assert _get_cell(cells, 1, "n") == "two"
    with pytest.raises(IndexError):
        _get_cell(cells, 9, "n")
    assert CELLS.loc[1, "n"] == "2"
