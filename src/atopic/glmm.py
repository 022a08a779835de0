"""Random-intercept logistic model for responder counts of single arms, by maximum likelihood.

``logit(p_i) = x_i beta + u_g(i)`` with ``u_g ~ N(0, tau2)`` and ``responders_i ~ Binomial(n_i,
p_i)``. The counts enter as they are: no half is added to an arm with no or only responders.

Vocabulary: an *arm* is one pair of counts; a *group* is the set of arms that share a random
intercept (a study). Without `group` every arm is its own group, which is the meta-analysis of
single-arm proportions; with it, moderators of the arms give the one-stage meta-regression and
the dose-response of several studies. The *median proportion* is that of the middle study, where
the random intercept is 0; the *mean proportion* is averaged over studies. They differ as soon as
tau2 is not 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, expit, gammaln, ndtr, ndtri, stdtr, stdtrit

from atopic.glmm_likelihood import TAU_LIMIT, Arms, Optimum, boundary_score, maximise
from atopic.logistic import LogisticFit, fit_logistic, refuse_separation, softplus_parts
from atopic.validation import as_counts, as_level

__all__ = ["GlmmFit", "HeterogeneityTest", "PooledProportion", "fit"]

Floats = NDArray[np.float64]
Moderators = ArrayLike | Mapping[str, ArrayLike] | pd.DataFrame

#: Gain in log-likelihood below which tau2 = 0 is as good as any other value.
NO_GAIN = 1e-9


@dataclass(frozen=True)
class HeterogeneityTest:
    """A test of no difference between groups beyond chance and moderators."""

    name: str
    statistic: float
    df: int
    p_value: float
    reference: str


@dataclass(frozen=True)
class PooledProportion:
    """Pooled proportion of an intercept-only model, each limit between 0 and 1."""

    median: float
    median_lower: float
    median_upper: float
    mean: float
    mean_lower: float
    mean_upper: float
    prediction_lower: float
    prediction_upper: float


@dataclass(frozen=True, eq=False)
class GlmmFit:
    """Result of `fit`; log odds unless a name says proportion.

    Attributes
    ----------
    names : tuple of str
        ``"intercept"`` and the moderators, in the order of ``beta``.
    beta, se, lower, upper : ndarray of shape (p,)
        Coefficients, standard errors and confidence limits.
    covariance : ndarray of shape (p, p)
        Of ``beta``, from the observed information of ``(beta, tau)``; at the boundary from that
        of ``beta`` alone.
    tau2, tau2_se : float, float or None
        Between-group variance; its standard error is None at the boundary.
    boundary : bool
        Whether tau2 = 0 has the highest likelihood; then this is plain logistic regression.
    tau2_estimable : bool
        False with one group, or when every group holds one patient: such counts cannot tell
        tau2 from 0, and the fit is that of tau2 = 0.
    log_likelihood, log_likelihood_common : float
        Binomial coefficients included; the second is at tau2 = 0.
    aic, aicc : float
        ``p + 1`` parameters; the small-sample correction counts arms.
    likelihood_ratio : HeterogeneityTest
        tau2 = 0 against tau2 > 0.
    deviance : HeterogeneityTest
        One common rate (given moderators) against a free rate for each arm.
    k, groups : int
        Arms and groups.
    level : float
        Confidence level.
    interval, prediction : str
        Quantiles of the confidence and the prediction limits, as asked for.
    interval_df, prediction_df : float
        Their degrees of freedom, ``inf`` for the normal.
    quadrature, nodes : str, int
        Rule of the last pass.
    gradient : float
        Largest slope of the log-likelihood at the estimate, in log-likelihood per standard error.
    """

    names: tuple[str, ...]
    beta: Floats
    se: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    tau2: float
    tau2_se: float | None
    boundary: bool
    tau2_estimable: bool
    log_likelihood: float
    log_likelihood_common: float
    aic: float
    aicc: float
    likelihood_ratio: HeterogeneityTest
    deviance: HeterogeneityTest
    k: int
    groups: int
    level: float
    interval: str
    interval_df: float
    prediction: str
    prediction_df: float
    quadrature: str
    nodes: int
    gradient: float
    _joint: Floats = field(repr=False)
    _data: "_Data" = field(repr=False)

    @property
    def coefficients(self) -> pd.DataFrame:
        """One row a coefficient: estimate, se, lower, upper, statistic, p_value."""
        statistic = self.beta / self.se
        tail = _lower_tail(-np.abs(statistic), self.interval_df)
        return pd.DataFrame(
            {
                "estimate": self.beta,
                "se": self.se,
                "lower": self.lower,
                "upper": self.upper,
                "statistic": statistic,
                "p_value": 2.0 * tail,
            },
            index=pd.Index(self.names, name="coefficient"),
        )

    @property
    def pooled(self) -> PooledProportion:
        """Median and mean proportion and the prediction interval of a model without moderators.

        Raises
        ------
        ValueError
            If the model has moderators: then ask `at` for a proportion at given values.
        """
        if len(self.names) > 1:
            raise ValueError(
                f"the proportion depends on {', '.join(self.names[1:])}: give values to `at`"
            )
        row = self._rows(np.ones((1, 1))).iloc[0]
        return PooledProportion(**{str(name): float(value) for name, value in row.items()})

    def at(self, moderators: Moderators) -> pd.DataFrame:
        """Proportions at given values of the moderators, one row each.

        Parameters
        ----------
        moderators : array_like of shape (m, p - 1), mapping or DataFrame
            As in `fit`; a mapping or DataFrame is read by name.

        Returns
        -------
        DataFrame
            Columns ``median``, ``median_lower``, ``median_upper``, ``mean``, ``mean_lower``,
            ``mean_upper``, ``prediction_lower``, ``prediction_upper``.
        """
        names, columns = _moderator_columns(moderators, None)
        expected = self.names[1:]
        if isinstance(moderators, (Mapping, pd.DataFrame)):
            missing = [name for name in expected if name not in names]
            if missing:
                raise ValueError(f"moderators lack {', '.join(missing)}; found {', '.join(names)}")
            columns = columns[:, [names.index(name) for name in expected]]
        elif columns.shape[1] != len(expected):
            raise ValueError(
                f"moderators have {columns.shape[1]} columns; the model has {len(expected)}"
            )
        return self._rows(np.column_stack([np.ones(len(columns)), columns]))

    def r_call(self) -> str:
        """Return the call in R that fits the same model (metafor, or lme4 when arms share groups).

        Examples
        --------
        >>> print(fit([4, 6, 9], [5, 11, 20]).r_call())
        metafor::rma.glmm(measure="PLO", xi=c(4,6,9), ni=c(5,11,20), nAGQ=25)
        """
        data = self._data
        x, n = _r_vector(data.responders), _r_vector(data.n)
        if self.groups == self.k:
            columns = ", ".join(
                f"`{name}`={_r_vector(column)}"
                for name, column in zip(self.names[1:], data.design.T[1:], strict=True)
            )
            mods = f", mods=cbind({columns})" if columns else ""
            return f'metafor::rma.glmm(measure="PLO", xi={x}, ni={n}{mods}, nAGQ=25)'
        terms = "".join(f"`{name}` + " for name in self.names[1:])
        columns = "".join(
            f"`{name}`={_r_vector(column)}, "
            for name, column in zip(self.names[1:], data.design.T[1:], strict=True)
        )
        return (
            f"lme4::glmer(cbind(x, n - x) ~ {terms}(1 | study), family=binomial, nAGQ=25, "
            f"data=data.frame(x={x}, n={n}, {columns}study={_r_vector(data.group + 1.0)}, "
            "check.names=FALSE))"
        )

    def _rows(self, design: Floats) -> pd.DataFrame:
        logit = design @ self.beta
        variance = np.einsum("ij,jk,ik->i", design, self.covariance, design)
        quantile = _quantile(self.level, self.interval_df)
        margin = quantile * np.sqrt(variance)
        spread = _quantile(self.level, self.prediction_df) * np.sqrt(self.tau2 + variance)
        tau = float(np.sqrt(self.tau2))
        mean, by_logit, by_tau = _marginal(logit, tau)
        # Delta method on the log odds of the mean, where limits stay between 0 and 1.
        gradient = np.column_stack([by_logit[:, None] * design, by_tau])
        mean_se = np.sqrt(np.einsum("ij,jk,ik->i", gradient, self._joint, gradient))
        mean_logit = np.log(mean) - np.log1p(-mean)
        mean_margin = quantile * mean_se / (mean * (1.0 - mean))
        return pd.DataFrame(
            {
                "median": expit(logit),
                "median_lower": expit(logit - margin),
                "median_upper": expit(logit + margin),
                "mean": mean,
                "mean_lower": expit(mean_logit - mean_margin),
                "mean_upper": expit(mean_logit + mean_margin),
                "prediction_lower": expit(logit - spread),
                "prediction_upper": expit(logit + spread),
            }
        )


@dataclass(frozen=True, eq=False)
class _Data:
    """What was fitted, in the caller's order, for `GlmmFit.r_call`."""

    responders: Floats
    n: Floats
    design: Floats
    group: NDArray[np.intp]


def fit(
    responders: ArrayLike,
    n: ArrayLike,
    *,
    moderators: Moderators | None = None,
    group: ArrayLike | None = None,
    nodes: int | None = None,
    level: float = 0.95,
    interval: Literal["z", "t(k-p)"] = "z",
    prediction: Literal["z", "t(k-p)", "t(k-p-1)"] = "t(k-p-1)",
) -> GlmmFit:
    """Fit the random-intercept logistic model.

    Parameters
    ----------
    responders, n : array_like of shape (k,)
        Patients with a response and patients in all, one pair an arm.
    moderators : array_like of shape (k,) or (k, p - 1), mapping or DataFrame, optional
        Covariates of the arms (dose, treated or not, week), in any unit; an intercept is always
        there. Columns of a mapping or DataFrame keep their names.
    group : array_like of shape (k,), optional
        Labels; arms with one label share a random intercept. Default: each arm its own.
    nodes : int, optional
        Nodes of the adaptive Gauss-Hermite quadrature, 1 (Laplace) to 200. By default 25, and
        more (up to the trapezoidal rule where tau is large) until the log-likelihood stands
        still at 1e-11.
    level : float
        Confidence level.
    interval : {"z", "t(k-p)"}
        Quantiles of confidence limits: normal, or t with groups minus coefficients.
    prediction : {"z", "t(k-p)", "t(k-p-1)"}
        Quantiles of the prediction limits of a new group. Without degrees of freedom left the
        limits are 0 and 1.

    Returns
    -------
    GlmmFit
        Estimates, and `GlmmFit.pooled` or `GlmmFit.at` for proportions.

    Raises
    ------
    ValueError
        For invalid counts; when no or every patient responded; when moderators are constant,
        dependent, or separate the arms; when there are as many coefficients as arms or more;
        when every group is wholly without or wholly with responders, so that tau2 has no finite
        estimate; when `nodes` is too small for a maximum to be found.

    Notes
    -----
    Standard errors come from the observed information of ``(beta, tau)``; that of tau2 is
    ``2 tau se(tau)``. The confidence interval of the median proportion is that of the log odds,
    carried over; that of the mean proportion is by the delta method on its own log odds;
    prediction limits are ``x beta +- q sqrt(tau2 + se^2)`` on the log odds. The likelihood-ratio
    test of tau2 = 0 halves the chi-square probability, because tau2 cannot be negative.

    With one arm, or one patient in every group, tau2 = 0 is among the best values and is taken
    (``tau2_estimable`` is False).

    References
    ----------
    Stijnen T, Hamza TH, Ozdemir P (2010). Random effects meta-analysis of event outcome in the
    framework of the generalized linear mixed model. Statistics in Medicine 29, 3046-3067.
    Pinheiro JC, Bates DM (1995). Approximations to the log-likelihood function in the nonlinear
    mixed-effects model. Journal of Computational and Graphical Statistics 4, 12-35.
    Self SG, Liang KY (1987). Asymptotic properties of maximum likelihood estimators under
    nonstandard conditions. JASA 82, 605-610.
    Higgins JPT, Thompson SG, Spiegelhalter DJ (2009). A re-evaluation of random-effects
    meta-analysis. JRSS A 172, 137-159, section 2.3 (prediction interval).

    Examples
    --------
    >>> result = fit([16, 10, 4, 43, 10, 25], [17, 12, 8, 58, 10, 42])
    >>> round(result.tau2, 4), result.boundary
    (0.6035, False)
    >>> round(result.pooled.median, 4), round(result.pooled.mean, 4)
    (0.7965, 0.7729)
    """
    x, size = as_counts(responders, n)
    if x.ndim != 1:
        x, size = np.atleast_1d(x), np.atleast_1d(size)
    if x.ndim != 1 or len(x) == 0:
        raise ValueError(f"responders must be one row of arms, not of shape {np.shape(responders)}")
    level = as_level(level)
    nodes = _as_nodes(nodes)
    _choice("interval", interval, ("z", "t(k-p)"))
    _choice("prediction", prediction, ("z", "t(k-p)", "t(k-p-1)"))
    names, columns = ([], np.empty((len(x), 0)))
    if moderators is not None:
        names, columns = _moderator_columns(moderators, len(x))
    names = ["intercept", *names]
    labels = _as_groups(group, len(x))
    design, back = _standardise(columns, names[1:])
    if design.shape[1] > len(x):
        raise ValueError(
            f"{len(x)} arms cannot carry {design.shape[1]} coefficients ({', '.join(names)})"
        )
    refuse_separation(x, size, design, names)

    arms = _arms(x, size, design, labels)
    common = fit_logistic(x, size, design)
    estimable = len(arms.starts) > 1 and bool(arms.sum_by_group(arms.n).max() > 1)
    best = _best(arms, common, nodes) if estimable else None
    constant = float(np.sum(gammaln(size + 1) - gammaln(x + 1) - gammaln(size - x + 1)))
    kernel, joint, tau = _estimate(best, common)
    beta = back @ (best.theta[:-1] if best else common.beta)
    transform = np.eye(len(beta) + 1)
    transform[:-1, :-1] = back
    joint = transform @ joint @ transform.T
    covariance = joint[:-1, :-1]
    se = np.sqrt(np.diag(covariance))
    groups, p = len(arms.starts), len(beta)
    interval_df = np.inf if interval == "z" else groups - p
    prediction_df = {"z": np.inf, "t(k-p)": groups - p, "t(k-p-1)": groups - p - 1}[prediction]
    if interval_df <= 0:
        raise ValueError(f"{groups} groups leave no degree of freedom for interval={interval!r}")
    margin = _quantile(level, interval_df) * se
    log_likelihood = kernel + constant
    parameters, k = p + 1, len(x)
    aic = 2.0 * parameters - 2.0 * log_likelihood
    # metafor's convention: never fewer arms than make the correction finite.
    effective = max(k, parameters + 2)
    ratio = max(0.0, 2.0 * (kernel - common.kernel))
    return GlmmFit(
        names=tuple(names),
        beta=beta,
        se=se,
        lower=beta - margin,
        upper=beta + margin,
        covariance=covariance,
        tau2=tau * tau,
        tau2_se=2.0 * tau * float(np.sqrt(joint[-1, -1])) if best else None,
        boundary=best is None,
        tau2_estimable=estimable,
        log_likelihood=log_likelihood,
        log_likelihood_common=common.kernel + constant,
        aic=aic,
        aicc=aic + 2.0 * parameters * (parameters + 1) / (effective - parameters - 1),
        likelihood_ratio=HeterogeneityTest(
            name="likelihood ratio, tau2 = 0 against tau2 > 0",
            statistic=ratio,
            df=1,
            p_value=0.5 * float(chdtrc(1, ratio)) if ratio > 0 else 1.0,
            reference="equal mixture of 0 and chi-square(1)",
        ),
        deviance=_deviance(x, size, common.kernel, k - p),
        k=k,
        groups=groups,
        level=level,
        interval=interval,
        interval_df=float(interval_df),
        prediction=prediction,
        prediction_df=float(prediction_df),
        quadrature=best.rule if best else "none: tau2 = 0",
        nodes=best.nodes if best else 0,
        gradient=_slope(best),
        _joint=joint,
        _data=_Data(x, size, np.column_stack([np.ones(k), columns]), labels),
    )


def _best(arms: Arms, common: LogisticFit, nodes: int | None) -> Optimum | None:
    """The highest maximum with tau > 0, or None if tau = 0 is as high."""
    totals = arms.sum_by_group(arms.responders)
    sizes = arms.sum_by_group(arms.n)
    if np.all((totals == 0) | (totals == sizes)):
        raise ValueError(
            "every group is wholly without or wholly with responders: the between-group variance "
            "has no finite estimate; use the beta-binomial view or report the groups apart"
        )
    slope, moment = boundary_score(arms, common.beta)
    # Where tau = 0 is a maximum, only another one further out could be higher.
    tau = 1.5 if slope <= 0 else np.sqrt(min(max(moment, 0.05), 9.0))
    best = maximise(arms, np.append(common.beta, tau), nodes=nodes)
    if abs(best.theta[-1]) > TAU_LIMIT:
        raise ValueError(
            "the likelihood keeps rising as the between-group variance grows: "
            "nearly every group is wholly without or wholly with responders"
        )
    if best.kernel <= common.kernel + NO_GAIN:
        return None
    if not best.converged:
        if nodes is None:
            raise ValueError("no maximum found: the moderators all but separate the arms")
        raise ValueError(
            f"no maximum found with nodes={nodes}: too few for a between-group standard deviation "
            f"of about {abs(best.theta[-1]):.3g}; leave nodes out to have them chosen"
        )
    return best


def _estimate(best: Optimum | None, common: LogisticFit) -> tuple[float, Floats, float]:
    if best is None:
        joint = np.zeros((len(common.beta) + 1,) * 2)
        joint[:-1, :-1] = common.covariance
        return common.kernel, joint, 0.0
    joint = np.linalg.inv(-best.hessian)
    tau = float(best.theta[-1])
    # The likelihood is symmetric in the sign of tau.
    flip = np.ones(len(joint))
    flip[-1] = np.sign(tau)
    return best.kernel, joint * np.outer(flip, flip), abs(tau)


def _slope(best: Optimum | None) -> float:
    if best is None:
        return 0.0
    return float(np.max(np.abs(best.gradient) / np.sqrt(np.diag(-best.hessian))))


def _deviance(x: Floats, n: Floats, kernel: float, df: int) -> HeterogeneityTest:
    failures = n - x
    saturated = np.sum(
        np.where(x > 0, x * np.log(np.maximum(x, 1.0) / n), 0.0)
        + np.where(failures > 0, failures * np.log(np.maximum(failures, 1.0) / n), 0.0)
    )
    statistic = max(0.0, 2.0 * (float(saturated) - kernel))
    return HeterogeneityTest(
        name="deviance, one common rate against one for each arm",
        statistic=statistic,
        df=df,
        p_value=float(chdtrc(df, statistic)) if df > 0 else 1.0,
        reference=f"chi-square({df})",
    )


def _marginal(logit: Floats, tau: float) -> tuple[Floats, Floats, Floats]:
    """Mean of expit(logit + tau z) over standard normal z, and its slopes by logit and tau.

    The trapezoidal rule: expit has its nearest pole at pi / tau, so the error of a spacing h
    is about exp(-2 pi^2 / (h tau)); h <= 1 / (2 tau) leaves 1e-17.
    """
    spacing = min(0.25, 0.5 / max(tau, 1e-3))
    half = int(np.ceil(9.0 / spacing))
    z = spacing * np.arange(-half, half + 1)
    weight = spacing * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    _, p, q = softplus_parts(logit[:, None] + tau * z)
    return p @ weight, (p * q) @ weight, (p * q * z) @ weight


def _moderator_columns(moderators: Moderators, k: int | None) -> tuple[list[str], Floats]:
    if isinstance(moderators, (Mapping, pd.DataFrame)):
        names = [str(name) for name in moderators]
        if not names:
            raise ValueError("moderators hold no column")
        parts = [_as_floats(moderators[name], str(name)) for name in moderators]
        lengths = {len(part) for part in parts}
        if len(lengths) > 1:
            raise ValueError(f"moderators differ in length: {sorted(lengths)}")
        columns = np.column_stack(parts)
    else:
        array = np.asarray(moderators, dtype=np.float64)
        columns = array.reshape(-1, 1) if array.ndim < 2 else array
        if columns.ndim != 2:
            raise ValueError(f"moderators must have one or two axes, not shape {array.shape}")
        count = columns.shape[1]
        names = ["moderator"] if count == 1 else [f"moderator {i + 1}" for i in range(count)]
    if not np.all(np.isfinite(columns)):
        row, column = (int(i) for i in np.argwhere(~np.isfinite(columns))[0])
        raise ValueError(f"{names[column]}[{row}] = {columns[row, column]} is not a finite number")
    if k is not None and len(columns) != k:
        raise ValueError(f"moderators have {len(columns)} rows; there are {k} arms")
    return names, columns


def _as_floats(values: Any, name: str) -> Floats:
    try:
        return np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers, not {values!r}") from None


def _standardise(columns: Floats, names: list[str]) -> tuple[Floats, Floats]:
    """Centre and scale moderators, so that doses in cells do not spoil the arithmetic.

    Returns the design and the matrix that takes its coefficients back to the given units.
    """
    p = columns.shape[1] + 1
    back = np.eye(p)
    design = np.ones((len(columns), p))
    if p > 1:
        centre, scale = columns.mean(axis=0), columns.std(axis=0)
        constant = scale <= 1e-12 * np.abs(columns).max(axis=0)
        if constant.any():
            which = int(np.argmax(constant))
            raise ValueError(f"{names[which]} is the same in every arm: leave it out")
        design[:, 1:] = (columns - centre) / scale
        back[np.arange(1, p), np.arange(1, p)] = 1.0 / scale
        back[0, 1:] = -centre / scale
    if len(design) >= p and np.linalg.matrix_rank(design, tol=1e-8 * np.sqrt(len(design))) < p:
        raise ValueError(f"moderators {', '.join(names)} are linearly dependent: leave one out")
    return design, back


def _arms(x: Floats, n: Floats, design: Floats, labels: NDArray[np.intp]) -> Arms:
    order = np.argsort(labels, kind="stable")
    labels = labels[order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    return Arms(x[order], n[order], design[order], starts, labels)


def _as_groups(group: ArrayLike | None, k: int) -> NDArray[np.intp]:
    if group is None:
        return np.arange(k)
    labels = pd.Series(np.asarray(group))
    if labels.shape != (k,):
        raise ValueError(f"group has {labels.size} labels; there are {k} arms")
    codes, _ = pd.factorize(labels)
    if np.any(codes < 0):
        raise ValueError(f"group[{int(np.argmin(codes))}] is missing")
    return np.asarray(codes, dtype=np.intp)


def _as_nodes(nodes: int | None) -> int | None:
    if nodes is None or (isinstance(nodes, (int, np.integer)) and 1 <= nodes <= 200):
        return nodes
    raise ValueError(f"nodes must be a whole number from 1 to 200, not {nodes!r}")


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def _quantile(level: float, df: float) -> float:
    if df <= 0:
        return np.inf
    upper = 0.5 + 0.5 * level
    return float(ndtri(upper) if np.isinf(df) else stdtrit(df, upper))


def _lower_tail(statistic: Floats, df: float) -> Floats:
    return np.asarray(ndtr(statistic) if np.isinf(df) else stdtr(df, statistic))


def _r_vector(values: Floats) -> str:
    return f"c({','.join(f'{value:.17g}' for value in values)})"
