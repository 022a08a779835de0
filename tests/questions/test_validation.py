"""The record of the comparisons, and the report that shows it."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from atopic.questions.validation import comparisons as oracles
from atopic.questions.validation.chart import describe_comparisons, draw_comparisons
from atopic.questions.validation.comparisons import KINDS, comparisons, comparisons_note, repository
from atopic.questions.validation.table import tabulate_loose
from tests.conftest import REPOSITORY
from tests.oracles import compare
from tests.oracles.comparison import BARS
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "validation.ipynb"


@pytest.fixture(scope="module")
def pairs() -> list:
    return compare.located()


def test_the_record_is_in_step(pairs: list) -> None:
    text = compare.RECORD.read_text(encoding="utf-8")
    assert compare.record_out_of_step(text, pairs) == []
    lines = text.split("\n")
    assert compare.record_out_of_step("\n".join(lines[:3] + lines[4:]), pairs)
    better = text.replace(",5e-05,", ",1e-14,").replace(",1e-11,", ",1e-14,")
    assert "error" in compare.record_out_of_step(better, pairs)[0]


def test_the_record_holds_what_the_page_holds(pairs: list) -> None:
    frame = comparisons()
    assert len(frame) == len(pairs)
    assert frame["values"].sum() == sum(row.size for _, row in pairs)
    assert set(frame["kind"]) == set(KINDS)
    assert {kind: rows["bar"].iloc[0] for kind, rows in frame.groupby("kind")
            if rows["bar"].notna().all()} == BARS  # fmt: skip
    assert (frame["error"] <= frame["bar"])[frame["bar"].notna()].all()
    assert all((REPOSITORY / "tests" / "oracles" / name / "values.json").is_file()
               for name in frame["folder"].unique())  # fmt: skip


def test_rooms_are_chosen_by_name() -> None:
    assert set(comparisons(["bayes", "changes"])["room"]) == {"bayes", "changes"}
    with pytest.raises(ValueError, match=r"rooms must be among proportions, inc.*not .pool."):
        comparisons(["pool"])


@pytest.mark.slow
def test_comparing_anew_gives_the_record() -> None:
    names = ["function", "what", "reference", "data", "values", "bar", "kind"]
    assert comparisons(recompute=True)[names].equals(comparisons()[names])


def test_an_installed_atopic_says_that_it_needs_the_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert repository() == REPOSITORY
    assert "computed when this page was built" in comparisons_note(recompute=True)
    monkeypatch.setattr(oracles, "repository", lambda: None)
    assert "use the repository" in comparisons_note(recompute=True)
    assert len(comparisons(["counts"], recompute=True)) == 2


def test_a_comparison_that_fails_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(oracles, "repository", lambda: tmp_path)
    with pytest.raises(Exception, match="the comparison with the oracles failed"):
        comparisons(recompute=True)


def test_the_words_beside_the_chart_are_its_numbers() -> None:
    frame = comparisons(["contrasts"])
    words = describe_comparisons(frame)
    assert words.startswith(f"Largest relative differences of {len(frame)} comparisons")
    assert "Of 22 held to a bar none passes its bar" in words
    assert "1: the reference is the less accurate side." in words
    worse = frame.assign(error=frame["error"].where(frame["kind"].ne("closed"), 1e-3))
    assert "pass their bar" in describe_comparisons(worse)
    assert draw_comparisons(frame.iloc[:0]) is None
    assert describe_comparisons(frame.iloc[:0]) == ""
    assert tabulate_loose(comparisons(["counts"])).empty


@pytest.mark.mpl_image_compare(filename="comparisons.png", savefig_kwargs={"dpi": 50})
def test_the_chart_of_comparisons() -> Figure:
    return draw_comparisons(comparisons(["proportions", "contrasts", "bayes", "doseresponse"]))


@pytest.mark.parametrize("rooms", [[], ["counts"], ["contrasts", "pooling"], ["changes"]])
def test_the_notebook_shows_the_rooms_it_is_asked_for(
    rooms: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, {"rooms": rooms}, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    assert kinds.count("figure") == 1
    tables = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "table"]
    loose = comparisons(rooms)["kind"].eq("loose").any()
    assert tables == (["loose", "comparisons"] if loose else ["comparisons"])


def test_the_notebook_refuses_a_room_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"not .nonsense."):
        run(NOTEBOOK, {"rooms": ["nonsense"]}, monkeypatch)
