"""What a chart reads of a reader's own frame or of a pooled result: rows, and what they pool to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, isfinite, isinf, isnan, nan
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from atopic.errors import no_column

_MINUS, _INFINITY = "\N{MINUS SIGN}", "\N{INFINITY}"
_RATIOS = {"RR": "Risk ratio", "OR": "Odds ratio", "HR": "Hazard ratio", "IRR": "Rate ratio"}
_DIFFERENCES = {
    "RD": "Risk difference, percentage points",
    "MD": "Difference of means",
    "SMD": "Standardised difference of means",
    "rate": "Patients, %",
}
#: Measures that are shares, and shown in percent or in points.
_SHARES = ("RD", "rate")
#: How far limits may reach beyond the estimates before they are cut: a factor, or widths of them.
_FACTOR, _WIDTHS = 10.0, 2.0


@dataclass(frozen=True)
class Row:
    """One line of a chart, on the scale that is read."""

    name: str
    estimate: float
    lower: float
    upper: float
    weight: float = nan
    new: tuple[float, float] | None = None

    @property
    def ends(self) -> tuple[float, ...]:
        """The limits, those for a new study among them."""
        return (self.lower, self.upper, *(self.new or ()))


@dataclass(frozen=True)
class Scale:
    """How values of a measure are drawn and written.

    Parameters
    ----------
    measure : str; ``RR``, ``OR``, ``HR`` and ``IRR`` are ratios, on an axis of logarithms; ``RD``
        and ``rate`` are shares, in percent; any other is drawn as it is.
    """

    measure: str

    @property
    def ratio(self) -> bool:
        """Whether the axis is one of logarithms."""
        return self.measure in _RATIOS

    @property
    def factor(self) -> float:
        """What values are multiplied with."""
        return 100.0 if self.measure in _SHARES else 1.0

    @property
    def nothing(self) -> float | None:
        """The value of no effect; none of a rate."""
        return None if self.measure == "rate" else 1.0 if self.ratio else 0.0

    @property
    def label(self) -> str:
        """What stands under the axis."""
        return _RATIOS.get(self.measure) or _DIFFERENCES.get(self.measure) or self.measure

    def text(self, value: float) -> str:
        """Return a value as it is read.

        >>> Scale("RR").text(0.7251), Scale("RD").text(-0.125), Scale("MD").text(float("inf"))
        ('0.73', '−12.5', '∞')
        """
        if isnan(value):
            return ""
        if isinf(value):
            return _INFINITY if value > 0 else f"{_MINUS}{_INFINITY}"
        shown = value * self.factor
        if self.factor != 1:
            return f"{round(shown, 1) + 0.0:.1f}".replace("-", _MINUS)
        if 0 < shown < 0.01 and self.ratio:
            return f"{shown:.1g}"
        decimals = 2 if abs(shown) < 10 else 1 if abs(shown) < 100 else 0
        return f"{round(shown, decimals) + 0.0:.{decimals}f}".replace("-", _MINUS)

    def interval(self, row: Row) -> str:
        """Return estimate and limits as they are read."""
        if isnan(row.estimate):
            return "no estimate"
        if isnan(row.lower):
            return self.text(row.estimate)
        return f"{self.text(row.estimate)} ({self.text(row.lower)} to {self.text(row.upper)})"


def ends_of_axis(rows: Iterable[Row], scale: Scale) -> tuple[float, float]:
    """Return the ends of an axis that holds all estimates and no value of no effect left out.

    Limits far beyond all estimates do not stretch it.

    >>> rows = [Row("A", 0.5, 0.2, 1.2), Row("B", 0.8, 0.001, 640.0)]
    >>> [round(end, 3) for end in ends_of_axis(rows, Scale("RR"))]
    [0.04, 12.361]
    """
    rows = list(rows)
    points = [row.estimate for row in rows if isfinite(row.estimate)]
    points = [point for point in points if point > 0 or not scale.ratio]
    limits = [end for row in rows for end in row.ends if isfinite(end)]
    if scale.measure == "rate":
        return 0.0, 1.0
    nothing = scale.nothing or 0.0
    low, high = min([nothing, *points]), max([nothing, *points])
    if scale.ratio:
        least = max(min([low, *(end for end in limits if end > 0)]), low / _FACTOR)
        most = min(max([high, *limits]), high * _FACTOR)
        room = (most / least) ** 0.04 if most > least else 1.5
        return least / room, most * room
    halves = sorted((row.upper - row.lower) / 2 for row in rows if isfinite(row.upper - row.lower))
    reach = max(high - low, halves[len(halves) // 2] if halves else 0.0) * _WIDTHS
    least, most = max(min([low, *limits]), low - reach), min(max([high, *limits]), high + reach)
    room = 0.04 * (most - least) or 1.0
    return least - room, most + room


def numbers_of(frame: pd.DataFrame, name: str) -> list[float]:
    """Return a column of numbers; blank ones are nan.

    >>> numbers_of(pd.DataFrame({"low": [1, None, "?"]}), "low")
    Traceback (most recent call last):
    ValueError: row 2, column 'low': '?' is not a number
    """
    found = []
    for label, cell in _cells(frame, name):
        if cell is None or cell is pd.NA:
            found.append(nan)
        elif isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
            found.append(float(cell))
        else:
            raise ValueError(f"row {label}, column {name!r}: {cell!r} is not a number")
    return found


def texts_of(frame: pd.DataFrame, name: str) -> list[str]:
    """Return a column as texts; blank ones are empty."""
    cells = [cell for _, cell in _cells(frame, name)]
    return [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    if cell is None or cell is pd.NA or cell != cell:
        return ""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        # A year has no comma.
        form = ",.10g" if abs(cell) >= 10_000 else ".10g"
        return f"{cell:{form}}".replace("-", _MINUS)
    return str(cell)


def rows_of_frame(
    frame: pd.DataFrame, names: Sequence[str], study: str, weight: str | None, scale: Scale
) -> list[Row]:
    """Return a row a study of a frame whose estimate and limits are in the columns `names`."""
    estimates, lowers, uppers = (numbers_of(frame, name) for name in names)
    called = texts_of(frame, study)
    weights = [nan] * len(frame) if weight is None else numbers_of(frame, weight)
    rows = []
    labels = list(frame.index)
    for label, *values in zip(labels, called, estimates, lowers, uppers, weights, strict=True):
        row = Row(*values)
        _refuse(row, f"row {label} ({row.name})", names, scale)
        rows.append(row)
    return rows


def rows_of_fit(fit: Any) -> tuple[list[Row], Scale, Row]:
    """Return the studies, the scale and the pooled row of a result of pooling.

    A result is what has ``data`` (effects, variances, mask), ``weights`` and ``conventions``.
    """
    if not all(hasattr(fit, name) for name in ("data", "weights", "conventions")):
        raise ValueError(
            f"this needs a frame, or a result of pooling with its studies, not "
            f"{type(fit).__name__}: give the frame of its studies, and the result as pooled="
        )
    if np.ndim(fit.tau2):
        raise ValueError("this needs one meta-analysis, but the result holds several")
    measure = str(fit.conventions.measure)
    scale = Scale(measure.removeprefix("log ") if measure != "as given" else "effect")
    back = _back(measure, scale)
    z = NormalDist().inv_cdf((1 + fit.conventions.level) / 2)
    names = fit.data.labels if fit.data.labels is not None else np.arange(len(fit.data.mask))
    rows = [
        Row(str(name), back(effect), back(effect - z * se), back(effect + z * se), float(weight))
        for name, effect, se, weight, kept in zip(
            names, fit.data.effect, fit.data.variance**0.5, fit.weights, fit.data.mask, strict=True
        )
        if kept
    ]
    # Where a result keeps its effect as it was pooled, its estimate is what is read.
    own = _back("", scale) if hasattr(fit, "effect") else back
    return rows, scale, _pooled_row(fit, own)


def _back(measure: str, scale: Scale) -> Callable[[float], float]:
    """Return what leads an effect to the scale that is read, as far as its measure can go."""

    def natural(value: float) -> float:
        try:
            found = exp(value) if measure.startswith("log ") else float(value)
        except OverflowError:
            return inf
        return found if scale.factor == 1 else max(-1.0, min(1.0, found))

    return natural


def _pooled_row(fit: Any, back: Callable[[float], float]) -> Row:
    """Return what a result pooled to, on the scale that is read."""
    random = fit.conventions.model == "random"
    name = f"{'Random effects' if random else 'Common effect'}, {int(fit.k)} studies"
    new = (back(fit.prediction_lower), back(fit.prediction_upper))
    return Row(
        name, back(float(fit.estimate)), back(fit.lower), back(fit.upper),
        new=new if random else None,
    )  # fmt: skip


def summaries_of(pooled: Any, scale: Scale) -> list[Row]:
    """Return rows of what studies pooled to: one summary, or several by name.

    A summary has ``estimate``, ``lower`` and ``upper``, and may have ``prediction_lower`` and
    ``prediction_upper``, as attributes or as keys, on the scale that is read.
    """
    if pooled is None:
        return []
    named = isinstance(pooled, Mapping) and not {"estimate", "lower"} <= set(pooled)
    items = pooled.items() if named else [("Pooled", pooled)]
    rows = []
    for name, one in items:
        middle, low, high = (_part(one, part, name) for part in ("estimate", "lower", "upper"))
        new = [_part(one, f"prediction_{end}", name, nan) for end in ("lower", "upper")]
        ends = None if any(map(isnan, new)) else (new[0], new[1])
        row = Row(str(name), middle, low, high, new=ends)
        _refuse(row, str(name), ("estimate", "lower", "upper"), scale)
        rows.append(row)
    return rows


def _part(summary: Any, name: str, called: str, missing: float | None = None) -> float:
    is_map = isinstance(summary, Mapping | pd.Series)
    found = summary.get(name) if is_map else getattr(summary, name, None)
    if found is None:
        if missing is None:
            raise ValueError(f"pooled {called!r} has no {name!r}: it needs estimate, lower, upper")
        return missing
    return float(found)


def _refuse(row: Row, where: str, names: Iterable[str], scale: Scale) -> None:
    """Refuse limits in the wrong order, and what its measure cannot be."""
    estimate, lower, upper = names
    if row.lower > row.upper:
        raise ValueError(f"{where}: {lower!r} = {row.lower:g} is above {upper!r} = {row.upper:g}")
    if not isnan(row.lower) and not row.lower <= row.estimate <= row.upper:
        raise ValueError(
            f"{where}: {estimate!r} = {row.estimate:g} is outside {row.lower:g} to {row.upper:g}"
        )
    for name, value in zip((estimate, lower, upper), (row.estimate, *row.ends), strict=False):
        if scale.ratio and value < 0:
            raise ValueError(
                f"{where}, column {name!r}: {value:g} is no {scale.label.lower()}: give ratios, "
                "not their logarithms"
            )
        least = 0.0 if scale.measure == "rate" else -1.0
        if scale.factor != 1 and not (isnan(value) or isinf(value) or least <= value <= 1):
            raise ValueError(f"{where}, column {name!r}: {value:g} is no share: give 0.25 for 25%")


def _cells(frame: pd.DataFrame, name: str) -> list[tuple[Any, Any]]:
    if name not in frame.columns:
        raise ValueError(no_column(name, frame.columns))
    column = frame[name]
    if column.ndim > 1:
        raise ValueError(f"the frame has {column.shape[1]} columns {name!r}")
    return list(zip(frame.index, column.tolist(), strict=True))
