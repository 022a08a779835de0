"""Rules that need no outcome: what lies outside the tables, design, biomarkers, safety."""

import pandas as pd

from atopic.display.numbers import dose_text, listed, outcome_text
from atopic.evidence.controls import CONTROLS
from atopic.evidence.frames import records
from atopic.questions.claims.cues import PHASES
from atopic.questions.claims.facts import Facts, text, used_rows, whole
from atopic.questions.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    SUPPORTED,
    WIDE,
    Finding,
    Observation,
)
from atopic.questions.claims.reading import Claim, agrees, numbers
from atopic.questions.evidence_map.words import design_words
from atopic.review import UNITS, control_group, control_word, time_word

#: What a mechanism was seen in, in words.
#: Units of claims that are no dose.
_NO_DOSES = ("", "percent", "patients", "events", "p", *(f"{one}s" for one in UNITS))
_SPECIES = {"human": "people", "mouse": "mice", "dog": "dogs", "cells": "cells in culture"}


def outside_the_tables(claim: Claim, facts: Facts) -> Finding | None:
    """Read the claim as context."""
    if claim.testable != "outside-tables" and facts.study(claim.study_id) is not None:
        return None
    reason = f"The claim names no study; nothing here is about {claim.kind or 'it'}."
    if claim.study_id:
        reason = "The claim is marked as one that no table here can test."
    return Finding(CANNOT_BE_TESTED, reason)


def mechanism_not_of_patients(claim: Claim, facts: Facts) -> Finding | None:
    """Say that a mechanism was seen in animals or cells, and that nothing of it is held of people.

    Every table here is of human studies, so that a marker named by the claim would be of patients.
    """
    markers = facts.table("biomarkers")["marker"]
    if markers.isin(claim.named).any():
        return None
    seen = listed(_SPECIES.get(one, one) for one in claim.species)
    reason = f"Seen in {seen}, not in patients." if seen else "No result in patients was found."
    if "human" in claim.species:
        reason = f"Seen in {seen}; no result of patients was found."
    return Finding(CANNOT_BE_TESTED, reason, remark=claim.tested_in)


def value_not_a_number(claim: Claim, _: Facts) -> Finding | None:
    """Refuse a value that cannot be compared."""
    if not claim.claimed or numbers(claim.claimed):
        return None
    return Finding(
        CANNOT_BE_TESTED,
        f"The claimed value, {claim.claimed!r}, is neither a number nor a range of two.",
    )


def dose_of_the_arm(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a dose against the arm."""
    if claim.unit in _NO_DOSES or not claim.claimed:
        return None
    arm = facts.arm(claim.study_id, claim.arm_id)
    if arm is None or pd.isna(arm.dose) or pd.isna(arm.dose_unit):
        return Finding(CANNOT_BE_TESTED, "No single dose of this group is recorded.")
    seen = Observation(
        "dose of the group", claim.study_id, claim.arm_id, measure="count",
        estimate=float(arm.dose), unit=str(arm.dose_unit),
        printed=dose_text(arm.dose, arm.dose_unit),
        table="arms", rows=(int(arm.Index),),
    )  # fmt: skip
    held = f"The group's dose is recorded as {seen.printed}"
    if arm.dose_unit != claim.unit:
        fixed = "" if "/" in arm.dose_unit else ", one fixed dose for every patient"
        return Finding(CONTRADICTED, f"{held}{fixed}, not as {claim.unit}.", (seen,))
    if not agrees(claim.claimed, float(arm.dose)):
        return Finding(CONTRADICTED, f"{held}, not {dose_text(claim.value, claim.unit)}.", (seen,))
    return Finding(SUPPORTED, f"{held}, as claimed.", (seen,))


def recorded_design(claim: Claim, facts: Facts) -> Finding | None:
    """Hold blinding, control, randomisation, phase and size against the record."""
    parts = _design_parts(claim, facts)
    states = {state for state, _ in parts} or {"unknown"}
    state = next(one for one in ("otherwise", "unknown", "agrees") if one in states)
    verdict = {"otherwise": CONTRADICTED, "unknown": CANNOT_BE_TESTED, "agrees": SUPPORTED}[state]
    words = {
        name: listed([said for one, said in parts if one == name])
        for name in ("otherwise", "unknown", "agrees")
    }
    sentences = [
        f"Recorded otherwise: {words['otherwise']}." if words["otherwise"] else "",
        f"Not recorded: {words['unknown']}." if words["unknown"] else "",
        f"As recorded: {words['agrees']}." if words["agrees"] else "",
    ]
    reason = " ".join(one for one in sentences if one) or "No part of the design could be checked."
    study = facts.study(claim.study_id)
    arms = facts.table("arms", study_id=claim.study_id).index
    rows = (("studies", int(study.Index)), *(("arms", int(row)) for row in arms))
    seen: tuple[Observation, ...] = ()
    if pd.notna(study.n_enrolled):
        enrolled = int(study.n_enrolled)
        seen = (
            Observation(
                "patients enrolled", claim.study_id, claim.arm_id, measure="count",
                estimate=float(enrolled), n=enrolled, basis=str(study.n_enrolled_basis),
                unit="patients", table="studies", rows=(int(study.Index),),
            ),
        )  # fmt: skip
    return Finding(verdict, reason, seen, rows)


def _design_parts(claim: Claim, facts: Facts) -> list[tuple[str, str]]:
    """Return for each part of a design that the claim states how it stands, and the words."""
    study = facts.study(claim.study_id)
    arms = facts.table("arms", study_id=claim.study_id)
    parts: list[tuple[str, str]] = []
    if "double-blind" in claim.cues:
        parts.append(_blinding(text(study.blinding)))
    if "controlled" in claim.cues:
        control = arms["role"].isin([*CONTROLS, "active-comparator"]).any()
        doses = len(arms[~arms["combined_arm"].eq("yes")])
        what = (
            f"{doses} group{'s' * (doses != 1)}, none of them with {control_word()} or a comparator"
        )
        parts.append(("agrees", "a control group") if control else ("otherwise", what))
    if "randomised" in claim.cues:
        design = text(study.design)
        known = bool(design) and design not in ("umbrella", "pooled-analysis", "follow-up")
        state = "agrees" if design.startswith("randomised") else "otherwise"
        words = design_words(design) if design else "blank"
        parts.append((state if known else "unknown", f"design ({words})"))
    if claimed := {PHASES[word] for word in claim.cues if word in PHASES}:
        parts.append(_phase(claimed, text(study.phase)))
    if claim.unit == "patients" and claim.claimed:
        if pd.isna(study.n_enrolled):
            parts.append(("unknown", "the number enrolled"))
        else:
            state = "agrees" if agrees(claim.claimed, float(study.n_enrolled)) else "otherwise"
            parts.append((state, f"{int(study.n_enrolled)} patients enrolled"))
    return parts


def _blinding(recorded: str) -> tuple[str, str]:
    if recorded in ("", "unknown"):
        return "unknown", "the blinding"
    return ("agrees" if recorded == "double" else "otherwise"), f"blinding {recorded}"


def _phase(claimed: set[int], recorded: str) -> tuple[str, str]:
    held = {int(digit) for digit in recorded if digit in "1234"}
    said = f"phase {recorded or 'blank'}"
    if not held:
        return "unknown", said
    return ("agrees" if claimed <= held else "otherwise"), said


def no_rule_applies(claim: Claim, facts: Facts) -> Finding:
    """Say that nothing here can test it."""
    what = f"a claim of kind {claim.kind!r}" + (f" in {claim.unit!r}" if claim.unit else "")
    missing = (
        f" for its study, group, outcome and {time_word()}" if facts.study(claim.study_id) else ""
    )
    return Finding(CANNOT_BE_TESTED, f"No rule can test {what} with what we found{missing}.")


def marker_direction_only(claim: Claim, facts: Facts) -> Finding | None:
    """Leave a bare direction as it is."""
    rows = _markers(claim, facts)
    if rows.empty or rows["value"].notna().any():
        return None
    said = [
        f"{outcome_text(row.marker)} {row.direction}" + (f" in {row.n}" if pd.notna(row.n) else "")
        for row in records(rows)
    ]
    significant = rows["significance"].eq("printed").any()
    test = " The source gives no P value."
    compared = rows["comparison"].eq("versus-placebo").any()
    reason = (
        f"Only directions were found ({listed(said)})"
        f"{'' if compared else f', and no {control_group()}'}.{test if significant else ''}"
    )
    return Finding(CANNOT_BE_TESTED, reason, rows=used_rows("biomarkers", rows))


def marker_value(claim: Claim, facts: Facts) -> Finding | None:
    """Hold a biomarker value against the row."""
    rows = _markers(claim, facts)
    rows = rows[rows["value"].notna()] if len(rows) else rows
    if rows.empty or not claim.claimed:
        return None
    row = next(records(rows))
    seen = Observation(
        "value reported", claim.study_id, claim.arm_id, str(row.marker), whole(row.week), "change",
        float(row.value), unit=text(row.unit), n=whole(row.n), table="biomarkers",
        rows=(int(row.Index),),
    )  # fmt: skip
    same = agrees(claim.claimed, float(row.value))
    reason = f"The row reports {row.value:g} {text(row.unit)}".rstrip() + ", without a spread."
    return Finding(WIDE if same else CONTRADICTED, reason, (seen,))


def _markers(claim: Claim, facts: Facts) -> pd.DataFrame:
    rows = facts.table("biomarkers", **claim.place)
    return rows[rows["marker"].isin(claim.named)] if len(rows) else rows
