"""Beta-binomial model of single-arm proportions: the rates of studies follow a beta distribution.

The alternative to the random-intercept logistic model (`atopic.stats.pooling.glmm`) when the
average rate over studies is wanted without a transformation. ``mu`` is that average; ``rho`` is the
correlation of
two patients of one study, and ``mu (1 - mu) rho`` the variance of the rates.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, chdtrc, expit, ndtri

from atopic.stats.arguments import as_counts, as_level
from atopic.stats.pooling.betabinomial_likelihood import Arms, log_likelihood, slopes
from atopic.stats.pooling.newton import newton_step
from atopic.stats.results import Result, number, percent, with_limits

__all__ = ["BetaBinomialFit", "fit"]

Floats = NDArray[np.float64]

MAX_STEPS = 200

#: Newton's decrement is the squared step in standard errors.
DECREMENT = 1e-20

#: Gain in log-likelihood below which rho = 0 is as good as any other value.
NO_GAIN = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class BetaBinomialFit(Result):
    """Result of `fit`; all limits are proportions between 0 and 1.

    Attributes
    ----------
    mu, mu_se, mu_lower, mu_upper : float; average rate of studies; Wald limits on its log odds.
    rho, rho_se, rho_lower, rho_upper : float, or None at the boundary but for ``rho``; correlation
        within a study; Wald limits on its log odds.
    prediction_lower, prediction_upper : float; quantiles for the rate of a new study, by the
        distribution named in ``prediction``.
    boundary : bool; whether rho = 0 has the highest likelihood; then this is the common rate.
    rho_estimable : bool; False with one arm, or one patient in every arm: the fit is then that of
        rho = 0.
    log_likelihood, log_likelihood_common : float; binomial coefficients included; the second is at
        rho = 0.
    aic, aicc : float; two parameters; the small-sample correction counts arms.
    likelihood_ratio, likelihood_ratio_p : float; of rho = 0; equal mixture of 0 and chi-square(1).
    gradient : float; largest slope of the log-likelihood at the estimate, per standard error.
    """

    mu: float
    mu_se: float
    mu_lower: float
    mu_upper: float
    rho: float
    rho_se: float | None
    rho_lower: float | None
    rho_upper: float | None
    prediction_lower: float
    prediction_upper: float
    boundary: bool
    rho_estimable: bool
    log_likelihood: float
    log_likelihood_common: float
    aic: float
    aicc: float
    likelihood_ratio: float
    likelihood_ratio_p: float
    k: int
    level: float
    interval: str
    prediction: str
    gradient: float
    _responders: Floats = field(repr=False)
    _n: Floats = field(repr=False)

    def r_call(self) -> str:
        """Return the call in R (package VGAM) that fits the same model.

        Examples
        --------
        >>> fit([4, 6, 19], [5, 11, 20]).r_call()
        'VGAM::vglm(cbind(c(4,6,19), c(1,5,1)) ~ 1, VGAM::betabinomial)'
        """
        counts = [
            f"c({','.join(f'{value:.17g}' for value in values)})"
            for values in (self._responders, self._n - self._responders)
        ]
        return f"VGAM::vglm(cbind({counts[0]}, {counts[1]}) ~ 1, VGAM::betabinomial)"

    def _first(self) -> str:
        said = with_limits(map(percent, (self.mu, self.mu_lower, self.mu_upper)), self.level)
        return f"Mean rate over studies {said}"

    def _model(self) -> str:
        return (
            f"Beta-binomial; rho = {number(self.rho)}, likelihood ratio "
            f"{number(self.likelihood_ratio)}, P = {number(self.likelihood_ratio_p, 2)}."
        )

    def _next(self) -> str:
        lower, upper = percent(self.prediction_lower), percent(self.prediction_upper)
        return f"A new study may truly have a rate from {lower} to {upper} ({self.prediction})."

    def _cautions(self) -> tuple[str, ...]:
        if not self.rho_estimable:
            return ("these counts cannot tell rho from 0",)
        return ("rho = 0 has the highest likelihood",) if self.boundary else ()


def fit(responders: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> BetaBinomialFit:
    """Fit the beta-binomial model by maximum likelihood.

    Parameters
    ----------
    responders, n : array_like of shape (k,); patients with a response and patients in all, one pair
        an arm.

    Raises
    ------
    ValueError: for invalid counts; when no or every patient responded; when every arm of two
        patients or more is wholly without or wholly with responders, so that rho runs to 1.

    Notes
    -----
    The likelihood is exact at rho = 0 and its cost does not grow with the patients, see
    `atopic.stats.pooling.betabinomial_likelihood`. Standard errors come from the observed
    information. Prediction limits are quantiles of the beta distribution with mean mu
    and variance ``mu (1 - mu) rho + se(mu)^2``, so that the uncertainty of mu is part of them.

    References
    ----------
    Griffiths DA (1973). Maximum likelihood estimation for the beta-binomial distribution and an
    application to the household distribution of a disease. Biometrics 29, 637-648.
    Chuang-Stein C (1993). An application of the beta-binomial model to combine and monitor
    medical event rates in clinical trials. Drug Information Journal 27, 515-523.

    Examples
    --------
    >>> result = fit([16, 10, 4, 43, 10, 25], [17, 12, 8, 58, 10, 42])
    >>> round(result.mu, 4), round(result.rho, 4)
    (0.7655, 0.1007)
    """
    x, size = as_counts(responders, n)
    x, size = np.atleast_1d(x), np.atleast_1d(size)
    if x.ndim != 1 or len(x) == 0:
        raise ValueError(f"responders must be one row of arms, not of shape {np.shape(responders)}")
    level = as_level(level)
    total, patients = x.sum(), size.sum()
    if total in (0, patients):
        raise ValueError(
            f"{total:g} of {patients:g} patients responded: the log odds has no finite estimate; "
            "use an exact interval of the summed counts"
        )
    informative = size > 1
    estimable = len(x) > 1 and bool(informative.any())
    whole = (x == 0) | (x == size)
    if estimable and np.all(whole[informative]):
        raise ValueError(
            "every arm is wholly without or wholly with responders: the correlation within arms "
            "runs to 1 and the model has no finite estimate; report the arms apart"
        )
    pooled = float(total / patients)
    arms = Arms(x, size)
    common = log_likelihood(arms, pooled, float((patients - total) / patients), 0.0)
    best = _best(arms, pooled, common) if estimable else None

    if best is None:
        mu, rho, height, slope = pooled, 0.0, common, 0.0
        covariance = np.diag([1.0 / (patients * pooled * (1.0 - pooled)), 0.0])
    else:
        theta, height, gradient, hessian = best
        mu, rho = (float(value) for value in expit(theta))
        covariance = np.linalg.inv(-hessian)
        slope = float(np.max(np.abs(gradient) / np.sqrt(np.diag(-hessian))))
    se = np.sqrt(np.diag(covariance))
    quantile = float(ndtri(0.5 + 0.5 * level))
    mu_limits = _limits(mu, se[0] * quantile)
    rho_limits = _limits(rho, se[1] * quantile) if best is not None else (None, None)
    mu_se = float(se[0] * mu * (1.0 - mu))
    prediction = _prediction(mu, mu * (1.0 - mu) * rho + mu_se**2, level)
    k = len(x)
    ratio = max(0.0, 2.0 * (height - common))
    aic = 4.0 - 2.0 * height
    return BetaBinomialFit(
        mu=mu,
        mu_se=mu_se,
        mu_lower=mu_limits[0],
        mu_upper=mu_limits[1],
        rho=rho,
        rho_se=float(se[1] * rho * (1.0 - rho)) if best is not None else None,
        rho_lower=rho_limits[0],
        rho_upper=rho_limits[1],
        prediction_lower=prediction[0],
        prediction_upper=prediction[1],
        boundary=best is None,
        rho_estimable=estimable,
        log_likelihood=height,
        log_likelihood_common=common,
        aic=aic,
        aicc=aic + 12.0 / (max(k, 4) - 3),
        likelihood_ratio=ratio,
        likelihood_ratio_p=0.5 * float(chdtrc(1, ratio)) if ratio > 0 else 1.0,
        k=k,
        level=level,
        interval="Wald on log odds, z",
        prediction="beta with the variance of rates plus the squared standard error of mu",
        gradient=slope,
        _responders=x,
        _n=size,
    )


def _best(arms: Arms, pooled: float, common: float) -> tuple[Floats, float, Floats, Floats] | None:
    """Find the highest maximum with rho > 0, or None if rho = 0 is as high."""
    logit = np.log(pooled) - np.log1p(-pooled)
    best = max(
        (_climb(arms, np.array([logit, start])) for start in (-3.0, 0.0)),
        key=lambda found: found[1],
    )
    return best if best[1] > common + NO_GAIN else None


def _climb(arms: Arms, theta: Floats) -> tuple[Floats, float, Floats, Floats]:
    # Log odds of rho this low are rho = 0 to all digits.
    zero = -30.0 - np.log(arms.n.max())
    height = _height(arms, theta)
    for _ in range(MAX_STEPS):
        gradient, hessian = slopes(arms, theta)
        # In its own unit each: the log odds of a rho near 0 hardly bend the likelihood.
        unit = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), np.finfo(float).tiny))
        step, decrement = newton_step(unit * gradient, hessian * np.outer(unit, unit))
        step = unit * step
        if decrement < DECREMENT or theta[1] < zero:
            break
        step = step / max(1.0, float(np.abs(step).max()) / 2.0)
        for _ in range(40):
            trial = _height(arms, theta + step)
            if decrement < 1e-8 or trial >= height - 1e-13 * (1.0 + abs(height)):
                break
            step = 0.5 * step
        theta, height = theta + step, trial
    return theta, height, *slopes(arms, theta)


def _height(arms: Arms, theta: Floats) -> float:
    return log_likelihood(
        arms, float(expit(theta[0])), float(expit(-theta[0])), float(np.exp(theta[1]))
    )


def _limits(value: float, margin: float) -> tuple[float, float]:
    logit = np.log(value) - np.log1p(-value)
    return float(expit(logit - margin)), float(expit(logit + margin))


def _prediction(mu: float, variance: float, level: float) -> tuple[float, float]:
    size = mu * (1.0 - mu) / variance - 1.0
    if size <= 0:
        return 0.0, 1.0
    tails = np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level])
    lower, upper = betaincinv(mu * size, (1.0 - mu) * size, tails)
    return float(lower), float(upper)
