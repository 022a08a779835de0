"""Which columns a table has; and frames whose cells great_tables reads and writes quickly.

For each cell it asks pandas in the general way, ``iloc``, which takes a hundred times as long as
to look into the array that holds the texts; most of the time of a long table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd


def of_what_is_told(table: pd.DataFrame, told: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return a table without the columns that would say of every row that nothing is known.

    Parameters
    ----------
    table : DataFrame of texts; one without rows stays as it is.
    told : by the name of a column, what tells its cells: values of which some may be missing, or
        booleans that say which are told.

    Examples
    --------
    >>> table = pd.DataFrame({"Trial": ["A"], "Dose": ["not known"]})
    >>> list(of_what_is_told(table, {"Dose": pd.Series([None])}))
    ['Trial']
    """
    untold = [
        name for name, cells in told.items()
        if not (cells if cells.dtype == bool else cells.notna()).any()
    ]  # fmt: skip
    return table.drop(columns=untold) if len(table) else table


class Cells(pd.DataFrame):
    """A DataFrame of texts, none missing, whose cells great_tables reads and writes at once."""

    @property
    def _constructor(self) -> type["Cells"]:
        return Cells

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> "Cells":
        # What pandas does here of itself copies every column for each row or column taken.
        return Cells._from_mgr(mgr, axes)  # type: ignore[attr-defined, no-any-return]

    def _texts(self) -> Any:
        """Return the texts, column by column, if they lie in one array as in that of `cells_of`."""
        blocks = self._mgr.blocks
        return blocks[0].values if len(blocks) == 1 else None  # noqa: PD011


def cells_of(texts: Mapping[str, Sequence[str]], index: pd.Index) -> Cells:
    """Return texts by column as a frame.

    >>> cells_of({"a": ["1", "2"]}, pd.RangeIndex(2)).to_dict("list")
    {'a': ['1', '2']}
    """
    values = np.empty((len(texts), len(index)), dtype=object)
    for place, column in enumerate(texts.values()):
        values[place] = column
    return _cells(values, index, pd.Index(list(texts)))


def _cells(values: Any, index: pd.Index, columns: pd.Index) -> Cells:
    return Cells(values.T, index=index, columns=columns, dtype=object)


def _register() -> None:
    """Have great_tables handle such a frame at once, if this version can be told.

    Else it does so column by column and cell by cell, and casts to text what is text.
    """
    try:
        from great_tables import _tbl_data

        _tbl_data.create_empty_frame.register(Cells, _empty)
        _tbl_data.cast_frame_to_string.register(Cells, lambda frame: frame)
        _tbl_data.replace_null_frame.register(Cells, _filled)
        _tbl_data._get_cell.register(Cells, _get)
        _tbl_data._set_cell.register(Cells, _set)
    except (ImportError, AttributeError):
        pass


def _empty(frame: Cells) -> Cells:
    return _cells(np.full(frame.shape[::-1], np.nan, dtype=object), frame.index, frame.columns)


def _filled(frame: Cells, replacement: Cells) -> Cells:
    own, other = frame._texts(), replacement._texts()
    if own is None or other is None:
        return frame.where(frame.notna(), replacement)
    return _cells(np.where(pd.isna(own), other, own), frame.index, frame.columns)


def _get(frame: Cells, row: int, column: str) -> Any:
    place: Any = frame.columns.get_loc(column)
    texts = frame._texts()
    return frame.iloc[row, place] if texts is None else texts[place, row]


def _set(frame: Cells, row: int, column: str, value: Any) -> None:
    place: Any = frame.columns.get_loc(column)
    texts = frame._texts()
    if texts is None:
        frame.iloc[row, place] = value
    else:
        texts[place, row] = value


_register()
