"""The engine of the pooling room: from checked data and named conventions to a result."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from atopic.stats.arguments import ONE_PER_STUDY, as_flags, as_labels, one_of
from atopic.stats.arrays import MOST_VALUES
from atopic.stats.pooling.heterogeneity import Tau2Method, i2_and_h2, q_of
from atopic.stats.pooling.result import (
    FITTED,
    Conventions,
    Data,
    IntervalMethod,
    Model,
    Pooled,
    Prediction,
)
from atopic.stats.pooling.study_arrays import Floats
from atopic.stats.pooling.tau2 import estimate_tau2

#: Each of so many studies can be left out in turn.
MOST_STUDIES = isqrt(MOST_VALUES)
NOTHING_SEEN = (
    "nobody or everybody responded in both arms of every trial: an effect would be the continuity "
    "correction alone"
)
#: Up to this many studies t quantiles are so wide that limits need explaining.
FEW_STUDIES = 5
#: Whose standard error a prediction interval by t takes, and how far below k its degrees of
#: freedom are.
PREDICTIONS: dict[str, tuple[IntervalMethod, int]] = {
    "k-2": ("wald", 2),
    "k-1": ("wald", 1),
    "hartung-knapp-k-1": ("hartung-knapp", 1),
    "hartung-knapp-k-2": ("hartung-knapp", 2),
    "hartung-knapp-safeguarded-k-1": ("hartung-knapp-safeguarded", 1),
    "hartung-knapp-safeguarded-k-2": ("hartung-knapp-safeguarded", 2),
}


def pool(data: Data, conventions: Conventions) -> Pooled:
    """Pool checked data by named conventions."""
    studies = data.studies()
    k = studies.size
    tau2 = np.zeros(k.shape)
    if conventions.model == "random":
        tau2 = estimate_tau2(studies, conventions.tau2_method)
    fit = studies.weighted(tau2)
    estimate = studies.origin + fit.mean
    wald = np.sqrt(fit.scale / fit.information)
    q = np.where(k > 1, fit.q / np.maximum(k - 1, 1), 1.0)
    se, quantile = _spread(conventions.interval, conventions.level, wald, q, k - 1)
    margin = _times(quantile, se)
    test = q_of(studies)
    i2, h2 = i2_and_h2(studies, tau2, test, conventions.i2)
    lower, upper = estimate - margin, estimate + margin
    if conventions.prediction == "confidence-interval":
        new_lower, new_upper = lower, upper
    else:
        reach = _prediction_margin(conventions, wald, q, k, tau2)
        new_lower, new_upper = estimate - reach, estimate + reach
    numbers: dict[str, Any] = {
        "effect": estimate,
        "se": se,
        "effect_lower": lower,
        "effect_upper": upper,
        "p_value": _p_value(estimate, se, conventions.interval, k - 1),
        "tau2": tau2,
        "Q": test.Q,
        "Q_df": test.df.astype(np.int64),
        "Q_p": test.p_value,
        "I2": i2,
        "H2": h2,
        "effect_prediction_lower": new_lower,
        "effect_prediction_upper": new_upper,
        "k": k.astype(np.int64),
    }
    lead = data.shape[:-1]
    notes = _notes(conventions, k, q)
    if data.informative is not None:
        # A continuity correction alone is no answer.
        barren = ~np.any(data.mask & data.informative, axis=-1).ravel()
        if np.any(barren):
            notes = (*notes, _of_several(barren, NOTHING_SEEN))
            numbers = {
                name: values if values.dtype == np.int64 else np.where(barren, np.nan, values)
                for name, values in numbers.items()
            }
    return Pooled(
        **{name: values.reshape(lead)[()] for name, values in numbers.items()},
        weights=studies.shares(fit).reshape(data.shape),
        notes=notes,
        conventions=conventions,
        data=data,
    )


def repool(
    fit: Pooled,
    *,
    keep: NDArray[np.bool_] | None = None,
    model: Model | None = None,
    tau2_method: Tau2Method | None = None,
    interval: IntervalMethod | None = None,
) -> Pooled:
    """Pool the data of a result again, with other studies or by other conventions.

    Parameters
    ----------
    keep : ndarray of bool, shape (n, k); subsets of the studies, all pooled in one go; each keeps
        at least one.
    model, tau2_method, interval : str; what to change; a change to the common effect drops tau2 and
        the prediction interval, and one from it needs a ``tau2_method`` and predicts by ``"k-2"``.

    Returns
    -------
    Pooled: of shape (n,) with ``keep``, else of shape ().

    Raises
    ------
    ValueError: if ``fit`` holds several meta-analyses, or ``keep`` does not match its studies.

    Examples
    --------
    >>> from atopic.stats.pooling import random_effects
    >>> fit = random_effects([0.1, 0.3, 0.8], [0.01, 0.02, 0.02], interval="wald")
    >>> repool(fit, keep=np.array([[True, True, False]])).estimate.round(6)
    array([0.175])
    """
    data = one_meta_analysis(fit)
    old = fit.conventions
    target = old.model if model is None else one_of(model, "model", get_args(Model))
    method = old.tau2_method if tau2_method is None else tau2_method
    conventions = replace(
        old,
        model=target,
        tau2_method="none" if target == "common" else method,
        interval=old.interval if interval is None else interval,
        prediction=_matching_prediction(target, old),
    )
    if keep is None:
        return pool(data, conventions)
    keep = as_flags(keep, "keep")
    if keep.ndim != 2 or keep.shape[1] != data.effect.shape[-1] or not keep.any(axis=1).all():
        raise ValueError(
            f"keep must be of shape (n, {data.effect.shape[-1]}) and keep a study in every row"
        )
    if data.covariance is None:
        return pool(replace(data, mask=keep & data.mask), conventions)
    return _pool_correlated_subsets(data, conventions, keep)


def one_meta_analysis(fit: Pooled) -> Data:
    """Return the studies of a result of one meta-analysis, without those that are masked out."""
    if not isinstance(fit, Pooled):
        raise ValueError(
            "this needs the Pooled result of random_effects, common_effect or pool_contrasts, not "
            f"{type(fit).__name__}; for rates of single arms use leave_one_out_rates"
        )
    if np.ndim(fit.effect) != 0:
        raise ValueError(
            f"this needs one meta-analysis, but the result holds those of shape "
            f"{np.shape(fit.effect)}"
        )
    data, kept = fit.data, fit.data.mask
    if kept.all():
        return data
    informative = None if data.informative is None else data.informative[kept]
    labels = None if data.labels is None else data.labels[kept]
    whole = np.ones(int(kept.sum()), dtype=np.bool_)
    patients = None if data.patients is None else data.patients[kept]
    return Data(
        data.effect[kept],
        data.variance[kept],
        whole,
        informative=informative,
        labels=labels,
        patients=patients,
    )


def named_studies(fit: Pooled, labels: ArrayLike | None) -> tuple[Pooled, NDArray[Any]]:
    """Return one meta-analysis without masked studies, and the names of its studies."""
    whole = repool(fit)
    if labels is None:
        labels = fit.data.labels
    if labels is None:
        return whole, np.flatnonzero(fit.data.mask)
    return whole, per_study(fit, labels, "labels")


def per_study(fit: Pooled, values: ArrayLike, name: str) -> NDArray[Any]:
    """Return values that belong to the studies of one meta-analysis, without masked ones."""
    mask = fit.data.mask
    return as_labels(values, name, mask.size, ONE_PER_STUDY)[mask]


def as_many(k: int) -> int:
    """Return a number of studies of which each can be left out in turn, in a table of k by k."""
    if k > MOST_STUDIES:
        raise ValueError(f"{k:,} studies are too many to leave out each: at most {MOST_STUDIES:,}")
    return k


def _matching_prediction(
    model: Model, old: Conventions
) -> Prediction | Literal["confidence-interval"]:
    if model == "common":
        return "confidence-interval"
    return "k-2" if old.prediction == "confidence-interval" else old.prediction


def _pool_correlated_subsets(
    data: Data, conventions: Conventions, keep: NDArray[np.bool_]
) -> Pooled:
    """Pool subsets of correlated effects, those of one size at once."""
    assert data.covariance is not None
    assert data.between is not None
    sizes = keep.sum(axis=1)
    values: dict[str, NDArray[Any]] = {}
    weights = np.zeros(keep.shape)
    notes: list[str] = []
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        at = np.nonzero(keep[rows])[1].reshape(rows.size, size)
        square = (at[:, :, None], at[:, None, :])
        whole = np.ones(at.shape, dtype=np.bool_)
        part = Data(
            data.effect[at],
            data.variance[at],
            whole,
            data.covariance[square],
            data.between[square],
            None if data.informative is None else data.informative[at],
        )
        fit = pool(part, conventions)
        for name in FITTED:
            part_values = getattr(fit, name)
            values.setdefault(name, np.empty(sizes.shape, part_values.dtype))[rows] = part_values
        weights[rows[:, None], at] = fit.weights
        notes += fit.notes
    return Pooled(
        **values,
        weights=weights,
        notes=tuple(dict.fromkeys(notes)),
        conventions=conventions,
        data=replace(data, mask=keep),
    )


def _spread(
    interval: IntervalMethod, level: float, wald: Floats, q: Floats, df: Floats
) -> tuple[Floats, Floats]:
    """Return the standard error and the quantile by which it is multiplied."""
    if interval == "wald":
        return wald, np.full(wald.shape, special.ndtri((1 + level) / 2))
    factor = np.maximum(q, 1.0) if interval == "hartung-knapp-safeguarded" else q
    return wald * np.sqrt(factor), _t_quantile(df, level)


def _prediction_margin(
    conventions: Conventions, wald: Floats, q: Floats, k: Floats, tau2: Floats
) -> Floats:
    name, level = conventions.prediction, conventions.level
    if name == "normal":
        return float(special.ndtri((1 + level) / 2)) * np.sqrt(tau2 + wald**2)
    interval, lost = PREDICTIONS[name]
    se, _ = _spread(interval, level, wald, q, k - 1)
    return _times(_t_quantile(k - lost, level), np.sqrt(tau2 + se**2))


def _t_quantile(df: Floats, level: float) -> Floats:
    """Return the two-sided t quantile, infinite without a degree of freedom."""
    # The quantile costs as much as the whole fit, and few degrees of freedom differ.
    distinct, at = np.unique(df, return_inverse=True)
    quantile = np.asarray(special.stdtrit(np.maximum(distinct, 1.0), (1 + level) / 2))
    return np.where(distinct > 0, quantile, np.inf)[at]


def _times(quantile: Floats, se: Floats) -> Floats:
    """Return the product, infinite where the quantile is, whatever the standard error."""
    open_ended = np.isinf(quantile)
    return np.where(open_ended, np.inf, np.where(open_ended, 1.0, quantile) * se)


def _p_value(estimate: Floats, se: Floats, interval: IntervalMethod, df: Floats) -> Floats:
    """Return the two-sided p value of no effect; without any spread it is 0, or 1 at no effect."""
    ratio = np.abs(estimate) / np.where(se > 0, se, 1.0)
    if interval == "wald":
        return 2 * special.ndtr(-ratio)
    p = np.where(df > 0, 2 * special.stdtr(np.maximum(df, 1.0), -ratio), 1.0)
    return np.where(se > 0, p, np.where(estimate == 0, 1.0, 0.0))


def _notes(conventions: Conventions, k: Floats, q: Floats) -> tuple[str, ...]:
    """Return what a reader of the limits must know, each with how many results it concerns."""
    random = conventions.model == "random"
    plain = conventions.interval == "hartung-knapp"
    by_t = conventions.interval != "wald"
    predicted_by_t = random and conventions.prediction != "normal"
    lost = PREDICTIONS[conventions.prediction][1] if predicted_by_t else 0
    named = [conventions.interval] * by_t + ["prediction"] * predicted_by_t
    reason = "t has few degrees of freedom" + " and tau2 is barely known" * random
    cases = [
        ((k == 1) & random, "one study: tau2 cannot be estimated and is taken as 0"),
        (
            (k == 1) & by_t,
            f"one study: {conventions.interval} limits are infinite, t has no degrees of freedom",
        ),
        (
            k <= lost,
            f"{lost} or fewer studies: prediction limits are infinite, t has no degrees of freedom",
        ),
        (
            (k > 1) & (q == 0) & plain,
            "equal effects: hartung-knapp limits have no width, see hartung-knapp-safeguarded",
        ),
        (
            (k > 1) & (q < 1) & (q > 0) & plain,
            "effects closer together than chance explains: the hartung-knapp standard error is "
            "smaller than that of wald, see hartung-knapp-safeguarded",
        ),
        (
            (k > 1) & (k <= FEW_STUDIES) & bool(named),
            f"{FEW_STUDIES} or fewer studies: {' and '.join(named)} limits are wide because "
            f"{reason}: see wald limits and the common effect beside them",
        ),
    ]
    return tuple(_of_several(case, text) for case, text in cases if np.any(case))


def _of_several(case: NDArray[np.bool_], text: str) -> str:
    return text if case.size == 1 else f"{int(case.sum())} of {case.size} meta-analyses: {text}"
