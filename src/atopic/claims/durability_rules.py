"""Rules for how long a response lasted: how long patients were followed, and how many."""

from dataclasses import replace

import pandas as pd

from atopic import proportions
from atopic.claims.facts import Facts, rate_observation, text
from atopic.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    Finding,
    Observation,
)
from atopic.claims.rate_rules import agreeing_rows
from atopic.claims.reading import Claim
from atopic.claims.words import change, counted, limits, listed, percent
from atopic.tables import records

__all__ = ["followed_for_less", "length_of_follow_up", "not_everyone_seen"]


def length_of_follow_up(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a mean follow-up against the longest.

    When: a durability claim in weeks.
    Then: contradicted if it is longer than the longest follow-up of the study; else it cannot be
    tested, because studies.csv holds the longest and not the mean.
    """
    if claim.kind != "durability" or claim.unit != "weeks":
        return None
    study = facts.study(claim.study_id)
    if pd.isna(study.follow_up_weeks):
        return Finding(CANNOT_BE_TESTED, "No length of follow-up is recorded for this study.")
    longest = int(study.follow_up_weeks)
    seen = Observation(
        "longest follow-up", claim.study_id, claim.arm_id, measure="count", unit="weeks",
        estimate=float(longest), printed=f"{longest} weeks", table="studies",
        rows=(int(study.Index),),
    )  # fmt: skip
    if claim.value > longest:
        reason = f"The longest follow-up of the study is {longest} weeks, less than claimed."
        return Finding(CONTRADICTED, reason, (seen,))
    reason = f"Only the longest follow-up is held, {longest} weeks, which allows the claim."
    if pd.notna(study.n_enrolled) and study.n_enrolled > 1:
        n = int(study.n_enrolled)
        rest = (n * claim.value - longest) / (n - 1)
        reason += (
            f" If it is right, the other {n - 1} patients were followed {change(round(rest, 1))} "
            "weeks on average."
        )
    return Finding(CANNOT_BE_TESTED, reason, (seen,))


def followed_for_less(claim: Claim, facts: Facts) -> Finding | None:
    """Do not take an effect for longer than anyone was followed.

    When: a durability claim at a week beyond the longest follow-up of its study.
    Then: not supported.
    """
    if claim.kind != "durability" or claim.week is None:
        return None
    study = facts.study(claim.study_id)
    if pd.isna(study.follow_up_weeks) or claim.week <= study.follow_up_weeks:
        return None
    longest = int(study.follow_up_weeks)
    seen = Observation(
        "longest follow-up", claim.study_id, claim.arm_id, measure="count", unit="weeks",
        estimate=float(longest), printed=f"{longest} weeks", table="studies",
        rows=(int(study.Index),),
    )  # fmt: skip
    held = facts.rates(claim.outcome, **claim.place)
    shorter = tuple(rate_observation(row, "at the last week printed") for row in records(held))
    last = "".join(f" Printed is {counted(one)} at week {one.week}." for one in shorter[-1:])
    reason = (
        f"The claim is about week {claim.week}; the study follows nobody beyond week {longest}."
        f"{last}"
    )
    return Finding(NOT_SUPPORTED, reason, (seen, *shorter[-1:]))


def not_everyone_seen(claim: Claim, facts: Facts) -> Finding | None:
    """Count those who were not seen.

    When: that a response lasted is claimed from fewer patients than were treated, without a
    control group, and the claimed rate lies above the interval of the rate in which everyone not
    seen counts as a failure.
    Then: not supported.
    """
    rows = agreeing_rows(claim, facts)
    if claim.kind != "durability" or not rows:
        return None
    row = rows[0]
    treated, arm_row = _treated(claim, facts)
    if (
        row.setting in ("controlled", "maintained")
        or pd.isna(row.responders)
        or treated is None
        or treated <= row.n
    ):
        return None
    ends = proportions.interval(int(row.responders), treated, level=facts.level)
    seen = rate_observation(row, "the arm claimed")
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
        f" The source contradicts its own figures at week {listed(against)}." if against else ""
    )
    reason = (
        f"{counted(seen)} counts those who were seen; {treated} had been treated. If nobody else "
        f"had responded it would be {worst.responders} of {treated}, {percent(worst.estimate)} "
        f"({limits(worst)}). No control group, and who was seen may differ from who was not."
        f"{contradiction}"
    )
    return Finding(NOT_SUPPORTED, reason, (seen, worst), (("arms", arm_row),))


def _treated(claim: Claim, facts: Facts) -> tuple[int | None, int]:
    """Return how many the arm treated, in the study that a follow-up continues, and its row."""
    study = facts.study(claim.study_id)
    of = study.parent_study_id if text(study.patients_shared_with_parent) == "yes" else None
    arm = facts.arm(of, claim.arm_id) if of is not None else None
    arm = arm or facts.arm(claim.study_id, claim.arm_id)
    return (int(arm.n_randomised) if pd.notna(arm.n_randomised) else None), int(arm.Index)
