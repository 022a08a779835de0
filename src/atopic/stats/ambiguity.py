"""Estimates from counts that are not known for certain: the range over every count that fits.

A printed percentage can be compatible with several counts or denominators. Whatever is computed
from such rows is computed for every combination of them; the result keeps one central value and
the extremes, with the combination that gives each. Where there are too many combinations the
extremes can be searched for among some of them, and the result says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, prod
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.stats import extremes
from atopic.stats.arguments import as_counts, as_whole, as_whole_numbers, one_of, refuse, shown
from atopic.stats.arrays import entries, read_floats
from atopic.stats.extremes import Combination, Estimate, Extremes, combination, evaluate, search
from atopic.stats.results import Result, number

__all__ = [
    "CENTRAL_RULE",
    "SEARCH_BEYOND",
    "Ambiguous",
    "central_candidates",
    "over_candidates",
]


def __dir__() -> list[str]:
    return sorted(__all__)


Floats: TypeAlias = NDArray[np.float64]
Candidates: TypeAlias = Sequence[Sequence[tuple[float, float]]]

#: How :func:`central_candidates` chooses; carried in every result that uses its choice.
CENTRAL_RULE = "denominator nearest the planned size, else the median candidate; ties the smaller"

#: From so many combinations on a report searches for the extremes rather than trying all of them.
SEARCH_BEYOND = 10_000
#: So many quantities the first line names.
_MOST = 3


@dataclass(frozen=True, repr=False)
class Ambiguous(Result):
    """Central values and ranges of every quantity over all compatible counts.

    Attributes
    ----------
    table : DataFrame
        One row a value: ``quantity``, ``position`` (place in the last axis, for quantities with
        one value per row; missing for a single value), ``central``, ``minimum``, ``maximum``,
        ``at_minimum`` and ``at_maximum`` (the first combination that gives the extreme: a pair
        of responders and n for each row).
    combinations : int
        How many combinations there are.
    evaluated : int
        How many evaluations there were.
    exhaustive : bool
        Whether every combination was evaluated; if not, the extremes were searched for.
    central : tuple of (int, int)
        The central pair of responders and n of each row.
    central_rule : str
        How the central pairs were chosen.
    """

    table: pd.DataFrame
    combinations: int
    evaluated: int
    exhaustive: bool
    central: Combination
    central_rule: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a value, as `table`."""
        return self.table.copy()

    def _first(self) -> str:
        names = self.table["quantity"].unique()
        said = [
            f"{row.quantity} {number(row.central)} ({number(row.minimum)} to {number(row.maximum)})"
            for row in self.table.drop_duplicates("quantity").head(_MOST).itertuples()
        ]
        more = [f"{len(names) - _MOST} more quantities"] if len(names) > _MOST else []
        return "; ".join([*said, *more])

    def _model(self) -> str:
        return f"Over {_about(self.combinations)} combinations of counts; central: " + (
            f"{self.central_rule}."
        )

    def _cautions(self) -> tuple[str, ...]:
        return (self.note,) if self.note else ()

    @property
    def note(self) -> str:
        """A sentence on how the range was found; empty if every combination was evaluated."""
        if self.exhaustive:
            return ""
        return (
            f"The range over all counts that fit was searched for, with {self.evaluated:,} of "
            f"{_about(self.combinations)} combinations: it may be a little wider."
        )


def over_candidates(
    function: Estimate,
    candidates: Candidates,
    *,
    central: Sequence[int] | None = None,
    limit: int = 1_000_000,
    beyond: Literal["refuse", "search"] = "refuse",
) -> Ambiguous:
    """Evaluate an estimate for every combination of compatible counts.

    Parameters
    ----------
    function : callable
        Takes arrays `responders` and `n` of shape (m, rows) and returns named arrays, each of
        shape (m,) for a single value or (m, p) for p values, such as one per row. It must treat
        the m combinations separately.
    candidates : sequence of sequences of (responders, n)
        For each row the pairs that are compatible with what was printed; one pair where the
        count is certain.
    central : sequence of int, optional
        For each row the place of its central pair; by default the choice of
        :func:`central_candidates` without planned sizes.
    limit : int, optional
        Largest number of combinations of which every one is evaluated.
    beyond : {"refuse", "search"}, optional
        What becomes of more: an error, or a search for the extremes.

    Returns
    -------
    Ambiguous
        The table of central values and ranges, and the conventions.

    Raises
    ------
    ValueError
        If a row has no candidate or an impossible one, a central place does not exist, there are
        more combinations than `limit`, or the function returns another shape or a missing value.

    Notes
    -----
    The number of combinations is the product of the numbers of candidates. Where every value
    depends on its own row only (an interval of one rate), call once per row instead: the ranges
    are the same and the combinations no longer multiply.

    A pooled estimate is no monotone function of its counts, since their weights change with them:
    no choice of the least or greatest counts bounds it. So a search goes uphill and downhill from
    many combinations for each value: one row after the other is set to the pair that is best while
    the others are held, until no row changes (coordinate ascent, as in Wright 2015, Mathematical
    Programming 151:3-34). Every extreme found is that of a combination that fits; the true range
    may be wider, though not by changing a single row. The same input gives the same result.

    Examples
    --------
    One arm printed 32.8 percent of an unknown number, the other 29.3 percent:

    >>> arms = [[(66, 201), (67, 204)], [(27, 92), (29, 99)]]
    >>> def difference(responders, n):
    ...     return {"RD": responders[:, 0] / n[:, 0] - responders[:, 1] / n[:, 1]}
    >>> table = over_candidates(difference, arms).table
    >>> table[["quantity", "central", "minimum", "maximum"]].round(4)
      quantity  central  minimum  maximum
    0       RD   0.0349   0.0349   0.0355
    >>> table.loc[0, "at_maximum"]
    ((67, 204), (29, 99))
    """
    if not callable(function):
        raise ValueError(f"function must be a function of responders and n, not {shown(function)}")
    limit = as_whole(limit, "limit")
    one_of(beyond, "beyond", ("refuse", "search"))
    pairs = _checked(candidates)
    rule = CENTRAL_RULE if central is None else "given by the caller"
    places = central_candidates(candidates) if central is None else _places(central, pairs)
    sizes = tuple(len(row) for row in pairs)
    total = prod(sizes)
    if total > limit and beyond == "refuse":
        raise ValueError(
            f"{_many(total)} combinations of candidates are more than the limit of {limit:,}: "
            "evaluate fewer ambiguous rows at once or raise the limit"
        )
    best = Extremes()
    if total <= limit:
        evaluated = total
        # Rows with one candidate are no axis: there may be more of them than NumPy has axes.
        several = [row for row, size in enumerate(sizes) if size > 1]
        shape = tuple(sizes[row] for row in several)
        central_number = 0
        if several:
            central_number = int(np.ravel_multi_index([places[row] for row in several], shape))
        for start in range(0, total, extremes.BLOCK):
            block = np.arange(start, min(start + extremes.BLOCK, total))
            number = central_number - start
            combinations = np.zeros((len(block), len(sizes)), dtype=np.intp)
            if several:
                combinations[:, several] = np.array(np.unravel_index(block, shape)).T
            best.see(evaluate(function, pairs, combinations), combinations)
            # Taken from the same call as the extremes, so that it can never fall outside them.
            if number in range(len(block)):
                best.place_centre(number)
    else:
        evaluated = search(function, pairs, places, best)
    return Ambiguous(
        best.table(pairs), total, evaluated, total <= limit, combination(pairs, places), rule
    )


def central_candidates(
    candidates: Candidates, *, planned: Sequence[float | None] | None = None
) -> tuple[int, ...]:
    """Choose the central pair of each row.

    Parameters
    ----------
    candidates : sequence of sequences of (responders, n)
        Compatible pairs of each row, in any order.
    planned : sequence of float or None, optional
        Planned size of each row's group; None or nan where there is none.

    Returns
    -------
    tuple of int
        For each row the place of the pair whose n is nearest to the planned size, the smaller n
        of two equally near. Without a planned size, and among several counts for the chosen n,
        the median pair (by n, then responders), the lower of two middle ones.

    Raises
    ------
    ValueError
        If a row has no candidate or an impossible one, or `planned` has another length.

    Examples
    --------
    >>> week_12 = [[(65, 197), (66, 200), (67, 203), (68, 206), (69, 209)], [(27, 92), (29, 99)]]
    >>> central_candidates(week_12, planned=[205, None])
    (3, 0)
    """
    pairs = _checked(candidates)
    # Without a planned size it is missing, which is nan here.
    sizes = np.full(len(pairs), np.nan) if planned is None else read_floats(planned, "planned")
    if sizes.shape != (len(pairs),):
        raise ValueError(f"planned has {sizes.size} sizes for {len(pairs)} rows of candidates")
    refuse(np.isinf(sizes) | (sizes < 0), "planned", sizes, "is no number of patients")
    return tuple(_central(row, size) for row, size in zip(pairs, sizes.tolist(), strict=True))


def _central(row: Floats, planned: float) -> int:
    order = np.lexsort((row[:, 0], row[:, 1]))
    if not np.isnan(planned):
        distance = np.abs(row[order, 1] - planned)
        nearest = row[order, 1][np.argmin(distance)]
        order = order[row[order, 1] == nearest]
    return int(order[(len(order) - 1) // 2])


def _many(number: int) -> str:
    return f"{number:,}" if number < 10**18 else _about(number)


def _about(number: int) -> str:
    """Return three digits of a number that may be larger than any float."""
    return f"{number:.3g}" if number < 10**300 else "more than 1e+300"


def _checked(candidates: Candidates) -> list[Floats]:
    pairs: list[Floats] = []
    listed = isinstance(candidates, Sequence) and not isinstance(candidates, str | bytes)
    if not listed and not (isinstance(candidates, np.ndarray) and candidates.ndim):
        raise ValueError(f"candidates must be a list of rows, not {shown(candidates)}")
    rows = candidates if isinstance(candidates, np.ndarray) else entries(candidates, "candidates")
    for place, row in enumerate(rows):
        array = read_floats(row, f"candidates[{place}]", "one or more pairs (responders, n)")
        if array.ndim != 2 or array.shape[1] != 2 or not len(array):
            raise ValueError(
                f"candidates[{place}] must be one or more pairs (responders, n), not {shown(row)}"
            )
        try:
            as_counts(array[:, 0], array[:, 1])
        except ValueError as error:
            raise ValueError(f"candidates[{place}]: {error}") from None
        pairs.append(array)
    if not pairs:
        raise ValueError("candidates must have at least one row, found none")
    return pairs


def _places(central: Sequence[int], pairs: list[Floats]) -> tuple[int, ...]:
    places = as_whole_numbers(central, "central", least=-inf)
    if places.shape != (len(pairs),):
        raise ValueError(f"central has {places.size} places for {len(pairs)} rows of candidates")
    for at, (place, row) in enumerate(zip(places.tolist(), pairs, strict=True)):
        if place not in range(len(row)):
            raise ValueError(
                f"central[{at}] = {place:g} is not the place of one of {len(row)} candidates"
            )
    return tuple(int(place) for place in places.tolist())
