"""Logistic regression of responder counts without random effects, and the check for separation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LogisticFit", "fit_logistic", "refuse_separation", "softplus_parts"]

Floats = NDArray[np.float64]

ALL_BUT_SEPARATED = "no maximum found: the moderators all but separate the arms"

MAX_STEPS = 100

#: Newton's decrement is the squared step in standard errors, so the last step is below 1e-10 se.
DECREMENT = 1e-20


@dataclass(frozen=True)
class LogisticFit:
    """Maximum-likelihood coefficients, their covariance and the log-likelihood kernel."""

    beta: Floats
    covariance: Floats
    kernel: float


def fit_logistic(responders: Floats, n: Floats, design: Floats) -> LogisticFit:
    """Fit a binomial logistic regression by damped Newton steps.

    Parameters
    ----------
    responders, n : ndarray of shape (k,)
        Counts, already checked.
    design : ndarray of shape (k, p)
        Full column rank, intercept included, free of separation (`refuse_separation`).

    Returns
    -------
    LogisticFit
        ``kernel`` is the log-likelihood without the binomial coefficients.

    Raises
    ------
    ValueError
        If no maximum is found, because the columns all but separate the arms.

    References
    ----------
    McCullagh P, Nelder JA (1989). Generalized Linear Models, 2nd ed., section 4.4.

    Examples
    --------
    >>> fit = fit_logistic(np.array([4.0, 6.0]), np.array([5.0, 11.0]), np.ones((2, 1)))
    >>> round(float(fit.beta[0]), 6)
    0.510826
    """
    smoothed = (responders + 0.5) / (n + 1.0)
    beta = np.linalg.lstsq(design, np.log(smoothed / (1.0 - smoothed)), rcond=None)[0]
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
    return LogisticFit(beta, np.linalg.inv(information), kernel)


def refuse_separation(responders: Floats, n: Floats, design: Floats, names: list[str]) -> None:
    """Refuse a design in which some combination of columns predicts the outcome perfectly.

    Then the likelihood rises for ever along that combination, whatever the random effects are,
    because it rises in the linear predictor of every arm it touches.

    Parameters
    ----------
    responders, n : ndarray of shape (k,)
        Counts, already checked.
    design : ndarray of shape (k, p)
        Full column rank, intercept included.
    names : list of str
        One name a column, for the message.

    Raises
    ------
    ValueError
        If all arms or no arm respond, or if moderators separate them.

    References
    ----------
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


def softplus_parts(eta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return ``log(1 + exp(-abs(eta)))``, ``expit(eta)`` and ``expit(-eta)`` without cancellation.

    Parameters
    ----------
    eta : ndarray
        Log odds, any shape.

    Examples
    --------
    >>> softplus_parts(np.array([0.0]))
    (array([0.69314718]), array([0.5]), array([0.5]))
    """
    small = np.exp(-np.abs(eta))
    near_one = 1.0 / (1.0 + small)
    near_zero = small * near_one
    positive = eta > 0
    return (
        np.log1p(small),
        np.where(positive, near_one, near_zero),
        np.where(positive, near_zero, near_one),
    )


def _derivatives(
    responders: Floats, n: Floats, design: Floats, beta: Floats
) -> tuple[float, Floats, Floats]:
    eta = design @ beta
    tail, p, q = softplus_parts(eta)
    failures = n - responders
    kernel = responders * np.minimum(eta, 0) - failures * np.maximum(eta, 0) - n * tail
    score = design.T @ (responders * q - failures * p)
    information = design.T @ ((n * p * q)[:, None] * design)
    return float(kernel.sum()), score, information


def _null_space(matrix: Floats) -> Floats:
    if matrix.shape[0] == 0:
        return np.eye(matrix.shape[1])
    _, singular, basis = np.linalg.svd(matrix)
    scale = np.sqrt((matrix**2).sum())
    rank = int(np.sum(singular > 1e-10 * scale))
    return np.asarray(basis[rank:].T)
