"""Dose-response: trend tests, models and contrasts in one trial; the public face.

=====================================  ========================================================
question                               function
=====================================  ========================================================
does the response rise with the dose?  `trend_test` (no model), `mcp_mod`, `mcp_mod_means`
which curve describes it?              `fit`, `fit_means`; all at once: `fit_all`, `fit_all_means`
what does the curve say?               `predict`, `target_dose`; over models: `average`
=====================================  ========================================================
"""

from typing import TYPE_CHECKING

from atopic.stats.lazy import lazy

if TYPE_CHECKING:
    from atopic.stats.doseresponse.averaging import (
        FittedModels,
        ModelAverage,
        average,
        fit_all,
        fit_all_means,
    )
    from atopic.stats.doseresponse.curve import TargetDose, predict, target_dose
    from atopic.stats.doseresponse.fit_model import DoseFit, fit, fit_means
    from atopic.stats.doseresponse.mcpmod import (
        Alternative,
        MCPMod,
        mcp_mod,
        mcp_mod_means,
        optimal_contrasts,
    )
    from atopic.stats.doseresponse.models import MODELS, Model
    from atopic.stats.doseresponse.trend_tests import TrendTest, trend_test
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "averaging": "FittedModels ModelAverage average fit_all fit_all_means",
            "curve": "TargetDose predict target_dose",
            "fit_model": "DoseFit fit fit_means",
            "mcpmod": "Alternative MCPMod mcp_mod mcp_mod_means optimal_contrasts",
            "models": "MODELS Model",
            "trend_tests": "TrendTest trend_test",
        },
    )

__all__ = [
    "MODELS",
    "Alternative",
    "DoseFit",
    "FittedModels",
    "MCPMod",
    "Model",
    "ModelAverage",
    "TargetDose",
    "TrendTest",
    "average",
    "fit",
    "fit_all",
    "fit_all_means",
    "fit_means",
    "mcp_mod",
    "mcp_mod_means",
    "optimal_contrasts",
    "predict",
    "target_dose",
    "trend_test",
]
