"""The result of a meta-regression: coefficients, what they explain, and predicted effects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from atopic.stats.pooling.coding import Coding, code_moderators
from atopic.stats.pooling.compute import PREDICTIONS
from atopic.stats.pooling.metafor_code import metafor_regression
from atopic.stats.pooling.moderators import Moderators
from atopic.stats.pooling.result import Conventions, Data
from atopic.stats.pooling.study_arrays import Floats
from atopic.stats.results import Result, number, with_limits

#: So many coefficients the first line names.
_MOST = 3


@dataclass(frozen=True, eq=False, repr=False)
class MetaRegression(Result):
    """Coefficients of moderators, for one meta-analysis or for many of shape (...).

    Parameters
    ----------
    terms : tuple of str, length p; ``intercept``, then the moderators, a group as
        ``"name: level"`` against its reference.
    estimate : ndarray, shape (..., p); coefficients; `se`, `lower`, `upper` and `p_value` belong to
        them.
    covariance : ndarray, shape (..., p, p); of the coefficients, by the named interval.
    tau2, tau2_without : ndarray, shape (...); variance between studies that is left, and without
        moderators.
    QE, QE_df, QE_p : ndarray, shape (...); Cochran's test of what is left.
    QM, QM_df, QM_p : ndarray, shape (...), and int; test of all moderators: chi-square by Wald,
        else F on QM_df and QE_df degrees of freedom.
    I2, H2 : ndarray, shape (...); share of the variation around the regression that is not sampling
        error, and 1 / (1 - I2).
    R2 : ndarray, shape (...); share of tau2 that the moderators explain.
    k : ndarray, shape (...); studies.
    unscaled, ratio : ndarray, shape (..., p, p) and (...); the covariance by Wald, and Hartung and
        Knapp's q.
    notes : tuple of str; what a reader must know.
    conventions, coding, data : Conventions, Coding, Data; how it was computed, how moderators were
        read, and the effects.
    design : ndarray, shape (k, p); the intercept and the moderators as they were read.
    """

    terms: tuple[str, ...]
    estimate: Floats
    covariance: Floats
    tau2: Floats
    tau2_without: Floats
    QE: Floats
    QE_df: NDArray[np.int64]
    QE_p: Floats
    QM: Floats
    QM_df: int
    QM_p: Floats
    I2: Floats
    H2: Floats
    R2: Floats
    k: NDArray[np.int64]
    unscaled: Floats
    ratio: Floats
    notes: tuple[str, ...]
    conventions: Conventions
    coding: Coding
    data: Data
    design: Floats

    @property
    def se(self) -> Floats:
        """Standard errors of the coefficients, shape (..., p)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=-2, axis2=-1))

    @property
    def lower(self) -> Floats:
        """Lower limits of the coefficients, shape (..., p)."""
        return self.estimate - self._quantile()[..., None] * self.se

    @property
    def upper(self) -> Floats:
        """Upper limits of the coefficients, shape (..., p)."""
        return self.estimate + self._quantile()[..., None] * self.se

    @property
    def p_value(self) -> Floats:
        """Two-sided p values of the coefficients, shape (..., p)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(self.estimate == 0, 0.0, -np.abs(self.estimate) / self.se)
        if self.conventions.interval == "wald":
            return np.asarray(2 * special.ndtr(t))
        return np.asarray(2 * special.stdtr(np.asarray(self.QE_df)[..., None], t))

    def tests(self) -> pd.DataFrame:
        """Return the test of each moderator given the others, one row a moderator.

        Returns
        -------
        DataFrame: ``moderator``, ``df`` (coefficients), ``statistic`` (chi-square by Wald, else F)
            and ``p_value``; of many meta-analyses also ``analysis``, its place.

        Examples
        --------
        >>> from atopic.stats.pooling import meta_regression, random_effects
        >>> fit = random_effects([0.1, 0.3, 0.35, 0.65, 0.9], [0.03, 0.03, 0.05, 0.01, 0.05])
        >>> meta_regression(fit, {"dose": [1, 2, 2, 4, 5]}).tests().round(3)
          moderator  df  statistic  p_value
        0      dose   1    273.793      0.0
        """
        owners = [name for _, name in self.coding.terms()]
        p = len(self.terms)
        estimates = self.estimate.reshape(-1, p)
        unscaled = self.unscaled.reshape(-1, p, p)
        scales = np.ravel(scale_of(self.conventions.interval, self.ratio))
        rows = []
        for place, df in enumerate(np.ravel(self.QE_df).tolist()):
            for name in self.coding.columns:
                at = [1 + i for i, owner in enumerate(owners) if owner == name]
                part, own = unscaled[place][np.ix_(at, at)], estimates[place][at]
                wald = float(over(own @ np.linalg.solve(part, own), scales[place]))
                by_t = self.conventions.interval != "wald"
                statistic = wald / len(at) if by_t else wald
                p_value = (
                    special.fdtrc(len(at), df, statistic) if by_t else special.chdtrc(len(at), wald)
                )
                row = {"moderator": name, "df": len(at), "statistic": statistic}
                rows.append({"analysis": place, **row, "p_value": float(p_value)})
        frame = pd.DataFrame(rows)
        return frame if np.ndim(self.tau2) else frame.drop(columns="analysis")

    def predict(self, moderators: Moderators) -> pd.DataFrame:
        """Return the mean effect of studies with these moderators, one meta-analysis at a time.

        Parameters
        ----------
        moderators : DataFrame, mapping or array_like; the columns of the regression, one row a
            prediction.

        Returns
        -------
        DataFrame: the moderators, then ``estimate``, ``lower`` and ``upper`` of the mean effect,
            and ``prediction_lower`` and ``prediction_upper`` of the true effect in a new study, by
            the conventions of the fit (``"k-2"``, with one coefficient, is k - p - 1).

        Raises
        ------
        ValueError: for many meta-analyses, a column that is missing, or a level that no study had.
        """
        if np.ndim(self.tau2):
            raise ValueError(
                f"this needs one meta-analysis, but the result holds those of shape "
                f"{np.shape(self.tau2)}"
            )
        _, frame = code_moderators(moderators, (), None)
        shown = frame[[name for name in self.coding.columns if name in frame.columns]]
        x = np.column_stack([np.ones(len(frame)), self.coding.design(frame)])
        estimate = x @ self.estimate
        variance = np.einsum("ij,jk,ik->i", x, self.covariance, x)
        margin = float(self._quantile()) * np.sqrt(variance)
        reach = self._reach(np.einsum("ij,jk,ik->i", x, self.unscaled, x), margin)
        return shown.reset_index(drop=True).assign(
            estimate=estimate,
            lower=estimate - margin,
            upper=estimate + margin,
            prediction_lower=estimate - reach,
            prediction_upper=estimate + reach,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a coefficient, with the numbers of its regression and its conventions.

        Examples
        --------
        >>> from atopic.stats.pooling import meta_regression, random_effects
        >>> fit = random_effects([0.1, 0.3, 0.35, 0.65, 0.9], [0.03, 0.03, 0.05, 0.01, 0.05])
        >>> found = meta_regression(fit, {"dose": [1, 2, 2, 4, 5]}).to_frame()
        >>> found[["term", "estimate", "se"]].round(3)
                term  estimate     se
        0  intercept    -0.072  0.038
        1       dose     0.185  0.011
        """
        p, count = len(self.terms), int(np.size(self.tau2))
        names = self.conventions
        frame = pd.DataFrame({"term": list(self.terms) * count})
        for name in ("estimate", "se", "lower", "upper", "p_value"):
            frame[name] = np.ravel(getattr(self, name))
        for name in ("k", "tau2", "R2", "QM", "QM_p", "QE", "QE_df", "QE_p", "I2", "H2"):
            frame[name] = np.repeat(np.ravel(getattr(self, name)), p)
        frame = frame.assign(
            QM_df=self.QM_df,
            level=names.level,
            model=names.model,
            tau2_method=names.tau2_method,
            interval=names.interval,
            measure=names.measure,
        )
        if np.ndim(self.tau2):
            frame.insert(0, "analysis", np.repeat(np.arange(count), p))
        return frame

    def _first(self) -> str:
        if np.ndim(self.tau2):
            return f"{np.size(self.tau2):,} meta-regressions, of shape {np.shape(self.tau2)}"
        limits = zip(self.estimate, self.lower, self.upper, strict=True)
        said = [
            f"{term} {with_limits(map(number, ends), self.conventions.level)}"
            for term, ends in zip(self.terms, limits, strict=True)
        ]
        more = [f"{len(said) - _MOST} more coefficients"] if len(said) > _MOST else []
        return "; ".join([*said[:_MOST], *more, f"{int(self.k)} studies"])

    def _model(self) -> str:
        names = self.conventions
        how = f"Meta-regression, {names.interval} limits, tau2 by {names.tau2_method}"
        if np.ndim(self.tau2):
            return f"{how}."
        return f"{how}: tau2 = {number(self.tau2)} is left; R2 = {number(self.R2)}."

    def r_call(self) -> str:
        """Return R code that fits the same regression with metafor.

        Raises
        ------
        ValueError: for many meta-analyses, and where metafor has no such fit: correlated effects
            by Hartung-Knapp, or with tau2 other than by REML or ML.

        Examples
        --------
        >>> from atopic.stats.pooling import meta_regression, random_effects
        >>> fit = random_effects([0.1, 0.3, 0.8], [0.01, 0.02, 0.02], tau2_method="dl")
        >>> print(meta_regression(fit, {"dose": [1, 2, 4]}).r_call())
        library(metafor)
        yi <- c(0.1, 0.3, 0.8)
        vi <- c(0.01, 0.02, 0.02)
        mods <- cbind("dose" = c(1, 2, 4))
        fit <- rma(yi, vi, mods = mods, method = "DL", test = "knha", level = 95)
        print(fit, digits = 10)
        """
        if np.ndim(self.tau2):
            raise ValueError("r_call is of one meta-analysis at a time")
        keep, data = self.data.mask, self.data
        return metafor_regression(
            data.effect[keep],
            data.variance[keep],
            data.covariance,
            data.between,
            dict(zip(self.terms[1:], self.design[keep, 1:].T, strict=True)),
            tau2=float(self.tau2),
            tau2_method=self.conventions.tau2_method,
            interval=self.conventions.interval,
            level=self.conventions.level,
        )

    def _quantile(self) -> Floats:
        share = (1 + self.conventions.level) / 2
        if self.conventions.interval == "wald":
            return np.full(np.shape(self.tau2), special.ndtri(share))
        return np.asarray(special.stdtrit(np.asarray(self.QE_df, dtype=np.float64), share))

    def _reach(self, wald: Floats, margin: Floats) -> Floats:
        """Return how far prediction limits lie from the mean effect."""
        name, share = self.conventions.prediction, (1 + self.conventions.level) / 2
        if name == "confidence-interval":
            return margin
        if name == "normal":
            return float(special.ndtri(share)) * np.sqrt(self.tau2 + wald)
        interval, lost = PREDICTIONS[name]
        factor = float(scale_of(interval, self.ratio))
        df = float(self.QE_df) + 1 - lost
        if df <= 0:
            return np.full(wald.shape, np.inf)
        return float(special.stdtrit(df, share)) * np.sqrt(self.tau2 + factor * wald)


def scale_of(interval: str, ratio: Floats) -> Floats:
    """Return what the covariance by Wald is multiplied with, given Hartung and Knapp's q."""
    if interval == "wald":
        return np.ones_like(ratio)
    return ratio if interval == "hartung-knapp" else np.maximum(ratio, 1.0)


def over(wald: Floats, scale: Floats) -> Floats:
    """Return a Wald statistic over a scale; effects that lie on the regression leave none."""
    some = scale > 0
    return np.where(some, wald / np.where(some, scale, 1.0), np.where(wald > 0, np.inf, 0.0))
