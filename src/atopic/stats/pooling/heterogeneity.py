"""How much studies differ: tau2, Cochran's Q, I2, H2 and the Q-profile interval."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from atopic.stats.arguments import as_level
from atopic.stats.pooling.study_arrays import Floats, Studies, as_effects, as_mask
from atopic.stats.pooling.tau2 import estimate_tau2, projected_weight, q_root
from atopic.stats.results import Result

__all__ = [
    "I2Definition",
    "QTest",
    "Tau2Interval",
    "Tau2Method",
    "q_profile",
    "tau2",
]

Tau2Method = Literal["reml", "pm", "dl", "ml", "eb", "sj"]
I2Definition = Literal["tau2", "Q"]


@dataclass(frozen=True, eq=False, repr=False)
class QTest(Result):
    """Cochran's test of homogeneity.

    Parameters
    ----------
    Q, df, p_value : ndarray, shape (...); statistic, its degrees of freedom k - 1, and its upper
        tail under chi-square. One study gives Q = 0 on 0 degrees of freedom and p = 1.
    """

    Q: Floats
    df: Floats
    p_value: Floats


@dataclass(frozen=True, eq=False, repr=False)
class Tau2Interval(Result):
    """Limits of tau2.

    Parameters
    ----------
    lower, upper : ndarray, shape (...)
    level : float
    method : str; ``"Q-profile"``.
    """

    lower: Floats
    upper: Floats
    level: float
    method: str = "Q-profile"


def tau2(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    method: Tau2Method = "reml",
    mask: ArrayLike | None = None,
) -> Floats:
    """Return the variance between studies of each meta-analysis.

    Parameters
    ----------
    effect, variance : array_like, shape (..., k); effects and sampling variances; leading axes are
        separate meta-analyses.
    method : {"reml", "pm", "dl", "ml", "eb", "sj"}; restricted maximum likelihood, Paule-Mandel,
        DerSimonian-Laird (0 where negative), maximum likelihood, empirical Bayes, Sidik-Jonkman.
    mask : array_like of bool, shape (..., k); True where a study takes part.

    Returns
    -------
    ndarray of float64, shape (...): never negative. A single study gives 0: it says nothing about
        other studies.

    Raises
    ------
    ValueError: for values that are not finite, variances that are not positive, or an unknown
        method.

    Notes
    -----
    The likelihood can have several maxima. REML and ML look for all of them, the boundary 0
    included, and keep the highest. Empirical Bayes solves the equation of Paule-Mandel, so that
    the two agree. Sidik-Jonkman is 0 only when all effects are equal.

    References
    ----------
    Veroniki et al. (2016), Research Synthesis Methods 7:55-79, sections 2.1 to 2.8.
    Sidik and Jonkman (2005), Journal of the Royal Statistical Society C 54:367-384.

    Examples
    --------
    >>> float(tau2([0.0, 1.0, 2.0], [0.25, 0.25, 0.25]).round(12))
    0.75
    """
    studies, shape = _lay_out(effect, variance, mask)
    return estimate_tau2(studies, method).reshape(shape)[()]


def q_profile(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    level: float = 0.95,
    mask: ArrayLike | None = None,
) -> Tau2Interval:
    """Return limits of tau2: the values that the Q test would not reject.

    Parameters
    ----------
    effect, variance, mask : as in `tau2`.

    Returns
    -------
    Tau2Interval: both limits are 0 where effects are closer together than sampling error explains
        (then no tau2 at all is compatible, and 0 is the nearest). A single study leaves tau2 open:
        0 and infinity.

    Raises
    ------
    ValueError: for values that are not finite, variances that are not positive, or a level outside
        (0, 1).

    References
    ----------
    Viechtbauer (2007), Statistics in Medicine 26:37-52.

    Examples
    --------
    >>> limits = q_profile([0.0, 1.0, 2.0], [0.25, 0.25, 0.25])
    >>> float(limits.lower.round(6)), float(limits.upper.round(6))
    (0.021085, 39.24789)
    """
    studies, shape = _lay_out(effect, variance, mask)
    limits = q_profile_of(studies, level)
    return Tau2Interval(
        limits.lower.reshape(shape)[()], limits.upper.reshape(shape)[()], limits.level
    )


def q_of(studies: Studies) -> QTest:
    """Return Cochran's test of laid-out studies."""
    df = studies.size - 1
    q = np.where(df > 0, studies.weighted(np.zeros(df.shape)).q, 0.0)
    p = np.where(df > 0, special.chdtrc(np.maximum(df, 1), q), 1.0)
    return QTest(q, df, p)


def i2_and_h2(
    studies: Studies, tau2: Floats, test: QTest, definition: str
) -> tuple[Floats, Floats]:
    """Return I2 and H2 = 1 / (1 - I2) of laid-out studies by a named definition."""
    if definition == "tau2":
        # (k - 1) / trace is the typical variance; a single study has tau2 = 0 and no trace.
        typical = np.maximum(test.df, 1) / np.where(test.df > 0, projected_weight(studies), 1.0)
        return tau2 / (tau2 + typical), 1 + tau2 / typical
    if definition == "Q":
        excess = np.maximum(test.Q - test.df, 0.0)
        found = excess > 0
        h2 = np.where(found, test.Q, 1.0) / np.where(found, test.df, 1.0)
        return excess / np.where(found, test.Q, 1.0), h2
    raise ValueError(f"i2 must be 'tau2' or 'Q', not {definition!r}")


def q_profile_of(studies: Studies, level: float) -> Tau2Interval:
    """Return the Q-profile interval of laid-out studies."""
    tail = (1 - as_level(level)) / 2
    df = np.maximum(studies.size - 1, 1)
    open_ended = studies.size == 1
    high: Floats = np.asarray(special.chdtri(df, tail), dtype=np.float64)
    low: Floats = np.asarray(2 * special.gammaincinv(df / 2, tail), dtype=np.float64)
    lower, upper = q_root(studies, high), q_root(studies, low)
    return Tau2Interval(
        np.where(open_ended, 0.0, lower), np.where(open_ended, np.inf, upper), level
    )


def _lay_out(
    effect: ArrayLike, variance: ArrayLike, mask: ArrayLike | None
) -> tuple[Studies, tuple[int, ...]]:
    y, v = as_effects(effect, variance)
    keep = as_mask(mask, y.shape)
    return Studies.independent(y, v, keep), np.broadcast_shapes(y.shape, keep.shape)[:-1]
