"""Whose patients a study reports: cohorts are counted once, however many rows speak of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from atopic.evidence.controls import controlled_designs
from atopic.evidence.folder import Evidence
from atopic.evidence.vocabulary import in_order
from atopic.questions.asked import asked
from atopic.questions.evidence_map.chosen_studies import chosen_studies

#: Ways in which results were made public, from the most to the least open to scrutiny.
PUBLICATIONS = ("journal", "conference", "registry", "press")

PAPER, SHARED, PHASE, OWN = "paper-level record", "same patients", "phase of one paper", "own"


@asked()
def patient_groups(evidence: Evidence) -> pd.DataFrame:
    """Return each cell-therapy record of studies.csv with the cohort of patients it reports.

    One row a record in the order of `chosen_studies`, with ``study_id``, ``parent_study_id``,
    ``relation`` (``own`` patients; ``phase of one paper``, other patients than its sister phases;
    ``same patients`` as its parent; ``paper-level record``, no study of its own), ``cohort`` (the
    study that the patients first belong to; missing for a paper), ``in_synthesis``, ``design``,
    ``control`` (the kind of the control group, empty without one), ``publication``, ``year``,
    ``n_enrolled`` and its basis, ``notes`` and ``row``.

    >>> import atopic
    >>> groups = patient_groups(atopic.load()).set_index("study_id")
    >>> groups.loc["kangstem-2019-follow-up", ["relation", "cohort"]].to_list()
    ['same patients', 'kangstem-2019']
    """
    studies = chosen_studies(evidence)
    relation = np.select(
        [
            studies["design"].eq("umbrella"),
            studies["patients_shared_with_parent"].eq("yes"),
            studies["patients_shared_with_parent"].eq("phase-of-parent"),
        ],
        [PAPER, SHARED, PHASE],
        default=OWN,
    )
    parents = dict(zip(studies["study_id"], studies["parent_study_id"], strict=True))
    shares = {
        str(study): str(parents[study])
        for study, how in zip(studies["study_id"], relation, strict=True)
        if how == SHARED
    }
    cohorts = [_first(str(study), shares) for study in studies["study_id"]]
    return studies.assign(
        relation=relation,
        cohort=pd.Series(cohorts, index=studies.index, dtype="str").where(relation != PAPER),
    )[
        [
            *("study_id", "parent_study_id", "relation", "cohort", "in_synthesis", "design"),
            *("control", "publication", "year", "n_enrolled", "n_enrolled_basis", "notes", "row"),
        ]
    ]


def patients_of(groups: pd.DataFrame) -> int | None:
    """Return how many patients were enrolled in these studies, each cohort counted once.

    None where studies are there and the number of none is known.

    Parameters
    ----------
    groups : DataFrame; rows of `patient_groups`. Of studies that share patients the largest number
        counts; a study whose number is not known adds none.

    Examples
    --------
    >>> import atopic
    >>> groups = patient_groups(atopic.load())
    >>> patients_of(groups[groups["cohort"].eq("kangstem-2019")])
    197
    """
    sizes = groups.dropna(subset=["cohort"]).groupby("cohort")["n_enrolled"].max()
    return None if len(sizes) and sizes.isna().all() else int(sizes.fillna(0).sum())


def publication_counts(groups: pd.DataFrame) -> pd.DataFrame:
    """Count the studies of the synthesis, and their patients, by how they were made public.

    One row a kind of publication, own words of the folder last, one without a name for studies of
    which none is stated, and ``all``: ``studies``, ``cohorts`` and ``patients``
    of the synthesis, the same of its controlled trials (``controlled_studies``,
    ``controlled_patients``), missing where no number is known, and the ``rows`` of studies.csv. A
    cohort stands once in each row; one that was made public in two ways stands in both, so the rows
    can add up to more than ``all``. `groups` is from `patient_groups`.

    >>> import atopic
    >>> counts = publication_counts(patient_groups(atopic.load())).set_index("publication")
    >>> counts.loc[["journal", "press", "all"], "controlled_patients"].to_list()
    [186, 512, 698]
    """
    used = groups[groups["in_synthesis"].eq("yes")]
    kinds = in_order(used["publication"], PUBLICATIONS)
    some_of = {kind: used[used["publication"].eq(kind)] for kind in kinds}
    if len(unknown := used[used["publication"].isna()]):
        some_of[""] = unknown
    found = []
    for kind, some in {**some_of, "all": used}.items():
        controlled = some[controlled_designs(some["design"])]
        found.append(
            {
                "publication": kind,
                "studies": len(some),
                "cohorts": some["cohort"].nunique(),
                "patients": patients_of(some),
                "controlled_studies": len(controlled),
                "controlled_patients": patients_of(controlled),
                "rows": rows_text(some["row"]),
            }
        )
    sizes = dict.fromkeys(["patients", "controlled_patients"], "Int64")
    return pd.DataFrame(found).astype(sizes)


def shared_patients(groups: pd.DataFrame) -> pd.DataFrame:
    """Return the records that belong to another one: follow-ups, phases and their papers.

    Columns ``study_id``, ``parent_study_id``, ``relation``, ``n_enrolled``, ``parent_n_enrolled``,
    ``in_synthesis``, ``notes`` and ``row``. `groups` is from `patient_groups`.

    >>> import atopic
    >>> shared_patients(patient_groups(atopic.load()))["relation"].value_counts().to_dict()
    {'same patients': 3, 'phase of one paper': 2, 'paper-level record': 1}
    """
    sizes = groups.set_index("study_id")["n_enrolled"]
    some = groups[groups["relation"].ne(OWN)].copy()
    some["parent_n_enrolled"] = some["parent_study_id"].map(sizes)
    order = some["relation"].map({SHARED: 0, PHASE: 1, PAPER: 2}).sort_values(kind="stable").index
    columns = ["study_id", "parent_study_id", "relation", "n_enrolled", "parent_n_enrolled"]
    return some.loc[order, [*columns, "in_synthesis", "notes", "row"]].reset_index(drop=True)


def _first(study: str, shares: dict[str, str]) -> str:
    """Return the study that patients first belong to."""
    seen = {study}
    while study in shares and shares[study] not in seen:
        study = shares[study]
        seen.add(study)
    return study


def rows_text(rows: Iterable[Any]) -> str:
    """Return row numbers as text, each once and in order."""
    return ", ".join(str(row) for row in sorted({int(row) for row in rows}))
