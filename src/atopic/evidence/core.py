"""The core schema, ``core.json``: what atopic counts on in every data folder, and what it assumes.

It is a Data Package like that of a folder (`atopic.evidence.schema`). It has the tables and columns
that are read, the words that rules and pages know (a vocabulary without ``open`` is closed), and
what a blank cell, a missing column or a missing table is read as. A folder's own
``datapackage.json`` adds to it: tables, columns, words of open vocabularies, narrower limits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from atopic.errors import did_you_mean
from atopic.evidence.descriptor import DESCRIPTOR, Node, read_json
from atopic.evidence.schema import Field, Package, Table, check_references, described

if TYPE_CHECKING:
    from atopic.evidence.csv_rows import Problem

_FILE = Path(__file__).with_name("core.json")
#: What `atopic.evidence.derivation` adds to a table.
ADDED = {"responses": ("basis", "basis_rule", "candidates", "responders_used", "n_used")}


@lru_cache(maxsize=1)
def core_tables() -> Mapping[str, Table]:
    """Return the tables of the core schema by name; a folder may do without what is optional.

    Examples
    --------
    >>> [name for name, table in core_tables().items() if table.needed]
    ['studies', 'arms', 'responses', 'instruments']
    """
    root = Node(read_json(_FILE), _FILE, "")
    tables = {
        name: replace(table, fields=tuple(map(_left_out, table.fields)))
        for name, table in described(root).tables.items()
    }
    check_references(tables.values(), tables, root)
    return tables


def _left_out(field: Field) -> Field:
    return replace(field, optional=not (field.required or field.needed))


def read_package(folder: str | Path) -> Package:
    """Return the schema of a data folder: its ``datapackage.json`` on top of the core schema.

    Parameters
    ----------
    folder : str or path
        Its tables are not opened.

    Returns
    -------
    Package
        The tables that the file describes, those of the core schema that are needed, and those of
        it whose file is there.

    Raises
    ------
    EvidenceError
        If the folder or the file cannot be read, if something in the file is missing or of the
        wrong type, if a key names a field or table that is not described, if the path of a table
        leads out of the folder, or if its name could not be that of a file. One line: the file,
        what is wrong, the mend.

    References
    ----------
    Data Package standard, version 2.0, https://datapackage.org/standard/data-package/

    Examples
    --------
    >>> import json, tempfile
    >>> schema = {"fields": [{"name": "comment", "type": "string"}]}
    >>> arms = {"name": "arms", "path": "arms.csv", "schema": schema}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "datapackage.json")
    ...     _ = file.write_text(json.dumps({"title": "Mine", "resources": [arms]}))
    ...     package = read_package(folder)
    >>> list(package.tables), package.tables["arms"].columns[:3]
    (['arms', 'studies', 'responses', 'instruments'], ('comment', 'study_id', 'arm_id'))
    """
    place, core = Path(folder), core_tables()
    own, root = _own(place)
    tables = {
        name: _with_core(table, core[name]) if name in core else table
        for name, table in own.tables.items()
    }
    paths = {table.path.casefold() for table in tables.values()}
    others = [
        table for name, table in core.items() if name not in tables and table.path not in paths
    ]
    there = [table for table in others if (place / table.path).exists()]
    if there or any(name in core for name in tables):
        there = [table for table in others if table in there or table.needed]
    tables |= {table.name: table for table in there}
    if root:
        check_references((tables[name] for name in own.tables), {**core, **tables}, root)
    return replace(own, tables=tables)


def _own(folder: Path) -> tuple[Package, Node | None]:
    """Return what the file of a folder describes, nothing where it does without, and its root."""
    file = folder / DESCRIPTOR
    core = core_tables().values()
    missing = not file.exists() and not file.is_symlink()
    if missing and any((folder / table.path).exists() for table in core):
        return Package("", "", "", {}), None
    root = Node(read_json(file), file, "")
    return described(root), root


def _with_core(own: Table, core: Table) -> Table:
    """Return a table with what the core schema says of it and the folder does not."""
    known = {field.name: field for field in core.fields}
    fields = [
        _field_with_core(field, known[field.name]) if field.name in known else field
        for field in own.fields
    ]
    names = {field.name for field in fields}
    ties = {(key.fields, key.table) for key in own.foreign_keys}
    more = [key for key in core.foreign_keys if (key.fields, key.table) not in ties]
    return replace(
        own,
        fields=(*fields, *(field for field in core.fields if field.name not in names)),
        key=own.key or core.key,
        foreign_keys=(*own.foreign_keys, *more),
        needed=core.needed,
    )


def _field_with_core(own: Field, core: Field) -> Field:
    if own.type != core.type:
        return own  # a problem of its own
    required = own.required or core.required
    # A folder that ties a cell to another one itself wants it filled in.
    filled = required or bool(own.blank_with)
    return replace(
        own,
        required=required,
        unit=own.unit or core.unit,
        enum=own.enum or core.enum,
        pattern=own.pattern or core.pattern,
        minimum=core.minimum if own.minimum is None and not own.enum else own.minimum,
        maximum=core.maximum if own.maximum is None and not own.enum else own.maximum,
        max_length=core.max_length if own.max_length is None else own.max_length,
        default=None if filled else own.default or core.default,
        default_from=None if filled else own.default_from or core.default_from,
        list_of=own.list_of or core.list_of,
        references=own.references or core.references,
        blank_with=own.blank_with or core.blank_with,
        open=core.open,
    )


def schema_problems(package: Package) -> "Iterator[Problem]":
    """Find what a schema declares otherwise than atopic reads it.

    Yields
    ------
    Problem
        Of the file of the schema, its column the one that is meant, as ``responses.n``.

    Examples
    --------
    >>> role, key = Field("role", "string", enum=("shams",)), ("study_id", "arm_id")
    >>> arms = Table("arms", "arms.csv", "", "", (role,), key)
    >>> for problem in schema_problems(Package("", "", "", {"arms": arms})):
    ...     print(problem)  # doctest: +ELLIPSIS
    datapackage.json: arms.role: the word 'shams' is not one that atopic knows...
    """
    for table in package.tables.values():
        for rule in table.rules:
            for cell in dict.fromkeys(rule.cells):
                if cell not in table.columns:
                    hint = did_you_mean(cell, table.columns) or "; name one that there is"
                    wrong = f"speaks of {cell!r}, which is no column of {table.name}{hint}"
                    yield _problem(f"{table.name}.rules.{rule.name}", wrong)
    for name, core in core_tables().items():
        if name not in package.tables:
            continue
        table = package.tables[name]
        known = {field.name: field for field in core.fields}
        pointed_at = any(
            key.table == name for other in core_tables().values() for key in other.foreign_keys
        )
        if pointed_at and table.key != core.key and name != "instruments":
            wrong = f"the key is {', '.join(table.key)}, but atopic tells its rows apart by "
            yield _problem(name, f"{wrong}{', '.join(core.key)}; declare that")
        for field in table.fields:
            place = f"{name}.{field.name}"
            if field.name in ADDED.get(name, ()):
                yield _problem(place, "is a column that atopic adds itself; rename it")
            if field.name in known:
                yield from _field_problems(place, field, known[field.name])


def _field_problems(place: str, own: Field, core: Field) -> "Iterator[Problem]":
    if own.type != core.type:
        wrong = f"is declared {own.type}, but atopic reads it as {core.type}; declare that"
        yield _problem(place, wrong)
    if core.enum and not core.open:
        words = [str(one) for one in core.enum]
        for word in map(str, own.enum):
            if word not in words:
                hint = did_you_mean(word, words) or "; use one of these"
                wrong = f"the word {word!r} is not one that atopic knows: {', '.join(words)}{hint}"
                yield _problem(place, wrong)


def _problem(place: str, message: str) -> "Problem":
    # It needs pandas, which a build that has nothing to do need not wait for.
    from atopic.evidence.csv_rows import Problem

    return Problem(DESCRIPTOR, None, place, None, "schema", message)
