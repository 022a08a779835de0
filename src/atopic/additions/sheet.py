"""A study on one sheet: a line each result, whose cells belong to several tables.

``study_id``, ``arm_id`` and ``source_id`` stand once and go into every table; all other columns are
named after their table, as in ``responses.week``. What is said of a study, an arm or a source in
one line need not be said again in the next.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from atopic.additions.grid import read_grid
from atopic.additions.workbook import Cell
from atopic.errors import ReportError, did_you_mean
from atopic.evidence.schema import Package

#: Tables of results, of which a line of the sheet can hold a row each.
RESULTS = ("responses", "scores", "safety")
#: Columns that go into every table that has them.
SHARED = ("study_id", "arm_id", "source_id")
#: The column that tells the rows of the other tables apart.
_KEYS = {"sources": ("source_id",), "studies": ("study_id",), "arms": ("study_id", "arm_id")}
#: In this order each row points only at rows before it.
TABLES = (*_KEYS, *RESULTS)
#: Its digits say how it was rounded.
_DIGITS = "responses.percent_printed"


@dataclass
class Draft:
    """Rows that are to be added.

    Attributes
    ----------
    rows : dict of str to list of dict
        The new rows of each table as texts by column, tables in the order in which they point at
        one another.
    lines : dict of str to list of int
        The line of the sheet that each row begins in; 0 if there is no sheet.
    """

    rows: dict[str, list[dict[str, str]]] = field(
        default_factory=lambda: {name: [] for name in TABLES}
    )
    lines: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def add(self, table: str, row: Mapping[str, str], line: int = 0) -> None:
        """Add a row; cells of a row that is there already, by its key, are filled in.

        Raises
        ------
        ReportError
            If the two say different things.
        """
        known = {name: cell for name, cell in row.items() if cell}
        key = _KEYS.get(table)
        for old in self.rows[table] if key else ():
            if key and all(old.get(one) == known.get(one) for one in key):
                for name, cell in known.items():
                    if old.setdefault(name, cell) != cell:
                        raise ReportError(
                            f"line {line}: {table}.{name}: {cell!r} here, {old[name]!r} before; "
                            "make them one, or leave the second blank"
                        )
                return
        self.rows[table].append(known)
        self.lines[table].append(line)


def columns(package: Package) -> list[str]:
    """Return the columns of a sheet for a data folder.

    >>> from atopic.evidence.core import read_package
    >>> from atopic.paths import bundled
    >>> columns(read_package(bundled("data")))[:4]
    ['study_id', 'arm_id', 'source_id', 'sources.kind']
    """
    named = [
        f"{table}.{column}"
        for table in TABLES
        if table in package.tables
        for column in package.tables[table].columns
        if column not in SHARED
    ]
    return [*SHARED, *named]


def read_sheet(path: Path, package: Package) -> Draft:
    """Read a filled sheet, CSV or .xlsx.

    Raises
    ------
    ReportError
        Names the file, the line, the column and what is wrong.
    """
    grid = read_grid(path)
    known = columns(package)
    for name in grid.header:
        if name not in known:
            hint = did_you_mean(name, known) or "; remove it, or see --template"
            raise ReportError(f"{path.name}:1: {name}: there is no such column{hint}")
    draft = Draft()
    for number, cells in ((one.number, one.cells) for one in grid.lines):
        line = dict(zip(grid.header, cells, strict=True))
        if line.get(_DIGITS, Cell("")).is_number:
            raise ReportError(
                f"{path.name}:{number}: {_DIGITS}: {line[_DIGITS].text!r} was kept as a number, "
                "which loses the digits it was printed with; make the column text and type it again"
            )
        try:
            _take(draft, {name: cell.text.strip() for name, cell in line.items()}, number)
        except ReportError as error:
            raise ReportError(f"{path.name}: {error}") from None
    if not draft.rows["studies"]:
        raise ReportError(f"{path.name}: no line has a study_id; fill it in")
    return draft


def template(package: Package) -> bytes:
    """Return an empty sheet: a workbook whose cells keep what is typed, and what columns mean."""
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        sheet, help_ = book.add_worksheet("study"), book.add_worksheet("columns")
        sheet.freeze_panes(1, 3)
        for place, name in enumerate(columns(package)):
            sheet.set_column(place, place, max(12, len(name) + 2), text)
            sheet.write_string(0, place, name, bold)
        for place, name in enumerate(("column", "needed", "may be", "what it is")):
            help_.write_string(0, place, name, bold)
        for number, name in enumerate(columns(package), start=1):
            table, _, column = name.rpartition(".")
            known = package.tables[table or "responses"].field(column)
            words = ", ".join(map(str, known.enum)) or known.type
            said = [name, "yes" if known.required else "", words, known.description]
            for place, cell in enumerate(said):
                help_.write_string(number, place, cell)
        help_.set_column(0, 3, 34)
    return content.getvalue()


def _take(draft: Draft, line: Mapping[str, str], number: int) -> None:
    shared = {name: line.get(name, "") for name in SHARED}
    of = {
        table: {
            name.partition(".")[2]: cell
            for name, cell in line.items()
            if name.startswith(f"{table}.")
        }
        for table in TABLES
    }
    if any(of["sources"].values()):
        draft.add("sources", of["sources"] | {"source_id": shared["source_id"]}, number)
    if shared["study_id"]:
        own = {"study_id": shared["study_id"]}
        first = not any(row["study_id"] == shared["study_id"] for row in draft.rows["studies"])
        if first:  # the main source is that of the first line
            own["source_id"] = shared["source_id"]
        draft.add("studies", of["studies"] | own, number)
    if shared["arm_id"]:
        key = (shared["study_id"], shared["arm_id"])
        first = key not in [(one["study_id"], one["arm_id"]) for one in draft.rows["arms"]]
        source = {"source_id": shared["source_id"]} if first else {}
        own = {"study_id": shared["study_id"], "arm_id": shared["arm_id"]}
        draft.add("arms", of["arms"] | own | source, number)
    for table in RESULTS:
        if any(of[table].values()):
            draft.add(table, of[table] | shared, number)


def as_csv(draft: Draft, package: Package) -> str:
    """Return a draft as a sheet, so that answers are not lost: a line each row of a result."""
    names = columns(package)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    writer.writeheader()
    for table in TABLES:
        for row in draft.rows[table]:
            shared = {name: row.get(name, "") for name in SHARED}
            own = {f"{table}.{name}": cell for name, cell in row.items() if name not in SHARED}
            writer.writerow(shared | own)
    return stream.getvalue()
