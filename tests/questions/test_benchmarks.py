"""What placebo and other drugs did, as context."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

import atopic
from atopic.evidence.counts import Candidates
from atopic.questions.benchmarks import beating_placebo, benchmark_rates, placebo_responses
from atopic.questions.benchmarks.chart import describe_benchmarks, draw_benchmarks
from atopic.questions.benchmarks.placebo_table import (
    published_mean,
    reference_notes,
    tabulate_above_placebo,
    tabulate_placebo_responses,
)
from atopic.questions.response_rates import placebo_arms, response_rates
from tests.conftest import REPOSITORY
from tests.running import run


@pytest.mark.mpl_image_compare(filename="benchmarks.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_benchmarks(evidence: atopic.Evidence) -> Figure:
    return draw_benchmarks(benchmark_rates(evidence, "EASI-75", weeks=[16]))


def test_no_active_cell_therapy_arm_is_a_benchmark(evidence: atopic.Evidence) -> None:
    for outcome in evidence.responses["outcome"].unique():
        rates = benchmark_rates(evidence, outcome)
        assert not rates["arm_role"].eq("experimental").any()
        if len(rates):
            draw_benchmarks(rates)
            assert describe_benchmarks(rates).startswith(f"{outcome} in benchmark trials. ")


def test_nothing_is_drawn_or_told_of_nothing(lenient: atopic.Evidence) -> None:
    nothing = benchmark_rates(lenient, "nonsense")
    assert draw_benchmarks(nothing) is None
    assert describe_benchmarks(nothing) == ""


def test_the_order_is_placebo_then_class_then_topicals(evidence: atopic.Evidence) -> None:
    rates = benchmark_rates(evidence, "EASI-75", weeks=[16])
    assert rates["arm_role"].eq("placebo").to_list() == [True] * 17 + [False] * 25
    assert rates["background_topicals"].to_list()[:17] == ["yes"] * 7 + ["no"] * 9 + ["unknown"]
    assert rates["study_id"].iloc[16] == "atmsc-2025"
    active = rates[17:]
    assert active["intervention_class"].to_list() == ["biologic"] * 17 + ["jak-inhibitor"] * 8
    ecztra = active[active["study_id"].eq("ecztra-6")]
    assert ecztra["dose"].to_list() == [300.0, 150.0]


def test_the_headings_name_the_kind_of_trial_and_the_topicals(evidence: atopic.Evidence) -> None:
    figure = draw_benchmarks(benchmark_rates(evidence, "EASI-50", weeks=[12, 16]))
    words = [text.get_text() for text in figure.axes[0].texts]
    for heading in (
        "Placebo", "Biologics", "JAK inhibitors", "drug trials, without background topicals",
        "cell-therapy trials, background topicals not stated",
    ):  # fmt: skip
        assert words.count(heading) == 1


@pytest.mark.parametrize("topicals", ["yes", "no", "unknown"])
def test_topicals_can_be_asked_for(evidence: atopic.Evidence, topicals: str) -> None:
    rates = benchmark_rates(evidence, "EASI-75", topicals=[topicals])
    assert set(rates["background_topicals"]) == {topicals}


def test_an_unknown_word_for_topicals_is_refused(evidence: atopic.Evidence) -> None:
    with pytest.raises(ValueError, match="topicals must be among yes, no, unknown, not 'maybe'"):
        benchmark_rates(evidence, "EASI-75", topicals=["maybe"])


def test_placebo_arms_of_sets_of_trials_are_left_out(evidence: atopic.Evidence) -> None:
    # solo-1-2-pooled is one set of two trials, dupilumab-adolescents one trial
    arms = placebo_arms(evidence, "IGA-above-1", sets=False)
    assert set(arms["study_id"]) == {"dupilumab-adolescents"}
    assert "xu-2017" not in set(placebo_arms(evidence, "IGA-0/1", sets=False)["study_id"])
    assert "xu-2017" in set(placebo_arms(evidence, "IGA-0/1")["study_id"])


def test_placebo_responses_are_never_mixed(evidence: atopic.Evidence) -> None:
    arms = placebo_arms(evidence, "EASI-75", weeks=[16], sets=False)
    found = placebo_responses(arms)
    keys = found[["trials", "background_topicals", "arms", "counted", "patients"]]
    assert keys.to_numpy().tolist() == [
        # 109 + 123 + 315 + 321, and 85 + 94 + 236 + 201
        ["drug", "yes", 7, 4, 868],
        ["drug", "no", 9, 4, 616],
        ["cell therapy", "unknown", 1, 1, 55],
    ]
    four = ["breeze-ad7", "dupilumab-children", "dupilumab-adolescents", "ecztra-6"]
    cells = arms["study_role"].eq("evidence")
    found = placebo_responses(arms[arms["study_id"].isin(four) | cells])
    # R 4: 58/232 and 13/179; tau2 = 0 for both, so the summed counts with Wald limits on log odds
    assert found["estimate"].round(4).to_list()[:2] == [0.25, 0.0726]
    assert found["lower"].round(4).to_list()[:2] == [0.1985, 0.0426]
    assert found["upper"].round(4).to_list()[:2] == [0.3097, 0.1210]
    assert found["estimate"].isna().iloc[2]


def test_the_table_says_where_too_few_arms_cannot_tell(evidence: atopic.Evidence) -> None:
    arms = placebo_arms(evidence, "IGA-0/1", sets=False)
    table = tabulate_placebo_responses(placebo_responses(arms))
    table = table.set_index(["Week", "Background topicals"])
    # R: metafor 3.8-1, rma.glmm(nAGQ=50) of 6/76, 2/35 and of 39/315, 16/109, 79/321, 14/123;
    # the prediction of a further trial with t of 2 degrees of freedom
    assert table.loc[("12", "no"), "Pooled"] == "7.2% (3.6 to 13.8%)"
    assert table.loc[("12", "no"), "A further trial"] == "open"
    assert table.loc[("16", "yes"), "Pooled"] == "15.5% (11.0 to 21.5%)"
    assert table.loc[("16", "yes"), "A further trial"] == "3.1 to 51.0%"
    assert table.loc[("12", "yes"), "Pooled"] == "too few counts"
    assert table.loc[("8", "not stated"), "Pooled"] == "no counts"
    assert table.loc[("16", "yes"), "Range"] == "10.9 to 26.2%"


def test_no_arm_gives_an_empty_table(lenient: atopic.Evidence) -> None:
    empty = placebo_responses(placebo_arms(lenient, "nonsense"))
    assert empty.empty
    assert tabulate_placebo_responses(empty).empty
    assert published_mean(None) == ()


# Rates without a control group beside the placebo arms of other trials ----------------------------


def estimates(evidence: atopic.Evidence, **options: float) -> pd.Series:
    rates = response_rates(evidence, "EASI-50", weeks=[12])
    found = beating_placebo(evidence, rates, **options)
    return found.set_index(["study_id", "arm_id", "reference"])["estimate"]


def test_the_probabilities_that_nested_integration_in_r_gives(evidence: atopic.Evidence) -> None:
    # R 4: integrate() over tau of the marginal likelihood times half-normal(1), within it over the
    # beta posterior; drug placebos 19/54, 15/35, 11/85, 53/123, cell placebos 22/81, 28/94.
    found = estimates(evidence)
    high, low, seo = ("kim-2017", "phase-2a-high"), ("kim-2017", "phase-2a-low"), "seo-2024-phase-1"
    assert found[(*high, "drug")] == pytest.approx(0.80480060, abs=2e-8)
    assert found[(*low, "drug")] == pytest.approx(0.56492977, abs=2e-8)
    assert found[seo, "all", "drug"] == pytest.approx(0.92126339, abs=2e-8)
    assert found[(*high, "cell therapy")] == pytest.approx(0.89496194, abs=2e-8)
    assert found[seo, "all", "cell therapy"] == pytest.approx(0.96520890, abs=2e-8)
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
    assert len(notes) == 4
    assert notes[3] == (
        "Control groups are of the same week, or of at most 4 weeks before or after it."
    )
    assert any("predicted from 4 such groups" in words for words in notes)
    table = tabulate_above_placebo(found)
    assert table["Patients"].to_list() == ["6/11", "5/14, ambiguous"]
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
    unsure = rates.assign(
        basis="ambiguous", candidates=[Candidates((x, 11) for x in (2, 6, 9))] * len(rates)
    )
    found = beating_placebo(evidence, unsure)
    assert (found["estimate_min"] < found["estimate"]).all()
    assert (found["estimate"] < found["estimate_max"]).all()
    assert "over all counts" in tabulate_above_placebo(found)["Mean placebo response"].iloc[0]


def test_nothing_to_compare_is_an_empty_frame(lenient: atopic.Evidence) -> None:
    for outcome in ("EASI-75", "IGA-above-1", "any-improvement", "nonsense"):
        rates = response_rates(lenient, outcome, include_benchmarks=True)
        found = beating_placebo(lenient, rates)
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


# The notebook -------------------------------------------------------------------------------------


NOTEBOOK = REPOSITORY / "notebooks" / "benchmarks.ipynb"
RATES = REPOSITORY / "notebooks" / "response_rates.ipynb"


@pytest.mark.parametrize("weeks", [[], [13]])
@pytest.mark.parametrize("topicals", [[], ["no"], ["yes", "unknown"]])
@pytest.mark.parametrize("outcome", ["EASI-75", "IGA-0/1", "SCORAD-90", "nonsense"])
def test_it_answers_whatever_it_is_asked(
    outcome: str, topicals: list[str], weeks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"outcome": outcome, "topicals": topicals, "weeks": weeks}
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    if "figure" in kinds:
        alt = next(metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure")
        assert alt.startswith(f"{outcome} in benchmark trials. ")
        assert kinds.count("table") >= 3
    else:
        assert kinds == ["finding", "note"]


@pytest.mark.parametrize(
    ("name", "value"), [("level", 2), ("method", "guess"), ("topicals", ["x"]), ("weeks", 16)]
)
def test_it_refuses_what_is_no_option(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)


@pytest.mark.parametrize("spread", [0.1, 2.0])
def test_the_prior_on_placebo_arms_is_named(spread: float, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(RATES, {"placebo_spread": spread}, monkeypatch)
    (data,) = [data for metadata, data in shown if metadata.get("name") == "above-placebo"]
    assert f"half-normal({spread:g}) heterogeneity" in data["text/csv"]


def test_a_spread_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="tau_scale"):
        run(RATES, {"placebo_spread": 0.0}, monkeypatch)


def test_rates_with_a_control_are_not_set_beside_other_placebo_arms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = run(RATES, {"outcome": "EASI-75", "weeks": [16]}, monkeypatch)
    names = [metadata.get("name") for metadata, _ in shown]
    assert "above-placebo" not in names
