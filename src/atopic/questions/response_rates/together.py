"""Groups without a control taken together: a rate, and where that of another study may lie.

It says what happened to the patients of such studies, and nothing of what the treatment did: what
would have happened without it nobody saw. So it is told only of treatments that no trial here
compares with a control group, and never of groups that have one.
"""

from typing import Any

import numpy as np
import pandas as pd

from atopic.evidence.controls import CONTROLS, control_kinds, is_control
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.pooling_groups import pooled_with
from atopic.evidence.shared_patients import patients_counted, who_shares
from atopic.questions.asked import asked
from atopic.stats import pooling

_COLUMNS = [
    *("pooled_with", "agents", "outcome", "week", "studies", "groups", "study_ids"),
    *("responders", "n", "estimate", "lower", "upper", "lower_min", "upper_max"),
    *("prediction_lower", "prediction_upper", "level", "method", "notes", "rows"),
]


@asked()
def rates_together(evidence: Evidence, rates: pd.DataFrame, *, pool_by: str = "") -> pd.DataFrame:
    """Return the pooled rate of studies without a control group, by agent, class or all.

    Parameters
    ----------
    evidence : Evidence; the evidence that the rates come from.
    rates : from `atopic.questions.response_rates.response_rates`.
    pool_by : {"", "agent", "class", "all"}; empty for what review.toml says.

    Returns
    -------
    DataFrame: one row an agent (or class, or "all") and week with two studies or more of which no
        group ever had a control: ``estimate`` is the share of patients of the median study by the
        random-intercept logistic model, ``lower`` and ``upper`` its limits, with ``prediction_``
        those of another study (none where nobody or everybody responded). Groups of one study are
        counted as one. ``lower_min`` and ``upper_max`` are the outermost limits with the lowest,
        the shown and the highest count of every group that fit what was printed. ``rows`` are those
        of responses.csv. Left out are groups without a count, those that contain others, agents (or
        classes) that any trial compares with a control group, and studies that count the same
        patients as one before them.

    Raises
    ------
    ValueError: if `pool_by` is none of these.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import response_rates
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-50")
    >>> rates_together(evidence, rates).empty  # there are controlled trials of cells
    True
    """
    by = pool_by or evidence.review.pool_by
    alone = rates[
        rates["setting"].eq("uncontrolled")
        & rates["study_role"].eq("evidence")
        & rates["responders"].notna()
        & rates["combined_arm"].ne("yes")
        & ~is_control(rates)
    ]
    if alone.empty:
        return pd.DataFrame(columns=_COLUMNS)
    alone = alone.assign(pooled_with=_groups(evidence, alone, by))
    alone = alone[~alone["pooled_with"].isin(_ever_controlled(evidence, by))]
    found = []
    for (name, outcome, week), some in alone.groupby(
        ["pooled_with", "outcome", "week"], sort=False, dropna=False
    ):
        kept = some[some["study_id"].isin(_of_own_patients(evidence, some["study_id"]))]
        kept = kept.drop_duplicates(["study_id", "arm_id"], keep=False)
        if kept["study_id"].nunique() < 2:
            continue
        found.append({"pooled_with": name, "outcome": outcome, "week": week, **_pooled(kept)})
    return pd.DataFrame(found, columns=_COLUMNS).astype({"week": "Int64"})


def _groups(evidence: Evidence, arms: pd.DataFrame, by: str) -> pd.Series:
    classes = evidence.studies.set_index("study_id")["intervention_class"]
    kinds = arms["study_id"].map(classes)
    return pooled_with(arms.assign(**{"studies.intervention_class": kinds}), by)


def _ever_controlled(evidence: Evidence, by: str) -> set[str]:
    """Return the agents, or classes, that a study of this review compares with a control group."""
    kinds = control_kinds(evidence.arms, evidence.studies)
    controlled = set(kinds[kinds.ne("")].index)
    own = evidence.studies.loc[evidence.studies["role"].eq("evidence"), "study_id"]
    treated = evidence.arms[
        evidence.arms["study_id"].isin(controlled & set(own))
        & ~evidence.arms["role"].isin(list(CONTROLS))
    ]
    return set(_groups(evidence, treated, by))


def _of_own_patients(evidence: Evidence, studies: pd.Series) -> list[str]:
    """Return studies of which none counts patients of one before it."""
    counted_in = patients_counted(evidence.studies)
    kept: list[str] = []
    for study in dict.fromkeys(studies):
        if not who_shares(counted_in, [*kept, str(study)]):
            kept.append(str(study))
    return kept


def _pooled(arms: pd.DataFrame) -> dict[str, Any]:
    """Return what the groups of some studies come to together."""
    level = float(arms["level"].iloc[0])
    ways = [[_count(row, way) for row in records(arms)] for way in ("low", "shown", "high")]
    place = pd.factorize(arms["study_id"])[0]
    fits = []
    for way in ways:
        x, n = (np.bincount(place, [pair[one] for pair in way]).astype("int64") for one in (0, 1))
        fits.append(pooling.pool_proportions(x, n, level=level))
    fit = fits[1]
    return {
        "agents": ";".join(dict.fromkeys(arms["agent"].astype(str))),
        "studies": len(set(place)),
        "groups": len(arms),
        "study_ids": ";".join(dict.fromkeys(arms["study_id"])),
        "responders": int(arms["responders"].sum()),
        "n": int(arms["n"].sum()),
        "estimate": fit.estimate,
        "lower": fit.lower,
        "upper": fit.upper,
        "lower_min": min(one.lower for one in fits),
        "upper_max": max(one.upper for one in fits),
        "prediction_lower": fit.prediction_lower,
        "prediction_upper": fit.prediction_upper,
        "level": level,
        "method": f"{fit.method}, {fit.interval} interval",
        "notes": " ".join(fit.notes),
        "rows": ", ".join(str(row) for row in sorted(arms["row"])),
    }


def _count(row: Any, way: str) -> tuple[int, int]:
    """Return the count of a group: the shown one, or the lowest or highest rate that fits."""
    shown = (int(row.responders), int(row.n))
    if way == "shown" or row.basis != "ambiguous":
        return shown
    pairs = sorted([shown, *row.candidates], key=lambda pair: pair[0] / pair[1])
    x, n = pairs[0 if way == "low" else -1]
    return int(x), int(n)
