"""Effects in the measure that the review shows first: words, tables and the axis of ratios."""

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atopic
from atopic.display.forest_drawing import RatioAxis
from atopic.questions.controlled_effect import (
    in_measure,
    leave_one_out_effects,
    pooled_models,
    pooling_refusal,
    trial_effects,
)
from atopic.questions.controlled_effect.by_measure import effect_limits, effect_text
from atopic.questions.controlled_effect.finding import effects_finding
from atopic.questions.controlled_effect.forest import describe_effects, effects_html
from atopic.questions.controlled_effect.table import (
    heterogeneity_note,
    tabulate_effects,
    tabulate_left_out,
    tabulate_pooled,
)

RATIOS = ("RR", "OR")


@pytest.fixture
def both(evidence: atopic.Evidence, request: pytest.FixtureRequest):
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    pooled = pooled_models(effects)
    asked = {"weeks": [12]}
    return (
        effects,
        pooled,
        *in_measure(evidence, "EASI-50", effects, pooled, request.param, **asked),
    )


@pytest.mark.parametrize("both", RATIOS, indirect=True)
def test_a_ratio_is_shown_first_with_its_difference(evidence: atopic.Evidence, both) -> None:
    effects, pooled, ratios, together = both
    nothing = effects.iloc[:0]
    plain = effects_finding(evidence, "EASI-50", effects, pooled, nothing, {})
    found = effects_finding(
        evidence, "EASI-50", effects, pooled, nothing, {}, ratios=ratios, pooled_ratios=together
    )
    common = together[together["method"].eq("common")].iloc[0]
    assert found["number"] == effect_text(common["estimate"], "RR") != plain["number"]
    assert found["unit"].endswith(plain["short"])
    assert effect_limits(common["lower_min"], common["upper_max"], "RR") in found["unit"]
    assert found["words"] == plain["words"]


@pytest.mark.parametrize("both", RATIOS, indirect=True)
def test_tables_and_the_forest_are_in_the_measure(evidence: atopic.Evidence, both) -> None:
    effects, _, ratios, together = both
    name = {"RR": "Risk ratio", "OR": "Odds ratio"}[ratios["measure"].iloc[0]]
    for table in (tabulate_effects(ratios), tabulate_pooled(together),
                  tabulate_left_out(leave_one_out_effects(ratios))):  # fmt: skip
        assert name in table
    assert tabulate_effects(ratios)["Difference, points"].str[:4].to_list() == [
        one[:4] for one in tabulate_effects(effects)["Difference, points"]
    ]
    made = effects_html(evidence, ratios, pooled=together)
    assert made.count('class="zero"') == len(ratios) + len(together)
    assert name in made
    assert "5 more (9 fewer to 18 more)" in made
    assert "points" not in describe_effects(ratios, pooled=together)
    assert "points" not in heterogeneity_note(together)


def test_the_difference_is_what_a_review_that_says_nothing_shows(evidence: atopic.Evidence) -> None:
    assert evidence.review.measure == "RD"
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    pooled = pooled_models(effects)
    found = in_measure(evidence, "EASI-50", effects, pooled, "RD", weeks=[12])
    assert found[0] is effects
    assert found[1] is pooled
    with pytest.raises(ValueError, match="RD, RR, OR"):
        in_measure(evidence, "EASI-50", effects, pooled, "HR", weeks=[12])  # type: ignore[arg-type]


def test_a_group_in_which_nobody_responded_has_no_pooled_ratio(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50", weeks=[12], measure="RR")
    first = effects["study_id"].eq(effects["study_id"].iloc[0])
    empty = effects.assign(responders=effects["responders"].mask(first, 0))
    assert "nobody may have responded" in pooling_refusal(empty)
    assert pooled_models(empty).empty
    full = effects.assign(responders=effects["responders"].mask(first, effects["n"]))
    assert pooling_refusal(full) == ""
    assert "nobody or everybody" in pooling_refusal(full.assign(measure="OR"))
    differences = trial_effects(evidence, "EASI-50", weeks=[12])
    found = effects_finding(
        evidence, "EASI-50", differences, pooled_models(differences), effects.iloc[:0], {},
        ratios=empty, pooled_ratios=pd.DataFrame(),
    )  # fmt: skip
    assert found["number"] == "+4"
    assert any("No risk ratio is shown" in note for note in found["notes"])


def test_trials_that_cannot_be_pooled_have_a_range_of_ratios(evidence: atopic.Evidence) -> None:
    asked = {"weeks": [12], "pool_by": "agent"}
    effects = trial_effects(evidence, "EASI-50", **asked)
    effects = effects.assign(pooled_with=["a", "b"])
    ratios = trial_effects(evidence, "EASI-50", **asked, measure="RR")
    nothing = effects.iloc[:0]
    found = effects_finding(
        evidence, "EASI-50", effects, nothing, nothing, {}, ratios=ratios, pooled_ratios=nothing
    )
    assert found["number"] == "1.11 to 1.17"
    assert "risk ratios" in found["unit"]
    assert "responders per 100" in found["unit"]


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6))
def test_an_axis_of_ratios_holds_all_of_them_and_one(ends: list[float]) -> None:
    axis = RatioAxis.of(ends)
    assert axis is not None
    assert axis.low <= min(1.0, *ends)
    assert axis.high >= max(1.0, *ends)
    shares = [axis.share(one) for one in sorted(ends)]
    assert shares == sorted(shares)
    assert all(-1e-9 <= one <= 1 + 1e-9 for one in shares)
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    assert 1.0 in axis.ticks
    assert not axis.is_odd(1.0)


def test_equal_steps_of_ratios_are_equally_wide() -> None:
    axis = RatioAxis.of([0.1, 10.0])
    assert axis is not None
    assert math.isclose(axis.share(1.0), 0.5)
    assert math.isclose(axis.share(2.0) - axis.share(1.0), axis.share(4.0) - axis.share(2.0))
    assert RatioAxis.of([math.inf, 0.0]) is None
    assert replace(axis, low=0.5).at(0.0) == "0.00%"
