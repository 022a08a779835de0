"""Reads the first sheet of a workbook as the texts that were typed, with the libraries of Python.

A number that a spreadsheet keeps as a number has lost the digits it was printed with (35.0 is kept
as 35), so what was typed as text and what became a number are told apart.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from atopic.errors import ReportError

_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LARGEST = 64 * 2**20


class Cell(NamedTuple):
    """What a cell holds, and whether the spreadsheet keeps it as a number."""

    text: str
    is_number: bool = False


def read_workbook(path: Path) -> list[list[Cell]]:
    """Return the rows of the first sheet of an .xlsx file, blank rows as empty lists.

    Raises
    ------
    ReportError
        If the file is no such workbook.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            shared = [
                "".join(one.text or "" for one in item.iter(f"{_SPACE}t"))
                for item in _elements(archive, "xl/sharedStrings.xml", "si")
            ]
            return list(_rows(archive, shared))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, IndexError, ValueError):
        raise ReportError(
            f"{path}: cannot be read as a workbook; save it as .xlsx, or as CSV in UTF-8"
        ) from None


def _rows(archive: zipfile.ZipFile, shared: list[str]) -> Iterator[list[Cell]]:
    number = 0
    for row in _elements(archive, "xl/worksheets/sheet1.xml", "row"):
        while number + 1 < int(row.get("r", number + 1)):
            number += 1
            yield []
        number += 1
        cells: list[Cell] = []
        for place, cell in enumerate(row.iter(f"{_SPACE}c")):
            where = _column(cell.get("r", "")) if cell.get("r") else place
            cells += [Cell("")] * (where - len(cells))
            cells.append(_cell(cell, shared))
        yield cells


def _cell(cell: ElementTree.Element, shared: list[str]) -> Cell:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return Cell("".join(one.text or "" for one in cell.iter(f"{_SPACE}t")))
    value = cell.findtext(f"{_SPACE}v") or ""
    if kind == "s":
        return Cell(shared[int(value)])
    if kind != "n" or not value:
        return Cell(value)
    return Cell(f"{float(value):.15g}", is_number=True)


def _column(reference: str) -> int:
    """Return the place of a column from 0 on.

    >>> _column("A1"), _column("AB7")
    (0, 27)
    """
    place = 0
    for letter in re.match("[A-Z]+", reference)[0]:  # type: ignore[index]
        place = 26 * place + ord(letter) - 64
    return place - 1


def _elements(archive: zipfile.ZipFile, name: str, tag: str) -> Iterator[ElementTree.Element]:
    """Return the elements of a part; none of the shared texts, which a workbook may lack."""
    if name not in archive.namelist() and "shared" in name:
        return
    if archive.getinfo(name).file_size > _LARGEST:
        raise ValueError(name)
    content = archive.read(name)
    if b"<!DOCTYPE" in content[:2000]:
        raise ValueError(name)
    for _, element in ElementTree.iterparse(io.BytesIO(content)):
        if element.tag == f"{_SPACE}{tag}":
            yield element
