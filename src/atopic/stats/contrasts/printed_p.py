"""What a printed p value says about counts that were not printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.stats.arguments import as_whole, one_of, shown
from atopic.stats.arrays import plain
from atopic.stats.contrasts.exact_tests import (
    TESTS,
    Test,
    p_values_of_all_tables,
    refuse_many_tables,
)
from atopic.stats.results import Result

Operator = Literal["=", "<", ">"]
Arm = Literal["1", "0"]

#: Digits as printed, also with an exponent: 3.8e-2.
_PLAIN = re.compile(r"(\d{1,3}\.?\d{0,60}|\.\d{1,60})([eE][-+]?\d{1,2})?", re.ASCII)
#: Relative; a p value worked out in floating point may miss the end of a printed range by this.
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False, repr=False)
class CompatibleCounts(Result):
    """Pairs of counts whose p value, by one test or another, is the printed one.

    Attributes
    ----------
    printed : str
        The p value with its digits and without its sign.
    operator : str
        ``=``, ``<`` or ``>``.
    within : (float, float)
        Lowest and highest p value that could have been printed so.
    n_1, n_0 : int
        Patients of both arms.
    favours : str or None
        The arm that is known to have the higher rate.
    tables : DataFrame
        One row a test and pair: ``test, responders_1, n_1, responders_0, n_0, p, difference``.
    by_test : DataFrame
        One row a test: how many pairs (``tables``), the lowest and highest difference
        (``difference_min``, ``difference_max``) and its smallest and largest size, sign left out
        (``size_min``, ``size_max``). The four are nan for a test that no pair can satisfy.
    """

    printed: str
    operator: str
    within: tuple[float, float]
    n_1: int
    n_0: int
    favours: str | None
    tables: pd.DataFrame
    by_test: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return one row a test, as `by_test`."""
        return self.by_test.copy()

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the tests, and the pairs of counts that each allows."""
        return {"tests": self.by_test, "pairs of counts": self.tables}

    def _first(self) -> str:
        pairs = len(self.tables.drop_duplicates(["responders_1", "responders_0"]))
        return (
            f"{pairs:,} pairs of counts of {self.n_1:,} and {self.n_0:,} patients give "
            f"P {self.operator} {self.printed}"
        )

    def _model(self) -> str:
        return f"By one of {len(self.by_test)} tests, of which the source names none."


def p_value_bounds(
    p_printed: str,
    n_1: int,
    n_0: int,
    *,
    tests: Test | Iterable[Test] = TESTS,
    operator: Operator = "=",
    favours: Arm | None = None,
) -> CompatibleCounts:
    """Return the counts, and so the differences, that a printed p value leaves possible.

    Parameters
    ----------
    p_printed : str
        The p value as printed, since its digits tell how it was rounded: ``".038"``; a sign in
        front, as in ``"<0.001"``, stands for ``operator``.
    n_1, n_0 : int
        Patients of both arms.
    tests : str or iterable of str
        ``chi-square``, ``chi-square-corrected``, ``fisher``, ``barnard``, ``boschloo`` and
        ``boschloo-minlike``, all two-sided; see
        :func:`atopic.stats.contrasts.exact_tests.exact_test`.
    operator : {"=", "<", ">"}
        With ``=``, every p value that rounds to the printed one fits, and both ends do: sources
        differ on where a half goes.
    favours : {"1", "0"}, optional
        Keep only pairs in which this arm has the higher rate.

    Raises
    ------
    ValueError
        If the p value is not text, no number from 0 to 1, has two different signs, or lies beyond
        every p value (< 0, > 1); for arms that are not whole numbers of patients; for an unknown
        test, operator or arm, or no test.

    Notes
    -----
    That a test admits no pair does not show that the source is wrong: it may have used another
    test, an adjusted model, or other arm sizes.

    With ``<`` or ``>`` most tables may have to be worked out: for arms of some hundred patients
    that takes Barnard's and Boschloo's tests seconds, and the other three none.

    Examples
    --------
    >>> found = p_value_bounds(".038", 36, 36, favours="1")
    >>> found.tables[["test", "responders_1", "responders_0"]]
                       test  responders_1  responders_0
    0  chi-square-corrected            15             6
    1  chi-square-corrected            30            21
    >>> found.by_test[["test", "tables", "difference_min", "difference_max"]].head(3)
                       test  tables  difference_min  difference_max
    0            chi-square       0             NaN             NaN
    1  chi-square-corrected       2            0.25            0.25
    2                fisher       0             NaN             NaN
    """
    tests = [tests] if isinstance(tests, str) else plain(tests, "tests").tolist()
    if not tests:
        raise ValueError("tests must name at least one test, not none")
    chosen = [one_of(test, "tests", TESTS) for test in tests]
    if favours is not None:
        one_of(favours, "favours", get_args(Arm))
    value, sign = _read(p_printed, operator)
    within = _range(value, sign)
    size_1, size_0 = as_whole(n_1, "n_1", least=1), as_whole(n_0, "n_0", least=1)
    refuse_many_tables(size_1, size_0)
    difference = np.arange(size_1 + 1)[:, None] / size_1 - np.arange(size_0 + 1) / size_0
    found = [
        _compatible(test, size_1, size_0, within, sign, difference, favours) for test in chosen
    ]
    x1, x0, p = map(np.concatenate, zip(*found, strict=True))
    counts = [places.size for places, _, _ in found]
    differences = np.split(difference[x1, x0], np.cumsum(counts)[:-1])
    return CompatibleCounts(
        printed=str(p_printed).strip().lstrip("=<> "),
        operator=sign,
        within=within,
        n_1=size_1,
        n_0=size_0,
        favours=favours,
        tables=pd.DataFrame(
            {
                "test": pd.Series(np.repeat(chosen, counts), dtype="str"),
                "responders_1": x1,
                "n_1": size_1,
                "responders_0": x0,
                "n_0": size_0,
                "p": p,
                "difference": difference[x1, x0],
            }
        ),
        by_test=pd.DataFrame(
            [_summary(test, some) for test, some in zip(chosen, differences, strict=True)]
        ),
    )


def _read(printed: str, operator: str) -> tuple[Decimal, str]:
    one_of(operator, "operator", get_args(Operator))
    if not isinstance(printed, str):
        raise ValueError(
            f"p_printed must be text, with the digits as printed, not {shown(printed)}"
        )
    text = printed.strip()
    if text[:1] in get_args(Operator):
        if operator not in ("=", text[0]):
            raise ValueError(f"p_printed {printed!r} has another sign than operator {operator!r}")
        operator, text = text[0], text[1:].strip()
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"p_printed must be a number from 0 to 1, not {shown(printed)}")
    value = Decimal(text)
    if not 0 <= value <= 1:
        raise ValueError(f"p_printed must be a number from 0 to 1, not {printed!r}")
    if (operator == "<" and value == 0) or (operator == ">" and value == 1):
        raise ValueError(f"no p value is {operator} {value}")
    return value, operator


def _range(value: Decimal, operator: str) -> tuple[float, float]:
    if operator == "<":
        return 0.0, float(value)
    if operator == ">":
        return float(value), 1.0
    half = Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)
    return float(max(value - half, Decimal(0))), float(min(value + half, Decimal(1)))


def _compatible(
    test: Test,
    n_1: int,
    n_0: int,
    within: tuple[float, float],
    operator: str,
    difference: NDArray[np.float64],
    favours: str | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the responders of both arms of each pair that fits, and its p value."""
    low, high = within
    slack = ROUNDING if operator == "=" else -ROUNDING
    reach = (
        0.0 if operator == "<" else low * (1 - slack),
        1.0 if operator == ">" else min(1.0, high * (1 + slack)),
    )
    p = p_values_of_all_tables(n_1, n_0, test=test, within=reach)
    fits = np.isfinite(p)
    if favours is not None:
        fits &= (difference > 0) if favours == "1" else (difference < 0)
    x1, x0 = np.nonzero(fits)
    return x1, x0, p[x1, x0]


def _summary(test: str, difference: NDArray[np.float64]) -> dict[str, object]:
    some = difference if difference.size else np.full(1, np.nan)
    size = np.abs(some)
    return {
        "test": test,
        "tables": difference.size,
        "difference_min": some.min(),
        "difference_max": some.max(),
        "size_min": size.min(),
        "size_max": size.max(),
    }
