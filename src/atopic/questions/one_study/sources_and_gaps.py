"""Where the rows of a study were printed, what is noted of them, and what is not there."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atopic.display.numbers import listed
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import row_dicts
from atopic.evidence.once import once
from atopic.questions.asked import asked
from atopic.questions.one_study.facts import RESULT_TABLES, rows_of


@asked()
def study_remarks(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return what the tables note of the arms and results of a study, each remark once.

    Remarks on contrasts, patients and biomarkers are beside these, in their own frames.

    Columns ``notes``, ``confidence`` and a column for each table that has a remark, with the
    numbers of its rows.

    >>> import atopic
    >>> study_remarks(atopic.load(), "shin-2021").columns.to_list()[2:]
    ['arms', 'responses', 'safety']
    """
    found = []
    for table in ("arms", "responses", "denominators", "scores", "safety"):
        for row in row_dicts(rows_of(evidence, table, study)):
            # denominators.csv has no notes: its remark is the reason of the range.
            words = row.get("notes", row.get("reason"))
            if pd.notna(words):
                found.append((words, str(row.get("confidence", "")), table, row["row"]))
    return _spread(found, ["notes", "confidence"])


@asked()
@once
def study_sources(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return every source of a study with the rows that it gives.

    Columns ``source_id``, ``kind``, ``citation``, ``url`` and a column for each table, with the
    numbers of the rows for which it is named.

    >>> import atopic
    >>> sources = study_sources(atopic.load(), "ra-2011")
    >>> sources[["source_id", "arms", "safety", "claims"]].values.tolist()[1]
    ['medicaltrend-2024', '30', '11', '38']
    """
    found = []
    for table in (
        "studies",
        "arms",
        *RESULT_TABLES,
        "claims",
        "excluded_studies",
        "contradictions",
    ):
        for row in row_dicts(rows_of(evidence, table, study)):
            names = [row.get(name) for name in ("source_id", "count_source_id", "n_source_id")]
            further = row.get("supporting_source_ids")
            names += str(further).split(";") if pd.notna(further) else []
            found += [(name, table, row["row"]) for name in dict.fromkeys(names) if pd.notna(name)]
    spread = _spread(found, ["source_id"])
    known = evidence.sources[["source_id", "kind", "citation", "url"]]
    return known.merge(spread, on="source_id").set_index("source_id").reindex(
        spread["source_id"]
    ).reset_index()  # fmt: skip


def absent_note(evidence: Evidence, study: str) -> str:
    """Say in words of what the tables hold nothing for a study, but for `harms_note`.

    One sentence; empty for an unknown study and for one with rows in every table.

    >>> import atopic
    >>> absent_note(atopic.load(), "ra-2011")[:66]
    'Not reported in the sources we read: responders, severity scores, '
    """
    if rows_of(evidence, "studies", study).empty:
        return ""
    groups = rows_of(evidence, "arms", study)
    alone = (~groups["combined_arm"].eq("yes")).sum() < 2  # nothing to compare it with
    silent = [
        kind
        for table, kind in RESULT_TABLES.items()
        if table != "safety"
        and not (table == "contrasts" and alone)
        and rows_of(evidence, table, study).empty
    ]
    if not silent:
        return ""
    return f"Not reported in the sources we read: {listed(silent)}."


def harms_note(evidence: Evidence, study: str) -> str:
    """Say that nothing was reported of adverse events, where that is so of a study.

    >>> import atopic
    >>> harms_note(atopic.load(), "kangstem-2019")[:29], harms_note(atopic.load(), "ra-2011")
    ('No count of adverse events wa', '')
    """
    known = rows_of(evidence, "studies", study)
    if known.empty or len(rows_of(evidence, "safety", study)):
        return ""
    return (
        "No count of adverse events was reported in the sources we read. There may have been some."
    )


def _spread(found: list[tuple[Any, ...]], keys: list[str]) -> pd.DataFrame:
    """Return keys, table and row as one line for each key, with a column of rows for each table."""
    tables = list(dict.fromkeys(one[-2] for one in found))
    lines: dict[tuple[Any, ...], dict[str, list[str]]] = {}
    for *key, table, row in found:
        rows = lines.setdefault(tuple(key), {}).setdefault(table, [])
        if str(row) not in rows:
            rows.append(str(row))
    cells = [
        [*key, *(", ".join(line.get(table, [])) for table in tables)] for key, line in lines.items()
    ]
    return pd.DataFrame(cells, columns=[*keys, *tables])
