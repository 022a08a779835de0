"""A number that stands on two pages is the same number there."""

import json

import pandas as pd
import pytest

from atopic.paths import bundled

ESTIMATES = bundled("data").parent / "reports" / "estimates.csv"

#: One measure under two names, and how a rate is called where no measure is named.
MEASURES = {"difference of shares": "RD", "difference": "RD"}
KEYS = ["study_id", "arm_id", "outcome", "week", "analysis_set", "setting", "source_id", "level"]


def numbers() -> pd.DataFrame:
    core = pd.read_csv(ESTIMATES, dtype="str")
    more = pd.DataFrame([json.loads(cell) for cell in core.pop("more").fillna("{}")])
    frame = pd.concat([core, more.drop(columns=["table"], errors="ignore")], axis=1)
    outer = {"lower_min": "lower", "upper_max": "upper"}
    for wide, narrow in outer.items():
        frame[narrow] = frame[wide].fillna(frame[narrow])
    return pd.concat([frame, ratios(frame)], ignore_index=True)


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the ratios that stand beside a difference in one row, as rows of their own."""
    beside = frame[frame["ratio"].notna() & frame["study_id"].notna()]
    names = {"ratio": "estimate", "ratio_lower": "lower", "ratio_upper": "upper"}
    rows = beside.drop(columns=list(names.values())).rename(columns=names)
    return rows.assign(measure="RR", method="miettinen-nurminen")


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
    found = found[found["reference_arm_id"].fillna("placebo").eq("placebo")]
    found = found.assign(reference_arm_id="placebo")
    for value in ("estimate", "lower", "upper"):
        several = found.groupby(keys, dropna=False)[value].nunique()
        assert several[several > 1].empty
    methods = {"RD": "newcombe", "RR": "miettinen-nurminen"}
    assert set(found["method"]) == {methods[measure]}


def test_a_difference_of_two_doses_is_one_interval_on_every_page():
    frame = numbers()
    frame["measure"] = frame["measure"].replace(MEASURES)
    doses = frame["reference_arm_id"].fillna("placebo").ne("placebo")
    doses |= frame["role"].eq("highest minus lowest dose")
    found = frame[frame["measure"].eq("RD") & doses & frame["study_id"].notna()]
    pages = found.groupby(["study_id", "arm_id", "outcome", "week"])["report"].agg(set)
    assert pages["kim-2017", "phase-2a-high", "EASI-50", "12"] == {
        "certainty",
        "claims",
        "dose-kim-2017",
    }
    for value in ("estimate", "lower", "upper"):
        several = found.groupby(pages.index.names)[value].nunique()
        assert several[several > 1].empty


def test_trials_taken_together_are_one_number_on_their_page_and_in_the_summary_of_findings():
    frame = numbers()
    graded = frame[frame["report"].eq("certainty") & frame["method"].eq("inverse variance")]
    assert len(graded)
    for row in graded.itertuples():
        pooled = frame[
            frame["table"].eq("pooled")
            & frame["outcome"].eq(row.outcome)
            & frame["weeks"].eq(row.week)
            & frame["measure"].eq(row.measure)
            & frame["method"].eq("common")
        ]
        assert len(pooled)
        for value in ("estimate", "lower", "upper"):
            assert {*pooled[value].map(shorter)} == {shorter(getattr(row, value))}


def shorter(number: str) -> float:
    return round(float(number), 9)


def test_what_two_pages_say_of_one_arm_outcome_week_and_measure_is_the_same():
    frame = numbers()
    frame["measure"] = frame["measure"].replace(MEASURES)
    printed = frame["percent_printed"].notna()
    frame["measure"] = frame["measure"].fillna(printed.map({True: "share"}))
    frame["measure"] = frame["measure"].fillna(frame["statistic"])
    # A frame that pools, leaves out or repeats is no statement on one arm.
    alone = frame["study_id"].notna() & frame["measure"].notna() & frame["left_out"].isna()
    frame = frame[alone & frame["outcome"].notna()]
    frame["setting"] = frame["setting"].fillna("controlled")
    place = ["study_id", "arm_id", "outcome", "week", "measure", "level", "method", "setting"]
    shown = ["estimate", "lower", "upper"]
    compared = set()
    for key, rows in frame.groupby(place, dropna=False):
        pages = {
            page: set(own[shown].fillna("").itertuples(index=False, name=None))
            for page, own in rows.groupby("report")
        }
        most = max(pages.values(), key=len)
        for page, said in pages.items():
            # One page may show more results of a source, but of none another number.
            assert said <= most, (key, page, said, most)
        if len(pages) > 1:
            compared.add(key)
    assert len(compared) > 100
    assert len({measure for _, _, _, _, measure, *_ in compared}) > 4


def test_the_difference_of_which_only_p_is_known_has_one_interval_on_every_page():
    frame = numbers()
    frame["measure"] = frame["measure"].replace(MEASURES)
    rows = frame[frame["known"].eq("only-p")]
    assert len(rows)
    for row in rows.itertuples():
        same = frame[
            frame["study_id"].eq(row.study_id)
            & frame["outcome"].eq(row.outcome)
            & frame["week"].eq(row.week)
            & frame["measure"].eq("RD")
        ]
        assert len(set(same["report"])) > 1
        assert same[["lower", "upper", "method"]].drop_duplicates().shape[0] == 1
        assert same["estimate"].isna().all()
