import pandas as pd
import pytest

import atopic
from atopic.questions import durability
from tests.questions.test_rates import one


def test_a_follow_up_stands_with_the_study_that_treated(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    kangstem = frame[frame["cohort"].eq("kangstem-2019")]
    assert kangstem["week"].to_list() == [12, 12, 52, 104, 156]
    assert kangstem["setting"].to_list() == ["controlled"] * 2 + ["follow-up"] * 3
    later = frame[frame["study_id"].eq("kangstem-2024") & frame["week"].gt(12)]
    assert set(later["setting"]) == {"after-crossover"}


def test_best_and_kept_responses_are_not_beside_the_others(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    assert "shin-2021" not in set(frame["study_id"])
    assert frame["week"].notna().all()
    assert durability.responses_over_time(evidence, "EASI-50-maintained").empty


def test_the_lost_are_counted_as_failures(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    worst = durability.worst_case(evidence, frame)
    # binom.test(x, n) of R
    for week, x, seen, n, low, high in (
        (52, 40, 69, 98, 0.3099, 0.5121),
        (104, 34, 50, 98, 0.2536, 0.4498),
        (156, 39, 52, 98, 0.3004, 0.5018),
    ):
        row = one(worst, week=week)
        assert (row.responders, row.seen, row.n, row.lost) == (x, seen, n, n - seen)
        assert (round(row.lower, 4), round(row.upper, 4)) == (low, high)
        assert (row.basis, row.n_basis, row.agreed) == ("worst-case", "printed", 69)
        assert row.n_study_id == "kangstem-2019"
        assert evidence.arms.loc[row.n_row, "n_randomised"] == 98
    placebo = one(worst, study_id="kangstem-2019", arm_id="placebo")
    assert (placebo.responders, placebo.n, placebo.n_basis) == (22, 99, "inferred")
    assert placebo.count_basis == "derived"


def test_a_planned_or_missing_number_gives_no_worst_case(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    worst = durability.worst_case(evidence, frame)
    assert set(worst["study_id"]) == {
        "kangstem-2019", "kangstem-2019-follow-up", "seo-2024-phase-1",
    }  # fmt: skip
    words = durability.worst_case_note(frame, worst)
    assert "No worst case for kangstem-2024 and kim-2017: no count" in words


def test_of_non_responders_the_lost_are_more(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(
        evidence, "IGA-above-1", studies=["dupilumab-adolescents"]
    )
    fewer = frame.assign(n=frame["n"] - 2, responders=frame["responders"] - 2, candidates="")
    worst = durability.worst_case(evidence, fewer)
    assert sorted(worst["responders"]) == [62, 69, 83]
    assert sorted(worst["n"]) == [82, 84, 85]


def test_limits_reach_over_every_count_that_fits(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50", studies=["kangstem-2019"])
    several = frame.assign(candidates="26/80; 30/90")
    row = durability.worst_case(evidence, several).iloc[0]
    # binom.test(26, 98), binom.test(30, 98)
    assert (round(row.lower_min, 4), round(row.upper_max, 4)) == (0.1812, 0.4074)


def test_what_kept_responses_are_shares_of(evidence: atopic.Evidence) -> None:
    kept = durability.kept_responses(evidence, "EASI-50")
    assert kept[["outcome", "responders", "n", "denominator"]].to_numpy().tolist() == [
        ["EASI-50-maintained", 9, 9, "earlier responders"],
        ["EASI-50-maintained", 12, 12, "earlier responders"],
        ["EASI-50-maintained", 12, 13, "earlier responders"],
        ["sustained-improvement", 10, 11, "all patients of the set"],
        ["maintained-good-response", 2, 5, "all patients of the set"],
    ]
    assert "never added" in durability.repeated_note(kept)
    withdrawn = durability.kept_responses(evidence, "EASI-75", studies=["solo-continue"])
    assert len(withdrawn) == 4
    assert durability.repeated_note(withdrawn) == ""


def test_one_sure_responder_after_one_cycle_four_after_two(evidence: atopic.Evidence) -> None:
    courses = durability.patient_courses(evidence, "EASI-50")
    assert len(courses) == 9
    assert courses["retreated"].eq("yes").sum() == 4
    assert courses["retreated"].eq("no").sum() == 1
    printed = courses[courses["week_basis"].eq("printed")]
    assert printed[["patient_id", "cycle", "week"]].to_numpy().tolist() == [["S003", 2, 17]]
    rates = durability.cycle_rates(courses)
    assert rates["candidates"].to_list() == ["1/5; 2/5", "4/5"]
    assert rates["basis"].to_list() == ["ambiguous", "printed"]
    # binom.test(1, 5), binom.test(2, 5), binom.test(4, 5)
    assert [round(x, 4) for x in rates["lower_min"]] == [0.0051, 0.2836]
    assert [round(x, 4) for x in rates["upper_max"]] == [0.8534, 0.9949]


def test_an_unclear_patient_who_responds_later_is_sure(evidence: atopic.Evidence) -> None:
    courses = pd.DataFrame(
        {
            "study_id": "a", "outcome": "EASI-50", "patient_id": ["1", "1", "2", "3", "3"],
            "cycle": [1, 2, 1, 1, 2], "responder": ["unclear", "yes", "unclear", "yes", "no"],
            "row": [2, 3, 4, 5, 6],
        }
    )  # fmt: skip
    rates = durability.cycle_rates(courses)
    assert rates["candidates"].to_list() == ["1/3; 2/3; 3/3", "2/3; 3/3"]


@pytest.mark.parametrize("outcome", ["nonsense", "EASI-90"])
def test_nothing_asked_for_is_nothing(evidence: atopic.Evidence, outcome: str) -> None:
    frame = durability.responses_over_time(evidence, outcome)
    worst = durability.worst_case(evidence, frame)
    courses = durability.patient_courses(evidence, outcome)
    assert frame.empty
    assert worst.empty
    assert courses.empty
    assert durability.cycle_rates(courses).empty
    assert durability.worst_case_note(frame, worst) == ""


def test_what_cannot_be_meant_is_refused(evidence: atopic.Evidence) -> None:
    with pytest.raises(ValueError, match="studies must be a list"):
        durability.responses_over_time(evidence, "EASI-50", studies="kim-2017")
    with pytest.raises(ValueError, match="level"):
        durability.responses_over_time(evidence, "EASI-50", level=95)
    with pytest.raises(ValueError, match="method"):
        durability.kept_responses(evidence, "EASI-50", method="guess")
