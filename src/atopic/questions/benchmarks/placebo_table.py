"""Placebo responses, and rates beside them, as tables to be read."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import (
    fraction,
    interval_name,
    percent,
    percent_text,
    rate_limits,
    span_text,
)
from atopic.evidence.frames import records
from atopic.questions.benchmarks.beside_placebo import near_times
from atopic.questions.response_rates import PlaceboReference
from atopic.review import (
    control_group,
    control_word,
    in_words,
    time_heading,
    time_point,
    time_span,
    time_word,
    with_article,
    words_in_use,
)


def references() -> dict[str, str]:
    """Return what a rate is set beside, by `reference` of `beating_placebo`.

    >>> list(references())[0]
    'mean'
    """
    words = words_in_use()
    return {"mean": f"Mean {control_word()} response"} | {
        given.one: f"{capital(control_group())} of a new {given.adjective} trial"
        for given in (words.comparator, words.treatment)
    }


def side_of(found: pd.DataFrame) -> str:
    """Return on which side of a placebo response a rate does better: "above", or "below".

    >>> side_of(pd.DataFrame({"direction": ["lower-is-better"]}))
    'below'
    """
    return "below" if found["direction"].eq("lower-is-better").any() else "above"


def above_caption(found: pd.DataFrame) -> str:
    """Return what the table of these probabilities holds."""
    side = side_of(found)
    rate, better = ("rate", "; fewer is better") if side == "below" else ("response", "")
    return (
        f"Probability that the true rate is {side} {with_article(control_word())} {rate}{better}; "
        "no controlled comparison"
    )


def tabulate_above_placebo(found: pd.DataFrame) -> pd.DataFrame:
    """Return the probabilities of exceeding placebo as a table to be read: one row an arm."""
    lines = []
    for _, arm in found.groupby("row", sort=False):
        first = arm.iloc[0]
        line = {
            "Study": first["study_id"],
            "Group": first["label"],
            time_heading(): str(first["week"]),
            "Patients": fraction(first["responders"], first["n"])
            + ("" if first["basis"] == "printed" else f", {first['basis']}"),
        }
        for name, title in references().items():
            if found["reference"].eq(name).any():
                cells = [_probability(row) for row in records(arm) if row.reference == name]
                line[title] = cells[0] if cells else f"none near its {time_word()}"
        lines.append({**line, "Row": str(first["row"])})
    return pd.DataFrame(lines)


def reference_notes(found: pd.DataFrame) -> tuple[str, ...]:
    """Return what the arms are compared with, in words, for the foot of that table."""
    sentences = []
    columns = ["reference", "reference_rows"]
    for row in records(found.drop_duplicates(columns)):
        interval = interval_name(row.reference_level)
        if row.reference == "mean":
            shares = (row.reference_estimate, row.reference_lower, row.reference_upper)
            middle, low, high = (f"{100 * share:.10g}" for share in shares)
            what = f"{middle}% ({low} to {high}, {interval}) as published"
        else:
            low, high = percent(row.reference_lower), percent(row.reference_upper)
            what = (
                f"predicted from {row.reference_arms} such groups: median "
                f"{percent_text(row.reference_estimate)}, {interval.removesuffix(' interval')} "
                f"between {low} and {high}%"
            )
        rows = f"rows {row.reference_rows}" if "," in row.reference_rows else None
        sentences.append(
            f"{references()[row.reference]}: {what}, {rows or f'row {row.reference_rows}'}."
        )
    if sentences:
        near = near_times()
        apart = f", or of at most {time_span(near)} before or after it" if near else ""
        sentences.append(f"Control groups are of the same {time_word()}{apart}.")
    return tuple(sentences)


def published_mean(reference: PlaceboReference | None) -> tuple[str, ...]:
    """Return a published mean placebo response in words; nothing if there is none."""
    if reference is None:
        return ()
    middle, low, high = (
        f"{100 * share:.10g}" for share in (reference.estimate, reference.lower, reference.upper)
    )
    return (
        f"Published mean of {reference.label}, {time_point(reference.week)}: "
        f"{middle}% ({low} to {high}), row {reference.row}.",
    )


def tabulate_placebo_responses(responses: pd.DataFrame) -> pd.DataFrame:
    """Return the span and the pool of placebo responses as a table to be read."""
    rows = list(records(responses))
    topicals = responses["background_topicals"].replace({"unknown": "not stated"})
    return pd.DataFrame(
        {
            f"{capital(control_group())}s of": [f"{row.trials} trials" for row in rows],
            time_heading(): responses["week"].astype(str),
            in_words("{Background}"): topicals,
            "Groups": responses["arms"].astype(str),
            "Range": [_span(row) for row in rows],
            "With a count": [_counted(row) for row in rows],
            "Pooled": [_pooled(row) for row in rows],
            "A further trial": [_prediction(row) for row in rows],
            "Rows": responses["rows"],
        }
    )


def _probability(row: Any) -> str:
    low, high = probability_text(row.estimate_min), probability_text(row.estimate_max)
    if low == high:
        return probability_text(row.estimate)
    return f"{span_text(low.removesuffix('%'), high)}, over all counts"


def probability_text(probability: float) -> str:
    """Return a probability in percent; one that would round to 0 or 100 as a bound.

    >>> probability_text(0.838), probability_text(0.999)
    ('84%', 'above 99%')
    """
    if probability > 0.995:
        return "above 99%"
    return "below 1%" if probability < 0.005 else f"{100 * probability:.0f}%"


def _span(row: Any) -> str:
    return (
        rate_limits(row.low, row.high)
        if row.low != row.high
        else percent_text(row.low, tenths=True)
    )


def _counted(row: Any) -> str:
    return f"{row.counted}, {row.patients} patients" if row.counted else "none"


def _pooled(row: Any) -> str:
    if pd.isna(row.estimate):
        return "too few counts" if row.counted else "no counts"
    return f"{percent_text(row.estimate, tenths=True)} ({rate_limits(row.lower, row.upper)})"


def _prediction(row: Any) -> str:
    if pd.isna(row.prediction_lower):
        return ""
    open_ended = row.prediction_lower == 0.0 and row.prediction_upper == 1.0
    return "open" if open_ended else rate_limits(row.prediction_lower, row.prediction_upper)
