"""The rules of GRADE on small constructed cases, and the sentences they end in."""

from dataclasses import replace

import pytest

from atopic.questions.certainty.body import Effect, Rating, Trial
from atopic.questions.certainty.effects import absolute_difference
from atopic.questions.certainty.grade import (
    HOLDS_MARK,
    WIDE_RATIO,
    claim_of,
    level_of,
    rate_bias,
    rate_imprecision,
    rate_inconsistency,
    rate_reporting,
)
from atopic.questions.certainty.settings import Settings
from atopic.questions.certainty.wording import effect_sentence, size_of
from atopic.stats.trialdesign import sample_size

USUAL = Settings()
M = 10.0


def imprecision(
    effect: Effect | None, patients: int = 1000, needed: int | None = 500, **changed: object
) -> int:
    minimal = changed.pop("minimal", M)
    return rate_imprecision(
        effect, patients=patients, minimal=minimal, needed=needed,  # type: ignore[arg-type]
        settings=replace(USUAL, **changed),  # type: ignore[arg-type]
    ).levels  # fmt: skip


def difference(estimate: float, lower: float, upper: float, *ratio: float) -> Effect:
    ratios = dict(zip(("ratio", "ratio_lower", "ratio_upper"), ratio, strict=False))
    return Effect(estimate, lower, upper, 1000, **ratios)


@pytest.mark.parametrize(
    ("effect", "levels"),
    [
        (difference(2, -6, 8), 0),  # little or no difference, and the whole interval is
        (difference(2, -6, 12), -1),  # one mark
        (difference(14, 8, 20), -1),
        (difference(14, 11, 20), 0),
        (difference(2, -12, 14), -2),  # both
        (difference(20, 11, 30, 3.0, 1.1, 9.0), -2),  # no mark, but the ratio tells nothing
        (difference(20, 11, 30, 1.2, 1.1, 1.3), 0),  # no large ratio
        (None, -1),
    ],
)
def test_imprecision(effect: Effect | None, levels: int) -> None:
    assert imprecision(effect) == levels


def test_few_patients_lower_only_a_large_effect() -> None:
    large = difference(20, 11, 30, 2.0, 1.5, 2.7)
    assert imprecision(large, patients=400) == -1
    assert imprecision(large, patients=600) == 0
    assert imprecision(large, patients=400, fragile_ratio=False) == 0
    assert imprecision(difference(20, 11, 30, 1.2, 1.1, 1.3), patients=40) == 0


def test_without_an_estimate_few_patients_cost_two_levels() -> None:
    assert imprecision(None, patients=100) == -2
    assert imprecision(None, needed=None) == -2


def test_an_interval_that_rests_on_an_assumption_costs_one() -> None:
    assert imprecision(replace(difference(2, -6, 8), assumed="a spread without a label")) == -1


def test_of_any_effect_the_mark_is_no_difference_and_both_still_cost_two() -> None:
    assert imprecision(difference(14, 1, 27), target="any") == 0
    assert imprecision(difference(14, -1, 27), target="any") == -1
    assert imprecision(difference(2, -12, 14), target="any") == -2
    assert imprecision(difference(2, -12, 14), minimal=None) == -1


def test_the_marks_that_an_interval_holds_are_named() -> None:
    def said(effect: Effect, **changed: object) -> str:
        settings = replace(USUAL, **changed)  # type: ignore[arg-type]
        sizes = {"patients": 1000, "minimal": M, "needed": None}
        found = rate_imprecision(effect, **sizes, settings=settings)  # type: ignore[arg-type]
        return found.reason

    assert "lies within the 10 points that would matter" in said(difference(2, -6, 8))
    assert "allows a benefit and a harm of 10 points" in said(difference(2, -12, 14))
    assert "still allows 10 points less, which would matter" in said(difference(-4, -12, 4))
    assert "excludes no difference" in said(difference(14, 1, 27), target="any")
    counted = difference(4, -5, 13, 1.1, 0.9, 1.5)
    assert "still allows 10 more in 100, which would matter" in said(counted)


def test_every_rule_says_the_numbers_that_it_read() -> None:
    found = rate_imprecision(
        difference(16.5, 3.6, 29.3, 3.26, 1.14, 9.31),
        patients=114, minimal=M, needed=330, settings=USUAL,
    )  # fmt: skip
    assert found == Rating(
        "imprecision", -2,
        "The interval, 3.6 to 29.3 points, also allows less than the 10 in 100 that would matter; "
        "114 patients, about 330 needed; the effect looks large, but it could also be small "
        "(limits of the risk ratio 8.2-fold apart)",
        (HOLDS_MARK, WIDE_RATIO),
    )  # fmt: skip


BAD = Trial(100, "high", "low", "high")
GOOD = Trial(100, "low", "low", "low")
SOME = Trial(100, "some-concerns", "low", "high")


def bias(*trials: Trial, **changed: object) -> int:
    settings = replace(USUAL, **changed)  # type: ignore[arg-type]
    return rate_bias(trials, controlled=True, settings=settings).levels


def test_bias_counts_by_weight() -> None:
    assert bias(BAD, replace(GOOD, patients=300)) == 0
    assert bias(replace(BAD, weight=3.0), replace(GOOD, weight=1.0, patients=900)) == -1
    # 55% is enough
    assert bias(replace(BAD, patients=55), replace(GOOD, patients=45)) == -1
    assert bias(replace(BAD, patients=54), replace(GOOD, patients=46)) == 0
    assert bias(BAD, replace(GOOD, patients=45), dominance=0.7) == 0
    assert rate_bias([], controlled=False, settings=USUAL) == Rating(
        "bias", -1, "There is no comparison group"
    )


def test_how_much_of_the_evidence_is_biased_is_said_plainly() -> None:
    def said(*trials: Trial) -> str:
        return rate_bias(trials, controlled=True, settings=USUAL).reason

    assert said(BAD) == "All the evidence comes from trials at high risk of bias"
    assert said(GOOD) == "None of the evidence comes from trials at high risk of bias"
    half = said(BAD, replace(GOOD, known_faults=2))
    assert half.startswith("50% of the patients come from trials at high risk of bias; 50% of")


def test_bias_of_known_faults_unread_answers_and_some_concerns() -> None:
    assert bias(replace(BAD, known_faults=2)) == -2
    assert bias(replace(BAD, known_faults=1)) == -1
    assert bias(replace(BAD, known_faults=1), known_faults=1) == -2
    assert (bias(BAD, unread="best"), bias(SOME, unread="worst")) == (0, -1)
    assert bias(replace(BAD, overridden=True), unread="best") == -1
    assert (bias(SOME), bias(SOME, some_concerns="high")) == (0, -1)


def inconsistency(*intervals: tuple[float, float, float], prediction: tuple[float, float]) -> int:
    trials = [replace(GOOD, estimate=e, lower=low, upper=high) for e, low, high in intervals]
    effect = Effect(20, 15, 25, 300, tau2=1.0, i2=0.5,
                    prediction_lower=prediction[0], prediction_upper=prediction[1])  # fmt: skip
    return rate_inconsistency(trials, effect, minimal=M, settings=USUAL).levels


OPEN = (float("-inf"), float("inf"))


def test_inconsistency_needs_both_intervals_apart_and_different_sides() -> None:
    assert inconsistency((5, 0, 8), (20, 11, 30), prediction=OPEN) == -1
    assert inconsistency((5, 0, 12), (20, 11, 30), prediction=OPEN) == 0
    assert inconsistency((15, 14, 16), (20, 18, 30), prediction=OPEN) == 0
    assert rate_inconsistency([GOOD], None, minimal=M, settings=USUAL).levels == 0


def test_from_three_trials_the_prediction_counts() -> None:
    three = ((20, 12, 28), (21, 13, 29), (19, 12, 28))
    assert inconsistency(*three, prediction=(5, 35)) == -1
    assert inconsistency(*three, prediction=(12, 35)) == 0


SMALL = replace(GOOD, patients=72, sponsored=True, favourable=True)


def reporting(*trials: Trial, missing: int = 0, words_only: bool = False, **changed: object) -> int:
    return rate_reporting(
        trials, missing_patients=missing, words_only=words_only,
        settings=replace(USUAL, **changed),  # type: ignore[arg-type]
    ).levels  # fmt: skip


def test_reporting_lowers_once_at_most() -> None:
    assert reporting(GOOD, missing=25) == -1
    assert reporting(GOOD, missing=24) == 0
    assert reporting(GOOD, words_only=True) == -1
    assert reporting(SMALL) == -1
    assert reporting(SMALL, small_sponsored=False) == 0
    assert reporting(replace(SMALL, favourable=False)) == 0
    assert reporting(replace(SMALL, sponsored=False)) == 0
    assert reporting(SMALL, replace(GOOD, patients=400, sponsored=True)) == 0
    assert reporting(SMALL, missing=500, words_only=True) == -1


def test_levels_add_up_to_very_low_at_most() -> None:
    assert level_of("high", []) == "high"
    assert level_of("high", [Rating("bias", -1, ""), Rating("imprecision", -1, "")]) == "low"
    assert level_of("low", [Rating("bias", -2, ""), Rating("imprecision", -2, "")]) == "very low"
    assert claim_of(12.0, None, USUAL) == claim_of(12.0, M, Settings(target="any")) == ""


@pytest.mark.parametrize(
    ("level", "estimate", "words"),
    [
        ("high", 60, "Cells result in a large rise in itch."),
        ("moderate", -60, "Cells likely result in a large fall in itch."),
        ("low", 30, "Cells may increase itch."),
        ("high", -30, "Cells reduce itch."),
        ("moderate", 12, "Cells likely increase itch slightly."),
        ("low", 4, "Cells may result in little to no difference in itch."),
        ("very low", 60, "The evidence is very uncertain about the effect of cells on itch."),
        ("low", None, "What was read allows no estimate of the effect of cells on itch."),
    ],
)
def test_the_sentence_of_a_level_and_a_size(level: str, estimate: float, words: str) -> None:
    sizes = {"minimal": 10, "moderate": 25, "large": 50}
    found = effect_sentence(
        level, intervention="cells", outcome="itch", estimate=estimate, sizes=sizes
    )
    assert found == words
    assert "significant" not in found
    assert "no effect" not in found


def test_one_product_takes_its_verb() -> None:
    found = effect_sentence(
        "high", intervention="high dose", outcome="itch", estimate=30, sizes={"minimal": 10}
    )
    assert found == "High dose increases itch."


def test_without_a_boundary_a_size_is_moderate() -> None:
    assert size_of(12, {}) == "moderate"
    assert size_of(12, {"minimal": 10}) == "moderate"


def test_the_needed_size_is_that_of_the_unpooled_formula() -> None:
    # 20% against 15%: 903 an arm, as the GRADE guidance prints it.
    found = float(sample_size(0.20, 0.15, variance="unpooled"))
    assert 902 < found <= 903


def test_a_ratio_becomes_so_many_fewer_in_1000() -> None:
    # 0.75 on 352 in 1,000 is 88 fewer, as a published summary of findings prints it.
    assert round(1000 * absolute_difference(0.352, 0.75)) == -88


@pytest.mark.parametrize(
    ("name", "value"),
    [("unread", "maybe"), ("dominance", 1.5), ("minimal", -1.0), ("known_faults", 0)],
)
def test_a_threshold_that_is_none_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        Settings(**{name: value})  # type: ignore[arg-type]
