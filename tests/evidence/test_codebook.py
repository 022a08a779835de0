"""The codebook of the evidence is in step with its schema."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from atopic.errors import EvidenceError
from atopic.evidence.codebook import CODEBOOK, column_table, out_of_step, rewrite
from atopic.evidence.core import read_package
from atopic.evidence.schema import DESCRIPTOR, Column, Field, ForeignKey, Package, Table

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def folder(tmp_path):
    for name in (CODEBOOK, DESCRIPTOR):
        shutil.copy(DATA / name, tmp_path)
    return tmp_path


def atopic(*arguments: str) -> "subprocess.CompletedProcess[str]":
    code = "import sys; from atopic.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def change_schema(folder: Path, table: str, description: str) -> None:
    descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    (resource,) = (one for one in descriptor["resources"] if one["name"] == table)
    resource["schema"]["fields"][0]["description"] = description
    (folder / DESCRIPTOR).write_text(json.dumps(descriptor), encoding="utf-8")


def test_the_codebook_of_the_evidence_is_in_step():
    assert out_of_step(DATA) == []


def test_every_table_has_a_section_and_names_its_key():
    text = (DATA / CODEBOOK).read_text(encoding="utf-8")
    for table in read_package(DATA).tables.values():
        section = text.partition(f"\n### {table.path}\n")[2].partition("<!-- columns: ")[0]
        assert f"Key: **{', '.join(table.key)}**." in section


def test_the_command_names_the_table_and_writes_nothing(folder):
    change_schema(folder, "safety", "another")
    before = (folder / CODEBOOK).read_bytes()
    done = atopic("check", "--codebook", "--data", str(folder))
    assert done.returncode == 1
    assert (folder / CODEBOOK).read_bytes() == before
    assert done.stderr == (
        f"{folder / CODEBOOK}: out of step with its schema: safety; "
        f"run atopic check --codebook --write --data {folder}\n"
    )


def test_rewriting_changes_the_columns_of_that_table_only(folder):
    change_schema(folder, "safety", "another")
    before = (folder / CODEBOOK).read_text(encoding="utf-8").splitlines()
    done = atopic("check", "--codebook", "--write", "--data", str(folder))
    assert (done.returncode, done.stdout) == (0, f"{folder / CODEBOOK}: rewrote safety\n")
    after = (folder / CODEBOOK).read_text(encoding="utf-8").splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        "| **`study_id`** | text |  | never | another; stands in `studies.study_id` |"
    ]
    assert out_of_step(folder) == []


def test_a_second_run_changes_nothing(folder):
    before = (folder / CODEBOOK).stat().st_mtime_ns
    assert out_of_step(folder, write=True) == []
    assert (folder / CODEBOOK).stat().st_mtime_ns == before


def test_writing_without_the_codebook_is_wrong_usage():
    done = atopic("check", "--write")
    assert done.returncode == 2
    assert "add --codebook" in done.stderr


def test_a_folder_without_a_schema(tmp_path):
    done = atopic("check", "--codebook", "--data", str(tmp_path))
    assert done.returncode == 1
    assert f"{tmp_path / DESCRIPTOR}: no such file; " in done.stderr


def test_a_folder_without_a_codebook(folder):
    (folder / CODEBOOK).unlink()
    with pytest.raises(EvidenceError) as raised:
        out_of_step(folder)
    error = str(raised.value)
    assert error.startswith(f"{folder / CODEBOOK}: cannot be read (No such file or directory); ")
    assert "\n" not in error


def test_a_codebook_in_another_encoding(folder):
    (folder / CODEBOOK).write_bytes("é".encode("latin-1"))
    with pytest.raises(EvidenceError) as raised:
        out_of_step(folder)
    assert f"{folder / CODEBOOK}: not UTF-8 at byte 0; " in str(raised.value)


VISITS = Table(
    name="visits",
    path="visits.csv",
    title="Visits",
    description="One row a visit.",
    fields=(
        Field("visit", "integer", "number of the visit", required=True, minimum=1),
        Field("grade", "string", "a|b", enum=("low", "high"), meanings={"low": "few"}),
        Field("share", "number", unit="percent", minimum=0, maximum=100, blank_with="grade"),
        Field("level", "number", "at most", maximum=1, enum=(0.5, 1)),
        Field("arm", "string", "arm"),
        Field("event", "string", "event", references=(Column("a", "x"), Column("b", "y"))),
        Field("others", "string", "others", list_of=Column("visits", "visit")),
    ),
    key=("visit",),
    foreign_keys=(ForeignKey(("arm",), "arms", ("id",), where={"kind": "cells"}),),
)


def test_every_rule_of_a_field_is_told():
    assert column_table(VISITS).splitlines()[2:] == [
        "| **`visit`** | integer |  | never | number of the visit; at least 1 |",
        "| `grade` | word |  | may be | a\\|b; one of `low` (few), `high` |",
        "| `share` | number | percent | may be | 0 to 100; blank exactly when `grade` is |",
        "| `level` | number |  | may be | at most; one of `0.5`, `1`; at most 1 |",
        "| `arm` | text |  | may be | arm; stands in `arms.id` with `kind` cells |",
        "| `event` | text |  | may be | event; stands in `a.x` or `b.y` |",
        "| `others` | text |  | may be | others; each stands in `visits.visit` |",
    ]


PACKAGE = Package("", "", "", {"visits": VISITS})
START, END = "<!-- columns: visits -->\n", "<!-- /columns: visits -->\n"


def test_prose_around_the_markers_is_kept():
    text, changed = rewrite(f"before\n{START}old\n{END}after", PACKAGE)
    assert changed == ["visits"]
    assert text == f"before\n{START}\n{column_table(VISITS)}\n{END}after"
    assert rewrite(text, PACKAGE) == (text, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        START,
        END,
        END + START,
        START + END + START + END,
        START + START + END,
        f"a {START}{END}",
    ],
)
def test_markers_that_are_no_pair(text):
    with pytest.raises(EvidenceError, match=r"^table visits needs one pair of markers"):
        rewrite(text, PACKAGE)


def test_markers_within_each_other():
    package = Package("", "", "", {"visits": VISITS, "other": VISITS})
    start, end = START.replace("visits", "other"), END.replace("visits", "other")
    with pytest.raises(EvidenceError, match=r"^table visits needs one pair of markers"):
        rewrite(START + start + END + end, package)


def test_a_marker_of_an_unknown_table():
    with pytest.raises(EvidenceError, match=r"^marker of table 'vists', which datapackage\.json"):
        rewrite(START.replace("visits", "vists"), PACKAGE)
