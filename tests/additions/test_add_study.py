"""A study goes into all tables or into none, and only what passes the check."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from xlsxwriter import Workbook

import atopic
from atopic.additions.sheet import read_sheet
from atopic.additions.tables import foresee, put
from atopic.cli import app
from atopic.errors import AtopicError, EvidenceError, ReportError
from atopic.evidence.checks import check
from atopic.evidence.core import read_package
from atopic.questions.controlled_effect import trial_effects
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "tests" / "additions" / "demo-2026.csv"
TABLES = ("sources.csv", "studies.csv", "arms.csv", "responses.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY / "data", tmp_path / "mydata"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def lines() -> list[dict[str, str]]:
    return list(csv.DictReader(DEMO.read_text(encoding="utf-8").splitlines()))


def as_sheet(rows: list[dict[str, str]], path: Path) -> Path:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8")
    return path


def run(*words: object, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, list(map(str, words)), input=typed)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_a_sheet_goes_into_every_table_and_nothing_else_changes(folder: Path) -> None:
    before = contents(folder)
    code, told = run("add-study", DEMO, "--data", folder, "--yes")
    assert code == 0, told
    assert "+demo-2026,cells,EASI-50,12,printed,22,40" in told
    after = contents(folder)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == set(TABLES)
    assert all(after[name].startswith(before[name]) for name in TABLES)
    assert not [one for one in check(folder) if one.fails]
    # The figures that were typed, without our code for differences: 22/40 - 11/40.
    effects = trial_effects(atopic.load(folder), "EASI-50", weeks=[12], studies=["demo-2026"])
    assert effects["estimate"].to_list() == pytest.approx([0.275])


@pytest.mark.parametrize("typed", ["n\n", "", "\n"])
def test_without_a_yes_nothing_is_written(folder: Path, typed: str) -> None:
    before = contents(folder)
    code, told = run("add-study", DEMO, "--data", folder, typed=typed)
    assert code in (1, 130)
    assert "nothing was written" in told
    assert contents(folder) == before


@pytest.mark.parametrize("fails_at", range(len(TABLES)))
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_breaks_off_while_tables_are_written_leaves_them_as_they_were(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int, error: BaseException
) -> None:
    before = contents(folder)
    addition = foresee(folder, read_sheet(DEMO, read_package(folder)))
    count, replace = 0, Path.replace

    def breaks(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == fails_at + 1:
            raise error
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", breaks)
    with pytest.raises((KeyboardInterrupt, ReportError)):
        put(addition.folder, addition.before, addition.after)
    assert contents(folder) == before


def test_each_state_in_which_a_kill_can_leave_the_tables_passes_the_check(folder: Path) -> None:
    addition = foresee(folder, read_sheet(DEMO, read_package(folder)))
    assert list(addition.after) == list(TABLES)
    for name, content in addition.after.items():
        (folder / name).write_bytes(content)
        assert not [one for one in check(folder) if one.fails], name


def test_a_table_that_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    addition = foresee(folder, read_sheet(DEMO, read_package(folder)))
    with (folder / "arms.csv").open("a") as stream:
        stream.write("\n")
    with pytest.raises(EvidenceError, match=r"arms\.csv: has changed meanwhile"):
        put(addition.folder, addition.before, addition.after)


def test_a_study_that_is_there_is_refused_with_its_row(folder: Path) -> None:
    run("add-study", DEMO, "--data", folder, "--yes")
    before = contents(folder)
    with pytest.raises(EvidenceError, match=r"studies\.csv:\d+: study_id: 'demo-2026' is there"):
        run("add-study", DEMO, "--data", folder, "--yes")
    assert contents(folder) == before


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_line_ends_marks_and_a_missing_last_end_stay_as_they_are(
    folder: Path, ending: bytes
) -> None:
    path = folder / "arms.csv"
    old = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", ending).rstrip(b"\r\n")
    path.write_bytes(old)
    addition = foresee(folder, read_sheet(DEMO, read_package(folder)))
    put(addition.folder, addition.before, addition.after)
    new = path.read_bytes()
    assert new.startswith(old + ending)
    assert new.count(b"\n") == new.count(ending)


MISTAKES = {
    ("arms.role", "cells"): "bad.csv:2: arms.role: 'cells' is not one of",
    ("responses.outcome", "EASI-5O"): "bad.csv:2: responses.outcome: ",
    ("responses.responders", "eleven"): "bad.csv:2: responses.responders: 'eleven' is not a whole",
    ("responses.responders", "41"): "bad.csv:2: responses.responders: ",
    ("responses.percent_printed", "56.0"): "bad.csv:2: responses.percent_printed: ",
    ("studies.design", ""): "bad.csv:2: studies.design: blank",
    ("sources.kind", "blog"): "bad.csv:2: sources.kind: 'blog' is not one of",
}


@pytest.mark.parametrize(("place", "words"), MISTAKES.items())
def test_a_mistake_is_told_by_its_line_and_column_and_nothing_is_written(
    folder: Path, tmp_path: Path, place: tuple[str, str], words: str
) -> None:
    before = contents(folder)
    rows = lines()
    rows[0][place[0]] = place[1]
    sheet = as_sheet(rows, tmp_path / "bad.csv")
    code, told = run("add-study", sheet, "--data", folder, "--yes")
    assert code == 1
    assert words in told
    assert contents(folder) == before


def test_lines_that_say_different_things_of_one_study_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    rows = lines()
    rows[1]["studies.year"] = "2025"
    sheet = as_sheet(rows, tmp_path / "bad.csv")
    with pytest.raises(ReportError, match=r"bad\.csv: line 3: studies\.year: '2025' here, '2026'"):
        read_sheet(sheet, read_package(folder))


def test_a_column_that_there_is_not_is_refused_with_the_nearest(
    folder: Path, tmp_path: Path
) -> None:
    rows = [{name.replace("arms.role", "arms.rol"): one for name, one in row.items()}
            for row in lines()]  # fmt: skip
    sheet = as_sheet(rows, tmp_path / "bad.csv")
    with pytest.raises(AtopicError, match=r"bad\.csv:1: arms\.rol: .*did you mean 'arms\.role'"):
        read_sheet(sheet, read_package(folder))


def workbook(path: Path, *, numbers: bool = False) -> Path:
    rows = list(csv.reader(DEMO.read_text(encoding="utf-8").splitlines()))
    with Workbook(path, {"strings_to_numbers": numbers}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell:  # as a spreadsheet, which leaves blank cells out
                    sheet.write(number, place, cell)
    return path


def test_a_workbook_gives_what_the_csv_gives(folder: Path, tmp_path: Path) -> None:
    package = read_package(folder)
    assert read_sheet(workbook(tmp_path / "a.xlsx"), package).rows == read_sheet(DEMO, package).rows


def test_a_percentage_that_became_a_number_is_refused(folder: Path, tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "a.xlsx", numbers=True)
    with pytest.raises(ReportError, match=r"a\.xlsx:2: responses\.percent_printed: '55' was kept"):
        read_sheet(sheet, read_package(folder))


@pytest.mark.parametrize("content", [b"", b"PK", b"no workbook", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_workbook_is_refused_in_one_line(
    folder: Path, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=r"a\.xlsx: cannot be read as a workbook"):
        read_sheet(path, read_package(folder))


def test_the_template_takes_a_study_as_it_is_typed(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "empty.xlsx"
    assert run("add-study", "--template", place, "--data", folder)[0] == 0
    with pytest.raises(ReportError, match="no line has a study_id"):
        read_sheet(place, read_package(folder))
    with pytest.raises(ReportError, match="is there already"):
        run("add-study", "--template", place, "--data", folder)


def answers() -> Iterator[str]:
    first = lines()[0]
    yield from ("demo-2026-report", "journal-abstract", first["sources.citation"])
    yield from ("10.1000/demo", "", "demo-2026", "evidence", "Demo A et al. 2026", "", "2026")
    yield from ("1", "d", "mesenchymal-stromal-cells", "journal")
    yield from ("80", "printed", "yes")
    yield from ("cells", "50 million cells", "experimental", "DEMO-MSC", "cord-blood")
    yield from ("umbilical-cord-blood", "allogeneic", "subcutaneous", "5.0e7", "cells", "1")
    yield from ("unknown", "no", "40", "printed")
    yield from ("EASI-50", "12", "printed", "22", "40", "printed", "55.0", "as-reported", "no")
    yield from ("yes", "Table 2", "high", "")
    yield from ("placebo", "placebo", "placebo", "placebo", "none", "none", "", "", "")
    yield from ("unknown", "no", "40", "printed")
    yield from ("EASI-50", "12", "printed", "11", "40", "printed", "27.5", "as-reported", "no")
    yield from ("yes", "Table 2", "high", "", "")


def test_what_is_asked_at_the_terminal_gives_the_same_rows(folder: Path) -> None:
    typed = "\n".join([*answers(), "y", ""])
    code, told = run("add-study", "--data", folder, typed=typed)
    assert code == 0, told
    assert "'cord-blood' is none of these" in told
    mine = atopic.load(folder).responses
    mine = mine[mine["study_id"].eq("demo-2026")]
    assert mine[["responders", "n", "percent_printed"]].values.tolist() == [
        [22, 40, "55.0"], [11, 40, "27.5"],
    ]  # fmt: skip


@pytest.mark.parametrize("after", [0, 1, 5, 20, 40])
def test_questions_that_are_broken_off_write_nothing(folder: Path, after: int) -> None:
    before = contents(folder)
    code, told = run("add-study", "--data", folder, typed="\n".join([*answers()][:after]))
    assert code == 130
    assert "nothing was written" in told
    assert contents(folder) == before


def test_answers_that_fail_the_check_are_kept_as_a_sheet_that_can_be_mended(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    typed = "\n".join(["56.0" if one == "55.0" else one for one in answers()]) + "\n"
    code, _ = run("add-study", "--data", folder, typed=typed)
    assert code == 1
    sheet = tmp_path / "demo-2026.csv"
    sheet.write_text(sheet.read_text().replace("56.0", "55.0"))
    code, told = run("add-study", sheet, "--data", folder, "--yes")
    assert code == 0, told
