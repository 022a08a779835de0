"""The likelihood of tau2 as a textbook writes it, to see which of two fits is the higher."""

import numpy as np
from numpy.typing import ArrayLike


def log_likelihood(
    effect: ArrayLike, variance: ArrayLike, tau2: ArrayLike, *, restricted: bool = True
) -> np.ndarray:
    """Log likelihood at tau2 with the mean at its best, constants as in metafor's ``logLik``."""
    y = np.asarray(effect, dtype=float)
    total = np.asarray(variance, dtype=float) + np.asarray(tau2, dtype=float)[..., None]
    k, information = y.shape[-1], (1 / total).sum(-1)
    mean = (y / total).sum(-1) / information
    value = -0.5 * (np.log(total).sum(-1) + ((y - mean[..., None]) ** 2 / total).sum(-1))
    if restricted:
        value += 0.5 * (np.log(k) - np.log(information))
    return value - 0.5 * (k - restricted) * np.log(2 * np.pi)
