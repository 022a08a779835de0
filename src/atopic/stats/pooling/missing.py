"""Patients without a recorded outcome: what they would have to be like to change the answer.

Counts of an arm are *responders*, *failures* (seen and not responding) and *missing*. A scenario
imputes all missing patients of an arm alike; the informative-missingness odds ratio (IMOR), the
odds of response among the missing over the odds among the seen, spans everything between:
0 is failure, 1 is the available cases, infinity is response.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_counts

__all__ = [
    "SCENARIOS",
    "ImorEffect",
    "Scenario",
    "imor_effect",
    "imor_rate",
    "imor_sweep",
    "impute",
    "scenarios",
]

Floats = NDArray[np.float64]
Strategy = Literal["available", "non-responder", "responder"]

#: What becomes of missing patients in the treated and the control arm.
SCENARIOS: dict[str, tuple[Strategy, Strategy]] = {
    "available": ("available", "available"),
    "non-responder": ("non-responder", "non-responder"),
    "best": ("responder", "non-responder"),
    "worst": ("non-responder", "responder"),
}


@dataclass(frozen=True, eq=False)
class Scenario:
    """Counts of two arms after imputation, ready for any two-arm function."""

    name: str
    responders_1: Floats
    n_1: Floats
    responders_0: Floats
    n_0: Floats


@dataclass(frozen=True, eq=False)
class ImorEffect:
    """Effects of trials under stated IMORs, ready for inverse-variance pooling.

    Attributes
    ----------
    effect, variance : ndarray
        Shape of the trials, behind that of the grid in `imor_sweep`.
    imor_1, imor_0 : ndarray
        As asked for.
    log_imor_sd : float
        Standard deviation of the log IMOR of each arm about its value, independent between arms.
    measure : str
        ``"RD"``, ``"RR"`` or ``"OR"``; ratios are on the log scale.
    variance_form : str
        Whose variance.
    """

    effect: Floats
    variance: Floats
    imor_1: Floats
    imor_0: Floats
    log_imor_sd: float
    measure: str
    variance_form: str = "White-Higgins-Wood 2008, first order"


def impute(
    responders: ArrayLike, failures: ArrayLike, missing: ArrayLike, strategy: Strategy
) -> tuple[Floats, Floats]:
    """Return responders and denominators when all missing patients are treated alike.

    Parameters
    ----------
    responders, failures, missing : array_like
        Counts of arms, any shapes that broadcast.
    strategy : {"available", "non-responder", "responder"}
        Leave the missing out, or count them as failures, or as responders.

    Returns
    -------
    responders, n : ndarray

    Raises
    ------
    ValueError
        For invalid counts, or an arm without any patient left.

    Notes
    -----
    Imputed patients count as if they had been seen, so that intervals from these counts are too
    narrow. `imor_rate` with an IMOR of 0 or infinity is the same rate and shares this.

    Examples
    --------
    >>> impute([4, 6], [3, 5], [2, 0], "non-responder")
    (array([4., 6.]), array([ 9., 11.]))
    """
    if strategy not in ("available", "non-responder", "responder"):
        raise ValueError(
            f"strategy must be available, non-responder or responder, not {strategy!r}"
        )
    x, f, m = _counts(responders, failures, missing)
    hits = x + m if strategy == "responder" else x
    return as_counts(hits, x + f if strategy == "available" else x + f + m)


def scenarios(
    responders_1: ArrayLike,
    failures_1: ArrayLike,
    missing_1: ArrayLike,
    responders_0: ArrayLike,
    failures_0: ArrayLike,
    missing_0: ArrayLike,
) -> list[Scenario]:
    """Return the available cases, non-responder imputation, and the best and worst case.

    Parameters
    ----------
    responders_1, failures_1, missing_1 : array_like
        Counts of treated arms.
    responders_0, failures_0, missing_0 : array_like
        Counts of control arms.

    Returns
    -------
    list of Scenario
        ``"available"``, ``"non-responder"``, ``"best"`` (missing treated patients respond,
        missing controls do not) and ``"worst"`` (the reverse).

    References
    ----------
    Higgins JPT, White IR, Wood AM (2008). Imputation methods for missing outcome data in
    meta-analysis of clinical trials. Clinical Trials 5, 225-239.

    Examples
    --------
    >>> [(s.name, s.responders_1 / s.n_1) for s in scenarios(4, 3, 1, 2, 6, 2)][2]
    ('best', np.float64(0.625))
    """
    return [
        Scenario(
            name,
            *impute(responders_1, failures_1, missing_1, first),
            *impute(responders_0, failures_0, missing_0, second),
        )
        for name, (first, second) in SCENARIOS.items()
    ]


def imor_rate(
    responders: ArrayLike,
    failures: ArrayLike,
    missing: ArrayLike,
    imor: ArrayLike,
    *,
    log_imor_sd: float = 0.0,
) -> tuple[Floats, Floats]:
    """Return the response rate among all patients, seen or not, and its variance.

    Parameters
    ----------
    responders, failures, missing : array_like
        Counts of arms; at least one patient seen in each.
    imor : array_like
        Odds of response among the missing over those among the seen, 0 to infinity.
    log_imor_sd : float
        How uncertain the log IMOR is; 0 takes it as known.

    Returns
    -------
    rate, variance : ndarray

    Raises
    ------
    ValueError
        For invalid counts, an arm in which nobody was seen, or a negative IMOR.

    Notes
    -----
    With observed rate p, share missing a and IMOR d the rate is ``(1 - a) p + a q`` where
    ``q = d p / (1 - p + d p)``. Its variance is of first order in p (binomial), a (binomial) and
    log d. An observed rate of 0 or 1 has no variance of its own at this order, and no IMOR moves
    it, because the odds of the missing are a multiple of 0 or infinity.

    References
    ----------
    White IR, Higgins JPT, Wood AM (2008). Allowing for uncertainty due to missing data in
    meta-analysis, part 1: two-stage methods. Statistics in Medicine 27, 711-727.

    Examples
    --------
    >>> rate, variance = imor_rate(4, 4, 2, [0, 1, np.inf])
    >>> rate.round(12)
    array([0.4, 0.5, 0.6])
    """
    x, f, m = _counts(responders, failures, missing)
    return _rate(x, f, m, _odds(imor, "imor"), _spread(log_imor_sd))


def imor_effect(
    responders_1: ArrayLike,
    failures_1: ArrayLike,
    missing_1: ArrayLike,
    responders_0: ArrayLike,
    failures_0: ArrayLike,
    missing_0: ArrayLike,
    *,
    imor_1: ArrayLike = 1.0,
    imor_0: ArrayLike = 1.0,
    log_imor_sd: float = 0.0,
    measure: Literal["RD", "RR", "OR"] = "RD",
    continuity: float = 0.0,
) -> ImorEffect:
    """Return the effect of each trial when the missing patients have stated odds of response.

    Parameters
    ----------
    responders_1, failures_1, missing_1 : array_like of shape (..., k)
        Counts of treated arms.
    responders_0, failures_0, missing_0 : array_like of shape (..., k)
        Counts of control arms.
    imor_1, imor_0 : array_like
        IMOR of treated and control arms; shapes that broadcast with the trials.
    log_imor_sd : float
        Standard deviation of each log IMOR, independent between arms.
    measure : {"RD", "RR", "OR"}
        Arm 1 against arm 0; ratios as logs.
    continuity : float
        Added to responders and failures of both arms of a trial in which one of these is 0;
        0, the default, leaves such trials alone (RD) or refuses them (RR, OR).

    Raises
    ------
    ValueError
        For invalid counts or IMORs; for a trial whose log ratio or variance would not be finite
        and positive (the message names it).

    Examples
    --------
    >>> trial = imor_effect(9, 3, 2, 4, 8, 1, imor_1=[0.5, 1, 2], imor_0=1)
    >>> trial.effect.round(4)
    array([0.3952, 0.4167, 0.432 ])
    """
    if measure not in ("RD", "RR", "OR"):
        raise ValueError(f"measure must be RD, RR or OR, not {measure!r}")
    if not 0 <= continuity < np.inf:
        raise ValueError(f"continuity must be 0 or more, not {continuity!r}")
    one = _counts(responders_1, failures_1, missing_1)
    two = _counts(responders_0, failures_0, missing_0)
    odds_1, odds_0 = _odds(imor_1, "imor_1"), _odds(imor_0, "imor_0")
    sd = _spread(log_imor_sd)
    empty = (one[0] == 0) | (one[1] == 0) | (two[0] == 0) | (two[1] == 0)
    add = continuity * empty
    p1, v1 = _rate(one[0] + add, one[1] + add, one[2], odds_1, sd)
    p0, v0 = _rate(two[0] + add, two[1] + add, two[2], odds_0, sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "RD":
            effect, variance = p1 - p0, v1 + v0
        elif measure == "RR":
            effect, variance = np.log(p1) - np.log(p0), v1 / p1**2 + v0 / p0**2
        else:
            effect = np.log(p1) - np.log1p(-p1) - np.log(p0) + np.log1p(-p0)
            variance = v1 / (p1 * (1 - p1)) ** 2 + v0 / (p0 * (1 - p0)) ** 2
    bad = ~(np.isfinite(effect) & np.isfinite(variance) & (variance > 0))
    if np.any(bad):
        at = [int(i) for i in np.argwhere(bad)[0]]
        raise ValueError(
            f"trial {at}: rates {p1[tuple(at)]:g} and {p0[tuple(at)]:g} give no finite {measure} "
            "with a variance; give a continuity correction or leave the trial out"
        )
    return ImorEffect(effect, variance, odds_1, odds_0, sd, measure)


def imor_sweep(
    responders_1: ArrayLike,
    failures_1: ArrayLike,
    missing_1: ArrayLike,
    responders_0: ArrayLike,
    failures_0: ArrayLike,
    missing_0: ArrayLike,
    *,
    imor_1: ArrayLike = (0.2, 1 / 3, 0.5, 1.0, 2.0, 3.0, 5.0),
    imor_0: ArrayLike = (0.2, 1 / 3, 0.5, 1.0, 2.0, 3.0, 5.0),
    log_imor_sd: float = 0.0,
    measure: Literal["RD", "RR", "OR"] = "RD",
    continuity: float = 0.0,
) -> ImorEffect:
    """Return the effects of trials under every pair of IMORs of the two arms.

    Parameters
    ----------
    responders_1, failures_1, missing_1, responders_0, failures_0, missing_0 : array_like
        Counts of k trials.
    imor_1, imor_0 : array_like of shape (a,), (b,)
        The grid.
    log_imor_sd, measure, continuity
        As in `imor_effect`.

    Returns
    -------
    ImorEffect
        ``effect`` and ``variance`` have shape (a, b, k), so that a function that pools along the
        last axis pools the whole grid at once.

    Examples
    --------
    >>> grid = imor_sweep([9, 8], [3, 4], [2, 2], [4, 5], [8, 7], [1, 3], imor_1=[0, 1])
    >>> grid.effect.shape
    (2, 7, 2)
    """
    first = np.atleast_1d(_odds(imor_1, "imor_1"))
    second = np.atleast_1d(_odds(imor_0, "imor_0"))
    if first.ndim > 1 or second.ndim > 1:
        raise ValueError("imor_1 and imor_0 must each be one row of values")
    return imor_effect(
        responders_1,
        failures_1,
        missing_1,
        responders_0,
        failures_0,
        missing_0,
        imor_1=first[:, None, None],
        imor_0=second[None, :, None],
        log_imor_sd=log_imor_sd,
        measure=measure,
        continuity=continuity,
    )


def _counts(
    responders: ArrayLike, failures: ArrayLike, missing: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    parts = []
    for name, values in (("responders", responders), ("failures", failures), ("missing", missing)):
        array = np.asarray(values, dtype=np.float64)
        bad = ~(np.isfinite(array) & (array >= 0) & (array == np.floor(array)))
        if np.any(bad):
            at = tuple(int(i) for i in np.argwhere(bad)[0])
            where = f"[{', '.join(map(str, at))}]" if at else ""
            raise ValueError(f"{name}{where} = {array[at]:g} is not a whole number of patients")
        parts.append(array)
    try:
        x, f, m = np.broadcast_arrays(*parts)
    except ValueError:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise ValueError(f"counts of shapes {shapes} do not broadcast") from None
    if np.any(x + f == 0):
        at = tuple(int(i) for i in np.argwhere(x + f == 0)[0])
        where = f"[{', '.join(map(str, at))}]" if at else ""
        raise ValueError(f"arm{where}: no patient was seen, so nothing is known of its response")
    return x, f, m


def _odds(imor: ArrayLike, name: str) -> Floats:
    array = np.asarray(imor, dtype=np.float64)
    if not np.all(array >= 0):
        raise ValueError(f"{name} must be an odds ratio from 0 to infinity, not {imor!r}")
    return array


def _spread(log_imor_sd: float) -> float:
    if not 0 <= log_imor_sd < np.inf:
        raise ValueError(f"log_imor_sd must be 0 or more, not {log_imor_sd!r}")
    return float(log_imor_sd)


def _rate(x: Floats, f: Floats, m: Floats, odds: Floats, sd: float) -> tuple[Floats, Floats]:
    seen = x + f
    total = seen + m
    p, share = x / seen, m / total
    # Written with d / (1 + d) and 1 / (1 + d), which stay finite at both ends of the IMOR.
    up = np.where(np.isinf(odds), 1.0, odds / (1.0 + np.where(np.isinf(odds), 0.0, odds)))
    down = 1.0 / (1.0 + odds)
    weight = down * (1.0 - p) + up * p
    # At p = 0 (or 1) with all weight on the other side the missing are like the seen.
    safe = np.where(weight > 0, weight, 1.0)
    q = np.where(weight > 0, up * p / safe, p)
    # Only between 0 and 1 does the slope count, and only there is the weight never tiny.
    inside = (p > 0) & (p < 1)
    slope = np.where(inside, up * down / np.where(inside, safe, 1.0) ** 2, 0.0)
    rate = (1.0 - share) * p + share * q
    variance = (
        (1.0 - share + share * slope) ** 2 * p * (1.0 - p) / seen
        + (q - p) ** 2 * share * (1.0 - share) / total
        + (share * q * (1.0 - q) * sd) ** 2
    )
    return rate, variance
