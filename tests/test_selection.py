import pytest

import atopic
from atopic.selection import selection_note


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"outcome": "EASI-60"}, "No study reports EASI-60; outcomes of responses: "),
        ({"outcome": "EASI-50", "weeks": [13]}, "at week 13; weeks reported: 12, 16"),
        ({"outcome": "EASI-50", "weeks": [12, 1, 2]}, "at weeks 1 and 2;"),
        ({"outcome": "EASI-50", "studies": ["nobody"]}, "There is no study 'nobody'"),
        ({"outcome": "EASI-50", "studies": ["atmsc-2025"]}, "atmsc-2025 does not report EASI-50"),
        ({"outcome": "SCORAD-50"}, "No cell-therapy study reports SCORAD-50; benchmark trials"),
        ({"outcome": "EASI-50", "studies": ["kim-2017", "atmsc-2025"]}, "atmsc-2025 does not"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    evidence: atopic.Evidence, arguments: dict[str, object], words: str
) -> None:
    assert words in selection_note(evidence, "responses", **arguments)


def test_nothing_is_said_where_everything_was_found(evidence: atopic.Evidence) -> None:
    assert selection_note(evidence, "responses", "EASI-50", weeks=[12]) == ""
