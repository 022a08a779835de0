"""One comparison of the library with an oracle, and how the stored values are read."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "validation.md"
Z = float(ndtri(0.975))

#: Largest relative error that the project allows itself, by kind of result.
BARS = {"closed": 1e-8, "iterative": 1e-6, "sampled": 5e-3}

#: Log-likelihoods that differ by less are equal.
SAME_LIKELIHOOD = 1e-9
#: Unit of values that are 0 but for rounding: tau2, Q, I2.
ZERO = 1e-15


@dataclass(frozen=True, eq=False)
class Comparison:
    """Values of one function beside those of a reference.

    Attributes
    ----------
    function, variant : str
        Public function as ``room.name``, and the method or the results compared.
    reference, data : str
        Software with its version, or published source; data set.
    ours, theirs : array_like
        Values in the same order; where the reference has none (nan), nothing is compared.
    kind : str
        ``closed``, ``iterative`` or ``sampled`` (see `BARS`); ``printed``: theirs were rounded
        for print; ``loose``: theirs are the less accurate ones, and the remark says why.
    step : float or array_like
        Unit of the last digit, for ``printed``.
    unit : float
        Size below which a value is compared with this in place of itself: differences of numbers
        of this size keep rounding only.
    gain : float, optional
        Our log-likelihood less that of the reference.
    remark : str
    """

    function: str
    variant: str
    reference: str
    data: str
    ours: ArrayLike
    theirs: ArrayLike
    kind: str = "closed"
    step: ArrayLike = 0.0
    unit: float = 0.0
    gain: float | None = None
    remark: str = ""

    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        ours, theirs = (np.asarray(a, dtype=np.float64) for a in (self.ours, self.theirs))
        if ours.shape != theirs.shape:
            raise ValueError(f"{self.key}: shapes {ours.shape} and {theirs.shape}")
        known = ~np.isnan(theirs)
        return ours[known], theirs[known]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells one row of the page from another."""
        return self.function, self.variant, self.reference, self.data

    @property
    def size(self) -> int:
        """Number of values compared."""
        return self._pairs()[1].size

    @property
    def error(self) -> float:
        """Largest relative error; nan if a value is missing on our side."""
        ours, theirs = self._pairs()
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.abs(ours - theirs) / np.maximum(np.abs(theirs), self.unit)
        return float(np.where(ours == theirs, 0.0, relative).max())

    @property
    def furthest(self) -> tuple[float, float]:
        """Their value and ours where the error is largest."""
        ours, theirs = self._pairs()
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.abs(ours - theirs) / np.maximum(np.abs(theirs), self.unit)
        at = int(np.where(ours == theirs, 0.0, relative).argmax())
        return float(theirs.flat[at]), float(ours.flat[at])

    @property
    def passes(self) -> bool:
        """Whether the error is within the bar of its kind, or the reference is the loose one."""
        if self.gain is not None and self.gain < -SAME_LIKELIHOOD:
            return False
        if self.kind in BARS:
            return self.error <= BARS[self.kind]
        if self.kind == "printed":
            ours, theirs = np.asarray(self.ours), np.asarray(self.theirs)
            return bool(np.all(np.abs(ours - theirs) <= 0.5 * np.asarray(self.step) * (1 + 1e-6)))
        return bool(self.remark) and math.isfinite(self.error)


@cache
def oracle(room: str, name: str = "values.json") -> Any:
    """Return the stored values of one room."""
    return json.loads((HERE / room / name).read_text(encoding="utf-8"))


def made_by(room: str, package: str = "", how: str = "") -> str:
    """Name the package that made the values of a room, or base R, with its version."""
    values = oracle(room)
    versions = values.get("versions") or values["software"]
    number = {name: re.search(r"\d+(\.\d+)+", text)[0] for name, text in versions.items()}
    software = f"{package} {number[package]}" if package else f"R {number['R']}"
    return f"{software} ({how})" if how else software


def column(rows: Iterable[dict[str, Any]], name: str) -> np.ndarray:
    """Return one entry of each row; the text of R for missing and infinite numbers is read."""
    numbers = {"NA": "nan"}
    return np.array(
        [[float(numbers.get(v, v)) for v in np.ravel(row[name])] for row in rows]
    ).squeeze()


def fields(found: Any, names: str) -> list[Any]:
    """Return the named attributes of a result."""
    return [getattr(found, name) for name in names.split()]


def joined(parts: Iterable[ArrayLike]) -> np.ndarray:
    """Return all numbers of the parts in one row."""
    return np.concatenate([np.ravel(np.asarray(part, dtype=np.float64)) for part in parts])
