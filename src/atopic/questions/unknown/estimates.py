"""The rows of missing.csv, tied to their studies and sources, in the order of what they bear on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from atopic.evidence.controls import is_controlled_design
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.selection import of_choice
from atopic.questions.asked import asked
from atopic.review import in_words

#: What a missing thing bears on, what decides most first.
GROUPS = ("controlled", "other", "several")

_REGISTRY = "https://clinicaltrials.gov/study/{}"


@asked()
def unknown_things(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
) -> pd.DataFrame:
    """Return what is not known, study by study.

    Parameters
    ----------
    studies : study ids; none given means all, and what is of no one study.
    exclude : ids of studies to leave out.
    controlled : whether only placebo-controlled trials are kept.

    Returns
    -------
    DataFrame: one row a row of missing.csv, study by study in the order of studies.csv, those with
        a placebo group first and what is of no one study last: ``missing_id``, ``group`` (of
        `GROUPS`), ``study_id``, ``what``, ``why``, ``where_to_look``, ``free`` (yes, no or
        unknown), ``full_text_read`` (of its source), ``address`` (of its source, else of its
        registry record, else blank), ``source_id``, ``registry_id`` and ``row`` of missing.csv.
        Empty for a folder without that table.

    Raises
    ------
    ValueError: if `studies` is one text instead of several.

    Examples
    --------
    >>> import atopic
    >>> found = unknown_things(atopic.load(), studies=["seo-2024-phase-2"])
    >>> found[["missing_id", "free", "full_text_read"]].values.tolist()
    [['scm-agh-rates', 'yes', 'no'], ['scm-agh-harms', 'yes', 'no']]
    """
    columns = ["missing_id", "group", "study_id", "what", "why", "where_to_look", "free"]
    columns += ["full_text_read", "address", "source_id", "registry_id", "row"]
    known = evidence.studies
    designs = dict(zip(known["study_id"], known["design"].astype(str), strict=True))
    order = {study: number for number, study in enumerate(known["study_id"])}
    rows = evidence.joined("missing", "sources").rename_axis("row").reset_index()
    rows = rows.rename(columns={f"sources.{name}": name for name in ("full_text_read", "url")})
    choice = {"studies": studies, "exclude": exclude}
    rows = rows[of_choice(evidence, rows["study_id"], **choice, controlled=controlled)]
    rows = rows.assign(
        group=[_group(study, designs) for study in rows["study_id"]],
        address=[_address(row) for row in records(rows)],
    )
    rows = rows.assign(
        of_group=rows["group"].map(GROUPS.index),
        of_study=rows["study_id"].map(order).fillna(len(order)),
    ).sort_values(["of_group", "of_study", "row"])
    return rows[columns].reset_index(drop=True)


def _group(study: Any, designs: dict[str, str]) -> str:
    if pd.isna(study):
        return "several"
    return "controlled" if is_controlled_design(designs.get(study)) else "other"


def _address(row: Any) -> str:
    if pd.notna(row.url):
        return str(row.url)
    return "" if pd.isna(row.registry_id) else _REGISTRY.format(row.registry_id)


def captions() -> dict[str, str]:
    """Return what stands over the things of each group, in the order of `GROUPS`.

    >>> list(captions()) == list(GROUPS)
    True
    """
    own = (in_words("{Controlled} trials of {treatment}"), in_words("Other studies of {treatment}"))
    return dict(zip(GROUPS, (*own, "All of them together"), strict=True))
