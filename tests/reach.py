"""What the notebooks reach: which functions of atopic a report runs, read from the code."""

import ast
import functools
import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.conftest import REPOSITORY

SOURCE = REPOSITORY / "src"

#: A name of a module; the empty name is the module itself, with all that runs when it is loaded.
Place = tuple[str, str]


def reached() -> set[Place]:
    """Follow names from the cells of the notebooks through all modules of atopic."""
    found: set[Place] = set()
    waiting = [place for path in notebooks() for place in _names(_cells(path))]
    while waiting:
        place = waiting.pop()
        if place not in found and place[0].startswith("atopic"):
            found.add(place)
            waiting += [(place[0], ""), *_uses(place[0]).get(place[1], ())]
    return found


def notebooks() -> list[Path]:
    return sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


def place_of(thing: Any) -> Place:
    return thing.__module__, thing.__qualname__.split(".")[0]


def _cells(path: Path) -> ast.Module:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return ast.parse("\n".join(code))


@functools.cache
def _uses(module: str) -> dict[str, list[Place]]:
    """Return for each top-level name of a module what it uses; under "" what loading it runs."""
    path = inspect.getsourcefile(importlib.import_module(module))
    tree = ast.parse(Path(path or "").read_text(encoding="utf-8"))
    imported = _imports(tree)
    own = {name for statement in tree.body for name in _defined(statement)}
    uses: dict[str, list[Place]] = {"": []}
    for statement in tree.body:
        if isinstance(statement, ast.If | ast.Import | ast.ImportFrom):
            continue
        used = list(_names(statement, imported, module, own))
        for name in _defined(statement):
            uses[name] = used
        # A decorator may put a function into a table, from which it is called.
        if not _defined(statement) or getattr(statement, "decorator_list", []):
            uses[""] += used
    return uses


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _imports(tree: ast.AST) -> dict[str, Any]:
    """Return what the imported names of atopic stand for."""
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.split(".")[0] == "atopic":
                    whole = importlib.import_module(name.name)
                    root = importlib.import_module("atopic")
                    found[name.asname or "atopic"] = whole if name.asname else root
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("atopic"):
            for name in node.names:
                found[name.asname or name.name] = _import(str(node.module), name.name)
    return found


def _import(module: str, name: str) -> Any:
    found = getattr(importlib.import_module(module), name, None)
    if isinstance(found, ModuleType) or inspect.isfunction(found) or inspect.isclass(found):
        return found
    try:
        return importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return (module, name)


def _names(
    tree: ast.AST,
    imported: dict[str, Any] | None = None,
    module: str = "",
    own: set[str] = frozenset(),
) -> Iterator[Place]:
    """Yield the places of all names of atopic that a piece of code uses."""
    known = _imports(tree) if imported is None else imported
    for node in ast.walk(tree):
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            continue
        if node.id in own:
            yield module, node.id
        if node.id in known:
            yield _follow(known[node.id], parts)


def _follow(thing: Any, parts: list[str]) -> Place:
    while isinstance(thing, ModuleType) and parts:
        name = parts.pop(0)
        thing = _import(thing.__name__, name)
    if isinstance(thing, tuple):
        return thing
    return (thing.__name__, "") if isinstance(thing, ModuleType) else place_of(thing)
