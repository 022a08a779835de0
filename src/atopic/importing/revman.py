"""What RevMan writes beside its data rows: labels of groups, and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from atopic.additions.grid import read_grid
from atopic.importing.columns import plain

_ROWS = "data-rows"
_SETTINGS = "overall-estimates-and-settings"


@dataclass(frozen=True)
class Analysis:
    """What the settings say of one analysis: blank where nothing is said."""

    name: str
    labels: tuple[str, str]  # of the experimental and of the control group
    direction: str


def read_settings(path: Path) -> Mapping[tuple[str, str], Analysis]:
    """Return the settings by group and number of analyses; none if no such file is beside it."""
    beside = path.with_name(path.name.replace(_ROWS, _SETTINGS))
    if _ROWS not in path.name or not beside.is_file():
        return {}
    grid = read_grid(beside)
    names = [plain(name) for name in grid.header]
    found = {}
    for line in grid.lines:
        cells = {name: cell.text.strip() for name, cell in zip(names, line.cells, strict=True)}
        key = cells.get("analysis_group", ""), cells.get("analysis_number", "")
        labels = cells.get("experimental_group_label", ""), cells.get("control_group_label", "")
        found[key] = Analysis(cells.get("analysis_name", ""), labels, _direction(cells, labels[0]))
    return found


def _direction(cells: Mapping[str, str], label: str) -> str:
    """Return which way is better: an effect drawn to the left is fewer events, or a lower mean."""
    sides = [
        next((text for name, text in cells.items() if name in (f"graph_label_{side}",
              f"{side}_graph_label", f"graph_label_on_{side}")), "").lower()
        for side in ("left", "right")
    ]  # fmt: skip
    own = [any(word in side for word in (label.lower(), "experimental", "intervention", "treatment")
               if word) for side in sides]  # fmt: skip
    if own[0] == own[1]:
        return ""
    lower = own[0]
    if cells.get("swap_event_and_non_event", "").lower() in ("true", "yes", "1"):
        lower = not lower
    return "lower-is-better" if lower else "higher-is-better"
