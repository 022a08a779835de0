"""Numbers in words: percentages, points, intervals, P values, doses, weeks."""

from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "dose_text",
    "interval_text",
    "p_text",
    "percent",
    "points_text",
    "study_name",
    "week_text",
]


def study_name(study_id: str) -> str:
    """Return a study id as a reader says it.

    Examples
    --------
    >>> study_name("seo-2024-phase-1"), study_name("breeze-ad7")
    ('Seo 2024 phase 1', 'Breeze AD7')
    """
    words = [
        word.upper() if word[0].isalpha() and any(map(str.isdigit, word)) else word
        for word in study_id.split("-")
    ]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def dose_text(dose: float, unit: Any) -> str:
    """Return a dose for a label; empty if it is not one number.

    Examples
    --------
    >>> dose_text(2.5e7, "cells"), dose_text(5e5, "cells/kg"), dose_text(300, "mg")
    ('25 million cells', '0.5 million cells/kg', '300 mg')
    """
    if pd.isna(dose) or pd.isna(unit) or dose == 0:
        return ""
    if str(unit).startswith("cells"):
        return f"{dose / 1e6:g} million {unit}"
    return f"{dose:g} {unit}"


def percent(share: float, n: float = np.nan) -> str:
    """Return a share from 0 to 1 as a percentage with the digits that n patients support.

    Whole percentages below 1,000 patients, where one patient moves the rate by more than a tenth
    of a percentage point.

    Examples
    --------
    >>> percent(28 / 88, 88), percent(0.3415, 2000)
    ('32', '34.2')
    """
    decimals = 1 if n >= 1000 else 0
    # Half up, as readers do it; half-even would print 12.5 as 12.
    scaled = np.floor(share * 100 * 10**decimals + 0.5) / 10**decimals
    return f"{scaled:.{decimals}f}"


def interval_text(lower: float, upper: float) -> str:
    """Return the limits of a share or a difference of shares for a table.

    Examples
    --------
    >>> interval_text(0.28358206, 0.99494922), interval_text(float("nan"), float("nan"))
    ('0.2836 to 0.9949', 'none')
    """
    return f"{lower:.4f} to {upper:.4f}" if pd.notna(lower) else "none"


def week_text(week: Any, basis: Any) -> str:
    """Return a week for a table, with its basis where it was not printed as a week.

    Examples
    --------
    >>> week_text(12, "printed"), week_text(52, "converted"), week_text(pd.NA, None)
    ('12', '52 (converted)', 'not printed')
    """
    if pd.isna(week):
        return "not printed"
    return str(week) if basis == "printed" else f"{week} ({basis})"


def points_text(share: float) -> str:
    """Return a difference of shares in whole percentage points, with a real minus sign.

    Examples
    --------
    >>> points_text(0.125), points_text(-0.2)
    ('13', '\N{MINUS SIGN}20')
    """
    value = int(np.floor(abs(100 * share) + 0.5))
    return f"\N{MINUS SIGN}{value}" if share < 0 and value else str(value)


def p_text(p: float) -> str:
    """Return a P value as it is read.

    Examples
    --------
    >>> p_text(0.43466), p_text(0.00009)
    ('0.435', 'below 0.001')
    """
    return "below 0.001" if p < 0.001 else f"{p:.3f}"
