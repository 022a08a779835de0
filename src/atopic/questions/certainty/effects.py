"""The effect that each question asks about, from the tables: counts, scores, or none.

Single trials keep the intervals that their pages print (Newcombe, Miettinen-Nurminen); several are
pooled by inverse variance. Where several counts fit what was reported, limits are the outermost
over all of them, as on the pages.
"""

from math import nan
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.evidence.controls import CONTROLS, kind_of_design
from atopic.evidence.counts import Candidates
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.certainty.body import Effect, Found
from atopic.questions.certainty.score_effects import TRIALS, effect_of_scores, spread
from atopic.questions.certainty.settings import Settings
from atopic.questions.controlled_effect import over_all_counts, trial_effects
from atopic.questions.dose_response import dose_arms
from atopic.stats import contrasts, pooling
from atopic.stats.ambiguity import SEARCH_BEYOND, Ambiguous, over_candidates

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
_Shares = TypeVar("_Shares", float, Floats)

_COUNTS = ["study_id", "responders", "n", "candidates"]
_COUNTS += ["reference_responders", "reference_n", "reference_candidates", "basis", "row"]
_COUNTS += ["reference_row", "arm_id", "reference_arm_id"]


#: What is shown of an effect over all counts that fit: the central one, the least and the greatest.
_ENDS = ("estimate", "lower", "upper")


def found_effect(evidence: Evidence, question: Any, settings: Settings) -> Found:
    """Return the effect that a question asks about.

    Parameters
    ----------
    question : a row of certainty_questions as `atopic.evidence.frames.records` gives it; of one
        with ``arms``, pairs of study and arm, only these active arms count.

    Returns
    -------
    Found: without an effect where the tables hold no two arms to compare, and of several trials
        where in one of them nobody, or everybody, responded in both arms: its difference has no
        variance, and an inverse variance no weight for it.
    """
    studies = str(question.study_ids).split(";")
    weeks = [] if pd.isna(question.week) else [int(question.week)]
    if question.measure == "mean_difference":
        return effect_of_scores(evidence, question.outcome, weeks, studies, settings)
    if question.measure == "risk_difference":
        counts = _counts(evidence, question, weeks, studies)
        if len(counts) and (len(counts) == 1 or not _has_no_variance(counts)):
            return _of_counts(counts, settings)
    return Found(None, pd.DataFrame(columns=TRIALS))


def absolute_difference(rate: _Shares, ratio: _Shares) -> _Shares:
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
        return _events(evidence, question.outcome, studies, kind_of_design(question.design))
    if kind := kind_of_design(question.design):
        effects = trial_effects(evidence, question.outcome, weeks=weeks, studies=studies)
        asked = effects["control"].eq(kind)
        if arms := getattr(question, "arms", None):
            pairs = zip(effects["study_id"], effects["arm_id"], strict=True)
            asked &= np.array([pair in arms for pair in pairs], dtype=bool)
        return effects.loc[asked, _COUNTS].reset_index(drop=True)
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
                    *(high["row"], low["row"], high["arm_id"], low["arm_id"]),
                )
            )
    return pd.DataFrame(rows, columns=_COUNTS)


def _events(evidence: Evidence, event: str, studies: list[str], kind: str) -> pd.DataFrame:
    """Return patients with an event in both arms of trials that count them in both."""
    roles = [kind] if kind in CONTROLS else ["active-comparator"] if kind else list(CONTROLS)
    rows = evidence.joined("safety", "arms").rename_axis("row").reset_index()
    counted = rows["event"].eq(event) & rows["count"].notna() & rows["n"].notna()
    counted &= rows["study_id"].isin(studies) & rows["patients_or_events"].eq("patients")
    counted &= ~rows["arms.combined_arm"].eq("yes")
    found = []
    for study, arms in rows[counted].groupby("study_id"):
        placebo = arms[arms["arms.role"].isin(roles)]
        active = arms[arms["arms.role"].eq("experimental")]
        if len(placebo) == len(active) == 1:
            cells: list[Any] = []
            both = (active.iloc[0], placebo.iloc[0])
            for side in both:
                pair = (int(side["count"]), int(side["n"]))
                cells += [*pair, Candidates([pair])]
            places = [side[name] for name in ("row", "arm_id") for side in both]
            found.append((study, *cells, "printed", *places))
    return pd.DataFrame(found, columns=_COUNTS)


def _of_counts(counts: pd.DataFrame, settings: Settings) -> Found:
    sides = ["responders", "n", "reference_responders", "reference_n"]
    x1, n1, x0, n0 = (counts[name].to_numpy("float64") for name in sides)
    single = contrasts.compare(x1, n1, x0, n0, measure="RD", level=settings.level)
    outer = [
        over_all_counts(pair, level=settings.level)
        for pair in zip(counts["candidates"], counts["reference_candidates"], strict=True)
    ]
    place, own = _controls(counts)
    p1, p0 = x1 / n1, x0 / n0
    variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    with np.errstate(divide="ignore"):
        weight = np.where(variance > 0, 1 / variance, nan)
    whole = _over_all(counts, settings)
    pooled = _pool((x1, n1, x0, n0), "RD", place, settings) if len(counts) > 1 else None
    extra = spread(pooled, 100) if pooled else {}
    ends = {row.quantity: (row.central, row.minimum, row.maximum) for row in records(whole.table)}
    limits = [float(ends[name][place]) for place, name in enumerate(_ENDS)]
    ratios = [
        float(ends[f"ratio_{name}"][place]) if f"ratio_{name}" in ends else nan
        for place, name in enumerate(_ENDS)
    ]
    patients = int(n1.sum() + n0[own].sum())
    middle, lower, upper = (100 * one for one in limits)
    ratio, ratio_lower, ratio_upper = ratios
    effect = Effect(
        middle, lower, upper, patients, ratio, ratio_lower, ratio_upper, assumed="", **extra
    )
    trials = pd.DataFrame(
        {
            "study_id": counts["study_id"].to_numpy(),
            "estimate": 100 * np.asarray(single.estimate),
            "lower": [100 * one.lower_min for one in outer],
            "upper": [100 * one.upper_max for one in outer],
            "weight": weight,
            "n": (n1 + n0).astype(int),
            "counts": [
                f"{a:.0f}/{b:.0f} against {c:.0f}/{d:.0f}"
                for a, b, c, d in zip(x1, n1, x0, n0, strict=True)
            ],
            "basis": counts["basis"].astype(str).to_numpy(),
            "arm_id": counts["arm_id"].to_numpy(),
            "reference_arm_id": counts["reference_arm_id"].to_numpy(),
            "method": single.method,
        }
    )
    _, lowest, highest = ends["estimate"]
    return Found(
        effect, trials, float(x0[own].sum() / n0[own].sum()), whole.combinations,
        100 * lowest, 100 * highest,
    )  # fmt: skip


def _has_no_variance(counts: pd.DataFrame) -> bool:
    """Say whether, by counts that fit, an arm and its control are both all or nothing."""

    def extreme(candidates: Candidates) -> bool:
        return any(x in (0, n) for x, n in candidates)

    pairs = zip(counts["candidates"], counts["reference_candidates"], strict=True)
    return any(extreme(active) and extreme(control) for active, control in pairs)


def _controls(counts: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return which control group each arm is compared with, and where each of them stands first."""
    groups = pd.MultiIndex.from_frame(counts[["study_id", "reference_arm_id"]])
    place, _ = pd.factorize(groups)
    return place, np.unique(place, return_index=True)[1]


def _over_all(counts: pd.DataFrame, settings: Settings) -> Ambiguous:
    """Return the difference and the ratio of all trials together over all counts that fit."""
    k = len(counts)
    place, own = _controls(counts)
    controls = counts.iloc[own]
    pairs = [*counts["candidates"], *controls["reference_candidates"]]
    nobody = [any(x == 0 for x, _ in arm) for arm in pairs]
    # An inverse variance needs a responder in each arm, a ratio of two arms one in either.
    has_ratio = not (any(nobody) if k > 1 else all(nobody))
    by_ratio = settings.absolute == "ratio" and has_ratio and not any(nobody[k:])

    def numbers(responders: Floats, n: Floats) -> dict[str, Floats]:
        sides = (responders[:, :k], n[:, :k], responders[:, k + place], n[:, k + place])
        found = _together(sides, "RD", place, settings)
        if has_ratio:
            ratio = _together(sides, "RR", place, settings)
            if by_ratio:
                rate = responders[:, k:].sum(axis=1) / n[:, k:].sum(axis=1)
                found = {name: absolute_difference(rate, one) for name, one in ratio.items()}
            found |= {f"ratio_{name}": one for name, one in ratio.items()}
        return found

    used = [*_used(counts, ""), *_used(controls, "reference_")]
    central = [row.index(pair) for row, pair in zip(pairs, used, strict=True)]
    return over_candidates(numbers, pairs, central=central, limit=SEARCH_BEYOND, beyond="search")


def _together(sides: Any, measure: Any, place: Ints, settings: Settings) -> dict[str, Floats]:
    """Return the effect of one trial, or of several pooled, for each combination of counts."""
    if sides[0].shape[1] == 1:
        found: Any = contrasts.compare(
            *(one[:, 0] for one in sides), measure=measure, level=settings.level
        )
        return {name: np.asarray(getattr(found, name)) for name in _ENDS}
    found = _pool(sides, measure, place, settings)
    return {name: np.asarray(getattr(found, name)) for name in _ENDS}


def _used(counts: pd.DataFrame, side: str) -> list[tuple[int, int]]:
    pairs = counts[[f"{side}responders", f"{side}n"]].astype(int)
    return list(pairs.itertuples(index=False, name=None))


def _pool(sides: Any, measure: Any, place: Ints, settings: Settings) -> Any:
    """Pool arms against controls; `place` says which of them have one control group in common."""
    how: Any = ways_of_pooling(settings)
    if len(set(place)) < len(place):
        how["control"] = place
    return pooling.pool_contrasts(*sides, measure=measure, level=settings.level, **how)


def ways_of_pooling(settings: Settings) -> dict[str, str]:
    """Return how several trials are pooled by inverse variance: options of `pool_contrasts`.

    >>> ways_of_pooling(Settings(pooling="common"))
    {'model': 'common', 'tau2_method': 'reml', 'interval': 'wald'}
    """
    return {
        "model": "common" if settings.pooling == "common" else "random",
        "tau2_method": "reml",
        "interval": "hartung-knapp-safeguarded" if settings.pooling == "hartung-knapp" else "wald",
    }
