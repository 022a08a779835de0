"""What the trials come to, in a few sentences, and each trial in words."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital, counted, more_span
from atopic.display.numbers import (
    interval_name,
    listed,
    outcome_text,
    points_text,
    span_text,
    study_name,
    when_text,
)
from atopic.evidence.frames import records
from atopic.review import control_word, words_in_use

#: Whether a trial reached what it was planned for.
GOALS = {"yes": "met", "no": "missed", "unknown": "not known"}


def trials_note(trials: pd.DataFrame) -> str:
    """Say how many trials there are, how they came out, and how many reached their goal.

    >>> import atopic
    >>> from atopic.questions.trials import placebo_trials
    >>> trials_note(placebo_trials(atopic.load()))[:75]
    'In two trials of cord-blood cells 3 to 5 more in 100 than on placebo had th'
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
        ("only-p", "only a P value"),
        ("none", "no result"),
    ):
        some = list(dict.fromkeys(trials.loc[trials["known"].eq(known), "short_name"]))
        if some:
            sentences.append(f"Of {listed(some)} we found {words}.")
    return " ".join(sentences)


def range_words(rates: pd.DataFrame) -> str:
    """Return what each outcome came to, in trials of how many cells, and how far the limits reach.

    `rates` are the rows of `placebo_trials` with the rates of both groups. How many trials differ
    clearly is left to the figure: it says as much of their size as of the treatment.
    """
    sentences: list[str] = []
    for _, own in rates.groupby("outcome", sort=False):
        span = more_span(own["estimate"].min(), own["estimate"].max())
        sentences.append(
            f"In {counted(own['study_id'].nunique(), 'trial')} of {_given(own)} {span} in 100 "
            f"than on {control_word()} "
            f"{own['had'].iloc[0]}{_ends(own)}."
        )
    return " ".join(sentences)


def _ends(rates: pd.DataFrame) -> str:
    """Return the outermost limits of some differences, and whether chance can explain each."""
    known = rates.dropna(subset=["lower_min", "upper_max"])
    if known.empty:
        return ""
    words = f"limits {more_span(known['lower_min'].min(), known['upper_max'].max())}"
    if (known["lower_min"].lt(0) & known["upper_max"].gt(0)).all():
        words += f"; chance can explain {'this' if len(known) == 1 else 'each'}"
    return f" ({words})"


def _given(rates: pd.DataFrame) -> str:
    """Return what was given in some trials, without the brands."""
    return listed(
        dict.fromkeys(str(one).partition(" (")[0] for one in rates["product_words"].dropna())
    )


def describe_trials(trials: pd.DataFrame) -> str:
    """Say what the plot of all trials shows, for readers who cannot see it."""
    if trials.empty:
        return ""
    lines = [
        f"{row.short_name}: {difference_words(row)}"
        + (f" in {outcome_text(row.outcome)}{when_text(row.week)}" if row.known != "none" else "")
        for row in records(trials)
    ]
    level = interval_name(trials["level"].iloc[0])
    treatment = capital(words_in_use().treatment.many)
    return (
        f"{trials_note(trials)} {treatment} minus {control_word()} in points, {level}: "
        f"{'; '.join(lines)}."
    )


def with_several(trials: pd.DataFrame) -> pd.DataFrame:
    """Return trials with ``several``: whether the result is there of more arms of one product."""
    same = ["study_id", "outcome", "week", "product_words"]
    return trials.assign(several=trials.duplicated(same, keep=False))


def given_words(row: Any, product: str) -> str:
    """Return what was given, with the arm where that alone tells rows of a trial apart.

    `row` is one of `with_several`; `product` is what its product is called.

    >>> from types import SimpleNamespace
    >>> given_words(SimpleNamespace(several=True, arm="high dose"), "cells")
    'cells, high dose'
    """
    if not row.several or pd.isna(row.arm):
        return product
    arm = str(row.arm)
    return arm if product.lower() in arm.lower() else f"{product}, {arm}"


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


def p_words(p: Any) -> str:
    """Return a printed P value as sources write it, without a zero before the point."""
    return f"P\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{str(p).removeprefix('0')}"


def goal_words(row: Any) -> str:
    """Return whether the primary endpoint was met, with what it was where that is known."""
    words = GOALS[str(row.primary_met)]
    return f"{words} ({row.primary_outcome})" if pd.notna(row.primary_outcome) else words


def bias_note(lights: pd.DataFrame) -> str:
    """Say what of the judgements may change, and what will not; empty without any.

    `lights` is from `atopic.questions.trials.lights_of`.
    """
    whole = lights[lights["domain"].eq("overall")]
    if whole.empty:
        return ""
    open_ = whole["lowest"].ne(whole["highest"])
    words = (
        f"{int(open_.sum())} of {len(whole)} overall judgements may change when the full sources "
        "are read."
    )
    fixed = listed(study_name(one) for one in whole.loc[whole["known_fault"], "study_id"])
    return f"{words} {fixed}: high whatever they say." if fixed else words
