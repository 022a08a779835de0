"""The controlled trials that a plan rests on: of one agent, unless a review pools more."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.pooling_groups import each_group
from atopic.questions.controlled_effect import trial_effects


def effects_so_far(
    evidence: Evidence, outcome: str, week: int | None, agents: Iterable[str]
) -> pd.DataFrame:
    """Return the effects that a plan rests on: those that may be pooled, of most trials.

    As from `atopic.questions.controlled_effect.trial_effects`. Without a week those of which none
    is stated; of no `agents` those of all are asked for.
    """
    effects = _every_effect(evidence, outcome, week, agents)
    return next(each_group(effects), effects)


def agents_of(
    evidence: Evidence, outcome: str, week: int | None, agents: Iterable[str]
) -> list[str]:
    """Return the agents that a plan is about; empty for all of them."""
    named = list(agents)
    effects = _every_effect(evidence, outcome, week, named)
    groups = list(each_group(effects))
    return sorted(set(groups[0]["agent"].astype(str))) if len(groups) > 1 else named


def other_agents(
    evidence: Evidence, outcome: str, week: int | None, agents: Iterable[str]
) -> list[str]:
    """Return the agents with trials that a plan leaves out, since they are not pooled with its."""
    effects = _every_effect(evidence, outcome, week, agents)
    mine = set(effects_so_far(evidence, outcome, week, agents)["agent"])
    return [str(one) for one in dict.fromkeys(effects["agent"]) if one not in mine]


def _every_effect(
    evidence: Evidence, outcome: str, week: int | None, agents: Iterable[str]
) -> pd.DataFrame:
    weeks = [] if week is None else [week]
    effects = trial_effects(evidence, outcome, weeks=weeks, agents=agents)
    return effects[effects["week"].isna() if week is None else effects["week"].notna()]
