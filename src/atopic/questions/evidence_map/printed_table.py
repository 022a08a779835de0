"""What was printed, and against what, as tables to be read."""

import pandas as pd

from atopic.evidence.csv_rows import records
from atopic.questions.evidence_map import KINDS

__all__ = ["tabulate_comparisons", "tabulate_kinds"]


def tabulate_comparisons(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return what trials print of their comparison with placebo as a table to be read.

    >>> import atopic
    >>> from atopic.questions.evidence_map import placebo_comparisons
    >>> table = tabulate_comparisons(placebo_comparisons(atopic.load()))
    >>> table[["Outcome", "Printed"]].values.tolist()[0]
    ['EASI-50 (primary endpoint)', 'called not significant']
    """
    crossed = comparisons["analysis_set"].astype("str").eq("after-crossover")
    return pd.DataFrame(
        {
            "Study": comparisons["study_id"],
            "Outcome": [
                f"{row.outcome} (primary endpoint)" if row.primary == "yes" else str(row.outcome)
                for row in records(comparisons)
            ],
            "Week": [
                "not stated" if pd.isna(row.week) else str(row.week) for row in records(comparisons)
            ],
            "Printed": comparisons["printed"]
            + crossed.map({True: "; after crossover: no placebo group left", False: ""}),
            "Direction": comparisons["direction"]
            .astype("str")
            .str.replace("favours-arm", "favours the active arm")
            .str.replace("-", " "),
            "Confidence": comparisons["confidence"].astype("str"),
            "Source": comparisons["source_id"]
            + " ("
            + comparisons["source_kind"].str.replace("-", " ")
            + ")",
            "Remark": comparisons["notes"].fillna(""),
            "Row": comparisons["row"].astype("str"),
        }
    )


def tabulate_kinds(kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the marks of the evidence map as a table to be read."""
    return pd.DataFrame(
        {
            "Study": kinds["study_id"],
            "Outcome": kinds["outcome"],
            "Week": [
                "differs or not stated" if pd.isna(row.week) else str(row.week)
                for row in records(kinds)
            ],
            "Printed": kinds["kind"].map(KINDS),
            "Placebo group": kinds["controlled"].map({True: "yes", False: "no"}),
            "Source": kinds["source_kinds"].str.replace("-", " "),
            "Responses": kinds["responses_rows"],
            "Scores": kinds["scores_rows"],
            "Contrasts": kinds["contrasts_rows"],
        }
    )
