"""The tables of the evidence as pages of the site, so that a report can link to a row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup, escape

from atopic.display.file_names import TABLES_FOLDER
from atopic.display.web_addresses import is_web_address
from atopic.errors import EvidenceError
from atopic.evidence.core import read_package
from atopic.evidence.csv_rows import Rows, read_rows
from atopic.evidence.schema import Table
from atopic.reporting.pages.page_template import DOWNLOADS, render_page
from atopic.reporting.pages.table_columns import Layout, lay_out
from atopic.reporting.plan.places import Link, Place


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
    has the reports that rest on a row, by table and spreadsheet number. Nine columns stand beside
    one another at most, so that a sheet of paper has room for them; the others are below each row,
    without those of its cells that are blank.
    """
    package = read_package(data)
    tables = {name: _rows(data, table) for name, table in package.tables.items()}
    files = {}
    for name, described in package.tables.items():
        table = described.of_file(tables[name].header)
        layout = lay_out(table, tables[name])
        used = {number: held for (of, number), held in (uses or {}).items() if of == name}
        files[f"{TABLES_FOLDER}/{name}.csv"] = (data / table.path).read_bytes().decode()
        files[f"{TABLES_FOLDER}/{name}.html"] = render_page(
            "table.html.j2",
            table=table,
            layout=layout,
            rows=list(_shown(tables[name], layout, _addresses(table, tables), used)),
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


class _Cell(NamedTuple):
    text: Markup
    address: str  # where it leads to; blank for nowhere


@dataclass(frozen=True)
class _Row:
    """One row as the page shows it."""

    number: int  # that of the spreadsheet
    choice: int  # which choice of the filter it belongs to, from 1; 0 where there is no filter
    cells: Mapping[str, _Cell]
    below: tuple[str, ...]  # the columns of `Layout.below` that are not blank
    texts: tuple[str, ...]  # those of `Layout.texts`
    used: Sequence[Link]  # the reports that rest on it

    @property
    def has_more(self) -> bool:
        return bool(self.below or self.texts or self.used)


def _shown(
    rows: Rows,
    layout: Layout,
    address: Callable[[str, str], str],
    uses: Mapping[int, Sequence[Link]],
) -> Iterator[_Row]:
    """Yield the rows, whatever the order of the columns of the file is."""
    choices = layout.filter.values if layout.filter else ()
    for number, row in zip(rows.numbers, rows.cells, strict=True):
        held = dict(zip(rows.header, row, strict=True))
        yield _Row(
            number,
            choices.index(held[layout.filter.column]) + 1 if layout.filter else 0,
            {name: _Cell(_exact(cell), address(name, cell)) for name, cell in held.items()},
            tuple(name for name in layout.below if held[name]),
            tuple(name for name in layout.texts if held[name]),
            uses.get(number, ()),
        )


def _addresses(table: Table, tables: dict[str, Rows]) -> Callable[[str, str], str]:
    """Return what gives the address that a cell of a column leads to, or nothing."""
    places = {
        key.fields[0]: (key.table, _first_rows(tables[key.table], key.columns[0]))
        for key in table.foreign_keys
        if len(key.fields) == 1 and key.table in tables
    }

    def address(column: str, cell: str) -> str:
        if column in places:
            other, numbers = places[column]
            return f"{other}.html#row-{numbers[cell]}" if cell in numbers else ""
        return cell if is_web_address(cell) else ""

    return address


def _first_rows(rows: Rows, column: str) -> dict[str, int]:
    """Return the first spreadsheet row that holds each value of a column."""
    place = rows.header.index(column)
    found: dict[str, int] = {}
    for number, row in zip(rows.numbers, rows.cells, strict=True):
        found.setdefault(row[place], number)
    return found


def _exact(cell: str) -> Markup:
    # A browser reads a bare carriage return as a line feed.
    text = escape(cell)
    return text.replace("\r", Markup("&#13;")) if "\r" in cell else text
