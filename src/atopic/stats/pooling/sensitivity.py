"""What a pooled effect rests on: single studies, their order, groups, subsets and conventions.

Every function takes a result of the pooling room and repeats it, by its own conventions, on parts
of its data. Frames have one row per repeat, with the columns of ``Pooled.to_frame``; a row is NaN
where only trials are left in which nobody or everybody responded, and 0.5 is all that tells them
apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from atopic.stats.arguments import ONE_PER_STUDY, as_labels, as_number, as_whole, one_of, shown
from atopic.stats.arrays import MOST_VALUES, plain
from atopic.stats.pooling.compute import NOTHING_SEEN, as_many, named_studies, per_study, repool
from atopic.stats.pooling.heterogeneity import Tau2Method
from atopic.stats.pooling.result import IntervalMethod, Model, Pooled
from atopic.stats.pooling.strata import StratifiedEffect, repeated
from atopic.stats.pooling.two_arm_counts import single
from atopic.stats.results import Result, number

#: 2**17 - 1 subsets take a few seconds and 40 MB; more need a sample.
MOST_SUBSETS = 131_071


@dataclass(frozen=True, eq=False, repr=False)
class Subgroups(Result):
    """Pooled effects of groups of studies, and the test that they are equal.

    Parameters
    ----------
    frame : DataFrame; one row per group, in order of first appearance.
    Q, df, p_value : float; weighted squares of the groups' estimates around their mean, with Wald
        variances, and the upper tail under chi-square.
    tau2 : str; ``"separate"``: each group has its own.
    """

    frame: pd.DataFrame
    Q: float
    df: int
    p_value: float
    tau2: str = "separate"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a group."""
        return self.frame

    def _first(self) -> str:
        return (
            f"Between {len(self.frame)} groups Q = {number(self.Q)} on {self.df} df, "
            f"P = {number(self.p_value, 2)}"
        )


def leave_one_out(
    fit: Pooled | StratifiedEffect, *, labels: ArrayLike | None = None
) -> pd.DataFrame:
    """Pool again without each study in turn.

    Parameters
    ----------
    fit : Pooled, or what `mantel_haenszel` or `peto` gives.
    labels : array_like, shape (k,); names of the studies; their positions when not given.

    Returns
    -------
    DataFrame: one row per study left out, named in ``left_out``.

    Raises
    ------
    ValueError: if ``fit`` holds several meta-analyses or a single study.

    Examples
    --------
    >>> from atopic.stats.pooling import random_effects
    >>> fit = random_effects([0.1, 0.3, 0.8], [0.01, 0.02, 0.02])
    >>> leave_one_out(fit, labels=["A", "B", "C"])[["left_out", "estimate", "tau2"]].round(3)
      left_out  estimate   tau2
    0        A     0.550  0.105
    1        B     0.443  0.230
    2        C     0.175  0.005
    """
    whole, names = _studies(fit, labels)
    k = names.size
    if k < 2:
        raise ValueError("leaving one out needs at least 2 studies, but there is 1")
    frame = _repeated(whole, ~np.eye(as_many(k), dtype=np.bool_))
    frame.insert(0, "left_out", names)
    return frame


def cumulative(
    fit: Pooled | StratifiedEffect, *, order: ArrayLike, labels: ArrayLike | None = None
) -> pd.DataFrame:
    """Pool again with one study more each time.

    Parameters
    ----------
    fit : Pooled, or what `mantel_haenszel` or `peto` gives.
    order : array_like, shape (k,); what studies are sorted by, for example their years; equal ones
        keep their order.
    labels : array_like, shape (k,); names of the studies; their positions when not given.

    Returns
    -------
    DataFrame: one row per step, with the study ``added`` and its ``order``. The first step has one
        study, whose tau2 is 0 and whose limits are infinite except by Wald.

    Raises
    ------
    ValueError: if ``fit`` holds several meta-analyses, or ``order`` has missing values or another
        length.

    Examples
    --------
    >>> from atopic.stats.pooling import random_effects
    >>> fit = random_effects([0.1, 0.3, 0.8], [0.01, 0.02, 0.02], interval="wald")
    >>> cumulative(fit, order=[2019, 2024, 2017])[["order", "estimate", "k"]].round(3)
       order  estimate  k
    0   2017     0.800  1
    1   2019     0.443  2
    2   2024     0.392  3
    """
    whole, names = _studies(fit, labels)
    k = names.size
    key = _per_study(fit, order, "order")
    if pd.isna(key).any():
        raise ValueError(f"order[{int(np.argmax(pd.isna(key)))}] is missing")
    try:
        place = np.argsort(key, kind="stable")
    except TypeError:
        raise ValueError(f"order must hold values of one kind, not {shown(order)}") from None
    keep = np.zeros((as_many(k), k), dtype=np.bool_)
    keep[:, place] = np.tri(k, dtype=np.bool_)
    frame = _repeated(whole, keep)
    frame.insert(0, "added", names[place])
    frame.insert(1, "order", key[place])
    return frame.infer_objects()


def subgroups(fit: Pooled, groups: ArrayLike) -> Subgroups:
    """Pool each group of studies by itself, and test whether the groups differ.

    Parameters
    ----------
    groups : array_like, shape (k,); the group of each study.

    Raises
    ------
    ValueError: if ``fit`` holds several meta-analyses, there is one group only, a group is missing,
        or correlated effects are in different groups.

    Notes
    -----
    The test is Q = sum((b_g - b)**2 / s_g**2) on (groups - 1) degrees of freedom, with b_g and
    s_g the estimate and Wald standard error of each group, and b their weighted mean. It compares
    studies that were not randomised against each other.

    References
    ----------
    Borenstein et al. (2009), Introduction to Meta-Analysis, chapter 19, "random effects with
    separate estimates of tau-squared".

    Examples
    --------
    >>> from atopic.stats.pooling import random_effects
    >>> fit = random_effects([0.1, 0.3, 0.8, 0.9], [0.01, 0.02, 0.02, 0.02], interval="wald")
    >>> test = subgroups(fit, ["cord blood", "cord blood", "fat", "fat"])
    >>> round(test.Q, 4), test.df
    (23.5161, 1)
    """
    whole, _ = named_studies(fit, None)
    member = per_study(fit, groups, "groups")
    if pd.isna(member).any():
        raise ValueError(f"groups[{int(np.argmax(pd.isna(member)))}] is missing")
    code, names = pd.factorize(pd.Series(member))
    if len(names) < 2:
        raise ValueError(f"a test between groups needs at least 2 of them, not {len(names)}")
    covariance = whole.data.covariance
    if covariance is not None and np.any((covariance != 0) & (code[:, None] != code[None, :])):
        raise ValueError("groups must be independent, but effects in different groups correlate")
    keep = code == np.arange(len(names))[:, None]
    pooled = repool(whole, keep=keep)
    if np.isnan(pooled.effect).any():
        group = names[int(np.argmax(np.isnan(pooled.effect)))]
        raise ValueError(f"group {group}: {NOTHING_SEEN}")
    wald = (
        pooled if fit.conventions.interval == "wald" else repool(whole, keep=keep, interval="wald")
    )
    weight = wald.se**-2.0
    mean = np.sum(weight * wald.effect) / np.sum(weight)
    q, df = float(np.sum(weight * (wald.effect - mean) ** 2)), len(names) - 1
    frame = pooled.to_frame()
    frame.insert(0, "group", np.asarray(names))
    return Subgroups(frame, q, df, float(special.chdtrc(df, q)))


def all_subsets(
    fit: Pooled,
    *,
    labels: ArrayLike | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Pool every subset of the studies (graphical display of study heterogeneity, GOSH).

    Parameters
    ----------
    labels : array_like, shape (k,); names of the studies; their positions when not given.
    sample : int; draw that many different subsets at random instead, for more than 17 studies.
    seed : int; seed of the draw.

    Returns
    -------
    DataFrame: one row per subset that is not empty, and a true-or-false column ``"includes NAME"``
        per study.

    Raises
    ------
    ValueError: if ``fit`` holds several meta-analyses, there are more than 17 studies and no
        ``sample`` is asked for, or it asks for more subsets than there are.

    References
    ----------
    Olkin, Dahabreh and Trikalinos (2012), Research Synthesis Methods 3:214-223.

    Examples
    --------
    >>> from atopic.stats.pooling import random_effects
    >>> fit = random_effects([0.1, 0.3, 0.8], [0.01, 0.02, 0.02])
    >>> all_subsets(fit)[["k", "estimate", "includes 2"]].round(2)
       k  estimate  includes 2
    0  1      0.10       False
    1  1      0.30       False
    2  2      0.18       False
    3  1      0.80        True
    4  2      0.44        True
    5  2      0.55        True
    6  3      0.39        True
    """
    whole, names = named_studies(fit, labels)
    if pd.isna(names).any() or len({f"{name}" for name in names}) < names.size:
        raise ValueError("labels must differ, and none be missing: each names a column")
    keep = _subsets(names.size, sample, as_whole(seed, "seed"))
    frame = repool(whole, keep=keep).to_frame()
    members = pd.DataFrame(keep, columns=[f"includes {name}" for name in names])
    return pd.concat([frame, members], axis=1)


def robustness(
    fit: Pooled,
    *,
    labels: ArrayLike | None = None,
    null: float = 0.0,
    tau2_methods: Sequence[Tau2Method] | None = None,
    intervals: Sequence[IntervalMethod] = get_args(IntervalMethod),
) -> pd.DataFrame:
    """Repeat a result by every convention, with all studies and without each, and compare.

    Parameters
    ----------
    fit : Pooled; of one meta-analysis; its own conclusion is the one to which others are compared.
    labels : array_like, shape (k,); names of the studies; their positions when not given. Effects
        of one name, as of arms that share a control group, are left out together.
    null : float; the effect that means no difference.
    tau2_methods : sequence of str; estimators of tau2; by default all that the data allow.
    intervals : sequence of str; intervals of the estimate.

    Returns
    -------
    DataFrame: one row per model, estimator of tau2, interval and study left out (``left_out`` is
        empty for none), with the ``conclusion`` (``"below"``, ``"includes"`` or ``"above"`` the
        null, or ``"not estimable"``) and whether it ``flips``: differs from that of ``fit``.
        ``frame[frame.flips]`` are the cases that matter.

    Raises
    ------
    ValueError: if ``fit`` holds several meta-analyses, or for an unknown name.

    Examples
    --------
    >>> from atopic.stats.pooling import random_effects
    >>> fit = random_effects([0.1, 0.3, 0.8], [0.01, 0.02, 0.02])
    >>> table = robustness(fit, tau2_methods=["reml"], intervals=["wald"])
    >>> table[["model", "left_out", "lower", "conclusion", "flips"]].round(2)
        model left_out  lower conclusion  flips
    0  random           -0.02   includes  False
    1  random        0   0.06      above   True
    2  random        1  -0.24   includes  False
    3  random        2  -0.01   includes  False
    4  common            0.19      above   True
    5  common        0   0.35      above   True
    6  common        1   0.17      above   True
    7  common        2   0.01      above   True
    """
    whole, names = named_studies(fit, labels)
    null = as_number(null, "null")
    code, each = pd.factorize(pd.Series(names, dtype=object))
    if np.any(code < 0):
        raise ValueError("a label is missing: each names a study that is left out")
    keep = np.ones((as_many(each.size) + 1, names.size), dtype=np.bool_)
    keep[1:] = np.arange(each.size)[:, None] != code
    left_out = ["", *each]
    if each.size == 1:
        keep, left_out = keep[:1], left_out[:1]
    if tau2_methods is None:
        correlated = whole.data.covariance is not None
        tau2_methods = [m for m in get_args(Tau2Method) if not (correlated and m == "sj")]
    methods = _listed(tau2_methods, "tau2_method", get_args(Tau2Method))
    limits = _listed(intervals, "interval", get_args(IntervalMethod))
    if not limits:
        raise ValueError("intervals must name at least one interval, not none")
    cases: list[tuple[Model, Tau2Method | None]] = [("random", method) for method in methods]
    frames = []
    for model, method in [*cases, ("common", None)]:
        for interval in limits:
            again = repool(whole, keep=keep, model=model, tau2_method=method, interval=interval)
            repeat = again.to_frame()
            repeat.insert(0, "left_out", left_out)
            repeat["conclusion"] = _conclusion(again.effect_lower, again.effect_upper, null)
            frames.append(repeat)
    frame = pd.concat(frames, ignore_index=True)
    own = _conclusion(whole.effect_lower, whole.effect_upper, null)
    frame["flips"] = frame["conclusion"] != str(own)
    return frame


def _studies(
    fit: Pooled | StratifiedEffect, labels: ArrayLike | None
) -> tuple[Pooled | StratifiedEffect, NDArray[Any]]:
    """Return one meta-analysis, and the names of its studies."""
    if not isinstance(fit, StratifiedEffect):
        return named_studies(fit, labels)
    k = single(fit._tables)[0].size
    return fit, np.arange(k) if labels is None else _per_study(fit, labels, "labels")


def _per_study(fit: Pooled | StratifiedEffect, values: ArrayLike, name: str) -> NDArray[Any]:
    if not isinstance(fit, StratifiedEffect):
        return per_study(fit, values, name)
    return as_labels(values, name, single(fit._tables)[0].size, ONE_PER_STUDY)


def _repeated(fit: Pooled | StratifiedEffect, keep: NDArray[np.bool_]) -> pd.DataFrame:
    if isinstance(fit, StratifiedEffect):
        return repeated(fit, keep)
    return repool(fit, keep=keep).to_frame()


def _conclusion(lower: ArrayLike, upper: ArrayLike, null: float) -> NDArray[np.str_]:
    above, below = np.asarray(lower) > null, np.asarray(upper) < null
    known = np.where(above, "above", np.where(below, "below", "includes"))
    return np.where(np.isnan(np.asarray(lower)), "not estimable", known)


def _listed(values: Any, name: str, choices: tuple[str, ...]) -> list[Any]:
    listed = [values] if isinstance(values, str) else plain(values, name).tolist()
    return [one_of(value, name, choices) for value in listed]


def _count(k: int) -> str:
    return f"{2**k - 1}" if k < 64 else f"2**{k} - 1"


def _subsets(k: int, sample: int | None, seed: int) -> NDArray[np.bool_]:
    if sample is None:
        if 2**k - 1 > MOST_SUBSETS:
            raise ValueError(
                f"{k} studies have {_count(k)} subsets: ask for a sample of at most {MOST_SUBSETS}"
            )
        return (np.arange(1, 2**k)[:, None] >> np.arange(k) & 1).astype(np.bool_)
    every = 2 ** min(k, 60) - 1
    most = min(every, MOST_VALUES // k)
    sample = int(as_number(sample, "sample", f"from 1 to {most}", least=1, most=most))
    random = np.random.default_rng(seed)
    if sample > (every + 1) // 2:
        listed = _subsets(k, None, seed)
        return listed[np.sort(random.choice(len(listed), sample, replace=False))]
    drawn = np.zeros((0, k), dtype=np.bool_)
    while len(drawn) < sample:
        more = random.random((2 * sample, k)) < 0.5
        drawn = np.unique(np.concatenate([drawn, more[more.any(axis=1)]]), axis=0)
    return drawn[np.sort(random.choice(len(drawn), sample, replace=False))]
