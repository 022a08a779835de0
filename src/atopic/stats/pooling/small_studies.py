"""Do small studies show other effects than large ones: Egger's test and the funnel.

Both need at least ten studies, and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from atopic.stats.arguments import as_level, as_row
from atopic.stats.pooling.compute import named_studies, one_meta_analysis
from atopic.stats.pooling.result import Data, Pooled
from atopic.stats.pooling.study_arrays import NEGLIGIBLE, ROUNDING
from atopic.stats.results import Result

#: Sterne et al. (2011), BMJ 343:d4002, recommendation 1.
FEWEST_STUDIES = 10
#: Points along each side of the funnel.
GRID = 50
_EXACT = "the effects lie on one line: limits have no width, and P says nothing of other studies"


@dataclass(frozen=True, repr=False)
class Egger(Result):
    """Egger's regression of effects on their standard errors.

    Parameters
    ----------
    bias, se, lower, upper : float; change of the effect per unit of standard error, and its t
        limits.
    t, df, p_value : float; two-sided test that it is 0.
    limit, limit_se : float; effect at which the line ends as the standard error goes to 0.
    level : float
    variance : str; ``"multiplicative"``: residual variance is a multiple of the sampling variances.
    notes : tuple of str; that the limits have no width, where the effects lie on a line.
    """

    bias: float
    se: float
    lower: float
    upper: float
    t: float
    df: int
    p_value: float
    limit: float
    limit_se: float
    level: float
    variance: str = "multiplicative"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Funnel(Result):
    """Data of a funnel plot.

    Parameters
    ----------
    points : DataFrame; ``study``, ``effect``, ``se`` and ``weight`` of each study.
    region : DataFrame; ``level``, ``se``, ``lower`` and ``upper``: where a share ``level`` of
        studies would lie if all estimated ``centre``.
    centre : float; the pooled effect.
    """

    points: pd.DataFrame
    region: pd.DataFrame
    centre: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row a study."""
        return self.points


def egger(fit: Pooled, *, level: float = 0.95) -> Egger:
    """Test whether effects change with their standard errors.

    Parameters
    ----------
    fit : Pooled; of one meta-analysis of at least ten independent effects.

    Raises
    ------
    ValueError: with fewer than ten studies, equal standard errors, correlated effects, or several
        meta-analyses.

    Notes
    -----
    Weighted least squares, effect = limit + bias * standard error, weights 1 / variance. For log
    odds ratios and risk ratios, effect and standard error are related even without any bias.

    References
    ----------
    Egger et al. (1997), BMJ 315:629-634.

    Examples
    --------
    >>> import numpy as np
    >>> from atopic.stats.pooling import random_effects
    >>> se = np.linspace(0.1, 0.5, 10)
    >>> effect = 0.2 + 2 * se + 0.05 * (-1) ** np.arange(10)
    >>> round(egger(random_effects(effect, se**2)).bias, 6)
    1.857102
    """
    data = _enough(fit, "Egger's test")
    as_level(level)
    se = np.sqrt(data.variance)
    if np.ptp(se) <= 1e-8 * se.max():
        raise ValueError("Egger's test needs standard errors that differ, but all are equal")
    weight = 1 / data.variance
    centre = np.average(se, weights=weight)
    squares = np.sum(weight * (se - centre) ** 2)
    mean = np.average(data.effect, weights=weight)
    bias = np.sum(weight * (se - centre) * (data.effect - mean)) / squares
    limit = mean - bias * centre
    df = data.effect.size - 2
    squares_left = np.sum(weight * (data.effect - limit - bias * se) ** 2)
    made_of = np.abs(data.effect) + np.abs(limit) + np.abs(bias * se)
    exact = squares_left <= min((10 * ROUNDING) ** 2 * np.sum(weight * made_of**2), NEGLIGIBLE**2)
    if exact and np.ptp(data.effect) <= ROUNDING * np.abs(mean):
        bias, limit = 0.0, mean
    spread = 0.0 if exact else squares_left / df
    bias_se = np.sqrt(spread / squares)
    limit_se = np.sqrt(spread * (1 / weight.sum() + centre**2 / squares))
    margin = special.stdtrit(df, (1 + level) / 2) * bias_se
    # Effects that lie on a line leave no residual: then only a flat line is compatible with 0.
    t = bias / bias_se if bias_se > 0 else np.copysign(np.inf, bias) if bias else 0.0
    return Egger(
        bias=float(bias),
        se=float(bias_se),
        lower=float(bias - margin),
        upper=float(bias + margin),
        t=float(t),
        df=df,
        p_value=float(2 * special.stdtr(df, -abs(t))),
        limit=float(limit),
        limit_se=float(limit_se),
        level=level,
        notes=(_EXACT,) if exact else (),
    )


def funnel(fit: Pooled, *, levels: Sequence[float] = (0.9, 0.95, 0.99)) -> Funnel:
    """Return the points and regions of a funnel plot.

    Parameters
    ----------
    fit : Pooled; of one meta-analysis of at least ten independent effects.
    levels : sequence of float; shares of studies that the regions hold, 0 to 1.

    Raises
    ------
    ValueError: with fewer than ten studies, correlated effects, or several meta-analyses.

    Notes
    -----
    Regions are centre +- z * se, by sampling error alone, from se = 0 to that of the least
    precise study.

    References
    ----------
    Sterne and Egger (2001), Journal of Clinical Epidemiology 54:1046-1055.

    Examples
    --------
    >>> import numpy as np
    >>> from atopic.stats.pooling import random_effects
    >>> plot = funnel(random_effects(np.arange(10.0), 1.0))
    >>> plot.centre, plot.points.shape, plot.region["level"].unique().tolist()
    (4.5, (10, 4), [0.9, 0.95, 0.99])
    """
    data = _enough(fit, "a funnel plot")
    centre, se = float(fit.effect), np.sqrt(data.variance)
    points = pd.DataFrame(
        {
            "study": named_studies(fit, None)[1],
            "effect": data.effect,
            "se": se,
            "weight": fit.weights[fit.data.mask],
        }
    )
    along = np.linspace(0, se.max(), GRID)
    regions = []
    for level in as_row(levels, "levels").tolist():
        margin = special.ndtri((1 + as_level(level)) / 2) * along
        regions.append(
            pd.DataFrame(
                {"level": level, "se": along, "lower": centre - margin, "upper": centre + margin}
            )
        )
    return Funnel(points, pd.concat(regions, ignore_index=True), centre)


def _enough(fit: Pooled, what: str) -> Data:
    data = one_meta_analysis(fit)
    k = data.effect.size
    if k < FEWEST_STUDIES:
        raise ValueError(
            f"{what} needs at least {FEWEST_STUDIES} studies, but there "
            f"{'is' if k == 1 else 'are'} {k}: with fewer, it cannot tell an asymmetry from chance "
            f"(Sterne et al. 2011, BMJ 343:d4002)"
        )
    if data.covariance is not None:
        raise ValueError(f"{what} is defined for independent effects, but these correlate")
    return data
