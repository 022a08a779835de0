"""The one style of all figures: sizes, colours of the arm roles, and words for numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

__all__ = [
    "COLOURS",
    "DOTTED",
    "GREY",
    "INK",
    "dose_text",
    "interval_text",
    "p_text",
    "percent",
    "points_text",
    "study_name",
    "styled",
    "text_width",
    "week_text",
    "write_beside",
]

INK = "#1f2430"
GREY = "#5b6270"

#: Colour of an arm by its role; told apart by colour-blind readers and, by lightness, in grey.
COLOURS = {"experimental": "#0b5fa5", "placebo": "#6f7682", "active-comparator": "#b5470b"}

#: Line style of what reaches over every count that fits.
DOTTED = (0, (1.5, 1.2))

_RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#9aa1ad",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": GREY,
    "xtick.labelsize": 8.5,
    "svg.fonttype": "none",
    "figure.dpi": 100,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the project's style, whatever the reader's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


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


@cache
def text_width(words: str, size: float = 8.5) -> float:
    """Return how many inches to leave for a text in the font of the figures.

    A little more than it is wide, since screens fit letters to their dots.

    Examples
    --------
    >>> round(text_width("14/59"), 2), text_width("")
    (0.36, 0.0)
    """
    if not words:
        return 0.0
    font = FontProperties(family="DejaVu Sans", size=size)
    points = text_to_path.get_text_width_height_descent(words, font, ismath=False)[0]
    return 1.05 * float(points) / 72


def write_beside(
    axes: Axes, inches: float, y: float, words: str, *, width: float, **style: Any
) -> None:
    """Write at row y, so many inches from the left end of an axis that is `width` inches wide."""
    style = {"size": 8.5, "va": "center", "ha": "left", **style}
    axes.text(
        inches / width, y, words, transform=axes.get_yaxis_transform(), clip_on=False, **style
    )
