"""Which results may be taken together: those of one agent, of one class, or all."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

import pandas as pd

from atopic.errors import did_you_mean

Estimate = TypeVar("Estimate", bound=Callable[..., pd.DataFrame])

#: What ``[pool] by`` of review.toml may be.
POOLED_BY = ("agent", "class", "all")


def pooled_with(rows: pd.DataFrame, by: str) -> pd.Series:
    """Return with what each result may be pooled: its agent, its class, or "all".

    Parameters
    ----------
    rows : DataFrame
        With ``agent`` and ``studies.intervention_class``.
    by : {"agent", "class", "all"}
        What a review pools by; a study of no stated class is pooled by its agent.

    Raises
    ------
    ValueError
        If `by` is none of these.

    Examples
    --------
    >>> rows = pd.DataFrame({"agent": ["a", "b"], "studies.intervention_class": ["drug", None]})
    >>> [pooled_with(rows, by).to_list() for by in POOLED_BY]
    [['a', 'b'], ['drug', 'b'], ['all', 'all']]
    """
    if by not in POOLED_BY:
        near = did_you_mean(by, POOLED_BY)
        raise ValueError(f"pool_by must be one of {', '.join(POOLED_BY)}, not {by!r}{near}")
    agent = rows["agent"].astype("object")
    if by == "all":
        return pd.Series("all", index=rows.index, dtype="object")
    if by == "agent":
        return agent
    kind = rows["studies.intervention_class"].astype("object")
    return kind.where(kind.notna(), agent)


def each_group(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the results that may be pooled with each other, those of most studies first.

    `rows` has ``study_id``, ``pooled_with`` and ``control``, the kind of the control.

    >>> rows = pd.DataFrame({"study_id": ["a", "b", "c"], "control": "placebo",
    ...                      "pooled_with": ["one", "other", "other"]})
    >>> [group["study_id"].to_list() for group in each_group(rows)]
    [['b', 'c'], ['a']]
    """
    if rows.empty:
        return
    groups = [group for _, group in rows.groupby(["pooled_with", "control"], sort=False)]
    yield from sorted(groups, key=lambda group: -group["study_id"].nunique())


def named(group: pd.DataFrame) -> dict[str, str]:
    """Return of which agents a group is, parted by ``;``, and the kind of its control.

    >>> named(pd.DataFrame({"agent": ["b", "a", "b"], "control": "sham"}))
    {'agents': 'b;a', 'control': 'sham'}
    """
    agents = ";".join(dict.fromkeys(group["agent"].astype(str)))
    return {"agents": agents, "control": str(group["control"].iloc[0])}


def for_each_group(estimate: Estimate) -> Estimate:
    """Have an estimate from results that may be pooled be made of each group by itself.

    The rows of a group get its ``agents``, parted by ``;``, and the kind of its ``control``.
    """

    @wraps(estimate)
    def each(effects: pd.DataFrame, **options: Any) -> pd.DataFrame:
        frames = []
        for group in each_group(effects):
            found = estimate(group, **options)
            if len(found):
                frames.append(found.assign(**named(group)))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    return cast("Estimate", each)
