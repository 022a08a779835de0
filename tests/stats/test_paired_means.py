"""Changes between two means against metafor's measures of mean change."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.stats import paired_means

CASE = json.loads((Path(__file__).parents[1] / "oracles/changes/values.json").read_text())["means"]

#: Worst seen is 4e-14.
RTOL = 1e-12

spreads = st.floats(0.01, 100)


def test_changes_between_means_agree_with_metafor():
    inputs = [CASE[k] for k in ("baseline", "follow_up", "sd_baseline", "sd_follow_up", "n")]
    found = paired_means.between_means(*inputs, correlation=CASE["r"])
    np.testing.assert_allclose(found.estimate, CASE["change"], rtol=RTOL)
    np.testing.assert_allclose(found.se, CASE["change_se"], rtol=RTOL)
    ratio = paired_means.percent_between_means(*inputs, correlation=CASE["r"])
    np.testing.assert_allclose(np.log1p(ratio.estimate / 100), CASE["log_ratio"], rtol=RTOL)
    np.testing.assert_allclose(ratio.log_ratio_se, CASE["log_ratio_se"], rtol=RTOL)
    np.testing.assert_allclose(ratio.lower, CASE["percent_lower"], rtol=RTOL)
    np.testing.assert_allclose(ratio.upper, CASE["percent_upper"], rtol=RTOL)


@given(spreads, spreads, st.integers(2, 5000), st.floats(-1, 0.99))
def test_a_higher_correlation_gives_a_narrower_change(sd_1, sd_2, n, r):
    loose = paired_means.between_means(30, 20, sd_1, sd_2, n, correlation=-1)
    tight = paired_means.between_means(30, 20, sd_1, sd_2, n, correlation=r)
    assert 0 < tight.se <= loose.se * (1 + 1e-12)


def test_correlation_sweep_is_one_row_a_position_and_correlation():
    sweep = paired_means.correlation_sweep(
        [28, 30], 17.5, 11, 12, [40, 50], correlations=[0, 0.5], scale="percent"
    )
    assert sweep["position"].tolist() == [0, 0, 1, 1]
    assert sweep["correlation"].tolist() == [0, 0.5, 0, 0.5]
    alone = paired_means.percent_between_means(30, 17.5, 11, 12, 50, correlation=0.5)
    assert sweep.loc[3, "upper"] == alone.upper
    assert sweep["method"].str.startswith("log ratio of means").all()


def test_impossible_correlations_means_and_scales_are_refused():
    with pytest.raises(ValueError, match=r"correlation\[1\] = 1 must be from -1 to below 1"):
        paired_means.between_means(3, 2, 1, 1, 10, correlation=[0, 1])
    with pytest.raises(ValueError, match=r"baseline = 0 must be above 0 for a percent"):
        paired_means.percent_between_means(0, 2, 1, 1, 10, correlation=0)
    with pytest.raises(ValueError, match=r"follow_up = -2 must be above 0 for a percent"):
        paired_means.percent_between_means(1, -2, 1, 1, 10, correlation=0)
    with pytest.raises(ValueError, match="scale must be one of points, percent"):
        paired_means.correlation_sweep(3, 2, 1, 1, 10, scale="log")
