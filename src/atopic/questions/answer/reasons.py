"""What lowered a certainty, in plain words: only what its rules went by."""

from collections.abc import Iterable
from math import isnan
from typing import Any

import pandas as pd

from atopic.questions.answer.words import sentence_case
from atopic.questions.certainty import grade
from atopic.questions.certainty.body import Rating

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
    grade.SMALL: "Favourable results come from small trials paid for by the maker; unfavourable "
    "ones may be unpublished",
}


def rating_reasons(
    ratings: Iterable[Rating],
    effect: tuple[float, float, float],
    *,
    minimal: float,
    unit: str,
    patients: int,
    needed: Any,
    better: str = "higher",
) -> list[tuple[str, str]]:
    """Return what lowered a certainty: domain and levels, and the reason in plain words.

    Parameters
    ----------
    ratings : of one question.
    effect : tuple of float
        Estimate, lower and upper limit; nan where there is none.
    minimal : float
        Smallest important difference, in the unit of the effect; nan where there is none.
    patients : int
        In the comparison.
    needed : int or missing
        Patients that a trial of its own would need.
    better : {"higher", "lower"}, optional
        Which way the effect is a benefit.
    """
    reasons = []
    for one in ratings:
        if one.domain == "bias":
            words = one.reason
        elif one.domain == "imprecision":
            few = f"{patients:,} patients"
            few += f", about {needed:,.0f} needed" if pd.notna(needed) else ""
            said = {
                grade.NO_ESTIMATE: "No numbers to compare were read",
                grade.HOLDS_BOTH: f"A benefit and a harm of {minimal:g} {unit} are both possible",
                grade.WIDE_RATIO: "The effect looks large, but it could also be small",
                grade.ASSUMED: "The interval rests on an assumption",
                grade.HOLDS_MARK: _held(effect, minimal, unit, better),
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


def _held(effect: tuple[float, float, float], minimal: float, unit: str, better: str) -> str:
    """Say which difference an interval holds beside the one that is claimed."""
    if isnan(minimal):
        return "No difference at all is still possible"
    if abs(effect[0]) > minimal:
        return f"An effect below {minimal:g} {unit}, too small to matter, is still possible"
    more = "higher" if effect[2] >= minimal else "lower"
    what = "benefit" if more == better else "harm"
    return f"A {what} of {minimal:g} {unit}, which would matter, is still possible"
