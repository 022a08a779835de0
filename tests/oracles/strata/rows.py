"""Comparisons of stratified two-arm effects."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.oracles.comparison import Comparison, fields, joined, made_by, oracle

from atopic.stats import pooling
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
    every = [(measure, "mh") for measure in ("OR", "RR", "RD")] + [("Peto", "peto")]
    whole = [name for name, case in cases.items() if case["peto"].get("without")]
    for measure, kind in every:
        fits, theirs = {}, {}
        for name, table in zip(cases, tables, strict=True):
            theirs[name] = cases[name][kind][measure] if kind == "mh" else cases[name][kind]
            fits[name] = (
                strata.mantel_haenszel(*table, measure=measure)
                if kind == "mh"
                else strata.peto(*table)
            )
        package = made_by("strata", "metafor", "rma.mh" if kind == "mh" else "rma.peto")
        yield Comparison(
            "pooling.mantel_haenszel" if kind == "mh" else "pooling.peto",
            f"{measure}, Q, p, I2",
            package,
            data,
            [fields(fit, "Q Q_p I2") for fit in fits.values()],
            [[one[field] for field in ("Q", "Q_p", "I2")] for one in theirs.values()],
        )
        names = ["effect", "se", "p_value", "Q", "Q_p", "I2"]
        yield Comparison(
            "pooling.leave_one_out",
            f"{measure}, {'Mantel-Haenszel' if kind == 'mh' else 'one step'}: effect, Q, I2",
            made_by("strata", "metafor", "leave1out"),
            ", ".join(whole),
            joined(pooling.leave_one_out(fits[name])[names].to_numpy() for name in whole),
            joined(theirs[name]["without"] for name in whole),
        )
    patients = {"10": (10, 12, 20), "11": (11, 12, 19)}
    who = {
        "nobody": ((0, 0, 0), (0, 0, 0)),
        "everybody": tuple(patients.values()),
        "either": ((0, 12, 20), (0, 12, 19)),
        "all_treated": (patients["10"], (0, 0, 0)),
    }
    certain = oracle("strata")["certain"]
    yield Comparison(
        "pooling.mantel_haenszel",
        "RD and RR where nobody or everybody responded in an arm",
        made_by("strata", "metafor", "rma.mh"),
        "3 strata of 10 to 20 patients an arm",
        [
            strata.mantel_haenszel(
                who[name[3:]][0],
                patients["10"],
                who[name[3:]][1],
                patients["11"],
                measure=name[:2],
            ).effect
            for name in certain
        ],
        list(certain.values()),
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
