"""The check of the tables on certainty: one mistake at a time, told in its place."""

import csv
import shutil
from pathlib import Path

import pytest

from atopic.evidence.certainty_row_rules import CERTAINTY_RULES
from atopic.evidence.checks import check
from atopic.paths import bundled
from tests.evidence.test_checks import edit, find

DATA = bundled("data")

B, CS = "bias_answers.csv", "case_series_answers.csv"
Q, J, I = "certainty_questions.csv", "certainty_judgements.csv", "important_differences.csv"  # noqa: E741

SEO = {"study_id": "seo-2024-phase-2", "outcome": ""}
ITCH = {"judgement_id": "indirect-bone-marrow-itch"}
OVERRIDE = {"judgement_id": "override-seo-phase-1"}
CORD = {"question_id": "cord-blood-easi-50"}
EASI_50 = {"outcome": "EASI-50", "role": "default"}

#: The rule, the file, the row, what is written there, and a word of the mend.
MISTAKES = [
    ("dangling-reference", B, SEO, {"source_id": "nowhere"}, "add the row"),
    ("dangling-reference", Q, {"question_id": "durability"}, {"study_ids": "shin-2021;none"},
     "add the row"),
    ("duplicate-key", B, {**SEO, "question": "1.1"}, {"question": "1.2"}, "remove one row"),
    ("vocabulary", B, SEO, {"answer": "MAYBE"}, "is not one of"),
    ("vocabulary", CS, {"study_id": "shin-2021"}, {"basis": "heard"}, "is not one of"),
    ("appraised-design", B, SEO, {"study_id": "shin-2021"}, "case_series_answers"),
    ("no-information-known", B, {**SEO, "question": "1.1"}, {"basis": "read"}, "not-read"),
    ("no-information-allowed", B, {**SEO, "question": "3.2"}, {"answer": "NI"}, "PN"),
    ("unanswered", B, {**SEO, "question": "2.1"}, {"answer": "Y"}, "2.3"),
    ("answer-of-nothing", B, {**SEO, "question": "2.6"}, {"answer": "Y"}, "remove it"),
    ("required", J, OVERRIDE, {"reason": ""}, "fill it in"),
    ("no-indirectness", J, ITCH, {"question_id": "bone-marrow-dlqi"}, "no rule can decide"),
    ("two-judgements", J, ITCH, {"question_id": "bone-marrow-dlqi"}, "keep one"),
    ("value-of-judgement", J, ITCH, {"value": "high"}, "codebook"),
    ("levels-of-judgement", J, ITCH, {"value": "serious"}, "serious -1"),
    ("levels-of-nothing", J, OVERRIDE, {"levels": "-1"}, "leave it blank"),
    ("judgement-of-nothing", J, OVERRIDE, {"domain": ""}, "fill it in"),
    ("comparator-of-nothing", Q, {"question_id": "durability"}, {"comparator": "placebo"},
     "write none"),
    ("measure-of-nothing", Q, {"question_id": "durability"}, {"measure": "risk_difference"},
     "write none"),
    ("unappraised", Q, {"question_id": "bone-marrow-iga"}, {"week": "16"}, "add its answers"),
    ("two-defaults", I, {"outcome": "DLQI", "value": "3.3"}, {"role": "default"}, "alternative"),
    ("duplicate-key", I, {"outcome": "DLQI", "value": "3.3"}, {"value": "4"}, "remove one row"),
    ("named-twice", Q, CORD, {"study_ids": "kangstem-2019;kangstem-2019"}, "name it once"),
    ("measure-of-another-kind", Q, CORD, {"measure": "mean_difference"}, "correct one"),
    ("measure-of-another-kind", I, EASI_50, {"measure": "mean_difference", "unit": "points"},
     "correct one"),
    ("better-of-another-direction", Q, CORD, {"better": "lower"}, "correct one"),
    ("unit-of-measure", I, EASI_50, {"unit": "points"}, "correct one"),
    ("difference-out-of-range", I, EASI_50, {"value": "0"}, "correct it"),
    ("difference-out-of-range", I, EASI_50, {"value": "101"}, "correct it"),
    ("difference-out-of-range", I, {"outcome": "DLQI", "role": "default"}, {"value": "40"}, "0 to"),
    ("sizes-order", I, EASI_50, {"value": "30"}, "correct one"),
    ("no-such-date", J, ITCH, {"decided_on": "2026-02-30"}, "calendar"),
    ("told-of-nothing", J, ITCH, {"domain": "1"}, "leave it blank"),
    ("told-of-nothing", J, ITCH, {"study_id": "shin-2021"}, "leave it blank"),
    ("told-of-nothing", J, OVERRIDE, {"question_id": "cord-blood-easi-50"}, "leave it blank"),
    ("judgement-of-nothing", J, {"kind": "words-only"}, {"study_id": "solo-1"}, "correct one"),
    ("appraised-design", CS, {"study_id": "shin-2021"}, {"study_id": "solo-1"}, "bias_answers"),
    ("known-of-nothing", CS, {"study_id": "shin-2021"}, {"basis": "not-public"}, "unclear"),
    ("known-of-nothing", B, {"study_id": "kangstem-2019", "question": "1.1"}, {"answer": "Y"},
     "PY or PN"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.mark.parametrize(("rule", "file", "row", "changes", "mend"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_its_mend(
    folder: Path, rule: str, file: str, row: dict[str, str], changes: dict[str, str], mend: str
) -> None:
    edit(folder, file, find(file, **row), **changes)
    found = [one for one in check(folder) if one.rule == rule and not one.known]
    assert found, [str(one) for one in check(folder)]
    assert found[0].column or rule == "duplicate-key"  # a key of several columns
    assert found[0].row
    assert mend in found[0].message


def test_the_tables_as_they_are_have_none() -> None:
    files = {B, CS, Q, J, I}
    assert [str(one) for one in check(DATA, warnings=True) if one.file in files] == []


def test_every_rule_has_its_mistake() -> None:
    assert {one.name for one in CERTAINTY_RULES} <= {mistake[0] for mistake in MISTAKES}


def test_a_question_without_a_row_on_indirectness_is_named(folder: Path) -> None:
    path = folder / J
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.reader(stream) if row[0] != ITCH["judgement_id"]]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    (problem,) = [one for one in check(folder) if not one.known]
    assert (problem.file, problem.rule, problem.value) == (Q, "no-indirectness", "bone-marrow-itch")
