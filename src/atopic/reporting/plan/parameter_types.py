"""The types that parameters have, and the values and texts that stand for a value of each."""

import ast
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from atopic.reporting.plan.annotations import ANY, Kind, kind_of_annotation

_BUILDERS: dict[str, Callable[[Any], Any]] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset,
}  # fmt: skip
_TIMES: dict[str, Any] = {"date": date, "datetime": datetime, "time": time}
_SCALARS: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}

#: How values are written on the command line, and in reports.toml.
AS_TEXT = {"int": "12", "float": "0.95", "bool": "true or false", "str": "EASI-50",
           "date": "2026-01-31", "datetime": "2026-01-31T12:00", "time": "12:00",
           "path": "folder/file.csv", "none": "none", "dict": "'{\"a\": 1}'"}  # fmt: skip
IN_TOML = AS_TEXT | {"str": '"EASI-50"', "path": '"folder/file.csv"', "none": "",
                     "datetime": "2026-01-31T12:00:00", "time": "12:00:00",
                     "dict": "{ a = 1 }"}  # fmt: skip
_LISTS = {"int": "12,16", "float": "0.5,1", "bool": "true,false", "str": "kim-2017,shin-2021"}


@cache
def kind_of(text: str) -> Kind | None:
    """Return the kind that an annotation names; None if no value of it can be written."""
    try:
        return kind_of_annotation(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def fits(value: object, kind: str) -> bool:
    """Return whether a value is of a type as parameters declare it, or stands for one."""
    try:
        taken(value, kind)
    except ValueError:
        return False
    return True


def taken(value: object, kind: str) -> object:
    """Return the value of a type that one of reports.toml stands for, else ValueError.

    Examples
    --------
    >>> taken([1, 2], "tuple[int, ...]"), taken("2026-01-31", "date")
    ((1, 2), datetime.date(2026, 1, 31))
    """
    found = kind_of(kind)
    if found is None:
        raise ValueError(kind)
    return _taken(value, found)


def value_of(text: str, kind: str) -> object:
    """Return the value of a type that a text on the command line stands for, else ValueError.

    Examples
    --------
    >>> value_of("12,16", "list[int]"), value_of("007", "str"), value_of("none", "str | None")
    ([12, 16], '007', None)
    """
    found = kind_of(kind)
    if found is None:
        raise ValueError(kind)
    return _read(text, found)


def like(kind: str, examples: Mapping[str, str]) -> str:
    """Return how a value of a type is written."""
    found = kind_of(kind)
    return _like(found, examples) if found else ""


def _like(kind: Kind, examples: Mapping[str, str]) -> str:
    if kind.name == "literal":
        quote = str if examples is AS_TEXT else _quoted
        return " or ".join(map(quote, kind.values))
    if kind.name == "union":
        words = [_like(item, examples) for item in kind.items]
        return ", or ".join(word for word in dict.fromkeys(words) if word)
    if kind.name in _BUILDERS:
        item = kind.items[0] if kind.items else ANY
        many = _LISTS.get(item.name, _like(item, examples))
        many = f"[{many}]" if item.name in _BUILDERS and examples is AS_TEXT else many
        if examples is AS_TEXT:
            return many
        words = [f'"{one}"' if item.name == "str" else one for one in many.split(",")]
        return f"[{', '.join(words)}]"
    return examples.get(kind.name, examples["int"])


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _taken(value: Any, kind: Kind) -> object:
    match kind.name:
        case "any":
            return _plain(value)
        case "none" if value is None:
            return None
        case "literal":
            for one in kind.values:
                if type(one) is type(value) and one == value:
                    return one
        case "union":
            for one in kind.items:
                try:
                    return _taken(value, one)
                except ValueError:
                    continue
        case "list" | "tuple" | "set" | "frozenset" if isinstance(value, list):
            items = [
                _taken(item, one) for item, one in zip(value, _kinds(kind, value), strict=True)
            ]
            try:
                return _BUILDERS[kind.name](items)
            except TypeError:  # a list in a set
                pass
        case "dict" if isinstance(value, dict):
            key, item = kind.items or (ANY, ANY)
            return {_key(name, key): _taken(one, item) for name, one in value.items()}
        case "date" | "datetime" | "time":
            if isinstance(value, str):
                return _TIMES[kind.name].fromisoformat(value.strip())
            if type(value) is _TIMES[kind.name]:
                return value
        case "path" if isinstance(value, str) and value and "\0" not in value:
            return Path(value)
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            # Neither nan nor infinity: build.json and most functions cannot take them.
            if abs(value) <= sys.float_info.max:
                return value
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "str" | "bool" if isinstance(value, _SCALARS[kind.name]):
            return value
    raise ValueError(value)


def _kinds(kind: Kind, values: list[Any]) -> list[Kind]:
    """Return the kind of each item; a ValueError if there are too many or too few."""
    if kind.fixed:
        if len(kind.items) != len(values):
            raise ValueError(values)
        return list(kind.items)
    return [kind.items[0] if kind.items else ANY] * len(values)


def _key(name: object, kind: Kind) -> object:
    """Return a key of a table, which in TOML is a text always."""
    return _read(name, kind) if isinstance(name, str) and kind != ANY else name


def _plain(value: Any) -> object:
    """Return a value of which nothing is declared, if it can be written into a notebook."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, float) and not abs(value) <= sys.float_info.max:
        raise ValueError(value)
    return value


def _read(text: str, kind: Kind) -> object:
    plain = text.strip()
    match kind.name:
        case "any":
            return _guessed(text)
        case "none" if plain.lower() == "none":
            return None
        case "literal":
            for one in kind.values:
                if plain.lower() == str(one).lower() and (
                    plain == str(one) or one in (True, False, None)
                ):
                    return one
        case "union":
            # A text is anything: what else it may be comes first.
            for one in sorted(kind.items, key=lambda item: item.name == "str"):
                try:
                    return _read(text, one)
                except ValueError:
                    continue
        case "list" | "tuple" | "set" | "frozenset":
            return _taken(_many(plain, kind), kind)
        case "dict":
            return _taken(_table(plain), kind)
        case "date" | "datetime" | "time" | "path":
            return _taken(plain, kind)
        case "bool":
            words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
            if plain.lower() in words:
                return words[plain.lower()]
        case "int" | "float" if text.isascii() and "_" not in text:
            return _taken(_SCALARS[kind.name](text), kind)
        case "str":
            return text
    raise ValueError(text)


def _many(text: str, kind: Kind) -> list[object]:
    """Return the items of a list written with commas, with or without brackets."""
    items = split(text)
    for opening, closing in ("[]", "()", "{}"):
        if len(items) == 1 and text.startswith(opening) and text.endswith(closing):
            items = split(text[1:-1].strip().removesuffix("," if opening == "(" else ""))
            break
    return [_read(item, one) for item, one in zip(items, _kinds(kind, items), strict=True)]


def split(text: str) -> list[str]:
    """Return what stands between commas that are in no brackets and no quotation marks.

    Examples
    --------
    >>> split("1, [2, 3], 'a, b', it's")
    ['1', '[2, 3]', 'a, b', "it's"]
    """
    items, begin, depth, quote = [], 0, 0, ""
    for place, sign in enumerate(f"{text},"):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and not text[begin:place].strip(" [({"):
            quote = sign
        elif sign in "[({":
            depth += 1
        elif sign in "])}":
            depth -= 1
        elif sign == "," and depth == 0:
            items.append(text[begin:place].strip())
            begin = place + 1
    if depth or quote:
        raise ValueError(text)
    unquoted = [
        item[1:-1] if len(item) > 1 and item[0] == item[-1] and item[0] in "\"'" else item
        for item in items
    ]
    return unquoted if text.strip() else []


def _table(text: str) -> dict[Any, Any]:
    """Return a table written as in Python or JSON, or as ``a=1,b=2``."""
    if text.startswith("{"):
        found = _guessed(text)
    else:
        pairs = [item.partition("=") for item in split(text)]
        if not all(name.strip() and equals for name, equals, _ in pairs):
            raise ValueError(text)
        found = {name.strip(): _guessed(value.strip()) for name, _, value in pairs}
    if not isinstance(found, dict):
        raise ValueError(text)
    return found


def _guessed(text: str) -> Any:
    """Return the value that a text stands for where no type is declared, as papermill does."""
    words = {"true": True, "false": False, "none": None}
    plain = text.strip()
    if plain.lower() in words:
        return words[plain.lower()]
    try:
        found = ast.literal_eval(plain)
        if isinstance(found, tuple) and not plain.startswith("("):
            found = list(found)  # as lists are written
        return text if isinstance(found, bytes | complex) else _plain(found)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return text
