"""Rules for claims against placebo."""

from typing import Any

from atopic.display.numbers import listed, outcome_text, points_text, when_text
from atopic.display.p_values import p_reported
from atopic.display.pooling_names import name_of
from atopic.evidence.controls import CONTROLLED
from atopic.evidence.direction import favoured
from atopic.evidence.frames import records
from atopic.questions.claims.comparison_facts import (
    Pair,
    against_words,
    arm_sizes,
    arm_tests,
    effect_of,
    p_observation,
    p_rows,
    printed_contrasts,
    sizes_printed,
    tests_words,
)
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
    WIDE,
    Finding,
    Observation,
    weighed,
)
from atopic.questions.claims.reading import Claim, agrees
from atopic.questions.claims.words import counted, limits
from atopic.review import control_group, control_word, time_word
from atopic.stats import contrasts


def after_the_control_ended(claim: Claim, facts: Facts) -> Finding | None:
    """Ask whether the placebo arm was still on placebo."""
    rows = list(records(facts.rates_of(claim)))
    if not rows or any(row.setting in CONTROLLED for row in rows):
        return None
    seen = tuple(rate_observation(row, "the group claimed") for row in rows)
    beside = facts.rates(claim.outcome, study_id=claim.study_id, arm_role="placebo")
    last = [rate_observation(row, f"{control_group()}, last reported") for row in records(beside)][
        -1:
    ]
    figures = listed(f"{counted(one)}{when_text(one.week)}" for one in seen)
    crossed = any(row.setting == "after-crossover" for row in rows)
    reason = f"We found no rate on {control_word()} to compare with {figures}."
    if crossed:
        reason = (
            f"The {control_group()} had been treated by then, so nothing can be compared with "
            f"{figures}."
        )
    if last:
        reason += (
            f" The last rate on {control_word()} is {counted(last[0])}{when_text(last[0].week)}."
        )
    return Finding(
        NOT_SUPPORTED,
        reason,
        (*seen, *last),
        used_rows("contrasts", printed_contrasts(claim, facts)),
    )


def printed_rate_otherwise(claim: Claim, facts: Facts) -> Finding | None:
    """Hold every percentage of a comparison against the printed rates."""
    if claim.unit != "percent":
        return None
    own = list(records(facts.rates_of(claim)))
    if not own:
        return None
    rates = facts.rates(claim.outcome, study_id=claim.study_id)
    every = list(records(at_week(rates, claim.week)))
    # A percentage is also agreed with by the exact share of a printed count.
    printed = [text(row.percent_printed) or str(100 * float(row.estimate)) for row in every]
    strange = [
        said for said in claim.percentages if not any(agrees(said, value) for value in printed)
    ]
    if any(says(claim, row) for row in own) and not strange:
        return None
    seen = tuple(rate_observation(row, "reported for this trial") for row in every)
    wrong = listed(f"{said}%" for said in strange) or claim.value_text
    reason = f"Reported are {listed(map(counted, seen))}, not {wrong}."
    return Finding(CONTRADICTED, reason, seen)


def p_value_otherwise(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a P value against the printed one."""
    rows = p_rows(claim, facts) if claim.p_value else []
    if not rows or any(agrees(claim.p_value, f"{row.value:g}") for row in rows):
        return None
    seen = tuple(p_observation(row) for row in rows)
    held = listed(f"P {row.value_operator} {row.value:g}" for row in rows)
    return Finding(CONTRADICTED, f"Reported is {held}, not P = {claim.p_value}.", seen)


def rates_against_placebo(claim: Claim, facts: Facts) -> Finding | None:
    """Check what is said of both arms: a miss, no difference, or that the treatment did better."""
    effect = effect_of(claim, facts)
    if effect is None:
        return None
    if "missed" in claim.cues:
        return _endpoint_missed(claim, facts, *effect)
    if "no-difference" in claim.cues:
        return _no_difference(*effect)
    return _did_better(claim, facts, *effect)


def _endpoint_missed(claim: Claim, facts: Facts, seen: Pair, difference: Observation) -> Finding:
    """Check a miss."""
    said = printed_contrasts(claim, facts)
    said = said[~said["analysis_set"].eq("after-crossover").fillna(False)]
    called = [text(row.reported_significance) for row in records(said)]
    apart = difference.lower > 0 or difference.upper < 0
    tests = arm_tests(*seen)
    reason = against_words(seen, difference)
    if "not-significant" in called:
        reason += " The source calls it not significant."
    if "significant" in called or apart:
        reason += " That is no miss."
        return Finding(
            CONTRADICTED, reason, (*seen, difference, *tests), used_rows("contrasts", said)
        )
    verdict = weighed(difference, facts.wide)
    return Finding(verdict, reason, (*seen, difference, *tests), used_rows("contrasts", said))


def _no_difference(seen: Pair, difference: Observation) -> Finding:
    """Check that two arms are said not to differ."""
    apart = difference.lower > 0 or difference.upper < 0
    return Finding(
        CONTRADICTED if apart else WIDE, against_words(seen, difference), (*seen, difference)
    )


def _did_better(claim: Claim, facts: Facts, seen: Pair, difference: Observation) -> Finding:
    """Check that the treatment did better."""
    reason = against_words(seen, difference)
    further: list[Observation] = []
    if claim.p_value:
        further = arm_tests(seen[0], seen[1])
        given = [one.method for one in further if agrees(claim.p_value, one.estimate)]
        reason += f" From these counts {tests_words(further)};"
        rounds = f"{listed(given)} rounds to {p_reported(claim.p_value)}"
        reason += f" {rounds if given else 'none rounds to it'}."
    study = facts.study(claim.study_id)
    if text(study.blinding) != "double":
        reason += f" The trial was {_blinded(text(study.blinding))}."
    if difference.lower <= 0:
        return Finding(NOT_SUPPORTED, reason, (*seen, difference, *further))
    verdict = weighed(difference, facts.wide)
    rows = used_rows("contrasts", printed_contrasts(claim, facts))
    return Finding(verdict, reason, (*seen, difference, *further), rows)


def p_value_without_rates(claim: Claim, facts: Facts) -> Finding | None:
    """Ask what a P value allows where no rates were printed."""
    rows = p_rows(claim, facts) if claim.p_value else []
    arms = [(row, *arm_sizes(row, facts)) for row in rows if row.value_operator == "="]
    sized = [(row, n_1, n_0) for row, n_1, n_0 in arms if n_1 and n_0]
    if not sized:
        return None
    row, n_1, n_0 = sized[0]
    favours = favoured(facts.evidence.instruments, row.outcome, row.direction)
    tests: Any = ("chi-square", "chi-square-corrected", "fisher")
    allowed = contrasts.p_value_bounds(f"{row.value:g}", n_1, n_0, tests=tests, favours=favours)
    printed = p_observation(row)
    tables = allowed.tables
    if tables.empty:
        reason = (
            f"Only P = {row.value:g} was found, no rates, and none of "
            f"{listed(map(name_of, tests))} gives it with {n_1} and {n_0} patients."
        )
        return Finding(NOT_SUPPORTED, reason, (printed,))
    every = contrasts.compare(
        tables["responders_1"], n_1, tables["responders_0"], n_0, level=facts.level
    )
    difference = Observation(
        "differences that the P value allows", claim.study_id, claim.arm_id, claim.outcome,
        whole(row.week), "difference of shares", float("nan"), float(every.lower.min()),
        float(every.upper.max()), n=n_1, basis="ambiguous", level=facts.level, method="newcombe",
        setting="controlled", table="contrasts", rows=(int(row.Index),),
    )  # fmt: skip
    able = list(dict.fromkeys(tables["test"]))
    lowest, highest = (
        points_text(tables["difference"].min()),
        points_text(tables["difference"].max()),
    )
    pairs = [f"{one.responders_1} against {one.responders_0}" for one in records(tables)]
    counts = f" ({listed(pairs)})" if len(pairs) <= 4 else f" ({len(pairs)} pairs of counts)"
    reason = (
        f"Only P = {row.value:g} was found, no rates and no name of a test. With {n_1} and {n_0} "
        f"patients{'' if sizes_printed(row, facts) else ' (presumed)'} only "
        f"{listed(map(name_of, able))} gives it{counts}: a difference of "
        f"{lowest if lowest == highest else f'{lowest} to {highest}'} points, {limits(difference)}."
    )
    return Finding(WIDE, reason, (printed, difference))


def statement_only(claim: Claim, facts: Facts) -> Finding | None:
    """Leave a bare statement of significance as it is."""
    rows = facts.table("contrasts", **claim.place)
    rows = at_week(rows[rows["outcome"].isin(claim.named)], claim.week, or_without_week=True)
    if rows.empty:
        return None
    said = listed(
        f"{outcome_text(row.outcome)} "
        + (text(row.reported_significance) or "no significance").replace("-", " ")
        for row in records(rows)
    )
    reason = f"Known in words only ({said}): no value of either group was found."
    if rows["reported_significance"].eq("not-significant").any():
        reason += " Not significant is not the same as no difference."
    return Finding(CANNOT_BE_TESTED, reason, rows=used_rows("contrasts", rows))


def comparison_not_printed(claim: Claim, _: Facts) -> Finding | None:
    """Leave a comparison open that nobody printed."""
    reason = (
        f"No {claim.outcome or 'value'} of both groups was found for this trial and {time_word()}."
    )
    return Finding(CANNOT_BE_TESTED, reason)


def _blinded(recorded: str) -> str:
    return {"single": "single-blind", "open": "open"}.get(recorded, "of unknown blinding")
