"""What the arms of trials are called beside their rates and score changes."""

import pandas as pd

from atopic.display.numbers import dose_text
from atopic.evidence.controls import is_control, is_control_arm
from atopic.evidence.csv_rows import records
from atopic.review import control_word, words_in_use

__all__ = ["arm_words"]


def arm_words(rates: pd.DataFrame) -> list[str]:
    """Return what each arm was given, and when if the weeks differ.

    The dose, if it is one number and tells the active arms of the trial apart; else the label.
    """
    active = rates[~is_control(rates)]
    same = ["study_id", "outcome", "week", "analysis_set", "dose"]
    # One arm can have two rows, from two sources: that is not another arm of its dose.
    shared = active.groupby(same, dropna=False)["arm_id"].transform("nunique").gt(1)
    weeks = len(rates["week"].dropna().unique()) > 1
    words = []
    for row in records(rates):
        if is_control_arm(row):
            arm = control_word()
        else:
            alone = not shared[row.Index]
            arm = (alone and dose_text(row.dose, row.dose_unit)) or str(row.label)
        # A trial named after its drug needs not say it again.
        named = row.agent in arm or row.agent in row.study_id
        if row.arm_role == "active-comparator" and not named:
            arm = f"{row.agent} {arm}"
        parts = rates["study_id"].eq(row.study_id) & rates["combined_arm"].eq("no")
        if row.combined_arm == "yes" and parts.any():
            arm += ", all of the next groups"
        background = words_in_use().background.removeprefix("background ")
        if row.background_topicals == "yes" and background.rstrip("s") not in arm:
            arm += f" + {background}"
        words.append(f"{arm}, week {row.week}" if weeks and pd.notna(row.week) else arm)
    return words
