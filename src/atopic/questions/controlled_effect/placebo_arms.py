"""What placebo alone did: the placebo arms of these trials beside those of drug trials."""

from collections.abc import Iterable

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.questions.response_rates.estimates import response_rates

__all__ = ["placebo_arms"]


def placebo_arms(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    trials: Iterable[str] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the placebo arms of trials and, as context, those of all benchmark trials.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    outcome : str
        A responder outcome.
    weeks : iterable of int, optional
        Weeks after the first dose; none given means every week.
    trials : iterable of str, optional
        Ids of the trials whose own placebo arms are wanted.
    level : float, optional
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        Rows of `atopic.questions.response_rates.estimates.response_rates`: placebo arms of
        placebo-controlled periods, and published pools of them. They are context: patients,
        background treatment and definitions differ, so none of them may take the place of a control
        group.

    Examples
    --------
    >>> import atopic
    >>> arms = placebo_arms(atopic.load(), "EASI-50", weeks=[12], trials=["kangstem-2019"])
    >>> arms[["study_id", "estimate"]].round(3).values.tolist()[:2]
    [['kangstem-2019', 0.272], ['dupilumab-m12', 0.352]]
    """
    rates = response_rates(evidence, outcome, weeks=weeks, include_benchmarks=True, level=level)
    kept = rates["arm_role"].eq("placebo") & rates["setting"].isin(["controlled", "pooled"])
    wanted = rates["study_role"].eq("benchmark") | rates["study_id"].isin(list(trials))
    return rates[kept & wanted].reset_index(drop=True)
