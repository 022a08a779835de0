"""Comparisons of missing responders."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from tests.oracles.comparison import Comparison, fields, made_by, oracle

from atopic.stats import pooling
from atopic.stats.pooling import missing


def rows() -> Iterator[Comparison]:
    values = oracle("missing")
    arms = tuple(
        np.array(values["higgins2008"][key]) for key in ("r1", "f1", "m1", "r0", "f0", "m0")
    )
    metafor = made_by("missing", "metafor", "escalc, rma")
    data = "dat.higgins2008, four strategies"

    def pooled(x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike) -> np.ndarray:
        found = pooling.pool_contrasts(
            x1, n1, x0, n0, measure="RR", continuity="only-zero", model="common", interval="wald"
        )
        return np.exp(fields(found, "estimate lower upper"))

    names = list(missing.SCENARIOS)
    theirs = [values["scenarios"][name] for name in names]
    found = {scenario.name: scenario for scenario in missing.scenarios(*arms)}
    yield Comparison(
        "pooling.missing.scenarios",
        "pooled risk ratio",
        metafor,
        data,
        [pooled(*fields(found[name], "responders_1 n_1 responders_0 n_0")) for name in names],
        theirs,
    )
    yield Comparison(
        "pooling.missing.impute",
        "pooled risk ratio",
        metafor,
        data,
        [
            pooled(*missing.impute(*arms[:3], one), *missing.impute(*arms[3:], other))
            for one, other in missing.SCENARIOS.values()
        ],
        theirs,
    )
    yield Comparison(
        "pooling.missing.scenarios",
        "pooled risk ratio",
        "Higgins, White and Wood 2008, Clin Trials 5:225",
        data,
        [pooled(*fields(found[name], "responders_1 n_1 responders_0 n_0"))[0] for name in names],
        [1.567, 1.898, 2.416, 0.944],
        kind="printed",
        step=1e-3,
    )
    two = tuple(part[[1, 12]] for part in arms)
    cases = values["effects"]
    how = made_by("missing", how="delta method by finite differences")
    data = "2 trials of dat.higgins2008"
    results = [
        missing.imor_effect(
            *two,
            imor_1=case["imor_1"],
            imor_0=case["imor_0"],
            log_imor_sd=case["sd"],
            measure=case["measure"],
        )
        for case in cases
    ]
    yield Comparison(
        "pooling.missing.imor_effect",
        "RD, RR and OR, effect and variance",
        how,
        data,
        [(one.effect, one.variance) for one in results],
        [(case["effect"], case["variance"]) for case in cases],
    )
    ours, theirs = [], []
    for case in (case for case in cases if case["measure"] == "RD"):
        one = missing.imor_rate(*two[:3], case["imor_1"], log_imor_sd=case["sd"])
        other = missing.imor_rate(*two[3:], case["imor_0"], log_imor_sd=case["sd"])
        ours.append((one[0] - other[0], one[1] + other[1]))
        theirs.append((case["effect"], case["variance"]))
    yield Comparison(
        "pooling.missing.imor_rate", "difference of two rates, variance", how, data, ours, theirs
    )
    odds = sorted({case["imor_1"] for case in cases})
    ours, theirs = [], []
    for case in cases:
        grid = missing.imor_sweep(
            *two,
            imor_1=odds,
            imor_0=[1 / each for each in odds],
            log_imor_sd=case["sd"],
            measure=case["measure"],
        )
        at = odds.index(case["imor_1"])
        ours.append((grid.effect[at, at], grid.variance[at, at]))
        theirs.append((case["effect"], case["variance"]))
    yield Comparison(
        "pooling.missing.imor_sweep", "RD, RR and OR, diagonal of the grid", how, data, ours, theirs
    )
