""""""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.display.alphabet import PERCENT
from atopic.questions import evidence_map
from atopic.questions.evidence_map.chart import describe_map, draw_map
from atopic.questions.evidence_map.chart_panels import name_lines
from atopic.questions.evidence_map.cohorts_chart import describe_cohorts, draw_cohorts
from atopic.questions.evidence_map.flow_chart import describe_flow, draw_flow
from atopic.questions.evidence_map.table import (
    background_note,
    tabulate_characteristics,
    tabulate_kinds,
    tabulate_left_out,
)
from atopic.questions.evidence_map.words import source_note
from tests.conftest import REPOSITORY
from tests.running import run

Edited = Callable[..., atopic.Evidence]


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """Load a copy of the tables with one text of a table replaced by another."""

    def load(table: str, before: str, after: str) -> atopic.Evidence:
        folder = shutil.copytree(REPOSITORY / "data", tmp_path / "data")
        path = folder / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), encoding="utf-8")
        return atopic.load(folder)

    return load


# The numbers below were counted by hand in studies.csv and excluded_studies.csv.


def test_the_flow_counts_each_record_once(evidence: atopic.Evidence) -> None:
    flow = evidence_map.study_flow(evidence)
    assert (flow.in_studies, flow.in_excluded, flow.in_both, flow.known) == (16, 23, 7, 32)
    assert (flow.papers, flow.studies, flow.cohorts) == (1, 31, 28)
    assert (flow.excluded, flow.included, flow.included_cohorts) == (23, 8, 7)
    assert flow.patients == 34 + 197 + 315 + 5 + 20 + 72 + 114
    assert flow.benchmarks == 36
    assert [(code, count) for code, _, count in flow.reasons] == [
        ("wrong-intervention", 6),
        ("wrong-species", 5),
        ("no-results", 5),
        ("no-extractable-outcome", 3),
        ("single-case-narrative", 3),
        ("wrong-population", 1),
    ]


def test_the_flow_adds_up(evidence: atopic.Evidence) -> None:
    flow = evidence_map.study_flow(evidence)
    assert flow.known == flow.papers + flow.excluded + flow.included
    assert flow.excluded == sum(count for _, _, count in flow.reasons)
    assert flow.included == sum(len(group.studies) for group in flow.groups)
    assert flow.included_cohorts == sum(group.cohorts for group in flow.groups)
    assert flow.patients == sum(group.patients for group in flow.groups)


def test_a_follow_up_adds_a_study_and_no_patients(evidence: atopic.Evidence) -> None:
    controlled, other = evidence_map.study_flow(evidence).groups
    assert (len(controlled.studies), controlled.cohorts, controlled.patients) == (4, 4, 698)
    assert (len(other.studies), other.cohorts, other.patients) == (4, 3, 34 + 5 + 20)
    shared = {study.study_id: study.shares_with for study in other.studies}
    assert shared["kangstem-2019-follow-up"] == "kangstem-2019"


def test_trials_that_missed_their_endpoint_say_so(evidence: atopic.Evidence) -> None:
    results = {
        one.study_id: one.result for one in evidence_map.study_flow(evidence).groups[0].studies
    }
    missed = "primary endpoint EASI-50, week 12: called not significant"
    assert results["kangstem-2019"] == results["kangstem-2024"] == missed
    # Its contrasts do not call it primary; studies.csv does.
    assert results["seo-2024-phase-2"] == "primary endpoint EASI-50, week 12: P = 0.038"
    assert results["atmsc-2025"].startswith("EASI-75, week 16: P = 0.016, called significant; ")


def test_an_exclusion_known_to_one_table_only_is_counted(edited: Edited) -> None:
    text = (REPOSITORY / "data" / "excluded_studies.csv").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines(keepends=True) if line.startswith("yan-2021,"))
    changed = edited("excluded_studies", row, "")
    flow = evidence_map.study_flow(changed)
    assert (flow.known, flow.excluded) == (32, 23)
    assert {code: count for code, _, count in flow.reasons}["other"] == 1
    left_out = evidence_map.left_out(changed).set_index("study_id")
    assert left_out.loc["yan-2021", "reason"].startswith("single narrative case")
    assert pd.isna(left_out.loc["yan-2021", "row"])
    assert left_out.loc["yan-2021", "studies_row"] == 16


def test_every_study_left_out_leads_back_to_its_rows(evidence: atopic.Evidence) -> None:
    frame = evidence_map.left_out(evidence)
    back = evidence.excluded_studies.loc[frame["row"]]
    assert back["study_id"].to_list() == frame["study_id"].to_list()
    both = frame[frame["studies_row"].notna()]
    assert set(both["study_id"]) == {
        "kim-2017-follow-up", "kangstem-2024-follow-up", "kangstem-repeat-dose", "adstem-phase-1",
        "ra-2011", "rnl-2009", "yan-2021",
    }  # fmt: skip
    assert (
        evidence.studies.loc[both["studies_row"], "study_id"].to_list()
        == both["study_id"].to_list()
    )


def test_who_shares_patients_with_whom(evidence: atopic.Evidence) -> None:
    groups = evidence_map.patient_groups(evidence).set_index("study_id")
    assert groups.loc["kim-2017-follow-up", "cohort"] == "kim-2017"
    assert groups.loc["seo-2024-phase-1", "cohort"] == "seo-2024-phase-1"
    assert groups.loc["seo-2024-phase-2", "relation"] == "phase of one paper"
    assert pd.isna(groups.loc["seo-2024", "cohort"])
    assert groups["cohort"].nunique() == 12


def test_how_many_controlled_patients_rest_on_press(evidence: atopic.Evidence) -> None:
    groups = evidence_map.patient_groups(evidence)
    counts = evidence_map.publication_counts(groups)
    table = counts.set_index("publication")
    assert table.loc["press", ["studies", "cohorts", "patients"]].to_list() == [3, 2, 512]
    assert table.loc["journal", ["studies", "cohorts", "patients"]].to_list() == [5, 5, 245]
    assert table.loc["press", "controlled_patients"] == 197 + 315
    assert table.loc["journal", "controlled_patients"] == 72 + 114
    assert table.loc["all", "controlled_patients"] == 698


def test_a_size_that_is_not_known_adds_nobody() -> None:
    groups = pd.DataFrame({"cohort": ["a", "a", "b", None], "n_enrolled": [9, None, None, 4]})
    assert evidence_map.patients_of(groups.astype({"n_enrolled": "Int64"})) == 9


def test_the_order_of_studies(evidence: atopic.Evidence) -> None:
    studies = evidence_map.chosen_studies(evidence, include_benchmarks=True)
    assert len(studies) == 52
    assert studies["study_id"].to_list()[:5] == [
        "kangstem-2019", "kangstem-2024", "seo-2024-phase-2", "atmsc-2025", "kim-2017",
    ]  # fmt: skip
    assert studies["role"].to_list() == ["evidence"] * 16 + ["benchmark"] * 36
    named = evidence_map.chosen_studies(evidence, studies=["chronos", "kim-2017"])
    assert named["study_id"].to_list() == ["kim-2017", "chronos"]


def test_the_characteristics_of_a_study(evidence: atopic.Evidence) -> None:
    table = tabulate_characteristics(evidence_map.study_characteristics(evidence))
    table = table.set_index("Study")
    kim = table.loc["kim-2017"]
    assert kim["Design"] == "○ randomised to doses, no placebo, blinding not known, phase 1/2a"
    assert kim["Dose"] == "25 or 50 million cells × 1"
    assert kim["Treatment"] == "umbilical cord blood, allogeneic; subcutaneous"
    seo = table.loc["seo-2024-phase-2"]
    assert (seo["n"], seo["Dose"]) == ("72", "0.5 million cells/kg × 3")
    assert table.loc["kangstem-repeat-dose", "n"] == "96 (planned)"
    assert (
        table.loc["kangstem-repeat-dose", "Dose"] == "100 million cells or an unknown dose × 1 or 3"
    )
    assert table.loc["atmsc-2025", "Dose"] == "not known × 2"
    assert table.loc["kim-2017-follow-up", "n"] == "not known"
    # Of the studies of cells only one says whether topical treatment went on.
    assert table["Background topicals"].eq("no").to_dict()["kangstem-repeat-dose"]
    assert set(table["Background topicals"]) == {"no", "unknown", ""}
    every = evidence_map.study_characteristics(evidence, include_benchmarks=True)
    assert "Background topicals" in tabulate_characteristics(every)
    assert background_note(every) == ""


def kinds_of(evidence: atopic.Evidence, study: str) -> dict[tuple[object, ...], list[str]]:
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence, studies=[study]))
    found: dict[tuple[object, ...], list[str]] = {}
    for row in kinds.itertuples():
        week = None if pd.isna(row.week) else row.week
        found.setdefault((row.outcome, week, bool(row.controlled)), []).append(str(row.kind))
    return found


def test_the_kinds_of_number_a_trial_prints(evidence: atopic.Evidence) -> None:
    assert kinds_of(evidence, "atmsc-2025") == {
        ("EASI-75", 16, True): ["count"],
        ("EASI", 4, True): ["words"],
        ("EASI", 8, True): ["p-value"],
        ("EASI", 12, True): ["p-value"],
        ("EASI", 16, True): ["score"],
        ("SCORAD", 16, True): ["words"],
        ("IGA", 16, True): ["words"],
    }
    assert kinds_of(evidence, "kangstem-2024") == {
        ("EASI-50", 12, True): ["percentage"],
        ("EASI-50", 16, False): ["percentage"],
        ("EASI-50", 24, False): ["percentage"],
        ("EASI-50", None, False): ["words"],
    }
    seo = kinds_of(evidence, "seo-2024-phase-2")
    assert seo[("EASI-50", 12, True)] == ["p-value"]
    assert {kind for kinds in seo.values() for kind in kinds} == {"p-value", "words"}


def test_arms_that_differ_in_kind_have_two_marks(evidence: atopic.Evidence) -> None:
    assert kinds_of(evidence, "kim-2017")[("EASI-50", 12, False)] == ["count", "percentage"]
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence, studies=["kim-2017"]))
    rows = kinds[kinds["outcome"].eq("EASI-50")].set_index("kind")["responses_rows"]
    assert rows.to_dict() == {"count": "2", "percentage": "3"}


def test_what_news_and_companies_alone_print(evidence: atopic.Evidence) -> None:
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence))
    places = kinds.set_index(["study_id", "outcome", "week", "kind"])["press_only"]
    assert places["atmsc-2025", "EASI", 16, "score"]
    assert not places["atmsc-2025", "EASI-75", 16, "count"]
    assert not places["seo-2024-phase-2", "EASI-50", 12, "p-value"]
    assert places["seo-2024-phase-2", "IGA-0/1", 12, "words"]
    # The percentage stands in the abstract of kim-2017, the count in a newspaper.
    assert places["kim-2017", "EASI-50", 12, "count"]
    controlled = kinds[kinds["controlled"]].groupby("study_id")["press_only"].sum()
    assert controlled.to_dict() == {
        "atmsc-2025": 1, "kangstem-2019": 5, "kangstem-2024": 1, "seo-2024-phase-2": 10,
    }  # fmt: skip


def test_a_comparison_without_a_number_says_so(evidence: atopic.Evidence) -> None:
    printed = evidence_map.placebo_comparisons(evidence).set_index("row")["printed"]
    assert printed[14] == printed[24] == "significance not claimed"
    assert printed[25] == "said to favour the treated group"
    assert printed[20] == "P = 0.016, called significant"


def test_a_difference_without_rates_is_told_from_a_p_value(evidence: atopic.Evidence) -> None:
    assert kinds_of(evidence, "tralokinumab-2b")[("EASI", 12, True)] == ["difference"]


def test_every_item_leads_back_to_its_row(evidence: atopic.Evidence) -> None:
    items = evidence_map.printed_items(evidence, include_benchmarks=True)
    for table, rows in items.groupby("table"):
        back = evidence.table(str(table)).loc[rows["row"]]
        assert back["study_id"].to_list() == rows["study_id"].to_list()
        assert back["outcome"].to_list() == rows["outcome"].to_list()
        assert sorted(rows["row"]) == evidence.table(str(table)).index.to_list()


def test_nothing_asked_for_that_exists_is_empty(lenient: atopic.Evidence) -> None:
    items = evidence_map.printed_items(lenient, studies=["x"])
    kinds = evidence_map.printed_kinds(items)
    assert items.empty
    assert kinds.empty
    full = evidence_map.printed_kinds(evidence_map.printed_items(lenient))
    assert list(kinds.columns) == list(full.columns)
    assert tabulate_kinds(kinds).empty
    assert source_note(items) == ""
    assert evidence_map.study_characteristics(lenient, studies=["x"]).empty
    assert evidence_map.placebo_comparisons(lenient, studies=["kim-2017"]).empty


def test_what_was_asked_for_and_is_not_there(evidence: atopic.Evidence) -> None:
    note = evidence_map.scope_note(evidence, outcomes=["EASI-57", "POEM"], studies=["kim-2071"])
    assert "There is no study 'kim-2071'; did you mean 'kim-2017'?" in note
    assert "There is no outcome 'EASI-57'; did you mean" in note
    assert "Nothing was read of these studies on POEM." in note
    assert evidence_map.scope_note(evidence) == ""


@pytest.mark.parametrize("name", ["outcomes", "studies"])
def test_one_text_is_no_list(evidence: atopic.Evidence, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a list"):
        evidence_map.printed_items(evidence, **{name: "EASI-50"})


def test_a_folder_without_exclusions_still_has_a_flow(
    evidence: atopic.Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = {name: evidence.table(name) for name in evidence if name != "excluded_studies"}
    without = atopic.Evidence(evidence.path, evidence.package, frames, review=evidence.review)
    flow = evidence_map.study_flow(without)
    assert (flow.in_excluded, flow.known, flow.excluded, flow.included) == (0, 16, 7, 8)
    assert [code for code, _, _ in flow.reasons] == ["other"]
    assert len(tabulate_left_out(evidence_map.left_out(without))) == 7


# Charts and tables --------------------------------------------------------------------------------


def drawn_map(evidence: atopic.Evidence, **asked: object) -> Figure:
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence, **asked))
    asked.pop("outcomes", None)
    characteristics = evidence_map.study_characteristics(evidence, **asked)
    silent = evidence_map.unplaced_studies(evidence, kinds, **asked)
    return draw_map(kinds, characteristics, silent=silent)


@pytest.mark.mpl_image_compare(filename="flow.png", savefig_kwargs={"dpi": 50})
def test_the_flow(evidence: atopic.Evidence) -> Figure:
    return draw_flow(evidence_map.study_flow(evidence))


@pytest.mark.mpl_image_compare(filename="evidence-map.png", savefig_kwargs={"dpi": 50})
def test_the_map(evidence: atopic.Evidence) -> Figure:
    return drawn_map(evidence)


@pytest.mark.mpl_image_compare(filename="cohorts.png", savefig_kwargs={"dpi": 50})
def test_the_cohorts(evidence: atopic.Evidence) -> Figure:
    return draw_cohorts(evidence_map.patient_groups(evidence))


@pytest.mark.parametrize(
    "asked",
    [{"include_benchmarks": True}, {"outcomes": ["EASI"]}, {"studies": ["shin-2021", "xu-2017"]}],
)  # fmt: skip
def test_the_text_of_the_map_does_not_overlap(
    evidence: atopic.Evidence, asked: dict[str, object]
) -> None:
    apart(drawn_map(evidence, **asked))


def test_the_text_of_the_other_charts_does_not_overlap(evidence: atopic.Evidence) -> None:
    apart(draw_flow(evidence_map.study_flow(evidence)))
    apart(draw_cohorts(evidence_map.patient_groups(evidence)))


def apart(figure: Figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # places the label of the axis
    renderer = canvas.get_renderer()
    axes = figure.axes[0]
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in axes.texts
        if text.get_text()
    ]
    boxes.append((axes.get_xlabel(), axes.xaxis.label.get_window_extent(renderer)))
    boxes = [(words, box) for words, box in boxes if words]
    width, height = figure.bbox.size
    for words, box in boxes:
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
    for number, (words, box) in enumerate(boxes):
        for other, another in boxes[number + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_controlled_marks_are_filled_and_others_hollow(evidence: atopic.Evidence) -> None:
    lines = drawn_map(evidence, studies=["kangstem-2024"]).axes[0].lines
    faces = [line.get_markerfacecolor() for line in lines if line.get_marker() == PERCENT]
    # Weeks 12, 16 and 24, and the key.
    assert [face == "white" for face in faces] == [False, True, True, False]


def test_the_alt_texts_state_the_findings(evidence: atopic.Evidence) -> None:
    flow = describe_flow(evidence_map.study_flow(evidence))
    assert "We know of 31 studies in 28 groups of patients; 1 further record" in flow
    assert "8 studies in the synthesis: 7 cohorts, 757 patients." in flow
    assert "Placebo-controlled: 4 studies, 698 patients" in flow
    assert "FURESTEM-AD phase 3, 2024, n = 315, no paper, primary endpoint EASI-50" in flow
    cohorts = describe_cohorts(evidence_map.patient_groups(evidence))
    assert "Placebo-controlled, company statements and news only: 512 of 698 patients" in cohorts
    assert "counts 69 patients of FURESTEM-AD phase 3, 2019 again" in cohorts
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(evidence))
    words = describe_map(kinds, silent=["ra-2011"])
    assert "Placebo-controlled periods: count of patients 1, percentage without a count 2" in words
    assert (
        "Of the 26 marks of placebo-controlled periods of trials of cells, 17 rest on news" in words
    )
    assert "SCM-AGH phase 2, 2024: no rate of either group was found." in words
    assert "ADSTEM phase 2, 2025: rates for EASI-75 week 16." in words


def test_nothing_is_drawn_or_told_of_nothing(lenient: atopic.Evidence) -> None:
    kinds = evidence_map.printed_kinds(evidence_map.printed_items(lenient, studies=["x"]))
    assert draw_map(kinds, evidence_map.study_characteristics(lenient)) is None
    assert describe_map(kinds, silent=["ra-2011"]) == ""
    groups = evidence_map.patient_groups(lenient)
    left_out = groups[groups["in_synthesis"].eq("no")]
    assert len(left_out)
    assert draw_cohorts(left_out) is None
    assert describe_cohorts(left_out) == ""


def test_a_long_name_stands_in_lines_over_its_weeks() -> None:
    assert name_lines("kangstem-2019-follow-up") == ["Kangstem 2019", "follow up"]


# The notebook -------------------------------------------------------------------------------------


NOTEBOOK = REPOSITORY / "notebooks" / "evidence_map.ipynb"


@pytest.mark.parametrize(
    ("outcomes", "studies", "benchmarks"),
    [
        ([], [], False),
        (["SCORAD-90", "EASI"], [], True),
        (["IGA-0/1"], ["kim-2017"], False),
        (["EASI-75"], ["chronos", "x"], False),
        (["nonsense"], ["x"], True),
    ],
)
def test_the_map_answers_whatever_it_is_asked(
    outcomes: list[str], studies: list[str], benchmarks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"outcomes": outcomes, "studies": studies, "include_benchmarks": benchmarks}
    shown = run(NOTEBOOK, values, monkeypatch)
    named = {metadata.get("name") for metadata, _ in shown}
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    alts = {m["name"]: m["alt"] for m, _ in shown if m["kind"] == "figure"}
    # The flow and the cohorts are always those of the whole of the tables.
    assert "We know of 31 studies" in alts["flow"]
    assert "512 of 698 patients" in alts["cohorts"]
    assert {"left-out", "publication", "shared-patients"} <= named
    assert ("characteristics" in named) == (studies != ["x"])
    if not studies:
        csv = next(data["text/csv"] for m, data in shown if m.get("name") == "characteristics")
        assert csv.count("\n") == 1 + (16 + 36 if benchmarks else 16)
    if "evidence-map" in alts:
        assert re.match(r"Kinds of reported result in \d+ combination", alts["evidence-map"])
    else:
        assert any("so there is no map" in words for words in notes)
    if "x" in studies:
        assert any("There is no study 'x'" in words for words in notes)
    if outcomes == ["nonsense"]:
        assert any("There is no outcome 'nonsense'" in words for words in notes)
        assert "evidence-map" not in alts


@pytest.mark.parametrize("name", ["outcomes", "studies"])
def test_one_text_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a list"):
        run(NOTEBOOK, {name: "EASI-50"}, monkeypatch)
