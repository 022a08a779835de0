"""Looking up comparisons: rates and scores of two arms, P values printed and computed."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from atopic.display.numbers import listed, points_text
from atopic.display.p_values import p_equals
from atopic.evidence.frames import records
from atopic.questions.claims.facts import Facts, at_week, rate_observation, whole
from atopic.questions.claims.finding import Observation
from atopic.questions.claims.reading import Claim
from atopic.questions.claims.words import counted, limits
from atopic.questions.controlled_effect import trial_effects
from atopic.questions.severity_reduction.estimates import reduction_differences, score_reductions
from atopic.review import control_group, control_word
from atopic.stats import contrasts

#: The claimed arm and the placebo arm.
Pair = tuple[Observation, Observation]


def effect_of(claim: Claim, facts: Facts) -> tuple[Pair, Observation] | None:
    """Return the rates of the claimed arm and of placebo, and their difference."""
    if not claim.outcome:
        return None
    effects = facts.once(
        ("effects", claim.outcome, claim.study_id),
        lambda: trial_effects(
            facts.evidence.of_study(claim.study_id),
            claim.outcome,
            studies=[claim.study_id],
            level=facts.level,
        ),
    )
    effects = at_week(effects[effects["arm_id"].eq(claim.arm_id)], claim.week)
    if effects.empty:
        return None
    row = next(records(effects))
    rates = facts.rates(claim.outcome, study_id=claim.study_id)
    active = next(records(rates[rates["row"].eq(row.row)]))
    placebo = next(records(rates[rates["row"].eq(row.reference_row)]))
    difference = Observation(
        f"difference from {control_word()}",
        claim.study_id, claim.arm_id, claim.outcome, whole(row.week),
        "difference of shares", float(row.estimate), float(row.lower_min), float(row.upper_max),
        responders=whole(row.responders), n=whole(row.n), basis=str(row.basis), level=facts.level,
        method=row.method, setting="controlled", table="responses",
        rows=(int(row.row), int(row.reference_row)),
    )  # fmt: skip
    pair = (
        rate_observation(active, "the group claimed"),
        rate_observation(placebo, control_group()),
    )
    return pair, difference


def against_words(seen: Pair, difference: Observation) -> str:
    """Return two rates and their difference in words."""
    active, placebo = seen
    return (
        f"{counted(active)} against {counted(placebo)} on {control_word()}: difference "
        f"{points_text(difference.estimate)} points, {limits(difference)}."
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


def tests_words(tests: Iterable[Observation]) -> str:
    """Return the P values of `arm_tests` in words."""
    return listed(f"{one.method} {p_equals(one.estimate)}" for one in tests)


def printed_contrasts(claim: Claim, facts: Facts) -> pd.DataFrame:
    """Return the rows of contrasts.csv on a claim's arm and outcome, at its week if any."""
    rows = facts.table("contrasts", **claim.place, outcome=claim.outcome)
    return at_week(rows, claim.week, or_without_week=True)


def p_rows(claim: Claim, facts: Facts) -> list[Any]:
    """Return the rows of contrasts.csv that print a P value for a claim's comparison."""
    rows = printed_contrasts(claim, facts)
    return list(records(rows[rows["measure"].eq("p_value") & rows["value"].notna()]))


def p_observation(row: Any) -> Observation:
    """Return a printed P value as an observation."""
    return Observation(
        "P value reported", row.study_id, row.arm_id, row.outcome, whole(row.week), "P",
        float(row.value), method="printed", printed=f"{row.value:g}",
        table="contrasts", rows=(int(row.Index),),
    )  # fmt: skip


def arm_sizes(row: Any, facts: Facts) -> tuple[int | None, int | None]:
    """Return the sizes of both arms of a row of contrasts.csv, analysed or else randomised."""
    sizes = []
    for arm_id in (row.arm_id, row.reference_arm_id):
        arm = facts.arm(row.study_id, arm_id)
        known = [] if arm is None else [arm.n_analysed, arm.n_randomised]
        sizes.append(next((int(n) for n in known if pd.notna(n)), None))
    return sizes[0], sizes[1]


def sizes_printed(row: Any, facts: Facts) -> bool:
    """Say whether the sizes of `arm_sizes` were printed, not deduced or planned."""
    for arm_id in (row.arm_id, row.reference_arm_id):
        arm = facts.arm(row.study_id, arm_id)
        if arm is None:
            return False
        basis = arm.n_analysed_basis if pd.notna(arm.n_analysed) else arm.n_randomised_basis
        if basis != "printed":
            return False
    return True


def score_differences(claim: Claim, facts: Facts, outcome: str, assume: Any) -> pd.DataFrame:
    """Return the differences of score changes from placebo that have an interval."""
    known = facts.table("scores", study_id=claim.study_id, outcome=outcome)
    if known.empty:
        return known.assign(lower=0.0, spread_used="")
    weeks = [] if claim.week is None else [claim.week]
    scores = score_reductions(
        facts.evidence.of_study(claim.study_id), outcome, weeks=weeks, studies=[claim.study_id],
        assume=assume, level=facts.level,
    )  # fmt: skip
    pairs = reduction_differences(scores)
    return pairs[pairs["arm_id"].eq(claim.arm_id) & pairs["lower"].notna()]


def score_difference(row: Any, facts: Facts) -> Observation:
    """Return a difference of score changes as an observation."""
    sizes = facts.table("scores").loc[[row.row, row.reference_row], "n_basis"]
    return Observation(
        f"difference from {control_word()}", row.study_id, row.arm_id, row.outcome, whole(row.week),
        "difference of changes", float(row.estimate), float(row.lower), float(row.upper),
        unit=row.unit, n=whole(row.n), level=facts.level, method=row.method,
        basis="derived" if sizes.eq("inferred").any() else "printed", setting="controlled",
        table="scores", rows=(int(row.row), int(row.reference_row)),
    )  # fmt: skip
