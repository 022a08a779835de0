"""The claims, their numbers and their rows as tables to be read."""

from typing import Any

import pandas as pd

from atopic.charts.claims import claimed_text, observed_text
from atopic.charts.style import interval_text, study_name
from atopic.charts.verdict_style import SOURCE_KINDS
from atopic.claims import VERDICTS
from atopic.tables import records

__all__ = [
    "tabulate_claims",
    "tabulate_counts",
    "tabulate_meanings",
    "tabulate_numbers",
    "tabulate_rows",
]


def tabulate_claims(found: pd.DataFrame) -> pd.DataFrame:
    """Return the claims with their verdicts and reasons.

    Parameters
    ----------
    found : DataFrame
        From `atopic.claims.verdicts`.

    Returns
    -------
    DataFrame
        Text cells under the headers of the table.

    Examples
    --------
    >>> import atopic
    >>> from atopic.claims import verdicts
    >>> table = tabulate_claims(verdicts(atopic.load(), studies=["atmsc-2025"]))
    >>> table[["Claim", "Who says it", "Verdict"]].values.tolist()
    [['c36', 'journal abstract (atmsc-2025-abstract)', 'supported']]
    """
    kinds = found["source_kind"].map(lambda kind: SOURCE_KINDS.get(kind, kind))
    return pd.DataFrame(
        {
            "Claim": found["claim_id"],
            "In our words": found["claim"],
            "Who says it": kinds + " (" + found["source_id"] + ")",
            "Control": found["control"],
            "Verdict": found["verdict"],
            "Reason": found["reason"],
            "Rows from": found["row_source"],
            "Rule": found["rule"],
            "Row": found["row"],
        }
    )


def tabulate_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how many claims got which verdict, by kind of source, with their sum.

    Parameters
    ----------
    counts : DataFrame
        From `atopic.claims.verdict_counts`.
    """
    table = counts.assign(source_kind=counts["source_kind"].map(lambda k: SOURCE_KINDS.get(k, k)))
    total = {"source_kind": "all"} | table.drop(columns="source_kind").sum().to_dict()
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def tabulate_meanings() -> pd.DataFrame:
    """Return what each verdict means."""
    return pd.DataFrame({"Verdict": list(VERDICTS), "Meaning": list(VERDICTS.values())})


def tabulate_numbers(numbers: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers that the verdicts rest on.

    Parameters
    ----------
    numbers : DataFrame
        From `atopic.claims.observations`.
    found : DataFrame
        From `atopic.claims.verdicts`, for the claimed values.

    Returns
    -------
    DataFrame
        One row a number: counts, shares to four digits and intervals.
    """
    claimed = {row.claim_id: claimed_text(row) for row in records(found)}
    return pd.DataFrame(
        {
            "Claim": numbers["claim_id"],
            "Claimed": numbers["claim_id"].map(claimed),
            "Number": numbers["role"],
            "Study": numbers["study_id"].map(study_name),
            "Outcome": numbers["outcome"],
            "Week": numbers["week"],
            "Held": [observed_text(row) for row in records(numbers)],
            "Estimate": [_estimate(row) for row in records(numbers)],
            "Interval": [interval_text(row.lower, row.upper) for row in records(numbers)],
            "Count": numbers["basis"],
            "Method": numbers["method"],
        }
    )


def tabulate_rows(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that each verdict rests on: one column a table.

    Parameters
    ----------
    found : DataFrame
        From `atopic.claims.verdicts`.

    Returns
    -------
    DataFrame
        ``claim_id``, ``claims`` and one column for each table that was used.

    Examples
    --------
    >>> import atopic
    >>> from atopic.claims import verdicts
    >>> tabulate_rows(verdicts(atopic.load(), studies=["atmsc-2025"])).values.tolist()
    [['c36', '37', '20', '23, 24']]
    """
    used = [dict(part.split(": ") for part in text.split("; ") if part) for text in found["used"]]
    tables = sorted({name for one in used for name in one})
    frame = pd.DataFrame({"claim_id": found["claim_id"], "claims": found["row"].astype(str)})
    for name in tables:
        frame[name] = [one.get(name, "") for one in used]
    return frame


def _estimate(row: Any) -> str:
    """Return a share or a P value to four digits, and anything else as it was printed."""
    if pd.isna(row.estimate):
        return ""
    shares = ("share", "difference of shares", "P")
    return f"{row.estimate:.4f}" if row.measure in shares else f"{row.estimate:.6g}"
