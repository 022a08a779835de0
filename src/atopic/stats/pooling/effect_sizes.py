"""Effects of two-arm trials with their sampling variances, ready to be pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import (
    as_labels,
    as_numbers,
    as_two_arms,
    first,
    index,
    one_of,
    shown,
    together,
)
from atopic.stats.arrays import MOST_VALUES
from atopic.stats.frames import of_frame
from atopic.stats.pooling.study_arrays import Floats
from atopic.stats.results import Result, number, points

Measure = Literal["RD", "RR", "OR"]
Continuity = Literal["none", "only-zero", "if-any-zero", "all"]

NO_LABELS = "{name} must hold {size} labels, one per study, not shape {shape}"
#: Added to each of the four cells by the continuity rules: Haldane (1956), Annals of Human
#: Genetics 20:309-311.
HALF = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class ContrastEffects(Result):
    """Effects of trials on the scale on which they are pooled.

    Parameters
    ----------
    effect, variance : ndarray, shape (..., k); risk difference, log risk ratio or log odds ratio,
        and its large-sample variance.
    control_variance : ndarray, shape (..., k); the part of the variance that comes from the control
        arm; it is the covariance of two contrasts that share this arm.
    measure, continuity : str; what was computed, and the rule for zero cells.
    informative : ndarray of bool, shape (..., k); False where nobody or everybody responded in both
        arms: what a continuity rule makes of such a trial is its own.
    corrected : ndarray of bool, shape (..., k); whether 0.5 was added to the cells.
    """

    effect: Floats
    variance: Floats
    control_variance: Floats
    measure: Measure
    continuity: Continuity
    informative: NDArray[np.bool_]
    corrected: NDArray[np.bool_]

    @property
    def estimate(self) -> Floats:
        """The effects, ratios as ratios."""
        return self.effect if self.measure == "RD" else np.exp(self.effect)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial; of ratios ``se`` is that of ``log_estimate``."""
        columns: dict[str, NDArray[Any]] = {"estimate": self.estimate}
        if self.measure != "RD":
            columns["log_estimate"] = self.effect
        columns |= {"se": np.sqrt(self.variance), "informative": self.informative}
        columns["corrected"] = self.corrected
        columns = {name: np.ravel(value) for name, value in columns.items()}
        return pd.DataFrame(columns).assign(measure=self.measure, continuity=self.continuity)

    def _first(self) -> str:
        low, high = float(np.min(self.estimate)), float(np.max(self.estimate))
        words = points if self.measure == "RD" else number
        name = {"RD": "Differences", "RR": "Risk ratios", "OR": "Odds ratios"}[self.measure]
        return f"{name} of {np.size(self.effect):,} trials, from {words(low)} to {words(high)}"

    def _model(self) -> str:
        corrected = int(np.sum(self.corrected))
        return f"0.5 added to the cells of {corrected:,} trials." if corrected else ""


@of_frame("responders_1 n_1 responders_0 n_0", per_row="control")
def contrast_effects(
    responders_1: ArrayLike,
    n_1: ArrayLike,
    responders_0: ArrayLike,
    n_0: ArrayLike,
    *,
    measure: Measure = "RD",
    continuity: Continuity = "none",
    control: ArrayLike | None = None,
) -> ContrastEffects:
    """Return the effect and variance of each trial.

    Parameters
    ----------
    responders_1, n_1 : array_like of whole numbers, shape (..., k); responders and patients in the
        treated arms.
    responders_0, n_0 : array_like of whole numbers, shape (..., k); responders and patients in the
        control arms; or, of all four, a frame and the names of its columns.
    measure : {"RD", "RR", "OR"}; risk difference, log risk ratio, or log odds ratio.
    continuity : {"none", "only-zero", "if-any-zero", "all"}; whether 0.5 is added to the four cells
        of no trial, of trials with a zero cell, of all trials of a meta-analysis in which one has a
        zero cell, or of all trials.
    control : array_like, shape (k,); labels of the control arms. Trials with one label share the
        arm: 0.5 is added to all of them or to none.

    Raises
    ------
    ValueError: for impossible counts, an unknown name, control arms that share a label but not
        their counts, or zero cells that leave an effect or a variance undefined.

    Notes
    -----
    With p = responders / n: RD has variance p1 (1 - p1) / n1 + p0 (1 - p0) / n0; log RR has
    1/x1 - 1/n1 + 1/x0 - 1/n0; log OR has the sum of the reciprocals of the four cells. The rules
    are ``to = "none"``, ``"only0"``, ``"if0all"`` and ``"all"`` of metafor's ``escalc``.

    References
    ----------
    Fleiss and Berlin (2009), in: Cooper et al. (eds), The Handbook of Research Synthesis and
    Meta-Analysis, 2nd edition, chapter 13.

    Examples
    --------
    >>> trials = contrast_effects([8, 12], [20, 25], [4, 6], [20, 24], measure="RR")
    >>> trials.effect.round(4), trials.variance.round(4)
    (array([0.6931, 0.6523]), array([0.275 , 0.1683]))
    """
    one_of(measure, "measure", get_args(Measure))
    x1, n1, x0, n0 = as_two_arms(responders_1, n_1, responders_0, n_0)
    if x1.ndim == 0:
        raise ValueError("counts must hold at least one study on their last axis")
    arms = None
    if control is not None:
        labels, arms = control_arms(control, x1.shape[-1])
        for counts in (x0, n0):
            _refuse_unlike(
                labels, arms, counts, "studies {} and {} share the control {} but not its counts"
            )
    half = _continuity(x1, n1, x0, n0, continuity, arms)
    # Half a responder and half a non-responder are one patient more in each arm.
    a, b, c, d = x1 + half, n1 - x1 + half, x0 + half, n0 - x0 + half
    m1, m0 = a + b, c + d
    undefined = _undefined(measure, a, b, c, d)
    if np.any(undefined):
        at = first(undefined)
        where = ", ".join(map(str, at))
        raise ValueError(
            f"study [{where}] has {x1[at]:g}/{n1[at]:g} v {x0[at]:g}/{n0[at]:g}, which leaves the "
            f"{measure} without an effect or a variance: leave it out, name a continuity rule, or "
            f"pool by a method that needs none"
        )
    if measure == "RD":
        effect, one, zero = a / m1 - c / m0, a * b / m1**3, c * d / m0**3
    elif measure == "RR":
        effect, one, zero = np.log(a / m1) - np.log(c / m0), 1 / a - 1 / m1, 1 / c - 1 / m0
    else:
        effect, one, zero = np.log(a / b) - np.log(c / d), 1 / a + 1 / b, 1 / c + 1 / d
    informative = (x1 + x0 > 0) & (x1 + x0 < n1 + n0)
    return ContrastEffects(effect, one + zero, zero, measure, continuity, informative, half > 0)


def shared_control_covariance(
    variance: ArrayLike, control: ArrayLike, control_variance: ArrayLike
) -> Floats:
    """Return the sampling covariance of contrasts of which some share a control arm.

    Parameters
    ----------
    variance : array_like, shape (..., k); sampling variances of the contrasts.
    control : array_like, shape (k,); labels of the control arms; contrasts with one label share the
        arm.
    control_variance : array_like, shape (..., k); the part of each variance that the control arm
        contributes: p0 (1 - p0) / n0 for a risk difference, 1/x0 - 1/n0 for a log risk ratio, 1/x0
        + 1/(n0 - x0) for a log odds ratio, SD0**2 / n0 for a difference of means.

    Raises
    ------
    ValueError: when a control arm contributes different variances to its contrasts, or as much as a
        contrast has in all.

    References
    ----------
    Gleser and Olkin (2009), in: Cooper et al. (eds), The Handbook of Research Synthesis and
    Meta-Analysis, 2nd edition, chapter 19.

    Examples
    --------
    >>> shared_control_covariance([0.3, 0.4, 0.5], ["a", "a", "b"], [0.1, 0.1, 0.2])
    array([[0.3, 0.1, 0. ],
           [0.1, 0.4, 0. ],
           [0. , 0. , 0.5]])
    """
    v, common = together(
        variance=as_numbers(variance, "variance", positive=True),
        control_variance=as_numbers(control_variance, "control_variance"),
    )
    if v.ndim == 0:
        raise ValueError("variance must hold at least one contrast on its last axis")
    k = v.shape[-1]
    labels, arms = control_arms(control, k)
    if v.size * k > MOST_VALUES:
        raise ValueError(
            f"the covariance of {k:,} contrasts has more than the {MOST_VALUES:,} values at once: "
            "pool fewer, or without control"
        )
    too_large = ~((common >= 0) & (common < v))
    if np.any(too_large):
        at = first(too_large)
        raise ValueError(
            f"control_variance{index(at)} = {common[at]:g} must be at least 0 and less than "
            f"variance{index(at)} = {v[at]:g}"
        )
    _refuse_unlike(
        labels, arms, common, "contrasts {} and {} share the control {} but not its variance", 1e-9
    )
    across = np.where(arms[:, None] == arms, common[..., None, :], 0.0)
    diagonal = np.eye(v.shape[-1], dtype=np.bool_)
    covariance: Floats = np.where(diagonal, v[..., None, :], across)
    # Equal to rounding is not equal: a covariance must be the same on both sides.
    return (covariance + np.swapaxes(covariance, -1, -2)) / 2


def control_arms(control: ArrayLike, k: int) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the labels of k studies, and for each the first study with the same control arm."""
    labels = as_labels(control, "control", k, NO_LABELS).astype(object)
    codes, _ = pd.factorize(pd.Series(labels, dtype=object))
    missing = (codes < 0) | (labels == "")
    if np.any(missing):
        # Two studies without a label do not share a control; a blank is no name for one.
        place = int(np.argmax(missing))
        raise ValueError(f"control[{place}] is missing; give each study's own control a label")
    return labels, np.unique(codes, return_index=True)[1][codes]


def _refuse_unlike(
    labels: NDArray[np.object_],
    arms: NDArray[np.intp],
    values: Floats,
    wrong: str,
    rounding: float = 0.0,
) -> None:
    """Refuse values that differ between studies of one control arm."""
    unlike = np.abs(values - values[..., arms]) > rounding * values
    if np.any(unlike):
        place = int(np.argwhere(unlike)[0][-1])
        raise ValueError(wrong.format(arms[place], place, shown(labels[place])))


def _continuity(
    x1: Floats, n1: Floats, x0: Floats, n0: Floats, rule: str, arms: NDArray[np.intp] | None
) -> Floats:
    one_of(rule, "continuity", get_args(Continuity))
    zero = (x1 == 0) | (x1 == n1) | (x0 == 0) | (x0 == n0)
    if rule == "none":
        return np.zeros(x1.shape)
    if rule == "all":
        return np.full(x1.shape, HALF)
    if rule == "if-any-zero":
        return np.where(np.broadcast_to(zero.any(axis=-1, keepdims=True), x1.shape), HALF, 0.0)
    if arms is not None:
        alike = np.zeros(zero.shape, dtype=np.bool_)
        np.logical_or.at(alike, (..., arms), zero)  # type: ignore[arg-type]
        zero = alike[..., arms]
    return np.where(zero, HALF, 0.0)


def _undefined(measure: str, a: Floats, b: Floats, c: Floats, d: Floats) -> NDArray[np.bool_]:
    no_treated, no_control = (a == 0) | (b == 0), (c == 0) | (d == 0)
    undefined: NDArray[np.bool_] = no_treated & no_control
    if measure == "RR":
        undefined = undefined | (a == 0) | (c == 0)
    if measure == "OR":
        undefined = no_treated | no_control
    return undefined
