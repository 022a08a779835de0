"""Comparisons of Bayesian random effects."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.oracles.comparison import Comparison, fields, joined, made_by, oracle

from atopic.stats import bayes


def rows() -> Iterator[Comparison]:
    cases = oracle("bayes_pooling")["cases"]
    for prior in ("half-normal", "half-cauchy"):
        ours, theirs = [], []
        same = [case for case in cases.values() if case["tau_prior"] == prior]
        for case in same:
            found = bayes.meta_analysis(
                np.atleast_1d(case["effect"]),
                np.atleast_1d(case["variance"]),
                tau_prior=prior,
                tau_scale=case["tau_scale"],
                mu_prior=case["mu_prior"] or None,
                level=case["level"],
            )
            for name in ("mu", "tau", "new"):
                ours.append(fields(getattr(found, name), " ".join(case[name])))
                theirs.append(list(case[name].values()))
            ours += [found.studies[list(case["studies"])].to_numpy().T]
            theirs += [np.array(list(case["studies"].values()))]
            ours += [found.probability_above(0), found.probability_above(0, of="new")]
            theirs += [case["mu_above_0"], case["new_above_0"]]
        yield Comparison(
            "bayes.meta_analysis",
            f"{prior} prior",
            made_by("bayes_pooling", how="integrate over tau, uniroot at 1e-11"),
            f"{len(same)} sets of 1 to 13 effects",
            joined(ours),
            joined(theirs),
            kind="iterative",
        )
    beside = oracle("bayes_pooling")["beside"].values()
    yield Comparison(
        "bayes.probability_above",
        "the rate of a new study",
        made_by("bayes_pooling", how="integrate over tau and over the new study"),
        f"{len(beside)} meta-analyses, each beside rates of 1 to 1,000 patients",
        joined([rates_above(case) for case in beside]),
        joined([case["rates"]["above"] for case in beside]),
        kind="iterative",
        unit=1e-3,
        remark="Probabilities below 0.001 are compared with 0.001.",
    )


def rates_above(case: dict[str, Any]) -> NDArray[np.float64]:
    """Return how probable it is that each rate exceeds that of a new study."""
    fit = bayes.meta_analysis(
        case["effect"], case["variance"], tau_prior=case["tau_prior"], tau_scale=case["tau_scale"]
    )
    return bayes.probability_above(bayes.posterior(case["rates"]["x"], case["rates"]["n"]), fit)
