"""Comparisons of severity scores."""

from collections.abc import Iterator

import numpy as np
from tests.oracles.comparison import Comparison, made_by, oracle

from atopic.stats import severity


def rows() -> Iterator[Comparison]:
    values = oracle("severity")
    how = made_by("severity", how="region by region, as the forms")
    case = values["easi"]
    yield Comparison(
        "severity.easi",
        "all ages",
        how,
        f"{len(case['age'])} random patients",
        severity.easi(case["signs"], case["area"], age=case["age"]),
        case["score"],
    )
    case = values["scorad"]
    inputs = case["extent"], case["intensity"]
    data = f"{len(case['extent'])} random patients"
    scorad = severity.scorad(*inputs, case["subjective"])
    yield Comparison("severity.scorad", "sum", how, data, scorad, case["scorad"])
    oscorad = severity.oscorad(*inputs)
    yield Comparison("severity.oscorad", "sum", how, data, oscorad, case["oscorad"])
    yield Comparison(
        "severity.area_score",
        "bands",
        "Hanifin 2001, Exp Dermatol 10:11",
        "0 to 100 percent",
        severity.area_score(np.arange(101)),
        [0] + [1] * 9 + [2] * 20 + [3] * 20 + [4] * 20 + [5] * 20 + [6] * 11,
    )
