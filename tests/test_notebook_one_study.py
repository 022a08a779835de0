"""The notebook of one study, for every study there is and for one that is not."""

import pandas as pd
import pytest

import atopic
from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "one_study.ipynb"
STUDIES = pd.read_csv(REPOSITORY / "data" / "studies.csv")["study_id"].to_list()


def words(shown: list, kind: str) -> list[str]:
    return [data["text/plain"] for metadata, data in shown if metadata["kind"] == kind]


def tables(shown: list) -> dict[str, str]:
    return {
        metadata["name"]: data["text/html"]
        for metadata, data in shown
        if metadata["kind"] == "table"
    }


@pytest.mark.parametrize("study", STUDIES)
def test_it_shows_any_study(study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The drawing itself is tested with the charts; here it would take the time.
    monkeypatch.setattr("atopic.reporting.show._svg", lambda *_: "<svg></svg>")
    shown = run(NOTEBOOK, {"study": study}, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "table"]
    assert {"facts", "arms", "sources"} <= set(names) or not len(
        atopic.load().arms.query("study_id == @study")
    )
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
