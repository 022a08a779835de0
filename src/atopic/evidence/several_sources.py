"""One result printed by several sources: which of its rows a synthesis takes, and how to say so.

Every row stays in the tables and is shown. Only what adds up or compares must take one of them.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from atopic.evidence import counts
from atopic.review import time_point, time_word

#: What makes two rows of responses one result.
_RESULT = ["study_id", "arm_id", "outcome", "week", "analysis_set"]


def preferred_rows(responses: pd.DataFrame) -> pd.Series:
    """Say of each row whether a synthesis takes it, among rows of one result.

    Parameters
    ----------
    responses : DataFrame
        Rows of responses.csv or estimates of them, with ``basis`` and a unique index.

    Returns
    -------
    Series of bool
        Indexed as `responses`. Rows of one arm, outcome, week and analysis set from different
        sources are one result: a printed count is taken before a percentage alone, and a percentage
        with more printed digits before one with fewer, since more digits leave fewer counts. Rows
        that tie in this are all taken, so that whoever may have one only sees that there are
        several; of two rows without a week none can be called the same result.

    Examples
    --------
    >>> import atopic
    >>> from atopic.evidence.selection import selected
    >>> asked = {"weeks": [12], "studies": ["kangstem-2024"]}
    >>> rows = selected(atopic.load(), "responses", "EASI-50", **asked)
    >>> rows[preferred_rows(rows)]["percent_printed"].to_list()
    ['33.0', '29.79']
    """
    digits = list(map(_digits, responses["basis"], responses["percent_printed"]))
    results = list(zip(*(responses[name] for name in _RESULT), strict=True))
    most: dict[tuple[Any, ...], float] = {}
    for result, known in zip(results, digits, strict=True):
        most[result] = max(known, most.get(result, known))
    taken = [known == most[result] for result, known in zip(results, digits, strict=True)]
    return pd.Series(taken, index=responses.index, dtype="bool") | responses["week"].isna()


def several_sources_note(responses: pd.DataFrame, *, name: Callable[[str], str] = str) -> str:
    """Say which results several sources print, and which of them a synthesis takes.

    Parameters
    ----------
    responses : DataFrame
        As for `preferred_rows`, with ``label`` of the arm.
    name : callable, optional
        Gives what readers call a study, by its id.

    Returns
    -------
    str
        One sentence a result that is printed twice with different percentages; empty if none is.

    Examples
    --------
    >>> import atopic
    >>> from atopic.evidence.selection import selected
    >>> asked = {"weeks": [12], "studies": ["kangstem-2024"]}
    >>> rows = selected(atopic.load(), "responses", "EASI-50", **asked)
    >>> several_sources_note(rows)[:62]
    'kangstem-2024, placebo, week 12: two sources give different ra'
    """
    taken = preferred_rows(responses)
    sentences = []
    dated = responses[responses["week"].notna() & responses["percent_printed"].notna()]
    for (study, _, _, week, _), rows in dated.groupby(_RESULT, sort=False, observed=True):
        printed = list(dict.fromkeys(rows["percent_printed"]))
        if len(printed) < 2:
            continue
        arm = str(rows["label"].iloc[0]).partition(f" at {time_word()} ")[0]
        shown = _to_tenths(printed)
        figures = " and ".join([", ".join(f"{one}%" for one in shown[:-1]), f"{shown[-1]}%"])
        many = {2: "two", 3: "three"}.get(len(printed), str(len(printed)))
        used = list(dict.fromkeys(rows.loc[taken[rows.index], "percent_printed"]))
        then = (
            f"we use {shown[printed.index(used[0])]}%, the more exact"
            if len(used) == 1
            else "neither has the better source, so both are shown and neither is compared"
        )
        sentences.append(
            f"{name(str(study))}, {arm}, {time_point(week)}: {many} sources give different rates, "
            f"{figures}; {then}."
        )
    return " ".join(sentences)


def _to_tenths(printed: list[str]) -> list[str]:
    """Return percentages to tenths, as pages write them, unless that makes two of them alike."""
    short = [
        str(Decimal(one).quantize(Decimal("0.1"), ROUND_HALF_UP)) if "." in one else one
        for one in printed
    ]
    return short if len(set(short)) == len(short) else printed


def _digits(basis: Any, percent: Any) -> float:
    """Return how much a row says of its count: infinitely much where the count is printed."""
    if basis == "printed":
        return float("inf")
    return counts.decimals(str(percent)) if pd.notna(percent) else -1
