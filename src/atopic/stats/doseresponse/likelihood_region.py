"""The likelihood region of a dose-response model, and the limits that are read from it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from atopic.stats.doseresponse.arm_data import Floats
from atopic.stats.doseresponse.box_search import climb, grid
from atopic.stats.doseresponse.likelihood import GRID, STEPS, DoseLikelihood, Maximum, moments

#: Directions in the first search for the edge of the region.
DIRECTIONS = 36
#: A ridge less than this above the edge of the region has no room inside it but rounding.
NO_ROOM = 1e-9
#: A Newton step towards the edge shorter than this share of the way is the last.
ARRIVED = 3e-7

#: (e0, effect, shape parameters) -> value; arrays of shape (targets, points[, shape]).
Target = Callable[[Floats, Floats, Floats], Floats]


def shape_limits(likelihood: DoseLikelihood, best: Maximum, level: float) -> tuple[Floats, Floats]:
    """Profile-likelihood limits of the shape parameters, cut off at their bounds."""
    from scipy.optimize import brentq  # slow to import

    floor = _floor(best, level)
    low, high = np.log(likelihood.shape.lower), np.log(likelihood.shape.upper)
    centre = np.log(best.parameters[2:])
    lower, upper = low.copy(), high.copy()
    for j in range(likelihood.shape.n_shape):
        others = np.delete(np.arange(likelihood.shape.n_shape), j)

        def best_at(values: Floats, j: int = j, others: NDArray[Any] = others) -> Floats:
            def height(points: Floats) -> Floats:
                log_phi = np.empty((values.size, points.shape[-2], low.size))
                log_phi[..., j], log_phi[..., others] = values[:, None], points
                flat = likelihood.profile(np.exp(log_phi).reshape(-1, low.size))[2]
                return flat.reshape(log_phi.shape[:2])

            if not others.size:
                return height(np.empty((1, 1, 0)))[:, 0]
            start = grid(low[others], high[others], GRID[1])
            return climb(height, start, low[others], high[others])[1]

        steps = np.linspace(low[j], high[j], GRID[1] if not others.size else GRID[2])
        inside = np.flatnonzero(best_at(steps) >= floor)
        before = steps[steps < centre[j]] if not inside.size else steps[: inside[0]]
        after = steps[steps > centre[j]] if not inside.size else steps[inside[-1] + 1 :]
        for outside, edge in ((before[-1:], lower), (after[:1], upper)):
            if outside.size:
                edge[j] = brentq(
                    lambda x, at=best_at: float(at(np.array([x]))[0]) - floor,
                    outside[0],
                    _nearest_inside(outside[0], centre[j], steps[inside]),
                    xtol=1e-12,
                )
    return np.exp(lower), np.exp(upper)


def limits(
    likelihood: DoseLikelihood,
    target: Target,
    best: Maximum,
    level: float,
    box: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """Lowest and highest value of each target over the likelihood region.

    The region holds all parameters whose log-likelihood is within half a chi-square quantile
    (1 df) of the maximum, so the extremes are profile-likelihood limits. `box` holds the
    limits of the shape parameters.
    """
    floor = _floor(best, level)
    if likelihood.shape.model == "constant":
        ends = _constant_limits(likelihood, best, floor)[None, :]
        values = target(ends, np.zeros((1, 2)), np.empty((1, 2, 0)))
        return values.min(axis=-1), values.max(axis=-1)

    # Towards an end of the box the region closes like a sphere towards a pole; coordinates
    # that run like latitudes keep the extremes from hiding in a corner there.
    middle, reach = np.log(box[0] * box[1]) / 2, np.log(box[1] / box[0]) / 2

    def on_globe(points: Floats) -> Floats:
        return np.concatenate([points[..., :1], middle + reach * np.sin(points[..., 1:])], axis=-1)

    def height(points: Floats) -> Floats:
        e0, effect, phi = _edge(likelihood, on_globe(points), floor)
        # Two rows for each target: one sinks, one rises. The first search has one row for all.
        split = len(points) // 2
        first = slice(split or None)
        sinking = target(e0[first], effect[first], phi[first])
        rising = target(e0[split:], effect[split:], phi[split:])
        both = np.concatenate([-sinking, rising])
        return np.where(np.isnan(both), -np.inf, both)

    low = np.concatenate([[-np.inf], np.full(middle.size, -np.pi / 2)])
    high = -low
    shapes = grid(low[1:], high[1:], {0: 1, 1: 24, 2: 9}[likelihood.shape.n_shape])
    angles = np.linspace(-np.pi, np.pi, DIRECTIONS, endpoint=False)
    start = np.column_stack([np.repeat(angles, len(shapes)), np.tile(shapes, (DIRECTIONS, 1))])
    places, ends = climb(height, start, low, high)
    half = len(ends) // 2
    if likelihood.shape.n_shape == 2:
        ends = _slide(likelihood, target, floor, on_globe(places), ends, best.parameters)
    return -ends[:half], ends[half:]


def _slide(
    likelihood: DoseLikelihood,
    target: Target,
    floor: float,
    places: Floats,
    ends: Floats,
    best: Floats,
) -> Floats:
    """Follow the edge of the region to the extremes that a search box misses on a ridge."""
    from scipy.optimize import minimize  # slow to import

    e0, effect, phi = _edge(likelihood, places[None], floor)
    at = np.column_stack([e0[0], effect[0], np.log(phi[0])])
    centre = np.concatenate([best[:2], np.log(best[2:])])
    log_bounds = np.log(likelihood.shape.lower), np.log(likelihood.shape.upper)
    half = len(ends) // 2
    result = ends.copy()
    for row in map(int, np.flatnonzero(np.isfinite(ends))):
        unit = np.maximum(np.abs(at[row] - centre), 1e-3)

        def parameters(u: Floats, row: int = row, unit: Floats = unit) -> Floats:
            x = at[row] + u * unit
            return np.concatenate([x[:2], np.exp(np.clip(x[2:], *log_bounds))])

        def cost(u: Floats, row: int = row, back: Callable[..., Floats] = parameters) -> float:
            p = back(u)
            value = target(p[None, :1], p[None, 1:2], p[None, None, 2:])[row % half, 0]
            return float(value if row < half else -value)

        def room(u: Floats, back: Callable[..., Floats] = parameters) -> float:
            return float(likelihood.family.loglik(likelihood.eta(back(u)))) - floor

        box = [(None, None)] * 2 + list(
            zip(
                (log_bounds[0] - at[row][2:]) / unit[2:],
                (log_bounds[1] - at[row][2:]) / unit[2:],
                strict=True,
            )
        )
        found = minimize(
            cost,
            np.zeros(len(centre)),
            method="SLSQP",
            bounds=box,
            constraints={"type": "ineq", "fun": room},
            options={"maxiter": 60, "ftol": 1e-12},
        )
        # Its constraint holds to some nine digits: what counts is where its ray meets the edge.
        p = parameters(found.x)
        away = np.concatenate([[_angle(likelihood, p)], np.log(p[2:])])
        e0, effect, phi = _edge(likelihood, away[None, None], floor)
        value = target(e0, effect, phi)[row % half, 0] * (-1 if row < half else 1)
        if value > result[row]:
            result[row] = value
    return result


def _angle(likelihood: DoseLikelihood, parameters: Floats) -> float:
    """Return the direction in which parameters lie from the ridge, as `_edge` takes it."""
    phi = parameters[None, 2:]
    basis, (origin,), (span,) = likelihood.basis(phi)
    b = likelihood.inner(basis)
    weight = likelihood.family.weight(b[:, :1] + b[:, 1:] * basis)
    (total,), (mean,), (spread,) = moments(basis, weight)
    level, slope = np.array([parameters[0] + parameters[1] * origin, parameters[1] * span]) - b[0]
    return float(np.arctan2(slope * np.sqrt(spread), (level + mean * slope) * np.sqrt(total)))


def _floor(best: Maximum, level: float) -> float:
    return best.loglik - float(chdtri(1, 1 - level)) / 2


def _edge(
    likelihood: DoseLikelihood, points: Floats, floor: float
) -> tuple[Floats, Floats, Floats]:
    """Where the likelihood falls to `floor`, going from its ridge in a given direction.

    `points` holds an angle and log shape parameters along its last axis. Along a ray the
    log-likelihood is concave, so Newton's method can overshoot only once and then converges.
    """
    shape = points.shape[:-1]
    flat = points.reshape(-1, points.shape[-1])
    angle, phi = flat[:, 0], np.exp(flat[:, 1:])
    basis, origin, span = likelihood.basis(phi)
    b = likelihood.inner(basis)
    eta = b[:, :1] + b[:, 1:] * basis
    rise = likelihood.family.loglik(eta) - floor
    total, mean, spread = moments(basis, likelihood.family.weight(eta))
    # Columns of the inverse Cholesky factor: a unit circle there is an ellipse of the fit.
    level, slope = np.cos(angle) / np.sqrt(total), np.sin(angle) / np.sqrt(spread)
    direction = np.column_stack([level - mean * slope, slope])
    along = level[:, None] + slope[:, None] * (basis - mean[:, None])
    inside = (rise > NO_ROOM) & (np.ptp(basis, axis=-1) > 0)
    t = np.sqrt(2 * np.where(inside, rise, 0.0))
    active = np.flatnonzero(inside)
    for _ in range(STEPS):
        ray = along[active]
        at = eta[active] + t[active, None] * ray
        fall = -(likelihood.family.score(at) * ray).sum(-1)
        excess = likelihood.family.loglik(at) - floor
        # Where the likelihood never falls, the edge is put out of sight.
        far = likelihood.family.horizon / np.abs(ray).max(axis=-1)
        change = np.where(fall > 0, -excess / np.where(fall > 0, fall, 1.0), -far)
        change = np.maximum(change, t[active] - far)
        t[active] -= change
        active = active[np.abs(change) > ARRIVED * t[active]]
        if not active.size:
            break
    b = np.where(inside[:, None], b + t[:, None] * direction, np.nan)
    effect = b[:, 1] / span
    e0 = b[:, 0] - effect * origin
    return e0.reshape(shape), effect.reshape(shape), phi.reshape(*shape, phi.shape[1])


def _constant_limits(likelihood: DoseLikelihood, best: Maximum, floor: float) -> Floats:
    from scipy.optimize import brentq  # slow to import

    e0 = best.parameters[0]
    width = np.sqrt(2 * (best.loglik - floor) / likelihood.information(best.parameters)[0, 0])
    ends = []
    for sign in (-1.0, 1.0):

        def excess(x: float) -> float:
            return float(likelihood.family.loglik(np.full(likelihood.dose.shape, x))) - floor

        far = width
        while excess(e0 + sign * far) > 0:
            far *= 2
        low, high = sorted((e0, e0 + sign * far))
        ends.append(brentq(excess, low, high, xtol=1e-13))
    return np.array(ends)


def _nearest_inside(outside: float, centre: float, inside: Floats) -> float:
    """Point of the likelihood region next to one outside it."""
    candidates = np.append(inside, centre)
    return float(candidates[np.argmin(np.abs(candidates - outside))])
