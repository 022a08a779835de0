"""Runs the cells of a notebook in the test's own process."""

from pathlib import Path
from typing import Any

import pytest

from atopic.display import show
from atopic.reporting.plan.parameters import declared, read_notebook


def run(
    path: Path, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, until: str = ""
) -> list[Any]:
    """Run the cells of a notebook here, and return what they showed.

    Given a kind to run `until`, the cell that shows it first is the last.
    """
    notebook = read_notebook(path)
    shown: list[Any] = []
    monkeypatch.setattr(
        show, "display", lambda data, **more: shown.append((more["metadata"]["atopic"], data))
    )
    names = {name: known.default for name, known in declared(notebook, path.name).items()}
    scope = names | values
    for cell in notebook:
        if cell["cell_type"] == "code" and "tags" not in cell["metadata"]:
            exec(compile(cell["source"], path.name, "exec"), scope)
        if until in [metadata["kind"] for metadata, _ in shown]:
            break
    return shown
