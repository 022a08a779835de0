"""Values of parameters as Python code: in a notebook, on its page, and in build.json."""

from datetime import date, time
from pathlib import PurePath
from typing import Any

#: Python writes no number of more than 4,300 digits as one.
_MOST_BITS = 4096


class Source(str):
    """Code that stands where a value would: it is not executed before the notebook is."""

    __slots__ = ()


def as_shown(value: object) -> str:
    """Return a value as people write it; the same for equal values.

    Examples
    --------
    >>> as_shown({"b", "a"}), as_shown(Source("2 * m")), as_shown((1,))
    ("{'a', 'b'}", '2 * m', '(1,)')
    """
    return _written(value, "datetime.", "Path")


def as_code(value: object) -> Source:
    """Return a value as code that needs no import and changes no name of the notebook.

    Examples
    --------
    >>> as_code(date(2026, 1, 31))
    '__import__("datetime").date(2026, 1, 31)'
    """
    return Source(_written(value, '__import__("datetime").', '__import__("pathlib").Path'))


def injected(value: object, language: str) -> object:
    """Return a value as papermill is to write it into a notebook of a language."""
    if _is_json(value):
        return value
    return as_code(value) if language == "python" else as_json(value)


def as_json(value: Any) -> Any:
    """Return a value as JSON can hold it: what it cannot, as text."""
    if isinstance(value, dict):
        return {name if isinstance(name, str) else as_shown(name): as_json(item)
                for name, item in value.items()}  # fmt: skip
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, set | frozenset):
        return [as_json(item) for item in sorted(value, key=as_shown)]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, float) and not _is_json(value):
        return as_shown(value)
    return value if _is_json(value) else as_shown(value)


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_json(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return abs(value) < float("inf")
    if isinstance(value, int):
        return value.bit_length() <= _MOST_BITS
    return value is None or isinstance(value, str)


def _written(value: object, times: str, path: str) -> str:
    def inside(items: Any) -> str:
        return ", ".join(_written(item, times, path) for item in items)

    match value:
        case Source():
            return str(value)
        case PurePath():
            return f"{path}({str(value)!r})"
        case date() | time():
            return repr(value).replace("datetime.", times)
        case dict():
            pairs = ((_written(a, times, path), _written(b, times, path)) for a, b in value.items())
            return f"{{{', '.join(f'{name}: {item}' for name, item in pairs)}}}"
        case list():
            return f"[{inside(value)}]"
        case tuple():
            return f"({inside(value)}{',' if len(value) == 1 else ''})"
        case set() | frozenset():
            ordered = inside(sorted(value, key=lambda item: _written(item, times, path)))
            if isinstance(value, frozenset):
                return f"frozenset({{{ordered}}})" if value else "frozenset()"
            return f"{{{ordered}}}" if value else "set()"
        case int() if value.bit_length() > _MOST_BITS:
            return hex(value)
        case float() if value != value or abs(value) == float("inf"):
            return f"float({str(value)!r})"
    return repr(value)
