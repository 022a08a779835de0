"""What a random-intercept logistic model says: coefficients, proportions, and how it was fitted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri, stdtr, stdtrit

from atopic.stats.pooling.moderators import Moderators, moderator_columns
from atopic.stats.results import Result, number, percent, with_limits

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HeterogeneityTest:
    """A test of no difference between groups beyond chance and moderators."""

    name: str
    statistic: float
    df: int
    p_value: float
    reference: str


@dataclass(frozen=True)
class PooledProportion:
    """Pooled proportion of an intercept-only model, each limit between 0 and 1."""

    median: float
    median_lower: float
    median_upper: float
    mean: float
    mean_lower: float
    mean_upper: float
    prediction_lower: float
    prediction_upper: float


@dataclass(frozen=True, eq=False, repr=False)
class GlmmFit(Result):
    """Result of `fit`; log odds unless a name says proportion.

    Attributes
    ----------
    names : tuple of str; ``"intercept"`` and the moderators, in the order of ``beta``.
    beta, se, lower, upper : ndarray of shape (p,); coefficients, standard errors and confidence
        limits.
    covariance : ndarray of shape (p, p); of ``beta``, from the observed information of ``(beta,
        tau)``; at the boundary from that of ``beta`` alone.
    tau2, tau2_se : float, float or None; between-group variance; its standard error is None at the
        boundary.
    boundary : bool; whether tau2 = 0 has the highest likelihood; then this is plain logistic
        regression.
    tau2_estimable : bool; False with one group, or when every group holds one patient: such counts
        cannot tell tau2 from 0, and the fit is that of tau2 = 0.
    log_likelihood, log_likelihood_common : float; binomial coefficients included; the second is at
        tau2 = 0.
    aic, aicc : float; ``p + 1`` parameters; the small-sample correction counts arms.
    likelihood_ratio : HeterogeneityTest; tau2 = 0 against tau2 > 0.
    deviance : HeterogeneityTest; one common rate (given moderators) against a free rate for each
        arm.
    k, groups : int; arms and groups.
    interval, prediction : str; quantiles of the confidence and the prediction limits, as asked for.
    interval_df, prediction_df : float; their degrees of freedom, ``inf`` for the normal.
    quadrature, nodes : str, int; rule of the last pass.
    gradient : float; largest slope of the log-likelihood, per standard error, just before the last
        step to the estimate; at most 1.4e-7 times a small factor.
    """

    names: tuple[str, ...]
    beta: Floats
    se: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    tau2: float
    tau2_se: float | None
    boundary: bool
    tau2_estimable: bool
    log_likelihood: float
    log_likelihood_common: float
    aic: float
    aicc: float
    likelihood_ratio: HeterogeneityTest
    deviance: HeterogeneityTest
    k: int
    groups: int
    level: float
    interval: str
    interval_df: float
    prediction: str
    prediction_df: float
    quadrature: str
    nodes: int
    gradient: float
    _joint: Floats = field(repr=False)
    _data: "FittedData" = field(repr=False)

    @property
    def coefficients(self) -> pd.DataFrame:
        """One row a coefficient: estimate, se, lower, upper, statistic, p_value."""
        statistic = self.beta / self.se
        tail = _lower_tail(-np.abs(statistic), self.interval_df)
        return pd.DataFrame(
            {
                "estimate": self.beta,
                "se": self.se,
                "lower": self.lower,
                "upper": self.upper,
                "statistic": statistic,
                "p_value": 2.0 * tail,
            },
            index=pd.Index(self.names, name="coefficient"),
        )

    @property
    def pooled(self) -> PooledProportion:
        """Median and mean proportion and the prediction interval of a model without moderators.

        Raises
        ------
        ValueError: if the model has moderators: then ask `at` for a proportion at given values.
        """
        if len(self.names) > 1:
            raise ValueError(
                f"the proportion depends on {', '.join(self.names[1:])}: give values to `at`"
            )
        rows = self._rows(np.ones((1, 1)))
        return PooledProportion(**{name: float(values[0]) for name, values in rows.items()})

    def at(self, moderators: Moderators) -> pd.DataFrame:
        """Proportions at given values of the moderators, one row each.

        Parameters
        ----------
        moderators : as in `fit`; a mapping or DataFrame is read by name.

        Returns
        -------
        DataFrame: columns ``median``, ``median_lower``, ``median_upper``, ``mean``, ``mean_lower``,
            ``mean_upper``, ``prediction_lower``, ``prediction_upper``.
        """
        names, columns = moderator_columns(moderators, None)
        expected = self.names[1:]
        if isinstance(moderators, (Mapping, pd.DataFrame)):
            missing = [name for name in expected if name not in names]
            if missing:
                raise ValueError(f"moderators lack {', '.join(missing)}; found {', '.join(names)}")
            columns = columns[:, [names.index(name) for name in expected]]
        elif columns.shape[1] != len(expected):
            raise ValueError(
                f"moderators have {columns.shape[1]} columns; the model has {len(expected)}"
            )
        return pd.DataFrame(self._rows(np.column_stack([np.ones(len(columns)), columns])))

    def r_call(self) -> str:
        """Return the call in R that fits the same model (metafor, or lme4 when arms share groups).

        Examples
        --------
        >>> from atopic.stats.pooling.glmm import fit
        >>> print(fit([4, 6, 9], [5, 11, 20]).r_call())
        metafor::rma.glmm(measure="PLO", xi=c(4,6,9), ni=c(5,11,20), test="z", level=95, nAGQ=25)
        """
        data = self._data
        x, n = _r_vector(data.responders), _r_vector(data.n)
        if self.groups == self.k:
            columns = ", ".join(
                f"`{name}`={_r_vector(column)}"
                for name, column in zip(self.names[1:], data.columns.T, strict=True)
            )
            mods = f", mods=cbind({columns})" if columns else ""
            options = f'test="{self.interval[0]}", level={100 * self.level:.15g}, nAGQ=25'
            return f'metafor::rma.glmm(measure="PLO", xi={x}, ni={n}{mods}, {options})'
        terms = "".join(f"`{name}` + " for name in self.names[1:])
        columns = "".join(
            f"`{name}`={_r_vector(column)}, "
            for name, column in zip(self.names[1:], data.columns.T, strict=True)
        )
        study = _r_vector(data.group.astype(np.float64) + 1.0)
        return (
            f"lme4::glmer(cbind(x, n - x) ~ {terms}(1 | study), family=binomial, nAGQ=25, "
            f"data=data.frame(x={x}, n={n}, {columns}study={study}, "
            "check.names=FALSE))"
        )

    def _rows(self, design: Floats) -> dict[str, Floats]:
        logit = design @ self.beta
        variance = np.einsum("ij,jk,ik->i", design, self.covariance, design)
        quantile = quantile_of(self.level, self.interval_df)
        margin = quantile * np.sqrt(variance)
        spread = quantile_of(self.level, self.prediction_df) * np.sqrt(self.tau2 + variance)
        tau = float(np.sqrt(self.tau2))
        mean, by_logit, by_tau = _marginal(logit, tau)
        # Delta method on the log odds of the mean, where limits stay between 0 and 1.
        gradient = np.column_stack([by_logit[:, None] * design, by_tau])
        mean_se = np.sqrt(np.einsum("ij,jk,ik->i", gradient, self._joint, gradient))
        mean_logit = np.log(mean) - np.log1p(-mean)
        mean_margin = quantile * mean_se / (mean * (1.0 - mean))
        return {
            "median": expit(logit),
            "median_lower": expit(logit - margin),
            "median_upper": expit(logit + margin),
            "mean": mean,
            "mean_lower": expit(mean_logit - mean_margin),
            "mean_upper": expit(mean_logit + mean_margin),
            "prediction_lower": expit(logit - spread),
            "prediction_upper": expit(logit + spread),
        }

    def to_frame(self) -> pd.DataFrame:
        """Return one row a coefficient, in log odds."""
        return self.coefficients.reset_index()

    def _first(self) -> str:
        if len(self.names) > 1:
            return f"log odds by {', '.join(self.names[1:])}; {self.k} arms, {self._patients()}"
        found = self.pooled
        said = with_limits(
            map(percent, (found.median, found.median_lower, found.median_upper)), self.level
        )
        return f"Rate of the median study {said}; {self.k} arms, {self._patients()}"

    def _patients(self) -> str:
        return f"{int(np.sum(self._data.n)):,} patients"

    def _model(self) -> str:
        test = self.likelihood_ratio
        return (
            f"Random-intercept logistic regression of {self.groups} groups, "
            f"{self.interval} interval; tau2 = {number(self.tau2)}, likelihood ratio "
            f"{number(test.statistic)}, P = {number(test.p_value, 2)}."
        )

    def _next(self) -> str:
        if len(self.names) > 1:
            return ""
        found = self.pooled
        lower, upper = percent(found.prediction_lower), percent(found.prediction_upper)
        return f"A new study may truly have a rate from {lower} to {upper} ({self.prediction})."

    def _cautions(self) -> tuple[str, ...]:
        if not self.tau2_estimable:
            return ("these counts cannot tell tau2 from 0",)
        return ("tau2 = 0 has the highest likelihood",) if self.boundary else ()


@dataclass(frozen=True, eq=False)
class FittedData:
    """What was fitted, in the caller's order, for `GlmmFit.r_call`."""

    responders: Floats
    n: Floats
    columns: Floats
    group: NDArray[np.intp]


def quantile_of(level: float, df: float) -> float:
    """Return the upper quantile of a two-sided level: normal for infinite df, inf for none."""
    if df <= 0:
        return np.inf
    upper = 0.5 + 0.5 * level
    return float(ndtri(upper) if np.isinf(df) else stdtrit(df, upper))


def _marginal(logit: Floats, tau: float) -> tuple[Floats, Floats, Floats]:
    """Mean of expit(logit + tau z) over standard normal z, and its slopes by logit and tau.

    The trapezoidal rule: expit has its nearest pole at pi / tau, so the error of a spacing h
    is about exp(-2 pi^2 / (h tau)); h <= 1 / (2 tau) leaves 1e-17.
    """
    spacing = min(0.25, 0.5 / max(tau, 1e-3))
    half = int(np.ceil(9.0 / spacing))
    z = spacing * np.arange(-half, half + 1)
    weight = spacing * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    eta = logit[:, None] + tau * z
    p = expit(eta)
    slope = p * expit(-eta)
    return p @ weight, slope @ weight, slope @ (z * weight)


def _lower_tail(statistic: Floats, df: float) -> Floats:
    return np.asarray(ndtr(statistic) if np.isinf(df) else stdtr(df, statistic))


def _r_vector(values: Floats) -> str:
    return f"c({','.join(f'{value:.17g}' for value in values)})"
