"""What lowered a certainty, in plain words: only what its rules went by."""

from collections.abc import Iterable
from math import isnan
from typing import Any

import pandas as pd

from atopic.questions.answer.words import sentence_case
from atopic.questions.certainty import grade
from atopic.questions.certainty.body import Rating

__all__ = ["rating_reasons"]

_DOMAINS = {
    "bias": "Risk of bias",
    "inconsistency": "Trials that disagree",
    "indirectness": "Indirect evidence",
    "imprecision": "Imprecision",
    "reporting": "Missing results",
}
_LEVELS = {-1: "one level down", -2: "two levels down"}
_MISSING = {
    grade.MISSING: "Results of some trials were never made public",
    grade.WORDS_ONLY: "A favourable statement without numbers is all there is",
    grade.SMALL: "Favourable results of small, sponsored trials",
}


def rating_reasons(
    ratings: Iterable[Rating],
    effect: tuple[float, float, float],
    *,
    minimal: float,
    unit: str,
    patients: int,
    needed: Any,
) -> list[tuple[str, str]]:
    """Return what lowered a certainty: domain and levels, and the reason in plain words.

    Parameters
    ----------
    ratings : of one question.
    effect : tuple of float
        Estimate, lower and upper limit; nan where there is none.
    minimal : float
        Smallest important difference, in the unit of the effect; nan where there is none.
    unit : str
    patients : int
        In the comparison.
    needed : int or missing
        Patients that a trial of its own would need.
    """
    reasons = []
    for one in ratings:
        if one.domain == "bias":
            words = one.reason.partition(",")[0]
            words = words.replace(" at high risk", " comes from trials at high risk")
            words = words.replace("patients comes from", "patients are in")
        elif one.domain == "imprecision":
            few = f"{patients:,} patients"
            few += f", where {needed:,.0f} would be needed" if pd.notna(needed) else ""
            said = {
                grade.NO_ESTIMATE: "No estimate can be made from what was read",
                grade.HOLDS_BOTH: f"The interval holds a benefit and a harm of {minimal:g} {unit}",
                grade.WIDE_RATIO: "The limits of a large relative effect are far apart",
                grade.ASSUMED: "The interval rests on an assumption",
                grade.HOLDS_MARK: _held(effect, minimal, unit),
                grade.TOO_FEW: few,
            }
            words = ". ".join(said[reason] for reason in one.because)
        elif one.domain == "reporting":
            words = ". ".join(_MISSING[reason] for reason in one.because)
        else:
            words = sentence_case(one.reason)
        if one.levels:
            reasons.append((f"{_DOMAINS[one.domain]}, {_LEVELS[one.levels]}.", f"{words}."))
    return reasons


def _held(effect: tuple[float, float, float], minimal: float, unit: str) -> str:
    """Say which difference an interval holds beside the one that is claimed."""
    if isnan(minimal):
        return "The interval also holds no difference at all"
    if abs(effect[0]) > minimal:
        return f"The interval also holds differences below {minimal:g} {unit}, too small to matter"
    return f"The interval also holds a difference of {minimal:g} {unit}, which would matter"
