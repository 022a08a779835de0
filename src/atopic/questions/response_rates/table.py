"""Response rates as a table to be read, and the words for what a count rests on."""

from typing import Any

import pandas as pd

from atopic.display.numbers import (
    SOURCE_GRADE,
    TIME_NOT_STATED,
    count_text,
    fraction,
    listed,
    percent_text,
    rate_limits,
    week_text,
)
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.questions.response_rates.words import next_rate
from atopic.review import time_heading


def tabulate_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Return the rates as a table to be read: exact counts, percent to tenths."""
    return pd.DataFrame(
        {
            "Study": rates["study_id"],
            "Group": rates["label"],
            "Setting": rates["setting"].map(setting_words),
            time_heading(): [week_text(row.week, row.week_basis) for row in records(rates)],
            "Patients": [_count(row) for row in records(rates)],
            "Count": [count_words(row) for row in records(rates)],
            "Reported %": rates["percent_printed"].fillna(""),
            "Rate": [_rate(row) for row in records(rates)],
            "Interval": [rate_limits(row.lower, row.upper) for row in records(rates)],
            "Over all counts": [over_all_counts(row) for row in records(rates)],
            SOURCE_GRADE: rates["confidence"].astype(str),
            "Row": rates["row"].astype(str),
        }
    )


def tabulate_together(together: pd.DataFrame) -> pd.DataFrame:
    """Return the rates of groups taken together as a table to be read."""
    if together.empty:
        return pd.DataFrame()
    rows = list(records(together))
    return pd.DataFrame(
        {
            "Treatment": [listed(row.agents.split(";")) for row in rows],
            time_heading(): together["week"].astype("object").fillna(TIME_NOT_STATED).astype(str),
            "Studies": together["studies"].astype(str),
            "Patients": [count_text(row.responders, row.n) for row in rows],
            "Rate together": [percent_text(row.estimate, tenths=True) for row in rows],
            "Limits over all counts": [rate_limits(row.lower_min, row.upper_max) for row in rows],
            "Another study": [next_rate(row) for row in rows],
            "Rows": together["rows"],
        }
    )


def count_words(row: Any) -> str:
    """Return in a word or two what the count of a row of response rates rests on.

    A derived count is ``unsure`` where the codebook asks for a sensitivity analysis.
    """
    if row.basis == "ambiguous":
        words = f"{len(row.candidates)} possible"
    elif row.basis == "derived" and row.n_basis == "inferred":
        words = "x, n derived"
    elif row.basis == "derived" and row.basis_rule == 3:
        words = "derived, unsure"
    else:
        words = "reported" if row.basis == "printed" else str(row.basis).replace("-", " ")
    return f"{words}, contradicted" if pd.notna(row.contradiction) else words


def over_all_counts(row: Any) -> str:
    """Return the limits over every count that fits, where several do."""
    if row.basis != "ambiguous":
        return ""
    return f"{rate_limits(row.lower_min, row.upper_max)}, from {row.candidates}"


def _rate(row: Any) -> str:
    """Return a rate in percent to tenths; one that was only reported as a whole stays whole."""
    whole = pd.isna(row.responders) and "." not in str(row.percent_printed)
    return percent_text(row.estimate, tenths=not whole)


def _count(row: Any) -> str:
    if pd.notna(row.responders):
        return fraction(row.responders, row.n)
    return f"no count, n = {row.n}" if pd.notna(row.n) else "no count, no n"
