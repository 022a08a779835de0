"""What the trials found against placebo, as the page states it first."""

from collections.abc import Mapping
from math import nan
from typing import Any

import pandas as pd

from atopic.display.finding_words import (
    Graded,
    capital,
    counted,
    effect_clause,
    interval_words,
    more_per_hundred,
    more_span,
    rated,
    responder_unit,
    shares_span,
    short_treatment,
    signed_points,
    treatment_words,
    weeks_words,
)
from atopic.display.numbers import listed, span_text, study_name
from atopic.display.p_values import with_p_values
from atopic.evidence.controls import kinds_of
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.controlled_effect.by_agent import agents_words, parts_by_agent, trials_words
from atopic.questions.controlled_effect.by_measure import (
    NAMES,
    effect_limits,
    effect_text,
    ratio_clause,
)
from atopic.questions.controlled_effect.not_compared import NO_COMPARATORS, without_comparator
from atopic.questions.controlled_effect.pooled import headline_model, pooling_refusal
from atopic.questions.controlled_effect.words import differing_words
from atopic.questions.outcomes import outcome_words
from atopic.review import control_word, controlled_word


def effects_finding(
    evidence: Evidence,
    outcome: str,
    effects: pd.DataFrame,
    pooled: pd.DataFrame,
    allowed: pd.DataFrame,
    graded: Graded,
    *,
    ratios: pd.DataFrame | None = None,
    pooled_ratios: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of an outcome against placebo.

    Parameters
    ----------
    effects, pooled, allowed : from `trial_effects`, `pooled_models` and `allowed_effects`.
    ratios, pooled_ratios : DataFrame, optional
        The same effects as ratios: the number that is shown first, with the difference beside it.
    graded : of the questions about this outcome, from `atopic.questions.certainty.words.graded`.

    Returns
    -------
    dict: trials taken together where they can be (two by their common effect, more by random
        effects with the safeguarded interval), else the one trial, else the range of several, else
        what a P value alone allows; without any of these, that nothing was reported.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> evidence = atopic.load()
    >>> effects = trial_effects(evidence, "EASI-75", weeks=[16])
    >>> nothing = effects.iloc[:0]
    >>> found = effects_finding(evidence, "EASI-75", effects, nothing, nothing, {})
    >>> found["number"], found["unit"]
    ('+16', 'responders per 100 (95% interval +3 to +29)')
    """
    had = outcome_words(evidence.instruments, outcome)
    fewer = lower_is_better(evidence.instruments, outcome)
    only_p = [allowed_words(row) for row in records(allowed)]
    if effects.empty and allowed.empty:
        if without := without_comparator(evidence, outcome):
            trials = counted(len(without), "trial")
            return {"words": f"No effect is shown: {trials} ({listed(map(study_name, without))}) "
                    f"{NO_COMPARATORS}."}  # fmt: skip
        return {
            "words": f"Not reported in the sources we read: how many patients {had} with treatment "
            f"and with {control_word()}."
        }
    if effects.empty:
        return _by_p_value(evidence, allowed, had, graded, fewer=fewer)
    several = effects.groupby(["pooled_with", "control"]).ngroups > 1
    if len(effects) > 1 and (pooled.empty or several):
        about = set(effects["study_id"])
        notes = _each_agent(pooled if pooled_ratios is None else pooled_ratios)
        return rated(
            _side_by_side(effects, had, [*notes, *only_p], fewer=fewer, ratios=ratios),
            graded.get(frozenset(about), {}),
            elsewhere=any(about & studies for studies in graded),
        )
    treatment = treatment_words(evidence.studies, effects["study_id"], effects["agent"])
    own = graded.get(frozenset(effects["study_id"]), {})
    whole, how = _taken_together(effects, pooled)
    limits = whole.lower_min, whole.upper_max
    clause = effect_clause(
        treatment, whole.estimate, *limits, own,
        harm=had if fewer else "", control=control_word(*kinds_of(effects)),
    )  # fmt: skip
    found = {
        "words": f"{clause}: {rates_clause(effects, had, treatment)}.",
        **_difference(whole, fewer),
        "notes": [*([how] if how else []), *only_p],
    }
    if ratios is not None and len(ratios):
        found |= _as_ratio(found, ratios, pooled_ratios)
    return rated(found, own)


def _as_ratio(
    found: Mapping[str, Any], ratios: pd.DataFrame, pooled: pd.DataFrame | None
) -> dict[str, Any]:
    """Return a finding with its ratio first; a ratio that cannot be told is told in a note."""
    pooled = pd.DataFrame() if pooled is None else pooled
    name = NAMES[str(ratios["measure"].iloc[0])].lower()
    refusal = pooling_refusal(ratios, name=study_name) if len(ratios) > 1 else ""
    whole, _ = _taken_together(ratios, pooled)
    if refusal or pd.isna(whole.estimate):
        why = refusal or "it is not defined where nobody responded"
        return {"notes": [*found["notes"], f"No {name} is shown: {why}."]}
    ends = effect_limits(whole.lower_min, whole.upper_max, whole.measure)
    return {
        "number": effect_text(whole.estimate, whole.measure),
        "unit": f"{name} ({interval_words(whole.level)} {ends}); {found['short']}",
        "short": f"{ratio_clause(whole.estimate, whole.measure)} ({ends}); {found['short']}",
    }


def rates_clause(effects: pd.DataFrame, had: str, treatment: str) -> str:
    """Return how many of 100 responded in both arms of some trials.

    Of several trials the lowest and the highest rate are named: no patients are taken together.
    """
    placebo = effects.drop_duplicates(["study_id", "reference_arm_id"])
    kinds = kinds_of(effects)
    mine = shares_span(effects["responders"] / effects["n"])
    other = shares_span(placebo["reference_responders"] / placebo["reference_n"])
    trials = counted(effects["study_id"].nunique(), f"{controlled_word(*kinds)} trial")
    return (
        f"in {trials} {mine} of 100 patients {had}{weeks_words(effects['week'])} "
        f"with {short_treatment(treatment)} and {other} of 100 with {control_word(*kinds)}"
    )


def allowed_words(row: Any) -> str:
    """Return what is known of a trial that gives a P value and no rates.

    `row` is one of `atopic.questions.controlled_effect.allowed_effects`.
    """
    name, p = study_name(row.study_id), with_p_values(f"P = {row.p_printed}")
    if pd.isna(row.interval_lower):
        return f"Of {name} only {p} was read, no rates: no difference can be computed."
    return f"Of {name} only {p} was read, no rates: {fitting_words(row)}."


def fitting_words(row: Any) -> str:
    """Return which difference the P value of a trial fits, with its interval."""
    some = more_span(row.lower, row.upper)
    ends = more_span(row.interval_lower, row.interval_upper)
    return f"if all {row.n_1 + row.n_0} patients were counted, it fits {some} per 100 ({ends})"


def _taken_together(effects: pd.DataFrame, pooled: pd.DataFrame) -> tuple[Any, str]:
    """Return the estimate that stands for all trials, and how it came about."""
    if pooled.empty:
        return next(records(effects)), ""
    if headline_model(int(pooled["studies"].iloc[0])) == "common":
        chosen = pooled[pooled["method"].eq("common")]
        how = "Two trials are pooled; each stands below."
    else:
        chosen = pooled[pooled["interval"].eq("hartung-knapp-safeguarded")]
        trials = counted(int(pooled["studies"].iloc[0]), "trial")
        how = f"This pools {trials} by random effects (safeguarded Hartung-Knapp interval)."
    return next(records(chosen)), how


def _difference(row: Any, fewer: bool) -> dict[str, str]:
    ends = more_span(row.lower_min, row.upper_max)
    return {
        "number": (number := signed_points(row.estimate)),
        "unit": responder_unit(row.lower_min, row.upper_max, row.level, fewer=fewer, number=number),
        "short": f"{more_per_hundred(row.estimate)} per 100 ({ends})",
    }


def _by_p_value(
    evidence: Evidence, allowed: pd.DataFrame, had: str, graded: Graded, *, fewer: bool
) -> dict[str, Any]:
    """Say it where no trial gives rates: the first one by its P value, the rest in notes."""
    first, *others = list(records(allowed))
    treatment = treatment_words(evidence.studies, [first.study_id])
    own = graded.get(frozenset([first.study_id]), {})
    if pd.isna(first.interval_lower):
        return rated({"words": allowed_words(first)}, own)
    middle = (first.lower + first.upper) / 2
    limits = first.interval_lower, first.interval_upper
    clause = effect_clause(treatment, middle, *limits, own, harm=had if fewer else "")
    number = span_text(signed_points(first.lower), signed_points(first.upper))
    ends = f"{signed_points(first.interval_lower)} to {signed_points(first.interval_upper)}"
    found = {
        "words": f"{clause}. How many {had}{weeks_words([first.week])} was not in what we read. "
        f"{allowed_words(first)}",
        "number": f"{number}?",
        "unit": f"{responder_unit(nan, nan, first.level, fewer=fewer)}, from a P value alone "
        f"({interval_words(first.level)} {ends})",
        "notes": [allowed_words(row) for row in others],
    }
    return rated(found, own)


def _each_agent(pooled: pd.DataFrame) -> list[str]:
    """Return what each agent adds by the estimate that stands for its trials."""
    notes = []
    for part in parts_by_agent(pooled):
        row, _ = _taken_together(part, part)
        difference = f"{more_per_hundred(row.estimate)} per 100"
        ends = more_span(row.lower_min, row.upper_max)
        if row.measure != "RD":
            difference = ratio_clause(row.estimate, row.measure)
            ends = effect_limits(row.lower_min, row.upper_max, row.measure)
        agents = capital(agents_words(part))
        notes.append(f"{agents}, {trials_words(row.studies, row.k)}: {difference} ({ends}).")
    return notes


def _side_by_side(
    effects: pd.DataFrame, had: str, notes: list[str], *, fewer: bool,
    ratios: pd.DataFrame | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Say it of trials that must not be pooled: how many differ, and between which differences."""
    number = span_text(
        signed_points(effects["estimate"].min()), signed_points(effects["estimate"].max())
    )
    lower, upper = effects["lower_min"].min(), effects["upper_max"].max()
    unit = responder_unit(lower, upper, effects["level"].iloc[0], fewer=fewer)
    known = pd.DataFrame() if ratios is None else ratios[ratios["estimate"].notna()]
    if len(known):
        measure = str(known["measure"].iloc[0])
        ends = effect_limits(known["lower_min"].min(), known["upper_max"].max(), measure)
        unit = f"{NAMES[measure].lower()}s (outermost limits {ends}); {number} {unit}"
        least, most = known["estimate"].min(), known["estimate"].max()
        number = span_text(effect_text(least, measure), effect_text(most, measure))
    return {
        "words": f"{differing_words(effects)} in how many patients {had}.",
        "number": number,
        "unit": unit,
        "notes": [
            "These trials cannot be pooled: the numbers are their range."
            if len(set(effects["study_id"])) > 1
            else "The numbers are the range of the groups of one trial.",
            *notes,
        ]
        if effects.groupby(["pooled_with", "control"]).ngroups == 1
        else ["Each agent is pooled by itself: the numbers are the range of the trials.", *notes],
    }
