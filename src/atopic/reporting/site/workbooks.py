"""Each table of the evidence as a workbook, for readers who open a CSV file in Excel anyway.

Excel guesses what a cell of a CSV file is: it takes 2-3 for a day, drops the zero of 31.80, and
runs a text that begins with an equals sign. In a workbook each cell says what it is.
"""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

from atopic.display.file_names import TABLES_FOLDER
from atopic.evidence.core import read_package
from atopic.evidence.csv_rows import Rows, read_rows
from atopic.evidence.schema import Field, Table

#: No day of a build is in a workbook.
_LONG_AGO = datetime(2000, 1, 1)
#: As wide as a column gets, in characters.
_WIDEST = 60
#: As long as a text gets in Excel.
_LONGEST = 32_767


def workbooks(data: Path) -> dict[str, bytes]:
    """Return the tables of a checked data folder as workbooks, by their path in the site."""
    files = {}
    for name, table in read_package(data).tables.items():
        rows, _ = read_rows(data / table.path, table.path)
        if rows is not None:
            files[f"{TABLES_FOLDER}/{name}.xlsx"] = workbook(table.of_file(rows.header), rows)
    return files


def workbook(table: Table, rows: Rows) -> bytes:
    """Return a table as an Excel workbook, the same bytes for the same rows.

    A number is a number, shown with the digits it has in the table; every other cell is text. The
    second sheet says what the columns mean.

    Parameters
    ----------
    table : Table
        Its fields decide what a cell is.
    rows : Rows
        The cells as they stand in the file, from `atopic.evidence.csv_rows.read_rows`.

    Examples
    --------
    >>> from atopic.evidence.csv_rows import read_rows
    >>> from atopic.evidence.core import read_package
    >>> from atopic.paths import bundled
    >>> table = read_package(bundled("data")).tables["responses"]
    >>> rows, _ = read_rows(bundled("data") / table.path, table.path)
    >>> workbook(table, rows)[:2]
    b'PK'
    """
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": table.title or table.name, "created": _LONG_AGO})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    formats: dict[str, Any] = {}
    fields = {field.name: field for field in table.fields}

    sheet = book.add_worksheet("table")
    sheet.freeze_panes(1, 1)
    for place, name in enumerate(rows.header):
        sheet.write_string(0, place, name, head)
        longest = max([len(name), *(len(row[place]) for row in rows.cells)])
        sheet.set_column(place, place, min(longest, _WIDEST) + 2)
    for number, row in enumerate(rows.cells, start=1):
        for place, (name, cell) in enumerate(zip(rows.header, row, strict=True)):
            if cell == "":
                continue
            shown = _shown(fields.get(name), cell)
            if len(cell) > _LONGEST:
                sheet.write_string(number, place, "too long for a cell: see the CSV", text)
            elif shown is None:
                sheet.write_string(number, place, cell, text)
            else:
                if shown not in formats:
                    formats[shown] = book.add_format({"num_format": shown})
                sheet.write_number(number, place, float(cell), formats[shown])
    sheet.autofilter(0, 0, max(len(rows.cells), 1), len(rows.header) - 1)

    meanings = book.add_worksheet("columns")
    meanings.freeze_panes(1, 1)
    for place, (name, width) in enumerate(_MEANINGS.items()):
        meanings.write_string(0, place, name, head)
        meanings.set_column(place, place, width)
    for number, field in enumerate(table.fields, start=1):
        words = ", ".join(map(str, field.enum))
        said = (field.name, field.description, field.unit or "", field.type, words)
        for place, cell in enumerate(said):
            meanings.write_string(number, place, cell[:_LONGEST], wrapped)
    book.close()
    return buffer.getvalue()


#: The columns of the second sheet, with their widths in characters.
_MEANINGS = {"column": 24, "meaning": 90, "unit": 16, "type": 10, "one of": 40}


def _shown(field: Field | None, cell: str) -> str | None:
    """Return how Excel shows a number with the digits it has; None for what stays text.

    A number of more digits than Excel keeps stays text, and so does one written another way.
    """
    if field is None or field.type == "string":
        return None
    whole, _, rest = cell.partition(".")
    digits = whole.removeprefix("-") + rest
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        return None
    return f"0.{'0' * len(rest)}" if rest else "0"
