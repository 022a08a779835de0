"""Curves through three doses or more: the models the doses can carry, averaged, and their test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atopic.display.numbers import plural
from atopic.evidence.selection import as_names
from atopic.questions.dose_response.arms import DoseArms
from atopic.review import control_word
from atopic.stats import doseresponse as dr
from atopic.stats.arguments import as_level
from atopic.stats.results import Result

#: Doses at which curves are computed.
_POINTS = 121


@dataclass(frozen=True, eq=False, repr=False)
class DoseCurves(Result):
    """Dose-response models of one study.

    Attributes
    ----------
    refused : str; why no curve was fitted; empty if some were. Every frame is then empty.
    models : DataFrame; one row a model asked for: ``model``, ``criterion``, ``weight``,
        ``estimate``, ``lower`` and ``upper`` of the dose that reaches the target, ``method`` of its
        interval, ``reason`` if the doses cannot carry the model. The last row, ``average``, is over
        all models.
    average : DataFrame; ``dose``, ``estimate``, ``lower``, ``upper`` of the averaged curve.
    single : dict of str to DataFrame; ``dose`` and ``estimate`` for each model.
    signal : DataFrame; the contrast tests of MCP-Mod: ``candidate``, ``statistic``, ``p_value``
        (adjusted).
    target : float; difference from dose 0, as it was asked for: in percentage points or units of
        the score.
    statement : str; the averaged target dose in a sentence; empty without an arm at dose 0.
    notes : str; what was added to counts, and which counts the curves rest on; empty if nothing.
    """

    refused: str
    models: pd.DataFrame
    average: pd.DataFrame
    single: Mapping[str, pd.DataFrame]
    signal: pd.DataFrame
    target: float
    statement: str
    notes: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a model, and the average over them."""
        return self.models

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the models, the averaged curve and the contrast tests."""
        return {"models": self.models, "average": self.average, "contrast tests": self.signal}

    def _first(self) -> str:
        curves = plural(len(self.single), "curve")
        return self.refused or self.statement or f"{curves} fitted, without a dose 0 to compare"

    def _cautions(self) -> tuple[str, ...]:
        return (self.notes,) if self.notes else ()


def dose_curves(
    arms: DoseArms, *, models: Sequence[str] = (), delta: float = 20.0, level: float = 0.95
) -> DoseCurves:
    """Fit, weigh and average dose-response models, and test for a signal.

    Parameters
    ----------
    arms : from `dose_arms`.
    models : sequence of str; models to fit; none given means all of `atopic.stats.doseresponse`.
    delta : float; difference from dose 0 to find the dose for, counted as an improvement:
        percentage points of responders, or units of the score.
    level : float; confidence level; the contrast tests are one-sided at half of what is left.

    Returns
    -------
    DoseCurves: refused for fewer than three doses: two fix a straight line and test nothing of it.

    Raises
    ------
    ValueError: for an unknown model, a `delta` that is no improvement or, for shares, not below
        100, or a level outside (0, 1).

    Notes
    -----
    Counts: binomial maximum likelihood on the logit scale; means: weighted least squares with the
    printed standard errors (Pinheiro et al. 2014). Weights are from AICc, the band of the average
    is Buckland's (1997), contrast tests use the default candidates of
    `atopic.stats.doseresponse.mcp_mod`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> arms = dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16)
    >>> curves = dose_curves(arms)
    >>> curves.models[["model", "weight"]].round(3).values.tolist()[:3]
    [['constant', 0.0], ['linear', 0.236], ['log-linear', 0.763]]
    """
    chosen = _chosen(models)
    share = arms.kind == "counts"
    if not (0 < delta < (100 if share else np.inf)):
        words = "from 0 to 100 percentage points" if share else "above 0, in units of the score"
        raise ValueError(f"delta must be a difference {words}, without the ends, not {delta!r}")
    level = as_level(level)
    doses = arms.doses
    if len(doses) < 3:
        why = "" if arms.refused else f"With {len(doses)} doses no curve is fitted."
        return _none(delta, arms.refused or why)
    try:
        fitted = _fit(arms, chosen, level)
    except ValueError as reason:
        return _none(delta, f"No curve is fitted: {reason}.")
    averaged = dr.average(fitted)
    grid = np.linspace(min(doses), max(doses), _POINTS)
    target = (-1 if arms.lower_is_better else 1) * (delta / 100 if share else delta)
    signal, added = _signal(arms, (1 - level) / 2)
    notes = [added] if added else []
    if share and arms.frame["basis"].eq("ambiguous").any():
        notes.append("Where several counts fit, the curves rest on the one shown.")
    goal = dr.target_dose(averaged, target) if arms.has_placebo else None
    return DoseCurves(
        refused="",
        models=_models(arms, fitted, averaged, target),
        average=dr.predict(averaged, grid),
        single={fit.model: _line(fit, fitted, grid) for fit in fitted.fits},
        signal=signal,
        target=delta,
        statement=_sentence(goal, arms, delta),
        notes=" ".join(notes),
    )


def _chosen(models: Sequence[str]) -> list[dr.Model]:
    chosen = as_names("models", models, dr.MODELS)
    return [model for model in dr.MODELS if model in chosen or not chosen]


def _fit(arms: DoseArms, models: list[dr.Model], level: float) -> dr.FittedModels:
    frame = arms.frame
    dose, n = frame["dose"].to_numpy("float64"), frame["n"].astype("float64")
    if arms.kind == "counts":
        responders = frame["responders"].astype("float64")
        return dr.fit_all(dose, responders, n, models=models, level=level)
    return dr.fit_all_means(dose, frame["estimate"], frame["se"], n=n, models=models, level=level)


def _signal(arms: DoseArms, level: float) -> tuple[pd.DataFrame, str]:
    """Return the contrast tests, and what was added to the counts for them."""
    frame = arms.frame
    dose = frame["dose"].to_numpy("float64")
    direction: dr.Alternative = "less" if arms.lower_is_better else "greater"
    if arms.kind == "means":
        found = dr.mcp_mod_means(
            dose, frame["estimate"], frame["se"], level=level, alternative=direction
        )
        return _tests(found), ""
    x, n = frame["responders"].astype("float64"), frame["n"].astype("float64")
    empty = bool((x.eq(0) | x.eq(n)).any())
    found = dr.mcp_mod(
        dose, x, n, level=level, alternative=direction, continuity=0.5 if empty else 0.0
    )
    words = (
        "In one group nobody or everybody responded: for the contrast tests half a patient was "
        "added to responders and non-responders of every arm."
    )
    return _tests(found), words if empty else ""


def _tests(found: dr.MCPMod) -> pd.DataFrame:
    kept = found.table[["candidate", "statistic", "p_value", "significant"]]
    return kept.assign(critical_value=found.critical_value, one_sided_level=found.level)


def _line(fit: dr.DoseFit, fitted: dr.FittedModels, grid: np.ndarray) -> pd.DataFrame:
    # An average of one spares the profile-likelihood band, which is not drawn.
    alone = dr.FittedModels((fit,), {}, fitted.criterion, np.ones(1))
    return dr.predict(dr.average(alone), grid)[["dose", "estimate"]]


def _models(
    arms: DoseArms, fitted: dr.FittedModels, averaged: dr.ModelAverage, target: float
) -> pd.DataFrame:
    rows = []
    weights = dict(zip((fit.model for fit in fitted.fits), fitted.weights, strict=True))
    for fit in fitted.fits:
        rows.append(
            {
                "model": fit.model,
                "criterion": getattr(fit, fitted.criterion),
                "weight": weights[fit.model],
                "on_bound": ", ".join(fit.on_bound),
                **_target(fit, arms, target),
                "reason": "; ".join(fit.notes),
            }
        )
    rows.append({"model": "average", "weight": 1.0, **_target(averaged, arms, target)})
    rows += [{"model": name, "reason": why} for name, why in fitted.refused.items()]
    frame = pd.DataFrame(rows)
    frame["on_bound"] = frame["on_bound"].fillna("")
    frame["reason"] = frame["reason"].fillna("")
    frame["method"] = frame["method"].fillna("none")
    return frame.assign(
        study_id=arms.study_id,
        outcome=arms.outcome,
        week=arms.week,
        target=target,
        dose_unit=arms.unit,
        lowest_dose=min(dose for dose in arms.doses if dose > 0),
        highest_dose=max(arms.doses),
        level=averaged.level,
    )


def _target(
    fit: dr.DoseFit | dr.ModelAverage, arms: DoseArms, target: float
) -> dict[str, float | str]:
    if not arms.has_placebo:
        return {"estimate": np.nan, "lower": np.nan, "upper": np.nan, "method": "none"}
    found = dr.target_dose(fit, target)
    return {
        "estimate": found.estimate,
        "lower": found.lower,
        "upper": found.upper,
        "method": found.interval,
    }


def _sentence(goal: dr.TargetDose | None, arms: DoseArms, delta: float) -> str:
    if goal is None:
        return ""
    scale, unit = arms.scale, arms.axis_unit
    what = f"An improvement of {delta:g} points over {control_word()}"
    end = f"{goal.up_to / scale:g} {unit}"
    if np.isinf(goal.lower):
        return f"{what} is not reached up to {end}, not even at the edge of the averaged band."
    low = min(dose for dose in arms.doses if dose > 0)
    least = f"{low / scale:g} {unit}, the lowest dose tried"
    if goal.upper < low:
        return f"{what} is reached below {least}: at which dose no group tells."
    high = two_figures(goal.upper / scale) if np.isfinite(goal.upper) else f"more than {end}"
    if goal.estimate < low:
        return (
            f"{what} is reached below {least}: at which dose no group tells "
            f"({100 * goal.level:g}% interval up to {high})."
        )
    start = f"from below {least}," if goal.lower < low else two_figures(goal.lower / scale)
    limits = f"{100 * goal.level:g}% interval {start} to {high}"
    if np.isinf(goal.estimate):
        return f"{what} is not reached by the averaged curve up to {end} ({limits})."
    dose = f"{two_figures(goal.estimate / scale)} {unit}"
    return f"{what} is reached at {dose} ({limits}), over all models."


def two_figures(value: float) -> str:
    """Return a number with two figures, or more before the point.

    >>> two_figures(159.8), two_figures(0.0312)
    ('160', '0.031')
    """
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _none(delta: float, refused: str) -> DoseCurves:
    empty = pd.DataFrame()
    return DoseCurves(refused, empty, empty, {}, empty, delta, "", "")
