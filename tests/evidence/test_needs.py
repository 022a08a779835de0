"""What atopic counts on is declared by its own schema, and asked of every other."""

import json
import shutil
from pathlib import Path

import pytest
from atopic.evidence.needs import NEEDED

import atopic
from atopic.evidence.checks import check
from atopic.evidence.schema import TAKEN
from atopic.paths import bundled

COLUMNS = [
    (table, column.rstrip("*"), kind, column.endswith("*"))
    for table, kinds in NEEDED.items()
    for kind, columns in kinds.items()
    for column in columns.split()
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled("data"), tmp_path / "data"))


def declare(folder: Path, table: str, column: str, **changes: object) -> None:
    """Change what is declared of a column; without changes take it out."""
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    (schema,) = (one["schema"] for one in package["resources"] if one["name"] == table)
    named = [one for one in schema["fields"] if one["name"] == column]
    for one in named:
        one.update(changes)
    if not changes:
        schema["fields"].remove(*named)
        for key in ("key", "primaryKey"):
            schema[key] = [one for one in schema.get(key, []) if one != column]
        schema["foreignKeys"] = [
            one for one in schema.get("foreignKeys", []) if column not in one["fields"]
        ]
    elif not named:
        schema["fields"].append({"name": column, **changes})
    path.write_text(json.dumps(package), encoding="utf-8")


def said(folder: Path) -> str:
    problems = check(folder)
    (line,) = [str(one) for one in problems if not one.known]
    with pytest.raises(atopic.EvidenceError) as caught:
        atopic.load(folder)
    assert str(caught.value) == f"{folder}: {line}"
    return line


def test_our_schema_declares_all_of_it() -> None:
    package = json.loads((bundled("data") / "datapackage.json").read_text(encoding="utf-8"))
    declared = {
        (one["name"], field["name"]): (
            field["type"],
            field.get("constraints", {}).get("required", False),
        )
        for one in package["resources"]
        for field in one["schema"]["fields"]
    }
    assert {(t, c): (kind, never) for t, c, kind, never in COLUMNS}.items() <= declared.items()
    assert len(COLUMNS) > 180


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [("responses", "n", "string"), ("denominators", "n_max", "number"), ("arms", "dose", "string"),
     ("responses", "percent_printed", "number"), ("studies", "year", "string")],
)  # fmt: skip
def test_a_column_of_another_type(folder: Path, table: str, column: str, kind: str) -> None:
    declare(folder, table, column, type=kind, constraints={})
    line = said(folder)
    assert line.startswith(f"datapackage.json: {table}.{column}: is declared {kind}, but atopic ")


def test_a_column_that_is_not_described(folder: Path) -> None:
    declare(folder, "scores", "locator")
    assert "scores.locator: is not described, but atopic reads it; " in said(folder)


def test_a_column_that_may_be_blank(folder: Path) -> None:
    declare(folder, "arms", "label", constraints={})
    assert "arms.label: a cell may be blank, but atopic needs it; " in said(folder)


def test_a_column_that_atopic_adds(folder: Path) -> None:
    declare(folder, "responses", "basis", type="string")
    assert "responses.basis: is a column that atopic adds itself; " in said(folder)


def test_no_table_has_a_name_of_the_evidence_itself() -> None:
    assert {name for name in vars(atopic.Evidence) if name[0] != "_"} | {"path", "package"} == TAKEN
