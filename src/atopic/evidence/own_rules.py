"""Rules of a data folder's own: what its ``datapackage.json`` says cannot stand in one row.

A table may list them under ``rules`` of its schema::

    {
      "name": "cells-by-mouth",
      "column": "route",
      "when": {"cell_source": {"not": "none"}, "route": ["oral", "topical"]},
      "message": "{route}, but cells are injected; look at the source again",
      "severity": "warning"
    }

All of ``when`` must hold of a row: a cell is a word, one of some words, ``{"not": ...}`` of either,
``{"below": x}``, ``{"above": x}`` or ``{"outside": [low, high]}``; null is a blank cell.
``studies/design`` is a cell of the row that this one points at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal, Protocol, cast

from atopic.evidence.descriptor import Node, is_number, show

#: What a row points at: name of the tie, table, own columns, and the columns there.
TIES = {
    "studies": ("studies", ("study_id",), ("study_id",)),
    "parent": ("studies", ("parent_study_id",), ("study_id",)),
    "arms": ("arms", ("study_id", "arm_id"), ("study_id", "arm_id")),
    "reference": ("arms", ("study_id", "reference_arm_id"), ("study_id", "arm_id")),
    "instruments": ("instruments", ("outcome",), ("outcome",)),
    "sources": ("sources", ("source_id",), ("source_id",)),
}

_KEYS = ("name", "column", "when", "message", "severity")
#: Comparisons of a number, and how many numbers each takes.
_COMPARED: Mapping[str, tuple[int, Callable[..., bool]]] = {
    "below": (1, lambda cell, limit: cell < limit),
    "above": (1, lambda cell, limit: cell > limit),
    "outside": (2, lambda cell, low, high: not low <= cell <= high),
}


class _Cells(Protocol):
    def __getitem__(self, name: str) -> Any: ...


@dataclass(frozen=True)
class OwnRule:
    """A rule of a table, which rows break of which all of `when` holds."""

    name: str
    column: str
    when: Mapping[str, Any]
    message: str
    severity: Literal["error", "warning"] = "error"

    @property
    def cells(self) -> list[str]:
        """Names of the columns of its own table that it speaks of."""
        told = (cell for _, cell, _, _ in Formatter().parse(self.message) if cell)
        return [cell for cell in (self.column, *self.when, *told) if "/" not in cell]

    def applies(self, line: _Cells) -> bool:
        """Say whether a row breaks it; TypeError where a blank cell is compared with a number."""
        return all(_holds(line[cell], wanted) for cell, wanted in self.when.items())


def read_rules(schema: Node) -> tuple[OwnRule, ...]:
    """Read the rules of a table; whether it has the columns is not looked at yet.

    Parameters
    ----------
    schema : Node
        The object ``schema`` of the table.

    Raises
    ------
    EvidenceError
        If a rule lacks something or names a tie or a comparison that there is not.
    """
    if schema.get("rules") is None:
        return ()
    return tuple(_rule(node) for node in schema.nodes("rules"))


def _rule(node: Node) -> OwnRule:
    for key in cast(dict[str, Any], node.value):
        if key not in _KEYS:
            raise node.error(f"unknown key {show(key)}", f"use {', '.join(_KEYS)}")
    column, severity = node.text("column"), node.text("severity", "error")
    if severity not in ("error", "warning"):
        raise node.error(f"severity {show(severity)}", "write error or warning")
    when = cast(dict[str, Any], node.node("when").value)
    if not when:
        raise node.error("no condition", "write what must hold of a row")
    for cell, wanted in when.items():
        _check_cell(node, cell)
        _check_condition(node, cell, wanted)
    message = node.text("message")
    _check_message(node, message)
    return OwnRule(node.text("name"), column, when, message, cast(Any, severity))


def _check_cell(node: Node, cell: str) -> None:
    tie = cell.rpartition("/")[0]
    if tie and tie not in TIES:
        raise node.error(f"{cell!r} points at nothing", f"before / stands one of {', '.join(TIES)}")


def _check_condition(node: Node, cell: str, wanted: object) -> None:
    if not isinstance(wanted, dict):
        _check_words(node, cell, wanted)
        return
    if len(wanted) != 1 or next(iter(wanted)) not in ("not", *_COMPARED):
        raise node.error(
            f"{cell}: {show(wanted)} is no comparison", f"use one of not, {', '.join(_COMPARED)}"
        )
    (how, value), *_ = wanted.items()
    if how == "not":
        _check_words(node, cell, value)
        return
    needed, _ = _COMPARED[how]
    limits = value if isinstance(value, list) else [value]
    if len(limits) != needed or not all(is_number(one) for one in limits):
        raise node.error(
            f"{cell}: {how} {show(value)}", "give a number" if needed == 1 else "give two numbers"
        )


def _check_words(node: Node, cell: str, wanted: object) -> None:
    words = wanted if isinstance(wanted, list) else [wanted]
    if not words or not all(one is None or isinstance(one, str) or is_number(one) for one in words):
        raise node.error(f"{cell}: {show(wanted)} is no word of a cell", "write a word, or some")


def _check_message(node: Node, message: str) -> None:
    try:
        parts = [part for part in Formatter().parse(message) if part[1] is not None]
    except ValueError:
        raise node.error(f"message {show(message)} has a single brace", "close it") from None
    for _, cell, form, conversion in parts:
        _check_cell(node, cell or "")
        if form or conversion:
            raise node.error(f"message {show(message)} has a form", f"write {{{cell}}} alone")


def _holds(cell: Any, wanted: Any) -> bool:
    """Say whether a cell is as wanted; TypeError where a blank one is compared with a number.

    >>> _holds("oral", ["oral", "topical"]), _holds("oral", {"not": "oral"}), _holds(None, None)
    (True, False, True)
    >>> _holds(1900, {"below": 1995}), _holds(5.0, {"outside": [1, 10]})
    (True, False)
    """
    if not isinstance(wanted, dict):
        return cell in wanted if isinstance(wanted, list) else cell == wanted
    ((how, value),) = wanted.items()
    if how == "not":
        return not _holds(cell, value)
    _, compare = _COMPARED[how]
    return compare(cell, *(value if isinstance(value, list) else [value]))
