"""How large the next trial would have to be, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import more_per_hundred, of_hundred
from atopic.display.numbers import study_name
from atopic.evidence.frames import records
from atopic.review import control_word


def next_trial_finding(
    needed: pd.DataFrame, past: pd.DataFrame, *, delta: float, without: str = ""
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the next trial.

    Parameters
    ----------
    needed : from `sizes_needed`, for the relevant difference alone.
    past : from `past_trials`.
    delta : the relevant difference, a share.
    without : the outcome, where fewer is better: rates are then of patients without it.

    Examples
    --------
    >>> from atopic.questions.next_trial import sizes_needed
    >>> needed = sizes_needed(0.29, differences=[0.15], powers=[0.8])
    >>> found = next_trial_finding(needed, pd.DataFrame(), delta=0.15)
    >>> found["number"], found["unit"]
    ('322', 'patients for a power of 80%')
    """
    some = needed[needed["total"].notna()] if len(needed) else needed
    if some.empty:
        return {"words": _impossible(needed, delta, without)}
    first, *more = list(records(some))
    rate = of_hundred(first.control_rate)
    who, do = ("responders", "respond to") if not without else (
        f"patients without {without}", "are without it on"
    )  # fmt: skip
    words = (
        f"To find {more_per_hundred(delta)} {who} per 100, where {rate} of 100 {do} "
        f"{control_word()}, a trial needs {first.total:,} patients for a power of "
        f"{_percent(first.power)}"
    )
    words += "".join(f", {row.total:,} for {_percent(row.power)}" for row in more)
    return {
        "words": f"{words}.",
        "number": f"{first.total:,}",
        "unit": f"patients for a power of {_percent(first.power)}",
        "notes": [_so_far(past, delta)],
    }


def _impossible(needed: pd.DataFrame, delta: float, without: str) -> str:
    """Say why no trial can be planned for a difference."""
    if needed.empty:
        return "Not known: no trial size can be computed for this difference."
    rate = of_hundred(needed["control_rate"].iloc[0])
    have = f"are without {without} on" if without else "respond to"
    return (
        f"No trial can find {more_per_hundred(delta)} per 100 where {rate} of 100 {have} "
        f"{control_word()}: plan for a smaller difference (delta = ...)."
    )


def _so_far(past: pd.DataFrame, delta: float) -> str:
    """Say what the largest trial so far could have seen."""
    if past.empty:
        return ""
    own = past[past["difference"].eq(delta) & past["estimate"].notna()]
    if own.empty:
        return ""
    sizes = own["n_active"] + own["n_control"]
    row = next(records(own.loc[[sizes.astype("Float64").idxmax()]]))
    return (
        f"The largest trial so far, {study_name(row.study_id)}, had {row.n_active + row.n_control} "
        f"patients and a power of {_percent(row.estimate)} for it."
    )


def _percent(share: float) -> str:
    return f"{of_hundred(share)}%"
