"""The notebook of one study, for every study there is and for one that is not."""

import pandas as pd
import pytest

import atopic
from atopic.evidence.folder import Evidence
from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "one_study.ipynb"
#: One of each kind; the others are swept over where time does not matter.
FAST = {
    "shin-2021": "single patients",
    "ra-2011": "left out",
    "kangstem-2024": "controlled",
    "seo-2024-phase-1": "response kept",
    "seo-2024-phase-2": "a P value without rates",
    "seo-2024": "no arms",
    "andreasen-2020": "benchmark, pooled",
}
STUDIES = [
    pytest.param(study, marks=[] if study in FAST else pytest.mark.slow)
    for study in pd.read_csv(REPOSITORY / "data" / "studies.csv")["study_id"]
]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return atopic.load()


@pytest.mark.parametrize("study", STUDIES)
def test_it_shows_any_study(
    study: str, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Writing SVG and HTML is tested elsewhere; for every study it would take the time.
    monkeypatch.setattr("atopic.display.show._svg", lambda *_: "<svg></svg>")
    monkeypatch.setattr("great_tables.GT.as_raw_html", lambda _: "<table></table>")
    monkeypatch.setattr("atopic.load", lambda _: evidence)
    shown = run(NOTEBOOK, {"study": study}, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "table"]
    assert {"facts", "arms", "sources", "source-rows"} <= set(names)
    assert len(names) == len(set(names))
    figures = [metadata for metadata, _ in shown if metadata["kind"] == "figure"]
    assert len(figures) == len({one["name"] for one in figures})
    for one in figures:
        assert one["alt"]
        assert any(one["rows"].values())


def test_an_unknown_study_is_one_note(monkeypatch: pytest.MonkeyPatch) -> None:
    (note,) = run(NOTEBOOK, {"study": "shin-2012"}, monkeypatch)
    assert note[1]["text/plain"].startswith(
        "There is no study 'shin-2012'; did you mean 'shin-2021'?"
    )


@pytest.mark.parametrize(
    ("name", "value"), [("study", ["shin-2021"]), ("level", 95), ("method", "wald")]
)
def test_it_refuses_what_is_no_option(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)


def test_four_patients_without_an_event_exclude_little(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, {"study": "ra-2011"}, monkeypatch)
    html = {
        metadata["name"]: data["text/html"]
        for metadata, data in shown
        if metadata["kind"] == "table"
    }
    assert "0 to 60.2" in html["adverse-events"]
    assert "up to 60 % is compatible" in html["claims"]
    assert "../data/excluded_studies.csv#row-19" in html["facts"]
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    assert notes[0].startswith("No placebo group")
    assert "No share of responders is held for this study." in notes
