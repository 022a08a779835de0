"""All models that the doses can carry, their weights, and the average over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtri

from atopic.errors import did_you_mean
from atopic.stats.arguments import as_a, as_level, shown
from atopic.stats.arrays import plain
from atopic.stats.doseresponse.arm_data import Floats
from atopic.stats.doseresponse.fit_model import DoseFit, fit, fit_means
from atopic.stats.doseresponse.models import MODELS, Model, curve
from atopic.stats.results import Result, number, percent, with_limits

Criterion = Literal["aicc", "aic"]


@dataclass(frozen=True, eq=False, repr=False)
class FittedModels(Result):
    """Models fitted to the same arms.

    Attributes
    ----------
    fits : tuple of DoseFit
        In the order asked for.
    refused : dict of str to str
        Models that could not be fitted, and why.
    criterion : {"aicc", "aic"}
        What the weights are made from.
    weights : ndarray
        Akaike weights of `fits`; they sum to 1.
    """

    fits: tuple[DoseFit, ...]
    refused: Mapping[str, str]
    criterion: Criterion
    weights: Floats

    @property
    def table(self) -> pd.DataFrame:
        """One row per model asked for: parameters, log-likelihood, criterion, weight, flags."""
        rows = [
            {
                "model": f.model,
                "n_parameters": len(f.maximum.parameters),
                "loglik": f.loglik,
                self.criterion: getattr(f, self.criterion),
                "weight": weight,
                "on_bound": ", ".join(f.on_bound),
                "converged": f.converged,
                "refused": "",
            }
            for f, weight in zip(self.fits, self.weights, strict=True)
        ]
        rows += [{"model": model, "refused": why} for model, why in self.refused.items()]
        return pd.DataFrame(rows)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a model asked for, those refused with the reason."""
        return self.table

    def _first(self) -> str:
        said = (
            f"{one.model} {percent(float(weight))}"
            for one, weight in zip(self.fits, self.weights, strict=True)
        )
        return f"Weights by {self.criterion}: {', '.join(said)}"

    def _cautions(self) -> tuple[str, ...]:
        return tuple(f"{model}: {why}" for model, why in self.refused.items())


@dataclass(frozen=True, eq=False, repr=False)
class ModelAverage(Result):
    """Average of models over their Akaike weights; made by `average`.

    Attributes
    ----------
    models : FittedModels
    level : float
        Confidence level of bands made from it.
    interval : str
        How they are made.
    """

    models: FittedModels
    level: float
    interval: str = "unconditional standard error over models (Buckland 1997)"

    @property
    def highest(self) -> float:
        """Highest dose studied."""
        return float(self.models.fits[0].likelihood.dose.max())

    def at(self, dose: Floats, *, over_placebo: bool) -> tuple[Floats, Floats]:
        """Averaged response (or its excess over dose 0) at each dose, and its standard error."""
        parts = [response(f, dose, over_placebo=over_placebo) for f in self.models.fits]
        values = np.array([v for v, _ in parts])
        errors = np.array([e for _, e in parts])
        weights = self.models.weights[:, None]
        centre = (weights * values).sum(axis=0)
        return centre, (weights * np.hypot(errors, values - centre)).sum(axis=0)

    def band(self, dose: Floats, *, over_placebo: bool) -> tuple[Floats, Floats, Floats]:
        """Averaged response (or its excess over dose 0), and its lower and upper limit."""
        centre, se = self.at(dose, over_placebo=over_placebo)
        z = float(ndtri((1 + self.level) / 2))
        if self.models.fits[0].scale == "mean":
            return centre, centre - z * se, centre + z * se
        if over_placebo:
            return centre, np.maximum(centre - z * se, -1), np.minimum(centre + z * se, 1)
        width = z * se / (centre * (1 - centre))
        return centre, expit(logit(centre) - width), expit(logit(centre) + width)

    def to_frame(self) -> pd.DataFrame:
        """Return the response at each dose studied, with its limits and those over dose 0."""
        doses = np.unique(self.models.fits[0].likelihood.dose)
        centre, lower, upper = self.band(doses, over_placebo=False)
        excess, low, high = self.band(doses, over_placebo=True)
        return pd.DataFrame(
            {
                "dose": doses,
                "estimate": centre,
                "lower": lower,
                "upper": upper,
                "over_placebo": excess,
                "over_placebo_lower": low,
                "over_placebo_upper": high,
                "level": self.level,
            }
        )

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the doses, and the models with their weights."""
        return {"doses": self.to_frame(), "models": self.models.to_frame()}

    def _first(self) -> str:
        last = self.to_frame().iloc[-1]
        rates = self.models.fits[0].scale == "logit"
        words = percent if rates else number
        ends = (words(float(last[name])) for name in ("estimate", "lower", "upper"))
        return f"At dose {number(self.highest)}: {with_limits(ends, self.level)}"

    def _model(self) -> str:
        return f"{self.models._first()}; {self.interval}."

    def _cautions(self) -> tuple[str, ...]:
        return self.models._cautions()


def fit_all(
    dose: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    *,
    models: Sequence[Model] = MODELS,
    level: float = 0.95,
    bounds: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
    offset: float | None = None,
) -> FittedModels:
    """Fit every model that the doses can carry to counts, and weigh them by AICc.

    Parameters
    ----------
    dose, responders, n, level, offset
        As for `fit`.
    models : sequence of str
        Models to try.
    bounds : mapping of model to bounds, optional
        Bounds of shape parameters for some of the models.

    Returns
    -------
    FittedModels
        Models that were refused are named with the reason.

    Raises
    ------
    ValueError
        If every model was refused, or an argument is wrong.

    Notes
    -----
    The weight of model m is proportional to exp(-(AICc_m - min AICc) / 2).

    References
    ----------
    Burnham and Anderson 2002, Model Selection and Multimodel Inference, sections 2.4 and 2.9.

    Examples
    --------
    >>> found = fit_all([0, 4, 8], [8, 18, 26], 35)
    >>> [f.model for f in found.fits], sorted(found.refused)
    (['constant', 'linear', 'log-linear'], ['emax', 'exponential', 'logistic', 'sigmoid-emax'])
    """
    one = partial(fit, dose, responders, n, level=level, offset=offset)
    return _fit_each(one, models, {} if bounds is None else bounds, "aicc")


def fit_all_means(
    dose: ArrayLike,
    mean: ArrayLike,
    se: ArrayLike,
    *,
    models: Sequence[Model] = MODELS,
    n: ArrayLike | None = None,
    level: float = 0.95,
    bounds: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
    offset: float | None = None,
) -> FittedModels:
    """Fit every model that the doses can carry to means with known standard errors.

    Parameters
    ----------
    dose, mean, se, n, level, offset
        As for `fit_means`.
    models, bounds
        As for `fit_all`.

    Returns
    -------
    FittedModels
        Weighed by AICc if `n` is given, else by AIC.

    Raises
    ------
    ValueError
        If every model was refused, or an argument is wrong.

    Examples
    --------
    >>> found = fit_all_means([0, 7.5, 15, 30], [-23, -39, -62, -74], [6.4, 6.2, 6.1, 6.1])
    >>> found.criterion, found.fits[int(found.weights.argmax())].model
    ('aic', 'emax')
    """
    one = partial(fit_means, dose, mean, se, n=n, level=level, offset=offset)
    return _fit_each(one, models, {} if bounds is None else bounds, "aic" if n is None else "aicc")


def average(models: FittedModels, *, level: float | None = None) -> ModelAverage:
    """Average models over their weights; use the result in `predict` and `target_dose`.

    Parameters
    ----------
    models : FittedModels
        From `fit_all` or `fit_all_means`.
    level : float, optional
        Confidence level of bands; that of the fits if None.

    Notes
    -----
    The response at a dose is the weighted mean of the models' responses (rates, not logits), with
    standard error ``sum(w * sqrt(se**2 + (response - mean)**2))``. Standard errors within a model
    are by the delta method, with shape parameters on a bound held there.

    References
    ----------
    Buckland, Burnham and Augustin 1997, Biometrics 53:603, equation 9.

    Examples
    --------
    >>> average(fit_all([0, 4, 8], [8, 18, 26], 35)).models.weights.round(3).tolist()
    [0.0, 0.722, 0.278]
    """
    as_a(models, FittedModels, "models")
    return ModelAverage(models, models.fits[0].level if level is None else as_level(level))


def response(fit: DoseFit, dose: Floats, *, over_placebo: bool) -> tuple[Floats, Floats]:
    """Response of one model (or its excess over dose 0) at each dose, and its delta-method SE."""
    parameters = fit.maximum.parameters
    points = np.append(dose, 0.0)
    value = curve(fit.likelihood.shape, parameters, points)
    slope = fit.likelihood.jacobian(parameters, points)
    if fit.scale == "logit":
        value = expit(value)
        slope = slope * (value * (1 - value))[:, None]
    if over_placebo:
        value, slope = value - value[-1], slope - slope[-1]
    variance = np.einsum("ia,ab,ib->i", slope, fit.covariance, slope)
    return value[:-1], np.sqrt(np.maximum(variance[:-1], 0))


def _fit_each(
    one: partial[DoseFit],
    models: Sequence[Model],
    bounds: Mapping[str, Mapping[str, tuple[float, float]]],
    criterion: Criterion,
) -> FittedModels:
    if not isinstance(bounds, Mapping):
        raise ValueError(f"bounds must name models, not {shown(bounds)}")
    asked = [models] if isinstance(models, str) else plain(models, "models").tolist()
    for model in [*asked, *bounds]:
        if not isinstance(model, str) or model not in MODELS:
            near = did_you_mean(model, MODELS)
            raise ValueError(f"models must be among {', '.join(MODELS)}, not {shown(model)}{near}")
    fits: list[DoseFit] = []
    refused: dict[str, str] = {}
    for model in asked:
        try:
            fits.append(one(model=model, bounds=bounds.get(model)))
        except ValueError as reason:
            refused[model] = str(reason)
    if not fits:
        raise ValueError(f"no model could be fitted: {next(iter(refused.values()), 'none given')}")
    values = np.array([getattr(f, criterion) for f in fits])
    if not np.any(np.isfinite(values)):
        raise ValueError(
            f"{fits[0].n_patients:g} patients are too few for AICc weights: the smallest model "
            f"needs at least {len(fits[0].maximum.parameters) + 2}"
        )
    raw = np.exp((values.min() - values) / 2)
    return FittedModels(tuple(fits), refused, criterion, raw / raw.sum())
