"""Severity reduction: how far a score fell, and against placebo, with the limits that allow it."""

from atopic.questions.severity_reduction.estimates import (
    differences_by_method,
    minimal_important_changes,
    reduction_differences,
    score_reductions,
)

__all__ = [
    "differences_by_method",
    "minimal_important_changes",
    "reduction_differences",
    "score_reductions",
]


def __dir__() -> list[str]:
    return sorted(__all__)
