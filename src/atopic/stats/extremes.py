"""The least and the greatest of an estimate over combinations of counts, and a search for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arrays import read_floats, shown

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
Combination: TypeAlias = tuple[tuple[int, int], ...]
Estimate: TypeAlias = Callable[[Floats, Floats], Mapping[str, ArrayLike]]

#: Combinations evaluated in one call of the function: bounds the memory, not the result.
BLOCK = 50_000
# A search begins from the best of so many, drawn from a stream of fixed seed, and goes through all
# rows so often at most.
_DRAWN, _SEED, _GROUPS, _ROUNDS = 2_000, 2024, 4, 20


class Extremes:
    """The least and the greatest of every value so far, and the combinations that give them."""

    def __init__(self) -> None:
        self._last: dict[str, Floats] = {}
        self.centre: dict[str, Floats] = {}
        self.ends: dict[str, list[tuple[Floats, Places]]] = {}

    def see(self, found: dict[str, Floats], combinations: Places) -> bool:
        """Take in the values of some combinations; return whether any is an extreme so far."""
        self._last, changed = found, False
        for name, value in found.items():
            for end, sign in enumerate((1, -1)):
                at = (sign * value).argmin(axis=0)
                new = np.take_along_axis(value, at[None], axis=0)[0]
                if name not in self.ends or len(self.ends[name]) < 2:
                    self.ends.setdefault(name, []).append((new, combinations[at]))
                    changed = True
                    continue
                old, places = self.ends[name][end]
                better = sign * new < sign * old
                self.ends[name][end] = (
                    np.where(better, new, old),
                    np.where(better[..., None], combinations[at], places),
                )
                changed |= bool(better.any())
        return changed

    def place_centre(self, number: int) -> None:
        """Say which of the combinations taken in last has the central pairs."""
        self.centre = {name: value[number] for name, value in self._last.items()}

    def combinations(self) -> Places:
        """Return the combinations of all extremes, each once."""
        length = next(iter(self.ends.values()))[0][1].shape[-1]
        every = [places.reshape(-1, length) for ends in self.ends.values() for _, places in ends]
        return np.unique(np.concatenate(every), axis=0)

    def table(self, pairs: list[Floats]) -> pd.DataFrame:
        """Return the central value and both extremes of each quantity, one row a value."""
        values = [
            (name, at) for name, value in self.centre.items() for at in np.ndindex(value.shape)
        ]
        ends = [(self.ends[name], at) for name, at in values]
        return pd.DataFrame(
            {
                "quantity": [name for name, _ in values],
                "position": pd.array([at[0] if at else pd.NA for _, at in values], dtype="Int64"),
                "central": [float(self.centre[name][at]) for name, at in values],
                "minimum": [float(least[at]) for ((least, _), _), at in ends],
                "maximum": [float(most[at]) for (_, (most, _)), at in ends],
                "at_minimum": [combination(pairs, list(least[at])) for ((_, least), _), at in ends],
                "at_maximum": [combination(pairs, list(most[at])) for (_, (_, most)), at in ends],
            }
        )


def search(
    function: Estimate,
    pairs: list[Floats],
    central: tuple[int, ...],
    best: Extremes,
) -> int:
    """Search for the extremes; return how many combinations were evaluated."""
    sizes = np.array([len(row) for row in pairs])
    drawn = np.random.default_rng(_SEED).random((_DRAWN, len(pairs)))
    start = np.vstack([np.array(central), (drawn * sizes).astype(np.intp)])
    found = evaluate(function, pairs, start)
    best.see(found, start)
    best.place_centre(0)
    evaluated = len(start)
    # From several places, since the nearest top of a hill need not be the highest.
    for group in np.array_split(np.arange(len(start)), _GROUPS):
        own = Extremes()
        own.see({name: value[group] for name, value in found.items()}, start[group])
        evaluated += _climb(function, pairs, own)
        ends = own.combinations()
        best.see(evaluate(function, pairs, ends), ends)
        evaluated += len(ends)
    return evaluated


def _climb(function: Estimate, pairs: list[Floats], best: Extremes) -> int:
    """Change one row after the other as long as an extreme improves; return the evaluations."""
    sizes = np.array([len(row) for row in pairs])
    evaluated = 0
    for _ in range(_ROUNDS):
        changed = False
        for row in np.flatnonzero(sizes > 1):
            # For every extreme at once: all pairs of this row beside what it has in the others.
            held = best.combinations()
            tried = np.repeat(held, sizes[row], axis=0)
            tried[:, row] = np.tile(np.arange(sizes[row]), len(held))
            for block in np.array_split(tried, -(-len(tried) // BLOCK)):
                changed |= best.see(evaluate(function, pairs, block), block)
            evaluated += len(tried)
        if not changed:
            break
    return evaluated


def evaluate(
    function: Estimate,
    pairs: list[Floats],
    places: Places,
) -> dict[str, Floats]:
    """Return the values of some combinations, one a row of `places`."""
    chosen = np.stack([row[at] for row, at in zip(pairs, places.T, strict=True)], axis=1)
    found = function(chosen[..., 0], chosen[..., 1])
    if not isinstance(found, Mapping):
        raise ValueError(f"function must return named quantities, not {shown(found)}")
    result = {name: read_floats(value, f"function: {name}") for name, value in found.items()}
    if not result:
        raise ValueError("function must return at least one named quantity, found none")
    for name, value in result.items():
        if value.ndim not in (1, 2) or len(value) != len(chosen):
            raise ValueError(
                f"function: {name} has shape {value.shape}, expected ({len(chosen)},) or "
                f"({len(chosen)}, p) for {len(chosen)} combinations"
            )
        if np.isnan(value).any():
            at = int(np.argwhere(np.isnan(value))[0][0])
            counts = combination(pairs, list(places[at]))
            raise ValueError(f"function: {name} is missing for the combination {counts}")
    return result


def combination(pairs: list[Floats], places: Sequence[Any]) -> Combination:
    """Return the pairs of a combination by their places."""
    chosen = [row[at] for row, at in zip(pairs, places, strict=True)]
    return tuple((int(responders), int(n)) for responders, n in chosen)
