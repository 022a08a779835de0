"""Comparisons of dose-response in several studies."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tests.oracles.comparison import Comparison, Z, fields, joined, made_by, oracle

from atopic.stats import doseresponse


def rows() -> Iterator[Comparison]:
    yield from _one_stage()
    yield from _two_stage()


def _one_stage() -> Iterator[Comparison]:
    values = oracle("doseresponse")["one_stage"]
    arms = [[row[k] for row in values["data"]] for k in ("dose", "responders", "n", "study")]
    for model in ("linear", "quadratic", "log-linear"):
        found, expected = doseresponse.one_stage(*arms, model=model, offset=0.08), values[model]
        yield Comparison(
            "doseresponse.one_stage",
            model,
            made_by("doseresponse", how="glm with study intercepts"),
            "4 studies of 2 to 4 doses",
            joined(
                [
                    found.parameters["estimate"],
                    found.parameters["se"],
                    found.intercepts["estimate"],
                    *fields(found, "loglik deviance likelihood_ratio"),
                ]
            ),
            joined(
                expected[k] for k in ("estimate", "se", "intercepts", "loglik", "deviance", "lr")
            ),
            kind="iterative",
        )


def _two_stage() -> Iterator[Comparison]:
    values, published = (
        oracle("doseresponse")["two_stage"],
        oracle("doseresponse", "published.json"),
    )
    with (Path(__file__).parent / "alcohol_cvd.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    columns = [
        np.array([float(r[k]) for r in rows]) for k in ("dose", "log_rr", "se", "cases", "n")
    ]
    study, design = np.array([r["study"] for r in rows]), np.array([r["design"] for r in rows])
    data = "alcohol_cvd, 6 studies"
    dosresmeta = "dosresmeta 2.1.1 and 2.2.0, as published"
    early = "dosresmeta stops early in solving for its fitted cases, which reaches what follows."

    def covariance(name: str, **options: str) -> doseresponse.FittedCounts:
        at = study == name
        return doseresponse.gl_covariance(
            *(c[at] for c in columns[1:]), design=design[at][0], **options
        )

    def curve(**options: str) -> doseresponse.TwoStage:
        return doseresponse.two_stage(
            *columns, study, design=list(design), fitted_by="odds", **options
        )

    found = {name: covariance(name, fitted_by="odds") for name in values["cases"]}
    yield Comparison(
        "doseresponse.gl_covariance",
        "fitted cases, covariance",
        made_by("doseresponse", how="the equations, uniroot at 1e-13"),
        data,
        joined(
            [v for one in found.values() for v in (one.cases, one.covariance)]
            + [covariance(name).cases for name in found]
        ),
        joined(
            [v for n in found for v in (values["cases"][n], values["cov"][n])]
            + [values["matched"][n] for n in found]
        ),
        kind="iterative",
    )
    names = list(published["covariance"])
    yield Comparison(
        "doseresponse.gl_covariance",
        "covariance",
        dosresmeta,
        f"alcohol_cvd, studies {', '.join(names)}",
        joined(found[name].covariance for name in names),
        joined(published["covariance"].values()),
        kind="iterative",
        remark=early,
    )
    yield Comparison(
        "doseresponse.gl_covariance",
        "fitted cases",
        dosresmeta,
        f"alcohol_cvd, studies {', '.join(published['cases'])}",
        joined(found[name].cases for name in published["cases"]),
        joined(published["cases"].values()),
        kind="loose",
        remark=early,
    )
    linear, fixed, quadratic = curve(), curve(method="fixed"), curve(model="quadratic")
    slope = linear.parameters.loc["dose"]
    rma = made_by("doseresponse", "metafor", "rma on the studies' slopes")
    expected = values["linear"]
    yield Comparison(
        "doseresponse.two_stage",
        "linear, slopes of the studies",
        made_by("doseresponse", how="the equations, uniroot at 1e-13"),
        data,
        linear.studies[["dose", "se dose"]],
        np.array([values["study_linear"], np.sqrt(values["study_variance"])]).T,
        kind="iterative",
    )
    yield Comparison(
        "doseresponse.two_stage",
        "linear, reml",
        rma,
        data,
        [slope["estimate"], slope["se"], linear.q],
        [expected[k] for k in ("estimate", "se", "Q")],
        kind="iterative",
        gain=linear.loglik - expected["loglik"],
    )
    yield Comparison(
        "doseresponse.two_stage",
        "linear, fixed",
        rma,
        data,
        fixed.parameters.loc["dose", ["estimate", "se"]].to_numpy(dtype=float),
        [values["linear_fixed"][k] for k in ("estimate", "se")],
    )
    yield Comparison(
        "doseresponse.two_stage",
        "linear, reml and fixed",
        dosresmeta,
        data,
        [
            slope["estimate"],
            slope["se"],
            linear.between[0, 0],
            *fixed.parameters.loc["dose", ["estimate", "se"]],
        ],
        [
            *(published["linear"][k] for k in ("estimate", "se", "tau2")),
            *(published["linear_fixed"][k] for k in ("estimate", "se")),
        ],
        kind="iterative",
        remark=early,
    )
    yield Comparison(
        "doseresponse.two_stage",
        "quadratic, reml",
        dosresmeta,
        data,
        quadratic.parameters[["estimate", "se"]].to_numpy().T,
        [published["quadratic"][k] for k in ("estimate", "se")],
        kind="iterative",
        gain=quadratic.loglik - published["quadratic"]["loglik"],
        remark=early,
    )
    # make.R divides squared doses by 100, which shifts the log-likelihood by a constant.
    shift = (len(found) - 1) * math.log(100)
    yield Comparison(
        "doseresponse.two_stage",
        "quadratic, reml",
        made_by("doseresponse", "metafor", "rma.mv"),
        data,
        quadratic.parameters[["estimate", "se"]].to_numpy().T,
        [values["quadratic"][k] for k in ("estimate", "se")],
        kind="loose",
        gain=quadratic.loglik - values["quadratic"]["loglik"] - shift,
        remark="`rma.mv` stops its search over variances early.",
    )
    one = curve(model="quadratic", procedure="one-stage")
    yield Comparison(
        "doseresponse.two_stage",
        "quadratic, one-stage procedure",
        made_by("doseresponse", "metafor", "rma.mv"),
        data,
        one.parameters[["estimate", "se"]].to_numpy().T,
        [values["one_stage"][k] for k in ("estimate", "se")],
        kind="loose",
        gain=one.loglik - values["one_stage"]["loglik"],
        remark="`rma.mv` stops its search over variances early.",
    )
    case = published["cc_ex"]
    se = np.log(np.array(case["upper"]) / case["lower"]) / (2 * Z)
    slope = doseresponse.two_stage(
        case["dose"], case["log_effect"], se, case["cases"], case["n"], ["rohan"] * 4,
        design="case-control", method="fixed",
    ).parameters.loc["dose"]  # fmt: skip
    yield Comparison(
        "doseresponse.two_stage",
        "one case-control study",
        "Greenland and Longnecker 1992, as dosresmeta 2.1.1 prints it",
        "Rohan and McMichael 1988",
        [slope["estimate"], slope["se"], *np.exp(slope[["estimate", "lower", "upper"]])],
        [case[k] for k in ("slope", "se", "ratio_per_unit", "ratio_lower", "ratio_upper")],
        kind="printed",
        step=[1e-4, 1e-4, 1e-6, 1e-6, 1e-6],
    )
