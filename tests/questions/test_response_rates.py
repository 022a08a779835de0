""""""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.evidence import provenance
from atopic.questions.response_rates import placebo_reference, response_rates
from atopic.questions.response_rates.chart import describe_rates, draw_rates
from atopic.questions.response_rates.table import tabulate_rates
from atopic.questions.response_rates.words import arm_words


def one(frame: pd.DataFrame, **values: object) -> pd.Series:
    for column, value in values.items():
        frame = frame[frame[column].eq(value)]
    assert len(frame) == 1
    return frame.iloc[0]


def test_the_intervals_that_binom_test_of_r_gives(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50", weeks=[12])
    shin = one(frame, study_id="shin-2021")
    assert (shin.responders, shin.n, shin.basis) == (4, 5, "printed")
    assert (round(shin.lower, 4), round(shin.upper, 4)) == (0.2836, 0.9949)
    kim = one(frame, study_id="kim-2017", arm_id="phase-2a-high")
    assert (kim.responders, kim.n) == (6, 11)
    assert (round(kim.lower, 4), round(kim.upper, 4)) == (0.2338, 0.8325)


def test_controlled_and_uncontrolled_rates_are_told_apart(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50")
    settings = frame.groupby("setting")["study_id"].agg(set)
    assert settings["controlled"] == {"kangstem-2019", "kangstem-2024"}
    assert settings["uncontrolled"] == {"kim-2017", "seo-2024-phase-1"}
    assert settings["best-response"] == {"shin-2021"}
    assert settings["follow-up"] == {"kangstem-2019-follow-up", "kangstem-2024-follow-up"}
    assert settings["after-crossover"] == {"kangstem-2024"}
    assert list(dict.fromkeys(frame["setting"])) == [
        "controlled", "uncontrolled", "best-response", "follow-up", "after-crossover",
    ]  # fmt: skip


def test_a_derived_count_is_never_called_printed(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50", weeks=[12], include_benchmarks=True)
    printed = frame[frame["basis"] == "printed"]["row"]
    assert evidence.responses.loc[printed, "responders"].notna().all()
    derived = frame[frame["basis"].isin(["derived", "ambiguous"])]["row"]
    assert evidence.responses.loc[derived, "responders"].isna().all()


def test_ambiguous_counts_reach_over_every_candidate(evidence: atopic.Evidence) -> None:
    row = one(response_rates(evidence, "EASI-50", weeks=[16]), study_id="kangstem-2024")
    assert str(row.candidates) == "37/77; 74/154"
    assert (row.responders, row.n) == (37, 77)  # no size was planned: the lower middle one
    assert row.lower_min == row.lower < row.estimate < row.upper == row.upper_max


def test_a_percentage_without_a_count_has_no_interval(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-75", weeks=[16], studies=["advocate-1"])
    assert frame["responders"].isna().all()
    assert frame["lower"].isna().all()
    assert set(frame["method"]) == {"none"}
    assert sorted(frame["estimate"]) == [0.162, 0.588]


def test_a_printed_interval_is_kept_as_printed(evidence: atopic.Evidence) -> None:
    row = one(response_rates(evidence, "EASI-50", studies=["andreasen-2020"]))
    assert (row.estimate, row.lower, row.upper, row.level) == (0.399, 0.367, 0.432, 0.95)
    assert row.method == "printed"


def test_rows_lead_back_to_the_table(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-75", include_benchmarks=True)
    back = evidence.responses.loc[frame["row"]]
    assert back["study_id"].to_list() == frame["study_id"].to_list()
    assert back["locator"].to_list() == frame["locator"].to_list()


@pytest.mark.parametrize("outcome", ["EASI-60", ""])
def test_an_empty_selection_is_an_empty_frame(lenient: atopic.Evidence, outcome: str) -> None:
    empty = response_rates(lenient, outcome)
    full = response_rates(lenient, "EASI-50")
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    assert len(tabulate_rates(empty)) == 0
    assert len(provenance.sources_of(lenient, empty)) == 0
    assert provenance.contradictions_note(lenient, empty) == ""
    assert draw_rates(empty) is None
    assert describe_rates(empty) == ""


def test_every_outcome_can_be_shown(evidence: atopic.Evidence) -> None:
    for outcome in evidence.responses["outcome"].unique():
        frame = response_rates(evidence, outcome, include_benchmarks=True)
        reference = placebo_reference(evidence, outcome)
        assert len(frame)
        assert np.isfinite(frame["estimate"]).all()
        assert len(describe_rates(frame, reference=reference)) > 20
        assert len(tabulate_rates(frame)) == len(frame)
        draw_rates(frame, reference=reference)


def test_the_text_of_the_chart_does_not_overlap(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50", include_benchmarks=True)
    figure = draw_rates(frame, reference=placebo_reference(evidence, "EASI-50"))
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.axes[0].texts
        if text.get_text()
    ]
    width, height = figure.bbox.size
    for words, box in boxes:
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
    for number, (words, box) in enumerate(boxes):
        for other, another in boxes[number + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_the_alt_text_states_the_finding(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50", weeks=[12])
    words = describe_rates(frame, reference=placebo_reference(evidence, "EASI-50"))
    assert (
        "FURESTEM-AD phase 3, 2019, controlled: cells 32% (22 to 43) against placebo 27% "
        "(18 to 38)." in words
    )
    assert "No control group: 36 to 70%." in words
    assert "Best response over one or two treatment cycles, no control group: 80%." in words
    assert "Pooled placebo response: 40%." in words


def test_the_band_stands_behind_uncontrolled_arms_only(evidence: atopic.Evidence) -> None:
    reference = placebo_reference(evidence, "EASI-75")
    controlled = response_rates(evidence, "EASI-75", weeks=[16])
    assert len(draw_rates(controlled, reference=reference).axes[0].collections) == 0
    mixed = response_rates(evidence, "EASI-50", weeks=[12])
    reference = placebo_reference(evidence, "EASI-50")
    bands = draw_rates(mixed, reference=reference).axes[0].collections
    assert len(bands) == (mixed["setting"] != "controlled").sum()


def test_arms_of_one_dose_are_told_apart_by_their_regimen(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-75", weeks=[16], studies=["chronos"])
    figure = draw_rates(frame)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "dupilumab 300 mg weekly with topical corticosteroids" in words
    assert "dupilumab 300 mg every 2 weeks with topical corticosteroids" in words
    assert "placebo + topicals" in words


def test_an_outcome_of_non_responders_says_so(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "IGA-above-1", include_benchmarks=True)
    assert "fewer is better" in draw_rates(frame).axes[0].get_xlabel()


def test_counts_summed_over_trials_get_no_interval(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "IGA-0/1", studies=["xu-2017"])
    assert sorted(frame["responders"]) == [89, 611]
    assert frame["lower"].isna().all()


def test_a_contradicted_count_is_marked(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50", weeks=[104])
    table = tabulate_rates(frame).set_index("Row")
    assert table.loc["9", "Count"] == "reported, contradicted"
    assert table.loc["9", "Week"] == "104 (converted)"


def test_every_source_of_a_row_is_named_with_what_it_gives(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50", weeks=[12])
    sources = provenance.sources_of(evidence, frame, further={"andreasen-2020-abstract": 146})
    gives = sources.set_index("source_id")["gives"]
    assert gives["donga-2016"] == "count; n"
    assert gives["review-scrt-2021-02583"] == "n"
    assert gives["koreabiomed-2019"] == "all"
    assert "andreasen-2020-abstract" in gives


def test_what_the_sources_say_of_the_difference(evidence: atopic.Evidence) -> None:
    frame = response_rates(evidence, "EASI-50", weeks=[12])
    printed = provenance.printed_comparisons(evidence, frame).set_index("study_id")["printed"]
    assert printed["kangstem-2019"] == "called not significant"
    assert printed["kangstem-2024"] == "called not significant"
    assert printed["seo-2024-phase-1"] == "P = 0.9, called not significant"


def test_an_arm_is_called_by_its_dose(evidence: atopic.Evidence) -> None:
    rates = response_rates(evidence, "EASI-50", studies=["kangstem-2019"])
    assert arm_words(rates) == ["50 million cells", "placebo"]


# Charts and tables --------------------------------------------------------------------------------


@pytest.mark.mpl_image_compare(filename="rates-easi-50.png", savefig_kwargs={"dpi": 50})
def test_controlled_uncontrolled_derived_and_ambiguous_arms(evidence: atopic.Evidence) -> Figure:
    rates = response_rates(evidence, "EASI-50", weeks=[12])
    return draw_rates(rates, reference=placebo_reference(evidence, "EASI-50"))


@pytest.mark.mpl_image_compare(filename="rates-later.png", savefig_kwargs={"dpi": 50})
def test_weeks_after_the_control_period(evidence: atopic.Evidence) -> Figure:
    return draw_rates(response_rates(evidence, "EASI-50", weeks=[16, 24, 52, 104, 156]))


@pytest.mark.mpl_image_compare(filename="rates-easi-75.png", savefig_kwargs={"dpi": 50})
def test_cells_beside_drugs_and_percentages_without_counts(evidence: atopic.Evidence) -> Figure:
    return draw_rates(response_rates(evidence, "EASI-75", weeks=[16], include_benchmarks=True))
