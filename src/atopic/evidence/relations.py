"""What ties rows to each other: keys, references to other tables, and cells blank together.

Some of it the Data Package standard has no word for (see `atopic.evidence.schema`): keys that hold
a blank cell, lists in a cell, values that may stand in one of several tables, and references to
rows of one kind only. Plain foreign keys are a special case, so all are followed here.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from atopic.errors import did_you_mean
from atopic.evidence.csv_rows import Problem, Rows, whole_text
from atopic.evidence.schema import Column, Field, ForeignKey, Package, Table

Values = tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The rows of one table as text.

    Attributes
    ----------
    table : Table
        Its schema.
    rows : Rows
        Its cells.
    whole : bool
        Whether no row was left out. A reference into a table with rows left out proves nothing.
    """

    table: Table
    rows: Rows
    whole: bool = True

    def column(self, name: str) -> list[str] | None:
        """Return the cells of a column, blank ones as ``""``; None if there is no such column."""
        if name not in self.rows.header:
            return None
        place = self.rows.header.index(name)
        missing = self.table.missing_values
        cells = ["" if row[place] in missing else row[place] for row in self.rows.cells]
        whole = any(one.name == name and one.type == "integer" for one in self.table.fields)
        return [whole_text(cell) for cell in cells] if whole else cells

    def tuples(self, names: tuple[str, ...]) -> list[Values] | None:
        """Return the cells of several columns row by row; None if a column is not there."""
        columns = [self.column(name) for name in names]
        present = [column for column in columns if column is not None]
        if len(present) < len(columns):
            return None
        # Of no columns every row has the empty tuple, which zip alone would not give.
        return list(zip(*present, strict=True)) if names else [()] * len(self.rows.cells)

    def problem(
        self, row: int, column: str | None, value: str | None, rule: str, message: str
    ) -> Problem:
        """Return a problem of this table's file."""
        return Problem(self.table.path, row, column, value, rule, message)


def related_problems(package: Package, sheets: Mapping[str, Sheet]) -> Iterator[Problem]:
    """Find broken ties between rows.

    Parameters
    ----------
    package : Package
        Schema of the folder.
    sheets : mapping of str to Sheet
        The tables that could be read. What refers to a table or column that is not there is
        passed over: the missing thing is a problem of its own.

    Yields
    ------
    Problem

    Examples
    --------
    >>> from atopic.evidence.schema import Field, Package, Table
    >>> from atopic.evidence.csv_rows import Rows
    >>> arms = Table("arms", "arms.csv", "Arms", "", (Field("arm_id", "string"),), ("arm_id",))
    >>> sheet = Sheet(arms, Rows(("arm_id",), (("low",), ("low",)), (2, 3)))
    >>> for problem in related_problems(Package("", "", "", {"arms": arms}), {"arms": sheet}):
    ...     print(problem)
    arms.csv:3: arm_id: 'low' is the arm_id of row 2 too; remove one row or tell them apart
    """
    for name in package.tables:
        if name in sheets:
            sheet = sheets[name]
            yield from _keys(sheet)
            yield from _foreign_keys(sheet, sheets)
            for field in sheet.table.fields:
                if field.list_of:
                    yield from _lists(sheet, field, field.list_of, sheets)
                if field.references:
                    yield from _alternatives(sheet, field, sheets, package.tables)
                if field.blank_with:
                    yield from _blanks(sheet, field, field.blank_with)


def _keys(sheet: Sheet) -> Iterator[Problem]:
    key = sheet.table.key
    first: dict[Values, int] = {}
    cells = sheet.tuples(key) if key else None
    for row, values in zip(sheet.rows.numbers, cells or [], strict=cells is not None):
        if values not in first:
            first[values] = row
            continue
        column = key[0] if len(key) == 1 else None
        names = ", ".join(key)
        what = repr(values[0]) if column else f"the same {names}"
        tie = f"is the {names} of row {first[values]} too" if column else f"as row {first[values]}"
        message = f"{what} {tie}; remove one row or tell them apart"
        yield sheet.problem(row, column, ", ".join(values), "duplicate-key", message)


def _foreign_keys(sheet: Sheet, sheets: Mapping[str, Sheet]) -> Iterator[Problem]:
    broken: dict[int, list[set[str]]] = {}
    for key in sorted(sheet.table.foreign_keys, key=lambda one: len(one.fields)):
        target = sheets.get(key.table)
        cells = sheet.tuples(key.fields)
        found = target.tuples(key.columns) if target else None
        kinds = target.tuples(tuple(key.where)) if target else None
        if target is None or not target.whole or None in (cells, found, kinds):
            continue
        fits, known = _targets(key, found or [], kinds or [])
        for row, values in zip(sheet.rows.numbers, cells or [], strict=True):
            # A blank points nowhere; a wrong study makes every longer key with it wrong.
            narrower = broken.setdefault(row, [])
            names = set(key.fields)
            if values in fits or "" in values or any(one < names for one in narrower):
                continue
            narrower.append(names)
            if values in known:
                rule, message = "wrong-kind", _wrong_kind(key, values, target, known[values])
            else:
                rule, message = "dangling-reference", _dangling(key, values, target, known)
            yield sheet.problem(row, key.fields[-1], values[-1], rule, message)


def _targets(
    key: ForeignKey, found: list[Values], kinds: list[Values]
) -> tuple[set[Values], dict[Values, Values]]:
    """Return the values that may be referred to, and all there are with the kind of one row."""
    wanted = tuple(key.where.values())
    pairs = list(zip(found, kinds, strict=True))
    return {values for values, kind in pairs if kind == wanted}, dict(pairs)


def _wrong_kind(key: ForeignKey, values: Values, target: Sheet, kind: Values) -> str:
    is_, needed = (
        " and ".join(f"{name} {value!r}" for name, value in zip(key.where, words, strict=True))
        for words in (kind, key.where.values())
    )
    return f"{values[-1]!r} has {is_} in {target.table.path}, but {needed} is needed; correct it"


def _dangling(key: ForeignKey, values: Values, target: Sheet, known: Iterable[Values]) -> str:
    near = {one[-1] for one in known if one[:-1] == values[:-1] and one[-1]}
    within = " and".join(
        f" {column} {value!r}" for column, value in zip(key.columns, values[:-1], strict=False)
    )
    where = f" with{within}" if within else ""
    return f"{values[-1]!r} is no {key.columns[-1]} of {target.table.path}{where}" + (
        did_you_mean(values[-1], near) or "; correct it or add the row"
    )


def _lists(
    sheet: Sheet, field: Field, of: Column, sheets: Mapping[str, Sheet]
) -> Iterator[Problem]:
    allowed = _stock((of,), sheets)
    if allowed is None:
        return
    for row, cell in zip(sheet.rows.numbers, sheet.column(field.name) or [], strict=False):
        values = cell.split(";")
        for value in dict.fromkeys(values):
            if value and value not in allowed:
                hint = did_you_mean(value, allowed) or "; correct it or add the row"
                message = f"{value!r} is no {of.name} of {sheets[of.table].table.path}{hint}"
                yield sheet.problem(row, field.name, cell, "dangling-reference", message)
            elif value and values.count(value) > 1:
                message = f"{value!r} is named {values.count(value)} times; name it once"
                yield sheet.problem(row, field.name, cell, "named-twice", message)


def _alternatives(
    sheet: Sheet, field: Field, sheets: Mapping[str, Sheet], tables: Container[str]
) -> Iterator[Problem]:
    known = tuple(one for one in field.references if one.table in tables)
    allowed = _stock(known, sheets)
    if not known or allowed is None:
        return
    places = " or ".join(f"{one.name} of {sheets[one.table].table.path}" for one in known)
    for row, cell in zip(sheet.rows.numbers, sheet.column(field.name) or [], strict=False):
        if cell and cell not in allowed:
            hint = did_you_mean(cell, allowed) or "; correct it or add the row"
            message = f"{cell!r} is no {places}{hint}"
            yield sheet.problem(row, field.name, cell, "dangling-reference", message)


def _stock(columns: tuple[Column, ...], sheets: Mapping[str, Sheet]) -> set[str] | None:
    """Return the values of several columns; None if one of them cannot be known."""
    stock: set[str] = set()
    for one in columns:
        sheet = sheets.get(one.table)
        cells = sheet.column(one.name) if sheet else None
        if sheet is None or cells is None or not sheet.whole:
            return None
        stock.update(cells)
    return stock


def _blanks(sheet: Sheet, field: Field, other: str) -> Iterator[Problem]:
    cells, others = sheet.column(field.name), sheet.column(other)
    alone = others is None
    if others is None and sheet.table.field(other).optional:
        others = [""] * len(sheet.rows.numbers)  # what is not there is blank
    if cells is None or others is None:
        return
    # Of two fields that name each other only the blank one is reported.
    mutual = sheet.table.field(other).blank_with == field.name and not alone
    for row, cell, partner in zip(sheet.rows.numbers, cells, others, strict=True):
        if not cell and partner and not field.default:
            message = f"blank, but {other} is {partner!r}; fill both or neither"
            yield sheet.problem(row, field.name, "", "blank-with", message)
        elif cell and not partner and not mutual:
            message = f"{cell!r}, but {other} is blank; fill both or neither"
            yield sheet.problem(row, field.name, cell, "blank-with", message)
