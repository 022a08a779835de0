"""Each agent by itself: what is computed of several, one after the other, and read so."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import listed, plural
from atopic.evidence.controls import ACTIVE, CONTROLS

Table = TypeVar("Table", bound=Callable[..., pd.DataFrame])


def by_agent(tabulate: Table) -> Table:
    """Have a table of pooled effects begin with their agents, if they are of several."""

    @wraps(tabulate)
    def each(pooled: pd.DataFrame) -> pd.DataFrame:
        parts = list(parts_by_agent(pooled))
        if len(parts) == 1 and len(_agents(parts[0])) == 1:
            return tabulate(pooled)
        tables = []
        for part in parts:
            table = tabulate(part)
            table.insert(0, "Agents", capital(agents_words(part)))
            tables.append(table)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    return cast("Table", each)


def parts_by_agent(pooled: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the rows of each agent and kind of control; all if the frame names none.

    >>> frame = pd.DataFrame({"agents": ["b", "a", "a"], "control": "placebo"})
    >>> [len(part) for part in parts_by_agent(frame)]
    [1, 2]
    """
    if pooled.empty or "agents" not in pooled:
        yield from [pooled] if len(pooled) else []
        return
    for _, part in pooled.groupby(["agents", "control"], sort=False):
        yield part


def agents_words(rows: Any) -> str:
    """Return of which agents something is pooled, and against what unless that is placebo.

    `rows` has ``agents``, parted by ``;``, and ``control``: a row, or a frame, whose first counts.

    >>> agents_words(pd.Series({"agents": "a;b", "control": "placebo"}))
    'a and b'
    >>> agents_words(pd.DataFrame({"agents": ["a"], "control": ["usual-care"]}))
    'a against usual care'
    """
    row = rows.iloc[0] if isinstance(rows, pd.DataFrame) else rows
    words, kind = listed(row.agents.split(";")), str(row.control)
    if kind == "placebo":
        return words
    return f"{words} against {'another treatment' if kind == ACTIVE else CONTROLS[kind]}"


def trials_words(studies: int, comparisons: int) -> str:
    """Return how many trials there are, and how many comparisons they make if those are more.

    >>> trials_words(3, 3), trials_words(15, 34)
    ('3 trials', '15 trials, 34 comparisons')
    """
    words = plural(studies, "trial")
    return words if comparisons == studies else f"{words}, {plural(comparisons, 'comparison')}"


def _agents(part: pd.DataFrame) -> list[str]:
    return str(part["agents"].iloc[0]).split(";") if "agents" in part else [""]
