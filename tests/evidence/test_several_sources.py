"""Of one result that several sources print, a synthesis takes one row, and says so."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atopic
from atopic.evidence.counts import decimals
from atopic.evidence.selection import selected
from atopic.evidence.several_sources import preferred_rows, several_sources_note
from atopic.questions.controlled_effect import pooled_effect, pooling_refusal, trial_effects

PERCENTAGES = st.builds(
    lambda whole, places: f"{whole}" if not places else f"{whole}.{places}",
    st.integers(0, 99),
    st.from_regex(r"[0-9]{0,3}", fullmatch=True),
)


def rows_of(*cells: tuple[int | None, str | None], week: int | None = 12) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=["responders", "percent_printed"])
    bases = ["printed" if pd.notna(count) else "derived" for count in frame["responders"]]
    return frame.astype({"responders": "Int64"}).assign(
        basis=bases,
        study_id="trial", arm_id="placebo", outcome="EASI-50", week=week, label="placebo",
        analysis_set="as-reported", source_id=[f"source-{i}" for i in range(len(frame))],
    ).astype({"week": "Int64"})  # fmt: skip


@given(printed=st.lists(PERCENTAGES, min_size=1, max_size=6), data=st.data())
def test_the_most_digits_are_taken_in_whatever_order(printed: list[str], data: st.DataObject):
    taken = preferred_rows(rows_of(*((None, one) for one in printed)))
    most = max(map(decimals, printed))
    assert taken.to_list() == [decimals(one) == most for one in printed]
    order = data.draw(st.permutations(range(len(printed))))
    again = preferred_rows(rows_of(*((None, printed[at]) for at in order)))
    assert again.to_list() == [taken[at] for at in order]


@given(printed=st.lists(PERCENTAGES, min_size=1, max_size=6))
def test_a_printed_count_is_taken_before_any_percentage(printed: list[str]):
    taken = preferred_rows(rows_of((3, None), *((None, one) for one in printed)))
    assert taken.to_list() == [True, *[False] * len(printed)]


def test_results_without_a_week_are_not_called_the_same():
    frame = rows_of((None, "30"), (None, "30.5"), week=None)
    assert preferred_rows(frame).all()
    assert several_sources_note(frame) == ""


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        (("29.3", "29.79"), "29.3% and 29.8%; we use 29.8%, the more exact"),
        (("67", "72"), "67% and 72%; neither has the better source"),
        (("29.3", "29.3"), ""),
    ],
)
def test_the_note_names_both_figures_and_the_one_taken(printed: tuple[str, str], says: str):
    note = several_sources_note(rows_of(*((None, one) for one in printed)))
    assert says in note
    assert bool(note) == bool(says)


def test_a_trial_whose_placebo_rate_is_printed_twice_is_compared_once():
    evidence = atopic.load()
    rows = selected(evidence, "responses", "EASI-50", weeks=[12])
    twice = rows[rows.duplicated(["study_id", "arm_id", "analysis_set"], keep=False)]
    assert len(twice) == 2
    assert preferred_rows(twice).sum() == 1
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    assert not effects.duplicated(["study_id", "arm_id"]).any()
    used = int(twice.index[preferred_rows(twice)][0])
    assert used in set(effects["reference_row"])
    assert not set(twice.index) - {used} & set(effects["reference_row"])
    assert pooled_effect(effects)["k"].to_list() == [len(effects)]


def test_rows_that_tie_are_shown_and_never_pooled():
    evidence = atopic.load()
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    tied = pd.concat([effects, effects.iloc[:1]], ignore_index=True)
    assert "is there twice" in pooling_refusal(tied)
