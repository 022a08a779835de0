"""Logistic regression of responder counts without random effects, and the check for separation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALL_BUT_SEPARATED = "no maximum found: the moderators all but separate the arms"

MAX_STEPS = 100

#: Newton's decrement is the squared step in standard errors, so the last step is below 1e-10 se.
DECREMENT = 1e-20


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Maximum-likelihood coefficients, their covariance and the log-likelihood kernel.

    Attributes
    ----------
    beta : ndarray of shape (p,)
    covariance : ndarray of shape (p, p)
    kernel : float; log-likelihood without the binomial coefficients.
    """

    beta: Floats
    covariance: Floats
    kernel: float


def fit_logistic(responders: Floats, n: Floats, design: Floats) -> LogisticFit:
    """Fit a binomial logistic regression by damped Newton steps.

    McCullagh P, Nelder JA (1989). Generalized Linear Models, 2nd ed., section 4.4.
    """
    if design.shape[1] == 1:
        return _common_rate(responders, n)
    smoothed = (responders + 0.5) / (n + 1.0)
    weight = np.sqrt(n * smoothed * (1.0 - smoothed))
    logit = np.log(smoothed / (1.0 - smoothed))
    beta = np.linalg.lstsq(weight[:, None] * design, weight * logit, rcond=None)[0]
    kernel, score, information = _derivatives(responders, n, design, beta)
    for _ in range(MAX_STEPS):
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            raise ValueError(ALL_BUT_SEPARATED) from None
        decrement = float(score @ step)
        if decrement < DECREMENT:
            break
        for _ in range(60):
            trial = _derivatives(responders, n, design, beta + step)
            if trial[0] >= kernel - 1e-13 * (1.0 + abs(kernel)):
                break
            step = 0.5 * step
        beta = beta + step
        kernel, score, information = trial
    else:
        raise ValueError(ALL_BUT_SEPARATED)
    covariance: Floats = np.linalg.inv(information).astype(np.float64)
    return LogisticFit(np.asarray(beta, dtype=np.float64), covariance, kernel)


def refuse_separation(responders: Floats, n: Floats, design: Floats, names: list[str]) -> None:
    """Refuse a design in which some combination of columns predicts the outcome perfectly.

    Then the likelihood rises for ever along that combination, whatever the random effects are,
    because it rises in the linear predictor of every arm it touches.

    Albert A, Anderson JA (1984). On the existence of maximum likelihood estimates in logistic
    regression models. Biometrika 71, 1-10.
    """
    if not responders.any():
        raise ValueError(
            f"no arm has a responder (0 of {n.sum():g}): the log odds has no finite estimate; "
            "use an exact interval of the summed counts"
        )
    if np.array_equal(responders, n):
        raise ValueError(
            f"every patient responded ({n.sum():g} of {n.sum():g}): the log odds has no finite "
            "estimate; use an exact interval of the summed counts"
        )
    if design.shape[1] == 1:
        return
    mixed = (responders > 0) & (responders < n)
    free = _null_space(design[mixed])
    if free.shape[1] == 0:
        return
    # An arm with none or all responding may move one way only; is there a direction all allow?
    sign = np.where(responders[~mixed] > 0, 1.0, -1.0)
    gain = sign[:, None] * (design[~mixed] @ free)
    from scipy.optimize import linprog

    answer: Any = linprog(
        -gain.sum(axis=0),
        A_ub=np.vstack([-gain, gain]),
        b_ub=np.concatenate([np.zeros(len(gain)), np.ones(len(gain))]),
        bounds=(None, None),
    )
    if answer.status == 0 and -answer.fun > 1e-7:
        direction = free @ answer.x
        large = np.abs(direction) > 1e-7 * np.abs(direction).max()
        which = ", ".join(name for name, on in zip(names, large, strict=True) if on)
        raise ValueError(
            f"arms are separated by {which}: there every arm has none or all responding, "
            "so a coefficient has no finite estimate; leave the moderator out or merge its levels"
        )


def binomial_parts(
    responders: Floats, failures: Floats, eta: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return log-likelihood, residual and variance of counts at given log odds."""
    small = np.exp(-np.abs(eta))
    near_one = 1.0 / (1.0 + small)
    n = responders + failures
    other = n * (small * near_one)
    # Also at 0, the sign bit decides as copysign does below.
    certain = np.where(np.signbit(eta), responders, -failures)
    log_likelihood = certain * eta - n * np.log1p(small)
    return log_likelihood, certain + np.copysign(other, eta), other * near_one


def _common_rate(responders: Floats, n: Floats) -> LogisticFit:
    hits, total = float(responders.sum()), float(n.sum())
    p, misses = hits / total, total - hits
    return LogisticFit(
        np.array([np.log(hits / misses)]),
        np.array([[1.0 / (total * p * (1.0 - p))]]),
        hits * np.log(p) + misses * np.log(misses / total),
    )


def _derivatives(
    responders: Floats, n: Floats, design: Floats, beta: Floats
) -> tuple[float, Floats, Floats]:
    kernel, residual, variance = binomial_parts(responders, n - responders, design @ beta)
    score = design.T @ residual
    information = design.T @ (variance[:, None] * design)
    return float(kernel.sum()), score, information


def _null_space(matrix: Floats) -> Floats:
    if matrix.shape[0] == 0:
        return np.eye(matrix.shape[1])
    # Of many arms the vectors on the left, a square of all arms, are not asked for.
    wide = matrix.shape[0] < matrix.shape[1]
    _, singular, basis = np.linalg.svd(matrix, full_matrices=wide)
    scale = np.sqrt((matrix**2).sum())
    rank = int(np.sum(singular > 1e-10 * scale))
    return np.asarray(basis[rank:].T)
