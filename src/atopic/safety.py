"""Safety: how many patients had an adverse event, and how common one that nobody had can still be.

Evidence in, a tidy frame of estimates out. No event among n patients is an upper limit on the
risk, never a risk of nought; words without a count are no count.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from atopic import incidence, proportions
from atopic.evidence import Evidence
from atopic.relations import did_you_mean
from atopic.tables import records

__all__ = [
    "EVENTS",
    "adverse_events",
    "event_rates",
    "placebo_note",
    "silence_note",
    "summed_events",
]

#: What is counted, in words, the most serious first.
EVENTS = {
    "sae": "Serious adverse event",
    "treatment-related-sae": "Serious adverse event called treatment-related",
    "ae-any": "Any adverse event",
    "drug-related-ae": "Adverse event called drug-related",
    "discontinuation-due-to-ae": "Discontinued because of an adverse event",
    "discontinuation-lack-of-effect": "Discontinued for lack of effect",
}

#: One year is 52 weeks, as in the codebook.
_WEEKS_PER_YEAR = 52.0

_SURE = {"high": 0, "medium": 1, "low": 2}

_COLUMNS = [
    *("study_id", "arm_id", "event", "week", "week_basis", "label", "dose", "dose_unit"),
    *("arm_role", "study_role", "combined_arm", "setting", "patients_or_events", "count", "n"),
    *("n_basis", "basis", "estimate", "lower", "upper", "upper_one_sided", "rule_of_three"),
    *("level", "method", "patient_weeks", "rate_lower", "rate_upper", "rate_upper_one_sided"),
    *("enters", "reason", "source_id", "locator", "confidence", "row"),
]


def adverse_events(
    evidence: Evidence,
    *,
    events: Iterable[str] = (),
    studies: Iterable[str] = (),
    include_benchmarks: bool = False,
    include_low_confidence: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return what was printed of adverse events by arm, with exact limits.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    events : iterable of str, optional
        Keys of `EVENTS`; none given means all.
    studies : iterable of str, optional
        Study ids; none given means every cell-therapy study.
    include_benchmarks : bool, optional
        Whether benchmark trials are added when no study is named.
    include_low_confidence : bool, optional
        Whether rows graded low may enter the sum of `summed_events`; they are returned anyhow.
    level : float, optional
        Confidence level of the limits; more than 0.5.

    Returns
    -------
    DataFrame
        One row a row of safety.csv, in the order of `EVENTS`, then cells before benchmarks, by
        year, the more patients first. ``basis`` is ``patients`` (a count of patients), ``zero``
        (no event, so no patient), ``events`` (a count of events, which is no share of patients)
        or ``words-only`` (no count printed). For the first two, ``estimate``, ``lower`` and
        ``upper`` are a share and its Clopper-Pearson limits; where nobody had the event,
        ``upper_one_sided`` is the one-sided exact limit and ``rule_of_three`` 3 / n (Hanley and
        Lippman-Hand 1983), cut at 1. ``patient_weeks`` is n times the week: the most that the
        patients can have been watched. ``rate_lower``, ``rate_upper`` and
        ``rate_upper_one_sided`` are exact Poisson limits (Garwood 1936) in events per 100
        patient-years of that exposure, for counts of events and for none; a year is 52 weeks.
        ``setting`` is ``controlled`` where the placebo arm of the same trial prints a count of
        the same event by the same week. ``enters`` says whether the row belongs to the sum of
        `summed_events`, and ``reason`` why not. ``row`` is the row of safety.csv.

    Raises
    ------
    ValueError
        For an event that is not one of `EVENTS`, a level that is not between 0.5 and 1, or one
        text instead of a list.

    Examples
    --------
    >>> import atopic
    >>> found = adverse_events(atopic.load(), events=["sae"], studies=["kim-2017"])
    >>> found[["count", "n", "upper", "upper_one_sided"]].round(3).values.tolist()
    [[0, 34, 0.103, 0.084]]
    """
    chosen, wanted = _chosen_events(events), _names("studies", studies, "shin-2021")
    one_sided = _one_sided(level)
    frame = evidence.joined("safety", "arms", "studies").rename_axis("row").reset_index()
    keep = frame["event"].isin(chosen)
    if wanted:
        keep &= frame["study_id"].isin(wanted)
    elif not include_benchmarks:
        keep &= frame["studies.role"].eq("evidence")
    frame = frame[keep].rename(
        columns={
            "arms.role": "arm_role",
            "arms.label": "label",
            "arms.combined_arm": "combined_arm",
            "arms.dose": "dose",
            "arms.dose_unit": "dose_unit",
            "studies.role": "study_role",
            "studies.year": "year",
        }
    )
    frame = _with_limits(frame.assign(basis=_basis(frame)), level, one_sided)
    frame = _with_rates(frame, level, one_sided).assign(setting=_setting(frame))
    keys = pd.DataFrame(
        {
            "event": frame["event"].astype(str).map(list(EVENTS).index),
            "role": frame["study_role"].eq("benchmark"),
            "year": frame["year"].astype("float64"),
            "study": frame["study_id"],
            "placebo": frame["arm_role"].eq("placebo"),
            "n": -frame["n"].astype("float64"),
            "row": frame["row"],
        }
    )
    frame = frame.loc[keys.sort_values(list(keys.columns)).index].reset_index(drop=True)
    reason = _reasons(evidence, frame, include_low_confidence)
    return frame.assign(enters=reason.eq(""), reason=reason)[_COLUMNS]


def summed_events(adverse: pd.DataFrame) -> pd.DataFrame:
    """Return for each event the limits over independent arms taken together, if nobody had it.

    Parameters
    ----------
    adverse : DataFrame
        From `adverse_events`.

    Returns
    -------
    DataFrame
        One row an event for which two studies or more enter (``enters``) with no event at all:
        ``event``, ``studies``, ``rows`` (of safety.csv), ``count``, ``n``, ``basis``
        (``zero``), ``estimate``, ``lower``, ``upper``, ``upper_one_sided``, ``rule_of_three``,
        ``level`` and ``method``; ``patient_weeks`` and the rates over the arms of known length,
        with their patients in ``n_with_weeks``. Empty if there is no such event.

    Notes
    -----
    The patients need not share one risk. If their mean risk is p, nobody has the event with a
    probability of at most (1 - p)^n, because log(1 - p) is concave: the limit holds for the mean
    risk of these patients over the time each was watched (Hoeffding 1956).

    Examples
    --------
    >>> import atopic
    >>> summed = summed_events(adverse_events(atopic.load(), events=["sae"]))
    >>> summed[["n", "upper", "upper_one_sided"]].round(3).values.tolist()
    [[98.0, 0.037, 0.03]]
    """
    found = []
    for event, rows in adverse[adverse["enters"]].groupby("event", sort=False, observed=True):
        if rows["count"].ne(0).any():
            continue
        timed = rows[rows["patient_weeks"].notna()]
        found.append(
            {
                "study_id": "sum",
                "arm_id": "independent-arms",
                "event": event,
                "studies": "; ".join(rows["study_id"]),
                "rows": ", ".join(str(row) for row in sorted(rows["row"])),
                "patients_or_events": "patients",
                "count": 0,
                "n": int(rows["n"].sum()),
                "basis": "zero",
                "week": None,
                "patient_weeks": timed["patient_weeks"].sum() if len(timed) else None,
                "n_with_weeks": int(timed["n"].sum()),
            }
        )
    names = [
        *("study_id", "arm_id", "event", "studies", "rows", "count", "n", "basis", "estimate"),
        *("lower", "upper", "upper_one_sided", "rule_of_three", "level", "method"),
        *("n_with_weeks", "patient_weeks", "rate_lower", "rate_upper", "rate_upper_one_sided"),
    ]
    if not found:
        return pd.DataFrame(columns=names)
    level = float(adverse["level"].iloc[0])
    frame = _with_limits(pd.DataFrame(found), level, _one_sided(level))
    return _with_rates(frame, level, _one_sided(level))[names]


def event_rates(adverse: pd.DataFrame) -> pd.DataFrame:
    """Return the time at risk and the rates of events over it, where they are known.

    Parameters
    ----------
    adverse : DataFrame
        From `adverse_events`.

    Returns
    -------
    DataFrame
        The rows with a rate: ``study_id``, ``arm_id``, ``label``, ``event``, ``week``,
        ``week_basis``, ``count``, ``n``, ``patient_weeks``, ``rate_lower``, ``rate_upper`` and
        ``rate_upper_one_sided`` (events per 100 patient-years), ``level`` and ``row``.

    Examples
    --------
    >>> import atopic
    >>> rates = event_rates(adverse_events(atopic.load(), events=["sae"], studies=["kim-2017"]))
    >>> rates[["patient_weeks", "rate_upper"]].round(1).values.tolist()
    [[408.0, 47.0]]
    """
    names = ["study_id", "arm_id", "label", "event", "week", "week_basis", "count", "n"]
    names += ["patient_weeks", "rate_lower", "rate_upper", "rate_upper_one_sided", "level", "row"]
    return adverse.loc[adverse["rate_upper"].notna(), names].reset_index(drop=True)


def placebo_note(evidence: Evidence) -> str:
    """Say whether the placebo arms of cell-therapy trials print adverse events at all.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.

    Returns
    -------
    str
        One or two sentences.

    Examples
    --------
    >>> import atopic
    >>> placebo_note(atopic.load())[:61]
    'No count of adverse events was printed for any of the 5 place'
    """
    arms = evidence.joined("arms", "studies")
    placebo = arms[arms["role"].eq("placebo") & arms["studies.role"].eq("evidence")]
    if placebo.empty:
        return "There is no placebo arm in any cell-therapy trial here."
    safety = evidence.safety
    counted = safety[safety["count"].notna()].merge(placebo[["study_id", "arm_id"]])
    if len(counted):
        named = _listed(sorted(counted["study_id"].unique()))
        return (
            f"Placebo arms with a printed count: {named}, of {len(placebo)} placebo arms in "
            "cell-therapy trials."
        )
    return (
        f"No count of adverse events was printed for any of the {len(placebo)} placebo arms of "
        "cell-therapy trials, so nothing here can be compared with placebo: whether cells add a "
        "risk cannot be computed from what was printed."
    )


def silence_note(evidence: Evidence, adverse: pd.DataFrame, *, studies: Iterable[str] = ()) -> str:
    """Say which studies print no count of the events asked for, and what was not found.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    adverse : DataFrame
        From `adverse_events`, for these studies.
    studies : iterable of str, optional
        Study ids that were asked for; none given means the cell-therapy studies of the synthesis.

    Returns
    -------
    str
        One or more sentences; empty if all print a count.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> silence_note(evidence, adverse_events(evidence), studies=["kangstem-2019"])
    'No count of these events is printed for kangstem-2019: that is silence, not a count of zero.'
    """
    wanted = _names("studies", studies, "shin-2021")
    table = evidence.studies
    known = set(table["study_id"])
    sentences = [
        f"There is no study {study!r}{did_you_mean(study, known)}; see studies.csv for the ids."
        for study in wanted
        if study not in known
    ]
    used = table["role"].eq("evidence") & table["in_synthesis"].eq("yes")
    asked = [study for study in wanted if study in known] or (
        [] if wanted else table.loc[used, "study_id"].to_list()
    )
    counted = set(adverse.loc[adverse["count"].notna(), "study_id"])
    silent = [study for study in asked if study not in counted]
    if silent:
        sentences.append(
            f"No count of these events is printed for {_listed(silent)}: that is silence, not a "
            "count of zero."
        )
    return " ".join(sentences)


def _chosen_events(events: Iterable[str]) -> list[str]:
    chosen = _names("events", events, "sae")
    for event in chosen:
        if event not in EVENTS:
            near = did_you_mean(event, EVENTS)
            raise ValueError(f"events must be among {', '.join(EVENTS)}, not {event!r}{near}")
    return chosen or list(EVENTS)


def _names(what: str, names: Iterable[str], example: str) -> list[str]:
    if isinstance(names, str):
        raise ValueError(f"{what} must be a list, such as [{example!r}], not one text: {names!r}")
    return list(dict.fromkeys(names))


def _one_sided(level: float) -> float:
    """Return the level of the two-sided limits whose upper one is one-sided at `level`."""
    if not 0.5 < level < 1:
        raise ValueError(f"level must be between 0.5 and 1, such as 0.95, not {level!r}")
    return 2.0 * level - 1.0


def _basis(frame: pd.DataFrame) -> pd.Series:
    count, n = frame["count"].astype("float64"), frame["n"]
    basis = np.select(
        [count.isna(), n.isna(), count.eq(0), frame["patients_or_events"].eq("patients")],
        ["words-only", "events", "zero", "patients"],
        default="events",
    )
    return pd.Series(basis, index=frame.index, dtype="str")


def _with_limits(frame: pd.DataFrame, level: float, one_sided: float) -> pd.DataFrame:
    share, zero = frame["basis"].isin(["zero", "patients"]), frame["basis"].eq("zero")
    x, n = frame.loc[share, "count"].astype("int64"), frame.loc[share, "n"].astype("int64")
    size = frame.loc[zero, "n"].astype("int64")
    limits = proportions.interval(x, n, level=level)
    result = frame.assign(
        estimate=x / n,
        lower=pd.Series(limits.lower, index=x.index),
        upper=pd.Series(limits.upper, index=x.index),
        upper_one_sided=pd.Series(
            proportions.interval(0 * size, size, level=one_sided).upper, index=size.index
        ),
        rule_of_three=np.minimum(3.0 / size, 1.0),
        level=level,
        method=np.where(share, "clopper-pearson", "none"),
    )
    floats = ["estimate", "lower", "upper", "upper_one_sided", "rule_of_three"]
    return result.astype(dict.fromkeys(floats, "float64"))


def _with_rates(frame: pd.DataFrame, level: float, one_sided: float) -> pd.DataFrame:
    if "patient_weeks" not in frame:
        weeks = frame["n"].astype("float64") * frame["week"].astype("float64")
        frame = frame.assign(patient_weeks=weeks.where(weeks > 0))
    frame = frame.astype({"patient_weeks": "float64"})
    # Patients who had an event once are no count of events; nobody is none of either.
    counted = frame["basis"].isin(["zero", "events"]) & frame["patient_weeks"].notna()
    events = frame.loc[counted, "count"].astype("float64")
    hundred_years = frame.loc[counted, "patient_weeks"] / (100.0 * _WEEKS_PER_YEAR)
    two = incidence.interval(events, hundred_years, level)
    one = incidence.interval(events, hundred_years, one_sided)
    return frame.assign(
        rate_lower=pd.Series(two.lower, index=events.index, dtype="float64"),
        rate_upper=pd.Series(two.upper, index=events.index, dtype="float64"),
        rate_upper_one_sided=pd.Series(one.upper, index=events.index, dtype="float64"),
    )


def _setting(frame: pd.DataFrame) -> pd.Series:
    """Say which rows have a placebo arm of their own trial to be read against."""
    keys = ["study_id", "event", "week"]
    counted = frame[frame["basis"].isin(["zero", "patients"])]
    placebo = set(_keys_of(counted[counted["arm_role"].eq("placebo")], keys))
    active = set(_keys_of(counted[~counted["arm_role"].eq("placebo")], keys))
    both = [key in placebo & active for key in _keys_of(frame, keys)]
    return pd.Series(np.where(both, "controlled", "uncontrolled"), index=frame.index, dtype="str")


def _keys_of(frame: pd.DataFrame, keys: list[str]) -> list[tuple[str, ...]]:
    return [tuple(map(str, values)) for values in frame[keys].itertuples(index=False)]


def _reasons(evidence: Evidence, frame: pd.DataFrame, low: bool) -> pd.Series:
    """Return why a row stays out of the sum of independent arms; empty if it enters."""
    studies = evidence.studies.set_index("study_id")
    with_placebo = set(evidence.arms.loc[evidence.arms["role"].eq("placebo"), "study_id"])
    reasons = pd.Series("", index=frame.index, dtype="str")
    for row in records(frame):
        study = studies.loc[row.study_id]
        if row.study_role != "evidence" or row.arm_role != "experimental":
            reason = "no cell-therapy arm"
        elif row.basis == "words-only":
            reason = "no count printed"
        elif row.basis == "events":
            reason = "a count of events is no share of patients"
        elif study["in_synthesis"] != "yes":
            reason = "study outside the synthesis"
        elif row.confidence == "low" and not low:
            reason = "low confidence"
        elif row.combined_arm == "yes" and row.study_id in with_placebo:
            reason = "the combined arm may hold placebo patients"
        else:
            continue
        reasons[row.Index] = reason
    for _, rows in frame[reasons.eq("")].groupby("event", observed=True):
        _leave_out_twice(rows, studies, reasons)
    for _, rows in frame[reasons.eq("")].groupby("event", observed=True):
        if rows["study_id"].nunique() < 2:
            reasons[rows.index] = "no second study"
    return reasons


def _leave_out_twice(rows: pd.DataFrame, studies: pd.DataFrame, reasons: pd.Series) -> None:
    """Give a reason to each row whose patients stand in another row of the same event."""
    sure = rows.assign(
        sure=rows["confidence"].astype(str).map(_SURE), part=rows["combined_arm"].ne("yes")
    )
    arms: set[tuple[str, str]] = set()
    combined: set[str] = set()
    entering = set(rows["study_id"])
    for row in records(
        sure.sort_values(["part", "sure", "n", "row"], ascending=[True, True, False, True])
    ):
        study = studies.loc[row.study_id]
        if study["patients_shared_with_parent"] == "yes" and study["parent_study_id"] in entering:
            reasons[row.Index] = f"same patients as {study['parent_study_id']}"
        elif (row.study_id, row.arm_id) in arms:
            reasons[row.Index] = "the arm is already counted"
        elif row.study_id in combined:
            reasons[row.Index] = "part of an arm already counted"
        else:
            arms.add((row.study_id, row.arm_id))
            if row.combined_arm == "yes":
                combined.add(row.study_id)


def _listed(items: Iterable[object]) -> str:
    *most, last = [str(item) for item in items]
    return f"{', '.join(most)} and {last}" if most else last
