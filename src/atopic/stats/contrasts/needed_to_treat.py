"""The number needed to treat, where a difference of rates is turned into patients per response."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_level, as_numbers, as_whole, refuse, together
from atopic.stats.results import Result

__all__ = ["NumberNeededToTreat", "from_difference"]

Array = NDArray[np.float64]

#: A limit that is the estimate may lie on its wrong side by this.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class NumberNeededToTreat(Result):
    """Patients to treat for one more to benefit (NNTB, positive) or be harmed (NNTH, negative).

    Attributes
    ----------
    estimate : ndarray
        1 / difference; inf where the arms have one rate.
    best, worst : ndarray
        1 / the limit of the difference most, and least, to the benefit of arm 1; inf for a limit
        of 0. The interval runs from ``best`` up, where ``through_infinity`` over infinity into the
        negative numbers, to ``worst``.
    through_infinity : ndarray of bool
        Whether the interval of the difference has both benefit and harm inside.
    level : float
        Confidence level.
    method : str
        Interval of the difference.
    """

    estimate: Array
    best: Array
    worst: Array
    through_infinity: NDArray[np.bool_]
    level: float
    method: str

    def text(self, digits: int = 1) -> list[str]:
        """Return one line a trial, in Altman's words.

        Parameters
        ----------
        digits : int
            Decimals shown.

        Examples
        --------
        >>> needed = from_difference(*(np.array([v]) for v in (0.1, -0.05, 0.25)), 0.95, "newcombe")
        >>> needed.text()
        ['NNTB 10.0 (NNTB 4.0 to ∞ to NNTH 20.0)']
        """
        digits = as_whole(digits, "digits", most=15)
        values = zip(
            np.ravel(self.estimate).tolist(),
            np.ravel(self.best).tolist(),
            np.ravel(self.worst).tolist(),
            np.ravel(self.through_infinity).tolist(),
            strict=True,
        )
        return [_line(*value, digits) for value in values]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial, with the conventions and the text."""
        return pd.DataFrame(
            {
                "estimate": np.ravel(self.estimate),
                "best": np.ravel(self.best),
                "worst": np.ravel(self.worst),
                "through_infinity": np.ravel(self.through_infinity),
                "level": self.level,
                "method": self.method,
                "text": self.text(),
            }
        )

    def _first(self) -> str:
        lines = self.text()
        return lines[0] if len(lines) == 1 else f"{len(lines):,} trials"

    def _model(self) -> str:
        return f"From the {100 * self.level:g}% {self.method} interval of the difference."


def from_difference(
    estimate: ArrayLike, lower: ArrayLike, upper: ArrayLike, level: float, method: str
) -> NumberNeededToTreat:
    """Return the number needed to treat from a difference in which more is to the benefit.

    Parameters
    ----------
    estimate, lower, upper : array_like
        Difference of two rates and its limits.
    level : float
        Confidence level.
    method : str
        Interval of the difference.

    Raises
    ------
    ValueError
        For a difference that is none, or outside its limits.

    Examples
    --------
    >>> needed = from_difference(np.array(0.2), np.array(0.1), np.array(0.25), 0.95, "newcombe")
    >>> float(needed.estimate), float(needed.best), float(needed.worst)
    (5.0, 4.0, 10.0)
    """
    centre, low, high = together(
        estimate=as_numbers(estimate, "estimate"),
        lower=as_numbers(lower, "lower"),
        upper=as_numbers(upper, "upper"),
    )
    for name, value in (("estimate", centre), ("lower", low), ("upper", high)):
        refuse(np.abs(value) > 1, name, value, "is no difference of two rates, from -1 to 1")
    outside = (centre < low - _ROUNDING) | (centre > high + _ROUNDING)
    refuse(outside, "estimate", centre, "is outside its limits")
    level = as_level(level)
    through = np.asarray((low < 0) & (high > 0))
    return NumberNeededToTreat(
        _reciprocal(centre), _reciprocal(high), _reciprocal(low), through, level, method
    )


def _reciprocal(difference: Array) -> Array:
    # A difference of -0.0 is no harm.
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(np.where(difference == 0, np.inf, 1 / difference))


def _line(estimate: float, best: float, worst: float, through: bool, digits: int) -> str:
    if np.isinf(estimate):
        point = "no difference"
    else:
        point = f"{_side(estimate)} {_number(estimate, digits)}"
    if through:
        limits = f"NNTB {_number(best, digits)} to ∞ to NNTH {_number(worst, digits)}"
    elif estimate > 0:
        limits = f"{_number(best, digits)} to {_number(worst, digits)}"
    else:
        limits = f"{_number(worst, digits)} to {_number(best, digits)}"
    return f"{point} ({limits})"


def _side(value: float) -> str:
    return "NNTB" if value > 0 else "NNTH"


def _number(value: float, digits: int) -> str:
    return "∞" if np.isinf(value) else f"{abs(value):.{digits}f}"
