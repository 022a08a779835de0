import pytest

from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "durability.ipynb"


@pytest.mark.parametrize(
    ("outcome", "studies", "level", "method"),
    [
        ("EASI-50", ["shin-2021"], 0.8, "mid-p"),
        ("EASI-50", ["solo-continue"], 0.95, "agresti-coull"),
        ("EASI-50", ["no-such-study"], 0.95, "wilson-cc"),
        ("EASI-75", ["chronos", "advocate-1"], 0.5, "jeffreys"),
        ("IGA-above-1", ["dupilumab-adolescents", "solo-1-2-pooled"], 0.95, "wilson"),
        ("EASI-50-maintained", [], 0.95, "clopper-pearson"),
        ("nonsense", [], 0.95, "clopper-pearson"),
    ],
)
def test_it_answers_whatever_it_is_asked(
    outcome: str, studies: list[str], level: float, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"outcome": outcome, "studies": studies, "level": level, "method": method}
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    assert set(kinds) & {"figure", "note"}
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert len(names) == len(set(names))
    for metadata, _ in shown:
        if metadata["kind"] == "figure" and metadata["name"] != "patients":
            assert f"{100 * level:g} % intervals" in metadata["caption"]
            assert method in metadata["caption"]
        if metadata["kind"] == "figure":
            assert "nan" not in metadata["alt"]
    assert ("over-time" in names) == (outcome in OVER_TIME and studies not in NOT_OVER_TIME)


OVER_TIME = ("EASI-50", "EASI-75", "IGA-above-1")
NOT_OVER_TIME = (["shin-2021"], ["solo-continue"], ["no-such-study"])


def test_the_usual_report_has_all_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, {}, monkeypatch)
    figures = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert figures == ["over-time", "worst-case", "kept", "patients"]
    notes = " ".join(data["text/plain"] for metadata, data in shown if metadata["kind"] == "note")
    assert "34 of 50 is 68 percent, but 66 is printed" in notes
    assert "never added" in notes
    assert "No worst case for kangstem-2024" in notes


@pytest.mark.parametrize(
    ("name", "value"), [("level", 95), ("method", "guess"), ("studies", "kim-2017")]
)
def test_it_refuses_what_cannot_be_meant(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)
