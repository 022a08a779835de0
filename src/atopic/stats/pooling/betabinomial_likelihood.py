"""The likelihood of the beta-binomial model, at a cost that does not grow with the patients.

With ``theta = rho / (1 - rho)`` the log-likelihood of an arm is, up to its binomial coefficient,
``sum_{r < x} log(mu + r theta) + sum_{r < n - x} log(1 - mu + r theta) - sum_{r < n} log(1 + r
theta)``. Its value and its slope by theta come from deviances, in which the large terms have
cancelled on paper; the other derivatives from the sums, of which Gauss's rule for sums takes a few
nodes where they are long.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln, xlog1py

Floats = NDArray[np.float64]

#: Sums up to this many terms are added up term by term.
TERMS = 1024
#: Nodes for each doubling beyond: the rule is exact for polynomials of twice the degree, and the
#: nearest pole of a term is a whole block away.
NODES = 12
#: From here on Stirling's series to z**-7 is exact to rounding.
LARGE = 16.0


class Arms:
    """Responders and patients of the arms, and what every evaluation needs of them."""

    def __init__(self, x: Floats, n: Floats) -> None:
        self.x, self.n = x, n
        self.r, self.counts = tail_sums(x, n)
        self.coefficients = _half(n) - _half(x) - _half(n - x)


def tail_sums(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return r, and the weight of each r in the sums over responders, non-responders, patients."""
    ends = np.array([x, n - x, n])
    short = int(min(ends.max(), TERMS))
    rows = np.zeros((3, short))
    for row, values in zip(rows, ends, strict=True):
        capped = np.minimum(values, short).astype(np.intp)
        row[:] = np.bincount(capped, minlength=short + 1)[::-1].cumsum()[::-1][1:]
    places, weights = [np.arange(short, dtype=np.float64)], [rows]
    start = float(TERMS)
    while np.any(ends > start):
        stop = 2 * start
        whole = np.asarray(np.sum(ends >= stop, axis=1), dtype=np.float64)
        blocks = [(stop, whole)] if np.any(whole) else []
        # Where a sum ends inside the block, the rule is made for that part of it.
        for which, end in np.argwhere((ends > start) & (ends < stop)).tolist():
            blocks.append((float(ends[which, end]), np.eye(3)[which]))
        for last, times in blocks:
            nodes, weight = _rule(last - start)
            places.append(start + nodes)
            weights.append(times[:, None] * weight)
        start = stop
    return np.concatenate(places), np.concatenate(weights, axis=1)


def log_likelihood(arms: Arms, mu: float, other: float, theta: float) -> float:
    """Return the log-likelihood, binomial coefficients included; `other` is 1 - mu.

    Loader C (2000), Fast and accurate computation of binomial probabilities (the deviances).
    """
    x, n = arms.x, arms.n
    departure, share, rest = _shares(arms, mu, other, theta)
    value = arms.coefficients - _deviance(departure, n * share) - _deviance(-departure, n * rest)
    if theta > 0:
        size = 1.0 / theta
        a, b = mu * size, other * size
        value -= _deviance(-departure, size * share) + _deviance(departure, size * rest)
        value += _rising(a, x) + _rising(b, n - x) - _rising(size, n)
    return float(value.sum())


def slopes(arms: Arms, point: Floats) -> tuple[Floats, Floats]:
    """Return gradient and Hessian of the log-likelihood by the log odds of mu and rho."""
    mu, other = expit(point[0]), expit(-point[0])
    theta = np.exp(point[1])
    r, (hits, misses, every) = arms.r, arms.counts
    first, second, third = mu + r * theta, other + r * theta, 1.0 + r * theta
    by_mu = hits @ (1.0 / first) - misses @ (1.0 / second)
    mu_mu = -(hits @ first**-2 + misses @ second**-2)
    mu_theta = -(hits @ (r / first**2)) + misses @ (r / second**2)
    if theta * arms.n.max() <= 1.0:
        curve = (
            every @ (r / third) ** 2 - hits @ (r / first) ** 2 - misses @ (r / second) ** 2
        ) * theta**2
    else:
        # r theta = (p + r theta) - p, and the wholes cancel: x + (n - x) - n = 0.
        once = mu * (hits @ (1.0 / first)) + other * (misses @ (1.0 / second)) - every @ (1 / third)
        twice = mu**2 * (hits @ first**-2) + other**2 * (misses @ second**-2) - every @ third**-2
        curve = 2.0 * once - twice
    slope, by_log_theta = mu * other, _by_log_theta(arms, mu, other, theta)
    across = mu_theta * slope * theta
    gradient = np.array([by_mu * slope, by_log_theta])
    hessian = np.array(
        [
            [mu_mu * slope**2 + by_mu * slope * (other - mu), across],
            [across, curve + by_log_theta],
        ]
    )
    return gradient, hessian


def _shares(arms: Arms, mu: float, other: float, theta: float) -> tuple[Floats, Floats, Floats]:
    """Return the responders beyond expectation, the rate and its complement, all shrunk."""
    x, y, whole = arms.x, arms.n - arms.x, 1.0 + arms.n * theta
    return (x * other - y * mu) / whole, (x * theta + mu) / whole, (y * theta + other) / whole


def _by_log_theta(arms: Arms, mu: float, other: float, theta: float) -> float:
    """Return the slope of the log-likelihood by log theta."""
    x, n = arms.x, arms.n
    departure, share, rest = _shares(arms, mu, other, theta)
    logs = _deviance(-departure * theta, share) + _deviance(departure * theta, rest)
    parts = ((mu, x, 1.0), (other, n - x, 1.0), (1.0, n, -1.0))
    halves = sum(sign * m / (p + m * theta) for p, m, sign in parts)
    tails = sum(sign * p * _digamma_rise(p / theta, m) for p, m, sign in parts)
    return float(np.sum(logs + tails) / theta - 0.5 * theta * np.sum(halves))


@lru_cache(maxsize=256)
def _rule(count: float) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss's rule for the sum over 0, 1, ..., count - 1.

    Szegő G (1975), Orthogonal Polynomials, 4th ed., section 2.8 (Chebyshev's discrete
    polynomials); Golub GH, Welsch JH (1969), Mathematics of Computation 23, 221-230.
    """
    if count <= NODES:
        return np.arange(count), np.ones(int(count))
    k = np.arange(1.0, NODES)
    # Scaled to a range of 2 around 0.
    beside = np.sqrt(k**2 * (1.0 - (k / count) ** 2) / (4.0 * k**2 - 1.0))
    values, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    return 0.5 * (count * values + count - 1.0), count * vectors[0] ** 2


def _deviance(departure: Floats, mean: Floats) -> Floats:
    """Return v log(v / mean) + mean - v, where v departs from the mean by so much."""
    e = np.maximum(departure / mean, -1.0)
    small = np.abs(e) < 0.1
    near = np.where(small, e, 0.0)
    series = np.zeros(e.shape)
    for k in range(18, 1, -1):
        series = series * -near + 1.0 / (k * (k - 1.0))
    far = xlog1py(1.0 + e, e) - e
    return np.asarray(mean * np.where(small, series * e**2, far))


def _rising(a: Floats | float, m: Floats) -> Floats:
    """Return what Stirling's leading terms leave out of log(gamma(a + m) / gamma(a))."""
    return np.asarray(_stirling(a + m) - _stirling(np.asarray(a)) - 0.5 * np.log1p(m / a))


def _digamma_rise(a: float, m: Floats) -> Floats:
    """Return the rise from a to a + m of log z - 1 / (2 z) - digamma(z)."""
    return np.asarray(_digamma_rest(a + m) - _digamma_rest(np.asarray(a)))


def _digamma_rest(z: Floats) -> Floats:
    big = np.maximum(z, LARGE)
    series = (1 / 12 - (1 / 120 - (1 / 252 - 1 / 240 / big**2) / big**2) / big**2) / big**2
    low = np.minimum(z, LARGE)
    return np.asarray(np.where(z >= LARGE, series, np.log(low) - 0.5 / low - digamma(low)))


def _half(z: Floats) -> Floats:
    """Return what z log z - z leaves out of log z!."""
    safe = np.maximum(z, 1.0)
    return np.where(z > 0, 0.5 * np.log(2.0 * np.pi * safe) + _stirling(safe), 0.0)


def _stirling(z: Floats) -> Floats:
    """Return what (z - 1/2) log z - z + log(2 pi) / 2 leaves out of log gamma(z)."""
    big = np.maximum(z, LARGE)
    series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / big**2) / big**2) / big**2) / big
    low = np.minimum(z, LARGE)
    exact = gammaln(low) - ((low - 0.5) * np.log(low) - low + 0.5 * np.log(2.0 * np.pi))
    return np.asarray(np.where(z >= LARGE, series, exact))
