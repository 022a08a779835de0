"""The charts of a trial plan in words."""

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import listed, percent_text, points_text, span_text, study_name
from atopic.evidence.frames import records
from atopic.questions.next_trial import Beliefs
from atopic.review import control_word, words_in_use


def describe_power(
    needed: pd.DataFrame, *, control_rate: float, past: pd.DataFrame | None = None
) -> str:
    """Say what the chart of power by size shows."""
    if needed.empty:
        return ""
    sentences = [f"Power against size at a control rate of {percent_text(control_rate)}."]
    first = needed["power"].iloc[0]
    some = needed[needed["power"].eq(first) & needed["total"].notna()]
    parts = [
        f"{points_text(row.difference, tenths=True)} points need {row.total:,} patients"
        for row in records(some)
    ]
    if parts:
        sentences.append(f"For {percent_text(first)} power: {'; '.join(parts)}.")
    if past is not None and len(past):
        trials = past.drop_duplicates(["study_id", "arm_id"])
        named = ", ".join(
            f"{study_name(row.study_id)} ({row.n_active + row.n_control})"
            for row in records(trials)
        )
        sentences.append(f"Trials so far, with their patients: {named}.")
    return " ".join(sentences)


def describe_outlook(expected: pd.DataFrame) -> str:
    """Say what the chart of expected results shows."""
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


#: From here on a chance is told as more than 99%.
_SURE = 0.995


def describe_doses(powers: pd.DataFrame) -> str:
    """Say what the chart of dose arms shows."""
    if powers.empty:
        return ""
    largest = powers[powers["total"].eq(powers["total"].max())]
    parts = []
    for shape, group in largest.groupby("shape", sort=False):
        by = group.set_index("analysis")["estimate"]
        parts.append(
            f"{shape}: trend {percent_text(by['trend'])}, any dose {percent_text(by['any dose'])}"
        )
    return f"Power with {largest['total'].iloc[0]:,} patients. {'; '.join(parts)}."


def answer_in_words(
    ruled_out: pd.DataFrame,
    expected: pd.DataFrame,
    past: pd.DataFrame,
    *,
    delta: float,
) -> str:
    """Say in a few sentences what the next trial would need, and what the last ones could see."""
    wanted = f"{points_text(delta, tenths=True)}-point benefit"
    treatment = words_in_use().treatment
    sentences = []
    some = ruled_out[ruled_out["total"].notna()]
    if len(some):
        sizes = listed(
            f"{row.total:,} {'' if place else 'patients '}for a chance of {percent_text(row.power)}"
            for place, row in enumerate(records(some))
        )
        sentences.append(
            f"If {treatment} {treatment.verb('do')} nothing, ruling out a {wanted} takes {sizes}."
        )
    rates = _of_printed_rates(past, delta)
    if len(rates):
        arms = rates["label"].where(rates["study_id"].duplicated(keep=False), "")
        powers = listed(
            f"{_chance(row.estimate)} ({', '.join(filter(None, (study_name(row.study_id), arm)))})"
            for row, arm in zip(records(rates), arms, strict=True)
        )
        sentences.append(f"The trials so far had a chance of {powers} to find one of that size.")
    largest = expected[expected["total"].eq(expected["total"].max())]
    for row in records(largest[largest["scenario"].eq("Evidence, next trial")]):
        sentences.append(
            f"Given what is known, the chance of success of a trial of {row.total:,} patients is "
            f"{_chance(row.estimate)}, and that of ruling out a {wanted} "
            f"{_chance(row.conclusive_null)}."
        )
        if row.ceiling < _SURE:
            sentences.append(
                f"Even of a huge trial the chance of success is at most {_chance(row.ceiling)}, "
                "because the effect may be zero or harmful."
            )
    return " ".join(sentences)


def control_words(beliefs: Beliefs) -> str:
    """Say which control rate the plan rests on."""
    rate = percent_text(beliefs.control_rate, tenths=True)
    return f"{capital(control_word())} rate {rate}: {beliefs.control_words}."


def _chance(share: float) -> str:
    """Return a probability in percent, never as certain.

    >>> _chance(0.6941), _chance(0.9999), _chance(0.0001)
    ('69%', 'more than 99%', 'less than 1%')
    """
    if share >= _SURE:
        return "more than 99%"
    return percent_text(share) if share >= 1 - _SURE else "less than 1%"


def _of_printed_rates(past: pd.DataFrame, delta: float) -> pd.DataFrame:
    if past.empty:
        return past
    return past[past["difference"].eq(delta) & past["rates_printed"] & past["estimate"].notna()]


def _span(first: float, last: float) -> str:
    return span_text(percent_text(first), percent_text(last))
