"""The effect that each question asks about, from the tables: counts, scores, or none.

Single trials keep the intervals that their pages print (Newcombe, Miettinen-Nurminen); several are
pooled by inverse variance.
"""

from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from atopic.evidence.counts import Candidates
from atopic.evidence.csv_rows import records
from atopic.evidence.folder import Evidence
from atopic.questions.certainty.body import Effect
from atopic.questions.certainty.settings import Settings
from atopic.questions.controlled_effect import trial_effects
from atopic.questions.dose_response import dose_arms
from atopic.questions.severity_reduction import reduction_differences, score_reductions
from atopic.stats import contrasts, pooling
from atopic.stats.ambiguity import SEARCH_BEYOND, over_candidates

__all__ = ["Found", "absolute_difference", "found_effect"]

_COUNTS = ["study_id", "responders", "n", "candidates"]
_COUNTS += ["reference_responders", "reference_n", "reference_candidates", "basis", "row"]
_COUNTS += ["reference_row"]


@dataclass(frozen=True, eq=False)
class Found:
    """What the tables hold on one question.

    Attributes
    ----------
    effect : Effect or None
    trials : DataFrame
        One row a trial with an estimate: ``study_id``, ``estimate``, ``lower``, ``upper`` in
        points, ``weight`` (inverse variance), ``n``, and for counts ``counts`` and ``basis``.
    placebo_rate : float
        Share in the comparison arms together; nan for scores and without counts.
    combinations : int
        Of counts that fit; 1 where there is nothing to choose.
    lowest, highest : float
        Least and greatest estimate over them, in points.
    """

    effect: Effect | None
    trials: pd.DataFrame
    placebo_rate: float = nan
    combinations: int = 1
    lowest: float = nan
    highest: float = nan


_LIMITS = ["estimate", "lower", "upper"]
_NONE = ["study_id", *_LIMITS, "weight", "n", "counts", "basis"]


def found_effect(evidence: Evidence, question: Any, settings: Settings) -> Found:
    """Return the effect that a question asks about.

    Parameters
    ----------
    question : a row of certainty_questions as `atopic.evidence.csv_rows.records` gives it.
    settings : Settings

    Returns
    -------
    Found: without an effect where the tables hold no two arms to compare.
    """
    studies = str(question.study_ids).split(";")
    weeks = [] if pd.isna(question.week) else [int(question.week)]
    if question.measure == "mean_difference":
        return _of_scores(evidence, question.outcome, weeks, studies, settings)
    if question.measure == "risk_difference":
        counts = _counts(evidence, question, weeks, studies)
        if len(counts):
            return _of_counts(counts, settings)
    return Found(None, pd.DataFrame(columns=_NONE))


def absolute_difference(rate: float, ratio: float) -> float:
    """Return what a risk ratio adds to a rate, as a share.

    >>> round(1000 * absolute_difference(0.352, 0.75))  # as a BMJ summary of findings prints it
    -88
    """
    return rate * (ratio - 1)


def _counts(
    evidence: Evidence, question: Any, weeks: list[int], studies: list[str]
) -> pd.DataFrame:
    """Return the counts of both arms, one row a trial."""
    if not evidence.instruments["outcome"].eq(question.outcome).any():
        return _events(evidence, question.outcome, studies)
    if question.design == "randomised-placebo":
        return trial_effects(evidence, question.outcome, weeks=weeks, studies=studies)[_COUNTS]
    rows = []
    for study in studies:
        arms = dose_arms(evidence, study, question.outcome, week=weeks[0]).frame
        if len(arms) > 1:
            low, high = arms.iloc[0], arms.iloc[-1]
            weaker = [str(one["basis"]) for one in (high, low)]
            rows.append(
                (
                    *(study, high["responders"], high["n"], high["candidates"]),
                    *(low["responders"], low["n"], low["candidates"]),
                    max(weaker, key=["printed", "derived", "ambiguous", "percent-only"].index),
                    *(high["row"], low["row"]),
                )
            )
    return pd.DataFrame(rows, columns=_COUNTS)


def _events(evidence: Evidence, event: str, studies: list[str]) -> pd.DataFrame:
    """Return patients with an event in both arms of trials that count them in both."""
    rows = evidence.joined("safety", "arms").rename_axis("row").reset_index()
    counted = rows["event"].eq(event) & rows["count"].notna() & rows["n"].notna()
    counted &= rows["study_id"].isin(studies) & rows["patients_or_events"].eq("patients")
    counted &= ~rows["arms.combined_arm"].eq("yes")
    found = []
    for study, arms in rows[counted].groupby("study_id"):
        placebo = arms[arms["arms.role"].eq("placebo")]
        active = arms[arms["arms.role"].eq("experimental")]
        if len(placebo) == len(active) == 1:
            cells: list[Any] = []
            for side in (active.iloc[0], placebo.iloc[0]):
                pair = (int(side["count"]), int(side["n"]))
                cells += [*pair, Candidates([pair])]
            found.append((study, *cells, "printed", active["row"].iloc[0], placebo["row"].iloc[0]))
    return pd.DataFrame(found, columns=_COUNTS)


def _of_counts(counts: pd.DataFrame, settings: Settings) -> Found:
    sides = ["responders", "n", "reference_responders", "reference_n"]
    x1, n1, x0, n0 = (counts[name].to_numpy("float64") for name in sides)
    rate = float(x0.sum() / n0.sum())
    single = contrasts.compare(x1, n1, x0, n0, measure="RD", level=settings.level)
    ratio = _ratio(x1, n1, x0, n0, settings)
    several = len(counts) > 1
    p1, p0 = x1 / n1, x0 / n0
    variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    with np.errstate(divide="ignore"):
        weight = np.where(variance > 0, 1 / variance, nan)
    extra: dict[str, float] = {}
    if several:
        pooled = _pool(x1, n1, x0, n0, "RD", settings)
        middle, lower, upper = (float(one) for one in (pooled.estimate, pooled.lower, pooled.upper))
        extra = _spread(pooled, 100)
    else:
        middle, lower, upper = (
            float(one[0]) for one in (single.estimate, single.lower, single.upper)
        )
    if settings.absolute == "ratio" and not np.isnan(ratio[0]):
        middle, lower, upper = (absolute_difference(rate, one) for one in ratio)
    patients = int(n1.sum() + n0.sum())
    effect = Effect(100 * middle, 100 * lower, 100 * upper, patients, *ratio, assumed="", **extra)
    trials = pd.DataFrame(
        {
            "study_id": counts["study_id"].to_numpy(),
            "estimate": 100 * np.asarray(single.estimate),
            "lower": 100 * np.asarray(single.lower),
            "upper": 100 * np.asarray(single.upper),
            "weight": weight,
            "n": (n1 + n0).astype(int),
            "counts": [
                f"{a:.0f}/{b:.0f} against {c:.0f}/{d:.0f}"
                for a, b, c, d in zip(x1, n1, x0, n0, strict=True)
            ],
            "basis": counts["basis"].astype(str).to_numpy(),
        }
    )
    combinations, lowest, highest = _over_all(counts, settings)
    return Found(effect, trials, rate, combinations, lowest, highest)


def _spread(pooled: Any, scale: float) -> dict[str, float]:
    """Return what says how much trials differ."""
    return {
        "tau2": float(pooled.tau2),
        "i2": float(pooled.I2),
        "prediction_lower": scale * float(pooled.prediction_lower),
        "prediction_upper": scale * float(pooled.prediction_upper),
    }


def _over_all(counts: pd.DataFrame, settings: Settings) -> tuple[int, float, float]:
    """Return how many counts fit, and the least and greatest difference over them in points."""
    k = len(counts)

    def difference(responders: Any, n: Any) -> dict[str, Any]:
        sides = (responders[:, :k], n[:, :k], responders[:, k:], n[:, k:])
        if k > 1:
            return {"estimate": _pool(*sides, "RD", settings).estimate}
        return {"estimate": contrasts.compare(*(one[:, 0] for one in sides)).estimate}

    pairs = [*counts["candidates"], *counts["reference_candidates"]]
    found = over_candidates(difference, pairs, limit=SEARCH_BEYOND, beyond="search")
    row = found.table.iloc[0]
    return found.combinations, 100 * float(row["minimum"]), 100 * float(row["maximum"])


def _pool(x1: Any, n1: Any, x0: Any, n0: Any, measure: Any, settings: Settings) -> Any:
    interval: Any = {"hartung-knapp": "hartung-knapp-safeguarded"}.get(settings.pooling, "wald")
    model: Any = "common" if settings.pooling == "common" else "random"
    return pooling.pool_contrasts(
        x1, n1, x0, n0, measure=measure, model=model, interval=interval, level=settings.level
    )


def _ratio(x1: Any, n1: Any, x0: Any, n0: Any, settings: Settings) -> tuple[float, float, float]:
    """Return the risk ratio with its limits; nan where nobody responded."""
    if not (x1.any() or x0.any()):
        return nan, nan, nan
    if len(x1) == 1:
        one = contrasts.compare(x1, n1, x0, n0, measure="RR", level=settings.level)
        return float(one.estimate[0]), float(one.lower[0]), float(one.upper[0])
    if not (x1.all() and x0.all()):
        return nan, nan, nan  # an inverse variance needs a responder in each arm
    logs = _pool(x1, n1, x0, n0, "RR", settings)
    ends = (logs.estimate, logs.lower, logs.upper)
    lowest, *rest = (float(np.exp(one)) for one in ends)
    return lowest, rest[0], rest[1]


def _of_scores(
    evidence: Evidence, outcome: str, weeks: list[int], studies: list[str], settings: Settings
) -> Found:
    """Return a difference of mean changes; what its interval rests on is told with it."""
    if not evidence.scores["outcome"].eq(outcome).any():
        return Found(None, pd.DataFrame(columns=_NONE))
    arms = score_reductions(
        evidence, outcome, weeks=weeks, studies=studies, assume="sd", level=settings.level
    )
    differences = reduction_differences(arms[arms["unit"].eq("points")])
    rows, assumed = [], []
    for row in records(differences):
        lower, upper, se, words = row.lower, row.upper, row.se, ""
        if pd.isna(se):
            se, words = _se_of_p(evidence, row)
            if pd.isna(se):
                continue
            reach = ndtri(0.5 + settings.level / 2) * se
            lower, upper = row.estimate - reach, row.estimate + reach
        else:
            words = "a spread without a label read as a standard deviation"
            words = words if str(row.spread_used).startswith("assumed") else ""
            if row.n_basis == "inferred":
                words = ", ".join(filter(None, [words, "sizes of another outcome"]))
        n = int(row.n + row.n_reference) if pd.notna(row.n) and pd.notna(row.n_reference) else 0
        rows.append((row.study_id, row.estimate, lower, upper, 1 / se**2, n, "", "printed"))
        assumed.append(words)
    trials = pd.DataFrame(rows, columns=_NONE)
    if trials.empty:
        return Found(None, trials)
    words = "; ".join(dict.fromkeys(filter(None, assumed)))
    if len(trials) == 1:
        middle, lower, upper = (float(trials[one].iloc[0]) for one in _LIMITS)
        extra: dict[str, float] = {}
    else:
        wald: Any = {"hartung-knapp": "hartung-knapp-safeguarded"}.get(settings.pooling, "wald")
        pooled = pooling.random_effects(
            trials["estimate"], 1 / trials["weight"], interval=wald, level=settings.level
        )
        middle, lower, upper = (float(one) for one in (pooled.estimate, pooled.lower, pooled.upper))
        extra = _spread(pooled, 1)
    effect = Effect(middle, lower, upper, int(trials["n"].sum()), assumed=words, **extra)
    return Found(effect, trials, lowest=middle, highest=middle)


def _se_of_p(evidence: Evidence, row: Any) -> tuple[float, str]:
    """Return the widest standard error that a printed P value allows a difference (normal)."""
    every = evidence.contrasts
    mine = every[
        every["study_id"].eq(row.study_id)
        & every["arm_id"].eq(row.arm_id)
        & every["outcome"].eq(row.outcome)
        & every["week"].eq(row.week)
        & every["measure"].eq("p_value")
        & every["value_operator"].isin(["<", "="])
    ]
    if mine.empty:
        return nan, ""
    p, operator = float(mine["value"].iloc[0]), str(mine["value_operator"].iloc[0])
    se = abs(row.estimate) / float(ndtri(1 - p / 2))
    return se, f"no spread was printed; the widest that P {operator} {p:g} allows"
