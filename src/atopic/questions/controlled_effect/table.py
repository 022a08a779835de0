"""Controlled effects in other measures, what their pool hangs on, and placebo arms in words."""

import numpy as np
import pandas as pd

from atopic.display.numbers import interval_text, p_text, percent, points_text, study_name
from atopic.evidence.csv_rows import records

__all__ = [
    "describe_placebo",
    "heterogeneity_note",
    "phases_note",
    "tabulate_allowed",
    "tabulate_left_out",
    "tabulate_measures",
]


def phases_note(effects: pd.DataFrame) -> str:
    """Say of each phase, the latest first, in which trials the interval excludes zero.

    Parameters
    ----------
    effects : DataFrame
        From `atopic.questions.controlled_effect.trial_effects` with ``measure="RD"``.

    Returns
    -------
    str
        One sentence a phase; empty without effects.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> phases_note(trial_effects(atopic.load(), "EASI-75", weeks=[16]))
    'Phase 2, zero lies outside 1 of 1 interval: Atmsc 2025 16 points (3 to 29), single-blind.'
    """
    sentences = []
    phases = effects["phase"].astype(object).where(effects["phase"].notna(), "")
    for phase in sorted(set(phases), reverse=True):
        some = effects[phases.eq(phase)]
        apart = int(((some["lower_min"] > 0) | (some["upper_max"] < 0)).sum())
        trials = "; ".join(
            f"{study_name(row.study_id)} {points_text(row.estimate)} points "
            f"({points_text(row.lower_min)} to {points_text(row.upper_max)})"
            + ("" if row.blinding == "unknown" else f", {_blind(str(row.blinding))}")
            for row in records(some)
        )
        name = f"Phase {phase}" if phase else "Phase not stated"
        intervals = f"{apart} of {len(some)} interval{'' if len(some) == 1 else 's'}"
        sentences.append(f"{name}, zero lies outside {intervals}: {trials}.")
    return " ".join(sentences)


def tabulate_allowed(allowed: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that printed P values allow as a table to be read.

    Parameters
    ----------
    allowed : DataFrame
        From `atopic.questions.controlled_effect.allowed_effects`; at least one row.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import allowed_effects
    >>> table = tabulate_allowed(allowed_effects(atopic.load(), "EASI-50", weeks=[12]))
    >>> table[["Patients", "Difference", "If fewer"]].values.tolist()
    [['36 against 36, inferred', '0.2500', '0.1487 to 0.2834, up to 3 fewer an arm']]
    """
    rows = list(records(allowed))
    return pd.DataFrame(
        {
            "Study": allowed["study_id"],
            "Week": allowed["week"].astype(str),
            "P printed": allowed["p_printed"],
            "Patients": [f"{row.n_1} against {row.n_0}, {row.sizes}" for row in rows],
            "Difference": [_ends(row.lower, row.upper) for row in rows],
            "Pairs of counts": allowed["pairs"].astype(str),
            "Tests": allowed["tests"],
            "If fewer": [
                f"{_ends(row.lower_fewer, row.upper_fewer)}, up to {row.fewer} fewer an arm"
                if row.fewer
                else ""
                for row in rows
            ],
            "Tests, if fewer": allowed["tests_fewer"].where(allowed["fewer"].gt(0), ""),
            "Row": allowed["row"].astype(str),
        }
    )


def _ends(low: float, high: float) -> str:
    if np.isnan(low):
        return "none"
    return f"{low:.4f}" if f"{low:.4f}" == f"{high:.4f}" else interval_text(low, high)


def tabulate_measures(measures: pd.DataFrame) -> pd.DataFrame:
    """Return ratios and numbers needed to treat as a table to be read, one row an effect.

    Parameters
    ----------
    measures : DataFrame
        From `atopic.questions.controlled_effect.effect_measures`; at least one effect.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import effect_measures, trial_effects
    >>> evidence = atopic.load()
    >>> found = effect_measures(evidence, trial_effects(evidence, "EASI-75", weeks=[16]))
    >>> tabulate_measures(found)[["Risk ratio", "Odds ratio"]].values.tolist()
    [['3.26 (1.21 to 9.08)', '3.92 (1.12 to 17.56)']]
    """
    names = {"RR": "Risk ratio", "OR": "Odds ratio", "NNT": "Number needed to treat"}
    first = measures[measures["measure"].eq("RR")]
    table = pd.DataFrame(
        {
            "Study": first["study_id"],
            "Arm": first["arm_id"],
            "Week": first["week"].astype(str),
            "Counts": first["basis"].astype(str),
        }
    ).reset_index(drop=True)
    for measure, name in names.items():
        table[name] = measures.loc[measures["measure"].eq(measure), "text_over_all"].to_numpy()
    rows = zip(first["row"], first["reference_row"], strict=True)
    table["Rows"] = [f"{row}, {other}" for row, other in rows]
    return table


def tabulate_left_out(left: pd.DataFrame) -> pd.DataFrame:
    """Return pooled differences without each trial in turn as a table to be read.

    Parameters
    ----------
    left : DataFrame
        From `atopic.questions.controlled_effect.leave_one_out_effects`; at least one row.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import leave_one_out_effects, trial_effects
    >>> left = leave_one_out_effects(trial_effects(atopic.load(), "EASI-50", weeks=[12]))
    >>> tabulate_left_out(left)["Rests on"].to_list()
    ['kangstem-2024 alone', 'kangstem-2019 alone']
    """
    alone = left["pooled"].eq("no")
    return pd.DataFrame(
        {
            "Without": left["left_out"],
            "Rests on": left["left"].where(~alone, left["left"] + " alone"),
            "Difference": [f"{value:.4f}" for value in left["estimate"]],
            "Limits": [interval_text(row.lower_min, row.upper_max) for row in records(left)],
            "Method": left["method"],
        }
    )


def heterogeneity_note(pooled: pd.DataFrame) -> str:
    """Say how far the trials differ, how little that is known, and what the next may show.

    Parameters
    ----------
    pooled : DataFrame
        From `atopic.questions.controlled_effect.pooled_models`.

    Returns
    -------
    str
        Two or three sentences; empty if nothing was pooled.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import pooled_models, trial_effects
    >>> note = heterogeneity_note(pooled_models(trial_effects(atopic.load(), "EASI-50")))
    >>> note[:79]
    'Heterogeneity of 2 trials: Q = 0.011 on 1 degree of freedom (P 0.917), I2 = 0 %'
    """
    if pooled.empty:
        return ""
    common = pooled[pooled["method"].eq("common")].iloc[0]
    random = pooled[~pooled["method"].eq("common")].iloc[0]
    trials, df = int(random["studies"]), int(common["Q_df"])
    degrees = "degree" if df == 1 else "degrees"
    words = (
        f"Heterogeneity of {trials} trials: Q = {common['Q']:.3f} on {df} {degrees} of freedom "
        f"(P {p_text(common['Q_p'])}), I2 = {100 * random['I2']:.0f} %, "
        f"tau2 = {random['tau2']:.4f}."
    )
    if trials < 5:
        words += " So few trials show neither that their effects agree nor that they differ."
    low, high = random["prediction_lower_min"], random["prediction_upper_max"]
    if np.isfinite([low, high]).all():
        ends = f"{points_text(low)} to {points_text(high)} points"
        return f"{words} The next trial is predicted from {ends}."
    return f"{words} The prediction interval for the next trial is open on both sides."


def describe_placebo(arms: pd.DataFrame) -> str:
    """Say what the chart of placebo arms shows, for readers who cannot see it.

    Parameters
    ----------
    arms : DataFrame
        From `atopic.questions.controlled_effect.placebo_arms`; at least one row.

    Returns
    -------
    str
        The placebo arms of the trials of cells one by one, and the span of the others.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import placebo_arms
    >>> arms = placebo_arms(atopic.load(), "EASI-50", weeks=[12], trials=["kangstem-2019"])
    >>> describe_placebo(arms)[:71]
    'Responders on placebo, EASI-50: Kangstem 2019 27 % (18 to 38). Drug tri'
    """
    own = arms[arms["study_role"].eq("evidence")]
    drugs = arms[arms["study_role"].eq("benchmark") & ~arms["setting"].eq("pooled")]
    outcome = arms["outcome"].iloc[0]
    parts = []
    for row in records(own):
        n = float(row.n) if pd.notna(row.n) else np.nan
        limits = f" ({percent(row.lower_min, n)} to {percent(row.upper_max, n)})"
        parts.append(
            f"{study_name(row.study_id)} {percent(row.estimate, n)} %"
            f"{limits if pd.notna(row.lower) else ''}"
        )
    sentences = [f"Responders on placebo, {outcome}: {'; '.join(parts) or 'no trial of cells'}."]
    if len(drugs):
        low, high = percent(drugs["estimate"].min()), percent(drugs["estimate"].max())
        span = f"{low} %" if low == high else f"{low} to {high} %"
        arms_word = "arm" if len(drugs) == 1 else "arms"
        sentences.append(f"Drug trials, {len(drugs)} placebo {arms_word}: {span}.")
    for row in records(arms[arms["setting"].eq("pooled")]):
        sentences.append(f"{study_name(row.study_id)}, pooled: {percent(row.estimate)} %.")
    return " ".join(sentences)


def _blind(blinding: str) -> str:
    return "open" if blinding == "open" else f"{blinding}-blind"
