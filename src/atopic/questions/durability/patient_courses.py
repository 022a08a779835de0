"""Single patients: what was printed of them cycle by cycle."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atopic.evidence.counts import Candidates
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import of_choice
from atopic.questions.asked import asked
from atopic.stats import proportions

_RETREATED = "retreated-for-exacerbation"


@asked()
def patient_courses(
    evidence: Evidence,
    outcome: str,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
) -> pd.DataFrame:
    """Return what was printed of single patients, one row a patient and treatment cycle.

    Parameters
    ----------
    outcome : str; a response of patients.csv.
    studies, exclude : iterable of str; study ids; none given means all, and none left out.
    controlled : bool; whether only placebo-controlled trials are kept.

    Returns
    -------
    DataFrame: ``study_id``, ``patient_id``, ``cycle``, ``outcome``, ``responder`` (yes, no or
        unclear), ``week`` from the start of the cycle with its ``week_basis`` (missing where none
        was printed), ``retreated`` after the cycle (yes, no, unclear, or missing),
        ``follow_up_weeks`` (the longest of the study: that of the patient was not printed),
        ``confidence``, ``notes``, ``source_id``, ``locator``, ``row`` and ``retreated_row`` of
        patients.csv.

    Examples
    --------
    >>> import atopic
    >>> courses = patient_courses(atopic.load(), "EASI-50")
    >>> courses.loc[courses["cycle"].eq(1), "responder"].to_list()
    ['yes', 'unclear', 'no', 'no', 'no']
    """
    table = evidence.joined("patients", "studies").rename_axis("row").reset_index()
    table = table[
        of_choice(
            evidence, table["study_id"], studies=studies, exclude=exclude, controlled=controlled
        )
    ]
    keys = ["study_id", "patient_id", "cycle"]
    events = table[table["outcome"].eq(_RETREATED) & table["cycle"].notna()]
    events = events[[*keys, "occurred", "row"]]
    events = events.rename(columns={"occurred": "retreated", "row": "retreated_row"})
    responses = table[
        table["record_type"].eq("response") & table["outcome"].eq(outcome) & table["cycle"].notna()
    ].rename(columns={"studies.follow_up_weeks": "follow_up_weeks"})
    courses = responses.merge(events, on=keys, how="left").sort_values(keys, kind="stable")
    columns = [*keys, "outcome", "responder", "week", "week_basis", "retreated", "follow_up_weeks"]
    columns += ["confidence", "notes", "source_id", "locator", "row", "retreated_row"]
    found: pd.DataFrame = courses[columns].reset_index(drop=True)
    return found.astype({"retreated_row": "Int64"})


def cycle_rates(
    courses: pd.DataFrame, *, level: float = 0.95, method: str = "clopper-pearson"
) -> pd.DataFrame:
    """Return how many patients had responded within one cycle, within two, and so on.

    One row a study and number of cycles: ``responders`` who surely had and ``responders_max`` with
    those of whom it is unclear, of ``n`` patients; ``candidates``, ``estimate`` and
    ``estimate_max``, ``lower`` and ``upper`` of the former, ``lower_min`` and ``upper_max`` over
    both; ``basis`` is ``printed`` or, with unclear patients, ``ambiguous``; ``level``, ``method``,
    ``rows`` of patients.csv. `courses` is from `patient_courses`. `level` and `method` are as in
    `atopic.stats.proportions.interval`.

    >>> import atopic
    >>> found = cycle_rates(patient_courses(atopic.load(), "EASI-50"))
    >>> found[["cycles", "candidates"]].values.tolist()
    [[1, ((1, 5), (2, 5))], [2, ((4, 5),)]]
    """
    found = []
    for study, rows in courses.groupby("study_id", sort=False):
        n = rows["patient_id"].nunique()
        for cycles in sorted(set(rows["cycle"])):
            within = rows[rows["cycle"] <= cycles]
            answers = within.groupby("patient_id")["responder"].agg(
                lambda said: set(map(str, said))
            )
            sure = sum("yes" in said for said in answers)
            unclear = sum("yes" not in said and "unclear" in said for said in answers)
            most = sure + unclear
            limits = proportions.interval([sure, most], n, level=level, method=method)
            found.append(
                {
                    "study_id": study,
                    "outcome": rows["outcome"].iloc[0],
                    "cycles": int(cycles),
                    "responders": sure,
                    "responders_max": most,
                    "n": n,
                    "candidates": Candidates((x, n) for x in range(sure, most + 1)),
                    "basis": "ambiguous" if unclear else "printed",
                    "estimate": sure / n,
                    "estimate_max": most / n,
                    "lower": limits.lower[0],
                    "upper": limits.upper[0],
                    "lower_min": limits.lower[0],
                    "upper_max": limits.upper[1],
                    "level": level,
                    "method": method,
                    "rows": ", ".join(str(row) for row in sorted(within["row"])),
                }
            )
    names = ["study_id", "outcome", "cycles", "responders", "responders_max", "n", "candidates"]
    names += ["basis", "estimate", "estimate_max", "lower", "upper", "lower_min", "upper_max"]
    return pd.DataFrame(found, columns=[*names, "level", "method", "rows"])
