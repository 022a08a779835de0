"""The one door for arrays: what stands for numbers comes in as floats, all else is refused.

What would lose its meaning as a float is refused: a masked value (numpy drops the mask), a missing
one, dates and spans of time, true or false, text (even "12"), bytes, categories, complex numbers.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice
from numbers import Real
from reprlib import Repr
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Values of one argument; several arrays of so many fit the memory of any machine.
MOST_VALUES = 10_000_000
#: Axes that numpy can hold; a list that holds itself has no end.
_MOST_AXES = 32
#: Subclasses that are arrays of numbers and nothing more.
_ARRAYS: tuple[type, ...] = (np.ndarray, np.memmap, np.matrix, np.recarray)
_KINDS = {
    "b": "true or false",
    "c": "complex",
    "M": "a date",
    "m": "a span of time",
    "S": "bytes",
    "U": "text",
    "T": "text",
    "V": "a record",
}
_MISSING = ("NoneType", "NAType", "NaTType")

#: Characters of a value in a message.
_LONGEST = 120
_repr = Repr()
_repr.maxother = _repr.maxstring = _repr.maxlong = 60


def read_floats(values: Any, name: str, what: str = "numbers") -> NDArray[np.float64]:
    """Return finite or infinite numbers as floats of the same shape, in an array of their own kind.

    Examples
    --------
    >>> read_floats([1, 2.5], "dose")
    array([1. , 2.5])
    >>> read_floats(np.ma.array([1, 2], mask=[False, True]), "dose")
    Traceback (most recent call last):
    ValueError: dose[1] is masked: leave its place out of every array, or give its value
    """
    array = _numbers(values, name, (), what)
    try:
        with np.errstate(over="ignore"):
            # A copy: no result changes with, or changes, what it was made from.
            return np.array(array, dtype=np.float64)
    except Exception:
        # A number of another library may refuse in any words.
        raise ValueError(_no_float(values, name, what)) from None


def plain(values: Any, name: str) -> NDArray[Any]:
    """Return names, groups or times as an array in one row; masked ones are refused."""
    if _is_sequence(values):
        values = entries(values, name)
        kinds = set(map(type, values))
        if len(kinds) == 1 or all(map(_is_number, kinds)):
            array = _stack(values)
        else:
            # numpy would turn a missing name into the name "nan", and a number into text.
            array = np.empty(len(values), dtype=object)
            for place, value in enumerate(values):
                array[place] = value
    elif hasattr(values, "dtype") and hasattr(values, "__array__"):
        array = _unmasked(np.asanyarray(values), name, ())
    else:
        raise ValueError(f"{name} must be a list, not {shown(values)}")
    if array.dtype.kind == "V" or array.ndim == 0:
        raise ValueError(f"{name} must be a list of one value each, not {shown(values)}")
    if array.dtype.char in "gG":
        # pandas has no table of names that are numbers of more than double precision.
        array = array.astype(object)
    for place, value in enumerate(array.tolist()) if array.dtype.kind == "O" else ():
        if value is np.ma.masked:
            raise ValueError(_masked(name, (place,)))
        if isinstance(value, list | dict | set | np.ndarray):
            raise ValueError(f"{name}[{place}] must be one value, not {shown(value)}")
        if type(value).__name__ == "NAType":
            # It is neither equal to a name nor different from it.
            array = np.array([None if one is value else one for one in array], dtype=object)
    return array


def shown(value: Any) -> str:
    """Return a value as a message shows it: one line, and not a long one."""
    plainly = value.item() if isinstance(value, np.number | np.str_) else value
    try:
        line = " ".join(_repr.repr(plainly).split())
    except Exception:
        # Python writes no whole number of more than 4,300 digits; others fail in their own ways.
        line = f"a value of type {type(value).__name__}"
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 4]} ..."


def index(at: tuple[int, ...]) -> str:
    """Return a place as it is written behind a name: ``[1, 0]``, and nothing for a scalar."""
    return f"[{', '.join(map(str, at))}]" if at else ""


def _numbers(values: Any, name: str, at: tuple[int, ...], what: str) -> NDArray[Any]:
    """Return an array of integers, floats, or objects that are numbers."""
    if _is_number(type(values)):
        return _of_numbers(values, name, what)
    if type(values).__name__ in _MISSING:
        return np.asarray(np.nan)
    if isinstance(values, np.ndarray | np.generic):
        array = _unmasked(np.asanyarray(values), name, at)
    elif _is_sequence(values):
        return _stacked(values, name, at, what)
    elif isinstance(values, bytearray | bytes) or _holds_bytes(values):
        raise ValueError(_not_a_number(values, name, at, what, "bytes"))
    else:
        array = _of_columns(values, name, at, what)
    if array.dtype.kind in "iuf":
        return array
    if array.dtype.kind == "O":
        found = array.ravel().tolist()
        if not all(map(_is_number, set(map(type, found)))):
            places = np.ndindex(array.shape)
            found = [
                _entry(value, name, (*at, *place), what)
                for place, value in zip(places, found, strict=True)
            ]
            array = np.array(found, dtype=object).reshape(array.shape)
        return array
    raise ValueError(_not_a_number(values, name, at, what, _KINDS.get(array.dtype.kind, "")))


def _entry(value: Any, name: str, at: tuple[int, ...], what: str) -> Any:
    """Return a number of an array of objects; a missing one is nan, which no room takes."""
    if type(value).__name__ in _MISSING:
        return np.nan
    if not _is_number(type(value)):
        raise ValueError(_not_a_number(value, name, at, what, ""))
    return value


def _stacked(values: Sequence[Any], name: str, at: tuple[int, ...], what: str) -> NDArray[Any]:
    found = entries(values, name)
    if len(at) > _MOST_AXES:
        raise ValueError(f"{name} has more than {_MOST_AXES} axes")
    # The types tell whether every value has to be looked at.
    if all(map(_is_number, set(map(type, found)))):
        return _of_numbers(found, name, what)
    parts = [_numbers(value, name, (*at, place), what) for place, value in enumerate(found)]
    if sum(map(np.size, parts)) > MOST_VALUES:
        raise ValueError(_too_many(name, "more"))
    array = _stack(parts)
    if array.dtype.kind not in "iufO":
        raise ValueError(f"{name}{index(at)} has rows of different shapes: {shown(values)}")
    return array


def _of_numbers(values: Any, name: str, what: str) -> NDArray[Any]:
    """Return a number, or a list of numbers, as an array."""
    array = _stack(values)
    if array.dtype.kind not in "iufO":
        raise ValueError(_no_float(values, name, what))
    return array


def _stack(parts: Any) -> NDArray[Any]:
    """Return an array; a record where the parts do not fit together."""
    try:
        return np.asarray(parts)
    except Exception:
        return np.empty((), dtype=np.void)


def entries(values: Sequence[Any], name: str) -> list[Any]:
    """Return as many entries as a sequence says it has: another's may go on for ever."""
    _refuse_length(values, name)
    size = len(values)
    try:
        found = list(islice(values, size + 1))
    except Exception:
        raise ValueError(f"{name} cannot be read: {shown(values)}") from None
    if len(found) != size:
        held = "more" if len(found) > size else f"{len(found):,}"
        raise ValueError(f"{name} says that it holds {size:,} values, but holds {held}")
    return found


def _of_columns(values: Any, name: str, at: tuple[int, ...], what: str) -> NDArray[Any]:
    """Read what only looks like an array, such as a column or a table of pandas."""
    if not (hasattr(values, "__array__") or isinstance(values, memoryview)):
        raise ValueError(_not_a_number(values, name, at, what, ""))
    table = getattr(values, "ndim", None) == 2
    dtypes = getattr(values, "dtypes", ()) if table else ()
    dtypes = list(dtypes) if isinstance(dtypes, Iterable) else []
    dtypes = dtypes or [getattr(values, "dtype", np.dtype(np.float64))]
    kinds = [getattr(dtype, "kind", "O") for dtype in dtypes]
    for dtype, kind in zip(dtypes, kinds, strict=True):
        # The kind of categories is that of objects, and numpy reads their numbers all the same.
        if kind not in "iufO" or (kind == "O" and hasattr(dtype, "na_value")):
            raise ValueError(f"{name}{index(at)} must be {what}, not a column of {dtype}")
    try:
        if all(kind in "iuf" for kind in kinds) and any(hasattr(d, "na_value") for d in dtypes):
            # What is missing becomes nan, which is no number.
            array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            array = np.asanyarray(values)
    except Exception:
        raise ValueError(_not_a_number(values, name, at, what, "")) from None
    return _unmasked(array, name, at)


def _unmasked(array: NDArray[Any], name: str, at: tuple[int, ...]) -> NDArray[Any]:
    """Return a plain array, refusing masked values and arrays that are more than numbers."""
    if array.size > MOST_VALUES:
        raise ValueError(_too_many(name, f"{array.size:,}"))
    if isinstance(array, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(array)
        if mask.dtype == np.bool_ and mask.any():
            place = tuple(int(i) for i in np.argwhere(mask)[0])
            raise ValueError(_masked(name, (*at, *place)))
        return np.asarray(array.data)
    if type(array) not in _ARRAYS:
        raise ValueError(
            f"{name} must be a plain array, not a {type(array).__name__}, "
            "whose meaning would be lost"
        )
    return np.asarray(array)


def _is_number(kind: type) -> bool:
    # To numpy a span of time is a whole number.
    return issubclass(kind, Real | Decimal) and not issubclass(kind, bool | np.timedelta64)


def _is_sequence(values: Any) -> bool:
    return isinstance(values, Sequence) and not isinstance(
        values, str | bytes | bytearray | memoryview
    )


def _holds_bytes(values: Any) -> bool:
    return isinstance(values, memoryview) and values.format in ("B", "b", "c")


def _refuse_length(values: Sequence[Any], name: str) -> None:
    try:
        size = len(values)
    except OverflowError:
        raise ValueError(_too_many(name, "more")) from None
    if size > MOST_VALUES:
        raise ValueError(_too_many(name, f"{size:,}"))


def _no_float(values: Any, name: str, what: str) -> str:
    return f"{name} must be {what} that a float can hold, not {shown(values)}"


def _too_many(name: str, size: str) -> str:
    return (
        f"{name} must hold at most {MOST_VALUES:,} values at once, not {size}: give fewer each time"
    )


def _masked(name: str, at: tuple[int, ...]) -> str:
    return f"{name}{index(at)} is masked: leave its place out of every array, or give its value"


def _not_a_number(value: Any, name: str, at: tuple[int, ...], what: str, kind: str) -> str:
    if value is np.ma.masked:
        return _masked(name, at)
    found = shown(value) + (f", which is {kind}" if kind and np.ndim(value) else "")
    if at:
        return f"{name} must be {what}, but {name}{index(at)} is {found}"
    return f"{name} must be {what}, not {found}"
