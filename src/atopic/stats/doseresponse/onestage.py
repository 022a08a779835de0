"""Dose-response in several studies at once: one logistic model with an intercept for each study."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc, expit, gammaln, ndtri

from atopic.stats.arguments import as_level
from atopic.stats.doseresponse.arm_data import CountArms, Floats, as_count_arms
from atopic.stats.doseresponse.models import OFFSET_SHARE

__all__ = ["OneStage", "one_stage"]

OneStageModel = Literal["linear", "log-linear", "quadratic"]
TERMS = {
    "linear": ("dose",),
    "log-linear": ("log(1 + dose / offset)",),
    "quadratic": ("dose", "dose^2"),
}
STEPS = 200
#: A linear predictor beyond this after convergence means that the likelihood has no maximum.
INFINITE = 30.0


@dataclass(frozen=True, eq=False)
class OneStage:
    """Result of a one-stage dose-response model with fixed study intercepts.

    Attributes
    ----------
    parameters : DataFrame
        Index: term; columns `estimate`, `se`, `lower`, `upper` on the logit scale.
    covariance : ndarray of shape (terms, terms)
        Of the terms.
    intercepts : DataFrame
        Index: study; columns `estimate`, `se`: logit of the response rate at dose 0.
    loglik : float
        Binomial log-likelihood with its constants, over the studies that inform it.
    likelihood_ratio, p_value : float
        Chi-square statistic for no dose-response, and its p value (df = number of terms).
    deviance, df : float
        Residual deviance and its degrees of freedom.
    uninformative : dict of str to str
        Studies left out because they say nothing of the dose, and why.
    offset : float or None
        Dose inside the logarithm of the log-linear model.
    level : float
    interval : str
    intercept : str
        How studies enter.
    """

    parameters: pd.DataFrame
    covariance: Floats = field(repr=False)
    intercepts: pd.DataFrame = field(repr=False)
    loglik: float
    likelihood_ratio: float
    p_value: float
    deviance: float
    df: int
    uninformative: dict[str, str]
    offset: float | None
    level: float
    interval: str = "Wald"
    intercept: str = "fixed, one for each study"


def one_stage(
    dose: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    study: ArrayLike,
    *,
    model: OneStageModel = "linear",
    offset: float | None = None,
    level: float = 0.95,
) -> OneStage:
    r"""Fit one dose-response line or parabola to the arms of several studies.

    Parameters
    ----------
    dose : array_like of shape (k,)
        Dose of each arm, in one unit for all studies.
    responders, n : array_like of whole numbers, of shape (k,) or one number for all arms
        Patients with a response, and patients in all.
    study : array_like of shape (k,)
        Study of each arm.
    model : {"linear", "log-linear", "quadratic"}
        In the dose, in ``log(1 + dose / offset)``, or in dose and its square.
    offset : float, optional
        For the log-linear model; 1 % of the highest dose if None.
    level : float
        Confidence level of the Wald intervals.

    Returns
    -------
    OneStage

    Raises
    ------
    ValueError
        For impossible counts or doses; if no study has two doses and both responders and
        non-responders; if the terms cannot be told apart; or if the likelihood has no finite
        maximum because responses are split by dose within every study.

    Notes
    -----
    The model is :math:`\mathrm{logit}\, p_{ij} = \alpha_i + \beta^T x(d_{ij})`, fitted by
    iteratively reweighted least squares. Each study keeps its own intercept, so only comparisons
    within studies inform :math:`\beta`: a single arm never acts as a control of another study.
    Studies with one dose, or in which nobody or everybody responded, inform nothing and are named.
    With many studies of very few patients the slope is biased away from 0 (the intercepts are as
    many as the studies); a random intercept then is the alternative.

    References
    ----------
    McCullagh and Nelder 1989, Generalized Linear Models, section 4.4.
    Breslow and Day 1980, Statistical Methods in Cancer Research I, section 7.1 (the bias).

    Examples
    --------
    >>> both = one_stage([0, 4, 8, 0, 4], [8, 18, 26, 10, 20], [35, 35, 35, 40, 41],
    ...                  ["a", "a", "a", "b", "b"])
    >>> both.parameters.loc["dose"].round(4).tolist()
    [0.2788, 0.0601, 0.161, 0.3967]
    """
    level = as_level(level)
    if model not in TERMS:
        raise ValueError(f"model must be one of {', '.join(TERMS)}, not {model!r}")
    arms = as_count_arms(dose, responders, n)
    labels = _labels(study, arms)
    kept, dropped = _informative(arms, labels)
    if not kept.any():
        raise ValueError(
            f"no study has two doses and both responders and non-responders: "
            f"{'; '.join(f'{s}: {why}' for s, why in dropped.items())}"
        )
    highest = float(arms.dose.max())
    if offset is not None and not 0 < offset < np.inf:
        raise ValueError(f"offset must be a dose above 0, not {offset!r}")
    inside = OFFSET_SHARE * highest if offset is None else float(offset)
    used = CountArms(*(values[kept] for values in arms))
    names, where = np.unique(labels[kept], return_inverse=True)
    terms = _terms(used.dose, model, inside)
    scale = np.abs(terms).max(axis=0)
    between = np.eye(len(names))[where]
    _refuse_confounded(terms / scale, between, model)
    design = np.column_stack([between, terms / scale])
    estimate, covariance = _irls(design, used)
    fitted = design @ estimate
    if np.abs(fitted).max() > INFINITE:
        raise ValueError(
            "responses are split by dose within every study, so the slope that fits best is "
            "infinite; a study with responders and non-responders at two doses would be enough"
        )
    null, _ = _irls(between, used)
    loglik, at_null = _loglik(fitted, used), _loglik(between @ null, used)
    count = terms.shape[1]
    ratio = max(2 * (loglik - at_null), 0.0)
    slope = estimate[-count:] / scale
    cov = covariance[-count:, -count:] / np.outer(scale, scale)
    se = np.sqrt(np.diag(cov))
    z = float(ndtri((1 + level) / 2))
    return OneStage(
        parameters=pd.DataFrame(
            {"estimate": slope, "se": se, "lower": slope - z * se, "upper": slope + z * se},
            index=pd.Index(TERMS[model], name="term"),
        ),
        covariance=cov,
        intercepts=pd.DataFrame(
            {"estimate": estimate[:-count], "se": np.sqrt(np.diag(covariance)[:-count])},
            index=pd.Index(names, name="study"),
        ),
        loglik=loglik,
        likelihood_ratio=ratio,
        p_value=float(chdtrc(count, ratio)),
        deviance=2 * (_saturated(used) - loglik),
        df=len(used.dose) - design.shape[1],
        uninformative=dropped,
        offset=inside if model == "log-linear" else None,
        level=level,
    )


def _labels(study: ArrayLike, arms: CountArms) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    given = np.asarray(study, dtype=object).ravel()
    for place, label in enumerate(given):
        if pd.isna(label):
            raise ValueError(f"study[{place}] is missing; give every arm the label of its study")
    labels = np.array([str(label) for label in given])
    if labels.shape != arms.dose.shape:
        raise ValueError(
            f"study must have one label for each of the {arms.dose.size} arms, not {labels.size}"
        )
    return labels


def _informative(
    arms: CountArms, labels: "np.ndarray[tuple[int], np.dtype[np.str_]]"
) -> tuple["np.ndarray[tuple[int], np.dtype[np.bool_]]", dict[str, str]]:
    kept = np.ones(labels.size, dtype=np.bool_)
    dropped: dict[str, str] = {}
    for name in np.unique(labels):
        rows = labels == name
        total, size = arms.responders[rows].sum(), arms.n[rows].sum()
        if np.unique(arms.dose[rows]).size < 2:
            dropped[str(name)] = "one dose only"
        elif total in (0, size):
            dropped[str(name)] = f"{'nobody' if total == 0 else 'everybody'} responded"
        else:
            continue
        kept[rows] = False
    return kept, dropped


def _terms(dose: Floats, model: OneStageModel, offset: float) -> Floats:
    if model == "log-linear":
        return np.log1p(dose / offset)[:, None]
    if model == "quadratic":
        return np.column_stack([dose, dose**2])
    return dose[:, None]


def _refuse_confounded(terms: Floats, between: Floats, model: OneStageModel) -> None:
    """Refuse terms that no study's own doses can tell apart."""
    means = (between.T @ terms) / between.sum(axis=0)[:, None]
    within = terms - between @ means
    if np.linalg.matrix_rank(within, tol=1e-9) < terms.shape[1]:
        raise ValueError(
            f"the {model} model needs at least one study with {terms.shape[1] + 1} different doses"
            f", or studies whose doses differ"
        )


def _irls(design: Floats, arms: CountArms) -> tuple[Floats, Floats]:
    """Logistic regression by Newton steps that are halved until the likelihood rises."""
    b = np.zeros(design.shape[1])
    loglik = _loglik(design @ b, arms)
    for _ in range(STEPS):
        p = expit(design @ b)
        information = design.T @ ((arms.n * p * (1 - p))[:, None] * design)
        gradient = design.T @ (arms.responders - arms.n * p)
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        while (raised := _loglik(design @ (b + step), arms)) < loglik - 1e-12 * abs(loglik):
            step = step / 2
        b, loglik = b + step, max(raised, loglik)
        if gradient @ step < 1e-20 or np.abs(design @ b).max() > 2 * INFINITE:
            break
    p = expit(design @ b)
    information = design.T @ ((arms.n * p * (1 - p))[:, None] * design)
    return b, np.asarray(np.linalg.pinv(information), dtype=np.float64)


def _loglik(eta: Floats, arms: CountArms) -> float:
    kernel = arms.responders * eta - arms.n * np.logaddexp(0, eta)
    return float(kernel.sum() + _ways(arms))


def _saturated(arms: CountArms) -> float:
    r, n = arms.responders, arms.n
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(r > 0, r * np.log(r / n), 0.0)
        parts = parts + np.where(r < n, (n - r) * np.log1p(-r / n), 0.0)
    return float(parts.sum() + _ways(arms))


def _ways(arms: CountArms) -> float:
    r, n = arms.responders, arms.n
    return float(np.sum(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1)))
