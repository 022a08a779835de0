"""Moderators of a frame as columns of a regression: numbers as they are, groups by reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from atopic.errors import did_you_mean
from atopic.stats.arguments import shown
from atopic.stats.arrays import plain
from atopic.stats.frames import column_of
from atopic.stats.pooling.moderators import Moderators, moderator_columns
from atopic.stats.pooling.study_arrays import Floats


@dataclass(frozen=True)
class Coding:
    """How columns of a frame become those of a regression.

    Parameters
    ----------
    columns : tuple of str; the moderators.
    levels : dict; of each that is a group, its levels, the reference first.
    """

    columns: tuple[str, ...]
    levels: dict[str, tuple[Any, ...]]

    def terms(self) -> list[tuple[str, str]]:
        """Return the name of each column of the regression, and the moderator it belongs to."""
        return [
            (term, name)
            for name in self.columns
            for term in (
                [f"{name}: {level}" for level in self.levels[name][1:]]
                if name in self.levels
                else [name]
            )
        ]

    def design(self, frame: pd.DataFrame) -> Floats:
        """Return the columns of the regression without the intercept, shape (rows, terms)."""
        parts = []
        for name in self.columns:
            if name not in self.levels:
                parts.append(column_of(frame, name)[:, None])
                continue
            cells = _cells(frame, name)
            known = self.levels[name]
            for place, cell in enumerate(cells):
                if cell not in known:
                    raise ValueError(
                        f"row {frame.index[place]}, column {name!r}: {shown(cell)} is no level of "
                        f"it{did_you_mean(str(cell), map(str, known))}; there are: "
                        f"{', '.join(map(str, known))}"
                    )
            parts.append(np.array([[float(c == level) for level in known[1:]] for c in cells]))
        return np.concatenate(parts, axis=1) if parts else np.empty((len(frame), 0))


def code_moderators(
    moderators: Moderators, columns: Sequence[str] | None, reference: Mapping[str, Any] | None
) -> tuple[Coding, pd.DataFrame]:
    """Return the coding of moderators, and the frame that holds them.

    Examples
    --------
    >>> frame = pd.DataFrame({"dose": [1, 2, 4], "route": ["iv", "sc", "iv"]})
    >>> coding, _ = code_moderators(frame, None, {"route": "sc"})
    >>> coding.terms(), coding.design(frame).tolist()
    ([('dose', 'dose'), ('route: iv', 'route')], [[1.0, 1.0], [2.0, 0.0], [4.0, 1.0]])
    """
    frame = _as_frame(moderators)
    names = list(frame.columns) if columns is None else _names(columns)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"moderator {shown(twice[0])} is named twice")
    if not isinstance(reference, Mapping | None):
        raise ValueError(
            f"reference must name a level by moderator, as {{'route': 'iv'}}, not "
            f"{shown(reference)}"
        )
    references = dict(reference or {})
    for name in references:
        if name not in names:
            raise ValueError(
                f"reference names {name!r}, which is no moderator"
                f"{did_you_mean(str(name), map(str, names))}; there are: {', '.join(names)}"
            )
    levels = {}
    for name in names:
        if name in frame.columns and not (name in references or _is_group(frame[name])):
            continue
        levels[name] = _levels(frame, name, references.get(name))
    return Coding(tuple(names), levels), frame


def _names(columns: Any) -> list[str]:
    """Return names of columns, given as one or as a list."""
    if isinstance(columns, str):
        return [columns]
    names = columns if isinstance(columns, tuple) and not columns else plain(columns, "columns")
    for place, name in enumerate(names):
        if not isinstance(name, str):
            raise ValueError(f"columns[{place}] must be the name of a column, not {shown(name)}")
    return [str(name) for name in names]


def _as_frame(moderators: Moderators) -> pd.DataFrame:
    if isinstance(moderators, pd.DataFrame):
        return moderators
    if isinstance(moderators, Mapping):
        columns = {str(name): plain(values, str(name)) for name, values in moderators.items()}
        sizes = {name: len(values) for name, values in columns.items()}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"moderators must be columns of one length, not {sizes}")
        return pd.DataFrame(columns)
    names, values = moderator_columns(moderators, None)
    return pd.DataFrame(values, columns=names)


def _is_group(column: Any) -> bool:
    """Return whether a column holds names and not numbers."""
    if column.ndim > 1:
        return False
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iuf":
        return False
    return kind in "bOUT" and any(isinstance(cell, str | bool) for cell in column.tolist())


def _cells(frame: pd.DataFrame, name: str) -> list[Any]:
    """Return the cells of a group, none of them blank."""
    if name not in frame.columns or frame[name].ndim > 1:
        column_of(frame, name)
    cells: list[Any] = frame[name].tolist()
    for place, cell in enumerate(cells):
        if pd.isna(cell) or (isinstance(cell, str) and not cell.strip()):
            raise ValueError(
                f"row {frame.index[place]}, column {name!r}: is blank: leave the study out of the "
                "frame and of the effects, or give its group"
            )
    return cells


def _levels(frame: pd.DataFrame, name: str, reference: Any) -> tuple[Any, ...]:
    """Return the levels of a group, the reference first, the others as they are sorted."""
    cells = _cells(frame, name)
    dtype = frame[name].dtype
    if isinstance(dtype, pd.CategoricalDtype):
        levels = [level for level in dtype.categories if level in cells]
    else:
        levels = sorted(set(cells), key=lambda cell: (str(type(cell)), cell))
    if len(levels) < 2:
        raise ValueError(
            f"{name} is {shown(levels[0]) if levels else 'empty'} in every study: leave it out"
        )
    if reference is None:
        return tuple(levels)
    if reference not in levels:
        raise ValueError(
            f"reference of {name!r} is {shown(reference)}, which is no level of it"
            f"{did_you_mean(str(reference), map(str, levels))}; there are: "
            f"{', '.join(map(str, levels))}"
        )
    return (reference, *[level for level in levels if level != reference])
