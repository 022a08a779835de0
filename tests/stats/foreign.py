"""What is no number, no name and no list of them, and what a right array may look like."""

from array import array
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

#: Words of numpy, pandas, scipy and Python that no message may be made of.
FOREIGN_WORDS = [
    "broadcast together", "cannot be broadcast", "single array", "shape mismatch", "truth value",
    "unsupported operand", "setting an array", "convert float", "invalid literal", "is ambiguous",
    "not supported between", "inhomogeneous", "object is not", "object has no", "no attribute",
    "could not convert", "not iterable", "unhashable", "too large to convert", "index out of",
    "ufunc", "buffer", "dtype('", "must be real number", "list index", "out of bounds",
    "not subscriptable", "got an unexpected", "Exceeds the limit", "cannot be interpreted",
    "incompatible", "object arrays", "reshape", "Unable to allocate", "zero-size",
    "not callable", "takes ", "concatenate", "axis ", "invalid value", "expected",
]  # fmt: skip


class Unread:
    """An object whose conversion fails with somebody else's words, over several lines."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("boom\nboom")

    def __eq__(self, other: object) -> Any:
        return np.array([True, False])

    __hash__ = None  # type: ignore[assignment]


class Endless(Sequence[Any]):
    """A list that says how long it is, and goes on for ever."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, _: Any) -> Any:
        return 1


class Failing(Endless):
    """A list that cannot be read."""

    def __getitem__(self, _: Any) -> Any:
        raise RuntimeError("boom\nboom")


class TooShort(list[Any]):
    """A list that says it is longer than it is."""

    def __len__(self) -> int:
        return 10**6


class NoFloat(float):
    """A number of another library, which becomes no float."""

    def __float__(self) -> float:
        raise RuntimeError("boom")


class Masking:
    """An array of another library, whose conversion masks."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        return np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])


class WithUnit(np.ndarray[Any, Any]):
    """An array that means more than its numbers."""


def _nested() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


#: No room takes any of these for an array of numbers, whatever its shape.
NO_NUMBERS: dict[str, Callable[[], Any]] = {
    "masked": lambda: np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]),
    "masked whole numbers": lambda: np.ma.array([1, 2, 3], mask=[1, 0, 0]),
    "masked wholly": lambda: np.ma.masked_all(3),
    "masked, no axis": lambda: np.ma.masked,
    "masked in a list": lambda: [np.ma.masked, 2, 3],
    "masked rows": lambda: [np.ma.array([1, 2], mask=[0, 1]), [1, 2]],
    "masked by another": Masking,
    "masked objects": lambda: np.ma.array([1, 2, 3], mask=[0, 1, 0], dtype=object),
    "dates": lambda: pd.to_datetime(["2020-01-01"] * 3),
    "dates with a zone": lambda: pd.Series(pd.date_range("2020", periods=3, tz="UTC")),
    "dates of numpy": lambda: np.array(["2020-01-01"] * 3, dtype="datetime64[D]"),
    "a date": lambda: date(2020, 1, 1),
    "dates of Python": lambda: [date(2020, 1, 1)] * 3,
    "a time of pandas": lambda: pd.Timestamp("2020"),
    "spans of time": lambda: pd.to_timedelta([1, 2, 3], unit="D"),
    "a span of numpy": lambda: np.timedelta64(3, "D"),
    "spans in a list": lambda: [np.timedelta64(3, "D"), 2, 3],
    "a span of Python": lambda: timedelta(3),
    "periods": lambda: pd.period_range("2020", periods=3),
    "intervals": lambda: pd.interval_range(0, 3),
    "true": lambda: True,
    "true of numpy": lambda: np.True_,
    "true or false": lambda: np.array([True, False, True]),
    "true in a list": lambda: [True, 2, 3],
    "true in a column": lambda: pd.Series([True, False, True]),
    "true, nullable": lambda: pd.array([True, False, True], dtype="boolean"),
    "true among objects": lambda: np.array([True, 2, 3], dtype=object),
    "true in a table": lambda: pd.DataFrame({"a": [1, 2, 3], "b": [True, False, True]}),
    "text": lambda: "12",
    "texts": lambda: ["1", "2", "3"],
    "texts of numpy": lambda: np.array(["1", "2", "3"]),
    "texts in a column": lambda: pd.Series(["1", "2", "3"]),
    "texts among objects": lambda: pd.Series([1, "2", 3], dtype=object),
    "bytes": lambda: b"12",
    "bytes of numpy": lambda: np.array([b"1", b"2", b"3"]),
    "bytes that change": lambda: bytearray(b"123"),
    "a view of bytes": lambda: memoryview(b"123"),
    "an array of letters": lambda: array("u", "abc"),
    "categories": lambda: pd.Categorical([1, 2, 3]),
    "categories in a column": lambda: pd.Series(pd.Categorical([1, 2, 3])),
    "missing": lambda: [1, None, 3],
    "missing, nullable": lambda: pd.array([1, None, 3], dtype="Int64"),
    "missing of pandas": lambda: [1, pd.NA, 3],
    "missing alone": lambda: pd.NA,
    "nan": lambda: [1.0, np.nan, 3.0],
    "complex": lambda: [1 + 0j, 2, 3],
    "complex of numpy": lambda: np.array([1, 2, 3], dtype=complex),
    "records": lambda: np.array([(1, 2.0)] * 3, dtype=[("a", int), ("b", float)]),
    "sparse": lambda: sparse.eye_array(3),
    "a unit": lambda: np.array([1.0, 2.0, 3.0]).view(WithUnit),
    "ragged": lambda: [[1, 2], [3]],
    "ragged at the end": lambda: [1, 2, [3]],
    "endless": _nested,
    "a generator": lambda: (i for i in (1, 2, 3)),
    "an iterator": lambda: iter([1, 2, 3]),
    "a set": lambda: {1, 2, 3},
    "a mapping": lambda: {1: 1, 2: 2},
    "keys": lambda: {1: 1, 2: 2}.keys(),
    "a function": lambda: len,
    "a class": lambda: float,
    "a module": lambda: np,
    "unread": Unread,
    "too many": lambda: np.broadcast_to(1.0, (10**12,)),
    "too many in rows": lambda: [np.broadcast_to(1.0, (10**7,))] * 1000,
    "a range too long": lambda: range(10**30),
    "a number too large": lambda: [10**400, 1, 1],
    "a number of too many digits": lambda: [10**5000, 1, 1],
    "a number that is no float": lambda: [NoFloat(1), 2, 3],
    "a list without end": Endless,
    "a list that fails": Failing,
    "a list too short": lambda: TooShort([1, 2, 3]),
    "a span of numpy in arrays": lambda: np.array([1, 2, 3], dtype="m8[D]"),
    "no time": lambda: np.datetime64("NaT"),
    "no time of pandas": lambda: pd.NaT,
    "texts of variable length": lambda: np.array(["1", "2", "3"], dtype=np.dtypes.StringDType()),
    "texts, nullable": lambda: pd.array(["1", "2", "3"], dtype="string"),
    "letters": lambda: np.char.array(["1", "2", "3"]),
    "missing in a sparse column": lambda: pd.arrays.SparseArray([1.0, np.nan, 3.0]),
    "true in a sparse column": lambda: pd.arrays.SparseArray([True, False, True]),
    "missing, no axis": lambda: np.array(None, dtype=object),
    "no number of decimals": lambda: [Decimal("NaN"), 1, 2],
    "a vast fraction": lambda: [Fraction(10**400, 3), 1, 1],
    "pairs of levels": lambda: pd.MultiIndex.from_tuples([(1, 2), (3, 4), (5, 6)]),
    "values of a mapping": lambda: {"a": 1}.values(),
    "groups": lambda: pd.DataFrame({"a": [1, 2, 3]}).groupby("a"),
    "an ellipsis": lambda: ...,
    "no decimal": lambda: Decimal("sNaN"),
}

#: Nor these for one number, and the first lines for a whole number, share or level either.
NO_NUMBER: dict[str, Callable[[], Any]] = {
    **{kind: NO_NUMBERS[kind] for kind in NO_NUMBERS if kind not in ("nan",)},
    "several": lambda: [0.25, 0.5],
    "one in a list": lambda: [0.5],
    "an array of one": lambda: np.array([0.5]),
    "nan": lambda: np.nan,
    "infinite": lambda: -np.inf,
    "an empty list": list,
    "nothing of text": lambda: "",
}

#: What no option, and no flag, is.
NO_NAME: dict[str, Callable[[], Any]] = {
    "another name": lambda: "nothing such",
    "a long name": lambda: "x" * 10**6,
    "lines": lambda: "a\nb",
    "a number of too many digits": lambda: 10**5000,
    "no name": lambda: "",
    "a number": lambda: 3,
    "nan": lambda: np.nan,
    "an array": lambda: np.array([1.0, 2.0]),
    "dates": NO_NUMBERS["dates"],
    "masked": lambda: np.ma.array(["a", "b"], mask=[0, 1]),
    "a list": lambda: [["wald"]],
    "bytes": lambda: b"wald",
    "a mapping": lambda: {"wald": 1},
    "unread": Unread,
    "true": lambda: True,
}
NO_FLAG = {kind: NO_NAME[kind] for kind in NO_NAME if kind != "true"} | {
    "one": lambda: 1,
    "missing": lambda: pd.NA,
    "flags": lambda: np.array([True, False]),
}
NO_TEXT: dict[str, Callable[[], Any]] = {
    "a number": lambda: 3,
    "missing": lambda: pd.NA,
    "none": lambda: None,
    "bytes": lambda: b"wald",
    "a list": lambda: ["wald"],
    "unread": Unread,
}
NO_LABELS: dict[str, Callable[[], Any]] = {
    "masked": lambda: np.ma.array(["a", "b", "c"], mask=[0, 1, 0]),
    "masked numbers": lambda: np.ma.array([1, 2, 3], mask=[0, 1, 0]),
    "masked in a list": lambda: ["a", np.ma.masked, "c"],
    "text": lambda: "abc",
    "a set": lambda: {"a", "b", "c"},
    "a mapping": lambda: {"a": 1, "b": 2, "c": 3},
    "a generator": lambda: (i for i in "abc"),
    "too few": lambda: ["a", "b"],
    "two axes": lambda: [["a", "b", "c"]],
    "lists": lambda: [["a"], ["b", "c"], ["d"]],
    "records": NO_NUMBERS["records"],
    "a number": lambda: 3,
    "unread": Unread,
}
NO_FLAGS = {
    "masked": lambda: np.ma.array([True, False, True], mask=[0, 1, 0]),
    "numbers": lambda: [1, 0, 1],
    "texts": lambda: ["True", "False", "True"],
    "nullable": lambda: pd.array([True, None, True], dtype="boolean"),
    "objects": lambda: np.array([True, None, True], dtype=object),
    "text": lambda: "True",
    "a set": lambda: {True, False},
    "none kept": lambda: [[False, False, False]],
    "too few": lambda: [[True, True]],
    "dates": NO_NUMBERS["dates"],
}
NO_RESULT: dict[str, Callable[[], Any]] = {
    "a number": lambda: 3.5,
    "text": lambda: "fit",
    "an array": lambda: np.array([1.0, 2.0]),
    "masked": NO_NUMBERS["masked"],
    "a mapping of nothing such": lambda: {"nothing such": np.ones(2)},
    "a class": lambda: float,
    "unread": Unread,
}

#: Right kinds, and values at the end of what an argument can be or beyond.
EXTREMES: dict[str, list[Any]] = {
    "counts": [
        0, 1, 2, 255, 256, 10**6, 10**9, 10**12, 10**15, 2**53 - 1, 2**53, 10**18, 10**30, -1, 1.5,
        [0, 0, 0], [1, 1, 1], [0, 1, 2], [9, 11, 20], [10**9, 1, 10**6], [10**15] * 3, [[4, 6, 9]],
        [[[4]]], [], [[]], np.zeros((0, 3)), np.zeros((2, 0)), [4], [4, 6], [4, 6, 9, 1],
        np.uint8([250, 251, 252]), np.float16([5, 6, 7]), [[4, 6, 9]] * 2,
    ],
    "numbers": [
        0, -0.0, 1, -1, 0.5, 2, 1e-320, 1e-300, 1e-60, 1e-49, 1e-20, 1e-9, 1e9, 1e20, 1e49, 1e60,
        1e300, np.inf, -np.inf, [0, 0, 0], [1, 1, 1], [1, 2, 3], [3, 2, 1], [1e-49, 1, 1e49],
        [1e9, 1e9 + 1, 1e9 + 2], [-1, 0, 1], [0, 0.5, 1], [1, 1, 2], [], [[]], np.zeros((0, 3)),
        np.zeros((2, 0)), [1], [1, 2], [1, 2, 3, 4], [[1, 2, 3]], [[1, 2, 3]] * 2, [[[0.5]]],
        np.eye(3), np.ones((3, 3)),
    ],
    "number": [
        0, -1, 1, 0.5, 1 - 1e-16, 1 - 1e-9, 1e-12, 1e-17, 1e-300, 5e-324, 2, 95, 1e9, 1e49, 1e60,
        1e300, np.inf, np.nan, 0.999999, 0.01,
    ],
    "whole": [
        0, 1, 2, 3, 5, 17, 100, 255, 10**4, 10**5, 10**6, 10**9, 10**12, 2**53 - 1, 2**53, 10**18,
        10**30, -1, 1.5, 2**31, 2**63, np.uint8(200),
    ],
    "labels": [
        [], ["a"], [None, None, None], [1, 2, 3], [1, "a", None], [np.nan] * 3, ["a", np.nan, "b"],
        pd.Series(["x", "y", "z"], index=[2, 1, 0]), pd.to_datetime(["2020", "2021", "2022"]),
        [("a", 1), ("b", 2), ("c", 3)], [2, "a", 1.5], [1j, 2, 3],
        np.longdouble([1, 2, 3]) * np.longdouble("1e1000"), np.array([1, 2, 3], dtype="G"),
        pd.array([True, None, True], dtype="boolean"), [pd.NA, "b", "c"], ["x" * 10**6] * 3,
    ],
    "result": [
        {}, {"linear": None}, {"emax": {"ed50": 1}}, {"emax": [{"ed50": 1}, {"ed50": 2}]},
        {"emax": {"ed50": 1e300}}, {"ed50": (1, 2)}, {"emax": {"ed50": (1e-60, 1e60)}},
        {"linear": {"x": (1, 2)}}, {"emax": None}, {"emax": 3}, {1: 2},
        {"sigmoid-emax": {"ed50": 1, "h": 1e9}}, {"emax": {"ed50": True}},
    ],
}  # fmt: skip

#: The same numbers in another dress: an array, and back from whole numbers.
DRESSES: dict[str, Callable[[Any], Any]] = {
    "array": np.asarray,
    "read-only": lambda v: _fixed(np.array(v)),
    "Fortran order": lambda v: np.asfortranarray(v),
    "strided": lambda v: np.repeat(np.asarray(v), 2, axis=-1)[..., ::2],
    "big-endian": lambda v: np.asarray(v).astype(np.asarray(v).dtype.newbyteorder(">")),
    "objects": lambda v: np.array(np.asarray(v).tolist(), dtype=object),
    "nothing masked": lambda v: np.ma.array(v),
    "float32": lambda v: np.asarray(v, dtype=np.float32),
    "tuple": lambda v: _tuple(np.asarray(v).tolist()),
}
#: For arrays with one axis.
ROWS: dict[str, Callable[[Any], Any]] = {
    "Series": lambda v: pd.Series(v, index=range(len(v))[::-1]),
    "Series of names": lambda v: pd.Series(v, index=list("zyxwvu")[: len(v)]),
    "Index": pd.Index,
    "nullable": lambda v: pd.Series(v, dtype="Float64"),
    "sparse column": lambda v: pd.Series(v, dtype="Sparse[float]"),
    "deque": deque,
    "Decimal": lambda v: [Decimal(i) for i in v],
    "Fraction": lambda v: [Fraction(i) for i in v],
    "array of C": lambda v: array("d", v),
    "numpy scalars": lambda v: [np.float64(i) for i in v],
    "arrays without axis": lambda v: [np.asarray(i) for i in v],
    "view": lambda v: memoryview(np.asarray(v, dtype=np.float64)),
}
#: For whole numbers up to 100.
WHOLES: dict[str, Callable[[Any], Any]] = {
    kind: lambda v, kind=kind: np.asarray(v, dtype=kind)
    for kind in ("int8", "uint8", "int16", "uint64", "float16", "longdouble")
}


def _fixed(values: Any) -> Any:
    values.flags.writeable = False
    return values


def _tuple(values: Any) -> Any:
    return tuple(map(_tuple, values)) if isinstance(values, list) else values
