"""Controlled effects: each active arm against the placebo arm of its own trial, and their pool.

Evidence in, a tidy frame of estimates out. Only placebo-controlled periods enter. Where several
counts fit what a source printed, every effect carries the range over all of them.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic import contrasts, pooling
from atopic.ambiguity import over_candidates
from atopic.derivation import BASES
from atopic.errors import EvidenceError
from atopic.evidence import Evidence
from atopic.pooling import Conventions, Interval, Model, Prediction, Tau2Method
from atopic.selection import ordered, selected
from atopic.tables import records

__all__ = ["allowed_effects", "pooled_effect", "pooled_models", "trial_effects"]

#: Tests that a source may have used without naming one, quick enough to try on every pair.
_TESTS: Any = ("chi-square", "chi-square-corrected", "fisher")

Floats: TypeAlias = NDArray[np.float64]
Pairs: TypeAlias = tuple[tuple[int, int], ...]

_KEYS = ["study_id", "outcome", "week", "analysis_set"]

_ARM = ["arm_id", "responders", "n", "basis", "candidates", "label", "row"]


def trial_effects(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    include_benchmarks: bool = False,
    measure: contrasts.Measure = "RD",
    method: contrasts.Method | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the effect of each active arm over the placebo arm of its trial.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    outcome : str
        A responder outcome.
    weeks, studies, include_benchmarks
        As for `atopic.selection.selected`.
    measure : {"RD", "RR", "OR"}, optional
        Risk difference (of shares), risk ratio or odds ratio.
    method, level
        As for `atopic.contrasts.compare`.

    Returns
    -------
    DataFrame
        One row an active arm of a placebo-controlled period for which both arms have counts.
        ``responders`` and ``n``, and ``reference_responders`` and ``reference_n``, are the counts
        that ``estimate``, ``lower`` and ``upper`` rest on; ``estimate_min`` and ``estimate_max``,
        ``lower_min`` and ``upper_max`` reach over every pair of counts that fits what was
        printed, ``combinations`` in number. ``basis`` is the weaker of the two arms. ``row`` and
        ``reference_row`` are rows of responses.csv.

    Raises
    ------
    ValueError
        For an option that `atopic.contrasts.compare` refuses.

    Examples
    --------
    >>> import atopic
    >>> effects = trial_effects(atopic.load(), "EASI-50", weeks=[12])
    >>> effects[["study_id", "basis", "estimate", "lower", "upper"]].round(3).values.tolist()[0]
    ['kangstem-2019', 'derived', 0.047, -0.091, 0.18]
    """
    frame = ordered(
        selected(
            evidence,
            "responses",
            outcome,
            weeks=weeks,
            studies=studies,
            include_benchmarks=include_benchmarks,
        )
    )
    frame = frame[frame["setting"].eq("controlled") & frame["n_used"].notna()].assign(
        responders=frame["responders_used"], n=frame["n_used"]
    )
    placebo = frame["arm_role"].eq("placebo")
    pairs = (
        frame[~placebo]
        .merge(frame.loc[placebo, _KEYS + _ARM], on=_KEYS, suffixes=("", "_of_reference"))
        .rename(columns={f"{name}_of_reference": f"reference_{name}" for name in _ARM})
    )
    compared = contrasts.compare(
        pairs["responders"].astype("float64"),
        pairs["n"].astype("float64"),
        pairs["reference_responders"].astype("float64"),
        pairs["reference_n"].astype("float64"),
        measure=measure,
        method=method,
        level=level,
    )
    result = pairs.assign(
        basis=_weaker(pairs["basis"], pairs["reference_basis"]),
        measure=measure,
        estimate=compared.estimate,
        lower=compared.lower,
        upper=compared.upper,
        level=level,
        method=compared.method,
    )
    ranges = [
        _range_of_one((row.candidates, row.reference_candidates), measure, method, level)
        for row in records(pairs)
    ]
    names = ["estimate_min", "estimate_max", "lower_min", "upper_max", "combinations"]
    result[names] = pd.DataFrame(ranges, columns=names, index=result.index)
    for side in ("candidates", "reference_candidates"):
        result[side] = ["; ".join(f"{x}/{n}" for x, n in pairs) for pairs in result[side]]
    return result[
        [
            *("study_id", "arm_id", "reference_arm_id", "outcome", "week", "analysis_set"),
            *("study_role", "combined_arm", "label", "dose", "dose_unit", "background_topicals"),
            *("responders", "n", "reference_responders", "reference_n"),
            *("basis", "candidates", "reference_candidates", "combinations"),
            *("measure", "estimate", "lower", "upper", *names[:-1], "level", "method"),
            *("source_id", "locator", "confidence", "row", "reference_row"),
        ]
    ]


def pooled_effect(
    effects: pd.DataFrame,
    *,
    model: Model = "random",
    tau2_method: Tau2Method = "reml",
    interval: Interval | None = None,
    prediction: Prediction = "k-2",
) -> pd.DataFrame:
    """Pool trial effects by inverse variance, with the range over all counts that fit.

    Parameters
    ----------
    effects : DataFrame
        From `trial_effects`: one outcome, one measure.
    model, tau2_method, interval, prediction
        As for `atopic.pooling.pool_contrasts`, but random effects get the safeguarded
        Hartung-Knapp interval unless another is named.

    Returns
    -------
    DataFrame
        One row: ``k`` contrasts of so many ``studies``, their ``weeks``, ``estimate``, ``lower``,
        ``upper``, ``prediction_lower``, ``prediction_upper``, ``tau2``, ``I2``, ``Q_p``, each with
        ``_min`` and ``_max`` over every combination of compatible counts, the conventions, and
        ``notes`` on how far they carry.
        Ratios are returned as ratios.

    Raises
    ------
    EvidenceError
        If there are no two trials to pool, or what must not be pooled together: different
        outcomes or measures, benchmarks with cell therapy, a trial at two dates, or a combined arm.
    ValueError
        For an option or a zero cell that `atopic.pooling.pool_contrasts` refuses.

    Examples
    --------
    >>> import atopic
    >>> pooled = pooled_effect(trial_effects(atopic.load(), "EASI-50", weeks=[12]), model="common")
    >>> pooled[["k", "estimate", "estimate_min", "estimate_max"]].round(3).values.tolist()
    [[2.0, 0.041, 0.041, 0.041]]
    """
    _refuse_mixture(effects)
    measure = effects["measure"].iloc[0]
    level = float(effects["level"].iloc[0])
    # Arms of one trial share its placebo arm: its counts stand once, however often it is compared.
    trials = effects.drop_duplicates("study_id")
    place = np.array([trials["study_id"].to_list().index(study) for study in effects["study_id"]])
    active = len(effects)
    shared = active > len(trials)
    conventions: list[Conventions] = []
    notes: dict[str, None] = {}
    # Plain Hartung-Knapp takes the agreement of two trials for knowledge.
    default: Interval = "wald" if model == "common" else "hartung-knapp-safeguarded"

    def fit(responders: Floats, n: Floats) -> dict[str, Floats]:
        pooled = pooling.pool_contrasts(
            responders[:, :active],
            n[:, :active],
            responders[:, active + place],
            n[:, active + place],
            measure=measure,
            control=place if shared else None,
            model=model,
            tau2_method=tau2_method,
            interval=interval or default,
            prediction=prediction,
            level=level,
        )
        conventions.append(pooled.conventions)
        notes.update(dict.fromkeys(pooled.notes))
        found = {
            "estimate": pooled.estimate,
            "lower": pooled.lower,
            "upper": pooled.upper,
            "prediction_lower": pooled.prediction_lower,
            "prediction_upper": pooled.prediction_upper,
        }
        if measure != "RD":  # ratios are pooled as logarithms
            found = {name: np.exp(value) for name, value in found.items()}
        return found | {"tau2": pooled.tau2, "I2": pooled.I2, "Q_p": pooled.Q_p}

    pairs = [_pairs(text) for text in effects["candidates"]]
    pairs += [_pairs(text) for text in trials["reference_candidates"]]
    used = [*_used(effects, ""), *_used(trials, "reference_")]
    central = [row.index(pair) for row, pair in zip(pairs, used, strict=True)]
    ambiguous = over_candidates(fit, pairs, central=central)
    weeks = sorted(set(effects["week"].dropna()))
    row: dict[str, object] = {
        "outcome": effects["outcome"].iloc[0],
        "weeks": ", ".join(map(str, weeks)),
        "k": active,
        "studies": len(trials),
    }
    for found in records(ambiguous.table):
        row[found.quantity] = found.central
        row[f"{found.quantity}_min"] = found.minimum
        row[f"{found.quantity}_max"] = found.maximum
    said = conventions[0]
    row |= {
        "combinations": ambiguous.combinations,
        "measure": measure,
        "level": level,
        "method": said.model,
        "tau2_method": said.tau2_method,
        "interval": said.interval,
        "prediction": said.prediction,
        "i2_definition": said.i2,
        "notes": " ".join(notes),
    }
    return pd.DataFrame([row])


def pooled_models(effects: pd.DataFrame) -> pd.DataFrame:
    """Pool trial effects in the ways between which a reader has to choose.

    Parameters
    ----------
    effects : DataFrame
        From `trial_effects`.

    Returns
    -------
    DataFrame
        Three rows of `pooled_effect`: the common effect, random effects with the safeguarded
        Hartung-Knapp interval, and with the plain one. Empty for fewer than two trials.

    Raises
    ------
    EvidenceError
        As `pooled_effect`.

    Examples
    --------
    >>> import atopic
    >>> pooled = pooled_models(trial_effects(atopic.load(), "EASI-50", weeks=[12]))
    >>> pooled["interval"].to_list()
    ['wald', 'hartung-knapp-safeguarded', 'hartung-knapp']
    """
    if len(set(effects["study_id"])) < 2:
        return pd.DataFrame()
    return pd.concat(
        [
            pooled_effect(effects, model="common"),
            pooled_effect(effects),
            pooled_effect(effects, interval="hartung-knapp"),
        ],
        ignore_index=True,
    )


def allowed_effects(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
) -> pd.DataFrame:
    """Return the risk differences that printed P values allow where no rates were printed.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    outcome : str
        A responder outcome.
    weeks, studies
        Weeks and study ids; none given means all of cell therapy.

    Returns
    -------
    DataFrame
        One row a comparison of contrasts.csv of a placebo-controlled trial with an exact P value
        but without counts: the arm sizes ``n_1`` and ``n_0`` (randomised where the analysed
        number is not known), ``p_printed``, the ``tests`` that some pair of counts satisfies, and
        ``lower`` and ``upper``, the least and greatest difference over all of them in the
        direction that the source names. ``row`` is the row of contrasts.csv.

    Examples
    --------
    >>> import atopic
    >>> found = allowed_effects(atopic.load(), "EASI-50", weeks=[12])
    >>> found[["study_id", "p_printed", "tests"]].values.tolist()
    [['seo-2024-phase-2', '0.038', 'chi-square-corrected']]
    """
    weeks, studies = list(weeks), list(studies)
    rows = evidence.joined("contrasts", "studies").rename_axis("row").reset_index()
    keep = (
        rows["outcome"].eq(outcome)
        & rows["measure"].eq("p_value")
        & rows["value_operator"].eq("=")
        & rows["studies.role"].eq("evidence")
        & rows["studies.design"].eq("randomised-placebo")
        & (rows["week"].isin(weeks) if weeks else True)
        & (rows["study_id"].isin(studies) if studies else True)
    )
    counted = set(trial_effects(evidence, outcome, weeks=weeks, studies=studies)["study_id"])
    arms = evidence.arms.set_index(["study_id", "arm_id"])
    sizes = arms["n_analysed"].fillna(arms["n_randomised"])
    found = []
    for row in records(rows[keep & ~rows["study_id"].isin(counted)]):
        n_1, n_0 = sizes[row.study_id, row.arm_id], sizes[row.study_id, row.reference_arm_id]
        if pd.isna(n_1) or pd.isna(n_0):
            continue
        favours: Any = {"favours-arm": "1", "favours-reference": "0"}.get(str(row.direction))
        compatible = contrasts.p_value_bounds(
            f"{row.value:g}", int(n_1), int(n_0), tests=_TESTS, favours=favours
        )
        possible = compatible.summary[compatible.summary["tables"] > 0]
        found.append(
            {
                "study_id": row.study_id,
                "arm_id": row.arm_id,
                "reference_arm_id": row.reference_arm_id,
                "outcome": outcome,
                "week": row.week,
                "n_1": int(n_1),
                "n_0": int(n_0),
                "p_printed": compatible.printed,
                "tests": ", ".join(possible["test"]) or "none",
                "lower": possible["difference_min"].min(),
                "upper": possible["difference_max"].max(),
                "pairs": int(possible["tables"].sum()),
                "source_id": row.source_id,
                "row": row.row,
            }
        )
    names = ["study_id", "arm_id", "reference_arm_id", "outcome", "week", "n_1", "n_0"]
    names += ["p_printed", "tests", "lower", "upper", "pairs", "source_id", "row"]
    return pd.DataFrame(found, columns=names)


def _refuse_mixture(effects: pd.DataFrame) -> None:
    if effects.empty:
        raise EvidenceError(
            "there is no controlled effect to pool; selection_note says what there is"
        )
    if len(set(effects["study_id"])) == 1:
        study = effects["study_id"].iloc[0]
        raise EvidenceError(f"one trial only, {study}: there is nothing to pool")
    for column in ("outcome", "measure", "study_role"):
        values = ", ".join(sorted(map(str, effects[column].unique())))
        if "," in values:
            raise EvidenceError(f"effects of different {column} are never pooled: {values}")
    twice = effects[effects.duplicated(["study_id", "arm_id"])]
    if len(twice):
        arm = twice.iloc[0]
        raise EvidenceError(
            f"{arm['study_id']}, {arm['arm_id']} is there twice: choose one week and analysis set"
        )
    combined = effects[effects["combined_arm"].eq("yes")]
    if len(combined):
        arm = combined.iloc[0]
        raise EvidenceError(f"{arm['study_id']}, {arm['arm_id']} contains other arms: leave it out")


def _range_of_one(
    candidates: tuple[Pairs, Pairs], measure: contrasts.Measure, method: Any, level: float
) -> tuple[Any, ...]:
    """Return the range of the estimate, the lowest and highest limit, and how many were tried."""

    def compare(responders: Floats, n: Floats) -> dict[str, Floats]:
        found = contrasts.compare(
            *(responders[:, 0], n[:, 0], responders[:, 1], n[:, 1]),
            measure=measure,
            method=method,
            level=level,
        )
        return {"estimate": found.estimate, "lower": found.lower, "upper": found.upper}

    ambiguous = over_candidates(compare, candidates)
    table = ambiguous.table.set_index("quantity")
    return (
        table.loc["estimate", "minimum"],
        table.loc["estimate", "maximum"],
        table.loc["lower", "minimum"],
        table.loc["upper", "maximum"],
        ambiguous.combinations,
    )


def _pairs(text: str) -> list[tuple[int, int]]:
    """Return the (responders, n) pairs of a text such as ``65/197; 66/200``."""
    return [(int(x), int(n)) for x, n in (pair.split("/") for pair in text.split("; "))]


def _used(effects: pd.DataFrame, side: str) -> list[tuple[int, int]]:
    return list(
        zip(effects[f"{side}responders"].astype(int), effects[f"{side}n"].astype(int), strict=True)
    )


def _weaker(one: pd.Series, other: pd.Series) -> list[str]:
    return [
        max(pair, key=BASES.index) for pair in zip(one.astype(str), other.astype(str), strict=True)
    ]
