"""Designs of trials with responder outcomes: power, sample size, assurance, dose arms."""

from typing import TYPE_CHECKING

from atopic.stats.lazy import lazy

if TYPE_CHECKING:
    from atopic.stats.trialdesign.designs import Scenario, Test, TwoArmDesign
    from atopic.stats.trialdesign.dose_arms import ManyToOne, many_to_one_power, trend_power
    from atopic.stats.trialdesign.expected_results import Assurance, Simulated, assurance, simulate
    from atopic.stats.trialdesign.normal_mixtures import NormalMixture
    from atopic.stats.trialdesign.power import (
        approximate_power,
        detectable_difference,
        exact_power,
        sample_size,
    )
    from atopic.stats.trialdesign.rejection_regions import MOST_TABLES
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "designs": "Scenario Test TwoArmDesign",
            "dose_arms": "ManyToOne many_to_one_power trend_power",
            "expected_results": "Assurance Simulated assurance simulate",
            "normal_mixtures": "NormalMixture",
            "power": "approximate_power detectable_difference exact_power sample_size",
            "rejection_regions": "MOST_TABLES",
        },
    )

__all__ = [
    "MOST_TABLES",
    "Assurance",
    "ManyToOne",
    "NormalMixture",
    "Scenario",
    "Simulated",
    "Test",
    "TwoArmDesign",
    "approximate_power",
    "assurance",
    "detectable_difference",
    "exact_power",
    "many_to_one_power",
    "sample_size",
    "simulate",
    "trend_power",
]
