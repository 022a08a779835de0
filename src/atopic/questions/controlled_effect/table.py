"""Controlled effects in other measures, what their pool hangs on, and placebo arms in words."""

from typing import Any

import numpy as np
import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import (
    fraction,
    listed,
    outcome_text,
    percent,
    percent_text,
    percent_with_limits,
    plural,
    points_limits,
    points_signed,
    points_text,
    points_with_limits,
    ratio_text,
    span_text,
    study_name,
)
from atopic.display.p_values import p_equals, p_reported
from atopic.display.pooling_names import name_of
from atopic.evidence.controls import kinds_of
from atopic.evidence.frames import records
from atopic.questions.controlled_effect.by_agent import agents_words, by_agent, parts_by_agent
from atopic.questions.controlled_effect.by_measure import NAMES, effect_limits, effect_text
from atopic.questions.controlled_effect.words import differing_words
from atopic.review import control_group, control_word, time_heading, words_in_use
from atopic.stats.ambiguity import SEARCH_BEYOND

#: A sentence gives the results of so many comparisons at most.
_MOST_IN_WORDS = 6

#: What the counts behind an effect rest on.
_COUNTS = {"printed": "reported", "derived": "derived", "ambiguous": "several possible"}


def phases_note(effects: pd.DataFrame) -> str:
    """Say of each phase, the latest first, which trials differ clearly from placebo.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> phases_note(trial_effects(atopic.load(), "EASI-50", weeks=[12]))[:57]
    'Neither phase 3 trial differs clearly from placebo: 5 poi'
    """
    sentences: list[str] = []
    if effects.empty:
        return ""
    phases = effects["phase"].astype(object).where(effects["phase"].notna(), "")
    for phase in sorted(set(phases), reverse=True):
        some = effects[phases.eq(phase)]
        twice = set(some.loc[some["study_id"].duplicated(), "study_id"])
        trials = "; ".join(
            f"{points_with_limits(row.estimate, row.lower_min, row.upper_max)} in "
            f"{study_name(row.study_id)}"
            + (f" ({row.label})" if row.study_id in twice else "")
            + ("" if row.blinding == "unknown" else f", {_blind(str(row.blinding))}")
            for row in records(some)
        )
        kind = f"phase {phase} trial" if phase else "trial of no stated phase"
        said = differing_words(some, kind if phases.any() else "trial")
        # Of many trials the forest plot is sooner read than a sentence.
        sentences.append(f"{said}: {trials}." if len(some) <= _MOST_IN_WORDS else f"{said}.")
    return " ".join(sentences) + _searched(effects)


def tabulate_allowed(allowed: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that printed P values allow as a table to be read.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import allowed_effects
    >>> table = tabulate_allowed(allowed_effects(atopic.load(), "EASI-50", weeks=[12]))
    >>> table[["Patients", "Difference, points", "Interval"]].values.tolist()
    [['36 against 36, inferred', '+25.0', '4.0 to 43.4']]
    """
    rows = list(records(allowed))
    return pd.DataFrame(
        {
            "Study": allowed["study_id"],
            time_heading(): allowed["week"].astype(str),
            "P reported": allowed["p_printed"].map(p_reported),
            "Patients": [f"{row.n_1} against {row.n_0}, {row.sizes}" for row in rows],
            "Difference, points": [_ends(row.lower, row.upper) for row in rows],
            "Interval": [_ends(row.interval_lower, row.interval_upper) for row in rows],
            "Pairs of counts": allowed["pairs"].astype(str),
            "Tests": allowed["tests"].map(_tests),
            "If fewer": [
                f"{_ends(row.lower_fewer, row.upper_fewer)}, up to {row.fewer} fewer a group"
                if row.fewer
                else ""
                for row in rows
            ],
            "Interval, if fewer": [
                _ends(row.interval_lower_fewer, row.interval_upper_fewer) if row.fewer else ""
                for row in rows
            ],
            "Tests, if fewer": allowed["tests_fewer"].map(_tests).where(allowed["fewer"].gt(0), ""),
            "Row": allowed["row"].astype(str),
        }
    )


def _method(code: str) -> str:
    return ", ".join(map(name_of, code.replace(" effects", "").replace(" effect", "").split(", ")))


def _tests(codes: str) -> str:
    return ", ".join(name_of(one) for one in codes.split(", "))


def _ends(low: float, high: float) -> str:
    if np.isnan(low):
        return "none"
    return points_signed(low) if low == high else points_limits(low, high)


def tabulate_measures(measures: pd.DataFrame) -> pd.DataFrame:
    """Return ratios and numbers needed to treat as a table to be read, one row an effect.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import effect_measures, trial_effects
    >>> evidence = atopic.load()
    >>> found = effect_measures(evidence, trial_effects(evidence, "EASI-75", weeks=[16]))
    >>> tabulate_measures(found)[["Risk ratio", "Odds ratio"]].values.tolist()
    [['3.3 (1.2 to 9.1)', '3.9 (1.1 to 17.6)']]
    """
    names = {"RR": "Risk ratio", "OR": "Odds ratio", "NNT": "Number needed to treat"}
    first = measures[measures["measure"].eq("RR")]
    table = pd.DataFrame(
        {
            "Study": first["study_id"],
            "Group": first["label"],
            time_heading(): first["week"].astype(str),
            "Counts": first["basis"].map(_COUNTS),
        }
    ).reset_index(drop=True)
    for measure, name in names.items():
        rows = records(measures[measures["measure"].eq(measure)])
        table[name] = [
            row.text_over_all
            if measure == "NNT" or pd.isna(row.estimate)
            else ratio_text(row.estimate, row.lower_min, row.upper_max)
            for row in rows
        ]
    rows = zip(first["row"], first["reference_row"], strict=True)
    table["Rows"] = [f"{row}, {other}" for row, other in rows]
    return table


@by_agent
def tabulate_left_out(left: pd.DataFrame) -> pd.DataFrame:
    """Return pooled differences without each trial in turn as a table to be read."""
    if left.empty:
        return pd.DataFrame()
    alone = left["pooled"].eq("no")
    return pd.DataFrame(
        {
            "Without": left["left_out"].map(study_name),
            "Rests on": [
                listed(study_name(one) for one in str(names).split(", ")) + " alone" * only
                for names, only in zip(left["left"], alone, strict=True)
            ],
            **_effect_cells(left, "Limits"),
            "Method": [_method(one) for one in left["method"]],
        }
    )


def heterogeneity_note(pooled: pd.DataFrame) -> str:
    """Say how far the trials differ, how little that is known, and what the next may show."""
    if pooled.empty:
        return ""
    parts = list(parts_by_agent(pooled))
    if len(parts) > 1:
        notes = [f"{capital(agents_words(one))}: {heterogeneity_note(one)}" for one in parts]
        return " ".join(notes)
    common = pooled[pooled["method"].eq("common")].iloc[0]
    random = pooled[~pooled["method"].eq("common")].iloc[0]
    searched = _searched(pooled)
    trials, df = int(random["studies"]), int(common["Q_df"])
    words = (
        f"Heterogeneity of {trials} trials: Q = {common['Q']:.2f} on {plural(df, 'degree')} of "
        f"freedom ({p_equals(common['Q_p'])}), I² = {percent_text(random['I2'])}"
        f"{', from too few trials to tell' if trials < 5 else ''}."
    )
    low, high = random["prediction_lower_min"], random["prediction_upper_max"]
    if np.isfinite([low, high]).all():
        ends = f"{points_text(low)} to {points_text(high)} points"
        if random["measure"] != "RD":
            ends = f"{NAMES[random['measure']].lower()}s {effect_limits(low, high, 'RR')}"
        return f"{words} The next trial is predicted from {ends}.{searched}"
    return f"{words} The next trial cannot be predicted.{searched}"


def _searched(frame: pd.DataFrame) -> str:
    """Say where limits over all counts that fit were searched for, not tried one by one."""
    most = max(frame["combinations"], default=0)
    if most <= SEARCH_BEYOND:
        return ""
    return (
        f" The counts fit in up to {float(most):.3g} combinations, so the limits over all of them "
        "were searched for among some: they may be a little wider."
    )


def describe_placebo(arms: pd.DataFrame) -> str:
    """Say what the chart of placebo arms shows, for readers who cannot see it."""
    if arms.empty:
        return ""
    own = arms[arms["study_role"].eq("evidence")]
    drugs = arms[arms["study_role"].eq("benchmark") & ~arms["setting"].eq("pooled")]
    outcome = arms["outcome"].iloc[0]
    parts = []
    for row in records(own):
        rate = percent_with_limits(row.estimate, row.lower_min, row.upper_max, row.n)
        parts.append(f"{study_name(row.study_id)} {rate}")
    none = f"no trial of {words_in_use().treatment}"
    sentences = [f"{controls_caption(own, outcome)}: {'; '.join(parts) or none}."]
    if len(drugs):
        span = span_text(percent(drugs["estimate"].min()), percent(drugs["estimate"].max()))
        sentences.append(
            f"{capital(words_in_use().comparator.adjective)} trials, "
            f"{plural(len(drugs), control_group(*kinds_of(drugs)))}: {span}%."
        )
    for row in records(arms[arms["setting"].eq("pooled")]):
        sentences.append(f"{study_name(row.study_id)}, pooled: {percent_text(row.estimate)}.")
    return " ".join(sentences)


def ratios_caption(effects: pd.DataFrame, outcome: str, level: float) -> str:
    """Return what the table of ratios holds."""
    return (
        f"{outcome_text(outcome)}: ratios of treated to {control_word(*kinds_of(effects))} and "
        f"number needed to treat, {100 * level:g}% intervals"
    )


def controls_caption(placebo: pd.DataFrame, outcome: str) -> str:
    """Return whose rates the chart and the table of control groups hold."""
    return f"{outcome_text(outcome)} in {control_group(*kinds_of(placebo))}s"


def _blind(blinding: str) -> str:
    return "open" if blinding == "open" else f"{blinding}-blind"


def tabulate_effects(effects: pd.DataFrame) -> pd.DataFrame:
    """Return controlled effects as a table to be read, in the order of the chart.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> effects = trial_effects(atopic.load(), "EASI-75", weeks=[16])
    >>> tabulate_effects(effects)[["Treated", "Placebo", "Interval"]].values.tolist()
    [['14/59', '4/55', '3.0 to 29.5']]
    """
    several = effects["combinations"].gt(1)
    return pd.DataFrame(
        {
            "Study": effects["study_id"],
            "Group": effects["label"],
            time_heading(): effects["week"].astype(str),
            "Treated": _counts(effects, ""),
            capital(control_word(*kinds_of(effects))): _counts(effects, "reference_"),
            "Counts": effects["basis"].map(_COUNTS),
            **_effect_cells(effects, "Interval", over=("lower", "upper")),
            "Over all counts": [
                effect_limits(row.lower_min, row.upper_max, row.measure) if many else ""
                for row, many in zip(records(effects), several, strict=True)
            ],
            "Rows": [f"{row.row}, {row.reference_row}" for row in records(effects)],
        }
    )


@by_agent
def tabulate_pooled(pooled: pd.DataFrame) -> pd.DataFrame:
    """Return pooled differences as a table to be read; limits reach over all counts that fit.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import pooled_models, trial_effects
    >>> pooled = pooled_models(trial_effects(atopic.load(), "EASI-50", weeks=[12]))
    >>> tabulate_pooled(pooled)["Next trial"].to_list()
    ['', 'open', 'open']
    """
    if pooled.empty:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "Model": pooled["method"].map(name_of),
            "Interval": pooled["interval"].map(name_of),
            "Trials": [_trials(row) for row in records(pooled)],
            **_effect_cells(pooled, "Limits"),
            "Next trial": [_next_trial(row) for row in records(pooled)],
            "τ²": [f"{value:.2g}" for value in pooled["tau2"]],
            "I²": [percent_text(value) for value in pooled["I2"]],
            "Q": [f"{row.Q:.2f}, {p_equals(row.Q_p)}" for row in records(pooled)],
        }
    )


def _effect_cells(
    effects: pd.DataFrame, limits: str, over: tuple[str, str] = ("lower_min", "upper_max")
) -> dict[str, list[str]]:
    """Return the columns of an effect in its measure, of a ratio with the difference beside it."""
    measure = str(effects["measure"].iloc[0]) if len(effects) else "RD"
    rows = list(records(effects))
    cells = {
        NAMES[measure]: [effect_text(row.estimate, measure) for row in rows],
        limits: [
            effect_limits(getattr(row, over[0]), getattr(row, over[1]), measure) for row in rows
        ],
    }
    if "difference" in effects:
        cells[NAMES["RD"]] = [
            f"{points_signed(row.difference)} "
            f"({points_limits(row.difference_lower_min, row.difference_upper_max)})"
            for row in rows
        ]
    return cells


def effects_caption(measure: str, *, by: str = "") -> str:
    """Return what a table of effects holds, in the plural.

    >>> effects_caption("RD", by="trial"), effects_caption("OR")
    ('differences by trial, in percentage points', 'odds ratios')
    """
    by = f" by {by}" if by else ""
    if measure == "RD":
        return f"differences{by}{',' if by else ''} in percentage points"
    return f"{effects_unit(measure)}{by}"


def effects_unit(measure: str) -> str:
    """Return what effects are in: percentage points, or a kind of ratio."""
    return "percentage points" if measure == "RD" else f"{NAMES[measure].lower()}s"


def _trials(row: Any) -> str:
    more = f" ({plural(row.k, 'comparison')})" if row.k != row.studies else ""
    return f"{row.studies}{more}"


def _next_trial(row: Any) -> str:
    if row.method == "common":
        return ""
    low, high = row.prediction_lower_min, row.prediction_upper_max
    return effect_limits(low, high, row.measure) if np.isfinite([low, high]).all() else "open"


def _counts(effects: pd.DataFrame, side: str) -> list[str]:
    pairs = zip(effects[f"{side}responders"], effects[f"{side}n"], strict=True)
    return [fraction(x, n) for x, n in pairs]
