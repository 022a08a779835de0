"""Two-arm counts of several trials under one effect: Mantel-Haenszel, Peto, exact conditional.

Counts of a trial are never added up across trials, and no half is added to an empty cell: a
trial without responders in either arm carries no weight for ratios, as it should. Arrays hold
strata (trials) on their last axis; any leading axes hold separate meta-analyses.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc, ndtri

from atopic.stats.arguments import as_level
from atopic.stats.pooling.exact_strata import ExactStratified, exact_conditional_test
from atopic.stats.pooling.two_arm_counts import single, two_arm_counts

__all__ = [
    "ExactStratified",
    "StratifiedEffect",
    "exact_conditional_test",
    "mantel_haenszel",
    "peto",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StratifiedEffect:
    """One effect over strata; floats for one meta-analysis, arrays for several.

    Attributes
    ----------
    effect, se : float or ndarray; log odds ratio, log risk ratio or risk difference, and its
        standard error.
    estimate, lower, upper : float or ndarray; odds ratio, risk ratio or risk difference, with Wald
        limits.
    p_value : float or ndarray; two-sided, of no effect, from ``effect / se``.
    measure, method, variance : str; ``"OR"``, ``"RR"`` or ``"RD"``; how it was pooled; whose
        variance form.
    """

    effect: Any
    se: Any
    estimate: Any
    lower: Any
    upper: Any
    p_value: Any
    measure: str
    method: str
    variance: str
    level: float
    _tables: tuple[Floats, ...] = field(repr=False)

    def r_call(self) -> str:
        """Return the metafor call that gives the same numbers.

        Raises
        ------
        ValueError: if this holds several meta-analyses.

        Examples
        --------
        >>> peto([1, 4], [10, 12], [3, 6], [10, 11]).r_call()
        'metafor::rma.peto(ai=c(1,4), n1i=c(10,12), ci=c(3,6), n2i=c(10,11), level=95)'
        """
        call = "rma.peto(" if self.method == "Peto" else f'rma.mh(measure="{self.measure}", '
        cells = _r_cells(self._tables)
        return f"metafor::{call}{cells}, level={100 * self.level:.15g})"


def mantel_haenszel(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    measure: Literal["OR", "RR", "RD"] = "OR",
    level: float = 0.95,
) -> StratifiedEffect:
    """Pool an odds ratio, risk ratio or risk difference by Mantel and Haenszel's weights.

    Parameters
    ----------
    responders_1, n_1 : array_like of shape (..., k); patients with a response and in all, treated
        arms.
    responders_0, n_0 : array_like of shape (..., k); the same, control arms.
    measure : {"OR", "RR", "RD"}; what is pooled.

    Returns
    -------
    StratifiedEffect: arm 1 against arm 0.

    Raises
    ------
    ValueError: for invalid counts; for a ratio whose numerator or denominator is 0 over all strata;
        for a difference without variance.

    References
    ----------
    Mantel N, Haenszel W (1959). JNCI 22, 719-748.
    Robins J, Breslow N, Greenland S (1986). Biometrics 42, 311-323 (variance of the log OR).
    Greenland S, Robins JM (1985). Biometrics 41, 55-68 (log RR).
    Sato T, Greenland S, Robins JM (1989). Biometrics 45, 1323-1324 (RD).

    Examples
    --------
    >>> result = mantel_haenszel([4, 6], [123, 306], [11, 29], [139, 303])
    >>> round(result.estimate, 4), round(result.se, 4)
    (0.2414, 0.3595)
    """
    a, n1, c, n0 = tables = two_arm_counts(responders_1, n_1, responders_0, n_0)
    level = as_level(level)
    total = n1 + n0
    b, d = n1 - a, n0 - c
    if measure == "OR":
        agree, differ = (a + d) / total, (b + c) / total
        r, s = a * d / total, b * c / total
        top, bottom = _ratio_sums(r, s, "odds ratio")
        variance = (
            (agree * r).sum(-1) / (2.0 * top**2)
            + (agree * s + differ * r).sum(-1) / (2.0 * top * bottom)
            + (differ * s).sum(-1) / (2.0 * bottom**2)
        )
        effect, form = np.log(top / bottom), "Robins-Breslow-Greenland 1986"
    elif measure == "RR":
        top, bottom = _ratio_sums(a * n0 / total, c * n1 / total, "risk ratio")
        numerator = (n1 * n0 * (a + c) - a * c * total) / total**2
        variance = numerator.sum(-1) / (top * bottom)
        effect, form = np.log(top / bottom), "Greenland-Robins 1985"
    elif measure == "RD":
        weight = (n1 * n0 / total).sum(-1)
        effect = ((a * n0 - c * n1) / total).sum(-1) / weight
        p = (n1**2 * c - n0**2 * a + 0.5 * n1 * n0 * (n0 - n1)) / total**2
        q = 0.5 * (a * d + c * b) / total
        variance = (effect * p.sum(-1) + q.sum(-1)) / weight**2
        form = "Sato-Greenland-Robins 1989"
    else:
        raise ValueError(f"measure must be OR, RR or RD, not {measure!r}")
    _refuse_empty(variance > 0, "no stratum has a variance: all patients or none responded")
    return _wald(effect, variance, measure, "Mantel-Haenszel", form, level, tables)


def peto(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    level: float = 0.95,
) -> StratifiedEffect:
    """Pool the odds ratio by Peto's one-step method.

    It suits balanced arms and small effects; with unequal arms or large effects it is biased.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : as in `mantel_haenszel`.

    Raises
    ------
    ValueError: for invalid counts, or when no stratum has both responders and non-responders.

    References
    ----------
    Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985). Progress in Cardiovascular Diseases
    27, 335-371.
    Greenland S, Salvan A (1990). Statistics in Medicine 9, 247-252 (bias).

    Examples
    --------
    >>> round(peto([4, 6], [123, 306], [11, 29], [139, 303]).effect, 4)
    -1.2401
    """
    a, n1, c, n0 = tables = two_arm_counts(responders_1, n_1, responders_0, n_0)
    level = as_level(level)
    expected, spread = _hypergeometric(a, n1, c, n0)
    information = spread.sum(-1)
    _refuse_empty(information > 0, "no stratum has both responders and non-responders")
    effect = (a - expected).sum(-1) / information
    return _wald(effect, 1.0 / information, "OR", "Peto", "hypergeometric", level, tables)


def _ratio_sums(top: Floats, bottom: Floats, name: str) -> tuple[Any, Any]:
    numerator, denominator = top.sum(-1), bottom.sum(-1)
    good = (numerator > 0) & (denominator > 0)
    _refuse_empty(
        good,
        f"the {name} is 0, infinite or undefined, because its numerator or denominator is 0 in "
        "every stratum: use the exact conditional test or the risk difference",
    )
    return numerator, denominator


def _refuse_empty(good: Any, why: str) -> None:
    if not np.all(good):
        bad = np.argwhere(~np.asarray(good))[0]
        where = f"meta-analysis {bad.tolist()}: " if len(bad) else ""
        raise ValueError(where + why)


def _hypergeometric(a: Floats, n1: Floats, c: Floats, n0: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the responders of arm 1 given the margins."""
    total, hits = n1 + n0, a + c
    return n1 * hits / total, n1 * n0 * hits * (total - hits) / (total**2 * (total - 1.0))


def _wald(
    effect: Any,
    variance: Any,
    measure: str,
    method: str,
    form: str,
    level: float,
    tables: tuple[Floats, ...],
) -> StratifiedEffect:
    se = np.sqrt(variance)
    margin = ndtri(0.5 + 0.5 * level) * se
    back = (lambda value: value) if measure == "RD" else np.exp
    return StratifiedEffect(
        effect=_scalar(effect),
        se=_scalar(se),
        estimate=_scalar(back(effect)),
        lower=_scalar(back(effect - margin)),
        upper=_scalar(back(effect + margin)),
        p_value=_scalar(erfc(np.abs(effect / se) / np.sqrt(2.0))),
        measure=measure,
        method=method,
        variance=form,
        level=level,
        _tables=tables,
    )


def _scalar(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value


def _r_cells(tables: tuple[Floats, ...]) -> str:
    names = ("ai", "n1i", "ci", "n2i")
    return ", ".join(
        f"{name}=c({','.join(f'{value:.17g}' for value in column)})"
        for name, column in zip(names, single(tables), strict=True)
    )
