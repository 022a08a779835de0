"""Checks of arguments: every refusal says what was expected, and which value at which place."""

from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "as_counts",
    "as_level",
    "as_numbers",
    "as_share",
    "as_sizes",
    "as_two_arms",
    "first",
    "index",
    "one_of",
    "refuse",
    "together",
]

Floats = NDArray[np.float64]
Choice = TypeVar("Choice", bound=str)


def as_counts(responders: ArrayLike, n: ArrayLike, *, arm: str = "") -> tuple[Floats, Floats]:
    """Return responders and patients as broadcast floats; `arm` ends their names in messages."""
    count, total = f"responders{arm}", f"n{arm}"
    x = _whole_numbers(responders, count)
    size = _whole_numbers(n, total)
    refuse(size < 1, total, size, "must be at least 1")
    refuse(x < 0, count, x, "must be at least 0")
    try:
        x, size = np.broadcast_arrays(x, size)
    except ValueError:
        raise ValueError(
            f"{count} of shape {x.shape} and {total} of shape {size.shape} do not broadcast"
        ) from None
    if np.any(x > size):
        at = first(x > size)
        where = index(at)
        raise ValueError(f"{count}{where} = {x[at]:g} is more than {total}{where} = {size[at]:g}")
    return x, size


def as_two_arms(
    responders_1: ArrayLike, n_1: ArrayLike, responders_0: ArrayLike, n_0: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the counts of the arm of interest (1) and the comparator (0) as floats of one shape.

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


def as_numbers(
    values: ArrayLike,
    name: str,
    *,
    positive: bool = False,
    not_finite: str = "is not a finite number",
) -> Floats:
    """Return finite numbers, above 0 where they must be, as floats of the same shape."""
    array = _floats(values, name, "numbers")
    refuse(~np.isfinite(array), name, array, not_finite)
    if positive:
        refuse(array <= 0.0, name, array, "must be above 0")
    return array


def as_sizes(n: ArrayLike, *, least: int) -> Floats:
    """Return sizes of groups as floats: whole numbers of at least `least`."""
    array = as_numbers(n, "n")
    bad = (array < least) | (array != np.floor(array))
    refuse(bad, "n", array, f"must be a whole number of at least {least}")
    return array


def as_share(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1, refusing any other."""
    try:
        share = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number between 0 and 1, not {value!r}") from None
    if not 0.0 < share < 1.0:
        hint = f" (did you mean {share / 100:g}?)" if 1.0 < share < 100.0 else ""
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {share:g}{hint}")
    return share


def as_level(level: float) -> float:
    """Return a confidence level as a share strictly between 0 and 1."""
    return as_share(level, "level")


def one_of(value: Choice, name: str, choices: Iterable[str]) -> Choice:
    """Return a named option, refusing one that is not offered.

    Examples
    --------
    >>> one_of("z", "quantile", ("t", "normal"))
    Traceback (most recent call last):
    ValueError: quantile must be one of t, normal, not 'z'
    """
    offered = list(choices)
    if value not in offered:
        raise ValueError(f"{name} must be one of {', '.join(offered)}, not {value!r}")
    return value


def together(**arrays: Any) -> list[Any]:
    """Broadcast arrays, given by the names of their arguments, against each other."""
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise ValueError(f"shapes do not broadcast: {shapes}") from None


def refuse(bad: Any, name: str, values: NDArray[Any], why: str) -> None:
    """Raise for the first bad value, with its place; `why` follows the value in the sentence.

    Examples
    --------
    >>> refuse(np.array([False, True]), "n", np.array([5, 0]), "must be above 0")
    Traceback (most recent call last):
    ValueError: n[1] = 0 must be above 0
    """
    if np.any(bad):
        at = first(bad)
        value = values[at]
        shown = f"{value:g}" if isinstance(value, np.floating) else f"{value}"
        raise ValueError(f"{name}{index(at)} = {shown} {why}")


def first(mask: Any) -> tuple[int, ...]:
    """Return the place of the first true element."""
    return tuple(int(i) for i in np.argwhere(mask)[0])


def index(at: tuple[int, ...]) -> str:
    """Return a place as it is written behind a name: ``[1, 0]``, and nothing for a scalar."""
    return f"[{', '.join(map(str, at))}]" if at else ""


def _floats(values: ArrayLike, name: str, what: str) -> Floats:
    try:
        # Copying a pandas nullable column gives objects; float() of a missing value raises here.
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be {what}, not {values!r}") from None


def _whole_numbers(values: ArrayLike, name: str) -> Floats:
    array = _floats(values, name, "whole numbers")
    refuse(~np.isfinite(array) | (array != np.floor(array)), name, array, "is not a whole number")
    return array
