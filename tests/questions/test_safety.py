""""""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.questions import safety
from atopic.questions.safety import EVENTS, adverse_events, event_rates, summed_events
from atopic.questions.safety.chart import describe_events, draw_events
from atopic.questions.safety.finding import safety_finding
from atopic.questions.safety.table import tabulate_event_rates, tabulate_events, tabulate_sums
from atopic.questions.safety.words import placebo_note, silence_note
from tests.conftest import REPOSITORY
from tests.questions.test_response_rates import one
from tests.reviews import psoriasis
from tests.running import run


def test_no_event_is_bounded_as_binom_test_of_r_bounds_it(evidence: atopic.Evidence) -> None:
    frame = safety.adverse_events(evidence)
    # binom.test(0, n)$conf.int[2], and with alternative = "less"
    for study, event, two, single in (
        ("kim-2017", "sae", 0.1028, 0.0843),
        ("shin-2021", "sae", 0.5218, 0.4507),
        ("seo-2024-phase-2", "sae", 0.0974, 0.0798),
        ("seo-2024-phase-1", "drug-related-ae", 0.1684, 0.1391),
    ):
        row = one(frame, study_id=study, event=event)
        assert (row.basis, row.lower, row.estimate) == ("zero", 0, 0)
        assert (round(row.upper, 4), round(row.upper_one_sided, 4)) == (two, single)
    four = one(frame, study_id="ra-2011", n=4)
    assert round(four.upper, 3) == 0.602
    assert four.rule_of_three == 0.75
    assert one(frame, study_id="yan-2021").rule_of_three == 1


def test_words_are_no_count_of_zero(evidence: atopic.Evidence) -> None:
    row = one(safety.adverse_events(evidence), arm_id="all-randomised")
    assert row.basis == "words-only"
    assert pd.isna(row["count"])
    assert pd.isna([row.estimate, row.lower, row.upper, row.rate_upper]).all()
    assert row.reason == "no count read"


def test_the_rate_is_bounded_as_poisson_test_of_r_bounds_it(evidence: atopic.Evidence) -> None:
    frame = safety.adverse_events(evidence)
    kim = one(frame, study_id="kim-2017", event="sae")
    assert kim.patient_weeks == 408
    # poisson.test(0, T = 408 / 5200)$conf.int[2], and with alternative = "less"
    assert (round(kim.rate_upper, 2), round(kim.rate_upper_one_sided, 2)) == (47.02, 38.18)
    assert pd.isna(one(frame, study_id="shin-2021").patient_weeks)
    assert len(safety.event_rates(frame)) == 7


def test_each_agent_has_a_sum_of_its_own(tmp_path: Path) -> None:
    """As for effects: what a review pools by says which patients are taken together."""
    folder = psoriasis(tmp_path / "data")
    arms = pd.read_csv(folder / "arms.csv", dtype=str)
    treated = arms[arms["agent"].isin(["ixekizumab", "secukinumab"])].drop_duplicates("study_id")
    rows = [f"{row.study_id},{row.arm_id},sae,0,{100 + 10 * place},12"
            for place, row in enumerate(treated.itertuples())]  # fmt: skip
    text = "study_id,arm_id,event,count,n,week\n" + "\n".join(rows) + "\n"
    (folder / "safety.csv").write_text(text, encoding="utf-8")
    evidence = atopic.load(folder)
    adverse = adverse_events(evidence)
    assert adverse["enters"].all()
    summed = summed_events(adverse)
    sizes = adverse.groupby("agent")["n"].sum()
    assert dict(zip(summed["agents"], summed["n"], strict=True)) == sizes.to_dict()
    assert len(summed) == 2
    for row in summed.itertuples():
        mine = adverse[adverse["agent"].eq(row.agents)]
        assert row.studies == "; ".join(mine["study_id"])
    assert tabulate_sums(summed)["Treatment"].to_list() == summed["agents"].to_list()
    said = describe_events(adverse, summed)
    assert all(f"together, {agent}, 0 of {n}" in said for agent, n in sizes.items())
    assert f" given {sizes.idxmax()} in " in safety_finding(evidence, adverse, summed, {})["words"]
    whole = replace(evidence, review=replace(evidence.review, pool_by="all"))
    together = one(summed_events(adverse_events(whole)))
    assert together.n == sizes.sum()


def test_independent_arms_are_summed_once_each(evidence: atopic.Evidence) -> None:
    summed = safety.summed_events(safety.adverse_events(evidence))
    row = one(summed)
    assert (row.event, row.n, row.rows) == ("sae", 34 + 5 + 59, "2, 4, 9")
    # binom.test(0, 98): 0.03694, less: 0.03011; poisson.test(0, T = 1352 / 5200): 14.188
    assert (round(row.upper, 5), round(row.upper_one_sided, 5)) == (0.03694, 0.03011)
    assert (row.patient_weeks, row.n_with_weeks) == (34 * 12 + 59 * 16, 34 + 59)
    assert round(row.rate_upper, 3) == 14.188


def test_weak_sources_enter_only_when_asked(evidence: atopic.Evidence) -> None:
    weak = safety.adverse_events(evidence, include_low_confidence=True)
    assert one(safety.summed_events(weak)).n == 34 + 5 + 36 + 59
    usual = safety.adverse_events(evidence)
    row = one(usual, study_id="seo-2024-phase-2", event="sae")
    assert row.reason == "low source grade"
    assert not row.enters


def with_safety(evidence: atopic.Evidence, rows: list[dict[str, object]]) -> atopic.Evidence:
    table = evidence.safety
    extra = pd.DataFrame(rows, index=range(1000, 1000 + len(rows))).reindex(columns=table.columns)
    both = pd.concat([table.astype(object), extra.astype(object)])
    typed = both.astype({name: kind for name, kind in table.dtypes.items() if kind != "category"})
    frames = {name: evidence.table(name) for name in evidence} | {"safety": typed}
    return atopic.Evidence(evidence.path, evidence.package, frames, review=evidence.review)


def added(**values: object) -> dict[str, object]:
    return {
        "study_id": "kangstem-2019", "arm_id": "active", "event": "sae", "count": 0, "n": 98,
        "patients_or_events": "events", "n_basis": "printed", "week": 12, "week_basis": "printed",
        "source_id": "edaily-2022", "locator": "text", "confidence": "high", **values,
    }  # fmt: skip


def test_events_are_no_share_of_patients(evidence: atopic.Evidence) -> None:
    more = with_safety(evidence, [added(count=3)])
    frame = safety.adverse_events(more)
    row = one(frame, study_id="kangstem-2019")
    assert row.basis == "events"
    assert pd.isna([row.estimate, row.upper]).all()
    # poisson.test(3, T = 98 * 12 / 5200)$conf.int
    assert (round(row.rate_lower, 3), round(row.rate_upper, 3)) == (2.736, 38.767)
    assert one(safety.summed_events(frame)).n == 98


def test_a_patient_with_the_event_ends_the_sum_of_zeros(evidence: atopic.Evidence) -> None:
    more = with_safety(evidence, [added(count=1, patients_or_events="patients")])
    assert safety.summed_events(safety.adverse_events(more)).empty


def test_nobody_is_counted_twice(evidence: atopic.Evidence) -> None:
    more = with_safety(
        evidence,
        [
            added(),
            added(week=24, confidence="medium"),
            added(study_id="kangstem-2019-follow-up", n=69, week=52),
            added(study_id="kim-2017", arm_id="phase-2a-high", n=11),
            added(arm_id="placebo", n=99),
        ],
    )
    frame = safety.adverse_events(more, events=["sae"])
    reasons = frame.set_index("row")["reason"]
    assert reasons[1000] == ""
    assert reasons[1001] == "the group is already counted"
    assert reasons[1002] == "same patients as kangstem-2019"
    assert reasons[1003] == "part of a group already counted"
    assert reasons[1004] == "no cell-therapy group"
    assert one(safety.summed_events(frame)).n == 34 + 5 + 59 + 98
    settings = frame.set_index("row")["setting"]
    assert settings[[1000, 1004]].to_list() == ["controlled", "controlled"]
    assert settings[1001] == "uncontrolled"
    assert "in 1 of 4 placebo groups of the trials of cells: FURESTEM" in placebo_note(more)


def test_what_is_silent_is_said(evidence: atopic.Evidence) -> None:
    frame = safety.adverse_events(evidence)
    assert "any of the 4 placebo groups" in placebo_note(evidence)
    words = silence_note(evidence, frame)
    # The follow-up counts the 197 again; of the trial of 2024 an interim count is printed.
    assert words.endswith(
        "for FURESTEM-AD phase 3, 2019 and FURESTEM-AD phase 3, 2019, follow-up to year "
        "3 (197 of 757 patients), and none of serious "
        "events for FURESTEM-AD phase 3, 2024 and SCM-AGH phase 1, 2024. There may have been some."
    )
    words = silence_note(evidence, frame, studies=["kim-2071"])
    assert words.startswith("There is no study 'kim-2071'; did you mean 'kim-2017'?")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"events": ["SAE"]}, "events must be among"), ({"events": "sae"}, "must be a list"),
        ({"studies": "kim-2017"}, "must be a list"), ({"level": 95}, "level"),
        ({"level": 0.5}, "level"), ({"level": float("nan")}, "level"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(
    evidence: atopic.Evidence, values: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        safety.adverse_events(evidence, **values)


def test_benchmarks_appear_when_asked(evidence: atopic.Evidence) -> None:
    assert set(safety.adverse_events(evidence)["study_role"]) == {"evidence"}
    frame = safety.adverse_events(evidence, include_benchmarks=True)
    drug = one(frame, arm_id="mg-kg-5")
    assert drug.setting == "controlled"
    # binom.test(4, 23)
    assert (round(drug.lower, 4), round(drug.upper, 4)) == (0.0495, 0.3878)
    assert pd.isna(drug.rate_upper)


# Charts and tables --------------------------------------------------------------------------------


@pytest.mark.mpl_image_compare(filename="safety.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_adverse_events(evidence: atopic.Evidence) -> Figure:
    adverse = adverse_events(evidence, include_benchmarks=True)
    return draw_events(adverse, summed_events(adverse))


def test_its_words_do_not_overlap(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence, include_benchmarks=True)
    figure = draw_events(adverse, summed_events(adverse))
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        (t.get_text(), t.get_window_extent(renderer)) for t in figure.axes[0].texts if t.get_text()
    ]
    width, height = figure.bbox.size
    for number, (words, box) in enumerate(boxes):
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
        for other, another in boxes[number + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_lines_reach_to_the_limits_from_what_was_seen_and_words_have_none(
    evidence: atopic.Evidence,
) -> None:
    adverse = adverse_events(evidence, events=["ae-any"])
    axes = draw_events(adverse).axes[0]
    assert not axes.patches
    flat = [line.get_xdata() for line in axes.lines if len(set(line.get_ydata())) == 1]
    spans = [xs for xs in flat if len(xs) == 2]
    assert {xs[0] for xs in spans} == {0.0}
    assert sorted(round(xs[1], 1) for xs in spans) == [30.8, 60.2, 97.5]
    assert [list(xs) for xs in flat if len(xs) == 1] == [[0.0]] * 3


def test_the_alt_text_states_the_limits(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence)
    words = describe_events(adverse, summed_events(adverse))
    assert "ADSTEM phase 2, 2025 0 of 59 (up to 6.1%); together 0 of 98 (up to 3.7%)." in words
    assert "SCM-AGH phase 2, 2024 no count read" in words
    assert (
        "Own fat cells in four patients (Ra 2011) patients with atopic dermatitis 0 of 4 "
        "(up to 60%)" in words
    )
    assert words.endswith("No count of a placebo group was read.")


def test_the_tables(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence)
    table = tabulate_events(adverse).set_index("Row")
    assert table.loc["8", ["Count", "Two-sided, %", "One-sided, %"]].to_list() == [
        "no count read", "none", "",
    ]  # fmt: skip
    assert table.loc["7", "In the sum"] == "no: low source grade"
    sums = tabulate_sums(summed_events(adverse)).iloc[0]
    assert sums["Patient-weeks, at most"] == "1,352 of 93 patients"
    assert sums["Events per 100 patient-years"] == "0 to 14.2; one-sided 11.5"
    rates = tabulate_event_rates(event_rates(adverse)).set_index("Row")
    assert rates.loc["12", "Week"] == "61 (converted)"


def test_nothing_is_drawn_or_told_of_nothing(evidence: atopic.Evidence) -> None:
    nothing = adverse_events(evidence, studies=["kangstem-2019"])
    assert draw_events(nothing, summed_events(nothing)) is None
    assert describe_events(nothing, summed_events(nothing)) == ""


# The notebook -------------------------------------------------------------------------------------


NOTEBOOK = REPOSITORY / "notebooks" / "safety.ipynb"


@pytest.mark.parametrize(
    ("events", "studies", "benchmarks", "low", "level"),
    [
        ([], [], 0, 0, 0.95),
        ([], [], 1, 1, 0.9),
        (["ae-any"], ["kim-2017"], 0, 0, 0.95),
        (["discontinuation-lack-of-effect"], [], 1, 0, 0.9),
        (["sae"], ["kangstem-2024"], 0, 0, 0.99),
        ([], ["no-such-study"], 0, 0, 0.8),
        ([], ["van-joost-1994"], 0, 1, 0.51),
    ],
)
def test_it_answers_whatever_it_is_asked(
    events: list[str], studies: list[str], benchmarks: int, low: int, level: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    values = {
        "events": events, "studies": studies, "include_benchmarks": bool(benchmarks),
        "include_low_confidence": bool(low), "level": level,
    }  # fmt: skip
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    assert kinds[0] == "finding"
    if "figure" in kinds:
        names = {metadata["name"] for metadata, _ in shown if metadata["kind"] == "table"}
        assert {"adverse-events", "sources"} <= names
        figure = next(metadata for metadata, _ in shown if metadata["kind"] == "figure")
        assert f"{100 * level:g}% limits" in figure["caption"]
        assert figure["alt"].startswith(tuple(EVENTS[event] for event in events or EVENTS))
    else:
        assert set(kinds) == {"finding", "note"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", 95), ("level", 0.4), ("events", ["death"]), ("events", "sae"), ("studies", "x")],
)
def test_it_refuses_what_cannot_be_meant(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)
