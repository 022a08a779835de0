"""Reads the one schema of a data folder, its ``datapackage.json``, without reading any table.

The file is a Frictionless Data Package. Seven properties are the project's own, because the
standard has no word for them:

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
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal, NamedTuple, cast

from atopic.errors import EvidenceError
from atopic.paths import NotAFileError, ordinary_file

__all__ = ["DESCRIPTOR", "Column", "Field", "ForeignKey", "Package", "Table", "read_package"]

#: Name that the Data Package standard gives to the file.
DESCRIPTOR = "datapackage.json"

FieldType = Literal["string", "integer", "number"]
FIELD_TYPES: tuple[FieldType, ...] = ("string", "integer", "number")
#: The constraints of the standard that are checked, by type; another one would be passed over.
CONSTRAINTS: Mapping[FieldType, frozenset[str]] = {
    "string": frozenset({"required", "enum", "pattern"}),
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
    list_of : Column or None
        Column in which each of the values parted by ``;`` stands.
    references : tuple of Column
        Columns of which at least one holds the value.
    blank_with : str or None
        Field of the same table that is blank exactly when this one is.
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
    list_of: Column | None = None
    references: tuple[Column, ...] = ()
    blank_with: str | None = None


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
    """

    name: str
    path: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    missing_values: tuple[str, ...] = ("",)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(f.name for f in self.fields)

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


def read_package(folder: str | Path) -> Package:
    """Read the schema of a data folder.

    Parameters
    ----------
    folder : str or path
        Folder with a ``datapackage.json``. The tables themselves are not opened.

    Returns
    -------
    Package

    Raises
    ------
    EvidenceError
        If the folder or the file cannot be read, if something in the file is missing or of the
        wrong type, if a key names a field or table that is not described, or if the path of a
        table leads out of the folder. One line: the file, what is wrong, the mend.

    References
    ----------
    Data Package standard, version 2.0, https://datapackage.org/standard/data-package/

    Examples
    --------
    >>> import json, tempfile
    >>> schema = {"fields": [{"name": "study_id", "type": "string"}], "key": ["study_id"]}
    >>> studies = {"name": "studies", "path": "studies.csv", "schema": schema}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "datapackage.json")
    ...     _ = file.write_text(json.dumps({"title": "Mine", "resources": [studies]}))
    ...     package = read_package(folder)
    >>> package.tables["studies"].columns
    ('study_id',)
    """
    file = Path(folder) / DESCRIPTOR
    root = _Node(_read_json(file), file, "")
    tables: dict[str, Table] = {}
    for resource in root.nodes("resources"):
        table = _table(resource)
        if table.name in tables:
            raise resource.error("two tables have this name", "rename one")
        tables[table.name] = table
    _check_references(tables, root)
    return Package(
        title=root.text("title", ""),
        version=root.text("version", ""),
        description=root.text("description", ""),
        tables=tables,
    )


def _read_json(file: Path) -> object:
    folder = file.parent
    if not folder.exists():
        raise EvidenceError(f"{folder}: no such folder; give a folder that holds {DESCRIPTOR}")
    if not folder.is_dir():
        raise EvidenceError(f"{folder}: a file, not a folder; give the folder that holds it")
    try:
        # A byte-order mark, which some editors write, is not part of the JSON.
        return cast(object, json.loads(ordinary_file(file).read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        raise EvidenceError(
            f"{file}: no such file; a data folder needs one that describes its tables"
        ) from None
    except NotAFileError as error:
        raise EvidenceError(f"{file}: {error.strerror}, not a file; put the schema there") from None
    except OSError as error:
        raise EvidenceError(f"{file}: cannot be read ({error.strerror}); check the file") from None
    except UnicodeDecodeError as error:
        raise EvidenceError(
            f"{file}: not UTF-8 at byte {error.start}; save it with the encoding UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        raise EvidenceError(
            f"{file}:{error.lineno}:{error.colno}: not JSON ({error.msg}); mend this place"
        ) from None
    except RecursionError:
        raise EvidenceError(f"{file}: nested too deeply; a schema has few levels") from None


@dataclass(frozen=True)
class _Node:
    """An object of the file, with the place that an error names."""

    value: object
    file: Path
    place: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, dict):
            raise self.error(f"an object is needed, not {_show(self.value)}", "write {...}")

    def error(self, wrong: str, mend: str) -> EvidenceError:
        place = f"{self.place}: " if self.place else ""
        return EvidenceError(f"{self.file}: {place}{wrong}; {mend}")

    def get(self, key: str) -> Any:
        return cast(dict[str, Any], self.value).get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text, or the default where there is none; without a default it is needed."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self._wrong(key, "a text", value)
        return value

    def optional(self, key: str) -> str | None:
        return self.text(key, "") or None

    def number(self, key: str) -> float | None:
        value = self.get(key)
        if value is not None and not _is_number(value):
            raise self._wrong(key, "a number", value)
        return cast(float | None, value)

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return bool(value)

    def texts(self, key: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """Return a list of texts; the standard lets a single one stand without brackets."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise self._wrong(key, "a list of texts", value)
        return tuple(values)

    def node(self, key: str) -> "_Node":
        return _Node(self.get(key), self.file, f"{self.place} {key}".strip())

    def nodes(self, key: str) -> "Iterator[_Node]":
        """Walk through a list of objects that must not be empty."""
        values = self.get(key)
        if not isinstance(values, list) or not values:
            raise self._wrong(key, "a list of objects", values)
        for number, value in enumerate(values, start=1):
            name = value.get("name") if isinstance(value, dict) else None
            label = name if isinstance(name, str) and name.strip() else number
            yield _Node(value, self.file, f"{self.place} {key.removesuffix('s')} {label}".strip())

    def mapping(self, key: str) -> dict[str, str]:
        value = self.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise self._wrong(key, "an object of texts", value)
        return value

    def _wrong(self, key: str, needed: str, value: object) -> EvidenceError:
        if value is None:
            return self.error(f"no {key!r}", f"add {needed}")
        return self.error(f"{key!r} must be {needed}, not {_show(value)}", "correct it")


def _table(resource: _Node) -> Table:
    name = resource.text("name")
    schema = resource.node("schema")
    fields = tuple(_field(one) for one in schema.nodes("fields"))
    names = [one.name for one in fields]
    for twice in sorted({one for one in names if names.count(one) > 1}):
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
    )


def _path(resource: _Node) -> str:
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
    return path


def _field(node: _Node) -> Field:
    kind = node.text("type")
    if kind not in FIELD_TYPES:
        raise node.error(f"unknown type {kind!r}", f"use one of {', '.join(FIELD_TYPES)}")
    limits = _Node(node.get("constraints") or {}, node.file, node.place)
    list_of = node.optional("listOf")
    return Field(
        name=node.text("name"),
        type=kind,
        description=node.text("description", ""),
        unit=node.optional("unit"),
        required=limits.flag("required"),
        enum=_enum(limits, kind),
        meanings=node.mapping("meanings"),
        pattern=_pattern(limits),
        minimum=limits.number("minimum"),
        maximum=limits.number("maximum"),
        list_of=_column(list_of, node) if list_of else None,
        references=tuple(_column(one, node) for one in node.texts("references")),
        blank_with=node.optional("blankWith"),
    )


def _enum(limits: _Node, kind: str) -> tuple[str | int | float, ...]:
    values = limits.get("enum")
    if values is None:
        return ()
    fits = _is_text if kind == "string" else _is_number
    if not isinstance(values, list) or not values or not all(map(fits, values)):
        needed = "texts" if kind == "string" else "numbers"
        raise limits.error(f"'enum' must be a list of {needed}, not {_show(values)}", "correct it")
    return tuple(values)


def _pattern(limits: _Node) -> str | None:
    pattern = limits.optional("pattern")
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise limits.error(f"'pattern' is no regular expression ({error})", "correct it") from None
    return pattern


def _column(text: str, node: _Node) -> Column:
    table, _, name = text.rpartition(".")
    if not table or not name:
        raise node.error(f"{text!r} names no column", "write table.column")
    return Column(table, name)


def _foreign_key(node: _Node, owner: str) -> ForeignKey:
    reference = node.node("reference")
    key = ForeignKey(
        fields=node.texts("fields", None),
        # The standard writes a reference to the table itself as an empty or absent name.
        table=reference.text("resource", "") or owner,
        columns=reference.texts("fields", None),
        where=node.mapping("where"),
    )
    if len(key.fields) != len(key.columns):
        raise node.error(
            f"{len(key.fields)} fields point at {len(key.columns)}", "name as many on both sides"
        )
    return key


def _check_references(tables: Mapping[str, Table], root: _Node) -> None:
    """Refuse a name of a table or field that the file does not describe."""
    for table in tables.values():
        named = [("key", Column(table.name, one)) for one in table.key]
        for key in table.foreign_keys:
            named += [("foreign key", Column(table.name, one)) for one in key.fields]
            named += [("foreign key", Column(key.table, one)) for one in (*key.columns, *key.where)]
        for one in table.fields:
            named += [(f"field {one.name}", column) for column in one.references]
            if one.list_of:
                named.append((f"field {one.name}", one.list_of))
            if one.blank_with:
                named.append((f"field {one.name}", Column(table.name, one.blank_with)))
        for what, column in named:
            wrong = None
            if column.table not in tables:
                wrong = f"names the table {column.table!r}, which is not described here"
            elif column.name not in tables[column.table].columns:
                wrong = f"names {column.name!r}, which table {column.table} does not have"
            if wrong:
                raise root.error(f"resource {table.name} {what} {wrong}", "correct the name")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _show(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."
