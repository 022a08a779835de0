"""Comparisons of random and common effects, and of heterogeneity."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.oracles.comparison import ZERO, Comparison, fields, joined, made_by, oracle
from tests.oracles.pooling.likelihood import log_likelihood

from atopic.stats import pooling
from atopic.stats.pooling import heterogeneity

SAFE = "hartung-knapp-safeguarded"
INTERVALS = {"z": "wald", "knha": "hartung-knapp", "adhoc": SAFE}
TAU2 = ("reml", "ml", "pm", "dl", "eb", "sj")


def rows() -> Iterator[Comparison]:
    cases = oracle("pooling")["cases"]
    data = f"{len(cases)} data sets of metadat"
    metafor = made_by("pooling", "metafor", "rma, tolerance 1e-13")

    def kind(method: str) -> str:
        return "closed" if method in ("dl", "sj") else "iterative"

    def fit(case: dict[str, Any], method: str, **options: Any) -> pooling.Pooled:
        return pooling.random_effects(
            case["yi"], case["vi"], tau2_method=method, level=case["level"], **options
        )

    for method, (test, interval) in product(TAU2, INTERVALS.items()):
        ours, theirs = [], []
        for case in cases:
            found, expected = fit(case, method, interval=interval), case["fits"][method.upper()]
            ours += [*fields(found, "estimate se lower upper p_value"), found.weights]
            theirs += [expected["estimate"]]
            theirs += [expected["intervals"][test][part] for part in ("se", "lower", "upper", "p")]
            theirs += [expected["weights"]]
        yield Comparison(
            "pooling.random_effects",
            f"{method}, {interval}",
            metafor,
            data,
            joined(ours),
            joined(theirs),
            kind=kind(method),
        )
    for prediction in cases[0]["fits"]["REML"]["predictions"]:
        ours, theirs = [], []
        for case, method in product(cases, TAU2):
            expected = case["fits"][method.upper()]["predictions"]
            if prediction in expected:
                found = fit(case, method, prediction=prediction)
                ours.append(fields(found, "prediction_lower prediction_upper"))
                theirs.append(expected[prediction])
        yield Comparison(
            "pooling.random_effects",
            f"prediction interval {prediction}",
            made_by("pooling", "metafor", "rma, with the formula in R"),
            f"{data}, 6 estimators of tau2",
            joined(ours),
            joined(theirs),
            kind="iterative",
        )
    for test, interval in INTERVALS.items():
        names = "estimate se lower upper p_value I2"
        yield Comparison(
            "pooling.common_effect",
            interval,
            made_by("pooling", "metafor", "rma"),
            data,
            [
                fields(
                    pooling.common_effect(
                        case["yi"], case["vi"], interval=interval, level=case["level"]
                    ),
                    names,
                )
                for case in cases
            ],
            [
                [case["common"][test][p] for p in ("estimate", "se", "lower", "upper", "p", "I2")]
                for case in cases
            ],
            unit=ZERO,
        )
    yield from _heterogeneity(cases, data, metafor)


def _heterogeneity(cases: list[Any], data: str, metafor: str) -> Iterator[Comparison]:
    for method in TAU2:
        same = [case["fits"][method.upper()] for case in cases]
        pairs = [(case["yi"], case["vi"]) for case in cases]
        likely = [
            log_likelihood(
                y, v, heterogeneity.tau2(y, v, method=method), restricted=method == "reml"
            )
            - fit["log_likelihood"]
            for (y, v), fit in zip(pairs, same, strict=True)
        ]
        closed = method in ("dl", "sj")
        yield Comparison(
            "pooling.heterogeneity.tau2",
            method,
            metafor,
            data,
            [heterogeneity.tau2(y, v, method=method) for y, v in pairs],
            [fit["tau2"] for fit in same],
            kind="closed" if closed else "iterative",
            unit=ZERO,
            gain=min(likely) if method in ("reml", "ml") else None,
        )
    limits = [heterogeneity.q_profile(c["yi"], c["vi"], level=c["level"]) for c in cases]
    yield Comparison(
        "pooling.heterogeneity.q_profile",
        "limits of tau2",
        made_by("pooling", "metafor", "confint, tolerance 1e-14"),
        data,
        [(limit.lower, limit.upper) for limit in limits],
        [case["q_profile"] for case in cases],
        kind="iterative",
        unit=ZERO,
    )
    maxima = oracle("pooling")["maxima"]
    best = [
        float(log_likelihood(case["yi"], case["vi"], heterogeneity.tau2(case["yi"], case["vi"])))
        for case in maxima
    ]
    yield Comparison(
        "pooling.heterogeneity.tau2",
        "reml, log-likelihood reached",
        metafor,
        "2 data sets with two maxima",
        best,
        [case["log_likelihood"] for case in maxima],
        kind="loose",
        gain=min(b - case["log_likelihood"] for b, case in zip(best, maxima, strict=True)),
        remark="metafor settles on the lower of two maxima.",
    )
