"""The tables of the evidence as pages of the site, so that a report can link to a row."""

import csv
from collections.abc import Iterator
from pathlib import Path

from atopic.display.file_names import TABLES_FOLDER
from atopic.evidence.schema import Package, Table, read_package
from atopic.reporting.pages.page_template import render_page

__all__ = ["evidence_files"]


def evidence_files(data: Path, version: str) -> dict[str, str]:
    """Return each table of a checked data folder as it is and as a page, by path in the site."""
    package = read_package(data)
    texts = {name: (data / table.path).read_text("utf-8") for name, table in package.tables.items()}
    cells = {name: list(csv.reader(text.splitlines(keepends=True))) for name, text in texts.items()}
    files = {}
    for name, table in package.tables.items():
        files[f"{TABLES_FOLDER}/{name}.csv"] = texts[name]
        files[f"{TABLES_FOLDER}/{name}.html"] = render_page(
            "table.html.j2",
            table=table,
            rows=_linked(table, cells, package),
            tables=list(package.tables),
            version=version,
        )
    return files


def _linked(
    table: Table, cells: dict[str, list[list[str]]], package: Package
) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return rows by spreadsheet number; each cell with the address it leads to or nothing."""
    header = cells[table.name][0]
    places = {
        key.fields[0]: (key.table, _first_rows(cells[key.table], key.columns[0]))
        for key in table.foreign_keys
        if len(key.fields) == 1 and key.table in package.tables
    }

    def address(column: str, cell: str) -> str:
        if column in places:
            other, numbers = places[column]
            return f"{other}.html#row-{numbers[cell]}" if cell in numbers else ""
        return cell if cell.startswith("https://") and " " not in cell else ""

    return [
        (number, [(cell, address(name, cell)) for name, cell in zip(header, row, strict=True)])
        for number, row in _numbered(cells[table.name])
    ]


def _first_rows(cells: list[list[str]], column: str) -> dict[str, int]:
    """Return the first spreadsheet row that holds each value of a column."""
    place = cells[0].index(column)
    found: dict[str, int] = {}
    for number, row in _numbered(cells):
        found.setdefault(row[place], number)
    return found


def _numbered(cells: list[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows under the header with their spreadsheet numbers; blank lines count."""
    return ((number, row) for number, row in enumerate(cells[1:], start=2) if row)
