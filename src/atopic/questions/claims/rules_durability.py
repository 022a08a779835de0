"""Rules for how long a response lasted: how long patients were followed, and how many."""

from dataclasses import replace

import pandas as pd

from atopic.display.numbers import change_text, listed, percent_text, when_text
from atopic.evidence.controls import CONTROLLED
from atopic.evidence.frames import records
from atopic.questions.claims.facts import Facts, rate_observation, text
from atopic.questions.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    Finding,
    Observation,
)
from atopic.questions.claims.reading import Claim, agrees
from atopic.questions.claims.rules_rate import agreeing_rows
from atopic.questions.claims.words import counted, limits
from atopic.review import time_point, time_span, time_word
from atopic.stats import proportions


def length_of_follow_up(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a mean follow-up against the longest."""
    if claim.unit != time_word(2):
        return None
    seen = _longest(claim, facts)
    if seen is None:
        return Finding(CANNOT_BE_TESTED, "No length of follow-up is recorded for this study.")
    longest = int(seen.estimate)
    if claim.value > longest:
        reason = f"The longest follow-up of the study is {time_span(longest)}, less than claimed."
        return Finding(CONTRADICTED, reason, (seen,))
    least = _least_weeks(claim, facts, longest)
    if claim.claimed and least and not _reaches(claim, least):
        mean = sum(weeks for weeks, _ in least) / len(least)
        shown = listed(f"{count} until {time_point(weeks)}" for weeks, count in _together(least))
        rows = tuple(sorted({row for _, used in least for row in used}))
        reason = (
            f"These patients were seen at least {shown} (some {time_word(2)} presumed), which "
            f"needs a mean of at least {mean:.1f} {time_word(2)}, unless follow-up was counted "
            "from another start."
        )
        needed = replace(
            seen, role=f"mean follow-up that the {time_word(2)} reported need", estimate=mean,
            printed=f"{mean:.1f} {time_word(2)} or more", basis="derived",
        )  # fmt: skip
        return Finding(NOT_SUPPORTED, reason, (needed, seen), rows)
    reason = f"Only the longest follow-up was found, {time_span(longest)}, which allows the claim."
    study = facts.study(claim.study_id)
    if claim.claimed and pd.notna(study.n_enrolled) and study.n_enrolled > 1:
        n = int(study.n_enrolled)
        rest = (n * claim.value - longest) / (n - 1)
        reason += (
            f" If it is right, the other {n - 1} patients were followed "
            f"{change_text(round(rest, 1))} {time_word(2)} on average."
        )
    return Finding(CANNOT_BE_TESTED, reason, (seen,))


def followed_for_less(claim: Claim, facts: Facts) -> Finding | None:
    """Do not take an effect for longer than anyone was followed."""
    seen = _longest(claim, facts)
    if claim.week is None or seen is None or claim.week <= seen.estimate:
        return None
    held = facts.rates(claim.outcome, **claim.place)
    shorter = tuple(
        rate_observation(row, f"at the last {time_word()} reported") for row in records(held)
    )
    last = "".join(f" {counted(one)} is reported{when_text(one.week)}." for one in shorter[-1:])
    reason = (
        f"The study followed nobody beyond {time_point(f'{seen.estimate:g}')}; the claim is about "
        f"{time_point(claim.week)}."
        f"{last}"
    )
    return Finding(NOT_SUPPORTED, reason, (seen, *shorter[-1:]))


def not_everyone_seen(claim: Claim, facts: Facts) -> Finding | None:
    """Count those who were not seen."""
    rows = agreeing_rows(claim, facts)
    if not rows:
        return None
    row = rows[0]
    treated, arm_row = _treated(claim, facts)
    if (
        row.setting in (*CONTROLLED, "maintained")
        or pd.isna(row.responders)
        or treated is None
        or treated <= row.n
    ):
        return None
    ends = proportions.interval(int(row.responders), treated, level=facts.level)
    seen = rate_observation(row, "the group claimed")
    worst = replace(
        seen, role="if nobody else had responded", n=treated, printed="", basis="derived",
        estimate=seen.responders / treated if seen.responders else 0.0,
        lower=float(ends.lower), upper=float(ends.upper), level=facts.level,
        method="clopper-pearson",
    )  # fmt: skip
    claimed = float(row.estimate) if claim.unit == "patients" else claim.value / 100
    if claimed <= worst.upper:
        return None
    against = [
        int(other.week)
        for other in records(facts.rates(claim.outcome, **claim.place))
        if pd.notna(other.contradiction) and pd.notna(other.week)
    ]
    contradiction = (
        f" The source contradicts its own figures at {time_word()} {listed(against)}."
        if against
        else ""
    )
    most = int(row.responders) + treated - int(row.n)
    reason = (
        f"{counted(seen)} counts those who were seen; {treated} had been treated. If nobody else "
        f"had responded it would be {worst.responders} of {treated}, "
        f"{percent_text(worst.estimate, small=True)} ({limits(worst)}); if everybody else had, "
        f"{most} of {treated}, "
        f"{percent_text(most / treated, small=True)}.{contradiction}"
    )
    return Finding(NOT_SUPPORTED, reason, (seen, worst), (("arms", arm_row),))


def _longest(claim: Claim, facts: Facts) -> Observation | None:
    """Return the longest follow-up of the study, if it is recorded."""
    study = facts.study(claim.study_id)
    if pd.isna(study.follow_up_weeks):
        return None
    weeks = int(study.follow_up_weeks)
    return Observation(
        "longest follow-up", claim.study_id, claim.arm_id, measure="count", unit=time_word(2),
        estimate=float(weeks), printed=time_span(weeks), table="studies", rows=(int(study.Index),),
    )  # fmt: skip


def _least_weeks(
    claim: Claim, facts: Facts, longest: int
) -> list[tuple[int, tuple[tuple[str, int], ...]]]:
    """Return how long each patient of the study must have been seen at least, the longest first.

    With each number of weeks the rows that say so. Empty if the arm's patients are not all of one
    known number, or the tables say nothing but the longest.
    """
    study = facts.study(claim.study_id)
    arm = facts.arm(claim.study_id, claim.arm_id)
    if arm is None or pd.isna(study.n_enrolled) or pd.isna(arm.n_randomised):
        return []
    if arm.n_randomised != study.n_enrolled:
        return []
    known: list[tuple[int, int, tuple[tuple[str, int], ...]]] = [
        (longest, 1, (("studies", int(study.Index)),))
    ]
    responses = facts.table("responses", **claim.place)
    for row in records(responses[responses["responders"].notna() & responses["week"].notna()]):
        known.append((int(row.week), int(row.responders), (("responses", int(row.Index)),)))
    single = facts.table("patients", study_id=claim.study_id, record_type="response", cycle=1)
    single = single[single["week"].notna()]
    for week in sorted(set(single["week"])):
        rows = single[single["week"].ge(week)].drop_duplicates("patient_id")
        used = tuple(("patients", int(row)) for row in rows.index)
        known.append((int(week), len(rows), used))
    least = []
    for place in range(1, int(study.n_enrolled) + 1):
        reached = [(week, used) for week, count, used in known if count >= place]
        least.append(max(reached, default=(0, ())))
    return least if len(known) > 1 else []


def _reaches(claim: Claim, least: list[tuple[int, tuple[tuple[str, int], ...]]]) -> bool:
    """Say whether a claimed mean, up to rounding, is as long as the weeks need."""
    mean = sum(weeks for weeks, _ in least) / len(least)
    return claim.value >= mean or agrees(claim.claimed, mean)


def _together(least: list[tuple[int, tuple[tuple[str, int], ...]]]) -> list[tuple[int, int]]:
    """Return the weeks with the number of patients who share them."""
    weeks = [one for one, _ in least]
    return [(one, weeks.count(one)) for one in dict.fromkeys(weeks)]


def _treated(claim: Claim, facts: Facts) -> tuple[int | None, int]:
    """Return how many the arm treated, in the study that a follow-up continues, and its row."""
    study = facts.study(claim.study_id)
    of = study.parent_study_id if text(study.patients_shared_with_parent) == "yes" else None
    arm = facts.arm(of, claim.arm_id) if of is not None else None
    arm = arm or facts.arm(claim.study_id, claim.arm_id)
    return (int(arm.n_randomised) if pd.notna(arm.n_randomised) else None), int(arm.Index)
