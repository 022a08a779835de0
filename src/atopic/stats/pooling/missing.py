"""Patients without a recorded outcome: what they would have to be like to change the answer.

Counts of an arm are *responders*, *failures* (seen and not responding) and *missing*. A scenario
imputes all missing patients of an arm alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.arguments import as_counts, as_whole_numbers, first, index, one_of, together

__all__ = [
    "SCENARIOS",
    "Scenario",
    "impute",
    "scenarios",
]

Floats = NDArray[np.float64]
Strategy = Literal["available", "non-responder", "responder"]

_NO_COUNT = "is not a whole number of patients"

#: What becomes of missing patients in the treated and the control arm.
SCENARIOS: dict[str, tuple[Strategy, Strategy]] = {
    "available": ("available", "available"),
    "non-responder": ("non-responder", "non-responder"),
    "best": ("responder", "non-responder"),
    "worst": ("non-responder", "responder"),
}


@dataclass(frozen=True, eq=False)
class Scenario:
    """Counts of two arms after imputation, ready for any two-arm function."""

    name: str
    responders_1: Floats
    n_1: Floats
    responders_0: Floats
    n_0: Floats


def impute(
    responders: ArrayLike, failures: ArrayLike, missing: ArrayLike, strategy: Strategy
) -> tuple[Floats, Floats]:
    """Return responders and denominators when all missing patients are treated alike.

    Parameters
    ----------
    responders, failures, missing : array_like; counts of arms, any shapes that broadcast.
    strategy : {"available", "non-responder", "responder"}; leave the missing out, or count them as
        failures, or as responders.

    Raises
    ------
    ValueError: for invalid counts, or an arm without any patient left.

    Notes
    -----
    Imputed patients count as if they had been seen, so that intervals from these counts are too
    narrow.

    Examples
    --------
    >>> impute([4, 6], [3, 5], [2, 0], "non-responder")
    (array([4., 6.]), array([ 9., 11.]))
    """
    one_of(strategy, "strategy", get_args(Strategy))
    x, f, m = _counts(responders, failures, missing)
    hits = x + m if strategy == "responder" else x
    return as_counts(hits, x + f if strategy == "available" else x + f + m)


def scenarios(
    responders_1: ArrayLike,
    failures_1: ArrayLike,
    missing_1: ArrayLike,
    responders_0: ArrayLike,
    failures_0: ArrayLike,
    missing_0: ArrayLike,
) -> list[Scenario]:
    """Return the available cases, non-responder imputation, and the best and worst case.

    Parameters
    ----------
    responders_1, failures_1, missing_1 : array_like; counts of treated arms.
    responders_0, failures_0, missing_0 : array_like; counts of control arms.

    Returns
    -------
    list of Scenario: ``"available"``, ``"non-responder"``, ``"best"`` (missing treated patients
        respond, missing controls do not) and ``"worst"`` (the reverse).

    References
    ----------
    Higgins JPT, White IR, Wood AM (2008). Imputation methods for missing outcome data in
    meta-analysis of clinical trials. Clinical Trials 5, 225-239.

    Examples
    --------
    >>> [(s.name, s.responders_1 / s.n_1) for s in scenarios(4, 3, 1, 2, 6, 2)][2]
    ('best', np.float64(0.625))
    """
    return [
        Scenario(
            name,
            *impute(responders_1, failures_1, missing_1, first),
            *impute(responders_0, failures_0, missing_0, second),
        )
        for name, (first, second) in SCENARIOS.items()
    ]


def _counts(
    responders: ArrayLike, failures: ArrayLike, missing: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    x, f, m = together(
        responders=_patients(responders, "responders"),
        failures=_patients(failures, "failures"),
        missing=_patients(missing, "missing"),
    )
    if np.any(x + f == 0):
        where = index(first(x + f == 0))
        raise ValueError(f"arm{where}: no patient was seen, so nothing is known of its response")
    return x, f, m


def _patients(values: ArrayLike, name: str) -> Floats:
    return as_whole_numbers(values, name, why=_NO_COUNT)
