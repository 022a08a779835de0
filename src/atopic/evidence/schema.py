"""Reads a schema, such as the ``datapackage.json`` of a data folder, without reading any table.

What a folder does not describe is that of the core schema: `atopic.evidence.core`. The file is a
Frictionless Data Package. Some properties are the project's own, because the standard has no word
for them:

``unit`` of a field
    Unit of its values, for example ``weeks``.
``meanings`` of a field
    What the words of its vocabulary mean, where the word does not say it.
``listOf`` of a field
    A cell holds several values parted by ``;``, each of which stands in the named ``table.column``.
``references`` of a field
    Each value stands in at least one of the named ``table.column``.
``blankWith`` of a field
    A cell is blank exactly when the named field of its row is blank.
``key`` of a schema
    Fields that together tell rows apart. The standard's ``primaryKey`` forbids blank cells, and
    some keys hold a blank week; two blanks are equal here.
``where`` of a foreign key
    Values that the row pointed at must have, for example ``{"kind": "responder"}``.
``default`` and ``defaultFrom`` of a field
    What a blank cell is read as: this text, or the cell of the named field of its row.
``open`` of a field
    Its cells are words of a vocabulary, but any word may stand in it.
``needed`` of a table
    No data folder does without it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal, NamedTuple

from atopic.errors import EvidenceError
from atopic.evidence.descriptor import DESCRIPTOR, Node, is_number, is_text, show
from atopic.evidence.own_rules import OwnRule, read_rules
from atopic.evidence.patterns import PatternError, understood

#: Names that `atopic.Evidence` has for itself, so that none of its tables can be reached by them.
TAKEN = frozenset({"absent", "joined", "of_study", "package", "path", "table"})
#: How a table may be called, since its name is that of files of the site, on any system.
TABLE_NAME = re.compile(
    r"(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))[a-z0-9_-]+(?:\.[a-z0-9_-]+)*"
)
#: What atopic calls the spreadsheet row, so that no column can have this name.
ROW = "row"

FieldType = Literal["string", "integer", "number"]
FIELD_TYPES: tuple[FieldType, ...] = ("string", "integer", "number")
#: The constraints of the standard that are checked, by type; another one would be passed over.
CONSTRAINTS: Mapping[FieldType, frozenset[str]] = {
    "string": frozenset({"required", "enum", "pattern", "maxLength"}),
    "integer": frozenset({"required", "enum", "minimum", "maximum"}),
    "number": frozenset({"required", "enum", "minimum", "maximum"}),
}


class Column(NamedTuple):
    """A column of a table of the package."""

    table: str
    name: str


@dataclass(frozen=True)
class Field:
    """One column: what its cells mean and which values they may hold.

    Attributes
    ----------
    name, description : str
    type : {"string", "integer", "number"}
    unit : str or None
        Unit of the values, for example ``"weeks"``.
    required : bool
        Whether a blank cell is an error.
    enum : tuple of str, int or float
        The vocabulary; empty where any value of the type may stand.
    meanings : mapping of str to str
        Meanings of words of the vocabulary that do not speak for themselves.
    pattern : str or None
        Regular expression that a whole cell matches.
    minimum, maximum : float or None
        Smallest and largest value, both allowed.
    max_length : float or None
        Most characters of a cell: names that charts draw must fit them.
    list_of : Column or None
        Column in which each of the values parted by ``;`` stands.
    references : tuple of Column
        Columns of which at least one holds the value.
    blank_with : str or None
        Field of the same table that is blank exactly when this one is.
    title : str
        What readers call it, where its name misleads them; empty otherwise.
    default : str or None
        What a blank cell is read as; beside a `blank_with` that is blank it stays blank.
    default_from : str or None
        Field of the same table whose cell a blank one is read as.
    open : bool
        Whether a cell is a word that need not be in the vocabulary, if there is one.
    optional : bool
        Whether the file may do without the column; its cells are then blank.
    needed : bool
        Whether the column must be there though its cells may be blank.
    """

    name: str
    type: FieldType
    description: str = ""
    unit: str | None = None
    required: bool = False
    enum: tuple[str | int | float, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: float | None = None
    list_of: Column | None = None
    references: tuple[Column, ...] = ()
    blank_with: str | None = None
    title: str = ""
    default: str | None = None
    default_from: str | None = None
    open: bool = False
    optional: bool = False
    needed: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """Fields of a table whose values stand together in a row of another table.

    Attributes
    ----------
    fields : tuple of str
        Fields of the table that points.
    table : str
        Table pointed at; its own name for a reference to itself.
    columns : tuple of str
        Fields of `table`, in the order of `fields`; they need not be unique there.
    where : mapping of str to str
        Values that the row of `table` must also have.
    """

    fields: tuple[str, ...]
    table: str
    columns: tuple[str, ...]
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """One table: its file, its fields in the order of the columns, and its keys.

    Attributes
    ----------
    name, title, description : str
    path : str
        File, relative to the folder, with forward slashes.
    fields : tuple of Field
    key : tuple of str
        Fields that together tell rows apart; empty where nothing does. A blank is a value here.
    foreign_keys : tuple of ForeignKey
    missing_values : tuple of str
        Texts of a cell that mean blank.
    rules : tuple of OwnRule
        What the folder says cannot stand in one row.
    needed : bool
        Whether no data folder does without it.
    """

    name: str
    path: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    missing_values: tuple[str, ...] = ("",)
    rules: tuple[OwnRule, ...] = ()
    needed: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(f.name for f in self.fields)

    def of_file(self, header: Iterable[str]) -> "Table":
        """Return the table with only the fields that its file has."""
        names = set(header)
        return replace(
            self,
            fields=tuple(one for one in self.fields if one.name in names),
            key=tuple(one for one in self.key if one in names),
        )

    def field(self, name: str) -> Field:
        """Return the field of that name; raise EvidenceError naming those that exist."""
        for one in self.fields:
            if one.name == name:
                return one
        raise EvidenceError(f"{self.path}: no column {name!r}; it has {', '.join(self.columns)}")


@dataclass(frozen=True)
class Package:
    """The tables of a data folder.

    Attributes
    ----------
    title, version, description : str
    tables : mapping of str to Table
        By name, in the order of the file.
    """

    title: str
    version: str
    description: str
    tables: Mapping[str, Table]


def described(root: Node) -> Package:
    """Return the tables that a file describes; whom they refer to is not looked at yet."""
    tables: dict[str, Table] = {}
    files = {DESCRIPTOR: DESCRIPTOR}
    for resource in root.nodes("resources"):
        table = _table(resource)
        if table.name in tables:
            raise resource.error("two tables have this name", "rename one")
        # On some systems names that differ in their capitals are one file.
        if taken := files.get(table.path.casefold()):
            raise resource.error(f"path {table.path!r} is {taken!r} too", "give it its own file")
        files[table.path.casefold()] = table.path
        tables[table.name] = table
    return Package(
        title=root.text("title", ""),
        version=root.text("version", ""),
        description=root.text("description", ""),
        tables=tables,
    )


def _table(resource: Node) -> Table:
    name = resource.text("name")
    if not TABLE_NAME.fullmatch(name) or len(name) > 80:
        rule = "lower-case letters, digits, - and _, at most 80 of them"
        raise resource.error(
            f"the name {name!r} cannot be that of a file of the site", f"use {rule}"
        )
    if name in TAKEN:
        raise resource.error(f"{name!r} is a name that atopic needs itself", "rename the table")
    schema = resource.node("schema")
    fields = tuple(_field(one) for one in schema.nodes("fields"))
    if twice := _twice(one.name for one in fields):
        raise resource.error(f"two fields are called {twice!r}", "rename one")
    keys = schema.nodes("foreignKeys") if schema.get("foreignKeys") else ()
    return Table(
        name=name,
        path=_path(resource),
        title=resource.text("title", name),
        description=resource.text("description", ""),
        fields=fields,
        key=schema.texts("key", schema.texts("primaryKey")),
        foreign_keys=tuple(_foreign_key(one, name) for one in keys),
        missing_values=schema.texts("missingValues", ("",)),
        rules=read_rules(schema),
        needed=resource.flag("needed"),
    )


def _path(resource: Node) -> str:
    path = resource.text("path")
    # Windows paths are refused everywhere: a folder must mean the same on every system.
    windows = PureWindowsPath(path)
    if (
        "://" in path
        or "\\" in path
        or windows.drive
        or PurePosixPath(path).is_absolute()
        or ".." in PurePosixPath(path).parts
    ):
        raise resource.error(
            f"path {path!r} leads out of the folder", "name a file inside it, relative to it"
        )
    parts = path.split("/")
    plain = all(part.strip() == part and part not in ("", ".") for part in parts)
    if not (plain and path.isprintable() and all(len(part.encode()) <= 255 for part in parts)):
        raise resource.error(f"path {path!r} is no plain name of a file", "write it like arms.csv")
    return path


def _twice(names: Iterable[str]) -> str | None:
    """Return a name that comes more than once."""
    return next((name for name, times in Counter(names).items() if times > 1), None)


def _field(node: Node) -> Field:
    kind = node.text("type")
    if kind not in FIELD_TYPES:
        raise node.error(f"unknown type {kind!r}", f"use one of {', '.join(FIELD_TYPES)}")
    limits = Node(node.get("constraints") or {}, node.file, node.place)
    list_of = node.optional("listOf")
    name, minimum, maximum = node.text("name"), limits.number("minimum"), limits.number("maximum")
    if name == ROW:
        raise node.error(f"{ROW!r} is what atopic calls the row of the file", "rename the field")
    if minimum is not None and maximum is not None and minimum > maximum:
        raise limits.error(f"no number is at least {minimum} and at most {maximum}", "correct them")
    return Field(
        name=name,
        type=kind,
        description=node.text("description", ""),
        unit=node.optional("unit"),
        required=limits.flag("required"),
        enum=_enum(limits, kind),
        meanings=node.mapping("meanings"),
        pattern=_pattern(limits),
        minimum=minimum,
        maximum=maximum,
        max_length=limits.number("maxLength"),
        list_of=_column(list_of, node) if list_of else None,
        references=tuple(_column(one, node) for one in node.texts("references")),
        blank_with=node.optional("blankWith"),
        title=node.text("title", ""),
        default=node.optional("default"),
        default_from=node.optional("defaultFrom"),
        open=node.flag("open"),
        needed=node.flag("needed"),
    )


def _enum(limits: Node, kind: str) -> tuple[str | int | float, ...]:
    values = limits.get("enum")
    if values is None:
        return ()
    fits = is_text if kind == "string" else is_number
    if not isinstance(values, list) or not values or not all(map(fits, values)):
        needed = "texts" if kind == "string" else "numbers"
        raise limits.error(f"'enum' must be a list of {needed}, not {show(values)}", "correct it")
    if len(set(values)) < len(values):
        raise limits.error(f"'enum' has {show(_twice(map(str, values)))} twice", "remove one")
    return tuple(values)


def _pattern(limits: Node) -> str | None:
    pattern = limits.optional("pattern")
    try:
        understood(pattern or "")
    except PatternError as error:
        raise limits.error(f"'pattern' {error}: {show(pattern)}", "correct it") from None
    return pattern


def _column(text: str, node: Node) -> Column:
    table, _, name = text.rpartition(".")
    if not table or not name:
        raise node.error(f"{text!r} names no column", "write table.column")
    return Column(table, name)


def _foreign_key(node: Node, owner: str) -> ForeignKey:
    reference = node.node("reference")
    key = ForeignKey(
        fields=node.texts("fields", None),
        # The standard writes a reference to the table itself as an empty or absent name.
        table=reference.text("resource", "") or owner,
        columns=reference.texts("fields", None),
        where=node.mapping("where"),
    )
    if len(key.fields) != len(key.columns) or not key.fields:
        raise node.error(
            f"{len(key.fields)} fields point at {len(key.columns)}", "name as many on both sides"
        )
    if twice := _twice(key.fields) or _twice(key.columns):
        raise node.error(f"names {twice!r} twice", "name each field once")
    return key


def check_references(tables: Iterable[Table], known: Mapping[str, Table], root: Node) -> None:
    """Refuse a name of a table or field in `tables` that is not `known`; the error is of `root`."""
    for table in tables:
        named = [("key", Column(table.name, one)) for one in table.key]
        for key in table.foreign_keys:
            named += [("foreign key", Column(table.name, one)) for one in key.fields]
            named += [("foreign key", Column(key.table, one)) for one in (*key.columns, *key.where)]
        for one in table.fields:
            named += [(f"field {one.name}", column) for column in one.references]
            if one.list_of:
                named.append((f"field {one.name}", one.list_of))
            own = [name for name in (one.blank_with, one.default_from) if name]
            named += [(f"field {one.name}", Column(table.name, name)) for name in own]
        for what, column in named:
            wrong = None
            if column.table not in known:
                wrong = f"names the table {column.table!r}, which is not described here"
            elif column.name not in known[column.table].columns:
                wrong = f"names {column.name!r}, which table {column.table} does not have"
            if wrong:
                raise root.error(f"resource {table.name} {what} {wrong}", "correct the name")
        for key in table.foreign_keys:
            for name, other in zip(key.fields, key.columns, strict=True):
                here, there = table.field(name).type, known[key.table].field(other).type
                if here != there:
                    wrong = f"{name!r} is {here}, but {key.table}.{other} is {there}"
                    raise root.error(f"resource {table.name} foreign key: {wrong}", "declare one")
