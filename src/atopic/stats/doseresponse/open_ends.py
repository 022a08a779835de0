"""Limits of the parameters of a dose-response model, and which of them are open."""

import numpy as np

from atopic.stats.doseresponse.arm_data import Floats
from atopic.stats.doseresponse.family import Binomial
from atopic.stats.doseresponse.likelihood import DoseLikelihood, Maximum
from atopic.stats.doseresponse.likelihood_region import limits

#: An e0 beyond this many logits (odds of 1e13) is a rate that no trial tells from 0 or 1.
ENDLESS = 30.0
#: A limit beyond this many units (logits, or the spread of the means) is infinite; a curve of
#: counts with such an e0 or effect is refused.
NO_SIZE = 1e4
#: A standard error of a shape parameter this many times as wide as its bounds says nothing.
UNDETERMINED = 1e3
#: Limits of shape parameters are worked out as logarithms; this close to a bound they are on it.
ON_BOUND = 1e-12


def parameter_limits(
    likelihood: DoseLikelihood, best: Maximum, level: float, box: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Profile-likelihood limits of all parameters in their order; `box` is of the shape's."""

    def e0_and_effect(e0: Floats, effect: Floats, _: Floats) -> Floats:
        # Row 0 of two seeks e0 and row 1 the effect; in the first search all rows are one.
        return np.concatenate([e0[:1], effect[-1:]])

    lower, upper = limits(likelihood, e0_and_effect, best, level, box)
    linear = min(2, len(best.parameters))
    low, high = (
        np.where(np.isclose(end, bound, rtol=ON_BOUND, atol=0), bound, end)
        for end, bound in zip(box, (likelihood.shape.lower, likelihood.shape.upper), strict=True)
    )
    return np.concatenate([lower[:linear], low]), np.concatenate([upper[:linear], high])


def open_ends(
    likelihood: DoseLikelihood, best: Maximum, se: Floats, lower: Floats, upper: Floats
) -> None:
    """Let the limits and standard errors that the data leave open be infinite."""
    form = likelihood.shape
    if not form.n_shape:
        return
    if best.flat:
        # In units of a shape that any other could stand for.
        se[1] = np.inf
    far = NO_SIZE * likelihood.family.unit
    lower[:2][lower[:2] < -far], upper[:2][upper[:2] > far] = -np.inf, np.inf
    se[:2][se[:2] > far] = np.inf
    se[2:][se[2:] > UNDETERMINED * (form.upper - form.lower)] = np.inf
    if not isinstance(likelihood.family, Binomial):
        return
    for sign, down, up in ((-1.0, lower, upper), (1.0, upper, lower)):
        if sign * down[0] > ENDLESS:
            down[0] = sign * np.inf
            if sign * up[1] < -ENDLESS:
                up[1] = -sign * np.inf
    if np.abs(best.parameters[0]) > ENDLESS:
        se[:2] = np.inf


def notes_on(
    likelihood: DoseLikelihood, best: Maximum, lower: Floats, upper: Floats
) -> tuple[str, ...]:
    """Return which parameters have no limit, and which of them the data do not determine."""
    names, notes = likelihood.shape.names, []
    if best.flat:
        notes.append(f"no dose differs from another: {' and '.join(names[2:])} cannot be estimated")
    e0 = best.parameters[0]
    if len(names) > 2 and isinstance(likelihood.family, Binomial) and np.abs(e0) > ENDLESS:
        notes.append(f"e0 = {e0:.3g} logits is a rate of {'everybody' if e0 > 0 else 'nobody'}")
    for name, low, high in zip(names, lower, upper, strict=True):
        ends = ["lower"] * bool(np.isneginf(low)) + ["upper"] * bool(np.isposinf(high))
        if ends:
            notes.append(f"{name} has no {' and no '.join(ends)} limit")
    return tuple(notes)
