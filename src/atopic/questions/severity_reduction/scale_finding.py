"""How far scores fell with drugs and with their placebos, as a scale for what cells did."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import change_with_sign, counted, weeks_words
from atopic.display.numbers import span_text, unit_text
from atopic.evidence.controls import is_control
from atopic.review import control_word, words_in_use


def drugs_of(reductions: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of drugs and their placebos that can stand in one sentence.

    Those of the first outcome that drug trials report, in the unit that most of them use: percent
    of the score before treatment and points are not compared. `reductions` is from
    `atopic.questions.severity_reduction.score_reductions`.

    >>> import atopic
    >>> from atopic.questions.severity_reduction import score_reductions
    >>> found = score_reductions(atopic.load(), ["EASI"], weeks=[16], include_benchmarks=True)
    >>> drugs_of(found)["unit"].unique().tolist()
    ['percent']
    """
    drugs = reductions[reductions["study_role"].eq("benchmark")]
    if drugs.empty:
        return drugs
    drugs = drugs[drugs["outcome"].eq(drugs["outcome"].iloc[0])]
    return drugs[drugs["unit"].eq(str(drugs["unit"].value_counts().idxmax()))]


def drugs_finding(label: str, drugs: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of drug trials; `drugs` is from `drugs_of`."""
    unit = unit_text(drugs["unit"].iloc[0])
    placebo = is_control(drugs)
    falls = bool(drugs["estimate"].lt(0).all())
    spans = [_span(drugs.loc[rows, "estimate"], unit, falls) for rows in (~placebo, placebo)]
    trials = counted(drugs["study_id"].nunique(), f"{words_in_use().comparator.adjective} trial")
    words = (
        f"In {trials} the mean {label} {'fell' if falls else 'changed'} by {spans[0]} with "
        f"{words_in_use().comparator}"
    )
    if placebo.any():
        words += f" and by {spans[1]} with {control_word()}"
    return {
        "words": f"{words}{weeks_words(drugs['week'].unique())}.",
        "number": spans[0],
        "unit": (
            f"mean {'fall' if falls else 'change'} of the {label} with {words_in_use().comparator}"
        )
        + (f", {spans[1]} with {control_word()}" if placebo.any() else ""),
        "notes": [
            "For scale only: other patients and other trials than those of "
            f"{words_in_use().treatment}."
        ],
    }


def _span(changes: pd.Series, unit: str, falls: bool) -> str:
    """Return the smallest and the largest of several changes; of `falls` without their sign."""
    if changes.empty:
        return ""
    whole = unit == "%"
    ends = [change_with_sign(one, whole=whole) for one in (changes.max(), changes.min())]
    if falls:
        ends = [one.removeprefix("\N{MINUS SIGN}") for one in ends]
    return f"{span_text(*ends)}{unit}"
