"""Rates without a control group beside the placebo arms of other trials."""

import pandas as pd
import pytest

import atopic
from atopic.questions.benchmarks import beating_placebo
from atopic.questions.benchmarks.placebo_table import reference_notes, tabulate_above_placebo
from atopic.questions.response_rates import response_rates


def estimates(evidence: atopic.Evidence, **options: float) -> pd.Series:
    rates = response_rates(evidence, "EASI-50", weeks=[12])
    found = beating_placebo(evidence, rates, **options)
    return found.set_index(["study_id", "arm_id", "reference"])["estimate"]


def test_the_probabilities_that_nested_integration_in_r_gives(evidence: atopic.Evidence) -> None:
    # R 4: integrate() over tau of the marginal likelihood times half-normal(1), within it over the
    # beta posterior; drug placebos 19/54, 15/35, 11/85, 53/123, cell placebos 22/81, 29/99.
    found = estimates(evidence)
    high, low, seo = ("kim-2017", "phase-2a-high"), ("kim-2017", "phase-2a-low"), "seo-2024-phase-1"
    assert found[(*high, "drug")] == pytest.approx(0.80480060, abs=2e-8)
    assert found[(*low, "drug")] == pytest.approx(0.56492977, abs=2e-8)
    assert found[seo, "all", "drug"] == pytest.approx(0.92126339, abs=2e-8)
    assert found[(*high, "cell therapy")] == pytest.approx(0.89778186, abs=2e-8)
    assert found[seo, "all", "cell therapy"] == pytest.approx(0.96619450, abs=2e-8)
    narrow = estimates(evidence, tau_scale=0.5)
    assert narrow[seo, "all", "drug"] == pytest.approx(0.95581336, abs=2e-8)


def test_the_mean_placebo_response_keeps_its_uncertainty(evidence: atopic.Evidence) -> None:
    # R: integrate(dbeta(p, 6.5, 5.5) * pbeta(p, 347.7, 523.2)), shapes of the printed interval
    found = estimates(evidence)
    assert found["kim-2017", "phase-2a-high", "mean"] == pytest.approx(0.8375, abs=1e-4)


def test_only_arms_that_never_had_a_control_are_compared(evidence: atopic.Evidence) -> None:
    found = beating_placebo(evidence, response_rates(evidence, "EASI-50", include_benchmarks=True))
    assert set(found["study_id"]) == {"kim-2017", "seo-2024-phase-1"}
    assert set(found["week"]) == {12}
    assert found.groupby("row").size().eq(3).all()
    assert set(found["measure"]) == {"probability"}
    assert found["estimate"].between(0, 1).all()


def test_what_is_compared_with_is_said(evidence: atopic.Evidence) -> None:
    rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"])
    found = beating_placebo(evidence, rates)
    drug = found[found["reference"].eq("drug")].iloc[0]
    assert (drug["reference_arms"], drug["reference_rows"]) == (4, "25, 71, 83, 125")
    notes = reference_notes(found)
    assert len(notes) == 3
    assert any("predicted from 4 such arms" in words for words in notes)
    table = tabulate_above_placebo(found)
    assert table["Responders"].to_list() == ["6/11", "5/14, derived"]
    assert len(table) == 2


def test_a_placebo_response_of_another_time_is_not_used(evidence: atopic.Evidence) -> None:
    rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"])
    near = beating_placebo(evidence, rates, within=0)
    drug = near[near["reference"].eq("drug")]
    assert set(drug["reference_rows"]) == {"25, 125"}  # dupilumab M12 and SHR0302, week 12
    far = rates.assign(week=rates["week"] + 40)
    assert beating_placebo(evidence, far).empty
    with pytest.raises(ValueError, match="within"):
        beating_placebo(evidence, rates, within=-1)


def test_every_count_that_fits_is_compared(evidence: atopic.Evidence) -> None:
    rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"])
    unsure = rates.assign(basis="ambiguous", candidates="2/11; 6/11; 9/11")
    found = beating_placebo(evidence, unsure)
    assert (found["estimate_min"] < found["estimate"]).all()
    assert (found["estimate"] < found["estimate_max"]).all()
    assert "over all counts" in tabulate_above_placebo(found)["Mean placebo response"].iloc[0]


def test_nothing_to_compare_is_an_empty_frame(evidence: atopic.Evidence) -> None:
    for outcome in ("EASI-75", "IGA-above-1", "any-improvement", "nonsense"):
        rates = response_rates(evidence, outcome, include_benchmarks=True)
        found = beating_placebo(evidence, rates)
        assert found.empty
        assert "estimate" in found
        assert reference_notes(found) == ()


@pytest.mark.parametrize("n", [1, 12, 300])
def test_more_responders_are_more_probable_to_exceed(evidence: atopic.Evidence, n: int) -> None:
    rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"]).head(1)
    counts = list(range(0, n + 1, max(1, n // 12)))
    arms = pd.concat([rates] * len(counts)).assign(responders=counts, n=n, row=counts)
    for _, found in beating_placebo(evidence, arms).groupby("reference"):
        assert found["estimate"].is_monotonic_increasing
        assert found["estimate"].between(0, 1).all()
