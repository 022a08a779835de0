"""Meta-regression: effects of studies on what the studies differ in.

The tau2 engine knows one coefficient, the mean. Moderators are therefore projected out first: with
A an orthonormal basis of what is orthogonal to them, A'y has covariance A'VA + tau2 I and one mean,
and its restricted likelihood, its Q and the trace of its weights are those of the regression
(Harville 1977; the choice of A does not matter).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from atopic.stats.arguments import as_level, index, one_of
from atopic.stats.arrays import MOST_VALUES
from atopic.stats.pooling.coding import Coding, code_moderators
from atopic.stats.pooling.heterogeneity import Tau2Method, i2_and_h2, q_of
from atopic.stats.pooling.moderators import Moderators, standardise
from atopic.stats.pooling.regression_result import MetaRegression, over, scale_of
from atopic.stats.pooling.result import Conventions, Data, IntervalMethod, Pooled
from atopic.stats.pooling.study_arrays import NEGLIGIBLE, ROUNDING, Floats, Studies
from atopic.stats.pooling.tau2 import estimate_tau2

#: From how many studies for each coefficient a regression is more than a description (Cochrane
#: Handbook, section 10.11.5.1).
STUDIES_A_TERM = 10
#: Variances further apart drown the smallest in rounding when moderators are projected out.
FURTHEST_APART = 1e10


def meta_regression(
    fit: Pooled,
    moderators: Moderators,
    columns: Sequence[str] | str | None = None,
    *,
    reference: Mapping[str, Any] | None = None,
    tau2_method: Tau2Method | None = None,
    interval: IntervalMethod | None = None,
    level: float | None = None,
) -> MetaRegression:
    """Regress effects on moderators, with random effects between studies.

    Parameters
    ----------
    fit : Pooled; the effects, of one meta-analysis or of many of shape (..., k), by their own
        conventions; shared controls (its covariance) are kept.
    moderators : DataFrame, mapping of columns, or array_like of shape (k,) or (k, m); one row a
        study, in the order of the effects.
    columns : list of str; which columns of the frame are moderators; all by default. Numbers are
        taken as they are, in their unit; text, categories and true or false as groups.
    reference : mapping of str to a level; the level of a group to which the others are compared,
        the first by default (sorted, or in the order of the categories). A column of numbers named
        here is a group.
    tau2_method, interval, level : other conventions than those of `fit`, see
        `atopic.stats.pooling.random_effects`.

    Returns
    -------
    MetaRegression: coefficients in the unit of the effects (the logarithm of a ratio) per unit of
        the moderator.

    Raises
    ------
    ValueError: for a column that there is not, with those there are; for a blank or misplaced cell,
        by row and column; for a moderator that is the same in every study or follows from the
        others, by name; for no more studies than coefficients; for variances that are more than
        1e10-fold apart; for ``"sj"`` with correlated effects.

    Notes
    -----
    With X the intercept and the moderators and W the inverse of covariance + tau2 R, the
    coefficients are (X'WX)^-1 X'W y with the inverse as their covariance, times q by Hartung-Knapp,
    q = r'W r / (k - p), times max(1, q) by the safeguarded form, and t on k - p degrees of freedom
    with either. QM tests all coefficients but the intercept: by Wald as chi-square on m degrees of
    freedom, else QM / m as F on m and k - p. QE is Cochran's Q of the residuals at tau2 = 0. R2 is
    1 - tau2 / tau2 without moderators, 0 where that is negative, nan where there is nothing to
    explain. Relations between studies are not randomised comparisons.

    References
    ----------
    Viechtbauer (2010), Journal of Statistical Software 36(3):1-48, section 2.3.
    Knapp and Hartung (2003), Statistics in Medicine 22:2693-2710.
    Raudenbush (2009), in: Cooper et al. (eds), The Handbook of Research Synthesis and
    Meta-Analysis, 2nd edition, chapter 16 (R2).

    Examples
    --------
    >>> import pandas as pd
    >>> from atopic.stats.pooling import random_effects
    >>> trials = pd.DataFrame(
    ...     {"effect": [0.1, 0.3, 0.35, 0.65, 0.9], "variance": [0.03, 0.03, 0.05, 0.01, 0.05],
    ...      "dose": [1, 2, 2, 4, 5], "route": ["iv", "iv", "sc", "sc", "sc"]}
    ... )
    >>> found = meta_regression(random_effects(trials, "effect", "variance"), trials, ["dose"])
    >>> found.terms, found.estimate.round(3)
    (('intercept', 'dose'), array([-0.072,  0.185]))
    >>> found.predict({"dose": [3.0]})[["estimate", "lower", "upper"]].round(2)
       estimate  lower  upper
    0      0.48   0.43   0.53
    """
    if not isinstance(fit, Pooled):
        raise ValueError(
            "this needs the Pooled result of random_effects, common_effect or pool_contrasts, not "
            f"{type(fit).__name__}"
        )
    conventions = _conventions(fit.conventions, tau2_method, interval, level)
    coding, frame = code_moderators(moderators, columns, reference)
    data, k = fit.data, fit.data.shape[-1]
    if len(frame) != k:
        raise ValueError(f"moderators have {len(frame)} rows; there are {k} studies")
    if not coding.columns:
        raise ValueError("name at least one moderator")
    lead = data.shape[:-1]
    if int(np.prod(lead)) * k * k > MOST_VALUES:
        raise ValueError(f"{k:,} studies of shape {data.shape} are too many for a regression")
    matrix = coding.design(frame)
    keep = np.broadcast_to(data.mask, data.shape).reshape(-1, k)
    found: dict[str, NDArray[Any]] = {}
    # Those of the same studies have one design, and are fitted at once.
    patterns, which = np.unique(keep, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        rows = np.flatnonzero(which.ravel() == number)
        where = index(tuple(int(i) for i in np.unravel_index(rows[0], lead))) if lead else ""
        part = _fit(data, conventions, coding, matrix, rows, pattern, where)
        for name, values in part.items():
            empty = np.full((len(keep), *values.shape[1:]), np.nan)
            found.setdefault(name, empty)[rows] = values
    p = matrix.shape[1] + 1
    numbers = {
        name: values.reshape((*lead, *values.shape[1:]))[()] for name, values in found.items()
    }
    counts = {name: np.asarray(numbers[name]).astype(np.int64)[()] for name in ("k", "QE_df")}
    return MetaRegression(
        **{**numbers, **counts},
        QM_df=p - 1,
        terms=("intercept", *(term for term, _ in coding.terms())),
        notes=_notes(keep.sum(axis=1), p, numbers, conventions),
        conventions=conventions,
        coding=coding,
        data=data,
        design=np.column_stack([np.ones(k), matrix]),
    )


def _conventions(
    old: Conventions,
    tau2_method: Tau2Method | None,
    interval: IntervalMethod | None,
    level: float | None,
) -> Conventions:
    if tau2_method is not None:
        one_of(tau2_method, "tau2_method", get_args(Tau2Method))
        if old.model == "common":
            raise ValueError("tau2_method is for random effects, but the fit is of a common effect")
    return replace(
        old,
        tau2_method=old.tau2_method if tau2_method is None else tau2_method,
        interval=old.interval if interval is None else interval,
        level=old.level if level is None else as_level(level),
    )


def _fit(
    data: Data,
    conventions: Conventions,
    coding: Coding,
    matrix: Floats,
    rows: NDArray[np.intp],
    keep: NDArray[np.bool_],
    where: str,
) -> dict[str, NDArray[Any]]:
    """Fit the regressions of one set of studies, n at once."""
    names = [term for term, _ in coding.terms()]
    k, p = int(keep.sum()), len(names) + 1
    of_which = f" of meta-analysis {where}" if where else ""
    if k <= p:
        raise ValueError(
            f"{k} studies{of_which} cannot carry {p} coefficients (intercept, {', '.join(names)}): "
            f"a regression needs at least {p + 1}"
        )
    x, back = standardise(matrix[keep], names, unit=f"study{of_which}")
    part = _part(data, rows, keep)
    assert part.covariance is not None
    assert part.between is not None
    v = np.diagonal(part.covariance, axis1=1, axis2=2)
    if np.any(v.max(axis=1) > FURTHEST_APART * v.min(axis=1)):
        raise ValueError(f"variances{of_which} are more than 1e10-fold apart: look for a misprint")
    plain = Studies.independent(part.effect, part.variance, part.mask)
    whole = part.studies() if data.covariance is not None else plain
    rest = _projected(part, x, None if data.covariance is not None else plain)
    tau2 = tau2_without = np.zeros(len(rows))
    if conventions.model == "random":
        tau2 = estimate_tau2(rest, conventions.tau2_method)
        tau2_without = estimate_tau2(whole, conventions.tau2_method)
    origin = part.effect.mean(axis=1)
    total = part.covariance + tau2[:, None, None] * part.between
    half = np.linalg.cholesky(total)
    weighted_x = np.linalg.solve(half, np.broadcast_to(x, (len(rows), *x.shape)))
    weighted_y = np.linalg.solve(half, (part.effect - origin[:, None])[:, :, None])
    q, r = np.linalg.qr(weighted_x)
    beta = np.linalg.solve(r, np.swapaxes(q, 1, 2) @ weighted_y)
    inverse = np.linalg.inv(r)
    unscaled = inverse @ np.swapaxes(inverse, 1, 2)
    squares = np.sum((weighted_y - weighted_x @ beta)[:, :, 0] ** 2, axis=1)
    df = float(k - p)
    # Effects on the regression leave rounding, of all that they and it are made of.
    made_of = np.abs(part.effect) + np.abs(origin)[:, None] + (np.abs(beta[:, :, 0]) @ np.abs(x).T)
    made_of = np.sum(made_of**2 / np.diagonal(total, axis1=1, axis2=2), axis=1)
    exact = squares <= np.minimum((10 * ROUNDING) ** 2 * made_of, NEGLIGIBLE**2)
    ratio = np.where(exact, 0.0, squares / df)
    scale = scale_of(conventions.interval, ratio)
    # The Wald statistic of the moderators, before the scale: it needs the standardised ones only.
    largest = np.abs(part.effect).max(axis=1)[:, None]
    slopes = np.where(
        exact[:, None] & (np.abs(beta[:, 1:, 0]) <= 10 * ROUNDING * largest), 0.0, beta[:, 1:, 0]
    )
    explained = np.linalg.solve(unscaled[:, 1:, 1:], slopes[:, :, None])[:, :, 0]
    qm = over(np.sum(slopes * explained, axis=1), scale)
    by_t = conventions.interval != "wald"
    qm_p = special.fdtrc(p - 1, df, qm / (p - 1)) if by_t else special.chdtrc(p - 1, qm)
    estimate = (back @ beta)[:, :, 0]
    estimate[:, 0] += origin
    # Of standardised moderators a coefficient is as exact as the largest effect.
    terms = (np.abs(beta[:, :, 0]) + largest) @ np.abs(back).T
    estimate[exact[:, None] & (np.abs(estimate) <= 10 * ROUNDING * terms)] = 0.0
    covariance = scale[:, None, None] * (back @ unscaled @ back.T)
    test = q_of(rest)
    i2, h2 = i2_and_h2(rest, tau2, test, conventions.i2)
    some = tau2_without > 0
    r2 = np.where(some, np.maximum(1 - tau2 / np.where(some, tau2_without, 1.0), 0.0), np.nan)
    return {
        "estimate": estimate,
        "covariance": covariance,
        "unscaled": back @ unscaled @ back.T,
        "ratio": ratio,
        "tau2": tau2,
        "tau2_without": tau2_without,
        "QE": test.Q,
        "QE_df": test.df,
        "QE_p": test.p_value,
        "QM": qm / (p - 1) if by_t else qm,
        "QM_p": qm_p,
        "I2": i2,
        "H2": h2,
        "R2": r2,
        "k": np.full(len(rows), float(k)),
    }


def _part(data: Data, rows: NDArray[np.intp], keep: NDArray[np.bool_]) -> Data:
    """Return effects and covariances of these meta-analyses, without the studies left out."""
    k = keep.size
    n, size = rows.size, int(keep.sum())
    effect = np.broadcast_to(data.effect, data.shape).reshape(-1, k)[rows][:, keep]
    variance = np.broadcast_to(data.variance, data.shape).reshape(-1, k)[rows][:, keep]
    if data.covariance is None or data.between is None:
        covariance = variance[:, :, None] * np.eye(size)
        between = np.broadcast_to(np.eye(size), covariance.shape)
    else:
        square = (*data.shape, k)
        covariance = np.broadcast_to(data.covariance, square).reshape(-1, k, k)[rows]
        between = np.broadcast_to(data.between, square).reshape(-1, k, k)[rows]
    return Data(effect, variance, np.ones((n, size), dtype=np.bool_), covariance, between)


def _projected(part: Data, x: Floats, plain: Studies | None) -> Studies:
    """Return the rows in which only the mean is left, `plain` for independent effects."""
    assert part.covariance is not None
    assert part.between is not None
    inverse = np.linalg.inv(np.linalg.cholesky(part.between[0]))
    turned = inverse @ x
    k, p = x.shape
    basis = np.linalg.qr(turned[:, 1:], mode="complete")[0][:, p - 1 :] if p > 1 else np.eye(k)
    origin = part.effect.mean(axis=1)
    covariance = inverse @ part.covariance @ inverse.T
    values, vectors = np.linalg.eigh(basis.T @ covariance @ basis)
    turn = np.swapaxes(vectors, 1, 2) @ basis.T @ inverse
    effect = np.einsum("nij,nj->in", turn, part.effect - origin[:, None])
    first, size = np.zeros(len(origin), dtype=np.intp), np.full(len(origin), float(k - p + 1))
    crude: Floats | None = None
    if plain is not None:
        crude = np.asarray(((part.effect - origin[:, None]) ** 2).mean(axis=1), dtype=np.float64)
    spectrum: Floats = np.asarray(np.linalg.eigvalsh(covariance).T, dtype=np.float64)
    design = (turn @ np.ones(k)).T.copy()
    return Studies(effect, values.T.copy(), design, origin, first, size, None, spectrum, crude)


def _notes(
    k: NDArray[Any], p: int, numbers: dict[str, NDArray[Any]], conventions: Conventions
) -> tuple[str, ...]:
    """Return what a reader of the coefficients must know."""
    notes = []
    if k.min() < STUDIES_A_TERM * (p - 1):
        notes.append(
            f"fewer than {STUDIES_A_TERM} studies for each coefficient: what is found may be chance"
        )
    if conventions.interval == "hartung-knapp":
        if np.any(numbers["ratio"] == 0):
            notes.append(
                "effects that lie on the regression: hartung-knapp limits have no width, see "
                "hartung-knapp-safeguarded"
            )
        if np.any((numbers["ratio"] > 0) & (numbers["ratio"] < 1)):
            notes.append(
                "effects nearer to the regression than chance explains: the hartung-knapp standard "
                "errors are smaller than those of wald, see hartung-knapp-safeguarded"
            )
    if conventions.model == "random" and np.any(numbers["tau2_without"] == 0):
        notes.append("tau2 is 0 without moderators: there is nothing to explain, R2 has no value")
    return tuple(notes)
