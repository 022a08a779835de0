"""Whatever stands in datapackage.json, check and load say it in one line or read the tables."""

import json
import random
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import atopic
from atopic.cli import main
from atopic.errors import EvidenceError
from atopic.paths import bundled
from atopic.reporting.pages.table_pages import evidence_files

PACKAGE = (bundled("data") / "datapackage.json").read_text(encoding="utf-8")

#: What takes the place of any value.
VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**400, float("inf"), float("nan"), "", " ", "x", "integer",
    "number", "string", "study_id", "studies", "responses.n", "row", "../x", "a/../../b", "/etc/x",
    "arms.csv", "ARMS.csv", "datapackage.json", "a\nb", "\x1b[31m", "\ud800", "\0", "é", "a" * 400,
    "(a+)+$", "(", ".*.*.*=", "(?=a)", "[a-z]+(-[a-z]+)*", [], {}, [[]], [{}], [None], ["x", "x"],
    ["study_id"], {"x": "y"}, {"x": 1}, {"required": "yes"}, {"minimum": 3, "maximum": 1},
    {"enum": ["a", "a"]}, {"pattern": "(x+x+)+y"}, [[[[[[[[[[[[]]]]]]]]]]]],
]  # fmt: skip
#: Names that stand for another, or are added.
NAMES = ["name", "type", "fields", "constraints", "pattern", "enum", "minimum", "maximum", "key",
         "required", "foreignKeys", "missingValues", "where", "references", "listOf", "blankWith",
         "reference", "resource", "path", "schema", "primaryKey", "title", "unit"]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled("data"), tmp_path / "data"))


def exit_status(*arguments: str) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["atopic", *arguments])
        try:
            main()
        except SystemExit as ended:
            return ended.code or 0
    return None


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Check and load a folder, show its tables if it is sound, and return what is said of it."""
    begun = time.perf_counter()
    status = exit_status("check", "--data", str(folder))
    assert status in (0, 1, 2)
    # What is implausible is told and passes.
    said = capsys.readouterr().err.splitlines()
    lines = [line for line in said if not line.startswith("warning: ")]
    assert bool(lines) == bool(status)
    assert not any("Traceback" in line for line in lines)
    try:
        evidence = atopic.load(folder)
        if "responses" in evidence:
            evidence.table("responses")
        evidence_files(folder, "0")
        assert not lines
    except EvidenceError as error:
        refused = str(error)
        assert lines
        assert "\n" not in refused
    assert time.perf_counter() - begun < 30
    return lines


def mutated(dice: random.Random) -> str:
    """Return the schema with a few values, names or pieces of it put wrong."""
    package = json.loads(PACKAGE)
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        places = list(_places(package))
        holder, key = dice.choice(places)
        way = dice.randrange(5)
        if way == 0:
            del holder[key]
        elif way == 1 and isinstance(holder, dict):
            holder[dice.choice(NAMES)] = holder.pop(key)
        elif way == 2:
            other, at = dice.choice(places)
            if _holds(other, at):
                holder[key] = json.loads(json.dumps(other[at]))
        elif way == 3 and isinstance(holder, dict):
            holder[dice.choice(NAMES)] = dice.choice(VALUES)
        else:
            holder[key] = dice.choice(VALUES)
    text = json.dumps(package)
    if dice.randrange(10) == 0:  # pieces of the text
        start = dice.randrange(len(text))
        text = text[:start] + dice.choice(["", "{", "}", '"', ",", "1e999", "NaN", "\x00", "\\"])
        text += json.dumps(package)[start + dice.randrange(3) :]
    return text


def _holds(holder: Any, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else key < len(holder)


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def fuzz(folder: Path, capsys: pytest.CaptureFixture[str], seed: int, times: int) -> None:
    dice = random.Random(seed)
    refused = 0
    for _ in range(times):
        text = mutated(dice)
        (folder / "datapackage.json").write_text(text, encoding="utf-8", errors="surrogatepass")
        refused += bool(told(folder, capsys))
    assert refused > times / 3


def test_a_few_schemas(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fuzz(folder, capsys, seed=1, times=15)


@pytest.mark.slow
def test_many_schemas(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fuzz(folder, capsys, seed=2, times=200)


def with_field(folder: Path, table: str, column: str, **changes: object) -> None:
    package = json.loads(PACKAGE)
    (schema,) = (one["schema"] for one in package["resources"] if one["name"] == table)
    (field,) = (one for one in schema["fields"] if one["name"] == column)
    field.update(changes)
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"constraints": {"maximum": float("inf")}}, "'maximum' must be a finite number, not Inf"),
        ({"constraints": {"minimum": float("nan")}}, "'minimum' must be a finite number, not NaN"),
        ({"constraints": {"maximum": 10**400}}, "'maximum' must be a finite number"),
        ({"constraints": {"minimum": 3, "maximum": 2}}, "no number is at least 3 and at most 2"),
        ({"constraints": {"enum": [1, 1]}}, "'enum' has"),
        ({"type": "string", "constraints": {}}, "responses.n: is declared string"),
        ({"type": "string", "constraints": {"pattern": "([0-9]+)+"}}, "take for ever"),
        ({"name": "row"}, "'row' is what atopic calls the row"),
        ({"blankWith": "nowhere"}, "names 'nowhere', which table responses does not have"),
    ],
)
def test_one_line_names_it(
    folder: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], named: str
) -> None:
    with_field(folder, "responses", "n", **changes)
    (line,) = told(folder, capsys)
    assert named in line


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": "../../../pwned"}, "the name '../../../pwned' cannot be that of a file of the s"),
        ({"name": "a/b"}, "the name 'a/b' cannot"),
        ({"name": "Safety"}, "the name 'Safety' cannot"),
        ({"name": ".."}, "the name '..' cannot"),
        ({"name": "a" * 81}, "cannot be that of a file"),
        ({"name": "nul"}, "the name 'nul' cannot"),
        ({"name": "path"}, "'path' is a name that atopic needs itself"),
        ({"path": "Arms.CSV"}, "path 'Arms.CSV' is 'arms.csv' too"),
        ({"path": "datapackage.json"}, "path 'datapackage.json' is 'datapackage.json' too"),
        ({"path": "./arms.csv"}, "path './arms.csv' is no plain name"),
        ({"path": "a\nb.csv"}, "path 'a\\nb.csv' is no plain name"),
        ({"path": "../safety.csv"}, "leads out of the folder"),
    ],
)
def test_names_and_paths_follow_a_rule(
    folder: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], named: str
) -> None:
    package = json.loads(PACKAGE)
    (safety,) = (one for one in package["resources"] if one["name"] == "safety")
    package["resources"].append(safety | {"name": "more", "path": "more.csv"} | changes)
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (line,) = told(folder, capsys)
    assert "datapackage.json: resource " in line
    assert named in line


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"", "not JSON"),
        (PACKAGE.encode("utf-16"), "not UTF-8"),
        (b'{"title": "a", "title": "b"}', '"title" stands twice in one object'),
        (b'{"title": "\\ud800"}', "is half a character"),
        (b"[" * 10**6, "nested too deeply"),
        (b'{"x":' * 900 + b"1" + b"}" * 900, "no 'resources'"),
        (b'{"resources": ' + b"9" * 5000 + b"}", "'resources' must be a list"),
        (b'{"resources": [' + b"{}," * 10**4 + b"{}]}", "10001 resources are more than 10000"),
    ],
)
def test_a_file_that_is_no_schema(
    folder: Path, capsys: pytest.CaptureFixture[str], raw: bytes, named: str
) -> None:
    (folder / "datapackage.json").write_bytes(raw)
    (line,) = told(folder, capsys)
    assert named in line


def test_a_vocabulary_of_ten_thousand_words_is_quick(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"word-{number}" for number in range(10_000)]
    with_field(folder, "arms", "agent", constraints={"required": True, "enum": words})
    lines = told(folder, capsys)
    assert any("and the like in rows" in line for line in lines)
    assert max(map(len, lines)) < 1000
