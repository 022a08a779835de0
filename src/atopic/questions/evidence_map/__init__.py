"""What evidence exists: which studies, whose patients, and what kind of number each printed."""

from atopic.questions.evidence_map.characteristics import placebo_comparisons, study_characteristics
from atopic.questions.evidence_map.chosen_studies import chosen_studies, scope_note
from atopic.questions.evidence_map.cohorts import (
    patient_groups,
    patients_of,
    publication_counts,
    shared_patients,
)
from atopic.questions.evidence_map.odd_data import data_warnings
from atopic.questions.evidence_map.printed_kinds import (
    KINDS,
    PRESS,
    printed_items,
    printed_kinds,
    unplaced_studies,
)
from atopic.questions.evidence_map.study_flow import (
    FlowGroup,
    FlowStudy,
    StudyFlow,
    left_out,
    study_flow,
)

__all__ = [
    "KINDS",
    "PRESS",
    "FlowGroup",
    "FlowStudy",
    "StudyFlow",
    "chosen_studies",
    "data_warnings",
    "left_out",
    "patient_groups",
    "patients_of",
    "placebo_comparisons",
    "printed_items",
    "printed_kinds",
    "publication_counts",
    "scope_note",
    "shared_patients",
    "study_characteristics",
    "study_flow",
    "unplaced_studies",
]


def __dir__() -> list[str]:
    return sorted(__all__)
