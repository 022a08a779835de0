"""Comparisons of mean changes."""

from collections.abc import Iterator

import numpy as np
from tests.oracles.comparison import Comparison, column, fields, made_by, oracle

from atopic.stats import changes


def rows() -> Iterator[Comparison]:
    values = oracle("changes")
    arm, two = {k: np.array(v) for k, v in values["arms"].items()}, values["two"]
    data = "4 pairs of arms of 2 to 250 patients"
    t_test = made_by("changes", how="t.test")
    one, other = (
        changes.from_spread(arm[f"mean_{i}"], arm[f"sd_{i}"], arm[f"n_{i}"], kind="sd")
        for i in (1, 0)
    )

    def theirs(case: str, names: str) -> np.ndarray:
        return np.array([column([each[case] for each in two], name) for name in names.split()])

    yield Comparison(
        "changes.from_spread",
        "limits and standard error",
        t_test,
        data,
        fields(one, "lower upper se"),
        theirs("one", "lower upper se"),
    )
    lower, upper, se = theirs("one", "lower upper se")
    yield Comparison(
        "changes.from_limits",
        "spread behind printed limits",
        t_test,
        data,
        changes.from_limits(arm["mean_1"], lower, upper, arm["n_1"]).sd,
        arm["sd_1"],
    )
    yield Comparison(
        "changes.two_sided_quantile",
        "t",
        made_by("changes", how="t.test, width over standard error"),
        data,
        changes.two_sided_quantile(theirs("one", "df")[0], 0.95),
        (upper - lower) / (2 * se),
    )
    names = "lower upper df statistic p_value se"
    for case, options in (
        ("welch", {}),
        ("pooled", {"variance": "pooled"}),
        ("welch_90", {"level": 0.9}),
    ):
        yield Comparison(
            "changes.difference",
            case.replace("_90", ", level 0.9"),
            t_test,
            data,
            fields(changes.difference(one, other, **options), names),
            theirs(case, names),
        )
    names = "lower upper p_value se"
    yield Comparison(
        "changes.difference",
        "normal quantile",
        made_by("changes", "metafor", "escalc"),
        data,
        fields(changes.difference(one, other, quantile="normal"), names),
        theirs("normal", names),
    )
