"""Data folders changed at random until `atopic check` accepts them, as other people's might be."""

import csv
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from atopic.evidence.checks import check
from atopic.paths import bundled

__all__ = ["mutant"]

Rows = list[dict[str, str]]

#: Rounds in which what the check finds is mended; each takes rows or cells away, so few are needed.
_ROUNDS = 40


def mutant(seed: int, folder: Path) -> list[str]:
    """Write a changed copy of the data that the check accepts, and tell what was done to it.

    From one to eight changes, each of a kind of its own; what they break elsewhere is mended by
    leaving out the rows, or blanking the cells, that the check names.
    """
    shutil.copytree(bundled("data"), folder)
    chance = random.Random(seed)
    done = []
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        change = chance.choice(_CHANGES)
        name = chance.choice(sorted(path.stem for path in folder.glob("*.csv")))
        done.append(change(chance, folder, name))
    for _ in range(_ROUNDS):
        faults = [one for one in check(folder) if one.fails]
        if not faults:
            return done
        _mend(chance, folder, faults)
    raise AssertionError(f"seed {seed}: cannot be mended: {faults[0]}")


def _fields(folder: Path, name: str) -> list[dict[str, Any]]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found = next(one for one in package["resources"] if one["name"] == name)
    return list(found["schema"]["fields"])


def _read(folder: Path, name: str) -> Rows:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(folder: Path, name: str, rows: Rows) -> None:
    columns = [one["name"] for one in _fields(folder, name)]
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _drop_rows(chance: random.Random, folder: Path, name: str) -> str:
    share = chance.choice((0.1, 0.5, 0.9, 1.0))
    _write(folder, name, [row for row in _read(folder, name) if chance.random() >= share])
    return f"drop {share:.0%} of {name}"


def _drop_study(chance: random.Random, folder: Path, name: str) -> str:
    studies = sorted({row["study_id"] for row in _read(folder, "studies")})
    gone = set(chance.sample(studies, min(len(studies), chance.choice((1, 3, 10, 40)))))
    for path in folder.glob("*.csv"):
        rows = _read(folder, path.stem)
        _write(folder, path.stem, [row for row in rows if row.get("study_id") not in gone])
    return f"drop studies {', '.join(sorted(gone))}"


def _other_words(chance: random.Random, folder: Path, name: str) -> str:
    words = [one for one in _fields(folder, name) if one.get("constraints", {}).get("enum")]
    return _each_cell(
        chance, folder, name, words, lambda field, _: chance.choice(field["constraints"]["enum"])
    )


def _other_numbers(chance: random.Random, folder: Path, name: str) -> str:
    numbers = [one for one in _fields(folder, name) if one["type"] in ("integer", "number")]

    def other(field: dict[str, Any], cell: str) -> str:
        limits = field.get("constraints", {})
        if chance.random() < 0.2:
            return str(limits.get(chance.choice(("minimum", "maximum")), cell))
        value = float(cell or chance.randrange(100)) * chance.choice((-1, 0, 0.5, 1, 2, 10))
        return str(int(value)) if field["type"] == "integer" else f"{value:g}"

    return _each_cell(chance, folder, name, numbers, other)


def _blank(chance: random.Random, folder: Path, name: str) -> str:
    free = [one for one in _fields(folder, name) if not one.get("constraints", {}).get("required")]
    return _each_cell(chance, folder, name, free, lambda _field, _cell: "")


def _exchange(chance: random.Random, folder: Path, name: str) -> str:
    """Put into a cell what another row has there."""
    rows = _read(folder, name)
    return _each_cell(
        chance, folder, name, _fields(folder, name),
        lambda field, _: chance.choice(rows)[field["name"]],
    )  # fmt: skip


def _duplicate(chance: random.Random, folder: Path, name: str) -> str:
    rows = _read(folder, name)
    for row in chance.sample(rows, min(len(rows), 3)):
        column = chance.choice(list(row))
        rows.append(row | {column: chance.choice(rows)[column]})
    _write(folder, name, rows)
    return f"duplicate rows of {name}"


def _each_cell(
    chance: random.Random,
    folder: Path,
    name: str,
    fields: list[dict[str, Any]],
    value: Callable[[dict[str, Any], str], str],
) -> str:
    """Change cells of one column, or of a few, in one row or in many."""
    rows = _read(folder, name)
    if not rows or not fields:
        return f"nothing in {name}"
    chosen = chance.sample(fields, min(len(fields), chance.choice((1, 1, 2, 4))))
    share = chance.choice((0.02, 0.2, 1.0))
    for row in rows:
        for field in chosen:
            if chance.random() < share:
                row[field["name"]] = str(value(field, row[field["name"]]))
    _write(folder, name, rows)
    return f"change {share:.0%} of {name}: {', '.join(one['name'] for one in chosen)}"


_CHANGES = (_drop_rows, _drop_study, _other_words, _other_numbers, _blank, _exchange, _duplicate)


def _mend(chance: random.Random, folder: Path, faults: list[Any]) -> None:
    """Leave out the rows that the check names, or blank the cells, as chance has it."""
    for name in {Path(one.file).stem for one in faults}:
        here = [one for one in faults if Path(one.file).stem == name]
        optional = {
            one["name"]
            for one in _fields(folder, name)
            if not one.get("constraints", {}).get("required")
        }
        rows = _read(folder, name)
        gone = set()
        for fault in here:
            if fault.row is None:  # the file as a whole
                continue
            if fault.column in optional and fault.value and chance.random() < 0.5:
                rows[fault.row - 2][fault.column] = ""
            else:
                gone.add(fault.row - 2)
        _write(folder, name, [row for number, row in enumerate(rows) if number not in gone])
