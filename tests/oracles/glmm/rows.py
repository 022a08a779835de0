"""Comparisons of the logistic model of single arms."""

from collections.abc import Iterator

from tests.oracles.comparison import Comparison, fields, joined, made_by, oracle

from atopic.stats.pooling import glmm


def rows() -> Iterator[Comparison]:
    cases = oracle("glmm")["cases"]
    fits = {
        name: glmm.fit(case["x"], case["n"], moderators=case["X"], group=case["group"])
        for name, case in cases.items()
    }
    direct = [name for name in cases if "direct" in cases[name]]
    how = made_by("glmm", how="direct integration, Newton steps")
    data = f"{len(direct)} data sets"
    yield Comparison(
        "pooling.glmm.fit",
        "coefficients, tau2, log-likelihood",
        how,
        data,
        joined(v for n in direct for v in fields(fits[n], "beta tau2 log_likelihood")),
        joined(cases[n]["direct"][p] for n in direct for p in ("beta", "tau2", "log_likelihood")),
        kind="iterative",
    )
    yield Comparison(
        "pooling.glmm.fit",
        "standard errors of coefficients and tau2",
        how,
        data,
        joined(v for n in direct for v in fields(fits[n], "se tau2_se")),
        joined(cases[n]["direct"][p] for n in direct for p in ("se", "tau2_se")),
        kind="iterative",
    )
    yield Comparison(
        "pooling.glmm.fit",
        "common effect: log-likelihood, deviance",
        made_by("glmm", how="glm"),
        f"{len(cases)} data sets",
        [(fit.log_likelihood_common, fit.deviance.statistic) for fit in fits.values()],
        [[c["common"][p] for p in ("log_likelihood", "deviance")] for c in cases.values()],
        kind="iterative",
    )
    alike = ["homogeneous", "dose_response_alike"]
    yield Comparison(
        "pooling.glmm.fit",
        "tau2 of 0: coefficients, standard errors",
        made_by("glmm", how="glm"),
        ", ".join(alike),
        joined(v for n in alike for v in fields(fits[n], "beta se")),
        joined(cases[n]["common"][p] for n in alike for p in ("beta", "se")),
        kind="iterative",
    )
    yield Comparison(
        "pooling.glmm.fit",
        "coefficients, tau2, standard errors",
        made_by("glmm", "lme4", "glmer"),
        f"{len(cases)} data sets",
        joined(v for n in cases for v in fields(fits[n], "beta tau2 se")),
        joined(cases[n]["lme4"][p] for n in cases for p in ("beta", "tau2", "se")),
        kind="loose",
        gain=min(fits[n].log_likelihood - cases[n]["lme4"]["log_likelihood"] for n in cases),
        remark="lme4 stops its search and its numerical Hessian early.",
    )
    pritz = cases["pritz1997"]
    pooled = glmm.fit(pritz["x"], pritz["n"], prediction="z").pooled
    yield Comparison(
        "pooling.glmm.fit",
        "median rate, limits, prediction",
        made_by("glmm", "metafor", "rma.glmm"),
        "dat.pritz1997",
        fields(pooled, "median median_lower median_upper prediction_lower prediction_upper"),
        pritz["metafor"]["predict"],
        kind="loose",
        remark="`rma.glmm` fits by lme4, and stops as early.",
    )
    means = [name for name in cases if "mean" in cases[name]]
    yield Comparison(
        "pooling.glmm.fit",
        "mean rate",
        made_by("glmm", how="integrate"),
        ", ".join(means),
        [fits[name].pooled.mean for name in means],
        [cases[name]["mean"] for name in means],
        kind="iterative",
    )
