"""The comparisons with other software as tables to be read."""

from typing import Any

import pandas as pd

from atopic.evidence.frames import records


def tabulate_comparisons(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons as a table to be read.

    >>> from atopic.questions.validation.comparisons import comparisons
    >>> tabulate_comparisons(comparisons(["proportions"])).iloc[0].to_list()[-3:]
    ['448', 'below 1e-11', '1e-8']
    """
    return pd.DataFrame(
        {
            "Function": frame["function"],
            "What": frame["what"],
            "Reference": frame["reference"],
            "Data": frame["data"],
            "Values": [f"{count:,}" for count in frame["values"]],
            "Error": [error_text(error) for error in frame["error"]],
            "Bar": [_bar(row) for row in records(frame)],
        }
    )


def tabulate_loose(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons in which the reference is the less accurate side, and why.

    With their value and ours where they lie furthest apart.

    >>> from atopic.questions.validation.comparisons import comparisons
    >>> tabulate_loose(comparisons(["contrasts"]))["Reference"].to_list()
    ['R 4.2.2 (fisher.test)']
    """
    loose = frame[frame["kind"].eq("loose")]
    return pd.DataFrame(
        {
            "Function": loose["function"],
            "What": loose["what"],
            "Reference": loose["reference"],
            "Theirs": [f"{value:.8g}" for value in loose["theirs"]],
            "Ours": [f"{value:.8g}" for value in loose["ours"]],
            "Error": [error_text(error) for error in loose["error"]],
            "Why": [text.replace("`", "") for text in loose["remark"]],
        }
    )


def error_text(error: float) -> str:
    """Return the largest relative error as a bound of one digit."""
    return "exact" if error == 0 else f"below {power_text(error)}"


def power_text(number: float) -> str:
    """Return a number of one digit: 1e-8."""
    return f"{number:.0e}".replace("e-0", "e-").replace("e+00", "")


def _bar(row: Any) -> str:
    if pd.notna(row.bar):
        return power_text(row.bar)
    return {"printed": "last digit printed", "loose": "none: see below"}[row.kind]
