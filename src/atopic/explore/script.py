"""Calls that are made and written down at once: what is shown cannot differ from its code."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

_WIDTH = 88


class Name(str):
    """The name of an earlier result, in place of the result."""

    def __repr__(self) -> str:
        return str(self)


class Script:
    """Functions called one after the other, each result under its name.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import placebo_reference
    >>> script = Script(atopic.load(), None)
    >>> script.call("reference", placebo_reference, Name("evidence"), "EASI-50").week
    12
    >>> print(script.code())
    import atopic
    from atopic.questions.response_rates import placebo_reference
    <BLANKLINE>
    evidence = atopic.load()
    reference = placebo_reference(evidence, "EASI-50")
    """

    def __init__(self, evidence: Any, data: str | None) -> None:
        self._results: dict[str, Any] = {"evidence": evidence}
        self._imports: set[tuple[str, str]] = set()
        self._lines = [f"evidence = atopic.load({_written(data) if data else ''})"]

    def call(self, name: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function with values and the names of earlier results, and keep what it returns.

        Without a name it is only called, as the last line of a cell is.
        """
        self._imports.add((_face(function), function.__name__))
        words = [_written(one) for one in arguments]
        words += [f"{key}={_written(value)}" for key, value in options.items()]
        left = f"{name} = " if name else ""
        self._lines.append(_call(f"{left}{function.__name__}", words))
        result = function(
            *map(self._value, arguments), **{key: self._value(one) for key, one in options.items()}
        )
        if name:
            self._results[name] = result
        return result

    def code(self) -> str:
        """Return the calls as a program."""
        modules: dict[str, list[str]] = {}
        for module, function in sorted(self._imports):
            modules.setdefault(module, []).append(function)
        imports = [f"from {one} import {', '.join(names)}" for one, names in modules.items()]
        return "\n".join(["import atopic", *imports, "", *self._lines])

    def _value(self, argument: Any) -> Any:
        return self._results[argument] if isinstance(argument, Name) else argument


def _face(function: Callable[..., Any]) -> str:
    """Return the shortest module that gives a function by its name."""
    module: str = function.__module__
    package = module.rpartition(".")[0]
    offered = getattr(import_module(package), "__all__", ())
    return package if function.__name__ in offered else module


def _written(value: Any) -> str:
    """Return a value as ruff would have it, with double quotes."""
    if isinstance(value, str) and not isinstance(value, Name):
        quoted = repr(value)
        return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in value else quoted
    if isinstance(value, list | tuple):
        inner = ", ".join(map(_written, value))
        return f"[{inner}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_written(k)}: {_written(v)}" for k, v in value.items()) + "}"
    return repr(value)


def _call(head: str, words: list[str]) -> str:
    line = f"{head}({', '.join(words)})"
    if len(line) <= _WIDTH:
        return line
    lines = "".join(f"    {one},\n" for one in words)
    return f"{head}(\n{lines})"
