"""Risk of bias and certainty of the real tables, against an independent calculation."""

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import atopic
from atopic.cli import app
from atopic.evidence.checks import check
from atopic.questions.certainty import (
    Answer,
    Settings,
    answer_questions,
    answers_by_basis,
    bias_judgements,
    bias_overrides,
    bias_paths,
    case_series_judgements,
    levels_by_minimal,
    levels_by_setting,
    minimal_note,
    summary_of_findings,
)
from atopic.questions.certainty.bias_table import (
    tabulate_overrides,
    tabulate_paths,
    tabulate_series,
)
from atopic.questions.certainty.chart import (
    describe_levels,
    draw_levels,
)
from atopic.questions.certainty.differences import (
    differences_note,
    differences_used,
    tabulate_differences,
)
from atopic.questions.certainty.grade import SMALL
from atopic.questions.certainty.lights import describe_lights, lights_table
from atopic.questions.certainty.table import (
    finding_footnotes,
    tabulate_findings,
    tabulate_levels,
)
from atopic.questions.certainty.words import (
    certainty_notes,
    counts_note,
    levels_note,
    readers_note,
)
from tests.conftest import REPOSITORY
from tests.evidence.test_checks import edit, find
from tests.running import run

EXPECTED = json.loads(
    (REPOSITORY / "tests/oracles/certainty/expected.json").read_text(encoding="utf-8")
)
QUESTIONS = EXPECTED["questions"]

#: Where we differ from the independent calculation, and why we are right to.
NEWCOMBE = (
    "It takes Wald limits of a single trial; we take those that the pages print, Newcombe and "
    "Miettinen-Nurminen, so that a number stands on two pages with one interval."
)
ROUNDED_UP = (
    "It rounds the patients of both arms together to the nearest; we round each arm up, since a "
    "trial that is short of one patient is short."
)
OWN_OUTCOME = (
    "It takes one placebo rate, 28.6 percent, for every question; where a trial's own was not read "
    "we take that of all placebo arms of this outcome and week."
)
BOTH_SIZES = (
    "It reads the low dose of 2017 as 5 of 14 alone; denominators.csv has since allowed 11 too, "
    "of which 4 print the same percentage."
)
OUTERMOST = (
    "It takes the limits of the counts it uses; we take the outermost over all counts that fit, as "
    "on the pages."
)
DIFFERENCES = {
    ("cord-blood-easi-50", "of_1000"): OUTERMOST,
    ("adipose-easi-75", "difference"): NEWCOMBE,
    ("adipose-easi-75", "ratio"): NEWCOMBE,
    ("adipose-easi-75", "of_1000"): NEWCOMBE,
    ("cord-blood-dose", "difference"): NEWCOMBE,
    ("cord-blood-dose", "ratio"): NEWCOMBE,
    ("cord-blood-dose", "of_1000"): NEWCOMBE,
    ("cord-blood-dose", "combinations"): BOTH_SIZES,
    ("cord-blood-dose", "over_all"): BOTH_SIZES,
    ("bone-marrow-dose", "difference"): NEWCOMBE,
    ("bone-marrow-dose", "ratio"): NEWCOMBE,
    ("bone-marrow-dose", "of_1000"): NEWCOMBE,
    ("cord-blood-easi-50", "needed"): ROUNDED_UP,
    ("adipose-easi-75", "needed"): ROUNDED_UP,
    ("bone-marrow-easi-50", "needed"): OWN_OUTCOME,
    ("bone-marrow-iga", "needed"): OWN_OUTCOME,
}


@pytest.fixture(scope="module")
def answers(evidence: atopic.Evidence) -> dict[str, Answer]:
    return {answer.question_id: answer for answer in answer_questions(evidence)}


@pytest.fixture(scope="module")
def judgements(evidence: atopic.Evidence) -> pd.DataFrame:
    return bias_judgements(evidence)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY / "data", tmp_path / "data"))


def test_every_judgement_and_range_is_that_of_the_independent_calculation(
    judgements: pd.DataFrame,
) -> None:
    found: dict[str, dict[str, Any]] = {}
    for row in judgements.to_dict("records"):
        week = "" if pd.isna(row["week"]) else row["week"]
        result = found.setdefault(f"{row['study_id']}|{row['outcome']}|{week}", {"domains": {}})
        if row["domain"] == "overall":
            names = ("judgement", "computed", "lowest", "highest")
            result |= {name: row[name] for name in names}
        else:
            result["domains"][row["domain"]] = [
                *(row[name] for name in ("judgement", "lowest", "highest")),
                bool(row["known_fault"]),
            ]
    assert found == EXPECTED["bias"]


def test_every_case_series_is_that_of_the_independent_calculation(
    evidence: atopic.Evidence,
) -> None:
    found = case_series_judgements(evidence).set_index("study_id")
    names = ["selection", "measurement", "reporting", "analysis", "yes", "of"]
    assert found[names].to_dict("index") == EXPECTED["case_series"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_level_is_that_of_the_independent_calculation(
    answers: dict[str, Answer], question: str
) -> None:
    answer, expected = answers[question], QUESTIONS[question]
    assert answer.level == answer.computed == expected["level"]
    assert answer.start == expected["start"]
    assert [rating.levels for rating in answer.ratings] == expected["levels"]
    assert (answer.trials, answer.patients) == (expected["trials"], expected["patients"])


NUMBERS = ("difference", "ratio", "of_1000", "counts", "combinations", "over_all", "needed")


def _numbers(answer: Answer, row: dict[str, Any]) -> dict[str, Any]:
    """Return our numbers as the independent calculation prints them."""
    effect = answer.effect
    found: dict[str, Any] = {}
    if effect is not None:
        found["difference"] = [
            round(one, 1) for one in (effect.estimate, effect.lower, effect.upper)
        ]
        if row["of_shares"]:
            ratio = (effect.ratio, effect.ratio_lower, effect.ratio_upper)
            found["ratio"] = [round(one, 2) for one in ratio]
            names = ("without", "with_treatment", "with_lower", "with_upper")
            found["of_1000"] = [round(row[name]) for name in names]
            found["counts"] = list(answer.found.trials["counts"])
            found["combinations"] = answer.found.combinations
            found["over_all"] = [round(answer.found.lowest, 1), round(answer.found.highest, 1)]
    if answer.needed and answer.measure != "mean_difference":
        found["needed"] = answer.needed
    return found


def test_every_number_is_that_of_the_independent_calculation_or_argued(
    answers: dict[str, Answer],
) -> None:
    rows = summary_of_findings(list(answers.values())).set_index("question_id").to_dict("index")
    differ = {}
    for question, expected in QUESTIONS.items():
        found = _numbers(answers[question], rows[question])
        for name in (
            "difference",
            "ratio",
            "of_1000",
            "counts",
            "combinations",
            "over_all",
            "needed",
        ):
            if name in expected and name in found and found[name] != expected[name]:
                differ[question, name] = (found[name], expected[name])
            assert (name in expected) == (name in found) or name == "needed", (question, name)
    assert set(differ) == set(DIFFERENCES), differ
    for (question, name), (ours, theirs) in differ.items():
        if name == "needed":
            near = 2 if DIFFERENCES[question, name] == ROUNDED_UP else 1558
            assert abs(ours - theirs) <= near
        elif name in ("difference", "ratio"):
            assert ours[0] == theirs[0]  # the estimate is the same whatever its interval
        elif DIFFERENCES[question, name] == OUTERMOST:
            assert ours[:2] == theirs[:2]  # wider, and by rounding alone
            assert all(0 <= wide <= 1 for wide in (theirs[2] - ours[2], ours[3] - theirs[3]))
        elif name == "over_all":
            assert ours == [round(100 * (6 / 11 - share), 1) for share in (4 / 11, 5 / 14)]


def test_the_needed_size_is_rounded_up_by_arm(answers: dict[str, Answer]) -> None:
    # 50 of 175 against ten points more, by hand: z = 1.959964 + 0.841621.
    p, q = 50 / 175, 50 / 175 + 0.1
    each = (1.959964 + 0.841621) ** 2 * (p * (1 - p) + q * (1 - q)) / 0.1**2
    assert answers["cord-blood-easi-50"].needed == 2 * (int(each) + 1)


#: Our settings by the names of the independent calculation, which counts "mid 5" too.
SETTINGS = {
    "as set": {},
    "mid 5": {"minimal": 5.0},
    "mid 6.6": {"minimal": 6.6},
    "mid 12.1": {"minimal": 12.1},
    "mid 16": {"minimal": 16.0},
    "target any effect": {"target": "any"},
    "unread best": {"unread": "best"},
    "unread worst": {"unread": "worst"},
    "some concerns count high": {"some_concerns": "high"},
    "small sponsored not counted": {"small_sponsored": False},
    "Hartung-Knapp": {"pooling": "hartung-knapp"},
    "absolute from RR": {"absolute": "ratio"},
    "fragile ratio off": {"fragile_ratio": False},
    "known faults 1": {"known_faults": 1},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_levels_move_with_the_settings_as_in_the_independent_calculation(
    evidence: atopic.Evidence, name: str
) -> None:
    settings = Settings(**SETTINGS[name])  # type: ignore[arg-type]
    found = {answer.question_id: answer.level for answer in answer_questions(evidence, settings)}
    assert found == EXPECTED["sensitivity"][name]


def test_where_the_level_of_the_first_question_changes(evidence: atopic.Evidence) -> None:
    found = levels_by_minimal(evidence, "cord-blood-easi-50")
    # The limits of the interval, -4.9 and 12.5 points, are where a mark enters or leaves it.
    assert found["level"].to_list() == ["very low", "low", "moderate"]
    assert found["from_points"].round(1).to_list() == [0.0, 4.9, 12.5]
    told = "Certainty if the smallest difference that matters is under 4.9 points: very low; "
    assert minimal_note(found) == f"{told}from 4.9: low; above 12.5: moderate."
    assert levels_by_minimal(evidence, "bone-marrow-itch").empty


def test_what_answers_rest_on_is_counted(evidence: atopic.Evidence) -> None:
    bases = answers_by_basis(evidence)
    table = evidence.bias_answers
    assert bases["answers"].sum() == len(table)
    assert bases["no_information"].sum() == table["answer"].eq("NI").sum()
    note = readers_note(bases, table["reader"])
    assert note.startswith("Only 20 of the 146 bias answers are stated in a source; 53 are ")
    assert "73 have no source that we read" in note


def test_an_override_is_listed_beside_the_computed_value(evidence: atopic.Evidence) -> None:
    (row,) = bias_overrides(evidence).to_dict("records")
    assert (row["judgement"], row["computed"], row["stale"]) == ("high", "some-concerns", False)
    (cells,) = tabulate_overrides(bias_overrides(evidence)).to_dict("records")
    assert (cells["A reader's"], cells["Computed"]) == ("high", "some concerns")


def test_reading_one_answer_changes_lights_level_and_sentence_without_a_line_of_code(
    folder: Path,
) -> None:
    study = "seo-2024-phase-2"

    def state() -> tuple[str, str, list[tuple[str, tuple[str, str]]]]:
        assert [str(one) for one in check(folder) if not one.known] == []
        read = atopic.load(folder)
        lights = describe_lights(bias_judgements(read, studies=[study]))
        (itch,) = answer_questions(read, questions=["bone-marrow-itch"])
        return lights, itch.level, certainty_notes(read, outcomes=["pruritus-NRS"])

    def answer(question: str) -> None:
        place = find("bias_answers.csv", study_id=study, outcome="", question=question)
        edit(folder, "bias_answers.csv", place, answer="N", basis="read")

    before = state()
    answer("2.7")  # read: leaving patients out could not have mattered
    between = state()
    assert between[0] != before[0]
    assert between[1:] == before[1:]  # missing data are still at high risk
    answer("3.4")  # read: what is missing does not depend on how the skin did
    after = state()
    assert after[0] != between[0]
    assert (before[1], after[1]) == ("very low", "low")
    assert before[2][0][0].startswith("The evidence is very uncertain about ")
    assert after[2][0][0].startswith("Certainty low. What was read allows no estimate of the ")


def test_reading_an_answer_narrows_the_range(folder: Path) -> None:
    place = find("bias_answers.csv", study_id="kim-2017", outcome="EASI-50", question="4.3")
    edit(folder, "bias_answers.csv", place, answer="PY", basis="read")
    found = bias_judgements(atopic.load(folder), studies=["kim-2017"]).set_index("domain")
    assert found.loc["4", ["lowest", "highest"]].to_list() == ["some-concerns", "some-concerns"]


def test_a_level_of_a_reader_stands_beside_the_computed_one(folder: Path) -> None:
    path = folder / "certainty_judgements.csv"
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerow(
            ["raised", "grade-override", "bone-marrow-itch", "", "", "", "", "moderate", "", "why",
             "seo-2024-abstract", "abstract", "first-reader", "2026-11-27"]
        )  # fmt: skip
    (itch,) = answer_questions(atopic.load(folder), questions=["bone-marrow-itch"])
    assert (itch.level, itch.computed, itch.override) == ("moderate", "very low", "why")
    assert "computed very low" in finding_footnotes([itch])[0][2]


def test_an_override_of_what_is_computed_anyway_is_a_warning(folder: Path) -> None:
    place = find("certainty_judgements.csv", judgement_id="override-seo-phase-1")
    edit(folder, "certainty_judgements.csv", place, value="some-concerns")
    result = CliRunner().invoke(app, ["check", "--data", str(folder)])
    assert result.exit_code == 0
    told = f"warning: certainty_judgements.csv:{place}: value: 'some-concerns' is what the rules "
    assert told in result.output
    assert "[stale-override]" in result.output


def test_what_is_public_and_was_not_read_is_not_missing(answers: dict[str, Answer]) -> None:
    # bone-marrow-easi-50 has a row of the kind missing-result with the value not-read.
    rating = answers["bone-marrow-easi-50"].ratings[4]
    assert rating.because == (SMALL,)
    assert "public" not in rating.reason


def test_an_unread_answer_cannot_be_a_known_fault(judgements: pd.DataFrame) -> None:
    faults = judgements[judgements["known_fault"]]
    assert faults["computed"].eq("high").all()
    assert faults["lowest"].eq("high").all()


def test_the_summary_says_what_cannot_be_said(answers: dict[str, Answer]) -> None:
    cells = tabulate_findings(list(answers.values())).set_index("Question")
    itch = cells.loc["Itch, bone-marrow cells against placebo"]
    assert itch["Difference"] == "no estimate"
    assert itch["With"] == "\N{EN DASH}"
    events = cells.loc["Serious adverse events, any cells against placebo"]
    assert events["With"] == "not found"
    adipose = cells.loc["EASI-75 at week 16, the patient's own fat cells by vein against placebo"]
    assert (adipose["Without"], adipose["With"]) == ("73", "237 (103 to 367)")
    sentences = " ".join(answer.sentence for answer in answers.values())
    assert not re.search("significant|no effect", sentences)


def test_counts_that_fit_are_told(answers: dict[str, Answer]) -> None:
    told = counts_note(answers["cord-blood-dose"])
    assert told == "Two sets of counts fit the reported percentages; they give 18.2 to 18.8 points."
    assert counts_note(answers["adipose-easi-75"]) == counts_note(answers["bone-marrow-iga"]) == ""


def test_critical_questions_come_first(answers: dict[str, Answer]) -> None:
    importance = summary_of_findings(list(answers.values()))["importance"].to_list()
    assert importance == sorted(importance)  # critical before important
    assert len(finding_footnotes(list(answers.values()))) == len(answers)


def test_a_page_is_told_of_its_questions_only(evidence: atopic.Evidence) -> None:
    notes = certainty_notes(
        evidence, outcomes=["EASI-50"], weeks=[12], designs=["randomised-placebo"]
    )
    links = [link[1] for _, link in notes]
    assert links == ["certainty.html#question-cord-blood-easi-50",
                     "certainty.html#question-bone-marrow-easi-50"]  # fmt: skip
    assert certainty_notes(evidence, studies=["chronos"]) == []


def test_the_path_of_a_judgement_marks_the_answers_that_decide(
    evidence: atopic.Evidence, judgements: pd.DataFrame
) -> None:
    folds = dict(tabulate_paths(judgements, bias_paths(evidence), "kangstem-2019"))
    answers = folds["Missing outcome data: high, a known fault (EASI-50, week 12)"]["Answer"]
    assert answers.to_list() == [f"{one}, decides" for one in ("no", "no", *["probably yes"] * 2)]
    both = "Randomisation: some concerns (EASI-50, week 12 and EASI, week 12)"
    assert folds[both]["Answer"].str.contains("decides").to_list() == [False, True, True]
    assert all(len(table) for table in folds.values())


def test_of_nothing_nothing_is_shown() -> None:
    none = pd.DataFrame({"study_id": [], "domain": []})
    assert lights_table(none) == ""
    assert describe_lights(none) == describe_levels(none) == levels_note([]) == ""
    assert draw_levels(none) is None
    assert tabulate_findings([]).empty


def test_alt_texts_say_the_finding(evidence: atopic.Evidence, judgements: pd.DataFrame) -> None:
    words = describe_lights(judgements)
    assert words.startswith("Risk of bias by RoB 2: 14 of 14 results are at high risk over all, ")
    assert "over all high (open from some concerns to high and a reader's, computed some" in words
    assert describe_levels(levels_by_setting(evidence)).startswith(
        "Of 13 other settings, changes: "
    )
    told = describe_levels(levels_by_setting(evidence))
    assert "if 16 points matter" in told
    assert "with 16" not in told


def test_levels_by_setting_are_words(evidence: atopic.Evidence) -> None:
    levels = levels_by_setting(evidence)
    cells = tabulate_levels(levels)
    assert set(cells["Question"]) == set(levels["question"])
    assert len(cells) == levels["question"].nunique() + levels["changed"].sum() < len(levels)
    assert all(type(cell) is str for row in cells.itertuples(index=False) for cell in row)
    text = cells.to_csv()
    assert not re.search(r"True|False|,-\d", text)
    assert not any(one in text for one in evidence.certainty_questions["question_id"])


def test_the_differences_that_count_as_important_are_shown_with_their_sources(
    evidence: atopic.Evidence, answers: dict[str, Answer]
) -> None:
    used = differences_used(evidence, list(answers.values()))
    marks = used[used["size"].eq("minimal")].set_index("outcome")["value"]
    for answer in answers.values():
        if answer.minimal is not None:
            assert marks[answer.outcome] == answer.minimal
    cells = tabulate_differences(used)
    assert "14 points" in cells["Difference"].to_list()
    assert set(used["source_id"]) <= set(evidence.sources["source_id"])
    note = differences_note(used, Settings())
    assert "14 points for EASI" in note
    assert "within patients" in note
    assert "5 percentage points" in differences_note(used, Settings(minimal=5.0))


def test_a_setting_of_the_table_concerns_its_outcome_only(evidence: atopic.Evidence) -> None:
    found = levels_by_setting(evidence)
    asked = found[found["setting"].eq("12.1 points matter")]["question_id"].to_list()
    assert asked == ["adipose-easi-75"]


def test_every_series_is_told(evidence: atopic.Evidence) -> None:
    cells = tabulate_series(case_series_judgements(evidence))
    assert len(cells) == evidence.case_series_answers["study_id"].nunique()
    # Item 10 does not apply to four patients: what no item judges is not low.
    answers = evidence.case_series_answers.set_index(["study_id", "item"])["answer"]
    own = cells[cells["Study"].str.contains("Ra 2011|Own fat")].iloc[0]
    assert answers["ra-2011", 10] == "not-applicable"
    assert own["Analysis"] == "not applicable"


def test_readers_are_told_that_no_comparison_is_there_to_be_inconsistent(
    answers: dict[str, Answer],
) -> None:
    assert answers["durability"].ratings[1].reason == "There is no comparison"


def test_settings_that_differ_are_told() -> None:
    assert replace(Settings(), fold=2.5).changed() == {"fold": 2.5}


NOTEBOOK = REPOSITORY / "notebooks" / "certainty.ipynb"


def test_the_notebook_answers_each_question_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, {"unread": "best"}, monkeypatch)
    anchors = [noted["anchor"] for noted, _ in shown if noted["kind"] == "article"]
    assert {f"question-{question}" for question in QUESTIONS} < set(anchors)
    assert len(anchors) == len(set(anchors))
    assert "\nThe certainty is low for 5 and " in shown[0][1]["text/plain"]


def test_the_notebook_of_tables_without_rows_shows_notes_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bias_answers", "case_series_answers", "certainty_questions",
                 "certainty_judgements", "important_differences"):  # fmt: skip
        path = folder / f"{name}.csv"
        path.write_text(
            path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8"
        )
    shown = run(NOTEBOOK, {"data": str(folder)}, monkeypatch)
    assert [noted["kind"] for noted, _ in shown if noted["kind"] in ("figure", "article")] == []


@pytest.mark.mpl_image_compare(filename="certainty-levels.png", savefig_kwargs={"dpi": 50})
def test_picture_of_the_levels(evidence: atopic.Evidence) -> Figure | None:
    return draw_levels(levels_by_setting(evidence))
