"""One face for pooling response rates of single arms, whatever the method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from atopic.stats.arguments import as_counts, as_labels, as_level, one_of, shown
from atopic.stats.frames import of_frame
from atopic.stats.pooling import betabinomial, glmm, transforms
from atopic.stats.pooling.compute import as_many
from atopic.stats.pooling.heterogeneity import Tau2Method
from atopic.stats.pooling.inverse_variance import random_effects
from atopic.stats.results import Result, number, percent, with_limits

__all__ = ["METHODS", "PooledRate", "leave_one_out_rates", "pool_proportions"]

Floats = NDArray[np.float64]
Method = Literal["glmm", "beta-binomial", "logit", "freeman-tukey", "arcsine"]

#: What the estimate of each method is.
METHODS: dict[str, str] = {
    "glmm": "rate of the median study",
    "beta-binomial": "mean rate over studies",
    "logit": "rate of the median study",
    "freeman-tukey": "rate at the mean of double arcsines",
    "arcsine": "rate at the mean of arcsines",
}

#: Names of the prediction convention here and in `atopic.stats.pooling.glmm` (k - p with p = 1).
GLMM_PREDICTION: dict[str, Literal["z", "t(k-p)", "t(k-p-1)"]] = {
    "k-2": "t(k-p-1)",
    "k-1": "t(k-p)",
    "normal": "z",
}


@dataclass(frozen=True, eq=False, repr=False)
class PooledRate(Result):
    """A pooled response rate; every limit is a proportion from 0 to 1.

    Attributes
    ----------
    estimate, lower, upper : float; pooled rate and confidence limits; ``estimand`` says rate of
        what.
    mean, mean_lower, mean_upper : float or None; mean rate over studies, where the method has one.
    prediction_lower, prediction_upper : float or None; limits for the rate of a new study; None
        where no model of studies could be fitted.
    heterogeneity : float or None; between-study variance on the scale of the method (``tau2``), or
        ``rho`` of the beta-binomial; None where none could be fitted.
    heterogeneity_name : str; which of them.
    k, patients : int; arms and patients.
    method, estimand, interval, prediction, level : conventions.
    notes : tuple of str; what a reader must know about this result.
    fit : object; the result underneath, or None.
    """

    estimate: float
    lower: float
    upper: float
    mean: float | None
    mean_lower: float | None
    mean_upper: float | None
    prediction_lower: float | None
    prediction_upper: float | None
    heterogeneity: float | None
    heterogeneity_name: str
    k: int
    patients: int
    method: str
    estimand: str
    interval: str
    prediction: str
    level: float
    notes: tuple[str, ...]
    fit: Any
    _counts: tuple[int, int] = field(repr=False, default=(0, 0))

    def r_call(self) -> str:
        """Return the R call that reproduces the fit underneath.

        Returns
        -------
        str: of metafor, lme4 or VGAM for a fitted model, on the scale of the model; ``binom.test``
            of the summed counts where no or every patient responded.

        Examples
        --------
        >>> pool_proportions([0, 0], [5, 11]).r_call()
        'binom.test(0, 16, conf.level = 0.95)$conf.int'
        """
        if self.fit is None:
            x, n = self._counts
            return f"binom.test({x}, {n}, conf.level = {self.level:.15g})$conf.int"
        return str(self.fit.r_call())

    def to_frame(self) -> pd.DataFrame:
        """Return the result as one row, with its conventions and notes."""
        row = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("fit", "_counts")
        }
        return pd.DataFrame([{**row, "notes": " ".join(self.notes)}])

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the result, and the frames of the fit underneath where it has some."""
        under = self.fit.frames() if isinstance(self.fit, Result) else {}
        return {"rate": self.to_frame(), **under}

    def _first(self) -> str:
        ends = with_limits(map(percent, (self.estimate, self.lower, self.upper)), self.level)
        arms = f"{self.k} {'arm' if self.k == 1 else 'arms'}"
        what = f"{self.estimand[:1].upper()}{self.estimand[1:]}"
        return f"{what} {ends}; {arms}, {self.patients:,} patients"

    def _model(self) -> str:
        if self.heterogeneity is None:
            return f"{self.method}, {self.interval} interval."
        spread = f"{self.heterogeneity_name} = {number(self.heterogeneity)}"
        return f"{self.method}, {self.interval} interval; {spread}."

    def _next(self) -> str:
        if self.prediction_lower is None or self.prediction_upper is None:
            return ""
        lower, upper = percent(self.prediction_lower), percent(self.prediction_upper)
        return f"A new study may truly have a rate from {lower} to {upper} ({self.prediction})."


@of_frame("responders n")
def pool_proportions(
    responders: ArrayLike,
    n: ArrayLike,
    *,
    method: Method = "glmm",
    level: float = 0.95,
    interval: str | None = None,
    prediction: Literal["k-2", "k-1", "normal"] = "k-2",
    tau2_method: str = "reml",
) -> PooledRate:
    """Pool response rates of single arms.

    Parameters
    ----------
    responders, n : array_like of shape (k,); patients with a response and patients in all, one pair
        an arm; or a frame and the names of its two columns.
    method : {"glmm", "beta-binomial", "logit", "freeman-tukey", "arcsine"}; random-intercept
        logistic model (the default), beta-binomial, or two-step pooling of transformed proportions,
        which is for comparison only (see `atopic.stats.pooling.transforms`).
    interval : str; ``"z"`` (default) or ``"t(k-p)"`` for the logistic model; ``"z"`` for the
        beta-binomial; one of `atopic.stats.pooling.random_effects` (default ``"hartung-knapp"``)
        for two steps.
    prediction : {"k-2", "k-1", "normal"}; degrees of freedom of prediction limits (not of the
        beta-binomial's, which are beta quantiles).
    tau2_method : str; estimator of tau2 in two steps, see `atopic.stats.pooling.random_effects`.

    Raises
    ------
    ValueError: for invalid counts or names, and for counts a model cannot be fitted to, see
        `atopic.stats.pooling.glmm.fit` and `atopic.stats.pooling.betabinomial.fit`.

    Notes
    -----
    When no or every patient responded, no method can tell how studies differ: the rate is 0 or 1,
    its limits are Clopper and Pearson's for the summed counts, which takes the arms for one, and
    there are no prediction limits. ``notes`` says so.

    The Freeman-Tukey result is taken back with the harmonic mean of the arm sizes (Miller 1978);
    a limit beyond what that size can give is set to 0 or 1, and ``notes`` says so.

    Examples
    --------
    >>> rate = pool_proportions([4, 6, 9], [5, 11, 20])
    >>> round(rate.estimate, 4), round(rate.lower, 4), round(rate.upper, 4)
    (0.5278, 0.3675, 0.6826)
    >>> pool_proportions([0, 0], [5, 11]).upper.__round__(4)
    0.2059
    """
    one_of(method, "method", METHODS)
    if not isinstance(prediction, str) or prediction not in GLMM_PREDICTION:
        raise ValueError(f"prediction must be k-2, k-1 or normal, not {shown(prediction)}")
    if interval is not None and not isinstance(interval, str):
        raise ValueError(f"interval must be the name of one, not {shown(interval)}")
    one_of(tau2_method, "tau2_method", get_args(Tau2Method))
    x, size = (np.atleast_1d(each) for each in as_counts(responders, n))
    if x.ndim != 1 or len(x) == 0:
        raise ValueError(f"responders must be one row of arms, not of shape {np.shape(responders)}")
    level = as_level(level)
    if method in ("glmm", "beta-binomial"):
        allowed = ("z", "t(k-p)") if method == "glmm" else ("z",)
        interval = "z" if interval is None else interval
        if interval not in allowed:
            raise ValueError(
                f"interval of method {method!r} must be {' or '.join(allowed)}, not {interval!r}"
            )
        if x.sum() in (0, size.sum()):
            return _extreme(x, size, method, level)
        if method == "glmm":
            return _by_glmm(x, size, interval, prediction, level)
        return _by_beta_binomial(x, size, level)
    interval = "hartung-knapp" if interval is None else interval
    found = _in_two_steps(x, size, method, interval, prediction, tau2_method, level)
    # Arms that are all alike would be equal to the last patient, or to the half that is added.
    return _extreme(x, size, method, level) if x.sum() in (0, size.sum()) else found


@of_frame("responders n", per_row="labels")
def leave_one_out_rates(
    responders: ArrayLike,
    n: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Pool response rates of single arms with each arm left out in turn.

    Parameters
    ----------
    responders, n : as in `pool_proportions`; at least two arms.
    labels : sequence; names of the arms; their places by default.
    **options : as in `pool_proportions`.

    Returns
    -------
    DataFrame: ``left_out``, ``estimate``, ``lower``, ``upper``, ``heterogeneity`` and ``method``;
        the first row leaves out none.

    Raises
    ------
    ValueError: as `pool_proportions`, for fewer than two arms, and for labels of another number.

    Examples
    --------
    >>> leave_one_out_rates([4, 6, 13], [5, 11, 19])[["left_out", "estimate"]].round(3)
      left_out  estimate
    0     none     0.657
    1        0     0.633
    2        1     0.708
    3        2     0.625
    """
    x, size = (np.atleast_1d(counts) for counts in as_counts(responders, n))
    if x.ndim != 1 or x.size < 2:
        raise ValueError("leaving one out needs a list of at least two arms")
    names = range(x.size) if labels is None else as_labels(labels, "labels", x.size)
    as_many(x.size)
    rows = []
    for place, name in [(None, "none"), *enumerate(names)]:
        kept = np.arange(x.size) != place
        rate = pool_proportions(x[kept], size[kept], **options)
        rows.append(
            {
                "left_out": str(name),
                "estimate": rate.estimate,
                "lower": rate.lower,
                "upper": rate.upper,
                "heterogeneity": rate.heterogeneity,
                "method": rate.method,
            }
        )
    return pd.DataFrame(rows)


def _by_glmm(x: Floats, n: Floats, interval: Any, prediction: str, level: float) -> PooledRate:
    fit = glmm.fit(x, n, level=level, interval=interval, prediction=GLMM_PREDICTION[prediction])
    pooled = fit.pooled
    notes = []
    if not fit.tau2_estimable:
        notes.append("one arm, or one patient an arm, cannot show heterogeneity: tau2 is set to 0")
    elif fit.boundary:
        notes.append("tau2 = 0 has the highest likelihood: this is one common rate")
    if fit.prediction_df <= 0:
        notes.append("too few arms to predict with these degrees of freedom: limits are 0 and 1")
    return PooledRate(
        estimate=pooled.median,
        lower=pooled.median_lower,
        upper=pooled.median_upper,
        mean=pooled.mean,
        mean_lower=pooled.mean_lower,
        mean_upper=pooled.mean_upper,
        prediction_lower=pooled.prediction_lower,
        prediction_upper=pooled.prediction_upper,
        heterogeneity=fit.tau2,
        heterogeneity_name="tau2",
        prediction=prediction,
        fit=fit,
        **_common(x, n, "glmm", interval, level, notes),
    )


def _by_beta_binomial(x: Floats, n: Floats, level: float) -> PooledRate:
    fit = betabinomial.fit(x, n, level=level)
    notes = []
    if not fit.rho_estimable:
        notes.append("one arm, or one patient an arm, cannot show heterogeneity: rho is set to 0")
    elif fit.boundary:
        notes.append("rho = 0 has the highest likelihood: this is one common rate")
    return PooledRate(
        estimate=fit.mu,
        lower=fit.mu_lower,
        upper=fit.mu_upper,
        mean=fit.mu,
        mean_lower=fit.mu_lower,
        mean_upper=fit.mu_upper,
        prediction_lower=fit.prediction_lower,
        prediction_upper=fit.prediction_upper,
        heterogeneity=fit.rho,
        heterogeneity_name="rho",
        prediction=fit.prediction,
        fit=fit,
        **_common(x, n, "beta-binomial", "z", level, notes),
    )


def _extreme(x: Floats, n: Floats, method: str, level: float) -> PooledRate:
    """No or every patient responded: an exact interval of the summed counts."""
    patients = float(n.sum())
    bound = float(betaincinv(1.0, patients, 0.5 + 0.5 * level))
    none = not x.any()
    word = "no" if none else "every"
    note = (
        f"{word} patient responded: limits are Clopper-Pearson's for the {patients:g} patients "
        "taken as one arm, and differences between studies cannot be seen"
    )
    return PooledRate(
        estimate=0.0 if none else 1.0,
        lower=0.0 if none else 1.0 - bound,
        upper=bound if none else 1.0,
        mean=None,
        mean_lower=None,
        mean_upper=None,
        prediction_lower=None,
        prediction_upper=None,
        heterogeneity=None,
        heterogeneity_name="rho" if method == "beta-binomial" else "tau2",
        prediction="none",
        fit=None,
        **_common(x, n, method, "clopper-pearson of the summed counts", level, [note]),
    )


def _in_two_steps(
    x: Floats,
    n: Floats,
    method: str,
    interval: Any,
    prediction: Any,
    tau2_method: Any,
    level: float,
) -> PooledRate:
    notes = ["two-step pooling of transformed proportions, for comparison only"]
    back: Callable[[ArrayLike], Floats]
    if method == "logit":
        effect, variance = transforms.logit(x, n)
        back = transforms.back_logit
        empty = int(np.sum((x == 0) | (x == n)))
        if empty:
            notes.append(
                f"0.5 was added to both cells of each arm with an empty cell ({empty} of {len(x)})"
            )
    elif method == "arcsine":
        effect, variance = transforms.arcsine(x, n)
        back = transforms.back_arcsine
    else:
        effect, variance = transforms.freeman_tukey(x, n)
        stand_in = transforms.harmonic_mean(n)
        notes.append(f"taken back with the harmonic mean of arm sizes, {stand_in:.6g}")

        def back(value: ArrayLike) -> Floats:
            return transforms.back_freeman_tukey(value, stand_in)

    pooled = random_effects(
        effect,
        variance,
        tau2_method=tau2_method,
        interval=interval,
        prediction=prediction,
        level=level,
    )
    names = ("estimate", "lower", "upper", "prediction_lower", "prediction_upper")
    values = {name: float(getattr(pooled, name)) for name in names}
    rates = {name: float(back(value)) for name, value in values.items()}
    cut = [name for name in names if rates[name] in (0.0, 1.0) and np.isfinite(values[name])]
    if cut and method != "logit":
        notes.append(f"beyond the range of the transformation and set to 0 or 1: {', '.join(cut)}")
    notes.extend(pooled.notes)
    return PooledRate(
        estimate=rates["estimate"],
        lower=rates["lower"],
        upper=rates["upper"],
        mean=None,
        mean_lower=None,
        mean_upper=None,
        prediction_lower=rates["prediction_lower"],
        prediction_upper=rates["prediction_upper"],
        heterogeneity=float(pooled.tau2),
        heterogeneity_name="tau2",
        prediction=prediction,
        fit=pooled,
        **_common(x, n, method, interval, level, notes),
    )


def _common(
    x: Floats, n: Floats, method: str, interval: str, level: float, notes: list[str]
) -> dict[str, Any]:
    return {
        "k": len(x),
        "patients": int(n.sum()),
        "method": method,
        "estimand": METHODS[method],
        "interval": interval,
        "level": level,
        "notes": tuple(notes),
        "_counts": (int(x.sum()), int(n.sum())),
    }
