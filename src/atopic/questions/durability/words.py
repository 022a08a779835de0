"""What the arms and the rates of the durability charts are called."""

from typing import Any

import pandas as pd

from atopic.display.numbers import dose_text, percent
from atopic.evidence.csv_rows import records
from atopic.questions.response_rates.table import tabulate_rates

__all__ = ["arm_names", "printed_instead", "tabulate_kept"]


def tabulate_kept(kept: pd.DataFrame) -> pd.DataFrame:
    """Return rates of response kept as a table to be read, with what they are shares of.

    Parameters
    ----------
    kept : DataFrame
        From `atopic.questions.durability.kept_responses`.

    Returns
    -------
    DataFrame
        Text cells under the headers of the table.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.durability import kept_responses
    >>> table = tabulate_kept(kept_responses(atopic.load(), "EASI-50"))
    >>> table[["Responders", "Of"]].values.tolist()[0]
    ['9/9', 'earlier responders']
    """
    table = tabulate_rates(kept).drop(columns=["Setting", "Over all counts", "Printed %", "Rate"])
    table.insert(2, "Outcome", kept["outcome"])
    table.insert(5, "Of", kept["denominator"])
    table["Interval"] = [
        f"{percent(row.estimate, row.n)} ({percent(row.lower, row.n)} to "
        f"{percent(row.upper, row.n)})"
        if pd.notna(row.lower)
        else f"{row.percent_printed}"
        for row in records(kept)
    ]
    return table.rename(columns={"Interval": "% (interval)"})


def arm_names(rates: pd.DataFrame) -> pd.Series:
    """Return what each arm is called beside the others of its patients.

    Parameters
    ----------
    rates : DataFrame
        From `atopic.questions.durability.responses_over_time`.

    Returns
    -------
    Series
        ``cells`` or the drug where it is the only active arm, else its label; ``placebo``.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time
    >>> arm_names(responses_over_time(atopic.load(), "EASI-75")).to_list()
    ['cells', 'placebo']
    """
    active = rates[~rates["arm_role"].eq("placebo")]
    alone = active.groupby("cohort")["arm_id"].nunique().eq(1)
    names = []
    for row in records(rates):
        if row.arm_role == "placebo":
            names.append("placebo")
        elif alone[row.cohort]:
            names.append("cells" if row.arm_role == "experimental" else str(row.agent))
        else:
            drug = row.arm_role == "active-comparator" and row.combined_arm == "no"
            names.append((drug and dose_text(row.dose, row.dose_unit)) or str(row.label))
    # Two regimens of one dose are told apart by their labels.
    found = pd.Series(names, index=rates.index, dtype="str")
    keys = pd.DataFrame({"cohort": rates["cohort"], "week": rates["week"], "name": found})
    keys["set"] = rates["analysis_set"].astype(str)
    return found.where(~keys.duplicated(keep=False), rates["label"].astype("str"))


def printed_instead(row: Any) -> str:
    """Return the percentage that the source printed against its own count; else nothing.

    Parameters
    ----------
    row : named tuple or Series
        A row of `atopic.questions.durability.responses_over_time`.

    Returns
    -------
    str
    """
    contradicted = pd.notna(row.contradiction) and pd.notna(row.percent_printed)
    return f"printed: {row.percent_printed} %" if contradicted else ""
