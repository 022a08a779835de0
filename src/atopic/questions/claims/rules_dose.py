"""Rules for claims about doses: whether the response depends on the dose, or does not."""

from atopic.display.numbers import listed, points_text
from atopic.evidence.frames import records
from atopic.questions.claims.comparison_facts import arm_tests, tests_words
from atopic.questions.claims.facts import Facts, at_week, rate_observation
from atopic.questions.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    WIDE,
    Finding,
    Observation,
    weighed,
)
from atopic.questions.claims.reading import Claim, agrees
from atopic.questions.claims.words import counted, limits
from atopic.questions.controlled_effect import over_all_counts
from atopic.review import time_point
from atopic.stats import contrasts


def doses_compared(claim: Claim, facts: Facts) -> Finding:
    """Hold what is said of doses against the highest and the lowest dose that print counts."""
    found = _compared(claim, facts)
    if not found:
        return _not_compared(claim, facts)
    if "no-difference" in claim.cues:
        return _doses_alike(claim, facts, *found)
    return _dose_effect(facts, *found)


def _not_compared(claim: Claim, facts: Facts) -> Finding:
    """Leave a dose open that was not compared."""
    when = "" if claim.week is None else f" at {time_point(claim.week)}"
    arms = facts.table("arms", study_id=claim.study_id)
    doses = arms["dose"].dropna()
    given = doses[doses > 0].nunique()
    reason = (
        f"No counts of {claim.outcome or 'an outcome'}{when} were found for two doses; the study "
        f"gave {given}."
    )
    return Finding(CANNOT_BE_TESTED, reason, rows=tuple(("arms", int(row)) for row in arms.index))


def _doses_alike(
    claim: Claim,
    facts: Facts,
    high: Observation,
    low: Observation,
    difference: Observation,
    tests: list[Observation],
) -> Finding:
    """Check that doses are said not to differ."""
    fisher = tests[-1]
    reason = _between(high, low, difference, tests)
    if claim.p_value:
        given = [one.method for one in tests if agrees(claim.p_value, one.estimate)]
        reason += f" P = {claim.p_value} comes from {listed(given) or 'neither'}."
    seen = (high, low, difference, *tests)
    if fisher.estimate < 1 - facts.level:
        return Finding(CONTRADICTED, reason, seen)
    reason += " So few patients cannot show that the doses are equal."
    return Finding(WIDE, reason, seen)


def _dose_effect(
    facts: Facts,
    high: Observation,
    low: Observation,
    difference: Observation,
    tests: list[Observation],
) -> Finding:
    """Check that the response depends on the dose."""
    seen = (high, low, difference, *tests)
    reason = _between(high, low, difference, tests)
    if tests[-1].estimate >= 1 - facts.level:
        reason += " The difference may be chance."
        return Finding(NOT_SUPPORTED, reason, seen)
    if difference.estimate < 0:
        return Finding(CONTRADICTED, f"{reason} The lower dose did better.", seen)
    return Finding(weighed(difference, facts.wide), reason, seen)


def _compared(
    claim: Claim, facts: Facts
) -> tuple[Observation, Observation, Observation, list[Observation]] | None:
    """Return the highest and the lowest dose of the study, their difference and its tests."""
    if not claim.outcome:
        return None
    rates = at_week(facts.rates(claim.outcome, study_id=claim.study_id), claim.week)
    rates = rates[
        rates["responders"].notna()
        & rates["dose"].notna()
        & rates["dose"].gt(0)
        & ~rates["combined_arm"].eq("yes")
    ]
    rates = rates[rates["dose_unit"].eq(rates["dose_unit"].iloc[0])] if len(rates) else rates
    if rates["dose"].nunique() < 2:
        return None
    rows = list(records(rates.sort_values("dose", kind="stable")))
    high = rate_observation(rows[-1], "highest dose")
    low = rate_observation(rows[0], "lowest dose")
    cells = [
        float(cell) for cell in (high.responders, high.n, low.responders, low.n) if cell is not None
    ]
    compared = contrasts.compare(*cells, level=facts.level)
    counts = over_all_counts((rows[-1].candidates, rows[0].candidates), level=facts.level)
    difference = Observation(
        "highest minus lowest dose", claim.study_id, claim.arm_id, claim.outcome, high.week,
        "difference of shares", float(compared.estimate), counts.lower_min,
        counts.upper_max, basis="printed" if high.basis == low.basis == "printed" else
        "derived", level=facts.level, method=compared.method, setting=high.setting,
        table="responses", rows=(*high.rows, *low.rows),
    )  # fmt: skip
    return high, low, difference, arm_tests(high, low)


def _between(
    high: Observation, low: Observation, difference: Observation, tests: list[Observation]
) -> str:
    return (
        f"{counted(high)} on the highest dose, {counted(low)} on the lowest: difference "
        f"{points_text(difference.estimate)} points, {limits(difference)}; {tests_words(tests)}."
    )
