"""What the evidence rests on, in sentences: press alone, and which kinds of source."""

import pandas as pd

from atopic.display.numbers import percent, study_name

__all__ = ["press_note", "source_note", "warnings_note"]


def press_note(counts: pd.DataFrame, groups: pd.DataFrame) -> str:
    """Say how much of the placebo-controlled evidence rests on press alone."""
    patients = counts.set_index("publication")["controlled_patients"].to_dict()
    total, press = patients["all"], patients["press"]
    used = groups[groups["in_synthesis"].eq("yes") & groups["design"].eq("randomised-placebo")]
    if used.empty:
        return ""
    trials = used[used["publication"].eq("press")]
    if trials.empty:
        return f"None of the {total:,} patients in placebo-controlled trials rests on press alone."
    names = ", ".join(study_name(one) for one in trials["study_id"])
    share = f" ({percent(press / total, total)} %)" if total else ""
    return (
        f"Of {total:,} patients in placebo-controlled trials of cells, {press:,}{share} are in "
        f"trials known from press alone, that is company statements and news: {names}. The tables "
        "hold no paper and no conference abstract of these."
    )


def source_note(items: pd.DataFrame) -> str:
    """Say in what kind of source the placebo-controlled results of cells were printed."""
    some = items[items["study_role"].eq("evidence") & items["controlled"]]
    if some.empty:
        return ""
    counts = some["source_kind"].astype("str").value_counts()
    listed = ", ".join(f"{str(kind).replace('-', ' ')} {count}" for kind, count in counts.items())
    return (
        f"The results of cells from placebo-controlled periods are {len(some)} rows of the tables, "
        f"by kind of source: {listed}."
    )


def warnings_note(warnings: pd.DataFrame, shown: int) -> str:
    """Say how many warnings of the check are open, and how many are accepted."""
    accepted = int(warnings["accepted"].ne("").sum())
    known = f" Accepted with a reason, in accepted_warnings.csv: {accepted}." if accepted else ""
    left = len(warnings) - accepted
    if not left:
        return f"Unlikely values in these tables: none.{known}"
    more = f", the first {shown} below" if left > shown else ""
    return f"Unlikely values in these tables: {left}{more}.{known}"
