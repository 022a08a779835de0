"""Which way of an outcome is the better one."""

from typing import Literal

import pandas as pd


def lower_is_better(instruments: pd.DataFrame, outcome: object) -> bool:
    """Say whether fewer patients with an outcome, or a lower score, is the better result.

    Where the tables do not say so, more is better.

    >>> rows = {"outcome": ["nausea"], "direction": ["lower-is-better"]}
    >>> lower_is_better(pd.DataFrame(rows), "nausea"), lower_is_better(pd.DataFrame(rows), "pain")
    (True, False)
    """
    if "direction" not in instruments:
        return False
    own = instruments["outcome"].eq(str(outcome))
    return bool((own & instruments["direction"].eq("lower-is-better")).any())


def favoured(
    instruments: pd.DataFrame, outcome: object, direction: object
) -> Literal["1", "0"] | None:
    """Return which group has the higher share of an outcome, by whom a comparison favours.

    `direction` is a word of contrasts.csv. "1" is the arm, "0" the reference; None where none is
    said to be favoured.

    >>> rows = pd.DataFrame({"outcome": ["nausea"], "direction": ["lower-is-better"]})
    >>> favoured(rows, "clear skin", "favours-arm"), favoured(rows, "nausea", "favours-arm")
    ('1', '0')
    """
    arm = {"favours-arm": True, "favours-reference": False}.get(str(direction))
    if arm is None:
        return None
    return "1" if arm is not lower_is_better(instruments, outcome) else "0"
