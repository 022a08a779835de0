"""How long a response was seen to last, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import (
    Graded,
    interval_words,
    of_hundred,
    outcome_words,
    rated,
    shares_span,
)
from atopic.display.numbers import listed, study_name
from atopic.evidence.folder import Evidence

__all__ = ["durability_finding"]


def durability_finding(
    evidence: Evidence,
    outcome: str,
    over_time: pd.DataFrame,
    worst: pd.DataFrame,
    graded: Graded,
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of how long a response lasts.

    Parameters
    ----------
    over_time, worst : from `responses_over_time` and `worst_case`.
    graded : of the question about durability, from `atopic.questions.certainty.words.graded`.

    Returns
    -------
    dict: the rates after the placebo-controlled period, of those who were seen, and what they
        become if everyone who was not seen is counted as a failure, with the outermost limits.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time, worst_case
    >>> evidence = atopic.load()
    >>> over_time = responses_over_time(evidence, "EASI-50")
    >>> worst = worst_case(evidence, over_time)
    >>> durability_finding(evidence, "EASI-50", over_time, worst, {})["number"]
    '35 to 41'
    """
    had = outcome_words(evidence.instruments, outcome)
    settings = ["follow-up", "after-crossover"]
    later = over_time[over_time["setting"].isin(settings) & over_time["arm_role"].ne("placebo")]
    own = next(iter(graded.values()), {}) if len(graded) == 1 else {}
    if later.empty:
        missing = f"how many patients {had} after the end of a placebo-controlled period"
        return rated({"words": f"Not reported in what was read: {missing}."}, own)
    weeks = sorted({int(week) for week in later["week"].dropna()})
    when = f"between weeks {weeks[0]} and {weeks[-1]}" if len(weeks) > 1 else f"at week {weeks[0]}"
    words = (
        f"Unknown: {shares_span(later['estimate'])} of 100 patients who were still seen {had} "
        f"{when}, without a control group."
    )
    bound = worst[worst["row"].isin(set(later["row"]))]
    if bound.empty:
        found = {
            "words": words,
            "number": shares_span(later["estimate"]),
            "unit": "of 100 of those still seen, without a control group",
        }
        return rated(found, own)
    low, high = bound["lower_min"].min(), bound["upper_max"].max()
    named = listed(map(study_name, dict.fromkeys(bound["study_id"])))
    found = {
        "words": f"{words} In {named} it was {shares_span(bound['observed'])} of 100; counting "
        f"everyone who was not seen as a failure, {shares_span(bound['estimate'])} of 100.",
        "number": shares_span(bound["estimate"]),
        "unit": "of 100 if everyone lost is counted as a failure "
        f"({interval_words(bound['level'].iloc[0])}s from {of_hundred(low)} to {of_hundred(high)})",
    }
    return rated(found, own)
