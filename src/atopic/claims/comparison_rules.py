"""Rules for claims against placebo, and for claims about doses."""

from typing import Any

import pandas as pd

from atopic import contrasts
from atopic.claims.facts import Facts, rate_observation, says, text, whole
from atopic.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    WIDE,
    Finding,
    Observation,
    weighed,
)
from atopic.claims.reading import Claim, agrees
from atopic.claims.words import change, counted, limits, listed, p_text, points
from atopic.controlled import trial_effects
from atopic.reductions import reduction_differences, score_reductions
from atopic.tables import records

__all__ = [
    "after_the_control_ended",
    "arm_tests",
    "comparison_not_printed",
    "endpoint_missed",
    "no_difference_from_placebo",
    "p_value_otherwise",
    "p_value_without_rates",
    "printed_rate_otherwise",
    "rates_against_placebo",
    "scores_against_placebo",
    "statement_only",
]

_KIND = "comparison-with-placebo"


def after_the_control_ended(claim: Claim, facts: Facts) -> Finding | None:
    """Ask whether the placebo arm was still on placebo.

    When: a comparison with placebo, and the arm's rows at that week are not from a
    placebo-controlled period.
    Then: not supported.
    """
    rows = list(records(facts.rates_of(claim))) if claim.kind == _KIND else []
    if not rows or any(row.setting == "controlled" for row in rows):
        return None
    seen = tuple(rate_observation(row, "the arm claimed") for row in rows)
    beside = facts.rates(claim.outcome, study_id=claim.study_id, arm_role="placebo")
    last = [rate_observation(row, "placebo arm, last printed") for row in records(beside)][-1:]
    reason = (
        f"{listed(f'{counted(one)} at week {one.week}' for one in seen)} has no placebo arm beside "
        "it: "
    )
    crossed = any(row.setting == "after-crossover" for row in rows)
    reason += "that arm had been treated too by then." if crossed else "none is held at that week."
    if last:
        reason += f" Its last printed rate is {counted(last[0])} at week {last[0].week}."
    return Finding(
        NOT_SUPPORTED, reason, (*seen, *last), _rows("contrasts", _printed(claim, facts))
    )


def printed_rate_otherwise(claim: Claim, facts: Facts) -> Finding | None:
    """Hold every percentage of a comparison against the printed rates.

    When: a comparison with placebo in percent, and a percentage in it is printed for neither arm
    at that week.
    Then: contradicted.
    """
    if claim.kind != _KIND or claim.unit != "percent":
        return None
    own = list(records(facts.rates_of(claim)))
    if not own:
        return None
    week = claim.week
    every = [
        row
        for row in records(facts.rates(claim.outcome, study_id=claim.study_id))
        if week is None or row.week == week
    ]
    # A percentage is also agreed with by the exact share of a printed count.
    printed = [text(row.percent_printed) or str(100 * float(row.estimate)) for row in every]
    strange = [
        said for said in claim.percentages if not any(agrees(said, value) for value in printed)
    ]
    if any(says(claim, row) for row in own) and not strange:
        return None
    seen = tuple(rate_observation(row, "printed for this trial") for row in every)
    wrong = listed(f"{said} %" for said in strange) or claim.value_text
    reason = f"Printed are {listed(map(counted, seen))}, not {wrong}."
    return Finding(CONTRADICTED, reason, seen)


def p_value_otherwise(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a P value against the printed one.

    When: a P value is claimed, the trial prints P values for that outcome and week, and none is
    the claimed one up to rounding.
    Then: contradicted.
    """
    rows = _p_rows(claim, facts) if claim.p_value else []
    if not rows or any(agrees(claim.p_value, f"{row.value:g}") for row in rows):
        return None
    seen = tuple(_p_observation(row) for row in rows)
    held = listed(f"P {row.value_operator} {row.value:g}" for row in rows)
    return Finding(CONTRADICTED, f"Printed is {held}, not P = {claim.p_value}.", seen)


def endpoint_missed(claim: Claim, facts: Facts) -> Finding | None:
    """Check a miss.

    When: the words say that the endpoint was missed, and both arms print rates.
    Then: contradicted if the trial's own statement is that the difference is significant, or if
    the interval of the difference excludes none; otherwise supported, or supported with wide
    uncertainty if that interval is wider than the limit.
    """
    effect = _effect(claim, facts) if "missed" in claim.cues else None
    if effect is None:
        return None
    seen, difference = effect
    said = _printed(claim, facts)
    said = said[~said["analysis_set"].eq("after-crossover").fillna(False)]
    called = [text(row.reported_significance) for row in records(said)]
    apart = difference.lower > 0 or difference.upper < 0
    tests = arm_tests(*seen)
    values = listed(f"{one.method} P = {p_text(one.estimate)}" for one in tests)
    reason = f"{_against(seen, difference)} From these counts {values}."
    if "not-significant" in called:
        reason += " The source calls it not significant."
    if "significant" in called or apart:
        reason += " That is no miss."
        return Finding(CONTRADICTED, reason, (*seen, difference, *tests), _rows("contrasts", said))
    reason += " A missed endpoint does not show that there is no effect."
    verdict = weighed(difference, facts.wide)
    return Finding(verdict, reason, (*seen, difference, *tests), _rows("contrasts", said))


def no_difference_from_placebo(claim: Claim, facts: Facts) -> Finding | None:
    """Check that two arms are said not to differ.

    When: the words say that treatment and placebo did not differ, and both arms print rates.
    Then: contradicted if the interval of the difference excludes none; otherwise supported with
    wide uncertainty, whatever its width: without a margin, no interval shows that arms are alike.
    """
    effect = _effect(claim, facts) if "no difference" in claim.cues else None
    if effect is None:
        return None
    seen, difference = effect
    apart = difference.lower > 0 or difference.upper < 0
    return Finding(CONTRADICTED if apart else WIDE, _against(seen, difference), (*seen, difference))


def rates_against_placebo(claim: Claim, facts: Facts) -> Finding | None:
    """Check that the treatment did better.

    When: a comparison says so, and both arms print rates with counts.
    Then: not supported if the interval of the difference, over every count that fits, does not
    exclude none; otherwise supported, or supported with wide uncertainty if it is wider than the
    limit.
    """
    effect = _effect(claim, facts)
    if effect is None:
        return None
    seen, difference = effect
    reason = _against(seen, difference)
    further: list[Observation] = []
    if claim.p_value:
        further = arm_tests(seen[0], seen[1])
        given = [one.method for one in further if agrees(claim.p_value, one.estimate)]
        values = listed(f"{one.method} {one.estimate:.4f}" for one in further)
        reason += f" P from these counts: {values};"
        reason += f" {listed(given)} prints as {claim.p_value}." if given else " none prints as it."
    study = facts.study(claim.study_id)
    if text(study.blinding) != "double":
        reason += f" The trial was {_blinded(text(study.blinding))}."
    if difference.lower <= 0:
        return Finding(NOT_SUPPORTED, reason, (*seen, difference, *further))
    verdict = weighed(difference, facts.wide)
    rows = _rows("contrasts", _printed(claim, facts))
    return Finding(verdict, reason, (*seen, difference, *further), rows)


def scores_against_placebo(claim: Claim, facts: Facts) -> Finding | None:
    """Check that a score fell further than on placebo.

    When: a comparison says so of scores, and both arms print a mean change with a spread.
    Then: not supported if the interval of any difference does not exclude none; supported with
    wide uncertainty if a spread without a label had to be taken for a standard deviation or a size
    was deduced; otherwise supported.
    """
    if claim.kind != _KIND or "no difference" in claim.cues:
        return None
    seen: list[Observation] = []
    as_errors: list[Observation] = []
    assumed = False
    for outcome in claim.named:
        for assume, found in (("sd", seen), ("se", as_errors)):
            pairs = _score_differences(claim, facts, outcome, assume)
            found += [_score_difference(row, facts) for row in records(pairs)]
            spreads = pairs["spread_used"].astype(str)
            assumed |= bool(spreads.str.startswith("assumed").any())
    if not seen:
        return None
    deduced = any(one.basis == "derived" for one in seen)
    reason = " ".join(
        f"{one.outcome}: difference {change(one.estimate, one.unit)}, {limits(one)}."
        for one in seen
    )
    if assumed:
        se = as_errors[0]
        reason += (
            " The printed spreads have no label and are taken for standard deviations; as standard "
            f"errors they would give {change(se.lower)} to {change(se.upper)} for the first."
        )
    if deduced:
        reason += " The arm sizes are deduced."
    missed = facts.table("contrasts", study_id=claim.study_id, arm_id=claim.arm_id)
    missed = missed[missed["reported_significance"].eq("not-significant").fillna(False)]
    if len(missed):
        which = listed(f"{row.outcome} at week {row.week}" for row in records(missed))
        reason += f" In the same trial {which} was not significant, so this is nominal."
    rows = _rows("contrasts", missed)
    if any(one.upper >= 0 for one in seen):
        return Finding(NOT_SUPPORTED, reason, tuple(seen), rows)
    verdict = WIDE if assumed or deduced or len(missed) else "supported"
    return Finding(verdict, reason, tuple(seen), rows)


def p_value_without_rates(claim: Claim, facts: Facts) -> Finding | None:
    """Ask what a P value allows where no rates were printed.

    When: a comparison whose trial prints an exact P value, but no rates of both arms.
    Then: not supported if no usual test of two rates can give that P value with these arm sizes;
    otherwise supported with wide uncertainty, with the differences that it allows.
    """
    rows = _p_rows(claim, facts) if claim.kind == _KIND and claim.p_value else []
    arms = [(row, *_sizes(row, facts)) for row in rows if row.value_operator == "="]
    sized = [(row, n_1, n_0) for row, n_1, n_0 in arms if n_1 and n_0]
    if not sized:
        return None
    row, n_1, n_0 = sized[0]
    favours: Any = {"favours-arm": "1", "favours-reference": "0"}.get(str(row.direction))
    tests: Any = ("chi-square", "chi-square-corrected", "fisher")
    allowed = contrasts.p_value_bounds(f"{row.value:g}", n_1, n_0, tests=tests, favours=favours)
    printed = _p_observation(row)
    tables = allowed.tables
    if tables.empty:
        reason = (
            f"P = {row.value:g} is printed without rates, and none of {listed(tests)} gives it "
            f"with {n_1} and {n_0} patients."
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
    lowest, highest = points(tables["difference"].min()), points(tables["difference"].max())
    pairs = [f"{one.responders_1} against {one.responders_0}" for one in records(tables)]
    counts = f" ({listed(pairs)})" if len(pairs) <= 4 else f" ({len(pairs)} pairs of counts)"
    reason = (
        f"P = {row.value:g} is printed without rates. With {n_1} and {n_0} patients only "
        f"{listed(able)} gives it{counts}: a difference of "
        f"{lowest if lowest == highest else f'{lowest} to {highest}'} points, {limits(difference)}."
    )
    return Finding(WIDE, reason, (printed, difference))


def statement_only(claim: Claim, facts: Facts) -> Finding | None:
    """Leave a bare statement of significance as it is.

    When: a comparison for which the trial prints that something was or was not significant, and no
    value for both arms.
    Then: it cannot be tested.
    """
    if claim.kind != _KIND:
        return None
    rows = facts.table("contrasts", **claim.place)
    rows = rows[rows["outcome"].isin(claim.named)]
    if claim.week is not None:
        rows = rows[rows["week"].isna() | rows["week"].eq(claim.week).fillna(False)]
    if rows.empty:
        return None
    said = listed(
        f"{row.outcome} {(text(row.reported_significance) or 'no significance').replace('-', ' ')}"
        for row in records(rows)
    )
    reason = f"Printed in words only ({said}), without a value for either arm."
    if rows["reported_significance"].eq("not-significant").any():
        reason += " Not significant is not the same as no difference."
    return Finding(CANNOT_BE_TESTED, reason, rows=_rows("contrasts", rows))


def comparison_not_printed(claim: Claim, _: Facts) -> Finding | None:
    """Leave a comparison open that nobody printed.

    When: a comparison for which neither rates, nor scores, nor a P value of both arms are held.
    Then: it cannot be tested.
    """
    if claim.kind != _KIND:
        return None
    reason = f"No {claim.outcome or 'value'} of both arms is held for this trial and week."
    return Finding(CANNOT_BE_TESTED, reason)


def _effect(
    claim: Claim, facts: Facts
) -> tuple[tuple[Observation, Observation], Observation] | None:
    """Return the rates of the claimed arm and of placebo, and their difference."""
    if claim.kind != _KIND or not claim.outcome:
        return None
    effects = trial_effects(
        facts.evidence, claim.outcome, studies=[claim.study_id], level=facts.level
    )
    effects = effects[effects["arm_id"].eq(claim.arm_id)]
    if claim.week is not None:
        effects = effects[effects["week"].eq(claim.week).fillna(False).astype(bool)]
    if effects.empty:
        return None
    row = next(records(effects))
    rates = facts.rates(claim.outcome, study_id=claim.study_id)
    active = next(records(rates[rates["row"].eq(row.row)]))
    placebo = next(records(rates[rates["row"].eq(row.reference_row)]))
    difference = Observation(
        "difference from placebo", claim.study_id, claim.arm_id, claim.outcome, whole(row.week),
        "difference of shares", float(row.estimate), float(row.lower_min), float(row.upper_max),
        responders=whole(row.responders), n=whole(row.n), basis=str(row.basis), level=facts.level,
        method=row.method, setting="controlled", table="responses",
        rows=(int(row.row), int(row.reference_row)),
    )  # fmt: skip
    pair = rate_observation(active, "the arm claimed"), rate_observation(placebo, "placebo arm")
    return pair, difference


def _against(seen: tuple[Observation, Observation], difference: Observation) -> str:
    active, placebo = seen
    return (
        f"{counted(active)} against {counted(placebo)} on placebo: difference "
        f"{points(difference.estimate)} points, {limits(difference)}."
    )


def arm_tests(active: Observation, placebo: Observation) -> list[Observation]:
    """Return the P values of the chi-square test and of Fisher's test of two arms with counts."""
    cells = (active.responders, active.n, placebo.responders, placebo.n)
    if any(cell is None for cell in cells):
        return []
    basis = "printed" if active.basis == placebo.basis == "printed" else "derived"
    x1, n1, x0, n0 = (int(cell) for cell in cells if cell is not None)
    found = {
        "chi-square": contrasts.chi_square_test(x1, n1, x0, n0),
        "Fisher": contrasts.exact_test(x1, n1, x0, n0),
    }
    return [
        Observation(
            "test of the difference", active.study_id, active.arm_id, active.outcome, active.week,
            "P", float(p), method=name, basis=basis, setting=active.setting,
            table="responses", rows=(*active.rows, *placebo.rows),
        )
        for name, p in found.items()
    ]  # fmt: skip


def _printed(claim: Claim, facts: Facts) -> pd.DataFrame:
    rows = facts.table("contrasts", **claim.place, outcome=claim.outcome)
    if claim.week is not None:
        rows = rows[rows["week"].isna() | rows["week"].eq(claim.week).fillna(False)]
    return rows


def _p_rows(claim: Claim, facts: Facts) -> list[Any]:
    rows = _printed(claim, facts)
    return list(records(rows[rows["measure"].eq("p_value") & rows["value"].notna()]))


def _p_observation(row: Any) -> Observation:
    return Observation(
        "P value printed", row.study_id, row.arm_id, row.outcome, whole(row.week), "P",
        float(row.value), method="printed", printed=f"{row.value:g}",
        table="contrasts", rows=(int(row.Index),),
    )  # fmt: skip


def _sizes(row: Any, facts: Facts) -> tuple[int | None, int | None]:
    sizes = []
    for arm_id in (row.arm_id, row.reference_arm_id):
        arm = facts.arm(row.study_id, arm_id)
        known = [] if arm is None else [arm.n_analysed, arm.n_randomised]
        sizes.append(next((int(n) for n in known if pd.notna(n)), None))
    return sizes[0], sizes[1]


def _score_differences(claim: Claim, facts: Facts, outcome: str, assume: Any) -> pd.DataFrame:
    weeks = [] if claim.week is None else [claim.week]
    scores = score_reductions(
        facts.evidence, outcome, weeks=weeks, studies=[claim.study_id], assume=assume,
        level=facts.level,
    )  # fmt: skip
    pairs = reduction_differences(scores)
    return pairs[pairs["arm_id"].eq(claim.arm_id) & pairs["lower"].notna()]


def _score_difference(row: Any, facts: Facts) -> Observation:
    sizes = facts.table("scores").loc[[row.row, row.reference_row], "n_basis"]
    return Observation(
        "difference from placebo", row.study_id, row.arm_id, row.outcome, whole(row.week),
        "difference of changes", float(row.estimate), float(row.lower), float(row.upper),
        unit=row.unit, n=whole(row.n), level=facts.level, method=row.method,
        basis="derived" if sizes.eq("inferred").any() else "printed", setting="controlled",
        table="scores", rows=(int(row.row), int(row.reference_row)),
    )  # fmt: skip


def _blinded(recorded: str) -> str:
    return {"single": "single-blind", "open": "open"}.get(recorded, "of unknown blinding")


def _rows(table: str, rows: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    return tuple((table, int(row)) for row in rows.index)
