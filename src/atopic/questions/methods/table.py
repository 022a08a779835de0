"""Worked numbers as a table to be read."""

import pandas as pd

from atopic.evidence.frames import records


def tabulate_worked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return worked numbers as text, with their limits in one cell.

    Text cells under the headers of the table; without a column that would be empty. `frame` is from
    `atopic.questions.methods.worked.worked`.

    >>> import atopic
    >>> from atopic.questions.methods.worked import worked
    >>> table = tabulate_worked(worked(atopic.load(), "two-arms"))
    >>> table.iloc[0][["Number", "Value", "Limits"]].to_list()
    ['RD, newcombe', '0.1646', '0.0299 to 0.2947']
    """
    table = pd.DataFrame(
        {
            "Number": frame["what"],
            "Example": frame["example"],
            "Value": [_number(row.value) for row in records(frame)],
            "Limits": [
                f"{_number(row.lower)} to {_number(row.upper)}" if pd.notna(row.lower) else ""
                for row in records(frame)
            ],
            "Function": frame["function"],
            "Rows": frame["rows"],
        }
    )
    return table[[name for name in table if len(table) == 0 or any(table[name] != "")]]


def _number(value: float) -> str:
    """Return a number to four decimals, and a small one that is not 0 as below that.

    >>> _number(0.28358), _number(0.00001), _number(0.0), _number(float("inf"))
    ('0.2836', 'below 0.0001', '0', 'infinity')
    """
    if pd.isna(value):
        return ""
    if value in (float("inf"), float("-inf")):
        return "infinity" if value > 0 else "minus infinity"
    if value == 0:
        return "0"
    if abs(value) < 5e-5:
        return "below 0.0001" if value > 0 else "above -0.0001"
    return f"{value:.4f}"
