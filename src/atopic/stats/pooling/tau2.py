"""Estimators of the variance between studies, tau2, for many meta-analyses at once."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from atopic.stats.arguments import one_of
from atopic.stats.pooling.study_arrays import Floats, Studies, Weighted, over_studies

#: Step of the scan for maxima, in log(variance + tau2), where each weight is a logistic curve of
#: unit width. Of 200,000 meta-analyses made to be difficult (variances over eight orders of
#: magnitude) a step of 1.4 misses the highest maximum of four, one of 0.7 or 0.35 of none.
SCAN_STEP = 0.35
#: Numbers in one working array: small enough for the cache, large enough to hide call overhead.
BLOCK = 20_000
#: A bisection from 1e100 to 1e-100 would need 700; Newton steps make it about 6.
MAX_STEPS = 1000
#: A root is final when a step moves it by less than this share of (variance + tau2). The step is
#: quadratically convergent, so that the root itself is good to rounding.
STEP_TOLERANCE = 1e-12
#: With equal variances the bounds of searches are the roots themselves, to rounding.
SLACK = 1 + 1e-9


def estimate_tau2(studies: Studies, method: str) -> Floats:
    """Return tau2 of each meta-analysis by one of `TAU2_METHODS`."""
    one_of(method, "tau2_method", TAU2_METHODS)
    return TAU2_METHODS[method](studies)


def likelihood(studies: Studies, tau2: Floats, *, restricted: bool) -> Floats:
    """Return the log likelihood at tau2 with the mean at its best, shape (..., n).

    Constants are those of Harville (1977), so that values compare with metafor's ``logLik``.
    """
    fit = studies.weighted(tau2)
    k, n = studies.effect.shape
    all_of_them = studies.spectrum is not None and not restricted
    variance = studies.spectrum if all_of_them else studies.variance
    assert variance is not None
    variance = variance.reshape(len(variance), *(1,) * (tau2.ndim - 1), n)
    present = np.isfinite(variance)
    logs = over_studies(np.log(np.where(present, variance + tau2, 1.0)))
    value: Floats = -0.5 * (logs + fit.q)
    degrees: Floats = studies.size - k + len(variance)
    if restricted:
        if studies.design is None:
            design = np.log(studies.size)
        else:
            design = np.log(over_studies(studies.design**2))
        value += 0.5 * (design - np.log(fit.information / fit.scale))
        degrees = degrees - 1
    value -= 0.5 * degrees * np.log(2 * np.pi)
    return value


def q_root(studies: Studies, target: Floats) -> Floats:
    """Return the tau2 at which the generalised Q equals a target, and 0 where Q starts below it.

    Q falls steadily as tau2 grows, so that there is one root (Viechtbauer 2007, section 2.3).
    """
    fit = studies.weighted(np.zeros(studies.size.shape))
    squares = _squares(studies)
    lowest = studies.smallest_variance
    upper = np.where(target > 0, squares / np.where(target > 0, target, 1.0) - lowest, 0.0) * SLACK
    tau2 = np.zeros(studies.size.shape)
    rows = np.flatnonzero((fit.q > target) & (upper > 0))
    for block in _blocks(rows, studies.effect.shape[0]):
        part, goal = studies.take(block), target[block]
        zeros = np.zeros(block.shape)
        tau2[block] = _falling_root(_q_excess(part, goal), zeros, upper[block], lowest[block])
    return tau2


def projected_weight(studies: Studies) -> Floats:
    """Return the trace of the projected weights at tau2 = 0; (k - 1) over it is typical variance.

    For independent studies it is sum(w) - sum(w**2) / sum(w), w = 1 / variance.
    """
    fit = studies.weighted(np.zeros(studies.size.shape))
    return _trace(studies, fit) / fit.scale


def _q_excess(studies: Studies, target: Floats) -> Callable[[Floats], tuple[Floats, Floats]]:
    def excess(tau2: Floats) -> tuple[Floats, Floats]:
        fit = studies.weighted(tau2)
        q = fit.q
        fall = over_studies((fit.weight * fit.residual) ** 2) / fit.scale
        # Newton's step for 1 - target / Q, which is all but straight in tau2, as Q is not.
        return q - target, -target * (fall / q)

    return excess


def _maximum_likelihood(studies: Studies) -> Floats:
    return _highest_maximum(studies, restricted=False)


def _restricted_maximum_likelihood(studies: Studies) -> Floats:
    return _highest_maximum(studies, restricted=True)


def _paule_mandel(studies: Studies) -> Floats:
    return q_root(studies, studies.size - 1)


def _dersimonian_laird(studies: Studies) -> Floats:
    fit = studies.weighted(np.zeros(studies.size.shape))
    trace = projected_weight(studies)
    excess = fit.q - (studies.size - 1)
    return np.where(excess > 0, excess / np.where(trace > 0, trace, 1.0), 0.0)


def _sidik_jonkman(studies: Studies) -> Floats:
    if studies.design is not None and studies.crude is None:
        raise ValueError("tau2_method 'sj' is defined for independent effects only")
    crude = _squares(studies) / studies.size if studies.crude is None else studies.crude
    safe = np.where(crude > 0, crude, 1.0)
    fit = studies.weighted(safe)
    # With weights 1 / (v / crude + 1) the weighted squares are crude times Q at the crude value.
    return np.where((crude > 0) & (studies.size > 1), safe * fit.q, 0.0) / np.maximum(
        studies.size - 1, 1
    )


TAU2_METHODS: dict[str, Callable[[Studies], Floats]] = {
    "reml": _restricted_maximum_likelihood,
    "pm": _paule_mandel,
    "dl": _dersimonian_laird,
    "ml": _maximum_likelihood,
    # Morris (1983): his fixed point solves the same equation as Paule and Mandel (1982).
    "eb": _paule_mandel,
    "sj": _sidik_jonkman,
}


def several_maxima(studies: Studies, *, restricted: bool) -> NDArray[np.bool_]:
    """Return whether the likelihood of each meta-analysis has more than one maximum."""
    counts = np.ones(studies.size.shape, dtype=np.intp)
    for block, span in _scans(studies):
        column, _ = _maxima(studies.take(block), span, restricted=restricted)
        counts[block] = np.bincount(column, minlength=block.size)
    return counts > 1


def _highest_maximum(studies: Studies, *, restricted: bool) -> Floats:
    tau2 = np.zeros(studies.size.shape)
    for block, span in _scans(studies):
        part = studies.take(block)
        column, root = _maxima(part, span, restricted=restricted)
        best = np.zeros(span.shape)
        if column.size > span.size:
            height = likelihood(part.take(column), root, restricted=restricted)
            # The last assignment to a place stands: ascending height leaves the highest, and the
            # smaller tau2 of two equally high.
            ascending = np.lexsort((-root, height))
            column, root = column[ascending], root[ascending]
        best[column] = root
        tau2[block] = best
    return tau2


def _scans(studies: Studies) -> Iterator[tuple[NDArray[np.intp], Floats]]:
    """Yield the meta-analyses that can have tau2 > 0, in blocks, and how far to scan each."""
    upper = _bound(studies)
    span = np.log1p(np.maximum(upper, 0) / studies.smallest_variance)
    rows = np.flatnonzero(upper > 0)
    # Wide scans together, so that one extreme meta-analysis does not slow down all others.
    rows = rows[np.argsort(span[rows], kind="stable")]
    for block in _blocks(rows, 8 * studies.effect.shape[0]):
        yield block, span[block]


def _maxima(studies: Studies, span: Floats, *, restricted: bool) -> tuple[NDArray[np.intp], Floats]:
    """Return every maximum of the likelihood, the boundary included: whose it is, and tau2."""
    steps = int(np.ceil(span.max() / SCAN_STEP)) + 1
    lowest = studies.smallest_variance
    scan = lowest * np.expm1(span * np.linspace(0, 1, steps + 1)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = _score(studies, scan, restricted=restricted)[0] > 0
    rising[-1] = False
    step, column = np.nonzero(rising[:-1] & ~rising[1:])
    part = studies.take(column)
    root = _falling_root(
        lambda tau2: _score(part, tau2, restricted=restricted),
        scan[step, column],
        scan[step + 1, column],
        lowest[column],
    )
    boundary = np.flatnonzero(~rising[0])
    return np.append(column, boundary), np.append(root, np.zeros(boundary.size))


def _score(studies: Studies, tau2: Floats, *, restricted: bool) -> tuple[Floats, Floats]:
    """Return the score, and the slope with which Newton's step is score / slope.

    The score is half of (sum w2 r2 - trace), w = 1 / (v + tau2), r the residuals, trace that of
    the weights (ML) or of the projected weights (REML). Its double is returned, in units of the
    scale. The step is that for 1 - trace / sum w2 r2, a straight line when variances are equal.
    """
    fit = studies.weighted(tau2)
    w, r, scale = fit.weight, fit.residual, fit.scale
    w2, wr = w * w, w * r
    x = studies.design
    if x is None:
        lean, second, third = over_studies(w * wr), over_studies(w2), over_studies(w2 * w)
    else:
        x = x.reshape(x.shape[0], *(1,) * (tau2.ndim - 1), x.shape[1])
        lean = over_studies(w * wr * x)
        second, third = over_studies(w2 * x**2), over_studies(w2 * w * x**2)
    # In units of the scale no power of it leaves double precision.
    square = over_studies(wr * wr) / scale
    square_slope = 2 * (lean**2 / fit.information - over_studies(wr * wr * w)) / scale
    trace_slope = -second if x is None else -over_studies(w2)
    if restricted:
        trace = _trace(studies, fit)
        trace_slope = trace_slope + 2 * third / fit.information - (second / fit.information) ** 2
    elif studies.spectrum is not None:
        every = scale / (
            studies.spectrum.reshape(
                len(studies.spectrum), *(1,) * (tau2.ndim - 1), scale.shape[-1]
            )
            + tau2
        )
        trace, trace_slope = over_studies(every), -over_studies(every**2)
    else:
        trace = over_studies(w)
    return square - trace, trace * (square_slope / square) - trace_slope


def _trace(studies: Studies, fit: Weighted) -> Floats:
    """Return the trace of the projected weights, in units of 1 / scale."""
    w = fit.weight
    if studies.design is None:
        # The first weight is 1. Its term, 1 - 1 / total, is others / total: written so, it keeps
        # its digits when the others are small.
        others = over_studies(w[1:])
        squares = over_studies(w[1:] ** 2)
        return others + (others - squares) / fit.information
    x2 = studies.design.reshape(w.shape[0], *(1,) * (w.ndim - 2), w.shape[-1]) ** 2
    return over_studies(w * (1 - w * x2 / fit.information))


def _squares(studies: Studies) -> Floats:
    """Return the sum of squares around the unweighted mean, over the studies that take part."""
    if studies.design is not None:
        x, y = studies.design, studies.effect
        mean = over_studies(x * y) / over_studies(x * x)
        return over_studies((y - x * mean) ** 2)
    mean = over_studies(studies.effect) / studies.size
    present = np.isfinite(studies.variance)
    return over_studies(np.where(present, (studies.effect - mean) ** 2, 0.0))


def _bound(studies: Studies) -> Floats:
    """Return a tau2 beyond which the score is negative; negative where it is so everywhere.

    The trace is at least (k - 1) / (largest v + tau2), and sum w2 r2 is at most the unweighted
    sum of squares over (smallest v + tau2) squared: the bound solves the equation of the two.
    """
    mean_square = np.where(
        studies.size > 1, _squares(studies) / np.maximum(studies.size - 1, 1), 0.0
    )
    low = studies.smallest_variance
    variance = studies.variance if studies.spectrum is None else studies.spectrum
    high: Floats = np.max(np.where(np.isfinite(variance), variance, low), axis=0)
    root = np.sqrt(mean_square**2 + 4 * mean_square * (high - low))
    return (mean_square - 2 * low + root) / 2 * SLACK


def _falling_root(
    function: Callable[[Floats], tuple[Floats, Floats]],
    lower: Floats,
    upper: Floats,
    lowest: Floats,
) -> Floats:
    """Return roots of functions that are positive at ``lower`` and not positive at ``upper``.

    A function returns values and slopes whose ratio is Newton's step in units of lowest + root.
    Newton steps, and a bisection wherever they leave the bracket or shrink too slowly.
    """
    root, moved = (lower + upper) / 2, upper - lower
    found = np.zeros(root.shape, dtype=np.bool_)
    for _ in range(MAX_STEPS):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            value, slope = function(root)
            newton = root - value / slope * (lowest + root)
        positive = value > 0
        lower, upper = np.where(positive, root, lower), np.where(positive, upper, root)
        # At the root, rounding decides on which side of it Newton's step ends.
        there = np.abs(newton - root) <= STEP_TOLERANCE * (lowest + root)
        quick = (newton >= lower) & (newton <= upper) & (np.abs(newton - root) <= moved / 2)
        following = np.where(quick | there, np.clip(newton, lower, upper), (lower + upper) / 2)
        moved = np.abs(following - root)
        root = np.where(found, root, following)
        found |= moved <= STEP_TOLERANCE * (lowest + root)
        if found.all():
            break
    return root


def _blocks(rows: NDArray[np.intp], k: int) -> Iterator[NDArray[np.intp]]:
    size = max(1, BLOCK // k)
    for start in range(0, rows.size, size):
        yield rows[start : start + size]
