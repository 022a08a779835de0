"""Comparisons of the beta-binomial model."""

from collections.abc import Iterator

from tests.oracles.comparison import Comparison, fields, made_by, oracle

from atopic.stats.pooling import betabinomial


def rows() -> Iterator[Comparison]:
    cases = oracle("betabinomial")["cases"]
    fits = {name: betabinomial.fit(case["x"], case["n"]) for name, case in cases.items()}
    how = made_by("betabinomial", how="optim, Newton steps")
    names = ("mu", "rho", "mu_se", "rho_se", "log_likelihood")
    yield Comparison(
        "pooling.betabinomial.fit",
        "mean, rho, standard errors, log-likelihood",
        how,
        ", ".join(cases),
        [fields(fit, " ".join(names)) for fit in fits.values()],
        [[case[name] for name in names] for case in cases.values()],
        kind="iterative",
    )
    yield Comparison(
        "pooling.betabinomial.fit",
        "mean, rho, log-likelihood",
        "VGAM, as printed",
        "dat.pritz1997",
        fields(fits["pritz1997"], "mu rho log_likelihood"),
        [0.7747497, 0.0913686, -32.509606],
        kind="printed",
        step=[1e-7, 1e-7, 1e-6],
    )
    big = oracle("betabinomial")["large"]
    names = (*names, "log_likelihood_common")
    yield Comparison(
        "pooling.betabinomial.fit",
        "mean, rho, standard errors, log-likelihood of large arms",
        made_by("betabinomial", "Rmpfr", how="300 bits"),
        f"arms of 13 to 1.1e9 patients ({', '.join(big)})",
        [fields(betabinomial.fit(case["x"], case["n"]), " ".join(names)) for case in big.values()],
        [[case[name] for name in names] for case in big.values()],
        kind="iterative",
    )
