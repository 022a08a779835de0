"""Data folders of other reviews, and ours with something taken out of it."""

import csv
import json
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from atopic.evidence.core import core_tables
from tests.conftest import REPOSITORY

#: Patients and responders of each arm of 28 trials of biologics in psoriasis at week 12, collected
#: by Warren 2019 (J Am Acad Dermatol 82:1138), as carried by the R package MBNMAdose.
PSORIASIS = Path(__file__).with_name("psoriasis-long.csv")
#: Patients with nausea in 16 trials of stimulation of P6 against sham, collected by Lee and Done
#: 2004 (Cochrane review CD003281), as carried by the R package metadat; columns as in RevMan.
NAUSEA = Path(__file__).with_name("nausea-data-rows.csv")

_DOSE = re.compile(r"[0-9]+(\.[0-9]+)?")
_INTERVALS = {"BIW": 0.5, **{f"Q{weeks}W": weeks for weeks in (2, 4, 8, 12)}}


def slug(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def psoriasis(folder: Path) -> Path:
    """Write the sheet as the four tables that no folder does without, with no schema of its own."""
    folder.mkdir(parents=True)
    with PSORIASIS.open(encoding="utf-8") as opened:
        sheet = list(csv.DictReader(opened))
    arms: dict[tuple[str, str], dict[str, object]] = {}
    responses = []
    for row in sheet:
        study = slug(row["study"])
        words = [row[name] for name in ("agent", "dose", "dose_unit", "interval")]
        label = " ".join(word for word in words if word)
        one_dose = _DOSE.fullmatch(row["dose"]) is not None
        placebo = row["agent"] == "Placebo"
        arms[study, slug(label)] = {
            "study_id": study,
            "arm_id": slug(label),
            "label": label,
            "role": "placebo" if placebo else "experimental",
            "agent": slug(row["agent"]),
            "dose": row["dose"] if one_dose else "",
            "dose_unit": row["dose_unit"] if one_dose else "",
            "interval_weeks": _INTERVALS.get(row["interval"], ""),
        }
        figures = {name: row[name] for name in ("outcome", "week", "responders", "n")}
        responses.append({"study_id": study, "arm_id": slug(label), **figures})
    with_placebo = {study for (study, arm) in arms if arm == "placebo"}
    studies = [
        {
            "study_id": slug(name),
            "short_citation": name,
            "design": "randomised-placebo" if slug(name) in with_placebo else "active-controlled",
        }
        for name in dict.fromkeys(row["study"] for row in sheet)
    ]
    outcomes = dict.fromkeys(row["outcome"] for row in sheet)
    write(folder / "studies.csv", studies)
    write(folder / "arms.csv", arms.values())
    write(folder / "responses.csv", responses)
    instruments = [{"outcome": name, "direction": "higher-is-better"} for name in outcomes]
    write(folder / "instruments.csv", instruments)
    return folder


def without_rows(folder: Path) -> Path:
    """Write the four tables without a row and with only the columns that are needed."""
    folder.mkdir(parents=True)
    for table in core_tables().values():
        if table.needed:
            header = ",".join(field.name for field in table.fields if field.required)
            (folder / table.path).write_text(f"{header}\n", encoding="utf-8")
    return folder


def ours(folder: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY / "data", folder))


def take_out(
    folder: Path,
    columns: Collection[tuple[str, str]],
    tables: Iterable[str] = (),
    *,
    rules: bool = True,
) -> None:
    """Take columns and whole tables, or the own rules too, out of the files and schema of a folder.

    With them go the rows that only a column of the key told apart, and the contradiction, which
    would no longer be declared, or no longer be found.
    """
    _resolve(folder)
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    gone = set(tables)
    kept = [one for one in package["resources"] if one["name"] not in gone]
    for resource in package["resources"]:
        file = folder / resource["path"]
        if resource["name"] in gone:
            file.unlink()
            continue
        names = {column for table, column in columns if table == resource["name"]}
        if names:
            _edit(file, lambda row, names=names: {k: v for k, v in row.items() if k not in names})
            keep_first(file, [one for one in resource["schema"].get("key", []) if one not in names])
        _forget(resource["schema"], resource["name"], columns, gone)
        if not rules:
            resource["schema"].pop("rules", None)
    package["resources"] = kept
    path.write_text(json.dumps(package), encoding="utf-8")


def _resolve(folder: Path) -> None:
    """Take out of the table what its source contradicts, so that nothing is left to declare."""
    with (folder / "contradictions.csv").open(encoding="utf-8") as opened:
        declared = list(csv.DictReader(opened))

    def blank(row: dict[str, str]) -> None:
        for one in declared:
            if row[one["column"]] == one["printed"] and row["study_id"] == one["study_id"]:
                row[one["column"]] = ""

    assert {one["table"] for one in declared} == {"responses"}
    change_cells(folder, "responses", blank)
    text = (folder / "contradictions.csv").read_text(encoding="utf-8")
    (folder / "contradictions.csv").write_text(text.partition("\n")[0] + "\n", encoding="utf-8")


def keep_first(file: Path, key: Collection[str]) -> None:
    """Keep of the rows that are one by these columns the first."""
    with file.open(newline="", encoding="utf-8-sig") as opened:
        rows = list(csv.DictReader(opened))
    first = {tuple(row[name] for name in key): row for row in reversed(rows)}
    kept = [row for row in rows if first[tuple(row[name] for name in key)] is row]
    if kept:
        write(file, kept)


def _edit(file: Path, change: Callable[[dict[str, str]], Mapping[str, str]]) -> None:
    with file.open(newline="", encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened)
        rows, header = list(reader), list(reader.fieldnames or ())
    if rows:
        write(file, map(change, rows))
    else:
        names = change(dict.fromkeys(header, ""))
        file.write_text(",".join(names) + "\n", encoding="utf-8")


def change_cells(folder: Path, table: str, change: Callable[[dict[str, str]], None]) -> None:
    """Change the rows of a table, each in place."""

    def changed(row: dict[str, str]) -> dict[str, str]:
        change(row)
        return row

    _edit(folder / core_tables()[table].path, changed)


def _forget(
    schema: dict[str, Any], name: str, columns: Collection[tuple[str, str]], gone: set[str]
) -> None:
    """Take out of the schema of a table what is gone, and what names it."""

    def is_gone(table: str, names: Iterable[str]) -> bool:
        return table in gone or any((table, one) in columns for one in names)

    schema["fields"] = [one for one in schema["fields"] if (name, one["name"]) not in columns]
    for field in schema["fields"]:
        if is_gone(name, [field.get("blankWith", "")]):
            del field["blankWith"]
        for word in ("listOf", "references"):
            named = [field[word]] if isinstance(field.get(word), str) else field.get(word, [])
            if any(is_gone(one.partition(".")[0], [one.partition(".")[2]]) for one in named):
                del field[word]
    for word in ("key", "primaryKey"):
        if word in schema:
            schema[word] = [one for one in schema[word] if (name, one) not in columns]
    schema["foreignKeys"] = [
        key
        for key in schema.get("foreignKeys", [])
        if not is_gone(name, key["fields"])
        and not is_gone(key["reference"]["resource"] or name, key["reference"]["fields"])
    ]


def optional_columns() -> dict[str, list[str]]:
    """Return the columns that a folder may do without, by table."""
    return {
        name: [field.name for field in table.fields if field.optional]
        for name, table in core_tables().items()
    }
