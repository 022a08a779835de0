"""Response rates: which share of an arm responded, how sure that is, and what kind of number it is.

Evidence in, a tidy frame of estimates out: one row an arm, outcome, week and analysis set.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atopic import proportions
from atopic.evidence import Evidence
from atopic.selection import ordered, selected
from atopic.tables import records

__all__ = [
    "PlaceboReference",
    "contradictions_note",
    "placebo_reference",
    "response_rates",
    "sources_of",
]

COLUMNS = [
    "study_id",
    "arm_id",
    "outcome",
    "week",
    "week_basis",
    "analysis_set",
    "setting",
    "label",
    "dose",
    "dose_unit",
    "arm_role",
    "study_role",
    "combined_arm",
    "background_topicals",
    "responders",
    "n",
    "n_basis",
    "percent_printed",
    "basis",
    "basis_rule",
    "candidates",
    "estimate",
    "lower",
    "upper",
    "lower_min",
    "upper_max",
    "level",
    "method",
    "source_id",
    "locator",
    "confidence",
    "row",
]


@dataclass(frozen=True)
class PlaceboReference:
    """What placebo alone does on an outcome, as a published pooled estimate.

    Attributes
    ----------
    estimate, lower, upper : float
        Share of responders (0 to 1) and the limits of the printed interval.
    level : float
        Confidence level of that interval.
    week : int
        Week it was measured at.
    label : str
        What was pooled.
    study_id, source_id : str
        Where it comes from.
    row : int
        Row of responses.csv.
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


def response_rates(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    include_benchmarks: bool = False,
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return the response rate of every arm that reports an outcome.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    outcome : str
        A responder outcome, for example ``"EASI-50"``.
    weeks : iterable of int, optional
        Weeks after the first dose; none given means every week. A response whose week differs
        between patients belongs to no week and is always kept.
    studies : iterable of str, optional
        Study ids; none given means every cell-therapy study.
    include_benchmarks : bool, optional
        Whether drug and placebo benchmark trials are added when no study is named.
    level : float, optional
        Confidence level of the intervals.
    method : str, optional
        One of `atopic.proportions.METHODS`.

    Returns
    -------
    DataFrame
        One row an arm, in the order of `atopic.selection.ordered`.
        ``responders`` and ``n`` are the counts that the estimate rests on (see
        `atopic.derivation.derive`); ``estimate``, ``lower`` and ``upper`` are shares from 0 to 1.
        Where several counts fit the printed percentage, ``candidates`` lists them and
        ``lower_min`` and ``upper_max`` reach over the intervals of all of them. Where no count may
        be derived, ``estimate`` is the printed percentage and there is no interval, unless the
        source printed one. ``row`` is the row of responses.csv. Empty if nothing matches:
        `atopic.selection.selection_note` says what there is.

    Raises
    ------
    ValueError
        For a level or method that `atopic.proportions.interval` refuses.

    Examples
    --------
    >>> import atopic
    >>> from atopic.rates import response_rates
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
        include_benchmarks=include_benchmarks,
    )
    frame = _with_intervals(frame, level, method)
    return ordered(frame)[COLUMNS]


def placebo_reference(evidence: Evidence, outcome: str) -> PlaceboReference | None:
    """Return the published pooled placebo response on an outcome, if the evidence has one.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    outcome : str
        A responder outcome.

    Returns
    -------
    PlaceboReference or None
        None if no pooled placebo row with a printed interval reports the outcome.

    Examples
    --------
    >>> import atopic
    >>> placebo_reference(atopic.load(), "EASI-50").estimate
    0.399
    """
    frame = evidence.joined("responses", "arms")
    pooled = frame[
        (frame["outcome"] == outcome)
        & (frame["analysis_set"] == "pooled")
        & (frame["arms.role"] == "placebo")
        & frame["ci_low"].notna()
        & frame["percent_printed"].notna()
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


def sources_of(evidence: Evidence, rates: pd.DataFrame) -> pd.DataFrame:
    """Return where the rates were printed: one row a source.

    Parameters
    ----------
    evidence : Evidence
        The evidence that the rates come from.
    rates : DataFrame
        From `response_rates`.

    Returns
    -------
    DataFrame
        Columns ``source_id``, ``kind``, ``citation``, ``url``, ``locator`` (the places in the
        source) and ``rows`` (of responses.csv), in the order in which the rates use them.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-75", weeks=[16])
    >>> sources_of(evidence, rates)[["source_id", "locator", "rows"]].values.tolist()
    [['atmsc-2025-abstract', 'abstract', '23, 24']]
    """
    used = rates.groupby("source_id", sort=False).agg(
        locator=("locator", lambda places: "; ".join(dict.fromkeys(places.dropna()))),
        rows=("row", lambda rows: ", ".join(str(row) for row in sorted(rows))),
    )
    columns = ["source_id", "kind", "citation", "url", "locator", "rows"]
    return used.reset_index().merge(evidence.sources, on="source_id", how="left")[columns]


def contradictions_note(evidence: Evidence, rates: pd.DataFrame) -> str:
    """Say which of the rates rest on figures that their sources print in contradiction.

    Parameters
    ----------
    evidence : Evidence
        The evidence that the rates come from.
    rates : DataFrame
        From `response_rates`.

    Returns
    -------
    str
        One sentence for each declared contradiction; empty if there is none.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> note = contradictions_note(evidence, response_rates(evidence, "EASI-50", weeks=[104]))
    >>> note[:68]
    'The source of kangstem-2019-follow-up, week 104, contradicts itself:'
    """
    if "contradictions" not in evidence:
        return ""
    declared = evidence.contradictions.query("table == 'responses'")
    keys = ["study_id", "arm_id", "outcome", "week"]
    touched = declared.merge(rates[keys].drop_duplicates(), on=keys)
    return " ".join(
        f"The source of {row.study_id}, week {row.week}, contradicts itself: {row.reason}."
        for row in records(touched)
    )


def _with_intervals(frame: pd.DataFrame, level: float, method: str) -> pd.DataFrame:
    counted = frame["n_used"].notna()
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
    texts = ["; ".join(f"{x}/{n}" for x, n in pairs) for pairs in frame["candidates"]]
    return result.assign(candidates=pd.Series(texts, index=frame.index, dtype="str"))


def _shares(percentages: pd.Series) -> pd.Series:
    """Return percentages as shares with the digits they were printed with (39.9 is 0.399)."""
    return (pd.to_numeric(percentages) / 100).round(12)
