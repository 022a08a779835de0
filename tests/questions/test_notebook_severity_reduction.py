"""The notebook of score changes with many values of its parameters."""

import pytest

from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "severity_reduction.ipynb"


@pytest.mark.parametrize("weeks", [[], [16], [13]])
@pytest.mark.parametrize("studies", [[], ["kangstem-2019", "x"]])
@pytest.mark.parametrize("benchmarks", [False, True])
@pytest.mark.parametrize("outcomes", [["SCORAD"], ["EASI", "BSA"], ["EASI-50"], []])
def test_it_answers_whatever_it_is_asked(
    outcomes: list[str], benchmarks: bool, studies: list[str], weeks: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    values = {
        "outcomes": outcomes, "include_benchmarks": benchmarks, "studies": studies, "weeks": weeks,
    }  # fmt: skip
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    if "figure" in kinds:
        figure = next(metadata for metadata, _ in shown if metadata["kind"] == "figure")
        assert figure["alt"].startswith("Changes of group scores, not shares of patients.")
        assert "not a share of patients" in figure["caption"]
        assert figure["rows"]["scores"]
        assert kinds.count("table") >= 3
    else:
        assert kinds
        assert set(kinds) == {"note"}


@pytest.mark.parametrize(("assume", "bar"), [("sd", True), ("se", True), (None, False)])
def test_an_assumed_spread_is_asked_for(
    assume: str | None, bar: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, {"outcomes": ["EASI"], "weeks": [12], "assume": assume}, monkeypatch)
    alt = next(metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure")
    assert ("no interval" not in alt) == bar


@pytest.mark.parametrize(
    ("name", "value"), [("level", 95), ("level", 0), ("assume", "iqr"), ("weeks", 12)]
)
def test_it_refuses_what_is_no_option(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {"outcomes": ["EASI"], name: value}, monkeypatch)


def test_an_absent_score_is_named_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    (note,) = run(NOTEBOOK, {"outcomes": ["SCORED"]}, monkeypatch)
    assert note[1]["text/plain"].startswith("No study reports 'SCORED'; did you mean")
    assert "pruritus" in note[1]["text/plain"]
