"""A frame whose single cells are read and written quickly, for great_tables, which does both.

For each cell it asks pandas in the general way, ``iloc``, which takes a hundred times as long as
the way for one cell, ``iat``; most of the time of a long table.
"""

from typing import Any

import pandas as pd

__all__ = ["Cells"]


class Cells(pd.DataFrame):
    """A DataFrame whose ``iloc[row, column]`` is ``iat[row, column]``."""

    @property
    def _constructor(self) -> type["Cells"]:
        return Cells

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
    """Have great_tables keep what it writes in such a frame, too, if this version can be told."""
    try:
        from great_tables._tbl_data import create_empty_frame

        create_empty_frame.register(Cells, _empty)
    except (ImportError, AttributeError):
        pass


def _empty(frame: Cells) -> Cells:
    return Cells(pd.DataFrame(index=frame.index, columns=frame.columns, dtype="string"))


_register()
