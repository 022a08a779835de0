"""Response rates: which share of an arm responded, how sure that is, and what kind of number it is.

Evidence in, a tidy frame of estimates out: one row an arm, outcome, week and analysis set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atopic.display.numbers import interval_name, percent_with_limits, study_name
from atopic.evidence.controls import CONTROLLED, CONTROLS
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.provenance import contradictions_of
from atopic.evidence.selection import as_names, ordered, selected
from atopic.evidence.several_sources import preferred_rows
from atopic.questions.asked import asked
from atopic.review import time_point
from atopic.stats import proportions
from atopic.stats.results import Result

_COLUMNS = [
    *("study_id", "arm_id", "outcome", "week", "week_basis", "analysis_set", "setting", "label"),
    *("agent", "dose", "dose_unit", "arm_role", "study_role", "combined_arm"),
    *("background_topicals", "responders", "n", "n_basis", "percent_printed", "basis"),
    *("basis_rule", "candidates", "estimate", "lower", "upper", "lower_min", "upper_max", "level"),
    *("method", "direction", "contradiction", "source_id", "count_source_id", "n_source_id"),
    *("locator", "confidence", "row"),
]
#: Of these, what is computed here; and what is read for it and shown nowhere.
_COMPUTED = {"estimate", "lower", "upper", "lower_min", "upper_max", "level", "method"}
_COMPUTED |= {"direction", "contradiction"}
_READ = [name for name in _COLUMNS if name not in _COMPUTED]
_READ += ["responders_used", "n_used", "ci_low", "ci_high", "confidence_level", "year"]


@dataclass(frozen=True, repr=False)
class PlaceboReference(Result):
    """What placebo alone does on an outcome, as a published pooled estimate.

    Attributes
    ----------
    estimate, lower, upper : float; share of responders (0 to 1) and the limits of the printed
        interval.
    level : float; confidence level of that interval.
    week : int; week it was measured at.
    label : str; what was pooled.
    study_id, source_id : str; where it comes from.
    row : int; row of responses.csv.
    """

    estimate: float
    lower: float
    upper: float
    level: float
    week: int
    label: str
    study_id: str
    source_id: str
    row: int

    def _first(self) -> str:
        rate = percent_with_limits(self.estimate, self.lower, self.upper)
        return f"{rate}, {interval_name(self.level)}: {self.label}, {time_point(self.week)}"

    def _model(self) -> str:
        return f"{study_name(self.study_id)}, responses.csv row {self.row}."


@asked("responses")
@once
def response_rates(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return the response rate of every arm that reports an outcome.

    Parameters
    ----------
    outcome : str; a responder outcome, for example ``"EASI-50"``.
    weeks : iterable of int; weeks after the first dose; none given means every week. A response
        whose week differs between patients belongs to no week and is always kept.
    studies : iterable of str; study ids; none given means every cell-therapy study.
    exclude : iterable of str; ids of studies to leave out.
    controlled : bool; whether only results of placebo-controlled periods are kept.
    include_benchmarks : bool; whether drug and placebo benchmark trials are added when no study is
        named.
    method : str; one of `atopic.stats.proportions.METHODS`.

    Returns
    -------
    DataFrame: one row an arm, in the order of `atopic.evidence.selection.ordered`. ``responders``
        and ``n`` are the counts that the estimate rests on (see
        `atopic.evidence.derivation.derive`); ``estimate``, ``lower`` and ``upper`` are shares from
        0 to 1. Where several counts fit the printed percentage, ``candidates`` lists them and
        ``lower_min`` and ``upper_max`` reach over the intervals of all of them. Where no count may
        be derived, ``estimate`` is the printed percentage and there is no interval, unless the
        source printed one; nor is there one around counts summed over several trials. ``direction``
        is ``lower-is-better`` for outcomes that count non-responders, ``contradiction`` the id of a
        declared contradiction, and ``row`` the row of responses.csv. Never empty, unless the
        evidence answers with no rows (see `atopic.load`).

    Raises
    ------
    UsageError: for an outcome, study or week that there is not, with what there is.
    ValueError: for a level or method that `atopic.stats.proportions.interval` refuses, and for
        weeks or studies that `atopic.evidence.selection.selected` refuses.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import response_rates
    >>> rates = response_rates(atopic.load(), "EASI-50", studies=["shin-2021"])
    >>> rates[["responders", "n", "estimate", "lower", "upper"]].round(4).values.tolist()
    [[4, 5, 0.8, 0.2836, 0.9949]]
    """
    frame = selected(
        evidence,
        "responses",
        outcome,
        weeks=weeks,
        studies=studies,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
        columns=_READ,
    )
    frame = _with_intervals(frame, level, method).assign(
        direction=_direction(evidence, outcome), contradiction=contradictions_of(evidence, frame)
    )
    return ordered(frame)[_COLUMNS]


@asked("responses", benchmarks=True)
def placebo_arms(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    trials: Iterable[str] | None = None,
    sets: bool = True,
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return the placebo arms of placebo-controlled periods, and published pools of them.

    They are context: patients, background treatment and definitions differ, so none of them may
    take the place of a control group.

    Parameters
    ----------
    evidence, outcome, weeks, level, method : as in `response_rates`.
    trials : iterable of str; ids of the cell-therapy trials whose placebo arms are wanted; None
        means every one. Those of benchmark trials are always among them.
    sets : bool; whether pools and other sets made of several trials are kept, whose trials may have
        rows of their own, and every source of a rate that several print.

    Returns
    -------
    DataFrame: as from `response_rates`.

    Examples
    --------
    >>> import atopic
    >>> arms = placebo_arms(atopic.load(), "EASI-50", weeks=[12], trials=["kangstem-2019"])
    >>> arms[["study_id", "estimate"]].round(3).values.tolist()[:2]
    [['kangstem-2019', 0.272], ['dupilumab-m12', 0.352]]
    """
    rates = response_rates(
        evidence, outcome, weeks=weeks, include_benchmarks=True, level=level, method=method
    )
    kept = rates["arm_role"].isin(CONTROLS) & rates["setting"].isin([*CONTROLLED, "pooled"])
    if trials is not None:
        wanted = rates["study_id"].isin(as_names("trials", trials))
        kept &= wanted | rates["study_role"].eq("benchmark")
    if not sets:
        designs = rates["study_id"].map(evidence.studies.set_index("study_id")["design"])
        kept &= rates["setting"].ne("pooled") & ~designs.isin(["pooled-analysis", "umbrella"])
        kept &= preferred_rows(rates)
    return rates[kept].reset_index(drop=True)


@asked()
def placebo_reference(evidence: Evidence, outcome: str) -> PlaceboReference | None:
    """Return the published pooled placebo response on an outcome, if the evidence has one.

    None if no pooled placebo row with a printed interval reports the outcome.

    >>> import atopic
    >>> placebo_reference(atopic.load(), "EASI-50").estimate
    0.399
    """
    frame = evidence.joined("responses", "arms", "studies")
    pooled = frame[
        (frame["outcome"] == outcome)
        & (frame["analysis_set"] == "pooled")
        & (frame["arms.role"] == "placebo")
        & frame[["ci_low", "percent_printed", "confidence_level", "week"]].notna().all(axis=1)
    ]
    pooled = pooled.assign(
        estimate=_shares(pooled["percent_printed"]),
        lower=_shares(pooled["ci_low"]),
        upper=_shares(pooled["ci_high"]),
        level=_shares(pooled["confidence_level"]),
        label=pooled["arms.label"],
    )
    for row in records(pooled):
        return PlaceboReference(
            estimate=row.estimate,
            lower=row.lower,
            upper=row.upper,
            level=row.level,
            week=int(row.week),
            label=row.label,
            study_id=row.study_id,
            source_id=row.source_id,
            row=int(row.Index),
        )
    return None


def _direction(evidence: Evidence, outcome: str) -> str:
    rows = evidence.instruments
    found = rows.loc[rows["outcome"].eq(outcome), "direction"]
    return str(found.iloc[0]) if len(found) else ""


def _with_intervals(frame: pd.DataFrame, level: float, method: str) -> pd.DataFrame:
    # Counts summed over trials of different length are not one sample.
    counted = frame["n_used"].notna() & ~frame["setting"].eq("pooled")
    used = frame.loc[counted]
    x, n = used["responders_used"].astype("int64"), used["n_used"].astype("int64")
    central = proportions.interval(x, n, level=level, method=method)
    percent = _shares(frame["percent_printed"])
    result = frame.assign(
        responders=frame["responders_used"],
        n=frame["n_used"].fillna(frame["n"]),
        estimate=(frame["responders_used"] / frame["n_used"]).astype("float64").fillna(percent),
        lower=_shares(frame["ci_low"]).where(~counted),
        upper=_shares(frame["ci_high"]).where(~counted),
        level=_shares(frame["confidence_level"]).where(~counted, level),
        method=np.where(counted, method, np.where(frame["ci_low"].notna(), "printed", "none")),
    )
    result.loc[counted, "lower"] = central.lower
    result.loc[counted, "upper"] = central.upper
    result["lower_min"], result["upper_max"] = result["lower"], result["upper"]
    for row, pairs in used.loc[used["basis"].eq("ambiguous"), "candidates"].items():
        xs, ns = np.array(pairs).T
        every = proportions.interval(xs, ns, level=level, method=method)
        result.loc[row, ["lower_min", "upper_max"]] = every.lower.min(), every.upper.max()
    return result


def _shares(percentages: pd.Series) -> pd.Series:
    """Return percentages as shares with the digits they were printed with (39.9 is 0.399)."""
    return (pd.to_numeric(percentages) / 100).round(12)
