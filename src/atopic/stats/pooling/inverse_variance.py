"""Common-effect and random-effects meta-analysis of effects with known sampling variances.

Every function fits as many meta-analyses at once as there are leading axes, and every result
carries its data and the names of its conventions: it can be pooled again without a study, and
print the R call that reproduces it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_number, first, shown
from atopic.stats.frames import of_frame
from atopic.stats.pooling.compute import NOTHING_SEEN, pool
from atopic.stats.pooling.effect_sizes import (
    Continuity,
    ContrastEffects,
    Measure,
    contrast_effects,
    control_arms,
    shared_control_covariance,
)
from atopic.stats.pooling.heterogeneity import I2Definition, Tau2Method
from atopic.stats.pooling.result import Conventions, Data, IntervalMethod, Model, Pooled, Prediction
from atopic.stats.pooling.study_arrays import Floats, as_covariance, as_effects, as_mask


@of_frame("effect variance", per_row="mask control")
def random_effects(
    effect: ArrayLike,
    variance: ArrayLike | None = None,
    *,
    covariance: ArrayLike | None = None,
    control: ArrayLike | None = None,
    effect_correlation: float = 0.5,
    mask: ArrayLike | None = None,
    tau2_method: Tau2Method = "reml",
    interval: IntervalMethod = "hartung-knapp",
    level: float = 0.95,
    prediction: Prediction = "k-2",
    i2: I2Definition = "tau2",
) -> Pooled:
    """Pool effects that may truly differ between studies.

    Parameters
    ----------
    effect, variance : array_like, shape (..., k); effects and sampling variances; leading axes are
        separate meta-analyses; or a frame and the names of its two columns, and of the studies
        with ``study=``.
    covariance : array_like, shape (..., k, k); sampling covariance of correlated effects, instead
        of ``variance``.
    control : array_like, shape (k,); with ``covariance``: labels of contrasts whose true effects
        are correlated because they share a control arm.
    effect_correlation : float; that correlation, from 0 to below 1: 0.5 when every arm varies as
        much as any other.
    mask : array_like of bool, shape (..., k); True where a study takes part, for many subsets of
        the same studies (independent effects).
    tau2_method : {"reml", "pm", "dl", "ml", "eb", "sj"}; estimator of the variance between studies,
        see `atopic.stats.pooling.heterogeneity.tau2`.
    interval : {"hartung-knapp", "hartung-knapp-safeguarded", "wald"}; how the estimate's standard
        error and limits are formed, see Notes.
    prediction : str; ``"k-2"``, ``"k-1"`` (t with these degrees of freedom, Wald standard error),
        ``"normal"`` (Wald standard error), or ``"k-1"`` and ``"k-2"`` after ``"hartung-knapp-"`` or
        ``"hartung-knapp-safeguarded-"`` (t with that standard error).
    i2 : {"tau2", "Q"}; definition of I2, see Notes.

    Raises
    ------
    ValueError: for values that are not finite, variances that are not positive, a covariance that
        is not positive definite, unknown names, or shapes that do not fit.

    Notes
    -----
    With w = 1 / (variance + tau2), the estimate is sum(w effect) / sum(w), the Wald standard
    error s = sum(w)**-0.5, the Hartung-Knapp one s sqrt(q) with
    q = sum(w (effect - estimate)**2) / (k - 1) and t limits on k - 1 degrees of freedom; the
    safeguarded one takes max(1, q) for q. The prediction interval is
    estimate +- t sqrt(tau2 + se**2). Correlated effects use the inverse of
    covariance + tau2 R in place of w, with R the correlation of true effects.

    I2 is tau2 / (tau2 + s2) with s2 the typical sampling variance of Higgins and Thompson
    (2002, equation 9), or (Q - k + 1) / Q, 0 where that is negative, with Cochran's Q (1954).

    One study has tau2 = 0, q = 1 and, because t with 0 degrees of freedom has no quantile,
    infinite limits except by Wald. Effects that are all equal have q = 0 and thus a Hartung-Knapp
    interval without width. Both are said in ``notes``.

    References
    ----------
    Hartung and Knapp (2001), Statistics in Medicine 20:3875-3889.
    Cochran (1954), Biometrics 10:101-129; Higgins and Thompson (2002), Statistics in Medicine
    21:1539-1558.
    Röver, Knapp and Friede (2015), BMC Medical Research Methodology 15:99.
    Higgins, Thompson and Spiegelhalter (2009), Journal of the Royal Statistical Society A
    172:137-159, equation 12 (``"k-2"``); Partlett and Riley (2017), Statistics in Medicine
    36:301-317 (``"hartung-knapp-k-2"``).

    Examples
    --------
    >>> fit = random_effects([0.1, 0.3, 0.35, 0.65], [0.03, 0.03, 0.05, 0.01])
    >>> float(fit.estimate.round(6)), float(fit.tau2.round(6))
    (0.377227, 0.04294)
    """
    must = "at least 0 and less than 1: contrasts with one true effect are first combined"
    share = as_number(effect_correlation, "effect_correlation", must, least=0, below=1)
    data = _data(effect, variance, covariance, mask)
    if control is not None:
        data = replace(data, between=_between(control, share, data))
    return pool(data, Conventions("random", tau2_method, interval, prediction, i2, level))


@of_frame("effect variance", per_row="mask")
def common_effect(
    effect: ArrayLike,
    variance: ArrayLike | None = None,
    *,
    covariance: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    interval: IntervalMethod = "wald",
    level: float = 0.95,
    i2: I2Definition = "Q",
) -> Pooled:
    """Pool effects on the assumption that all studies have one true effect.

    Parameters
    ----------
    effect, variance, covariance, mask : as in `random_effects`.
    interval : {"wald", "hartung-knapp", "hartung-knapp-safeguarded"}; how the standard error and
        limits are formed, see `random_effects`.
    i2 : {"Q", "tau2"}; definition of I2. By ``"tau2"`` it is 0, as tau2 is.

    Returns
    -------
    Pooled: with tau2 = 0. A new study has the same true effect, so that the prediction limits are
        those of the estimate.

    Raises
    ------
    ValueError: as `random_effects`.

    Examples
    --------
    >>> fit = common_effect([0.1, 0.3], [0.01, 0.01])
    >>> float(fit.estimate.round(12)), float(fit.se.round(6))
    (0.2, 0.070711)
    """
    data = _data(effect, variance, covariance, mask)
    return pool(data, Conventions("common", "none", interval, "confidence-interval", i2, level))


@of_frame("responders_1 n_1 responders_0 n_0", per_row="control")
def pool_contrasts(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    measure: Measure = "RD",
    continuity: Continuity = "none",
    control: ArrayLike | None = None,
    effect_correlation: float = 0.5,
    model: Model = "random",
    tau2_method: Tau2Method = "reml",
    interval: IntervalMethod | None = None,
    level: float = 0.95,
    prediction: Prediction = "k-2",
    i2: I2Definition | None = None,
) -> Pooled:
    """Pool two-arm trials by inverse variance.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of whole numbers, shape (..., k); responders
        and patients in the treated and the control arm of each trial; or a frame and the names of
        its four columns, and of the trials with ``study=``.
    measure : {"RD", "RR", "OR"}; risk difference, or risk ratio or odds ratio, which are pooled as
        logarithms: `estimate` is the ratio, `effect` its logarithm.
    continuity : {"none", "only-zero", "if-any-zero", "all"}; to which trials 0.5 is added, see
        `atopic.stats.pooling.effect_sizes.contrast_effects`.
    control : array_like, shape (k,); labels of the control arms. Contrasts with one label share
        that arm, and are pooled with the covariance that this gives them.
    effect_correlation : float; correlation of the true effects of contrasts that share a control.
    model : {"random", "common"}; whether true effects may differ between trials.
    tau2_method, interval, level, prediction, i2 : as in `random_effects` or, for the common effect,
        `common_effect`, with their defaults.

    Raises
    ------
    ValueError: for impossible counts, for a trial whose zero cells leave its effect or variance
        undefined when no continuity rule is named, and when in every trial nobody or everybody
        responded: a continuity rule would be the whole answer.

    Examples
    --------
    >>> fit = pool_contrasts([8, 12], [20, 25], [4, 6], [20, 24], measure="RR", interval="wald")
    >>> float(fit.estimate.round(6)), float(fit.effect.round(6))
    (1.949992, 0.667825)

    Of a frame, whatever its columns are called:

    >>> import pandas as pd
    >>> trials = pd.DataFrame(
    ...     {"Trial": ["A", "B"], "Drug": [8, 12], "Drug N": [20, 25], "Placebo": [4, 6],
    ...      "Placebo N": [20, 24]}
    ... )
    >>> columns = ("Drug", "Drug N", "Placebo", "Placebo N")
    >>> fit = pool_contrasts(trials, *columns, study="Trial", measure="RR")
    >>> fit.data.labels.tolist(), fit.weights.round(2)
    (['A', 'B'], array([0.38, 0.62]))
    """
    trials = contrast_effects(
        responders_1,
        n_1,
        responders_0,
        n_0,
        measure=measure,
        continuity=continuity,
        control=control,
    )
    barren = np.asarray(~trials.informative.any(axis=-1))
    if np.any(barren):
        raise ValueError(
            f"{NOTHING_SEEN}{_where(barren)}; for the risk difference, or the risk ratio where "
            "everybody responded, use mantel_haenszel"
        )
    fit = of_model(
        model,
        trials.effect,
        trials.variance,
        control=control,
        control_variance=trials.control_variance,
        effect_correlation=effect_correlation,
        tau2_method=tau2_method,
        interval=interval,
        level=level,
        prediction=prediction,
        i2=i2,
    )
    sizes = np.asarray(n_1, dtype=float) + np.asarray(n_0, dtype=float)
    # Patients of an arm that trials share would count twice.
    patients = None if control is not None else np.broadcast_to(sizes, trials.effect.shape)
    names = {"RD": "RD", "RR": "log RR", "OR": "log OR"}
    conventions = replace(
        fit.conventions,
        measure=names[measure],
        continuity=continuity,
        variance="large-sample",
    )
    return replace(
        fit,
        conventions=conventions,
        data=replace(fit.data, informative=trials.informative, patients=patients),
        notes=(*fit.notes, *_correction_notes(trials)),
    )


def of_model(
    model: Model,
    effect: Floats,
    variance: Floats,
    *,
    control: ArrayLike | None,
    control_variance: Floats,
    interval: IntervalMethod | None,
    i2: I2Definition | None,
    level: float,
    **random_options: Any,
) -> Pooled:
    """Pool by a model with its defaults; `random_options` are for random effects alone.

    `control` labels the control arms, and `control_variance` is the part of each variance that its
    control arm contributes: contrasts with one label are pooled with their covariance.
    """
    if not isinstance(model, str) or model not in get_args(Model):
        raise ValueError(f"model must be 'random' or 'common', not {shown(model)}")
    covariance = None
    if control is not None:
        covariance = shared_control_covariance(variance, control, control_variance)
    independent = variance if covariance is None else None
    if model == "common":
        return common_effect(
            effect,
            independent,
            covariance=covariance,
            interval="wald" if interval is None else interval,
            level=level,
            i2="Q" if i2 is None else i2,
        )
    return random_effects(
        effect,
        independent,
        covariance=covariance,
        control=control,
        interval="hartung-knapp" if interval is None else interval,
        level=level,
        i2="tau2" if i2 is None else i2,
        **random_options,
    )


def _correction_notes(trials: ContrastEffects) -> tuple[str, ...]:
    """Return how much of the effects comes from the 0.5 that was added."""
    alone = trials.corrected & ~trials.informative
    every = np.asarray(trials.corrected.all(axis=-1))
    notes = []
    if np.any(alone):
        notes.append(
            f"{int(alone.sum())} of {alone.size} trials, in which nobody or everybody responded, "
            "count by the 0.5 alone that was added to their cells: see mantel_haenszel, which "
            "needs none"
        )
    if trials.continuity != "all" and np.any(every):
        notes.append(
            f"0.5 was added to the cells of every trial{_where(every)}, and the effect hangs on it"
        )
    return tuple(notes)


def _where(case: NDArray[np.bool_]) -> str:
    """Return which of several meta-analyses a sentence is about."""
    return f" (meta-analysis {first(case)[0] if case.ndim == 1 else list(first(case))})" * bool(
        case.ndim
    )


def _data(
    effect: ArrayLike,
    variance: ArrayLike | None,
    covariance: ArrayLike | None,
    mask: ArrayLike | None,
) -> Data:
    if covariance is None:
        if variance is None:
            raise ValueError("give the variance of each effect, or the covariance of all")
        y, v = as_effects(effect, variance)
        return Data(y, v, as_mask(mask, y.shape))
    if variance is not None:
        raise ValueError("give variance or covariance, not both: its diagonal holds the variances")
    if mask is not None:
        raise ValueError("mask is for independent effects: take the part of covariance instead")
    y, cov = as_covariance(effect, covariance)
    v = np.diagonal(cov, axis1=-2, axis2=-1)
    return Data(y, v, as_mask(None, y.shape), cov, np.eye(y.shape[-1]))


def _between(control: ArrayLike, correlation: float, data: Data) -> Floats:
    """Return the correlation matrix of true effects, given who shares a control arm."""
    if data.covariance is None:
        raise ValueError("control needs a covariance: see shared_control_covariance")
    k = data.shape[-1]
    _, arms = control_arms(control, k)
    same = arms[:, None] == arms
    return np.where(np.eye(k, dtype=np.bool_), 1.0, np.where(same, correlation, 0.0))
