"""How the level of each question moves when a setting is another, and where it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from math import isnan

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.asked import asked
from atopic.questions.certainty.estimates import graded
from atopic.questions.certainty.gathered import gathered
from atopic.questions.certainty.settings import Settings

#: In words, and what is changed. The smallest important differences are those of the table.
OTHER_SETTINGS: Mapping[str, Mapping[str, object]] = {
    "of any difference": {"target": "any"},
    "unread answers at their best": {"unread": "best"},
    "unread answers at their worst": {"unread": "worst"},
    "some concerns count as high": {"some_concerns": "high"},
    "one known fault is enough": {"known_faults": 1},
    "small sponsored trials not counted": {"small_sponsored": False},
    "few patients of large effects not counted": {"fragile_ratio": False},
    "Hartung-Knapp": {"pooling": "hartung-knapp"},
    "difference from the ratio": {"absolute": "ratio"},
    "two thirds must be at high risk": {"dominance": 0.65},
}

#: Smallest important differences to look at, in points, and how near a boundary is looked for.
_STEPS = {float(at) for at in range(0, 101, 5)}
_NEAR = 1e-6


@asked()
def levels_by_setting(evidence: Evidence, settings: Settings | None = None) -> pd.DataFrame:
    """Return the level of every question as set, and with one setting changed at a time.

    Returns
    -------
    DataFrame: one row a setting and question: ``setting``, ``question_id``, ``question``,
        ``level``, ``sum`` of what is taken away, and ``changed`` against the first setting. The
        smallest important differences that the table gives as alternatives are settings of the
        outcome that they are of.

    Examples
    --------
    >>> import atopic
    >>> found = levels_by_setting(atopic.load())
    >>> found.query("setting == 'as set'")["level"].value_counts().to_dict()
    {'very low': 11, 'low': 1}
    """
    settings = settings or Settings()
    usual = gathered(evidence, settings)
    runs = [("as set", [graded(one, settings) for one in usual])]
    table = evidence.important_differences
    others = table[table["role"].eq("alternative") & table["size"].eq("minimal")]
    others = others[others["measure"].eq("risk_difference")]
    for value in sorted(set(others["value"])):
        outcomes = set(others.loc[others["value"].eq(value), "outcome"])
        other = replace(settings, minimal=float(value))
        wanted = [
            one
            for one in usual
            if one.question.outcome in outcomes and one.question.measure == "risk_difference"
        ]
        runs.append((f"{value:g} points matter", [graded(one, other) for one in wanted]))
    for words, changes in OTHER_SETTINGS.items():
        other = replace(settings, **changes)  # type: ignore[arg-type]
        again = gathered(evidence, other) if {"pooling", "absolute"} & set(changes) else usual
        runs.append((words, [graded(one, other) for one in again]))
    first = {answer.question_id: answer.level for answer in runs[0][1]}
    rows = [
        (
            *(words, answer.question_id, answer.question, answer.level),
            sum(rating.levels for rating in answer.ratings),
            answer.level != first[answer.question_id],
        )
        for words, answers in runs
        for answer in answers
    ]
    names = ["setting", "question_id", "question", "level", "sum", "changed"]
    return pd.DataFrame(rows, columns=names)


@asked()
def levels_by_minimal(
    evidence: Evidence, question_id: str, settings: Settings | None = None
) -> pd.DataFrame:
    """Return the level of a question over all smallest important differences.

    Returns
    -------
    DataFrame: one row a stretch, ``from_points`` to ``to_points`` (infinite at the end) and
        ``level``. Empty where the question has no estimate in percentage points.

    Notes
    -----
    Between the limits of the interval, the estimate and where the needed size is that of the
    trials, no rule reads the difference otherwise: so much is looked at, and the boundary found by
    halving.

    Examples
    --------
    >>> import atopic
    >>> levels_by_minimal(atopic.load(), "cord-blood-easi-50")["level"].to_list()
    ['very low', 'low', 'moderate']
    """
    settings = settings or Settings()
    (usual,) = gathered(evidence, settings, questions=[question_id])
    names = ["from_points", "to_points", "level"]
    effect = usual.found.effect
    if effect is None or isnan(usual.found.placebo_rate):
        return pd.DataFrame(columns=names)

    def level(minimal: float) -> str:
        return graded(usual, replace(settings, minimal=minimal)).level

    grid = sorted({abs(end) for end in (effect.estimate, effect.lower, effect.upper)} | _STEPS)
    middles = [(low + high) / 2 for low, high in pairwise(grid)]
    found = [(middle, level(middle)) for middle in middles]
    bounds, levels = [0.0], [found[0][1]]
    for (low, before), (high, after) in pairwise(found):
        if before == after:
            continue
        while high - low > _NEAR:
            middle = (low + high) / 2
            low, high = (middle, high) if level(middle) == before else (low, middle)
        bounds.append((low + high) / 2)
        levels.append(after)
    rows = zip(bounds, [*bounds[1:], float("inf")], levels, strict=True)
    return pd.DataFrame(rows, columns=names)


def minimal_note(frame: pd.DataFrame) -> str:
    """Say where the level changes; empty where it does not. From `levels_by_minimal`.

    >>> frame = pd.DataFrame({"from_points": [0, 4.9], "to_points": [4.9, float("inf")],
    ...                       "level": ["very low", "low"]})
    >>> minimal_note(frame)[-53:]
    'matters is under 4.9 points: very low; from 4.9: low.'
    """
    if len(frame) < 2:
        return ""
    first, *middle, last = records(frame)
    words = "Certainty if the smallest difference that matters is under "
    words += f"{first.to_points:.1f} points: {first.level}"
    words += "".join(f"; from {row.from_points:.1f}: {row.level}" for row in middle)
    bound = "above" if middle else "from"
    return f"{words}; {bound} {last.from_points:.1f}: {last.level}."
