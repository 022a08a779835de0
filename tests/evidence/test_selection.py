from dataclasses import replace

import pytest

import atopic
from atopic.evidence.selection import as_names, of_studies, selected, selection_note


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"outcome": "EASI-60"}, "No study reports 'EASI-60'; did you mean 'EASI-"),
        ({"outcome": "EASI-50", "weeks": [13]}, "at week 13; weeks reported: 12, 16"),
        ({"outcome": "EASI-50", "weeks": [12, 1, 2]}, "at weeks 1 and 2;"),
        ({"outcome": "EASI-50", "studies": ["nobody"]}, "There is no study 'nobody'"),
        ({"outcome": "EASI-50", "studies": ["atmsc-2025"]}, "atmsc-2025 does not report EASI-50"),
        ({"outcome": "SCORAD-50"}, "No study of cells reports SCORAD-50; benchmark trials"),
        ({"outcome": "EASI-50", "studies": ["kim-2017", "atmsc-2025"]}, "atmsc-2025 does not"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    evidence: atopic.Evidence, arguments: dict[str, object], words: str
) -> None:
    assert words in selection_note(evidence, "responses", **arguments)


def test_nothing_is_said_where_everything_was_found(evidence: atopic.Evidence) -> None:
    assert selection_note(evidence, "responses", "EASI-50", weeks=[12]) == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weeks": 12}, "weeks must be a list of whole numbers, such as [12], not 12"),
        ({"weeks": "12"}, "weeks must be a list"),
        ({"weeks": ["12"]}, "weeks must be whole numbers, not '12'"),
        ({"weeks": [True]}, "weeks must be whole numbers, not True"),
        ({"studies": "kim-2017"}, "studies must be a list, such as ['kim-2017'], not one text"),
    ],
)
def test_what_is_no_list_is_refused(
    evidence: atopic.Evidence, options: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        selected(evidence, "responses", "EASI-50", **options)
    assert words in str(caught.value)


def test_a_week_asked_for_twice_is_said_once(evidence: atopic.Evidence) -> None:
    note = selection_note(evidence, "responses", "EASI-50", weeks=[13, 13])
    assert note.startswith("No study here reports EASI-50 at week 13;")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("sae", "events must be a list, such as ['sae'], not one text"),
        (7, "events must be a list of texts, not 7"),
        ([7], "events must be texts, not 7"),
        (["deaths"], "events must be among sae, death, not 'deaths'; did you mean 'death'?"),
    ],
)
def test_a_name_that_is_none_is_refused_with_what_was_meant(values: object, words: str) -> None:
    with pytest.raises(ValueError, match="events must be") as caught:
        as_names("events", values, ["sae", "death"])
    assert str(caught.value) == words


def test_a_name_given_twice_is_taken_once() -> None:
    assert as_names("events", ["sae", "death", "sae"], ["death", "sae"]) == ["sae", "death"]


@pytest.mark.parametrize("columns", [None, ["study_id", "outcome"]])
def test_what_is_done_to_all_rows_of_a_table_reaches_nobody_else(columns):
    evidence = atopic.load()
    keep = evidence.scores["outcome"].eq("SCORAD").to_numpy()
    one = replace(evidence, _frames={**evidence._frames, "scores": evidence.scores[keep]})
    asked = {"include_benchmarks": True, "columns": columns}
    first = selected(one, "scores", "SCORAD", **asked)
    assert len(first) == keep.sum()
    first["study_id"].array[:] = "changed"
    studies = selected(one, "scores", "SCORAD", **asked)["study_id"]
    assert "changed" not in studies.to_list()
    of_studies(one, "scores", (), include_benchmarks=True)["outcome"].array[:] = "changed"
    assert len(selected(one, "scores", "SCORAD", **asked)) == keep.sum()
