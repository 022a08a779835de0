"""Two-arm counts of several trials under one effect: Mantel-Haenszel, Peto, exact conditional.

Counts of a trial are never added up across trials, and no half is added to an empty cell: a
trial without responders in either arm carries no weight for ratios, as it should. Arrays hold
strata (trials) on their last axis; any leading axes hold separate meta-analyses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, erfc, ndtri

from atopic.stats.arguments import as_level, one_of
from atopic.stats.frames import of_frame
from atopic.stats.pooling.exact_strata import ExactStratified, exact_conditional_test
from atopic.stats.pooling.stratified_sums import (
    Sums,
    heterogeneity,
    mantel_haenszel_sums,
    peto_sums,
)
from atopic.stats.pooling.two_arm_counts import single, two_arm_counts
from atopic.stats.results import Result, number, percent, points, with_limits

__all__ = [
    "ExactStratified",
    "StratifiedEffect",
    "exact_conditional_test",
    "mantel_haenszel",
    "peto",
]

Floats = NDArray[np.float64]

#: Whose variance each measure has.
FORMS = {
    "OR": "Robins-Breslow-Greenland 1986",
    "RR": "Greenland-Robins 1985",
    "RD": "Sato-Greenland-Robins 1989",
}
#: Columns of repeated results.
REPEATED = ("k", "effect", "se", "estimate", "lower", "upper", "p_value", "Q", "Q_df", "Q_p", "I2")


@dataclass(frozen=True, eq=False, repr=False)
class StratifiedEffect(Result):
    """One effect over strata; floats for one meta-analysis, arrays for several.

    Attributes
    ----------
    effect, se : float or ndarray; log odds ratio, log risk ratio or risk difference, and its
        standard error.
    estimate, lower, upper : float or ndarray; odds ratio, risk ratio or risk difference, with Wald
        limits.
    p_value : float or ndarray; two-sided, of no effect, from ``effect / se``.
    Q, Q_df, Q_p, I2 : float or ndarray; Cochran's test of homogeneity around the effect, and
        (Q - Q_df) / Q, 0 where negative; see `mantel_haenszel`.
    k : int or ndarray; strata.
    sums : tuple; over strata, numerator and denominator of the ratio or difference; by Peto
        observed less expected responders, and their variance.
    notes : tuple of str; what a reader must know: an effect whose standard error cannot be
        estimated (it and the limits are then infinite, and the p value is 1), strata left out of Q
        or corrected for it.
    measure, method, variance : str; ``"OR"``, ``"RR"`` or ``"RD"``; how it was pooled; whose
        variance form.
    """

    effect: Any
    se: Any
    estimate: Any
    lower: Any
    upper: Any
    p_value: Any
    Q: Any
    Q_df: Any
    Q_p: Any
    I2: Any
    k: Any
    sums: tuple[Any, Any]
    notes: tuple[str, ...]
    measure: str
    method: str
    variance: str
    level: float
    _tables: tuple[Floats, ...] = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a meta-analysis; of ratios ``log_estimate`` is what ``se`` belongs to."""
        frame = super().to_frame()
        if self.measure == "RD":
            return frame.drop(columns="effect")
        return frame.rename(columns={"effect": "log_estimate"})

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

    def _first(self) -> str:
        if np.ndim(self.estimate):
            return f"{np.size(self.estimate):,} meta-analyses, of shape {np.shape(self.estimate)}"
        name = {"RD": "Difference of responders", "RR": "Risk ratio", "OR": "Odds ratio"}
        words = points if self.measure == "RD" else number
        ends = (words(float(one)) for one in (self.estimate, self.lower, self.upper))
        said = with_limits(ends, self.level)
        patients = int(sum(np.asarray(one).sum() for one in self._tables[1::2]))
        return f"{name[self.measure]} {said}; {int(self.k)} strata, {patients:,} patients"

    def _model(self) -> str:
        how = f"{self.method}, Wald limits, variance by {self.variance}"
        if np.ndim(self.estimate):
            return f"{how}."
        return (
            f"{how}; Q = {number(self.Q)} on {int(self.Q_df)} df, P = {number(self.Q_p, 2)}, "
            f"I2 = {percent(float(self.I2))}."
        )


@of_frame("responders_1 n_1 responders_0 n_0")
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
    responders_0, n_0 : array_like of shape (..., k); the same, control arms; or, of all four, a
        frame and the names of its columns.
    measure : {"OR", "RR", "RD"}; what is pooled.

    Returns
    -------
    StratifiedEffect: arm 1 against arm 0.

    Raises
    ------
    ValueError: for invalid counts, and for a ratio whose numerator or denominator is 0 over all
        strata.

    Notes
    -----
    Where nobody responded the difference is 0, and where everybody did the risk ratio is 1 too:
    no standard error can be estimated from such strata, and a note says so. Q is, as in metafor,
    the sum over strata of ``(own effect - effect)**2 / variance``, with 0.5 added to the cells of
    strata with an empty one, and without strata in which nobody or everybody responded.

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
    tables = two_arm_counts(responders_1, n_1, responders_0, n_0)
    one_of(measure, "measure", tuple(FORMS))
    sums = mantel_haenszel_sums(tables, measure)
    if measure != "RD":
        _refuse_empty(
            np.isfinite(sums.effect),
            f"the {'odds' if measure == 'OR' else 'risk'} ratio is 0, infinite or undefined, "
            "because its numerator or denominator is 0 in every stratum: use the exact conditional "
            "test or the risk difference",
        )
    return _wald(tables, sums, measure, "Mantel-Haenszel", as_level(level))


@of_frame("responders_1 n_1 responders_0 n_0")
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
    tables = two_arm_counts(responders_1, n_1, responders_0, n_0)
    sums = peto_sums(tables)
    _refuse_empty(sums.bottom > 0, "no stratum has both responders and non-responders")
    return _wald(tables, sums, "OR", "Peto", as_level(level))


def repeated(fit: StratifiedEffect, keep: NDArray[np.bool_]) -> pd.DataFrame:
    """Pool subsets of the strata of one meta-analysis by its own method: a row for each of them.

    An effect that a subset leaves undefined is NaN; the column ``note`` says why.
    """
    tables = single(fit._tables)
    rows = []
    for chosen in keep:
        part = tuple(column[chosen] for column in tables)
        peto_s = fit.method == "Peto"
        sums = peto_sums(part) if peto_s else mantel_haenszel_sums(part, fit.measure)
        found = _wald(part, sums, fit.measure, fit.method, fit.level)
        undefined = ["the effect is undefined"] * bool(np.isnan(found.effect))
        row = {name: getattr(found, name) for name in REPEATED}
        rows.append({**row, "note": "; ".join(undefined or found.notes)})
    return pd.DataFrame(rows).assign(level=fit.level, method=fit.method, measure=fit.measure)


def _refuse_empty(good: Any, why: str) -> None:
    if not np.all(good):
        bad = np.argwhere(~np.asarray(good))[0]
        where = f"meta-analysis {bad.tolist()}: " if len(bad) else ""
        raise ValueError(where + why)


def _wald(
    tables: tuple[Floats, ...], sums: Sums, measure: str, method: str, level: float
) -> StratifiedEffect:
    effect = sums.effect
    se = np.sqrt(np.where(sums.variance == 0, np.inf, sums.variance))
    margin = ndtri(0.5 + 0.5 * level) * se
    back = np.asarray if measure == "RD" else _exp
    kind = "Peto" if method == "Peto" else measure
    q, strata, halved = heterogeneity(tables, kind, effect)
    df = np.maximum(strata - 1, 0)
    spread = (df > 0) & (q > 0)
    return StratifiedEffect(
        effect=_scalar(effect),
        se=_scalar(se),
        estimate=_scalar(back(effect)),
        lower=_scalar(back(effect - margin)),
        upper=_scalar(back(effect + margin)),
        p_value=_scalar(erfc(np.abs(effect / se) / np.sqrt(2.0))),
        Q=_scalar(np.where(df > 0, q, 0.0)),
        Q_df=_scalar(df),
        Q_p=_scalar(np.where(df > 0, chdtrc(np.maximum(df, 1), np.where(df > 0, q, 0.0)), 1.0)),
        I2=_scalar(np.where(spread, np.maximum(q - df, 0.0) / np.where(spread, q, 1.0), 0.0)),
        k=_scalar(np.full(np.shape(effect), tables[0].shape[-1])),
        sums=(_scalar(sums.top), _scalar(sums.bottom)),
        notes=_notes(tables, np.isinf(se), strata, halved),
        measure=measure,
        method=method,
        variance="hypergeometric" if method == "Peto" else FORMS[measure],
        level=level,
        _tables=tables,
    )


def _notes(tables: tuple[Floats, ...], open_: Any, strata: Any, halved: Any) -> tuple[str, ...]:
    """Return what a reader must know, and of several meta-analyses, how many it concerns."""
    a, n1, c, n0 = tables
    nobody, everybody = (a + c).sum(-1) == 0, (a + c).sum(-1) == (n1 + n0).sum(-1)
    why = "the counts show no standard error, so that the interval is infinite"
    k = tables[0].shape[-1]
    cases = [
        (open_ & nobody, f"nobody responded in any stratum: {why}"),
        (open_ & everybody, f"everybody responded in every stratum: {why}"),
        (open_ & ~nobody & ~everybody, f"nobody or everybody responded in every arm: {why}"),
        (strata < k, "strata in which nobody or everybody responded take no part in Q"),
        (halved > 0, "for Q alone, 0.5 was added to the cells of strata with an empty one"),
    ]
    return tuple(
        text if np.ndim(case) == 0 else f"{int(case.sum())} of {case.size} meta-analyses: {text}"
        for case, text in cases
        if np.any(case)
    )


def _exp(value: Any) -> Any:
    # A limit beyond every float is infinite.
    with np.errstate(over="ignore"):
        return np.exp(value)


def _scalar(value: Any) -> Any:
    return np.asarray(value)[()].item() if np.ndim(value) == 0 else value


def _r_cells(tables: tuple[Floats, ...]) -> str:
    names = ("ai", "n1i", "ci", "n2i")
    return ", ".join(
        f"{name}=c({','.join(f'{value:.17g}' for value in column)})"
        for name, column in zip(names, single(tables), strict=True)
    )
