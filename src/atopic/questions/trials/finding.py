"""How the placebo-controlled trials came out, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import counted, more_per_hundred, more_span
from atopic.display.numbers import listed
from atopic.evidence.csv_rows import records

__all__ = ["trials_finding"]


def trials_finding(trials: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of all trials.

    Parameters
    ----------
    trials : from `placebo_trials`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.trials import placebo_trials
    >>> trials_finding(placebo_trials(atopic.load()))["number"]
    '1 of 3'
    """
    if trials.empty:
        return {"words": "There is no placebo-controlled trial of cells."}
    rates = trials[trials["known"].eq("rates")]
    whole = trials["study_id"].nunique()
    every = counted(whole, "placebo-controlled trial")
    if rates.empty:
        return {
            "words": f"Not reported in what was read: the rates of both groups in any of {every}."
        }
    apart = rates[(rates["lower_min"] > 0) | (rates["upper_max"] < 0)]
    several, clear = rates["study_id"].nunique(), apart["study_id"].nunique()
    found = [_said(row) for row in records(rates)]
    reported = counted(several, "of them", "of them")
    differ = "differs" if clear == 1 else "differ"
    return {
        "words": f"There {'is' if whole == 1 else 'are'} {every} of cells; {reported} reported the "
        f"rates of both groups. {'; '.join(found)}.",
        "number": f"{clear} of {several}",
        "unit": f"trials with rates of both groups {differ} clearly from placebo",
        "notes": [_only_p(trials), _goals(trials)],
    }


def _said(row: Any) -> str:
    """Return how many more responded in one trial, with the limits."""
    if pd.isna(row.lower_min):
        return f"{row.short_name}: {more_per_hundred(row.estimate)} responders per 100"
    limits = more_span(row.lower_min, row.upper_max)
    return f"{row.short_name}: {more_per_hundred(row.estimate)} responders per 100 ({limits})"


def _only_p(trials: pd.DataFrame) -> str:
    words = []
    for known, said in (("only-p", "only a P value"), ("none", "no result to compare")):
        names = list(dict.fromkeys(trials.loc[trials["known"].eq(known), "short_name"]))
        if names:
            words.append(f"Of {listed(names)} {said} was read.")
    return " ".join(words)


def _goals(trials: pd.DataFrame) -> str:
    each = trials.drop_duplicates("study_id")
    goals = each["primary_met"].astype(str).value_counts()
    parts = [
        f"{said} in {goals[goal]}"
        for goal, said in (("yes", "met"), ("no", "missed"), ("unknown", "not known"))
        if goals.get(goal, 0)
    ]
    return f"The primary endpoint was {listed(parts)}."
