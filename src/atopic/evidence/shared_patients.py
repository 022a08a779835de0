"""Which studies report the same patients, as studies.csv declares it: they are counted once."""

from collections.abc import Iterable
from itertools import combinations

import pandas as pd

from atopic.evidence.frames import records


def patients_counted(studies: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return for each study the studies whose patients it counts, itself first of all.

    Returns
    -------
    dict of str to frozenset of str
        By study: itself, the parent whose patients are counted here again, every study that
        ``shares_patients_with`` names, and all that these count. A phase of a paper has patients
        of its own.

    Examples
    --------
    >>> import atopic
    >>> sorted(patients_counted(atopic.load().studies)["solo-continue"])
    ['solo-1', 'solo-2', 'solo-continue']
    """
    direct: dict[str, set[str]] = {}
    columns = ["study_id", "parent_study_id", "patients_shared_with_parent", "shares_patients_with"]
    for _, study, parent, shared, further in records(studies[columns]):
        named = set(str(further).split(";")) if pd.notna(further) else set()
        direct[str(study)] = named | ({str(parent)} if shared == "yes" else set())
    return {study: frozenset(_reached(study, direct)) for study in direct}


def who_shares(
    counted: dict[str, frozenset[str]], studies: Iterable[str]
) -> tuple[str, str] | None:
    """Return the first two of some studies that count patients of one study; None if no two do.

    >>> import atopic
    >>> counted = patients_counted(atopic.load().studies)
    >>> who_shares(counted, ["chronos", "solo-continue", "solo-1-2-pooled"])
    ('solo-continue', 'solo-1-2-pooled')
    >>> who_shares(counted, ["seo-2024-phase-1", "seo-2024-phase-2", "solo-1", "solo-2"])
    """
    for one, other in combinations(dict.fromkeys(studies), 2):
        if counted.get(one, {one}) & counted.get(other, {other}):
            return one, other
    return None


def _reached(study: str, direct: dict[str, set[str]]) -> set[str]:
    found, open_ = {study}, [study]
    while open_:
        new = direct.get(open_.pop(), set()) - found
        found |= new
        open_ += new
    return found
