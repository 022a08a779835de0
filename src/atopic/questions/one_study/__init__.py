"""Everything that the tables hold on one study, and what they do not hold."""

from atopic.questions.one_study.facts import (
    related_studies,
    study_arms,
    study_circumstances,
    study_facts,
)
from atopic.questions.one_study.printed import (
    biomarker_directions,
    other_events,
    study_contrasts,
    study_courses,
    study_effects,
    study_rates,
    study_scores,
)
from atopic.questions.one_study.sources_and_gaps import (
    absent_note,
    harms_note,
    study_remarks,
    study_sources,
)

__all__ = [
    "absent_note",
    "biomarker_directions",
    "harms_note",
    "other_events",
    "related_studies",
    "study_arms",
    "study_circumstances",
    "study_contrasts",
    "study_courses",
    "study_effects",
    "study_facts",
    "study_rates",
    "study_remarks",
    "study_scores",
    "study_sources",
]


def __dir__() -> list[str]:
    return sorted(__all__)
