"""The types that parameters have, and the texts that stand for their values."""

import re
import sys
from collections.abc import Mapping

__all__ = ["AS_TEXT", "IN_TOML", "SCALARS", "fits", "like", "value_of"]

#: The types of single values, by their names.
SCALARS: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}

#: How values are written on the command line, and in reports.toml.
AS_TEXT = {"int": "12", "float": "0.95", "bool": "true or false", "str": "EASI-50",
            "list[int]": "12,16", "list[float]": "0.5,1", "list[bool]": "true,false",
            "list[str]": "kim-2017,shin-2021", "None": "none"}  # fmt: skip
IN_TOML = {"int": "12", "float": "0.95", "bool": "true or false", "str": '"EASI-50"',
            "list[int]": "[12, 16]", "list[float]": "[0.5, 1]", "list[bool]": "[true, false]",
            "list[str]": '["kim-2017", "shin-2021"]'}  # fmt: skip


def fits(value: object, kind: str) -> bool:
    """Return whether a value is of a type as parameters declare it."""
    if kind.endswith(" | None"):
        return value is None or fits(value, kind.removesuffix(" | None"))
    if kind.startswith("list["):
        return isinstance(value, list) and all(fits(item, kind[5:-1]) for item in value)
    if kind == "float":
        # Neither nan nor infinity: build.json and most functions cannot take them.
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return abs(value) <= sys.float_info.max
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, SCALARS[kind])


def like(kind: str, examples: Mapping[str, str]) -> str:
    """Return how a value of a type is written."""
    plain = kind.removesuffix(" | None")
    none = f", or {examples['None']}" if plain != kind and "None" in examples else ""
    return examples[plain] + none


def value_of(text: str, kind: str) -> object:
    """Return the value of a type that a text on the command line stands for, else ValueError.

    Examples
    --------
    >>> value_of("12,16", "list[int]"), value_of("007", "str"), value_of("none", "str | None")
    ([12, 16], '007', None)
    """
    if kind.endswith(" | None"):
        if text.strip().lower() == "none":
            return None
        kind = kind.removesuffix(" | None")
    if kind.startswith("list["):
        return [_scalar(item, kind[5:-1]) for item in _items(text.strip())]
    return _scalar(text, kind)


#: One item of a list, quoted or plain, up to the next comma.
_ITEM = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,]*?))\s*(,|$)""")


def _items(text: str) -> list[str]:
    """Return the items of a list that is written with commas, with or without brackets."""
    if text.startswith("[") != text.endswith("]"):
        raise ValueError(text)
    if text.startswith("["):
        text = text[1:-1].strip()
    items = []
    place = 0
    while text:
        found = _ITEM.match(text, place)
        if not found:
            raise ValueError(text)
        items.append(next(item for item in found.groups() if item is not None))
        place = found.end()
        if not found[4]:
            break
    return items


def _scalar(text: str, kind: str) -> object:
    if kind == "bool":
        words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
        if text.strip().lower() not in words:
            raise ValueError(text)
        return words[text.strip().lower()]
    if kind in ("int", "float") and (not text.isascii() or "_" in text):
        raise ValueError(text)
    value = SCALARS[kind](text)
    if not fits(value, kind):
        raise ValueError(text)
    return value
