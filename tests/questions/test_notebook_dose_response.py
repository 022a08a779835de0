"""The dose notebook with many values of its parameters."""

from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.running import run

DOSES = REPOSITORY / "notebooks" / "dose_response.ipynb"

QUESTIONS = [
    ("kim-2017", "EASI-50", 12),
    ("kim-2017", "EASI-50", 13),
    ("kim-2017", "any-improvement", 2),
    ("kim-2017", "SCORAD", 12),
    ("seo-2024-phase-1", "EASI-50", 12),
    ("kangstem-2019", "EASI-50", 12),
    ("kangstem-2024", "EASI-50", 12),
    ("kangstem-2024", "EASI-50", 16),
    ("breeze-ad7", "IGA-0/1", 16),
    ("breeze-ad1", "IGA-0/1", 16),
    ("shr0302-phase-2", "SCORAD-90", 12),
    ("ecztra-6", "EASI-75", 16),
    ("upadacitinib-2b", "EASI", 16),
    ("dupilumab-adolescents", "EASI-50", 16),
    ("dupilumab-children", "EASI", 16),
    ("solo-continue", "EASI-75-maintained", 36),
    ("andreasen-2020", "EASI-50", 12),
    ("nobody", "EASI-50", 12),
    ("kim-2017", "nonsense", 12),
]
#: Placebo and two doses, where curves are fitted.
TRIAL: dict[str, Any] = {"study": "breeze-ad7", "outcome": "EASI-75", "week": 16}
ON_ONE_AXIS = {
    ("kim-2017", "EASI-50", 12), ("seo-2024-phase-1", "EASI-50", 12),
    ("kangstem-2019", "EASI-50", 12), ("kangstem-2024", "EASI-50", 12),
    ("breeze-ad7", "IGA-0/1", 16), ("shr0302-phase-2", "SCORAD-90", 12),
    ("ecztra-6", "EASI-75", 16), ("upadacitinib-2b", "EASI", 16),
}  # fmt: skip


@pytest.mark.parametrize(("study", "outcome", "week"), QUESTIONS)
def test_it_answers_whatever_it_is_asked(
    study: str, outcome: str, week: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(DOSES, {"study": study, "outcome": outcome, "week": week}, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    if (study, outcome, week) in ON_ONE_AXIS:
        figure = next(metadata for metadata, _ in shown if metadata["kind"] == "figure")
        assert figure["alt"].startswith(f"{outcome} by dose, ")
        assert study in figure["caption"]
        assert kinds.count("table") >= 3
    else:
        assert kinds == ["note"]


@pytest.mark.parametrize(
    "values",
    [
        {"level": 0.5}, {"models": ["linear"]}, {"delta": 1.0}, {"sizes": []},
        {"sizes": [11, 25, 100]},
        TRIAL | {"level": 0.99}, TRIAL | {"models": ["constant"]},
        TRIAL | {"models": ["linear", "emax"], "delta": 99.0},
    ],
)  # fmt: skip
def test_any_valid_option_gives_a_page(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"study": "kim-2017", "outcome": "EASI-50", "week": 12, **values}
    shown = run(DOSES, asked, monkeypatch)
    captions = [metadata["caption"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert f"with {100 * asked.get('level', 0.95):g} % intervals" in captions[0]


def test_models_that_the_doses_cannot_carry_are_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"study": "breeze-ad7", "outcome": "EASI-75", "week": 16, "models": ["logistic"]}
    shown = run(DOSES, values, monkeypatch)
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    assert any("No curve is fitted" in note and "5 different doses" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("level", 95.0, "level"),
        ("models", ["parabola"], "models must be among"),
        ("delta", -20.0, "delta must be a difference"),
        ("sizes", [0], "sizes must be whole numbers"),
        ("week", 1.5, "weeks must be whole numbers"),
    ],
)
def test_what_is_no_value_is_refused(
    name: str, value: object, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=message):
        run(DOSES, {name: value}, monkeypatch)
