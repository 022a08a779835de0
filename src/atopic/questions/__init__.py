"""One folder a notebook: its estimates, its charts, its tables, its words.

A new folder needs no entry anywhere but its floor in ``.importlinter``; `severity_reduction` is a
plain example.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def __getattr__(name: str) -> Any:
    """Import a question when it is first asked for."""
    if name in __dir__():
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [module.name for module in iter_modules(__path__) if module.ispkg]
