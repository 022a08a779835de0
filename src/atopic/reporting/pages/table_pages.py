"""The tables of the evidence as pages of the site, so that a report can link to a row."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from atopic.display.file_names import TABLES_FOLDER
from atopic.display.web_addresses import is_web_address
from atopic.errors import EvidenceError
from atopic.evidence.csv_rows import Rows, read_rows
from atopic.evidence.schema import Package, Table, read_package
from atopic.reporting.pages.page_template import DOWNLOADS, render_page
from atopic.reporting.plan.places import Link, Place

__all__ = ["evidence_files"]


def evidence_files(
    data: Path,
    version: str,
    *,
    place: Place | None = None,
    uses: Mapping[tuple[str, int], Sequence[Link]] | None = None,
    data_as_of: str = "",
) -> dict[str, str]:
    """Return each table of a checked data folder as it is and as a page, by path in the site.

    The cells are those that ``atopic check`` and `atopic.load` read: `read_rows` gives them. `uses`
    has the reports that rest on a row, by table and spreadsheet number.
    """
    package = read_package(data)
    tables = {name: _rows(data, table) for name, table in package.tables.items()}
    files = {}
    for name, table in package.tables.items():
        files[f"{TABLES_FOLDER}/{name}.csv"] = (data / table.path).read_bytes().decode()
        files[f"{TABLES_FOLDER}/{name}.html"] = render_page(
            "table.html.j2",
            table=table,
            rows=_linked(table, tables, package),
            uses={number: used for (of, number), used in (uses or {}).items() if of == table.name},
            tables=list(package.tables),
            version=version,
            place=place or Place(),
            root="../",
            here=f"{TABLES_FOLDER}/{name}.html",
            data_as_of=data_as_of,
            downloads=DOWNLOADS,
        )
    return files


def _rows(data: Path, table: Table) -> Rows:
    rows, problems = read_rows(data / table.path, table.path)
    if rows is None or problems:
        raise EvidenceError(f"{data}: {problems[0]}")
    return rows


def _linked(
    table: Table, tables: dict[str, Rows], package: Package
) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return rows by spreadsheet number, each cell with the address it leads to or nothing.

    The cells come in the order of the headings, that of the schema, whatever the file's is.
    """
    rows = tables[table.name]
    places = {
        key.fields[0]: (key.table, _first_rows(tables[key.table], key.columns[0]))
        for key in table.foreign_keys
        if len(key.fields) == 1 and key.table in package.tables
    }

    def address(column: str, cell: str) -> str:
        if column in places:
            other, numbers = places[column]
            return f"{other}.html#row-{numbers[cell]}" if cell in numbers else ""
        return cell if is_web_address(cell) else ""

    order = [(name, rows.header.index(name)) for name in table.columns]
    return [
        (number, [(_exact(row[at]), address(name, row[at])) for name, at in order])
        for number, row in zip(rows.numbers, rows.cells, strict=True)
    ]


def _first_rows(rows: Rows, column: str) -> dict[str, int]:
    """Return the first spreadsheet row that holds each value of a column."""
    place = rows.header.index(column)
    found: dict[str, int] = {}
    for number, row in zip(rows.numbers, rows.cells, strict=True):
        found.setdefault(row[place], number)
    return found


def _exact(cell: str) -> Markup:
    # A browser reads a bare carriage return as a line feed.
    return escape(cell).replace("\r", Markup("&#13;"))
