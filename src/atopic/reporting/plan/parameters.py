"""The parameters of a notebook, read as Python from its tagged cell.

A notebook declares them in the one code cell tagged ``parameters``, best one a line, with a default
and a comment that says what it means::

    weeks: list[int] = [12]  # weeks after the first dose

Nothing is executed to find them: the cell is parsed. What else stands in it, as an import, is no
parameter and does no harm; a parameter whose type says nothing, or is none that can be written in a
manifest, is refused only where it is set.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from atopic.errors import ReportError
from atopic.reporting.plan.notebook_file import read_content
from atopic.reporting.plan.parameter_types import AS_TEXT, IN_TOML, kind_of, like, taken, value_of
from atopic.reporting.plan.plain_python import plain_python
from atopic.reporting.plan.value_code import Source, as_shown

#: The cells of a notebook.
Notebook = list[dict[str, Any]]


@dataclass(frozen=True)
class Parameter:
    """One declared parameter."""

    name: str
    type: str  # as annotated, or as its default says; "Any" if that says nothing
    default: Any  # a `Source` where it is computed, or not given
    help: str  # the comment beside it
    reads: frozenset[str] = frozenset()  # names that its default is computed from


def read_notebook(path: Path) -> Notebook:
    """Read the cells of a notebook, each source as one text, without running anything."""
    return cells_of(read_content(path))


def cells_of(content: Mapping[str, Any]) -> Notebook:
    """Return the cells of what `read_content` read, each source as one text."""
    return [
        {**cell, "source": "".join(cell["source"]), "metadata": cell.get("metadata", {})}
        for cell in content["cells"]
    ]


def declared(notebook: Notebook, name: str, language: str = "python") -> dict[str, Parameter]:
    """Return the parameters that a notebook declares, in order; `name` is its file's, for messages.

    Refused: a second tagged cell, and one that is not Python.
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
    if language != "python":
        return _declared_elsewhere(source)
    source = plain_python(source)
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        words = getattr(error, "msg", None) or "cannot be parsed"
        where = getattr(error, "lineno", None) or 1
        raise ReportError(f"{name}: the parameters cell, line {where}: {words}") from None
    comments = _comments(source)
    known: dict[str, Parameter] = {}
    for statement in statements:
        help_text = comments.get(statement.end_lineno or statement.lineno, "")
        for parameter in (*_parameters(statement), *_within(statement)):
            known[parameter.name] = replace(parameter, help=help_text)
        for name in _changed(statement) & known.keys():
            known[name] = replace(known[name], default=Source("..."))
        if isinstance(statement, ast.Delete):
            for name in {one.id for one in statement.targets if isinstance(one, ast.Name)}:
                known.pop(name, None)
    return known


def check_names(names: Iterable[str], known: Mapping[str, Parameter], where: str) -> None:
    """Refuse names that a notebook does not declare, as `check_values` does."""
    for name in names:
        if name not in known:
            raise ReportError(
                f"{where}: parameter {name!r} is not declared by the notebook; "
                f"it declares: {', '.join(known) or 'none'}"
            )


def check_values(
    values: Mapping[str, object], known: Mapping[str, Parameter], where: str
) -> dict[str, object]:
    """Return values by their declared types; refuse those that a notebook cannot take."""
    check_names(values, known, where)
    found = {}
    for name, value in values.items():
        kind = _writable(known[name], where)
        try:
            found[name] = taken(value, kind)
        except ValueError:
            raise ReportError(
                f"{where}: parameter {name!r} = {as_shown(value)} is not of type {kind}; "
                f"write it like {like(kind, IN_TOML)}"
            ) from None
    return found


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
    kind = _writable(parameter, where)
    try:
        return value_of(text, kind)
    except ValueError:
        raise ReportError(
            f"{where}: parameter {parameter.name!r}: {text!r} is not of type {parameter.type}; "
            f"write it like {like(kind, AS_TEXT)}"
        ) from None


def _writable(parameter: Parameter, where: str) -> str:
    """Return the type of a parameter; refuse one of which no value can be written."""
    if kind_of(parameter.type) is None:
        raise ReportError(
            f"{where}: parameter {parameter.name!r} is of type {parameter.type}, of which no value "
            "can be written in a manifest or on the command line; set it in the notebook"
        )
    return parameter.type


_Branch = ast.ExceptHandler | ast.match_case


def _parameters(statement: ast.stmt) -> Iterator[Parameter]:
    """Yield what a statement of the tagged cell declares."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
            yield _parameter(name, value, ast.unparse(kind))
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _assigned(target, value)
        case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While() | ast.Match():
            for inner in ast.iter_child_nodes(statement):
                inside = inner.body if isinstance(inner, _Branch) else [inner]
                for one in inside:
                    if isinstance(one, ast.stmt):
                        for found in _parameters(one):  # which of several only a run can tell
                            yield replace(found, default=Source("..."))


def _within(statement: ast.stmt) -> Iterator[Parameter]:
    """Yield what ``:=`` gives a name in a statement of the tagged cell."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for one in ast.walk(statement):
            if isinstance(one, ast.NamedExpr):
                yield _parameter(one.target.id, one.value, "")


def _changed(statement: ast.stmt) -> set[str]:
    """Return the names whose values a statement changes: what they were given first is no default.

    Examples
    --------
    >>> lines = "a += 1; b.append(2); c['k'] = d.e.f = 3; print(g); h = i.copy()"
    >>> sorted(set().union(*map(_changed, ast.parse(lines).body)))
    ['a', 'b', 'c', 'd']
    """
    changed: list[ast.expr] = []
    match statement:
        case ast.AugAssign(target=augmented):
            changed = [augmented]
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            changed = [one for one in targets if not isinstance(one, ast.Name)]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))):
            changed = [owner]
    found = set()
    for target in changed:
        root: ast.expr = target
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Name):
            found.add(root.id)
    return found


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[Parameter]:
    """Yield the names of one target, as in ``a, b = 1, 2``, with their defaults."""
    match target:
        case ast.Name(id=name):
            yield _parameter(name, value, "")
        case ast.Starred(value=inner):
            yield from _assigned(inner, ast.Name("..."))
        case ast.Tuple(elts=inner) | ast.List(elts=inner):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            even = len(values) == len(inner) and not any(
                isinstance(one, ast.Starred) for one in (*inner, *values)
            )
            for place, one in enumerate(inner):
                yield from _assigned(one, values[place] if even else ast.Name("..."))


def _parameter(name: str, value: ast.expr | None, kind: str) -> Parameter:
    reads: frozenset[str] = frozenset()
    if value is None:
        default: Any = Source("none given")
    else:
        try:
            default = ast.literal_eval(value)
        except (ValueError, TypeError, RecursionError, MemoryError):
            default = Source(ast.unparse(value))
            names = (one for one in ast.walk(value) if isinstance(one, ast.Name))
            reads = frozenset(one.id for one in names)
    return Parameter(name, kind or _type_of(default, value), default, "", reads)


def _type_of(default: object, value: ast.expr | None) -> str:
    """Return the type that a default says: of a call, as ``date(2026, 1, 31)``, its name."""
    if isinstance(default, Source) or default is None:
        if isinstance(value, ast.JoinedStr):
            return "str"
        name = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
        return name if name and kind_of(name) else "Any"
    kind = type(default).__name__
    if isinstance(default, list | tuple | set) and default:
        kinds = {type(item).__name__ for item in default}
        item = "float" if kinds == {"int", "float"} else kinds.pop() if len(kinds) == 1 else ""
        if item in ("int", "float", "str", "bool"):
            return f"{kind}[{item}{', ...' if kind == 'tuple' else ''}]"
    return kind if kind_of(kind) else "Any"


#: A line of R, Julia, the shell and their like that gives a name a value.
_ASSIGNED = re.compile(
    r"[ \t]*(?:[a-z]+ )?([A-Za-z.][\w.]*)\s*(?:<-|:?=(?![=~]))\s*(.*?)\s*(#.*)?$"
)


def _declared_elsewhere(source: str) -> dict[str, Parameter]:
    """Return the names that a cell of another language assigns to, one a line, without types."""
    found = filter(None, map(_ASSIGNED.match, source.splitlines()))
    return {
        one[1]: Parameter(one[1], "Any", Source(one[2]), (one[3] or "").lstrip("# ").strip())
        for one in found
    }


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }
