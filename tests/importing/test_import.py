"""A sheet of any form goes into the core tables whole or not at all, and can be imported again."""

import csv
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner
from xlsxwriter import Workbook

import atopic
from atopic.cli import app
from atopic.errors import AtopicError
from atopic.importing import merge as merging
from atopic.importing.command import import_sheet
from atopic.importing.merge import RECORD, merge
from atopic.importing.results import read_results
from atopic.importing.tables import as_rows
from atopic.importing.values import remark_apart
from atopic.reporting.site import output_folder

#: Two trials of one author and year, of which the sheets tell nothing else.
TRIALS = [
    ("Ho", "1996", 1, 30, 13, 30), ("Ho", "1997", 2, 31, 14, 32),
    ("Lee", "2004", 9, 20, 11, 20), ("Rusy", "2002", 0, 40, 7, 41),
]  # fmt: skip


def sheet(path: Path, rows: Sequence[Sequence[object]], mark: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=mark).writerows(rows)
    return path


def read(path: Path, *mapped: str, **better: str) -> dict[str, list[dict[str, str]]]:
    tables = as_rows(read_results(path, mapped), better)
    return {name: [dict(row.cells) for row in rows] for name, rows in tables.rows.items()}


def numbers(path: Path, *mapped: str) -> set[tuple[str, ...]]:
    """Return study, role, outcome, responders and n of each result, whatever arms are called."""
    tables = read(path, *mapped)
    roles = {(row["study_id"], row["arm_id"]): row["role"] for row in tables["arms"]}
    return {
        (row["study_id"], roles[row["study_id"], row["arm_id"]], row["outcome"],
         row["responders"], row["n"])
        for row in tables["responses"]
    }  # fmt: skip


def long(path: Path) -> tuple[Path, list[str]]:
    rows: list[Sequence[object]] = [("study", "year", "arm", "outcome", "responders", "n")]
    for study, year, r1, n1, r2, n2 in TRIALS:
        rows += [(study, year, "P6", "nausea", f"{r1}.0", f"{n1}.0")]
        rows += [(study, year, "sham", "nausea", r2, n2)]
    return sheet(path / "long.csv", rows), []


def pairs(path: Path) -> tuple[Path, list[str]]:
    rows: list[Sequence[object]] = [("author", "year", "ai", "n1i", "ci", "n2i"), *TRIALS]
    return sheet(path / "pairs.csv", rows), ["outcome==nausea"]


def fourfold(path: Path) -> tuple[Path, list[str]]:
    rows: list[Sequence[object]] = [("author", "year", "ai", "bi", "ci", "di")]
    rows += [(s, y, r1, n1 - r1, r2, n2 - r2) for s, y, r1, n1, r2, n2 in TRIALS]
    return sheet(path / "four.csv", rows, ";"), ["outcome==nausea"]


def revman(path: Path) -> tuple[Path, list[str]]:
    rows: list[Sequence[object]] = [(
        "Analysis group", "Analysis number", "Analysis name", "Subgroup", "Study", "Study year",
        "Experimental cases", "Experimental N", "Control cases", "Control N", "Weight",
    )]  # fmt: skip
    rows += [
        (1, 1, "nausea", "", f"{s} {y}", y, r1, n1, r2, n2, 0) for s, y, r1, n1, r2, n2 in TRIALS
    ]
    return sheet(path / "revman-data-rows.csv", rows), []


def numbered(path: Path) -> tuple[Path, list[str]]:
    rows: list[Sequence[object]] = [
        ("study", "year", "t1", "r1", "n1", "t2", "r2", "n2", "outcome")
    ]
    rows += [(s, y, "placebo", r2, n2, "drug", r1, n1, "nausea") for s, y, r1, n1, r2, n2 in TRIALS]
    return sheet(path / "numbered.csv", rows), []


def workbook(path: Path) -> tuple[Path, list[str]]:
    place, mapped = long(path)
    rows = list(csv.reader(place.read_text("utf-8").splitlines()))
    with Workbook(path / "long.xlsx") as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if number and column in (1, 4, 5):
                    page.write_number(number, column, float(cell))
                else:
                    page.write_string(number, column, cell)
    return path / "long.xlsx", mapped


FORMS = [long, pairs, fourfold, revman, numbered, workbook]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_sheet_says_the_same(
    form: Callable[[Path], tuple[Path, list[str]]], tmp_path: Path
) -> None:
    # Of what kind the control is only some forms tell.
    control = {long: "sham", workbook: "sham", numbered: "placebo"}.get(form, "other-control")
    expected = {
        (f"{s.lower()}-{y}", role, "nausea", str(r), str(n))
        for s, y, r1, n1, r2, n2 in TRIALS
        for role, r, n in (("experimental", r1, n1), (control, r2, n2))
    }
    place, mapped = form(tmp_path)
    assert numbers(place, *mapped) == expected


@pytest.mark.parametrize("form", FORMS[:-1])
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_and_columns_tells_nothing(
    form: Callable[[Path], tuple[Path, list[str]]], seed: int, tmp_path: Path
) -> None:
    place, mapped = form(tmp_path)
    before = numbers(place, *mapped)
    mark = ";" if form is fourfold else ","
    rows = list(csv.reader(place.read_text("utf-8").splitlines(), delimiter=mark))
    order = list(range(len(rows[0])))
    random.Random(seed).shuffle(order)
    body = rows[1:]
    random.Random(seed).shuffle(body)
    sheet(place, [[row[one] for one in order] for row in [rows[0], *body]], mark)
    assert numbers(place, *mapped) == before


counted = st.integers(1, 999).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=40, deadline=None)
@given(
    arms=st.dictionaries(
        st.tuples(st.integers(0, 5), st.sampled_from(["Placebo", "Drug 5 mg", "Drug 10 mg"]),
                  st.sampled_from(["PASI-75", "nausea"]), st.sampled_from(["", "4", "12"])),
        counted, min_size=1, max_size=20,
    ),
    written=st.sampled_from(["{}", "{}.0", " {} ", "{},0"]),
    mark=st.sampled_from([",", ";", "\t"]),
    mend=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)  # fmt: skip
def test_numbers_come_back_as_they_went_in(
    arms: dict[tuple[int, str, str, str], tuple[int, int]], written: str, mark: str, mend: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    place = tmp_path_factory.mktemp("sheet") / "a.csv"
    with place.open("w", encoding=mend, newline="") as stream:
        writer = csv.writer(stream, delimiter=mark)
        writer.writerow(["study", "arm", "outcome", "week", "responders", "n"])
        for (study, arm, outcome, week), (r, n) in arms.items():
            writer.writerow(
                [f"Trial {study}", arm, outcome, week, written.format(r), written.format(n)]
            )
    tables = read(place)
    labels = {(one["study_id"], one["arm_id"]): one["label"] for one in tables["arms"]}
    found = {
        (int(row["study_id"][-1]), labels[row["study_id"], row["arm_id"]], row["outcome"],
         row.get("week", "")): (int(row["responders"]), int(row["n"]))
        for row in tables["responses"]
    }  # fmt: skip
    assert found == arms
    lines = [row["locator"].split("row ")[1] for row in tables["responses"]]
    assert lines == [str(number) for number in range(2, len(arms) + 2)]


def test_two_series_of_one_name_stay_two_in_rows_of_one_group(tmp_path: Path) -> None:
    rows = [("authors", "xi", "ni"), ("Zhou", 3, 10), ("Zhou", 4, 11), ("Ma", 1, 5)]
    first = read(sheet(tmp_path / "a.csv", rows))
    assert [row["study_id"] for row in first["studies"]] == ["zhou", "zhou-2", "ma"]
    again = read(sheet(tmp_path / "a.csv", [rows[0], *rows[:0:-1]]))
    found = {(row["study_id"], row["n"]) for row in again["responses"]}
    assert found == {(row["study_id"], row["n"]) for row in first["responses"]}


@given(st.lists(
    st.tuples(st.sampled_from(["Ho", "Lee", "Ho 1996"]), st.sampled_from(["1996", "1997", ""])),
    min_size=2, max_size=5, unique=True,
))  # fmt: skip
def test_two_studies_of_one_name_are_called_by_their_years(named: list[tuple[str, str]]) -> None:
    rows: list[Sequence[object]] = [("study", "year", "arm", "responders", "n")]
    rows += [(study, year, "P6", 1, 2) for study, year in named]
    with TemporaryDirectory() as folder:
        place = sheet(Path(folder) / "a.csv", rows)
        try:
            studies = read(place)["studies"]
        except AtopicError:  # one study under two names, or twice: told, and nothing is written
            return
    called = [one["short_citation"] for one in studies]
    assert len(set(called)) == len(studies)


def test_means_go_to_scores_and_percentages_keep_their_digits(tmp_path: Path) -> None:
    rows = [
        ("study", "arm", "outcome", "week", "percent", "n", "mean", "sd"),
        ("A", "drug", "EASI-50", 4, "35,0", 20, "", ""),
        ("A", "drug", "EASI", 4, "", 20, "12,50", "3,1"),
    ]
    tables = read(sheet(tmp_path / "a.csv", rows, ";"))
    (percent,), (mean,) = tables["responses"], tables["scores"]
    assert percent["percent_printed"] == "35.0"
    assert "responders" not in percent
    assert (mean["value"], mean["spread"], mean["spread_kind"]) == ("12.50", "3.1", "sd")
    assert {row["outcome"]: row["kind"] for row in tables["instruments"]} == {
        "EASI-50": "responder", "EASI": "score",
    }  # fmt: skip


def test_a_score_has_the_unit_that_the_sheet_gives_it(tmp_path: Path) -> None:
    rows = [
        ("study", "arm", "outcome", "mean", "statistic", "unit"),
        ("A", "drug", "walked", 12, "mean", "m"),
        ("A", "drug", "pressure", 80, "mean", "mm Hg"),
        ("A", "drug", "score", 4, "mean", ""),
        ("A", "drug", "score change", 4, "mean percent change", "m"),
    ]
    scores = read(sheet(tmp_path / "a.csv", rows))["scores"]
    assert [row["unit"] for row in scores] == ["m", "mm-Hg", "points", "percent"]


@given(
    st.sampled_from(["Q8W", "every 4 weeks", "weekly", "daily"]),
    st.sampled_from(["mg/kg", "mg"]),
    st.text("abcxyz 0189.%", max_size=12),
    st.booleans(),
)
def test_what_is_said_beside_an_interval_is_not_in_the_name_of_the_arm(
    said: str, unit: str, remark: str, first: bool
) -> None:
    remark = f"({' '.join(remark.split())})"
    parts = ["/kg"] * (unit == "mg/kg") + ([remark, said] if first else [said, remark])
    found, beside = remark_apart(" ".join(parts), unit)
    assert found == said
    assert sorted(f"{found} {beside}".split()) == sorted(" ".join(parts).split())


@pytest.mark.parametrize("said", ["", "Q2W", "Q2W/Q4W", "BIW", "45/90", "BIW (fixed)", "(fixed)"])
def test_a_cell_without_an_interval_beside_something_else_stays_whole(said: str) -> None:
    assert remark_apart(said, "mg/kg") == (said, "")


@pytest.mark.parametrize(("time", "unit", "week", "notes"), [
    ("12", "week", "12", None), ("12.0", "weeks", "12", None), ("14", "days", "2", "time: 14 days"),
    ("24", "hours", None, "time: 24 hours"), ("1.5", "week", None, "time: 1.5 weeks"),
    ("discharge", "", None, "time: discharge"), ("", "", None, None),
])  # fmt: skip
def test_only_whole_weeks_are_weeks(
    time: str, unit: str, week: str | None, notes: str | None, tmp_path: Path
) -> None:
    rows = [("study", "arm", "time", "time_unit", "responders", "n"), ("A", "x", time, unit, 1, 2)]
    (row,) = read(sheet(tmp_path / "a.csv", rows))["responses"]
    assert (row.get("week"), row.get("notes")) == (week, notes)


def test_the_settings_of_revman_name_the_groups_and_the_better_side(tmp_path: Path) -> None:
    place, _ = revman(tmp_path)
    sheet(tmp_path / "revman-overall-estimates-and-settings.csv", [
        ("Analysis group", "Analysis number", "Analysis name", "Experimental group label",
         "Control group label", "Graph label left", "Graph label right"),
        (1, 1, "nausea", "P6", "Sham", "Favours sham", "Favours P6"),
    ])  # fmt: skip
    tables = read(place)
    assert {row["label"] for row in tables["arms"]} == {"P6", "Sham"}
    assert tables["instruments"][0]["direction"] == "higher-is-better"


def words(cells: Sequence[object], header: str = "study,arm,outcome,week,responders,n") -> str:
    return header + "\n" + "A,drug,x,4,1,10\n" + ",".join(map(str, cells)) + "\n"


BAD = {
    "empty": ("", "the sheet is empty"),
    "a header alone": ("study,responders,n\n", "no row below the header"),
    "no study": ("drug,responders,n\nx,1,2\n", "--map study=COLUMN"),
    "no result": ("study,n\nx,2\n", "--map responders=COLUMN"),
    "a column without a name": ("study,,n\nx,1,2\n", "column 2 has no name"),
    "a column twice": ("study,n,n\nx,1,2\n", "n: the column appears twice"),
    "a blank study": (words(["", "drug", "x", 4, 1, 10]), "3: study: is blank"),
    "more than n": (words(["B", "drug", "x", 4, 11, 10]), "'11': more than the 10 patients"),
    "a fraction": (words(["B", "drug", "x", 4, "1.5", 10]), "3: responders: '1.5': is not a whole"),
    "a word": (words(["B", "drug", "x", 4, "few", 10]), "3: responders: 'few': is not a whole"),
    "a negative count": (words(["B", "drug", "x", 4, -1, 10]), "'-1': is not a whole number"),
    "a percentage as a count": (words(["B", "d", "x", 4, "5%", 10]), "'5%': a percentage is no"),
    "thousands": (words(["B", "drug", "x", 4, 1, '"1,234"']), "write 1234 if it is that"),
    "thousands with a point": (words(["B", "drug", "x", 4, 1, "1.234"]), "write 1234 if it is"),
    "thousands with a space": (words(["B", "drug", "x", 4, 1, "1 234"]), "write 1234 if it is"),
    "no n": (words(["B", "drug", "x", 4, 1, ""]), "of how many?"),
    "n of nobody": (words(["B", "drug", "x", 4, 1, 0]), "no patients, but a result"),
    "a week in words": (words(["B", "drug", "x", "late", 1, 10]), "3: week: 'late'"),
    "a week before": (words(["B", "drug", "x", -4, 1, 10]), "lies before the start"),
    "the same again": (words(["A", "drug", "x", 4, 2, 10]), "says again what row 2 says"),
    "another spelling": (words(["a", "drug", "x", 4, 2, 10]), "written 'A' in row 2"),
    "another spelling of an arm": (words(["A", "Drug", "x", 8, 2, 10]), "written 'drug' in row 2"),
    "another spelling of an outcome": (
        "study,arm,outcome,responders,n\nA,d,x y,1,2\nB,d,x-y,1,2\n", "'x y' is written for it"),
    "an arm without letters": (words(["B", "+", "x", 4, 1, 10]), "neither a letter from a to z"),
    "a study without letters": (words(["12", "drug", "x", 4, 1, 10]), "no letter from a to z"),
    "a long arm": (words(["B", "d" * 81, "x", 4, 1, 10]), "longer than 80"),
    "too many cells": (words(["B", "drug", "x", 4, 1, 10, 7]), "'7' stands behind the last"),
    "an open quote": (words(["B", '"drug', "x", 4, 1, 10]), "stray or missing quote"),
    "a NUL": (words(["B", "dr\0ug", "x", 4, 1, 10]), "NUL"),
    "a year": ("study,year,responders,n\nA,19,1,2\n", "'19': is no year"),
    "two years": (
        "study,year,arm,responders,n,doi\nA,1999,a,1,2,x\nA,1999,b,1,2,y\n", "row 2 says 'x'"),
    "a role": ("study,arm,role,responders,n\nA,d,boss,1,2\n", "'boss': use experimental"),
    "two roles": (
        "study,arm,role,week,responders,n\nA,d,ig,1,1,2\nA,d,cg,2,1,2\n", "row 2 says"),
    "a percentage above 100": ("study,percent,n\nA,101,2\n", "between 0 and 100"),
    "a percentage in words": ("study,percent,n\nA,most,2\n", "'most': is not a number"),
    "a negative spread": ("study,mean,sd\nA,1,-2\n", "is not negative"),
    "a statistic": ("study,mean,statistic\nA,1,mode\n", "'mode': use mean"),
    "counts and means": (
        "study,outcome,week,responders,n,mean\nA,x,1,1,2,\nA,x,2,,,3\n", "an outcome of their own"),
    "groups without names": ("study,r1,n1,r2,n2\nA,1,2,1,2\n", "arm_1=COLUMN"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_sheet_is_told_in_one_line_and_nothing_is_written(kind: str, tmp_path: Path) -> None:
    text, told = BAD[kind]
    place = tmp_path / "bad.csv"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(AtopicError) as caught:
        import_sheet(place, tmp_path / "data")
    message = str(caught.value)
    assert told in message
    assert message.startswith("bad.csv")
    assert "\n" not in message
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("mapped", "told"), [
    ("responders=r", "has no column 'r'"), ("respond=n", "did you mean 'responders'"),
    ("n", "write name=column"),
])  # fmt: skip
def test_a_wrong_map_is_told(mapped: str, told: str, tmp_path: Path) -> None:
    place, _ = long(tmp_path)
    with pytest.raises(AtopicError, match="--map") as caught:
        read_results(place, (mapped,))
    assert told in str(caught.value)


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    place.write_bytes("study,arm,responders,n\nMüller,Lösung,1,2\n".encode("cp1252"))
    reading = read_results(place)
    assert reading.results[0].study_id == "muller"
    assert "Windows-1252" in reading.notes[0]
    assert "Müller" in reading.notes[0]


def put(folder: Path, place: Path) -> merging.Merged:
    """Import without the check, which other tests do."""
    merged = merge(folder, place.name, as_rows(read_results(place), {}))
    folder.mkdir(exist_ok=True)
    output_folder.write(folder, merged.after)
    return merged


def cells(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / f"{name}.csv").read_text("utf-8").splitlines()))


def change(folder: Path, name: str, place: int, **values: str) -> None:
    rows = cells(folder, name)
    rows = [dict.fromkeys(values, "") | row for row in rows]
    rows[place] |= values
    sheet(folder / f"{name}.csv", [list(rows[0]), *(list(row.values()) for row in rows)])


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    place, _ = long(tmp_path)
    put(tmp_path / "data", place)
    assert put(tmp_path / "data", place).after == {}


def test_a_cell_made_by_hand_stays_and_the_others_follow_the_sheet(tmp_path: Path) -> None:
    place, folder = tmp_path / "a.csv", tmp_path / "data"
    top = ("study", "arm", "responders", "n")
    sheet(place, [top, ("A", "drug", 1, 10), ("B", "drug", 2, 20), ("C", "drug", 3, 30)])
    put(folder, place)
    change(folder, "responses", 0, responders="5", notes="read again")
    change(folder, "studies", 1, country="NO")
    sheet(place, [top, ("A", "drug", 2, 11), ("B", "drug", 4, 20), ("D", "drug", 1, 5)])
    merged = put(folder, place)
    found = {row["study_id"]: row for row in cells(folder, "responses")}
    assert (found["a"]["responders"], found["a"]["n"], found["a"]["notes"]) == (
        "5",
        "11",
        "read again",
    )
    assert found["b"]["responders"] == "4"
    assert sorted(found) == ["a", "b", "d"]
    assert {row["study_id"]: row["country"] for row in cells(folder, "studies")}["b"] == "NO"
    (kept,) = merged.kept
    assert "responders: 5 stays" in kept
    assert put(folder, place).kept == []


def test_what_was_removed_by_hand_does_not_come_back(tmp_path: Path) -> None:
    place, folder = long(tmp_path)[0], tmp_path / "data"
    put(folder, place)
    rows = cells(folder, "responses")
    sheet(folder / "responses.csv", [list(rows[0]), *(list(row.values()) for row in rows[1:])])
    put(folder, place)
    assert cells(folder, "responses") == rows[1:]


def test_a_second_sheet_adds_and_a_study_of_both_is_removed_by_neither(tmp_path: Path) -> None:
    folder, top = tmp_path / "data", ("study", "arm", "responders", "n", "outcome")
    one = sheet(tmp_path / "one.csv", [top, ("A", "drug", 1, 10, "x"), ("B", "drug", 1, 9, "x")])
    two = sheet(tmp_path / "two.csv", [top, ("A", "drug", 2, 10, "y")])
    put(folder, one)
    put(folder, two)
    sheet(one, [top, ("B", "drug", 1, 9, "x")])
    put(folder, one)
    assert [row["study_id"] for row in cells(folder, "studies")] == ["a", "b"]
    assert [row["outcome"] for row in cells(folder, "responses")] == ["x", "y"]


def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / RECORD).write_text("[")
    with pytest.raises(AtopicError, match="made by hand"):
        put(folder, long(tmp_path)[0])


def test_a_dry_run_shows_and_writes_nothing(tmp_path: Path) -> None:
    place, _ = long(tmp_path)
    asked = ["import", str(place), "--into", str(tmp_path / "data"), "--dry-run"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "nausea: lower is better, by its name" in done.output
    assert "controls (sham): sham" in done.output
    assert "responses.csv: 8 new" in done.output
    assert not (tmp_path / "data").exists()


def test_what_was_imported_loads_and_leads_back_to_its_row(tmp_path: Path) -> None:
    place, _ = long(tmp_path)
    assert import_sheet(place, tmp_path / "data")
    responses = atopic.load(tmp_path / "data").responses
    assert len(responses) == 8
    assert responses["locator"].iloc[0] == "long.csv, row 2"
    assert json.loads((tmp_path / "data" / RECORD).read_text())["long.csv"]["responses"]


def test_an_interrupted_import_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, folder = tmp_path / "a.csv", tmp_path / "data"
    sheet(place, [("study", "arm", "responders", "n"), ("A", "drug", 1, 10)])
    import_sheet(place, folder)
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    sheet(place, [("study", "arm", "responders", "n"), ("A", "drug", 2, 10), ("B", "drug", 2, 9)])
    moved = Path.replace
    left = [2]

    def stopped(self: Path, target: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return moved(self, target)

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        import_sheet(place, folder)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before


@pytest.mark.parametrize(("arms", "design"), [
    (["drug", "placebo"], "controlled"), (["drug", "usual care"], "controlled"),
    (["drug", "rival"], "active-controlled"), (["drug"], "single-arm"),
])  # fmt: skip
def test_a_design_is_told_by_the_arms_unless_the_sheet_tells_it(
    arms: list[str], design: str, tmp_path: Path
) -> None:
    rows: list[Sequence[object]] = [("study", "arm", "responders", "n")]
    rows += [("A", arm, 1, 2) for arm in arms]
    assert read(sheet(tmp_path / "a.csv", rows))["studies"][0]["design"] == design
    told = [(*rows[0], "design"), *((*row, "cohort") for row in rows[1:])]
    assert read(sheet(tmp_path / "b.csv", told))["studies"][0]["design"] == "cohort"


@pytest.mark.parametrize(("name", "way"), [
    ("pain", "lower"), ("pain-free", "higher"), ("pain relief", "higher"),
])  # fmt: skip
def test_freedom_from_a_harm_is_better_the_more_have_it(
    name: str, way: str, tmp_path: Path
) -> None:
    rows = [("study", "arm", "outcome", "responders", "n"), ("A", "x", name, 1, 2)]
    (row,) = read(sheet(tmp_path / "a.csv", rows))["instruments"]
    assert row["direction"] == f"{way}-is-better"
