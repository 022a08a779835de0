"""Placebo, biologics and JAK inhibitors beside the cell therapies: context, never an effect."""

from atopic.questions.benchmarks.beside_placebo import beating_placebo
from atopic.questions.benchmarks.estimates import benchmark_rates, placebo_responses

__all__ = ["beating_placebo", "benchmark_rates", "placebo_responses"]


def __dir__() -> list[str]:
    return sorted(__all__)
