"""Checks of counts and levels that every statistics room makes before it computes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["as_choice", "as_counts", "as_level", "as_two_arms"]

Counts = NDArray[np.float64]


def as_counts(responders: ArrayLike, n: ArrayLike, *, arm: str = "") -> tuple[Counts, Counts]:
    """Return responders and denominators as broadcast float arrays of whole numbers.

    Parameters
    ----------
    responders, n : array_like of whole numbers
        Patients with a response, and patients in all; any shapes that broadcast.
    arm : str
        What the caller's arguments carry behind these names, for the message: ``"_1"`` for
        ``responders_1``.

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
    count, total = f"responders{arm}", f"n{arm}"
    x = _whole_numbers(responders, count)
    size = _whole_numbers(n, total)
    _refuse(size < 1, total, size, "must be at least 1")
    _refuse(x < 0, count, x, "must be at least 0")
    try:
        x, size = np.broadcast_arrays(x, size)
    except ValueError:
        raise ValueError(
            f"{count} of shape {x.shape} and {total} of shape {size.shape} do not broadcast"
        ) from None
    if np.any(x > size):
        at = _first(x > size)
        where = _index(at)
        raise ValueError(f"{count}{where} = {x[at]:g} is more than {total}{where} = {size[at]:g}")
    return x, size


def as_two_arms(
    responders_1: ArrayLike, n_1: ArrayLike, responders_0: ArrayLike, n_0: ArrayLike
) -> tuple[Counts, Counts, Counts, Counts]:
    """Return the counts of two arms as float arrays of whole numbers and of one shape.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of whole numbers
        Responders and patients of the arm of interest (1) and of the comparator (0); any shapes
        that broadcast.

    Raises
    ------
    ValueError
        As :func:`as_counts`, naming the argument, or for arms that do not broadcast.

    Examples
    --------
    >>> [values.tolist() for values in as_two_arms([4, 6], 11, 0, [10, 12])]
    [[4.0, 6.0], [11.0, 11.0], [0.0, 0.0], [10.0, 12.0]]
    """
    x1, n1 = as_counts(responders_1, n_1, arm="_1")
    x0, n0 = as_counts(responders_0, n_0, arm="_0")
    try:
        x1, n1, x0, n0 = np.broadcast_arrays(x1, n1, x0, n0)
    except ValueError:
        raise ValueError(
            f"arm 1 of shape {x1.shape} and arm 0 of shape {x0.shape} do not broadcast"
        ) from None
    return x1, n1, x0, n0


def as_choice(value: str, name: str, choices: Iterable[str]) -> str:
    """Return a named option, refusing one that is not offered.

    Parameters
    ----------
    value : str
        What the caller asked for.
    name : str
        The argument's name, for the message.
    choices : iterable of str
        What is offered.

    Raises
    ------
    ValueError
        If the value is not one of the choices.

    Examples
    --------
    >>> as_choice("RD", "measure", ["RD", "RR"])
    'RD'
    """
    offered = list(choices)
    if value not in offered:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, offered))}, not {value!r}")
    return value


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
