import re

import pytest

from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "evidence_map.ipynb"


@pytest.mark.parametrize(
    ("outcomes", "studies", "benchmarks"),
    [
        ([], [], False),
        (["SCORAD-90", "EASI"], [], True),
        (["IGA-0/1"], ["kim-2017"], False),
        (["EASI-75"], ["chronos", "x"], False),
        (["nonsense"], ["x"], True),
    ],
)
def test_the_map_answers_whatever_it_is_asked(
    outcomes: list[str], studies: list[str], benchmarks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"outcomes": outcomes, "studies": studies, "include_benchmarks": benchmarks}
    shown = run(NOTEBOOK, values, monkeypatch)
    named = {metadata.get("name") for metadata, _ in shown}
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    alts = {m["name"]: m["alt"] for m, _ in shown if m["kind"] == "figure"}
    # The flow and the cohorts are always those of the whole of the tables.
    assert "29 records are known to the tables" in alts["flow"]
    assert "512 of 698 patients" in alts["cohorts"]
    assert {"left-out", "publication", "shared-patients"} <= named
    assert ("characteristics" in named) == (studies != ["x"])
    if not studies:
        csv = next(data["text/csv"] for m, data in shown if m.get("name") == "characteristics")
        assert csv.count("\n") == 1 + (15 + 27 if benchmarks else 15)
    if "evidence-map" in alts:
        assert re.match(r"Kinds of printed result in \d+ combination", alts["evidence-map"])
    else:
        assert any("so there is no map" in words for words in notes)
    if "x" in studies:
        assert any("There is no study 'x'" in words for words in notes)
    if outcomes == ["nonsense"]:
        assert any("There is no outcome 'nonsense'" in words for words in notes)
        assert "evidence-map" not in alts


@pytest.mark.parametrize("name", ["outcomes", "studies"])
def test_one_text_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a list"):
        run(NOTEBOOK, {name: "EASI-50"}, monkeypatch)
