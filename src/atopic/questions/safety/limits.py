"""Exact limits of a share of patients with an event, and of a rate of events over time."""

import numpy as np
import pandas as pd

from atopic.review import units_a_year
from atopic.stats import incidence, proportions


def one_sided(level: float) -> float:
    """Return the level of the two-sided limits whose upper one is one-sided at `level`."""
    if not 0.5 < level < 1:
        raise ValueError(f"level must be between 0.5 and 1, such as 0.95, not {level!r}")
    return 2.0 * level - 1.0


def with_limits(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add the exact limits of the share of patients with the event."""
    share, zero = frame["basis"].isin(["zero", "patients"]), frame["basis"].eq("zero")
    x, n = frame.loc[share, "count"].astype("int64"), frame.loc[share, "n"].astype("int64")
    size = frame.loc[zero, "n"].astype("int64")
    limits = proportions.interval(x, n, level=level)
    result = frame.assign(
        estimate=x / n,
        lower=pd.Series(limits.lower, index=x.index),
        upper=pd.Series(limits.upper, index=x.index),
        upper_one_sided=pd.Series(
            proportions.interval(0 * size, size, level=one_sided(level)).upper, index=size.index
        ),
        rule_of_three=np.minimum(3.0 / size, 1.0),
        level=level,
        method=np.where(share, "clopper-pearson", "none"),
    )
    floats = ["estimate", "lower", "upper", "upper_one_sided", "rule_of_three"]
    return result.astype(dict.fromkeys(floats, "float64"))


def with_rates(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add the time that patients were watched, and exact limits of the rate of events over it."""
    if "patient_weeks" not in frame:
        weeks = frame["n"].astype("float64") * frame["week"].astype("float64")
        frame = frame.assign(patient_weeks=weeks.where(weeks > 0))
    frame = frame.astype({"patient_weeks": "float64"})
    # Patients who had an event once are no count of events; nobody is none of either.
    counted = frame["basis"].isin(["zero", "events"]) & frame["patient_weeks"].notna()
    events = frame.loc[counted, "count"].astype("float64")
    hundred_years = frame.loc[counted, "patient_weeks"] / (100.0 * units_a_year())
    two = incidence.interval(events, hundred_years, level)
    one = incidence.interval(events, hundred_years, one_sided(level))
    return frame.assign(
        rate_lower=pd.Series(two.lower, index=events.index, dtype="float64"),
        rate_upper=pd.Series(two.upper, index=events.index, dtype="float64"),
        rate_upper_one_sided=pd.Series(one.upper, index=events.index, dtype="float64"),
    )
