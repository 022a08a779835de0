"""Mixtures of normal distributions: what a posterior over an unknown scatter looks like."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from atopic.stats.arguments import as_numbers, as_share, as_whole
from atopic.stats.results import Result, number, with_limits

Floats: TypeAlias = NDArray[np.float64]

#: What lies outside the range of `NormalMixture.reach` on either side.
_OUTSIDE = 1e-11


@dataclass(frozen=True, eq=False, repr=False)
class NormalMixture(Result):
    """A finite mixture of normal distributions; one of standard deviation 0 is a fixed value.

    Attributes
    ----------
    weight, mean, sd : array_like, shape (k,)
        Weight (normed to a sum of 1), mean and standard deviation of each component.

    Raises
    ------
    ValueError
        If lengths differ, a number is not finite, a weight is negative, or a standard deviation
        is negative, or 0 beside other components.

    Examples
    --------
    >>> belief = NormalMixture([1, 1], [0.0, 0.1], [0.05, 0.05])
    >>> belief.expectation, round(belief.spread, 4)
    (0.05, 0.0707)
    >>> print(belief.probability_above(0.05))
    0.5
    """

    weight: ArrayLike
    mean: ArrayLike
    sd: ArrayLike

    def __post_init__(self) -> None:
        names = ("weight", "mean", "sd")
        # Copies: they are made read-only.
        arrays = [np.array(as_numbers(getattr(self, name), name), ndmin=1) for name in names]
        weight, _, sd = arrays
        if len({array.shape for array in arrays}) != 1 or weight.ndim != 1 or not weight.size:
            raise ValueError("weight, mean and sd must be of one length, at least 1")
        if (weight < 0).any() or weight.sum() <= 0 or (sd < 0).any():
            raise ValueError("weights and standard deviations must not be negative")
        if (sd == 0).any() and sd.size > 1:
            raise ValueError("a standard deviation of 0 stands alone: it is a fixed value")
        arrays[0] = weight / weight.sum()
        for name, array in zip(names, arrays, strict=True):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def normal(cls, mean: float, sd: float) -> "NormalMixture":
        """Return one normal distribution."""
        return cls([1.0], [mean], [sd])

    def _first(self) -> str:
        if self.fixed:
            return f"{number(self.expectation)}, fixed"
        ends = (self.expectation, self.quantile(0.025), self.quantile(0.975))
        return with_limits(map(number, ends), 0.95)

    def _model(self) -> str:
        count = len(self.parts[0])
        return f"Mixture of {count:,} normal distributions." if count > 1 else ""

    @property
    def parts(self) -> tuple[Floats, Floats, Floats]:
        """Weights, means and standard deviations as arrays."""
        return np.asarray(self.weight), np.asarray(self.mean), np.asarray(self.sd)

    @property
    def fixed(self) -> bool:
        """Whether it is one value without uncertainty."""
        return bool((self.parts[2] == 0).all())

    @property
    def expectation(self) -> float:
        """Mean of the mixture."""
        weight, mean, _ = self.parts
        return float(weight @ mean)

    @property
    def spread(self) -> float:
        """Standard deviation of the mixture."""
        weight, mean, sd = self.parts
        return float(np.sqrt(weight @ (sd**2 + (mean - self.expectation) ** 2)))

    def density(self, x: Floats) -> Floats:
        """Return the density at each x."""
        weight, mean, sd = self.parts
        if self.fixed:
            raise ValueError("a fixed value has no density")
        z = (as_numbers(x, "x")[..., None] - mean) / sd
        return np.asarray(np.exp(-0.5 * z**2) / (sd * np.sqrt(2 * np.pi)) @ weight)

    def probability_above(self, x: ArrayLike) -> Floats:
        """Return the probability of more than x."""
        x = as_numbers(x, "x")
        if self.fixed:
            return np.asarray(self.parts[1][0] > x, dtype=np.float64)
        return self._above(x)

    def _above(self, x: Floats) -> Floats:
        weight, mean, sd = self.parts
        return np.asarray(ndtr((mean - x[..., None]) / sd) @ weight)

    def _below(self, x: float) -> float:
        """Return the probability of less than x, small ones to all their digits."""
        weight, mean, sd = self.parts
        if self.fixed:
            return float(mean[0] <= x)
        return float(ndtr((x - mean) / sd) @ weight)

    def quantile(self, share: float) -> float:
        """Return the value below which this share lies, by bisection."""
        _, mean, sd = self.parts
        share = as_share(share, "share")
        low, high = float((mean - 40 * sd).min()), float((mean + 40 * sd).max())
        while low < (middle := (low + high) / 2) < high:  # until no number lies between
            if self._below(middle) < share:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def reach(self) -> tuple[float, float]:
        """Return the range outside which next to nothing lies."""
        weight, mean, sd = self.parts
        some = weight > _OUTSIDE
        low, high = (mean - 7 * sd)[some], (mean + 7 * sd)[some]
        ends = np.array([low.min(), high.max()])
        if self.fixed:
            return float(ends[0]), float(ends[1])
        return self.quantile(_OUTSIDE), -NormalMixture(weight, -mean, sd).quantile(_OUTSIDE)

    def draw(self, generator: np.random.Generator, size: int) -> Floats:
        """Draw so many values."""
        weight, mean, sd = self.parts
        size = as_whole(size, "size")
        part = generator.choice(weight.size, size=size, p=weight)
        return np.asarray(mean[part] + sd[part] * generator.standard_normal(size))
