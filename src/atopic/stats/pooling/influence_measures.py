"""Which studies pull a pooled effect: deletion diagnostics."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from atopic.stats.pooling.compute import as_many, named_studies, repool
from atopic.stats.pooling.result import Pooled


def influence(fit: Pooled, *, labels: ArrayLike | None = None) -> pd.DataFrame:
    """Measure what each study does to the pooled effect and to tau2.

    Parameters
    ----------
    fit : Pooled; of one meta-analysis of at least three independent effects.
    labels : array_like, shape (k,); names of the studies; their positions when not given.

    Returns
    -------
    DataFrame: one row per study: externally studentised residual ``rstudent``, ``dffits``, Cook's
        distance ``cook``, ``covariance_ratio``, ``tau2`` and ``Q`` without the study, ``hat``
        value, ``dfbetas``, and whether any of the four thresholds below is passed.

    Raises
    ------
    ValueError: if ``fit`` holds several meta-analyses, fewer than three studies, or correlated
        effects.

    Notes
    -----
    All measures use Wald variances and, in random-effects models, estimate tau2 again without the
    study, as metafor's ``influence`` does for ``test = "z"``. A study is ``influential`` when
    abs(dffits) > 3 / sqrt(k - 1), Cook's distance is above the median of chi-square on 1 degree
    of freedom, hat > 3 / k, or abs(dfbetas) > 1.

    References
    ----------
    Viechtbauer and Cheung (2010), Research Synthesis Methods 1:112-125, section 2.

    Examples
    --------
    >>> from atopic.stats.pooling import random_effects
    >>> fit = random_effects([0.1, 0.3, 0.2, 1.9], [0.01, 0.02, 0.02, 0.02])
    >>> influence(fit)[["rstudent", "cook", "tau2"]].round(3)
       rstudent   cook   tau2
    0    -0.638  0.172  0.890
    1    -0.369  0.064  1.004
    2    -0.495  0.110  0.955
    3    10.910  1.106  0.000
    """
    whole, names = named_studies(fit, labels)
    data, k = whole.data, names.size
    if data.covariance is not None:
        raise ValueError("influence is defined for independent effects, but these correlate")
    if k < 3:
        raise ValueError(f"influence needs at least 3 studies, not {k}")
    wald = repool(whole, interval="wald")
    without = repool(whole, keep=~np.eye(as_many(k), dtype=np.bool_), interval="wald")
    shift = wald.effect - without.effect
    spread = data.variance + without.tau2
    hat = wald.weights
    # What the variance would be with all studies, but with tau2 from the others.
    total = np.sum(1 / (data.variance + without.tau2[:, None]), axis=1)
    dffits, cook = shift / np.sqrt(hat * spread), (shift / wald.se) ** 2
    dfbetas = shift * np.sqrt(total)
    median = 2 * special.gammaincinv(0.5, 0.5)
    return pd.DataFrame(
        {
            "study": names,
            "rstudent": (data.effect - without.effect) / np.sqrt(spread + without.se**2),
            "dffits": dffits,
            "cook": cook,
            "covariance_ratio": (without.se / wald.se) ** 2,
            "tau2": without.tau2,
            "Q": without.Q,
            "hat": hat,
            "dfbetas": dfbetas,
            "influential": (np.abs(dffits) > 3 / np.sqrt(k - 1))
            | (cook > median)
            | (hat > 3 / k)
            | (np.abs(dfbetas) > 1),
        }
    )
