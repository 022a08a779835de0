"""The forest plot of controlled effects: one row an active arm against its own placebo arm."""

from collections.abc import Iterable
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from atopic.display.block_style import Block
from atopic.display.finding_words import capital
from atopic.display.forest_table import ForestRow, forest_table, sides_of
from atopic.display.frequencies import limits_per_100, more_per_100, per_100
from atopic.display.numbers import (
    fraction,
    interval_name,
    points_text,
    points_with_limits,
    span_text,
    study_name,
)
from atopic.display.p_values import with_p_values
from atopic.display.pooling_names import name_of, pooled_by
from atopic.evidence.absence import absent_words
from atopic.evidence.controls import kinds_of
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.pooling_groups import each_group, named
from atopic.questions.controlled_effect.by_agent import agents_words, trials_words
from atopic.questions.controlled_effect.by_measure import NAMES, effect_limits, ratio_clause
from atopic.questions.controlled_effect.pooled import pooled_weights
from atopic.questions.controlled_effect.words import differing_words
from atopic.review import control_word, time_point, words_in_use

#: What stands beside counts that the source does not print.
_BASIS = {"derived": "derived", "ambiguous": "one of several possible counts"}


def effects_html(
    evidence: Evidence,
    effects: pd.DataFrame,
    *,
    pooled: pd.DataFrame | None = None,
    allowed: pd.DataFrame | None = None,
) -> Block:
    """Return risk differences with their intervals, and what they pool to, as a forest plot.

    Each side of zero says who did better; of outcomes of both
    directions, who had more. Limits reach over every count that fits what was
    printed. Squares grow with the weight in the first row of `pooled`, else with the patients.

    Parameters
    ----------
    effects : DataFrame
        From `trial_effects`, of ratios with those of differences beside
        (`in_measure`); may be empty if `allowed` is not.
    pooled : DataFrame, optional
        From `pooled_effect`; one row a model.
    allowed : DataFrame, optional
        From `allowed_effects`: the differences that a printed P value allows.

    Returns
    -------
    Block: HTML, empty if there is nothing to draw.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> evidence = atopic.load()
    >>> made = effects_html(evidence, trial_effects(evidence, "EASI-75", weeks=[16]))
    >>> made.count('scope="row"'), made.count('<rect class="point"')
    (1, 2)
    """
    drawn = [frame for frame in (effects, allowed) if frame is not None and len(frame)]
    if not drawn:
        return Block("")
    together = pooled if pooled is not None and len(pooled) else pd.DataFrame()
    measure = str(effects["measure"].iloc[0]) if len(effects) else "RD"
    groups: dict[str, list[ForestRow]] = {}
    grow = "number of patients"
    apart = list(each_group(effects))
    for some in apart:
        of = f": {_group(some)}" if len(apart) > 1 else ""
        own = _pooled_of(some, together)
        weights = [float(row.n + row.reference_n) for row in records(some)]
        if len(own):
            weights = list(pooled_weights(some, own.iloc[0]))
            grow = f"{name_of(own['method'].iloc[0]).replace(' ', '-')} weight"
        labels = _labels(effects).loc[some.index]
        for row, weight, label in zip(records(some), weights, labels, strict=True):
            share = f"weight {100 * weight:.0f}%" if len(own) else ""
            heading = f"{_heading(evidence, row)}{of}"
            groups.setdefault(heading, []).append(_trial(row, weight, share, label))
        if len(own):
            name = f"{capital(_group(some))} together" if of else "Trials together"
            groups[name] = [_together(row) for row in records(own)]
    for row in records(allowed) if allowed is not None else ():
        drawn_so = _allowed(evidence, row)
        if measure != "RD":  # a difference has no place on an axis of ratios
            drawn_so = replace(drawn_so, estimate=nan, lower=nan, upper=nan)
        groups.setdefault(_heading(evidence, row), []).append(drawn_so)
    cells = all("study_role" not in one or one["study_role"].eq("evidence").all() for one in drawn)
    outcomes = dict.fromkeys(outcome for frame in drawn for outcome in frame["outcome"])
    fewer = [lower_is_better(evidence.instruments, outcome) for outcome in outcomes]
    treated = capital(words_in_use().treatment.many) if cells else "Treated"
    control = control_word(*kinds_of(effects))
    what = "Difference per 100 patients" if measure == "RD" else NAMES[measure]
    return Block(
        forest_table(
            groups.items(),
            caption="Rates are of the patients analysed."
            + (f" Squares grow with the {grow}." if len(effects) > 1 else ""),
            heads=(
                "Trial",
                f"{treated}, per 100",
                f"{capital(control)}, per 100",
                f"{what}, {interval_name(float(drawn[0]['level'].iloc[0]))}",
                "More or fewer per 100" if measure == "RD" else "In words, and per 100",
            ),
            sides=sides_of(fewer, treated.lower(), control),
            ratios=measure != "RD",
            marks={
                "counts": f"one comparison with {control}",
                "only-p": "only a P value reported: what it allows",
                "pooled": "trials together, from limit to limit",
                "new": f"where the {'difference' if measure == 'RD' else 'ratio'} in another trial "
                "may lie",
            },
        )
    )


def describe_effects(
    effects: pd.DataFrame,
    *,
    pooled: pd.DataFrame | None = None,
    allowed: pd.DataFrame | None = None,
) -> str:
    """Say what the forest plot shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> describe_effects(trial_effects(atopic.load(), "EASI-75", weeks=[16]))
    'EASI-75, treatment minus placebo: ADSTEM phase 2, 2025 16 points (3 to 29). The trial \
differs clearly from placebo.'
    """
    printed = [] if allowed is None else [_allowed_in_words(row) for row in records(allowed)]
    if effects.empty:
        words = " ".join(["No counts of both groups were read.", *printed])
        return words if printed else ""
    trials = "; ".join(f"{study_name(row.study_id)} {_said(row)}" for row in records(effects))
    control = control_word(*kinds_of(effects))
    against = "treatment minus"
    if effects["measure"].iloc[0] != "RD":
        against = "treatment against"
    sentences = [
        f"{effects['outcome'].iloc[0]}, {against} {control}: {trials}.",
        f"{differing_words(effects)}.",
    ]
    several = len(set(effects["agent"])) > 1
    for row in records(pooled) if pooled is not None else ():
        of = f", {agents_words(row)}" if several else ""
        sentences.append(f"Pooled ({pooled_by(row.method, row.interval)}{of}): {_said(row)}.")
    return " ".join([*sentences, *printed])


def _said(row: Any) -> str:
    if row.measure == "RD":
        return points_with_limits(row.estimate, row.lower_min, row.upper_max)
    ends = effect_limits(row.lower_min, row.upper_max, row.measure)
    return f"{ratio_clause(row.estimate, row.measure)} ({ends})"


def _allowed_in_words(row: Any) -> str:
    """Say which differences a printed P value allows, and how sure each would be."""
    words = f"{study_name(row.study_id)}: only P = {row.p_printed} was read, no rates. With "
    words += f"{row.n_1} against {row.n_0} patients it allows {_range(row.lower, row.upper)} points"
    if np.isfinite(row.interval_lower):
        ends = _range(row.interval_lower, row.interval_upper)
        words += f" ({interval_name(row.level)} {ends})"
    if row.fewer:
        nearly = _range(row.lower_fewer, row.upper_fewer)
        words += f"; with up to {row.fewer} fewer in either group {nearly}"
        if np.isfinite(row.interval_lower_fewer):
            words += f" ({_range(row.interval_lower_fewer, row.interval_upper_fewer)})"
    return f"{words}."


def _range(low: float, high: float) -> str:
    return "none" if np.isnan(low) else span_text(points_text(low), points_text(high))


def _heading(evidence: Evidence, row: Any) -> str:
    """Return under which outcome and week a result stands."""
    labels = evidence.instruments.drop_duplicates("outcome").set_index("outcome")["label"]
    label = labels.get(row.outcome)
    words = str(row.outcome if label is None or pd.isna(label) else label)
    return capital(f"{words}, {time_point(row.week)}" if pd.notna(row.week) else words)


def _group(effects: pd.DataFrame) -> str:
    """Return of which agents effects that may be pooled are, and against what."""
    return agents_words(pd.Series(named(effects)))


def _pooled_of(effects: pd.DataFrame, pooled: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of pooled effects that are of these effects."""
    if pooled.empty:
        return pooled
    agents, control = named(effects).values()
    return pooled[pooled["agents"].eq(agents) & pooled["control"].eq(control)]


def _labels(effects: pd.DataFrame) -> "pd.Series[Any]":
    """Return the name of each row and what stands small beside it.

    Of a trial with several arms the arm is part of the name; of several agents the agent is told.
    """
    labels = []
    agents = len(set(effects["agent"])) > 1
    place = ["study_id", "outcome", "week", "analysis_set"]
    for row, several in zip(records(effects), effects.duplicated(place, keep=False), strict=True):
        arm, agent, name = str(row.label), str(row.agent), study_name(row.study_id)
        if agents and agent.casefold() not in arm.casefold():
            arm = f"{agent} {arm}"
        labels.append((f"{name}, {arm}", "") if several else (name, arm))
    return pd.Series(labels, index=effects.index, dtype="object")


def _small(words: Iterable[str]) -> str:
    return "; ".join(filter(None, words))


def _trial(row: Any, weight: float, share: str, label: tuple[str, str]) -> ForestRow:
    counts = fraction(row.responders, row.n)
    counts += f" against {fraction(row.reference_responders, row.reference_n)}"
    basis = _BASIS.get(str(row.basis), "")
    return ForestRow(
        label[0],
        _small([label[1], f"{counts}, {basis}" if basis else counts, share]),
        study=str(row.study_id),
        cells=per_100(row.responders / row.n),
        placebo=per_100(row.reference_responders / row.reference_n),
        **_numbers(row),
        role="experimental" if row.study_role == "evidence" else "drug", weight=weight,
    )  # fmt: skip


def _numbers(row: Any, more: str = "") -> dict[str, Any]:
    """Return an effect as it is drawn and said: of a ratio with the difference beside it."""
    if row.measure == "RD":
        return {
            "estimate": 100 * row.estimate, "lower": 100 * row.lower_min,
            "upper": 100 * row.upper_max, "difference": more_per_100(row.estimate),
            "limits": limits_per_100(row.lower_min, row.upper_max) + more,
        }  # fmt: skip
    limits = effect_limits(row.lower_min, row.upper_max, row.measure) + more
    if pd.notna(getattr(row, "difference", nan)):
        ends = limits_per_100(row.difference_lower_min, row.difference_upper_max)
        limits += f"; {more_per_100(row.difference)} ({ends})"
    return {
        "estimate": row.estimate, "lower": row.lower_min, "upper": row.upper_max,
        "difference": ratio_clause(row.estimate, row.measure), "limits": limits,
    }  # fmt: skip


def _allowed(evidence: Evidence, row: Any) -> ForestRow:
    about = "about " if row.fewer else ""
    sizes = [more_per_100(one) for one in (row.lower, row.upper)] if pd.notna(row.lower) else []
    limits = limits_per_100(row.interval_lower, row.interval_upper)
    p = with_p_values(f"P = {row.p_printed}")
    return ForestRow(
        study_name(row.study_id),
        f"{about}{row.n_1} against {row.n_0} patients",
        study=str(row.study_id), kind="only-p",
        estimate=50 * (row.lower + row.upper),
        lower=100 * row.interval_lower, upper=100 * row.interval_upper,
        difference=f"{span_text(*sizes)}?" if sizes else f"none that gives {p}",
        limits=", ".join(filter(None, (limits, f"from {p}" if sizes else ""))),
        absent=absent_words(evidence, [row.study_id]),
    )  # fmt: skip


def _together(row: Any) -> ForestRow:
    low, high = row.prediction_lower_min, row.prediction_upper_max
    known = row.method != "common" and bool(np.isfinite([low, high]).all())
    scale = 100 if row.measure == "RD" else 1
    other = ""
    if known:
        ends = limits_per_100(low, high) if scale > 1 else effect_limits(low, high, row.measure)
        other = f"; in another trial {ends}"
    over = f"over {agents_words(row)}" if ";" in row.agents else ""
    return ForestRow(
        trials_words(row.studies, row.k),
        _small([pooled_by(row.method, row.interval), over]),
        kind="pooled", weight=nan, absent="",
        new=(scale * low, scale * high) if known else None,
        **_numbers(row, other),
    )  # fmt: skip
