""""""

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.display.numbers import method_name
from atopic.evidence.counts import Candidates
from atopic.questions import durability
from atopic.questions.durability import (
    cycle_rates,
    kept_responses,
    patient_courses,
    responses_over_time,
    worst_case,
)
from atopic.questions.durability.chart import describe_over_time, draw_over_time
from atopic.questions.durability.swimmer_chart import describe_courses, draw_courses
from atopic.questions.durability.table import tabulate_courses, tabulate_cycles, tabulate_worst_case
from atopic.questions.durability.words import arm_names, tabulate_kept
from atopic.questions.durability.worst_case_chart import describe_worst_case, draw_worst_case
from atopic.review import Noun, Review, Words, use_review
from tests.conftest import REPOSITORY
from tests.questions.test_response_rates import one
from tests.running import run


def test_a_follow_up_stands_with_the_study_that_treated(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    kangstem = frame[frame["cohort"].eq("kangstem-2019")]
    assert kangstem["week"].to_list() == [12, 12, 52, 104, 156]
    assert kangstem["setting"].to_list() == ["controlled"] * 2 + ["follow-up"] * 3
    later = frame[frame["study_id"].eq("kangstem-2024") & frame["week"].gt(12)]
    assert set(later["setting"]) == {"after-crossover"}


def test_best_and_kept_responses_are_not_beside_the_others(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    assert "shin-2021" not in set(frame["study_id"])
    assert frame["week"].notna().all()
    assert durability.responses_over_time(evidence, "EASI-50-maintained").empty


def test_the_lost_are_counted_as_failures(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    worst = durability.worst_case(evidence, frame)
    # binom.test(x, n) of R
    for week, x, seen, n, low, high in (
        (52, 40, 69, 98, 0.3099, 0.5121),
        (104, 34, 50, 98, 0.2536, 0.4498),
        (156, 39, 52, 98, 0.3004, 0.5018),
    ):
        row = one(worst, week=week)
        assert (row.responders, row.seen, row.n, row.lost) == (x, seen, n, n - seen)
        assert (round(row.lower, 4), round(row.upper, 4)) == (low, high)
        assert (row.basis, row.n_basis, row.agreed) == ("worst-case", "printed", 69)
        assert row.n_study_id == "kangstem-2019"
        assert evidence.arms.loc[row.n_row, "n_randomised"] == 98
    placebo = one(worst, study_id="kangstem-2019", arm_id="placebo")
    assert (placebo.responders, placebo.n, placebo.n_basis) == (22, 99, "inferred")
    assert placebo.count_basis == "derived"


def test_a_planned_or_missing_number_gives_no_worst_case(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50")
    worst = durability.worst_case(evidence, frame)
    assert set(worst["study_id"]) == {
        "kangstem-2019", "kangstem-2019-follow-up", "seo-2024-phase-1",
    }  # fmt: skip
    words = durability.worst_case_note(frame, worst)
    named = (
        "FURESTEM-AD phase 3, 2024; FURESTEM-AD phase 3, 2024, follow-up to year 1; "
        "FURESTEM-AD phase 1/2a (Kim 2017)"
    )
    assert words.startswith("For 3 studies no worst case can be computed")
    assert words.endswith(f": {named}.")


def test_a_rate_of_several_sources_is_one_rate(evidence: atopic.Evidence) -> None:
    asked = {"outcome": "EASI-50", "studies": ["kangstem-2024"]}
    every = durability.responses_over_time(evidence, every_source=True, **asked)
    once = durability.responses_over_time(evidence, **asked)
    placebo = every[every["week"].eq(12) & every["arm_id"].eq("placebo")]
    assert placebo["percent_printed"].to_list() == ["29.3", "29.79"]
    assert set(every["row"]) - set(once["row"]) == set(placebo["row"].iloc[:1])
    assert set(once["row"]) < set(every["row"])


def test_of_non_responders_the_lost_are_more(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(
        evidence, "IGA-above-1", studies=["dupilumab-adolescents"]
    )
    fewer = frame.assign(n=frame["n"] - 2, responders=frame["responders"] - 2)
    fewer["candidates"] = [Candidates()] * len(fewer)
    worst = durability.worst_case(evidence, fewer)
    assert sorted(worst["responders"]) == [62, 69, 83]
    assert sorted(worst["n"]) == [82, 84, 85]


def test_limits_reach_over_every_count_that_fits(evidence: atopic.Evidence) -> None:
    frame = durability.responses_over_time(evidence, "EASI-50", studies=["kangstem-2019"])
    several = frame.assign(candidates=[Candidates([(26, 80), (30, 90)])] * len(frame))
    row = durability.worst_case(evidence, several).iloc[0]
    # binom.test(26, 98), binom.test(30, 98)
    assert (round(row.lower_min, 4), round(row.upper_max, 4)) == (0.1812, 0.4074)


def test_what_kept_responses_are_shares_of(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    kept = durability.kept_responses(evidence, "EASI-50")
    assert kept[["outcome", "responders", "n", "denominator"]].to_numpy().tolist() == [
        ["EASI-50-maintained", 9, 9, "earlier responders"],
        ["EASI-50-maintained", 12, 12, "earlier responders"],
        ["EASI-50-maintained", 12, 13, "earlier responders"],
        ["sustained-improvement", 10, 11, "all patients of the set"],
        ["maintained-good-response", 2, 5, "all patients of the set"],
    ]
    assert "are the same patients" in durability.repeated_note(kept)
    withdrawn = durability.kept_responses(lenient, "EASI-75", studies=["solo-continue"])
    assert len(withdrawn) == 4
    assert durability.repeated_note(withdrawn) == ""


def test_one_sure_responder_after_one_cycle_four_after_two(evidence: atopic.Evidence) -> None:
    courses = durability.patient_courses(evidence, "EASI-50")
    assert len(courses) == 9
    assert courses["retreated"].eq("yes").sum() == 4
    assert courses["retreated"].eq("no").sum() == 1
    printed = courses[courses["week_basis"].eq("printed")]
    assert printed[["patient_id", "cycle", "week"]].to_numpy().tolist() == [["S003", 2, 17]]
    rates = durability.cycle_rates(courses)
    assert rates["candidates"].map(str).to_list() == ["1/5; 2/5", "4/5"]
    assert rates["basis"].to_list() == ["ambiguous", "printed"]
    # binom.test(1, 5), binom.test(2, 5), binom.test(4, 5)
    assert [round(x, 4) for x in rates["lower_min"]] == [0.0051, 0.2836]
    assert [round(x, 4) for x in rates["upper_max"]] == [0.8534, 0.9949]


def test_an_unclear_patient_who_responds_later_is_sure(evidence: atopic.Evidence) -> None:
    courses = pd.DataFrame(
        {
            "study_id": "a", "outcome": "EASI-50", "patient_id": ["1", "1", "2", "3", "3"],
            "cycle": [1, 2, 1, 1, 2], "responder": ["unclear", "yes", "unclear", "yes", "no"],
            "row": [2, 3, 4, 5, 6],
        }
    )  # fmt: skip
    rates = durability.cycle_rates(courses)
    assert rates["candidates"].map(str).to_list() == ["1/3; 2/3; 3/3", "2/3; 3/3"]


@pytest.mark.parametrize("outcome", ["nonsense", "EASI-90"])
def test_nothing_asked_for_is_nothing(lenient: atopic.Evidence, outcome: str) -> None:
    frame = durability.responses_over_time(lenient, outcome)
    worst = durability.worst_case(lenient, frame)
    courses = durability.patient_courses(lenient, outcome)
    assert frame.empty
    assert worst.empty
    assert courses.empty
    assert durability.cycle_rates(courses).empty
    assert durability.worst_case_note(frame, worst) == ""


def test_what_cannot_be_meant_is_refused(evidence: atopic.Evidence) -> None:
    with pytest.raises(ValueError, match="studies must be a list"):
        durability.responses_over_time(evidence, "EASI-50", studies="kim-2017")
    with pytest.raises(ValueError, match="level"):
        durability.responses_over_time(evidence, "EASI-50", level=95)
    with pytest.raises(ValueError, match="method"):
        durability.kept_responses(evidence, "EASI-50", method="guess")


# Charts and tables --------------------------------------------------------------------------------


@pytest.mark.mpl_image_compare(filename="durability-over-time.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_response_over_time(evidence: atopic.Evidence) -> Figure:
    return draw_over_time(responses_over_time(evidence, "EASI-50"))


@pytest.mark.mpl_image_compare(filename="durability-worst-case.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_the_lost(evidence: atopic.Evidence) -> Figure:
    return draw_worst_case(worst_case(evidence, responses_over_time(evidence, "EASI-50")))


@pytest.mark.mpl_image_compare(filename="durability-patients.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_single_patients(evidence: atopic.Evidence) -> Figure:
    return draw_courses(patient_courses(evidence, "EASI-50"))


@pytest.mark.parametrize("which", ["over-time", "drugs", "lost", "patients"])
def test_no_words_overlap_or_leave_the_figure(evidence: atopic.Evidence, which: str) -> None:
    over_time = responses_over_time(evidence, "EASI-50")
    drugs = responses_over_time(evidence, "EASI-75", studies=["chronos", "breeze-ad7", "ecztra-6"])
    figure = {
        "over-time": lambda: draw_over_time(over_time),
        "drugs": lambda: draw_over_time(drugs),
        "lost": lambda: draw_worst_case(worst_case(evidence, over_time)),
        "patients": lambda: draw_courses(patient_courses(evidence, "EASI-50")),
    }[which]()
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, height = figure.bbox.size
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    for number, (words, box) in enumerate(boxes):
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
        for other, another in boxes[number + 1 :]:
            assert not box.overlaps(another), (words, other)


def test_no_word_over_a_mark_is_broken(evidence: atopic.Evidence) -> None:
    over_time = responses_over_time(evidence, "EASI-50")
    training = Noun("breathing training", "breathing training")
    use_review(Review(words=Words(treatment=training)))
    try:
        figure = draw_over_time(over_time)
    finally:
        use_review(evidence.review)
    assert figure is not None
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for axes in figure.axes for text in axes.texts if "%" in text.get_text()]
    named = [text for text in texts if "training" in text.get_text()]
    assert named
    assert all("breathing" in text.get_text().replace("\n", " ").split() for text in named)
    boxes = [text.get_window_extent(renderer) for text in texts]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(another) for another in boxes[number + 1 :])


def test_only_controlled_weeks_are_filled(evidence: atopic.Evidence) -> None:
    figure = draw_over_time(responses_over_time(evidence, "EASI-50"))
    faces = [
        [line.get_markerfacecolor() for line in axes.lines if line.get_markersize() == 6.5]
        for axes in figure.axes
    ]
    assert [[face != "white" for face in panel] for panel in faces] == [
        [True, True, False, False, False],
        [True, True, False, False],  # placebo once, though two sources give its rate
        [False, False],
        [False, False, False],
    ]
    dashed = [sum(line.get_linewidth() == 1.1 for line in axes.lines) for axes in figure.axes]
    assert dashed == [1, 2, 0, 0]


def test_presumed_weeks_look_otherwise_than_printed_ones(evidence: atopic.Evidence) -> None:
    first, second = draw_courses(patient_courses(evidence, "EASI-50")).axes
    lanes = [[x for x in axes.lines if x.get_linewidth() == 2.4] for axes in (first, second)]
    assert [lane.get_linestyle() for lane in lanes[0]] == ["--"] * 5
    assert [lane.get_linestyle() for lane in lanes[1]] == ["-"]
    assert [max(lane.get_xdata()) for lane in lanes[1]] == [17]


def test_the_alt_texts_state_the_findings(evidence: atopic.Evidence) -> None:
    over_time = responses_over_time(evidence, "EASI-50")
    words = describe_over_time(over_time)
    assert "week 12, placebo-controlled, cells 32% (28/88), placebo 27% (22/81)" in words
    assert "week 156, no control, cells 75% (39/52)" in words
    # By the label of the arm: since the follow-up "cells" alone does not tell which arm it was.
    crossed = "FURESTEM-AD at week 0, placebo at week 12"
    assert f"week 16, no control, {crossed} 48% (one of several counts)" in words
    words = describe_worst_case(worst_case(evidence, over_time))
    assert "week 156, 39 of 52 seen (75%), of all 98 40% (30 to 50)" in words
    courses = patient_courses(evidence, "EASI-50")
    words = describe_courses(courses, cycle_rates(courses))
    assert "1 or 2 of 5 after one cycle, 4 of 5 within 2 cycles" in words
    assert "4 of 5 were treated again" in words
    assert "The week was reported for 1 of 9 responses" in words


def test_a_printed_contradiction_stands_in_the_chart(evidence: atopic.Evidence) -> None:
    over_time = responses_over_time(evidence, "EASI-50")
    words = [text.get_text() for text in draw_over_time(over_time).axes[0].texts]
    assert "cells\n68%\n34/50\nreported: 66%" in words
    figure = draw_worst_case(worst_case(evidence, over_time))
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "† week 104, reported: 66%" in key


def test_a_count_that_was_not_printed_does_not_stand_there(evidence: atopic.Evidence) -> None:
    figure = draw_over_time(responses_over_time(evidence, "EASI-50"))
    words = [text.get_text() for text in figure.axes[1].texts]
    assert "cells\n58% *\nn = ?" in words


def test_arms_of_one_dose_are_told_apart(evidence: atopic.Evidence) -> None:
    frame = responses_over_time(evidence, "EASI-75", studies=["chronos"])
    assert arm_names(frame).nunique() == 3


def test_the_tables(evidence: atopic.Evidence) -> None:
    worst = worst_case(evidence, responses_over_time(evidence, "EASI-50"))
    table = tabulate_worst_case(worst).set_index("Row")
    assert table.loc["10", ["Seen", "All", "% at worst"]].to_list() == [
        "39/52", "39/98", "40 (30 to 50)",
    ]  # fmt: skip
    assert table.loc["9", "Count"] == "reported, contradicted"
    assert table.loc["18", "Count"] == "x, n derived"
    kept = tabulate_kept(kept_responses(evidence, "EASI-50")).set_index("Row")
    assert kept.loc["16", ["Patients", "Of"]].to_list() == ["2/5", "all patients of the set"]
    assert kept.loc["16", "% (interval)"] == "40 (5 to 85)"
    # Three reports of one group of patients are told apart by where they stand.
    assert kept.loc[["20", "21", "22"], "Group"].nunique() == 3
    within = tabulate_cycles(cycle_rates(patient_courses(evidence, "EASI-50")))
    assert within["Interval over these counts, %"].to_list() == ["1 to 85", "28 to 99"]
    weeks = tabulate_courses(patient_courses(evidence, "EASI-50"))["Week"]
    assert set(weeks) == {"16 (presumed)", "17", "time not stated"}


def test_nothing_is_drawn_or_told_of_nothing(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    nothing = responses_over_time(lenient, "EASI-90")
    assert draw_over_time(nothing) is None
    assert describe_over_time(nothing) == ""
    worst = worst_case(evidence, nothing)
    assert draw_worst_case(worst) is None
    assert describe_worst_case(worst) == ""
    courses = patient_courses(lenient, "EASI-90")
    assert draw_courses(courses) is None
    assert describe_courses(courses, cycle_rates(courses)) == ""


# The notebook -------------------------------------------------------------------------------------


NOTEBOOK = REPOSITORY / "notebooks" / "durability.ipynb"


@pytest.mark.parametrize(
    ("outcome", "studies", "level", "method"),
    [
        ("EASI-50", ["shin-2021"], 0.8, "mid-p"),
        ("EASI-50", ["solo-continue"], 0.95, "agresti-coull"),
        ("EASI-50", ["no-such-study"], 0.95, "wilson-cc"),
        ("EASI-75", ["chronos", "advocate-1"], 0.5, "jeffreys"),
        ("IGA-above-1", ["dupilumab-adolescents", "solo-1-2-pooled"], 0.95, "wilson"),
        ("EASI-50-maintained", [], 0.95, "clopper-pearson"),
        ("nonsense", [], 0.95, "clopper-pearson"),
    ],
)
def test_it_answers_whatever_it_is_asked(
    outcome: str, studies: list[str], level: float, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"outcome": outcome, "studies": studies, "level": level, "method": method}
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    assert set(kinds) & {"figure", "note"}
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert len(names) == len(set(names))
    for metadata, _ in shown:
        if metadata["kind"] == "figure" and metadata["name"] != "patients":
            assert f"{100 * level:g}% intervals" in metadata["caption"]
            assert method_name(method) in metadata["caption"]
        if metadata["kind"] == "figure":
            assert "nan" not in metadata["alt"]
    assert ("over-time" in names) == (outcome in OVER_TIME and studies not in NOT_OVER_TIME)


OVER_TIME = ("EASI-50", "EASI-75", "IGA-above-1")
NOT_OVER_TIME = (["shin-2021"], ["solo-continue"], ["no-such-study"])


def test_the_usual_report_has_all_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, {}, monkeypatch)
    figures = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert figures == ["worst-case", "over-time", "kept", "patients"]
    notes = " ".join(data["text/plain"] for metadata, data in shown if metadata["kind"] == "note")
    assert "34 of 50 is 68%, but 66% is reported" in notes
    assert "are the same patients" in notes
    assert "no worst case can be computed" in notes
    tables = [noted for noted, _ in shown if noted["kind"] == "table" and "notes" in noted]
    assert "29.3% and 29.8%; we use 29.8%" in " ".join(tables[0]["notes"])
    assert "kangstem-2024" not in notes


@pytest.mark.parametrize(
    ("name", "value"), [("level", 95), ("method", "guess"), ("studies", "kim-2017")]
)
def test_it_refuses_what_cannot_be_meant(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)
