"""The notebook of the next trial with many values of its parameters."""

from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "next_trial.ipynb"
QUICK: dict[str, Any] = {"replicates": 500, "patients": [60, 120], "differences": [0.15, 0.3]}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"outcome": "EASI-75", "week": 16, "scatter": 0.02, "seed": 0, "patients": [500]},
        {"outcome": "EASI-90", "control_rate": 0.05, "delta": 0.1},
        {"week": 13, "control_rate": 0.3},
        {"control_rate": 0.6, "allocation": 3.0, "sides": 1, "alpha": 0.025},
        {"test": "fisher", "doses": 2, "powers": [0.7]},
        {"test": "chi-square-corrected", "doses": 6, "level": 0.9},
        {"delta": 0.05, "differences": [0.05]},
    ],
    ids=str,
)
def test_a_plan_has_its_figures_and_tables(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, QUICK | values, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert names == ["power", "outlook", "doses"]
    alts = [metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert not any("nan" in alt for alt in alts)
    assert any(data["text/plain"].startswith("Control rate") for _, data in shown)


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "nonsense"},
        {"outcome": "EASI-90"},
        {"outcome": "IGA-above-1", "week": 16, "control_rate": 0.5},
        {"week": 13},
        {"week": -1},
    ],
    ids=str,
)
def test_what_cannot_be_planned_is_a_note(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, QUICK | values, monkeypatch)
    assert [metadata["kind"] for metadata, _ in shown] == ["note"]


def test_a_rate_near_100_percent_leaves_what_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, QUICK | {"control_rate": 0.9}, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert names == ["outlook"]
    assert "no doses to plan" in " ".join(data["text/plain"] for _, data in shown)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("test", "boschloo"),
        ("delta", 15.0), ("control_rate", 30.0), ("differences", []), ("differences", [10.0]),
        ("powers", [80.0]), ("powers", []), ("allocation", 0.0), ("alpha", 5.0), ("sides", 3),
        ("test", "guess"), ("patients", []), ("patients", [1]), ("patients", [100000]),
        ("doses", 1), ("scatter", 0.0), ("level", 95.0), ("replicates", 0), ("seed", -1),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name.rstrip("s")):
        run(NOTEBOOK, QUICK | {name: value}, monkeypatch)
