"""Which columns a table has; and frames whose cells great_tables reads and writes quickly.

For each cell it asks pandas in the general way, ``iloc``, which takes a hundred times as long as
the way for one cell, ``iat``; most of the time of a long table.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["Cells", "of_what_is_told"]


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
    """A DataFrame of texts, none missing, whose ``iloc[row, column]`` is ``iat[row, column]``."""

    @property
    def _constructor(self) -> type["Cells"]:
        return Cells

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> "Cells":
        # What pandas does here of itself copies every column for each row or column taken.
        return Cells._from_mgr(mgr, axes)  # type: ignore[attr-defined, no-any-return]

    @property
    def iloc(self) -> Any:
        """Places, one cell of which is quick."""
        return _Places(super().iloc, self.iat)


class _Places:
    def __init__(self, several: Any, one: Any) -> None:
        self._several, self._one = several, one

    def __getitem__(self, key: Any) -> Any:
        return (self._one if _is_cell(key) else self._several)[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        (self._one if _is_cell(key) else self._several)[key] = value

    def __call__(self, axis: Any = None) -> Any:
        return self._several(axis=axis)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._several, name)  # what pandas itself asks its places for


def _is_cell(key: Any) -> bool:
    return type(key) is tuple and len(key) == 2 and type(key[0]) is type(key[1]) is int


def _register() -> None:
    """Have great_tables handle such a frame at once, too, if this version can be told.

    Else it does so column by column, and casts to text what is text.
    """
    try:
        from great_tables import _tbl_data

        _tbl_data.create_empty_frame.register(Cells, _empty)
        _tbl_data.cast_frame_to_string.register(Cells, lambda frame: frame)
        _tbl_data.replace_null_frame.register(Cells, _filled)
    except (ImportError, AttributeError):
        pass


def _empty(frame: Cells) -> Cells:
    return Cells(index=frame.index, columns=frame.columns, dtype=object)


def _filled(frame: Cells, replacement: Cells) -> Cells:
    return frame.where(frame.notna(), replacement)


_register()
