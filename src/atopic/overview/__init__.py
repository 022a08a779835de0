"""What evidence exists: which studies, whose patients, and what kind of number each printed."""

from atopic.overview.cohorts import (
    patient_groups,
    patients_of,
    publication_counts,
    shared_patients,
)
from atopic.overview.flow import FlowGroup, FlowStudy, StudyFlow, left_out, study_flow
from atopic.overview.printed import KINDS, PRESS, printed_items, printed_kinds, unplaced_studies
from atopic.overview.scope import chosen_studies, scope_note
from atopic.overview.studies import placebo_comparisons, study_characteristics

__all__ = [
    "KINDS",
    "PRESS",
    "FlowGroup",
    "FlowStudy",
    "StudyFlow",
    "chosen_studies",
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
