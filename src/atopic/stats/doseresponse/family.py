"""How arms scatter around a dose-response curve: counts on the logit scale, or means."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import expit, gammaln

from atopic.stats.doseresponse.arm_data import CountArms, Floats, MeanArms


class Family(Protocol):
    """Log-likelihood of the arms as a function of the linear predictor eta, arms last."""

    @property
    def horizon(self) -> float:
        """Change of eta that stands for infinity where the log-likelihood levels off."""

    @property
    def unit(self) -> float:
        """Change of eta of a size that data may show."""

    def loglik(self, eta: Floats) -> Floats:
        """Sum over arms, constants included."""

    def score(self, eta: Floats) -> Floats:
        """First derivative by eta, arm by arm."""

    def weight(self, eta: Floats) -> Floats:
        """Minus the second derivative by eta, arm by arm."""

    def crude(self) -> tuple[Floats, Floats]:
        """Give a rough eta of each arm and its weight, to start from."""

    def step_share(self, size: Floats) -> Floats:
        """Share of a Newton step of this size (largest change of eta) that is safe to take."""


@dataclass(frozen=True, eq=False)
class Binomial:
    """Counts of responders; eta is the logit of the response rate."""

    arms: CountArms

    @property
    def horizon(self) -> float:
        """A million logits; more would lose the digits of a difference of two of them."""
        return 1e6

    @property
    def unit(self) -> float:
        """One logit."""
        return 1.0

    def loglik(self, eta: Floats) -> Floats:
        """Sum of binomial log-probabilities."""
        r, n = self.arms.responders, self.arms.n
        return np.asarray(np.sum(r * eta - n * np.logaddexp(0, eta), axis=-1) + self._ways)

    @cached_property
    def _ways(self) -> np.float64:
        """What does not depend on eta."""
        r, n = self.arms.responders, self.arms.n
        ways: np.float64 = np.sum(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1))
        return ways

    def score(self, eta: Floats) -> Floats:
        """Observed minus expected responders."""
        return np.asarray(self.arms.responders - self.arms.n * expit(eta))

    def weight(self, eta: Floats) -> Floats:
        """Binomial variance."""
        return np.asarray(self.arms.n * expit(eta) * expit(-eta))

    def crude(self) -> tuple[Floats, Floats]:
        """Empirical logits, kept finite by half a patient; only a start for the iteration."""
        p = (self.arms.responders + 0.5) / (self.arms.n + 1)
        return np.log(p / (1 - p)), self.arms.n * p * (1 - p)

    def step_share(self, size: Floats) -> Floats:
        """Damping under which Newton's method converges from anywhere (Sun, Tran-Dinh 2019)."""
        safe = np.maximum(size, 1e-12)
        return np.asarray(np.log1p(safe) / safe)


@dataclass(frozen=True, eq=False)
class Normal:
    """Means with known standard errors; eta is the mean itself."""

    arms: MeanArms

    @property
    def horizon(self) -> float:
        """None: a parabola never levels off."""
        return np.inf

    @property
    def unit(self) -> float:
        """Range of the means, or their largest standard error."""
        return float(max(np.ptp(self.arms.mean), self.arms.se.max()))

    def loglik(self, eta: Floats) -> Floats:
        """Sum of normal log-densities."""
        z = (self.arms.mean - eta) / self.arms.se
        return np.asarray(-np.sum(z**2, axis=-1) / 2 - self._fixed)

    @cached_property
    def _fixed(self) -> np.float64:
        """What does not depend on eta."""
        fixed: np.float64 = np.sum(np.log(2 * np.pi * self.arms.se**2)) / 2
        return fixed

    def score(self, eta: Floats) -> Floats:
        """Weighted residual."""
        return np.asarray((self.arms.mean - eta) / self.arms.se**2)

    def weight(self, eta: Floats) -> Floats:
        """Inverse variance."""
        return np.broadcast_to(self.arms.se**-2, eta.shape)

    def crude(self) -> tuple[Floats, Floats]:
        """Means and their precision."""
        return self.arms.mean, self.arms.se**-2

    def step_share(self, size: Floats) -> Floats:
        """Whole steps: the log-likelihood is a parabola."""
        return np.ones_like(size)
