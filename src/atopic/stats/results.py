"""What every result says of itself: an answer first, then the model, then cautions, then frames.

A result is a frozen dataclass that derives from `Result` with ``repr=False``; it overrides what it
can say better than its bare fields do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from html import escape
from typing import Any

import numpy as np
import pandas as pd

#: Fields that a result without words of its own names at most.
_MOST = 6
_MINUS = "\N{MINUS SIGN}"


class Result:
    """Base of the results of this room.

    Examples
    --------
    >>> from atopic.stats import bayes
    >>> bayes.posterior(4, 5)
    <Rate: 78% (37 to 98), 95% interval>
    >>> print(bayes.posterior(4, 5).r_code())
    qbeta(c(0.5, 0.025, 0.975), 4.5, 1.5)
    """

    def summary(self) -> str:
        """Return the answer, the model, what a new study may show, and the cautions, as text."""
        model = [self._model(), self._next()]
        return "\n".join(filter(None, [self._first(), *model, *self._cautions()]))

    def to_frame(self) -> pd.DataFrame:
        """Return its numbers and conventions, one row a result."""
        shapes = [np.shape(value) for value in self._values().values()]
        shape = next((one for one in shapes if one), ())
        columns = {
            name: np.ravel(value) if np.shape(value) else value
            for name, value in self._values().items()
            if np.shape(value) in ((), shape)
        }
        return pd.DataFrame(columns, index=range(int(np.prod(shape))))

    def r_code(self) -> str:
        """Return the call that gives the same numbers in R, where there is one; else nothing."""
        call = getattr(self, "r_call", None)
        return str(call()) if call else ""

    def methods(self) -> str:
        """Return how it was computed and by which versions, as a paragraph for a paper."""
        from importlib.metadata import version

        made = ", ".join(
            f"{words} {version(name)}"
            for words, name in (("NumPy", "numpy"), ("SciPy", "scipy"), ("pandas", "pandas"))
        )
        how = self._model() or f"{type(self).__name__} of the functions of {type(self).__module__}."
        more = " ".join(filter(None, [how, self._next()]))
        return f"{more} Computed with atopic {version('atopic')} ({made})."

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the frames behind it by what they hold: terms, studies, what was left out."""
        return {"terms": self.to_frame()}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._first()}>"

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(one)}</p>" for one in (self._model(), self._next()) if one)
        cautions = "".join(f"<li>{escape(one)}</li>" for one in self._cautions())
        behind = "".join(
            f"<details><summary>{escape(name)}, {len(frame):,} "
            f"row{'' if len(frame) == 1 else 's'}</summary>"
            f"{frame.to_html(border=0, index=False)}</details>"
            for name, frame in self.frames().items()
            if len(frame)
        )
        code = self.r_code_or_nothing()
        behind += f"<details><summary>In R</summary><pre>{escape(code)}</pre></details>" * bool(
            code
        )
        return (
            f"<div><p><b>{escape(self._first())}</b></p>{lines}"
            f"{f'<ul>{cautions}</ul>' if cautions else ''}{behind}</div>"
        )

    def r_code_or_nothing(self) -> str:
        """Return `r_code`, and nothing where R has no such fit."""
        try:
            return self.r_code()
        except ValueError:
            return ""

    def _first(self) -> str:
        """Return the answer on the scale of the reader."""
        plain = {name: value for name, value in self._values().items() if np.ndim(value) == 0}
        said = [f"{name} {number(value)}" for name, value in list(plain.items())[:_MOST]]
        arrays = [name for name in self._values() if name not in plain]
        return "; ".join([*said, *(f"{name} of shape {np.shape(getattr(self, name))}"
                                   for name in arrays[:_MOST])])  # fmt: skip

    def _model(self) -> str:
        """Return the model and how much studies differ."""
        return ""

    def _next(self) -> str:
        """Return what a new study may show."""
        return ""

    def _cautions(self) -> tuple[str, ...]:
        """Return what a reader must know."""
        return tuple(getattr(self, "notes", ()))

    def _values(self) -> dict[str, Any]:
        """Return the fields that are numbers, texts or arrays of numbers."""
        found: dict[str, Any] = {}
        for one in fields(self):  # type: ignore[arg-type]
            value = getattr(self, one.name)
            if one.name.startswith("_"):
                continue
            if isinstance(value, tuple) and all(isinstance(part, str) for part in value):
                value = "; ".join(value)
            if value is None or isinstance(value, str | int | float | np.ndarray | np.generic):
                found[one.name] = value
        return found


def number(value: object, digits: int = 3) -> str:
    """Return a number to some significant digits, with a real minus; a text as it is.

    >>> number(-0.123456), number(12), number("reml")
    ('−0.123', '12', 'reml')
    """
    if isinstance(value, bool | str) or value is None:
        return str(value)
    if isinstance(value, np.ndarray | np.generic):
        value = value.item()
    if isinstance(value, int | str):
        return f"{value:,}".replace("-", _MINUS) if isinstance(value, int) else value
    return f"{value:.{digits}g}".replace("-", _MINUS)


def percent(share: float) -> str:
    """Return a share in whole percent.

    >>> percent(0.125)
    '13%'
    """
    return f"{np.floor(100 * share + 0.5):.0f}%" if np.isfinite(share) else "unknown"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, to tenths, with a real minus.

    >>> points(-0.0466)
    '−4.7 points'
    """
    return f"{100 * share:.1f} points".replace("-", _MINUS)


def with_limits(parts: Iterable[str], level: float) -> str:
    """Return an estimate and its two limits, as text: the unit is said once.

    >>> with_limits(["24%", "14%", "37%"], 0.95)
    '24% (14 to 37), 95% interval'
    """
    value, *limits = parts
    ends = [end.removesuffix("%").removesuffix(" points") for end in limits]
    return f"{value} ({ends[0]} to {ends[1]}), {100 * level:g}% interval"
