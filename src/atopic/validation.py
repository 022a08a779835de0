"""Checks of counts and levels that every statistics room makes before it computes."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["as_counts", "as_level"]

Counts = NDArray[np.float64]


def as_counts(responders: ArrayLike, n: ArrayLike) -> tuple[Counts, Counts]:
    """Return responders and denominators as broadcast float arrays of whole numbers.

    Parameters
    ----------
    responders, n : array_like of whole numbers
        Patients with a response, and patients in all; any shapes that broadcast.

    Returns
    -------
    responders, n : ndarray of float64
        Of one shape; every value a whole number with ``0 <= responders <= n`` and ``n >= 1``.

    Raises
    ------
    ValueError
        For a missing, infinite, fractional or negative value, ``n < 1`` or ``responders > n``;
        the message names the position and the value.

    Examples
    --------
    >>> as_counts([4, 6], [5, 11])
    (array([4., 6.]), array([ 5., 11.]))
    """
    x = _whole_numbers(responders, "responders")
    size = _whole_numbers(n, "n")
    _refuse(size < 1, "n", size, "must be at least 1")
    _refuse(x < 0, "responders", x, "must be at least 0")
    try:
        x, size = np.broadcast_arrays(x, size)
    except ValueError:
        raise ValueError(
            f"responders of shape {x.shape} and n of shape {size.shape} do not broadcast"
        ) from None
    if np.any(x > size):
        at = _first(x > size)
        where = _index(at)
        raise ValueError(f"responders{where} = {x[at]:g} is more than n{where} = {size[at]:g}")
    return x, size


def as_level(level: float) -> float:
    """Return a confidence level, refusing one outside the open interval (0, 1).

    Parameters
    ----------
    level : float
        Confidence level as a share, for example 0.95.

    Raises
    ------
    ValueError
        If it is not a number strictly between 0 and 1.

    Examples
    --------
    >>> as_level(0.95)
    0.95
    """
    try:
        value = float(level)
    except (TypeError, ValueError):
        raise ValueError(f"level must be a number between 0 and 1, not {level!r}") from None
    if not 0.0 < value < 1.0:
        hint = f" (did you mean {value / 100:g}?)" if 1.0 < value < 100.0 else ""
        raise ValueError(f"level must lie strictly between 0 and 1, not {value:g}{hint}")
    return value


def _whole_numbers(values: ArrayLike, name: str) -> Counts:
    try:
        # Copying a pandas nullable column gives objects; float() of a missing value raises here.
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be whole numbers, not {values!r}") from None
    _refuse(~np.isfinite(array), name, array, "is not a whole number")
    _refuse(array != np.floor(array), name, array, "is not a whole number")
    return array


def _refuse(bad: NDArray[np.bool_], name: str, values: Counts, why: str) -> None:
    if np.any(bad):
        at = _first(bad)
        raise ValueError(f"{name}{_index(at)} = {values[at]:g} {why}")


def _first(mask: Any) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _index(at: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, at))}]" if at else ""
