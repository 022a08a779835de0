"""What is not printed of safety, in sentences: silence is no count of zero."""

from collections.abc import Iterable

import pandas as pd

from atopic.display.numbers import listed, study_name
from atopic.evidence.controls import CONTROLS
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import as_names, of_choice
from atopic.questions.evidence_map import patient_groups, patients_of, scope_note
from atopic.review import control_group, control_word, with_article, words_in_use

_NONE = "We found no count of these events. There may have been some."


def placebo_note(evidence: Evidence) -> str:
    """Say whether side effects were counted in the placebo groups of the synthesis."""
    arms = evidence.joined("arms", "studies")
    used = arms["studies.role"].eq("evidence") & arms["studies.in_synthesis"].eq("yes")
    placebo = arms[arms["role"].isin(CONTROLS) & used]
    if placebo.empty:
        return (
            f"No trial of {words_in_use().treatment} in the synthesis has "
            f"{with_article(control_group())}."
        )
    safety = evidence.safety
    counted = safety[safety["count"].notna()].merge(placebo[["study_id", "arm_id"]])
    if len(counted):
        named = listed(study_name(one) for one in sorted(counted["study_id"].unique()))
        groups = len(counted.drop_duplicates(["study_id", "arm_id"]))
        return (
            f"Side effects were counted in {groups} of {len(placebo)} {control_group()}s of the "
            f"trials of {words_in_use().treatment}: {named}."
        )
    return (
        f"We found no count of side effects for any of the {len(placebo)} {control_group()}s, so "
        f"nothing here can be compared with {control_word()}."
    )


def counts_note(adverse: pd.DataFrame) -> str:
    """Say how the counts of a table of adverse events are to be read.

    >>> counts_note(pd.DataFrame({"basis": ["zero"]}))
    '3/n is for 95% whatever the level.'
    """
    said = {
        "zero": "3/n is for 95% whatever the level.",
        "events": "A count of events is no share of patients, since one patient can have several.",
    }
    return " ".join(words for basis, words in said.items() if adverse["basis"].eq(basis).any())


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
    serious = adverse.loc[adverse["event"].eq("sae") & adverse["count"].notna(), "study_id"]
    others = [study for study in asked if study in counted - set(serious)]
    further = listed(study_name(study) for study in others) if len(serious) else ""
    if silent == asked and not wanted:
        sentences.append("There may have been some." if evidence.safety.empty else _NONE)
    elif silent:
        share = "" if wanted else _patients(evidence, silent, asked)
        and_others = f", and none of serious events for {further}" if further else ""
        sentences.append(
            f"We found no count of these events for {names}{share}{and_others}. There may have "
            "been some."
        )
    elif further:
        sentences.append(f"We found no count of serious events for {further}.")
    return " ".join(sentences)


def _patients(evidence: Evidence, silent: list[str], asked: list[str]) -> str:
    """Return how many patients were enrolled in these studies, of all; empty if nobody says."""
    groups = patient_groups(evidence)
    some, every = (patients_of(groups[groups["study_id"].isin(ids)]) for ids in (silent, asked))
    return f" ({some:,} of {every:,} patients)" if some and every else ""
