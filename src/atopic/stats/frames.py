"""Columns of a reader's own frame, as the functions on arrays take them.

A function that `of_frame` decorates takes arrays, or a frame and the names of its columns; whatever
is wrong in a cell is then said by row, column and value.
"""

import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import wraps
from math import inf, nan
from numbers import Real
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from atopic.errors import no_column
from atopic.stats.arguments import ONE_PER_STUDY, as_labels
from atopic.stats.arrays import shown

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

#: What the cells of an argument must be, by the first part of its name; any number otherwise.
_COUNTS, _POSITIVE = ("responders", "n"), ("variance", "sd", "se")
_BLANK = "is blank: leave the row out, or give its value"
_TO_NUMERIC = "is text: turn the column into numbers, as with pandas.to_numeric"


class ArraysOrFrame(Protocol[P, R_co]):
    """A function of arrays that also takes a frame and names of columns in their place."""

    @overload
    def __call__(
        self, frame: "pd.DataFrame", /, *columns: str, study: str | None = None, **options: Any
    ) -> R_co: ...
    @overload
    def __call__(self, *args: P.args, **options: P.kwargs) -> R_co: ...


def of_frame(columns: str, *, per_row: str = "") -> Callable[[Callable[P, R]], ArraysOrFrame[P, R]]:
    """Let a function of arrays take a frame, then the names of its columns, in their place.

    Parameters
    ----------
    columns : str; the arguments that are columns, with blanks between, in their order.
    per_row : str; further arguments that hold one value a row, given by name as columns.

    Notes
    -----
    ``study=`` then names the column that names the rows: messages speak of it, and a result that
    keeps its studies has its labels from there. Beside arrays, ``study=`` holds the names
    themselves; an array with an index of texts brings them along.

    Examples
    --------
    >>> import pandas as pd
    >>> @of_frame("responders n")
    ... def rate(responders, n):
    ...     return responders / n
    >>> frame = pd.DataFrame({"Trial": ["A", "B"], "Clear": [4, 30], "N": [8, 20]})
    >>> rate(frame.head(1), "Clear", "N")
    array([0.5])
    >>> rate(frame, "Clear", "N", study="Trial")
    Traceback (most recent call last):
    ValueError: row 1 (B), column 'Clear': 30 is more than the 20 of 'N'
    """
    needed, more = columns.split(), per_row.split()

    def decorate(function: Callable[P, R]) -> ArraysOrFrame[P, R]:
        parameters = inspect.signature(function).parameters
        takes_labels = "labels" in parameters
        required = [one for one in needed if parameters[one].default is inspect.Parameter.empty]

        @wraps(function)
        def either(*args: Any, **options: Any) -> R:
            if not (args and is_frame(args[0])):
                return _of_arrays(function, args, options)
            named = dict(zip(needed, args[1:], strict=False))
            given = {**named, **{name: options[name] for name in needed if name in options}}
            arrays_fit = len(args) <= len(needed) and (given or len(required) < 2)
            if arrays_fit and not any(map(_is_name, given.values())):
                # A table of effects, as an array of two axes.
                return _of_arrays(function, args, options)
            if len(args) > 1 + len(needed):
                raise ValueError(
                    f"{function.__name__} of a frame takes {len(needed)} columns "
                    f"({', '.join(needed)}), not {len(args) - 1}"
                )
            frame: pd.DataFrame = args[0]
            missing = [name for name in required if name not in given]
            if missing:
                raise ValueError(
                    f"{function.__name__} of a frame needs the names of its columns for "
                    f"{', '.join(missing)}; there are: {', '.join(map(repr, frame.columns))}"
                )
            options = {name: value for name, value in options.items() if name not in given}
            study = options.pop("study", None)
            rows = _row_names(frame, study)
            arrays = {one: column_of(frame, name, one, rows) for one, name in given.items()}
            _refuse_more_than_all(arrays, given, rows)
            for one in more:
                if isinstance(options.get(one), str):
                    options[one] = _labels_of(frame, options[one], rows)
            labels = None if study is None else _labels_of(frame, study, rows)
            if labels is not None and takes_labels:
                options.setdefault("labels", labels)
            made = cast(Any, function)(**arrays, **options)
            return cast(R, made if labels is None else _named(made, labels))

        return cast(ArraysOrFrame[P, R], either)

    return decorate


def _of_arrays(function: Callable[..., R], args: Any, options: dict[str, Any]) -> R:
    """Call a function of arrays, and name the studies of what it returns."""
    study = options.pop("study", None)
    if study is None and args and _has_names(args[0]):
        study = args[0].index
        return cast(R, _named(function(*args, **options), np.asarray(study)))
    made: Any = function(*args, **options)
    if study is None:
        return cast(R, made)
    if isinstance(study, str) or not hasattr(getattr(made, "data", None), "labels"):
        raise ValueError(
            f"study={shown(study)} names a column of a frame, or the studies of a result that "
            "keeps them: here it names nothing"
        )
    return cast(R, _named(made, as_labels(study, "study", made.data.shape[-1], ONE_PER_STUDY)))


def _named(made: Any, labels: NDArray[Any]) -> Any:
    """Return a result whose studies have names, if it keeps studies."""
    data = getattr(made, "data", None)
    if not hasattr(data, "labels"):
        return made
    return replace(made, data=replace(cast(Any, data), labels=labels))


def _has_names(value: Any) -> bool:
    """Return whether a value is a series of pandas whose index is made of texts."""
    pandas = sys.modules.get("pandas")
    return (
        pandas is not None
        and isinstance(value, pandas.Series)
        and all(isinstance(one, str) for one in value.index)
    )


def _pandas() -> Any:
    """Return pandas, which whoever has a frame has loaded."""
    return sys.modules["pandas"]


def is_frame(value: Any) -> bool:
    """Return whether a value is a frame of pandas, without loading pandas to ask."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def two_columns(
    frame: "pd.DataFrame", responders: str, n: str, study: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any]]:
    """Return responders, patients and names of a frame's groups, all checked."""
    if not is_frame(frame):
        raise ValueError(f"frame must be a DataFrame, not {shown(frame)}")
    rows = _row_names(frame, study)
    given = {"responders": responders, "n": n}
    arrays = {name: column_of(frame, column, name, rows) for name, column in given.items()}
    _refuse_more_than_all(arrays, given, rows)
    names = frame.index.to_numpy() if study is None else _labels_of(frame, study, rows)
    return arrays["responders"], arrays["n"], names


def column_of(
    frame: "pd.DataFrame", name: str, argument: str = "", rows: list[str] | None = None
) -> NDArray[np.float64]:
    """Return a column of numbers as floats; `argument` says what they must be.

    Raises
    ------
    ValueError: for a column that there is not, with those there are, and for the first cell that
        cannot be used, with its row, column and value.

    Examples
    --------
    >>> import pandas as pd
    >>> column_of(pd.DataFrame({"Dose": [1, 2], "N": [8, 20]}), "Doses")
    Traceback (most recent call last):
    ValueError: the frame has no column 'Doses'; did you mean 'Dose'? There are: 'Dose', 'N'
    """
    cells, kind = _cells(frame, name, argument or "column"), argument.partition("_")[0]
    if isinstance(frame[name].dtype, _pandas().CategoricalDtype):
        raise ValueError(f"column {name!r} holds categories, not numbers: give the numbers")
    rows = _row_names(frame, None) if rows is None else rows
    values, as_text = np.empty(len(cells)), ""
    for place, cell in enumerate(cells):
        number, wrong = _number(cell)
        wrong = wrong or _beyond(number, kind)
        values[place] = number
        # One word turns a whole column into text: the word is what has to be mended.
        if wrong.endswith(_TO_NUMERIC):
            as_text = as_text or f"{rows[place]}, column {name!r}: {wrong}"
        elif wrong:
            raise ValueError(f"{rows[place]}, column {name!r}: {wrong}")
    if as_text:
        raise ValueError(as_text)
    return values


def _number(cell: Any) -> tuple[float, str]:
    """Return a cell as a number, or why it is none."""
    if isinstance(cell, str):
        try:
            float(cell)
        except ValueError:
            blank = not cell.strip()
            return nan, _BLANK if blank else f"{shown(cell)} is text, not a number"
        return nan, f"{shown(cell)} {_TO_NUMERIC}"
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return nan, _BLANK
    if not isinstance(cell, Real | Decimal) or isinstance(cell, bool | np.bool_ | np.timedelta64):
        return nan, f"{shown(cell)} is not a number"
    try:
        number = float(cell)
    except OverflowError:
        number = inf
    except Exception:
        # A number of another library may refuse in any words.
        return nan, f"{shown(cell)} is not a number that a float can hold"
    if np.isnan(number):
        return nan, _BLANK
    return number, "" if np.isfinite(number) else f"{shown(cell)} is not a finite number"


def _beyond(number: float, kind: str) -> str:
    """Say why a number cannot be what its argument is; nothing if it can."""
    if kind in _COUNTS:
        if number < 0:
            return f"{number:g} is negative"
        if number != np.floor(number):
            return f"{number:g} is not a whole number of patients"
        if kind == "n" and number == 0:
            return "0 patients are no group: leave the row out"
    if kind in _POSITIVE and number <= 0:
        return f"{number:g} must be above 0"
    return ""


def _refuse_more_than_all(
    arrays: dict[str, NDArray[np.float64]], given: dict[str, str], rows: list[str]
) -> None:
    """Refuse more responders than patients."""
    for name in arrays:
        kind, _, arm = name.partition("_")
        size = f"n_{arm}" if arm else "n"
        if kind == "responders" and size in arrays:
            for row in np.flatnonzero(arrays[name] > arrays[size]):
                raise ValueError(
                    f"{rows[row]}, column {given[name]!r}: {arrays[name][row]:g} is more than the "
                    f"{arrays[size][row]:g} of {given[size]!r}"
                )


def _is_name(value: Any) -> bool:
    return isinstance(value, str)


def _cells(frame: "pd.DataFrame", name: str, argument: str = "column") -> list[Any]:
    """Return the cells of a column, and refuse one that there is not."""
    if not isinstance(name, str):
        raise ValueError(f"{argument} must be the name of a column, not {shown(name)}")
    if name not in frame.columns:
        raise ValueError(no_column(name, frame.columns))
    column = frame[name]
    if column.ndim > 1:
        raise ValueError(
            f"the frame has {column.shape[1]} columns {name!r}: give each a name of its own"
        )
    return list(column.tolist())


def _row_names(frame: "pd.DataFrame", study: str | None) -> list[str]:
    """Return what messages call each row: its label, and the study in brackets."""
    labels = [f"row {label}" for label in frame.index]
    if study is None:
        return labels
    cells = _cells(frame, study, "study")
    return [f"{label} ({cell})" for label, cell in zip(labels, cells, strict=True)]


def _labels_of(frame: "pd.DataFrame", name: str, rows: list[str]) -> NDArray[Any]:
    """Return a column of names, groups or flags, none of them blank."""
    for place, cell in enumerate(_cells(frame, name)):
        if not isinstance(cell, bool) and _number(cell)[1] == _BLANK:
            row = rows[place].partition(" (")[0]
            raise ValueError(f"{row}, column {name!r}: {_BLANK}")
    labels: NDArray[Any] = frame[name].to_numpy()
    return labels
