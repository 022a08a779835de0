"""What the arms of trials are called beside their rates and score changes."""

import pandas as pd

from atopic.display.finding_words import role_words
from atopic.display.numbers import dose_text
from atopic.evidence.controls import CONTROLS
from atopic.evidence.csv_rows import records
from atopic.review import review_in_use, time_point, words_in_use

__all__ = ["arm_words"]


def arm_words(rates: pd.DataFrame) -> list[str]:
    """Return what each arm was given, and when if the weeks differ.

    The dose, if it is one number and tells the active arms of the trial apart; else the label.
    """
    active = rates[~rates["arm_role"].isin(CONTROLS)]
    same = ["study_id", "outcome", "week", "analysis_set", "dose"]
    # One arm can have two rows, from two sources: that is not another arm of its dose.
    shared = active.groupby(same, dropna=False)["arm_id"].transform("nunique").gt(1)
    # Where agents are pooled apart, a dose alone does not tell what was given.
    several = review_in_use().pool_by == "agent" and len(set(active["agent"])) > 1
    weeks = len(rates["week"].dropna().unique()) > 1
    words = []
    for row in records(rates):
        if row.arm_role in CONTROLS:
            arm = role_words()[row.arm_role]
        else:
            alone = not shared[row.Index]
            arm = (alone and dose_text(row.dose, row.dose_unit)) or str(row.label)
        # A trial named after its drug needs not say it again.
        named = row.agent in arm or row.agent in row.study_id
        apart = several and str(row.agent).casefold() not in arm.casefold()
        treated = row.arm_role not in CONTROLS
        if (row.arm_role == "active-comparator" and not named) or (treated and apart):
            arm = f"{row.agent} {arm}"
        parts = rates["study_id"].eq(row.study_id) & rates["combined_arm"].eq("no")
        if row.combined_arm == "yes" and parts.any():
            arm += ", all of the next groups"
        background = words_in_use().background.removeprefix("background ")
        if row.background_topicals == "yes" and background.rstrip("s") not in arm:
            arm += f" + {background}"
        words.append(f"{arm}, {time_point(row.week)}" if weeks and pd.notna(row.week) else arm)
    return words
