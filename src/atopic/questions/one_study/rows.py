"""The rows of any table that are about one study."""

import pandas as pd

from atopic.evidence.folder import Evidence

__all__ = ["KINDS", "rows_of"]

#: What a study may have printed, by table.
KINDS = {
    "responses": "responders",
    "scores": "severity scores",
    "contrasts": "differences between arms",
    "patients": "single patients",
    "safety": "adverse events",
    "biomarkers": "biomarkers",
}


def rows_of(evidence: Evidence, table: str, study: str) -> pd.DataFrame:
    """Return the rows of a table that are about a study, with ``row``."""
    if not isinstance(study, str):
        raise ValueError(f"study must be one study id, such as 'shin-2021', not {study!r}")
    if table not in evidence:
        return pd.DataFrame(columns=["row", "source_id", "notes"])
    frame = evidence.table(table).rename_axis("row").reset_index()
    return frame[frame["study_id"].eq(study)].reset_index(drop=True)
