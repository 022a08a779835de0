"""Rules for how far a severity score fell."""

from dataclasses import replace
from typing import Any

import pandas as pd

from atopic.display.numbers import change_text, listed, when_text
from atopic.evidence.frames import records
from atopic.questions.claims.comparison_facts import score_difference, score_differences
from atopic.questions.claims.facts import (
    Facts,
    at_week,
    rate_observation,
    says,
    text,
    used_rows,
    whole,
)
from atopic.questions.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    SUPPORTED,
    WIDE,
    Finding,
    Observation,
    weighed,
)
from atopic.questions.claims.reading import Claim, agrees
from atopic.questions.claims.rules_safety import events_of, events_sentence
from atopic.questions.claims.words import counted, limits
from atopic.questions.severity_reduction.estimates import score_reductions
from atopic.review import time_point


def change_quoted_as_share(claim: Claim, facts: Facts) -> Finding | None:
    """Tell the fall of a score from a share of patients."""
    if claim.unit != "percent" or not claim.claimed:
        return None
    rows = [row for row in _scores(claim, facts) if _size(claim, row)]
    if not rows:
        return None
    seen = score_observation(rows[0], facts, "change of the score")
    responders = [
        rate_observation(row, "share of responders of the same group")
        for outcome in _responders(claim, facts)
        for row in records(at_week(facts.rates(outcome, **claim.place), claim.week))
    ]
    share = [one for one in responders if one.printed in claim.percentages]
    only = "".join(f" A share of patients is {one.outcome}: {counted(one)}." for one in share)
    reason = (
        f"{change_text(seen.estimate)}% is the change of the group's {claim.outcome} score, not a "
        f"share of patients.{only}"
    )
    return Finding(CONTRADICTED, reason, (seen, *share))


def share_quoted_as_change(claim: Claim, facts: Facts) -> Finding | None:
    """Tell a share of patients from the fall of a score."""
    if claim.unit != "percent" or not claim.claimed:
        return None
    if any(_size(claim, row) for row in _scores(claim, facts)):
        return None
    # A fall is claimed with or without its sign; a share of patients has none.
    unsigned = replace(claim, claimed=claim.claimed.removeprefix("-"))
    found = [
        row
        for outcome in _responders(claim, facts, claim.outcome)
        for row in records(at_week(facts.rates(outcome, **claim.place), claim.week))
        if says(unsigned, row)
    ]
    if not found:
        return None
    seen = rate_observation(found[0], "share of responders of the same group")
    reason = (
        f"{unsigned.claimed}% is the share of patients with {seen.outcome}: {counted(seen)}, "
        f"{limits(seen)}. We found no report that the {claim.outcome} score itself changed by "
        f"{unsigned.claimed}%."
    )
    return Finding(CONTRADICTED, reason, (seen,))


def printed_change(claim: Claim, facts: Facts) -> Finding | None:
    """Hold the fall of a score against the changes that the arm prints."""
    rows = _scores(claim, facts)
    in_unit = [row for row in rows if not claim.claimed or row.unit == claim.unit]
    if not in_unit:
        return _change_not_printed(claim, facts, rows)
    if not claim.claimed:
        return None
    same = [row for row in in_unit if _size(claim, row)]
    if not same:
        seen = tuple(score_observation(row, facts, "change of the score") for row in in_unit)
        held = listed(change_text(one.estimate, one.unit) for one in seen)
        return Finding(CONTRADICTED, f"Reported is {held}, not {claim.value_text}.", seen)
    return _change_as_printed(claim, facts, same[0], in_unit)


def _change_not_printed(claim: Claim, facts: Facts, rows: list[Any]) -> Finding:
    """Leave a fall open that nobody printed, or only in another unit."""
    when = "" if claim.week is None else f" at {time_point(claim.week)}"
    reason = f"No change of {claim.outcome or 'a score'}{when} was found for this arm."
    if rows:
        held = listed(change_text(row.value, text(row.unit)) for row in rows)
        reason = f"The change of {claim.outcome} was found in another unit: {held}."
    elif "significant" in claim.cues:
        reason += " The source calls it significant, without a number."
    counted_events = events_of(claim, facts)
    if counted_events:
        reason += f" {events_sentence(counted_events, facts.level)}"
    return Finding(CANNOT_BE_TESTED, reason, counted_events, _used(rows))


def _change_as_printed(claim: Claim, facts: Facts, same: Any, rows: list[Any]) -> Finding:
    """Weigh a fall by its interval in percent of baseline, if it has one."""
    seen = score_observation(same, facts, "change of the score")
    others = [
        score_observation(row, facts, "also reported") for row in rows if not _size(claim, row)
    ]
    interval = limits(seen) if seen.bounded else "no spread, so no interval"
    size = f" in {seen.n} patients" if seen.n else ""
    reason = f"{change_text(seen.estimate, seen.unit)}{size}; {interval}."
    if others:
        reason += (
            f" Also reported: {listed(change_text(one.estimate, one.unit) for one in others)}."
        )
    in_percent = seen.unit == "percent"
    part = replace(seen, lower=seen.lower / 100, upper=seen.upper / 100)
    verdict = weighed(part, facts.wide) if in_percent else WIDE
    return Finding(verdict, reason, (seen, *others), remark=text(same.notes))


def way_of_the_change(claim: Claim, facts: Facts) -> Finding | None:
    """Confirm only the way of a fall without a number."""
    rows = _scores(claim, facts) if not claim.claimed else []
    if not rows:
        return None
    seen = tuple(score_observation(row, facts, "change of the score") for row in rows)
    held = listed(f"{change_text(one.estimate, one.unit)} ({limits(one)})" for one in seen)
    falls = all(one.estimate < 0 for one in seen)
    reason = f"Reported is {held}; the claim has no number."
    return Finding(WIDE if falls else CONTRADICTED, reason, seen)


def scores_against_placebo(claim: Claim, facts: Facts) -> Finding | None:
    """Check that a score fell further than on placebo."""
    if "no-difference" in claim.cues:
        return None
    seen: list[Observation] = []
    as_errors: list[Observation] = []
    assumed = False
    for outcome in claim.named:
        for assume, found in (("sd", seen), ("se", as_errors)):
            pairs = score_differences(claim, facts, outcome, assume)
            found += [score_difference(row, facts) for row in records(pairs)]
            spreads = pairs["spread_used"].astype(str)
            assumed |= bool(spreads.str.startswith("assumed").any())
    if not seen:
        return None
    deduced = any(one.basis == "derived" for one in seen)
    reason = " ".join(
        f"{one.outcome}: difference {change_text(one.estimate, one.unit)}, {limits(one)}."
        for one in seen
    )
    if assumed:
        se = as_errors[0]
        reason += (
            " The reported spreads are taken for standard deviations; as standard errors they "
            f"would give {change_text(se.lower)} to {change_text(se.upper)} for the first."
        )
    if deduced:
        reason += " The group sizes are deduced."
    missed = facts.table("contrasts", study_id=claim.study_id, arm_id=claim.arm_id)
    missed = missed[missed["reported_significance"].eq("not-significant").fillna(False)]
    if len(missed):
        which = listed(f"{row.outcome}{when_text(row.week)}" for row in records(missed))
        reason += f" {which} {'was' if len(missed) == 1 else 'were'} not significant in this trial."
    rows = used_rows("contrasts", missed)
    if any(one.upper >= 0 for one in seen):
        return Finding(NOT_SUPPORTED, reason, tuple(seen), rows)
    verdict = WIDE if assumed or deduced or len(missed) else SUPPORTED
    return Finding(verdict, reason, tuple(seen), rows)


def score_observation(row: Any, facts: Facts, role: str) -> Observation:
    """Return a row of scores.csv as an observation, with an interval if its spread is labelled."""
    found = facts.once(
        ("score reductions", row.study_id, row.outcome),
        lambda: score_reductions(
            facts.evidence.of_study(row.study_id),
            row.outcome,
            studies=[row.study_id],
            level=facts.level,
        ),
    )
    one = next(records(found[found["row"].eq(row.Index)]))
    return Observation(
        role, row.study_id, row.arm_id, row.outcome, whole(row.week), "change", float(row.value),
        float(one.lower), float(one.upper), unit=text(row.unit), n=whole(row.n),
        basis="derived" if row.n_basis == "inferred" else "printed", level=facts.level,
        method=one.method, setting=one.setting, table="scores", rows=(int(row.Index),),
    )  # fmt: skip


def _scores(claim: Claim, facts: Facts) -> list[Any]:
    rows = facts.scores_of(claim)
    rows = rows[~rows["statistic"].eq("mean")]  # the score of a week is no change
    grades = rows["confidence"].astype(str) if len(rows) else pd.Series(dtype="str")
    order = grades.map({"high": 0, "medium": 1, "low": 2}).sort_values(kind="stable").index
    return list(records(rows.loc[order]))


def _size(claim: Claim, row: Any) -> bool:
    """Say whether a change has the claimed size; sources print falls with and without a sign."""
    claimed = claim.claimed.removeprefix("-")
    falls = row.value <= 0 or claim.value == row.value
    return row.unit == claim.unit and falls and agrees(claimed, abs(float(row.value)))


def _responders(claim: Claim, facts: Facts, instrument: str = "") -> list[str]:
    """Return the responder outcomes that the claimed arm prints, perhaps of one instrument."""
    rows = facts.table("instruments", kind="responder")
    if instrument:
        rows = rows[rows["instrument"].eq(instrument)]
    printed = set(facts.table("responses", **claim.place)["outcome"])
    return [outcome for outcome in dict.fromkeys(rows["outcome"]) if outcome in printed]


def _used(rows: list[Any]) -> tuple[tuple[str, int], ...]:
    return tuple(("scores", int(row.Index)) for row in rows)
