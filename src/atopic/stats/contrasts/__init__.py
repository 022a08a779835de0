"""Two arms: differences and ratios, numbers needed to treat, tests, fragility, printed P."""

from typing import TYPE_CHECKING

from atopic.stats.lazy import lazy

if TYPE_CHECKING:
    from atopic.stats.contrasts.exact_tests import (
        chi_square_test,
        exact_test,
        p_values_of_all_tables,
    )
    from atopic.stats.contrasts.fisher import Alternative
    from atopic.stats.contrasts.fragility import Fragility, fragility_index
    from atopic.stats.contrasts.measures import (
        CONTINUITIES,
        METHODS,
        Continuity,
        Contrast,
        Measure,
        Method,
        compare,
        number_needed_to_treat,
    )
    from atopic.stats.contrasts.needed_to_treat import (
        NumberNeededToTreat,
        from_difference,
        from_ratio,
    )
    from atopic.stats.contrasts.printed_p import CompatibleCounts, p_value_bounds
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "exact_tests": "chi_square_test exact_test p_values_of_all_tables",
            "fisher": "Alternative",
            "fragility": "Fragility fragility_index",
            "measures": "CONTINUITIES METHODS Continuity Contrast Measure Method compare "
            "number_needed_to_treat",
            "needed_to_treat": "NumberNeededToTreat from_difference from_ratio",
            "printed_p": "CompatibleCounts p_value_bounds",
        },
    )

__all__ = [
    "CONTINUITIES",
    "METHODS",
    "Alternative",
    "CompatibleCounts",
    "Continuity",
    "Contrast",
    "Fragility",
    "Measure",
    "Method",
    "NumberNeededToTreat",
    "chi_square_test",
    "compare",
    "exact_test",
    "fragility_index",
    "from_difference",
    "from_ratio",
    "number_needed_to_treat",
    "p_value_bounds",
    "p_values_of_all_tables",
]
