"""Missing responders against Higgins, White and Wood (2008) and metafor."""

import json
from pathlib import Path

import numpy as np
import pytest

from atopic.stats.pooling import missing

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/missing/values.json").read_text())
HALOPERIDOL = tuple(ORACLE["higgins2008"][key] for key in ("r1", "f1", "m1", "r0", "f0", "m0"))
#: The trials with most missing patients (Beasley, Selman), as in the R script.
TWO = tuple([column[1], column[12]] for column in HALOPERIDOL)

#: Closed forms.
RTOL = 1e-12
#: Variances by fourth-order finite differences; worst seen 1e-12.
RTOL_DIFFERENCES = 1e-9


def common_risk_ratio(scenario):
    """Inverse-variance pooling with 0.5 added to all cells of trials with an empty one."""
    a, n1, c, n0 = scenario.responders_1, scenario.n_1, scenario.responders_0, scenario.n_0
    add = 0.5 * ((a == 0) | (c == 0) | (a == n1) | (c == n0))
    a, n1, c, n0 = a + add, n1 + 2 * add, c + add, n0 + 2 * add
    effect = np.log(a / n1 * n0 / c)
    weight = 1 / (1 / a - 1 / n1 + 1 / c - 1 / n0)
    pooled, se = np.sum(weight * effect) / np.sum(weight), np.sum(weight) ** -0.5
    return np.exp(pooled + se * 1.959963984540054 * np.array([0, -1, 1]))


@pytest.mark.parametrize("name", list(missing.SCENARIOS))
def test_scenarios_pool_to_the_values_of_metafor(name):
    scenario = next(s for s in missing.scenarios(*HALOPERIDOL) if s.name == name)
    np.testing.assert_allclose(common_risk_ratio(scenario), ORACLE["scenarios"][name], rtol=RTOL)


def test_scenarios_pool_to_the_published_risk_ratios():
    published = {"available": 1.567, "non-responder": 1.898, "best": 2.416, "worst": 0.944}
    for scenario in missing.scenarios(*HALOPERIDOL):
        assert common_risk_ratio(scenario)[0] == pytest.approx(published[scenario.name], abs=5e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: missing.impute(1, 2, 3, "locf"), "strategy must be one of available"),
        (lambda: missing.impute([1, 2.5], [2, 2], 0, "available"), r"responders\[1\] = 2.5"),
        (lambda: missing.impute(1, 2, np.nan, "available"), "missing = nan is not"),
        (lambda: missing.impute([1, 0], [2, 0], [3, 4], "available"), r"arm\[1\]: no patient"),
        (lambda: missing.impute([1, 0], [2, 1, 1], 0, "available"), "do not broadcast"),
    ],
)
def test_refusals_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
