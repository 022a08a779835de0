"""What lowered a certainty, in plain words: only what its rules went by."""

import re
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
_LEVELS = {-1: "rated down once", -2: "rated down twice"}
_MISSING = {
    grade.MISSING: "Results of some trials were never made public",
    grade.WORDS_ONLY: "A favourable statement without numbers is all there is",
    grade.SMALL: "The only results are favourable and come from small trials paid for by the "
    "maker; unfavourable ones may be unpublished",
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
            words = re.split("[,;] ", one.reason)[0]
            words = re.sub(r"^100% of the (weight|patients)", "All the evidence", words)
            words = words.replace(" at high risk", " comes from trials at high risk")
            words = words.replace("from trials comes from trials", "from trials")
        elif one.domain == "imprecision":
            few = f"{patients:,} patients"
            few += f", about {needed:,.0f} needed" if pd.notna(needed) else ""
            said = {
                grade.NO_ESTIMATE: "We found no rates",
                grade.HOLDS_BOTH: f"Both a benefit and a harm of {minimal:g} {unit} are possible",
                grade.WIDE_RATIO: "The effect looks large, but it could also be small",
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
        return "No difference at all is still possible"
    if abs(effect[0]) > minimal:
        return f"A benefit below {minimal:g} {unit}, too small to matter, is still possible"
    return f"A benefit of {minimal:g} {unit}, which would matter, is still possible"
