"""The likelihood of a logistic model with one normal random intercept a group, and its maximum.

Vocabulary: an *arm* is one row of counts; a *group* (a study) is the set of arms that share a
random intercept ``tau * z`` with z standard normal. ``theta`` holds the coefficients and, last,
tau. Tau enters with its sign: the likelihood is symmetric in it and smooth through zero, so
Newton's method meets no boundary, and the caller takes the absolute value.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from atopic.stats.pooling.logistic import binomial_parts
from atopic.stats.pooling.newton import newton_step

Floats = NDArray[np.float64]

HERMITE = "adaptive Gauss-Hermite"

#: Gauss-Hermite nodes tried one after the other until the log-likelihood stands still.
AUTOMATIC_NODES = (17, 35, 70, 120)

#: Points of the trapezoidal rule, tried after that.
TRAPEZOID_POINTS = (200, 400, 800, 1600, 3200, 6400)

#: Change of the log-likelihood from one rule to the next at which the finer one is taken. Errors
#: fall geometrically or faster with the number of nodes, so that of the finer one is far smaller.
SAME = 3e-9

#: The same for long sums: a little above their rounding error.
SAME_RELATIVE = 1e-14

#: Standard deviation of log odds past which the likelihood is taken to rise for ever: odds
#: between two ordinary studies would then differ by a factor of more than 1e40.
TAU_LIMIT = 100.0

MAX_STEPS = 40

#: Below this decrement (a step of 1e-2 standard errors) steps are taken without a line search.
SLOPE_ALONE = 1e-4

#: How far, squared and in its own scale, the centre of a rule may lie from the mode: with enough
#: nodes it only has to lie over the integrand; with a number given, the result depends on it.
NEAR_MODE, AT_MODE = 0.04, 1e-20

#: Newton's decrement is the squared step in standard errors; convergence being quadratic, the
#: error left after a step of 1e-3 is about 1e-6 or less.
NEAR = 1e-6

#: Largest decrement at the last step, of 1.4e-7 standard errors: it leaves about 1e-14 of error in
#: the estimate and 1e-7, relative, in its covariance, which is that before the step.
SETTLED = 2e-14

#: The same when no finer rule follows.
DECREMENT = 1e-20


@dataclass(frozen=True, eq=False)
class Arms:
    """Counts, design and the first row of each group; rows of a group stand together."""

    responders: Floats
    failures: Floats
    design: Floats
    starts: NDArray[np.intp]
    group: NDArray[np.intp]

    @cached_property
    def grouped(self) -> bool:
        """Whether any group holds more than one arm."""
        return len(self.starts) < len(self.group)

    @cached_property
    def reach(self) -> tuple[Floats, Floats]:
        """Least and greatest value of responders minus expected responders in each group."""
        return -self.sum_by_group(self.failures), self.sum_by_group(self.responders)

    def sum_by_group(self, values: Floats) -> Floats:
        """Sum the first axis within groups."""
        return np.add.reduceat(values, self.starts, axis=0) if self.grouped else values

    def spread(self, values: Floats) -> Floats:
        """Repeat a value of each group over its arms."""
        return values[self.group] if self.grouped else values


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where Newton's method stopped: the kernel leaves out the binomial coefficients."""

    theta: Floats
    kernel: float
    gradient: Floats
    hessian: Floats
    rule: str
    nodes: int
    converged: bool


def maximise(arms: Arms, theta: Floats, *, nodes: int | None) -> Optimum:
    """Climb from theta to a stationary point, refining the quadrature when nodes is None.

    Pinheiro JC, Bates DM (1995). Approximations to the log-likelihood function in the nonlinear
    mixed-effects model. Journal of Computational and Graphical Statistics 4, 12-35. Louis TA
    (1982). Finding the observed information matrix when using the EM algorithm. Journal of the
    Royal Statistical Society B 44, 226-233. Trefethen LN, Weideman JAC (2014). The exponentially
    convergent trapezoidal rule. SIAM Review 56, 385-458.
    """
    if nodes is not None:
        return _newton(arms, theta, HERMITE, nodes, stop=DECREMENT, centring=AT_MODE)
    rules = [(HERMITE, count) for count in AUTOMATIC_NODES]
    rules += [("trapezoidal", count) for count in TRAPEZOID_POINTS]
    best = _newton(arms, theta, *rules[0], stop=NEAR)
    for rule in rules[1:]:
        if rule[0] == HERMITE and not best.converged:
            continue
        # The next finer rule is both the check of the last one and its final step.
        kernel, gradient, hessian, _ = _evaluate(arms, best.theta, *rule, _zeros(arms))
        step, decrement = newton_step(gradient, hessian)
        same = abs(kernel - best.kernel) < SAME + SAME_RELATIVE * abs(kernel)
        if same and best.converged and decrement < SETTLED:
            return Optimum(best.theta + step, kernel, gradient, hessian, *rule, True)
        if best.rule != HERMITE and abs(best.theta[-1]) > TAU_LIMIT:
            return best
        best = _newton(arms, best.theta, *rule, stop=NEAR)
    return best


def boundary_score(arms: Arms, beta: Floats) -> tuple[float, float]:
    """Return the slope of the log-likelihood by tau2 at tau2 = 0, and a moment estimate of tau2."""
    _, by_arm, spread = binomial_parts(arms.responders, arms.failures, arms.design @ beta)
    residual, variance = arms.sum_by_group(by_arm), arms.sum_by_group(spread)
    excess = float(residual @ residual - variance.sum())
    return 0.5 * excess, excess / float(variance @ variance)


def _newton(
    arms: Arms,
    theta: Floats,
    rule: str,
    nodes: int,
    *,
    stop: float,
    centring: float = NEAR_MODE,
) -> Optimum:
    state = _evaluate(arms, theta, rule, nodes, _zeros(arms), centring)
    converged = False
    for _ in range(MAX_STEPS):
        kernel, gradient, hessian, centre = state
        step, decrement = newton_step(gradient, hessian)
        converged = decrement < stop
        if converged:
            theta = theta + step
            kernel += 0.5 * decrement
            break
        stride = abs(step[-1]) / max(1.0, abs(theta[-1]))
        if stride > 1.0:
            step = step / stride
        for _ in range(10):
            trial = _evaluate(arms, theta + step, rule, nodes, centre, centring)
            # So near the top the slope is a better guide than the rounded height.
            if decrement < SLOPE_ALONE or trial[0] >= kernel - 1e-13 * (1.0 + abs(kernel)):
                break
            step = 0.5 * step
        else:
            # Too few nodes: their sum and its slope disagree about where the top is.
            break
        theta = theta + step
        state = trial
        if abs(theta[-1]) > TAU_LIMIT:
            break
    return Optimum(theta, kernel, gradient, hessian, rule, nodes, converged)


def _evaluate(
    arms: Arms,
    theta: Floats,
    rule: str,
    nodes: int,
    centre: Floats,
    centring: float = NEAR_MODE,
) -> tuple[float, Floats, Floats, Floats]:
    """Kernel, gradient, Hessian and the centres of the groups' integrands."""
    offset = arms.design @ theta[:-1]
    tau = float(theta[-1])
    centre, scale = _modes(arms, offset, tau, centre, centring)
    if rule == "trapezoidal":
        z, log_weight = _trapezoid(arms, offset, tau, centre, scale, nodes)
    else:
        t, weight = _hermite(nodes)
        z = centre[:, None] + scale[:, None] * t
        log_weight = weight + np.log(scale)[:, None]
    eta = offset[:, None] + tau * arms.spread(z)
    by_arm, residual, variance = binomial_parts(
        arms.responders[:, None], arms.failures[:, None], eta
    )
    integrand = arms.sum_by_group(by_arm) - 0.5 * z * z + log_weight
    top = integrand.max(axis=1)
    weight = np.exp(integrand - top[:, None])
    total = weight.sum(axis=1)
    kernel = float(np.sum(top + np.log(total)) - 0.5 * np.log(2.0 * np.pi) * len(total))
    weight /= total[:, None]

    # Fisher's and Louis's identities: moments of the complete-data score given the counts.
    size = len(theta)
    direction = np.empty((*eta.shape, size))
    direction[..., :-1] = arms.design[:, None, :]
    direction[..., -1] = arms.spread(z)
    score = arms.sum_by_group(residual[..., None] * direction)
    mean = np.einsum("gq,gqp->gp", weight, score)
    score -= mean[:, None, :]
    flat = score.reshape(-1, size)
    along = direction.reshape(-1, size)
    variance *= arms.spread(weight)
    hessian = flat.T @ (weight.reshape(-1, 1) * flat) - along.T @ (variance.reshape(-1, 1) * along)
    return kernel, mean.sum(axis=0), hessian, centre


def _modes(
    arms: Arms, offset: Floats, tau: float, start: Floats, centring: float
) -> tuple[Floats, Floats]:
    """Mode and curvature scale of each group's integrand, by Newton inside a bracket."""
    z, before = start, np.full_like(start, np.inf)
    low = high = start
    for turn in range(200):
        _, residual, variance = binomial_parts(
            arms.responders, arms.failures, offset + tau * arms.spread(z)
        )
        curvature = 1.0 + tau * tau * arms.sum_by_group(variance)
        slope = tau * arms.sum_by_group(residual) - z
        step = slope / curvature
        if (step * step * curvature).max() < centring:
            break
        if turn == 0:
            # The slope tau * (responders - expected) - z vanishes only between these.
            low, high = (tau * end for end in arms.reach[:: 1 if tau >= 0 else -1])
        low = np.where(slope > 0, z, low)
        high = np.where(slope < 0, z, high)
        moved = z + step
        # Far out Newton can swing from side to side: halve the bracket unless it closes in.
        astray = (moved < low) | (moved > high) | (np.abs(step) > 0.5 * before)
        moved = np.where(astray & (low < high), 0.5 * (low + high), moved)
        z, before = moved, np.abs(moved - z)
    return z, 1.0 / np.sqrt(curvature)


def _trapezoid(
    arms: Arms, offset: Floats, tau: float, centre: Floats, scale: Floats, points: int
) -> tuple[Floats, Floats]:
    """Equally spaced points over all that matters of each group's integrand."""

    def height(z: Floats) -> Floats:
        eta = offset + tau * arms.spread(z)
        by_arm = binomial_parts(arms.responders, arms.failures, eta)[0]
        return np.asarray(arms.sum_by_group(by_arm) - 0.5 * z * z)

    # The log integrand is concave with curvature at least 1, so it falls by 40 within 9.
    floor = height(centre) - 40.0
    ends = []
    for side in (-1.0, 1.0):
        near, far = np.zeros_like(centre), np.full_like(centre, 9.0)
        for _ in range(40):
            middle = 0.5 * (near + far)
            inside = height(centre + side * middle) > floor
            near, far = np.where(inside, middle, near), np.where(inside, far, middle)
            if np.all(far - near < 0.25 * scale):
                break
        ends.append(centre + side * far)
    low, high = ends
    spacing = (high - low) / (points - 1)
    z = low[:, None] + spacing[:, None] * np.arange(points)
    return z, np.broadcast_to(np.log(spacing)[:, None], z.shape)


@lru_cache(maxsize=32)
def _hermite(nodes: int) -> tuple[Floats, Floats]:
    """Nodes t of Gauss-Hermite for exp(-t^2/2), and log weight + t^2/2."""
    from scipy.special import roots_hermitenorm

    t, weight = roots_hermitenorm(nodes)
    return t, np.log(weight) + 0.5 * t * t


def _zeros(arms: Arms) -> Floats:
    return np.zeros(len(arms.starts))
