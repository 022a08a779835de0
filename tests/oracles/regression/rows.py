"""Comparisons of meta-regressions."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from tests.oracles.comparison import ZERO, Comparison, fields, joined, made_by, oracle

from atopic.stats import pooling

TAU2 = ("reml", "ml", "pm", "dl", "eb", "sj")
SAFE = "hartung-knapp-safeguarded"
INTERVALS = {"z": "wald", "knha": "hartung-knapp", "adhoc": SAFE}
#: The same limits for a new study as metafor's.
PREDICTIONS = {"z": "normal", "knha": "hartung-knapp-k-1", "adhoc": f"{SAFE}-k-1"}
FUNCTION = "pooling.meta_regression"
COEFFICIENTS = ("estimate", "se", "lower", "upper", "p", "QM", "QM_p")
LEFT = ("tau2", "QE", "QE_p", "I2", "H2", "R2")
SHARED = ("tau2", "estimate", "se", "QM", "QE", "knapp_hartung_se")


def regression(case: dict[str, Any], method: str, test: str) -> pooling.MetaRegression:
    """Return our fit of a case."""
    fit = pooling.random_effects(
        case["yi"], case["vi"], tau2_method=method, interval=INTERVALS[test],
        prediction=PREDICTIONS[test],
    )  # fmt: skip
    return pooling.meta_regression(fit, case["mods"])


def rows() -> Iterator[Comparison]:
    cases = oracle("regression")["cases"]
    data = f"{len(cases)} regressions on data sets of metadat"
    metafor = made_by("regression", "metafor", "rma, tolerance 1e-13")
    for method, test in product(TAU2, INTERVALS):
        ours, theirs = [], []
        for case in cases:
            found = regression(case, method, test)
            expected = case["fits"][method.upper()]["tests"][test]
            ours += [*fields(found, "estimate se lower upper p_value QM QM_p")]
            theirs += [expected[part] for part in COEFFICIENTS]
            ours.append(_predicted(found, case["new"]))
            theirs.append(expected["predicted"])
        kind = "closed" if method in ("dl", "sj") else "iterative"
        yield Comparison(
            FUNCTION, f"{method}, {INTERVALS[test]}: coefficients, QM, predictions",
            metafor, data, joined(ours), joined(theirs), kind=kind,
        )  # fmt: skip
    for method in TAU2:
        ours, theirs = [], []
        for case in cases:
            found = regression(case, method, "z")
            expected = case["fits"][method.upper()]
            ours.append(fields(found, " ".join(LEFT)))
            theirs.append([float(expected[part]) for part in LEFT])
        yield Comparison(
            FUNCTION, f"{method}: tau2, QE, I2, H2, R2", metafor, data, joined(ours),
            joined(theirs), kind="closed" if method in ("dl", "sj") else "iterative", unit=ZERO,
        )  # fmt: skip
    yield from _parts(cases)
    yield from _published(cases)
    yield from _shared()
    yield _pymare(cases)


def _predicted(found: pooling.MetaRegression, new: list[float]) -> np.ndarray:
    names = ["estimate", "lower", "upper", "prediction_lower", "prediction_upper"]
    return found.predict([new])[names].to_numpy()[0]


def _parts(cases: list[Any]) -> Iterator[Comparison]:
    case, frame = cases[2], _allocation(cases[2])
    for test in ("z", "knha"):
        fit = pooling.random_effects(
            case["yi"], case["vi"], tau2_method="dl", interval=INTERVALS[test]
        )
        found = pooling.meta_regression(fit, frame).tests()
        yield Comparison(
            FUNCTION, f"test of one moderator, {INTERVALS[test]}",
            made_by("regression", "metafor", "anova"), "BCG vaccine, latitude and allocation",
            found[["statistic", "p_value"]].to_numpy(),
            [[part[test]["statistic"], part[test]["p"]] for part in reversed(case["parts"])],
        )  # fmt: skip


def _allocation(case: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the moderators of a case as a reader has them, with a group."""
    names = {(0.0, 0.0): "alternate", (1.0, 0.0): "random", (0.0, 1.0): "systematic"}
    return {
        "allocation": [names[a, b] for _, a, b in case["mods"]],
        "latitude": [row[0] for row in case["mods"]],
    }


def _published(cases: list[Any]) -> Iterator[Comparison]:
    source = "Viechtbauer 2010, J Stat Softw 36(3), section 3.2"
    found = regression(cases[1], "reml", "z")
    # Its search stopped early: what hangs on the last digits of tau2 is left out.
    yield Comparison(
        FUNCTION, "tau2, QE, slopes and standard errors", source, "BCG vaccine, latitude and year",
        [found.tau2, found.QE, *found.estimate[1:], *found.se[1:]],
        [0.1108, 28.3251, -0.0280, 0.0019, 0.0102, 0.0147], kind="printed", step=1e-4,
    )  # fmt: skip
    fit = pooling.random_effects(cases[2]["yi"], cases[2]["vi"])
    found = pooling.meta_regression(fit, _allocation(cases[2]))
    yield Comparison(
        FUNCTION, "a group by reference, hartung-knapp: tau2, QE, F, coefficients and limits",
        source, "BCG vaccine, allocation and latitude",
        joined([fields(found, "tau2 QE QM QM_p"), found.estimate, found.se, found.p_value,
                found.lower, found.upper]),
        [0.1446, 26.2034, 3.4471, 0.0650, 0.2932, -0.2675, 0.0585, -0.0273, 0.4188, 0.3624, 0.3925,
         0.0095, 0.5016, 0.4793, 0.8849, 0.0186, -0.6543, -1.0873, -0.8294, -0.0488, 1.2407, 0.5523,
         0.9463, -0.0058], kind="printed", step=1e-4,
    )  # fmt: skip


def _shared() -> Iterator[Comparison]:
    case = oracle("regression")["shared"]
    covariance = pooling.shared_control_covariance(case["vi"], case["control"], case["common"])
    for method in ("reml", "ml"):
        expected = case["fits"][method.upper()]
        fit = pooling.random_effects(
            case["yi"], covariance=covariance, control=case["control"], tau2_method=method,
            interval="wald",
        )  # fmt: skip
        found = pooling.meta_regression(fit, case["mods"])
        by_t = pooling.meta_regression(fit, case["mods"], interval="hartung-knapp")
        yield Comparison(
            FUNCTION, f"shared controls, {method}",
            made_by("regression", "metafor", "rma.mv; Hartung-Knapp by the formula in R"),
            "8 contrasts of BCG vaccine, five controls",
            joined([*fields(found, "tau2 estimate se QM QE"), by_t.se]),
            joined([expected[part] for part in SHARED]),
            kind="iterative",
        )  # fmt: skip


def _pymare(cases: list[Any]) -> Comparison:
    stored = oracle("regression", "pymare.json")
    ours, theirs = [], []
    for case, fits in zip(cases, stored["cases"], strict=True):
        for method, expected in fits.items():
            found = regression(case, method, "knha")
            ours += fields(found, "estimate se tau2")
            theirs += [expected[part] for part in ("estimate", "se", "tau2")]
    return Comparison(
        FUNCTION, "dl, hartung-knapp: coefficients, standard errors and tau2",
        f"PyMARE {stored['versions']['PyMARE']}",
        f"{len(cases)} regressions on data sets of metadat", joined(ours), joined(theirs),
        unit=ZERO,
    )  # fmt: skip
