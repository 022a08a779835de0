"""What a pooled effect hangs on, as tables to be read and in words."""

from typing import Any

import numpy as np
import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import listed, points_text, span_text, study_name
from atopic.display.pooling_names import INTERVALS, TAU2_METHODS, name_of
from atopic.evidence.frames import records
from atopic.questions.controlled_effect.by_agent import (
    agents_words,
    by_agent,
    parts_by_agent,
    trials_words,
)


def robust_note(robust: pd.DataFrame) -> str:
    """Say on how many of all choices the answer would be another, with all trials and without each.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import robust_effects, trial_effects
    >>> asked = {"agents": ["dupilumab"], "arms": ["mg-300-q2w"], "background_topicals": "no"}
    >>> effects = trial_effects(
    ...     atopic.load(), "IGA-0/1", weeks=[16], include_benchmarks=True, **asked
    ... )
    >>> robust_note(robust_effects(effects))[:62]
    'With all 3 trials each of 21 choices gives the same answer: th'
    """
    parts = list(parts_by_agent(robust))
    if len(parts) > 1:
        notes = [f"{capital(agents_words(one))}: {_robust(one)}" for one in parts]
        return " ".join(notes)
    return _robust(robust) if parts else ""


def _robust(robust: pd.DataFrame) -> str:
    whole = robust[robust["left_out"].eq("")]
    trials = trials_words(int(whole["studies"].iloc[0]), int(whole["k"].iloc[0]))
    # The choice that others are compared with is among them, and does not differ from itself.
    first = whole[~whole["flips"]]["conclusion"]
    answer = _ANSWERS[str(first.iloc[0])]
    if not whole["flips"].any():
        words = f"With all {trials} each of {len(whole)} choices gives the same answer: "
        words += f"{answer}."
    else:
        words = f"With all {trials} {int(whole['flips'].sum())} of {len(whole)} choices "
        words += f"give another answer than that {answer}: {_which(whole[whole['flips']])}."
    trials_of: dict[str, list[str]] = {}
    for trial, some in robust[robust["left_out"].ne("")].groupby("left_out", sort=False):
        flips = some[some["flips"]]
        if len(flips):
            by = f"{len(flips)} of {len(some)} choices give another answer, {_which(flips)}"
            trials_of.setdefault(by, []).append(study_name(str(trial)))
    if not trials_of:
        return f"{words} Without any one of the trials each still gives it."
    parts = [f"Without {listed(names, 'or')}, {by}." for by, names in trials_of.items()]
    return " ".join([words, *parts])


@by_agent
def tabulate_robust(robust: pd.DataFrame) -> pd.DataFrame:
    """Return the effect of all trials by every choice: a line an estimator, a column an interval.

    In percentage points where the measure is a difference.
    """
    if robust.empty:
        return pd.DataFrame()
    whole = robust[robust["left_out"].eq("")]
    lines = []
    for (model, tau2), some in whole.groupby(["model", "tau2_method"], sort=False):
        by = {row.interval: row for row in records(some)}
        line = {
            "Model": name_of(str(model)),
            "Estimator of τ²": TAU2_METHODS.get(str(tau2), "–"),
            "τ²": f"{some['tau2'].iloc[0]:.2g}",
        }
        for name, words in INTERVALS.items():
            line[capital(words)] = _with_limits(by[name]) if name in by else "–"
        lines.append(line)
    return pd.DataFrame(lines)


@by_agent
def tabulate_robust_left_out(robust: pd.DataFrame) -> pd.DataFrame:
    """Return what all choices span with all trials and without each, as a table to be read."""
    if robust.empty:
        return pd.DataFrame()
    rd = bool(robust["measure"].eq("RD").all())
    return pd.DataFrame(
        [
            {
                "Without": study_name(str(trial)) if trial else "none",
                "Trials": str(int(some["studies"].iloc[0])),
                "Estimates": _span(some["estimate"].min(), some["estimate"].max(), rd),
                "Lowest limit": _number(some["lower"].min(), rd),
                "Highest limit": _number(some["upper"].max(), rd),
                "Choices": str(len(some)),
                "Another answer": str(int(some["flips"].sum())),
            }
            for trial, some in robust.groupby("left_out", sort=False)
        ]
    )


@by_agent
def tabulate_cumulative(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the pooled effect trial after trial as a table to be read."""
    if steps.empty:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "Added": [study_name(one) for one in steps["added"]],
            "Patients": steps["patients"].astype(str),
            "Trials": steps["studies"].astype(str),
            "Effect": [_with_limits(row) for row in records(steps)],
        }
    )


def not_compared_note(missing: pd.DataFrame) -> str:
    """Say which trials give no number to compare, and why; nothing if all do."""
    if missing.empty:
        return ""
    parts = []
    for why, some in missing.groupby("why", sort=False):
        parts.append(f"{listed(study_name(one) for one in some['study_id'])} ({why})")
    return f"Not among these trials: {'; '.join(parts)}."


_ANSWERS = {
    "above": "the interval lies above no difference",
    "below": "the interval lies below no difference",
    "includes": "the interval reaches across no difference",
    "not estimable": "it cannot be estimated",
}


def _which(flips: pd.DataFrame) -> str:
    """Say by which intervals the answer is another, and by which models if not by all."""
    intervals = [INTERVALS[one] for one in dict.fromkeys(flips["interval"])]
    return f"by the {listed(intervals)} interval: {_ANSWERS[str(flips['conclusion'].iloc[0])]}"


def _with_limits(row: Any) -> str:
    rd = row.measure == "RD"
    if not np.isfinite([row.lower, row.upper]).all():
        return f"{_number(row.estimate, rd)} (no interval)"
    return f"{_number(row.estimate, rd)} ({_number(row.lower, rd)} to {_number(row.upper, rd)})"


def _span(low: float, high: float, rd: bool) -> str:
    return span_text(_number(low, rd), _number(high, rd))


def _number(value: float, rd: bool) -> str:
    if not np.isfinite(value):
        return "open"
    return points_text(value, tenths=True) if rd else f"{value:.2f}"
