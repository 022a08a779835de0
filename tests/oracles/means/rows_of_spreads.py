"""Comparisons of standard deviations from what is printed."""

from collections.abc import Iterator

import numpy as np
from tests.oracles.comparison import Comparison, column, made_by, oracle

from atopic.stats import spreads


def rows() -> Iterator[Comparison]:
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
