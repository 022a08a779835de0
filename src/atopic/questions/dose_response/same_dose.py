"""The same dose of the same product in other studies, and what their placebo arms did."""

from __future__ import annotations

import pandas as pd

from atopic.evidence.controls import is_control
from atopic.evidence.folder import Evidence
from atopic.questions.asked import asked
from atopic.questions.dose_response.arms import DoseArms
from atopic.questions.response_rates import response_rates

#: What an arm shares with one of the study to have had the same treatment.
_SAME = ["agent", "route", "dose", "dose_unit", "administrations", "interval_weeks"]
_SAME += ["background_topicals"]


@asked()
def same_dose(evidence: Evidence, arms: DoseArms, *, level: float = 0.95) -> pd.DataFrame:
    """Return what other studies report of a dose of this one, with their placebo arms.

    Rows of `atopic.questions.response_rates.response_rates` for the same outcome and week: the arms
    of this study whose dose, product, route, number and interval of administrations, and topicals
    beside, were given in another study too, the arms of those, and the placebo arms of the trials
    among them, with their ``interval_weeks``. Empty if no other study did so. `arms` is from
    `dose_arms`, with counts.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> evidence = atopic.load()
    >>> found = same_dose(evidence, dose_arms(evidence, "kim-2017", "EASI-50", week=12))
    >>> found[["study_id", "arm_id"]].values.tolist()[-1]
    ['kim-2017', 'phase-2a-high']
    >>> len(found)
    6
    """
    every = response_rates(
        evidence, arms.outcome, weeks=[arms.week], include_benchmarks=True, level=level
    )
    if arms.kind == "means" or arms.frame.empty:
        return every.iloc[:0].assign(interval_weeks=[])
    every = every[every["week"].eq(arms.week).fillna(False).astype(bool)]
    keys = ["study_id", "arm_id"]
    treated = every.merge(
        evidence.arms[[*keys, "route", "administrations", "interval_weeks"]], on=keys
    )
    treated = treated[treated["dose"].gt(0) & treated["combined_arm"].eq("no")]
    mine = treated[treated["study_id"].eq(arms.study_id)]
    others = treated[~treated["study_id"].eq(arms.study_id)].merge(mine[_SAME].drop_duplicates())
    again = mine.merge(others[_SAME].drop_duplicates())
    rows = {*others["row"], *again["row"]} if len(others) else set[int]()
    trials = {*others["study_id"], *again["study_id"]} if len(others) else set[str]()
    placebo = is_control(every) & every["study_id"].isin(trials)
    found = every[every["row"].isin(rows) | placebo]
    every_weeks = evidence.arms.set_index(keys)["interval_weeks"].to_dict()
    pairs = zip(found["study_id"], found["arm_id"], strict=True)
    return found.assign(interval_weeks=[every_weeks[pair] for pair in pairs]).reset_index(drop=True)
