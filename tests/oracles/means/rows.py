"""Comparisons of pooled means."""

from collections.abc import Iterator

from tests.oracles.comparison import Comparison, fields, joined, made_by, oracle

from atopic.stats import pooling

ARMS = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")


def rows() -> Iterator[Comparison]:
    values = oracle("means")
    arms = [values["arms"][name] for name in ARMS]
    for measure, expected in values["fits"].items():
        fits = {
            "dl": pooling.pool_means(*arms, measure=measure, tau2_method="dl"),
            "common": pooling.pool_means(*arms, measure=measure, model="common"),
        }
        names = "estimate se lower upper tau2"
        yield Comparison(
            "pooling.pool_means",
            f"{measure}: effects, variances, random and common effect",
            made_by("means", "metafor", "escalc, rma"),
            "9 trials, dat.normand1999",
            joined([fits["dl"].data.effect, fits["dl"].data.variance]
                   + [fields(fit, names) for fit in fits.values()]),
            joined([expected["yi"], expected["vi"]]
                   + [[expected[model][name] for name in names.split()] for model in fits]),
        )  # fmt: skip
