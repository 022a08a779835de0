"""Comparisons of trend tests, dose-response models and MCP-Mod."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import expit, gammaincc, logit
from tests.oracles.comparison import Comparison, joined, made_by, oracle

from atopic.stats import doseresponse

LINES = ("constant", "linear", "log-linear")
CURVES = ("emax", "sigmoid-emax", "exponential", "logistic")


def rows() -> Iterator[Comparison]:
    yield from _trend()
    yield from _counts_by_dose()
    yield from _means_by_dose()
    yield from _mcp_mod()


def _trend() -> Iterator[Comparison]:
    cases = oracle("doseresponse")["trend"].values()
    data = f"{len(cases)} tables of 2 to 4 doses"

    def tests(**options: Any) -> list[doseresponse.TrendTest]:
        return [
            doseresponse.trend_test(
                np.subtract(c["dose"], min(c["dose"])), c["responders"], c["n"], **options
            )
            for c in cases
        ]

    yield Comparison(
        "doseresponse.trend_test",
        "asymptotic",
        made_by("doseresponse", how="prop.trend.test"),
        data,
        [(test.statistic**2, test.p_value) for test in tests()],
        [(case["chi2"], case["p"]) for case in cases],
    )
    sides = ("two-sided", "greater", "less")
    yield Comparison(
        "doseresponse.trend_test",
        "exact, all alternatives",
        made_by("doseresponse", how="enumeration of every table"),
        data,
        [[test.p_value for test in tests(exact=True, alternative=side)] for side in sides],
        [[case[side.replace("-", "_")] for case in cases] for side in sides],
    )


def _counts_by_dose() -> Iterator[Comparison]:
    values = oracle("doseresponse")["binomial"]
    five, three = ([values[k][p] for p in ("dose", "responders", "n")] for k in ("data5", "data3"))
    glm = made_by("doseresponse", how="glm")
    for model in LINES:
        ours, theirs = [], []
        for data, name in ((five, "lines5"), (three, "lines3")):
            found, expected = doseresponse.fit(*data, model=model), values[name][model]
            ours += [found.parameters["estimate"], found.parameters["se"], found.loglik]
            theirs += [expected["estimate"], expected["se"], expected["loglik"]]
        yield Comparison(
            "doseresponse.fit",
            model,
            glm,
            "5 doses of 25, 3 doses of 35 patients",
            joined(ours),
            joined(theirs),
            kind="iterative",
        )
    line = doseresponse.fit(*three, model="linear")
    yield Comparison(
        "doseresponse.fit",
        "linear, profile limits",
        made_by("doseresponse", how="optimize, uniroot"),
        "3 doses of 35 patients",
        line.parameters[["lower", "upper"]],
        values["limits3"],
        kind="iterative",
    )
    band = doseresponse.predict(line, [0])[["lower", "upper"]]
    yield Comparison(
        "doseresponse.predict",
        "linear, log odds of the limits at dose 0",
        made_by("doseresponse", how="optimize, uniroot"),
        "3 doses of 35 patients",
        logit(band.to_numpy()[0]),
        values["limits3"][0],
        kind="iterative",
    )
    slope = values["lines3"]["linear"]["estimate"]
    yield Comparison(
        "doseresponse.target_dose",
        "linear, dose of 25 points over placebo",
        made_by("doseresponse", how="glm, solved for the dose"),
        "3 doses of 35 patients",
        doseresponse.target_dose(line, 0.25).estimate,
        (logit(expit(slope[0]) + 0.25) - slope[0]) / slope[1],
        kind="iterative",
    )
    fitted = doseresponse.fit_all(*five)
    fits = {fit.model: fit for fit in fitted.fits}
    search = made_by("doseresponse", how="nlminb from 60 starts")
    data = "5 doses of 25 patients"
    for model in CURVES:
        found, expected = fits[model], values["curves"][model]
        free = np.array(expected["free"])
        yield Comparison(
            "doseresponse.fit",
            model,
            search,
            data,
            joined([found.parameters["estimate"], found.loglik]),
            joined([expected["estimate"], expected["loglik"]]),
            kind="iterative",
            gain=found.loglik - expected["loglik"],
        )
        yield Comparison(
            "doseresponse.fit",
            f"{model}, standard errors",
            made_by("doseresponse", "numDeriv", "hessian at the optimum of nlminb"),
            data,
            found.parameters["se"][free],
            expected["se"],
            kind="iterative",
        )
        yield Comparison(
            "doseresponse.fit",
            f"{model}, profile limits",
            made_by("doseresponse", how="uniroot on profiles by nlminb"),
            data,
            found.parameters[["lower", "upper"]],
            expected["limits"],
            kind="iterative",
        )
    expected = {**values["lines5"], **values["curves"]}
    theirs = [expected[fit.model] for fit in fitted.fits]
    heights = np.array([one["loglik"] for one in theirs])
    sizes = np.array([np.size(one["estimate"]) for one in theirs])
    patients = 125
    aicc = 2 * (sizes - heights) + 2 * sizes * (sizes + 1) / (patients - sizes - 1)
    weights = np.exp((aicc.min() - aicc) / 2)
    weights /= weights.sum()
    how = made_by("doseresponse", how="glm and nlminb, weighed here")
    yield Comparison(
        "doseresponse.fit_all",
        "AICc weights of 7 models",
        how,
        data,
        fitted.weights,
        weights,
        kind="iterative",
    )
    doses = np.array(five[0], dtype=float)
    rates = [
        expit(
            np.full(doses.size, one["estimate"])
            if fit.model == "constant"
            else one["estimate"][0] + one["estimate"][1] * _basis(fit.model, doses, one["estimate"])
        )
        for fit, one in zip(fitted.fits, theirs, strict=True)
    ]
    yield Comparison(
        "doseresponse.average",
        "averaged rate at each dose",
        how,
        data,
        doseresponse.predict(doseresponse.average(fitted), doses)["estimate"],
        weights @ np.array(rates),
        kind="iterative",
    )


def _basis(model: str, dose: np.ndarray, parameters: list[float]) -> np.ndarray:
    """Shape functions as the R script writes them."""
    phi = parameters[2:]
    return {
        "linear": lambda: dose,
        "log-linear": lambda: np.log1p(dose / (0.01 * dose.max())),
        "emax": lambda: dose / (phi[0] + dose),
        "sigmoid-emax": lambda: dose ** phi[1] / (phi[0] ** phi[1] + dose ** phi[1]),
        "exponential": lambda: np.expm1(dose / phi[0]),
        "logistic": lambda: 1 / (1 + np.exp((phi[0] - dose) / phi[1])),
    }[model]()


def _means_by_dose() -> Iterator[Comparison]:
    values = oracle("doseresponse")["means"]
    software = made_by("doseresponse", "DoseFinding", "fitMod")
    sets = {name: tuple(case[k] for k in ("dose", "mean", "se")) for name, case in values.items()}
    models = [*LINES[1:], *CURVES]
    weighed = doseresponse.fit_all_means(*sets["biom"], models=models)
    fits = {("biom", fit.model): fit for fit in weighed.fits}
    for model in models:
        names = [name for name in sets if model in values[name]["fits"]]
        data = ", ".join(f"{name} ({len(sets[name][0])} doses)" for name in names)
        ours, theirs, effects, theirs_over_placebo, gains = [], [], [], [], []
        for name in names:
            fit = fits.get((name, model)) or doseresponse.fit_means(*sets[name], model=model)
            expected = values[name]["fits"][model]
            curve = doseresponse.predict(fit, sets[name][0])["estimate"].to_numpy()
            effects.append(curve - curve[0])
            theirs_over_placebo.append(expected["effect"])
            # Of a line, the slope: the origin of the logarithm is another in DoseFinding.
            ours += [fit.parameters[part].iloc[1] for part in ("estimate", "se")]
            theirs += [expected[part][1] for part in ("estimate", "se_expected")]
            # Normal likelihood: half the difference of the sums of squares.
            residual = (np.array(sets[name][1]) - curve) / np.array(sets[name][2])
            gains.append((expected["rss"] - residual @ residual) / 2)
        if model in LINES:
            yield Comparison(
                "doseresponse.fit_means",
                f"{model}, slope and standard error",
                software,
                data,
                ours,
                theirs,
                kind="iterative",
            )
        early = model == "sigmoid-emax"
        yield Comparison(
            "doseresponse.predict" if model in LINES else "doseresponse.fit_means",
            f"{model}, means over placebo",
            software,
            data,
            joined(effects),
            joined(theirs_over_placebo),
            kind="loose" if early else "iterative",
            gain=min(gains),
            remark="`fitMod` stops early." if early else "",
        )
    rss = np.array([values["biom"]["fits"][fit.model]["rss"] for fit in weighed.fits])
    aic = rss + 2 * np.array([len(fit.parameters) for fit in weighed.fits])
    weights = np.exp((aic.min() - aic) / 2)
    yield Comparison(
        "doseresponse.fit_all_means",
        f"AIC weights of {len(aic)} models",
        made_by("doseresponse", "DoseFinding", "fitMod, weighed here"),
        f"biom ({len(sets['biom'][0])} doses)",
        weighed.weights,
        weights / weights.sum(),
        kind="iterative",
    )


def _mcp_mod() -> Iterator[Comparison]:
    values = oracle("doseresponse")["mcp"]
    software = made_by("doseresponse", "DoseFinding", "MCTtest")
    case = values["upadacitinib"]
    means = oracle("doseresponse")["means"]["upadacitinib"]
    candidates = {
        "linear": None,
        "emax": {"ed50": 6},
        "exponential": {"delta": 8.4},
        "sigmoid-emax": {"ed50": 15, "h": 3},
        "logistic": {"ed50": 15, "delta": 3},
        "log-linear": None,
    }
    found = doseresponse.mcp_mod_means(
        *(means[k] for k in ("dose", "mean", "se")),
        models=candidates,
        alternative="less",
        offset=0.3,
    )
    data = "upadacitinib, 6 candidates"
    yield Comparison(
        "doseresponse.mcp_mod_means",
        "contrasts, their correlation, statistics",
        software,
        data,
        joined([-found.contrasts, found.correlation, found.table["statistic"]]),
        joined([case["contrasts"], case["correlation"], case["statistic"]]),
        unit=0.01,
        remark="Coefficients below 0.01 are compared with 0.01.",
    )
    yield Comparison(
        "doseresponse.mcp_mod_means",
        "p",
        "integral over directions, NumPy (rows.py)",
        data,
        found.table["p_value"],
        [_union(np.array(case["correlation"]), at) for at in case["statistic"]],
        kind="sampled",
    )
    random = "`MCTtest` integrates by random lattices: its p moves with the seed."
    yield Comparison(
        "doseresponse.mcp_mod_means",
        "p and critical value",
        software,
        data,
        joined([found.table["p_value"], found.critical_value]),
        joined([case["p"], case["critical"]]),
        kind="loose",
        remark=f"{random} It was asked for 1e-8, which is more than most of these p values.",
    )
    dose = np.array(means["dose"])
    shapes = [
        _basis(model, dose, [0, 1, *({} if guess is None else guess).values()])
        if model != "log-linear"
        else np.log1p(dose / 0.3)
        for model, guess in candidates.items()
    ]
    yield Comparison(
        "doseresponse.optimal_contrasts",
        "6 candidates",
        made_by("doseresponse", "DoseFinding", "MCTtest"),
        "upadacitinib",
        doseresponse.optimal_contrasts(shapes, case["variance"]),
        case["contrasts"],
        unit=0.01,
        remark="Coefficients below 0.01 are compared with 0.01.",
    )
    arms = {
        "shr0302": ([0, 4, 8], [8, 18, 26], 35),
        "breeze": ([0, 2, 4], [16, 26, 34], [109, 109, 111]),
    }
    results = {}
    for name, table in arms.items():
        top = table[0][-1]
        results[name] = doseresponse.mcp_mod(
            *table,
            models={
                "linear": None,
                "emax": {"ed50": 0.2 * top},
                "exponential": {"delta": 0.28 * top},
            },
        )
    data = "shr0302, BREEZE (3 doses), 3 candidates"
    yield Comparison(
        "doseresponse.mcp_mod",
        "contrasts, their correlation, statistics",
        software,
        data,
        joined(
            v for r in results.values() for v in (r.contrasts, r.correlation, r.table["statistic"])
        ),
        joined(values[n][p] for n in results for p in ("contrasts", "correlation", "statistic")),
        unit=0.01,
        remark="Coefficients below 0.01 are compared with 0.01.",
    )
    yield Comparison(
        "doseresponse.mcp_mod",
        "p and critical value",
        made_by("doseresponse", how="one integral over the angle"),
        data,
        joined(v for r in results.values() for v in (r.table["p_value"], r.critical_value)),
        joined(values[n][p] for n in results for p in ("p_exact", "critical_exact")),
        kind="iterative",
    )
    yield Comparison(
        "doseresponse.mcp_mod",
        "p and critical value",
        software,
        data,
        joined(v for r in results.values() for v in (r.table["p_value"], r.critical_value)),
        joined(values[n][p] for n in results for p in ("p", "critical")),
        kind="loose",
        remark=random,
    )


def _union(correlation: np.ndarray, at: float, size: int = 300) -> float:
    """Probability that one of correlated normal variables of rank 3 exceeds a value.

    The distance from the origin is independent of the direction, so that it is the mean over the
    sphere of the chance that the distance takes the foremost variable beyond the value.
    """
    values, vectors = np.linalg.eigh(correlation)
    loadings = (vectors * np.sqrt(np.maximum(values, 0)))[:, -3:]
    height, weight = np.polynomial.legendre.leggauss(size)
    turn = (np.arange(2 * size) + 0.5) * np.pi / size
    ring = np.sqrt(1 - height**2)[:, None]
    directions = np.array(
        [ring * np.cos(turn), ring * np.sin(turn), np.repeat(height[:, None], 2 * size, axis=1)]
    )
    foremost = np.tensordot(loadings, directions, axes=1).max(axis=0)
    chance = np.zeros_like(foremost)
    ahead = foremost > 0
    chance[ahead] = gammaincc(1.5, (at / foremost[ahead]) ** 2 / 2)
    return float(weight @ chance.mean(axis=1)) / 2
