"""One dose-response model fitted to the arms of one study.

The formulas and their bounds are in `models`, what is maximised in `likelihood`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from atopic.stats.arguments import as_level, one_of
from atopic.stats.doseresponse.arm_data import (
    CountArms,
    Floats,
    as_count_arms,
    as_mean_arms,
    pool_equal_doses,
)
from atopic.stats.doseresponse.family import Binomial, Family, Normal
from atopic.stats.doseresponse.likelihood import DoseLikelihood, Maximum, covariance
from atopic.stats.doseresponse.likelihood_region import shape_limits
from atopic.stats.doseresponse.models import MODELS, Model, refusal, shape
from atopic.stats.doseresponse.open_ends import NO_SIZE, notes_on, open_ends, parameter_limits
from atopic.stats.results import Result, number

Scale = Literal["logit", "mean"]
PROFILE = "profile likelihood"


@dataclass(frozen=True, eq=False, repr=False)
class DoseFit(Result):
    """A fitted dose-response model; its limits are sought when `parameters` or `notes` is read.

    Attributes
    ----------
    model : str
        One of "constant", "linear", "log-linear", "emax", "sigmoid-emax", "exponential",
        "logistic".
    scale : {"logit", "mean"}
        Scale on which the model is ``e0 + effect * f(dose)``.
    parameters : DataFrame
        Index: parameter; columns `estimate`, `se`, `lower`, `upper`, `on_bound`. `se` is infinite
        for a parameter on a bound or that the data do not determine. A limit of a shape parameter
        that equals its bound means that the interval is open there. A limit of the e0 of
        a curve beyond 30 logits (a rate of 0 or 1 to the last digit) is infinite, and so is that
        of the effect over it; a limit beyond 10,000 logits, or for means beyond 10,000 times their
        spread, always is.
    covariance : ndarray of shape (p, p)
        Inverse observed information, with parameters on a bound held (zero rows).
    loglik : float
        Log-likelihood with its constants, as R's ``logLik`` has it.
    aic, aicc : float
        `aicc` counts every patient as an observation; it is infinite if there are too few, or if
        the numbers of patients are not known (means without `n`).
    on_bound : tuple of str
        Shape parameters that ended on a bound: the data ask for a steeper or flatter curve than
        the doses can show, or, where no dose differs, for none at all (the lower bound then).
    converged : bool
        Whether the derivatives by all parameters off their bounds vanish.
    level : float
        Confidence level of the intervals.
    interval : str
        How they were made.
    bounds : dict of str to (float, float)
        Bounds of the shape parameters.
    notes : tuple of str
        What a reader must know: parameters without a limit, or that the data do not determine.
    offset : float or None
        Offset in the logarithm of the log-linear model.
    n_patients : float or None
        Patients in all, if known.
    likelihood : DoseLikelihood
        For predictions.
    """

    model: Model
    scale: Scale
    covariance: Floats = field(repr=False)
    loglik: float
    aic: float
    aicc: float
    on_bound: tuple[str, ...]
    converged: bool
    level: float
    interval: str
    bounds: Mapping[str, tuple[float, float]]
    offset: float | None
    n_patients: float | None
    likelihood: DoseLikelihood = field(repr=False)
    maximum: Maximum = field(repr=False)

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Estimate, standard error and limits of each parameter."""
        best = self.maximum
        free = ~np.array(best.on_bound)
        _, se = covariance(self.likelihood.information(best.parameters), free)
        lower, upper = parameter_limits(self.likelihood, best, self.level, self.shape_limits)
        open_ends(self.likelihood, best, se, lower, upper)
        return pd.DataFrame(
            {
                "estimate": best.parameters,
                "se": se,
                "lower": lower,
                "upper": upper,
                "on_bound": list(best.on_bound),
            },
            index=pd.Index(self.likelihood.shape.names, name="parameter"),
        )

    @cached_property
    def shape_limits(self) -> tuple[Floats, Floats]:
        """Profile-likelihood limits of the shape parameters, the box that others are sought in."""
        return shape_limits(self.likelihood, self.maximum, self.level)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        table = self.parameters
        lower, upper = table["lower"].to_numpy(), table["upper"].to_numpy()
        return notes_on(self.likelihood, self.maximum, lower, upper)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a parameter, on the scale of the model."""
        return self.parameters.reset_index()

    def r_code(self) -> str:
        """Return the call in base R of a line through the logits; of other models none."""
        family = self.likelihood.family
        if self.model != "linear" or not isinstance(family, Binomial):
            return ""
        x, n, dose = (
            ", ".join(repr(float(one)) for one in values)
            for values in (family.arms.responders, family.arms.n, family.arms.dose)
        )
        return (
            f"x <- c({x})\nn <- c({n})\ndose <- c({dose})\n"
            "coef(glm(cbind(x, n - x) ~ dose, family = binomial, epsilon = 1e-14))"
        )

    def _first(self) -> str:
        best = self.maximum.parameters
        names = ", ".join(
            f"{name} {number(float(value))}"
            for name, value in zip(self.parameters.index, best, strict=True)
        )
        patients = "" if self.n_patients is None else f"; {int(self.n_patients):,} patients"
        return f"{self.model} on the {self.scale} scale: {names}{patients}"

    def _model(self) -> str:
        return (
            f"Maximum likelihood, {self.interval} limits ({100 * self.level:g}%); log-likelihood "
            f"{number(self.loglik)}, AICc {number(self.aicc)}."
        )

    def _cautions(self) -> tuple[str, ...]:
        bound = [f"{name} ended on a bound" for name in self.on_bound]
        return (*bound, *self.notes)


def fit(
    dose: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    *,
    model: Model = "linear",
    level: float = 0.95,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    offset: float | None = None,
) -> DoseFit:
    r"""Fit a dose-response model to counts by binomial maximum likelihood on the logit scale.

    Parameters
    ----------
    dose : array_like of shape (k,)
        One dose for each arm, in one unit; 0 is placebo.
    responders, n : array_like of whole numbers, of shape (k,) or one number for all arms
        Patients with a response, and patients in all.
    model : str
        "constant", "linear", "log-linear", "emax", "sigmoid-emax", "exponential" or "logistic".
    level : float
        Confidence level of the profile-likelihood intervals.
    bounds : mapping of parameter name to (lower, upper), optional
        Bounds of shape parameters in units of dose (`h`: a number). The defaults are
        DoseFinding's: ed50 0.1% to 150% of the highest dose, h 0.5 to 10, delta of the
        exponential 10% to 200% and of the logistic 1% to 50% of the highest dose.
    offset : float, optional
        Dose added inside the logarithm of the log-linear model; 1% of the highest dose if None.

    Returns
    -------
    DoseFit

    Raises
    ------
    ValueError
        For impossible counts or doses; when the doses are too few for the model (the message
        says what would be enough); and when the likelihood has no finite maximum because nobody
        or everybody responded, or because responses are split by dose (to within the bounds).

    Notes
    -----
    With :math:`\eta(d)` the logit of the response rate at dose d:

    ============  ====================================================  ========
    constant      :math:`e_0`                                           1 dose
    linear        :math:`e_0 + \delta d`                                2 doses
    log-linear    :math:`e_0 + \delta \log(1 + d / offset)`             2 doses
    emax          :math:`e_0 + eMax\, d / (ed50 + d)`                   4 doses
    exponential   :math:`e_0 + e_1 (\exp(d / \delta) - 1)`              4 doses
    sigmoid-emax  :math:`e_0 + eMax\, d^h / (ed50^h + d^h)`             5 doses
    logistic      :math:`e_0 + eMax / (1 + \exp((ed50 - d) / \delta))`  5 doses
    ============  ====================================================  ========

    Profile-likelihood limits rest on a chi-square cutoff, which is asymptotic: a 95% interval for
    the slope over three arms of ten patients covers 93.5% (by enumeration, slope 0.5, 33% to
    57% responding). The shape parameters are searched over their whole box, so the maximum is
    the global one to the fineness of the search grid. A fit on a bound is flagged in `on_bound`.

    References
    ----------
    Bretz, Pinheiro and Branson 2005, Biometrics 61:738 (the models).
    Pinheiro, Bornkamp, Glimm and Bretz 2014, Statistics in Medicine 33:1646 (binary outcomes).
    Venzon and Moolgavkar 1988, Applied Statistics 37:87 (profile-likelihood limits).

    Examples
    --------
    >>> line = fit([0, 4, 8], [8, 18, 26], 35, model="linear")
    >>> line.parameters.loc["delta", ["estimate", "lower", "upper"]].astype(float).round(4).tolist()
    [0.2843, 0.1532, 0.4283]
    """
    one_of(model, "model", MODELS)
    arms = as_count_arms(dose, responders, n)
    reason = _no_maximum(arms, model)
    return _fit(
        arms.dose,
        Binomial(arms),
        "logit",
        model,
        level,
        bounds,
        offset,
        float(arms.n.sum()),
        reason,
    )


def fit_means(
    dose: ArrayLike,
    mean: ArrayLike,
    se: ArrayLike,
    *,
    model: Model = "linear",
    n: ArrayLike | None = None,
    level: float = 0.95,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    offset: float | None = None,
) -> DoseFit:
    """Fit a dose-response model to means with known standard errors by weighted least squares.

    Parameters
    ----------
    dose : array_like of shape (k,)
        One dose for each arm, in one unit; 0 is placebo.
    mean, se : array_like of shape (k,)
        Mean of each arm and its standard error, in the unit of the outcome.
    model, level, bounds, offset
        As for `fit`; the formulas hold for the mean instead of the logit.
    n : array_like of whole numbers, optional
        Patients of each arm; only needed for `aicc`.

    Returns
    -------
    DoseFit
        With `scale` "mean".

    Raises
    ------
    ValueError
        For impossible doses, means or standard errors, or too few doses for the model.

    Notes
    -----
    This is the second stage of generalised MCP-Mod with independent arms; standard errors of the
    parameters come from the observed information, which differs a little from the expected one
    that DoseFinding prints when a curve does not pass through the means.

    References
    ----------
    Pinheiro, Bornkamp, Glimm and Bretz 2014, Statistics in Medicine 33:1646.

    Examples
    --------
    >>> line = fit_means([0, 7.5, 15, 30], [-23, -39, -62, -74], [6.4, 6.2, 6.1, 6.1])
    >>> float(line.parameters.loc["delta", "estimate"].round(4))
    -1.7035
    """
    arms = as_mean_arms(dose, mean, se)
    patients = None
    if n is not None:
        patients = float(as_count_arms(dose, 0, n).n.sum())
    return _fit(arms.dose, Normal(arms), "mean", model, level, bounds, offset, patients, None)


def _fit(
    dose: Floats,
    family: Family,
    scale: Scale,
    model: Model,
    level: float,
    bounds: Mapping[str, tuple[float, float]] | None,
    offset: float | None,
    patients: float | None,
    no_maximum: str | None,
) -> DoseFit:
    level = as_level(level)
    one_of(model, "model", MODELS)
    reason = refusal(model, dose) or no_maximum
    if reason:
        raise ValueError(reason)
    form = shape(model, float(dose.max()), bounds=bounds, offset=offset)
    likelihood = DoseLikelihood(form, family, dose)
    best = likelihood.maximum()
    curved = isinstance(family, Binomial) and form.n_shape > 0
    if curved and np.abs(best.parameters[:2]).max() > NO_SIZE:
        raise ValueError(
            f"the {model} curve that fits best has an e0 or an effect beyond {NO_SIZE:g} logits: "
            f"the counts give it no finite size; a model with fewer parameters or narrower bounds "
            f"would be enough"
        )
    free = ~np.array(best.on_bound)
    cov, _ = covariance(likelihood.information(best.parameters), free)
    count = len(form.names)
    aic = -2 * best.loglik + 2 * count
    spare = -1.0 if patients is None else patients - count - 1
    return DoseFit(
        model=model,
        scale=scale,
        covariance=cov,
        loglik=best.loglik,
        aic=aic,
        aicc=aic + 2 * count * (count + 1) / spare if spare > 0 else np.inf,
        on_bound=tuple(np.array(form.names)[~free].tolist()),
        converged=best.converged,
        level=level,
        interval=PROFILE,
        bounds={
            name: (float(low), float(high))
            for name, low, high in zip(form.names[2:], form.lower, form.upper, strict=True)
        },
        offset=form.offset if model == "log-linear" else None,
        n_patients=patients,
        likelihood=likelihood,
        maximum=best,
    )


def _no_maximum(arms: CountArms, model: str) -> str | None:
    """Why the binomial likelihood of any monotone curve has no finite maximum, or None."""
    doses, responders, n = pool_equal_doses(arms)
    total = responders.sum()
    if total in (0, n.sum()):
        who = "nobody" if total == 0 else "everybody"
        return (
            f"{who} of {n.sum():g} patients responded, so the logit of the response rate has no "
            f"finite estimate; give an interval for the proportion instead"
        )
    state = np.where(responders == 0, 0, np.where(responders == n, 2, 1))
    steps = np.diff(state)
    split = np.count_nonzero(state == 1) < 2 and (np.all(steps >= 0) or np.all(steps <= 0))
    if model == "constant" or not split:
        return None
    rates = ", ".join(f"{r:g}/{m:g} at {d:g}" for r, m, d in zip(responders, n, doses, strict=True))
    return (
        f"responses are split by dose ({rates}), so the curve that fits best is infinitely steep; "
        f"at least two doses with both responders and non-responders would be enough"
    )
