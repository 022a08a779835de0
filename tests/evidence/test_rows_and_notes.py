"""Notes and addresses of the tables against the columns beside them."""

import re

import atopic


def test_no_note_calls_a_printed_size_deduced(evidence: atopic.Evidence) -> None:
    called = re.compile(
        r"\b(?:sizes?|n)\b[^;:]{0,20} (?:deduced|inferred|presumed)\b", re.IGNORECASE
    )
    seen = 0
    for name in ("responses", "scores", "safety"):
        rows = evidence.table(name)
        told = rows[rows["notes"].fillna("").str.contains(called)]
        assert not told["n_basis"].eq("printed").any(), told.loc[told["n_basis"].eq("printed")]
        seen += len(told)
    assert seen  # the words looked for are those that notes use
