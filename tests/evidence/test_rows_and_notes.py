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


def test_an_address_with_a_date_is_that_of_the_report_cited(evidence: atopic.Evidence) -> None:
    seen = 0
    for row in evidence.sources.itertuples():
        dated = re.search(r"20\d{2}-\d{2}-\d{2}", str(row.citation))
        address = re.search(r"(?<!\d)A?(20[12]\d)(0\d|1[0-2])([0-3]\d)", str(row.url))
        if dated and address:
            assert "-".join(address.groups()) == dated.group(), row.source_id
            seen += 1
    assert seen > 5


def test_every_source_of_its_own_address_is_named_once(evidence: atopic.Evidence) -> None:
    # Two documents of one site are two sources: a fact is led back to the one that was read.
    urls = evidence.sources.loc[evidence.sources["doi"].isna(), "url"].dropna()
    assert not urls.duplicated().any(), urls[urls.duplicated(keep=False)]


def test_a_source_that_a_note_names_is_one_of_the_table(evidence: atopic.Evidence) -> None:
    known = set(evidence.sources["source_id"])
    named = {
        word
        for name in ("responses", "arms", "contrasts", "studies", "excluded_studies")
        for text in evidence.table(name).select_dtypes("string").stack()
        for word in re.findall(r"\(((?:[a-z0-9]+-)+20\d{2}[a-z0-9-]*)\)", str(text))
    }
    assert named
    assert named <= known | set(evidence.studies["study_id"])


def test_a_question_and_an_arm_call_a_product_by_its_one_name(evidence: atopic.Evidence) -> None:
    names = evidence.studies.set_index("study_id")["product_words"]
    asked = 0
    for row in evidence.certainty_questions.itertuples():
        products = {str(names[study]).partition(" (")[0] for study in row.study_ids.split(";")}
        if len(products) > 1:
            assert row.intervention == "cells"
            continue
        asked += 1
        assert row.intervention.removeprefix("a high dose of ") in products
        assert row.intervention.removeprefix("a high dose of ") in row.question
    assert asked > 5
    assert not evidence.arms["label"].str.contains("adipose|mesenchymal", case=False).any()


def test_what_a_source_says_is_reported_and_nothing_is_nought(evidence: atopic.Evidence) -> None:
    loose = re.compile(r"\b(?:un)?print(?:s|ed)?\b|\bnought\b", re.IGNORECASE)
    told = {
        (name, column, cell)
        for name in evidence
        for column, cells in evidence.table(name).items()
        if str(cells.dtype) != "category"  # codes of the schema
        for cell in cells.dropna().astype(str)
        if " " in cell and loose.search(cell)
    }
    assert told == set()
