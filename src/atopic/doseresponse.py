"""Dose-response: trend tests, models, contrasts and several studies at once; the public face."""

from atopic.trend import TrendTest, trend_test

__all__ = ["TrendTest", "trend_test"]
