"""Moderators and groups of arms, as regression models take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_labels
from atopic.stats.arrays import read_floats

_OTHER_NUMBER = "{name} has {found} labels; there are {size} arms"

Floats = NDArray[np.float64]
Moderators = ArrayLike | Mapping[str, ArrayLike] | pd.DataFrame


def moderator_columns(moderators: Moderators, k: int | None) -> tuple[list[str], Floats]:
    """Return names and columns of moderators as finite floats."""
    if isinstance(moderators, (Mapping, pd.DataFrame)):
        items: list[tuple[Any, Any]] = list(moderators.items())
        names = [str(name) for name, _ in items]
        if not names:
            raise ValueError("moderators hold no column")
        parts = [np.atleast_1d(read_floats(values, str(name))) for name, values in items]
        lengths = {part.shape for part in parts}
        if len(lengths) > 1 or parts[0].ndim != 1:
            raise ValueError(f"moderators must be columns of one length, not {sorted(lengths)}")
        columns = np.column_stack(parts)
    else:
        array = np.atleast_1d(read_floats(moderators, "moderators"))
        columns = array.reshape(-1, 1) if array.ndim < 2 else array
        if columns.ndim != 2:
            raise ValueError(f"moderators must have one or two axes, not shape {array.shape}")
        count = columns.shape[1]
        names = ["moderator"] if count == 1 else [f"moderator {i + 1}" for i in range(count)]
    if not np.all(np.isfinite(columns)):
        row, column = (int(i) for i in np.argwhere(~np.isfinite(columns))[0])
        raise ValueError(f"{names[column]}[{row}] = {columns[row, column]} is not a finite number")
    if k is not None and len(columns) != k:
        raise ValueError(f"moderators have {len(columns)} rows; there are {k} arms")
    return names, columns


def standardise(columns: Floats, names: list[str], *, unit: str = "arm") -> tuple[Floats, Floats]:
    """Centre and scale moderators, so that doses in cells do not spoil the arithmetic.

    Returns the design, intercept first, and the matrix that takes its coefficients back to those
    of the moderators as given.
    """
    p = columns.shape[1] + 1
    back = np.eye(p)
    design = np.ones((len(columns), p))
    if p > 1:
        centre, scale = columns.mean(axis=0), columns.std(axis=0)
        constant = scale <= 1e-12 * np.abs(columns).max(axis=0)
        if constant.any():
            which = int(np.argmax(constant))
            raise ValueError(f"{names[which]} is the same in every {unit}: leave it out")
        design[:, 1:] = (columns - centre) / scale
        back[np.arange(1, p), np.arange(1, p)] = 1.0 / scale
        back[0, 1:] = -centre / scale
    for last in range(2, p if p <= len(design) else 0):
        before, own = design[:, :last], design[:, last]
        share = np.linalg.lstsq(before, own)[0]
        if np.linalg.norm(own - before @ share) <= 1e-8 * np.sqrt(len(design)):
            others = [
                name for name, part in zip(names, share[1:], strict=False) if abs(part) > 1e-6
            ]
            raise ValueError(
                f"moderators {', '.join(names)} are linearly dependent: {names[last - 1]} follows "
                f"from {', '.join(others)}: leave one out"
            )
    return design, back


def group_codes(group: ArrayLike | None, k: int) -> NDArray[np.intp]:
    """Return the number of each arm's group, from 0 in order of appearance."""
    if group is None:
        return np.arange(k)
    codes, _ = pd.factorize(pd.Series(as_labels(group, "group", k, _OTHER_NUMBER)))
    if np.any(codes < 0):
        raise ValueError(f"group[{int(np.argmin(codes))}] is missing")
    return np.asarray(codes, dtype=np.intp)
