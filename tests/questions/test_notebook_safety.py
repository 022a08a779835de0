import pytest

from atopic.questions.safety import EVENTS
from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "safety.ipynb"


@pytest.mark.parametrize(
    ("events", "studies", "benchmarks", "low", "level"),
    [
        ([], [], 0, 0, 0.95),
        ([], [], 1, 1, 0.9),
        (["ae-any"], ["kim-2017"], 0, 0, 0.95),
        (["discontinuation-lack-of-effect"], [], 1, 0, 0.9),
        (["sae"], ["kangstem-2024"], 0, 0, 0.99),
        ([], ["no-such-study"], 0, 0, 0.8),
        ([], ["van-joost-1994"], 0, 1, 0.51),
    ],
)
def test_it_answers_whatever_it_is_asked(
    events: list[str], studies: list[str], benchmarks: int, low: int, level: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    values = {
        "events": events, "studies": studies, "include_benchmarks": bool(benchmarks),
        "include_low_confidence": bool(low), "level": level,
    }  # fmt: skip
    shown = run(NOTEBOOK, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    assert kinds[0] == "note"
    if "figure" in kinds:
        assert kinds.count("table") >= 3
        figure = next(metadata for metadata, _ in shown if metadata["kind"] == "figure")
        assert f"{100 * level:g} % limits" in figure["caption"]
        assert figure["alt"].startswith(tuple(EVENTS[event] for event in events or EVENTS))
    else:
        assert set(kinds) == {"note"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", 95), ("level", 0.4), ("events", ["death"]), ("events", "sae"), ("studies", "x")],
)
def test_it_refuses_what_cannot_be_meant(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)
