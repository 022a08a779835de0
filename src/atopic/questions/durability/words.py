"""What the arms and the rates of the durability charts are called."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import role_words
from atopic.display.numbers import dose_text, percent_with_limits
from atopic.evidence.controls import CONTROLS
from atopic.evidence.frames import records
from atopic.questions.response_rates.table import tabulate_rates
from atopic.review import words_in_use


def tabulate_kept(kept: pd.DataFrame) -> pd.DataFrame:
    """Return rates of response kept as a table to be read, with what they are shares of."""
    table = tabulate_rates(kept).drop(columns=["Setting", "Over all counts", "Reported %", "Rate"])
    table.insert(2, "Outcome", kept["outcome"])
    table.insert(5, "Of", kept["denominator"])
    table["Interval"] = [
        percent_with_limits(row.estimate, row.lower, row.upper, row.n, sign="")
        if pd.notna(row.lower)
        else f"{row.percent_printed}"
        for row in records(kept)
    ]
    return table.rename(columns={"Interval": "% (interval)"})


def arm_names(rates: pd.DataFrame) -> pd.Series:
    """Return what each arm is called: placebo, cells or the drug; its label where several are."""
    active = rates[~rates["arm_role"].isin(CONTROLS)]
    alone = active.groupby("cohort")["arm_id"].nunique().eq(1)
    names = []
    for row in records(rates):
        if row.arm_role in CONTROLS:
            names.append(role_words()[row.arm_role])
        elif alone[row.cohort]:
            names.append(
                words_in_use().treatment.many if row.arm_role == "experimental" else str(row.agent)
            )
        else:
            drug = row.arm_role == "active-comparator" and row.combined_arm == "no"
            names.append((drug and dose_text(row.dose, row.dose_unit)) or str(row.label))
    # Two regimens of one dose are told apart by their labels.
    found = pd.Series(names, index=rates.index, dtype="str")
    keys = pd.DataFrame({"cohort": rates["cohort"], "week": rates["week"], "name": found})
    keys["set"] = rates["analysis_set"].astype(str)
    return found.where(~keys.duplicated(keep=False), rates["label"].astype("str"))


def lost_words(worst: pd.DataFrame) -> str:
    """Return what everyone lost is counted as at worst: failures, or with a harm.

    >>> lost_words(pd.DataFrame({"direction": ["lower-is-better"]}))
    'as having had it'
    """
    harm = worst["direction"].eq("lower-is-better").any()
    return "as having had it" if harm else "as failures"


def printed_instead(row: Any) -> str:
    """Return the percentage that the source printed against its own count; else nothing."""
    contradicted = pd.notna(row.contradiction) and pd.notna(row.percent_printed)
    return f"reported: {row.percent_printed}%" if contradicted else ""
