"""Comparisons of posteriors of rates."""

from collections.abc import Iterator

import numpy as np
from tests.oracles.comparison import Comparison, fields, made_by, oracle

from atopic.stats import bayes


def rows() -> Iterator[Comparison]:
    values = oracle("bayes")
    table = {key: np.array(value) for key, value in values["rates"].items()}
    rows = range(len(table["x"]))
    rates = [
        bayes.posterior(
            table["x"][i], table["n"][i], prior=(table["seen"][i], table["patients"][i])
        )
        for i in rows
    ]
    data = f"{len(rates)} posteriors: 3 priors, 10 to 5,000 patients, 3 levels"
    found = [bayes.summarise(rate, level=table["level"][i]) for i, rate in enumerate(rates)]
    yield Comparison(
        "bayes.posterior",
        "mean",
        made_by("bayes", how="closed form"),
        data,
        [rate.alpha / (rate.alpha + rate.beta) for rate in rates],
        table["mean"],
    )
    for variant, names, how in (
        ("mean, median, equal-tailed limits", "mean median lower upper", "qbeta"),
        ("highest-density limits", "hdi_lower hdi_upper", "uniroot at 1e-15"),
    ):
        yield Comparison(
            "bayes.summarise",
            variant,
            made_by("bayes", how=how),
            data,
            [fields(one, names) for one in found],
            np.array([table[name] for name in names.split()]).T,
            kind="closed" if how == "qbeta" else "iterative",
        )
    yield Comparison(
        "bayes.probability_above",
        "a fixed rate",
        made_by("bayes", how="pbeta"),
        data,
        [bayes.probability_above(rate, 0.399) for rate in rates],
        table["above_0.399"],
        unit=1e-3,
        remark="Probabilities below 0.001 are compared with 0.001.",
    )
    for name, prior, variant, how, sets in (
        ("pairs", bayes.JEFFREYS, "Jeffreys prior", "integrate, piecewise", "1 to 5,000"),
        ("whole", (1, 2), "uniform prior", "phyper, Altham 1969", "5 to 100,000"),
    ):
        pair = {key: np.array(value) for key, value in values[name].items()}
        yield Comparison(
            "bayes.probability_above",
            f"another rate, {variant}",
            made_by("bayes", how=how),
            f"{len(pair['above'])} pairs of {sets} patients",
            bayes.probability_above(
                bayes.posterior(pair["x1"], pair["n1"], prior=prior),
                bayes.posterior(pair["x0"], pair["n0"], prior=prior),
            ),
            pair["above"],
            kind="iterative" if name == "pairs" else "closed",
            unit=1e-3,
            remark="Probabilities below 0.001 are compared with 0.001.",
        )
    printed = [
        dict(zip(values["printed"], row, strict=True))
        for row in zip(*values["printed"].values(), strict=True)
    ]
    matched = [
        bayes.from_printed(*(row[k] for k in ("estimate", "lower", "upper")), level=row["level"])
        for row in printed
    ]
    yield Comparison(
        "bayes.from_printed",
        "limits",
        made_by("bayes", how="nested uniroot at 1e-13"),
        f"{len(printed)} printed intervals",
        [(rate.alpha, rate.beta) for rate in matched],
        [(row["alpha"], row["beta"]) for row in printed],
        kind="iterative",
    )
    yield Comparison(
        "bayes.from_printed",
        "limits, and mean and width",
        "Andreasen 2020, 39.9% (36.7 to 43.2)",
        "EASI-50 of placebo",
        [
            fields(
                bayes.summarise(bayes.from_printed(0.399, 0.367, 0.432, match=match)),
                "mean lower upper",
            )
            for match in ("limits", "mean-and-width")
        ],
        [[0.399, 0.367, 0.432]] * 2,
        kind="printed",
        step=1e-3,
    )
