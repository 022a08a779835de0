"""Reads a sheet that somebody keeps, CSV or .xlsx, as a header and lines of cells."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from atopic.additions.workbook import Cell, read_workbook
from atopic.errors import ReportError
from atopic.paths import ordinary_file

_WORKBOOKS = (".xlsx", ".xlsm")
_LARGEST = 64 * 2**20


@dataclass(frozen=True)
class Line:
    """A line of a sheet: its number, as a spreadsheet shows it, and its cells."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """A sheet.

    Attributes
    ----------
    name : str
        Its file name.
    header : tuple of str
        Names of columns, without space around them.
    lines : tuple of Line
        Those that hold something, each as long as the header.
    mark : str
        What parts the cells of a CSV file; empty for a workbook.
    notes : tuple of str
        What was taken for granted in reading it.
    """

    name: str
    header: tuple[str, ...]
    lines: tuple[Line, ...]
    mark: str = ""
    notes: tuple[str, ...] = ()


def read_grid(path: Path) -> Grid:
    r"""Read the first sheet of a workbook, or a CSV file parted by commas, semicolons or tabs.

    Raises
    ------
    ReportError
        In one line: the file, the row, and what is wrong with it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     _ = path.write_bytes(b"\xef\xbb\xbfstudy;r;n\r\nLee 2004;9;20\r\n")
    ...     grid = read_grid(path)
    >>> grid.header, grid.lines[0].number, [cell.text for cell in grid.lines[0].cells]
    (('study', 'r', 'n'), 2, ['Lee 2004', '9', '20'])
    """
    if path.suffix.lower() == ".xls":
        raise ReportError(f"{path.name}: the old form of workbooks; save it as .xlsx")
    try:
        size = ordinary_file(path).stat().st_size
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    if size > _LARGEST:
        raise ReportError(f"{path.name}: no sheet is larger than {_LARGEST // 2**20} MB")
    notes: list[str] = []
    mark = ""
    if path.suffix.lower() in _WORKBOOKS:
        rows = [tuple(row) for row in read_workbook(path)]
    else:
        text = _text(path, notes)
        mark = _mark(text)
        rows = _records(path.name, text, mark)
    filled = [
        (number, cells)
        for number, cells in enumerate(rows, start=1)
        if any(cell.text.strip() for cell in cells)
    ]
    if not filled:
        raise ReportError(f"{path.name}: the sheet is empty; a header and rows are needed")
    (first, top), body = filled[0], filled[1:]
    header = [cell.text.strip() for cell in top]
    while header and not header[-1]:
        header.pop()
    _refuse_header(f"{path.name}:{first}", header)
    lines = tuple(Line(number, _filled_up(path.name, number, row, header)) for number, row in body)
    return Grid(path.name, tuple(header), lines, mark, tuple(notes))


def _text(path: Path, notes: list[str]) -> str:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        notes.append("read as UTF-16")
        codec = "utf-16"
    else:
        codec = "utf-8-sig"
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            raise ReportError(
                f"{path.name}: neither UTF-8 nor Windows-1252; save it as CSV UTF-8"
            ) from None
        word = next(word for word in text.split() if not word.isascii())
        shown = word.split(_mark(text))[0] if not word.split(_mark(text))[0].isascii() else word
        notes.append(f"read as Windows-1252, for it is not UTF-8: {shown[:40]!r} is right?")
    if "\0" in text:
        raise ReportError(f"{path.name}: holds a NUL character; save it as CSV UTF-8, or as .xlsx")
    return text


def _mark(text: str) -> str:
    """Return what parts the cells: what the first line holds most of outside quotes."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(line.split('"')[::2])
    return max(",;\t", key=bare.count)


def _records(name: str, text: str, mark: str) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True):
            rows.append(tuple(map(Cell, record)))
    except csv.Error as error:
        raise ReportError(
            f"{name}:{len(rows) + 1}: cannot be parsed from here on ({error}); look for a stray "
            "or missing quote"
        ) from None
    return rows


def _refuse_header(where: str, header: list[str]) -> None:
    for place, name in enumerate(header, start=1):
        if not name:
            raise ReportError(f"{where}: column {place} has no name; name it or remove it")
        if name in header[: place - 1]:
            raise ReportError(f"{where}: {name}: the column appears twice; remove one")


def _filled_up(
    name: str, number: int, row: tuple[Cell, ...], header: list[str]
) -> tuple[Cell, ...]:
    more = [cell.text for cell in row[len(header) :] if cell.text.strip()]
    if more:
        raise ReportError(
            f"{name}:{number}: {more[0]!r} stands behind the last column of the header; quote a "
            "cell that holds a comma, or name the column"
        )
    return row[: len(header)] + (Cell(""),) * (len(header) - len(row))
