"""One step of Newton's method uphill, safe where the function is not concave."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def newton_step(gradient: Floats, hessian: Floats) -> tuple[Floats, float]:
    """Return the step and the decrement, the squared length of the step in standard errors.

    Directions of positive curvature are climbed as if they were as strongly negative.

    Nocedal J, Wright SJ (2006). Numerical Optimization, 2nd ed., section 3.4.
    """
    curvature, axes = np.linalg.eigh(hessian)
    size = np.abs(curvature)
    size = np.maximum(size, 1e-10 * size.max())
    along = axes.T @ gradient
    return axes @ (along / size), float(along @ (along / size))
