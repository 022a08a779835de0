"""CSV files as rows and as typed frames, with a message that names the row for whatever is wrong.

Row numbers are those of a spreadsheet: the header is row 1, and a cell that holds a line break
does not add a row.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from atopic.schema import Field, Table

__all__ = ["Problem", "Rows", "read_rows", "records", "typed_frame"]

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a data folder.

    Attributes
    ----------
    file : str
        File name inside the data folder.
    row : int or None
        Spreadsheet row; None where the file as a whole is meant.
    column : str or None
        Column name; None where the row or the file as a whole is meant.
    value : str or None
        The cell as it stands.
    rule : str
        Kebab-case name of the rule that was broken.
    message : str
        What was found, what was expected, and the mend.
    known : str or None
        The id of the declared contradiction in contradictions.csv that explains it.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    message: str
    known: str | None = None

    def __str__(self) -> str:
        """Return the one line that is printed for it."""
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        return ": ".join(part for part in (place, self.column, self.message) if part)


@dataclass(frozen=True)
class Rows:
    """The cells of one CSV file as text: a header, and the rows with their spreadsheet numbers."""

    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


def read_rows(path: Path) -> tuple[Rows | None, list[Problem]]:
    """Read a CSV file, collecting everything that is wrong with it as a file.

    A byte order mark, either line ending, quoted line breaks, blank lines and any UTF-8 text
    are accepted.

    Parameters
    ----------
    path : Path
        A comma-separated UTF-8 file with one header line.

    Returns
    -------
    rows : Rows or None
        None if nothing could be read. Ragged rows are reported and left out.
    problems : list of Problem
        Empty if the file is sound.
    """
    file = path.name

    def refuse(rule: str, message: str, row: int | None = None) -> tuple[None, list[Problem]]:
        return None, [Problem(file, row, None, None, rule, message)]

    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return refuse("missing-file", "the file is missing; datapackage.json names it")
    except IsADirectoryError:
        return refuse("not-a-file", "this is a folder; expected a CSV file")
    except OSError as error:
        return refuse("unreadable", f"cannot be read: {error.strerror}")
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        return refuse("empty-file", "the file is empty; expected a header line and rows")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return refuse("encoding", "the file is UTF-16; save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        byte = f"0x{raw[error.start]:02x}"
        return refuse("encoding", f"byte {byte} is not UTF-8; save the file as UTF-8", line)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return refuse("encoding", "holds a NUL character; save the file as UTF-8 text", line)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return refuse("quoting", f"cannot be parsed as CSV ({error}); look for an unclosed quote")

    # A line of nothing is not a row; a spreadsheet still counts it.
    numbered = [(number, cells) for number, cells in enumerate(records, start=1) if any(cells)]
    (header_number, header), body = numbered[0], numbered[1:]
    problems: list[Problem] = []
    if len(header) == 1 and ";" in header[0]:
        return refuse("delimiter", "cells are parted by semicolons; use commas", header_number)
    seen: set[str] = set()
    for name in header:
        if not name.strip():
            problem = "a column has no name; name it or remove it"
            problems.append(Problem(file, header_number, None, name, "blank-column", problem))
        elif name in seen:
            problem = "the column appears twice; remove one"
            problems.append(Problem(file, header_number, name, name, "duplicate-column", problem))
        seen.add(name)
    if problems:
        return None, problems
    cells: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, record in body:
        if len(record) != len(header):
            found, wanted = len(record), len(header)
            hint = "quote a cell that holds a comma" if found > wanted else "add the missing commas"
            message = f"{found} cells where the header has {wanted}; {hint}"
            problems.append(Problem(file, number, None, None, "ragged-row", message))
        else:
            cells.append(tuple(record))
            numbers.append(number)
    return Rows(tuple(header), tuple(cells), tuple(numbers)), problems


def typed_frame(table: Table, rows: Rows) -> tuple[pd.DataFrame, bool]:
    """Turn the rows of a table into a frame typed by its schema.

    Parameters
    ----------
    table : Table
        Schema of the table.
    rows : Rows
        What `read_rows` gave.

    Returns
    -------
    frame : DataFrame
        Indexed by spreadsheet row (index name ``row``), with the columns of the schema in its
        order. Integers are ``Int64``, numbers ``float64``, words with a vocabulary
        ``category``, everything else ``str``. A blank cell is missing, never zero; so is a cell
        that its column cannot hold, and a column that the file does not have.
    fits : bool
        Whether every cell and column fitted the schema.
    """
    index = pd.Index(rows.numbers, name="row", dtype="int64")
    text = pd.DataFrame(list(rows.cells), index=index, columns=list(rows.header), dtype="str")
    text = text.mask(text == "")
    names = [field.name for field in table.fields]
    fits = sorted(names) == sorted(rows.header)
    columns: dict[str, pd.Series] = {}
    for field in table.fields:
        cells = text[field.name] if field.name in text else pd.Series(None, index, dtype="str")
        columns[field.name] = _typed(field, cells)
        fits = fits and bool(columns[field.name].notna().equals(cells.notna()))
    return pd.DataFrame(columns, index=index), fits


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Iterate over the rows of a frame as named tuples, whose columns no type checker knows."""
    yield from frame.itertuples()


def _typed(field: Field, cells: pd.Series) -> pd.Series:
    if field.type == "integer":
        return pd.to_numeric(cells.where(cells.str.fullmatch(r"[+-]?[0-9]+"))).astype("Int64")
    if field.type == "number":
        return pd.to_numeric(cells.where(cells.str.fullmatch(_NUMBER))).astype("float64")
    if field.enum:
        words = cells.where(cells.isin(field.enum))
        return words.astype(pd.CategoricalDtype(list(field.enum)))
    return cells
