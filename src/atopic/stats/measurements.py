"""Checks of measured numbers that the rooms of scores, changes and effects make first."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["as_numbers", "as_sizes", "one_of", "refuse", "together"]

Floats = NDArray[np.float64]


def as_numbers(values: ArrayLike, name: str, *, positive: bool = False) -> Floats:
    """Return finite numbers as floats, refusing anything else by name and position.

    Parameters
    ----------
    values : array_like
        Numbers of any shape.
    name : str
        Name of the argument, for the message.
    positive : bool, optional
        Whether 0 and below are refused too.

    Returns
    -------
    ndarray of float64
        Of the same shape.

    Raises
    ------
    ValueError
        If a value is missing, infinite, not a number, or not above 0 where it must be.

    Examples
    --------
    >>> as_numbers([1, 2.5], "sd", positive=True)
    array([1. , 2.5])
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers, not {values!r}") from None
    refuse(~np.isfinite(array), name, array, "is not a finite number")
    if positive:
        refuse(array <= 0.0, name, array, "must be above 0")
    return array


def as_sizes(n: ArrayLike, *, least: int) -> Floats:
    """Return group sizes as floats, refusing fractions and too few patients.

    Parameters
    ----------
    n : array_like of whole numbers
        Patients in each group.
    least : int
        Smallest size that is accepted.

    Returns
    -------
    ndarray of float64
        Of the same shape.

    Raises
    ------
    ValueError
        If a size is not a whole number of at least `least`.

    Examples
    --------
    >>> as_sizes([2, 88], least=2)
    array([ 2., 88.])
    """
    array = as_numbers(n, "n")
    bad = (array < least) | (array != np.floor(array))
    refuse(bad, "n", array, f"must be a whole number of at least {least}")
    return array


def together(**arrays: Any) -> list[Any]:
    """Broadcast named arrays against each other.

    Parameters
    ----------
    **arrays : ndarray
        Arrays by the names of their arguments.

    Returns
    -------
    list of ndarray
        In the order given, of one shape.

    Raises
    ------
    ValueError
        If the shapes do not broadcast; the message names each.

    Examples
    --------
    >>> [array.shape for array in together(mean=np.zeros(3), n=np.ones(1))]
    [(3,), (3,)]
    """
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise ValueError(f"shapes do not broadcast: {shapes}") from None


def refuse(bad: NDArray[np.bool_], name: str, values: NDArray[Any], why: str) -> None:
    """Raise for the first bad value, with its position.

    Parameters
    ----------
    bad : ndarray of bool
        True where the value is refused.
    name : str
        Name of the argument.
    values : ndarray
        The values, of the shape of `bad`.
    why : str
        What is wrong, to follow the value in the sentence.

    Raises
    ------
    ValueError
        If any element of `bad` is true.

    Examples
    --------
    >>> refuse(np.array([False, True]), "n", np.array([5, 0]), "must be above 0")
    Traceback (most recent call last):
    ValueError: n[1] = 0 must be above 0
    """
    if np.any(bad):
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        where = f"[{', '.join(map(str, at))}]" if at else ""
        value = values[at]
        shown = f"{value:g}" if isinstance(value, np.floating) else f"{value}"
        raise ValueError(f"{name}{where} = {shown} {why}")


def one_of(value: object, allowed: tuple[str, ...], name: str) -> None:
    """Refuse an option that is not one of the named ones.

    Parameters
    ----------
    value : object
        What the caller gave.
    allowed : tuple of str
        The options.
    name : str
        Name of the argument.

    Raises
    ------
    ValueError
        If the value is none of them.

    Examples
    --------
    >>> one_of("z", ("t", "normal"), "quantile")
    Traceback (most recent call last):
    ValueError: quantile must be one of t, normal, not 'z'
    """
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
