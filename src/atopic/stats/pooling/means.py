"""Means of two arms, pooled as differences or as standardised differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from atopic.stats.arguments import as_numbers, as_sizes, one_of, together
from atopic.stats.frames import of_frame
from atopic.stats.pooling.heterogeneity import I2Definition, Tau2Method
from atopic.stats.pooling.inverse_variance import of_model
from atopic.stats.pooling.result import IntervalMethod, Model, Pooled, Prediction
from atopic.stats.pooling.study_arrays import Floats

MeanMeasure = Literal["MD", "SMD"]


@of_frame("mean_1 sd_1 n_1 mean_0 sd_0 n_0", per_row="control")
def pool_means(
    mean_1: ArrayLike,
    sd_1: ArrayLike,
    n_1: ArrayLike,
    mean_0: ArrayLike,
    sd_0: ArrayLike,
    n_0: ArrayLike,
    *,
    measure: MeanMeasure = "MD",
    control: ArrayLike | None = None,
    effect_correlation: float = 0.5,
    model: Model = "random",
    tau2_method: Tau2Method = "reml",
    interval: IntervalMethod | None = None,
    level: float = 0.95,
    prediction: Prediction = "k-2",
    i2: I2Definition | None = None,
) -> Pooled:
    """Pool two-arm trials that give a mean and a standard deviation of each arm.

    Parameters
    ----------
    mean_1, sd_1, n_1, mean_0, sd_0, n_0 : array_like, shape (..., k); mean, standard deviation and
        patients (at least 2) of the treated and the control arm of each trial, in one unit; or a
        frame and the names of its six columns, and of the trials with ``study=``.
    measure : {"MD", "SMD"}; difference of means, or Hedges' g: that difference over the pooled
        standard deviation, without its small-sample bias.
    control : array_like, shape (k,); labels of the control arms, for ``"MD"``. Contrasts with one
        label share that arm, and are pooled with the covariance that this gives them.
    effect_correlation, model, tau2_method, interval, level, prediction, i2 : as in
        `atopic.stats.pooling.pool_contrasts`.

    Raises
    ------
    ValueError: for values that are not finite, a standard deviation that is not above 0, a group
        of fewer than two, or a shared control with ``"SMD"``.

    Notes
    -----
    MD has variance sd_1**2 / n_1 + sd_0**2 / n_0. With m = n_1 + n_0 - 2 and d the difference over
    the pooled standard deviation, g = J d with J = G(m / 2) / (sqrt(m / 2) G((m - 1) / 2)), G the
    gamma function, has variance 1 / n_1 + 1 / n_0 + g**2 / (2 (n_1 + n_0)).

    References
    ----------
    Hedges (1981), Journal of Educational Statistics 6:107-128, equations 6e and 8.
    Hedges and Olkin (1985), Statistical Methods for Meta-Analysis, page 86 (variance).

    Examples
    --------
    >>> fit = pool_means([-10.5, -8], [13, 12], [88, 40], [-6.2, -6], [13, 12], [81, 41])
    >>> float(fit.estimate.round(3)), fit.weights.round(3)
    (-3.471, array([0.64, 0.36]))
    """
    one_of(measure, "measure", get_args(MeanMeasure))
    m1, s1, n1, m0, s0, n0 = together(
        mean_1=as_numbers(mean_1, "mean_1"),
        sd_1=as_numbers(sd_1, "sd_1", positive=True),
        n_1=as_sizes(n_1, least=2, name="n_1"),
        mean_0=as_numbers(mean_0, "mean_0"),
        sd_0=as_numbers(sd_0, "sd_0", positive=True),
        n_0=as_sizes(n_0, least=2, name="n_0"),
    )
    if measure == "MD":
        effect, variance = m1 - m0, s1**2 / n1 + s0**2 / n0
    else:
        effect, variance = _hedges_g(m1 - m0, s1, n1, s0, n0)
    if control is not None and measure == "SMD":
        raise ValueError(
            "control is for measure 'MD': of standardised differences pool one a control arm"
        )
    fit = of_model(
        model,
        effect,
        variance,
        control=control,
        control_variance=s0**2 / n0,
        effect_correlation=effect_correlation,
        tau2_method=tau2_method,
        interval=interval,
        level=level,
        prediction=prediction,
        i2=i2,
    )
    names = replace(fit.conventions, measure=measure, variance="large-sample")
    return replace(fit, conventions=names)


def _hedges_g(
    difference: Floats, sd_1: Floats, n_1: Floats, sd_0: Floats, n_0: Floats
) -> tuple[Floats, Floats]:
    """Return Hedges' g and its large-sample variance."""
    m = n_1 + n_0 - 2
    pooled = np.sqrt(((n_1 - 1) * sd_1**2 + (n_0 - 1) * sd_0**2) / m)
    bias = np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2)
    g = bias * difference / pooled
    return g, 1 / n_1 + 1 / n_0 + g**2 / (2 * (n_1 + n_0))
