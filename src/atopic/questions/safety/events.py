"""What was printed of adverse events, arm by arm."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from atopic.evidence.controls import control_kinds, is_control, is_controlled, setting_of
from atopic.evidence.folder import Evidence
from atopic.evidence.once import once
from atopic.evidence.pooling_groups import pooled_with
from atopic.evidence.selection import as_names, of_studies
from atopic.evidence.vocabulary import in_order
from atopic.questions.asked import asked
from atopic.questions.safety.limits import with_limits, with_rates
from atopic.questions.safety.which_may_be_summed import reasons_to_stay_out

#: What is counted, in words, the most serious first.
EVENTS = {
    "sae": "Serious adverse event",
    "treatment-related-sae": "Serious adverse event called treatment-related",
    "ae-any": "Any adverse event",
    "drug-related-ae": "Adverse event called drug-related",
    "discontinuation-due-to-ae": "Discontinued because of an adverse event",
    "discontinuation-lack-of-effect": "Discontinued for lack of effect",
}

_COLUMNS = [
    *("study_id", "arm_id", "event", "week", "week_basis", "label", "dose", "dose_unit"),
    *("agent", "pooled_with", "arm_role", "study_role", "combined_arm", "setting"),
    *("patients_or_events", "count", "n"),
    *("n_basis", "basis", "estimate", "lower", "upper", "upper_one_sided", "rule_of_three"),
    *("level", "method", "patient_weeks", "rate_lower", "rate_upper", "rate_upper_one_sided"),
    *("enters", "reason", "source_id", "locator", "confidence", "row"),
]


@asked()
@once
def adverse_events(
    evidence: Evidence,
    *,
    events: Iterable[str] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
    include_low_confidence: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return what was printed of adverse events by arm, with exact limits.

    Parameters
    ----------
    events : iterable of str; words of `EVENTS` or of the table; none given means all.
    studies : iterable of str; study ids; none given means every cell-therapy study.
    exclude : iterable of str; ids of studies to leave out.
    controlled : bool; whether only rows are kept whose ``setting`` is ``controlled``.
    include_benchmarks : bool; whether benchmark trials are added when no study is named.
    include_low_confidence : bool; whether rows graded low may enter the sum of `summed_events`;
        they are returned anyhow.
    level : float; confidence level of the limits; more than 0.5.

    Returns
    -------
    DataFrame: one row a row of safety.csv, in the order of `EVENTS`, own words of the folder after
        them, then cells before benchmarks,
        by year, the more patients first. ``basis`` is ``patients`` (a count of patients), ``zero``
        (no event, so no patient), ``events`` (a count of events, which is no share of patients) or
        ``words-only`` (no count read). For the first two, ``estimate``, ``lower`` and ``upper``
        are a share and its Clopper-Pearson limits; where nobody had the event, ``upper_one_sided``
        is the one-sided exact limit and ``rule_of_three`` 3 / n (Hanley and Lippman-Hand 1983), cut
        at 1. ``patient_weeks`` is n times the week: the most that the patients can have been
        watched. ``rate_lower``, ``rate_upper`` and ``rate_upper_one_sided`` are exact Poisson
        limits (Garwood 1936) in events per 100 patient-years of that exposure, for counts of events
        and for none; a year is 52 weeks. ``setting`` is that of the control group where the control
        arm of the same trial prints a count of the same event by the same week. ``enters`` says
        whether the row belongs to a sum of `summed_events`, and ``reason`` why not;
        ``pooled_with`` is the agent, class or "all" that is summed together. ``row`` is
        the row of safety.csv.

    Raises
    ------
    ValueError: for an event that is neither, a level that is not between 0.5 and 1, or
        one text instead of a list.

    Examples
    --------
    >>> import atopic
    >>> found = adverse_events(atopic.load(), events=["sae"], studies=["kim-2017"])
    >>> found[["count", "n", "upper", "upper_one_sided"]].round(3).values.tolist()
    [[0, 34, 0.103, 0.084]]
    """
    known = in_order(evidence.safety["event"], EVENTS)
    chosen = as_names("events", events, known) or known
    frame = of_studies(
        evidence, "safety", studies, exclude=exclude, include_benchmarks=include_benchmarks
    )
    columns = [name for name in frame if name in (*_COLUMNS, "year")]
    frame = frame.loc[frame["event"].isin(chosen), columns].reset_index(drop=True)
    frame = with_limits(frame.assign(basis=_basis(frame)), level)
    frame = with_rates(frame, level).assign(setting=_setting(evidence, frame))
    if controlled:
        frame = frame[is_controlled(frame)].reset_index(drop=True)
    keys = pd.DataFrame(
        {
            "event": frame["event"].astype(str).map(known.index),
            "role": frame["study_role"].eq("benchmark"),
            "year": frame["year"].astype("float64"),
            "study": frame["study_id"],
            "placebo": is_control(frame),
            "n": -frame["n"].astype("float64"),
            "row": frame["row"],
        }
    )
    frame = frame.loc[keys.sort_values(list(keys.columns)).index].reset_index(drop=True)
    classes = evidence.studies.set_index("study_id")["intervention_class"]
    frame = frame.assign(**{"studies.intervention_class": frame["study_id"].map(classes)})
    frame = frame.assign(pooled_with=pooled_with(frame, evidence.review.pool_by))
    reason = reasons_to_stay_out(evidence, frame, include_low_confidence)
    return frame.assign(enters=reason.eq(""), reason=reason)[_COLUMNS]


def event_rates(adverse: pd.DataFrame) -> pd.DataFrame:
    """Return the time at risk and the rates of events over it, where they are known.

    The rows with a rate: ``study_id``, ``arm_id``, ``label``, ``event``, ``week``, ``week_basis``,
    ``count``, ``n``, ``patient_weeks``, ``rate_lower``, ``rate_upper`` and ``rate_upper_one_sided``
    (events per 100 patient-years), ``level`` and ``row``. `adverse` is from `adverse_events`.

    >>> import atopic
    >>> rates = event_rates(adverse_events(atopic.load(), events=["sae"], studies=["kim-2017"]))
    >>> rates[["patient_weeks", "rate_upper"]].round(1).values.tolist()
    [[408.0, 47.0]]
    """
    names = ["study_id", "arm_id", "label", "event", "week", "week_basis", "count", "n"]
    names += ["patient_weeks", "rate_lower", "rate_upper", "rate_upper_one_sided", "level", "row"]
    return adverse.loc[adverse["rate_upper"].notna(), names].reset_index(drop=True)


def _basis(frame: pd.DataFrame) -> pd.Series:
    count, n = frame["count"].astype("float64"), frame["n"]
    basis = np.select(
        [count.isna(), n.isna(), count.eq(0), frame["patients_or_events"].eq("patients")],
        ["words-only", "events", "zero", "patients"],
        default="events",
    )
    return pd.Series(basis, index=frame.index, dtype="str")


def _setting(evidence: Evidence, frame: pd.DataFrame) -> pd.Series:
    """Say which rows have a control arm of their own trial to be read against, and of what kind."""
    kinds = frame["study_id"].map(control_kinds(evidence.arms, evidence.studies)).fillna("")
    settings = kinds.map(lambda kind: setting_of(kind) if kind else "uncontrolled")
    frame = frame.assign(setting=settings)
    keys = ["study_id", "event", "week"]
    counted = frame[frame["basis"].isin(["zero", "patients"])]
    control = set(_keys_of(counted[is_control(counted)], keys))
    active = set(_keys_of(counted[~is_control(counted)], keys))
    both = pd.Series([key in control & active for key in _keys_of(frame, keys)], frame.index)
    return settings.where(both, "uncontrolled").astype("str")


def _keys_of(frame: pd.DataFrame, keys: list[str]) -> list[tuple[str, ...]]:
    return [tuple(map(str, values)) for values in frame[keys].itertuples(index=False)]
