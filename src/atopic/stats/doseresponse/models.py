"""The shapes of a dose-response curve: formula, derivatives, bounds, and how many doses each needs.

Vocabulary: every model is ``e0 + effect * f(dose; shape)``. `effect` multiplies the shape
function f, and the *shape parameters* are those inside f. Parameter names are DoseFinding's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from atopic.stats.arguments import as_number, as_pair, one_of, shown

Floats = NDArray[np.float64]
Model = Literal[
    "constant", "linear", "log-linear", "emax", "sigmoid-emax", "exponential", "logistic"
]
MODELS: tuple[Model, ...] = get_args(Model)

#: Offset of the log-linear model as a share of the highest dose (DoseFinding's default).
OFFSET_SHARE = 0.01
#: Names of the parameters, in order: e0, effect, then the shape parameters.
NAMES: Mapping[str, tuple[str, ...]] = {
    "constant": ("e0",),
    "linear": ("e0", "delta"),
    "log-linear": ("e0", "delta"),
    "emax": ("e0", "eMax", "ed50"),
    "sigmoid-emax": ("e0", "eMax", "ed50", "h"),
    "exponential": ("e0", "e1", "delta"),
    "logistic": ("e0", "eMax", "ed50", "delta"),
}
#: Bounds of the shape parameters as shares of the highest dose (h: plain numbers); these are
#: the defaults of DoseFinding's `defBnds`, kept so that fits can be compared.
BOUNDS: Mapping[str, dict[str, tuple[float, float]]] = {
    "emax": {"ed50": (0.001, 1.5)},
    "sigmoid-emax": {"ed50": (0.001, 1.5), "h": (0.5, 10.0)},
    "exponential": {"delta": (0.1, 2.0)},
    "logistic": {"ed50": (0.001, 1.5), "delta": (0.01, 0.5)},
}


@dataclass(frozen=True)
class Shape:
    """A model scaled to the doses of one study.

    Attributes
    ----------
    model : str
        One of `MODELS`.
    names : tuple of str
        Parameters in order: e0, effect, shape parameters.
    lower, upper : ndarray
        Bounds of the shape parameters, in units of dose (h: a number).
    offset : float
        Dose added inside the logarithm of the log-linear model; used by no other model.
    """

    model: Model
    names: tuple[str, ...]
    lower: Floats
    upper: Floats
    offset: float

    @property
    def n_shape(self) -> int:
        """Number of shape parameters: 0, 1 or 2."""
        return len(self.lower)

    def f(self, dose: Floats, phi: Floats) -> Floats:
        """Shape function at `dose`, for shape parameters along the last axis of `phi`."""
        if self.model == "constant":
            return np.zeros(np.broadcast_shapes(dose.shape, phi.shape[:-1]))
        if self.model == "linear":
            return np.broadcast_to(dose, np.broadcast_shapes(dose.shape, phi.shape[:-1]))
        if self.model == "log-linear":
            value = np.log1p(dose / self.offset)
            return np.broadcast_to(value, np.broadcast_shapes(dose.shape, phi.shape[:-1]))
        if self.model == "exponential":
            return np.asarray(np.expm1(dose / phi[..., 0]))
        if self.model == "emax":
            return dose / (phi[..., 0] + dose)
        return np.asarray(expit(self._argument(dose, phi)))

    def inverse(self, value: Floats, phi: Floats) -> Floats:
        """Dose at which f has a value, infinite where it never does."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.model == "linear":
                dose = value
            elif self.model == "log-linear":
                dose = self.offset * np.expm1(value)
            elif self.model == "exponential":
                dose = phi[..., 0] * np.log1p(value)
            elif self.model == "emax":
                dose = phi[..., 0] * value / (1 - value)
            elif self.model == "sigmoid-emax":
                dose = phi[..., 0] * (value / (1 - value)) ** (1 / phi[..., 1])
            elif self.model == "logistic":
                dose = phi[..., 0] + phi[..., 1] * logit(value)
            else:
                dose = np.full(value.shape, np.inf)
        return np.where(np.isfinite(dose) & (dose >= 0), dose, np.inf)

    def derivatives(self, dose: Floats, phi: Floats) -> tuple[Floats, Floats]:
        """First (k, q) and second (k, q, q) derivatives of f by the shape parameters."""
        q = self.n_shape
        first, second = np.zeros((dose.size, q)), np.zeros((dose.size, q, q))
        if self.model == "emax":
            first[:, 0] = -dose / (phi[0] + dose) ** 2
            second[:, 0, 0] = 2 * dose / (phi[0] + dose) ** 3
        elif self.model == "exponential":
            growth, delta = np.exp(dose / phi[0]), phi[0]
            first[:, 0] = -dose / delta**2 * growth
            second[:, 0, 0] = growth * (dose**2 / delta**4 + 2 * dose / delta**3)
        elif q == 2:
            value = expit(self._argument(dose, phi))
            slope = value * (1 - value)
            du, ddu = self._argument_derivatives(dose, phi)
            first = slope[:, None] * du
            bend = (slope * (1 - 2 * value))[:, None, None]
            second = bend * du[:, :, None] * du[:, None, :] + slope[:, None, None] * ddu
        return first, second

    def _argument(self, dose: Floats, phi: Floats) -> Floats:
        """Argument of the logistic function in the sigmoid Emax and the logistic model."""
        ed50, second = phi[..., 0], phi[..., 1]
        if self.model == "logistic":
            return np.asarray((dose - ed50) / second)
        with np.errstate(divide="ignore"):
            return np.asarray(second * (np.log(dose) - np.log(ed50)))

    def _argument_derivatives(self, dose: Floats, phi: Floats) -> tuple[Floats, Floats]:
        ed50, second = float(phi[0]), float(phi[1])
        du, ddu = np.zeros((dose.size, 2)), np.zeros((dose.size, 2, 2))
        if self.model == "logistic":
            du[:, 0], du[:, 1] = -1 / second, -(dose - ed50) / second**2
            ddu[:, 0, 1] = ddu[:, 1, 0] = 1 / second**2
            ddu[:, 1, 1] = 2 * (dose - ed50) / second**3
            return du, ddu
        positive = dose > 0  # f and all its derivatives are 0 at dose 0
        du[positive, 0] = -second / ed50
        du[positive, 1] = np.log(dose[positive] / ed50)
        ddu[positive, 0, 0] = second / ed50**2
        ddu[positive, 0, 1] = ddu[positive, 1, 0] = -1 / ed50
        return du, ddu


def shape(
    model: Model,
    highest: float,
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    offset: float | None = None,
) -> Shape:
    """Scale a model to a study whose highest dose is `highest`."""
    one_of(model, "model", MODELS)
    limits = {
        name: (low, high) if name == "h" else (low * highest, high * highest)
        for name, (low, high) in BOUNDS.get(model, {}).items()
    }
    if bounds is not None and not isinstance(bounds, Mapping):
        raise ValueError(f"bounds must name shape parameters, not {shown(bounds)}")
    for name, pair in (bounds or {}).items():
        low, high = as_pair(pair, f"bounds[{name!r}]")
        if name not in limits:
            raise ValueError(
                f"bounds[{name!r}] is not a shape parameter of the {model} model, "
                f"which has {', '.join(limits) or 'none'}"
            )
        if not 0 < low < high < np.inf:
            raise ValueError(f"bounds[{name!r}] must be 0 < lower < upper, not ({low}, {high})")
        limits[name] = (float(low), float(high))
    if offset is not None:
        offset = as_number(offset, "offset", "a dose above 0", above=0)
    return Shape(
        model=model,
        names=NAMES[model],
        lower=np.array([low for low, _ in limits.values()]),
        upper=np.array([high for _, high in limits.values()]),
        offset=OFFSET_SHARE * highest if offset is None else float(offset),
    )


def curve(shape: Shape, parameters: Floats, dose: Floats) -> Floats:
    """Value of the model at each dose, on the scale on which it is linear in e0 and effect."""
    effect = parameters[1] if len(parameters) > 1 else 0.0
    return np.asarray(parameters[0] + effect * shape.f(dose, parameters[2:]))


def enough_doses(model: Model) -> int:
    """Fewest distinct doses that can carry a model.

    A straight line needs as many doses as parameters. A curve with shape parameters needs one more:
    through as many points as parameters it passes exactly, and its shape is a guess.
    """
    return len(NAMES[model]) + (1 if model in BOUNDS else 0)


def refusal(model: Model, dose: Floats) -> str | None:
    """Why these doses cannot carry a model and what would be enough, or None if they can."""
    distinct, needed = np.unique(dose), enough_doses(model)
    if distinct.size >= needed:
        return None
    found = ", ".join(f"{d:g}" for d in distinct)
    return (
        f"the {model} model has {len(NAMES[model])} parameters and needs at least {needed} "
        f"different doses (for example placebo and {needed - 1} active "
        f"dose{'s' if needed > 2 else ''}); found {distinct.size}: {found}"
    )
