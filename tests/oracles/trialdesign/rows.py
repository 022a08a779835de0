"""Designs of trials: power, sample size, assurance, dose arms."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
from tests.oracles.comparison import Comparison, column, made_by, oracle

from atopic.stats.trialdesign import (
    NormalMixture,
    Scenario,
    TwoArmDesign,
    approximate_power,
    assurance,
    detectable_difference,
    exact_power,
    many_to_one_power,
    sample_size,
    simulate,
    trend_power,
)

#: Trials simulated: a standard error of 0.1 % or so of the probabilities compared.
REPLICATES = 400_000


def rows() -> Iterator[Comparison]:
    values = oracle("trialdesign")
    yield from _exact(values["exact"])
    yield from _normal(values)
    rows = values["detect"]
    yield Comparison(
        "trialdesign.detectable_difference",
        "chi-square, fisher",
        made_by("trialdesign", how="uniroot of the sum over every table"),
        f"{len(rows)} designs and rates",
        [
            detectable_difference(
                row["rate_0"], row["n_1"], row["n_0"],
                power=row["power"], alpha=row["alpha"], test=row["test"],
            )
            for row in rows
        ],
        column(rows, "difference"),
    )  # fmt: skip
    yield from _assurance(values["assurance"])
    yield from _doses(values["doses"])


def _exact(rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    tests = sorted(rows, key=lambda row: row["test"])
    for test, same in groupby(tests, key=lambda row: row["test"]):
        some = list(same)
        how = "fisher.test" if test == "fisher" else "chisq.test"
        if test == "boschloo":
            how = "the largest size (grid, optimize) of fisher.test"
        yield Comparison(
            "trialdesign.exact_power",
            f"{test}, one and two sides",
            made_by("trialdesign", how=f"dbinom over every table that {how} rejects"),
            f"{len(some)} designs and rates",
            [
                exact_power(
                    row["rate_1"], row["n_1"], row["rate_0"], row["n_0"],
                    alpha=row["alpha"], sides=row["sides"], test=test,
                )
                for row in some
            ],
            column(some, "power"),
            unit=1e-6,
        )  # fmt: skip


def _normal(values: dict[str, Any]) -> Iterator[Comparison]:
    def names(rows: list[dict[str, Any]], text: str) -> list[np.ndarray]:
        return [column(rows, name) for name in text.split()]

    rows = values["normal"]
    p1, p0, n, alphas, sides = names(rows, "rate_1 rate_0 n alpha sides")
    yield Comparison(
        "trialdesign.approximate_power",
        "pooled, equal arms",
        made_by("trialdesign", how="power.prop.test"),
        f"{len(rows)} designs and rates",
        [
            approximate_power(*one[:4], alpha=one[4], sides=int(one[5]))
            for one in zip(p1, n, p0, n, alphas, sides, strict=True)
        ],
        column(rows, "power"),
    )
    rows = values["unequal"]
    p1, n1, p0, n0, sides = names(rows, "rate_1 n_1 rate_0 n_0 sides")
    for variance in ("pooled", "unpooled"):
        yield Comparison(
            "trialdesign.approximate_power",
            f"{variance}, unequal arms",
            made_by("trialdesign", how="formula"),
            f"{len(rows)} designs and rates",
            [
                approximate_power(*one[:4], sides=int(one[4]), variance=variance)
                for one in zip(p1, n1, p0, n0, sides, strict=True)
            ],
            column(rows, variance),
        )
    rows = values["sizes"]
    yield Comparison(
        "trialdesign.sample_size",
        "equal arms",
        made_by("trialdesign", how="power.prop.test"),
        f"{len(rows)} rates, powers and levels",
        [
            sample_size(
                row["rate_1"], row["rate_0"],
                power=row["power"], alpha=row["alpha"], sides=row["sides"],
            )
            for row in rows
        ],
        column(rows, "n"),
    )  # fmt: skip
    rows = values["unequal_sizes"]
    for corrected, name in ((False, "n"), (True, "corrected")):
        yield Comparison(
            "trialdesign.sample_size",
            f"unequal arms{', continuity-corrected' if corrected else ''}",
            made_by("trialdesign", how="uniroot of the power formula"),
            f"{len(rows)} rates, allocations and powers",
            [
                sample_size(
                    row["rate_1"], row["rate_0"],
                    power=row["power"], allocation=row["allocation"], corrected=corrected,
                )
                for row in rows
            ],
            column(rows, name),
        )  # fmt: skip


def _assurance(rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    found, sampled = [], []
    for row in rows:
        design = TwoArmDesign(
            row["n_1"], row["n_0"], test=row["test"], delta=row["delta"], level=row["level"]
        )
        scenario = Scenario("", NormalMixture(**row["control"]), NormalMixture(**row["effect"]))
        one = assurance(design, scenario)
        found.append([one.success, one.above_delta, one.conclusive_null])
        drawn = simulate(design, scenario, replicates=REPLICATES)
        sampled.append(
            [drawn.share(event) for event in ("success", "above_delta", "conclusive_null")]
        )
    theirs = column(rows, "probabilities").reshape(len(rows), 3)
    data = "2 designs under 4 beliefs, normal and mixed"
    yield Comparison(
        "trialdesign.assurance",
        "success, above delta, conclusive null",
        made_by("trialdesign", how="nested integrate over the sum over every table"),
        data,
        found,
        theirs,
        kind="iterative",
    )
    yield Comparison(
        "trialdesign.simulate",
        "success, above delta, conclusive null",
        made_by("trialdesign", how="nested integrate over the sum over every table"),
        data,
        sampled,
        theirs,
        kind="sampled",
        unit=0.25,
        remark="400,000 trials each; probabilities below 0.25 are compared with 0.25.",
    )


def _doses(rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    data = f"{len(rows)} designs of placebo and 2 or 3 doses"
    yield Comparison(
        "trialdesign.trend_power",
        "one and two sides",
        made_by("trialdesign", how="dbinom over every table that prop.trend.test rejects"),
        data,
        [
            [trend_power(row["rates"], row["n"], scores=row["scores"], sides=s) for s in (2, 1)]
            for row in rows
        ],
        [[row["trend_two"], row["trend_one"]] for row in rows],
    )
    for test in ("chi-square", "fisher"):
        ours, theirs = [], []
        for row in rows:
            found = many_to_one_power(row["rates"], row["n"], test=test)
            ours += [found.any, *found.each]
            theirs += row[f"many_{test.replace('-', '_')}"]
        name = "chisq.test" if test == "chi-square" else "fisher.test"
        yield Comparison(
            "trialdesign.many_to_one_power",
            f"{test}, any dose and each",
            made_by("trialdesign", how=f"dbinom over every table, {name}"),
            data,
            ours,
            theirs,
        )
