"""How few patients a significant difference hangs on, in words."""

from typing import Any

import numpy as np
import pandas as pd

from atopic.display.numbers import listed, outcome_text, span_text, study_name
from atopic.display.p_values import p_text, with_p_values
from atopic.evidence.controls import kinds_of
from atopic.evidence.direction import lower_is_better
from atopic.evidence.frames import records
from atopic.questions.controlled_effect.by_measure import no_effect
from atopic.review import control_word, time_point

#: A difference that hangs on more patients than this is not called fragile.
_FEW = 9
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def differing_words(effects: pd.DataFrame, kind: str = "trial") -> str:
    """Return which of some trials differ clearly from placebo: zero is in no interval of theirs.

    `effects` is from `atopic.questions.controlled_effect.trial_effects`, `kind` what one is called.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> differing_words(trial_effects(atopic.load(), "EASI-50", weeks=[12]))
    'Neither trial differs clearly from placebo'
    """
    nothing = effects["measure"].map(no_effect) if "measure" in effects else 0.0
    apart = effects[(effects["lower_min"] > nothing) | (effects["upper_max"] < nothing)]
    differ = list(dict.fromkeys(apart["study_id"]))
    arms, held = effects.groupby("study_id").size(), apart.groupby("study_id")
    in_part = {study for study, some in held if len(some) < arms[study]}
    names = [
        study_name(study)
        + (f" ({listed(held.get_group(study)['label'])})" if study in in_part else "")
        for study in differ
    ]
    trials = effects["study_id"].nunique()
    kinds = kind.replace("trial", "trials", 1)
    if not differ:
        some = {1: f"The {kind} does not differ", 2: f"Neither {kind} differs"}
        words = some.get(trials, f"None of {trials} {kinds} differs")
    elif len(differ) == trials and not in_part:
        some = {1: f"The {kind} differs", 2: f"Both {kinds} differ"}
        words = some.get(trials, f"All {trials} {kinds} differ")
    else:
        verb = "differs" if len(differ) == 1 else "differ"
        of = f"Of {trials} {kinds} " if trials > 1 else ""
        words = f"{of}{listed(names)} {verb}"
    return f"{words} clearly from {control_word(*kinds_of(effects))}"


def fragility_note(fragile: pd.DataFrame, instruments: pd.DataFrame | None = None) -> str:
    """Say of each significant difference that hangs on nine patients or fewer on how many it does.

    By the first test of each, which gives the reported P where one was reported. `instruments`
    says of which outcomes fewer is better; without it more is.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import fragile_results, trial_effects
    >>> evidence = atopic.load()
    >>> effects = trial_effects(evidence, "EASI-75", weeks=[16])
    >>> fragility_note(fragile_results(evidence, effects, effects.iloc[:0]))
    'ADSTEM phase 2, 2025, week 16: if two more placebo patients had responded, P would be .072, \
no longer significant.'
    """
    place = ["study_id", "outcome", "week"]
    sentences = []
    outcomes = len(set(fragile["outcome"])) > 1
    for _, trial in fragile.groupby(place, sort=False, dropna=False):
        several = len(set(trial["arm_id"])) > 1
        for _, some in trial.groupby("arm_id", sort=False):
            row = next(records(some))
            where = _where(row) + (f" ({row.label})" if several else "")
            where += f", {outcome_text(row.outcome)}" if outcomes else ""
            if not row.index_min <= _FEW:
                continue
            fewer = instruments is not None and lower_is_better(instruments, row.outcome)
            say = _counted if row.counted else _allowed
            sentences.append(say(where, row, "had the outcome" if fewer else ""))
    return " ".join(sentences)


def _counted(where: str, row: Any, harm: str) -> str:
    """Say it of a difference whose counts are known, as far as they are."""
    if row.index_min == 0:
        return f"{where}: whether it is significant hangs on which of the counts that fit are true."
    patients = "patient" if row.index_max == 1 else "patients"
    words = f"{where}: if {_number(row)} more {_group(row)} {patients} had "
    words += f"{harm or 'responded'}, P would "
    if np.isfinite(row.index) and row.index_min == row.index_max:
        return f"{words}be {p_text(row.p_after)}, no longer significant."
    return f"{words}no longer be significant."


def _allowed(where: str, row: Any, harm: str) -> str:
    """Say it of a P value of which no counts were read: over the counts that it allows."""
    responders = "responder" if row.index_max == 1 else "responders"
    group = _group(row)
    if harm:  # the group with fewer of them is the better one
        responders = "patient with the outcome" if row.index_max == 1 else "patients with it"
        group = group.replace("worse", "better")
    return (
        f"{where}: {_number(row)} more {responders} on {group} would have made this result "
        f"({with_p_values(f'P = {row.p_printed}')}) non-significant."
    )


def _where(row: Any) -> str:
    week = "" if pd.isna(row.week) else f", {time_point(row.week)}"
    return f"{study_name(row.study_id)}{week}"


def _group(row: Any) -> str:
    if not row.arm:
        return "worse-group"
    return control_word() if row.arm == row.reference_arm_id else "treated"


def _number(row: Any) -> str:
    """Return how many more it takes, over all counts that fit."""
    low, high = (
        _WORDS[int(one)] if one <= _FEW else f"{one:.0f}" if np.isfinite(one) else "more than all"
        for one in (row.index_min, row.index_max)
    )
    return span_text(low, high)
