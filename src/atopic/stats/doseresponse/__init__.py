"""Dose-response: trend tests, models, contrasts and several studies at once; the public face.

=====================================  ========================================================
question                               function
=====================================  ========================================================
does the response rise with the dose?  `trend_test` (no model), `mcp_mod`, `mcp_mod_means`
which curve describes it?              `fit`, `fit_means`; all at once: `fit_all`, `fit_all_means`
what does the curve say?               `predict`, `target_dose`; over models: `average`
what do several studies say together?  `one_stage` (counts), `two_stage` (adjusted effects)
=====================================  ========================================================

Doses in different units or with different numbers of administrations:
`atopic.stats.doseresponse.units`.
"""

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
from atopic.stats.doseresponse.onestage import OneStage, one_stage
from atopic.stats.doseresponse.trend_tests import TrendTest, trend_test
from atopic.stats.doseresponse.twostage import FittedCounts, TwoStage, gl_covariance, two_stage

__all__ = [
    "MODELS",
    "Alternative",
    "DoseFit",
    "FittedCounts",
    "FittedModels",
    "MCPMod",
    "Model",
    "ModelAverage",
    "OneStage",
    "TargetDose",
    "TrendTest",
    "TwoStage",
    "average",
    "fit",
    "fit_all",
    "fit_all_means",
    "fit_means",
    "gl_covariance",
    "mcp_mod",
    "mcp_mod_means",
    "one_stage",
    "optimal_contrasts",
    "predict",
    "target_dose",
    "trend_test",
    "two_stage",
]
