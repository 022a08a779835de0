"""An effect as pages write it in the measure that the review shows first."""

from math import isfinite

import pandas as pd

from atopic.display.numbers import points_limits, points_signed, ratio_text

#: Headings of columns of effects.
NAMES = {"RD": "Difference, points", "RR": "Risk ratio", "OR": "Odds ratio"}


def no_effect(measure: str) -> float:
    """Return the value of a measure at which nothing differs."""
    return 0.0 if measure == "RD" else 1.0


def effect_text(value: float, measure: str) -> str:
    """Return an effect as a table writes it: points with their sign, or a ratio.

    >>> effect_text(0.047, "RD"), effect_text(1.1715, "RR"), effect_text(float("nan"), "OR")
    ('+4.7', '1.17', 'not defined')
    """
    if pd.isna(value):
        return "not defined"
    return points_signed(value) if measure == "RD" else ratio_text(value)


def effect_limits(lower: float, upper: float, measure: str) -> str:
    """Return the limits of an effect as a table writes them.

    >>> effect_limits(-0.091, 0.18, "RD"), effect_limits(0.742, 1.884, "RR")
    ('\N{MINUS SIGN}9.1 to 18.0', '0.74 to 1.88')
    """
    if measure == "RD":
        return points_limits(lower, upper)
    if pd.isna(lower) or pd.isna(upper):
        return "none"
    return " to ".join(ratio_text(end) if isfinite(end) else "no limit" for end in (lower, upper))


def ratio_clause(value: float, measure: str) -> str:
    """Return a ratio as a reader says it.

    >>> ratio_clause(1.3815, "RR"), ratio_clause(0.73, "OR")
    ('1.38 times as many', 'odds ratio 0.73')
    """
    text = effect_text(value, measure)
    return (
        f"{text} times as many"
        if measure == "RR" and pd.notna(value)
        else f"{_name(measure)} {text}"
    )


def _name(measure: str) -> str:
    return NAMES[measure].lower()
