"""What a blank is called: a value may stand in a part of a paper that nobody here looked at."""

from collections.abc import Iterable

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import row_dicts
from atopic.evidence.selection import as_names

NOT_FOUND = "not found"
NOT_REPORTED = "not reported"


def absent_words(evidence: Evidence, studies: Iterable[str]) -> str:
    """Return what a page calls a result that the tables do not have of these studies.

    Parameters
    ----------
    studies : their ids, of studies.csv.

    Returns
    -------
    str: `NOT_REPORTED` if of each study a source was read in full (``full_text_read`` of
        sources.csv is ``yes``: a paper, or a registry record with its results), else `NOT_FOUND`,
        as after an abstract or a news item. Of no study, and of an unknown one, nothing was read.

    Raises
    ------
    ValueError: if `studies` is one text instead of several.

    Examples
    --------
    >>> import atopic
    >>> absent_words(atopic.load(), ["seo-2024-phase-2"])
    'not found'
    """
    wanted = as_names("studies", studies)
    sources = evidence.sources
    whole = set(sources.loc[sources["full_text_read"].eq("yes").fillna(False), "source_id"])
    names = ["source_id", "supporting_source_ids"]
    rows = evidence.studies
    cited = {
        row["study_id"]: {
            one for name in names if pd.notna(row[name]) for one in str(row[name]).split(";")
        }
        for row in row_dicts(rows.loc[rows["study_id"].isin(wanted), ["study_id", *names]])
    }
    found = [whole & cited.get(study, set()) for study in wanted]
    return NOT_REPORTED if found and all(found) else NOT_FOUND
