"""Confidence intervals for a proportion, many at once, by the methods that small samples need.

Vocabulary: x responders among n patients, z the normal quantile of the level, and *tail* the
probability ``(1 - level) / 2`` left out on either side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from atopic.stats.arguments import as_counts, as_share, one_of
from atopic.stats.interval import Interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METHODS", "Interval", "interval", "tabulate"]


def __dir__() -> list[str]:
    return sorted(__all__)


Floats = NDArray[np.float64]

# Newton's method doubles the digits at each step: after a step of this size, relative to the
# limit, what is left is rounding.
_LAST_STEP = 1e-10
# Four steps are usual; the bound only keeps a fault from running for ever.
_MOST_STEPS = 100


def interval(
    responders: ArrayLike,
    n: ArrayLike,
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> Interval:
    """Return two-sided confidence limits for proportions.

    Parameters
    ----------
    responders, n : array_like of whole numbers
        Patients with a response, and patients in all; any shapes that broadcast.
    level : float, default 0.95
        Confidence level as a share, between 0 and 1.
    method : str, default "clopper-pearson"
        One of `METHODS`; see Notes.

    Returns
    -------
    Interval
        ``lower`` and ``upper``, arrays of the broadcast shape with
        ``0 <= lower <= upper <= 1``. For every method ``lower`` is 0 where nobody responded and
        ``upper`` is 1 where everybody did.

    Raises
    ------
    ValueError
        For counts that are no whole numbers with ``0 <= responders <= n`` and ``n >= 1``, a level
        outside the open interval (0, 1), or an unknown method.

    Notes
    -----
    ``clopper-pearson``
        Inverts the exact binomial test: the lower limit solves P(X >= x) = tail, the upper limit
        P(X <= x) = tail. Its coverage is never below the level [1]_.
    ``mid-p``
        The same with only half the probability of x itself counted, so that coverage is near
        the level on average; method 6 of [2]_.
    ``wilson``
        Inverts the score test: the roots p of n (x / n - p)^2 = z^2 p (1 - p); method 3 of [2]_.
    ``wilson-cc``
        The same with x moved half a patient outwards (continuity correction); method 4 of [2]_.
    ``jeffreys``
        The equal-tailed posterior interval under the prior Beta(1/2, 1/2), with the lower limit
        set to 0 at x = 0 and the upper limit to 1 at x = n [3]_.
    ``agresti-coull``
        p* -+ z sqrt(p* (1 - p*) / n*), with n* = n + z^2 and p* = (x + z^2 / 2) / n*, cut at 0 and
        1, which it can overshoot [3]_.

    The limits enclose x / n, except that mid-p and Jeffreys limits can miss it at levels far below
    those in use.

    References
    ----------
    .. [1] Clopper CJ, Pearson ES (1934), Biometrika 26:404-413.
    .. [2] Newcombe RG (1998), Statistics in Medicine 17:857-872.
    .. [3] Brown LD, Cai TT, DasGupta A (2001), Statistical Science 16:101-133.

    Examples
    --------
    >>> lower, upper = interval([4, 6], [5, 11])
    >>> lower.round(4), upper.round(4)
    (array([0.2836, 0.2338]), array([0.9949, 0.8325]))

    >>> lower, upper = interval(0, [10, 20], method="wilson")
    >>> upper.round(4)
    array([0.2775, 0.1611])
    """
    x, size = as_counts(responders, n)
    tail = (1.0 - as_share(level, "level")) / 2.0
    one_of(method, "method", METHODS)
    lower, upper = _LIMITS[method](x, size, tail)
    upper = np.where(x == size, 1.0, upper)
    # At a level near 0 the limits meet, and rounding could put them in the wrong order.
    lower = np.where(x == 0, 0.0, np.minimum(lower, upper))
    return Interval(lower, upper)


def tabulate(
    frame: pd.DataFrame,
    responders: str,
    n: str,
    *,
    study: str | None = None,
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return the rates of a frame's groups with their limits, one row a group.

    Parameters
    ----------
    frame : DataFrame
        One row a group, whatever its columns are called.
    responders, n : str
        Columns of the patients with a response, and of the patients in all.
    study : str, optional
        Column of the names; the labels of the rows by default.
    level, method : as in `interval`.

    Returns
    -------
    DataFrame
        ``study``, ``responders``, ``n``, ``estimate``, ``lower``, ``upper``, ``level`` and
        ``method``, then the columns of `frame` that are none of these.

    Raises
    ------
    ValueError
        For a column that there is not, with those there are, and for the first cell that cannot be
        used, by its row, column and value.

    Examples
    --------
    >>> import pandas as pd
    >>> groups = pd.DataFrame({"Group": ["A", "B"], "Clear": [4, 6], "N": [5, 11]})
    >>> tabulate(groups, "Clear", "N", study="Group")[["study", "estimate", "lower"]].round(3)
      study  estimate  lower
    0     A     0.800  0.284
    1     B     0.545  0.234
    """
    from atopic.stats.frames import two_columns

    x, size, names = two_columns(frame, responders, n, study)
    limits = interval(x, size, level, method)
    made = frame.assign(
        study=names, responders=x.astype(np.int64), n=size.astype(np.int64), estimate=x / size,
        lower=limits.lower, upper=limits.upper, level=level, method=method,
    )  # fmt: skip
    first = ["study", "responders", "n", "estimate", "lower", "upper", "level", "method"]
    used = {responders, n, study}
    lost = [name for name in frame.columns if name in first and name not in used]
    if lost:
        raise ValueError(f"column {lost[0]!r} of the frame would be overwritten: rename it")
    return made[[*first, *(name for name in frame.columns if name not in used)]]


def _clopper_pearson(x: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    # The beta functions refuse a parameter of 0; the caller sets those limits to 0 and 1.
    below = np.maximum(x, 1.0), n - x + 1.0
    above = x + 1.0, np.maximum(n - x, 1.0)
    return _beta_limits(below, above, tail)


def _jeffreys(x: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    posterior = x + 0.5, n - x + 0.5
    return _beta_limits(posterior, posterior, tail)


def _beta_limits(
    below: tuple[Floats, Floats], above: tuple[Floats, Floats], tail: float
) -> tuple[Floats, Floats]:
    # The upper limit asks for the tail itself, since 1 - tail would lose its last digits.
    lower, upper = special.betaincinv(*below, tail), special.betainccinv(*above, tail)
    return np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)


def _wilson(x: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    return _score_lower(x, n, tail), _score_upper(x, n, tail)


def _wilson_cc(x: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    lower = _score_lower(np.maximum(x - 0.5, 0.0), n, tail)
    upper = _score_upper(np.minimum(x + 0.5, n), n, tail)
    return lower, upper


def _score_lower(x: Floats, n: Floats, tail: float) -> Floats:
    # The product of the two roots is (x^2 / n) / (n + z^2): dividing by the upper one keeps the
    # digits that a difference would lose near 0.
    top = _score_top(x, n, tail)
    return np.divide(x * (x / n), top, out=np.zeros_like(top), where=x > 0)


def _score_upper(x: Floats, n: Floats, tail: float) -> Floats:
    return _score_top(x, n, tail) / (n + special.ndtri(tail) ** 2)


def _score_top(x: Floats, n: Floats, tail: float) -> Floats:
    z = -special.ndtri(tail)
    root: Floats = x + z**2 / 2.0 + z * np.sqrt(x * (1.0 - x / n) + z**2 / 4.0)
    return root


def _agresti_coull(x: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    z = -special.ndtri(tail)
    size = n + z**2
    centre = (x + z**2 / 2.0) / size
    half = z * np.sqrt(centre * (1.0 - centre) / size)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def _mid_p(x: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    # Where all patients are alike, half the probability of x is the whole tail.
    alike = np.log(2.0 * tail) / n
    lower, upper = np.asarray(np.exp(alike)), np.asarray(-np.expm1(alike))
    mixed = (x > 0) & (x < n)
    lower[mixed] = _mid_p_lower(x[mixed], n[mixed], tail)
    upper[mixed] = 1.0 - _mid_p_lower((n - x)[mixed], n[mixed], tail)
    return lower, upper


def _mid_p_lower(x: Floats, n: Floats, tail: float) -> Floats:
    """Solve P(X > x) + P(X = x) / 2 = tail for p, with 0 < x < n.

    Newton's method on the logarithms of both sides. The left side is concave in log p there, so
    that the search climbs from the Clopper-Pearson limit, which is below, and never overshoots.
    """
    p = np.asarray(special.betaincinv(x, n - x + 1.0, tail), dtype=np.float64)
    going = np.arange(p.size)
    for _ in range(_MOST_STEPS):
        at, count, others = p[going], x[going], (n - x)[going]
        reached = special.betainc(count, others + 1.0, at)
        exceeded = special.betainc(count + 1.0, others, at)
        mid = (reached + exceeded) / 2.0
        slope = (reached - exceeded) / 2.0 * (count + others * at / (1.0 - at))
        step = np.log(tail / mid) * mid / slope
        p[going] = at * np.exp(step)
        # A step back is rounding: the root is reached.
        going = going[step > _LAST_STEP]
        if going.size == 0:
            break
    return p


_LIMITS: dict[str, Callable[[Floats, Floats, float], tuple[Floats, Floats]]] = {
    "clopper-pearson": _clopper_pearson,
    "wilson": _wilson,
    "wilson-cc": _wilson_cc,
    "jeffreys": _jeffreys,
    "agresti-coull": _agresti_coull,
    "mid-p": _mid_p,
}

#: The methods of `interval`.
METHODS = tuple(_LIMITS)
