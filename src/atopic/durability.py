"""Durability: how long a response was seen to last, in how many of those who were treated.

Evidence in, tidy frames of estimates out. A follow-up counts those who came back; how many that
could mislead about is bounded by counting everyone lost as a failure.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from atopic import proportions
from atopic.evidence import Evidence
from atopic.rates import response_rates
from atopic.tables import records

__all__ = [
    "all_rates",
    "cycle_rates",
    "kept_responses",
    "patient_courses",
    "repeated_note",
    "responses_over_time",
    "worst_case",
    "worst_case_note",
]

#: What has no place on an axis of weeks after the first dose, beside a share of all patients.
_ELSEWHERE = ["pooled", "best-response", "maintained"]

_RETREATED = "retreated-for-exacerbation"


def responses_over_time(
    evidence: Evidence,
    outcome: str,
    *,
    studies: Iterable[str] = (),
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return the response rates of each arm at every printed week.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    outcome : str
        A responder outcome.
    studies : iterable of str, optional
        Study ids; none given means every cell-therapy study.
    level, method
        As for `atopic.rates.response_rates`.

    Returns
    -------
    DataFrame
        The rows of `atopic.rates.response_rates` with a week, and ``cohort``: the study in which
        the patients were treated, so that a follow-up stands with its parent. By cohort, then by
        week. Best responses, response kept among earlier responders and pooled rates are left
        out: they are not shares of one set of patients at one week.

    Raises
    ------
    ValueError
        As `atopic.rates.response_rates`.

    Examples
    --------
    >>> import atopic
    >>> frame = responses_over_time(atopic.load(), "EASI-50")
    >>> frame.loc[frame["cohort"].eq("kangstem-2019"), "week"].to_list()
    [12, 12, 52, 104, 156]
    """
    rates = response_rates(evidence, outcome, studies=studies, level=level, method=method)
    rates = rates[rates["week"].notna() & ~rates["setting"].isin(_ELSEWHERE)]
    parents = _parents(evidence)
    cohort = [parents.get(study, study) for study in rates["study_id"]]
    rates = rates.assign(cohort=pd.Series(cohort, index=rates.index, dtype="str"))
    first = {name: place for place, name in enumerate(dict.fromkeys(cohort))}
    order = pd.DataFrame({"cohort": rates["cohort"].map(first), "week": rates["week"].astype(int)})
    rows = order.sort_values(["cohort", "week"], kind="stable").index
    return rates.loc[rows].reset_index(drop=True)


def worst_case(evidence: Evidence, over_time: pd.DataFrame) -> pd.DataFrame:
    """Return the response rates of all who were treated, everyone lost counted as a failure.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    over_time : DataFrame
        From `responses_over_time`; its level and method are kept.

    Returns
    -------
    DataFrame
        The rows for which arms.csv gives the number randomised or treated, printed or deduced
        but not merely planned, with ``basis`` ``worst-case``: ``n`` is that number, from
        ``n_study_id`` (the cohort for a follow-up) and ``n_row`` of arms.csv with its
        ``n_basis``; ``seen`` with ``seen_basis``, ``observed``, ``observed_lower``,
        ``observed_upper`` and ``count_basis`` are those of the patients seen, ``lost`` the
        others. ``agreed`` is the number who entered the follow-up, where it is one. Of an
        outcome that counts non-responders, everyone lost has it.

    Examples
    --------
    >>> import atopic
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
        counts = [int(pair.split("/")[0]) for pair in str(row.candidates).split("; ") if pair]
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
                "candidates": "",
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

    Parameters
    ----------
    over_time, worst : DataFrame
        From `responses_over_time` and `worst_case`.

    Returns
    -------
    str
        One sentence; empty if each has one.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> frame = responses_over_time(evidence, "EASI-75")
    >>> worst_case_note(frame, worst_case(evidence, frame))[:47]
    'No worst case for atmsc-2025 (active, placebo):'
    """
    without = over_time[~over_time["row"].isin(worst["row"])]
    if without.empty:
        return ""
    arms = without.groupby("study_id", sort=False)["arm_id"].agg(
        lambda names: ", ".join(dict.fromkeys(names))
    )
    named = "; ".join(f"{study} ({names})" for study, names in arms.items())
    return (
        f"No worst case for {named}: no count of responders, or no number randomised or treated, "
        "was printed or follows from what was; a planned number is none."
    )


def kept_responses(
    evidence: Evidence,
    outcome: str,
    *,
    studies: Iterable[str] = (),
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return what was printed of response kept, among earlier responders or among all.

    Parameters
    ----------
    evidence, outcome, studies, level, method
        As for `responses_over_time`.

    Returns
    -------
    DataFrame
        The rows of `atopic.rates.response_rates` for ``<outcome>-maintained`` and for outcomes
        that are called maintained or sustained without a threshold, with ``denominator``:
        ``earlier responders`` or ``all patients of the set``.

    Examples
    --------
    >>> import atopic
    >>> kept = kept_responses(atopic.load(), "EASI-50", studies=["seo-2024-phase-1"])
    >>> kept[["responders", "n", "denominator"]].values.tolist()[0]
    [9, 9, 'earlier responders']
    """
    instruments = evidence.instruments
    named = instruments.loc[instruments["kind"].eq("responder"), "outcome"].dropna()
    free = named[named.str.startswith(("maintained-", "sustained-"))]
    frames = [
        response_rates(evidence, one, studies=studies, level=level, method=method)
        for one in dict.fromkeys([f"{outcome}-maintained", *free])
    ]
    filled = [frame for frame in frames if len(frame)]
    kept = pd.concat(filled, ignore_index=True) if filled else frames[0]
    among = np.where(
        kept["setting"].eq("maintained"), "earlier responders", "all patients of the set"
    )
    return kept.assign(denominator=pd.Series(among, index=kept.index, dtype="str"))


def all_rates(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return several frames of rates as one, for their sources and remarks.

    Parameters
    ----------
    *frames : DataFrame
        With ``row`` and the columns of `atopic.rates.response_rates`.

    Returns
    -------
    DataFrame
        Each row of responses.csv once.

    Examples
    --------
    >>> import atopic
    >>> kept = kept_responses(atopic.load(), "EASI-50")
    >>> len(all_rates(kept, kept)) == len(kept)
    True
    """
    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    return pd.concat(filled, ignore_index=True).drop_duplicates("row", ignore_index=True)


def repeated_note(kept: pd.DataFrame) -> str:
    """Say where several rows are one group of patients at several dates.

    Parameters
    ----------
    kept : DataFrame
        From `kept_responses`.

    Returns
    -------
    str
        One sentence for each such group; empty if there is none.

    Examples
    --------
    >>> import atopic
    >>> repeated_note(kept_responses(atopic.load(), "EASI-50"))[:58]
    'The 3 rows of seo-2024-phase-1 (EASI-50-maintained, 9/9, 1'
    """
    sentences = []
    keys = ["study_id", "arm_id", "outcome", "week"]
    for (study, _, outcome, _), rows in kept.groupby(keys, sort=False, observed=True):
        if len(rows) > 1:
            counts = ", ".join(f"{row.responders}/{row.n}" for row in records(rows))
            sentences.append(
                f"The {len(rows)} rows of {study} ({outcome}, {counts}) are one group of patients "
                "reported at several dates: they are never added."
            )
    return " ".join(sentences)


def patient_courses(
    evidence: Evidence, outcome: str, *, studies: Iterable[str] = ()
) -> pd.DataFrame:
    """Return what was printed of single patients, one row a patient and treatment cycle.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    outcome : str
        A response of patients.csv.
    studies : iterable of str, optional
        Study ids; none given means all.

    Returns
    -------
    DataFrame
        ``study_id``, ``patient_id``, ``cycle``, ``outcome``, ``responder`` (yes, no or unclear),
        ``week`` from the start of the cycle with its ``week_basis`` (missing where none was
        printed), ``retreated`` after the cycle (yes, no, unclear, or missing),
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
    names = list(studies)
    table = evidence.joined("patients", "studies").rename_axis("row").reset_index()
    if names:
        table = table[table["study_id"].isin(names)]
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
    return courses[columns].reset_index(drop=True).astype({"retreated_row": "Int64"})


def cycle_rates(
    courses: pd.DataFrame, *, level: float = 0.95, method: str = "clopper-pearson"
) -> pd.DataFrame:
    """Return how many patients had responded within one cycle, within two, and so on.

    Parameters
    ----------
    courses : DataFrame
        From `patient_courses`.
    level, method
        As for `atopic.proportions.interval`.

    Returns
    -------
    DataFrame
        One row a study and number of cycles: ``responders`` who surely had and
        ``responders_max`` with those of whom it is unclear, of ``n`` patients; ``candidates``,
        ``estimate`` and ``estimate_max``, ``lower`` and ``upper`` of the former, ``lower_min``
        and ``upper_max`` over both; ``basis`` is ``printed`` or, with unclear patients,
        ``ambiguous``; ``level``, ``method``, ``rows`` of patients.csv.

    Examples
    --------
    >>> import atopic
    >>> found = cycle_rates(patient_courses(atopic.load(), "EASI-50"))
    >>> found[["cycles", "candidates"]].values.tolist()
    [[1, '1/5; 2/5'], [2, '4/5']]
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
                    "candidates": "; ".join(f"{x}/{n}" for x in range(sure, most + 1)),
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


def _parents(evidence: Evidence) -> dict[str, str]:
    """Return for each study whose patients were treated in another one that other study."""
    studies = evidence.studies
    shared = studies[studies["patients_shared_with_parent"].eq("yes")]
    return dict(zip(shared["study_id"], shared["parent_study_id"], strict=True))


def _treated(arms: pd.DataFrame, row: object) -> pd.Series | None:
    """Return the row of arms.csv with the number treated in an arm; None if it has none."""
    key = (row.cohort, row.arm_id)  # type: ignore[attr-defined]
    if key not in arms.index:
        return None
    size = arms.loc[key]
    known = pd.notna(size["n_randomised"]) and size["n_randomised_basis"] != "planned"
    return size if known else None
