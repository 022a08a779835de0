"""What a rate becomes if everyone who was lost had failed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atopic.display.numbers import plural, study_name
from atopic.evidence.counts import Candidates
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.asked import asked
from atopic.stats import proportions


@asked()
def worst_case(evidence: Evidence, over_time: pd.DataFrame) -> pd.DataFrame:
    """Return the response rates of all who were treated, everyone lost counted as a failure.

    Parameters
    ----------
    over_time : from `responses_over_time`; its level and method are kept.

    Returns
    -------
    DataFrame: the rows for which arms.csv gives the number randomised or treated, printed or
        deduced but not merely planned, with ``basis`` ``worst-case``: ``n`` is that number, from
        ``n_study_id`` (the cohort for a follow-up) and ``n_row`` of arms.csv with its ``n_basis``;
        ``seen`` with ``seen_basis``, ``observed``, ``observed_lower``, ``observed_upper`` and
        ``count_basis`` are those of the patients seen, ``lost`` the others. ``agreed`` is the
        number who entered the follow-up, where it is one. Of an outcome that counts non-responders,
        everyone lost has it.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time
    >>> evidence = atopic.load()
    >>> frame = worst_case(evidence, responses_over_time(evidence, "EASI-50"))
    >>> frame.loc[frame["week"].eq(156), ["responders", "n", "seen"]].values.tolist()
    [[39, 98, 52]]
    """
    arms = evidence.arms.rename_axis("row").reset_index().set_index(["study_id", "arm_id"])
    found = []
    for row in records(over_time):
        size = _treated(arms, row)
        if size is None or pd.isna(row.responders) or row.n > size["n_randomised"]:
            continue
        n = int(size["n_randomised"])
        lost = n - int(row.n)
        failing = lost if row.direction == "lower-is-better" else 0
        counts = [responders for responders, _ in row.candidates]
        counts = counts or [int(row.responders)]
        limits = proportions.interval(
            np.array([int(row.responders), min(counts), max(counts)]) + failing,
            n,
            level=row.level,
            method=row.method,
        )
        followed = row.cohort != row.study_id
        found.append(
            {
                "responders": int(row.responders) + failing,
                "n": n,
                "n_basis": size["n_randomised_basis"],
                "basis": "worst-case",
                "estimate": (int(row.responders) + failing) / n,
                "lower": limits.lower[0],
                "upper": limits.upper[0],
                "lower_min": limits.lower[1],
                "upper_max": limits.upper[2],
                "candidates": Candidates(),
                "n_study_id": row.cohort,
                "n_row": int(size["row"]),
                "seen": int(row.n),
                "seen_basis": row.n_basis,
                "lost": lost,
                "agreed": arms.loc[(row.study_id, row.arm_id), "n_randomised"]
                if followed
                else pd.NA,
                "observed": row.estimate,
                "observed_responders": int(row.responders),
                "observed_lower": row.lower_min,
                "observed_upper": row.upper_max,
                "count_basis": str(row.basis),
                "place": row.Index,
            }
        )
    names = [
        *("responders", "n", "n_basis", "basis", "estimate", "lower", "upper", "lower_min"),
        *("upper_max", "candidates", "n_study_id", "n_row", "seen", "seen_basis", "lost"),
        *("agreed", "observed", "observed_responders", "observed_lower", "observed_upper"),
        *("count_basis", "place"),
    ]
    frame = pd.DataFrame(found, columns=names)
    kept = over_time.loc[frame["place"].astype("int64"), over_time.columns.difference(names)]
    both = pd.concat([kept.reset_index(drop=True), frame], axis="columns")
    new = [name for name in names[:-1] if name not in over_time.columns]
    return both[[*over_time.columns, *new]].astype({"agreed": "Int64"})


def worst_case_note(over_time: pd.DataFrame, worst: pd.DataFrame) -> str:
    """Say which rates have no worst case, and why.

    One sentence; empty if each has one. `over_time` and `worst` are from `responses_over_time` and
    `worst_case`.

    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time
    >>> evidence = atopic.load()
    >>> frame = responses_over_time(evidence, "EASI-75")
    >>> worst_case_note(frame, worst_case(evidence, frame)).partition(":")[0]
    'No worst case can be computed, because the numbers of patients were not reported in what \
we read.'
    """
    without = over_time[~over_time["row"].isin(worst["row"])]
    if without.empty:
        return ""
    why = (
        "no worst case can be computed, because the numbers of patients "
        "were not reported in what we read"
    )
    if worst.empty:
        return f"{why[0].upper()}{why[1:]}."
    some = set(worst["study_id"])
    names = [
        study_name(str(study))
        + (f" ({', '.join(dict.fromkeys(rows['label']))})" if study in some else "")
        for study, rows in without.groupby("study_id", sort=False)
    ]
    # Names of studies have commas of their own.
    return f"For {plural(len(names), 'study', 'studies')} {why}: {'; '.join(names)}."


def _treated(arms: pd.DataFrame, row: object) -> pd.Series | None:
    """Return the row of arms.csv with the number treated in an arm; None if it has none."""
    key = (row.cohort, row.arm_id)  # type: ignore[attr-defined]
    if key not in arms.index:
        return None
    size = arms.loc[key]
    known = pd.notna(size["n_randomised"]) and size["n_randomised_basis"] != "planned"
    return size if known else None
