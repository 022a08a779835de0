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
        return fields(found, "estimate lower upper")

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
