"""The number needed to treat, where a difference of rates is turned into patients per response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import (
    as_level,
    as_numbers,
    as_rates,
    as_text,
    as_whole,
    one_of,
    refuse,
    together,
)
from atopic.stats.results import Result

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
    level, method = as_level(level), as_text(method, "method")
    through = np.asarray((low < 0) & (high > 0))
    return NumberNeededToTreat(
        _reciprocal(centre), _reciprocal(high), _reciprocal(low), through, level, method
    )


def from_ratio(
    ratio: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    baseline: ArrayLike,
    *,
    measure: Literal["RR", "OR"] = "RR",
    response: Literal["good", "bad"] = "good",
    level: float = 0.95,
) -> NumberNeededToTreat:
    """Return the number needed to treat from a ratio and a risk without the treatment.

    Parameters
    ----------
    ratio, lower, upper : array_like
        Risk ratio or odds ratio and its limits, above 0: the ratio itself, not its logarithm.
    baseline : array_like
        Share of patients who respond without the treatment, between 0 and 1, taken as known.
    measure : {"RR", "OR"}
        Which ratio it is.
    response : {"good", "bad"}
        Whether a response is to the patient's benefit; ``bad`` for adverse events.
    level : float
        Confidence level of the limits.

    Returns
    -------
    NumberNeededToTreat
        Of the difference that the ratio makes at this baseline: another baseline, another number.

    Raises
    ------
    ValueError
        For a ratio outside its limits, a baseline that is not between 0 and 1, or a risk ratio that
        leads to a risk above 1; a limit that does is taken for 1.

    Notes
    -----
    With p the baseline the risk with the treatment is p RR, or p OR / (1 - p + p OR).

    References
    ----------
    Cochrane Handbook, version 5.1, sections 12.5.4.2 and 12.5.4.3.

    Examples
    --------
    >>> from_ratio(0.92, 0.85, 0.99, 0.3, response="bad").text()
    ['NNTB 41.7 (22.2 to 333.3)']
    """
    one_of(measure, "measure", ("RR", "OR"))
    one_of(response, "response", ("good", "bad"))
    centre, low, high, p = together(
        ratio=as_numbers(ratio, "ratio", positive=True),
        lower=as_numbers(lower, "lower", positive=True),
        upper=as_numbers(upper, "upper", positive=True),
        baseline=as_rates(baseline, "baseline"),
    )
    refuse((p == 0) | (p == 1), "baseline", p, "must lie strictly between 0 and 1")
    outside = (centre < low) | (centre > high)
    refuse(outside, "ratio", centre, "is outside its limits")
    if measure == "RR":
        refuse(centre * p > 1, "ratio", centre, "makes of this baseline a risk above 1")
        with_it = [np.minimum(one * p, 1.0) for one in (centre, low, high)]
    else:
        with_it = [p * one / (1 - p + p * one) for one in (centre, low, high)]
    estimate, least, most = (risk - p for risk in with_it)
    if response == "bad":
        estimate, least, most = -estimate, -most, -least
    return from_difference(estimate, least, most, level, f"{measure} at a baseline risk")


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
