"""What is not printed of safety, in sentences: silence is no count of zero."""

from collections.abc import Iterable

import pandas as pd

from atopic.display.numbers import listed, study_name
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import as_names, of_choice
from atopic.questions.evidence_map import patient_groups, patients_of, scope_note

__all__ = ["placebo_note", "silence_note"]


def placebo_note(evidence: Evidence) -> str:
    """Say whether the placebo arms of the synthesis print adverse events at all."""
    arms = evidence.joined("arms", "studies")
    used = arms["studies.role"].eq("evidence") & arms["studies.in_synthesis"].eq("yes")
    placebo = arms[arms["role"].eq("placebo") & used]
    if placebo.empty:
        return "There is no placebo arm in any cell-therapy trial of the synthesis."
    safety = evidence.safety
    counted = safety[safety["count"].notna()].merge(placebo[["study_id", "arm_id"]])
    if len(counted):
        named = listed(sorted(counted["study_id"].unique()))
        return (
            f"Placebo groups with a reported count: {named}, of {len(placebo)} placebo arms in "
            "cell-therapy trials of the synthesis."
        )
    return (
        f"No count of adverse events was read for any of the {len(placebo)} placebo arms of "
        "the synthesis, so nothing here can be compared with placebo: whether cells add a "
        "risk cannot be computed from what was read."
    )


def silence_note(
    evidence: Evidence,
    adverse: pd.DataFrame,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
) -> str:
    """Say which studies print no count of the events asked for, and what was not found."""
    wanted = as_names("studies", studies)
    table = evidence.studies
    known = set(table["study_id"])
    unknown = scope_note(evidence, studies=wanted, exclude=exclude)
    sentences = [unknown] if unknown else []
    used = table["role"].eq("evidence") & table["in_synthesis"].eq("yes")
    left = of_choice(evidence, table["study_id"], exclude=exclude, controlled=controlled)
    kept = set(table.loc[left, "study_id"])
    asked = [study for study in wanted if study in known & kept] or (
        [] if wanted else table.loc[used & left, "study_id"].to_list()
    )
    counted = set(adverse.loc[adverse["count"].notna(), "study_id"])
    silent = [study for study in asked if study not in counted]
    names = listed(study_name(study) for study in silent)
    if silent:
        share = "" if wanted else f", with {_patients(evidence, silent, asked)}"
        sentences.append(
            f"No count of these events was read for {names}{share}: that none "
            "was read does not mean that there were none."
        )
    serious = adverse.loc[adverse["event"].eq("sae") & adverse["count"].notna(), "study_id"]
    others = [study for study in asked if study in counted - set(serious)]
    if len(serious) and others:
        sentences.append(
            f"Serious adverse events are not counted for "
            f"{listed(study_name(study) for study in others)} either."
        )
    return " ".join(sentences)


def _patients(evidence: Evidence, silent: list[str], asked: list[str]) -> str:
    """Return how many patients were enrolled in these studies, of all that were asked for."""
    groups = patient_groups(evidence)
    some, every = (patients_of(groups[groups["study_id"].isin(ids)]) for ids in (silent, asked))
    return f"{some:,} of the {every:,} patients of the synthesis"
