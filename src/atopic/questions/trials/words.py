"""What the trials come to, in a few sentences, and each trial in words."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import counted, more_span
from atopic.display.numbers import (
    fraction,
    interval_name,
    listed,
    points_text,
    span_text,
)
from atopic.display.p_values import with_p_values
from atopic.evidence.csv_rows import records

__all__ = [
    "GOALS",
    "arms_words",
    "bias_words",
    "describe_trials",
    "difference_words",
    "goal_words",
    "range_words",
    "results_note",
    "trials_note",
]

#: Whether a trial reached what it was planned for.
GOALS = {"yes": "met", "no": "missed", "unknown": "not known"}

_BIAS = {"low": "low", "some-concerns": "some concerns", "high": "high"}


def trials_note(trials: pd.DataFrame) -> str:
    """Say how many trials there are, how they came out, and how many reached their goal.

    >>> import atopic
    >>> from atopic.questions.trials import placebo_trials
    >>> trials_note(placebo_trials(atopic.load()))[:75]
    'With cells 3 to 5 more of 100 patients than with placebo responded by EASI-'
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
    """Say how far from placebo the trials are, by outcome, and of which that cannot be said."""
    rates = trials[trials["known"].eq("rates")]
    sentences = [range_words(rates)] if len(rates) else []
    for known, words in (
        ("only-p", ("gives only a P value", "give only a P value")),
        ("none", ("has no result that can be compared", "have no result that can be compared")),
    ):
        some = list(dict.fromkeys(trials.loc[trials["known"].eq(known), "short_name"]))
        if some:
            sentences.append(f"{listed(some)} {words[len(some) > 1]}.")
    return " ".join(sentences)


def range_words(rates: pd.DataFrame) -> str:
    """Return the range of the differences, outcome by outcome, and how far their limits reach.

    `rates` are the rows of `placebo_trials` with the rates of both groups. How many trials differ
    clearly is left to the figure: it says as much of their size as of the treatment.
    """
    parts: list[str] = []
    for outcome, own in rates.groupby("outcome", sort=False):
        known = own.dropna(subset=["lower_min", "upper_max"])
        span = more_span(own["estimate"].min(), own["estimate"].max())
        count = counted(own["study_id"].nunique(), "trial")
        ends = more_span(known["lower_min"].min(), known["upper_max"].max()) if len(known) else ""
        limits = f" ({'limits' if len(own) == 1 else 'limits of each within'} {ends})" * bool(ends)
        words = " of 100 patients than with placebo responded" if not parts else ""
        parts.append(f"{span}{words} by {outcome} in {count}{limits}")
    return f"With cells {', and '.join(parts)}."


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
        return str(row.absent)
    if pd.isna(row.lower_min):
        return "cannot be computed"
    limits = f"{points_text(row.lower_min)} to {points_text(row.upper_max)}"
    if row.known == "rates":
        return f"{points_text(row.estimate)} ({limits})"
    some = span_text(points_text(row.difference_low), points_text(row.difference_high))
    return f"{some}? ({limits}), only P known"


def arms_words(row: Any) -> str:
    """Return the counts of both arms, or what is known instead."""
    if row.known == "none":
        return ""
    if row.known == "only-p":
        return with_p_values(f"P = {row.p_printed}, about {row.n} against {row.reference_n}")
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
