"""What trial effects pool to, in the ways between which a reader has to choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.errors import EvidenceError
from atopic.evidence.frames import records
from atopic.evidence.pooling_groups import for_each_group
from atopic.evidence.shared_patients import who_shares
from atopic.review import time_word
from atopic.stats import pooling
from atopic.stats.ambiguity import SEARCH_BEYOND, over_candidates
from atopic.stats.pooling import Conventions, IntervalMethod, Model, Prediction, Tau2Method

Floats: TypeAlias = NDArray[np.float64]

_WAYS: tuple[tuple[Model, IntervalMethod | None], ...] = (
    ("common", None), ("random", None), ("random", "hartung-knapp"),
)  # fmt: skip
#: What effects must have in common to be pooled, and what it is called.
_SAME = {
    "outcome": "outcomes", "measure": "measures", "study_role": "roles of studies",
    "control": "kinds of control", "pooled_with": "agents",
}  # fmt: skip


def pooled_effect(
    effects: pd.DataFrame,
    *,
    model: Model = "random",
    tau2_method: Tau2Method = "reml",
    interval: IntervalMethod | None = None,
    prediction: Prediction = "k-2",
) -> pd.DataFrame:
    """Pool trial effects by inverse variance, with the range over all counts that fit.

    Parameters
    ----------
    effects : from `trial_effects`: one outcome, one measure.
    model, tau2_method, interval, prediction : as in `atopic.stats.pooling.pool_contrasts`, but
        random effects get the safeguarded Hartung-Knapp interval unless another is named.

    Returns
    -------
    DataFrame: one row: ``k`` contrasts of so many ``studies``, their ``weeks``, ``estimate``,
        ``lower``, ``upper``, ``prediction_lower``, ``prediction_upper``, ``tau2``, ``I2``, ``Q``,
        ``Q_df``, ``Q_p``, each with ``_min`` and ``_max`` over every combination of compatible
        counts (searched for among more than `SEARCH_BEYOND`), the conventions, and ``notes`` on how
        far they carry. Ratios are returned as ratios.

    Raises
    ------
    EvidenceError: if there are no two trials to pool, or what must not be pooled together:
        different outcomes, measures or kinds of control, benchmarks with cell therapy, a trial at
        two dates, the same patients in two studies, or a combined arm.
    ValueError: for an option or a zero cell that `atopic.stats.pooling.pool_contrasts` refuses.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> pooled = pooled_effect(trial_effects(atopic.load(), "EASI-50", weeks=[12]), model="common")
    >>> pooled[["k", "estimate", "estimate_min", "estimate_max"]].round(3).values.tolist()
    [[2.0, 0.038, 0.038, 0.038]]
    """
    if refusal := pooling_refusal(effects):
        raise EvidenceError(refusal)
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
    default: IntervalMethod = "wald" if model == "common" else "hartung-knapp-safeguarded"

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
            "prediction_lower": _possible(pooled.prediction_lower, measure),
            "prediction_upper": _possible(pooled.prediction_upper, measure),
        }
        return found | {
            "tau2": pooled.tau2,
            "I2": pooled.I2,
            "Q": pooled.Q,
            "Q_df": np.asarray(pooled.Q_df, dtype=np.float64),
            "Q_p": pooled.Q_p,
        }

    pairs = [*effects["candidates"], *trials["reference_candidates"]]
    used = [*_used(effects, ""), *_used(trials, "reference_")]
    central = [row.index(pair) for row, pair in zip(pairs, used, strict=True)]
    ambiguous = over_candidates(fit, pairs, central=central, limit=SEARCH_BEYOND, beyond="search")
    if ambiguous.note:
        notes[ambiguous.note] = None
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


def _possible(limit: Floats, measure: str) -> Floats:
    """Keep a limit of a difference of shares from -1 to 1; no limit stays none."""
    if measure != "RD":
        return limit
    return np.where(np.isfinite(limit), np.clip(limit, -1.0, 1.0), limit)


def pooled_weights(effects: pd.DataFrame, pooled: Any) -> Floats:
    """Return the share of each effect in what they pooled to, by the counts that are used.

    `effects` is from `trial_effects`, `pooled` a row of `pooled_effect` on them.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> effects = trial_effects(atopic.load(), "EASI-50", weeks=[12])
    >>> pooled_weights(effects, pooled_models(effects).iloc[0]).round(2).tolist()
    [0.4, 0.6]
    """
    trials = effects.drop_duplicates("study_id")["study_id"].to_list()
    place = np.array([trials.index(study) for study in effects["study_id"]])
    columns = ("responders", "n", "reference_responders", "reference_n")
    found = pooling.pool_contrasts(
        *(effects[name].to_numpy(dtype=np.float64) for name in columns),
        measure=effects["measure"].iloc[0],
        control=place if len(effects) > len(trials) else None,
        model=pooled["method"],
        tau2_method=pooled["tau2_method"],
        interval=pooled["interval"],
        level=float(pooled["level"]),
    )
    return found.weights


@for_each_group
def pooled_models(effects: pd.DataFrame) -> pd.DataFrame:
    """Pool trial effects in the ways between which a reader has to choose.

    For each agent (or class, or all, as `trial_effects` was asked) and kind of control with two
    trials, those of most trials first, three rows of `pooled_effect` with ``agents`` (parted by
    ``;``) and ``control``: the common effect, random
    effects with the safeguarded Hartung-Knapp interval, and with the plain one. Empty where
    `pooling_refusal` says why of each. `effects` is from `trial_effects`.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> pooled = pooled_models(trial_effects(atopic.load(), "EASI-50", weeks=[12]))
    >>> pooled["interval"].to_list()
    ['wald', 'hartung-knapp-safeguarded', 'hartung-knapp']
    """
    if pooling_refusal(effects):
        return pd.DataFrame()
    rows = [pooled_effect(effects, model=model, interval=interval) for model, interval in _WAYS]
    return pd.concat(rows, ignore_index=True)


def headline_model(studies: int) -> Model:
    """Return the model whose estimate stands for so many trials.

    How far two trials differ says next to nothing about how far trials differ.

    >>> headline_model(2), headline_model(3)
    ('common', 'random')
    """
    return "common" if studies < 3 else "random"


@for_each_group
def leave_one_out_effects(effects: pd.DataFrame, *, model: Model | None = None) -> pd.DataFrame:
    """Pool again without each trial in turn, each agent by itself as `pooled_models` does.

    One row a trial ``left_out``: what is ``left``, in so many ``studies``, with ``estimate``,
    ``lower``, ``upper`` and their range over all counts that fit. If one trial is left, its own
    effects are returned, ``pooled`` no: of two trials nothing but each by itself. Empty where
    `pooling_refusal` says why. `effects` is from `trial_effects`. `model` is as in `pooled_effect`,
    and unless it is named what the headline takes for the trials that are left: the common effect
    of two, random effects with the safeguarded Hartung-Knapp interval of more.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> left = leave_one_out_effects(trial_effects(atopic.load(), "EASI-50", weeks=[12]))
    >>> left[["left_out", "left", "pooled"]].values.tolist()[0]
    ['kangstem-2019', 'kangstem-2024', 'no']
    """
    if pooling_refusal(effects):
        return pd.DataFrame()
    trials = list(dict.fromkeys(effects["study_id"]))
    numbers = ["estimate", "lower", "upper", "estimate_min", "estimate_max"]
    numbers += ["lower_min", "upper_max", "combinations", "level", "measure", "outcome"]
    parts = []
    for trial in trials:
        rest = effects[~effects["study_id"].eq(trial)]
        left = list(dict.fromkeys(rest["study_id"]))
        alone = len(left) == 1
        found = rest if alone else pooled_effect(rest, model=model or headline_model(len(left)))
        method = found["method"].astype(str)
        parts.append(
            found[numbers].assign(
                left_out=trial,
                left=", ".join(left),
                studies=len(left),
                pooled="no" if alone else "yes",
                method=method if alone else method + " effect, " + found["interval"],
            )
        )
    first = ["left_out", "left", "studies", "pooled"]
    result = pd.concat(parts, ignore_index=True)
    return result[[*first, *[name for name in result if name not in first]]]


def pooling_refusal(effects: pd.DataFrame, *, name: Callable[[str], str] = str) -> str:
    """Say why trial effects must not be pooled.

    A clause; empty if they may be pooled. `effects` is from `trial_effects`; `name` gives what
    readers call a study, by its id.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> pooling_refusal(trial_effects(atopic.load(), "EASI-75", weeks=[16]))
    'one trial only, atmsc-2025: there is nothing to pool'
    """
    if effects.empty:
        return "there is no controlled effect to pool; selection_note says what there is"
    if len(set(effects["study_id"])) == 1:
        study = str(effects["study_id"].iloc[0])
        return f"one trial only, {name(study)}: there is nothing to pool"
    for column, words in _SAME.items():
        values = sorted(map(str, effects[column].unique()))
        if len(values) > 1:
            return f"effects of different {words} are never pooled: {', '.join(values)}"
    rows = list(records(effects))
    arms = [(row.study_id, row.arm_id) for row in rows]
    if twice := next((arm for place, arm in enumerate(arms) if arm in arms[:place]), None):
        return f"{', '.join(twice)} is there twice: choose one {time_word()} and analysis set"
    counted = {
        study: frozenset(names.split(";"))
        for study, names in zip(effects["study_id"], effects["patients_of"], strict=True)
    }
    if twice_counted := who_shares(counted, counted):
        return f"{' and '.join(twice_counted)} count the same patients: choose one of them"
    for row in rows:
        if row.combined_arm == "yes":
            return f"{row.study_id}, {row.arm_id} contains other groups: leave it out"
    for row in (row for row in rows if row.measure != "RD"):
        if any(_may_be_extreme(row, side, row.measure) for side in ("", "reference_")):
            ends = "nobody" if row.measure == "RR" else "nobody or everybody"
            return (
                f"in a group of {name(row.study_id)} {ends} may have responded, so that the "
                "ratio has no variance"
            )
    for row in (row for row in rows if row.measure == "RD"):
        if _may_be_extreme(row, "") and _may_be_extreme(row, "reference_"):
            return f"in both groups of {row.study_id} nobody or everybody may have responded"
    return ""


def _may_be_extreme(effect: Any, side: str, measure: str = "RD") -> bool:
    """Say whether by a count that fits nobody or everybody responded, which has no variance."""
    used = (getattr(effect, f"{side}responders"), getattr(effect, f"{side}n"))
    pairs = [used, *getattr(effect, f"{side}candidates")]
    return any(responders in ((0,) if measure == "RR" else (0, n)) for responders, n in pairs)


def _used(effects: pd.DataFrame, side: str) -> list[tuple[int, int]]:
    return list(
        zip(effects[f"{side}responders"].astype(int), effects[f"{side}n"].astype(int), strict=True)
    )
