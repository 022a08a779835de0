"""The notebook of benchmarks with many values of its parameters, and the placebo section."""

import pytest

from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "benchmarks.ipynb"
RATES = REPOSITORY / "notebooks" / "response_rates.ipynb"


@pytest.mark.parametrize("weeks", [[], [13]])
@pytest.mark.parametrize("topicals", [[], ["no"], ["yes", "unknown"]])
@pytest.mark.parametrize("outcome", ["EASI-75", "IGA-0/1", "SCORAD-90", "nonsense"])
def test_it_answers_whatever_it_is_asked(
    outcome: str, topicals: list[str], weeks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"outcome": outcome, "topicals": topicals, "weeks": weeks}
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    if "figure" in kinds:
        alt = next(metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure")
        assert alt.startswith(f"{outcome} in benchmark trials. ")
        assert kinds.count("table") >= 3
    else:
        assert kinds == ["note"]


@pytest.mark.parametrize(
    ("name", "value"), [("level", 2), ("method", "guess"), ("topicals", ["x"]), ("weeks", 16)]
)
def test_it_refuses_what_is_no_option(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)


@pytest.mark.parametrize("spread", [0.1, 2.0])
def test_the_prior_on_placebo_arms_is_named(spread: float, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(RATES, {"placebo_spread": spread}, monkeypatch)
    (data,) = [data for metadata, data in shown if metadata.get("name") == "above-placebo"]
    assert f"half-normal({spread:g}) heterogeneity" in data["text/csv"]


def test_a_spread_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="tau_scale"):
        run(RATES, {"placebo_spread": 0.0}, monkeypatch)


def test_rates_with_a_control_are_not_set_beside_other_placebo_arms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = run(RATES, {"outcome": "EASI-75", "weeks": [16]}, monkeypatch)
    names = [metadata.get("name") for metadata, _ in shown]
    assert "above-placebo" not in names
    assert any("nothing is set beside" in data["text/plain"] for _, data in shown)
