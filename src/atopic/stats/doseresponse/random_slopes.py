"""Pooling of correlated effects with random coefficients: multivariate REML, small and exact."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from atopic.stats.doseresponse.arm_data import Floats

__all__ = ["Evidence", "Pooled", "pool"]

#: Starting spread of coefficients between studies, as shares of their typical standard error.
STARTS = (0.1, 1.0, 3.0)


class Evidence(NamedTuple):
    """Effects of one study, their design matrix (one column per coefficient) and covariance."""

    y: Floats
    design: Floats
    covariance: Floats


class Pooled(NamedTuple):
    """Pooled coefficients, their covariance, and that of the studies' own around them."""

    estimate: Floats
    covariance: Floats
    between: Floats
    loglik: float
    q: float
    q_df: int
    n_studies: int
    restricted: bool

    def jacobian(self, scale: Floats, *, coefficients: bool) -> float:
        """Change of the log-likelihood when coefficients are divided by `scale`.

        Effects themselves keep their unit; if they *are* coefficients, their density changes.
        """
        if not coefficients:
            return 0.0
        return (self.n_studies - int(self.restricted)) * float(np.log(scale).sum())


def pool(studies: Sequence[Evidence], method: str) -> Pooled:
    r"""Pool linear models with random coefficients by REML, or with common coefficients.

    Parameters
    ----------
    studies : sequence of Evidence
        Effects of study i are normal with mean :math:`X_i \beta` and covariance
        :math:`X_i \Psi X_i^T + S_i`.
    method : {"reml", "fixed"}
        With :math:`\Psi` unstructured, or zero.

    Raises
    ------
    ValueError
        If random coefficients are asked of fewer than two studies, or the studies together do not
        determine the coefficients.

    Examples
    --------
    >>> one = np.eye(1)
    >>> pair = [Evidence(np.array([y]), one, one * 0.04) for y in (0.1, 0.5)]
    >>> pooled = pool(pair, "reml")
    >>> round(float(pooled.estimate[0]), 6), round(float(pooled.between[0, 0]), 6)
    (0.3, 0.04)
    """
    count = studies[0].design.shape[1]
    stacked = np.vstack([s.design for s in studies])
    if np.linalg.matrix_rank(stacked) < count:
        raise ValueError(f"the studies together have too few doses for {count} coefficients")
    zero = np.zeros((count, count))
    estimate, covariance, q, _ = _gls(studies, zero)
    q_df = len(stacked) - count
    if method == "fixed":
        loglik = _loglik(studies, zero, restricted=False)
        return Pooled(estimate, covariance, zero, loglik, q, q_df, len(studies), restricted=False)
    if len(studies) < 2:
        raise ValueError("random coefficients need at least two studies; use method='fixed'")
    between = _reml(studies, np.sqrt(np.diag(covariance) * len(studies)))
    estimate, covariance, _, _ = _gls(studies, between)
    loglik = _loglik(studies, between, restricted=True)
    return Pooled(estimate, covariance, between, loglik, q, q_df, len(studies), restricted=True)


def _reml(studies: Sequence[Evidence], typical: Floats) -> Floats:
    """Covariance between studies with the highest restricted likelihood, as L times L transposed.

    The Cholesky factor keeps it a covariance; a variance of 0 is reached as a zero of L.
    """
    count = len(typical)
    lower = np.tril_indices(count)

    def factor(x: Floats) -> Floats:
        result = np.zeros((count, count))
        result[lower] = x
        return typical[:, None] * result

    def cost(x: Floats) -> tuple[float, Floats]:
        root = factor(x)
        slope = 2 * _slope(studies, root @ root.T) @ root * typical[:, None]
        return -_loglik(studies, root @ root.T, restricted=True), -slope[lower]

    best = None
    for start in STARTS:
        found = minimize(
            cost, start * np.eye(count)[lower], jac=True, method="BFGS", options={"gtol": 1e-9}
        )
        if best is None or found.fun < best.fun - 1e-12:
            best = found
    assert best is not None
    root = factor(best.x)
    return np.asarray(root @ root.T)


def _gls(studies: Sequence[Evidence], between: Floats) -> tuple[Floats, Floats, float, float]:
    """Pooled coefficients, their covariance, weighted residual sum of squares, log |V|."""
    information = np.zeros_like(between)
    target = np.zeros(len(between))
    log_det = 0.0
    for y, x, s in studies:
        total = s + x @ between @ x.T
        solved = np.linalg.solve(total, np.column_stack([x, y]))
        information += x.T @ solved[:, :-1]
        target += x.T @ solved[:, -1]
        log_det += float(np.linalg.slogdet(total)[1])
    covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    estimate = covariance @ target
    rss = 0.0
    for y, x, s in studies:
        residual = y - x @ estimate
        rss += float(residual @ np.linalg.solve(s + x @ between @ x.T, residual))
    return estimate, covariance, rss, log_det


def _loglik(studies: Sequence[Evidence], between: Floats, *, restricted: bool) -> float:
    _, covariance, rss, log_det = _gls(studies, between)
    rows = sum(len(s.y) for s in studies)
    if restricted:
        rows -= len(between)
        log_det -= float(np.linalg.slogdet(covariance)[1])
        # A constant that R's metafor and mixmeta carry, so that the values can be compared.
        log_det -= float(np.linalg.slogdet(sum(s.design.T @ s.design for s in studies))[1])
    return -(rows * float(np.log(2 * np.pi)) + log_det + rss) / 2


def _slope(studies: Sequence[Evidence], between: Floats) -> Floats:
    """Differentiate the restricted log-likelihood by the covariance between studies."""
    estimate, covariance, _, _ = _gls(studies, between)
    result = np.zeros_like(between)
    for y, x, s in studies:
        total = s + x @ between @ x.T
        wx = np.linalg.solve(total, x)
        pull = wx.T @ (y - x @ estimate)
        crossed = x.T @ wx
        result += (np.outer(pull, pull) - crossed + crossed @ covariance @ crossed) / 2
    return result
