"""R code that repeats a meta-analysis with the package metafor (Viechtbauer 2010)."""

from collections.abc import Mapping

from atopic.stats.pooling.study_arrays import Floats

_MODS = "mods = mods, "
_TESTS = {"wald": "z", "hartung-knapp": "knha", "hartung-knapp-safeguarded": "adhoc"}
#: What multiplies the squared Wald standard error.
_FACTORS = {"wald": "", "hartung-knapp": "q * ", "hartung-knapp-safeguarded": "max(1, q) * "}


def metafor_call(
    effect: Floats,
    variance: Floats,
    covariance: Floats | None,
    between: Floats | None,
    *,
    tau2: float,
    several_maxima: bool = False,
    tau2_method: str,
    interval: str,
    prediction: str,
    level: float,
) -> str:
    """Return R code for one meta-analysis, the common effect if ``tau2_method="none"``.

    Tolerance and range of metafor's search are chosen from `tau2`; with `several_maxima` it is
    told where to start, to find the highest.
    """
    k = effect.size
    lines = ["library(metafor)", f"yi <- {_vector(effect)}"]
    limits = []
    if covariance is None or between is None:
        lines += _independent(variance, tau2, several_maxima, tau2_method, interval, level)
        tau2_r, wald = "fit$tau2", "sqrt(1 / sum(1 / (vi + fit$tau2)))"
        squares = "sum((yi - c(fit$beta))^2 / (vi + fit$tau2))"
    else:
        lines += _correlated(covariance, between, tau2_method, level)
        tau2_r, wald = "fit$sigma2", "fit$se"
        squares = "c(crossprod(yi - c(fit$beta), solve(fit$M, yi - c(fit$beta))))"
        if interval != "wald" and k > 1:
            # rma.mv has no such test.
            t = _t_quantile(k - 1, level)
            limits += _limits("interval", t, f"{_FACTORS[interval]}wald^2")
    if prediction == "normal":
        z = f"qnorm({_number((1 + level) / 2)})"
        limits += _limits("prediction", z, f"{tau2_r} + wald^2")
    elif prediction != "confidence-interval":
        df = k - int(prediction[-1])
        factor = _FACTORS[prediction[:-4] or "wald"]
        if df > 0:
            t = _t_quantile(df, level)
            limits += _limits("prediction", t, f"{tau2_r} + {factor}wald^2")
        else:
            lines.append(f"# prediction: infinite limits, t has {df} degrees of freedom")
    if limits:
        lines.append(f"wald <- {wald}")
    if any("q" in line.partition("sqrt")[2] for line in limits):
        lines.append(f"q <- {squares} / {k - 1}")
    return "\n".join(lines + limits)


def metafor_regression(
    effect: Floats,
    variance: Floats,
    covariance: Floats | None,
    between: Floats | None,
    moderators: Mapping[str, Floats],
    *,
    tau2: float,
    tau2_method: str,
    interval: str,
    level: float,
) -> str:
    """Return R code for one meta-regression."""
    columns = ", ".join(f'"{name}" = {_vector(values)}' for name, values in moderators.items())
    lines = ["library(metafor)", f"yi <- {_vector(effect)}"]
    if covariance is None or between is None:
        fitted = _independent(variance, tau2, False, tau2_method, interval, level, mods=True)
    elif interval != "wald":
        raise ValueError("metafor has no Hartung-Knapp for correlated effects: use interval 'wald'")
    else:
        fitted = _correlated(covariance, between, tau2_method, level, mods=True)
    return "\n".join([*lines, fitted[0], f"mods <- cbind({columns})", *fitted[1:]])


def _independent(
    variance: Floats,
    tau2: float,
    several_maxima: bool,
    tau2_method: str,
    interval: str,
    level: float,
    *,
    mods: bool = False,
) -> list[str]:
    method = "EE" if tau2_method == "none" else tau2_method.upper()
    # metafor stops its searches early, and Paule-Mandel's at tau2 = 100, unless told otherwise.
    control = ""
    if method in ("REML", "ML", "EB"):
        tolerance = f"{1e-12 * (tau2 or float(variance.min())):.0e}"
        start = f"tau2.init = {tau2:.6g}, " if several_maxima else ""
        control = f", control = list({start}threshold = {tolerance}, maxiter = 10000)"
    elif method == "PM":
        control = f", control = list(tol = 1e-14, tau2.max = {100 * max(tau2, 1.0):.0e})"
    test, with_them = _TESTS[interval], _MODS * mods
    note = []
    if variance.size == 1 and interval != "wald":
        test, note = "z", ["# one study: t limits are infinite, those of Wald are printed"]
    return [
        f"vi <- {_vector(variance)}",
        *note,
        f'fit <- rma(yi, vi, {with_them}method = "{method}", test = "{test}", '
        f"level = {_percent(level)}{control})",
        "print(fit, digits = 10)",
    ]


def _correlated(
    covariance: Floats, between: Floats, tau2_method: str, level: float, *, mods: bool = False
) -> list[str]:
    k, with_them = covariance.shape[0], _MODS * mods
    lines = [f"V <- matrix({_vector(covariance.ravel())}, {k})"]
    if tau2_method == "none":
        return [
            *lines,
            f"fit <- rma.mv(yi, V, {with_them}level = {_percent(level)})",
            "print(fit, digits = 10)",
        ]
    if tau2_method not in ("reml", "ml"):
        raise ValueError(
            f"metafor fits correlated effects by REML and ML only, not by {tau2_method!r}"
        )
    return [
        *lines,
        f"R <- matrix({_vector(between.ravel())}, {k}, dimnames = list(1:{k}, 1:{k}))",
        f"effect <- 1:{k}",
        f"fit <- rma.mv(yi, V, {with_them}random = ~ 1 | effect, R = list(effect = R), Rscale = 0,",
        f'  method = "{tau2_method.upper()}", level = {_percent(level)},',
        '  control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-14))',
        "print(fit, digits = 10)",
    ]


def _limits(name: str, quantile: str, squared_se: str) -> list[str]:
    return [
        f"{name} <- c(fit$beta) + c(-1, 1) * {quantile} * sqrt({squared_se})",
        f"print({name}, digits = 10)",
    ]


def _t_quantile(df: int, level: float) -> str:
    return f"qt({_number((1 + level) / 2)}, {df})"


def _vector(values: Floats) -> str:
    return f"c({', '.join(_number(value) for value in values)})"


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _percent(level: float) -> str:
    return _number(float(f"{100 * level:.12g}"))
