"""Comparisons of counts behind a percentage, and of ranges over them."""

from collections.abc import Iterator

import numpy as np
from tests.oracles.comparison import Comparison, made_by, oracle

from atopic.evidence import counts
from atopic.stats import ambiguity


def rows() -> Iterator[Comparison]:
    values = oracle("ambiguity")
    arms = [[(65, 197), (66, 200), (67, 203), (68, 206), (69, 209)], [(27, 92), (29, 99)]]
    central = ambiguity.central_candidates(arms, planned=[205, 103])

    def difference(responders: np.ndarray, n: np.ndarray) -> dict[str, np.ndarray]:
        rate = responders / n
        return {"difference": rate[..., 0] - rate[..., 1]}

    def pooled(responders: np.ndarray, n: np.ndarray) -> dict[str, np.ndarray]:
        weight = n**3 / (responders * (n - responders))
        return {"rate": (weight * responders / n).sum(axis=-1) / weight.sum(axis=-1)}

    row = ambiguity.over_candidates(difference, arms, central=central).table.iloc[0]
    case = values["difference"]
    metafor = made_by("ambiguity", "metafor", "escalc, over all combinations")
    data = "FURESTEM-AD phase 3, 2024, EASI-50 at week 12"
    yield Comparison(
        "ambiguity.over_candidates",
        "range of a difference",
        metafor,
        data,
        [row["minimum"], row["maximum"]],
        [case["minimum"], case["maximum"]],
    )
    yield Comparison(
        "ambiguity.central_candidates", "central difference", metafor, data, row["central"],
        case["central"],
    )  # fmt: skip
    case = values["pooled"]
    found = ambiguity.over_candidates(pooled, [[tuple(p) for p in c] for c in case["candidates"]])
    row = found.table.iloc[0]
    yield Comparison(
        "ambiguity.over_candidates",
        "range of a pooled rate",
        made_by("ambiguity", "metafor", "rma, over all combinations"),
        f"{case['combinations']} combinations of 4 arms",
        [found.combinations, row["minimum"], row["maximum"]],
        [case["combinations"], case["minimum"], case["maximum"]],
    )
    yield from _counts()


def _counts() -> Iterator[Comparison]:
    # data/README.md, "When a count may be derived from a percentage".
    facts = [
        ("35.2", 54, 19), ("85.5", 55, 47), ("4.3", 94, 4), ("17.5", 97, 17), ("11.8", 51, 6),
        ("31.82", 88, 28), ("27.16", 81, 22), ("70", 10, 7), ("67", 9, 6), ("36", 14, 5),
        ("36", 11, 4), ("0", 35, 0), ("100", 9, 9),
    ]  # fmt: skip
    source = "percentages and sizes that trials printed"
    yield Comparison(
        "counts.compatible",
        "the only count that fits",
        "codebook, data/README.md",
        source,
        [counts.compatible(percent, n) for percent, n, _ in facts],
        [(x,) for _, _, x in facts],
    )
    yield Comparison(
        "counts.prints_as",
        "that count, and the next",
        "codebook, data/README.md",
        source,
        [[counts.prints_as(x, n, p), x < n and counts.prints_as(x + 1, n, p)] for p, n, x in facts],
        [[True, False]] * len(facts),
    )
