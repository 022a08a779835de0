"""Reads a notebook as it lies on the disk: what is no notebook is said in one line."""

import json
from pathlib import Path
from typing import Any

from atopic.errors import ReportError
from atopic.paths import ordinary_file

#: A notebook is stored without outputs; one of this size is not, or is something else.
_LARGEST = 256 * 2**20
#: What reads notebooks calls itself for each level; no notebook of a person has more than ten.
_DEEPEST = 60


def read_content(path: Path) -> dict[str, Any]:
    """Return a notebook as JSON holds it, in format 4, or raise a `ReportError`."""
    try:
        return content_of(path)
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such notebook") from None
    except (OSError, ValueError) as error:
        kind = "" if type(error) is ValueError else f"{type(error).__name__}: "
        reason = getattr(error, "strerror", None) or f"{kind}{error}"
        words = f"{path}: not a notebook that can be read ({reason.splitlines()[0]})"
        raise ReportError(words) from None


def content_of(path: Path) -> dict[str, Any]:
    """Return a notebook as JSON holds it, in format 4, without outputs; OSError or ValueError.

    With json alone: importing nbformat takes longer than all else that planning a build does.
    """
    if ordinary_file(path).stat().st_size > _LARGEST:
        raise ValueError(f"larger than {_LARGEST // 2**20} MB; clear its outputs")
    text = path.read_bytes()
    try:
        content = json.loads(text)  # in any of the encodings of Unicode, with a mark or without
        if isinstance(content, dict) and content.get("nbformat") in (1, 2, 3):
            content = _upgraded(content)
        _hold(content)
    except (RecursionError, MemoryError):
        raise ValueError("nested too deeply") from None
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return dict(content)


def _upgraded(content: dict[str, Any]) -> Any:
    import nbformat

    try:
        return json.loads(json.dumps(nbformat.convert(nbformat.from_dict(content), 4)))
    except Exception as error:  # nbformat has no base for what it raises on what is no notebook
        words = f"nbformat {content['nbformat']} that cannot be read as 4: {type(error).__name__}"
        raise ValueError(words) from None


def _hold(content: Any) -> None:
    """Hold what is read later to the format: nobody after this has to doubt it."""
    _expect(isinstance(content, dict), "a notebook is an object")
    _expect("nbformat" in content, "nbformat is missing")
    form = content["nbformat"]
    _expect(form == 4 and type(form) is int, f"nbformat {form!r:.40}; save it as format 4")
    if type(content.get("nbformat_minor")) is not int:
        content["nbformat_minor"] = 4
    _expect(isinstance(content.setdefault("metadata", {}), dict), "metadata must be an object")
    _expect(isinstance(content.get("cells"), list), "cells must be a list")
    _expect(_depth([content["metadata"], content["cells"]]) <= _DEEPEST, "nested too deeply")
    for number, cell in enumerate(content["cells"], start=1):
        _hold_cell(cell, f"cell {number}")


def _hold_cell(cell: Any, where: str) -> None:
    _expect(isinstance(cell, dict), f"{where} must be an object")
    kind = cell.get("cell_type")
    _expect(kind in ("code", "markdown", "raw"), f"{where}: cell_type {kind!r:.40}")
    _expect("source" in cell, f"{where} has no source")
    source = [cell["source"]] if isinstance(cell["source"], str) else cell["source"]
    _expect(_are_texts(source), f"{where}: source must be a text or a list of texts")
    _expect(isinstance(cell.get("metadata", {}), dict), f"{where}: metadata must be an object")
    noted = cell.setdefault("metadata", {})
    _expect(_are_texts(noted.get("tags", [])), f"{where}: tags must be a list of texts")
    attached = cell.get("attachments", {})
    _expect(
        isinstance(attached, dict) and all(isinstance(one, dict) for one in attached.values()),
        f"{where}: attachments must be an object of objects",
    )
    if not isinstance(cell.get("id", ""), str):
        del cell["id"]


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values)


def _depth(content: Any) -> int:
    """Return how deep lists and objects lie in one another, but for outputs, which are not kept."""
    depth, level = 0, [content]
    while level and depth <= _DEEPEST:
        depth += 1
        inner: list[Any] = []
        for one in level:
            parts = one.items() if isinstance(one, dict) else enumerate(one)
            inner += [
                part for name, part in parts if name != "outputs" and isinstance(part, dict | list)
            ]
        level = inner
    return depth


def _expect(holds: bool, words: str) -> None:
    if not holds:
        raise ValueError(words)
