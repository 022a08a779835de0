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

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, gammaln, xlogy

from atopic.stats.arguments import as_counts, as_level, as_whole, one_of
from atopic.stats.pooling.glmm_likelihood import TAU_LIMIT, Arms, Optimum, boundary_score, maximise
from atopic.stats.pooling.glmm_result import (
    FittedData,
    GlmmFit,
    HeterogeneityTest,
    PooledProportion,
    quantile_of,
)
from atopic.stats.pooling.logistic import LogisticFit, fit_logistic, refuse_separation
from atopic.stats.pooling.moderators import Moderators, group_codes, moderator_columns, standardise

__all__ = ["GlmmFit", "HeterogeneityTest", "PooledProportion", "fit"]

Floats = NDArray[np.float64]

#: Gain in log-likelihood below which tau2 = 0 is as good as any other value.
NO_GAIN = 1e-9

#: A ridge without a top is also left when its slope falls below what can be told from 0: then tau
#: is large and its standard error a multiple of it. True maxima with tau above 10 have se < tau.
RIDGE_TAU, RIDGE_SE = 10.0, 10.0
_TOO_FAR_APART = "the rates of the arms are too precise, or too far apart"


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
    responders, n : array_like of shape (k,); patients with a response and patients in all, one pair
        an arm.
    moderators : array_like of shape (k,) or (k, p - 1), mapping or DataFrame; covariates of the
        arms (dose, treated or not, week), in any unit; an intercept is always there. Columns of a
        mapping or DataFrame keep their names.
    group : array_like of shape (k,); labels; arms with one label share a random intercept. Default:
        each arm its own.
    nodes : int; nodes of the adaptive Gauss-Hermite quadrature, 5 to 200. By default 17, then 35
        and more (at last the trapezoidal rule, where tau is large) until the log-likelihood stands
        still at 3e-9, when its error is far smaller.
    interval : {"z", "t(k-p)"}; quantiles of confidence limits: normal, or t with groups minus
        coefficients.
    prediction : {"z", "t(k-p)", "t(k-p-1)"}; quantiles of the prediction limits of a new group.
        Without degrees of freedom left the limits are 0 and 1.

    Returns
    -------
    GlmmFit: estimates, and `GlmmFit.pooled` or `GlmmFit.at` for proportions.

    Raises
    ------
    ValueError: for invalid counts; when no or every patient responded; when moderators are
        constant, dependent, or separate the arms; when there are more coefficients than arms; when
        every group is wholly without or wholly with responders, or moderators and groups together
        separate them, so that tau2 has no finite estimate; when `nodes` is too small for a maximum
        to be found.

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
    (0.6433, False)
    >>> round(result.pooled.median, 4), round(result.pooled.mean, 4)
    (0.7888, 0.7622)
    """
    x, size = as_counts(responders, n)
    if x.ndim != 1:
        x, size = np.atleast_1d(x), np.atleast_1d(size)
    if x.ndim != 1 or len(x) == 0:
        raise ValueError(f"responders must be one row of arms, not of shape {np.shape(responders)}")
    level = as_level(level)
    nodes = _as_nodes(nodes)
    one_of(interval, "interval", ("z", "t(k-p)"))
    one_of(prediction, "prediction", ("z", "t(k-p)", "t(k-p-1)"))
    names: list[str] = []
    columns = np.empty((len(x), 0))
    if moderators is not None:
        names, columns = moderator_columns(moderators, len(x))
    names = ["intercept", *names]
    labels = group_codes(group, len(x))
    design, back = standardise(columns, names[1:])
    if design.shape[1] > len(x):
        raise ValueError(
            f"{len(x)} arms cannot carry {design.shape[1]} coefficients ({', '.join(names)})"
        )
    refuse_separation(x, size, design, names)

    arms = _arms(x, size, design, labels)
    common = fit_logistic(x, size, design)
    patients = arms.sum_by_group(arms.responders + arms.failures)
    estimable = len(patients) > 1 and bool(patients.max() > 1)
    best = _best(arms, common, nodes) if estimable else None
    constant = float(np.sum(gammaln(size + 1) - gammaln(x + 1) - gammaln(size - x + 1)))
    kernel, joint, tau = _estimate(best, common)
    beta = back @ (best.theta[:-1] if best else common.beta)
    if len(beta) > 1:
        transform = np.eye(len(beta) + 1)
        transform[:-1, :-1] = back
        joint = np.asarray(transform @ joint @ transform.T)
    covariance = joint[:-1, :-1]
    se = np.sqrt(np.diag(covariance))
    groups, p = len(arms.starts), len(beta)
    interval_df = np.inf if interval == "z" else groups - p
    prediction_df = {"z": np.inf, "t(k-p)": groups - p, "t(k-p-1)": groups - p - 1}[prediction]
    if interval_df <= 0:
        raise ValueError(f"{groups} groups leave no degree of freedom for interval={interval!r}")
    margin = quantile_of(level, interval_df) * se
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
        _data=FittedData(x, size, columns, labels),
    )


def _best(arms: Arms, common: LogisticFit, nodes: int | None) -> Optimum | None:
    """Find the highest maximum with tau > 0, or None if tau = 0 is as high."""
    totals = arms.sum_by_group(arms.responders)
    missed = arms.sum_by_group(arms.failures)
    if np.all((totals == 0) | (missed == 0)):
        raise ValueError(
            "every group is wholly without or wholly with responders: the between-group variance "
            "has no finite estimate; use the beta-binomial view or report the groups apart"
        )
    slope, moment = boundary_score(arms, common.beta)
    # Where tau = 0 is a maximum, only another one further out could be higher.
    tau = 1.5 if slope <= 0 else np.sqrt(min(max(moment, 0.05), 9.0))
    best = maximise(arms, np.append(common.beta, tau), nodes=nodes)
    if best.kernel > common.kernel + NO_GAIN and _on_a_ridge(best):
        raise ValueError(
            "the likelihood keeps rising as the between-group variance grows: groups and "
            "moderators together all but separate responders from non-responders"
        )
    if best.kernel <= common.kernel + NO_GAIN:
        return None
    if not best.converged:
        if nodes is None:
            apart = "the moderators all but separate the arms"
            raise ValueError(
                f"no maximum found: {apart if best.theta.size > 2 else _TOO_FAR_APART}"
            )
        raise ValueError(
            f"no maximum found with nodes={nodes}: too few for a between-group standard deviation "
            f"of about {abs(best.theta[-1]):.3g}; leave nodes out to have them chosen"
        )
    return best


def _on_a_ridge(best: Optimum) -> bool:
    tau = abs(best.theta[-1])
    if tau <= RIDGE_TAU:
        return False
    return bool(tau > TAU_LIMIT or np.linalg.inv(-best.hessian)[-1, -1] > (RIDGE_SE * tau) ** 2)


def _estimate(best: Optimum | None, common: LogisticFit) -> tuple[float, Floats, float]:
    if best is None:
        joint: Floats = np.zeros((len(common.beta) + 1,) * 2)
        joint[:-1, :-1] = common.covariance
        return common.kernel, joint, 0.0
    joint = np.asarray(np.linalg.inv(-best.hessian), dtype=np.float64)
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
    saturated = np.sum(xlogy(x, x / n) + xlogy(failures, failures / n))
    statistic = max(0.0, 2.0 * (float(saturated) - kernel))
    return HeterogeneityTest(
        name="deviance, one common rate against one for each arm",
        statistic=statistic,
        df=df,
        p_value=float(chdtrc(df, statistic)) if df > 0 else 1.0,
        reference=f"chi-square({df})",
    )


def _arms(x: Floats, n: Floats, design: Floats, labels: NDArray[np.intp]) -> Arms:
    steps = np.diff(labels)
    if np.all(steps > 0):
        return Arms(x, n - x, design, labels, labels)
    order = np.argsort(labels, kind="stable")
    labels = labels[order]
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    return Arms(x[order], (n - x)[order], design[order], starts, labels)


def _as_nodes(nodes: int | None) -> int | None:
    return None if nodes is None else as_whole(nodes, "nodes", least=5, most=200)
