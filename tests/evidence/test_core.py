"""The core schema: what atopic counts on in every folder, and what it assumes of what is not there.

What pages make of a folder without a table, a column or a known word: `tests/test_reviews.py`.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import atopic
from atopic.evidence.checks import check
from atopic.evidence.core import core_tables, read_package
from atopic.evidence.schema import TAKEN
from tests.reviews import change_cells, optional_columns, ours, psoriasis, take_out, without_rows

CLOSED = [
    (name, field.name)
    for name, table in core_tables().items()
    for field in table.fields
    if field.enum and field.type == "string"
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ours(tmp_path / "data")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return psoriasis(tmp_path / "psoriasis")


def declare(folder: Path, table: str, column: str, **changes: Any) -> None:
    """Change what a folder declares of a column, or describe a new one."""
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    (schema,) = (one["schema"] for one in package["resources"] if one["name"] == table)
    named = [one for one in schema["fields"] if one["name"] == column]
    for one in named:
        one.update(changes)
    if not named:
        schema["fields"].append({"name": column, **changes})
    path.write_text(json.dumps(package), encoding="utf-8")


def describe(folder: Path, table: str, *fields: dict[str, Any]) -> None:
    resource = {"name": table, "path": f"{table}.csv", "schema": {"fields": list(fields)}}
    package = {"title": "Mine", "resources": [resource]}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def said(folder: Path) -> str:
    problems = check(folder)
    (line,) = [str(one) for one in problems if not one.known]
    with pytest.raises(atopic.EvidenceError) as caught:
        atopic.load(folder)
    assert str(caught.value) == f"{folder}: {line}"
    return line


def test_our_own_schema_is_the_core_schema_and_more() -> None:
    """Nothing that atopic reads is undescribed here, and nothing of ours is taken away by it."""
    path = Path(__file__).parents[2] / "data" / "datapackage.json"
    declared = {
        (table["name"], field["name"]): field
        for table in json.loads(path.read_text(encoding="utf-8"))["resources"]
        for field in table["schema"]["fields"]
    }
    package = read_package(path.parent)
    read = {(name, field.name): field for name, t in package.tables.items() for field in t.fields}
    assert set(read) == set(declared)
    core = {(name, field.name) for name, t in core_tables().items() for field in t.fields}
    assert core <= set(declared)
    for place, field in read.items():
        limits = declared[place].get("constraints", {})
        assert field.required == limits.get("required", False), place
        assert list(field.enum) == limits.get("enum", list(field.enum)), place


def test_a_folder_of_four_tables_needs_no_schema(bare: Path) -> None:
    told = check(bare, warnings=True)
    # Of two drugs against each other no table says which is the reference.
    assert {(one.rule, one.value) for one in told} == {("design-and-arms", "active-controlled")}
    evidence = atopic.load(bare)
    assert list(evidence) == ["studies", "arms", "responses", "instruments"]
    assert len(evidence.responses) == 209
    assert int(evidence.responses["n"].iloc[0]) == 433  # 433.0 in the sheet


def test_what_is_not_there_is_its_default(bare: Path) -> None:
    evidence = atopic.load(bare)
    assert set(evidence.studies["role"]) == {"evidence"}
    assert set(evidence.arms["combined_arm"]) == {"no"}
    assert set(evidence.responses["n_basis"]) == {"printed"}
    assert evidence.arms["n_randomised_basis"].isna().all()  # of no number
    assert evidence.studies["publication"].isna().all()
    assert set(evidence.instruments["label"]) == set(evidence.instruments["outcome"])
    assert "sources" not in list(evidence)
    assert evidence.scores.empty
    assert {"study_id", "value", "week"} <= set(evidence.scores)
    assert len(evidence.joined("responses", "arms", "studies", "sources")) == 209


def test_a_blank_cell_is_the_default_too(bare: Path) -> None:
    describe(bare, "arms", {"name": "combined_arm", "type": "string"})
    change_cells(bare, "arms", lambda row: row.update(combined_arm=""))
    assert check(bare) == []
    assert set(atopic.load(bare).arms["combined_arm"]) == {"no"}


@pytest.mark.parametrize("name", [name for name, table in core_tables().items() if table.needed])
def test_a_needed_table_is_named_with_its_columns(bare: Path, name: str) -> None:
    (bare / f"{name}.csv").unlink()
    line = said(bare)
    assert line.startswith(f"{name}.csv: the file is missing; no data folder does without it, ")
    for field in core_tables()[name].fields:
        if field.required:
            assert field.name in line


def test_a_needed_column_is_named(bare: Path) -> None:
    text = (bare / "instruments.csv").read_text().replace("direction", "way")
    (bare / "instruments.csv").write_text(text)
    told = [str(one) for one in check(bare)]
    assert (
        "instruments.csv:1: direction: the column is missing; add it, every row needs a value"
        in told
    )
    assert any("way: no such column is known; remove it or describe it" in one for one in told)


def test_a_slip_in_an_optional_column_is_no_silence(bare: Path) -> None:
    text = (bare / "arms.csv").read_text().replace("interval_weeks", "interval_week")
    (bare / "arms.csv").write_text(text)
    assert said(bare).endswith("no such column is known; did you mean 'interval_weeks'?")


def test_a_folder_adds_a_column_without_describing_the_others(bare: Path) -> None:
    describe(bare, "arms", {"name": "comment", "type": "string"})
    change_cells(bare, "arms", lambda row: row.update(comment="read twice"))
    assert check(bare) == []
    evidence = atopic.load(bare)
    assert set(evidence.arms["comment"]) == {"read twice"}
    assert set(evidence.arms["combined_arm"]) == {"no"}


@pytest.mark.parametrize(("table", "column"), CLOSED)
def test_a_closed_vocabulary_takes_no_other_word(folder: Path, table: str, column: str) -> None:
    words = [str(one) for one in core_tables()[table].field(column).enum]
    declare(folder, table, column, constraints={"enum": [*words, "of-my-own"]})
    (line,) = [str(one) for one in check(folder)]
    assert line.startswith(f"datapackage.json: {table}.{column}: the word 'of-my-own' is not one ")
    assert all(word in line for word in words)


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [("responses", "n", "string"), ("denominators", "n_max", "number"), ("arms", "dose", "string"),
     ("responses", "percent_printed", "number"), ("studies", "year", "string")],
)  # fmt: skip
def test_a_column_of_another_type(folder: Path, table: str, column: str, kind: str) -> None:
    declare(folder, table, column, type=kind, constraints={})
    line = said(folder)
    assert line.startswith(f"datapackage.json: {table}.{column}: is declared {kind}, but atopic ")


def test_what_is_never_blank_stays_so_whatever_a_folder_declares(folder: Path) -> None:
    declare(folder, "arms", "role", constraints={})
    change_cells(folder, "arms", lambda row: row.update(role=""))
    assert {one.rule for one in check(folder) if one.file == "arms.csv"} == {"required"}


def test_the_key_that_tables_point_at_stays(folder: Path) -> None:
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    (schema,) = (one["schema"] for one in package["resources"] if one["name"] == "arms")
    schema["key"] = ["label"]
    path.write_text(json.dumps(package), encoding="utf-8")
    assert "arms: the key is label, but atopic tells its rows apart by study_id" in said(folder)


def test_a_column_that_atopic_adds(folder: Path) -> None:
    declare(folder, "responses", "basis", type="string")
    assert "responses.basis: is a column that atopic adds itself; " in said(folder)


def test_no_table_has_a_name_of_the_evidence_itself() -> None:
    assert {name for name in vars(atopic.Evidence) if name[0] != "_"} | {"path", "package"} == TAKEN


def test_a_folder_without_rows_is_sound(tmp_path: Path) -> None:
    folder = without_rows(tmp_path / "empty")
    assert check(folder, warnings=True) == []
    evidence = atopic.load(folder)
    assert all(evidence.table(name).empty for name in core_tables())


#: Columns of ours that say what no other column of its row can.
TELLING = {
    *(("responses", one) for one in ("responders", "n", "percent_printed")),
    ("arms", "combined_arm"),
    ("studies", "in_synthesis"),
    ("studies", "exclusion_reason"),
}


def test_all_that_is_optional_may_go(folder: Path) -> None:
    gone = {(table, column) for table, names in optional_columns().items() for column in names}
    others = {name for name, table in core_tables().items() if not table.needed}
    take_out(folder, gone - TELLING, others, rules=False)
    assert check(folder) == []
    assert set(atopic.load(folder)) == set(core_tables()) - others


def test_what_a_missing_column_leaves_unsaid_is_told_of_each_row(folder: Path) -> None:
    take_out(folder, {("responses", "responders"), ("responses", "percent_printed")})
    told = [one for one in check(folder) if one.fails]
    assert {one.rule for one in told} >= {"no-figure"}
    assert len([one for one in told if one.rule == "no-figure"]) > 200


@pytest.mark.parametrize("table", sorted(core_tables()))
def test_a_table_without_what_is_optional_is_read_as_typed(tmp_path: Path, table: str) -> None:
    before = atopic.load().table(table).dtypes
    after = atopic.load(without_rows(tmp_path / "empty")).table(table)
    known = [column for column in core_tables()[table].columns if column in before]
    assert set(known) <= set(after)
    for column in known:
        assert after[column].dtype.kind == before[column].kind, column


def test_a_table_of_the_core_schema_is_read_without_being_described(bare: Path) -> None:
    (bare / "sources.csv").write_text("source_id,citation\nwarren-2019,Warren 2019\n")
    change_cells(bare, "responses", lambda row: row.update(source_id="waren-2019"))
    assert {one.rule for one in check(bare)} == {"dangling-reference"}
    change_cells(bare, "responses", lambda row: row.update(source_id="warren-2019"))
    assert atopic.load(bare).joined("responses", "sources")["sources.citation"].notna().all()


def test_what_is_remembered_is_not_taken_for_a_folder_with_one_table_more(bare: Path) -> None:
    from atopic.evidence import folder as folders

    folders.remember(bare)
    try:
        copy = Path(shutil.copytree(bare, bare.parent / "copy"))
        assert "sources" not in list(atopic.load(copy))
        (copy / "sources.csv").write_text("source_id\nwarren-2019\n")
        assert list(atopic.load(copy).sources["source_id"]) == ["warren-2019"]
    finally:
        folders._remembered.clear()


@pytest.mark.parametrize(
    ("text", "sound"), [("12.0", True), ("12.000", True), ("12.5", False), ("12.", False)]
)
def test_a_whole_number_as_excel_writes_it(bare: Path, text: str, sound: bool) -> None:
    change_cells(bare, "responses", lambda row: row.update(week=text))
    problems = check(bare)
    assert (not problems) == sound
    if sound:
        assert set(atopic.load(bare).responses["week"]) == {12}
