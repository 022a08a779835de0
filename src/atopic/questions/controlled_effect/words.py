"""Which trials differ from placebo, and what a P value that decides hangs on, in words."""

from typing import Any

import numpy as np
import pandas as pd

from atopic.display.numbers import listed, span_text, study_name
from atopic.display.p_values import p_equals, p_reported, p_text
from atopic.evidence.csv_rows import records

__all__ = ["differing_words", "fragility_note"]

_TESTS = {
    "fisher": "Fisher's exact test",
    "chi-square": "the chi-square test",
    "chi-square-corrected": "the chi-square test with continuity correction",
}


def differing_words(effects: pd.DataFrame, kind: str = "trial") -> str:
    """Return which of some trials differ clearly from placebo: zero is in no interval of theirs.

    `effects` is from `atopic.questions.controlled_effect.trial_effects`, `kind` what one is called.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> differing_words(trial_effects(atopic.load(), "EASI-50", weeks=[12]))
    'Neither trial differs clearly from placebo'
    """
    apart = effects[(effects["lower_min"] > 0) | (effects["upper_max"] < 0)]
    differ = list(dict.fromkeys(apart["study_id"]))
    trials = effects["study_id"].nunique()
    kinds = kind.replace("trial", "trials", 1)
    if not differ:
        some = {1: f"The {kind} does not differ", 2: f"Neither {kind} differs"}
        words = some.get(trials, f"None of {trials} {kinds} differs")
    elif len(differ) == trials:
        some = {1: f"The {kind} differs", 2: f"Both {kinds} differ"}
        words = some.get(trials, f"All {trials} {kinds} differ")
    else:
        verb = "differs" if len(differ) == 1 else "differ"
        words = f"Of {trials} {kinds} {listed(map(study_name, differ))} {verb}"
    return f"{words} clearly from placebo"


def fragility_note(fragile: pd.DataFrame) -> str:
    """Say of each significant difference how few patients it hangs on, and by which test.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import fragile_results, trial_effects
    >>> evidence = atopic.load()
    >>> effects = trial_effects(evidence, "EASI-75", weeks=[16])
    >>> fragility_note(fragile_results(evidence, effects, effects.iloc[:0]))[-56:-12]
    "(fragility index 2; 2 by Fisher's exact test"
    """
    place = ["study_id", "outcome", "week"]
    sentences = []
    for _, trial in fragile.groupby(place, sort=False, dropna=False):
        several = len(set(trial["arm_id"])) > 1
        for arm, some in trial.groupby("arm_id", sort=False):
            first, *others = records(some)
            where = _where(first) + (f" ({arm})" if several else "")
            sentences.append(
                _counted(where, first, others)
                if first.counted
                else _allowed(where, [first, *others])
            )
    return " ".join(sentences)


def _counted(where: str, row: Any, others: list[Any]) -> str:
    """Say it of a difference whose counts are known, as far as they are."""
    if row.index_min == 0:
        return (
            f"{where}: whether the difference is significant hangs on which of the counts that "
            f"fit are the true ones ({_TESTS[row.test]})."
        )
    because = ", the test that gives the reported P" if others else ""
    words = f"{where}: {p_equals(row.p)} by {_TESTS[row.test]}{because}. With {_more(row)} in the "
    words += f"{_group(row)} group P would no longer be below {p_reported(row.alpha)}"
    if np.isfinite(row.index) and row.index_min == row.index_max:
        words += f": it would be {p_text(row.p_after)}"
    words += f" (fragility index {span_text(*_span(row))}"
    words += "".join(
        f"; {span_text(*_span(one))} by {_TESTS[one.test]}, {p_equals(one.p)}" for one in others
    )
    return f"{words})."


def _allowed(where: str, rows: list[Any]) -> str:
    """Say it of a P value of which no counts were read: over the counts that it allows."""
    parts = [
        f"{_more(row)} in the {_group(row)} group for the counts that give this P by "
        f"{_TESTS[row.test]}"
        for row in rows
    ]
    return (
        f"{where}: only P = {rows[0].p_printed} was read, no counts. It would no longer "
        f"be below {p_reported(rows[0].alpha)} with {', or '.join(parts)}."
    )


def _where(row: Any) -> str:
    week = "" if pd.isna(row.week) else f" at week {row.week}"
    return f"{study_name(row.study_id)}, {row.outcome}{week}"


def _group(row: Any) -> str:
    if not row.arm:
        return "worse"
    return "placebo" if row.arm == row.reference_arm_id else "treated"


def _span(row: Any) -> tuple[str, str]:
    return tuple(_whole(one) for one in (row.index_min, row.index_max))  # type: ignore[return-value]


def _whole(index: float) -> str:
    return f"{index:.0f}" if np.isfinite(index) else "more than all"


def _more(row: Any) -> str:
    """Say how many more responders, as words up to nine."""
    words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    low, high = (
        words[int(one)] if np.isfinite(one) and one < 10 else _whole(one)
        for one in (row.index_min, row.index_max)
    )
    one = low == high == "one"
    return f"{span_text(low, high)} more {'responder' if one else 'responders'}"
