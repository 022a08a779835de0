"""Rules for the share of patients who responded, once or for how long."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from atopic.display.numbers import fraction, listed, study_name
from atopic.evidence.controls import CONTROLLED
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.evidence.several_sources import preferred_rows
from atopic.questions.claims.facts import Facts, at_week, rate_observation, says, text
from atopic.questions.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    Finding,
    Observation,
    weighed,
)
from atopic.questions.claims.reading import Claim, agrees
from atopic.questions.claims.words import counted, limits
from atopic.review import (
    control_group,
    control_word,
    controlled_word,
    in_words,
    time_point,
    time_word,
)
from atopic.stats import proportions

#: What a rate cannot say, by the setting it was measured in.
CAVEATS = {
    "controlled": "",
    "uncontrolled": "",  # the verdict is shown with it
    "best-response": " It is the best response over one or two cycles.",
    "follow-up": " It counts only those still seen.",
    "after-crossover": " The {control_group} had been treated by then.",
    "maintained": " It counts only earlier responders.",
    "pooled": " It is pooled from other trials.",
}

#: Of the rates of one dose in other trials: with all, each claim grows with the trials.
_MOST_NAMED = 10


def every_patient(claim: Claim, facts: Facts) -> Finding | None:
    """Count the patients one by one."""
    if not is_rate(claim) or claim.week is None:
        return None
    listed_rows = facts.table(
        "patients", study_id=claim.study_id, record_type="response", outcome=claim.outcome,
        week=claim.week,
    )  # fmt: skip
    if listed_rows.empty:
        return None
    first = listed_rows[listed_rows["cycle"].isna() | listed_rows["cycle"].eq(1).fillna(False)]
    first = first.drop_duplicates("patient_id")
    arm = facts.arm(claim.study_id, claim.arm_id)
    if arm is None:
        return None
    size = next((int(n) for n in (arm.n_analysed, arm.n_randomised) if pd.notna(n)), None)
    if size is None or len(first) != size:
        return None
    sure, unclear = (
        int(first["responder"].eq("yes").sum()),
        int(first["responder"].eq("unclear").sum()),
    )
    counts = list(range(sure, sure + unclear + 1))
    ends = proportions.interval(counts, size, level=facts.level)
    seen = Observation(
        "patients one by one, first cycle", claim.study_id, claim.arm_id, claim.outcome, claim.week,
        "share", sure / size, float(ends.lower.min()), float(ends.upper.max()), responders=sure,
        n=size, basis="ambiguous" if unclear else "printed", level=facts.level,
        method="clopper-pearson", setting=_setting(claim, facts), table="patients",
        rows=tuple(int(row) for row in first.index),
    )  # fmt: skip
    shares = [100 * count / size for count in counts]
    values = [float(count) for count in counts] if claim.unit == "patients" else shares
    fits = any(agrees(claim.claimed, value) for value in values)
    many = " or ".join(map(str, counts)) if len(counts) < 3 else f"{counts[0]} to {counts[-1]}"
    seen = replace(seen, printed=fraction(many, size))
    held = (
        f"Counted one by one, {many} of {size} responded by {time_point(claim.week)} after one "
        f"cycle ({' to '.join(f'{share:.0f}' for share in sorted({shares[0], shares[-1]}))}%; "
        f"{limits(seen)} over every count)"
    )
    if fits:
        return Finding(
            weighed(seen, facts.wide), f"{held}.{in_words(CAVEATS['uncontrolled'])}", (seen,)
        )
    others = facts.rates(claim.outcome, **claim.place)
    further = tuple(
        rate_observation(row, "where the claimed value is reported")
        for row in records(others)
        if says(claim, row)
    )
    where = "".join(f" {counted(one)} is reported {_otherwise(one)}." for one in further[:1])
    return Finding(CONTRADICTED, f"{held}, not {claim.value_text}.{where}", (seen, *further))


def same_dose_elsewhere(claim: Claim, facts: Facts) -> Finding | None:
    """Ask whether a rate was found again under control."""
    arm = facts.arm(claim.study_id, claim.arm_id)
    found = _alike(claim, facts, ["agent", "dose", "dose_unit", "administrations"])
    under = [row for row in found if row.setting in CONTROLLED]
    below = [row for row in under if pd.notna(row.upper_max) and 100 * row.upper_max < claim.value]
    own = [rate_observation(row, "the group claimed") for row in agreeing_rows(claim, facts)]
    if arm is None or not below or not own:
        return None
    # Those that gave less come first where not all can be named.
    more = len(under[_MOST_NAMED:])
    less = {row.row for row in below}
    named = sorted(under, key=lambda row: row.row not in less) if more else under
    again = [rate_observation(row, "same dose under control") for row in named[:_MOST_NAMED]]
    placebos = [
        rate_observation(row, f"{control_group()} beside it")
        for one in again
        for row in records(
            _preferred(
                facts.rates(claim.outcome, study_id=one.study_id, week=one.week, arm_role="placebo")
            )
        )
    ]
    trials = listed(
        [
            *(f"{counted(one)} in {study_name(one.study_id)} ({limits(one)})" for one in again),
            *([f"{more} more such {'rate' if more == 1 else 'rates'}"] if more else []),
        ]
    )
    beside = listed(counted(one) for one in placebos) + (" and so on" if more else "")
    reason = (
        f"{counted(own[0])} had no {control_group()}; in {controlled_word()} trials the same dose "
        f"gave less: {trials}; on {control_word()} {beside}."
    )
    return Finding(NOT_SUPPORTED, reason, (own[0], *again, *placebos))


def rate_of_another_trial(claim: Claim, facts: Facts) -> Finding | None:
    """Find the trial that a rate was taken from."""
    if not is_rate(claim) or len(facts.rates_of(claim)):
        return None
    found = [row for row in _alike(claim, facts, ["agent"]) if says(claim, row)]
    if not found:
        return None
    seen = rate_observation(found[0], "where the claimed value is reported")
    size = facts.study(seen.study_id).n_enrolled
    of = f" of {int(size)} patients" if pd.notna(size) else ""
    reason = (
        f"{counted(seen)} belongs to {study_name(seen.study_id)}, a trial{of} with another "
        f"design; of {study_name(claim.study_id)} no rate of {claim.outcome} was found."
        f"{in_words(CAVEATS[seen.setting])}"
    )
    return Finding(NOT_SUPPORTED, reason, (seen,))


def rate_not_printed(claim: Claim, facts: Facts) -> Finding | None:
    """Leave a rate open that nobody printed."""
    if is_rate(claim) and len(facts.rates_of(claim)):
        return None
    study = facts.study(claim.study_id)
    when = "" if claim.week is None else f" at {time_point(claim.week)}"
    reason = f"No rate of {claim.outcome or 'this'}{when} was found for this group"
    scores = facts.scores_of(claim)
    reason += ", and no score either." if scores.empty else "."
    if pd.isna(study.n_enrolled):
        reason += " How many were followed is not known."
    return Finding(CANNOT_BE_TESTED, reason, rows=(("studies", int(study.Index)),))


def printed_rate(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a rate against the rates that the arm prints, and weigh it by its interval."""
    held = list(records(facts.rates_of(claim))) if is_rate(claim) else []
    if not held:
        return None
    rows = agreeing_rows(claim, facts)
    if not rows:
        printed = tuple(rate_observation(row, "the group claimed") for row in held)
        reason = f"Reported is {listed(map(counted, printed))}, not {claim.value_text}."
        return Finding(CONTRADICTED, reason, printed)
    seen = rate_observation(rows[0], "the group claimed")
    if all(row.confidence == "low" for row in rows):
        reason = (
            f"{counted(seen)} is reported by weak or contradicted sources only."
            f"{in_words(CAVEATS[seen.setting])}"
        )
        return Finding(NOT_SUPPORTED, reason, (seen,))
    interval = limits(seen) if seen.bounded else "no interval can be computed"
    reason = f"{counted(seen)}; {interval}.{in_words(CAVEATS[seen.setting])}"
    other = [
        rate_observation(row, "also reported")
        for row in held
        if row.row != rows[0].row and row.week == rows[0].week and row.setting == rows[0].setting
    ]
    if other:
        reason += f" Also reported for that {time_word()}: {listed(map(counted, other))}."
    remark = ""
    if text(rows[0].confidence) != "high":
        table = facts.table("responses")
        remark = text(table.loc[rows[0].row, "notes"])
    return Finding(weighed(seen, facts.wide), reason, (seen, *other), remark=remark)


def is_rate(claim: Claim) -> bool:
    """Say whether a claim gives a rate or a number of responders."""
    return claim.unit in ("percent", "patients") and bool(claim.claimed)


def agreeing_rows(claim: Claim, facts: Facts) -> list[Any]:
    """Return the rates that agree with a claim, the best graded first."""
    rows = facts.rates_of(claim) if is_rate(claim) else pd.DataFrame()
    found = [row for row in records(rows) if says(claim, row)]
    # The best graded row first; the order of the table decides among equals.
    return sorted(found, key=lambda row: ("high", "medium", "low", "").index(text(row.confidence)))


def _alike(claim: Claim, facts: Facts, columns: Iterable[str]) -> list[Any]:
    """Return the rates of arms of other studies that are like the claimed arm in some columns."""
    arm = facts.arm(claim.study_id, claim.arm_id)
    if arm is None:
        return []
    equal = {name: getattr(arm, name) for name in columns}
    if any(pd.isna(value) for value in equal.values()):
        return []
    every = facts.rows_once(
        ("alike", claim.outcome, claim.week, *equal.items()),
        lambda: [
            row
            for one in records(facts.table("arms", **equal))
            for row in records(
                at_week(
                    facts.rates(claim.outcome, study_id=one.study_id, arm_id=one.arm_id), claim.week
                )
            )
        ],
    )
    return [row for row in every if row.study_id != claim.study_id]


def _otherwise(one: Observation) -> str:
    """Say of what else a rate is: ``as best response over one or two treatment cycles``."""
    if one.week is not None:
        return f"for {time_point(one.week)}"
    words = setting_words(one.setting)
    return f"as {words[:1].lower()}{words[1:]}"


def _setting(claim: Claim, facts: Facts) -> str:
    return "uncontrolled" if not facts.has_placebo(claim.study_id) else "controlled"


def _preferred(rates: pd.DataFrame) -> pd.DataFrame:
    """Return one row of each result that several sources print: one placebo arm is named once."""
    return rates[preferred_rows(rates)]
