"""MCP-Mod: is there a dose-response signal among candidate shapes, and which curve describes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from atopic.stats.arguments import as_level, as_number, as_numbers, as_whole, shown
from atopic.stats.doseresponse.arm_data import (
    Floats,
    MeanArms,
    as_count_arms,
    as_mean_arms,
    pool_equal_doses,
)
from atopic.stats.doseresponse.averaging import FittedModels, fit_all, fit_all_means
from atopic.stats.doseresponse.models import BOUNDS, Model, Shape, shape
from atopic.stats.doseresponse.union_probability import Union, directions
from atopic.stats.results import Result, number

Alternative = Literal["greater", "less", "two-sided"]
Guess = Mapping[str, float]
Candidates = Mapping[Model, Guess | Sequence[Guess] | None]

#: Candidate shapes if none are given: shape parameters as shares of the highest dose (h: a
#: number), chosen to span an early rise, an even one and a late one.
DEFAULT: Mapping[Model, Mapping[str, float]] = {
    "linear": {},
    "log-linear": {},
    "emax": {"ed50": 0.2},
    "sigmoid-emax": {"ed50": 0.5, "h": 3.0},
    "exponential": {"delta": 0.28},
    "logistic": {"ed50": 0.5, "delta": 0.1},
}
SEED = 20190311


@dataclass(frozen=True, eq=False, repr=False)
class MCPMod(Result):
    """Result of an MCP-Mod analysis.

    Attributes
    ----------
    table : DataFrame
        One row per candidate: `candidate`, `model`, `contrast` (its estimate), `se`, `statistic`,
        `p_value` (adjusted for all candidates), `p_se` (its standard error), `significant`.
    contrasts : DataFrame
        Optimal contrast of each candidate (rows) over the doses (columns); each has length 1.
    correlation : ndarray of shape (m, m)
        Of the contrast statistics.
    critical_value : float
        The largest statistic exceeds it with probability `level` if no dose has an effect.
    level : float
        One-sided for "greater" and "less", two-sided otherwise.
    alternative : {"greater", "less", "two-sided"}
    df : float
        Degrees of freedom of the statistics; infinite for z.
    p_method : str
        How the p values were computed.
    continuity : float
        What was added to responders and to non-responders of every arm.
    fits : FittedModels or None
        The Mod step: models with a significant candidate, fitted and weighed; None if no
        candidate was significant or none of their models can be carried by the doses.
    not_fitted : dict of str to str
        Models with a significant candidate that were refused, and why.
    """

    table: pd.DataFrame
    contrasts: pd.DataFrame
    correlation: Floats = field(repr=False)
    critical_value: float
    level: float
    alternative: Alternative
    df: float
    p_method: str
    continuity: float
    fits: FittedModels | None = field(repr=False)
    not_fitted: Mapping[str, str] = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a candidate shape."""
        return self.table

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the candidates, the models fitted, and those left out with the reason."""
        found = {"candidates": self.table}
        if self.fits is not None:
            found["models"] = self.fits.to_frame()
        out = pd.DataFrame(list(self.not_fitted.items()), columns=["model", "reason"])
        return {**found, "left out": out}

    def _first(self) -> str:
        seen = self.table.loc[self.table["significant"].astype(bool), "candidate"]
        best = float(self.table["p_value"].min())
        signal = f"a signal of {', '.join(map(str, seen))}" if len(seen) else "no signal"
        return f"Dose-response: {signal}; smallest adjusted P = {number(best, 2)}"

    def _model(self) -> str:
        return (
            f"{len(self.table)} contrast tests ({self.alternative}), level {number(self.level)}, "
            f"critical value {number(self.critical_value)}; P by {self.p_method}."
        )

    def _cautions(self) -> tuple[str, ...]:
        return tuple(f"{model} not fitted: {why}" for model, why in self.not_fitted.items())


def mcp_mod(
    dose: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    *,
    models: Candidates | None = None,
    level: float = 0.025,
    alternative: Alternative = "greater",
    continuity: float = 0.0,
    offset: float | None = None,
    seed: int = SEED,
) -> MCPMod:
    r"""Test candidate dose-response shapes on the logit scale, and fit those with a signal.

    Parameters
    ----------
    dose, responders, n : array_like of shape (k,)
        As for `fit`; arms of one dose are added up.
    models : mapping of model to guesses, optional
        Candidate shapes: for each model its shape parameters in units of dose, a list of several
        such guesses, or None for a model without any. The default spans early and late rises.
    level : float
        Significance level: one-sided for "greater" and "less".
    alternative : {"greater", "less", "two-sided"}
        "greater": the response rate rises with the dose.
    continuity : float
        Added to responders and to non-responders of every arm before taking logits. Off (0)
        unless asked; an arm in which nobody or everybody responded then is refused.
    offset : float, optional
        For the log-linear model; 1% of the highest dose if None.
    seed : int
        For p values with four doses or more; up to three doses they are exact.

    Returns
    -------
    MCPMod

    Raises
    ------
    ValueError
        For impossible counts, doses or options; fewer than two distinct doses; a candidate without
        its shape parameters; or an infinite logit.

    Notes
    -----
    With estimates :math:`\hat\mu` of variance S and the candidate's means m, the optimal contrast
    is :math:`c \propto S^{-1} (m - 1 \cdot 1^T S^{-1} m / 1^T S^{-1} 1)`, the statistic
    :math:`c^T \hat\mu / \sqrt{c^T S c}`. The adjusted p value is the probability under no effect
    that the largest statistic of all candidates is as large.

    References
    ----------
    Bretz, Pinheiro and Branson 2005, Biometrics 61:738.
    Pinheiro, Bornkamp, Glimm and Bretz 2014, Statistics in Medicine 33:1646.

    Examples
    --------
    >>> found = mcp_mod([0, 4, 8], [8, 18, 26], 35, models={"linear": None, "emax": {"ed50": 1.6}})
    >>> found.table[["candidate", "statistic"]].round(4).values.tolist()
    [['linear', 4.073], ['emax(ed50=1.6)', 3.8291]]
    """
    arms = pool_equal_doses(as_count_arms(dose, responders, n))
    must = "a number of patients of at least 0"
    continuity = as_number(continuity, "continuity", must, least=0)
    yes, no = arms.responders + continuity, arms.n - arms.responders + continuity
    bad = np.flatnonzero((yes == 0) | (no == 0))
    if bad.size:
        i = int(bad[0])
        raise ValueError(
            f"the logit of {arms.responders[i]:g}/{arms.n[i]:g} at dose {arms.dose[i]:g} is "
            f"infinite; continuity=0.5 adds half a patient to every cell, and trend_test needs none"
        )
    if arms.responders.sum() in (0, arms.n.sum()):
        who = "nobody" if arms.responders.sum() == 0 else "everybody"
        raise ValueError(
            f"{who} of {arms.n.sum():g} patients responded: what tells the doses apart would be "
            "the continuity correction alone"
        )
    estimate, variance = np.log(yes / no), 1 / yes + 1 / no
    result, wanted = _test(
        arms.dose, estimate, variance, models, level, alternative, math.inf, offset, seed
    )
    fits, refused = None, dict[str, str]()
    if wanted:
        try:
            fits = fit_all(arms.dose, arms.responders, arms.n, models=wanted, offset=offset)
            refused = dict(fits.refused)
        except ValueError as reason:
            refused = dict.fromkeys(map(str, wanted), str(reason))
    return replace(result, continuity=float(continuity), fits=fits, not_fitted=refused)


def mcp_mod_means(
    dose: ArrayLike,
    mean: ArrayLike,
    se: ArrayLike,
    *,
    models: Candidates | None = None,
    level: float = 0.025,
    alternative: Alternative = "greater",
    df: float = math.inf,
    n: ArrayLike | None = None,
    offset: float | None = None,
    seed: int = SEED,
) -> MCPMod:
    """Test candidate dose-response shapes on means with standard errors, and fit those with one.

    Parameters
    ----------
    dose, mean, se : array_like of shape (k,)
        As for `fit_means`; arms of one dose are pooled by inverse variance.
    models, level, alternative, offset, seed
        As for `mcp_mod`; "less" if a fall is an improvement.
    df : float
        Degrees of freedom if the standard errors share one estimated standard deviation
        (patients minus arms); infinite for z statistics.
    n : array_like, optional
        Patients of each dose; only for the AICc weights of the fits.

    Returns
    -------
    MCPMod

    Raises
    ------
    ValueError
        For impossible doses, means, standard errors or options.

    Examples
    --------
    >>> found = mcp_mod_means([0, 7.5, 15, 30], [-23, -39, -62, -74], [6.4, 6.2, 6.1, 6.1],
    ...                       models={"linear": None}, alternative="less")
    >>> round(float(found.table["statistic"].iloc[0]), 6)
    6.085971
    """
    arms = as_mean_arms(dose, mean, se)
    if n is not None:
        as_count_arms(dose, 0, n)
    pooled = _pool_means(arms)
    df = as_number(df, "df", "above 0", above=0, most=math.inf)
    result, wanted = _test(
        pooled.dose, pooled.mean, pooled.se**2, models, level, alternative, df, offset, seed
    )
    fits, refused = None, dict[str, str]()
    if wanted:
        try:
            fits = fit_all_means(arms.dose, arms.mean, arms.se, models=wanted, n=n, offset=offset)
            refused = dict(fits.refused)
        except ValueError as reason:
            refused = dict.fromkeys(map(str, wanted), str(reason))
    return replace(result, fits=fits, not_fitted=refused)


def optimal_contrasts(means: ArrayLike, variance: ArrayLike) -> Floats:
    """Contrasts with the greatest power for given mean vectors.

    Parameters
    ----------
    means : array_like of shape (m, k)
        Means of each candidate over the doses; any origin and unit.
    variance : array_like of shape (k,)
        Variance of the estimate at each dose.

    Returns
    -------
    ndarray of shape (m, k)
        Rows that sum to 0 and have length 1.

    Raises
    ------
    ValueError
        For values that are not finite, variances that are not above 0, shapes that do not fit,
        or a candidate with equal means.

    Examples
    --------
    >>> optimal_contrasts([[0, 1, 2]], [1, 1, 1]).round(6).tolist()
    [[-0.707107, 0.0, 0.707107]]
    """
    shapes = as_numbers(means, "means")
    precision = 1 / as_numbers(variance, "variance", positive=True)
    if shapes.ndim != 2 or precision.ndim != 1 or shapes.shape[1] != precision.size:
        raise ValueError(
            "means must have one row a candidate and one column for each variance, not shape "
            f"{shapes.shape} for {precision.shape}"
        )
    flat = np.ptp(shapes, axis=1) == 0 if shapes.size else np.ones(1, dtype=np.bool_)
    if flat.any():
        raise ValueError(f"means[{int(np.argmax(flat))}] are all equal: no contrast shows them")
    centre = (shapes * precision).sum(axis=1, keepdims=True) / precision.sum()
    rows = precision * (shapes - centre)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _test(
    dose: Floats,
    estimate: Floats,
    variance: Floats,
    models: Candidates | None,
    level: float,
    alternative: Alternative,
    df: float,
    offset: float | None,
    seed: int,
) -> tuple[MCPMod, list[Model]]:
    """Do the MCP step; also name the models with a significant candidate."""
    if not isinstance(alternative, str) or alternative not in ("greater", "less", "two-sided"):
        raise ValueError(
            f"alternative must be 'greater', 'less' or 'two-sided', not {shown(alternative)}"
        )
    seed = as_whole(seed, "seed")
    level = as_level(level)
    if level >= 0.5:
        raise ValueError(
            f"level is the significance level of the contrast tests, below 0.5, not {level:g} "
            "(did you mean 0.025?)"
        )
    if dose.size < 2:
        raise ValueError(
            f"a dose-response signal needs at least two different doses, and every arm has dose "
            f"{dose[0]:g}"
        )
    candidates = _candidates(models, float(dose.max()), offset)
    means = np.array([form.f(dose, phi) for _, form, phi in candidates])
    contrasts = optimal_contrasts(means, variance)
    if alternative == "less":
        contrasts = -contrasts
    value = contrasts @ estimate
    cov = (contrasts * variance) @ contrasts.T
    se = np.sqrt(np.diag(cov))
    correlation = cov / np.outer(se, se)
    statistic = value / se
    unit = directions(correlation)
    if alternative == "two-sided":
        unit = np.vstack([unit, -unit])
    looked_up = np.abs(statistic) if alternative == "two-sided" else statistic
    union = Union(unit, df=df, seed=seed)
    p = [union.probability(float(z)) for z in looked_up]
    critical = union.threshold(level)
    significant = looked_up > critical
    labels = [label for label, _, _ in candidates]
    table = pd.DataFrame(
        {
            "candidate": labels,
            "model": [form.model for _, form, _ in candidates],
            "contrast": value,
            "se": se,
            "statistic": statistic,
            "p_value": [q.value for q in p],
            "p_se": [q.se for q in p],
            "significant": significant,
        }
    )
    wanted: list[Model] = []
    for (_, form, _), hit in zip(candidates, significant, strict=True):
        if hit and form.model not in wanted:
            wanted.append(form.model)
    result = MCPMod(
        table=table,
        contrasts=pd.DataFrame(
            contrasts, index=pd.Index(labels, name="candidate"), columns=pd.Index(dose, name="dose")
        ),
        correlation=correlation,
        critical_value=critical,
        level=level,
        alternative=alternative,
        df=float(df),
        p_method=union.method,
        continuity=0.0,
        fits=None,
        not_fitted={},
    )
    return result, wanted


def _candidates(
    models: Candidates | None, highest: float, offset: float | None
) -> list[tuple[str, Shape, Floats]]:
    if models is None:
        given: Candidates = {
            model: {name: v if name == "h" else v * highest for name, v in guess.items()}
            for model, guess in DEFAULT.items()
        }
    else:
        given = models
    if not isinstance(given, Mapping):
        raise ValueError(f"models must name models with their guesses, not {shown(given)}")
    found = []
    for model, guesses in given.items():
        if model == "constant":
            raise ValueError("the constant model is the null hypothesis, not a candidate")
        form = shape(model, highest, offset=offset)
        one = guesses is None or isinstance(guesses, Mapping)
        for guess in [guesses] if one else _listed(guesses, model):
            names = tuple(BOUNDS.get(model, {}))
            values = dict(guess) if isinstance(guess, Mapping) else {}
            given_wrong = not (guess is None or isinstance(guess, Mapping))
            if given_wrong or set(values) != {*names} or not all(map(_is_above_0, values.values())):
                raise ValueError(
                    f"models[{model!r}] must give {', '.join(names) or 'no shape parameters'}"
                    f"{' above 0' if names else ''}, not {shown(guess)}"
                )
            listed = ", ".join(f"{name}={values[name]:g}" for name in names)
            label = f"{model}({listed})" if names else model
            found.append((label, form, np.array([float(values[name]) for name in names])))
    if not found:
        raise ValueError("models must name at least one candidate")
    return found


def _listed(guesses: object, model: str) -> Sequence[Guess | None]:
    if not isinstance(guesses, list | tuple):
        raise ValueError(
            f"models[{model!r}] must be guesses or a list of them, not {shown(guesses)}"
        )
    return guesses


def _is_above_0(value: object) -> bool:
    try:
        return as_number(value, "guess", above=0) > 0
    except ValueError:
        return False


def _pool_means(arms: MeanArms) -> MeanArms:
    dose, where = np.unique(arms.dose, return_inverse=True)
    precision = np.bincount(where, weights=arms.se**-2)
    mean = np.bincount(where, weights=arms.mean * arms.se**-2) / precision
    return MeanArms(dose, mean, np.asarray(precision**-0.5, dtype=np.float64))
