"""Keeps the column tables of a data folder's README.md in step with its schema.

``atopic check --codebook`` says which tables are out of step; with ``--write`` it rewrites what
stands between these two lines, for every table of ``datapackage.json``, and nothing else::

    <!-- columns: responses -->
    <!-- /columns: responses -->
"""

import re
from pathlib import Path

from atopic.errors import EvidenceError
from atopic.evidence.core import read_package
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.evidence.schema import Field, Package, Table
from atopic.paths import ordinary_file

#: The document that holds the column tables.
CODEBOOK = "README.md"

HEADER = "| column | type | unit | blank | meaning and values |\n|---|---|---|---|---|\n"
MARKER = re.compile(r"^<!-- (?P<end>/?)columns: (?P<table>\S+) -->$", re.MULTILINE)


def column_table(table: Table) -> str:
    """Return the fields of a table as a Markdown table, one line a column, keys in bold.

    Returns
    -------
    str
        Ends with a newline.

    Examples
    --------
    >>> from atopic.evidence.schema import Field
    >>> week = Field("week", "integer", "from the first dose", unit="weeks", minimum=0)
    >>> print(column_table(Table("visits", "visits.csv", "Visits", "", (week,), key=("week",))))
    | column | type | unit | blank | meaning and values |
    |---|---|---|---|---|
    | **`week`** | integer | weeks | may be | from the first dose; at least 0 |
    <BLANKLINE>
    """
    return HEADER + "".join(f"| {' | '.join(_cells(one, table))} |\n" for one in table.fields)


def rewrite(text: str, package: Package) -> tuple[str, list[str]]:
    """Put every column table of a package between its markers.

    Returns
    -------
    text : str
        The codebook in step.
    changed : list of str
        Tables whose columns were out of step.

    Raises
    ------
    EvidenceError
        If a table has no pair of markers or more than one, or a marker names no table.
    """
    markers = list(MARKER.finditer(text))
    _check_markers([(one["table"], one["end"]) for one in markers], package)
    pieces, changed, position = [], [], 0
    for start, end in zip(markers[::2], markers[1::2], strict=True):
        name = start["table"]
        # The blank lines keep Markdown from taking the table for a part of the comment.
        new = f"\n\n{column_table(package.tables[name])}\n"
        if text[start.end() : end.start()] != new:
            changed.append(name)
        pieces += [text[position : start.end()], new]
        position = end.start()
    return "".join(pieces) + text[position:], changed


def out_of_step(folder: Path, *, write: bool = False) -> list[str]:
    """Return the tables whose columns in the codebook of a folder are not those of its schema.

    Parameters
    ----------
    folder : Path
        A data folder.
    write : bool, optional
        Whether to rewrite them.

    Raises
    ------
    EvidenceError
        If the schema or the codebook cannot be used.
    """
    file = folder / CODEBOOK
    package = read_package(folder)
    old = _read(file)
    try:
        new, changed = rewrite(old, package)
    except EvidenceError as error:
        raise EvidenceError(f"{file}: {error}") from None
    if changed and write:
        _write(file, new)
    return changed


def _cells(field: Field, table: Table) -> tuple[str, ...]:
    name = f"`{field.name}`"
    return (
        f"**{name}**" if field.name in table.key else name,
        # A text with a vocabulary is a word: it can be counted and compared.
        {"string": "word" if field.enum else "text"}.get(field.type, field.type),
        _escape(field.unit or ""),
        "never" if field.required else "may be",
        _escape("; ".join(_meaning(field, table))),
    )


def _meaning(field: Field, table: Table) -> list[str]:
    """Return the description and every rule of a field, in words."""
    parts = [field.description] if field.description else []
    if field.enum:
        words = (_word(str(value), field) for value in field.enum)
        parts.append("one of " + ", ".join(words))
    if field.minimum is not None and field.maximum is not None:
        parts.append(f"{field.minimum:.15g} to {field.maximum:.15g}")
    elif field.minimum is not None:
        parts.append(f"at least {field.minimum:.15g}")
    elif field.maximum is not None:
        parts.append(f"at most {field.maximum:.15g}")
    if field.max_length is not None:
        parts.append(f"at most {field.max_length:.15g} characters")
    if field.blank_with:
        parts.append(f"blank exactly when `{field.blank_with}` is")
    places = [
        f"`{key.table}.{column}`"
        + "".join(f" with `{name}` {value}" for name, value in key.where.items())
        for key in table.foreign_keys
        for own, column in zip(key.fields, key.columns, strict=True)
        # Of (study_id, arm_id) only the arm is worth a word: the study has a key of its own.
        if own == field.name and (len(key.fields) == 1 or not _has_own_key(own, table))
    ]
    places += [f"`{'.'.join(column)}`" for column in field.references]
    if places:
        parts.append("stands in " + " or ".join(places))
    if field.list_of:
        parts.append(f"each stands in `{'.'.join(field.list_of)}`")
    return parts


def _has_own_key(name: str, table: Table) -> bool:
    return any(key.fields == (name,) for key in table.foreign_keys)


def _word(value: str, field: Field) -> str:
    meaning = field.meanings.get(value)
    return f"`{value}` ({meaning})" if meaning else f"`{value}`"


def _escape(text: str) -> str:
    # A bar would end the cell, also within code; a line break would end the table.
    return " ".join(text.replace("|", "\\|").split())


def _check_markers(found: list[tuple[str, str]], package: Package) -> None:
    """Refuse all but one opening marker a table, each followed by its own closing one."""
    for name, _ in found:
        if name not in package.tables:
            raise EvidenceError(
                f"marker of table {name!r}, which {DESCRIPTOR} does not describe; "
                "remove both its markers or add the table"
            )
    for name in package.tables:
        at = [i for i, (one, _) in enumerate(found) if one == name]
        if [found[i][1] for i in at] != ["", "/"] or at[1] != at[0] + 1:
            raise EvidenceError(
                f"table {name} needs one pair of markers with nothing but its columns between, "
                f"each on a line of its own: <!-- columns: {name} --> and <!-- /columns: {name} -->"
            )


def _read(file: Path) -> str:
    try:
        return ordinary_file(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvidenceError(
            f"{file}: not UTF-8 at byte {error.start}; save it with the encoding UTF-8"
        ) from None
    except OSError as error:
        raise EvidenceError(
            f"{file}: cannot be read ({error.strerror}); a codebook with markers must stand there"
        ) from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise EvidenceError(
            f"{file}: cannot be written ({error.strerror}); check its permissions"
        ) from None
