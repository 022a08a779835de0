"""Transformed proportions for two-step pooling, kept for comparison with older meta-analyses.

Two-step pooling gives each arm an effect and a variance, pools those (`atopic.stats.pooling`) and
takes the result back. It is here to reproduce published numbers, not to make new ones: with few
patients and rates near 0 or 1 the normal approximation within arms fails, the logit needs a half
added to empty cells, and the Freeman-Tukey result depends on one stand-in size for all arms.
Prefer `atopic.stats.pooling.glmm` or `atopic.stats.pooling.betabinomial`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from atopic.stats.arguments import as_counts, as_number, as_numbers, first, index, refuse, together
from atopic.stats.arrays import read_floats

__all__ = [
    "arcsine",
    "back_arcsine",
    "back_freeman_tukey",
    "back_logit",
    "freeman_tukey",
    "harmonic_mean",
    "logit",
]

Floats = NDArray[np.float64]


def logit(responders: ArrayLike, n: ArrayLike, *, continuity: float = 0.5) -> tuple[Floats, Floats]:
    """Return the log odds and their variance.

    Parameters
    ----------
    responders, n : array_like; counts, any shapes that broadcast.
    continuity : float; added to responders and non-responders of those arms where either is 0; 0
        refuses them.

    Raises
    ------
    ValueError: for invalid counts, or an empty cell without a continuity correction.

    Notes
    -----
    ``log(x / (n - x))`` with variance ``1 / x + 1 / (n - x)``.

    Examples
    --------
    >>> effect, variance = logit([4, 0], [8, 5])
    >>> effect.round(4), variance.round(4)
    (array([ 0.    , -2.3979]), array([0.5   , 2.1818]))
    """
    x, size = as_counts(responders, n)
    continuity = as_number(continuity, "continuity", "0 or more, and finite", least=0, below=np.inf)
    empty = (x == 0) | (x == size)
    if continuity == 0 and np.any(empty):
        at = first(empty)
        raise ValueError(
            f"responders{index(at)} = {x[at]:g} of {size[at]:g}: the log odds is infinite; "
            "give a continuity correction or use another method"
        )
    hits = x + continuity * empty
    misses = size - x + continuity * empty
    return np.log(hits / misses), 1.0 / hits + 1.0 / misses


def arcsine(responders: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return the arcsine of the root of the proportion, and its variance.

    Parameters
    ----------
    responders, n : array_like; counts, any shapes that broadcast.

    Returns
    -------
    effect, variance : ndarray: effect in radians, from 0 to pi / 2.

    Notes
    -----
    ``asin(sqrt(x / n))`` with variance ``1 / (4 n)``.

    Examples
    --------
    >>> arcsine([0, 5], [5, 5])[0].round(4)
    array([0.    , 1.5708])
    """
    x, size = as_counts(responders, n)
    return np.arcsin(np.sqrt(x / size)), 0.25 / size


def freeman_tukey(responders: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return the mean of two arcsines (Freeman-Tukey double arcsine) and its variance.

    Parameters
    ----------
    responders, n : array_like; counts, any shapes that broadcast.

    Returns
    -------
    effect, variance : ndarray: effect in radians.

    Notes
    -----
    ``(asin(sqrt(x / (n + 1))) + asin(sqrt((x + 1) / (n + 1)))) / 2`` with variance
    ``1 / (4 n + 2)``; some software leaves out the division by 2.

    References
    ----------
    Freeman MF, Tukey JW (1950). Transformations related to the angular and the square root.
    Annals of Mathematical Statistics 21, 607-611.

    Examples
    --------
    >>> freeman_tukey([0, 5], [5, 5])[0].round(4)
    array([0.2103, 1.3605])
    """
    x, size = as_counts(responders, n)
    return _double_arcsine(x, size), 1.0 / (4.0 * size + 2.0)


def back_logit(effect: ArrayLike) -> Floats:
    """Return the proportion of a log odds.

    Parameters
    ----------
    effect : array_like; log odds; infinite gives 0 or 1.

    Examples
    --------
    >>> back_logit([0.0, np.inf])
    array([0.5, 1. ])
    """
    return np.asarray(expit(_effects(effect)))


def back_arcsine(effect: ArrayLike) -> Floats:
    """Return the proportion of an arcsine: 0 and 1 beyond 0 and pi / 2, where sin^2 turns back.

    Parameters
    ----------
    effect : array_like; radians.

    Examples
    --------
    >>> back_arcsine([-0.1, np.pi / 4, 2.0]).round(12)
    array([0. , 0.5, 1. ])
    """
    return np.sin(np.clip(_effects(effect), 0.0, 0.5 * np.pi)) ** 2


def back_freeman_tukey(effect: ArrayLike, n: ArrayLike) -> Floats:
    """Return the proportion of a double arcsine, for arms of n patients.

    Parameters
    ----------
    effect : array_like; radians.
    n : array_like of float, at least 1; number of patients that stands for all arms, by custom
        their `harmonic_mean`; it need not be whole.

    Returns
    -------
    ndarray: from 0 to 1. An effect below the one of 0 in n, or above the one of n in n, has no
        inverse: Miller's formula turns back or has no value there. It gives 0 or 1.

    Notes
    -----
    ``(1 - sgn(cos 2t) sqrt(1 - (sin 2t + (sin 2t - 1 / sin 2t) / n)^2)) / 2`` in Miller's form
    with t halved. Because n stands for arms of other sizes, the result of unequal arms can lie
    outside the range of the observed proportions (Schwarzer and others 2019).

    References
    ----------
    Miller JJ (1978). The inverse of the Freeman-Tukey double arcsine transformation. The American
    Statistician 32, 138.
    Schwarzer G, Chemaitelly H, Abu-Raddad LJ, Rücker G (2019). Seriously misleading results using
    inverse of Freeman-Tukey double arcsine transformation in meta-analysis of single proportions.
    Research Synthesis Methods 10, 476-483.

    Examples
    --------
    >>> effect, _ = freeman_tukey([0, 2, 5], [5, 5, 5])
    >>> back_freeman_tukey(effect, 5).round(12)
    array([0. , 0.4, 1. ])
    >>> back_freeman_tukey(1.7, 5)
    array(1.)
    """
    t, size = together(effect=_effects(effect), n=as_numbers(n, "n"))
    if np.any(size < 1):
        raise ValueError(f"n must be at least 1, not {float(size[size < 1].flat[0]):g}")
    low, high = _double_arcsine(np.zeros_like(size), size), _double_arcsine(size, size)
    inside = np.clip(t, low, high)
    sine = np.sin(2.0 * inside)
    under = np.clip(1.0 - (sine + (sine - 1.0 / sine) / size) ** 2, 0.0, 1.0)
    p = 0.5 * (1.0 - np.sign(np.cos(2.0 * inside)) * np.sqrt(under))
    return np.asarray(np.where(t <= low, 0.0, np.where(t >= high, 1.0, p)))


def harmonic_mean(n: ArrayLike) -> float:
    """Return the harmonic mean of arm sizes, Miller's stand-in size.

    Parameters
    ----------
    n : array_like of shape (k,); patients an arm.

    Examples
    --------
    >>> harmonic_mean([5, 20])
    8.0
    """
    size = as_counts(0, n)[1]
    if size.size == 0:
        raise ValueError("n must hold at least one arm")
    return float(1.0 / np.mean(1.0 / size))


def _double_arcsine(x: Floats, n: Floats) -> Floats:
    lower = np.arcsin(np.sqrt(x / (n + 1.0)))
    return np.asarray(0.5 * (lower + np.arcsin(np.sqrt((x + 1.0) / (n + 1.0)))))


def _effects(values: ArrayLike) -> Floats:
    array = read_floats(values, "effect")
    refuse(np.isnan(array), "effect", array, "must be a number")
    return array
