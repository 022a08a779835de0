"""Score changes as tables to be read, and the words for what was reported of them."""

from typing import Any

import pandas as pd

from atopic.display.numbers import SOURCE_GRADE, change_text, signed, unit_text, week_text
from atopic.display.p_values import p_text
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.questions.evidence_map.words import source_kind
from atopic.review import time_heading

#: What a reported change is an average of, as far as its source says.
STATISTICS = {
    "mean_change": "mean change",
    "mean_percent_change": "mean % change",
    "ls_mean_change": "adjusted mean change",
    "ls_mean_percent_change": "adjusted mean % change",
    "percent_change": "average unstated",
}

_SPREADS = {
    "sd": "standard deviation, reported",
    "se": "standard error, reported",
    "assumed sd": "unlabelled, taken as standard deviation",
    "assumed se": "unlabelled, taken as standard error",
}


def with_limits(row: Any, *, brief: bool = False) -> str:
    """Return the change or difference of a row with its limits, `brief` without its unit.

    >>> import atopic
    >>> from atopic.questions.severity_reduction import reduction_differences
    >>> from atopic.questions.severity_reduction import score_reductions
    >>> arms = score_reductions(atopic.load(), "EASI", studies=["kangstem-2019"], assume="sd")
    >>> with_limits(next(reduction_differences(arms).itertuples())).replace("\N{MINUS SIGN}", "-")
    '-4.3 points (-8.4 to -0.3)'
    """
    printed = getattr(row, "basis", "") == "printed"
    alone = printed and pd.isna(row.lower)
    words = change_text(row.estimate) if alone else _tenths(row.estimate)
    if not brief:
        # Two percentages of the baseline differ by percentage points.
        points = row.unit == "percent" and not printed
        words += " percentage points" if points else unit_text(row.unit)
    if pd.isna(row.lower):
        return f"{words} (no interval)" if brief else f"{words}, no interval"
    return f"{words} ({_tenths(row.lower)} to {_tenths(row.upper)})"


def _tenths(value: float) -> str:
    return signed(round(value, 1) + 0.0, ".1f")  # no minus before a zero


def tabulate_reductions(reductions: pd.DataFrame) -> pd.DataFrame:
    """Return score changes as a table to be read."""
    rows = list(records(reductions))
    return pd.DataFrame(
        {
            "Study": reductions["study_id"],
            "Group": reductions["label"],
            "Outcome": reductions["outcome"],
            time_heading(): [week_text(row.week, row.week_basis) for row in rows],
            "Setting": reductions["setting"].map(setting_words),
            "Change": [change_text(row.estimate, row.unit) for row in rows],
            "Interval": [_limits(row) for row in rows],
            "n": [_size(row.n, row.n_basis) for row in rows],
            "Reported as": [_statistic(row.statistic) for row in rows],
            "Spread": [_spread(row) for row in rows],
            "From": reductions["source_kind"].astype(str).map(source_kind),
            SOURCE_GRADE: reductions["confidence"].astype(str),
            "Row": reductions["row"].astype(str),
        }
    )


def tabulate_differences(differences: pd.DataFrame) -> pd.DataFrame:
    """Return differences between arms as a table to be read."""
    rows = list(records(differences))
    return pd.DataFrame(
        {
            "Study": differences["study_id"],
            "Group": differences["label"],
            "Outcome": differences["outcome"],
            time_heading(): differences["week"].astype(str),
            "Difference": [_difference(row) for row in rows],
            "Interval": [_limits(row) for row in rows],
            "P": [p_text(row.p_value) if pd.notna(row.p_value) else "" for row in rows],
            "Method": differences["method"],
            "n": [_sizes(row) for row in rows],
            "Spread": [_SPREADS.get(row.spread_used, "none read") for row in rows],
            "Rows": [f"{row.row}, {row.reference_row}" for row in rows],
        }
    )


def _difference(row: Any) -> str:
    unit = " percentage points" if row.unit == "percent" else unit_text(row.unit)
    return _tenths(row.estimate) + unit


def _statistic(statistic: str) -> str:
    words = STATISTICS[statistic]
    return f"percent change, {words}" if statistic == "percent_change" else words


def _spread(row: Any) -> str:
    if row.spread_used == "none" and row.spread_kind == "unlabelled":
        return "reported without a label, not used"
    return _SPREADS.get(row.spread_used, "none read")


def _limits(row: Any) -> str:
    if pd.isna(row.lower):
        return "none"
    return f"{_tenths(row.lower)} to {_tenths(row.upper)}"


def _sizes(row: Any) -> str:
    if pd.isna(row.n) or pd.isna(row.n_reference):
        return _size(pd.NA, row.n_basis)
    return _size(f"{row.n}, {row.n_reference}", row.n_basis)


def _size(n: Any, basis: Any) -> str:
    if pd.isna(n):
        return "not known"
    return f"{n}, deduced" if basis == "inferred" else str(n)
