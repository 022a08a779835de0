"""An outcome of which fewer is better is judged as its mirror image is: only signs are swapped."""

import re
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

import atopic
from atopic.explore.answers import against_placebo
from atopic.questions.answer import product_answers
from atopic.questions.benchmarks import beating_placebo, benchmark_rates
from atopic.questions.benchmarks.above_chart import describe_above_placebo
from atopic.questions.benchmarks.finding import benchmarks_finding
from atopic.questions.benchmarks.placebo_table import above_caption
from atopic.questions.certainty import answer_questions
from atopic.questions.certainty.settings import Settings
from atopic.questions.controlled_effect import (
    allowed_effects,
    effect_measures,
    fragile_results,
    pooled_models,
    trial_effects,
)
from atopic.questions.controlled_effect.finding import effects_finding
from atopic.questions.controlled_effect.forest import effects_html
from atopic.questions.durability import responses_over_time, worst_case
from atopic.questions.durability.finding import durability_finding
from atopic.questions.durability.worst_case_chart import _key as worst_case_key
from atopic.questions.next_trial import beliefs_about, frame_of_beliefs, past_trials, planning_note
from atopic.questions.one_study.finding import study_finding
from atopic.questions.response_rates import response_rates
from atopic.questions.trials import lights_of, placebo_trials
from atopic.questions.trials.forest import forest_html

OUTCOME, WEEK = "EASI-50", 12


@pytest.fixture(scope="module")
def mirrored(lenient: atopic.Evidence) -> atopic.Evidence:
    """The same results, told as how many did not respond, of which fewer is better."""
    raw = lenient._frames
    rows, instruments = raw["responses"].copy(), raw["instruments"].copy()
    mine = rows["outcome"].eq(OUTCOME)
    rows.loc[mine, "responders"] = rows.loc[mine, "n"] - rows.loc[mine, "responders"]
    told = mine & rows["percent_printed"].notna()
    rows.loc[told, "percent_printed"] = [
        str(100 - Decimal(str(one))) for one in rows.loc[told, "percent_printed"]
    ]
    ends = mine & rows["ci_low"].notna()
    turned = {"ci_low": 100 - rows.loc[ends, "ci_high"], "ci_high": 100 - rows.loc[ends, "ci_low"]}
    for end, values in turned.items():
        rows.loc[ends, end] = values
    way = instruments["direction"].astype("str")
    instruments["direction"] = way.mask(instruments["outcome"].eq(OUTCOME), "lower-is-better")
    frames = {**raw, "responses": rows, "instruments": instruments}
    return replace(lenient, _frames=frames)


def _both(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> list[tuple[atopic.Evidence, pd.DataFrame]]:
    return [(one, trial_effects(one, OUTCOME, weeks=[WEEK])) for one in (lenient, mirrored)]


def test_differences_and_pools_swap_their_signs(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    (_, more), (_, fewer) = _both(lenient, mirrored)
    assert len(more) == len(fewer) == 2
    for one, other in ((more, fewer), (pooled_models(more), pooled_models(fewer))):
        assert other["estimate"].to_list() == pytest.approx((-one["estimate"]).to_list())
        assert other["lower_min"].to_list() == pytest.approx((-one["upper_max"]).to_list())
        assert other["upper_max"].to_list() == pytest.approx((-one["lower_min"]).to_list())


def test_the_side_of_the_better_group_is_turned(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    sides = []
    for one, effects in _both(lenient, mirrored):
        made = effects_html(one, effects)
        sides.append(re.findall(r"[a-z]+ better", made))
    assert len(sides[0]) == 2
    assert sides[0] == sides[1][::-1]


def test_both_directions_on_one_plot_say_who_had_more(mirrored: atopic.Evidence) -> None:
    two = [trial_effects(mirrored, OUTCOME, weeks=[WEEK]), trial_effects(mirrored, "EASI-75")]
    made = effects_html(mirrored, pd.concat(two, ignore_index=True))
    assert "better" not in made
    assert {"fewer with", "more with"} <= set(re.findall(r"(?:fewer|more) with", made))


def test_numbers_needed_to_treat_stay(lenient: atopic.Evidence, mirrored: atopic.Evidence) -> None:
    needed = []
    for one, effects in _both(lenient, mirrored):
        found = effect_measures(one, effects)
        needed.append(found.loc[found["measure"].eq("NNT"), "text_over_all"].to_list())
    assert needed[0] == needed[1]


def test_a_printed_p_value_allows_the_mirror_image(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    (more,) = allowed_effects(lenient, OUTCOME, weeks=[WEEK]).to_dict("records")
    (fewer,) = allowed_effects(mirrored, OUTCOME, weeks=[WEEK]).to_dict("records")
    assert more["lower"] > 0 > fewer["upper"]
    assert (fewer["lower"], fewer["upper"]) == pytest.approx((-more["upper"], -more["lower"]))
    indices = [
        fragile_results(one, effects, allowed_effects(one, OUTCOME, weeks=[WEEK]))
        for one, effects in _both(lenient, mirrored)
    ]
    assert indices[0]["index_min"].to_list() == indices[1]["index_min"].to_list()


def test_what_the_page_says_first_is_turned(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    nothing = pd.DataFrame()
    effects = trial_effects(mirrored, OUTCOME, weeks=[WEEK])
    found = effects_finding(mirrored, OUTCOME, effects, pooled_models(effects), nothing, {})
    assert found["unit"].startswith("patients per 100, fewer is better")
    apart = effects.iloc[:1].assign(estimate=-0.3, lower_min=-0.4, upper_max=-0.2)
    found = effects_finding(mirrored, OUTCOME, apart, nothing, nothing, {})
    assert found["words"].startswith("Fewer patients had ")
    assert "(fewer is better)" in found["words"]
    row = apart.iloc[[0]]
    study = study_finding(
        mirrored, str(row["study_id"].iloc[0]), rates=nothing, effects=row, allowed=nothing,
        scores=nothing, adverse=nothing, judgements=nothing,
    )  # fmt: skip
    assert "fewer is better" in study["unit"]


def test_the_next_trial_is_planned_for_the_patients_it_spares(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    plans = [beliefs_about(one, OUTCOME, week=WEEK, delta=0.15) for one in (lenient, mirrored)]
    assert plans[0] is not None
    assert plans[1] is not None
    assert (plans[0].fewer, plans[1].fewer) == (False, True)
    assert plans[1].control_rate == pytest.approx(plans[0].control_rate)
    columns = ["estimate", "sd", "probability_positive", "probability_relevant"]
    own, other = (frame_of_beliefs(plan)[columns].to_numpy() for plan in plans if plan)
    assert other[:3] == pytest.approx(own[:3])
    asked = {"week": WEEK, "differences": [0.15], "control_rate": 0.3}
    powers = [past_trials(one, OUTCOME, **asked)["estimate"] for one in (lenient, mirrored)]  # type: ignore[arg-type]
    assert powers[1].to_list() == pytest.approx(powers[0].to_list())
    assert "patients without it" in planning_note(mirrored, OUTCOME, week=WEEK)


def test_a_given_control_rate_is_of_the_outcome(mirrored: atopic.Evidence) -> None:
    plan = beliefs_about(mirrored, OUTCOME, week=WEEK, delta=0.15, control_rate=0.8)
    assert plan is not None
    assert plan.control_rate == pytest.approx(0.2)


def test_a_further_trial_is_predicted_within_100_points(lenient: atopic.Evidence) -> None:
    first = trial_effects(lenient, OUTCOME, weeks=[WEEK]).iloc[[0]]
    counts = [(98, 2), (3, 2), (96, 2)]  # of 100 treated and of 100 on placebo
    effects = pd.concat(
        [
            first.assign(
                study_id=f"trial-{place}", patients_of=f"trial-{place}", responders=x, n=100,
                reference_responders=y, reference_n=100, combined_arm="no",
                candidates=[((x, 100),)], reference_candidates=[((y, 100),)],
            )
            for place, (x, y) in enumerate(counts)
        ],
        ignore_index=True,
    )  # fmt: skip
    pooled = pooled_models(effects).iloc[1]
    assert (pooled["prediction_lower"], pooled["prediction_upper"]) == (-1.0, 1.0)


def _turned(evidence: atopic.Evidence) -> atopic.Evidence:
    """The same, with the questions of certainty turned, too."""
    raw = evidence._frames
    asked = raw["certainty_questions"].copy()
    mine = asked["outcome"].eq(OUTCOME)
    asked["better"] = asked["better"].astype("str").mask(mine, "lower")
    return replace(evidence, _frames={**raw, "certainty_questions": asked})


def test_the_forests_of_all_trials_turn_their_sides(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    sides = []
    for one in (lenient, mirrored):
        trials = placebo_trials(one)
        own = trials[trials["outcome"].eq(OUTCOME)]
        sides.append(re.findall(r"[a-z]+ better", forest_html(own, lights_of(one, own))))
        assert ("better" in forest_html(trials, lights_of(one, trials))) is (one is lenient)
    assert len(sides[0]) == 2
    assert sides[0] == sides[1][::-1]


def test_certainty_is_the_same_of_the_mirror_image(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    questions = lenient.certainty_questions
    ids = questions.loc[questions["outcome"].eq(OUTCOME), "question_id"].to_list()
    both = [answer_questions(one, Settings(), questions=ids)
            for one in (lenient, _turned(mirrored))]  # fmt: skip
    assert both[0]
    for one, other in zip(*both, strict=True):
        assert one.level == other.level
        if one.found.effect:
            assert other.found.effect.estimate == pytest.approx(-one.found.effect.estimate)
            assert other.found.effect.lower == pytest.approx(-one.found.effect.upper)


def test_the_front_page_says_of_the_mirror_image_the_opposite(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    """Its words count patients with the outcome: who had more before has fewer now."""
    other = {"more": "fewer", "fewer": "more"}
    both = [product_answers(one) for one in (lenient, _turned(mirrored))]
    told = both[0]["outcome"].eq(OUTCOME) & both[0]["known"].eq("rates")
    assert told.any()
    keyed = both[1].set_index("product")
    for row in both[0][told].itertuples():
        turned = keyed.loc[row.product]
        assert turned["direction"] == other.get(row.direction, row.direction)
        assert turned["estimate"] == pytest.approx(-row.estimate)
        assert turned["certainty"] == row.certainty


def test_the_explorer_turns_its_sides(lenient: atopic.Evidence, mirrored: atopic.Evidence) -> None:
    sides = []
    for one in (lenient, mirrored):
        answer = against_placebo(
            one, None, outcome=OUTCOME, weeks=[WEEK], level=0.95, method="newcombe"
        )
        sides.append(re.findall(r"[a-z]+ better", str(answer.figure)))
    assert len(sides[0]) == 2
    assert sides[0] == sides[1][::-1]


def test_how_long_an_outcome_lasts_is_told_of_those_who_have_it(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    found = []
    for one in (lenient, mirrored):
        over_time = responses_over_time(one, OUTCOME)
        worst = worst_case(one, over_time)
        bars = worst.set_index("row")
        found.append((bars, durability_finding(one, OUTCOME, over_time, worst, {})))
    (more, good), (fewer, bad) = found
    assert fewer["estimate"].to_list() == pytest.approx((1 - more["estimate"]).to_list())
    assert fewer["lower_min"].to_list() == pytest.approx((1 - more["upper_max"]).to_list())
    assert fewer["lost"].to_list() == more["lost"].to_list()
    assert "respond" in good["words"] + good["unit"]
    assert "respond" not in bad["words"] + bad["unit"]
    assert "lasts" not in bad["words"]
    keys = [words for _, words in worst_case_key(fewer.reset_index())]
    assert not [words for words in keys if "responded" in words]


def test_a_rate_below_a_control_response_is_as_likely_as_its_mirror_image_above(
    lenient: atopic.Evidence, mirrored: atopic.Evidence
) -> None:
    names = ["estimate", "estimate_min", "estimate_max"]
    found = []
    for one in (lenient, mirrored):
        above = beating_placebo(one, response_rates(one, OUTCOME, weeks=[WEEK]))
        found.append(above.set_index(["row", "reference"])[names])
    assert len(found[0])
    assert found[1].index.to_list() == found[0].index.to_list()
    for name in names:
        assert found[1][name].to_list() == pytest.approx(found[0][name].to_list(), abs=1e-7)
    above = beating_placebo(mirrored, response_rates(mirrored, OUTCOME, weeks=[WEEK]))
    assert "below" in above_caption(above)
    assert "fewer is better" in above_caption(above)
    assert " below " in describe_above_placebo(above)


def test_the_notebooks_over_time_and_of_benchmarks_say_nothing_of_responders(
    mirrored: atopic.Evidence,
) -> None:
    rates = benchmark_rates(mirrored, OUTCOME, weeks=[WEEK])
    assert len(rates)
    said = benchmarks_finding(mirrored, OUTCOME, rates)
    assert "respond" not in f"{said['words']} {said['unit']}"
