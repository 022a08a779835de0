"""Dose-response from adjusted relative effects: Greenland-Longnecker covariances, then pooling.

Vocabulary: relative effects of one study share its reference dose, so they are correlated, but
reports print only their standard errors. Greenland and Longnecker recover the correlations from
*fitted counts*: numbers of cases that have the printed margins and the adjusted effects.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import chdtrc, ndtri

from atopic.stats.arguments import as_counts, as_level
from atopic.stats.doseresponse.arm_data import Floats, as_doses
from atopic.stats.doseresponse.random_slopes import Evidence, Pooled, pool

__all__ = ["FittedCounts", "TwoStage", "gl_covariance", "two_stage"]

Design = Literal["case-control", "cumulative-incidence", "incidence-rate"]
DESIGNS = ("case-control", "cumulative-incidence", "incidence-rate")
FittedBy = Literal["measure", "odds"]
TERMS = {"linear": ("dose",), "quadratic": ("dose", "dose^2")}


class FittedCounts(NamedTuple):
    """Fitted cases at each dose, reference first, and the covariance of the log effects."""

    cases: Floats
    covariance: Floats


@dataclass(frozen=True, eq=False)
class TwoStage:
    """Result of a dose-response meta-analysis of relative effects.

    Attributes
    ----------
    parameters : DataFrame
        Index: term; columns `estimate`, `se`, `lower`, `upper`: log relative effect per unit.
    covariance : ndarray of shape (terms, terms)
    between : ndarray of shape (terms, terms)
        Covariance of the studies' own coefficients around the pooled ones; zero if fixed.
    studies : DataFrame
        Index: study; one column per term with its own coefficient (missing where a study has too
        few doses for its own curve, in the one-stage procedure) and one `se ...` column per term.
    q, q_df, q_p : float
        Cochran's Q for heterogeneity between studies, its degrees of freedom and p value.
    loglik : float
        Restricted log-likelihood ("reml") or log-likelihood ("fixed").
    method : {"reml", "fixed"}
    procedure : {"two-stage", "one-stage"}
    fitted_by : {"measure", "odds"}
        Equation of the fitted counts, see `gl_covariance`.
    level : float
    interval : str
    """

    parameters: pd.DataFrame
    covariance: Floats = field(repr=False)
    between: Floats
    studies: pd.DataFrame = field(repr=False)
    q: float
    q_df: int
    q_p: float
    loglik: float
    method: str
    procedure: str
    fitted_by: FittedBy
    level: float
    interval: str = "Wald"


def gl_covariance(
    log_effect: ArrayLike,
    se: ArrayLike,
    cases: ArrayLike,
    n: ArrayLike,
    *,
    design: Design,
    fitted_by: FittedBy = "measure",
) -> FittedCounts:
    r"""Recover the covariance of the adjusted relative effects of one study.

    Parameters
    ----------
    log_effect : array_like of shape (k,)
        Log relative effect at each dose; the first is the reference and must be 0.
    se : array_like of shape (k,)
        Their standard errors; that of the reference is ignored.
    cases : array_like of whole numbers, of shape (k,)
        Cases at each dose.
    n : array_like of shape (k,)
        Cases and controls ("case-control"), patients ("cumulative-incidence") or person-time
        ("incidence-rate") at each dose.
    design : {"case-control", "cumulative-incidence", "incidence-rate"}
        Whether the effects are odds ratios, risk ratios or rate ratios.
    fitted_by : {"measure", "odds"}
        Whether fitted counts reproduce the effects as what they are, or as odds ratios in every
        design with denominators of patients. The latter is what dosresmeta does for risk ratios.

    Returns
    -------
    FittedCounts
        Cases of shape (k,), covariance of shape (k - 1, k - 1).

    Raises
    ------
    ValueError
        For impossible numbers, or if risk ratios cannot be reproduced with the printed margins.

    Notes
    -----
    Fitted cases :math:`A_i` keep the total number of cases and every :math:`n_i`. With
    :math:`u_i = 1/A_i + 1/(n_i - A_i)` (odds), :math:`1/A_i - 1/n_i` (risks) or :math:`1/A_i`
    (rates), the correlation of effects i and j is
    :math:`u_0 / \sqrt{(u_0 + u_i)(u_0 + u_j)}`; the printed standard errors do the rest.

    References
    ----------
    Greenland and Longnecker 1992, American Journal of Epidemiology 135:1301.
    Orsini, Bellocco and Greenland 2006, Stata Journal 6:40.

    Examples
    --------
    >>> found = gl_covariance([0, -0.2231435, 0.1484200, 0.4510756], [0, 0.2327, 0.2372, 0.2373],
    ...                       [165, 74, 90, 122], [337, 167, 186, 212], design="case-control")
    >>> found.cases.round(2).tolist()
    [160.51, 70.33, 95.49, 124.68]
    """
    if design not in DESIGNS:
        raise ValueError(f"design must be one of {', '.join(DESIGNS)}, not {design!r}")
    if fitted_by not in ("measure", "odds"):
        raise ValueError(f"fitted_by must be 'measure' or 'odds', not {fitted_by!r}")
    effect, error, count, size = _study(log_effect, se, cases, n, design)
    odds = design == "case-control" or (fitted_by == "odds" and design != "incidence-rate")
    fitted = (_fit_odds if odds else _fit_ratio)(np.exp(effect), size, float(count.sum()))
    if design == "case-control":
        parts = 1 / fitted + 1 / (size - fitted)
    elif design == "cumulative-incidence":
        if np.any(fitted >= size):
            i = int(np.argmax(fitted >= size))
            raise ValueError(
                f"the risk ratios cannot be reproduced: dose {i} would need {fitted[i]:.1f} cases "
                f"among {size[i]:g} patients; fitted_by='odds' reads them as odds ratios"
            )
        parts = 1 / fitted - 1 / size
    else:
        parts = 1 / fitted
    raw = np.diag(parts[1:]) + parts[0]
    scale = error[1:] / np.sqrt(np.diag(raw))
    return FittedCounts(fitted, raw * np.outer(scale, scale))


def two_stage(
    dose: ArrayLike,
    log_effect: ArrayLike,
    se: ArrayLike,
    cases: ArrayLike,
    n: ArrayLike,
    study: ArrayLike,
    *,
    design: Design | ArrayLike,
    model: Literal["linear", "quadratic"] = "linear",
    method: Literal["reml", "fixed"] = "reml",
    procedure: Literal["two-stage", "one-stage"] = "two-stage",
    fitted_by: FittedBy = "measure",
    level: float = 0.95,
) -> TwoStage:
    r"""Pool dose-response curves of adjusted relative effects over studies.

    Parameters
    ----------
    dose, log_effect, se, cases, n : array_like of shape (rows,)
        As for `gl_covariance`, all studies below one another. The first row of each study is its
        reference: log effect 0.
    study : array_like of shape (rows,)
        Study of each row.
    design : str or array_like of shape (rows,)
        As for `gl_covariance`; one for all, or that of each row's study.
    model : {"linear", "quadratic"}
        In dose, or in dose and its square, both relative to the study's reference dose.
    method : {"reml", "fixed"}
        Random coefficients with an unstructured covariance between studies, or common ones.
    procedure : {"two-stage", "one-stage"}
        Pool each study's own coefficients, or all effects in one linear mixed model. The latter
        also uses studies with fewer doses than terms.
    fitted_by : {"measure", "odds"}
        See `gl_covariance`.
    level : float
        Confidence level of the Wald intervals.

    Returns
    -------
    TwoStage

    Raises
    ------
    ValueError
        For impossible numbers (the message names the study); a study with too few doses for the
        two-stage procedure; or fewer than two studies with random coefficients.

    References
    ----------
    Greenland and Longnecker 1992, American Journal of Epidemiology 135:1301.
    Orsini, Li, Wolk, Khudyakov and Spiegelman 2012, American Journal of Epidemiology 175:66.
    Crippa, Discacciati, Bottai, Spiegelman and Orsini 2019, Statistical Methods in Medical
    Research 28:1579 (the one-stage procedure).

    Examples
    --------
    >>> pooled = two_stage([0, 2, 6, 11, 0, 5, 9], [0, -0.22, 0.15, 0.45, 0, 0.2, 0.3],
    ...                    [0, 0.23, 0.24, 0.24, 0, 0.2, 0.25], [165, 74, 90, 122, 80, 60, 50],
    ...                    [337, 167, 186, 212, 170, 120, 90], list("aaaabbb"),
    ...                    design="case-control", method="fixed")
    >>> pooled.parameters.loc["dose", ["estimate", "se"]].round(4).tolist()
    [0.0413, 0.0164]
    """
    level = as_level(level)
    for name, value, allowed in (
        ("model", model, tuple(TERMS)),
        ("method", method, ("reml", "fixed")),
        ("procedure", procedure, ("two-stage", "one-stage")),
    ):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    doses = as_doses(dose)
    labels = np.array([str(s) for s in np.asarray(study, dtype=object).ravel()])
    columns = [np.asarray(v, dtype=object).ravel() for v in (log_effect, se, cases, n)]
    designs = np.asarray(design, dtype=object).ravel()
    designs = np.repeat(designs, doses.size) if designs.size == 1 else designs
    if any(v.size != doses.size for v in (labels, designs, *columns)):
        raise ValueError(
            f"dose, log_effect, se, cases, n, study and design must have one value for each of "
            f"the {doses.size} rows"
        )
    names = list(dict.fromkeys(labels.tolist()))
    rows = [labels == name for name in names]
    terms = np.column_stack([doses ** (power + 1) for power in range(len(TERMS[model]))])
    scale = np.maximum(np.abs(terms).max(axis=0), np.finfo(float).tiny)
    evidence = [
        _within(name, terms[at] / scale, [c[at] for c in columns], designs[at], fitted_by)
        for name, at in zip(names, rows, strict=True)
    ]
    own = [_own_curve(e) for e in evidence]
    if procedure == "two-stage":
        few = [name for name, o in zip(names, own, strict=True) if o is None]
        if few:
            raise ValueError(
                f"study {few[0]} has too few doses besides its reference for a {model} curve of "
                f"its own: {terms.shape[1]} would be enough, or procedure='one-stage'"
            )
        pooled = pool([Evidence(o.y, np.eye(o.y.size), o.covariance) for o in own if o], method)
    else:
        pooled = pool(evidence, method)
    return _result(pooled, own, names, model, scale, method, procedure, fitted_by, level)


def _result(
    pooled: Pooled,
    own: list[Evidence | None],
    names: list[str],
    model: str,
    scale: Floats,
    method: str,
    procedure: str,
    fitted_by: FittedBy,
    level: float,
) -> TwoStage:
    terms = TERMS[model]
    both = np.outer(scale, scale)
    se = np.sqrt(np.diag(pooled.covariance)) / scale
    estimate = pooled.estimate / scale
    z = float(ndtri((1 + level) / 2))
    missing = np.full(len(terms), np.nan)
    studies = pd.DataFrame(
        [
            np.concatenate(
                [o.y / scale, np.sqrt(np.diag(o.covariance)) / scale] if o else [missing, missing]
            )
            for o in own
        ],
        index=pd.Index(names, name="study"),
        columns=[*terms, *(f"se {t}" for t in terms)],
    )
    return TwoStage(
        parameters=pd.DataFrame(
            {
                "estimate": estimate,
                "se": se,
                "lower": estimate - z * se,
                "upper": estimate + z * se,
            },
            index=pd.Index(terms, name="term"),
        ),
        covariance=pooled.covariance / both,
        between=pooled.between / both,
        studies=studies,
        q=pooled.q,
        q_df=pooled.q_df,
        q_p=float(chdtrc(pooled.q_df, pooled.q)) if pooled.q_df else 1.0,
        # The density of coefficients per unit of dose, not of the scaled ones.
        loglik=pooled.loglik + pooled.jacobian(scale, coefficients=procedure == "two-stage"),
        method=method,
        procedure=procedure,
        fitted_by=fitted_by,
        level=level,
    )


def _within(
    name: str, terms: Floats, columns: list[Floats], designs: Floats, fitted_by: FittedBy
) -> Evidence:
    if len(set(designs.tolist())) != 1:
        raise ValueError(f"study {name}: design must be the same in all its rows")
    effect, se, cases, n = columns
    try:
        covariance = gl_covariance(
            effect, se, cases, n, design=designs[0], fitted_by=fitted_by
        ).covariance
    except ValueError as reason:
        raise ValueError(f"study {name}: {reason}") from None
    return Evidence(effect[1:].astype(np.float64), terms[1:] - terms[0], covariance)


def _own_curve(evidence: Evidence) -> Evidence | None:
    """Coefficients of one study by generalised least squares, if it has the doses for them."""
    x = evidence.design
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return None
    weighted = np.linalg.solve(evidence.covariance, x)
    covariance = np.linalg.inv(x.T @ weighted)
    return Evidence(covariance @ (weighted.T @ evidence.y), np.eye(x.shape[1]), covariance)


def _study(
    log_effect: ArrayLike, se: ArrayLike, cases: ArrayLike, n: ArrayLike, design: Design
) -> tuple[Floats, Floats, Floats, Floats]:
    try:
        effect = np.array(log_effect, dtype=np.float64)
        error = np.array(se, dtype=np.float64)
        size = np.array(n, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("log_effect, se and n must be numbers") from None
    if effect.ndim != 1 or effect.size < 2 or error.shape != effect.shape:
        raise ValueError(
            "log_effect and se must have one value for the reference and for each other dose"
        )
    if effect[0] != 0 or not np.all(np.isfinite(effect)):
        raise ValueError(
            f"log_effect must be finite and start with 0 for the reference; found "
            f"{', '.join(f'{v:g}' for v in effect)}"
        )
    bad = ~(np.isfinite(error[1:]) & (error[1:] > 0))
    if np.any(bad):
        i = int(np.argmax(bad)) + 1
        raise ValueError(f"se[{i}] = {error[i]:g} must be above 0")
    if design == "incidence-rate":
        # Person-time is no count: it may be a fraction and smaller than the number of cases.
        count = as_counts(cases, np.maximum(np.asarray(cases, dtype=np.float64), 1))[0]
        if size.shape != effect.shape or not np.all(np.isfinite(size) & (size > 0)):
            raise ValueError("n must be person-time above 0 for each dose")
    else:
        count, size = as_counts(cases, size)
    if count.shape != effect.shape:
        raise ValueError(f"cases and n must have {effect.size} values, one for each dose")
    if count.sum() == 0 or (design == "case-control" and count.sum() >= size.sum()):
        raise ValueError(f"cases add up to {count.sum():g} of {size.sum():g}: nothing to compare")
    return effect, error, count, size


def _fit_ratio(ratio: Floats, n: Floats, total: float) -> Floats:
    return np.asarray(total * ratio * n / (ratio @ n))


def _fit_odds(ratio: Floats, n: Floats, total: float) -> Floats:
    """Cases with given odds ratios to the first dose; one unknown, in which all cases rise."""

    def cases(log_odds: float) -> Floats:
        return np.asarray(n / (1 + np.exp(-log_odds) / ratio))

    def excess(log_odds: float) -> float:
        return float(cases(log_odds).sum()) - total

    share = total / n.sum()
    middle, reach = float(np.log(share / (1 - share))), float(np.abs(np.log(ratio)).max()) + 1
    return cases(brentq(excess, middle - reach, middle + reach, xtol=1e-15, rtol=1e-15))
