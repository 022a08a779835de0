"""What the tables call things for readers, and what they say is missing."""

import atopic


def test_every_study_has_a_name_of_its_own(evidence: atopic.Evidence) -> None:
    names = evidence.studies["short_name"]
    assert names.notna().all()
    assert names.is_unique
    assert not names.isin(evidence.studies["study_id"]).any()


def test_an_outcome_has_one_label_whatever_the_bands(evidence: atopic.Evidence) -> None:
    labels = evidence.instruments.groupby("outcome")["label"]
    assert (labels.nunique(dropna=False) == 1).all()
    assert evidence.instruments["label"].notna().all()


def test_of_every_study_and_source_it_is_said_what_is_known(evidence: atopic.Evidence) -> None:
    assert evidence.studies["primary_met"].notna().all()
    assert evidence.sources[["full_text_read", "open_access"]].notna().all(axis=None)
    # What was read of a paper is its abstract or a table of it.
    papers = evidence.sources["kind"].isin(["journal-table", "review-table"])
    assert evidence.sources.loc[papers, "full_text_read"].eq("no").all()


def test_a_missing_thing_is_free_where_its_source_is(evidence: atopic.Evidence) -> None:
    rows = evidence.joined("missing", "sources")
    papers = rows[rows["sources.kind"].eq("journal-abstract")]
    assert len(papers) > 5
    assert papers["free"].eq("yes").equals(papers["sources.open_access"].eq("yes"))
    assert papers["sources.full_text_read"].eq("no").all()
