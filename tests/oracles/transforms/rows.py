"""Comparisons of transformed proportions, and all ways of pooling single arms."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import expit
from tests.oracles.comparison import ZERO, Comparison, Z, fields, joined, made_by, oracle

from atopic.stats import pooling
from atopic.stats.pooling import transforms


def rows() -> Iterator[Comparison]:
    values = oracle("transforms")
    cases = values["cases"]
    data = ", ".join(cases)
    metafor = made_by("transforms", "metafor", "escalc")
    forward = {
        "logit": transforms.logit,
        "arcsine": transforms.arcsine,
        "freeman-tukey": transforms.freeman_tukey,
    }
    for method, function in forward.items():
        yield Comparison(
            f"pooling.transforms.{method.replace('-', '_')}",
            "effects and variances",
            metafor,
            data,
            joined(np.ravel(function(case["x"], case["n"])) for case in cases.values()),
            joined(case[method][p] for case in cases.values() for p in ("effect", "variance")),
        )

    def inverse(method: str, case: dict[str, Any]) -> np.ndarray:
        scale = case[method]["scale"]
        if method != "freeman-tukey":
            return {"logit": transforms.back_logit, "arcsine": transforms.back_arcsine}[method](
                scale
            )
        return transforms.back_freeman_tukey(scale, transforms.harmonic_mean(case["n"]))

    for name, method in (
        ("back_logit", "logit"),
        ("back_arcsine", "arcsine"),
        ("back_freeman_tukey", "freeman-tukey"),
        ("harmonic_mean", "freeman-tukey"),
    ):
        yield Comparison(
            f"pooling.transforms.{name}",
            "inside the inverse of Freeman and Tukey"
            if name == "harmonic_mean"
            else "pooled rates and limits",
            made_by("transforms", "metafor", "transf functions"),
            data,
            [inverse(method, case) for case in cases.values()],
            [case[method]["rates"] for case in cases.values()],
        )
    angle = values["inverse"]["angle"]
    yield Comparison(
        "pooling.transforms.back_freeman_tukey",
        "within and beyond its range",
        made_by("transforms", "metafor", "transf.ipft"),
        "31 angles, n of 8 and 250",
        [transforms.back_freeman_tukey(angle, size) for size in (8, 250)],
        [values["inverse"][f"n{size}"] for size in (8, 250)],
    )
    names = "estimate lower upper prediction_lower prediction_upper heterogeneity"
    for method in forward:
        options = {"tau2_method": "dl", "interval": "wald", "prediction": "normal"}
        yield Comparison(
            "pooling.pool_proportions",
            method,
            made_by("transforms", "metafor", "escalc, rma, transf functions"),
            data,
            [
                fields(
                    pooling.pool_proportions(case["x"], case["n"], method=method, **options), names
                )
                for case in cases.values()
            ],
            [[*case[method]["rates"], case[method]["tau2"]] for case in cases.values()],
            unit=ZERO,
        )
    case = oracle("glmm")["cases"]["pritz1997"]
    found = pooling.pool_proportions(case["x"], case["n"], method="glmm", interval="z")
    beta, se = case["direct"]["beta"], case["direct"]["se"]
    yield Comparison(
        "pooling.pool_proportions",
        "glmm",
        made_by("glmm", how="direct integration, Newton steps"),
        "dat.pritz1997",
        fields(found, "estimate lower upper mean"),
        [*expit([beta, beta - Z * se, beta + Z * se]), case["mean"]],
        kind="iterative",
    )
    case = oracle("betabinomial")["cases"]["pritz1997"]
    found = pooling.pool_proportions(case["x"], case["n"], method="beta-binomial")
    yield Comparison(
        "pooling.pool_proportions",
        "beta-binomial",
        made_by("betabinomial", how="optim, Newton steps"),
        "dat.pritz1997",
        fields(found, "estimate heterogeneity"),
        [case["mu"], case["rho"]],
        kind="iterative",
    )
