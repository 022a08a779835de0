"""Public faces that load a module when one of its names is first asked for (PEP 562)."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, names: Mapping[str, str], modules: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package whose names are in its modules.

    Parameters
    ----------
    package : str
        ``__name__`` of the face.
    names : mapping of str to str
        Module of the package, and the names that the face offers from it, with blanks between.
    modules : str
        Modules that the face offers whole.
    """
    places = {name: module for module, listed in names.items() for name in listed.split()}
    whole = modules.split()

    def find(name: str) -> Any:
        if name in whole:
            return import_module(f"{package}.{name}")
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{places[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return find, lambda: sorted({*places, *whole})
