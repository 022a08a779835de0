"""What a fitted dose-response model says: the curve with its band, and the dose for a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from atopic.stats.arguments import LARGEST, as_flag, as_level, as_number, shown
from atopic.stats.doseresponse.arm_data import Floats, as_doses
from atopic.stats.doseresponse.averaging import ModelAverage, response
from atopic.stats.doseresponse.fit_model import PROFILE, DoseFit
from atopic.stats.doseresponse.likelihood_region import limits
from atopic.stats.results import Result

#: Doses of a curve if none are given, and steps in the search for a crossing.
CURVE_POINTS = 51
CROSSING_STEPS = 400


@dataclass(frozen=True, repr=False)
class TargetDose(Result):
    """The dose that reaches a target over placebo.

    Attributes
    ----------
    target : float
        Difference from dose 0: of response rates (0..1), or of means.
    estimate, lower, upper : float
        In the unit of the doses; infinite if not reached up to `up_to`.
    level : float
        Confidence level.
    interval : str
        How the interval was made.
    up_to : float
        Highest dose considered.
    statement : str
        The result in a sentence, naming an end that is open.
    """

    target: float
    estimate: float
    lower: float
    upper: float
    level: float
    interval: str
    up_to: float
    statement: str

    def _first(self) -> str:
        return self.statement


def predict(
    fit: DoseFit | ModelAverage,
    dose: ArrayLike | None = None,
    *,
    over_placebo: bool = False,
) -> pd.DataFrame:
    """Predict the response over doses, with a pointwise band.

    Parameters
    ----------
    fit : DoseFit or ModelAverage
        The level and kind of the band are those of the fit: profile likelihood for one model,
        unconditional standard error for an average.
    dose : array_like, optional
        Doses; 51 from 0 to the highest dose studied if None.
    over_placebo : bool
        Give the difference from dose 0 instead: of response rates, or of means.

    Returns
    -------
    DataFrame
        Columns `dose`, `estimate`, `lower`, `upper`: response rates in 0..1, or means.

    Raises
    ------
    ValueError
        For an impossible dose.

    Examples
    --------
    >>> from atopic.stats.doseresponse import fit
    >>> line = fit([0, 4, 8], [8, 18, 26], 35, model="linear")
    >>> predict(line, [0, 8]).round(3).values.tolist()
    [[0.0, 0.239, 0.131, 0.379], [8.0, 0.753, 0.612, 0.863]]
    """
    _as_fit(fit)
    over_placebo = as_flag(over_placebo, "over_placebo")
    if dose is None:
        highest = fit.highest if isinstance(fit, ModelAverage) else fit.likelihood.dose.max()
        doses = np.linspace(0, float(highest), CURVE_POINTS)
    else:
        doses = as_doses(dose)
    if isinstance(fit, ModelAverage):
        value, lower, upper = fit.band(doses, over_placebo=over_placebo)
    else:
        value = response(fit, doses, over_placebo=over_placebo)[0]
        lower, upper = _profile_band(fit, doses, over_placebo)
    return pd.DataFrame({"dose": doses, "estimate": value, "lower": lower, "upper": upper})


def target_dose(
    fit: DoseFit | ModelAverage, target: float, *, up_to: float | None = None
) -> TargetDose:
    r"""Find the dose whose response differs from that of placebo (dose 0) by a target.

    Parameters
    ----------
    fit : DoseFit or ModelAverage
        Its arms must include dose 0: without placebo there is nothing to be over.
    target : float
        Difference of response rates (between -1 and 1) or of means; not 0.
    up_to : float, optional
        Highest dose considered; the highest studied if None. A larger one extrapolates.

    Returns
    -------
    TargetDose
        For one model the interval is by profile likelihood: the doses at which the target is
        reached by some curve of the likelihood region. For an average it holds the doses at
        which the band of the difference from placebo includes the target.

    Raises
    ------
    ValueError
        If no arm has dose 0, or the target or `up_to` is impossible.

    Notes
    -----
    Solving :math:`p(d) - p(0) = \Delta` for d gives the target dose as a function of the
    parameters; its limits are its extremes over the likelihood region. If some curve of the
    region never reaches the target up to `up_to`, the upper limit is infinite.

    References
    ----------
    Bretz, Pinheiro and Branson 2005, Biometrics 61:738, section 3.3 (minimum effective dose).

    Examples
    --------
    >>> from atopic.stats.doseresponse import fit
    >>> line = fit([0, 4, 8], [8, 18, 26], 35, model="linear")
    >>> print(target_dose(line, 0.3).statement)
    0.3 over dose 0 is reached at 4.63 (95% interval 3.44 to more than 8)
    """
    _as_fit(fit)
    fits = fit.models.fits if isinstance(fit, ModelAverage) else (fit,)
    doses = fits[0].likelihood.dose
    if not np.any(doses == 0):
        found = ", ".join(f"{d:g}" for d in np.unique(doses))
        raise ValueError(f"a target over placebo needs an arm with dose 0; found doses {found}")
    largest = 1.0 if fits[0].scale == "logit" else LARGEST
    allowed = "between -1 and 1" if largest == 1.0 else "finite"
    must = f"a difference {allowed} and not 0"
    wanted = as_number(target, "target", must, above=-largest, below=largest)
    if wanted == 0:
        raise ValueError(f"target must be {must}, not {shown(target)}")
    end = float(doses.max()) if up_to is None else up_to
    end = as_number(end, "up_to", "a dose above 0", above=0)
    if isinstance(fit, ModelAverage):
        estimate, lower, upper = _averaged_target(fit, wanted, end)
    else:
        estimate, lower, upper = _profile_target(fit, wanted, end)
    level = as_level(fit.level)
    return TargetDose(
        target=wanted,
        estimate=estimate,
        lower=lower,
        upper=upper,
        level=level,
        interval=fit.interval if isinstance(fit, ModelAverage) else PROFILE,
        up_to=end,
        statement=_statement(wanted, estimate, lower, upper, level, end),
    )


def _as_fit(fit: DoseFit | ModelAverage) -> None:
    if not isinstance(fit, DoseFit | ModelAverage):
        raise ValueError(f"fit must be from fit, fit_means or average, not {shown(fit)}")


def _profile_band(fit: DoseFit, doses: Floats, over_placebo: bool) -> tuple[Floats, Floats]:
    form = fit.likelihood.shape
    to_response = expit if fit.scale == "logit" else np.asarray

    def at_doses(e0: Floats, effect: Floats, phi: Floats) -> Floats:
        eta = e0 + effect * form.f(doses[:, None], phi)
        if not over_placebo:
            return np.asarray(to_response(eta))
        return np.asarray(
            to_response(eta) - to_response(e0 + effect * form.f(np.zeros((1, 1)), phi))
        )

    return limits(fit.likelihood, at_doses, fit.maximum, fit.level, fit.shape_limits)


def _profile_target(fit: DoseFit, target: float, end: float) -> tuple[float, float, float]:
    form = fit.likelihood.shape

    def dose_needed(e0: Floats, effect: Floats, phi: Floats) -> Floats:
        start = form.f(np.zeros((1, 1)), phi)
        placebo = e0 + effect * start
        with np.errstate(divide="ignore", invalid="ignore"):
            # logit of a rate outside 0..1 is not a number: no dose reaches it.
            rise = logit(expit(placebo) + target) - placebo if fit.scale == "logit" else target
            needed = form.inverse(start + rise / effect, phi)
            rises = rise / effect > 0
        needed = np.where(rises & (needed <= end), needed, np.inf)
        return np.where(np.isnan(e0), np.nan, needed)

    if form.model == "constant":
        return np.inf, np.inf, np.inf
    best = fit.maximum.parameters
    estimate = dose_needed(best[None, :1], best[None, 1:2], best[None, None, 2:])[0, 0]
    lower, upper = limits(fit.likelihood, dose_needed, fit.maximum, fit.level, fit.shape_limits)
    return float(estimate), float(lower[0]), float(upper[0])


def _averaged_target(fit: ModelAverage, target: float, end: float) -> tuple[float, float, float]:
    from scipy.optimize import brentq  # slow to import

    sign = np.sign(target)
    grid = np.linspace(0, end, CROSSING_STEPS + 1)[1:]

    def first_crossing(which: int) -> float:
        def short(dose: float) -> float:
            return float(sign * (fit.band(np.array([dose]), over_placebo=True)[which][0] - target))

        height = sign * (fit.band(grid, over_placebo=True)[which] - target)
        reached = np.flatnonzero(height >= 0)
        if not reached.size:
            return np.inf
        at = reached[0]
        before = grid[at - 1] if at else 0.0
        return float(brentq(short, before, grid[at])) if short(before) < 0 else float(before)

    nearer, farther = (2, 1) if sign > 0 else (1, 2)
    return first_crossing(0), first_crossing(nearer), first_crossing(farther)


def _statement(
    target: float, estimate: float, lower: float, upper: float, level: float, end: float
) -> str:
    what = f"{target:g} over dose 0"
    if np.isinf(lower):
        return f"{what} is not reached up to {end:g}, nor by any curve the data allow"
    high = f"{upper:.3g}" if np.isfinite(upper) else f"more than {end:g}"
    percent = f"{100 * level:g}% interval {lower:.3g} to {high}"
    if np.isinf(estimate):
        return f"{what} is not reached up to {end:g} ({percent})"
    return f"{what} is reached at {estimate:.3g} ({percent})"
