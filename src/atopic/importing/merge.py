"""Puts the rows of a sheet into a folder: what was changed there by hand since is left alone.

``imports.json`` keeps what each sheet wrote. A cell is the sheet's as long as it holds what the
sheet wrote last; any other is somebody's own, and stays. So a sheet can be imported again after
either has changed, and twice is as good as once.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atopic.errors import EvidenceError
from atopic.evidence.csv_rows import Rows, read_rows
from atopic.importing.tables import KEYS, Row, Tables

#: What sheets wrote, beside the tables.
RECORD = "imports.json"
#: The order of columns in a table that is new; others come behind.
_FIRST = {
    "sources": ("source_id", "kind", "citation"),
    "studies": ("study_id", "role", "short_citation", "title", "year", "doi", "pmid",
                "registry_id", "phase", "design", "blinding", "country", "in_synthesis",
                "source_id"),
    "arms": ("study_id", "arm_id", "label", "role", "agent", "dose", "dose_unit",
             "interval_weeks", "n_randomised", "source_id"),
    "instruments": ("outcome", "label", "instrument", "kind", "threshold_percent", "direction",
                    "source_id"),
    "responses": ("study_id", "arm_id", "outcome", "week", "week_basis", "responders", "n",
                  "percent_printed", "analysis_set", "controlled", "source_id", "locator",
                  "notes"),
    "scores": ("study_id", "arm_id", "outcome", "week", "week_basis", "statistic", "value",
               "unit", "spread", "spread_kind", "n", "analysis_set", "source_id", "locator",
               "notes"),
}  # fmt: skip
#: Columns that a new table has though all cells are blank: people fill them in.
_ALWAYS = {
    "sources": ("doi",),
    "studies": ("year", "design", "blinding"),
    "arms": ("dose", "dose_unit", "interval_weeks"),
    "instruments": ("label",),
    "responses": ("week", "responders", "n", "percent_printed"),
    "scores": ("week", "spread", "spread_kind", "n"),
}
_NEEDED = ("sources", "studies", "arms", "instruments", "responses")


@dataclass
class Merged:
    """What importing a sheet would do to a folder.

    Attributes
    ----------
    folder : Path
    before, after : dict
        By name the files that would change, as they are and as they would be; one that is new is
        not in `before`.
    lines : dict
        By file and spreadsheet row the line of the sheet.
    counts : dict
        By table how many rows would be new, changed and removed.
    kept : list of str
        Cells that were changed by hand and stay, though the sheet says something else.
    """

    folder: Path
    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)
    lines: dict[tuple[str, int], int] = field(default_factory=dict)
    counts: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


@dataclass
class _Table:
    """A table as it is being changed: rows as cells by column, and the line each comes from."""

    header: list[str]
    rows: list[dict[str, str]]
    lines: list[int]
    first: int = 2


def merge(folder: Path, sheet: str, tables: Tables) -> Merged:
    """Return what importing the rows of a sheet into a folder would do; nothing is written.

    Raises
    ------
    EvidenceError
        If a table of the folder, or its record of imports, cannot be read.
    """
    merged = Merged(folder)
    record = _read_record(folder)
    last: dict[str, Any] = record.get(sheet, {})
    wrote: dict[str, list[dict[str, str]]] = {}
    for name in KEYS:
        rows = tables.rows[name]
        old = last.get(name, [])
        if not rows and not old and not (name in _NEEDED and not (folder / f"{name}.csv").exists()):
            continue
        wrote[name] = [dict(row.cells) for row in rows]
        others = {
            _key(row, KEYS[name])
            for other, said in record.items() if other != sheet
            for row in said.get(name, [])
        }  # fmt: skip
        _merge_table(merged, name, rows, old, others)
    content = (json.dumps({**record, sheet: wrote}, indent=1, ensure_ascii=False) + "\n").encode()
    place = folder / RECORD
    before = place.read_bytes() if place.exists() else None
    if before != content:
        if before is not None:
            merged.before[RECORD] = before
        merged.after[RECORD] = content
    return merged


def _merge_table(
    merged: Merged, name: str, rows: list[Row], old: list[dict[str, str]],
    others: set[tuple[str, ...]],
) -> None:  # fmt: skip
    """Merge the rows of one table; those that `others`, sheets too, wrote are never removed."""
    file = f"{name}.csv"
    place = merged.folder / file
    table = _read(place, name)
    key = KEYS[name]
    known = {_key(row, key): row for row in old}
    found = {_key(cells, key): (number, cells) for number, cells in
             reversed(list(enumerate(table.rows)))}  # fmt: skip
    new = changed = removed = 0
    for row in rows:
        own = _key(row.cells, key)
        base = known.get(own)
        if own in found:
            number, cells = found[own]
            table.lines[number] = row.line
            changed += _refresh(merged, file, number + table.first, cells, row, base, key)
        elif base is not None:
            merged.kept.append(f"{file}: {', '.join(filter(None, own))}: removed by hand; left out")
        else:
            table.rows.append(dict(row.cells))
            table.lines.append(row.line)
            new += 1
    current = {_key(row.cells, key) for row in rows}
    for own, base in known.items():
        if own in current or own in others or own not in found:
            continue
        number, cells = found[own]
        if {k: v for k, v in cells.items() if v} == base:
            table.lines[number] = -1
            removed += 1
        else:
            merged.kept.append(
                f"{file}:{number + table.first}: no longer in the sheet, but changed by hand"
            )
    kept = [(cells, line) for cells, line in zip(table.rows, table.lines, strict=True)
            if line != -1]  # fmt: skip
    is_new = not place.exists()
    if not (new or changed or removed or is_new):
        lines = enumerate(table.lines, start=table.first)
    else:
        _write(merged, place, name, table, [cells for cells, _ in kept], is_new=is_new)
        merged.counts[name] = (new, changed, removed)
        lines = enumerate((line for _, line in kept), start=table.first)
    merged.lines |= {(file, number): line for number, line in lines if line > 0}


def _refresh(
    merged: Merged, file: str, number: int, cells: dict[str, str], row: Row,
    base: Mapping[str, str] | None, key: tuple[str, ...],
) -> bool:  # fmt: skip
    """Give a row what the sheet says now in each cell that is still the sheet's, or blank."""
    changed = False
    for column in dict.fromkeys([*row.cells, *(base or {})]):
        said, held = row.cells.get(column, ""), cells.get(column, "")
        if said == held or column in key:
            continue
        if held == (base or {}).get(column, ""):
            cells[column] = said
            changed = True
        elif base is None or said != base.get(column, ""):
            merged.kept.append(
                f"{file}:{number}: {column}: {held or 'blank'} stays; row {row.line} of the sheet "
                f"says {said or 'nothing'}"
            )
    return changed


def _key(cells: Mapping[str, str], key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cells.get(name, "") or ("as-reported" if name == "analysis_set" else "")
                 for name in key)  # fmt: skip


def _read(place: Path, name: str) -> _Table:
    if not place.exists():
        return _Table([], [], [])
    rows: Rows | None
    rows, problems = read_rows(place)
    if problems or rows is None:
        raise EvidenceError(f"{place.parent}: {problems[0]}; run atopic check")
    missing = [one for one in KEYS[name][:2] if one not in rows.header]
    if missing and rows.cells:
        raise EvidenceError(f"{place}: has no column {missing[0]}; run atopic check")
    cells = [dict(zip(rows.header, line, strict=True)) for line in rows.cells]
    return _Table(list(rows.header), cells, [0] * len(cells), rows.header_number + 1)


def _write(
    merged: Merged, place: Path, name: str, table: _Table, rows: list[dict[str, str]], *,
    is_new: bool,
) -> None:  # fmt: skip
    before = b"" if is_new else place.read_bytes()
    header = [*table.header]
    used = {column for cells in rows for column, cell in cells.items() if cell}
    order = dict.fromkeys((*_FIRST[name], *_ALWAYS[name], *sorted(used)))
    always = {*_ALWAYS[name], *KEYS[name][:2]} if is_new else set()
    always |= set() if rows or not is_new else {*_FIRST[name]}  # to be filled in by hand
    header += [one for one in order if one not in header and (one in used or one in always)]
    end = "\r\n" if b"\r\n" in before else "\n"
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    if not is_new:
        merged.before[place.name] = before
    merged.after[place.name] = mark + stream.getvalue().encode()


def _read_record(folder: Path) -> dict[str, Any]:
    place = folder / RECORD
    if not place.exists():
        return {}
    try:
        content = json.loads(place.read_bytes())
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise EvidenceError(
            f"{place}: cannot be read, and says what earlier imports wrote; restore it, or remove "
            "it: then every cell counts as made by hand"
        )
    return content
