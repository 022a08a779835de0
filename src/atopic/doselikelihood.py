"""The likelihood of a dose-response model: its maximum, and the region that limits are read from.

For fixed shape parameters every model is linear in two coefficients and its log-likelihood is
concave, so the inner maximum is always found. The shape parameters, which live in a box and are
the reason why general optimisers fail here, are searched over a grid that is then refined. All
steps run on many shape parameters at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import chdtri, expit, gammaln

from atopic.dosearms import CountArms, Floats, MeanArms
from atopic.dosemodels import Shape, curve

__all__ = ["Binomial", "DoseLikelihood", "Family", "Maximum", "Normal", "covariance"]

#: Shape parameters in the first search: enough that neighbouring curves differ by little.
GRID = {0: 1, 1: 161, 2: 31}
#: Directions in the first search for the edge of the likelihood region.
DIRECTIONS = 36
#: Halvings of the search box. Limits err by the square of the last box, 2**-32 of the first.
HALVINGS = 16
#: A Newton step that promises less than this is the last: the error left is its square.
DONE = 1e-13
#: A ridge less than this above the edge of the region has no room inside it but rounding.
NO_ROOM = 1e-9
#: Newton steps of the concave inner problems; about 8 are used.
STEPS = 200
#: Logits that stand for infinity; more would lose the digits of a difference of two of them.
OUT_OF_SIGHT = 1e6
#: Scaled information below this is a flat direction: the data do not determine it.
FLAT = 1e-11
#: A shape parameter this close to its bound, on the log scale, is on it.
ON_BOUND = 1e-7

#: (e0, effect, shape parameters) -> value; arrays of shape (targets, points[, shape]).
Target = Callable[[Floats, Floats, Floats], Floats]


class Family(Protocol):
    """Log-likelihood of the arms as a function of the linear predictor eta, arms last."""

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

    def loglik(self, eta: Floats) -> Floats:
        """Sum of binomial log-probabilities."""
        r, n = self.arms.responders, self.arms.n
        ways = np.sum(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1))
        return np.asarray(np.sum(r * eta - n * np.logaddexp(0, eta), axis=-1) + ways)

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

    def loglik(self, eta: Floats) -> Floats:
        """Sum of normal log-densities."""
        z = (self.arms.mean - eta) / self.arms.se
        fixed = np.sum(np.log(2 * np.pi * self.arms.se**2)) / 2
        return np.asarray(-np.sum(z**2, axis=-1) / 2 - fixed)

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


@dataclass(frozen=True, eq=False)
class Maximum:
    """Maximum of the likelihood: parameters in the order of `Shape.names`."""

    parameters: Floats
    loglik: float
    on_bound: tuple[bool, ...]
    converged: bool


@dataclass(frozen=True, eq=False)
class DoseLikelihood:
    """Likelihood of one model for one set of arms."""

    shape: Shape
    family: Family
    dose: Floats

    def maximum(self) -> Maximum:
        """Find the highest likelihood within the bounds of the shape parameters."""
        if self.shape.model == "constant":
            e0 = self._constant()
            loglik = float(self.family.loglik(np.full(self.dose.shape, e0)))
            return Maximum(np.array([e0]), loglik, (False,), True)
        low, high = np.log(self.shape.lower), np.log(self.shape.upper)

        def height(points: Floats) -> Floats:
            return self.profile(np.exp(points[0]))[2][None]

        grid = _grid(low, high, GRID[self.shape.n_shape])
        log_phi = _climb(height, grid, low, high)[0][0]
        e0, effect, _ = (v[0] for v in self.profile(np.exp(log_phi)[None]))
        parameters = np.concatenate([[e0, effect], np.exp(log_phi)])
        bound = (log_phi - low < ON_BOUND) | (high - log_phi < ON_BOUND)
        free = np.concatenate([[True, True], ~bound])
        parameters = self._polish(parameters, free)
        return Maximum(
            parameters=parameters,
            loglik=float(self.family.loglik(self._eta(parameters))),
            on_bound=(False, False, *map(bool, bound)),
            converged=self._at_rest(parameters, free),
        )

    def profile(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        """Best e0 and effect, and their log-likelihood, for each row of shape parameters."""
        basis, origin, span = self._basis(phi)
        b = self._inner(basis)
        loglik = self.family.loglik(b[:, :1] + b[:, 1:] * basis)
        effect = b[:, 1] / span
        return b[:, 0] - effect * origin, effect, loglik

    def information(self, parameters: Floats) -> Floats:
        """Minus the matrix of second derivatives of the log-likelihood (observed information)."""
        eta = self._eta(parameters)
        weight, score = self.family.weight(eta), self.family.score(eta)
        if self.shape.model == "constant":
            return np.array([[weight.sum()]])
        jacobian = self.jacobian(parameters, self.dose)
        first, second = self.shape.derivatives(self.dose, parameters[2:])
        result = np.asarray(jacobian.T @ (weight[:, None] * jacobian))
        result[1, 2:] -= score @ first
        result[2:, 1] -= score @ first
        result[2:, 2:] -= parameters[1] * np.einsum("k,kab->ab", score, second)
        return result

    def jacobian(self, parameters: Floats, dose: Floats) -> Floats:
        """Differentiate eta at each dose by each parameter."""
        if self.shape.model == "constant":
            return np.ones((dose.size, 1))
        phi = parameters[2:]
        first, _ = self.shape.derivatives(dose, phi)
        f = self.shape.f(dose, phi)
        return np.column_stack([np.ones(dose.size), f, parameters[1] * first])

    def shape_limits(self, best: Maximum, level: float) -> tuple[Floats, Floats]:
        """Profile-likelihood limits of the shape parameters, cut off at their bounds."""
        floor = self._floor(best, level)
        low, high = np.log(self.shape.lower), np.log(self.shape.upper)
        centre = np.log(best.parameters[2:])
        lower, upper = low.copy(), high.copy()
        for j in range(self.shape.n_shape):
            others = np.delete(np.arange(self.shape.n_shape), j)

            def best_at(values: Floats, j: int = j, others: Floats = others) -> Floats:
                def height(points: Floats) -> Floats:
                    log_phi = np.empty((values.size, points.shape[-2], low.size))
                    log_phi[..., j], log_phi[..., others] = values[:, None], points
                    flat = self.profile(np.exp(log_phi).reshape(-1, low.size))[2]
                    return flat.reshape(log_phi.shape[:2])

                if not others.size:
                    return height(np.empty((1, 1, 0)))[:, 0]
                start = _grid(low[others], high[others], GRID[1])
                return _climb(height, start, low[others], high[others])[1]

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
        self, target: Target, best: Maximum, level: float, box: tuple[Floats, Floats]
    ) -> tuple[Floats, Floats]:
        """Lowest and highest value of each target over the likelihood region.

        The region holds all parameters whose log-likelihood is within half a chi-square quantile
        (1 df) of the maximum, so the extremes are profile-likelihood limits. `box` holds the
        limits of the shape parameters.
        """
        floor = self._floor(best, level)
        if self.shape.model == "constant":
            ends = self._constant_limits(best, floor)[None, :]
            values = target(ends, np.zeros((1, 2)), np.empty((1, 2, 0)))
            return values.min(axis=-1), values.max(axis=-1)

        # Towards an end of the box the region closes like a sphere towards a pole; coordinates
        # that run like latitudes keep the extremes from hiding in a corner there.
        middle, reach = np.log(box[0] * box[1]) / 2, np.log(box[1] / box[0]) / 2

        def on_globe(points: Floats) -> Floats:
            return np.concatenate(
                [points[..., :1], middle + reach * np.sin(points[..., 1:])], axis=-1
            )

        def height(points: Floats) -> Floats:
            e0, effect, phi = self._edge(on_globe(points), floor)
            half = 0 if len(points) == 1 else len(points) // 2
            low = target(
                e0[:half] if half else e0,
                effect[:half] if half else effect,
                phi[:half] if half else phi,
            )
            high = target(e0[half:], effect[half:], phi[half:])
            both = np.concatenate([-low, high])
            return np.where(np.isnan(both), -np.inf, both)

        low = np.concatenate([[-np.inf], np.full(middle.size, -np.pi / 2)])
        high = -low
        shapes = _grid(low[1:], high[1:], {0: 1, 1: 24, 2: 9}[self.shape.n_shape])
        angles = np.linspace(-np.pi, np.pi, DIRECTIONS, endpoint=False)
        start = np.column_stack([np.repeat(angles, len(shapes)), np.tile(shapes, (DIRECTIONS, 1))])
        places, ends = _climb(height, start, low, high)
        half = len(ends) // 2
        if self.shape.n_shape == 2:
            ends = self._slide(target, floor, on_globe(places), ends, best.parameters)
        return -ends[:half], ends[half:]

    def _slide(
        self, target: Target, floor: float, places: Floats, ends: Floats, best: Floats
    ) -> Floats:
        """Follow the edge of the region to the extremes that a search box misses on a ridge."""
        e0, effect, phi = self._edge(places[None], floor)
        at = np.column_stack([e0[0], effect[0], np.log(phi[0])])
        centre = np.concatenate([best[:2], np.log(best[2:])])
        log_bounds = np.log(self.shape.lower), np.log(self.shape.upper)
        half = len(ends) // 2
        result = ends.copy()
        for row in np.flatnonzero(np.isfinite(ends)):
            unit = np.maximum(np.abs(at[row] - centre), 1e-3)

            def parameters(u: Floats, row: int = row, unit: Floats = unit) -> Floats:
                x = at[row] + u * unit
                return np.concatenate([x[:2], np.exp(np.clip(x[2:], *log_bounds))])

            def cost(u: Floats, row: int = row, back: Callable[..., Floats] = parameters) -> float:
                p = back(u)
                value = target(p[None, :1], p[None, 1:2], p[None, None, 2:])[row % half, 0]
                return float(value if row < half else -value)

            def room(u: Floats, back: Callable[..., Floats] = parameters) -> float:
                return float(self.family.loglik(self._eta(back(u)))) - floor

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
            if room(found.x) > -1e-9 and -found.fun > result[row]:
                result[row] = -found.fun
        return result

    def _floor(self, best: Maximum, level: float) -> float:
        return best.loglik - float(chdtri(1, 1 - level)) / 2

    def _eta(self, parameters: Floats) -> Floats:
        return curve(self.shape, parameters, self.dose)

    def _basis(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        """Shape function at the doses scaled to 0..1 (rows: phi), its origin and its span."""
        f = self.shape.f(self.dose, phi[:, None, :])
        origin, span = f.min(axis=-1), np.ptp(f, axis=-1)
        return (f - origin[:, None]) / span[:, None], origin, span

    def _inner(self, basis: Floats) -> Floats:
        """Maximise over intercept and slope on each row of `basis` by Newton steps.

        A whole step is taken where it raises the likelihood by a quarter of what it promises, and
        otherwise a damped one, which always raises it.
        """
        eta, weight = self.family.crude()
        b = _solve(basis, np.broadcast_to(weight, basis.shape), weight * eta)
        active = np.arange(len(basis))
        for _ in range(STEPS):
            rows = basis[active]
            eta = b[active, :1] + b[active, 1:] * rows
            score = self.family.score(eta)
            step = _solve(rows, self.family.weight(eta), score)
            change = step[:, :1] + step[:, 1:] * rows
            size = np.abs(change).max(axis=-1)
            promised = (score * change).sum(axis=-1)
            gained = self.family.loglik(eta + change) - self.family.loglik(eta)
            whole = (gained >= promised / 4) | (size < 1e-3)
            share = np.where(whole, 1.0, self.family.step_share(size))
            b[active] += share[:, None] * step
            active = active[promised > DONE]
            if not active.size:
                break
        return b

    def _edge(self, points: Floats, floor: float) -> tuple[Floats, Floats, Floats]:
        """Where the likelihood falls to `floor`, going from its ridge in a given direction.

        `points` holds an angle and log shape parameters along its last axis. Along a ray the
        log-likelihood is concave, so Newton's method can overshoot only once and then converges.
        """
        shape = points.shape[:-1]
        flat = points.reshape(-1, points.shape[-1])
        angle, phi = flat[:, 0], np.exp(flat[:, 1:])
        basis, origin, span = self._basis(phi)
        b = self._inner(basis)
        eta = b[:, :1] + b[:, 1:] * basis
        rise = self.family.loglik(eta) - floor
        total, mean, spread = _moments(basis, self.family.weight(eta))
        # Columns of the inverse Cholesky factor: a unit circle there is an ellipse of the fit.
        level, slope = np.cos(angle) / np.sqrt(total), np.sin(angle) / np.sqrt(spread)
        direction = np.column_stack([level - mean * slope, slope])
        along = level[:, None] + slope[:, None] * (basis - mean[:, None])
        inside = rise > NO_ROOM
        t = np.sqrt(2 * np.where(inside, rise, 0.0))
        active = np.flatnonzero(inside)
        for _ in range(STEPS):
            ray = along[active]
            at = eta[active] + t[active, None] * ray
            fall = -(self.family.score(at) * ray).sum(-1)
            excess = self.family.loglik(at) - floor
            # Where the likelihood never falls, the edge is put out of sight.
            far = OUT_OF_SIGHT / np.abs(ray).max(axis=-1)
            change = np.where(fall > 0, -excess / np.where(fall > 0, fall, 1.0), -far)
            change = np.maximum(change, t[active] - far)
            t[active] -= change
            active = active[np.abs(change) > np.sqrt(DONE) * t[active]]
            if not active.size:
                break
        b = np.where(inside[:, None], b + t[:, None] * direction, np.nan)
        effect = b[:, 1] / span
        e0 = b[:, 0] - effect * origin
        return e0.reshape(shape), effect.reshape(shape), phi.reshape(*shape, phi.shape[1])

    def _polish(self, parameters: Floats, free: NDArray[np.bool_]) -> Floats:
        """Newton steps on all free parameters together: the last digits the grid cannot give."""
        best = self.family.loglik(self._eta(parameters))
        for _ in range(30):
            step = self._newton(parameters, free)
            if step is None:
                break
            moved = parameters + step
            phi = moved[2:]
            if np.any(phi < self.shape.lower) or np.any(phi > self.shape.upper):
                break
            height = self.family.loglik(self._eta(moved))
            if not height >= best - 1e-13 * (1 + abs(best)):
                break
            parameters, best = moved, max(best, height)
            if np.all(np.abs(step) <= 1e-13 * np.abs(parameters)):
                break
        return parameters

    def _newton(self, parameters: Floats, free: NDArray[np.bool_]) -> Floats | None:
        values, vectors, scale = _spectrum(self.information(parameters)[np.ix_(free, free)])
        if values[0] <= FLAT:
            return None
        step = np.zeros(len(parameters))
        gradient = scale * self._gradient(parameters)[free]
        step[free] = scale * (vectors @ ((vectors.T @ gradient) / values))
        return step

    def _gradient(self, parameters: Floats) -> Floats:
        score = self.family.score(self._eta(parameters))
        return np.asarray(score @ self.jacobian(parameters, self.dose))

    def _at_rest(self, parameters: Floats, free: NDArray[np.bool_]) -> bool:
        gradient = self._gradient(parameters)
        step = self._newton(parameters, free)
        if step is None:  # a flat direction: the gradient itself must vanish
            size = np.abs(gradient * np.maximum(np.abs(parameters), 1))[free]
            return bool(np.all(size < 1e-6))
        return bool(abs(gradient @ step) < 1e-9)

    def _constant(self) -> float:
        e0 = 0.0
        for _ in range(STEPS):
            eta = np.full(self.dose.shape, e0)
            step = self.family.score(eta).sum() / self.family.weight(eta).sum()
            e0 += float(self.family.step_share(np.abs(step)) * step)
            if abs(step) <= 1e-14 * (1 + abs(e0)):
                break
        return e0

    def _constant_limits(self, best: Maximum, floor: float) -> Floats:
        e0 = best.parameters[0]
        width = np.sqrt(2 * (best.loglik - floor) / self.information(best.parameters)[0, 0])
        ends = []
        for sign in (-1.0, 1.0):

            def excess(x: float) -> float:
                return float(self.family.loglik(np.full(self.dose.shape, x))) - floor

            far = width
            while excess(e0 + sign * far) > 0:
                far *= 2
            ends.append(brentq(excess, *sorted((e0, e0 + sign * far)), xtol=1e-13))
        return np.array(ends)


def covariance(information: Floats, free: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Invert an information matrix over the free parameters; return it and standard errors.

    Parameters that are not free have zero rows (they are held), and a standard error of infinity,
    as has a parameter that the data do not determine: one with a part in a flat direction.
    """
    result = np.zeros(information.shape)
    se = np.full(len(information), np.inf)
    values, vectors, scale = _spectrum(information[np.ix_(free, free)])
    kept = values > FLAT
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    inverse = scale[:, None] * inverse * scale
    result[np.ix_(free, free)] = inverse
    blurred = np.abs(vectors[:, ~kept]).max(axis=1, initial=0.0) > 1e-6
    se[np.flatnonzero(free)[~blurred]] = np.sqrt(np.diag(inverse)[~blurred])
    return result, se


def _spectrum(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """Eigenvalues and vectors of a matrix scaled to a unit diagonal, and the scale."""
    diagonal = np.diag(matrix)
    known = np.isfinite(diagonal) & (diagonal > 0)
    scale = np.where(known, 1 / np.sqrt(np.where(known, diagonal, 1.0)), 0.0)
    values, vectors = np.linalg.eigh(matrix * np.outer(scale, scale))
    return values, vectors, scale


def _moments(basis: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Total weight, weighted mean of `basis` and weighted sum of squares around it, by row.

    Centring keeps digits that a 2 x 2 determinant loses when one dose has next to no weight.
    """
    tiny = np.finfo(float).tiny
    total = np.maximum(weight.sum(axis=-1), tiny)
    mean = (weight * basis).sum(axis=-1) / total
    spread = (weight * (basis - mean[:, None]) ** 2).sum(axis=-1)
    return total, mean, np.maximum(spread, tiny)


def _solve(basis: Floats, weight: Floats, score: Floats) -> Floats:
    """Solve a weighted regression for each row: its intercept and slope."""
    total, mean, spread = _moments(basis, weight)
    slope = (score * (basis - mean[:, None])).sum(axis=-1) / spread
    return np.column_stack([score.sum(axis=-1) / total - mean * slope, slope])


def _nearest_inside(outside: float, centre: float, inside: Floats) -> float:
    """Point of the likelihood region next to one outside it."""
    candidates = np.append(inside, centre)
    return float(candidates[np.argmin(np.abs(candidates - outside))])


def _grid(low: Floats, high: Floats, count: int) -> Floats:
    """All combinations of `count` evenly spaced values in each dimension, central ones first."""
    if not low.size:
        return np.empty((1, 0))
    unit = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    cells = np.stack([m.ravel() for m in np.meshgrid(*[unit] * low.size, indexing="ij")], axis=-1)
    cells = cells[np.argsort(np.abs(cells).sum(axis=1), kind="stable")]
    return np.asarray((low + high) / 2 + cells * (high - low) / 2)


def _climb(
    height: Callable[[Floats], Floats], start: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Raise `height` from the best of the starting points in a box that moves and halves.

    `height` takes points of shape (rows, points, dimensions) and returns (rows, points); the
    start is given to it as one row, for which it returns all the rows there are.
    """
    values = height(start[None])
    # Of equally high points (flat likelihood) the first, hence the most central, is taken.
    best = np.argmax(values >= values.max(axis=-1, keepdims=True) - 1e-9, axis=-1)
    centre, top = start[best], np.take_along_axis(values, best[:, None], -1)[:, 0]
    dimensions = start.shape[1]
    if not dimensions:
        return centre, top
    widths = [np.diff(np.unique(start[:, d])) for d in range(dimensions)]
    spacing = np.array([w.max() if w.size else 0.0 for w in widths])
    # In three dimensions 27 neighbours do what 125 would, in a quarter of the time.
    count = 5 if dimensions < 3 else 3
    offsets = _grid(np.full(dimensions, -1.0), np.ones(dimensions), count)
    outer = np.abs(offsets).max(axis=1) > 0.75
    width = np.ones(len(centre))
    for _ in range(4 * HALVINGS):
        points = centre[:, None, :] + width[:, None, None] * offsets * spacing
        points = np.clip(points, low, high)
        values = height(points)
        best = np.argmax(values, axis=-1)
        rows = np.arange(len(centre))
        higher = values[rows, best] > top
        centre = np.where(higher[:, None], points[rows, best], centre)
        top = np.where(higher, values[rows, best], top)
        width = np.where(higher & outer[best], width, width / 2)
        if np.all(width < 2.0**-HALVINGS):
            break
    return centre, top
