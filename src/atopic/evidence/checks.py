"""Everything that is wrong with a data folder, found in one run and told one line each.

Three hands do it: the reader finds what is wrong with a file and which constraint of the schema a
cell breaks, the relations what does not hold between rows, and the rules of the subject what is
impossible there.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from itertools import chain

from atopic.errors import did_you_mean
from atopic.evidence import patterns
from atopic.evidence.committed import shrunken_tables
from atopic.evidence.core import read_package, schema_problems
from atopic.evidence.csv_rows import Constraint, Problem, read_cell, read_rows, typed_columns
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.evidence.forms import form_words
from atopic.evidence.implausible import implausible
from atopic.evidence.lines import Folder
from atopic.evidence.plausibility import domain_problems, plain_rows, sure_rows
from atopic.evidence.relations import Sheet, related_problems
from atopic.evidence.schema import Field, Package, Table
from atopic.paths import data_folder
from atopic.review import read_review, use_review

#: Rows with one fault of one column that have a line each.
_MOST_LINES = 5


def check(folder: str | os.PathLike[str] | None = None, *, warnings: bool = False) -> list[Problem]:
    """Find every problem of a data folder.

    Parameters
    ----------
    folder : path-like, optional
        A data folder; without it, the one that `atopic.load` would read.
    warnings : bool, optional
        Whether to find also what is implausible, not impossible: problems of the severity
        ``"warning"``, which are no reason to refuse the folder.

    Returns
    -------
    list of Problem
        In the order of table, row and column. Those whose `Problem.known` is set are declared in
        ``contradictions.csv``, or accepted in ``accepted_warnings.csv``, and are no reason to
        refuse the folder.

    Raises
    ------
    EvidenceError
        If the folder or its datapackage.json cannot be used.

    Examples
    --------
    >>> [problem.known for problem in check()]
    ['kangstem-2019-follow-up-year-2']
    """
    place = data_folder(folder)
    package = read_package(place)
    use_review(read_review(place))
    if wrong := list(schema_problems(package)):
        return wrong  # no rule can count with what is declared otherwise
    problems: list[Problem] = []
    sheets: dict[str, Sheet] = {}
    for name, table in package.tables.items():
        rows, faults = read_rows(place / table.path, table.path)
        problems += [_needed(table, one) if one.rule == "missing-file" else one for one in faults]
        if rows:
            sheets[name] = Sheet(table, rows, whole=not faults)
    structure = list(
        chain(
            *(_columns(sheet) for sheet in sheets.values()),
            *(_cells(sheet) for sheet in sheets.values()),
            related_problems(package, sheets),
        )
    )
    problems += structure
    sure = _sure_rows(package, sheets, structure)
    problems += _domain(sure, sheets, structure)
    if warnings:
        problems += _named(sure, sheets, implausible(sure))
        counts = {name: len(sheet.rows.cells) for name, sheet in sheets.items()}
        problems += shrunken_tables(place, package, counts)
    return sorted(problems, key=lambda problem: _place(package, problem))


def as_json(problems: Iterable[Problem]) -> str:
    """Write problems as JSON for other programs.

    Returns
    -------
    str
        A list of objects with the keys file, row, column, value, rule, message, known and severity
        (error or warning), in this order; row, column, value and known may be null.

    Examples
    --------
    >>> print(as_json([Problem("arms.csv", None, None, None, "missing-file", "gone")]))
    [
      {
        "file": "arms.csv",
        "row": null,
        "column": null,
        "value": null,
        "rule": "missing-file",
        "message": "gone",
        "known": null,
        "severity": "error"
      }
    ]
    """
    return json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2)


def as_lines(problems: Iterable[Problem]) -> list[str]:
    """Write problems as lines to be read: one fault of many cells of a column is one line.

    Examples
    --------
    >>> one = Problem("arms.csv", 2, "n", "x", "type", "'x' is not a whole number")
    >>> as_lines(replace(one, row=row) for row in (2, 3, 4, 7, 8, 10))
    ["arms.csv:2: n: 'x' is not a whole number (and the like in rows 3 to 4, 7 to 8, 10)"]
    """
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for one in problems:
        alone = None if one.row is not None and one.column is not None else id(one)
        groups.setdefault((one.file, one.column, one.rule, one.known, alone), []).append(one)
    lines: list[str] = []
    for first, *others in groups.values():
        if len(others) < _MOST_LINES:
            lines += map(str, (first, *others))
        else:
            rows = _spans([one.row for one in others if one.row is not None])
            lines.append(f"{first} (and the like in rows {rows})")
    return lines


def _spans(rows: list[int]) -> str:
    """Return numbers in rising order as spans: "3 to 4, 7"."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row <= spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ", ".join(f"{low} to {high}" if low < high else str(low) for low, high in spans)


def _needed(table: Table, problem: Problem) -> Problem:
    """Return what is said of a missing table that no folder does without, else the same."""
    if not table.needed:
        return problem
    *most, last = (field.name for field in table.fields if field.required)
    columns = f"columns {', '.join(most)} and {last}" if most else f"column {last}"
    message = f"the file is missing; no data folder does without it, so add it, with the {columns}"
    return replace(problem, message=message)


def _place(package: Package, problem: Problem) -> tuple[int, int, int, str]:
    tables = list(package.tables.values())
    number = next(i for i, table in enumerate(tables) if table.path == problem.file)
    columns = tables[number].columns
    column = columns.index(problem.column) if problem.column in columns else -1
    return number, problem.row or 0, column, problem.rule


def _sure_rows(package: Package, sheets: Mapping[str, Sheet], structure: list[Problem]) -> Folder:
    """Return the rows as the rules of the subject read them, without broken cells."""
    names = {table.path: name for name, table in package.tables.items()}
    broken = {(names[one.file], one.row, one.column) for one in structure}
    tables = {}
    for name, sheet in sheets.items():
        columns, _ = typed_columns(sheet.table, sheet.rows)
        tables[name] = plain_rows(sheet.table, sheet.rows, columns)
    unsure = frozenset(
        (name, row, column) for name, row, column in broken if row is not None and column
    )
    return sure_rows(package, tables, unsure)


def _domain(
    rows: Folder, sheets: Mapping[str, Sheet], structure: list[Problem]
) -> Iterator[Problem]:
    """Apply the rules of the subject, leaving out what a broken cell would only repeat."""
    broken = {(one.file, one.row, one.column) for one in structure}
    for problem in _named(rows, sheets, domain_problems(rows)):
        if (problem.file, problem.row, problem.column) not in broken:
            yield problem


def _named(
    rows: Folder, sheets: Mapping[str, Sheet], problems: Iterable[Problem]
) -> Iterator[Problem]:
    """Give problems their cells as they stand in the files."""
    names = {table.path: name for name, table in rows.package.tables.items()}
    for problem in problems:
        yield replace(problem, value=_cell(sheets[names[problem.file]], problem))


def _cell(sheet: Sheet, problem: Problem) -> str | None:
    cells = sheet.column(problem.column) if problem.column else None
    if cells is None or problem.row is None:
        return problem.value
    return cells[sheet.rows.numbers.index(problem.row)]


def _columns(sheet: Sheet) -> Iterator[Problem]:
    """Find columns that are missing or unknown; their order does not matter."""
    table, rows = sheet.table, sheet.rows
    absent = [field for field in table.fields if field.name not in rows.header]
    for field in absent:
        if not field.optional:
            how = "every row needs a value" if field.required else "blank where nothing is known"
            message = f"the column is missing; add it, {how}"
            yield sheet.problem(rows.header_number, field.name, None, "missing-column", message)
    for name in rows.header:
        if name not in table.columns:
            near = did_you_mean(name, [field.name for field in absent])
            hint = near or f"; remove it or describe it in {DESCRIPTOR}"
            message = f"no such column is known{hint}"
            yield sheet.problem(rows.header_number, name, name, "unknown-column", message)


def _cells(sheet: Sheet) -> Iterator[Problem]:
    """Find cells that the schema does not allow."""
    for field in sheet.table.fields:
        for row, cell in zip(sheet.rows.numbers, sheet.column(field.name) or (), strict=False):
            _, broken = read_cell(field, cell)
            if broken:
                rule, message = worded(field, cell, broken)
                yield sheet.problem(row, field.name, cell, rule, message)


def worded(field: Field, cell: str, broken: Constraint) -> tuple[str, str]:
    """Return our rule and message for a constraint of the standard that a cell breaks."""
    if broken == "type":
        return "type", _type_message(field, cell)
    if broken == "required":
        return "required", "blank, but every row needs a value; fill it in"
    if broken == "enum":
        return "vocabulary", _enum_message(field, cell)
    if broken == "pattern":
        return "pattern", _pattern_message(field, cell)
    if broken == "maxLength":
        most = f"more than the {field.max_length:.15g} that charts have room for"
        return "length", f"{cell[:40]!r}... has {len(cell)} characters, {most}; shorten it"
    if broken == "minimum":
        return "minimum", f"{cell} is less than {field.minimum:.15g}, the least; correct it"
    return "maximum", f"{cell} is more than {field.maximum:.15g}, the most; correct it"


def _type_message(field: Field, cell: str) -> str:
    if cell != cell.strip():
        return f"{cell!r} has spaces around it; remove them"
    if field.type == "integer" and re.fullmatch("[+-]?[0-9]+", cell):
        return f"{cell!r} is not a whole number of at most 18 digits; correct it"
    if field.type == "integer":
        return f"{cell!r} is not a whole number; write digits only, like 12"
    return f"{cell!r} is not a number; write it like 12.5 or 2.5e7"


def _enum_message(field: Field, cell: str) -> str:
    words = [str(one) for one in field.enum]
    hint = did_you_mean(cell, words) or "; use one of these"
    shown = words if len(words) <= 40 else [*words[:40], f"and {len(words) - 40} others"]
    return f"{cell!r} is not one of {', '.join(shown)}{hint}"


def _pattern_message(field: Field, cell: str) -> str:
    if field.pattern and patterns.fits(field.pattern, cell.strip()):
        return f"{cell!r} has spaces around it; remove them"
    return (
        f"{cell!r} does not have the form that is wanted; write {form_words(field.pattern or '')}"
    )
