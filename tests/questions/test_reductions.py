import numpy as np
import pytest

import atopic
from atopic.questions.severity_reduction import (
    minimal_important_changes,
    reduction_differences,
    score_reductions,
)


def test_an_unlabelled_spread_is_never_guessed(evidence: atopic.Evidence) -> None:
    plain = score_reductions(evidence, "EASI", studies=["kangstem-2019"])
    assert plain["lower"].isna().all()
    assert set(plain["spread_used"]) == {"none"}
    assumed = score_reductions(evidence, "EASI", studies=["kangstem-2019"], assume="sd")
    assert assumed["lower"].notna().all()
    assert set(assumed["spread_used"]) == {"assumed sd"}
    assert plain["estimate"].to_list() == assumed["estimate"].to_list() == [-10.54, -6.194]


def test_a_printed_standard_error_needs_no_assumption(evidence: atopic.Evidence) -> None:
    # t quantile with 40 df from tables: 2.0211
    rows = score_reductions(evidence, "EASI", studies=["upadacitinib-2b"])
    placebo = rows[rows["arm_role"] == "placebo"].iloc[0]
    assert placebo["lower"] == pytest.approx(-23 - 2.0210754 * 6.4, abs=1e-6)
    assert placebo["upper"] == pytest.approx(-23 + 2.0210754 * 6.4, abs=1e-6)
    assert placebo["spread_used"] == "se"


def test_the_score_changes_of_kim_2017_stay_bare_marks(evidence: atopic.Evidence) -> None:
    for outcome, value in (("SCORAD", -50), ("IGA", -33)):
        (row,) = score_reductions(evidence, outcome).to_dict("records")
        assert (row["estimate"], row["unit"], row["setting"]) == (value, "percent", "uncontrolled")
        assert np.isnan(row["lower"])
        assert row["statistic"] == "percent_change"


def test_the_difference_that_the_codebook_computed(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", studies=["kangstem-2019"], assume="sd")
    (found,) = reduction_differences(arms, quantile="normal").to_dict("records")
    assert [round(found[name], 2) for name in ("estimate", "lower", "upper")] == [
        -4.35, -8.37, -0.32,
    ]  # fmt: skip
    assert (found["arm_id"], found["reference_arm_id"]) == ("active", "placebo")
    assert found["spread_used"] == "assumed sd"


def test_a_difference_without_spreads_has_no_interval(evidence: atopic.Evidence) -> None:
    arms = score_reductions(evidence, "EASI", studies=["atmsc-2025"])
    (found,) = reduction_differences(arms).to_dict("records")
    assert found["estimate"] == pytest.approx(-6.72)
    assert np.isnan(found["lower"])
    assert found["method"] == "none"


def test_arms_without_a_control_group_have_no_difference(evidence: atopic.Evidence) -> None:
    assert reduction_differences(score_reductions(evidence, "SCORAD")).empty


def test_nothing_selected_is_an_empty_frame(evidence: atopic.Evidence) -> None:
    empty = score_reductions(evidence, "EASI-50")
    full = score_reductions(evidence, "EASI")
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert reduction_differences(empty).empty


@pytest.mark.parametrize("options", [{"assume": "iqr"}, {"level": 95}])
def test_what_is_no_option_is_refused(evidence: atopic.Evidence, options: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        score_reductions(evidence, "EASI", **options)
    arms = score_reductions(evidence, "EASI")
    with pytest.raises(ValueError, match="quantile"):
        reduction_differences(arms, quantile="z")


def test_rows_lead_back_to_scores(evidence: atopic.Evidence) -> None:
    for outcome in evidence.scores["outcome"].unique():
        rows = score_reductions(evidence, outcome, include_benchmarks=True)
        back = evidence.scores.loc[rows["row"]]
        assert back["value"].to_list() == rows["estimate"].to_list()
        assert back["locator"].to_list() == rows["locator"].to_list()


def test_several_outcomes_come_in_the_order_asked_for(evidence: atopic.Evidence) -> None:
    rows = score_reductions(evidence, ["IGA", "EASI", "IGA"], studies=iter(["kim-2017"]))
    assert rows["outcome"].to_list() == ["IGA"]
    rows = score_reductions(evidence, ["IGA", "EASI"])
    assert rows["outcome"].to_list() == ["IGA", "EASI", "EASI", "EASI", "EASI"]
    assert rows["source_kind"].iloc[0] == "journal-abstract"
    assert score_reductions(evidence, []).empty


def test_the_important_changes_of_the_table(evidence: atopic.Evidence) -> None:
    found = minimal_important_changes(evidence, ["SCORAD", "POEM", "pruritus-NRS", "IGA"])
    columns = ["outcome", "patients", "unit", "printed", "least", "most"]
    assert found[columns].values.tolist() == [
        ["SCORAD", "", "percent", "35", 35.0, 35.0],
        ["SCORAD", "", "points", "19.9 or 14.9", 14.9, 19.9],
        ["pruritus-NRS", "", "points", "2 to 4", 2.0, 4.0],
        ["POEM", "adults", "points", "4", 4.0, 4.0],
        ["POEM", "children", "points", "3", 3.0, 3.0],
    ]
    assert minimal_important_changes(evidence, []).empty


def test_the_size_of_a_difference_is_as_sure_as_its_less_sure_arm(
    evidence: atopic.Evidence,
) -> None:
    found = reduction_differences(score_reductions(evidence, "EASI")).set_index("study_id")
    assert found["n_basis"].to_dict() == {"kangstem-2019": "inferred", "atmsc-2025": "printed"}
