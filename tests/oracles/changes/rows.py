"""Comparisons of mean changes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from tests.oracles.comparison import Comparison, column, fields, made_by, oracle

from atopic.stats import changes, paired_means


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
    case = values["responders"]
    found = changes.responders_by_normal_approximation(
        changes.from_spread(case["mean"], case["sd"], case["n"], kind="sd"),
        improvement=case["cut"],
    )
    names = "share lower upper"
    yield Comparison(
        "changes.responders_by_normal_approximation",
        "share and limits",
        made_by("changes", how="pnorm, delta method"),
        f"{len(case['n'])} means",
        fields(found, names),
        [case[name] for name in names.split()],
    )
    yield from _paired_means(values["means"])


def _paired_means(case: dict[str, Any]) -> Iterator[Comparison]:
    inputs = [case[k] for k in ("baseline", "follow_up", "sd_baseline", "sd_follow_up", "n")]
    data = "sizes of 2 to 120, correlations of -0.4 to 0.95"
    found = paired_means.between_means(*inputs, correlation=case["r"])
    yield Comparison(
        "paired_means.between_means",
        "change and standard error",
        made_by("changes", "metafor", "escalc, MC"),
        data,
        [found.estimate, found.se],
        [case["change"], case["change_se"]],
    )
    ratio = paired_means.percent_between_means(*inputs, correlation=case["r"])
    how = made_by("changes", "metafor", "escalc, ROMC")
    yield Comparison(
        "paired_means.percent_between_means",
        "log ratio, standard error, percent limits",
        how,
        data,
        [np.log1p(ratio.estimate / 100), ratio.log_ratio_se, ratio.lower, ratio.upper],
        [case[k] for k in ("log_ratio", "log_ratio_se", "percent_lower", "percent_upper")],
    )
    sweep = [
        paired_means.correlation_sweep(*row, correlations=[r], scale="percent").iloc[0]
        for *row, r in zip(*inputs, case["r"], strict=True)
    ]
    yield Comparison(
        "paired_means.correlation_sweep",
        "percent limits",
        how,
        data,
        [(row["lower"], row["upper"]) for row in sweep],
        np.array([case["percent_lower"], case["percent_upper"]]).T,
    )
