"""Rules for adverse events: the number counted, and how many it leaves possible."""

from typing import Any

import numpy as np
import pandas as pd

from atopic.display.numbers import interval_name, listed, percent_text
from atopic.evidence.controls import CONTROLLED
from atopic.evidence.frames import records
from atopic.evidence.vocabulary import plain
from atopic.questions.claims.facts import Facts, at_week, text, used_rows, whole
from atopic.questions.claims.finding import (
    CONTRADICTED,
    NOT_SUPPORTED,
    Finding,
    Observation,
    weighed,
)
from atopic.questions.claims.reading import Claim, agrees
from atopic.questions.claims.words import limits
from atopic.review import control_word
from atopic.stats import proportions

#: What a count is of, in words.
EVENTS = {
    "sae": "Serious adverse events",
    "treatment-related-sae": "Treatment-related serious adverse events",
    "drug-related-ae": "Drug-related adverse events",
    "discontinuation-due-to-ae": "Discontinuations because of adverse events",
    "ae-any": "Any adverse event",
}


def printed_events(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a number of events against the rows that count them."""
    found = _events(claim, facts)
    if not found:
        return None
    return (
        _count_otherwise(claim, facts, found)
        or _graded_low(claim, facts, found)
        or _as_printed(claim, facts, found)
    )


Counted = list[tuple[str, Any]]


def _count_otherwise(claim: Claim, facts: Facts, found: Counted) -> Finding | None:
    """Contradict a number that no row of an event prints."""
    wrong = [event for event, rows in found if _telling(claim, rows).empty]
    if not wrong:
        return None
    seen = tuple(
        _event(row, facts) for event, rows in found for row in records(rows) if event in wrong
    )
    held = listed([f"{one.responders} {one.outcome} in {one.n}" for one in seen])
    return Finding(CONTRADICTED, f"Reported are {held}, not {claim.claimed}.", seen)


def _graded_low(claim: Claim, facts: Facts, found: Counted) -> Finding | None:
    """Do not rest a claim of safety on a weak row alone."""
    weak = [
        row
        for _, rows in found
        for row in records(_telling(claim, rows))
        if rows["confidence"].eq("low").all()
    ]
    if not weak:
        return None
    seen = tuple(_event(row, facts) for row in weak)
    narrower = facts.table("safety", **claim.place)
    narrower = narrower[
        narrower["event"].str.contains("related") & ~narrower["confidence"].eq("low")
    ]
    other = "".join(
        f" A better one counts {EVENTS.get(row.event, plain(row.event)).lower()} only: "
        f"{row.count} of {row.n}."
        for row in records(narrower)
    )
    reason = (
        f"{events_sentence(seen, facts.level)} But only a weak or contradicted source says so."
        f"{other}"
    )
    return Finding(NOT_SUPPORTED, reason, seen, used_rows("safety", narrower))


def _as_printed(claim: Claim, facts: Facts, found: Counted) -> Finding:
    """Weigh a number of events by what it can exclude."""
    telling = [next(records(_telling(claim, rows))) for _, rows in found]
    seen = tuple(_event(row, facts) for row in telling)
    reason = events_sentence(seen, facts.level)
    if facts.has_placebo(claim.study_id) and any(one.setting not in CONTROLLED for one in seen):
        reason += f" No count on {control_word()} was found beside it."
    remark = "; ".join(dict.fromkeys(filter(None, (text(row.notes) for row in telling))))
    return Finding(weighed(seen, facts.wide), reason, seen, remark=remark)


def _events(claim: Claim, facts: Facts) -> list[tuple[str, Any]]:
    """Return the rows of each event that a safety claim names and its arm counts."""
    if not claim.claimed or claim.unit not in ("events", "patients"):
        return []
    rows = facts.table("safety", **claim.place)
    rows = rows[rows["count"].notna() & rows["n"].notna()]
    rows = at_week(rows, claim.week, or_without_week=True)
    return [
        (event, rows[rows["event"].eq(event)])
        for event in claim.named
        if rows["event"].eq(event).any()
    ]


def _telling(claim: Claim, rows: Any) -> Any:
    return rows[rows["count"].map(lambda count: agrees(claim.claimed, float(count))).astype(bool)]


def _event(row: Any, facts: Facts) -> Observation:
    count, n = int(row.count), int(row.n)
    # No event is no patient with one; several events may be one patient's.
    as_patients = count == 0 or row.patients_or_events == "patients"
    lower = upper = share = float("nan")
    if as_patients and count <= n:
        ends = proportions.interval(count, n, level=facts.level)
        lower, upper, share = float(ends.lower), float(ends.upper), count / n
    return Observation(
        "events counted", row.study_id, row.arm_id, row.event, whole(row.week), "share", share,
        lower, upper, responders=count, n=n,
        basis="derived" if row.n_basis == "inferred" else "printed", level=facts.level,
        method="clopper-pearson" if np.isfinite(lower) else "none",
        setting="controlled" if _on_placebo(row, facts) else "uncontrolled",
        table="safety", rows=(int(row.Index),),
    )  # fmt: skip


def _on_placebo(row: Any, facts: Facts) -> bool:
    """Say whether a placebo arm of the trial counts the same event by the same week."""
    arms = facts.table("arms", study_id=row.study_id, role="placebo")
    beside = facts.table("safety", study_id=row.study_id, event=row.event)
    beside = beside[beside["arm_id"].isin(arms["arm_id"]) & beside["count"].notna()]
    same = beside["week"].isna() if pd.isna(row.week) else beside["week"].eq(row.week)
    return bool(same.fillna(False).any())


def events_of(claim: Claim, facts: Facts) -> tuple[Observation, ...]:
    """Return the counts of the adverse events that a claim of any kind names."""
    rows = facts.table("safety", **claim.place)
    if rows.empty:
        return ()
    rows = rows[rows["event"].isin(claim.named) & rows["count"].notna() & rows["n"].notna()]
    return tuple(_event(row, facts) for row in records(rows))


def events_sentence(seen: tuple[Observation, ...], level: float) -> str:
    """Return counts of adverse events in words, with what they leave possible."""
    said = []
    for one in seen:
        name = EVENTS.get(one.outcome, plain(one.outcome))
        if one.responders == 0 and one.n:
            said.append(
                f"{name}: 0 of {one.n}, so up to {percent_text(one.upper, small=True)} is possible "
                f"({interval_name(level)})."
            )
        else:
            said.append(f"{name}: {one.responders} in {one.n}, {limits(one)}.")
    return " ".join(said)
