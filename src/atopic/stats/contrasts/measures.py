"""Two arms compared: differences and ratios of rates, numbers needed to treat, exact tests.

Vocabulary
----------
RD, RR, OR
    Risk difference, risk ratio and odds ratio of arm 1 against arm 0, the comparator.
zero cell
    An arm in which nobody, or everybody, responded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from atopic.stats.arguments import as_level, as_two_arms, one_of
from atopic.stats.contrasts.conditional_odds import conditional_odds_ratio
from atopic.stats.contrasts.needed_to_treat import NumberNeededToTreat, from_difference
from atopic.stats.contrasts.score_limits import (
    miettinen_nurminen_difference,
    miettinen_nurminen_ratio,
    newcombe_difference,
)
from atopic.stats.results import Result, number, points, with_limits

Array = NDArray[np.float64]
Measure = Literal["RD", "RR", "OR"]
Method = Literal["newcombe", "miettinen-nurminen", "katz", "woolf", "conditional-exact"]
Continuity = Literal["haldane-anscombe", "haldane-anscombe-zero-cells"]

#: Interval methods of each measure. The first is the default: it still says something at a zero
#: cell, where the large-sample intervals of a ratio run from 0 to inf.
METHODS: dict[Measure, tuple[Method, ...]] = {
    "RD": ("newcombe", "miettinen-nurminen"),
    "RR": ("miettinen-nurminen", "katz"),
    "OR": ("conditional-exact", "woolf"),
}
#: 0.5 added to all four cells: of every trial, or of trials with a zero cell only.
CONTINUITIES: tuple[Continuity, ...] = get_args(Continuity)


@dataclass(frozen=True, eq=False, repr=False)
class Contrast(Result):
    """Arm 1 against arm 0, one element a trial, with the conventions that were used.

    Attributes
    ----------
    estimate, lower, upper : ndarray
        The measure and its confidence limits; RD from -1 to 1, RR and OR from 0 to inf.
    se : ndarray
        Standard error of the difference, or of the logarithm of the ratio.
    measure, method : str
        As given to :func:`compare`.
    level : float
        Confidence level.
    continuity : str or None
        The rule by which 0.5 was added to cells.
    notes : tuple of str
        Trials whose answer is the continuity correction alone.
    """

    estimate: Array
    lower: Array
    upper: Array
    se: Array
    measure: str
    method: str
    level: float
    continuity: str | None
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial, with the conventions in every row."""
        return pd.DataFrame(
            {
                "estimate": np.ravel(self.estimate),
                "lower": np.ravel(self.lower),
                "upper": np.ravel(self.upper),
                "se": np.ravel(self.se),
                "measure": self.measure,
                "method": self.method,
                "level": self.level,
                "continuity": pd.Series([self.continuity] * self.estimate.size, dtype="str"),
            }
        )

    def _first(self) -> str:
        if np.size(self.estimate) != 1:
            return f"{self.measure} of {np.size(self.estimate):,} trials"
        words = points if self.measure == "RD" else number
        ends = (words(float(np.ravel(one)[0])) for one in (self.estimate, self.lower, self.upper))
        return f"{self.measure} {with_limits(ends, self.level)}"

    def _model(self) -> str:
        added = f", 0.5 added ({self.continuity})" if self.continuity else ""
        return f"{self.method} interval{added}."


def compare(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    measure: Measure = "RD",
    method: Method | None = None,
    level: float = 0.95,
    continuity: Continuity | None = None,
) -> Contrast:
    """Return the risk difference, risk ratio or odds ratio of two arms, with its interval.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of whole numbers
        Responders and patients of both arms; shapes that broadcast, one element a trial.
    measure : {"RD", "RR", "OR"}
        Difference of the rates (shares, not percentage points), their ratio, or that of the odds.
    method : str, optional
        RD: ``newcombe`` (default) or ``miettinen-nurminen``. RR: ``miettinen-nurminen`` (default)
        or ``katz``. OR: ``conditional-exact`` (default) or ``woolf``.
    level : float
        Confidence level as a share.
    continuity : {"haldane-anscombe", "haldane-anscombe-zero-cells"}, optional
        For ``katz`` and ``woolf``: add 0.5 to each of the four cells of every trial, or of trials
        that have a zero cell. Nothing is added unless asked.

    Returns
    -------
    Contrast
        Arrays of the broadcast shape.

    Raises
    ------
    ValueError
        For counts that are none, a level outside (0, 1), an unknown measure, a method of another
        measure, or a continuity rule for a method that needs none.

    Notes
    -----
    The estimate is that of the sample, except with ``conditional-exact``, where it is the
    conditional maximum likelihood estimate. At zero cells:

    - a ratio is 0 where arm 1 has its least possible odds, inf where arm 0 has, and nan where the
      data do not tell, because nobody responded in either arm (RR, OR) or everybody did (OR);
    - limits are 0 or inf where the data set none. ``katz`` and ``woolf`` set neither at a zero cell
      of their formula, and ``katz`` not where everybody responded in both arms;
    - with a continuity rule, ``notes`` names the trials in which nobody or everybody responded in
      both arms: their estimate and limits are the correction alone;
    - the standard error of a logarithm is inf where its formula has a zero cell, and for RR where
      everybody responded in both arms, which would make it 0.

    The standard error is that of the large-sample formula (RD: sqrt(p1 q1 / n1 + p0 q0 / n0), 0 if
    both arms have a zero cell), for ``conditional-exact`` that of the conditional likelihood; the
    score intervals do not use it. Miettinen and Nurminen's variance carries N / (N - 1).

    References
    ----------
    Newcombe 1998, Stat Med 17:873, method 10; Miettinen and Nurminen 1985, Stat Med 4:213;
    Katz 1978, Biometrics 34:469, method C; Woolf 1955, Ann Hum Genet 19:251; Cornfield
    1956, Proc Third Berkeley Symp 4:135.
    Continuity: Haldane 1956; Anscombe 1956.

    Examples
    --------
    >>> compare([56, 9], [70, 10], [48, 3], [80, 10]).to_frame().iloc[:, :3].round(4)
       estimate   lower   upper
    0       0.2  0.0524  0.3339
    1       0.6  0.1705  0.8090
    >>> zero = compare(2, 35, 0, 35, measure="RR")
    >>> float(zero.estimate), round(float(zero.lower), 3), float(zero.upper)
    (inf, 0.533, inf)
    """
    measure = one_of(measure, "measure", METHODS)
    chosen = METHODS[measure][0] if method is None else method
    one_of(chosen, f"method of {measure}", METHODS[measure])
    if continuity is not None:
        one_of(continuity, "continuity", CONTINUITIES)
        if chosen not in ("katz", "woolf"):
            raise ValueError(
                f"method {chosen!r} needs no continuity rule, so {continuity!r} is off"
            )
    level = as_level(level)
    z = float(-ndtri((1 - level) / 2))
    cells = as_two_arms(responders_1, n_1, responders_0, n_0)
    notes = () if continuity is None else _made_by_correction(*cells)
    if chosen == "conditional-exact":
        estimate, lower, upper, se = conditional_odds_ratio(*cells, level)
    elif measure == "RD":
        limits = newcombe_difference if chosen == "newcombe" else miettinen_nurminen_difference
        estimate, se = _difference(*cells)
        lower, upper = limits(*cells, z)
    else:
        cells = _with_continuity(continuity, *cells)
        estimate, se = (_risk_ratio if measure == "RR" else _odds_ratio)(*cells)
        if chosen == "miettinen-nurminen":
            lower, upper = miettinen_nurminen_ratio(*cells, z)
        else:
            lower, upper = _log_limits(estimate, se, z)
    return Contrast(
        estimate=np.asarray(estimate),
        lower=np.asarray(lower),
        upper=np.asarray(upper),
        se=np.asarray(se),
        measure=measure,
        method=chosen,
        level=level,
        continuity=continuity,
        notes=notes,
    )


def number_needed_to_treat(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    response: Literal["good", "bad"] = "good",
    method: Literal["newcombe", "miettinen-nurminen"] = "newcombe",
    level: float = 0.95,
) -> NumberNeededToTreat:
    r"""Return the number needed to treat of two arms, with its interval.

    Parameters
    ----------
    responders_1, n_1, responders_0, n_0 : array_like of whole numbers
        Responders and patients of both arms; shapes that broadcast.
    response : {"good", "bad"}
        Whether a response is to the patient's benefit; ``bad`` for adverse events.
    method : {"newcombe", "miettinen-nurminen"}
        Interval of the risk difference whose limits are inverted.
    level : float
        Confidence level.

    Raises
    ------
    ValueError
        As :func:`compare`.

    Notes
    -----
    1 / RD turns over at RD = 0, so that an interval of RD through 0 becomes two pieces that meet at
    infinity: NNTB x to infinity to NNTH y.

    References
    ----------
    Altman 1998, BMJ 317:1309; Bender 2001, Control Clin Trials 22:102.

    Examples
    --------
    >>> needed = number_needed_to_treat([56, 9], [70, 40], [48, 3], [80, 20])
    >>> print(*needed.text(), sep="\n")
    NNTB 5.0 (3.0 to 19.1)
    NNTB 13.3 (NNTB 3.9 to ∞ to NNTH 6.3)
    """
    one_of(response, "response", ("good", "bad"))
    one_of(method, "method of RD", METHODS["RD"])
    arms = responders_1, n_1, responders_0, n_0
    risk = compare(*arms, method=method, level=level)
    if response == "good":
        return from_difference(risk.estimate, risk.lower, risk.upper, risk.level, risk.method)
    return from_difference(-risk.estimate, -risk.upper, -risk.lower, risk.level, risk.method)


def _difference(x1: Array, n1: Array, x0: Array, n0: Array) -> tuple[Array, Array]:
    p1, p0 = x1 / n1, x0 / n0
    return p1 - p0, np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)


def _risk_ratio(x1: Array, n1: Array, x0: Array, n0: Array) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (x1 / n1) / (x0 / n0)
        se = np.sqrt((n1 - x1) / (n1 * x1) + (n0 - x0) / (n0 * x0))
    return estimate, np.where(se > 0, se, np.inf)


def _odds_ratio(x1: Array, n1: Array, x0: Array, n0: Array) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (x1 * (n0 - x0)) / ((n1 - x1) * x0)
        se = np.sqrt(1 / x1 + 1 / (n1 - x1) + 1 / x0 + 1 / (n0 - x0))
    return estimate, se


def _log_limits(estimate: Array, se: Array, z: float) -> tuple[Array, Array]:
    known = np.isfinite(se)
    factor = np.exp(np.where(known, z * se, 0))
    middle = np.where(known, estimate, 1)
    return np.where(known, middle / factor, 0), np.where(known, middle * factor, np.inf)


def _made_by_correction(x1: Array, n1: Array, x0: Array, n0: Array) -> tuple[str, ...]:
    """Name the trials in which nothing but what is added to the cells tells the arms apart."""
    notes = []
    cases = (
        ("nobody responded in either arm", (x1 == 0) & (x0 == 0)),
        ("everybody responded in both arms", (x1 == n1) & (x0 == n0)),
    )
    for who, trials in cases:
        at = np.flatnonzero(trials)
        if at.size:
            more = f" and {at.size - 5:,} more" if at.size > 5 else ""
            which = f"trial {', '.join(map(str, (at[:5] + 1).tolist()))}{more}"
            notes.append(
                f"{which}: {who}, so the estimate and its limits are the "
                "continuity correction alone"
            )
    return tuple(notes)


def _with_continuity(
    rule: Continuity | None, x1: Array, n1: Array, x0: Array, n0: Array
) -> tuple[Array, Array, Array, Array]:
    if rule is None:
        return x1, n1, x0, n0
    zero_cell = (x1 == 0) | (x1 == n1) | (x0 == 0) | (x0 == n0)
    added = np.where(zero_cell | (rule == "haldane-anscombe"), 0.5, 0)
    return x1 + added, n1 + 2 * added, x0 + added, n0 + 2 * added
