"""Writes calls.R: the calls that results carry, for make.R to run.

Run from the repository: ``python -m tests.oracles.r_code.make_calls``; then here make.R.
"""

from pathlib import Path
from typing import Any

import numpy as np

from atopic.stats import bayes, doseresponse, pooling
from atopic.stats.pooling import glmm
from atopic.stats.pooling.exact_strata import exact_conditional_test
from atopic.stats.results import Result

#: Trials of cells and of made-up counts: responders and patients, treated and placebo.
TRIALS = ([28, 68, 14], [88, 206, 59], [22, 28, 4], [81, 94, 55])
#: Made-up groups without a control group: responders and patients.
ARMS = ([4, 6, 13, 2, 11], [5, 11, 19, 9, 30])
EFFECTS, VARIANCES, DOSES = [0.1, 0.5, 0.4, 0.9], [0.02, 0.03, 0.05, 0.04], [1, 2, 4, 8]


def results() -> dict[str, Result]:
    """Return the results whose calls are run, by name: each kind that carries a call."""
    wald = {"interval": "wald", "prediction": "normal"}
    rates = {
        f"rate_{method.replace('-', '_')}": pooling.pool_proportions(*ARMS, method=method)
        for method in ("glmm", "beta-binomial", "logit", "arcsine", "freeman-tukey")
    }
    return {
        "risk_ratio": pooling.pool_contrasts(*TRIALS, measure="RR", **wald),
        "odds_ratio": pooling.pool_contrasts(*TRIALS, measure="OR", **wald),
        "rate": bayes.posterior(4, 5),
        "line": doseresponse.fit([0, 1, 2, 4], [1, 4, 6, 8], [10, 11, 12, 10], model="linear"),
        **rates,
        "rate_of_none": pooling.pool_proportions([0, 0], [5, 11]),
        "glmm": glmm.fit(*ARMS),
        "glmm_moderator": glmm.fit(*ARMS, moderators={"dose": [1.0, 2.0, 4.0, 1.0, 3.0]}),
        "glmm_groups": glmm.fit(*ARMS, group=[1, 1, 2, 2, 3]),
        "peto": pooling.peto(*TRIALS),
        "mantel_haenszel": pooling.mantel_haenszel(*TRIALS, measure="RR"),
        "exact_strata": exact_conditional_test(*TRIALS),
        "regression": pooling.meta_regression(
            pooling.random_effects(EFFECTS, VARIANCES), {"dose": DOSES}
        ),
    }


#: What is read of the value of a call, in R, where it is more than the value, and what we have.
READ = {
    "risk_ratio": "ratio(fit)",
    "odds_ratio": "ratio(fit)",
    "rate_glmm": "c(out$beta, sqrt(out$tau2))",
    "rate_beta_binomial": "plogis(coef(out))",
    "rate_logit": "c(fit$beta, fit$tau2)",
    "rate_arcsine": "c(fit$beta, fit$tau2)",
    "rate_freeman_tukey": "c(fit$beta, fit$tau2)",
    "glmm": "c(out$beta, out$se, out$tau2)",
    "glmm_moderator": "c(out$beta, out$se, out$tau2)",
    "glmm_groups": "c(lme4::fixef(out), unlist(lme4::VarCorr(out)))",
    "peto": "c(out$beta, out$ci.lb, out$ci.ub)",
    "mantel_haenszel": "c(out$beta, out$ci.lb, out$ci.ub)",
    "exact_strata": "c(out$estimate, out$conf.int, out$p.value)",
    "regression": "c(fit$beta, fit$se, fit$tau2)",
}


def numbers(name: str, one: Any) -> list[float]:
    """Return of a result the numbers that `READ` takes of R's."""
    if name in ("risk_ratio", "odds_ratio"):
        found = [one.estimate, one.lower, one.upper, one.prediction_lower, one.prediction_upper]
    elif name == "rate":
        rate = bayes.summarise(one, level=0.95)
        found = [rate.median, rate.lower, rate.upper]
    elif name == "line":
        found = [one.parameters["estimate"]]
    elif name == "rate_glmm":
        found = [one.fit.beta, np.sqrt(one.fit.tau2)]
    elif name == "rate_beta_binomial":
        found = [one.fit.mu, one.fit.rho]
    elif name == "rate_of_none":
        found = [one.lower, one.upper]
    elif name in ("glmm", "glmm_moderator"):
        found = [one.beta, one.se, one.tau2]
    elif name == "glmm_groups":
        found = [one.beta, one.tau2]
    elif name == "peto" or name == "mantel_haenszel":
        found = [np.log(value) for value in (one.estimate, one.lower, one.upper)]
    elif name == "exact_strata":
        found = [one.odds_ratio, one.lower, one.upper, one.p_value]
    elif name == "regression":
        found = [one.estimate, one.se, one.tau2]
    else:
        found = [one.fit.effect, one.fit.tau2]
    return [float(value) for part in found for value in np.ravel(part)]


if __name__ == "__main__":
    calls = (
        f"{name} <- list(quote({{\n{one.r_code()}\n}}), quote({READ.get(name, 'out')}))\n"
        for name, one in results().items()
    )
    (Path(__file__).parent / "calls.R").write_text("".join(calls), encoding="utf-8")
