"""A search for the highest point of many functions at once, in a box of few dimensions."""

from collections.abc import Callable

import numpy as np

from atopic.stats.doseresponse.arm_data import Floats

#: Halvings of the search box. A maximum errs by the square of the last box, 2**-32 of the first.
HALVINGS = 16


def grid(low: Floats, high: Floats, count: int) -> Floats:
    """All combinations of `count` evenly spaced values in each dimension, central ones first."""
    if not low.size:
        return np.empty((1, 0))
    unit = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    cells = np.stack([m.ravel() for m in np.meshgrid(*[unit] * low.size, indexing="ij")], axis=-1)
    cells = cells[np.argsort(np.abs(cells).sum(axis=1), kind="stable")]
    return np.asarray((low + high) / 2 + cells * (high - low) / 2)


def climb(
    height: Callable[[Floats], Floats], start: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Raise `height` from the best of the starting points in a box that moves and halves.

    `height` takes points of shape (rows, points, dimensions) and returns (rows, points); the
    start is given to it as one row, for which it returns all the rows there are.
    """
    values = height(start[None])
    # Of equally high points (flat likelihood) the first, hence the most central, is taken.
    best = np.argmax(values >= values.max(axis=-1, keepdims=True) - 1e-9, axis=-1)
    centre, top = start[best], np.take_along_axis(values, best[:, None], -1)[:, 0]
    dimensions = start.shape[1]
    if not dimensions:
        return centre, top
    widths = [np.diff(np.unique(start[:, d])) for d in range(dimensions)]
    spacing = np.array([w.max() if w.size else 0.0 for w in widths])
    # In three dimensions 27 neighbours do what 125 would, in a quarter of the time.
    count = 5 if dimensions < 3 else 3
    offsets = grid(np.full(dimensions, -1.0), np.ones(dimensions), count)
    outer = np.abs(offsets).max(axis=1) > 0.75
    width = np.ones(len(centre))
    for _ in range(4 * HALVINGS):
        points = centre[:, None, :] + width[:, None, None] * offsets * spacing
        points = np.clip(points, low, high)
        values = height(points)
        best = np.argmax(values, axis=-1)
        rows = np.arange(len(centre))
        higher = values[rows, best] > top
        centre = np.where(higher[:, None], points[rows, best], centre)
        top = np.where(higher, values[rows, best], top)
        width = np.where(higher & outer[best], width, width / 2)
        if np.all(width < 2.0**-HALVINGS):
            break
    return centre, top
