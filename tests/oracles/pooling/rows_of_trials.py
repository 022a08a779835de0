"""Comparisons of pooled trials, and of what the answer hangs on."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from tests.oracles.comparison import ZERO, Comparison, fields, joined, made_by, oracle
from tests.oracles.pooling import make_calls
from tests.oracles.pooling.rows import INTERVALS

from atopic.stats import pooling


def rows() -> Iterator[Comparison]:
    values = oracle("pooling")
    rules = {"none": "none", "only0": "only-zero", "if0all": "if-any-zero", "all": "all"}
    for to, rule in rules.items():
        same = [effects for effects in values["effects"] if effects["to"] == to]
        table = values["counts"]["bcg" if to == "none" else "nielweise"]
        arms = [table[part] for part in ("x1", "n1", "x0", "n0")]
        found = [
            pooling.contrast_effects(*arms, measure=effects["measure"], continuity=rule)
            for effects in same
        ]
        yield Comparison(
            "pooling.contrast_effects",
            f"RD, RR and OR, continuity {rule}",
            made_by("pooling", "metafor", "escalc"),
            "dat.bcg" if to == "none" else "dat.nielweise2007",
            [(one.effect, one.variance) for one in found],
            [(effects["yi"], effects["vi"]) for effects in same],
        )
    bcg = values["counts"]["bcg"]
    arms = [bcg[part] for part in ("x1", "n1", "x0", "n0")]
    ours, theirs = [], []
    for measure, name in (("RR", "log RR"), ("OR", "log OR"), ("RD", "RD")):
        case = next(case for case in values["cases"] if case["name"] == f"dat.bcg, {name}")
        expected = case["fits"]["REML"]
        for test, interval in INTERVALS.items():
            found = pooling.pool_contrasts(*arms, measure=measure, interval=interval)
            ours.append(fields(found, "effect tau2 se effect_lower effect_upper"))
            limits = [expected["intervals"][test][part] for part in ("se", "lower", "upper")]
            theirs.append([expected["estimate"], expected["tau2"], *limits])
    yield Comparison(
        "pooling.pool_contrasts",
        "RD, RR and OR, reml, all intervals",
        made_by("pooling", "metafor", "escalc, rma"),
        "dat.bcg",
        ours,
        theirs,
        kind="iterative",
    )
    shared = values["shared"]
    arms = [shared[part] for part in ("x1", "n1", "x0", "n0")]
    for method in ("REML", "ML", "EE"):
        ours, theirs, again, errors = [], [], [], []
        for measure, rho in product(("RD", "RR", "OR"), (0.0, 0.5)):
            fit = pooling.pool_contrasts(
                *arms,
                measure=measure,
                control=shared["study"],
                effect_correlation=rho,
                model="common" if method == "EE" else "random",
                tau2_method="reml" if method == "EE" else method.lower(),
                interval="wald",
            )
            expected = shared[measure][f"{method} {rho:g}"]
            ours += [fields(fit, "effect se tau2 Q"), fit.weights]
            theirs += [[expected[part] for part in ("estimate", "se", "tau2", "Q")]]
            theirs += [expected["weights"]]
            again.append(float(pooling.repool(fit, interval="hartung-knapp").se))
            errors.append(expected["hartung_knapp_se"])
        model = "common effect" if method == "EE" else method.lower()
        yield Comparison(
            "pooling.pool_contrasts",
            f"shared controls, RD, RR and OR, {model}",
            made_by("pooling", "metafor", "rma.mv"),
            "dat.hasselblad1998, each arm against the first of its trial",
            joined(ours),
            joined(theirs),
            kind="iterative",
        )
        yield Comparison(
            "pooling.repool",
            f"Hartung-Knapp standard error, {model}",
            made_by("pooling", "metafor", "rma.mv, with the formula in R"),
            "dat.hasselblad1998, each arm against the first of its trial",
            again,
            errors,
            kind="iterative",
        )
    ours, theirs = [], []
    for measure in ("RD", "RR", "OR"):
        data = pooling.contrast_effects(*arms, measure=measure, control=shared["study"])
        x0, n0 = (np.asarray(shared[part]) for part in ("x0", "n0"))
        part = {
            "RD": x0 / n0 * (1 - x0 / n0) / n0,
            "RR": 1 / x0 - 1 / n0,
            "OR": 1 / x0 + 1 / (n0 - x0),
        }[measure]
        ours.append(pooling.shared_control_covariance(data.variance, shared["study"], part))
        theirs.append(shared[measure]["V"])
    yield Comparison(
        "pooling.shared_control_covariance",
        "RD, RR and OR",
        made_by("pooling", "metafor", "escalc, with the formula in R"),
        "dat.hasselblad1998, each arm against the first of its trial",
        ours,
        theirs,
    )
    yield from _sensitivity()
    fits, calls = make_calls.fits(), oracle("pooling", "r_calls.json")["cases"]
    names = "effect tau2 effect_lower effect_upper effect_prediction_lower "
    names += "effect_prediction_upper"
    yield Comparison(
        "pooling.Pooled.r_call",
        "estimate, tau2, limits, prediction",
        made_by("pooling", "metafor", "the call that the result carries"),
        f"{len(calls)} results of all conventions",
        joined(fields(fits[c["name"]], names)[: len(c["printed"])] for c in calls),
        joined(c["printed"] for c in calls),
        kind="iterative",
    )


def _sensitivity() -> Iterator[Comparison]:
    values = oracle("pooling")
    expected, bcg = values["sensitivity"], values["counts"]["bcg"]
    arms = [bcg[part] for part in ("x1", "n1", "x0", "n0")]
    whole = pooling.pool_contrasts(*arms, measure="RR", interval="wald")
    metafor = made_by("pooling", "metafor", "rma, tolerance 1e-13")

    def row(name: str, variant: str, how: str, ours: ArrayLike, theirs: ArrayLike) -> Comparison:
        data = "dat.bcg, log RR"
        return Comparison(
            f"pooling.{name}", variant, how, data, ours, theirs, kind="iterative", unit=ZERO
        )

    parts = ["estimate", "se", "tau2", "I2", "Q"]
    yield row(
        "leave_one_out",
        ", ".join(parts),
        metafor,
        pooling.leave_one_out(whole)[parts],
        [[fit[part] for part in parts] for fit in expected["leave_one_out"]],
    )
    yield row(
        "cumulative",
        ", ".join(parts[:3]),
        metafor,
        pooling.cumulative(whole, order=bcg["year"])[parts[:3]],
        [[fit[part] for part in parts[:3]] for fit in expected["cumulative"]],
    )
    groups, theirs = pooling.subgroups(whole, bcg["alloc"]), expected["subgroups"]
    yield row(
        "subgroups",
        "estimates, tau2, Q and p between groups",
        metafor,
        joined([groups.frame["estimate"], groups.frame["tau2"], groups.Q, groups.p_value]),
        joined([theirs["estimate"], theirs["tau2"], theirs["Q"], theirs["p"]]),
    )
    six = pooling.all_subsets(
        pooling.random_effects(whole.data.effect[:6], whole.data.variance[:6])
    )
    gosh = {part: np.array(expected["gosh"][part]) for part in ("k", *parts) if part != "se"}

    def sort(table: Any) -> np.ndarray:
        return np.lexsort((np.round(table["estimate"], 8), table["k"]))

    yield Comparison(
        "pooling.all_subsets",
        ", ".join(gosh),
        made_by("pooling", "metafor", "gosh"),
        "first 6 trials of dat.bcg, 63 subsets",
        [six[part].to_numpy()[sort(six)] for part in gosh],
        [gosh[part][sort(gosh)] for part in gosh],
        kind="iterative",
        # tau2 and I2 of subsets at the boundary.
        unit=1e-4,
        remark="Values below 1e-4 are compared with 1e-4.",
    )
    names = {
        "rstudent": "rstudent",
        "dffits": "dffits",
        "cook": "cook.d",
        "covariance_ratio": "cov.r",
        "tau2": "tau2.del",
        "Q": "QE.del",
        "hat": "hat",
        "dfbetas": "dfbetas",
    }
    frames = [
        pooling.influence(pooling.random_effects(case["yi"], case["vi"]))
        for case in expected["influence"]
    ]
    yield Comparison(
        "pooling.influence",
        ", ".join(names),
        made_by("pooling", "metafor", "influence"),
        "dat.bcg, dat.raudenbush1985",
        joined(frame[name] for frame in frames for name in names),
        joined(case[name] for case in expected["influence"] for name in names.values()),
        kind="iterative",
    )
    found = pooling.robustness(whole)
    complete = found[(found["left_out"] == "") & (found["model"] == "random")]
    fits = values["cases"][0]["fits"]
    back = {interval: test for test, interval in INTERVALS.items()}
    yield row(
        "robustness",
        "all conventions, nothing left out",
        metafor,
        complete[["estimate", "lower", "upper"]],
        [
            [
                fits[method.upper()]["estimate"],
                *(fits[method.upper()]["intervals"][back[i]][p] for p in ("lower", "upper")),
            ]
            for method, i in zip(complete["tau2_method"], complete["interval"], strict=True)
        ],
    )
    yield row(
        "funnel",
        "centre and weights",
        metafor,
        joined([pooling.funnel(whole).centre, pooling.funnel(whole).points["weight"]]),
        joined([fits["REML"]["estimate"], fits["REML"]["weights"]]),
    )
    tests = [pooling.egger(pooling.random_effects(c["yi"], c["vi"])) for c in values["egger"]]
    yield Comparison(
        "pooling.egger",
        "bias, limit, their standard errors, t, p and interval",
        made_by("pooling", "metafor", "regtest"),
        "dat.bcg, dat.hackshaw1998",
        [fields(one, "bias se t df p_value limit limit_se lower upper") for one in tests],
        [
            [c[p] for p in ("bias", "se", "t", "df", "p", "limit", "limit_se")] + c["confint"]
            for c in values["egger"]
        ],
    )
