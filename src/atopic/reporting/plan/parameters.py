"""The parameters of a notebook, read as Python from its tagged cell.

A notebook declares them in the one code cell tagged ``parameters``, one a line, with a default
and a comment that says what it means::

    weeks: list[int] = [12]  # weeks after the first dose

Nothing is executed to find them: the cell is parsed.
"""

import ast
import io
import json
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atopic.errors import ReportError
from atopic.reporting.plan.parameter_types import AS_TEXT, IN_TOML, SCALARS, fits, like, value_of

__all__ = [
    "Notebook",
    "Parameter",
    "check_names",
    "check_values",
    "declared",
    "from_text",
    "read_notebook",
]

#: The cells of a notebook.
Notebook = list[dict[str, Any]]


@dataclass(frozen=True)
class Parameter:
    """One declared parameter."""

    name: str
    type: str  # int, float, str, bool, list[...] of one of them, or one of these with | None
    default: Any
    help: str  # the comment beside it


def read_notebook(path: Path) -> Notebook:
    """Read the cells of a notebook, each source as one text, without running anything."""
    # With json alone: importing nbformat takes longer than all else that planning a build does.
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] != 4:
            raise ReportError(f"{path}: notebook format {content['nbformat']}; save it as format 4")
        return [
            {**cell, "source": "".join(cell["source"]), "metadata": cell.get("metadata", {})}
            for cell in content["cells"]
        ]
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such notebook") from None
    except IsADirectoryError:
        raise ReportError(f"{path}: this is a folder, not a notebook") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ReportError(f"{path}: not a notebook that can be read ({reason})") from None


def declared(notebook: Notebook, name: str) -> dict[str, Parameter]:
    """Return the parameters that a notebook declares, in order; `name` is its file's, for messages.

    Refused: a second tagged cell, and a line of it that is anything but a name with a literal
    default of a known type.
    """
    cells = [
        cell
        for cell in notebook
        if cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", [])
    ]
    if not cells:
        return {}
    if len(cells) > 1:
        raise ReportError(f"{name}: {len(cells)} cells are tagged 'parameters'; keep one")
    source = cells[0]["source"]
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ReportError(
            f"{name}: the parameters cell, line {error.lineno}: {error.msg}"
        ) from None
    comments = _comments(source)
    known: dict[str, Parameter] = {}
    for statement in statements:
        parameter = _parameter(statement, comments, name)
        if parameter.name in known:
            raise ReportError(f"{name}: the parameters cell declares {parameter.name!r} twice")
        known[parameter.name] = parameter
    return known


def check_names(names: Iterable[str], known: Mapping[str, Parameter], where: str) -> None:
    """Refuse names that a notebook does not declare, as `check_values` does."""
    for name in names:
        if name not in known:
            raise ReportError(
                f"{where}: parameter {name!r} is not declared by the notebook; "
                f"it declares: {', '.join(known) or 'none'}"
            )


def check_values(values: Mapping[str, object], known: Mapping[str, Parameter], where: str) -> None:
    """Refuse values that a notebook does not declare or cannot take; say what it would."""
    check_names(values, known, where)
    for name, value in values.items():
        if not fits(value, known[name].type):
            raise ReportError(
                f"{where}: parameter {name!r} = {value!r} is not of type {known[name].type}; "
                f"write it like {like(known[name].type, IN_TOML)}"
            )


def from_text(parameter: Parameter, text: str, where: str = "command line") -> object:
    """Return the value that a text on the command line stands for, by the declared type.

    A list is written as ``12,16`` or ``[12, 16]``, an item with a comma in quotation marks;
    nothing, or ``[]``, is an empty list. ``none`` is None where the type allows it.

    Examples
    --------
    >>> from_text(Parameter("weeks", "list[int]", [12], ""), "12,16")
    [12, 16]
    >>> from_text(Parameter("study", "str", "", ""), "007")
    '007'
    """
    try:
        return value_of(text, parameter.type)
    except ValueError:
        raise ReportError(
            f"{where}: parameter {parameter.name!r}: {text!r} is not of type {parameter.type}; "
            f"write it like {like(parameter.type, AS_TEXT)}"
        ) from None


def _parameter(statement: ast.stmt, comments: Mapping[int, str], notebook: str) -> Parameter:
    where = f"{notebook}: the parameters cell, line {statement.lineno}"
    target: ast.expr
    value: ast.expr | None
    if isinstance(statement, ast.AnnAssign):
        target, value, kind = statement.target, statement.value, ast.unparse(statement.annotation)
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value, kind = statement.targets[0], statement.value, ""
    else:
        raise ReportError(f"{where}: only lines like 'name: type = default  # meaning' may stand")
    if not isinstance(target, ast.Name) or value is None:
        raise ReportError(f"{where}: give the parameter a plain name and a default")
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise ReportError(f"{where}: the default of {target.id!r} must be a literal") from None
    kind = kind or _type_of(default)
    plain = kind.removesuffix(" | None")
    if plain.removeprefix("list[").removesuffix("]") not in SCALARS:
        raise ReportError(
            f"{where}: type {kind!r} of {target.id!r} is not one of int, float, str, bool, "
            f"list[...] of one of them, or one of these with '| None'"
        )
    if not fits(default, kind):
        raise ReportError(f"{where}: the default of {target.id!r} is not of type {kind}")
    help_text = comments.get(statement.end_lineno or statement.lineno, "")
    return Parameter(target.id, kind, default, help_text)


def _type_of(default: object) -> str:
    if isinstance(default, list) and default:
        return f"list[{type(default[0]).__name__}]"
    return type(default).__name__


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }
