"""Comparisons of pooled means, of standard deviations, and of a ratio's number needed to treat."""

from collections.abc import Iterator

import numpy as np
from tests.oracles.comparison import Comparison, column, fields, joined, made_by, oracle

from atopic.stats import contrasts, pooling, spreads

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
    yield _needed()
    yield from _spreads()


def _needed() -> Comparison:
    reduced = {"response": "bad", "lower": 0.5, "upper": 1.0, "baseline": 0.3}
    found = [
        contrasts.from_ratio(0.92, measure="RR", **reduced).estimate,
        contrasts.from_ratio(0.73, measure="OR", **reduced).estimate,
    ]
    # By convention numbers needed to treat are rounded up.
    return Comparison(
        "contrasts.from_ratio", "RR and OR, rounded up",
        "Cochrane Handbook 5.1, sections 12.5.4.2 and 12.5.4.3", "baseline 0.3",
        np.ceil(found), [42, 17], kind="printed", step=1,
    )  # fmt: skip


def _spreads() -> Iterator[Comparison]:
    values = oracle("means")
    samples, five = values["samples"], values["five"]
    made = made_by("means", how="t.test of samples with this sd")
    data = f"{len(samples)} pairs of samples"

    def all_of(name: str) -> np.ndarray:
        return column(samples, name)

    arms = all_of("difference"), all_of("n_1"), all_of("n_0")
    cases = {
        "from_se": (spreads.from_se(all_of("se"), all_of("n_1")), "sd"),
        "from_interval": (
            spreads.from_interval(all_of("lower"), all_of("upper"), all_of("n_1")), "sd",
        ),
        "from_t": (spreads.from_t(arms[0], all_of("t"), *arms[1:]), "pooled"),
        "from_p": (spreads.from_p(arms[0], all_of("p"), *arms[1:]), "pooled"),
    }  # fmt: skip
    for name, (found, of) in cases.items():
        yield Comparison(f"spreads.{name}", "sd", made, data, found.sd, all_of(of))
    yield Comparison(
        "spreads.from_p", "sd of either group", "Cochrane Handbook 6, section 6.5.2.3",
        "difference 3.8, P = 0.008, groups of 25 and 22", spreads.from_p(3.8, 0.008, 25, 22).sd,
        4.69, kind="loose",
        remark="The Handbook goes on from a standard error that it rounded to 1.37.",
    )  # fmt: skip
    order = [five[part] for part in ("minimum", "q1", "median", "q3", "maximum")]
    low, q1, middle, q3, high = order
    estimated = {
        "from_range": (spreads.from_range(low, middle, high, five["n"]), "range"),
        "from_quartiles": (spreads.from_quartiles(q1, middle, q3, five["n"]), "quartiles"),
        "from_five_numbers": (spreads.from_five_numbers(*order, five["n"]), "all"),
    }
    for name, (found, of) in estimated.items():
        yield Comparison(
            f"spreads.{name}", "sd and mean", made_by("means", how="the equations of the papers"),
            "5 samples of 4 to 250", [found.sd, found.mean], [five[of]["sd"], five[of]["mean"]],
        )  # fmt: skip
    yield Comparison(
        "spreads.from_range", "sd", "metaBLUE 1.0.0 (Wan.std), as its manual prints it",
        "1, 4, 10 of 30", spreads.from_range(1, 4, 10, 30).sd, 2.205578, kind="printed", step=1e-6,
    )  # fmt: skip
