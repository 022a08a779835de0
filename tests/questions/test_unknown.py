"""What is not known: its order, its words, and that no page calls unread what was not reported."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import atopic
from atopic.questions.unknown import unknown_things
from atopic.questions.unknown.table import tabulate_unknown
from atopic.questions.unknown.words import free_note
from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOK = REPOSITORY / "notebooks" / "unknown.ipynb"


def test_every_row_is_shown_once_and_trials_with_placebo_come_first(
    evidence: atopic.Evidence,
) -> None:
    found = unknown_things(evidence)
    assert sorted(found["row"]) == sorted(evidence.missing.index)
    groups = found["group"].to_list()
    assert groups == sorted(groups, key=["controlled", "other", "several"].index)
    designs = evidence.studies.set_index("study_id")["design"]
    controlled = found.loc[found["group"].eq("controlled"), "study_id"]
    assert designs[controlled].eq("randomised-placebo").all()
    assert found.loc[found["group"].eq("several"), "study_id"].isna().all()


def test_the_free_papers_of_two_trials_are_called_unread(evidence: atopic.Evidence) -> None:
    note = free_note(unknown_things(evidence, studies=["seo-2024-phase-2", "atmsc-2025"]))
    assert "The papers of SCM-AGH phase 2, 2024 and ADSTEM phase 2, 2025" in note
    assert note.endswith("we have read only their abstracts.")


def test_a_paper_that_was_read_is_unread_no_more(evidence: atopic.Evidence) -> None:
    sources = evidence.sources
    sources.loc[sources["source_id"].eq("seo-2024-abstract"), "full_text_read"] = "yes"
    frames = {name: evidence.table(name) for name in evidence} | {"sources": sources}
    after = atopic.Evidence(evidence.path, evidence.package, frames, review=evidence.review)
    assert "SCM-AGH phase 2, 2024" not in free_note(unknown_things(after))
    assert "SCM-AGH phase 2, 2024" in free_note(unknown_things(evidence))


def test_an_address_is_that_of_the_source_or_of_the_registry(evidence: atopic.Evidence) -> None:
    found = unknown_things(evidence).set_index("missing_id")["address"]
    assert found["scm-agh-rates"] == "https://doi.org/10.1016/j.jaci.2024.06.013"
    assert found["furestem-2024-counts"] == "https://awakeplus.co.kr/data/view/20240704900718"
    assert found["topical-treatment"] == ""
    addresses = evidence.sources.assign(url=pd.NA)
    frames = {name: evidence.table(name) for name in evidence} | {"sources": addresses}
    unaddressed = unknown_things(
        atopic.Evidence(evidence.path, evidence.package, frames, review=evidence.review)
    )
    found = unaddressed.set_index("missing_id")["address"]
    assert found["furestem-2024-counts"].endswith("NCT05004324")


def test_of_nothing_nothing_is_said(lenient: atopic.Evidence) -> None:
    frames = {name: lenient.table(name) for name in lenient if name != "missing"}
    none = unknown_things(
        atopic.Evidence(lenient.path, lenient.package, frames, review=lenient.review)
    )
    for empty in (none, unknown_things(lenient, studies=["nobody-1900"])):
        assert free_note(empty) == ""
        assert tabulate_unknown(empty).empty


def test_studies_are_a_list(evidence: atopic.Evidence) -> None:
    with pytest.raises(ValueError, match="studies must be a list, such as"):
        unknown_things(evidence, studies="seo-2024-phase-2")


@pytest.mark.parametrize("studies", [[], ["ra-2011"], ["nobody-1900"]])
def test_the_page_answers_whatever_it_is_asked(
    studies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NOTEBOOK, {"studies": studies}, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    assert kinds[0] == "finding"
    assert ("table" in kinds) == (studies != ["nobody-1900"])


def words_of_pages() -> dict[str, str]:
    """What readers are told: prose and cells of the notebooks, summaries, and words in the code."""
    found = {}
    for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.name] = "\n".join("".join(cell["source"]) for cell in cells)
    for path in sorted((REPOSITORY / "src" / "atopic" / "questions").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        code = re.sub(r'"""[\s\S]*?"""|#.*', "", text)  # what a programmer reads
        found[str(Path(*path.parts[-2:]))] = code
    found["reports.toml"] = (REPOSITORY / "reports.toml").read_text(encoding="utf-8")
    return found


@pytest.mark.parametrize("page", words_of_pages())
def test_what_was_not_read_is_never_called_not_reported(page: str) -> None:
    # Of many papers the abstract alone was read: what was not read may well have been reported.
    said = re.compile(
        r"\bprints? no\b|\bprinted no\b|\bdid not print\b|\bnone printed\b|\bnone was printed\b"
        r"|\bno trial[^.]{0,40} prints?\b|\bno cell-therapy trial[^.]{0,20} prints?\b"
        r"|(?<!\bif )(?<!\band )\b(?:not reported(?! in (?:what|the sources) )|not printed)\b"
        r"|\bnothing printed\b"
        r"|\bno (?:count|value|test|rate|spread|cycle)s? (?:was |were |is )?(?:printed|published)\b"
        r"|\bprinted by none\b|\breported without (?:counts|rates)\b|\breported no\b"
        r"|\bno placebo group to compare\b|: nothing to compare with|\bno rate in either arm\b"
        r"|\bno such result of\b|\bno [a-z ]*events were counted\b|, without a value for\b",
        re.IGNORECASE,
    )
    assert not said.findall(words_of_pages()[page])


def test_a_frame_of_the_unknown_has_its_columns_even_if_empty(lenient: atopic.Evidence) -> None:
    whole = unknown_things(lenient)
    none = unknown_things(lenient, studies=["nobody-1900"])
    assert isinstance(none, pd.DataFrame)
    assert none.columns.to_list() == whole.columns.to_list()
