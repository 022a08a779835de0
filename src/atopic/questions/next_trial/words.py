"""The charts of a trial plan in words."""

import pandas as pd

from atopic.display.numbers import study_name
from atopic.evidence.csv_rows import records
from atopic.questions.next_trial import Beliefs
from atopic.questions.next_trial.table import points as _points
from atopic.questions.next_trial.table import whole_percent as _percent

__all__ = [
    "answer_in_words",
    "control_words",
    "describe_doses",
    "describe_outlook",
    "describe_power",
]


def describe_power(
    needed: pd.DataFrame, *, control_rate: float, past: pd.DataFrame | None = None
) -> str:
    """Say what the chart of power by size shows.

    Parameters
    ----------
    needed : DataFrame
        From `atopic.questions.next_trial.sizes_needed`.
    control_rate : float
        Control rate, as a share.
    past : DataFrame, optional
        From `atopic.questions.next_trial.past_trials`.

    Returns
    -------
    str

    Examples
    --------
    >>> from atopic.questions.next_trial import sizes_needed
    >>> needed = sizes_needed(0.3, differences=[0.2], powers=[0.8])
    >>> describe_power(needed, control_rate=0.3)
    'Power against size at a control rate of 30 %. For 80 % power: 20 points need 186 patients.'
    """
    sentences = [f"Power against size at a control rate of {_percent(control_rate)}."]
    first = needed["power"].iloc[0]
    some = needed[needed["power"].eq(first) & needed["total"].notna()]
    parts = [
        f"{_points(row.difference)} points need {row.total:,} patients" for row in records(some)
    ]
    if parts:
        sentences.append(f"For {_percent(first)} power: {'; '.join(parts)}.")
    if past is not None and len(past):
        trials = past.drop_duplicates(["study_id", "arm_id"])
        named = ", ".join(
            f"{study_name(row.study_id)} ({row.n_active + row.n_control})"
            for row in records(trials)
        )
        sentences.append(f"Trials so far, with their patients: {named}.")
    return " ".join(sentences)


def describe_outlook(expected: pd.DataFrame) -> str:
    """Say what the chart of expected results shows.

    Parameters
    ----------
    expected : DataFrame
        From `atopic.questions.next_trial.expected_results`.

    Returns
    -------
    str
    """
    sentences = []
    for scenario, line in expected.groupby("scenario", sort=False):
        ordered = line.sort_values("total")
        first, last = ordered.iloc[0], ordered.iloc[-1]
        warning = "" if bool(first["controlled"]) else " (no control group)"
        size = f"from {first['total']:,} to {last['total']:,} patients"
        if len(ordered) == 1:
            size = f"with {first['total']:,} patients"
        sentences.append(
            f"{scenario}{warning}, {size}: success {_span(first['estimate'], last['estimate'])}, "
            "the relevant difference ruled out "
            f"{_span(first['conclusive_null'], last['conclusive_null'])}."
        )
    return " ".join(sentences)


def describe_doses(powers: pd.DataFrame) -> str:
    """Say what the chart of dose arms shows.

    Parameters
    ----------
    powers : DataFrame
        From `atopic.questions.next_trial.dose_power`.

    Returns
    -------
    str
    """
    largest = powers[powers["total"].eq(powers["total"].max())]
    parts = []
    for shape, group in largest.groupby("shape", sort=False):
        by = group.set_index("analysis")["estimate"]
        parts.append(f"{shape}: trend {_percent(by['trend'])}, any dose {_percent(by['any dose'])}")
    return f"Power with {largest['total'].iloc[0]:,} patients. {'; '.join(parts)}."


def answer_in_words(
    needed: pd.DataFrame,
    ruled_out: pd.DataFrame,
    expected: pd.DataFrame,
    past: pd.DataFrame,
    *,
    delta: float,
) -> str:
    """Say in a few sentences what the next trial would need, and what the last ones could see.

    Parameters
    ----------
    needed, ruled_out, expected, past : DataFrame
        From `atopic.questions.next_trial.sizes_needed` for delta, `sizes_to_rule_out`,
        `expected_results` and `past_trials`.
    delta : float
        Smallest relevant difference, as a share.

    Returns
    -------
    str
    """
    sentences = []
    some = needed[needed["total"].notna()]
    if len(some):
        sizes = " or ".join(
            f"{row.total:,} patients for {_percent(row.power)} power" for row in records(some)
        )
        sentences.append(
            f"If the true difference is {_points(delta)} points, a trial needs {sizes}."
        )
    some = ruled_out[ruled_out["total"].notna()]
    if len(some):
        sizes = " or ".join(
            f"{row.total:,} for a probability of {_percent(row.power)}" for row in records(some)
        )
        sentences.append(f"If there is none, ruling out {_points(delta)} points takes {sizes}.")
    for row in records(_of_printed_rates(past, delta)):
        counts = (
            ""
            if row.estimate_min == row.estimate_max
            else f" ({_percent(row.estimate_min)} to {_percent(row.estimate_max)} over all counts "
            "that fit)"
        )
        sentences.append(
            f"{study_name(row.study_id)}, with {row.n_active} against {row.n_control} patients, "
            f"had {_percent(row.estimate)} power for it{counts}."
        )
    largest = expected[expected["total"].eq(expected["total"].max())]
    for row in records(largest[largest["scenario"].eq("Evidence, next trial")]):
        sentences.append(
            f"Under what the evidence leaves open, a trial of {row.total:,} patients has a "
            f"{_percent(row.estimate)} chance of significance in favour of cells, and a "
            f"{_percent(row.conclusive_null)} chance of ruling out {_points(delta)} points. "
            "Size alone does not take the first beyond "
            f"{_percent(row.ceiling)}, the probability that the effect of that trial is in favour "
            "of cells at all."
        )
    return " ".join(sentences)


def control_words(beliefs: Beliefs) -> str:
    """Say which control rate the plan rests on."""
    return f"Control rate {100 * beliefs.control_rate:.1f} %: {beliefs.control_words}."


def _of_printed_rates(past: pd.DataFrame, delta: float) -> pd.DataFrame:
    if past.empty:
        return past
    return past[past["difference"].eq(delta) & past["rates_printed"] & past["estimate"].notna()]


def _span(first: float, last: float) -> str:
    one, other = _percent(first), _percent(last)
    return one if one == other else f"{one} to {other}"
