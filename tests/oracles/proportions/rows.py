"""Comparisons of limits for a proportion."""

from collections.abc import Iterator

import numpy as np
from tests.oracles.comparison import Comparison, made_by, oracle

from atopic.stats import proportions


def rows() -> Iterator[Comparison]:
    rows = oracle("proportions")["rows"]
    by = {
        "clopper-pearson": "binom.test",
        "wilson": "prop.test",
        "wilson-cc": "prop.test, corrected",
        "jeffreys": "qbeta",
        "mid-p": "uniroot at 1e-15",
    }
    for method, how in by.items():
        same = [row for row in rows if row["method"] == method]
        ours = [
            proportions.interval(row["responders"], row["n"], row["level"], method) for row in same
        ]
        yield Comparison(
            "proportions.interval",
            method,
            made_by("proportions", how=how),
            "32 arms of 1 to 1,000,000 patients, 7 levels",
            ours,
            [(row["lower"], row["upper"]) for row in same],
        )
    from statsmodels.stats.proportion import proportion_confint

    # With nobody or everybody responding, statsmodels lets limits overshoot 0 and 1.
    x, n = np.array([1, 9, 1, 81, 17]), np.array([3, 10, 29, 263, 5000])
    levels = (0.8, 0.95, 0.999)
    yield Comparison(
        "proportions.interval",
        "agresti-coull",
        "statsmodels, version of requirements.lock",
        "5 arms of 3 to 5,000 patients, 3 levels",
        [proportions.interval(x, n, level, "agresti-coull") for level in levels],
        [proportion_confint(x, n, alpha=1 - level, method="agresti_coull") for level in levels],
    )
    newcombe = [
        ("wilson", 81, 263, 0.2553, 0.3662),
        ("clopper-pearson", 81, 263, 0.2527, 0.3676),
        ("wilson-cc", 81, 263, 0.2535, 0.3682),
        ("mid-p", 81, 263, 0.2544, 0.3658),
        ("clopper-pearson", 15, 148, 0.0578, 0.1617),
        ("wilson", 15, 148, 0.0624, 0.1605),
        ("wilson", 0, 20, 0.0, 0.1611),
        ("clopper-pearson", 0, 20, 0.0, 0.1684),
        ("mid-p", 0, 20, 0.0, 0.1391),
        ("clopper-pearson", 1, 29, 0.0009, 0.1776),
    ]
    yield Comparison(
        "proportions.interval",
        "wilson, wilson-cc, clopper-pearson, mid-p",
        "Newcombe 1998, Stat Med 17:857, methods 3 to 6",
        "81/263, 15/148, 0/20, 1/29",
        [proportions.interval(x, n, method=method) for method, x, n, _, _ in newcombe],
        [row[3:] for row in newcombe],
        kind="printed",
        step=1e-4,
    )
