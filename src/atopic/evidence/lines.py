"""The rows of a data folder as rules read them, each with the rows that it points at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from atopic.evidence.csv_rows import Problem, Severity
from atopic.evidence.own_rules import TIES
from atopic.evidence.schema import Package
from atopic.review import time_word

Row = dict[str, Any]


@dataclass(frozen=True)
class Folder:
    """The tables that could be read.

    Attributes
    ----------
    package : Package
        Schema of the folder.
    tables : mapping of str to list of dict
        As `atopic.evidence.plausibility.plain_rows` gives them.
    unsure : frozenset of (str, int, str)
        Cells (table, row, column) that are broken: no rule uses them, nor calls them blank.
    """

    package: Package
    tables: Mapping[str, list[Row]]
    unsure: frozenset[tuple[str, int, str]] = frozenset()

    def rows(self, table: str, *columns: str) -> list[Row]:
        """Return the rows of a table; none if the table or a column is missing."""
        rows = self.tables.get(table, [])
        return rows if rows and set(columns) <= rows[0].keys() else []

    def blank(self, table: str, row: Row, column: str) -> bool:
        """Say whether a cell is blank, and not only broken."""
        return row[column] is None and (table, row["row"], column) not in self.unsure

    def is_unsure(self, table: str, rows: set[int], column: str) -> bool:
        """Say whether the cell of a column is broken in one of these rows."""
        return any((table, row, column) in self.unsure for row in rows)

    def problem(
        self,
        table: str,
        row: Row,
        column: str,
        rule: str,
        message: str,
        severity: Severity = "error",
    ) -> Problem:
        """Return a problem of a cell."""
        value = row.get(column)
        text = None if value is None else _plain(value)
        file = self.package.tables[table].path
        return Problem(file, row["row"], column, text, rule, message, severity=severity)

    def tied(self, tie: str, row: Row) -> tuple[str, Row]:
        """Return the table and the row that a row points at; KeyError if there is none."""
        table, own, _ = TIES[tie]
        return table, self._tied[tie][tuple(row[name] for name in own)]

    @cached_property
    def _tied(self) -> dict[str, dict[tuple[Any, ...], Row]]:
        found: dict[str, dict[tuple[Any, ...], Row]] = {}
        for tie, (table, _, columns) in TIES.items():
            rows: dict[tuple[Any, ...], Row] = {}
            found[tie] = rows
            for row in self.rows(table, *columns):
                key = tuple(row[name] for name in columns)
                # Of the rows of an instrument one with its range says most.
                if None not in key and (key not in rows or rows[key].get("range_max") is None):
                    rows[key] = row
        return found


class Line:
    """One row and what it points at: ``line["n"]``, ``line["studies/design"]``.

    KeyError for a column or row that is not there, and for a broken cell. Messages take
    ``{times}`` for what the review counts time in.
    """

    def __init__(self, folder: Folder, table: str, row: Row) -> None:
        self._folder, self._table, self._row = folder, table, row

    def __getitem__(self, name: str) -> Any:
        """Return a cell; None if it is blank."""
        if name == "times":
            return time_word(2)
        tie, _, column = name.rpartition("/")
        table, row = self._folder.tied(tie, self._row) if tie else (self._table, self._row)
        value = row[column]
        if value is None and (table, row["row"], column) in self._folder.unsure:
            raise KeyError(name)
        return value


def listed(line: Line, column: str) -> list[str]:
    """Return what a cell lists, parted by ``;``."""
    return (line[column] or "").split(";")


#: What comes of a cell that is missing or broken, blank, or no number where one is compared.
_NOT_THERE = (KeyError, TypeError, AttributeError, ValueError)


@dataclass(frozen=True)
class Rule:
    """What cannot, or hardly, stand in one row.

    Attributes
    ----------
    name : str
        Kebab-case.
    tables, column : str
        Tables parted by spaces, and the column that is named.
    applies : callable
        Says of a `Line` whether it breaks the rule. A cell that is missing, or blank where a
        number is compared, breaks none.
    message : str
        With the cells to fill in.
    """

    name: str
    tables: str
    column: str
    applies: Callable[[Line], bool]
    message: str


def broken(
    folder: Folder, rules: Iterable[Rule], severity: Severity = "error"
) -> Iterator[Problem]:
    """Find the rows that break a rule.

    Parameters
    ----------
    folder : Folder
    rules : iterable of Rule
    severity : {"error", "warning"}, optional

    Yields
    ------
    Problem
    """
    for rule in rules:
        for table in rule.tables.split():
            for row, line in _lines(folder, table, rule.column, rule.applies):
                try:
                    words = rule.message.format_map(line)
                except _NOT_THERE:
                    continue  # half of what it speaks of is broken, which is told itself
                yield folder.problem(table, row, rule.column, rule.name, words, severity)


def broken_own(folder: Folder, severity: Severity = "error") -> Iterator[Problem]:
    """Find the rows that break a rule of the folder's own, of one severity."""
    for name, table in folder.package.tables.items():
        for own in table.rules:
            if own.severity != severity:
                continue
            for row, line in _lines(folder, name, own.column, own.applies):
                words = own.message.format_map(_Told(line))
                yield folder.problem(name, row, own.column, own.name, words, severity)


def _lines(
    folder: Folder, table: str, column: str, applies: Callable[[Line], bool]
) -> Iterator[tuple[Row, Line]]:
    """Yield the rows to which a rule applies."""
    for row in folder.rows(table, column):
        line = Line(folder, table, row)
        try:
            if applies(line):
                yield row, line
        except _NOT_THERE:
            continue


class _Told(dict[str, str]):
    """The cells of a row as a message tells them, whatever it asks for."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __missing__(self, name: str) -> str:
        try:
            value = self._line[name]
        except KeyError:
            return "unknown"
        return "blank" if value is None else _plain(value)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
