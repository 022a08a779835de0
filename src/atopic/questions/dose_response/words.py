"""Dose and response in words: what was seen, what it shows, and what it cannot show."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import (
    dose_text,
    fraction,
    listed,
    outcome_text,
    percent,
    percent_text,
    points_text,
    points_with_limits,
    signed,
    study_name,
)
from atopic.display.p_values import p_equals, p_reported
from atopic.display.pooling_names import name_of
from atopic.evidence.controls import CONTROLLED, is_control, is_controlled, kinds_of
from atopic.evidence.frames import records
from atopic.evidence.several_sources import preferred_rows
from atopic.questions.dose_response import DoseArms, DoseCurves
from atopic.review import (
    control_group,
    control_word,
    controlled_word,
    time_point,
    time_span,
    time_word,
    with_article,
)

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def describe_doses(
    arms: DoseArms,
    *,
    curves: DoseCurves | None = None,
    contrasts: pd.DataFrame | None = None,
) -> str:
    """Say what the dose chart shows, for readers who cannot see it."""
    if arms.frame.empty:
        return ""
    scale, unit = arms.scale, arms.axis_unit
    parts = []
    for row in records(arms.frame):
        _, value, limits = arm_numbers(arms, row)
        name = control_word() if row.dose == 0 else f"{row.dose / scale:g} {unit}"
        parts.append(f"{name} {value} {limits}".strip())
    setting = controlled_word() if arms.controlled else "no control group"
    sentences = [
        f"{outcome_text(arms.outcome)} by dose, {study_name(arms.study_id)}, "
        f"{time_point(arms.week)}, {setting}: "
        f"{'; '.join(parts)}."
    ]
    if curves is not None and not curves.refused:
        best = curves.models[curves.models["weight"].notna() & curves.models["model"].ne("average")]
        top = best.iloc[int(best["weight"].to_numpy().argmax())]
        p = curves.signal["p_value"].min()
        sentences.append(
            f"Smallest adjusted {p_equals(p)} of the contrast tests; heaviest model "
            f"{name_of(top['model'])}, weight {percent_text(top['weight'])}."
        )
        if curves.statement:
            sentences.append(curves.statement)
    elif contrasts is not None and len(contrasts):
        row = contrasts.iloc[0]
        sentences.append(
            "Highest minus lowest dose: "
            f"{points_with_limits(row['estimate'], row['lower_min'], row['upper_max'])}."
        )
    return " ".join(sentences)


def limits_note(arms: DoseArms, contrasts: pd.DataFrame, curves: DoseCurves | None = None) -> str:
    """Say what the doses of a study show, and what they cannot."""
    if arms.frame.empty:
        return ""
    doses, patients = len(arms.doses), int(arms.frame["n"].sum())
    sentences = []
    if doses == 2 and arms.has_placebo:
        sentences.append(
            f"One dose beside {control_word()} in {patients} patients cannot show how the "
            f"response changes "
            "with the dose."
        )
    elif doses == 2:
        sentences.append(
            f"Two doses in {patients} patients fit a straight line and nothing else: no curve can "
            "be told from them."
        )
    elif doses == 3:
        sentences.append(
            f"{_named(arms)} in {patients} patients carry straight lines, not a curve with a "
            "plateau of its own."
        )
    else:
        sentences.append(f"{_named(arms)} in {patients} patients.")
    times = arms.frame.loc[arms.frame["dose"] > 0, "administrations"].dropna().astype(str)
    if len(set(times)) == 1 and times.iloc[0] != "1":
        sentences.append(f"Each dose was given {times.iloc[0]} times.")
    if not arms.randomised:
        sentences.append(
            "Patients are not known to have been randomised to the doses, so the groups may "
            "differ in other things."
        )
    if curves is not None and not curves.refused:
        sentences.append(_fits(curves))
    if len(contrasts) and doses == 2:
        row = contrasts.iloc[0]
        low, high = row["lower_min"], row["upper_max"]
        if low < 0 < high:
            what = "the dose" if arms.has_placebo else "the higher dose"
            sentences.append(
                f"From {points_text(-low)} fewer to {points_text(high)} more in 100 with {what} "
                "are possible: chance can explain the gap."
            )
    if not arms.controlled:
        sentences.append(
            f"Without {with_article(control_group())} no slope says that either dose did more "
            f"than {control_word()}."
        )
    return " ".join(sentences)


def _named(arms: DoseArms) -> str:
    """Return how many doses there are in words; placebo is none of them."""
    count = len(arms.doses) - arms.has_placebo
    words = f"{_NUMBERS.get(count, count)} doses"
    return f"{capital(control_word())} and {words}" if arms.has_placebo else words.capitalize()


def _fits(curves: DoseCurves) -> str:
    """Say how many shapes show a signal, and whether one model stands out."""
    words = []
    if len(curves.signal):
        hits, shapes = int(curves.signal["significant"].sum()), len(curves.signal)
        side = curves.signal["one_sided_level"].iloc[0]
        words.append(
            f"{hits} of {shapes} candidate curves show that the response depends on the dose "
            f"(one-sided at {p_reported(f'{side:.3g}')}, adjusted for all of them)."
        )
    models = curves.models
    single = models[models["weight"].notna() & models["model"].ne("average")]
    first = [
        f"{name_of(row.model)} ({percent_text(row.weight)})"
        for row in records(single.sort_values("weight", ascending=False, kind="stable"))
        if row.weight >= 0.005
    ]
    if len(first) > 1:
        words.append(
            f"By weight the best fit is {listed(first[:3], 'then')}; this proves none of them."
        )
    return " ".join(words)


def per_week_note(arms: DoseArms) -> str:
    """Say what an axis of doses a week takes for granted, and what each dose on it was.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> asked = {"week": 16, "per_week": True}
    >>> per_week_note(dose_arms(atopic.load(), "dupilumab-2b", "IGA-0/1", **asked))[:63]
    'The axis is the average dose a week: 25 mg is 100 mg every 4 we'
    """
    active = arms.frame[arms.frame["dose"].gt(0)] if len(arms.frame) else arms.frame
    if active.empty:
        return ""
    unit = arms.unit.removesuffix(f" {with_article(time_word())}")
    parts = [f"{row.dose:g} {unit} is {row.label}" for row in records(active)]
    return (
        f"The axis is the average dose {with_article(time_word())}: {listed(parts)}. It assumes "
        "that only the amount matters, not how often it is given."
    )


def same_dose_note(again: pd.DataFrame, study: str) -> str:
    """Say what the same dose did in this study and in others, beside their placebo arms."""
    if again.empty:
        return ""
    parts = []
    treated = again[again["dose"].gt(0)]
    placebo = again[preferred_rows(again)]
    placebo = placebo[is_control(placebo) & is_controlled(placebo)]
    first = treated.assign(other=treated["study_id"].ne(study))
    for row in records(first.sort_values(["dose", "other"], kind="stable")):
        words = f"{percent(row.estimate, row.n)}%"
        beside = placebo[placebo["study_id"].eq(row.study_id)]
        if row.setting in CONTROLLED and len(beside):
            rate = beside.iloc[0]
            control = control_word(*kinds_of(beside))
            words += f" against {percent(rate['estimate'], rate['n'])}% on {control}"
        elif row.setting in CONTROLLED:
            words += f" (no {control_group()})"
        else:
            words += " (no control group)"
        words += f" in {study_name(row.study_id)}"
        regimen = dose_text(row.dose, row.dose_unit)
        if pd.notna(row.interval_weeks):
            every = row.interval_weeks
            regimen += f" every {time_word() if every == 1 else time_span(every)}"
        parts.append((regimen, words))
    doses = dict.fromkeys(dose for dose, _ in parts)
    return " ".join(
        f"At {dose}: {'; '.join(words for one, words in parts if one == dose)}." for dose in doses
    )


def arm_numbers(arms: DoseArms, row: Any) -> tuple[str, str, str]:
    """Return patients, value and limits of an arm."""
    if arms.kind == "means":
        value, low, high = (signed(one, ".0f") for one in (row.estimate, row.lower, row.upper))
        return f"n = {row.n}", value, f"({low} to {high})" if pd.notna(row.lower) else ""
    n = float(row.n)
    limits = f"({percent(row.lower_min, n)} to {percent(row.upper_max, n)})"
    return fraction(row.responders, row.n), f"{percent(row.estimate, n)}%", limits
