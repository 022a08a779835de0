"""Two arms: differences and ratios of rates, numbers needed to treat, exact tests, printed P."""

from atopic.stats.contrasts.exact_tests import Alternative, p_values_of_all_tables
from atopic.stats.contrasts.measures import (
    CONTINUITIES,
    METHODS,
    CompatibleCounts,
    Continuity,
    Contrast,
    Measure,
    Method,
    NumberNeededToTreat,
    chi_square_test,
    compare,
    exact_test,
    number_needed_to_treat,
    p_value_bounds,
)
from atopic.stats.contrasts.needed_to_treat import from_difference

__all__ = [
    "CONTINUITIES",
    "METHODS",
    "Alternative",
    "CompatibleCounts",
    "Continuity",
    "Contrast",
    "Measure",
    "Method",
    "NumberNeededToTreat",
    "chi_square_test",
    "compare",
    "exact_test",
    "from_difference",
    "number_needed_to_treat",
    "p_value_bounds",
    "p_values_of_all_tables",
]
