"""What the trials come to, in a few sentences, and each trial in words."""

from typing import Any

import pandas as pd

from atopic.display.numbers import (
    fraction,
    interval_name,
    listed,
    plural,
    points_text,
    span_text,
)
from atopic.evidence.csv_rows import records

__all__ = [
    "GOALS",
    "arms_words",
    "bias_words",
    "describe_trials",
    "difference_words",
    "goal_words",
    "published_words",
    "results_note",
    "trials_note",
]

#: Whether a trial reached what it was planned for.
GOALS = {"yes": "met", "no": "missed", "unknown": "not known"}

_BIAS = {"low": "low", "some-concerns": "some concerns", "high": "high"}

_PUBLISHED = {
    "journal": "journal",
    "press": "company statements and news only",
    "registry": "registry only",
    "conference": "conference",
}


def trials_note(trials: pd.DataFrame) -> str:
    """Say how many trials there are, how they came out, and how many reached their goal.

    >>> import atopic
    >>> from atopic.questions.trials import placebo_trials
    >>> trials_note(placebo_trials(atopic.load()))[:75]
    'One of 3 trials with rates of both arms differs clearly from placebo: ADSTE'
    """
    if trials.empty:
        return ""
    each = trials.drop_duplicates("study_id")
    goals = []
    for goal, said in GOALS.items():
        own = each.loc[each["primary_met"].astype(str).eq(goal), "short_name"]
        if len(own):
            goals.append(f"{said} {'for' if goal == 'unknown' else 'by'} {listed(own)}")
    return f"{results_note(trials)} The primary endpoint: {'; '.join(goals)}."


def results_note(trials: pd.DataFrame) -> str:
    """Say which trials differ clearly from placebo, and of which that cannot be said."""
    rates = trials[trials["known"].eq("rates")]
    apart = rates[(rates["lower_min"] > 0) | (rates["upper_max"] < 0)]
    sentences = []
    if len(rates):
        of = plural(rates["study_id"].nunique(), "trial")
        named = list(dict.fromkeys(apart["short_name"]))
        if named:
            count = "One" if len(named) == 1 else str(len(named))
            verb = "differs" if len(named) == 1 else "differ"
            sentences.append(
                f"{count} of {of} with rates of both arms {verb} clearly from placebo: "
                f"{listed(named)}."
            )
        else:
            sentences.append(f"None of {of} with rates of both arms differs clearly from placebo.")
    for known, words in (
        ("only-p", ("gives only a P value", "give only a P value")),
        ("none", ("has no result that can be compared", "have no result that can be compared")),
    ):
        some = list(dict.fromkeys(trials.loc[trials["known"].eq(known), "short_name"]))
        if some:
            sentences.append(f"{listed(some)} {words[len(some) > 1]}.")
    return " ".join(sentences)


def describe_trials(trials: pd.DataFrame) -> str:
    """Say what the plot of all trials shows, for readers who cannot see it."""
    if trials.empty:
        return ""
    lines = [
        f"{row.short_name}: {difference_words(row)}"
        + (f" in {row.outcome} at week {row.week}" if row.known != "none" else "")
        for row in records(trials)
    ]
    level = interval_name(trials["level"].iloc[0])
    return f"{trials_note(trials)} Cells minus placebo in points, {level}: {'; '.join(lines)}."


def difference_words(row: Any) -> str:
    """Return the difference of a trial in points with its limits, or what is known instead."""
    if row.known == "none":
        return "not reported"
    if pd.isna(row.lower_min):
        return "cannot be computed"
    limits = f"{points_text(row.lower_min)} to {points_text(row.upper_max)}"
    if row.known == "rates":
        return f"{points_text(row.estimate)} ({limits})"
    some = span_text(points_text(row.difference_low), points_text(row.difference_high))
    return f"{some}? ({limits}), only P known"


def arms_words(row: Any) -> str:
    """Return the counts of both arms, or what is known instead.

    A P value is written as sources do, without a zero before the point.
    """
    if row.known == "none":
        return ""
    if row.known == "only-p":
        return (
            f"P = {str(row.p_printed).removeprefix('0')}, about {row.n} against {row.reference_n}"
        )
    mine = fraction(row.responders, row.n)
    return f"{mine} against {fraction(row.reference_responders, row.reference_n)}"


def goal_words(row: Any) -> str:
    """Return whether the primary endpoint was met, with what it was where that is known."""
    words = GOALS[str(row.primary_met)]
    return f"{words} ({row.primary_outcome})" if pd.notna(row.primary_outcome) else words


def bias_words(row: Any) -> str:
    """Return the risk of bias of a result, and whether what was not read leaves it open."""
    if pd.isna(row.bias):
        return "–" if row.known == "none" else "not appraised"
    words = _BIAS[str(row.bias)]
    if row.bias_known_fault:
        return f"{words} (known fault)"
    if row.bias_lowest != row.bias_highest:
        ends = span_text(_BIAS[str(row.bias_lowest)], _BIAS[str(row.bias_highest)])
        return f"{words} (open: {ends})"
    return words


def published_words(row: Any) -> str:
    """Return where a trial was published."""
    return _PUBLISHED.get(str(row.publication), str(row.publication))
