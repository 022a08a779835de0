"""Response rates at every printed week, a follow-up beside the study it follows."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.several_sources import preferred_rows
from atopic.questions.asked import asked
from atopic.questions.response_rates import response_rates

#: What has no place on an axis of weeks after the first dose, beside a share of all patients.
_ELSEWHERE = ["pooled", "best-response", "maintained"]


@asked("responses")
def responses_over_time(
    evidence: Evidence,
    outcome: str,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    every_source: bool = False,
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return the response rates of each arm at every printed week.

    Parameters
    ----------
    studies : iterable of str; study ids; none given means every cell-therapy study.
    exclude, controlled : as in `atopic.evidence.selection.selected`.
    every_source : bool; whether a rate that several sources give stays in a row of each; else only
        the rows of `atopic.evidence.several_sources.preferred_rows`, so that no arm counts twice.
    level, method : as in `atopic.questions.response_rates.response_rates`.

    Returns
    -------
    DataFrame: the rows of `atopic.questions.response_rates.response_rates` with a week, and
        ``cohort``: the study in which the patients were treated, so that a follow-up stands with
        its parent. By cohort, then by week. Best responses, response kept among earlier responders
        and pooled rates are left out: they are not shares of one set of patients at one week.

    Raises
    ------
    ValueError: as `atopic.questions.response_rates.response_rates`.

    Examples
    --------
    >>> import atopic
    >>> frame = responses_over_time(atopic.load(), "EASI-50")
    >>> frame.loc[frame["cohort"].eq("kangstem-2019"), "week"].to_list()
    [12, 12, 52, 104, 156]
    """
    rates = response_rates(
        evidence, outcome, studies=studies, exclude=exclude, controlled=controlled, level=level,
        method=method,
    )  # fmt: skip
    rates = rates[rates["week"].notna() & ~rates["setting"].isin(_ELSEWHERE)]
    if not every_source:
        rates = rates[preferred_rows(rates)]
    parents = _parents(evidence)
    cohort = [parents.get(study, study) for study in rates["study_id"]]
    rates = rates.assign(cohort=pd.Series(cohort, index=rates.index, dtype="str"))
    first = {name: place for place, name in enumerate(dict.fromkeys(cohort))}
    order = pd.DataFrame({"cohort": rates["cohort"].map(first), "week": rates["week"].astype(int)})
    rows = order.sort_values(["cohort", "week"], kind="stable").index
    return rates.loc[rows].reset_index(drop=True)


def all_rates(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return several frames of rates as one, for their sources and remarks.

    Parameters
    ----------
    *frames : DataFrame; with ``row`` and the columns of
        `atopic.questions.response_rates.response_rates`.

    Returns
    -------
    DataFrame: each row of responses.csv once.

    Examples
    --------
    >>> import atopic
    >>> rates = responses_over_time(atopic.load(), "EASI-50")
    >>> len(all_rates(rates, rates)) == len(rates)
    True
    """
    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    return pd.concat(filled, ignore_index=True).drop_duplicates("row", ignore_index=True)


def _parents(evidence: Evidence) -> dict[str, str]:
    """Return for each study whose patients were treated in another one that other study."""
    studies = evidence.studies
    shared = studies[studies["patients_shared_with_parent"].eq("yes")]
    return dict(zip(shared["study_id"], shared["parent_study_id"], strict=True))
