"""The result of a meta-analysis, with its data and the names of its conventions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from atopic.stats.arguments import as_level, as_whole, one_of, shown
from atopic.stats.pooling.heterogeneity import I2Definition, Tau2Interval, Tau2Method, q_profile_of
from atopic.stats.pooling.metafor_code import metafor_call
from atopic.stats.pooling.study_arrays import Floats, Studies
from atopic.stats.pooling.tau2 import several_maxima
from atopic.stats.results import Result, number, percent, points, with_limits

Model = Literal["random", "common"]
IntervalMethod = Literal["hartung-knapp", "hartung-knapp-safeguarded", "wald"]
Prediction = Literal[
    "k-2",
    "k-1",
    "normal",
    "hartung-knapp-k-1",
    "hartung-knapp-k-2",
    "hartung-knapp-safeguarded-k-1",
    "hartung-knapp-safeguarded-k-2",
]

#: Fields of a result that are one number per meta-analysis.
NUMBERS = (
    "estimate",
    "se",
    "lower",
    "upper",
    "p_value",
    "tau2",
    "Q",
    "Q_df",
    "Q_p",
    "I2",
    "H2",
    "prediction_lower",
    "prediction_upper",
    "k",
)

#: The same as the fields of `Pooled` that hold them.
FITTED = tuple(
    {
        "estimate": "effect",
        "lower": "effect_lower",
        "upper": "effect_upper",
        "prediction_lower": "effect_prediction_lower",
        "prediction_upper": "effect_prediction_upper",
    }.get(name, name)
    for name in NUMBERS
)


@dataclass(frozen=True, eq=False)
class Data:
    """Checked effects of one or many meta-analyses.

    Parameters
    ----------
    effect, variance : ndarray, shape (..., k)
    mask : ndarray of bool, shape (..., k); True where a study takes part.
    covariance : ndarray, shape (..., k, k), or None; sampling covariance, when effects are
        correlated.
    between : ndarray, shape (..., k, k), or None; correlation of the true effects, with a
        covariance.
    informative : ndarray of bool, shape (..., k), or None; False where a continuity correction
        alone made the effect of a study; None where effects were given.
    patients : ndarray, shape (..., k), or None; patients of each study; None where effects
        were given or trials share an arm.
    labels : ndarray, shape (k,), or None; names of the studies, where they were given.
    """

    effect: Floats
    variance: Floats
    mask: NDArray[np.bool_]
    covariance: Floats | None = None
    between: Floats | None = None
    informative: NDArray[np.bool_] | None = None
    patients: Floats | None = None
    labels: NDArray[Any] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Leading shape and number of studies."""
        return np.broadcast_shapes(self.effect.shape, self.mask.shape)

    def studies(self) -> Studies:
        """Lay the studies out for fitting."""
        if self.covariance is None or self.between is None:
            return Studies.independent(self.effect, self.variance, self.mask)
        if not self.mask.all():
            raise ValueError("correlated effects cannot be masked: take one subset at a time")
        return Studies.correlated(self.effect, self.covariance, self.between)


@dataclass(frozen=True)
class Conventions:
    """Names of the choices behind a pooled effect, see `atopic.stats.pooling.random_effects`.

    Parameters
    ----------
    model, tau2_method, interval, prediction, i2 : str
    level : float
    measure, continuity, variance : str; what was pooled, the rule for zero cells and the form of
        the variances, where known.
    """

    model: Model
    tau2_method: Tau2Method | Literal["none"]
    interval: IntervalMethod
    prediction: Prediction | Literal["confidence-interval"]
    i2: I2Definition
    level: float
    measure: str = "as given"
    continuity: str = "none"
    variance: str = "as given"

    def __post_init__(self) -> None:
        one_of(self.model, "model", get_args(Model))
        one_of(self.interval, "interval", get_args(IntervalMethod))
        if not isinstance(self.i2, str) or self.i2 not in get_args(I2Definition):
            raise ValueError(f"i2 must be 'tau2' or 'Q', not {shown(self.i2)}")
        if self.model == "random":
            one_of(self.prediction, "prediction", get_args(Prediction))
        as_level(self.level)


@dataclass(frozen=True, eq=False, repr=False)
class Pooled(Result):
    """Pooled effects, one for each meta-analysis, with their data and conventions.

    Parameters
    ----------
    estimate, lower, upper : ndarray, shape (...); pooled effect with its limits by the named
        interval, a ratio as a ratio.
    effect, effect_lower, effect_upper : ndarray, shape (...); the same as it was pooled: of a
        ratio the logarithm, else equal.
    se, p_value : ndarray, shape (...); standard error of `effect`, and the two-sided p value of no
        effect (0) that belongs to the named interval.
    tau2 : ndarray, shape (...); variance between studies.
    Q, Q_df, Q_p : ndarray, shape (...); Cochran's test of homogeneity.
    I2, H2 : ndarray, shape (...); share of the variation that is not sampling error, by the named
        definition, and 1 / (1 - I2).
    prediction_lower, prediction_upper : ndarray, shape (...); limits for the true effect in a new
        study, by the named convention; `effect_prediction_lower` and `effect_prediction_upper` as
        it was pooled.
    k : ndarray, shape (...); number of studies.
    weights : ndarray, shape (..., k); share of each study in the estimate; they sum to 1, and are 0
        for studies left out.
    notes : tuple of str; what a reader must know: limits that are infinite or without width by
        definition, and few studies.
    conventions : Conventions; names of the model, the estimator of tau2, the interval, the
        prediction interval, the definition of I2, the measure, the continuity rule and the form of
        the variances, and the confidence level.
    data : Data; what was pooled.
    """

    effect: Floats
    se: Floats
    effect_lower: Floats
    effect_upper: Floats
    p_value: Floats
    tau2: Floats
    Q: Floats
    Q_df: NDArray[np.int64]
    Q_p: Floats
    I2: Floats
    H2: Floats
    effect_prediction_lower: Floats
    effect_prediction_upper: Floats
    k: NDArray[np.int64]
    weights: Floats
    notes: tuple[str, ...]
    conventions: Conventions
    data: Data

    @property
    def is_ratio(self) -> bool:
        """Whether logarithms of ratios were pooled."""
        return self.conventions.measure.startswith("log ")

    @property
    def estimate(self) -> Floats:
        """Pooled effect, on the scale that a reader uses."""
        return self._natural(self.effect)

    @property
    def lower(self) -> Floats:
        """Its lower limit."""
        return self._natural(self.effect_lower)

    @property
    def upper(self) -> Floats:
        """Its upper limit."""
        return self._natural(self.effect_upper)

    @property
    def prediction_lower(self) -> Floats:
        """Lower limit for the true effect in a new study."""
        return self._natural(self.effect_prediction_lower)

    @property
    def prediction_upper(self) -> Floats:
        """Upper limit for the true effect in a new study."""
        return self._natural(self.effect_prediction_upper)

    def _natural(self, effect: Floats) -> Floats:
        found: Floats = np.exp(effect) if self.is_ratio else effect
        return found

    def tau2_interval(self, level: float | None = None) -> Tau2Interval:
        """Return the Q-profile limits of tau2.

        Parameters
        ----------
        level : float; confidence level; by default that of the result.

        Examples
        --------
        >>> from atopic.stats.pooling import random_effects
        >>> fit = random_effects([0.0, 1.0, 2.0], [0.25, 0.25, 0.25])
        >>> float(fit.tau2_interval().upper.round(4))
        39.2479
        """
        limits = q_profile_of(
            self.data.studies(), self.conventions.level if level is None else level
        )
        shape = np.shape(self.effect)
        lower, upper = limits.lower.reshape(shape)[()], limits.upper.reshape(shape)[()]
        return Tau2Interval(lower, upper, limits.level)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per meta-analysis: numbers first, then the names of the conventions.

        Of ratios, ``log_estimate``, ``log_lower`` and ``log_upper`` are their logarithms; ``se``
        is that of the logarithm.

        Examples
        --------
        >>> from atopic.stats.pooling import random_effects
        >>> frame = random_effects([[0.0, 1.0], [0.5, 0.7]], 0.1, interval="wald").to_frame()
        >>> frame[["k", "estimate", "interval"]]
           k  estimate interval
        0  2       0.5     wald
        1  2       0.6     wald
        """
        numbers = {"k": np.ravel(self.k)}
        numbers |= {name: np.ravel(getattr(self, name)) for name in NUMBERS if name != "k"}
        if self.is_ratio:
            logs = {"log_estimate": "effect", "log_lower": "effect_lower"}
            logs["log_upper"] = "effect_upper"
            numbers |= {name: np.ravel(getattr(self, field)) for name, field in logs.items()}
        names = self.conventions
        return pd.DataFrame(numbers).assign(
            level=names.level,
            model=names.model,
            tau2_method=names.tau2_method,
            interval=names.interval,
            prediction=names.prediction,
            I2_definition=names.i2,
            measure=names.measure,
            continuity=names.continuity,
            variance=names.variance,
        )

    def r_call(self, at: int | tuple[int, ...] = ()) -> str:
        """Return R code that fits the same model with metafor, and prints the same numbers.

        Parameters
        ----------
        at : int or tuple of int; position of the meta-analysis in the leading axes.

        Returns
        -------
        str: iterative estimates are asked for to 1e-12, not to metafor's own tolerance.

        Raises
        ------
        ValueError: when metafor has no such fit: correlated effects with tau2 other than by REML or
            ML.

        Examples
        --------
        >>> from atopic.stats.pooling import common_effect
        >>> print(common_effect([0.1, 0.3], [0.01, 0.02]).r_call())
        library(metafor)
        yi <- c(0.1, 0.3)
        vi <- c(0.01, 0.02)
        fit <- rma(yi, vi, method = "EE", test = "z", level = 95)
        print(fit, digits = 10)
        """
        where, shape = at if isinstance(at, tuple) else (at,), np.shape(self.effect)
        if len(where) != len(shape):
            raise ValueError(f"at must name one of the meta-analyses of shape {shape}")
        where = tuple(
            as_whole(i, "at", least=-size, most=size - 1)
            for i, size in zip(where, shape, strict=True)
        )
        data = self.data
        keep = np.broadcast_to(data.mask, data.shape)[where]
        square = np.ix_(keep, keep)
        method, several = self.conventions.tau2_method, False
        if data.covariance is None and method in ("reml", "ml"):
            several = bool(
                several_maxima(data.studies(), restricted=method == "reml").reshape(
                    np.shape(self.effect)
                )[where]
            )
        return metafor_call(
            np.broadcast_to(data.effect, data.shape)[where][keep],
            np.broadcast_to(data.variance, data.shape)[where][keep],
            None if data.covariance is None else _matrix(data.covariance, data, where)[square],
            None if data.between is None else _matrix(data.between, data, where)[square],
            tau2=float(self.tau2[where]),
            several_maxima=several,
            tau2_method=method,
            interval=self.conventions.interval,
            prediction=self.conventions.prediction,
            level=self.conventions.level,
        )

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the model, the studies with their weights, and those left out with the reason.

        Examples
        --------
        >>> from atopic.stats.pooling import random_effects
        >>> fit = random_effects([0.0, 1.0], 0.1, study=["Ahn", "Berg"])
        >>> fit.frames()["studies"][["study", "estimate"]]
          study  estimate
        0   Ahn       0.0
        1  Berg       1.0
        """
        found = {"model": self.to_frame()}
        if np.ndim(self.effect):
            return found
        data = self.data
        mask = np.broadcast_to(data.mask, data.shape)
        effect = np.broadcast_to(data.effect, data.shape)
        spread = np.sqrt(np.broadcast_to(data.variance, data.shape))
        z = special.ndtri((1 + self.conventions.level) / 2)
        names = np.arange(mask.size) if data.labels is None else data.labels
        studies = pd.DataFrame(
            {
                "study": names,
                "estimate": self._natural(effect),
                "lower": self._natural(effect - z * spread),
                "upper": self._natural(effect + z * spread),
                "se": spread,
                "weight": np.broadcast_to(self.weights, data.shape),
            }
        )
        if data.patients is not None:
            studies["patients"] = np.broadcast_to(data.patients, data.shape)
        reason = np.full(mask.size, "left out by whoever pooled", dtype=object)
        out = pd.DataFrame({"study": names, "reason": reason})
        if data.informative is not None:
            told = np.broadcast_to(data.informative, data.shape)
            studies["known_by"] = np.where(told, "counts", "continuity correction alone")
        return {**found, "studies": studies[mask], "left out": out[~mask]}

    def _first(self) -> str:
        if np.ndim(self.effect):
            return f"{np.size(self.effect):,} meta-analyses, of shape {np.shape(self.effect)}"
        words = points if self.conventions.measure == "RD" else number
        ends = (words(float(self.estimate)), words(float(self.lower)), words(float(self.upper)))
        name = self.conventions.measure.removeprefix("log ")
        name = {"RD": "Difference of responders", "RR": "Risk ratio", "OR": "Odds ratio"}.get(
            name, "Pooled effect"
        )
        return f"{name} {with_limits(ends, self.conventions.level)}; {self._counted()}"

    def _counted(self) -> str:
        trials = f"{int(self.k)} {'study' if self.k == 1 else 'studies'}"
        if self.data.patients is None:
            return trials
        kept = np.broadcast_to(self.data.mask, self.data.shape)
        patients = np.broadcast_to(self.data.patients, self.data.shape)[kept].sum()
        return f"{trials}, {int(patients):,} patients"

    def _model(self) -> str:
        names = self.conventions
        how = (
            "Common effect" if names.model == "common" else f"Random effects ({names.tau2_method})"
        )
        how += f", {names.interval} interval"
        if names.continuity != "none":
            how += f", 0.5 added to cells ({names.continuity})"
        if np.ndim(self.effect):
            return f"{how}."
        return (
            f"{how}; tau2 = {number(self.tau2)}, I2 = {percent(float(self.I2))} (by {names.i2}), "
            f"Q = {number(self.Q)} on {int(self.Q_df)} df, P = {number(self.Q_p, 2)}."
        )

    def _next(self) -> str:
        if np.ndim(self.effect) or self.conventions.prediction == "confidence-interval":
            return ""
        words = points if self.conventions.measure == "RD" else number
        lower, upper = words(float(self.prediction_lower)), words(float(self.prediction_upper))
        return (
            f"A new study may truly have {lower.removesuffix(' points')} to {upper} "
            f"({100 * self.conventions.level:g}% prediction interval, "
            f"{self.conventions.prediction})."
        )


def _matrix(matrices: Floats, data: Data, where: tuple[int, ...]) -> Floats:
    matrix: Floats = np.broadcast_to(matrices, (*data.shape, data.shape[-1]))[where]
    return matrix
