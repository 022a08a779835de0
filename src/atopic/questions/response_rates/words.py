"""What the arms of trials are called beside their rates and score changes."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital, counted, interval_words, role_words
from atopic.display.numbers import dose_text, listed, percent_text, span_text, when_text
from atopic.evidence.controls import CONTROLS
from atopic.evidence.frames import records
from atopic.review import review_in_use, time_point, words_in_use

NOT_CONTROLLED = "not controlled: this says nothing about effect"
#: More groups than this are told below a finding, not in it.
_FEW = 2


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


def few_together_notes(together: pd.DataFrame) -> list[str]:
    """Return these sentences for a finding, of many groups one that leads to what stands below."""
    if len(together) <= _FEW:
        return together_notes(together)
    return [
        f"Studies of {counted(len(together), 'treatment')} are taken together below. "
        f"{capital(NOT_CONTROLLED)}."
    ]


def together_notes(together: pd.DataFrame) -> list[str]:
    """Return in a sentence each what groups without a control come to together."""
    return [
        f"Taken together, {counted(row.studies, 'study', 'studies')} of "
        f"{listed(row.agents.split(';'))}{when_text(row.week)}: {percent_text(row.estimate)} of "
        f"patients ({interval_words(row.level)} {100 * row.lower_min:.0f} to "
        f"{100 * row.upper_max:.0f}); another study may have {next_rate(row)}. "
        f"{capital(NOT_CONTROLLED)}."
        for row in records(together)
    ]


def next_rate(row: Any) -> str:
    """Return where the rate of another study may lie."""
    low, high = row.prediction_lower, row.prediction_upper
    if pd.isna(low) or pd.isna(high) or (low <= 0 and high >= 1):
        return "any rate"
    return f"{span_text(f'{100 * low:.0f}', f'{100 * high:.0f}')}%"
