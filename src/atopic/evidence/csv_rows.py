"""CSV files as rows and as typed frames, with a message that names the row for whatever is wrong.

Row numbers are those of a spreadsheet: the header is row 1, and a cell that holds a line break
does not add a row. How a user is told what is wrong with a cell: `atopic.evidence.checks`.
"""

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from atopic.evidence import patterns
from atopic.evidence.schema import Field, Table
from atopic.paths import NotAFileError, ordinary_file

#: What a cell holds.
Value = str | int | float | None
#: What a cell can break: its type or a constraint of the standard (`schema.CONSTRAINTS`).
Constraint = Literal["type", "required", "enum", "pattern", "maxLength", "minimum", "maximum"]
#: What a problem comes to: an error fails the check, a warning is only told.
Severity = Literal["error", "warning"]
#: The cells of each column from the first row to the last.
Columns = dict[str, list[Value]]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
#: At most 18 digits, which a 64-bit integer holds.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
#: At most as many zeros as any program writes.
_ZEROS = re.compile(r"(?<=[0-9])\.0{1,18}\Z")


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
        What declares it: the id of a row of contradictions.csv, or the row of
        accepted_warnings.csv.
    severity : {"error", "warning"}
        Whether it is impossible and fails the check, or only implausible.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    message: str
    known: str | None = None
    severity: Severity = "error"

    @property
    def fails(self) -> bool:
        """Whether the check fails for it."""
        return self.severity == "error" and not self.known

    def __str__(self) -> str:
        """Return the one line that is printed for it."""
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        # A header can hold anything, also a line break.
        odd = self.column and not self.column.isprintable()
        column = repr(self.column) if odd else self.column
        return ": ".join(part for part in (place, column, self.message) if part)


@dataclass(frozen=True)
class Rows:
    """The cells of one CSV file as text, with the spreadsheet numbers of the rows.

    Attributes
    ----------
    header : tuple of str
        Column names.
    cells : tuple of tuple of str
        One tuple a row, as long as the header.
    numbers : tuple of int
        Spreadsheet row of each of `cells`.
    header_number : int
        Spreadsheet row of the header; more than 1 only if blank lines stand before it.
    """

    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    header_number: int = 1


def read_rows(path: Path, file: str | None = None) -> tuple[Rows | None, list[Problem]]:
    r"""Read a CSV file, collecting everything that is wrong with it as a file.

    A byte order mark, either line ending, quoted line breaks, blank lines and any UTF-8 text
    are accepted.

    Parameters
    ----------
    path : Path
        A comma-separated UTF-8 file with one header line.
    file : str, optional
        Name of the file in problems; without it, the last part of the path.

    Returns
    -------
    rows : Rows or None
        None if nothing could be read. Ragged rows are reported and left out.
    problems : list of Problem
        Empty if the file is sound.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "arms.csv")
    ...     _ = path.write_text("arm_id,label\nhigh,5e7 cells\nlow\n")
    ...     rows, problems = read_rows(path)
    >>> rows.numbers, str(problems[0])
    ((2,), 'arms.csv:3: 1 cell where the header has 2; add the missing commas')
    """
    name = file or path.name
    text, refused = _text(path)
    if refused:
        rule, message, place = refused
        return None, [Problem(name, place, None, None, rule, message)]
    records, refused = _records(text)
    if refused:
        rule, message, place = refused
        return None, [Problem(name, place, None, None, rule, message)]
    # A line of nothing is not a row; a spreadsheet still counts it.
    numbered = [
        (number, cells)
        for number, cells in enumerate(records, start=1)
        if any(cell.strip() for cell in cells)
    ]
    if not numbered:
        message = "the file is empty; expected a header line and rows"
        return None, [Problem(name, None, None, None, "empty-file", message)]
    (header_number, header), body = numbered[0], numbered[1:]
    problems = _header_problems(name, header_number, header)
    if problems:
        return None, problems
    cells: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, record in body:
        if len(record) == len(header):
            cells.append(tuple(record))
            numbers.append(number)
            continue
        found, wanted = len(record), len(header)
        hint = "quote a cell that holds a comma" if found > wanted else "add the missing commas"
        message = f"{found} cell{'s' * (found > 1)} where the header has {wanted}; {hint}"
        problems.append(Problem(name, number, None, None, "ragged-row", message))
    return Rows(tuple(header), tuple(cells), tuple(numbers), header_number), problems


def typed_columns(table: Table, rows: Rows) -> tuple[Columns, bool]:
    """Turn the cells of a table into values of the types of its schema.

    Returns
    -------
    columns : dict of str to list
        The columns of the schema in its order. A blank cell, also of a column that the file does
        not have, is the default of its column. None stands for one without a default, and for one
        that its column cannot hold.
    fits : bool
        Whether every column is there that must be, none too many, and every cell has the type,
        vocabulary, form and limits of the schema. `atopic.evidence.checks.check` says what does
        not.

    Examples
    --------
    >>> arms = Table("arms", "arms.csv", "Arms", "", (Field("n", "integer", minimum=1),))
    >>> typed_columns(arms, Rows(("n",), (("12",), ("",)), (2, 3)))
    ({'n': [12, None]}, True)
    >>> typed_columns(arms, Rows(("n",), (("0",), ("few",)), (2, 3)))
    ({'n': [0, None]}, False)
    """
    cells = dict(zip(rows.header, zip(*rows.cells, strict=True), strict=False))
    needed = {field.name for field in table.fields if not field.optional}
    fits = needed <= set(rows.header) <= set(table.columns)
    columns: Columns = {}
    for field in table.fields:
        texts = cells.get(field.name, ("",) * len(rows.numbers))
        read = [read_cell(field, "" if one in table.missing_values else one) for one in texts]
        columns[field.name] = [value for value, _ in read]
        fits = fits and not any(broken for _, broken in read)
    _fill(table, columns)
    return columns, fits


def _fill(table: Table, columns: Columns) -> None:
    """Put what a blank cell is read as in its place."""
    for field in table.fields:
        if field.default is None and field.default_from is None:
            continue
        values = columns[field.name]
        partners = columns[field.blank_with] if field.blank_with else [True] * len(values)
        other = columns[field.default_from] if field.default_from else [field.default] * len(values)
        columns[field.name] = [
            fallback if value is None and partner is not None else value
            for value, partner, fallback in zip(values, partners, other, strict=True)
        ]


def read_cell(field: Field, text: str) -> tuple[Value, Constraint | None]:
    """Return what a cell holds, and the first constraint of its field that it breaks, if any.

    None is held by a blank cell and by one that its column cannot hold. Constraints come in the
    order of the Table Schema standard; those that it does not give to a type are passed over.
    """
    if not text:
        return None, "required" if field.required else None
    if field.type == "string":
        known = not field.enum or text in field.enum
        if field.pattern and not patterns.fits(field.pattern, text):
            return text if known else None, "pattern"
        if field.max_length is not None and len(text) > field.max_length:
            return text if known else None, "maxLength"
        return (text, None) if known else (None, "enum")
    value = parse_number(text, whole=field.type == "integer")
    if value is None:
        return None, "type"
    if field.minimum is not None and value < field.minimum:
        return value, "minimum"
    if field.maximum is not None and value > field.maximum:
        return value, "maximum"
    return value, "enum" if field.enum and value not in field.enum else None


def parse_number(text: str, *, whole: bool) -> int | float | None:
    """Return the number that a cell holds.

    Parameters
    ----------
    text : str
        The cell.
    whole : bool
        Whether only an integer will do.

    Returns
    -------
    int, float or None
        None for anything but plain ASCII digits with a point and an exponent, such as ``2.5e7``,
        and for a number too large to hold exactly as an integer or at all as a float. A whole
        number may be written as Excel and pandas write it, ``433.0``.

    Examples
    --------
    >>> parse_number("12", whole=True), parse_number("2.5e7", whole=False)
    (12, 25000000.0)
    >>> parse_number("433.0", whole=True), parse_number("12.5", whole=True)
    (433, None)
    """
    if whole:
        return int(whole_text(text)) if _INTEGER.fullmatch(whole_text(text)) else None
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def whole_text(text: str) -> str:
    """Return a whole number without the zeros that a spreadsheet gives it."""
    return _ZEROS.sub("", text)


#: Rule, message and spreadsheet row of what keeps a file from being read.
_Refusal = tuple[str, str, int | None]


def _text(path: Path) -> tuple[str, _Refusal | None]:
    try:
        raw = ordinary_file(path).read_bytes()
    except NotAFileError as error:
        return "", ("not-a-file", f"this is {error.strerror}; expected a CSV file", None)
    except FileNotFoundError:
        message = "the file is missing; restore it, or remove it where datapackage.json names it"
        return "", ("missing-file", message, None)
    except OSError as error:
        why = error.strerror or error
        return "", ("unreadable", f"cannot be read ({why}); check the file and its name", None)
    if raw.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        message = "the file is a workbook or an archive; save its table as CSV, in UTF-8"
        return "", ("encoding", message, None)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", ("encoding", "the file is UTF-16; save it as UTF-8", None)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The position counts from after a byte order mark.
        good = error.object[: error.start].decode()
        byte = f"byte 0x{error.object[error.start]:02x}"
        message = f"{byte} after {good[-10:]!r} is not UTF-8; save the file as UTF-8"
        return "", ("encoding", message, _row_after(good))
    if "\0" in text:
        message = "holds a NUL character; save the file as UTF-8 text"
        return "", ("encoding", message, _row_after(text[: text.index("\0")]))
    return text, None


def _row_after(text: str) -> int:
    """Return the spreadsheet row of what follows a sound beginning of a file."""
    try:
        return sum(1 for _ in csv.reader(io.StringIO(text + "x", newline="")))
    except csv.Error:
        return text.count("\n") + 1


def _records(text: str) -> tuple[list[list[str]], _Refusal | None]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True):
            records.append(record)
    except csv.Error as error:
        why = "a quote is never closed" if "end of data" in str(error) else str(error)
        message = f"cannot be parsed from here on ({why}); look for a stray or missing quote"
        return [], ("quoting", message, len(records) + 1)
    return records, None


def _header_problems(file: str, number: int, header: list[str]) -> list[Problem]:
    if len(header) == 1:
        for mark, word in ((";", "semicolons"), ("\t", "tabs")):
            if mark in header[0]:
                message = f"cells are parted by {word}; save the file with commas"
                return [Problem(file, number, None, None, "delimiter", message)]
    problems: list[Problem] = []
    for place, name in enumerate(header, start=1):
        if not name.strip():
            message = f"column {place} has no name; name it or remove it"
            problems.append(Problem(file, number, None, name, "blank-column", message))
        elif name in header[: place - 1]:
            message = "the column appears twice; remove one"
            problems.append(Problem(file, number, name, name, "duplicate-column", message))
    return problems
