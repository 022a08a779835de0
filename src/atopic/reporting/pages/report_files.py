"""The files that lie beside a page: what its notebook showed with `atopic.display.show`."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from atopic.display.file_names import NAME_RULE, is_name
from atopic.display.marks import CERTAINTY_LEVELS, MARKS
from atopic.reporting.pages.safe_csv import safe_csv
from atopic.reporting.plan.job import Failure

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: The file that holds what a report found, and the texts in it besides its notes.
FINDING = "finding.json"
FINDING_FIELDS = ("words", "number", "unit", "certainty", "link", "short")

#: What holds the file of a thing shown, by its kind: the output's MIME type and the file's ending.
_FILES = {"table": ("text/csv", "csv"), "figure": ("image/svg+xml", "svg")}


def shown_files(notebook: "NotebookNode", report: str) -> tuple[dict[str, str], Failure | None]:
    """Return the tables and figures that an executed notebook showed, by path, and what is wrong.

    An output that claims to be a table or figure and is not, as cells that write the metadata
    themselves may make it, loses that claim, so that a page can be made.
    """
    files: dict[str, str] = {}
    failure = None
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    _name_bare(outputs)
    for output in outputs:
        shown = output.get("metadata", {}).get("atopic", {})
        fault = _fault(shown, output)
        if not fault and shown.get("kind") in _FILES:
            mime, ending = _FILES[shown["kind"]]
            file = f"{shown['name']}.{ending}"
            if f"{report}/{file}" in files:
                fault = f"The report shows two things called {file}; rename one"
            content = output["data"][mime]
            files[f"{report}/{file}"] = safe_csv(content) if ending == "csv" else content
        if not fault and shown.get("kind") == "finding":
            file = f"{report}/{FINDING}"
            if file in files:
                fault = "The report states two findings; state one"
            files[file] = _finding_json(shown)
        if fault:
            del output["metadata"]["atopic"]
            failure = Failure(fault, "")
    return files, failure


def _name_bare(outputs: "list[NotebookNode]") -> None:
    """Name and number the figures and tables that are the last line of a cell."""
    numbers = dict.fromkeys(_FILES, 0)
    for output in outputs:
        shown = output.get("metadata", {}).get("atopic", {})
        kind = shown.get("kind") if isinstance(shown, dict) else None
        if isinstance(kind, str) and kind in _FILES and "name" not in shown:
            numbers[kind] += 1
            number = numbers[kind]
            shown["name"] = f"unnamed-{kind}-{number}"
            shown["caption"] = f"{kind.capitalize()} {number}, as its cell shows it."


def _fault(shown: object, output: "NotebookNode") -> str:
    """Return what is wrong with the metadata by which an output is a table or a figure."""
    if not isinstance(shown, dict) or not isinstance(shown.get("kind", ""), str):
        return f"An output's metadata 'atopic' is {shown!r}; show it with atopic.display.show"
    kind = shown.get("kind")
    if kind == "finding":
        notes = shown.get("notes")
        told = [shown.get(name) for name in FINDING_FIELDS]
        told += notes if isinstance(notes, list) else [None]
        right = all(isinstance(one, str) for one in told)
        right = right and shown["certainty"] in ("", *CERTAINTY_LEVELS)
        marks = shown.get("marks", {})
        right = right and isinstance(marks, dict) and {*map(str, marks.values())} <= {*MARKS}
        return "" if right else "A finding is not as atopic.display.show makes it; use show.finding"
    if kind not in _FILES:
        return ""
    if not is_name(shown.get("name")):
        return f"The name of a {kind}, {shown.get('name')!r}, must be {NAME_RULE}"
    mime, ending = _FILES[kind]
    if not isinstance(output.get("data", {}).get(mime), str):
        return f"The {kind} {shown['name']!r} has no {ending.upper()}"
    return ""


def _finding_json(shown: Mapping[str, Any]) -> str:
    kept = {name: shown[name] for name in (*FINDING_FIELDS, "notes")}
    return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"
