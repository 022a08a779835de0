"""The schema of the evidence fits the tables, and a broken one is refused in one clear line."""

import csv
import json
import pickle
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from atopic.errors import EvidenceError
from atopic.evidence.core import read_package
from atopic.evidence.schema import CONSTRAINTS, DESCRIPTOR, Column, Field, Package, Table

DATA = Path(__file__).parents[2] / "data"
PACKAGE = read_package(DATA)
TABLES = list(PACKAGE.tables.values())

Row = dict[str, str]


def rows(table: Table) -> list[Row]:
    with (DATA / table.path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = {table.name: rows(table) for table in TABLES}


def column(at: Column) -> set[str]:
    return {row[at.name] for row in ROWS[at.table]}


each_table = pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])


# The evidence


def test_every_csv_file_is_described():
    assert {table.path for table in TABLES} == {file.name for file in DATA.glob("*.csv")}


def test_the_evidence_and_the_declarations_are_all_there():
    assert list(PACKAGE.tables) == [
        *("studies", "arms", "responses", "scores", "contrasts", "patients", "safety"),
        *("biomarkers", "sources", "claims", "excluded_studies", "instruments"),
        *("contradictions", "accepted_warnings", "denominators", "characteristics", "missing"),
        *("bias_answers", "case_series_answers", "certainty_questions", "certainty_judgements"),
        "important_differences",
    ]


@each_table
def test_columns_are_the_header(table):
    with (DATA / table.path).open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == table.columns


@each_table
def test_cells_are_as_declared(table):
    wrong = [
        (number, one.name, row[one.name])
        for number, row in enumerate(ROWS[table.name], start=2)
        for one in table.fields
        if not cell_fits(row, one)
    ]
    assert wrong == []


def cell_fits(row: Row, declared: Field) -> bool:
    cell = row[declared.name]
    if declared.blank_with and (cell == "") != (row[declared.blank_with] == ""):
        return False
    if cell == "":
        return not declared.required
    if declared.type == "string":
        fits = not declared.pattern or re.fullmatch(declared.pattern, cell, re.ASCII)
        return bool(fits) and (not declared.enum or cell in declared.enum)
    if not re.fullmatch(r"-?\d+" if declared.type == "integer" else r"-?[\d.]+(e\d+)?", cell):
        return False
    value = float(cell)
    low = declared.minimum is None or value >= declared.minimum
    high = declared.maximum is None or value <= declared.maximum
    return low and high and (not declared.enum or value in declared.enum)


@each_table
def test_key_tells_rows_apart(table):
    assert table.key
    keys = [tuple(row[name] for name in table.key) for row in ROWS[table.name]]
    assert len(set(keys)) == len(keys)


@each_table
def test_keys_point_at_rows(table):
    for key in table.foreign_keys:
        there = {
            tuple(row[name] for name in key.columns)
            for row in ROWS[key.table]
            if all(row[name] == value for name, value in key.where.items())
        }
        here = {tuple(row[name] for name in key.fields) for row in ROWS[table.name]}
        assert {cells for cells in here if any(cells)} <= there, key


@each_table
def test_values_stand_where_the_schema_says(table):
    for one in table.fields:
        cells = {row[one.name] for row in ROWS[table.name]} - {""}
        if one.references:
            assert cells <= set().union(*map(column, one.references)), one.name
        if one.list_of:
            parts = {part for cell in cells for part in cell.split(";")}
            assert parts <= column(one.list_of), one.name


@each_table
def test_every_reference_to_a_source_study_or_arm_is_declared(table):
    pointing = {name for key in table.foreign_keys for name in key.fields}
    pointing |= {one.name for one in table.fields if one.references or one.list_of}
    # Its own key, and studies that were left out, point nowhere.
    own = {"sources": {"source_id"}, "studies": {"study_id"}, "arms": {"arm_id"}}
    exempt = own.get(table.name, set()) | (
        {"study_id"} if table.name == "excluded_studies" else set()
    )
    # Of a study as a whole `all` is told: the test below holds its arms.
    exempt |= {"arm_id"} if table.name == "characteristics" else set()
    names = {n for n in table.columns if re.search(r"(source|study|arm)_ids?$", n)}
    assert names - exempt <= pointing


def test_characteristics_are_of_an_arm_or_of_all_of_a_study():
    arms = {(row["study_id"], row["arm_id"]) for row in ROWS["arms"]}
    told = {(row["study_id"], row["arm_id"]) for row in ROWS["characteristics"]}
    assert {arm for arm in told if arm[1] != "all"} <= arms


@each_table
def test_every_field_says_what_it_means(table):
    assert all(one.description for one in table.fields)
    assert table.title
    assert table.description
    assert all(set(one.meanings) <= set(one.enum) for one in table.fields)


@each_table
def test_weeks_and_patients_have_units(table):
    units = {one.name: one.unit for one in table.fields}
    assert all(unit == "weeks" for name, unit in units.items() if name.split("_")[-1] == "week")
    counts = {"responders", "n", "n_enrolled", "n_randomised", "n_analysed"}
    assert all("patients" in (units[name] or "") for name in counts & set(units))


def test_excluded_studies_agree_with_studies():
    studies = {row["study_id"]: row for row in ROWS["studies"]}
    for row in ROWS["excluded_studies"]:
        assert (row["study_id"] in studies) == (row["in_studies_csv"] == "yes")
        if row["study_id"] in studies:
            assert row["reason"] == studies[row["study_id"]]["exclusion_reason"]


DESCRIBED = json.loads((DATA / DESCRIPTOR).read_text(encoding="utf-8"))


def test_no_constraint_of_the_schema_is_passed_over():
    passed_over = {
        f"{resource['path']} {one['name']}: {name}"
        for resource in DESCRIBED["resources"]
        for one in resource["schema"]["fields"]
        for name in set(one.get("constraints", {})) - CONSTRAINTS[one["type"]]
    }
    assert passed_over == set()


def test_the_schema_speaks_the_standard_and_the_eight_words_of_the_project():
    """Other tools can read it: https://datapackage.org/standard/data-package/ asks for these."""
    fields = {"name", "type", "title", "description", "constraints", "unit", "meanings"}
    fields |= {"listOf", "references", "blankWith"}
    schemas = {"fields", "missingValues", "primaryKey", "foreignKeys", "key", "rules"}
    for resource in DESCRIBED["resources"]:
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert (resource["format"], resource["encoding"]) == ("csv", "utf-8")
        schema = resource["schema"]
        assert set(schema) <= schemas
        assert all(set(one) <= fields for one in schema["fields"])
        # The standard forbids a blank in a primary key.
        required = {
            one["name"] for one in schema["fields"] if one.get("constraints", {}).get("required")
        }
        assert set(schema.get("primaryKey", [])) <= required
        assert all(
            set(one) <= {"fields", "reference", "where"} for one in schema.get("foreignKeys", [])
        )


# The declarations


def prints_as(responders: int, n: int, percent: str) -> bool:
    """Whether a share prints as a percentage, a half rounded either way."""
    half_unit = Fraction(1, 2) / 10 ** max(0, -int(Decimal(percent).as_tuple().exponent))
    return abs(Fraction(100 * responders, n) - Fraction(percent)) <= half_unit


# Rules 3 and 4 of data/README.md.
LISTED = {
    ("phase-2a-low", "12", "36"): "4/11 5/14",
    ("active", "12", "33.0"): "65/197 66/200 67/203 68/206 69/209",
    ("placebo", "12", "29.3"): "27/92 29/99",
    ("placebo", "12", "29.79"): "28/94",
    ("active", "16", "48.05"): "37/77 74/154",
    ("active", "24", "58.06"): "36/62 54/93 72/124 90/155 108/186",
}


def test_denominators_give_the_counts_of_the_codebook():
    found = {}
    for row in ROWS["denominators"]:
        key = ("study_id", "arm_id", "outcome", "week")
        responses = [r for r in ROWS["responses"] if all(r[k] == row[k] for k in key)]
        assert responses
        for response in responses:
            # The source of the percentage gives neither a count nor its own size.
            assert response["responders"] == ""
            assert response["n"] == "" or response["n_source_id"] not in ("", response["source_id"])
            found[row["arm_id"], row["week"], response["percent_printed"]] = " ".join(
                f"{x}/{n}"
                for n in range(int(row["n_min"]), int(row["n_max"]) + 1)
                for x in range(n + 1)
                if prints_as(x, n, response["percent_printed"])
            )
    assert found == LISTED


def test_denominators_hold_the_planned_size_of_the_arm():
    arms = {(row["study_id"], row["arm_id"]): row for row in ROWS["arms"]}
    for row in ROWS["denominators"]:
        # After the crossover the planned size says nothing of who was seen, and of the 2017 trial
        # none is known.
        assert bool(row["planned"]) == (row["study_id"] != "kim-2017" and row["week"] == "12")
        if row["planned"]:
            assert row["planned"] == arms[row["study_id"], row["arm_id"]]["n_randomised"]
            assert int(row["n_min"]) <= int(row["planned"]) <= int(row["n_max"])


def test_contradictions_name_a_printed_value():
    for row in ROWS["contradictions"]:
        assert row["column"] in PACKAGE.tables[row["table"]].columns
        key = [k for k in ("study_id", "arm_id", "outcome", "week", "source_id") if row[k]]
        matches = [r for r in ROWS[row["table"]] if all(r.get(k) == row[k] for k in key)]
        assert matches
        assert {r[row["column"]] for r in matches} == {row["printed"]}


def test_contradictions_are_exactly_the_counts_that_do_not_print():
    disagreeing = {
        (row["study_id"], row["arm_id"], row["outcome"], row["week"], row["source_id"])
        for row in ROWS["responses"]
        if row["responders"] and row["n"] and row["percent_printed"]
        if not prints_as(int(row["responders"]), int(row["n"]), row["percent_printed"])
    }
    declared = {
        (row["study_id"], row["arm_id"], row["outcome"], row["week"], row["source_id"])
        for row in ROWS["contradictions"]
        if row["table"] == "responses"
    }
    assert declared == disagreeing


# Reading


def test_a_field_is_found_by_name():
    week = PACKAGE.tables["responses"].field("week")
    assert (week.type, week.unit, week.required) == ("integer", "weeks", False)
    with pytest.raises(EvidenceError, match=r"responses.csv: no column 'weeks'; it has study_id,"):
        PACKAGE.tables["responses"].field("weeks")


def test_a_blank_week_is_a_part_of_the_key():
    assert "week" in PACKAGE.tables["responses"].key


def test_a_package_travels_to_another_process():
    assert pickle.loads(pickle.dumps(PACKAGE)) == PACKAGE


def write(folder: Path, descriptor: object) -> Path:
    text = descriptor if isinstance(descriptor, str) else json.dumps(descriptor)
    (folder / DESCRIPTOR).write_text(text, encoding="utf-8")
    return folder


def visits(**changes: object) -> dict[str, object]:
    """Return a package of one table, with changes to its resource."""
    fields = [{"name": "visit", "type": "integer"}, {"name": "notes", "type": "string"}]
    resource = {"name": "visits", "path": "visits.csv", "schema": {"fields": fields}}
    return {"resources": [resource | changes]}


def with_field(**changes: object) -> dict[str, object]:
    return visits(schema={"fields": [{"name": "visit", "type": "integer"} | changes]})


def with_schema(**changes: object) -> dict[str, object]:
    fields = [{"name": "visit", "type": "integer"}, {"name": "notes", "type": "string"}]
    return visits(schema={"fields": fields} | changes)


def with_foreign_key(fields: object, reference: object) -> dict[str, object]:
    return with_schema(foreignKeys=[{"fields": fields, "reference": reference}])


def test_the_smallest_package(tmp_path):
    package = read_package(write(tmp_path, visits()))
    assert package == Package(
        title="",
        version="",
        description="",
        tables={
            "visits": Table(
                name="visits",
                path="visits.csv",
                title="visits",
                description="",
                fields=(Field("visit", "integer"), Field("notes", "string")),
            )
        },
    )


def test_the_spellings_of_the_older_standard_are_read(tmp_path):
    key = {"fields": "visit", "reference": {"resource": "", "fields": "visit"}}
    table = read_package(
        write(tmp_path, with_schema(primaryKey="visit", foreignKeys=[key]))
    ).tables["visits"]
    assert table.key == ("visit",)
    assert table.foreign_keys[0].fields == table.foreign_keys[0].columns == ("visit",)
    assert table.foreign_keys[0].table == "visits"


def test_a_byte_order_mark_and_a_folder_as_text_are_fine(tmp_path):
    (tmp_path / DESCRIPTOR).write_text(json.dumps(visits()), encoding="utf-8-sig")
    assert list(read_package(str(tmp_path)).tables) == ["visits"]


def test_a_table_in_a_folder_below_is_fine(tmp_path):
    package = read_package(write(tmp_path, visits(path="tables/visits.csv")))
    assert package.tables["visits"].path == "tables/visits.csv"


def refused(folder: Path) -> str:
    with pytest.raises(EvidenceError) as error:
        read_package(folder)
    message = str(error.value)
    assert "\n" not in message
    assert "; " in message, "no mend"
    return message


def test_a_missing_folder(tmp_path):
    assert refused(tmp_path / "none").startswith(f"{tmp_path / 'none'}: no such folder; ")


def test_a_file_in_place_of_the_folder(tmp_path):
    file = write(tmp_path, visits()) / DESCRIPTOR
    assert refused(file) == f"{file}: a file, not a folder; give the folder that holds it"


def test_a_missing_file(tmp_path):
    assert refused(tmp_path).startswith(f"{tmp_path / DESCRIPTOR}: no such file; ")


def test_a_folder_in_place_of_the_file(tmp_path):
    (tmp_path / DESCRIPTOR).mkdir()
    assert "datapackage.json: a folder, not a file; " in refused(tmp_path)


def test_an_unreadable_file(tmp_path, monkeypatch):
    write(tmp_path, visits())

    def deny(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", deny)
    assert "datapackage.json: cannot be read (Permission denied); " in refused(tmp_path)


def test_another_encoding(tmp_path):
    (tmp_path / DESCRIPTOR).write_bytes('{"title": "é"}'.encode("latin-1"))
    assert "datapackage.json: not UTF-8 at byte 11; " in refused(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "datapackage.json:1:1: not JSON (Expecting value); "),
        ('{"title":\n oops}', "datapackage.json:2:2: not JSON (Expecting value); "),
        ("[" * 100_000, "datapackage.json: nested too deeply; "),
        ("[]", "datapackage.json: an object is needed, not []; "),
        ("{}", "datapackage.json: no 'resources'; add a list of objects"),
    ],
)
def test_a_file_that_is_no_schema(tmp_path, text, message):
    assert message in refused(write(tmp_path, text))


@pytest.mark.parametrize(
    ("descriptor", "message"),
    [
        ({"resources": []}, "'resources' must be a list of objects, not []; "),
        ({"resources": ["visits"]}, 'resource 1: an object is needed, not "visits"; '),
        ({"title": 3} | visits(), "'title' must be a text, not 3; "),
        ({"resources": [{"path": "a.csv"}]}, "resource 1: no 'name'; add a text"),
        (visits(name=" "), "resource 1: 'name' must be a text, not \" \"; "),
        ({"resources": visits()["resources"] * 2}, "resource visits: two tables have this name; "),
        (visits(path=None), "resource visits: no 'path'; add a text"),
        (visits(path=["a.csv"]), "resource visits: 'path' must be a text, not [\"a.csv\"]; "),
        (visits(schema=None), "resource visits schema: an object is needed, not null; "),
        (visits(schema={}), "resource visits schema: no 'fields'; add a list of objects"),
        (with_field(name=None), "resource visits schema field 1: no 'name'; "),
        (with_field(type=None), "resource visits schema field visit: no 'type'; "),
        (
            with_field(type="date"),
            "field visit: unknown type 'date'; use one of string, integer, number",
        ),
        (with_field(unit=1), "field visit: 'unit' must be a text, not 1; "),
        (with_field(constraints=3), "field visit: an object is needed, not 3; "),
        (with_field(constraints={"required": "no"}), "'required' must be true or false, not"),
        (with_field(constraints={"enum": []}), "'enum' must be a list of numbers, not []; "),
        (with_field(constraints={"enum": ["1"]}), "'enum' must be a list of numbers, not [\"1\"]"),
        (with_field(constraints={"minimum": True}), "'minimum' must be a number, not true; "),
        (with_field(constraints={"pattern": "("}), "'pattern' is no regular expression ("),
        (with_field(meanings={"1": 1}), "'meanings' must be an object of texts, not "),
        (with_field(listOf="visits"), "field visit: 'visits' names no column; write table.column"),
        (with_field(references=[1]), "'references' must be a list of texts, not [1]; "),
        (with_field(references=["b.c"]), "visits field visit names the table 'b', which is not"),
        (with_field(listOf="visits.c"), "field visit names 'c', which table visits does not have"),
        (with_field(blankWith="c"), "field visit names 'c', which table visits does not have; "),
        (
            visits(schema={"fields": [{"name": "a", "type": "string"}] * 2}),
            "resource visits: two fields are called 'a'; rename one",
        ),
        (with_schema(key=["c"]), "visits key names 'c', which table visits does not have; "),
        (with_schema(missingValues=[None]), "'missingValues' must be a list of texts, not [null]"),
        (with_schema(foreignKeys=[1]), "foreignKey 1: an object is needed, not 1; "),
        (with_foreign_key("visit", None), "foreignKey 1 reference: an object is needed, not null"),
        (with_foreign_key("visit", {"resource": "b"}), "reference: no 'fields'; add a list of"),
        (
            with_foreign_key("visit", {"resource": "b", "fields": "c"}),
            "visits foreign key names the table 'b', which is not described here; ",
        ),
        (
            with_foreign_key("c", {"resource": "visits", "fields": "visit"}),
            "visits foreign key names 'c', which table visits does not have; ",
        ),
        (
            with_foreign_key(["visit"], {"fields": ["visit", "notes"]}),
            "foreignKey 1: 1 fields point at 2; name as many on both sides",
        ),
    ],
)
def test_an_incomplete_or_wrong_schema(tmp_path, descriptor, message):
    assert f"{tmp_path / DESCRIPTOR}: " in (found := refused(write(tmp_path, descriptor)))
    assert message in found


@pytest.mark.parametrize(
    "path",
    [
        "../visits.csv",
        "tables/../../visits.csv",
        "/srv/visits.csv",
        "C:/visits.csv",
        "..\\visits.csv",
        "\\\\server\\visits.csv",
        "https://example.org/visits.csv",
    ],
)
def test_a_path_that_leads_out_of_the_folder(tmp_path, path):
    message = refused(write(tmp_path, visits(path=path)))
    assert f"resource visits: path {path!r} leads out of the folder; " in message
