"""Power of placebo and several dose arms, exact: a trend test, and each dose against placebo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_numbers, as_rates, as_share, as_whole_numbers
from atopic.stats.results import Result, number, percent
from atopic.stats.trialdesign.designs import Test, critical
from atopic.stats.trialdesign.power import binomial_probabilities
from atopic.stats.trialdesign.rejection_regions import rejection_region

Floats: TypeAlias = NDArray[np.float64]

#: Joint sums of counts and scores held in memory, and additions to them, at most.
_MOST_CELLS, _MOST_WORK = 20_000_000, 5_000_000_000
_LARGEST_SCORE = 1e9


@dataclass(frozen=True, eq=False, repr=False)
class ManyToOne(Result):
    """Power of several doses against one placebo arm.

    Attributes
    ----------
    any : float
        Probability that at least one dose is significant.
    each : ndarray, shape (doses,)
        Probability for each dose.
    alpha : float
        Level of each single test: the level of the trial divided by the number of doses.
    """

    any: float
    each: Floats
    alpha: float

    def _first(self) -> str:
        each = ", ".join(percent(float(one)) for one in self.each)
        return f"Power of any dose {percent(self.any)}, of each {each}"

    def _model(self) -> str:
        return f"Each against placebo at level {number(self.alpha)} (Bonferroni)."


def trend_power(
    rates: ArrayLike,
    n: ArrayLike,
    *,
    scores: ArrayLike | None = None,
    alpha: float = 0.05,
    sides: int = 2,
) -> float:
    """Return the exact power of the Cochran-Armitage test of a rising trend.

    Parameters
    ----------
    rates : array_like, shape (arms,)
        True rates, placebo first.
    n : array_like, shape (arms,)
        Patients of each arm.
    scores : array_like of whole numbers, shape (arms,), optional
        Scores of the arms; 0, 1, 2 and so on if not given.
    alpha, sides
        As for `atopic.stats.trialdesign.exact_power`; only a rising trend counts.

    Returns
    -------
    float
        Probability of significance. The test itself is the asymptotic one.

    Raises
    ------
    ValueError
        For rates, sizes or scores that are none, or of different length.

    Notes
    -----
    The statistic depends on the counts through their sum and their sum weighted by the scores
    only. The joint distribution of the two is built up arm by arm, so no table is left out.

    References
    ----------
    Cochran 1954, Biometrics 10:417; Armitage 1955, Biometrics 11:375.

    Examples
    --------
    >>> print(round(trend_power([0.2, 0.3, 0.4], [40, 40, 40]), 4))
    0.5006
    """
    p, sizes = _arms(rates, n)
    given = np.arange(p.size) if scores is None else as_numbers(scores, "scores")
    bad = np.abs(given) > _LARGEST_SCORE
    if given.shape != p.shape or np.any(bad | (given != np.round(given))):
        raise ValueError(f"scores must be a whole number for each of the {p.size} arms")
    s = given.astype(np.int64) - int(given.min())
    if s.max() == 0:
        raise ValueError("scores must differ between arms")
    s = s // np.gcd.reduce(s)
    critical(alpha, sides)
    _refuse_size(sizes.tolist(), s.tolist())
    joint = _sums(p, sizes, s)
    weighted, responders = np.arange(len(joint))[:, None], np.arange(joint.shape[1])
    total = int(sizes.sum())
    middle = float(s @ sizes) / total
    spread = float(sizes @ (s - middle) ** 2)
    share = responders / total
    variance = share * (1 - share) * spread
    z = weighted - responders * middle
    z /= np.sqrt(np.where(variance > 0, variance, np.inf))
    return float(min(joint[z >= critical(alpha, sides) - 1e-12].sum(), 1.0))


def many_to_one_power(
    rates: ArrayLike,
    n: ArrayLike,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    test: Test = "chi-square",
) -> ManyToOne:
    """Return the exact power of each dose against placebo, with Bonferroni's correction.

    Parameters
    ----------
    rates, n
        As for `trend_power`.
    alpha, sides, test
        As for `atopic.stats.trialdesign.exact_power`; only a dose that does better counts.

    Returns
    -------
    ManyToOne
        Power for any dose and for each.

    Raises
    ------
    ValueError
        For rates, sizes, a level, sides or a test that are none.

    Notes
    -----
    Given the responders on placebo, the doses are independent of each other.

    Examples
    --------
    >>> found = many_to_one_power([0.2, 0.3, 0.4], [40, 40, 40])
    >>> print(round(found.any, 4), found.each.round(4))
    0.4133 [0.1082 0.3859]
    """
    p, sizes = _arms(rates, n)
    critical(alpha, sides)
    single = as_share(alpha, "alpha") / (p.size - 1)
    # A trial that is too large is refused before anything is worked out.
    regions = [
        rejection_region(size, int(sizes[0]), alpha=single, sides=sides, test=test)
        for size in sizes[1:].tolist()
    ]
    placebo = binomial_probabilities(p[:1], int(sizes[0]))[0]
    # (dose, responders on placebo): the chance that the dose is significant.
    chances = np.array(
        [
            binomial_probabilities(p[arm : arm + 1], int(sizes[arm]))[0] @ region
            for arm, region in enumerate(regions, 1)
        ]
    )
    none = np.prod(1 - chances, axis=0)
    return ManyToOne(any=float(placebo @ (1 - none)), each=chances @ placebo, alpha=single)


def _arms(rates: ArrayLike, n: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    p = as_rates(rates, "rates")
    sizes = as_whole_numbers(n, "n", least=1)
    if p.ndim != 1 or sizes.shape != p.shape or p.size < 2:
        raise ValueError("rates and n must be of one length: placebo and at least one dose")
    return p, sizes.astype(np.int64)


def _refuse_size(sizes: list[int], scores: list[int]) -> None:
    """Refuse a trial whose joint distribution fits neither the memory nor the patience."""
    cells, work = 1, 0
    patients = weighted = 0
    for size, score in zip(sizes, scores, strict=True):
        work += cells * (size + 1)
        patients, weighted = patients + size, weighted + size * score
        cells = (patients + 1) * (weighted + 1)
    if cells > _MOST_CELLS or work > _MOST_WORK:
        raise ValueError(
            f"the exact power of {sum(sizes):,} patients with scores up to {max(scores):,} would "
            f"need {cells:,} sums of counts, more than {_MOST_CELLS:,} or too many steps: choose "
            "fewer patients or smaller scores"
        )


def _sums(p: Floats, sizes: NDArray[np.int64], scores: NDArray[np.int64]) -> Floats:
    """Return the joint distribution of the weighted sum (row) and the sum (column) of counts."""
    joint = np.ones((1, 1))
    for rate, size, score in zip(p, sizes.tolist(), scores.tolist(), strict=True):
        joint = _with_arm(joint, binomial_probabilities(np.array([rate]), size)[0], score)
    return joint


def _with_arm(joint: Floats, probabilities: Floats, score: int) -> Floats:
    """Add an arm: x responders, with their probability, move all by ``score * x`` rows, x columns.

    In one long row of cells that is a step of fixed length for each responder: cut into pieces of
    that length, one under another, the sum over x is a product of matrices.
    """
    (rows, columns), size = joint.shape, probabilities.size - 1
    wide = columns + size
    if not score:
        return np.asarray(joint @ _moved(probabilities, columns))
    step = score * wide + 1
    pieces = -(-rows * wide // step)
    cells = np.zeros(pieces * step)
    cells[: rows * wide].reshape(rows, wide)[:, :columns] = joint
    moved = _moved(probabilities, pieces).T @ cells.reshape(pieces, step)
    return np.asarray(moved.ravel()[: (rows + score * size) * wide].reshape(-1, wide))


def _moved(probabilities: Floats, places: int) -> Floats:
    """Return the chance of moving from each place (row) to each (column)."""
    x = np.arange(probabilities.size)
    moved = np.zeros((places, places + x.size - 1))
    start = np.arange(places)[:, None]
    moved[start, start + x] = probabilities
    return moved
