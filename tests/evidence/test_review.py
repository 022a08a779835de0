"""The words of a review: read as they stand, refused in one line, carried wherever tables go."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import atopic
from atopic.errors import EvidenceError
from atopic.evidence.checks import check
from atopic.evidence.folder import remember
from atopic.paths import bundled
from atopic.reporting.plan.table_files import read_tables
from atopic.review import REVIEW, Noun, Review, read_review, review_in_use

PSORIASIS = """
title = "Biologics for plaque psoriasis"
[words]
treatment = ["biologic", "biologics"]
comparator = "usual care"
[time]
unit = "month"
[pool]
by = "class"
measure = "RR"
[search]
databases = ["PubMed", "CENTRAL"]
records = 120
read_in_full = true
"""


def _folder(tmp_path: Path, text: str | None) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(bundled("data"), folder)
    (folder / REVIEW).unlink()
    if text is not None:
        (folder / REVIEW).write_text(text)
    return folder


def test_a_review_is_read_as_it_stands(tmp_path: Path) -> None:
    review = atopic.load(_folder(tmp_path, PSORIASIS)).review
    assert review.title == "Biologics for plaque psoriasis"
    assert review.words.treatment == Noun("biologic", "biologics")
    assert review.words.comparator == Noun("usual care", "usual care")
    assert review.words.control == Noun("placebo", "placebo")
    assert (review.time_unit, review.pool_by, review.measure) == ("month", "class", "RR")
    assert review.search.databases == ("PubMed", "CENTRAL")
    assert (review.search.records, review.search.read_in_full) == (120, True)


def test_a_folder_without_one_has_plain_words(tmp_path: Path) -> None:
    assert atopic.load(_folder(tmp_path, None)).review == Review()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titel = 'x'", "titel: no such key; there are title, .*did you mean 'title'"),
        ("[words]\ntreatmnt = 'x'", r"\[words\] treatmnt: .*did you mean 'treatment'"),
        (
            f"[words]\ntreatment = '{'x' * 101}'",
            r"\[words\] treatment: .* 100 char",
        ),
        ("[words]\ntreatment = ['a']", r"\[words\] treatment: must be the singular and the plural"),
        ("[words]\ntreatment = ['a', ' ']", r"\[words\] treatment: must be"),
        ("words = 'x'", r"words: must be a table, \[words\]"),
        ("[time]\nunit = 'weeks'", r"\[time\] unit: must be hour, .*did you mean 'week'"),
        ("[search]\nrecords = -1", r"\[search\] records: must be a whole number"),
        ("[search]\nrecords = 5\nscreened = 6", r"\[search\] screened: 6 is more than records = 5"),
        (f"[search]\ndatabases = ['{'x' * 1001}']", r"\[search\] databases: must be of at most"),
        ("[search]\nrecords = true", r"\[search\] records: must be a whole number"),
        ("[search]\nread_in_full = 1", r"\[search\] read_in_full: must be true or false"),
        ("[search]\ndatabases = 'PubMed'", r"\[search\] databases: must be a list of texts"),
        ("title = 3", "title: must be a text"),
        ("title = ", "not TOML"),
        ("x = " + "[" * 9999, "not TOML"),
    ],
)
def test_what_means_nothing_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    folder = _folder(tmp_path, text)
    for read in (atopic.load, check):
        with pytest.raises(EvidenceError, match=said) as caught:
            read(folder)
        assert str(caught.value).count("\n") == 0
        assert REVIEW in str(caught.value)


@given(content=st.binary(max_size=200))
def test_no_file_brings_another_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / REVIEW).write_bytes(content)
    with suppress(EvidenceError):
        assert isinstance(read_review(folder), Review)


def test_words_go_where_the_tables_go(tmp_path: Path) -> None:
    folder = _folder(tmp_path, PSORIASIS)
    assert REVIEW in read_tables(folder).files
    remember(folder)
    try:
        assert atopic.load(folder).review.title == "Biologics for plaque psoriasis"
        assert atopic.load(folder).of_study("kim-2017").review == atopic.load(folder).review
        (folder / REVIEW).unlink()
        assert atopic.load(folder).review == Review()
    finally:
        remember(bundled("data"))


def test_sentences_are_in_the_words_of_the_evidence_asked_last(tmp_path: Path) -> None:
    from atopic.questions.trials import placebo_trials

    cells, other = atopic.load(), atopic.load(_folder(tmp_path, PSORIASIS))
    assert review_in_use().words.treatment.many == "biologics"
    placebo_trials(cells)
    assert review_in_use().words.treatment.many == "cells"
    placebo_trials(other)
    assert review_in_use().words.treatment.many == "biologics"
