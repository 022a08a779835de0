"""Comparisons of two arms."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from tests.oracles.comparison import Comparison, Z, column, made_by, oracle

from atopic.stats import contrasts


def rows() -> Iterator[Comparison]:
    rows = oracle("contrasts")["tables"]
    tables = np.array([row["table"] for row in rows], dtype=float).T
    data = f"{len(rows)} two-arm tables"

    def limits(found: contrasts.Contrast) -> np.ndarray:
        return np.array([found.lower, found.upper]).T

    def compare(measure: str, method: str, **options: str) -> contrasts.Contrast:
        return contrasts.compare(*tables, measure=measure, method=method, **options)

    root = made_by("contrasts", how="definition, uniroot at 1e-15")
    rates = "Limits near 0 are differences of rates: those below 0.01 are compared with 0.01."
    wilson = made_by("contrasts", how="prop.test limits combined")
    scores = {
        ("RD", "newcombe"): ("newcombe", wilson, 0.01, rates),
        ("RD", "miettinen-nurminen"): ("mn_difference", root, 0.01, rates),
        ("RR", "miettinen-nurminen"): ("mn_ratio", root, 0.0, ""),
    }
    for (measure, method), (name, reference, unit, remark) in scores.items():
        yield Comparison(
            "contrasts.compare",
            f"{measure}, {method}",
            reference,
            data,
            limits(compare(measure, method)),
            column(rows, name),
            unit=unit,
            remark=remark,
        )
    metafor = made_by("contrasts", "metafor", "escalc")
    found = compare("RD", "newcombe")
    yield Comparison(
        "contrasts.compare",
        "RD, estimate and standard error",
        metafor,
        data,
        np.array([found.estimate, found.se]).T,
        column(rows, "rd"),
    )
    found = compare("OR", "conditional-exact")
    yield Comparison(
        "contrasts.compare",
        "OR, conditional-exact",
        root,
        data,
        np.array([found.estimate, found.lower, found.upper, found.se]).T,
        column(rows, "conditional"),
    )
    yield Comparison(
        "contrasts.compare",
        "OR, conditional-exact, limits",
        made_by("contrasts", how="fisher.test"),
        data,
        limits(found),
        column(rows, "fisher_test_limits"),
        kind="loose",
        remark="`fisher.test` stops early in the search for its limits; the row above solves the "
        "same equations.",
    )
    rules = {"": None, "_only0": "haldane-anscombe-zero-cells", "_all": "haldane-anscombe"}
    for (measure, method), (suffix, rule) in product(
        (("RR", "katz"), ("OR", "woolf")), rules.items()
    ):
        found = compare(measure, method, continuity=rule)
        theirs = column(rows, f"log_{measure.lower()}{suffix}")
        # metafor has no value at a zero cell, and a standard error of 0 where all responded.
        keep = np.isfinite(theirs).all(axis=1) & (theirs[:, 1] > 0)
        effect, se = theirs[keep].T
        yield Comparison(
            "contrasts.compare",
            f"{measure}, {method}, {'nothing added' if rule is None else rule}",
            metafor,
            f"{keep.sum()} of the tables",
            [
                *np.log([found.estimate[keep], found.lower[keep], found.upper[keep]]),
                found.se[keep],
            ],
            [effect, effect - Z * se, effect + Z * se, se],
            unit=0.01,
            remark="Log ratios near 0 are differences: those below 0.01 are compared with 0.01.",
        )
    newcombe = {
        (56, 70, 48, 80): ((0.0528, 0.3382), (0.0524, 0.3339)),
        (0, 10, 0, 20): ((-0.1658, 0.2844), (-0.1611, 0.2775)),
        (10, 10, 0, 20): ((0.7156, 1), (0.6791, 1)),
    }
    for at, method in enumerate(("miettinen-nurminen", "newcombe")):
        found = contrasts.compare(*np.array(list(newcombe)).T, method=method)
        yield Comparison(
            "contrasts.compare",
            f"RD, {method}",
            "Newcombe 1998, Stat Med 17:873, Table II",
            "56/70 v 48/80, 0/10 v 0/20, 10/10 v 0/20",
            limits(found),
            [pair[at] for pair in newcombe.values()],
            kind="printed",
            step=1e-4,
        )
    for method, name in (("newcombe", "newcombe"), ("miettinen-nurminen", "mn_difference")):
        lower, upper = column(rows, name).T
        # A limit of 0 is a number needed to treat of infinity, on a side that rounding chooses.
        keep = (np.abs(lower) > 1e-9) & (np.abs(upper) > 1e-9)
        found = contrasts.number_needed_to_treat(*tables[:, keep], method=method)
        yield Comparison(
            "contrasts.number_needed_to_treat",
            method,
            made_by("contrasts", how="reciprocal of the limits of the difference"),
            f"{keep.sum()} of the tables",
            [found.best, found.worst],
            [1 / upper[keep], 1 / lower[keep]],
        )
    yield _needed_of_ratios()
    for corrected, name in ((False, "chi_square"), (True, "chi_square_corrected")):
        yield Comparison(
            "contrasts.chi_square_test",
            "corrected" if corrected else "uncorrected",
            made_by("contrasts", how="chisq.test"),
            data,
            contrasts.chi_square_test(*tables, corrected=corrected),
            column(rows, name),
        )
    sides = ("two-sided", "less", "greater")
    yield Comparison(
        "contrasts.exact_test",
        "fisher, all alternatives",
        made_by("contrasts", how="fisher.test"),
        data,
        [contrasts.exact_test(*tables, alternative=side) for side in sides],
        [column(rows, "fisher" if side == "two-sided" else f"fisher_{side}") for side in sides],
    )
    small = [row for row in rows if row["unconditional"]]
    arms = np.array([row["table"] for row in small]).T
    for test, allowed in (("barnard", sides), ("boschloo", sides), ("boschloo-minlike", sides[:1])):
        names = [test.replace("-", "_") + f"_{side}".replace("_two-sided", "") for side in allowed]
        yield Comparison(
            "contrasts.exact_test",
            f"{test}, {'all alternatives' if len(allowed) > 1 else 'two-sided'}",
            made_by("contrasts", how="sum of binomial probabilities, climbed at every peak"),
            f"{len(small)} two-arm tables",
            [contrasts.exact_test(*arms, test=test, alternative=side) for side in allowed],
            [[row["unconditional"][name] for row in small] for name in names],
            kind="iterative",
        )
    few = [row for row in rows if row["table"][1] * row["table"][3] <= 40_000]
    yield Comparison(
        "contrasts.p_values_of_all_tables",
        "chi-square, chi-square-corrected, fisher and its two sides",
        made_by("contrasts", how="chisq.test, fisher.test"),
        f"{len(few)} two-arm tables",
        [[_of_all(row["table"], test, side) for test, side, _ in _ALL] for row in few],
        [[float(str(row[name]).replace("NA", "nan")) for _, _, name in _ALL] for row in few],
    )
    yield from _printed_p(rows)
    yield from _fragility(oracle("contrasts")["fragility"])


#: Test, alternative, and what the stored values call it.
_ALL: list[tuple[Any, Any, str]] = [
    ("chi-square", "two-sided", "chi_square"),
    ("chi-square-corrected", "two-sided", "chi_square_corrected"),
    ("fisher", "two-sided", "fisher"),
    ("fisher", "less", "fisher_less"),
    ("fisher", "greater", "fisher_greater"),
]


def _of_all(table: list[int], test: Any, alternative: Any) -> float:
    x1, n1, x0, n0 = table
    p = contrasts.p_values_of_all_tables(n1, n0, test=test, alternative=alternative)
    return float(p[x1, x0])


def _printed_p(rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    """Print a p value of R to six decimals: the counts it stands for must be found, with that p."""
    names = {"chi-square": "chi_square", "chi-square-corrected": "chi_square_corrected"}
    names["fisher"] = "fisher"
    ours, theirs = [], []
    for row, (test, name) in product(rows, names.items()):
        p = float(row[name]) if row[name] != "NA" else math.nan
        if not 1e-5 < p < 0.999:
            continue
        x1, n1, x0, n0 = row["table"]
        found = contrasts.p_value_bounds(f"{p:.6f}", n1, n0, tests=test).tables
        match = found[(found["responders_1"] == x1) & (found["responders_0"] == x0)]
        ours.append(match["p"].item() if len(match) == 1 else math.nan)
        theirs.append(p)
    yield Comparison(
        "contrasts.p_value_bounds",
        ", ".join(names),
        made_by("contrasts", how="chisq.test, fisher.test"),
        "p values of the tables, printed to 6 decimals",
        ours,
        theirs,
        remark="The counts behind a printed p value are among those found, with the p value of R.",
    )


def _fragility(rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    """Compare how many patients must change with a count of R, and with printed examples."""
    tables = np.array([row["table"] for row in rows], dtype=float).T
    tests: tuple[Any, ...] = ("fisher", "chi-square", "chi-square-corrected")
    yield Comparison(
        "contrasts.fragility_index",
        ", ".join(tests),
        made_by("contrasts", how="fisher.test and chisq.test of each patient more"),
        f"{len(rows)} two-arm tables",
        [contrasts.fragility_index(*tables, test=test).index for test in tests],
        [column(rows, test.replace("-", "_")) for test in tests],
    )
    printed = {
        "Walsh 2014, J Clin Epidemiol 67:622": ((1, 100, 9, 100), (1, 0.02, 0.06)),
    }
    for source, (table, (index, p, after)) in printed.items():
        found = contrasts.fragility_index(*table)
        yield Comparison(
            "contrasts.fragility_index",
            "fisher, index and P before and after",
            source,
            "1/100 v 9/100",
            [found.index, found.p, found.p_after],
            [index, p, after],
            kind="printed",
            step=1e-2,
        )


def _needed_of_ratios() -> Comparison:
    reduced = {"response": "bad", "lower": 0.5, "upper": 1.0, "baseline": 0.3}
    found = [
        contrasts.from_ratio(0.92, measure="RR", **reduced).estimate,
        contrasts.from_ratio(0.73, measure="OR", **reduced).estimate,
    ]
    # By convention numbers needed to treat are rounded up.
    return Comparison(
        "contrasts.from_ratio", "RR and OR, rounded up",
        "Cochrane Handbook 5.1, sections 12.5.4.2 and 12.5.4.3", "baseline 0.3",
        np.ceil(found), [42, 17], kind="printed", step=1,
    )  # fmt: skip
