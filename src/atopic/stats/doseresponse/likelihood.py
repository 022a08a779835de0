"""The likelihood of a dose-response model, and its maximum.

For fixed shape parameters every model is linear in two coefficients and its log-likelihood is
concave, so the inner maximum is always found. The shape parameters, which live in a box and are
the reason why general optimisers fail here, are searched over a grid that is then refined. All
steps run on many shape parameters at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atopic.stats.doseresponse.arm_data import Floats
from atopic.stats.doseresponse.box_search import climb, grid
from atopic.stats.doseresponse.family import Family
from atopic.stats.doseresponse.models import Shape, curve

#: Shape parameters in the first search: enough that neighbouring curves differ by little.
GRID = {0: 1, 1: 161, 2: 31}
#: A Newton step that promises less than this is the last: the error left is its square.
DONE = 1e-13
#: Newton steps of the concave inner problems; about 8 are used.
STEPS = 200
#: Scaled information below this is a flat direction: the data do not determine it.
FLAT = 1e-11
#: The smallest weight that can be divided by.
TINY = np.finfo(float).tiny
#: A shape parameter this close to its bound, on the log scale, is on it.
ON_BOUND = 1e-7
#: Shortest share of a Newton step that is tried.
SHORTEST = 1e-6
#: Log-likelihood that may still be gained at a converged maximum.
AT_REST = 1e-7
#: A curve that gains less than this over a constant is flat.
NO_GAIN = 1e-9


@dataclass(frozen=True, eq=False)
class Maximum:
    """Maximum of the likelihood: parameters in the order of `Shape.names`.

    Where a constant is as likely, the curve is `flat`: its effect is 0, and its shape, of which
    any is as good, is put on the lower bounds.
    """

    parameters: Floats
    loglik: float
    on_bound: tuple[bool, ...]
    converged: bool
    flat: bool = False


@dataclass(frozen=True, eq=False)
class DoseLikelihood:
    """Likelihood of one model for one set of arms."""

    shape: Shape
    family: Family
    dose: Floats

    def maximum(self) -> Maximum:
        """Find the highest likelihood within the bounds of the shape parameters."""
        if self.shape.model == "constant":
            e0, loglik = self._constant()
            return Maximum(np.array([e0]), loglik, (False,), True)
        low, high = np.log(self.shape.lower), np.log(self.shape.upper)

        def height(points: Floats) -> Floats:
            return self.profile(np.exp(points[0]))[2][None]

        start = grid(low, high, GRID[self.shape.n_shape])
        log_phi = climb(height, start, low, high)[0][0]
        e0, effect, _ = (v[0] for v in self.profile(np.exp(log_phi)[None]))
        parameters, held = self._polish(np.concatenate([[e0, effect], np.exp(log_phi)]))
        loglik = float(self.family.loglik(self.eta(parameters)))
        if self.shape.n_shape:
            e0, constant = self._constant()
            if loglik - constant < NO_GAIN:
                parameters = np.concatenate([[e0, 0.0], self.shape.lower])
                on_bound = (False, False, *[True] * self.shape.n_shape)
                return Maximum(parameters, constant, on_bound, True, flat=True)
            held[2:] |= (parameters[2:] == self.shape.lower) | (parameters[2:] == self.shape.upper)
        return Maximum(
            parameters=parameters,
            loglik=loglik,
            on_bound=tuple(held.tolist()),
            converged=self._at_rest(parameters, ~held),
        )

    def profile(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        """Best e0 and effect, and their log-likelihood, for each row of shape parameters."""
        basis, origin, span = self.basis(phi)
        b = self.inner(basis)
        loglik = self.family.loglik(b[:, :1] + b[:, 1:] * basis)
        effect = b[:, 1] / span
        return b[:, 0] - effect * origin, effect, loglik

    def information(self, parameters: Floats) -> Floats:
        """Minus the matrix of second derivatives of the log-likelihood (observed information)."""
        eta = self.eta(parameters)
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

    def eta(self, parameters: Floats) -> Floats:
        """Linear predictor of each arm."""
        return curve(self.shape, parameters, self.dose)

    def basis(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        """Shape function at the doses scaled to 0..1 (rows: phi), its origin and its span."""
        f = self.shape.f(self.dose, phi[:, None, :])
        origin, span = f.min(axis=-1), np.ptp(f, axis=-1)
        span = np.where(span > 0, span, 1.0)  # a curve that is flat over all doses stays 0
        return (f - origin[:, None]) / span[:, None], origin, span

    def inner(self, basis: Floats) -> Floats:
        """Maximise over intercept and slope on each row of `basis` by Newton steps.

        A whole step is taken where it raises the likelihood by a quarter of what it promises, and
        otherwise a damped one, which always raises it.
        """
        eta, weight = self.family.crude()
        b = _solve(basis, np.broadcast_to(weight, basis.shape), weight * eta)
        found, active, rows = np.empty_like(b), np.arange(len(b)), basis
        for _ in range(STEPS):
            eta = b[:, :1] + b[:, 1:] * rows
            score = self.family.score(eta)
            step = _solve(rows, self.family.weight(eta), score)
            change = step[:, :1] + step[:, 1:] * rows
            size = np.abs(change).max(axis=-1)
            promised = (score * change).sum(axis=-1)
            if not (whole := size < 1e-3).all():
                gained = self.family.loglik(eta + change) - self.family.loglik(eta)
                whole |= gained >= promised / 4
                step *= np.where(whole, 1.0, self.family.step_share(size))[:, None]
            b += step
            on = promised > DONE
            if on.all():
                continue
            found[active] = b
            if not on.any():
                return found
            active, rows, b = active[on], rows[on], b[on]
        found[active] = b
        return found

    def _polish(self, parameters: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Newton steps on all parameters together: the last digits that the grid cannot give.

        Parameters that press against a bound are held there; returns which ones.
        """
        low = np.concatenate([[-np.inf, -np.inf], self.shape.lower])
        high = np.concatenate([[np.inf, np.inf], self.shape.upper])
        parameters = np.where(parameters > high * (1 - ON_BOUND), high, parameters)
        parameters = np.where(parameters < low * (1 + ON_BOUND), low, parameters)
        best = self.family.loglik(self.eta(parameters))
        for _ in range(STEPS):
            gradient = self._gradient(parameters)
            held = ((parameters == low) & (gradient < 0)) | ((parameters == high) & (gradient > 0))
            step = self._newton(parameters, gradient, ~held)
            rounding = 1e-13 * (1 + abs(best))
            share = 1.0
            while share > SHORTEST:
                moved = np.clip(parameters + share * step, low, high)
                height = self.family.loglik(self.eta(moved))
                if height >= best - rounding:
                    break
                share /= 2
            else:
                break
            parameters, best = moved, max(best, height)
            if np.all(np.abs(share * step) <= 1e-13 * np.abs(parameters)):
                break
        return parameters, held

    def _newton(self, parameters: Floats, gradient: Floats, free: NDArray[np.bool_]) -> Floats:
        """Newton step that goes uphill in every direction and stays put in flat ones."""
        values, vectors, scale = _spectrum(self.information(parameters)[np.ix_(free, free)])
        pull = vectors.T @ (scale * gradient[free])
        steep = np.abs(values) > FLAT
        step = np.zeros(len(parameters))
        step[free] = scale * (vectors[:, steep] @ (pull[steep] / np.abs(values[steep])))
        return step

    def _gradient(self, parameters: Floats) -> Floats:
        score = self.family.score(self.eta(parameters))
        return np.asarray(score @ self.jacobian(parameters, self.dose))

    def _at_rest(self, parameters: Floats, free: NDArray[np.bool_]) -> bool:
        """Whether a Newton step promises nothing, and nothing pulls in a flat direction."""
        values, vectors, scale = _spectrum(self.information(parameters)[np.ix_(free, free)])
        pull = vectors.T @ (scale * self._gradient(parameters)[free])
        steep = values > FLAT
        promised = np.sum(pull[steep] ** 2 / values[steep])
        return bool(promised < AT_REST and np.all(np.abs(pull[~steep]) < AT_REST))

    def _constant(self) -> tuple[float, float]:
        """Return the constant that fits best, and its log-likelihood."""
        e0 = 0.0
        for _ in range(STEPS):
            eta = np.full(self.dose.shape, e0)
            step = self.family.score(eta).sum() / self.family.weight(eta).sum()
            e0 += float(self.family.step_share(np.abs(step)) * step)
            if abs(step) <= 1e-14 * (1 + abs(e0)):
                break
        return e0, float(self.family.loglik(np.full(self.dose.shape, e0)))


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
    size = np.abs(np.diag(matrix))
    scale = np.where(size > 0, 1 / np.sqrt(np.where(size > 0, size, 1.0)), 0.0)
    values, vectors = np.linalg.eigh(matrix * np.outer(scale, scale))
    return values, vectors, scale


def moments(basis: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Total weight, weighted mean of `basis` and weighted sum of squares around it, by row.

    Centring keeps digits that a 2 x 2 determinant loses when one dose has next to no weight.
    """
    total = np.maximum(weight.sum(axis=-1), TINY)
    mean = (weight * basis).sum(axis=-1) / total
    spread = (weight * (basis - mean[:, None]) ** 2).sum(axis=-1)
    return total, mean, np.maximum(spread, TINY)


def _solve(basis: Floats, weight: Floats, score: Floats) -> Floats:
    """Solve a weighted regression for each row: its intercept and slope."""
    total, mean, spread = moments(basis, weight)
    slope = (score * (basis - mean[:, None])).sum(axis=-1) / spread
    return np.column_stack([score.sum(axis=-1) / total - mean * slope, slope])
