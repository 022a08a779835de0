"""Checks of arguments: every refusal says what was expected, and which value at which place."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.errors import did_you_mean
from atopic.stats.arrays import MOST_VALUES, plain, read_floats
from atopic.stats.arrays import index as index
from atopic.stats.arrays import shown as shown

Floats = NDArray[np.float64]
Choice = TypeVar("Choice", bound=str)
Kind = TypeVar("Kind")

#: Fourth powers of numbers up to this, and of their reciprocals, stay inside double precision.
LARGEST = 1e50
#: What `as_labels` says of names that are not one a study.
ONE_PER_STUDY = "{name} must hold one value for each of {size} studies, not shape {shape}"
#: Whole numbers from here on are not all exact as floats.
MOST_WHOLE = 2**53


def as_counts(responders: ArrayLike, n: ArrayLike, *, arm: str = "") -> tuple[Floats, Floats]:
    """Return responders and patients as broadcast floats; `arm` ends their names in messages."""
    count, total = f"responders{arm}", f"n{arm}"
    x = as_whole_numbers(responders, count)
    size = as_whole_numbers(n, total, least=1)
    x, size = broadcast(
        (x, size), f"{count} of shape {x.shape} and {total} of shape {size.shape} do not broadcast"
    )
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
    message = f"arm 1 of shape {x1.shape} and arm 0 of shape {x0.shape} do not broadcast"
    x1, n1, x0, n0 = broadcast((x1, n1, x0, n0), message)
    return x1, n1, x0, n0


def as_numbers(
    values: ArrayLike,
    name: str,
    *,
    positive: bool = False,
    largest: float = LARGEST,
) -> Floats:
    """Return finite numbers, above 0 where they must be, as floats of the same shape."""
    array = read_floats(values, name)
    refuse(~np.isfinite(array), name, array, "is not a finite number")
    if positive:
        refuse(array <= 0.0, name, array, "must be above 0")
        refuse(array < 1 / largest, name, array, f"is below {1 / largest:g}: change the unit")
    refuse(np.abs(array) > largest, name, array, f"is beyond {largest:g}: change the unit")
    return array


def as_whole_numbers(
    values: ArrayLike, name: str, *, least: float = 0, why: str = "is not a whole number"
) -> Floats:
    """Return whole numbers of at least `least` as floats of the same shape."""
    array = read_floats(values, name, "whole numbers")
    refuse(~np.isfinite(array) | (array != np.floor(array)), name, array, why)
    refuse(array < least, name, array, f"must be at least {least}")
    refuse(array >= MOST_WHOLE, name, array, f"must be below 2**53 = {MOST_WHOLE:,}")
    return array


def as_sizes(n: ArrayLike, *, least: int, name: str = "n") -> Floats:
    """Return sizes of groups as floats: whole numbers of at least `least`."""
    array = as_numbers(n, name)
    bad = (array < least) | (array != np.floor(array))
    refuse(bad, name, array, f"must be a whole number of at least {least}")
    refuse(array >= MOST_WHOLE, name, array, f"must be below 2**53 = {MOST_WHOLE:,}")
    return array


def as_rates(values: ArrayLike, name: str) -> Floats:
    """Return rates from 0 to 1 as floats of the same shape."""
    array = read_floats(values, name, "rates from 0 to 1")
    refuse(~((array >= 0) & (array <= 1)), name, array, "must be a rate from 0 to 1")
    return array


def as_number(
    value: Any,
    name: str,
    must: str = "a finite number",
    *,
    above: float = -inf,
    least: float = -inf,
    below: float = inf,
    most: float = LARGEST,
) -> float:
    """Return one number within bounds; `must` says in the sentence what it has to be.

    Examples
    --------
    >>> as_number("0.5", "offset", "a dose above 0", above=0)
    Traceback (most recent call last):
    ValueError: offset must be a dose above 0, not '0.5'
    """
    try:
        array = read_floats(value, name)
    except ValueError:
        raise ValueError(f"{name} must be {must}, not {shown(value)}") from None
    if array.ndim:
        raise ValueError(f"{name} must be one number, not {shown(value)}")
    number = float(array)
    least = max(least, 1 / LARGEST) if above == 0 else least
    tiny = least == 0 and 0 < number < 1 / LARGEST
    if tiny or not (
        above < number and least <= number <= most and (number < below or below == inf)
    ):
        raise ValueError(f"{name} must be {must}, not {shown(value)}")
    return number


def as_whole(value: Any, name: str, *, least: int = 0, most: int = MOST_WHOLE - 1) -> int:
    """Return one whole number from `least` to `most`."""
    bounds = f"of at least {least}" if most == MOST_WHOLE - 1 else f"from {least} to {most:,}"
    must = f"a whole number {bounds}"
    number = as_number(value, name, must, most=most)
    if number == int(number) < least and most == MOST_WHOLE - 1:
        raise ValueError(f"{name} = {number:.0f} must be at least {least}")
    if number < least or number != int(number):
        raise ValueError(f"{name} must be {must}, not {shown(value)}")
    return int(number)


def as_row(values: ArrayLike, name: str) -> Floats:
    """Return one or more numbers in one row."""
    array = as_numbers(values, name)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must be a list of one or more numbers, not shape {array.shape}")
    return array


def as_pair(values: Any, name: str) -> tuple[float, float]:
    """Return two numbers."""
    pair = as_row(values, name)
    if pair.size != 2:
        raise ValueError(f"{name} must be two numbers, not {pair.size}")
    first, second = pair.tolist()
    return first, second


def as_share(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1, refusing any other."""
    share = as_number(value, name, "a number between 0 and 1")
    if not 0.0 < share < 1.0:
        hint = f" (did you mean {share / 100:g}?)" if 1.0 < share < 100.0 else ""
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {share:g}{hint}")
    return share


def as_level(level: float) -> float:
    """Return a confidence level as a share strictly between 0 and 1."""
    share = as_share(level, "level")
    if (1.0 + share) / 2.0 in (0.5, 1.0):
        raise ValueError(f"level = {share!r} is too near {share:.0f}: its tails have no quantile")
    return share


def one_of(value: Choice, name: str, choices: Iterable[str]) -> Choice:
    """Return a named option, refusing one that is not offered.

    Examples
    --------
    >>> one_of("z", "quantile", ("t", "normal"))
    Traceback (most recent call last):
    ValueError: quantile must be one of t, normal, not 'z'
    """
    offered = list(choices)
    if not isinstance(value, str) or value not in offered:
        near = did_you_mean(value, offered)
        raise ValueError(f"{name} must be one of {', '.join(offered)}, not {shown(value)}{near}")
    return value


def as_flag(value: bool, name: str) -> bool:
    """Return True or False, refusing what Python would only take for one of them."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, not {shown(value)}")
    return bool(value)


def as_flags(values: ArrayLike, name: str) -> NDArray[np.bool_]:
    """Return an array of True and False."""
    array = plain(values, name)
    if array.dtype != np.bool_:
        raise ValueError(f"{name} must be of dtype bool, not {array.dtype}")
    return array


def as_words(values: ArrayLike, name: str, choices: Iterable[str]) -> NDArray[np.str_]:
    """Return one of the words on offer, or an array of them."""
    words = np.asarray(values) if isinstance(values, str) else plain(values, name)
    offered = list(choices)
    for place, word in np.ndenumerate(words):
        if not isinstance(word, str) or word not in offered:
            found = f"{name}{index(place)} = {shown(word)}"
            raise ValueError(f"{found} is not one of {', '.join(offered)}")
    return words.astype(np.str_)


def as_text(value: str, name: str) -> str:
    """Return words that a result shows."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {shown(value)}")
    return value


def as_a(value: Any, kind: type[Kind], name: str) -> Kind:
    """Return a result or a function that is of the kind asked for."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}, not {shown(value)}")
    return value


def as_labels(
    values: ArrayLike,
    name: str,
    size: int,
    wrong: str = "{name} holds {found} names for {size} arms",
) -> NDArray[Any]:
    """Return one name, group or time for each of so many studies or arms."""
    array = plain(values, name)
    if array.shape != (size,):
        raise ValueError(wrong.format(name=name, size=size, found=array.size, shape=array.shape))
    return array


def together(**arrays: Any) -> list[Any]:
    """Broadcast arrays, given by the names of their arguments, against each other."""
    shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
    return broadcast(tuple(arrays.values()), f"shapes do not broadcast: {shapes}")


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


def broadcast(arrays: tuple[Any, ...], message: str) -> list[Any]:
    """Broadcast arrays against each other, with this message where they do not."""
    try:
        shape = np.broadcast_shapes(*map(np.shape, arrays))
    except ValueError:
        raise ValueError(message) from None
    # Python's whole numbers: the product of large shapes is larger than any of numpy's.
    size = prod(shape)
    if size > MOST_VALUES:
        raise ValueError(
            f"arrays that broadcast to {size:,} values, of shape {shape}, are more than the "
            f"{MOST_VALUES:,} at once: give fewer each time"
        )
    return list(np.broadcast_arrays(*arrays))
