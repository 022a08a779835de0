"""What placebo and other drugs did, as context."""

import pytest
from matplotlib.figure import Figure

import atopic
from atopic.questions.benchmarks import benchmark_rates, placebo_responses
from atopic.questions.benchmarks.chart import describe_benchmarks, draw_benchmarks
from atopic.questions.benchmarks.placebo_table import published_mean, tabulate_placebo_responses
from atopic.questions.response_rates import placebo_arms


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


def test_the_order_is_placebo_then_class_then_topicals(evidence: atopic.Evidence) -> None:
    rates = benchmark_rates(evidence, "EASI-75", weeks=[16])
    assert rates["arm_role"].eq("placebo").to_list() == [True] * 12 + [False] * 16
    assert rates["background_topicals"].to_list()[:12] == ["yes"] * 5 + ["no"] * 6 + ["unknown"]
    assert rates["study_id"].iloc[11] == "atmsc-2025"
    active = rates[12:]
    assert active["intervention_class"].to_list() == ["biologic"] * 14 + ["jak-inhibitor"] * 2
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
    found = placebo_responses(placebo_arms(evidence, "EASI-75", weeks=[16], sets=False))
    keys = found[["trials", "background_topicals", "arms", "counted", "patients"]]
    assert keys.values.tolist() == [
        ["drug", "yes", 5, 2, 232],
        ["drug", "no", 6, 2, 179],
        ["cell therapy", "unknown", 1, 1, 55],
    ]
    # R 4: 58/232 and 13/179; tau2 = 0 for both, so the summed counts with Wald limits on log odds
    assert found["estimate"].round(4).to_list()[:2] == [0.25, 0.0726]
    assert found["lower"].round(4).to_list()[:2] == [0.1985, 0.0426]
    assert found["upper"].round(4).to_list()[:2] == [0.3097, 0.1210]
    assert found["estimate"].isna().iloc[2]


def test_the_table_says_where_too_few_arms_cannot_tell(evidence: atopic.Evidence) -> None:
    arms = placebo_arms(evidence, "IGA-0/1", sets=False)
    table = tabulate_placebo_responses(placebo_responses(arms))
    table = table.set_index(["Week", "Background topicals"])
    assert table.loc[("16", "yes"), "A further trial"] == "open"
    assert table.loc[("16", "no"), "Pooled"] == "too few counts"
    assert table.loc[("8", "not stated"), "Pooled"] == "no counts"
    assert table.loc[("16", "yes"), "Range"] == "0.1138 to 0.2620"


def test_no_arm_gives_an_empty_table(evidence: atopic.Evidence) -> None:
    empty = placebo_responses(placebo_arms(evidence, "nonsense"))
    assert empty.empty
    assert tabulate_placebo_responses(empty).empty
    assert published_mean(None) == ()
