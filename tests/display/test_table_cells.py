"""Tables drawn from quick cells are those that great_tables draws from any frame."""

import html

import pandas as pd
import pytest
from great_tables import GT, loc

from atopic.display.table_cells import Cells

FRAME = pd.DataFrame(
    {"name": ["a & b", "<c>", "", "d"], "n": ["1", "2", "", "−4"], "address": ["x", "y", "", "z"]}
)


def drawn(frame: pd.DataFrame) -> str:
    table = GT(frame, rowname_col="name", id="t").fmt(
        lambda cell: f"<b>{html.escape(cell)}</b>", columns="address", rows=[0, 3]
    )
    table = table.tab_header(title="T").tab_footnote("f", locations=loc.body("n", rows=[1]))
    return str(table.as_raw_html())


def test_the_same_table_is_drawn() -> None:
    plain = drawn(FRAME)
    assert drawn(Cells(FRAME)) == plain
    assert "a &amp; b" in plain
    assert "<b>z</b>" in plain


def test_what_is_written_is_kept_in_quick_cells() -> None:
    body = GT(Cells(FRAME))._body.body
    assert type(body) is Cells
    assert body.isna().all(axis=None)


def test_one_cell_and_several_are_read_and_written_as_in_any_frame() -> None:
    cells, plain = Cells(FRAME), FRAME.copy()
    for frame in (cells, plain):
        frame.iloc[1, 1] = "two"
        frame.iloc[2:, 0] = "rest"
        frame.iloc[-1, -1] = "last"
    pd.testing.assert_frame_equal(pd.DataFrame(cells), plain)
    assert cells.iloc[1, 1] == "two"
    assert cells.iloc[[0], :].to_numpy().tolist() == plain.iloc[[0], :].to_numpy().tolist()
    with pytest.raises(IndexError):
        _ = cells.iloc[9, 0]
