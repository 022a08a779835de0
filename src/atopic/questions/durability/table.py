"""Courses of single patients and worst cases as tables to be read."""

import pandas as pd

from atopic.display.numbers import (
    SOURCE_GRADE,
    fraction,
    patient_text,
    percent,
    percent_with_limits,
    plural,
    week_text,
)
from atopic.evidence.frames import records
from atopic.questions.response_rates.table import count_words
from atopic.review import time_heading


def tabulate_worst_case(worst: pd.DataFrame) -> pd.DataFrame:
    """Return observed and worst-case rates side by side as a table to be read.

    ``Row`` is of responses.csv, ``Treated in row`` of arms.csv.

    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time, worst_case
    >>> evidence = atopic.load()
    >>> worst = worst_case(evidence, responses_over_time(evidence, "EASI-50"))
    >>> tabulate_worst_case(worst)[["Seen", "All"]].values.tolist()[4]
    ['39/52', '39/98']
    """
    rows = list(records(worst))
    return pd.DataFrame(
        {
            "Study": worst["study_id"],
            "Group": worst["label"],
            time_heading(): [week_text(row.week, row.week_basis) for row in rows],
            "Seen": [fraction(row.observed_responders, row.seen) for row in rows],
            "Count": [
                count_words(row._replace(basis=row.count_basis, n_basis=row.seen_basis))
                for row in rows
            ],
            "% of those seen": [
                _limits(row.observed, row.observed_lower, row.observed_upper, row.seen)
                for row in rows
            ],
            "All": [fraction(row.responders, row.n) for row in rows],
            "All from": [f"{row.n_study_id}, {row.n_basis}" for row in rows],
            "% at worst": [
                _limits(row.estimate, row.lower_min, row.upper_max, row.n) for row in rows
            ],
            "Row": worst["row"].astype(str),
            "Treated in row": worst["n_row"].astype(str),
        }
    )


def _limits(share: float, lower: float, upper: float, n: int) -> str:
    return percent_with_limits(share, lower, upper, n, sign="")


def tabulate_courses(courses: pd.DataFrame) -> pd.DataFrame:
    """Return the courses of single patients as a table to be read.

    >>> import atopic
    >>> from atopic.questions.durability import patient_courses
    >>> tabulate_courses(patient_courses(atopic.load(), "EASI-50"))["Week"].to_list()[:3]
    ['16 (presumed)', '16 (presumed)', 'time not stated']
    """
    return pd.DataFrame(
        {
            "Patient": courses["patient_id"].map(patient_text),
            "Study": courses["study_id"],
            "Cycle": courses["cycle"].astype(str),
            "Responder": courses["responder"].astype(str),
            time_heading(): [week_text(row.week, row.week_basis) for row in records(courses)],
            "Treated again": courses["retreated"].astype("object").fillna("not known"),
            SOURCE_GRADE: courses["confidence"].astype(str),
            "Remark": courses["notes"].fillna(""),
            "Row": [
                f"{row.row}" + (f", {row.retreated_row}" if pd.notna(row.retreated_row) else "")
                for row in records(courses)
            ],
        }
    )


def tabulate_cycles(cycles: pd.DataFrame) -> pd.DataFrame:
    """Return the rates within one cycle, two and more as a table to be read.

    >>> import atopic
    >>> from atopic.questions.durability import cycle_rates, patient_courses
    >>> cycles = cycle_rates(patient_courses(atopic.load(), "EASI-50"))
    >>> tabulate_cycles(cycles)["Responders"].to_list()
    ['1/5 or 2/5', '4/5']
    """
    rows = list(records(cycles))
    return pd.DataFrame(
        {
            "Study": cycles["study_id"],
            "Within": [plural(row.cycles, "cycle") for row in rows],
            "Responders": [str(row.candidates).replace("; ", " or ") for row in rows],
            "%": [
                percent(row.estimate, row.n)
                + (f" or {percent(row.estimate_max, row.n)}" if row.basis == "ambiguous" else "")
                for row in rows
            ],
            "Interval over these counts, %": [
                f"{percent(row.lower_min, row.n)} to {percent(row.upper_max, row.n)}"
                for row in rows
            ],
            "Rows": [row.rows for row in rows],
        }
    )
