"""A number that stands on two pages is the same number there."""

import pandas as pd
import pytest

from atopic.paths import bundled

ESTIMATES = bundled("data").parent / "reports" / "estimates.csv"

#: One measure under two names, and how a rate is called where no measure is named.
MEASURES = {"difference of shares": "RD"}
KEYS = ["study_id", "arm_id", "outcome", "week", "analysis_set", "setting", "source_id", "level"]


def numbers() -> pd.DataFrame:
    frame = pd.read_csv(ESTIMATES, dtype="str")
    outer = {"lower_min": "lower", "upper_max": "upper"}
    for wide, narrow in outer.items():
        frame[narrow] = frame[wide].fillna(frame[narrow])
    return frame


def test_a_rate_is_one_interval_on_every_page():
    frame = numbers()
    rates = frame[frame["percent_printed"].notna() & frame["lower"].notna()]
    rates = rates[rates["method"].eq("clopper-pearson") & rates["measure"].isna()]
    rates = rates[rates["seen"].isna()]  # those with everyone lost counted as failures are others
    for value in ("estimate", "lower", "upper"):
        several = rates.groupby(KEYS, dropna=False)[value].nunique()
        assert several[several > 1].empty
    assert rates.groupby(KEYS, dropna=False)["report"].nunique().gt(1).sum() > 10


@pytest.mark.parametrize("measure", ["RD", "RR"])
def test_a_comparison_is_one_interval_on_every_page(measure: str):
    frame = numbers()
    frame["measure"] = frame["measure"].replace(MEASURES)
    keys = ["study_id", "arm_id", "outcome", "week", "reference_arm_id"]
    # A claim names no second arm: it is always placebo where the period is controlled.
    found = frame[frame["measure"].eq(measure) & frame["study_id"].notna()]
    found = found[found["setting"].isna() | found["setting"].eq("controlled")]
    found = found.assign(reference_arm_id="placebo")
    for value in ("estimate", "lower", "upper"):
        several = found.groupby(keys, dropna=False)[value].nunique()
        assert several[several > 1].empty
    methods = {"RD": "newcombe", "RR": "miettinen-nurminen"}
    assert set(found["method"]) == {methods[measure]}
