"""Designs of trials with responder outcomes: power, sample size, assurance, dose arms."""

from atopic.trialdesign.assurance import Assurance, Simulated, assurance, simulate
from atopic.trialdesign.designs import Scenario, Test, TwoArmDesign
from atopic.trialdesign.doses import ManyToOne, many_to_one_power, trend_power
from atopic.trialdesign.mixtures import NormalMixture
from atopic.trialdesign.power import (
    MOST_TABLES,
    approximate_power,
    detectable_difference,
    exact_power,
    sample_size,
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
