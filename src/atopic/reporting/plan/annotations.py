"""Reads what annotations say of parameters, from the code: nothing is executed."""

import ast
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What values a parameter may have."""

    name: str  # int, float, str, bool, none, any, date, list, dict, union, literal, ...
    items: tuple["Kind", ...] = ()  # of what is in it, or of what it may be
    values: tuple[Any, ...] = ()  # of a literal
    fixed: bool = False  # a tuple of just these items


ANY = Kind("any")

_PLAIN = {
    "int": "int", "float": "float", "str": "str", "bool": "bool", "None": "none",
    "Any": "any", "object": "any", "Final": "any", "date": "date", "datetime": "datetime",
    "time": "time", "Path": "path", "PurePath": "path", "PathLike": "path", "NoneType": "none",
}  # fmt: skip
_MANY = {
    "list": "list", "List": "list", "Sequence": "list", "MutableSequence": "list",
    "Iterable": "list", "Collection": "list", "tuple": "tuple", "Tuple": "tuple", "set": "set",
    "Set": "set", "AbstractSet": "set", "MutableSet": "set", "frozenset": "frozenset",
    "FrozenSet": "frozenset",
}  # fmt: skip
_TABLES = {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"}
#: What stands around a type and changes nothing of what its values are.
_AROUND = {"Final", "Annotated", "ClassVar", "Required", "NotRequired"}


def kind_of_annotation(node: ast.expr) -> Kind | None:
    """Return the kind of an annotation; None if no value of it can be written.

    Names count by their last part: ``datetime.date``, ``dt.date`` and ``date`` are one.
    """
    match node:
        case ast.Constant(value=None):
            return Kind("none")
        case ast.Constant(value=str(text)):
            return kind_of_annotation(ast.parse(text.strip(), mode="eval").body)
        case ast.Name() | ast.Attribute():
            name = _name(node)
            if name in _PLAIN:
                return Kind(_PLAIN[name])
            if name in _MANY:
                return Kind(_MANY[name])
            return Kind("dict") if name in _TABLES else None
        case ast.BinOp(op=ast.BitOr()):
            return _one_of([node.left, node.right])
        case ast.Subscript():
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return _of(_name(node.value), inside)
    return None


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _of(name: str, inside: list[ast.expr]) -> Kind | None:
    """Return the kind of ``name[inside]``."""
    if not inside:
        return None
    if name == "Literal":
        return Kind("literal", values=tuple(ast.literal_eval(one) for one in inside))
    if name == "Optional":
        return _one_of([*inside, ast.Constant(None)])
    if name == "Union":
        return _one_of(inside)
    if name in _AROUND:
        return kind_of_annotation(inside[0])
    if name == "PathLike":
        return Kind("path")
    endless = isinstance(inside[-1], ast.Constant) and inside[-1].value is ...
    kinds = [kind_of_annotation(one) for one in inside[: -1 if endless else None]]
    if any(kind is None for kind in kinds):
        return None
    items = tuple(kind for kind in kinds if kind)
    if name in _TABLES:
        return Kind("dict", items) if len(items) == 2 else None
    if _MANY.get(name) == "tuple":
        return Kind("tuple", items, fixed=not endless)
    return Kind(_MANY[name], items) if name in _MANY and len(items) == 1 else None


def _one_of(nodes: list[ast.expr]) -> Kind | None:
    kinds = [kind_of_annotation(node) for node in nodes]
    if any(kind is None for kind in kinds):
        return None
    flat: list[Kind] = []
    for kind in kinds:
        if kind:
            flat += kind.items if kind.name == "union" else (kind,)
    return flat[0] if len(flat) == 1 else Kind("union", tuple(dict.fromkeys(flat)))
