"""Comparisons of stratified two-arm effects."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.oracles.comparison import Comparison, fields, made_by, oracle

from atopic.stats.pooling import strata


def rows() -> Iterator[Comparison]:
    cases = oracle("strata")["cases"]
    data = ", ".join(cases)
    tables = [tuple(case[key] for key in ("a", "n1", "c", "n0")) for case in cases.values()]

    def over(function: Callable[..., Any], names: str, **options: Any) -> list[list[float]]:
        return [fields(function(*each, **options), names) for each in tables]

    for measure in ("OR", "RR", "RD"):
        yield Comparison(
            "pooling.mantel_haenszel",
            measure,
            made_by("strata", "metafor", "rma.mh"),
            data,
            over(strata.mantel_haenszel, "effect se p_value", measure=measure),
            [[c["mh"][measure][p] for p in ("effect", "se", "p_value")] for c in cases.values()],
        )
    yield Comparison(
        "pooling.peto",
        "log OR, standard error, p",
        made_by("strata", "metafor", "rma.peto"),
        data,
        over(strata.peto, "effect se p_value"),
        [[c["peto"][p] for p in ("effect", "se", "p_value")] for c in cases.values()],
    )
    sides = {"two-sided": "p_value", "less": "p_less", "greater": "p_greater"}
    yield Comparison(
        "pooling.strata.exact_conditional_test",
        "p, all alternatives",
        made_by("strata", how="mantelhaen.test, exact"),
        data,
        [over(strata.exact_conditional_test, "p_value", alternative=side) for side in sides],
        [[[c["exact"][name]] for c in cases.values()] for name in sides.values()],
    )
    limits = over(strata.exact_conditional_test, "odds_ratio lower upper")
    yield Comparison(
        "pooling.strata.exact_conditional_test",
        "odds ratio and limits",
        made_by("strata", how="the same equations, uniroot at 1e-15"),
        data,
        limits,
        [[c["exact"][p] for p in ("odds_ratio", "lower", "upper")] for c in cases.values()],
        kind="iterative",
    )
    yield Comparison(
        "pooling.strata.exact_conditional_test",
        "odds ratio and limits",
        made_by("strata", how="mantelhaen.test, exact"),
        data,
        limits,
        [c["exact"]["loose"] for c in cases.values()],
        kind="loose",
        remark="`mantelhaen.test` searches for the odds ratio, or its inverse if above 1, to 1e-4; "
        "the row above solves the same equations.",
    )
