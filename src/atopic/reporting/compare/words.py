"""What changed, said as text for a terminal, Markdown for a pull request, or JSON."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence

from atopic.display.numbers import listed
from atopic.reporting.compare.estimates import Change
from atopic.reporting.compare.headline import headline, moved_words, value_words
from atopic.reporting.compare.rows import RowChange
from atopic.reporting.compare.summary import Difference

#: More rows than this behind one estimate are counted, not named; changes of a table likewise.
_ROWS, _CELLS = 4, 12
#: What is said of an estimate that moved though no row behind it did, and of a new one.
NO_ROW = {"changed": "other studies or another computation: no row of its own changed",
          "new": "another computation: no row of its own is new",
          "gone": "another computation: no row of its own is gone"}  # fmt: skip


def as_text(difference: Difference) -> str:
    """Return the changes as lines of plain text, the answer in the first.

    Examples
    --------
    >>> from atopic.reporting.compare import State, compare
    >>> before = State("v1", estimates=[{"report": "safety", "n": "98", "estimate": "0"}])
    >>> print(as_text(compare(before, State("v2", estimates=[]))))
    In all, of the numbers 1 is gone.
    Compared: v1 -> v2
    <BLANKLINE>
    safety
      gone: 0.0%
    """
    lines = [headline(difference), f"Compared: {difference.old} -> {difference.new}"]
    for _, name, changes in difference.sections:
        lines += ["", name or "Other estimates"]
        for one in changes:
            lines.append(f"  {one.kind}: {_change(one, difference, name)}")
            if difference.rows:
                rows = difference.cause(one)
                lines.append(f"    by {_places(rows) if rows else NO_ROW[one.kind]}")
    for table, rows in by_table(difference.rows):
        lines += ["", f"{table}.csv: {counts(rows)}"]
        lines += [f"  {row_words(one, difference)}" for one in rows[:_CELLS]]
        if len(rows) > _CELLS:
            lines.append(f"  and {len(rows) - _CELLS} more")
    return "\n".join(lines)


def as_markdown(difference: Difference) -> str:
    """Return the changes as Markdown: the headline, what changed, and, folded, the rest.

    Open are the tables of what changed in value; new and gone estimates, and rows, are folded.
    """
    lines = [f"**{_cell(headline(difference))}**"]
    for kind, folded in (("changed", False), ("new", True), ("gone", True)):
        shown = [(name, one) for _, name, changes in difference.sections for one in changes
                 if one.kind == kind]  # fmt: skip
        if not shown:
            continue
        table = ["| of | estimate | was | is | by |", "|---|---|---|---|---|"]
        for name, one in shown:
            rows = difference.cause(one)
            was, now = moved_words(one)
            cells = (
                name, difference.names.about(one.row, study=False), was or "–", now or "–",
                _places(rows) if rows else NO_ROW[kind] if difference.rows else "",
            )  # fmt: skip
            table.append(f"| {' | '.join(map(_cell, cells))} |")
        lines += _folded(f"{len(shown)} {kind}", table) if folded else ["", *table]
    for name, rows in by_table(difference.rows):
        items = [f"- {_cell(row_words(one, difference))}" for one in rows]
        lines += _folded(f"{name}.csv: {counts(rows)}", items)
    compared = f"Compared: {_cell(difference.old)} → {_cell(difference.new)}"
    return "\n".join([*lines, "", compared])


def _folded(summary: str, lines: Sequence[str]) -> list[str]:
    return ["", f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"]


def as_json(difference: Difference) -> str:
    """Return the changes as one JSON object: the headline, estimates with their causes, rows."""
    estimates = [
        {
            "change": one.kind, "old": one.old, "new": one.new, "cells": list(one.values),
            "about": difference.names.about(one.row), "shows": one.shows,
            "moved": None if math.isnan(one.moved) else one.moved,
            "by": [{"table": row.table, "row": row.line, "change": row.kind}
                   for row in difference.cause(one)],
        }
        for one in difference.estimates
    ]  # fmt: skip
    rows = [
        {"table": one.table, "row": one.line, "change": one.kind, "cells": list(one.cells),
         "old": one.old, "new": one.new}
        for one in difference.rows
    ]  # fmt: skip
    whole = {"headline": headline(difference), "old": difference.old, "new": difference.new,
             "estimates": estimates, "rows": rows}  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1)


def by_table(rows: Sequence[RowChange]) -> Iterator[tuple[str, list[RowChange]]]:
    """Yield the names of tables with their changed rows."""
    for table in dict.fromkeys(one.table for one in rows):
        yield table, [one for one in rows if one.table == table]


def counts(rows: Sequence[RowChange]) -> str:
    """Return how many rows are new, changed and gone."""
    kinds = Counter(one.kind for one in rows)
    return listed([f"{kinds[kind]} {kind}" for kind in ("new", "changed", "gone") if kinds[kind]])


def _change(one: Change, difference: Difference, heading: str) -> str:
    names = difference.names
    about = names.about(one.row, study=heading != names.study(one.row))
    start = f"{about}: " if about else ""
    if one.old is None or one.new is None:
        return start + value_words(one.row)
    words = start + " -> ".join(moved_words(one))
    return f"{words}, {one.row.get('method')}" if "method" in one.values else words


def _places(rows: Sequence[RowChange]) -> str:
    """Return where changed rows stand: responses.csv row 227 (new)."""
    named = [f"{one.table}.csv row {one.line} ({one.kind})" for one in rows[:_ROWS]]
    more = [f"{len(rows) - _ROWS} more"] if len(rows) > _ROWS else []
    return listed([*named, *more])


def row_words(one: RowChange, difference: Difference, *, brief: bool = False) -> str:
    """Return a changed row in a line: where it stands, what it is of, and which cells differ.

    `brief` for a page: columns in words, and of a cell with a sentence only that it is another.
    """
    about = _named(one.row, difference)
    if one.kind != "changed":
        return f"row {one.line} {one.kind}: {about}"
    arrow, left_out = ("\N{RIGHTWARDS ARROW}", one.reworded) if brief else ("->", ())
    cells = [
        f"{name.replace('_', ' ') if brief else name} {_cell_words(one.old, name, difference)} "
        f"{arrow} {_cell_words(one.new, name, difference)}"
        for name in one.cells
        if name not in left_out
    ]
    cells += [f"{listed(name.replace('_', ' ') for name in left_out)} reworded"] * bool(left_out)
    return f"row {one.line} changed: {about}: {'; '.join(cells)}"


def _named(row: dict[str, str], difference: Difference) -> str:
    """Return the first cells of a row that name it, studies and groups by their names."""
    cells = [_cell_words(row, name, difference) for name, cell in list(row.items())[:4] if cell]
    return ", ".join(dict.fromkeys(cells))


def _cell_words(row: dict[str, str] | None, name: str, difference: Difference) -> str:
    cell, names = (row or {}).get(name, ""), difference.names
    if name.endswith("study_id"):
        return names.studies.get(cell, cell) or "blank"
    if row and name.endswith("arm_id"):
        return names.groups.get((row.get("study_id", ""), cell), cell) or "blank"
    return cell or "blank"


def _cell(text: str) -> str:
    """Return a text that stands in a cell of a Markdown table as it is."""
    for mark in "\\`*_|<>[]":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
