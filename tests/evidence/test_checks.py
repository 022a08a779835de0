"""What the check of a data folder finds, where it says it is, and what it lets pass."""

import csv
import gzip
import json
import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import atopic
from atopic.evidence.checks import as_json, check
from atopic.evidence.csv_rows import Problem
from atopic.paths import bundled

DATA = bundled("data")


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def cells(path):
    """Return the rows of a file, header first; independent of the reader that is tested."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def find(file, **values):
    """Return the spreadsheet row of the real data that has these values, the first of several."""
    header, *rows = cells(DATA / file)
    for number, row in enumerate(rows, start=2):
        record = dict(zip(header, row, strict=True))
        if all(record[name] == value for name, value in values.items()):
            return number
    raise LookupError(f"{file}: no row with {values}")


def naming(file, column, value):
    """Return the spreadsheet rows of the real data whose cell lists a value."""
    header, *rows = cells(DATA / file)
    place = header.index(column)
    return [n for n, row in enumerate(rows, start=2) if value in row[place].split(";")]


def after(file):
    """Return the spreadsheet row that a line added to a file of the real data would be."""
    return len(cells(DATA / file)) + 1


def edit(folder, file, row, **changes):
    rows = cells(folder / file)
    for column, value in changes.items():
        rows[row - 1][rows[0].index(column)] = value
    write(folder / file, rows)


def edit_schema(folder, change):
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change({resource["name"]: resource for resource in package["resources"]})
    path.write_text(json.dumps(package), encoding="utf-8")


def new(folder):
    return [problem for problem in check(folder) if not problem.known]


def places(problems):
    return [(problem.file, problem.row, problem.column) for problem in problems]


@dataclass(frozen=True)
class Fault:
    """One cell of the real data set to another value, and what must be said about it."""

    name: str
    file: str
    where: dict[str, str]
    column: str
    value: str
    phrase: str
    #: Column that is named, if not the one that was changed.
    named: str | None = None
    #: Other problems that the change makes unavoidable: (file, row, column).
    also: tuple[tuple[str, int | None, str | None], ...] = ()


KIM = {"study_id": "kim-2017", "arm_id": "phase-2a-high", "outcome": "EASI-50"}
SHIN = {"study_id": "shin-2021", "outcome": "EASI-50"}
KNOWN = {"study_id": "kangstem-2019-follow-up", "week": "104"}
SHR = {"study_id": "shr0302-phase-2", "arm_id": "mg-8"}

FOLLOWED = {"study_id": "kim-2017-follow-up"}


def orphans(file, count):
    """Return the places of the rows of the follow-up of Kim 2017, of which there are so many."""
    rows = naming(file, "study_id", FOLLOWED["study_id"])
    assert len(rows) == count
    return [(file, row, "study_id") for row in rows]


FAULTS = [
    # Types and constraints of the schema.
    Fault("count in words", "responses.csv", SHIN, "responders", "four", "not a whole number"),
    Fault("decimal count", "responses.csv", SHIN, "responders", "4.5", "not a whole number"),
    Fault("grouped digits", "arms.csv", {"arm_id": "case"}, "n_randomised", "1_0", "not a whole"),
    Fault("other digits", "arms.csv", {"arm_id": "case"}, "n_randomised", "١", "not a whole"),
    Fault("huge count", "studies.csv", {"study_id": "kim-2017"}, "n_enrolled", "9" * 30, "whole"),
    Fault("spaces", "responses.csv", SHIN, "n", " 5", "has spaces around it; remove them"),
    Fault("decimal comma", "arms.csv", {"arm_id": "mg-7-5"}, "dose", "7,5", "not a number"),
    Fault("not a number", "scores.csv", {"outcome": "insomnia"}, "value", "NaN", "not a number"),
    Fault("infinite", "scores.csv", {"outcome": "insomnia"}, "value", "1e999", "not a number"),
    Fault(
        "blank key", "responses.csv", KIM, "arm_id", "", "blank, but every row needs a value",
    ),
    Fault("blank locator", "contrasts.csv", {"week": "4"}, "locator", "", "every row needs"),
    Fault(
        "misspelt role", "arms.csv", {"arm_id": "phase-2a-high"}, "role", "experimetal",
        "did you mean 'experimental'?",
    ),
    Fault(
        "unknown word", "responses.csv", KIM, "confidence", "sure",
        "'sure' is not one of high, medium, low; use one of these",
    ),
    Fault("word in capitals", "studies.csv", {"study_id": "kim-2017"}, "role", "Evidence", "not"),
    Fault(
        "confidence level", "responses.csv", {**SHR, "outcome": "IGA-0/1"}, "confidence_level",
        "99", "not one of 90, 95",
    ),
    Fault("percent sign", "responses.csv", KIM, "percent_printed", "55%", "does not have the form"),
    Fault("blank at the end", "responses.csv", KIM, "percent_printed", "55 ", "has spaces around"),
    Fault("doi address", "sources.csv", {"source_id": "kim-2017-abstract"}, "doi", "10", "form"),
    Fault("break at the end", "sources.csv", {"source_id": "wiley-press"}, "pmid", "1\n", "spaces"),
    Fault("year", "studies.csv", {"study_id": "kim-2017"}, "year", "217", "less than 1900"),
    Fault("late year", "studies.csv", {"study_id": "kim-2017"}, "year", "20177", "more than 2100"),
    Fault("no patients", "arms.csv", {"arm_id": "case"}, "n_randomised", "0", "less than 1, the"),
    # Keys and references.
    Fault(
        "same study twice", "studies.csv", {"study_id": "kim-2017-follow-up"}, "study_id",
        "kim-2017", "'kim-2017' is the study_id of row 2 too",
        # What belonged to the study that lost its name now belongs to none.
        also=(
            *orphans("arms.csv", 1),
            *orphans("case_series_answers.csv", 10),
            *orphans("claims.csv", 1),
            ("excluded_studies.csv", find("excluded_studies.csv", **FOLLOWED), "in_studies_csv"),
        ),
    ),
    Fault(
        "unknown source", "responses.csv", KIM, "source_id", "kim-2017-abstrct",
        "did you mean 'kim-2017-abstract'?",
    ),
    Fault(
        "unknown study", "scores.csv", {"outcome": "insomnia"}, "study_id", "nobody-1999",
        "'nobody-1999' is no study_id of studies.csv; correct it or add the row",
    ),
    Fault(
        "arm of another study", "safety.csv", {"study_id": "yan-2021"}, "arm_id", "phase-2a-high",
        "is no arm_id of arms.csv with study_id 'yan-2021'",
    ),
    Fault(
        "unknown reference arm", "contrasts.csv", {"study_id": "kangstem-2019"},
        "reference_arm_id", "plcebo", "did you mean 'placebo'?",
    ),
    Fault(
        "score among the responses", "responses.csv", KIM, "outcome", "EASI",
        "'EASI' has kind 'score' in instruments.csv, but kind 'responder' is needed",
    ),
    Fault(
        "responder among the scores", "scores.csv", {"outcome": "insomnia"}, "outcome", "EASI-50",
        "has kind 'responder'",
    ),
    Fault("unknown outcome", "responses.csv", KIM, "outcome", "EASI-55", "is no outcome of"),
    Fault(
        "unknown source in a list", "studies.csv", {"study_id": "kim-2017"},
        "supporting_source_ids", "wiley-press;donga-2061", "'donga-2061' is no source_id",
    ),
    Fault(
        "neither outcome nor event nor marker", "claims.csv", {"claim_id": "c01"}, "outcome",
        "EASY-50", "is no outcome of instruments.csv or event of safety.csv or marker of",
    ),
    Fault(
        "parent that does not exist", "studies.csv", {"study_id": "kim-2017-follow-up"},
        "parent_study_id", "kim-2016", "'kim-2016' is no study_id of studies.csv",
    ),
    Fault("basis without n", "responses.csv", KIM, "n_basis", "", "blank, but n is '11'"),
    Fault(
        "half an interval", "responses.csv", {**SHR, "outcome": "IGA-0/1"}, "ci_low", "",
        "blank, but ci_high is '68.1'; fill both or neither",
    ),
    Fault(
        "basis of no week", "responses.csv", SHIN, "week_basis", "printed",
        "'printed', but week is blank",
    ),
    # The subject.
    Fault("more responders than n", "responses.csv", SHIN, "responders", "7", "more than n = 5"),
    Fault(
        "more patients with an event than n", "safety.csv",
        {"study_id": "van-joost-1994", "arm_id": "placebo"}, "count", "24",
        "24 is more than n = 23",
    ),
    Fault(
        "n above randomised", "responses.csv", {"study_id": "seo-2024-phase-1", "arm_id": "low"},
        "n", "12", "12 is more than n_randomised = 10 of arm 'low'",
    ),
    Fault(
        "n at risk above randomised", "safety.csv", {"study_id": "yan-2021"}, "n", "2",
        "2 is more than n_randomised = 1",
    ),
    Fault(
        "analysed above randomised", "arms.csv", {"arm_id": "active", "study_id": "kangstem-2019"},
        "n_analysed", "99", "99 is more than n_randomised = 98",
    ),
    Fault("percent above 100", "responses.csv", {"study_id": "chronos"}, "percent_printed", "124",
          "124 is more than 100 percent"),
    Fault("limit above 100", "responses.csv", {**SHR, "outcome": "IGA-0/1"}, "ci_high", "680",
          "680 is more than 100, the most"),
    Fault("limits swapped", "responses.csv", {**SHR, "outcome": "IGA-0/1"}, "ci_low", "70",
          "70 is more than ci_high = 68.1"),
    Fault(
        "percent against count", "responses.csv", {"study_id": "atmsc-2025", "arm_id": "active"},
        "percent_printed", "27.3", "27.3 is printed beside 14 of 59, which is 23.7",
    ),
    Fault(
        "percent off in the last digit", "responses.csv",
        {"study_id": "atmsc-2025", "arm_id": "active"}, "percent_printed", "23.8", "which is 23.7",
    ),
    Fault(
        "EASI-90 above EASI-75", "responses.csv",
        {"study_id": "andreasen-2020", "outcome": "EASI-90"}, "percent_printed", "22.9",
        "22.9 percent with EASI-90 is more than 20.9 percent with EASI-75",
    ),
    Fault("blank percentage alone", "responses.csv", {"study_id": "chronos"}, "percent_printed", "",
          "neither a count nor a percentage", named="responders"),
    Fault("blank count alone", "responses.csv",
          {"study_id": "xu-2017"}, "responders", "", "neither a count nor a percentage"),
    Fault(
        "dose without unit", "arms.csv", {"arm_id": "phase-2a-high"}, "dose_unit", "",
        "the dose 5e+07 has no unit",
    ),
    Fault("negative dose", "arms.csv", {"arm_id": "phase-2a-high"}, "dose", "-1", "less than 0"),
    Fault("negative week", "responses.csv", KIM, "week", "-12", "-12 is less than 0, the least"),
    Fault("negative week of a score", "scores.csv", {"outcome": "insomnia"}, "week", "-1", "less"),
    Fault("negative week of a case", "patients.csv", {"patient_id": "S001"}, "week", "-4", "less"),
    Fault("sizes swapped", "denominators.csv", {"arm_id": "placebo"}, "n_min", "110",
          "110 is more than n_max = 105"),
    Fault(
        "contradiction mended in the data", "responses.csv", KNOWN, "percent_printed", "68",
        "no longer found to contradict anything; remove this row",
        named="contradictions.csv:contradiction_id",
    ),
    Fault(
        "declared otherwise than printed", "contradictions.csv", {}, "printed", "67",
        "no longer found", named="contradiction_id",
        also=(("responses.csv", find("responses.csv", **KNOWN), "percent_printed"),),
    ),
    Fault("reason removed", "contradictions.csv", {}, "reason", "", "every row needs a value"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_named_with_its_cell(folder, fault, monkeypatch):
    row = find(fault.file, **fault.where)
    edit(folder, fault.file, row, **{fault.column: fault.value})
    everything = check(folder)
    problems = [problem for problem in everything if not problem.known]

    place = (fault.file, row, fault.named or fault.column)
    if fault.named and ":" in fault.named:
        file, column = fault.named.split(":")
        place = (file, 2, column)
    assert sorted(places(problems), key=str) == sorted([place, *fault.also], key=str)
    told = next(one for one in problems if (one.file, one.row, one.column) == place)
    assert fault.phrase in told.message
    assert str(told).startswith(f"{place[0]}:{place[1]}: {place[2]}: ")
    if not fault.named:
        assert told.value == fault.value
    # Whatever the check refuses, reading refuses, with the first problem and how many more. What
    # the check says is known already, and asking it again would double the time of these tests.
    monkeypatch.setattr("atopic.evidence.checks.check", lambda _: everything)
    with pytest.raises(atopic.EvidenceError) as caught:
        atopic.load(folder)
    more = f" ({len(problems) - 1} more: run atopic check)" if len(problems) > 1 else ""
    assert str(caught.value) == f"{folder}: {problems[0]}{more}"


def test_the_table_of_faults_is_wide():
    assert len(FAULTS) >= 50
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({fault.file for fault in FAULTS}) >= 11


def test_a_line_reads_as_the_design_says(folder):
    row = find("responses.csv", **SHIN)
    edit(folder, "responses.csv", row, responders="7", percent_printed="")
    (problem,) = new(folder)
    assert str(problem) == f"responses.csv:{row}: responders: 7 is more than n = 5; " + (
        "correct one of them"
    )


# Faults that need more than one cell.


def test_a_count_without_a_denominator(folder):
    row = find("responses.csv", **SHIN)
    edit(folder, "responses.csv", row, n="", n_basis="")
    (problem,) = new(folder)
    assert places([problem]) == [("responses.csv", row, "responders")]
    assert "4, but n is blank" in problem.message


def test_an_unreadable_denominator_is_not_called_blank(folder):
    row = find("responses.csv", **SHIN)
    edit(folder, "responses.csv", row, n="five")
    assert places(new(folder)) == [("responses.csv", row, "n")]


def test_a_row_given_twice(folder):
    rows = cells(folder / "responses.csv")
    write(folder / "responses.csv", [*rows, rows[1]])
    (problem,) = new(folder)
    assert places([problem]) == [("responses.csv", len(rows) + 1, None)]
    assert "as row 2" in problem.message
    assert problem.rule == "duplicate-key"


def test_two_blank_weeks_are_the_same_key(folder):
    row = find("responses.csv", **SHIN)
    rows = cells(folder / "responses.csv")
    assert rows[row - 1][rows[0].index("week")] == ""
    write(folder / "responses.csv", [*rows, rows[row - 1]])
    assert places(new(folder)) == [("responses.csv", len(rows) + 1, None)]


def test_counts_of_nested_thresholds(folder):
    easi_50, easi_75 = (
        find("responses.csv", **SHR, outcome=outcome) for outcome in ("EASI-50", "EASI-75")
    )
    edit(folder, "responses.csv", easi_75, responders="30", percent_printed="85.7")
    (problem,) = new(folder)
    assert places([problem]) == [("responses.csv", easi_75, "responders")]
    assert f"30 with EASI-75 is more than 29 with EASI-50 (row {easi_50})" in problem.message


def test_scorad_thresholds_are_nested_too(folder):
    row = find("responses.csv", **SHR, outcome="SCORAD-90")
    edit(folder, "responses.csv", row, responders="13", percent_printed="37.1")
    (problem,) = new(folder)
    assert places([problem]) == [("responses.csv", row, "responders")]
    assert "13 with SCORAD-90 is more than 12 with SCORAD-75" in problem.message


def test_a_low_easi_50_is_told_once_against_the_nearest_threshold(folder):
    row = find("responses.csv", **SHR, outcome="EASI-50")
    edit(folder, "responses.csv", row, responders="10", percent_printed="28.6")
    assert places(new(folder)) == [
        ("responses.csv", find("responses.csv", **SHR, outcome="EASI-75"), "responders")
    ]


def test_thresholds_with_other_denominators_are_compared_as_shares(folder):
    row = find("responses.csv", **SHR, outcome="EASI-75")
    # 27 of 32 is 84.4, more than 29 of 35, though 27 is less than 29.
    edit(folder, "responses.csv", row, responders="27", n="32", percent_printed="84.4")
    (problem,) = new(folder)
    assert "84.38 percent with EASI-75 is more than 82.86" in problem.message


def test_rounding_is_no_violation_of_the_nesting(folder):
    row = find("responses.csv", **SHR, outcome="EASI-75")
    # 83 may stand for 82.5, less than 29 of 35.
    edit(folder, "responses.csv", row, responders="", n="", n_basis="", percent_printed="83")
    assert new(folder) == []


def test_maintained_response_is_not_nested(folder):
    wanted = {"study_id": "solo-continue", "arm_id": "placebo", "outcome": "EASI-75-maintained"}
    row = find("responses.csv", **wanted)
    edit(folder, "responses.csv", row, responders="60", percent_printed="75.9")
    assert new(folder) == []


def test_a_planned_size_may_be_exceeded(folder):
    row = find("responses.csv", study_id="kangstem-2024", arm_id="active", week="12")
    edit(folder, "responses.csv", row, n="206", n_basis="printed")
    assert new(folder) == []


def test_more_events_than_patients_are_possible(folder):
    row = find("safety.csv", study_id="kim-2017", event="sae")
    edit(folder, "safety.csv", row, count="40")
    assert new(folder) == []


def test_a_new_contradiction_can_be_declared(folder):
    wanted = {"study_id": "atmsc-2025", "arm_id": "active", "outcome": "EASI-75", "week": "16"}
    row = find("responses.csv", **wanted)
    edit(folder, "responses.csv", row, percent_printed="27.3")
    declaration = {**wanted, "contradiction_id": "mine", "table": "responses"}
    declaration |= {"column": "percent_printed", "printed": "27.3", "reason": "a slip"}
    rows = cells(folder / "contradictions.csv")
    rows.append([declaration.get(name, "") for name in rows[0]])
    write(folder / "contradictions.csv", rows)
    assert [one.known for one in check(folder)] == ["kangstem-2019-follow-up-year-2", "mine"]
    assert len(atopic.load(folder).contradictions) == 2


def test_a_broken_type_cannot_be_declared_away(folder):
    row = find("responses.csv", **KNOWN)
    edit(folder, "responses.csv", row, percent_printed="66%")
    edit(folder, "contradictions.csv", 2, printed="66%")
    assert places(new(folder)) == [("responses.csv", row, "percent_printed")]


# Columns and files.


def test_a_missing_column_is_told_once(folder):
    rows = cells(folder / "responses.csv")
    place = rows[0].index("responders")
    write(folder / "responses.csv", [row[:place] + row[place + 1 :] for row in rows])
    problems = new(folder)
    # Without the count the declared contradiction cannot be seen either.
    assert places(problems) == [
        ("responses.csv", 1, "responders"),
        ("contradictions.csv", 2, "contradiction_id"),
    ]
    assert "the column is missing" in problems[0].message


def test_a_renamed_column_is_both_unknown_and_missing(folder):
    rows = cells(folder / "arms.csv")
    rows[0][rows[0].index("dose_unit")] = "dose_units"
    write(folder / "arms.csv", rows)
    problems = new(folder)
    assert places(problems) == [("arms.csv", 1, "dose_units"), ("arms.csv", 1, "dose_unit")]
    assert "did you mean 'dose_unit'?" in problems[0].message


def test_an_extra_column(folder):
    rows = cells(folder / "arms.csv")
    write(folder / "arms.csv", [[*row, "comment" if row is rows[0] else ""] for row in rows])
    (problem,) = new(folder)
    assert places([problem]) == [("arms.csv", 1, "comment")]
    assert "describe it in datapackage.json" in problem.message


def rewrite(change):
    def plant(path):
        path.write_bytes(change(path.read_bytes()))

    return plant


def holding(raw):
    return lambda path: path.write_bytes(raw)


def as_folder(path):
    path.unlink()
    path.mkdir()


FILES = [
    ("missing", "arms.csv", Path.unlink, None, None, "the file is missing"),
    # Claims and answers on risk of bias that speak of its events are not refused for it.
    ("missing events", "safety.csv", Path.unlink, None, None, "the file is missing"),
    ("folder", "arms.csv", as_folder, None, None, "this is a folder; expected a CSV file"),
    ("empty", "arms.csv", holding(b""), None, None, "the file is empty"),
    ("blank", "arms.csv", holding(b"\xef\xbb\xbf \n\r\n"), None, None, "is empty"),
    ("commas only", "arms.csv", holding(b",,\n"), None, None, "the file is empty"),
    (
        "latin-1", "sources.csv",
        rewrite(lambda raw: raw.replace(b"Wiley, press", "Wiley, Köln".encode("latin-1"), 1)),
        3, None, "byte 0xf6 after ',\"Wiley, K' is not UTF-8",
    ),
    ("workbook", "arms.csv", holding(b"PK\x03\x04" + bytes(20)), None, None, "a workbook"),
    ("gzip", "arms.csv", rewrite(gzip.compress), None, None, "or an archive"),
    (
        "UTF-16", "arms.csv", rewrite(lambda raw: raw.decode().encode("utf-16")),
        None, None, "the file is UTF-16",
    ),
    (
        "UTF-16 without mark", "arms.csv", rewrite(lambda raw: raw.decode().encode("utf-16-le")),
        1, None, "NUL character",
    ),
    ("NUL", "arms.csv", rewrite(lambda raw: raw + b"a\0b"), after("arms.csv"), None, "NUL"),
    (
        "too many cells", "denominators.csv", rewrite(lambda raw: raw.replace(b"\n", b"\n,", 1)),
        2, None, "9 cells where the header has 8; quote a cell that holds a comma",
    ),
    (
        "too few cells", "denominators.csv", rewrite(lambda raw: raw + b"kangstem-2024,active\n"),
        after("denominators.csv"), None, "2 cells where the header has 8; add the missing commas",
    ),
    (
        "semicolons", "denominators.csv", rewrite(lambda raw: raw.replace(b",", b";")),
        1, None, "cells are parted by semicolons",
    ),
    (
        "tabs", "denominators.csv", rewrite(lambda raw: raw.replace(b",", b"\t")),
        1, None, "cells are parted by tabs",
    ),
    (
        "column twice", "denominators.csv",
        rewrite(lambda raw: raw.replace(b"n_max", b"n_min", 1)),
        1, "n_min", "the column appears twice",
    ),
    (
        "column without name", "denominators.csv",
        rewrite(lambda raw: raw.replace(b"n_max", b"", 1)),
        1, "", "column 6 has no name",
    ),
    (
        "unclosed quote", "denominators.csv",
        rewrite(lambda raw: raw + b'kangstem-2024,active,EASI-50,36,60,209,205,"open\n'),
        after("denominators.csv"), None, "a quote is never closed",
    ),
    (
        "text after a quote", "denominators.csv",
        rewrite(lambda raw: raw + b'"kangstem"-2024,active,EASI-50,36,60,209,205,x\n'),
        after("denominators.csv"), None, "look for a stray or missing quote",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "plant", "row", "column", "phrase"),
    [one[1:] for one in FILES],
    ids=[one[0] for one in FILES],
)
def test_every_fault_of_a_file_has_its_own_message(folder, file, plant, row, column, phrase):
    plant(folder / file)
    # References into a table that cannot be read whole prove nothing, so they are not told.
    (problem,) = new(folder)
    expected = column if column else problem.column
    assert (problem.file, problem.row, problem.column) == (file, row, expected)
    assert phrase in problem.message
    with pytest.raises(atopic.EvidenceError, match=file):
        atopic.load(folder)


def test_every_table_may_be_missing(folder):
    for path in folder.glob("*.csv"):
        path.unlink()
    problems = check(folder)
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert [one.file for one in problems] == [one["path"] for one in package["resources"]]
    assert {one.rule for one in problems} == {"missing-file"}


def test_tables_of_a_header_only_are_fine(folder):
    for path in folder.glob("*.csv"):
        write(path, cells(path)[:1])
    assert check(folder) == []
    assert {len(atopic.load(folder).table(name)) for name in atopic.load(folder)} == {0}


def test_all_problems_come_in_one_run_in_order(folder):
    (folder / "patients.csv").unlink()
    edit(folder, "sources.csv", 3, kind="rumour")
    edit(folder, "responses.csv", 20, confidence="sure", week="-1")
    edit(folder, "responses.csv", 5, source_id="nowhere")
    edit(folder, "studies.csv", 2, year="17")
    assert places(new(folder)) == [
        ("studies.csv", 2, "year"),
        ("responses.csv", 5, "source_id"),
        ("responses.csv", 20, "week"),
        ("responses.csv", 20, "confidence"),
        ("patients.csv", None, None),
        ("sources.csv", 3, "kind"),
    ]


def test_rows_after_a_quoted_line_break_keep_their_spreadsheet_number(folder):
    edit(folder, "responses.csv", 2, notes="first line\nsecond line\n\nfourth line")
    edit(folder, "responses.csv", 5, confidence="sure")
    assert places(new(folder)) == [("responses.csv", 5, "confidence")]


def test_blank_lines_are_counted_as_a_spreadsheet_does(folder):
    rows = cells(folder / "arms.csv")
    write(folder / "arms.csv", [[], *rows[:4], [""] * len(rows[0]), *rows[4:], [], []])
    path = folder / "arms.csv"
    assert new(folder) == []
    path.write_bytes(path.read_bytes().replace(b",role,", b",rolle,", 1))
    assert places(new(folder))[0] == ("arms.csv", 2, "rolle")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="byte order mark"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda raw: raw + b"\n\n", id="trailing blank lines"),
        pytest.param(lambda raw: raw + b"  \n", id="trailing line of spaces"),
        pytest.param(lambda raw: raw.rstrip(b"\n"), id="no line break at the end"),
        pytest.param(
            lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n") + b"\r\n", id="all of them"
        ),
    ],
)
def test_harmless_variations_change_nothing(folder, change):
    for path in folder.glob("*.csv"):
        path.write_bytes(change(path.read_bytes()))
    assert new(folder) == []
    real, varied = atopic.load(DATA), atopic.load(folder)
    for name in real:
        pd.testing.assert_frame_equal(real.table(name), varied.table(name))


def test_quoting_and_the_order_of_columns_do_not_matter(folder):
    for path in folder.glob("*.csv"):
        rows = [row[::-1] for row in cells(path)]
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    assert new(folder) == []
    real, varied = atopic.load(DATA), atopic.load(folder)
    for name in real:
        pd.testing.assert_frame_equal(real.table(name), varied.table(name))


def test_names_in_any_script_are_fine(tmp_path):
    folder = Path(shutil.copytree(DATA, tmp_path / "Ärzte 김 数据"))
    edit(folder, "sources.csv", 2, citation="Müller Ö, 김 철수, 山田 太郎 — «Étude» 2017 🧴")
    edit(folder, "arms.csv", 2, label="Dosis: 5×10⁷ ﬁrst")
    assert new(folder) == []


# The real data and the ways to the check.


def test_the_real_data_have_only_the_declared_contradiction(monkeypatch):
    monkeypatch.delenv("ATOPIC_DATA", raising=False)
    declared = [row[0] for row in cells(DATA / "contradictions.csv")[1:]]
    problems = check()
    assert [one.known for one in problems] == declared
    assert places(problems) == [
        ("responses.csv", find("responses.csv", **KNOWN), "percent_printed")
    ]


def test_the_folder_is_chosen_as_load_chooses_it(folder, monkeypatch):
    (folder / "arms.csv").unlink()
    monkeypatch.setenv("ATOPIC_DATA", str(folder))
    assert [one.file for one in check() if not one.known] == ["arms.csv"]
    assert check(str(DATA)) == check(DATA)


def test_a_table_in_a_folder_of_its_own_is_named_with_it(folder):
    (folder / "tables").mkdir()
    (folder / "arms.csv").rename(folder / "tables" / "arms.csv")
    edit_schema(folder, lambda tables: tables["arms"].update(path="tables/arms.csv"))
    assert new(folder) == []
    edit(folder, "tables/arms.csv", 3, role="nurse")
    assert places(new(folder)) == [("tables/arms.csv", 3, "role")]


def test_other_texts_may_mean_blank(folder):
    for resource in ("responses", "arms"):
        path = folder / f"{resource}.csv"
        write(path, [[cell or "NA" for cell in row] for row in cells(path)])

    def change(tables):
        for name in ("responses", "arms"):
            tables[name]["schema"]["missingValues"] = ["", "NA"]

    edit_schema(folder, change)
    assert new(folder) == []
    pd.testing.assert_frame_equal(atopic.load(folder).responses, atopic.load(DATA).responses)


def test_a_schema_without_limits_has_those_of_the_core_schema(folder):
    def change(tables):
        for field in tables["responses"]["schema"]["fields"] + tables["arms"]["schema"]["fields"]:
            for limit in ("minimum", "maximum", "pattern"):
                field.get("constraints", {}).pop(limit, None)

    edit_schema(folder, change)
    row = find("responses.csv", **SHR, outcome="IGA-0/1")
    edit(folder, "responses.csv", row, week="-12", ci_high="680")
    edit(folder, "responses.csv", 2, percent_printed="about half")
    edit(folder, "arms.csv", find("arms.csv", arm_id="phase-2a-high"), dose="-5")
    assert [(one.column, one.rule) for one in new(folder)] == [
        ("dose", "minimum"),
        ("percent_printed", "pattern"),
        ("week", "minimum"),
        ("ci_high", "maximum"),
    ]


def test_a_pattern_means_the_whole_cell(folder):
    def change(tables):
        (field,) = (
            one for one in tables["arms"]["schema"]["fields"] if one["name"] == "administrations"
        )
        field["constraints"] = {"pattern": "[0-9]|[0-9]+-[0-9]+|12"}

    edit_schema(folder, change)
    assert new(folder) == []
    edit(folder, "arms.csv", 2, administrations="3-")
    assert places(new(folder)) == [("arms.csv", 2, "administrations")]


def test_fractions_as_limits_of_whole_numbers(folder):
    def change(tables):
        (field,) = (one for one in tables["responses"]["schema"]["fields"] if one["name"] == "n")
        field["constraints"] = {"minimum": 4.5, "maximum": 1800.5}

    edit_schema(folder, change)
    assert new(folder) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"resources": []}', '{"resources": [{}]}'])
def test_a_broken_schema_is_an_error_of_the_project(folder, text):
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    with pytest.raises(atopic.EvidenceError, match=r"datapackage\.json"):
        check(folder)


@pytest.mark.slow
def test_nothing_that_is_written_into_a_cell_makes_the_check_fail(folder):
    odd = ["", "0", "-1", "7", "1e5", "101", "NaN", "yes", "EASI", "SCORAD-50", "kim-2017", "all"]
    odd += [" ", "\n", '"', "a;b", "é", "9" * 5000, "٣", "\ufeff", "responses", "week", "2.5e7"]
    dice = random.Random(4)
    for _ in range(400):
        file = dice.choice(sorted(path.name for path in DATA.glob("*.csv")))
        rows = cells(DATA / file)
        row = dice.randrange(1, len(rows))
        column = dice.randrange(len(rows[0]))
        rows[row][column] = dice.choice([*odd, dice.choice(rows[1:])[column]])
        write(folder / file, rows)
        problems = new(folder)
        try:
            atopic.load(folder).responses.empty  # noqa: B018 - the counts are derived only now
            refused = False
        except atopic.EvidenceError:
            refused = True
        assert refused == bool(problems), (file, row + 1, rows[0][column], rows[row][column])
        assert not any("\n" in str(problem) for problem in problems)
        shutil.copy(DATA / file, folder / file)


def test_json_has_the_same_keys_for_every_problem(folder):
    (folder / "patients.csv").unlink()
    edit(folder, "arms.csv", 2, label="")
    records = json.loads(as_json(check(folder)))
    keys = ["file", "row", "column", "value", "rule", "message", "known", "severity"]
    assert [list(record) for record in records] == [keys] * 3
    assert records[0] == {
        "file": "arms.csv",
        "row": 2,
        "column": "label",
        "value": "",
        "rule": "required",
        "message": "blank, but every row needs a value; fill it in",
        "known": None,
        "severity": "error",
    }
    assert [record["known"] for record in records[1:]] == ["kangstem-2019-follow-up-year-2", None]
    assert json.loads(as_json([])) == []


def test_json_keeps_letters_as_they_are():
    assert "Köln" in as_json([Problem("a.csv", 1, None, "Köln", "type", "no")])


PACKAGE = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
CONSTRAINED = [
    (resource["path"], one)
    for resource in PACKAGE["resources"]
    for one in resource["schema"]["fields"]
    if one.get("constraints") or one["type"] != "string"
]


@st.composite
def broken_cells(draw):
    """Draw a constraint of the schema, a row, and a cell that the standard forbids there."""
    file, field = draw(st.sampled_from(CONSTRAINED))
    limits = field.get("constraints", {})
    word = st.text("abcxyz-# ", min_size=1, max_size=8)
    ways = []
    if limits.get("required"):
        ways.append(("required", st.just("")))
    if field["type"] == "string":
        if "pattern" in limits:
            form = re.compile(limits["pattern"])
            ways.append(("pattern", word.filter(lambda cell: not form.fullmatch(cell))))
        elif "enum" in limits:
            known = st.sampled_from(limits["enum"])
            near = st.builds(str.__add__, known, word)
            ways.append(("vocabulary", near.filter(lambda cell: cell not in limits["enum"])))
        if "maxLength" in limits:
            ways.append(("length", word.map(lambda cell: (cell[0] * limits["maxLength"]) + cell)))
    else:
        ways.append(("type", word))
        number = st.integers(0, 10**6)
        if "minimum" in limits:
            ways.append(("minimum", number.map(lambda n: str(int(limits["minimum"]) - 1 - n))))
        if "maximum" in limits:
            ways.append(("maximum", number.map(lambda n: str(int(limits["maximum"]) + 1 + n))))
    assume(ways)
    rule, strategy = draw(st.sampled_from(ways))
    row = draw(st.integers(2, len(cells(DATA / file))))
    return file, row, field["name"], rule, draw(strategy)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(broken_cells())
def test_a_cell_that_breaks_a_constraint_is_named_with_it(tmp_path, broken):
    file, row, column, rule, cell = broken
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    edit(tmp_path, file, row, **{column: cell})
    found = {(one.file, one.row, one.column, one.value, one.rule) for one in new(tmp_path)}
    assert (file, row, column, cell, rule) in found


@pytest.mark.parametrize("size", ["2000000", "100001", "999999999999999999"])
def test_a_mistyped_size_is_refused_at_once(folder, size):
    edit(folder, "denominators.csv", 2, n_max=size)
    (problem,) = new(folder)
    assert (problem.file, problem.row, problem.column) == ("denominators.csv", 2, "n_max")
    assert problem.rule == "maximum"


def test_a_range_of_sizes_that_leaves_a_percentage_without_a_meaning(folder):
    row = find("denominators.csv", study_id="kangstem-2024", arm_id="active", week="12")
    edit(folder, "denominators.csv", row, n_min="1", n_max="90000")
    (problem,) = [one for one in new(folder) if one.rule == "too-many-counts"]
    assert (problem.file, problem.row, problem.column) == ("denominators.csv", row, "n_max")
    assert "more than 2,000 counts for 33.0 percent" in problem.message
    with pytest.raises(atopic.EvidenceError):
        atopic.load(folder)


def test_an_n_that_leaves_a_percentage_without_a_meaning(folder):
    edit_schema(folder, without_limits)
    row = find("responses.csv", study_id="kim-2017", arm_id="phase-2a-low", outcome="EASI-50")
    edit(folder, "responses.csv", row, n="999999999999999")
    assert ("responses.csv", row, "n") in places(new(folder))


def without_limits(tables):
    for table in tables.values():
        for field in table["schema"]["fields"]:
            field.get("constraints", {}).pop("maximum", None)


def test_every_column_of_numbers_has_bounds():
    open_ended = [
        (file, field["name"])
        for file, field in CONSTRAINED
        if field["type"] != "string"
        and "enum" not in field["constraints"]
        and not {"minimum", "maximum"} <= set(field["constraints"])
    ]
    assert open_ended == []
