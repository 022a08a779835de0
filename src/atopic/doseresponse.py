"""Dose-response: trend tests, models, contrasts and several studies at once; the public face."""

from atopic.doseaverage import FittedModels, ModelAverage, average, fit_all, fit_all_means
from atopic.dosecurve import TargetDose, predict, target_dose
from atopic.dosefit import DoseFit, fit, fit_means
from atopic.trend import TrendTest, trend_test

__all__ = [
    "DoseFit",
    "FittedModels",
    "ModelAverage",
    "TargetDose",
    "TrendTest",
    "average",
    "fit",
    "fit_all",
    "fit_all_means",
    "fit_means",
    "predict",
    "target_dose",
    "trend_test",
]
