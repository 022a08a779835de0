"""Adverse events as tables to be read."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import SOURCE_GRADE, fraction, listed, study_name, week_text
from atopic.evidence.frames import records
from atopic.evidence.vocabulary import plain
from atopic.questions.safety import EVENTS
from atopic.review import called, time_heading, time_word


def event_name(event: object) -> str:
    """Return what an event of safety.csv is called at the head of a line.

    >>> event_name("sae"), event_name("serious-infection")
    ('Serious adverse event', 'Serious infection')
    """
    return EVENTS.get(str(event), capital(plain(event)))


def tabulate_events(adverse: pd.DataFrame) -> pd.DataFrame:
    """Return adverse events as a table to be read."""
    rows = list(records(adverse))
    return pd.DataFrame(
        {
            "Study": adverse["study_id"],
            "Group": adverse["label"],
            "Event": [event_name(row.event) for row in rows],
            time_heading(): [week_text(row.week, row.week_basis) for row in rows],
            "Count": [count_of(row, unit=True) for row in rows],
            "Two-sided, %": [
                f"{_one_decimal(row.lower)} to {_one_decimal(row.upper)}"
                if pd.notna(row.upper)
                else "none"
                for row in rows
            ],
            "One-sided, %": [_one_decimal(row.upper_one_sided) for row in rows],
            "3/n, %": [_one_decimal(row.rule_of_three) for row in rows],
            "In the sum": ["yes" if row.enters else f"no: {row.reason}" for row in rows],
            SOURCE_GRADE: adverse["confidence"].astype(str),
            "Row": adverse["row"].astype(str),
        }
    )


def tabulate_event_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Return rates of events over time as a table to be read."""
    rows = list(records(rates))
    return pd.DataFrame(
        {
            "Study": rates["study_id"],
            "Group": rates["label"],
            "Event": [event_name(row.event) for row in rows],
            "Events": rates["count"].astype(str),
            "Patients": [str(row.n) for row in rows],
            time_heading(): [week_text(row.week, row.week_basis) for row in rows],
            f"Patient-{time_word(2)}, at most": [_weeks(row.patient_weeks) for row in rows],
            "Two-sided": [f"{row.rate_lower:.3g} to {row.rate_upper:.1f}" for row in rows],
            "One-sided": [
                f"{row.rate_upper_one_sided:.1f}" if row.rate_lower == 0 else "" for row in rows
            ],
            "Row": rates["row"].astype(str),
        }
    )


def tabulate_sums(summed: pd.DataFrame) -> pd.DataFrame:
    """Return the sums over independent arms as a table to be read."""
    rows = list(records(summed))
    agents = {row.agents for row in rows}
    return pd.DataFrame(
        {
            "Event": [event_name(row.event) for row in rows],
            **({"Treatment": [agents_of(row) for row in rows]} if len(agents) > 1 else {}),
            "Studies": [
                "; ".join(study_name(one) for one in str(row.studies).split("; ")) for row in rows
            ],
            "Count": [f"0/{row.n} patients" for row in rows],
            "Two-sided, %": [f"0 to {_one_decimal(row.upper)}" for row in rows],
            "One-sided, %": [_one_decimal(row.upper_one_sided) for row in rows],
            "3/n, %": [_one_decimal(row.rule_of_three) for row in rows],
            f"Patient-{time_word(2)}, at most": [
                f"{_weeks(row.patient_weeks)} of {row.n_with_weeks} patients"
                if pd.notna(row.patient_weeks)
                else "not known"
                for row in rows
            ],
            "Events per 100 patient-years": [_rate(row) for row in rows],
            "Rows": [row.rows for row in rows],
        }
    )


def agents_of(row: Any) -> str:
    """Return what the patients of a sum were given."""
    return listed(map(called, str(row.agents).split(";")))


def count_of(row: Any, *, unit: bool = False) -> str:
    """Return the count of a row of adverse events in words, with its unit if asked."""
    if row.basis == "words-only":
        return "no count read" if unit else ""
    n = row.n if pd.notna(row.n) else "not known"
    if row.basis == "events":
        return f"{row.count} events, n = {n}" if unit else f"{row.count}"
    return f"{fraction(row.count, n)} patients" if unit else fraction(row.count, n)


def _one_decimal(share: float) -> str:
    return "" if pd.isna(share) else "0" if share == 0 else f"{100 * share:.1f}"


def _weeks(weeks: float) -> str:
    return f"{weeks:,.0f}" if pd.notna(weeks) else "not known"


def _rate(row: Any) -> str:
    if pd.isna(row.rate_upper):
        return ""
    one = f"; one-sided {row.rate_upper_one_sided:.1f}" if row.rate_lower == 0 else ""
    return f"{row.rate_lower:.3g} to {row.rate_upper:.1f}{one}"
