"""Independent arms in which nobody had an event, taken together."""

from __future__ import annotations

import pandas as pd

from atopic.questions.safety.limits import with_limits, with_rates


def summed_events(adverse: pd.DataFrame) -> pd.DataFrame:
    """Return for each event the limits over independent arms taken together, if nobody had it.

    One row an event and treatment (what the review pools: an agent, a class or all) for which two
    studies or more enter (``enters``) with no event at all: ``event``, ``agents``, ``studies``,
    ``rows`` (of safety.csv), ``count``, ``n``, ``basis`` (``zero``), ``estimate``, ``lower``,
    ``upper``, ``upper_one_sided``, ``rule_of_three``, ``level`` and ``method``; ``patient_weeks``
    and the rates over the arms of known length, with their patients in ``n_with_weeks``. Empty if
    there is no such event. `adverse` is from `adverse_events`.

    Notes
    -----
    The patients need not share one risk. If their mean risk is p, nobody has the event with a
    probability of at most (1 - p)^n, because log(1 - p) is concave: the limit holds for the mean
    risk of these patients over the time each was watched (Hoeffding 1956).

    >>> import atopic
    >>> from atopic.questions.safety import adverse_events
    >>> summed = summed_events(adverse_events(atopic.load(), events=["sae"]))
    >>> summed[["n", "upper", "upper_one_sided"]].round(3).values.tolist()
    [[98.0, 0.037, 0.03]]
    """
    found = []
    entering = adverse[adverse["enters"]]
    for (event, _), rows in entering.groupby(["event", "pooled_with"], sort=False, observed=True):
        if rows["count"].ne(0).any():
            continue
        timed = rows[rows["patient_weeks"].notna()]
        found.append(
            {
                "study_id": "sum",
                "arm_id": "independent-arms",
                "event": event,
                "agents": ";".join(dict.fromkeys(rows["agent"].astype(str))),
                "studies": "; ".join(rows["study_id"]),
                "rows": ", ".join(str(row) for row in sorted(rows["row"])),
                "patients_or_events": "patients",
                "count": 0,
                "n": int(rows["n"].sum()),
                "basis": "zero",
                "week": None,
                "patient_weeks": timed["patient_weeks"].sum() if len(timed) else None,
                "n_with_weeks": int(timed["n"].sum()),
            }
        )
    names = [
        *(
            "study_id",
            "arm_id",
            "event",
            "agents",
            "studies",
            "rows",
            "count",
            "n",
            "basis",
            "estimate",
        ),
        *("lower", "upper", "upper_one_sided", "rule_of_three", "level", "method"),
        *("n_with_weeks", "patient_weeks", "rate_lower", "rate_upper", "rate_upper_one_sided"),
    ]
    if not found:
        return pd.DataFrame(columns=names)
    level = float(adverse["level"].iloc[0])
    frame = with_limits(pd.DataFrame(found), level)
    return with_rates(frame, level)[names]
