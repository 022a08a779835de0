"""What a study was: its facts, its arms, and the records tied to it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atopic.evidence.controls import is_controlled_design
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records, row_dicts
from atopic.evidence.once import once
from atopic.evidence.selection import as_study
from atopic.questions.asked import asked
from atopic.questions.evidence_map.words import published_words
from atopic.review import in_words

#: What a study may have printed, by table.
RESULT_TABLES = {
    "responses": "responders",
    "scores": "severity scores",
    "contrasts": "differences between groups",
    "patients": "single patients",
    "safety": "adverse events",
    "biomarkers": "biomarkers",
}

_FACTS = {
    "short_name": "Name",
    "product_words": "What was given",
    "short_citation": "Citation",
    "title": "Title",
    "year": "Year",
    "doi": "DOI",
    "pmid": "PubMed",
    "registry_id": "Registry",
    "publication": "Where published",
    "phase": "Phase",
    "design": "Design",
    "blinding": "Blinding",
    "country": "Country",
    "population": "Patients",
    "n_enrolled": "Number of patients",
    "follow_up_weeks": "Longest follow-up, {times}",
    "primary_outcome": "Outcome it was planned to decide by",
    "primary_met": "Goal met",
    "in_synthesis": "In the synthesis",
    "notes": "Remark",
}

_RELATIONS = {
    "follow-up": "follow-up of the same patients, not counted again",
    "treated-in": "the trial in which these patients were treated",
    "paper": "the paper as a whole",
    "phase": "a phase of this paper, with patients of its own",
    "sister": "another phase of the same paper, with patients of its own",
    "shared": "counts some of the same patients",
    "named": "named in a remark",
}


@once
def rows_of(evidence: Evidence, table: str, study: str) -> pd.DataFrame:
    """Return the rows of a table that are about a study, with ``row``."""
    frame = evidence.table(table)
    return frame[frame["study_id"].eq(as_study(study))].rename_axis("row").reset_index()


@asked()
def study_facts(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return what a study was, fact by fact.

    Columns ``fact``, ``value`` (text; ``not printed here`` for a blank), and the ``table`` and
    ``row`` it is from. A study that was left out has the reason given in either table. Empty for an
    unknown study: `atopic.questions.evidence_map.scope_note` names it. Raises ValueError if `study`
    is not one text.

    >>> import atopic
    >>> facts = study_facts(atopic.load(), "ra-2011").set_index("fact")["value"]
    >>> facts["Number of patients"], facts["In the synthesis"][:47]
    ('10 (printed)', 'no: the atopic dermatitis rows of Table 1 could')
    """
    found = []
    for row in row_dicts(rows_of(evidence, "studies", study)):
        for column, fact in ((name, in_words(words)) for name, words in _FACTS.items()):
            needless = column.startswith("primary") and not is_controlled_design(row["design"])
            if column not in row or needless:
                continue
            value = _fact(row, column)
            found.append((fact, value, "studies", row["row"]))
    for row in row_dicts(rows_of(evidence, "excluded_studies", study)):
        place = ("excluded_studies", row["row"])
        why = f"{str(row['reason_code']).replace('-', ' ')}: {row['reason']}"
        found.append(("Left out because", why, *place))
        if pd.notna(row["key_result"]):
            found.append(("What is said of it", str(row["key_result"]), *place))
    return pd.DataFrame(found, columns=["fact", "value", "table", "row"])


@asked()
def study_arms(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return the arms of a study as arms.csv holds them, with ``row``.

    >>> import atopic
    >>> study_arms(atopic.load(), "ra-2011")[["arm_id", "dose", "n_randomised"]].values.tolist()
    [['all', nan, 10], ['ad-patients', 200000000.0, 4]]
    """
    return rows_of(evidence, "arms", study)


@asked()
def study_circumstances(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return when, where and how a study was done, as characteristics.csv holds it, with ``row``.

    >>> import atopic
    >>> frame = study_circumstances(atopic.load(), "kangstem-2024").set_index("variable")
    >>> frame.loc["sites", "value"]
    '21'
    """
    return rows_of(evidence, "characteristics", study)


@asked()
def related_studies(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return the records that share patients or a paper with a study, or that a remark ties to it.

    Columns ``study_id``, ``relation``, ``short_citation``, ``publication``, ``n_enrolled``,
    ``follow_up_weeks``, ``in_synthesis``, ``notes`` and ``row`` of studies.csv.

    >>> import atopic
    >>> related_studies(atopic.load(), "ra-2011")[["study_id", "relation"]].values.tolist()
    [['rnl-2009', 'named in a remark']]
    """
    every = evidence.studies.rename_axis("row").reset_index()
    own = every[every["study_id"].eq(study)]
    columns = ["study_id", "relation", "short_citation", "publication", "n_enrolled"]
    columns += ["follow_up_weeks", "in_synthesis", "notes", "row"]
    if own.empty:
        return every.assign(relation="").loc[[], columns]
    one = own.iloc[0]
    relations = [_relation(one, other) for other in records(every)]
    related = every.assign(relation=relations)
    return related.loc[related["relation"].ne(""), columns].reset_index(drop=True)


def _fact(row: dict[Any, Any], column: str) -> str:
    value = row[column]
    if column == "in_synthesis" and pd.notna(row["exclusion_reason"]):
        return f"{value}: {row['exclusion_reason']}"
    if pd.isna(value):
        return "not known" if column != "notes" else "none"
    if column == "primary_met" and value == "unknown":
        return "not known"
    if column == "n_enrolled":
        return f"{value} ({row['n_enrolled_basis']})"
    if column == "publication":
        return published_words(value)
    if column == "blinding":
        return {"open": "open", "unknown": "not known"}.get(str(value), f"{value}-blind")
    return str(value)


def _relation(one: pd.Series, other: Any) -> str:
    """Return how another record is related to a study, in words; empty if it is not."""
    parent, of_other = one["parent_study_id"], other.parent_study_id
    if other.study_id == one["study_id"]:
        return ""
    if pd.notna(of_other) and of_other == one["study_id"]:
        kind = "follow-up" if other.patients_shared_with_parent == "yes" else "phase"
    elif pd.notna(parent) and other.study_id == parent:
        kind = "treated-in" if one["patients_shared_with_parent"] == "yes" else "paper"
    elif pd.notna(parent) and pd.notna(of_other) and parent == of_other:
        kind = "sister"
    elif _names(other.shares_patients_with, one["study_id"]) or _names(
        one["shares_patients_with"], other.study_id
    ):
        kind = "shared"
    elif _names(other.related_study_ids, one["study_id"]) or _names(
        one["related_study_ids"], other.study_id
    ):
        kind = "named"
    else:
        return ""
    return _RELATIONS[kind]


def _names(several: Any, study: str) -> bool:
    """Say whether a study is among several, parted by semicolons."""
    return pd.notna(several) and study in str(several).split(";")
