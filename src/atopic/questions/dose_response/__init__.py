"""Dose and response within one study: what its doses can show, and what they cannot.

=====================================  =========================================
question                               function
=====================================  =========================================
which arms lie on one dose axis?       `dose_arms`
does the response rise with the dose?  `trend_tests`
how steeply, between two doses?        `dose_contrasts`
which curve, from three doses on?      `dose_curves`
what did the same dose do elsewhere?   `same_dose`
=====================================  =========================================
"""

from atopic.questions.dose_response.arms import DoseArms, dose_arms
from atopic.questions.dose_response.curves import DoseCurves, dose_curves
from atopic.questions.dose_response.same_dose import same_dose
from atopic.questions.dose_response.trends import dose_contrasts, trend_tests

__all__ = [
    "DoseArms",
    "DoseCurves",
    "dose_arms",
    "dose_contrasts",
    "dose_curves",
    "same_dose",
    "trend_tests",
]


def __dir__() -> list[str]:
    return sorted(__all__)
